"""Records by country: how many, how many of them only planned, and whether the count is a lower bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from ess.analysis.selection import Selection, country_places, partner_places, selected_activities
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Row


@dataclass(frozen=True)
class Count:
    """A number of records.

    Attributes
    ----------
    firm
        Records that are not merely planned (a record of unknown stage is not planned).
    planned
        Records that are planned.
    at_least
        Whether a firm record stands for one or more of its kind, so that `firm` is a lower bound.
    """

    firm: int = 0
    planned: int = 0
    at_least: bool = False

    def __add__(self, other: Count) -> Count:
        return Count(self.firm + other.firm, self.planned + other.planned, self.at_least or other.at_least)

    @property
    def records(self) -> int:
        """All records, planned ones too."""
        return self.firm + self.planned

    @property
    def qualifier(self) -> str | None:
        """``=``, ``>=`` for a lower bound, None when nothing is counted."""
        if not self.firm:
            return None
        return ">=" if self.at_least else "="


#: Counts of one place by activity type.
ByType = Mapping[str, Count]


def total(by_type: ByType, activity_type: str | None = None) -> Count:
    """Count of one activity type, or of all types when it is None."""
    if activity_type is not None:
        return by_type.get(activity_type, Count())
    return sum(by_type.values(), Count())


def counts_by_country(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str
) -> dict[str, ByType]:
    """Counts by iso3 and activity type over the selection.

    An activity counts once in every country it names, providers apart. Codes are those of the portfolio:
    one that the country layer does not know is here all the same. A country without a record has no entry.
    """
    activities = selected_activities(engine, selection, vocabulary, view)
    places = country_places(engine, selection, view)
    return _by(engine.rows(_counted(places.inner_join(activities, places.activity == activities.id), "iso3")))


def counts_by_region(engine: Engine, selection: Selection, vocabulary: Vocabulary) -> dict[str, ByType]:
    """Counts of what is placed in a region, or nowhere that has a name (key ``""``).

    These records are never spread over countries; one that also names countries counts there too. Nowhere
    are a partner's place without country and region, and an activity without any partner's place. A group
    filter, which asks for countries, leaves none.
    """
    if selection.group:
        return {}
    activities = selected_activities(engine, selection, vocabulary)
    places = partner_places(engine, "un")
    unplaced = activities.filter(~activities.id.isin(places.activity))
    regions = places.filter(places.iso3.isnull()).select("activity", region="elsewhere").distinct()
    in_region = regions.inner_join(activities, regions.activity == activities.id)
    columns = ["region", "type", "stage", "counted", "id"]
    placed = ibis.union(in_region.select(columns), unplaced.mutate(region=ibis.literal("")).select(columns))
    return _by(engine.rows(_counted(placed, "region")))


def counts_overall(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str = "un") -> ByType:
    """Counts of the whole selection, each record once however many countries it names, if any."""
    activities = selected_activities(engine, selection, vocabulary, view).mutate(all=ibis.literal(""))
    return _by(engine.rows(_counted(activities, "all"))).get("", {})


def _counted(placed: ir.Table, key: str) -> ir.Table:
    """Records by place and type; a missing stage is not planned, a missing ``counted`` is exactly one."""
    planned = (placed.stage == "planned").fill_null(False)
    at_least = (placed.counted == "at_least_one").fill_null(False)
    grouped = placed.group_by(place=placed[key], type=placed["type"], planned=planned)
    return grouped.aggregate(n=placed.id.count(), at_least=at_least.any())


def _by(rows: Iterable[Row]) -> dict[str, ByType]:
    found: dict[str, dict[str, Count]] = {}
    for row in rows:
        by_type = found.setdefault(row["place"], {})
        count = Count(planned=row["n"]) if row["planned"] else Count(row["n"], 0, row["at_least"])
        by_type[row["type"]] = by_type.get(row["type"], Count()) + count
    return dict(found)
