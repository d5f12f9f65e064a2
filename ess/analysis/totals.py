"""Headline figures: what may be said in one number, and with which caveat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ess.analysis.by_country import Tally
from ess.analysis.counts import ByType, Count, counts_overall, total
from ess.analysis.selection import Selection, country_places, selected_activities, selected_results
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Row


@dataclass(frozen=True)
class TypeTotal:
    """Records of one type over the whole selection.

    Attributes
    ----------
    countries
        Partner countries with a record of this type that is not merely planned; home apart.
    at_home
        Whether the home country has one too.
    """

    activity_type: str
    count: Count
    countries: int
    at_home: bool


@dataclass(frozen=True)
class StatedTotal:
    """A stated number of countries beside the countries that the records name.

    Attributes
    ----------
    result
        The result row that states it.
    stated
        The stated number.
    identified
        The countries that the records name, home apart.
    """

    result: Row
    stated: float
    identified: tuple[str, ...]

    @property
    def gap(self) -> float:
        """Stated countries that no record names (negative when the records name more)."""
        return self.stated - len(self.identified)


@dataclass(frozen=True)
class Headlines:
    """The headline figures of a selection.

    Attributes
    ----------
    partners
        iso3 of the partner countries with a record that is not merely planned; home apart.
    planned_only
        iso3 of countries whose records are all planned.
    overall
        Records by type, each once however many countries it names.
    types
        The same by type, with the number of countries.
    """

    partners: tuple[str, ...]
    planned_only: tuple[str, ...]
    overall: ByType
    types: tuple[TypeTotal, ...]
    undated: int


def build_headlines(engine: Engine, tally: Tally, vocabulary: Vocabulary, home: str) -> Headlines:
    """Headline figures of a tally's selection, `home` left out of every count of countries."""
    by_country = {iso3: by_type for iso3, by_type in tally.counts.items() if iso3 != home}
    at_home = tally.counts.get(home, {})
    overall = counts_overall(engine, tally.selection, vocabulary, tally.view)
    firm = {iso3 for iso3, by in by_country.items() if total(by).firm}
    return Headlines(
        partners=tuple(sorted(firm)),
        planned_only=tuple(sorted(by_country.keys() - firm)),
        overall=overall,
        types=tuple(
            TypeTotal(code, count, _countries_with(by_country, code), total(at_home, code).firm > 0)
            for code, count in overall.items()
        ),
        undated=undated_records(engine, tally.selection, vocabulary, tally.view),
    )


def _countries_with(by_country: Mapping[str, ByType], activity_type: str) -> int:
    return sum(1 for by in by_country.values() if total(by, activity_type).firm)


def undated_records(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> int:
    """How many records of the selection carry no date at all."""
    activities = selected_activities(engine, selection, vocabulary, view)
    undated = activities.filter(activities["start"].isnull() & activities["end"].isnull())
    (row,) = engine.rows(undated.aggregate(n=undated.id.count()))
    return int(row["n"])


def stated_totals(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, home: str
) -> list[StatedTotal]:
    """Stated numbers of countries, each beside the countries that the records name one by one.

    A result is compared when its indicator says what lists the same things (``itemised_by``). The records
    compared are its activity, or all those of its programme or of its actor, whatever else the selection
    leaves out: the stated number was not narrowed either. Planned records identify no country. A result
    without a value states nothing.
    """
    itemised = [code for code, row in vocabulary.indicators.items() if row["itemised_by"]]
    if not itemised:
        return []
    activities = selected_activities(engine, selection, vocabulary, view)
    results = selected_results(engine, selection, vocabulary, activities, view)
    rows = engine.rows(
        results.filter(results.indicator.isin(itemised) & results.value.notnull()).order_by("id")
    )
    return [
        StatedTotal(row, row["value"], _named_countries(engine, row, vocabulary, view, home)) for row in rows
    ]


def _named_countries(
    engine: Engine, result: Row, vocabulary: Vocabulary, view: str, home: str
) -> tuple[str, ...]:
    scope = _scope(result)
    activities = selected_activities(engine, scope, vocabulary)
    if result["activity"]:
        activities = activities.filter(activities.id == result["activity"])
    firm = activities.filter((activities.stage != "planned").fill_null(True))
    places = country_places(engine, scope, view)
    named = places.filter(places.activity.isin(firm.id)).select("iso3").distinct()
    return tuple(sorted(row["iso3"] for row in engine.rows(named) if row["iso3"] != home))


def _scope(result: Row) -> Selection:
    if result["activity"]:
        return Selection()
    if result["programme"]:
        return Selection(programme=(result["programme"],))
    return Selection(actor=(result["actor"],)) if result["actor"] else Selection()
