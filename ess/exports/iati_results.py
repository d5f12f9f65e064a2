"""A stated figure as a result: one indicator, one period, one actual value."""

from __future__ import annotations

from collections.abc import Mapping

from ess.exports.iati_elements import (
    Element,
    Row,
    add_narratives,
    add_notes,
    added,
    mark_columns,
    plain,
    texts_of,
)
from ess.locales import N_, translator
from ess.portfolio.codes import label_of
from ess.portfolio.schema import LANGUAGES

_OUTPUT = "1"
_UNIT, _PERCENTAGE = "1", "2"
_OWN = (
    "id", "actor", "programme", "iso3", "region", "indicator", "qualifier", "unit", "sex", "period_basis",
    "additive", "overlap_group", "derivation", "source", "locator",
)  # fmt: skip
_WITHOUT_PERIOD = ("value", "period_start", "period_end")

FIGURE = N_("{qualifier} {value} {unit}")
DERIVED = N_("Derived, not stated: {formula}.")
NO_PERIOD = N_("The period is not stated.")


def add_result(element: Element, row: Row, indicator: Row | None) -> None:
    """Add a figure; one whose period has no two days has no ``period`` but a description that says it."""
    adds_up = "1" if row["additive"] else "0"
    result = added(element, "result", type=_OUTPUT, aggregation_status=adds_up)
    has_period = row["period_start"] is not None and row["period_end"] is not None
    mark_columns(result, row, _OWN if has_period else (*_OWN, *_WITHOUT_PERIOD))
    labels = texts_of(indicator, "label") if indicator else {}
    add_narratives(added(result, "title"), labels or {"en": row["indicator"]})
    if not has_period:
        add_narratives(added(result, "description"), _said(row, NO_PERIOD))
    measure = _PERCENTAGE if row["unit"] == "percent" else _UNIT
    counted = added(result, "indicator", measure=measure, aggregation_status=adds_up)
    add_narratives(added(counted, "title"), labels or {"en": row["indicator"]})
    definitions = texts_of(indicator, "definition") if indicator else {}
    if definitions:
        add_narratives(added(counted, "description"), definitions)
    if has_period:
        _add_period(counted, row)
    add_notes(result, row)


def _add_period(indicator: Element, row: Row) -> None:
    period = added(indicator, "period")
    added(period, "period-start", iso_date=row["period_start"])
    added(period, "period-end", iso_date=row["period_end"])
    if row["value"] is None:
        return
    actual = added(period, "actual", value=row["value"])
    for name, value in (("sex", row["sex"]), ("country", row["iso3"]), ("region", row["region"])):
        if value:
            added(actual, "dimension", name=name, value=value)
    add_narratives(added(actual, "comment"), _said(row))


def _said(row: Row, *more: str) -> Mapping[str, str]:
    """The figure in words, bound and derivation included, by language."""
    said = {}
    for language in LANGUAGES:
        words = translator(language)
        parts = [words(text) for text in more]
        if row["value"] is not None:
            qualifier = words(label_of("qualifier", row["qualifier"] or "="))
            unit = words(label_of("unit", row["unit"])) if row["unit"] else ""
            figure = words(FIGURE, qualifier=qualifier, value=plain(row["value"]), unit=unit)
            parts.insert(0, f"{figure.strip()}.")
        if row["derivation"]:
            parts.append(words(DERIVED, formula=row["derivation"]))
        said[language] = " ".join(parts)
    return said
