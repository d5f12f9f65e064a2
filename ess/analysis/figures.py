"""Stated figures by country: a country's own, and the totals that it shares undivided with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from ess.analysis.selection import (
    Selection,
    fold_codes,
    group_members,
    partner_places,
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
    derived
        Formulas of the figures that no source states; empty when all are stated.
    """

    value: float | None
    qualifier: str | None
    stated: int
    derived: tuple[str, ...] = ()


@dataclass(frozen=True)
class SharedTotal:
    """A total stated for several places together, without a split.

    Attributes
    ----------
    result
        Id of the result or of the amount.
    countries
        Every country among the places, whatever the selection leaves out.
    elsewhere
        The other places: codes of regions; empty text for one without a name.
    indicator, activity_type
        What is counted, and of what kind the activity is; empty for an amount.
    """

    result: str
    value: float
    unit: str
    countries: tuple[str, ...]
    qualifier: str = "="
    elsewhere: tuple[str, ...] = ()
    indicator: str = ""
    activity_type: str = ""


#: Figures by indicator, then by place.
ByIndicator = Mapping[str, Mapping[str, Figure]]


def figures_by_country(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str
) -> ByIndicator:
    """Own figures of every indicator by iso3: one question answers every measure of a selection.

    A result belongs to the country it names, or to the only place of its activity. Several results of one
    country are added only when each is additive, one an overlap group (the latest of a group, the largest
    where none is later); otherwise the figure has no value and says how many are stated. A result without a
    value is no figure; one without a qualifier, which the checks refuse, counts as exact.
    """
    placed = _placed_results(engine, selection, vocabulary, view)
    own = placed.filter(placed.own.notnull())
    wanted = group_members(selection)
    return _figures(engine, own if wanted is None else own.filter(own.own.isin(sorted(wanted))))


def figures_by_region(engine: Engine, selection: Selection, vocabulary: Vocabulary) -> ByIndicator:
    """Figures of every indicator by region code, ``""`` for a place without a name, as `figures_by_country`.

    A result belongs to the region it names, or to the only place of its activity. A group filter, which asks
    for countries, leaves none.
    """
    if selection.group:
        return {}
    placed = _placed_results(engine, selection, vocabulary, "un")
    return _figures(engine, placed.filter(placed.own_region.notnull()).mutate(own=placed.own_region))


def _figures(engine: Engine, own: ir.Table) -> ByIndicator:
    """One figure for each indicator and ``own`` place of placed results."""
    latest = _one_a_group(own)
    sums = latest.group_by("indicator", place="own").aggregate(
        total=latest.value.sum(),
        additive=latest.additive.fill_null(False).all(),
        lower=latest.qualifier.isin([">", ">="]).any(),
        strictly=(latest.qualifier == ">").any(),
        upper=latest.qualifier.isin(["<", "<="]).any(),
        strictly_under=(latest.qualifier == "<").any(),
        about=(latest.qualifier == "~").any(),
        lone=latest.qualifier.min(),
        stated=latest.in_group.sum(),
        derivations=latest.derivation.collect(distinct=True),
    )
    found: dict[str, dict[str, Figure]] = defaultdict(dict)
    for row in engine.rows(sums):
        found[row["indicator"]][row["place"]] = _figure(row)
    return dict(found)


def shared_totals(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str
) -> tuple[SharedTotal, ...]:
    """Totals of every indicator over several places without a split.

    The places of a total are all those of its activity, providers' apart, one country at least among them.
    """
    placed = _placed_results(engine, selection, vocabulary, view)
    undivided = placed.filter(placed.placeless & (placed.countries > 0) & (placed.places > 1))
    kinds = engine.table("activities").select(kind_of="id", kind="type")
    told = undivided.left_join(kinds, undivided.activity == kinds.kind_of)
    columns = ("id", "value", "unit", "qualifier", "country_codes", "regions", "indicator", "kind")
    return tuple(
        SharedTotal(
            row["id"],
            row["value"],
            row["unit"] or "",
            tuple(sorted(row["country_codes"])),
            row["qualifier"] or "=",
            tuple(sorted(row["regions"] or ())),
            row["indicator"],
            row["kind"],
        )
        for row in engine.rows(told.select(*columns).order_by("id"))
    )


def shared_by_country(totals: Iterable[SharedTotal]) -> dict[str, tuple[SharedTotal, ...]]:
    """The shared totals in which each country takes part."""
    found: dict[str, list[SharedTotal]] = defaultdict(list)
    for one in totals:
        for iso3 in one.countries:
            found[iso3].append(one)
    return {iso3: tuple(shared) for iso3, shared in found.items()}


def _placed_results(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> ir.Table:
    """Selected results with a value, each with the one place it belongs to and the places of its activity.

    ``own`` is its one country and ``own_region`` its one region (``""``: without a name); both are missing
    for a total over several places. ``placeless`` tells results that name no place of their own.
    """
    activities = selected_activities(engine, selection, vocabulary, view)
    results = selected_results(engine, selection, vocabulary, activities, view)
    results = results.filter(results.value.notnull())
    spread = places_of_activities(engine, view)
    joined = results.left_join(spread, results.activity == spread.placed_activity)
    # a place of its own, be it a region, is never replaced by the places of the activity
    placeless = joined.iso3.isnull() & joined.region.isnull() & joined.activity.notnull()
    lone = placeless & (joined.places.fill_null(0) <= 1)
    only_region = ibis.ifelse(
        joined.first_country.isnull(), joined.first_region.fill_null(""), ibis.null("string")
    )
    return joined.mutate(
        own=ibis.coalesce(
            fold_codes(joined.iso3, view), ibis.ifelse(lone, joined.first_country, ibis.null("string"))
        ),
        own_region=ibis.coalesce(joined.region, ibis.ifelse(lone, only_region, ibis.null("string"))),
        placeless=placeless,
    )


def places_of_activities(engine: Engine, view: str) -> ir.Table:
    """One row an activity with a partner's place: how many distinct places it has, and which.

    Columns ``placed_activity``, ``places`` (countries, regions, and one for all places without a name),
    ``countries``, ``country_codes``, ``first_country``, ``regions`` (``""`` for those without a name) and
    ``first_region``. What an activity has none of is missing.
    """
    places = partner_places(engine, view)
    return engine.kept(
        f"places of activities {view}",
        lambda: places.group_by(placed_activity="activity").aggregate(
            places=places.iso3.nunique() + places.elsewhere.nunique(),
            countries=places.iso3.nunique(),
            country_codes=places.iso3.collect(distinct=True),
            first_country=places.iso3.min(),
            regions=places.elsewhere.collect(distinct=True),
            first_region=places.elsewhere.min(),
        ),
    )


def _one_a_group(own: ir.Table) -> ir.Table:
    """The latest result of each overlap group of an indicator in a place; without a group it stands alone."""
    alone = ibis.ifelse(own.overlap_group.isnull(), own.id, ibis.null("string"))
    keyed = own.mutate(overlap=own.overlap_group, alone=alone)
    window = ibis.window(
        group_by=[keyed.indicator, keyed.own, keyed.overlap, keyed.alone],
        order_by=[
            ibis.coalesce(keyed.period_end, keyed.period_start).desc(nulls_first=False),
            keyed.value.desc(),
            keyed.id,
        ],
    )
    whole = ibis.window(group_by=[keyed.indicator, keyed.own, keyed.overlap, keyed.alone])
    ranked = keyed.mutate(rank=ibis.row_number().over(window), in_group=keyed.id.count().over(whole))
    return ranked.filter(ranked["rank"] == 0)


def _figure(row: Row) -> Figure:
    derived = tuple(sorted(row["derivations"] or ()))
    if row["stated"] == 1:
        return Figure(row["total"], row["lone"] or "=", 1, derived)
    if not row["additive"]:
        return Figure(None, None, row["stated"], derived)
    return Figure(row["total"], _joint_qualifier(row), row["stated"], derived)


def _joint_qualifier(row: Row) -> str:
    """Qualifier of a sum: a bound stays a bound; bounds in both directions leave an approximation."""
    if row["about"] or (row["lower"] and row["upper"]):
        return "~"
    if row["lower"]:
        return ">" if row["strictly"] else ">="
    if row["upper"]:
        return "<" if row["strictly_under"] else "<="
    return "="
