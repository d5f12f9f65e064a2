"""Stated figures by country: a country's own, and the totals that it shares undivided with others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from ess.analysis.selection import (
    Selection,
    country_places,
    fold_codes,
    selected_activities,
    selected_results,
)
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Row


@dataclass(frozen=True)
class Figure:
    """A country's own figure for one indicator.

    Attributes
    ----------
    value
        None when several figures are stated that may not be added.
    qualifier
        ``=``, ``>``, ``>=``, ``<``, ``<=`` or ``~``; None with `value`.
    stated
        How many figures are stated.
    """

    value: float | None
    qualifier: str | None
    stated: int


@dataclass(frozen=True)
class SharedTotal:
    """A total stated for several countries together, without a split."""

    result: str
    value: float
    unit: str
    countries: tuple[str, ...]
    qualifier: str = "="


def figures_by_country(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, indicator: str
) -> dict[str, Figure]:
    """Own figures of `indicator` by iso3.

    A result belongs to the country it names, or to the only country of its activity. Several results of one
    country are added only when each is additive, one an overlap group (the latest of a group); otherwise the
    figure has no value and says how many are stated. A result without a value is no figure.
    """
    placed = _placed_results(engine, selection, vocabulary, view, indicator)
    own = placed.filter(placed.own.notnull())
    latest = _one_a_group(own)
    sums = latest.group_by(iso3="own").aggregate(
        total=latest.value.sum(),
        groups=latest.id.count(),
        additive=latest.additive.fill_null(False).all(),
        lower=latest.qualifier.isin([">", ">="]).any(),
        strictly=(latest.qualifier == ">").any(),
        upper=latest.qualifier.isin(["<", "<="]).any(),
        about=(latest.qualifier == "~").any(),
        lone=latest.qualifier.min(),
        stated=latest.in_group.sum(),
    )
    return {row["iso3"]: _figure(row) for row in engine.rows(sums)}


def shared_totals(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, indicator: str | None = None
) -> list[SharedTotal]:
    """Totals over several countries without a split, of one indicator or of all."""
    placed = _placed_results(engine, selection, vocabulary, view, indicator)
    undivided = placed.filter(placed.own.isnull() & (placed.places > 1))
    rows = engine.rows(undivided.select("id", "value", "unit", "qualifier", "countries").order_by("id"))
    return [
        SharedTotal(
            row["id"],
            row["value"],
            row["unit"] or "",
            tuple(sorted(row["countries"])),
            row["qualifier"] or "=",
        )
        for row in rows
    ]


def shared_by_country(totals: list[SharedTotal]) -> dict[str, tuple[SharedTotal, ...]]:
    """The shared totals in which each country takes part."""
    found: dict[str, list[SharedTotal]] = defaultdict(list)
    for one in totals:
        for iso3 in one.countries:
            found[iso3].append(one)
    return {iso3: tuple(shared) for iso3, shared in found.items()}


def _placed_results(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, indicator: str | None
) -> ir.Table:
    """Selected results with a value, each with ``own`` (its one country or null), ``places``, ``countries``."""
    activities = selected_activities(engine, selection, vocabulary)
    results = selected_results(engine, selection, vocabulary, activities)
    results = results.filter(results.value.notnull())
    if indicator is not None:
        results = results.filter(results.indicator == indicator)
    spread = places_of_activities(engine, view)
    joined = results.left_join(spread, results.activity == spread.placed_activity)
    single = ibis.ifelse(
        (joined.places == 1) & (joined.regions == 0), joined.first_country, ibis.null("string")
    )
    stated = fold_codes(joined.iso3, view)
    # a place of its own, be it a region, is never replaced by the places of the activity
    own = ibis.ifelse(
        joined.iso3.notnull(), stated, ibis.ifelse(joined.region.isnull(), single, ibis.null("string"))
    )
    placed = joined.mutate(own=own, places=ibis.ifelse(joined.region.isnull(), joined.places.fill_null(0), 0))
    if selection.group:
        wanted = country_places(engine, selection, view).iso3
        placed = placed.filter(placed.own.isnull() | placed.own.isin(wanted))
    return placed


def places_of_activities(engine: Engine, view: str) -> ir.Table:
    """One row a placed activity: how many countries and regions it names, and which countries.

    Columns ``placed_activity``, ``places``, ``regions``, ``first_country``, ``countries``; providers apart.
    """
    places = engine.table("places")
    places = places.filter(places.role.fill_null("") != "provider")
    places = places.mutate(iso3=fold_codes(places.iso3, view))
    return places.group_by(placed_activity="activity").aggregate(
        places=places.iso3.nunique(),
        regions=places.region.nunique(),
        first_country=places.iso3.min(),
        countries=places.iso3.collect(distinct=True),
    )


def _one_a_group(own: ir.Table) -> ir.Table:
    """The latest result of each overlap group of a country; a result outside any group stands alone."""
    keyed = own.mutate(overlap=ibis.coalesce(own.overlap_group, own.id))
    window = ibis.window(
        group_by=[keyed.own, keyed.overlap],
        order_by=[
            ibis.coalesce(keyed.period_end, keyed.period_start).desc(nulls_first=False),
            keyed.value.desc(),
            keyed.id,
        ],
    )
    whole = ibis.window(group_by=[keyed.own, keyed.overlap])
    ranked = keyed.mutate(rank=ibis.row_number().over(window), in_group=keyed.id.count().over(whole))
    return ranked.filter(ranked["rank"] == 0)


def _figure(row: Row) -> Figure:
    if row["groups"] == 1 and row["stated"] == 1:
        return Figure(row["total"], row["lone"] or "=", 1)
    if not row["additive"]:
        return Figure(None, None, row["stated"])
    return Figure(row["total"], _joint_qualifier(row), row["stated"])


def _joint_qualifier(row: Row) -> str:
    """Qualifier of a sum: a bound stays a bound; bounds in both directions leave an approximation."""
    if row["about"] or (row["lower"] and row["upper"]):
        return "~"
    if row["lower"]:
        return ">" if row["strictly"] else ">="
    return "<=" if row["upper"] else "="
