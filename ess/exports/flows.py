"""Pairs and triangles in words, and as rows of a file: who works with whom, by what, and what is not said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ess.analysis.flows import REGION, UNNAMED, UNSTATED, Flow, Flows, Triangle, is_country
from ess.analysis.vocabulary import Vocabulary
from ess.exports.answer import place_name
from ess.exports.labels import measure_label
from ess.locales import Translator
from ess.locales.figures import short_figure
from geodata.codes import country_name


def end_name(end: str, t: Translator) -> str:
    """The name of an end of a pair: a country, a region, or that it is not stated."""
    if end == UNSTATED:
        return t("Provider not stated")
    return country_name(end, t.lang) if is_country(end) else place_name(end.removeprefix(REGION), t)


def flow_title(one: Flow | Triangle, t: Translator, *, directed: bool = False) -> str:
    """Whom a pair or triangle joins; which way only where `directed` and its records say so."""
    if isinstance(one, Triangle):
        parts = (one.providers, one.pivots, one.partners)
        return " · ".join(t.list(end_name(end, t) for end in part) for part in parts if part)
    if one.provider == one.partner:
        return t("Within {country}", country=end_name(one.provider, t))
    arrow = "←" if t.is_rtl else "→"
    sign = "↔" if one.two_way else arrow if directed and one.directed else "–"
    return f"{end_name(one.provider, t)} {sign} {end_name(one.partner, t)}"


def size_label(found: Flows, vocabulary: Vocabulary, t: Translator) -> str:
    """What the numbers of pairs count."""
    return t("Records") if found.measure is None else measure_label(found.measure, vocabulary, t)


def size_text(found: Flows, one: Flow | Triangle, t: Translator) -> str:
    """The number of a pair or triangle; what is missing is named, never zero."""
    size = found.size_of(one)
    if size is not None:
        return short_figure(t, size, one.count.qualifier if found.measure is None else "=")
    if found.measure is None:
        return t.n("{count} planned", "{count} planned", one.count.planned)
    return t("not stated")


def flow_rows(found: Flows, provenance: Mapping[str, str], t: Translator) -> Iterator[dict[str, object]]:
    """One row a pair, then one a triangle, then what has no pair: codes and names, numbers as numbers."""
    for pair in found.pairs:
        form = "two_way" if pair.two_way else "pair"
        yield {
            **_row(found, pair, form, ((pair.provider,), (), (pair.partner,)), pair.directed, t),
            **provenance,
        }
    for three in found.triangles:
        of_three = (three.providers or (UNSTATED,), three.pivots, three.partners)
        yield {**_row(found, three, "triangular", of_three, None, t), **provenance}
    if found.measure is not None:
        rest = {"not_allocated": found.unallocated, "outside_the_filter": found.elsewhere}
        for form, value in rest.items():
            if value:
                yield {**_blank_row(found, form, value), **provenance}


def _row(  # noqa: PLR0913, PLR0917 - the cells of a row
    found: Flows,
    one: Flow | Triangle,
    form: str,
    parties: Iterable[tuple[str, ...]],
    directed: int | None,
    t: Translator,
) -> dict[str, object]:
    named = dict(zip(("provider", "pivot", "partner"), parties, strict=True))
    return {
        **{name: "; ".join(map(_code, ends)) for name, ends in named.items()},
        **{f"{name}_name": "; ".join(end_name(end, t) for end in ends) for name, ends in named.items()},
        "form": form,
        "records": one.count.records,
        "records_not_planned": one.count.firm,
        "qualifier": one.count.qualifier or "",
        "planned": one.count.planned,
        "direction_stated": directed,
        **_money(found, one.value),
    }


def _blank_row(found: Flows, form: str, value: float) -> dict[str, object]:
    names = ("provider", "pivot", "partner", "provider_name", "pivot_name", "partner_name")
    counts = ("records", "records_not_planned", "qualifier", "planned", "direction_stated")
    return {
        **dict.fromkeys(names, ""),
        "form": form,
        **dict.fromkeys(counts),
        **_money(found, value),
    }


def _money(found: Flows, value: float | None) -> dict[str, object]:
    """Kind, currency and amount, where amounts are asked for."""
    measure = found.measure
    return {
        "kind": measure.code if measure else "",
        "currency": measure.unit if measure else "",
        "amount": value,
    }


def _code(end: str) -> str:
    """An end as a file says it: iso3, the code of a region, or a word."""
    return {UNSTATED: "not_stated", UNNAMED: "not_named"}.get(end, end.removeprefix(REGION))
