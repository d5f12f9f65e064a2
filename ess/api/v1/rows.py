"""Rows of the portfolio as the interface gives them: columns as they are, labels, and what must be said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ess.api.v1.asking import Asked, Portfolio, address
from ess.exports.labels import code_label
from ess.locales import Translator
from ess.portfolio.schema import TABLES
from ess.store.engine import Row

#: What a listing gathers from other tables, and is not a column of its own table.
GATHERED: Mapping[str, tuple[str, ...]] = {
    "activities": (
        "countries", "regions", "providers", "actors", "themes", "sdg", "sectors", "analyst_codes",
    ),
    "results": ("countries",),
    "finances": ("countries",),
}  # fmt: skip
#: What a result or an amount has from its activity.
FROM_ACTIVITY: Mapping[str, tuple[str, ...]] = {
    "activities": (),
    "results": ("type", "stage"),
    "finances": ("type", "stage"),
}
#: Columns whose codes have labels, with the code list.
LABELLED: Mapping[str, Mapping[str, str]] = {
    "activities": {"type": "activity_type", "stage": "stage", "modality": "modality"},
    "results": {"type": "activity_type", "stage": "stage"},
    "finances": {"type": "activity_type", "stage": "stage", "kind": "finance_kind"},
}
#: The columns that date a row; without any of them it is undated, and no year filter leaves it out.
DATED: Mapping[str, tuple[str, ...]] = {
    "activities": ("start", "end"),
    "results": ("period_start", "period_end"),
    "finances": ("date",),
}


def plain_value(value: Any) -> Any:
    """A cell as JSON has it: days as text, whole numbers as such, several codes as a list."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return value


def plain_row(table: str, row: Mapping[str, Any]) -> Row:
    """The columns of a portfolio's table, as JSON has them."""
    return {name: plain_value(row[name]) for name in TABLES[table].column_names}


def listed_row(kind: str, row: Row, asked: Asked, portfolio: Portfolio) -> Row:
    """A row of a listing, with labels in the language asked for."""
    told = plain_row(kind, row)
    told.update({name: plain_value(row[name]) for name in (*FROM_ACTIVITY[kind], *GATHERED[kind])})
    told.update(
        {f"{name}_label": _label(code_list, row[name], asked.t) for name, code_list in LABELLED[kind].items()}
    )
    told["undated"] = all(row[name] is None for name in DATED[kind])
    if kind == "activities":
        told["title"] = asked.t.field(row, "title") or None
        told["url"] = address("activities", row["id"], query=[("lang", asked.lang), *asked.pin])
    elif kind == "results":
        indicator = portfolio.vocabulary.indicators.get(row["indicator"], {})
        told["indicator_label"] = asked.t.field(indicator, "label") or None
    return told


def _label(code_list: str, code: str | None, translator: Translator) -> str | None:
    return None if code is None else code_label(code_list, code, translator)


def cited_sources(rows: Iterable[Mapping[str, Any]], portfolio: Portfolio) -> dict[str, Row]:
    """The documents that rows name as their source, by id: every number leads to its source."""
    known = portfolio.vocabulary.options["source"]
    named = dict.fromkeys(row["source"] for row in rows if row.get("source"))
    return {code: plain_row("sources", known[code]) for code in named if code in known}


def flat_row(row: Mapping[str, Any], sources: Mapping[str, Row], asked: Asked) -> Row:
    """A row for a table cell by cell: several codes in one cell, and the title of its source."""
    flat = {
        name: "; ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in row.items()
        if name != "url"
    }
    return {**flat, "source_title": asked.t.field(sources.get(row.get("source") or "", {}), "title")}


def provenance_cells(asked: Asked, portfolio: Portfolio) -> Row:
    """What each row of a table says of where it comes from."""
    return {
        "filters": asked.selection.spelled,
        "boundary_view": asked.view,
        "snapshot": portfolio.snapshot.id,
        "data_as_of": portfolio.snapshot.as_of,
    }
