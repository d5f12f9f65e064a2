"""Money by country: one kind and one currency at a time, split only where the split is published."""

from __future__ import annotations

from dataclasses import dataclass

import ibis

from ess.analysis.figures import SharedTotal
from ess.analysis.selection import Selection, country_places, fold_codes, selected_activities
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine


@dataclass(frozen=True)
class Amounts:
    """Amounts of one kind and currency.

    Attributes
    ----------
    by_country
        What is allocated to each iso3.
    unallocated
        What no published share gives to a country. Countries and unallocated add up to the total.
    shared
        Amounts over several countries whose split is not published.
    """

    by_country: dict[str, float]
    unallocated: float
    shared: list[SharedTotal]


def amounts_by_country(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, kind: str, currency: str
) -> Amounts:
    """Amounts of `kind` in `currency` by iso3, as published: never converted, never split by guess.

    An amount that names its country is that country's. Otherwise it follows the shares of its activity's
    places: all of it to a lone country without a share, the published percentage to a place that has one.
    """
    activities = selected_activities(engine, selection, vocabulary)
    finances = engine.table("finances")
    finances = finances.filter(
        (finances.kind == kind)
        & (finances.currency.fill_null("?") == currency)
        & finances.value.notnull()
        & finances.activity.isin(activities.id)
    )
    named = finances.filter(finances.iso3.notnull())
    direct = named.select(id="id", iso3=fold_codes(named.iso3, view), value="value")
    open_ = finances.filter(finances.iso3.isnull() & finances.region.isnull())
    shares = _shares(engine, view)
    split = open_.inner_join(shares, open_.activity == shares.placed_activity)
    split = split.filter(split.percent.notnull())
    allocated = ibis.union(
        direct, split.select(id="id", iso3="country", value=split["value"] * split.percent / 100.0)
    )
    if selection.group:
        allocated = allocated.filter(allocated.iso3.isin(country_places(engine, selection, view).iso3))
    by_country = {
        row["iso3"]: row["value"]
        for row in engine.rows(allocated.group_by("iso3").aggregate(value=allocated.value.sum()))
    }
    (whole,) = engine.rows(finances.aggregate(value=finances.value.sum()))
    undivided = _undivided(engine, view, open_, currency)
    return Amounts(by_country, (whole["value"] or 0.0) - sum(by_country.values()), undivided)


def _shares(engine: Engine, view: str) -> ibis.expr.types.Table:
    """Percentage of each country place of an activity: published, 100 for a lone place, else null."""
    places = engine.table("places")
    places = places.filter(places.role.fill_null("") != "provider")
    alone = ibis.window(group_by=places.activity)
    counted = places.mutate(around=places.id.count().over(alone), country=fold_codes(places.iso3, view))
    counted = counted.filter(counted.country.notnull())
    stated = ibis.ifelse(counted.share_basis == "stated", counted.share, ibis.null("float64"))
    percent = ibis.ifelse(stated.isnull() & (counted.around == 1), 100.0, stated)
    return counted.select(placed_activity="activity", country="country", percent=percent)


def _undivided(
    engine: Engine, view: str, finances: ibis.expr.types.Table, currency: str
) -> list[SharedTotal]:
    shares = _shares(engine, view)
    spread = shares.group_by("placed_activity").aggregate(
        stated=shares.percent.count(), countries=shares.country.collect(distinct=True)
    )
    joined = finances.inner_join(spread, finances.activity == spread.placed_activity)
    rows = engine.rows(joined.filter(joined.stated == 0).select("id", "value", "countries").order_by("id"))
    return [
        SharedTotal(row["id"], row["value"], currency, tuple(sorted(row["countries"])))
        for row in rows
        if len(row["countries"]) > 1
    ]
