"""Money by country: one kind and one currency at a time, split only where the split is published."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from ess.analysis.figures import SharedTotal
from ess.analysis.measures import Measure
from ess.analysis.selection import (
    Selection,
    fold_codes,
    group_members,
    grouping_activities,
    partner_places,
    selected_activities,
)
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine

#: Amounts are compared to the cent; what is smaller is the rounding of binary fractions.
_CENTS = 2
#: Published percentages that make at least this much together were rounded one by one.
_NEARLY_ALL = 99.0


@dataclass(frozen=True)
class Amounts:
    """Amounts of one kind and currency.

    Attributes
    ----------
    by_country
        What is allocated to each iso3. A country without an amount has no entry.
    by_region
        What is allocated to each region, ``""`` for places without a name; part of `unallocated`.
    unallocated
        What no published share gives to a country, to the cent. Without a group filter, which leaves
        countries out, countries and unallocated add up to the total.
    shared
        Amounts over several places whose split is not published.
    """

    by_country: dict[str, float]
    by_region: dict[str, float]
    unallocated: float
    shared: list[SharedTotal]


def amounts_by_country(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, measure: Measure
) -> Amounts:
    """Amounts of the measure's kind and currency by iso3: as published, never converted or split by guess.

    An amount that names its place is that place's. Otherwise it follows the shares of its activity's places:
    all of it to a lone place without a share, the published percentage to a place that has one, never more
    than the whole; one that says it must not follow them is nobody's. An amount without a value counts as
    nothing, one without a currency is in ``?``. The amount of an activity that only groups others counts
    where none of its parts states one of that kind: a programme and its projects are never added.

    A measure with an equal split gives what no published share covers in equal parts to the places that have
    none; nothing is shared then.
    """
    currency = measure.unit
    of_kind = engine.table("finances").filter(_.kind == measure.code)
    activities = selected_activities(engine, selection, vocabulary, view)
    grouping = grouping_activities(engine, selection, vocabulary, view)
    speaking = engine.table("activities").filter(_.id.isin(of_kind.activity) & _.parent.notnull())
    grouping = grouping.filter(~grouping.id.isin(speaking.parent))
    finances = of_kind.filter(
        (of_kind.currency.fill_null("?") == currency)
        & of_kind.value.notnull()
        & (of_kind.activity.isin(activities.id) | of_kind.activity.isin(grouping.id))
    )
    allocated = _allocated(engine, finances, view, equal=measure.equal)
    placed = engine.rows(allocated.group_by("iso3", "region").aggregate(value=allocated.value.sum()))
    by_country = {row["iso3"]: row["value"] for row in placed if row["iso3"] is not None}
    (whole,) = engine.rows(finances.aggregate(value=finances.value.sum()))
    wanted = group_members(selection)
    return Amounts(
        {iso3: value for iso3, value in by_country.items() if wanted is None or iso3 in wanted},
        {row["region"]: row["value"] for row in placed if row["iso3"] is None and wanted is None},
        round((whole["value"] or 0.0) - sum(by_country.values()), _CENTS),
        [] if measure.equal else _undivided(engine, view, finances, currency),
    )


def _allocated(engine: Engine, finances: ir.Table, view: str, *, equal: bool) -> ir.Table:
    """Amounts by place (``iso3`` or ``region``, the other missing), as far as a place has a claim on them."""
    named = finances.filter(finances.iso3.notnull() | finances.region.notnull())
    direct = named.select(iso3=fold_codes(named.iso3, view), region="region", value="value")
    shares = _shares(engine, view, equal=equal)
    following = _placeless(finances).filter(_.share_basis.fill_null("") != "unknown")
    split = following.inner_join(shares, _.activity == shares.placed_activity)
    split = split.filter(split.percent.notnull())
    claimed = split.value * split.percent / 100.0
    return ibis.union(direct, split.select(iso3="country", region="elsewhere", value=claimed))


def _placeless(finances: ir.Table) -> ir.Table:
    return finances.filter(finances.iso3.isnull() & finances.region.isnull()).drop("iso3", "region")


def _shares(engine: Engine, view: str, *, equal: bool = False) -> ir.Table:
    """Percentage of each distinct place of an activity: 100 for a lone place, else published, else missing.

    One row a place: ``country``, or ``elsewhere`` (a region, ``""`` without a name). Published percentages of
    all places that make 99 or more together are scaled to the whole, as those that make more than it are. A
    lone place whose share is said to be unknown has none. With an equal split, places without a percentage
    share what is left; where none has one, countries (and places without a name) come before regions.
    """
    places = partner_places(engine, view)
    return engine.kept(f"shares {view} {equal}", lambda: _percentages(places, equal=equal))


def _percentages(places: ir.Table, *, equal: bool) -> ir.Table:
    stated = ibis.ifelse(places.share_basis == "stated", places.share, ibis.null("float64"))
    places = places.mutate(stated=stated, unsure=places.share_basis.fill_null("") == "unknown")
    merged = places.group_by(placed_activity="activity", country="iso3", elsewhere="elsewhere").aggregate(
        stated=places.stated.sum(), silent=places.stated.isnull().all(), unsure=places.unsure.all()
    )
    # A region has a name, a place without a country need not have one.
    merged = merged.mutate(is_region=merged.country.isnull() & (merged.elsewhere.fill_null("") != ""))
    around = ibis.window(group_by=merged.placed_activity)
    merged = merged.mutate(
        places=merged.placed_activity.count().over(around),
        whole=merged.stated.sum().over(around),
        partly=merged.silent.any().over(around),
        silent_places=merged.silent.cast("int64").sum().over(around),
        named=(~merged.is_region).cast("int64").sum().over(around),
    )
    full = (merged.whole > 100) | ((merged.whole >= _NEARLY_ALL) & ~merged.partly)
    percent = ibis.ifelse(full, merged.stated * 100 / merged.whole, merged.stated)
    alone = (merged.places == 1) & merged.stated.isnull() & ~merged.unsure
    percent = ibis.ifelse(alone, 100.0, percent)
    if equal:
        percent = percent.fill_null(_equal_part(merged))
    return merged.select("placed_activity", "country", "elsewhere", percent=percent)


def _equal_part(merged: ir.Table) -> ir.Value:
    """The part of a place without a published percentage when what is left is split equally."""
    left = ibis.greatest(100.0 - merged.whole.fill_null(0.0), 0.0) / merged.silent_places
    among = ibis.ifelse(merged.named > 0, merged.named, merged.places)
    passed_over = (merged.named > 0) & merged.is_region
    untold = ibis.ifelse(passed_over, 0.0, 100.0 / among)
    return ibis.ifelse(merged.whole.isnull(), untold, left)


def _undivided(engine: Engine, view: str, finances: ir.Table, currency: str) -> list[SharedTotal]:
    """Amounts without a place whose activity has several, a country among them, and publishes no share."""
    shares = _shares(engine, view)
    spread = shares.group_by("placed_activity").aggregate(
        stated=shares.percent.count(),
        countries=shares.country.collect(distinct=True),
        elsewhere=shares.elsewhere.collect(distinct=True),
    )
    joined = _placeless(finances).inner_join(spread, _.activity == spread.placed_activity)
    joined = joined.filter((joined.stated == 0) & joined.countries.notnull())
    return [
        SharedTotal(
            row["id"],
            row["value"],
            currency,
            tuple(sorted(row["countries"])),
            elsewhere=tuple(sorted(row["elsewhere"] or ())),
        )
        for row in engine.rows(joined.select("id", "value", "countries", "elsewhere").order_by("id"))
    ]
