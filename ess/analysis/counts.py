"""Records by country: how many, how many of them only planned, and whether the count is a lower bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis.expr.types as ir

from ess.analysis.facts import UNDATED, WHOLE, Kind, drawn_as, kinds, presence, spots
from ess.analysis.selection import Selection, choose, chosen_of, group_members
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held


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


@dataclass(frozen=True)
class Counts:
    """Records of a selection by place and activity type.

    Attributes
    ----------
    by_country
        By iso3, a record once in every country it names, providers apart. Codes are those of the portfolio:
        one that the country layer does not know is here all the same. A country without a record has no
        entry; a group filter keeps the group's members only.
    by_region
        What is placed in a region, or nowhere that has a name (key ``""``): never spread over countries.
        Nowhere are a partner's place without country and region, and an activity without any partner's
        place. A group filter, which asks for countries, leaves none.
    overall
        Each record once, however many countries it names, if any.
    undated
        Records that carry no date at all.
    """

    by_country: Mapping[str, ByType]
    by_region: Mapping[str, ByType]
    overall: ByType
    undated: int


def add_records(by_type: dict[str, Count], kind: Kind, number: int) -> None:
    """Count `number` more records of a kind."""
    count = Count(planned=number) if kind.planned else Count(number, 0, kind.at_least)
    by_type[kind.activity_type] = by_type.get(kind.activity_type, Count()) + count


def read_counts(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Counts:
    """How many records of each type the selection has, by country, by region and overall: one question."""
    held = choose(engine, selection, vocabulary, view)
    fold = drawn_as(view)
    every = held.remember(("counts", fold), lambda: _count(engine, held, fold))
    wanted = group_members(selection)
    if wanted is None:
        return every
    of_group = {iso3: by_type for iso3, by_type in every.by_country.items() if iso3 in wanted}
    return Counts(of_group, {}, every.overall, every.undated)


def _count(engine: Engine, held: Held, view: str) -> Counts:
    def build() -> ir.Table:
        present = chosen_of(presence(engine, view), held)
        return present.group_by("spot", "kind").aggregate(n=present.count())

    rows = engine.ask(("counts", view, held.table is None), build, held=held)
    known, told = spots(engine, view), kinds(engine)
    by_spot: dict[int, dict[str, Count]] = {}
    for row in rows:
        add_records(by_spot.setdefault(row["spot"], {}), told[row["kind"]], row["n"])
    return Counts(
        {known.countries[spot]: by_type for spot, by_type in by_spot.items() if spot in known.countries},
        {known.regions[spot]: by_type for spot, by_type in by_spot.items() if spot in known.regions},
        by_spot.get(WHOLE, {}),
        total(by_spot.get(UNDATED, {})).records,
    )
