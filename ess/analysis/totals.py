"""Headline figures: what may be said in one number, and with which caveat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.by_country import Tally
from ess.analysis.counts import ByType, Count, read_counts, total
from ess.analysis.selection import Selection, choose, chosen_of
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held, Row, blank_number

#: Stated totals that are listed.
LISTED = 200


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
    identify
        Asks for the countries that the records name, home apart.
    """

    result: Row
    stated: float
    identify: Callable[[], tuple[str, ...]] = field(repr=False, compare=False)

    @cached_property
    def identified(self) -> tuple[str, ...]:
        """The countries that the records name, home apart; asked for when it is first looked at."""
        return self.identify()

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


def build_headlines(tally: Tally, home: str) -> Headlines:
    """Headline figures of a tally's selection, `home` left out of every count of countries; asks nothing."""
    by_country = {iso3: by_type for iso3, by_type in tally.counts.items() if iso3 != home}
    at_home = tally.counts.get(home, {})
    firm = {iso3 for iso3, by in by_country.items() if total(by).firm}
    return Headlines(
        partners=tuple(sorted(firm)),
        planned_only=tuple(sorted(by_country.keys() - firm)),
        overall=tally.overall,
        types=tuple(
            TypeTotal(code, count, _countries_with(by_country, code), total(at_home, code).firm > 0)
            for code, count in sorted(tally.overall.items())
        ),
        undated=tally.undated,
    )


def _countries_with(by_country: Mapping[str, ByType], activity_type: str) -> int:
    return sum(1 for by in by_country.values() if total(by, activity_type).firm)


def stated_totals(  # noqa: PLR0913, PLR0917 - the question, and whose country is home
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, home: str, limit: int = LISTED
) -> list[StatedTotal]:
    """Stated numbers of countries, each beside the countries that the records name one by one.

    A result is compared when its indicator says what lists the same things (``itemised_by``). The records
    compared are its activity, or all those of its programme or of its actor, whatever else the selection
    leaves out: the stated number was not narrowed either. Planned records identify no country. A result
    without a value states nothing. The first `limit` results in the order of their ids are told.
    """
    if not any(row["itemised_by"] for row in vocabulary.indicators.values()):
        return []
    rows = _itemised(engine, choose(engine, selection, vocabulary, view), limit)
    return [
        StatedTotal(row, row["value"], partial(_named_countries, engine, row, vocabulary, view, home))
        for row in rows
    ]


def _itemised(engine: Engine, held: Held, limit: int) -> list[Row]:
    """The first results of the selection that are compared; none of them is asked for where there is none."""

    def every() -> ir.Table:
        return facts.itemised_results(engine).order_by("id").limit(limit + 1)

    def chosen() -> ir.Table:
        return chosen_of(facts.itemised_results(engine), held).order_by("id").limit(limit)

    known = engine.remember(("itemised", limit), lambda: engine.ask(("every itemised", limit), every))
    if held.table is None or not known:
        return known[:limit]
    asked = ("itemised", limit)
    return held.remember(asked, lambda: engine.ask(asked, chosen, held=held))


def _named_countries(
    engine: Engine, result: Row, vocabulary: Vocabulary, view: str, home: str
) -> tuple[str, ...]:
    if result["activity"]:
        found = _countries_of_activity(engine, result["n"], view)
    else:
        counts = read_counts(engine, _scope(result), vocabulary, view).by_country
        found = {iso3 for iso3, by_type in counts.items() if total(by_type).firm}
    return tuple(sorted(found - {home}))


def _countries_of_activity(engine: Engine, number: int, view: str) -> set[str]:
    """Countries of one activity; none when it is merely planned."""

    def build() -> ir.Table:
        present = facts.presence(engine, view)
        return present.filter(present.n == blank_number("n")).select("spot", "kind")

    rows = engine.ask(("one activity", facts.drawn_as(view)), build, {"n": [str(number)]})
    countries, kinds = facts.spots(engine, view).countries, facts.kinds(engine)
    return {
        countries[row["spot"]] for row in rows if row["spot"] in countries and not kinds[row["kind"]].planned
    }


def _scope(result: Row) -> Selection:
    if result["programme"]:
        return Selection(programme=(result["programme"],))
    return Selection(actor=(result["actor"],)) if result["actor"] else Selection()
