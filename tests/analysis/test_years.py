"""A measure year by year against plain loops: what is dated in its years, the undated by themselves."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.amounts import amounts_by_year
from ess.analysis.by_country import State, measure_by_country, read_tally
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection, undated_of
from ess.analysis.years import Asked, ByYear, spread_amounts, spread_over_years
from ess.store.engine import Engine
from tests.analysis.conftest import NO_NAMES, Open
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

YEARS = tuple(map(str, range(2018, 2024)))
RECORDS = Measure("activities", "count", None, "records")
PROJECTS = Measure("project", "count", "project", "records")
TRAINED = Measure("result:trained", "result", "trained", "persons")
DOLLARS = Measure("commitment", "amount", "commitment", "USD")

days = st.none() | st.dates(date(2017, 1, 1), date(2024, 12, 31))


@st.composite
def dated_portfolios(draw: st.DrawFn) -> Tables:
    """Records with and without dates, their places, figures, and amounts with dates of their own."""
    spans = draw(st.lists(st.tuples(days, days), max_size=6))
    activities: list[dict[str, Any]] = []
    for number, span in enumerate(spans):
        start, end = sorted(span) if None not in span else span  # type: ignore[type-var]
        activities.append(
            {
                "id": f"a{number}",
                "start": start,
                "end": end,
                "type": draw(st.sampled_from(["project", "training"])),
                "stage": draw(st.sampled_from(["planned", "done"])),
                "counted": draw(st.sampled_from(["one", "at_least_one"])),
            }
        )
    places, results, finances = [], [], []
    for row in activities:
        iso3 = draw(st.sampled_from(["SEN", "CIV"]))
        places += placed(row["id"], iso3)
        results += [
            {"activity": row["id"], "indicator": "trained", "value": value, "iso3": iso3}
            for value in draw(st.lists(st.sampled_from([1.0, 5.0]), max_size=2))
        ]
        finances += [
            {
                "activity": row["id"],
                "kind": draw(st.sampled_from(["commitment", "budget"])),
                "currency": draw(st.sampled_from(["USD", "EUR"])),
                "value": cents / 100,
                "date": draw(days),
            }
            for cents in draw(st.lists(st.integers(-500, 500), max_size=2))
        ]
    return portfolio(
        activities=activities,
        places=places,
        indicators=[{"id": "trained"}],
        results=results,
        finances=finances,
    )


def over_years(engine: Engine, measure: Measure) -> ByYear:
    """What the page tells of a count or a result."""

    def ask(selection: Selection) -> Asked:
        return Asked(
            read_tally(engine, selection, NO_NAMES, "un"),
            measure_by_country(engine, measure, selection, NO_NAMES, "un"),
        )

    asked = {year: ask(Selection(year=(year,))) for year in YEARS}
    return spread_over_years(measure, asked, ask(undated_of(Selection())))


def touched(row: dict[str, Any]) -> set[str]:
    """The years that a record's period touches; one end alone stands for both."""
    ends = [day.year for day in (row["start"], row["end"]) if day]
    return {str(year) for year in range(min(ends), max(ends) + 1)} if ends else set()


@SLOW_PROPERTY
@given(tables=dated_portfolios())
def test_records_stand_in_every_year_that_they_touch(engine_over: Open, tables: Tables) -> None:
    rows = tables["activities"].to_pylist()
    for measure in (RECORDS, PROJECTS):
        found = over_years(engine_over(tables), measure)
        mine = [row for row in rows if measure.code in (None, row["type"])]
        for year, known in found.years.items():
            there = [row for row in mine if year in touched(row)]
            planned = sum(row["stage"] == "planned" for row in there)
            assert (known.value or 0.0, known.planned) == (len(there) - planned, planned)
            if any(row["counted"] == "at_least_one" for row in there if row["stage"] != "planned"):
                assert known.qualifier == ">="  # a lower bound is never told as exact
        undated = [row for row in mine if not touched(row)]
        assert found.undated.records == len(undated)


@SLOW_PROPERTY
@given(tables=dated_portfolios())
def test_countries_have_a_figure_in_the_years_of_its_record(engine_over: Open, tables: Tables) -> None:
    found = over_years(engine_over(tables), TRAINED)
    years = {row["id"]: touched(row) for row in tables["activities"].to_pylist()}
    where: dict[str, set[str]] = defaultdict(set)
    for row in tables["results"].to_pylist():
        for year in years[row["activity"]] or {""}:
            where[year].add(row["iso3"])
    assert {year: int(known.value or 0) for year, known in found.years.items()} == {
        year: len(where[year]) for year in YEARS
    }
    assert int(found.undated.value or 0) == len(where[""])
    assert all(known.unit == "countries" for known in found.years.values())


@SLOW_PROPERTY
@given(tables=dated_portfolios())
def test_amounts_stand_in_the_year_of_their_own_date_and_add_up(engine_over: Open, tables: Tables) -> None:
    found = amounts_by_year(engine_over(tables), Selection(), NO_NAMES, "un", DOLLARS)
    expected: dict[int | None, Fraction] = defaultdict(Fraction)
    for row in tables["finances"].to_pylist():
        if (row["kind"], row["currency"]) == ("commitment", "USD"):
            expected[row["date"].year if row["date"] else None] += round(Fraction(row["value"]) * 100)
    assert {year: round(value * 100) for year, value in found.items()} == dict(expected)
    told = spread_amounts(DOLLARS, found, YEARS)
    assert {year for year, known in told.years.items() if known.state == State.FIGURE} == {
        str(year) for year in expected if year is not None and str(year) in YEARS
    }
    assert (told.undated.value is None) == (None not in expected)
    assert all(known.value is None for known in told.years.values() if known.state == State.NONE)


def test_a_zero_is_told_and_a_year_without_an_amount_is_none() -> None:
    told = spread_amounts(DOLLARS, {2019: 0.0}, ["2019", "2020"])
    assert [told.years[year].value for year in ("2019", "2020")] == [0.0, None]
