"""Differences against the rules written a second time in plain Python, over portfolios made to be awkward."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.analysis.breaks import build_breaks
from ess.analysis.by_country import State, measure_by_country
from ess.analysis.comparing import (
    Compared,
    Difference,
    Known,
    Sides,
    Why,
    compare_by_country,
    compare_countries,
    known_of_total,
    subtract,
)
from ess.analysis.counts import Count
from ess.analysis.join import join_measure
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.shading import build_shadings
from ess.analysis.vocabulary import read_vocabulary
from ess.exports.comparing import comparison_rows
from ess.exports.tables import build_csv
from ess.locales import translator
from geodata.layer import read_countries
from tests.analysis.conftest import NO_NAMES, Open
from tests.analysis.oracle import Oracle
from tests.analysis.portfolios import COUNTRIES, portfolios
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

PROJECTS = Measure("project", "count", "project", "records")
TRAINED = Measure("result:trained", "result", "trained", "persons")
DOLLARS = Measure("commitment", "amount", "commitment", "USD")
EUROS = replace(DOLLARS, unit="EUR")
MEASURES = (PROJECTS, TRAINED, DOLLARS, EUROS)


class Plain(NamedTuple):
    """One side as the oracle knows it."""

    state: str
    value: float | None
    qualifier: str | None
    shares: bool


def plain_of(oracle: Oracle, iso3: str, measure: Measure) -> Plain:
    """What the rules say of a country."""
    if measure.kind == "count":
        return Plain(*oracle.count(iso3, measure.code)[:3], shares=False)
    if measure.kind == "result":
        shares = bool(oracle.shared(iso3, "trained"))
        return Plain(*oracle.result(iso3, "trained")[:3], shares=shares)
    shares = shares_an_amount(oracle, iso3, measure.unit)
    allocated = oracle.amounts("commitment", measure.unit)[0]
    if iso3 in allocated:
        return Plain("figure", float(allocated[iso3]), "=", shares)
    state = oracle.count(iso3)[0]
    return Plain("present" if state == "figure" else state, None, None, shares)


def shares_an_amount(oracle: Oracle, iso3: str, currency: str) -> bool:
    """Whether a country is among several places of an amount that publishes no share."""
    counting = {row["id"] for row in oracle.activities()} | oracle.speaking_umbrellas("commitment")
    return any(
        row["kind"] == "commitment"
        and (row["currency"] or "?") == currency
        and row["value"] is not None
        and row["activity"] in counting
        and not (row["iso3"] or row["region"])
        and ("country", iso3) in oracle.places(row["activity"])
        and is_undivided(oracle, row["activity"])
        for row in oracle.rows["finances"]
    )


def is_undivided(oracle: Oracle, activity: str) -> bool:
    """Whether no place of an activity has a share, be it published or that of a lone place."""
    rows = [
        row
        for row in oracle.rows["places"]
        if row["activity"] == activity
        and row["role"] != "provider"
        and (row["latitude"] is None or row["iso3"] or row["region"])
    ]
    if any(row["share_basis"] == "stated" and row["share"] is not None for row in rows):
        return False
    lone = len(oracle.places(activity)) == 1 and any(row["share_basis"] != "unknown" for row in rows)
    return not lone


def expected(oracle: Oracle, first: str, second: str, measure: Measure) -> Difference | Why:
    """What the rules say of two countries, reason by reason."""
    sides = [plain_of(oracle, iso3, measure) for iso3 in (first, second)]
    if measure.kind == "amount":
        other = EUROS if measure is DOLLARS else DOLLARS
        for iso3, side in zip((first, second), sides, strict=True):
            if side.state != "figure" and plain_of(oracle, iso3, other).state == "figure":
                return Why.UNIT
    return expected_of(*sides)


def expected_of(*sides: Plain) -> Difference | Why:
    """What the rules say of two sides in one unit."""
    states = {side.state for side in sides}
    if "planned" in states or any(side.shares for side in sides):
        return Why.PLANNED if "planned" in states else Why.SHARED
    if states != {"figure"}:
        return Why.MISSING
    values = [side.value for side in sides if side.value is not None]
    if len(values) < 2:
        return Why.SEVERAL
    qualifiers = {side.qualifier for side in sides}
    if qualifiers - {"=", "~"}:
        return Why.BOUND
    return Difference(values[1] - values[0], "~" if "~" in qualifiers else "=")


@settings(SLOW_PROPERTY, max_examples=10)
@given(portfolios(), st.sampled_from(["un", "ma"]))
def test_a_difference_or_its_reason_is_what_the_rules_say(
    engine_over: Open, tables: Tables, view: str
) -> None:
    engine, oracle = engine_over(tables), Oracle(tables, view)
    answers = [measure_by_country(engine, measure, Selection(), NO_NAMES, view) for measure in MEASURES]
    for first, second in permutations(COUNTRIES[:3], 2):
        for row in compare_countries(answers, (first, second)):
            assert row.measure is not None
            (found,) = row.differences
            wanted = expected(oracle, first, second, row.measure)
            if isinstance(wanted, Difference):
                assert isinstance(found, Difference)
                assert found.value == pytest.approx(wanted.value, abs=0.005)
                assert found.qualifier == wanted.qualifier
            else:
                assert found == wanted, (first, second, row)


FIGURE = Known("persons", State.FIGURE, 5.0, "=", 1)


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        (replace(FIGURE, value=7.0), Difference(2.0, "=")),
        (replace(FIGURE, value=5.0), Difference(0.0, "=")),
        (replace(FIGURE, value=0.0), Difference(-5.0, "=")),
        (replace(FIGURE, value=7.0, qualifier="~"), Difference(2.0, "~")),
        (replace(FIGURE, value=7.0, derived=True), Difference(2.0, "=", derived=True)),
        (replace(FIGURE, qualifier=">="), Why.BOUND),
        (replace(FIGURE, qualifier="<"), Why.BOUND),
        (replace(FIGURE, value=None, qualifier=None), Why.SEVERAL),
        (replace(FIGURE, shared=1), Why.SHARED),
        (replace(FIGURE, unit="hectares"), Why.UNIT),
        (Known("persons", State.PRESENT), Why.MISSING),
        (Known("persons"), Why.MISSING),
        (Known("persons", State.PLANNED), Why.PLANNED),
        (Known("persons", State.PRESENT, elsewhere=True), Why.UNIT),
    ],
)
def test_only_what_can_be_compared_is_subtracted(other: Known, wanted: Difference | Why) -> None:
    assert subtract(FIGURE, other) == wanted
    turned = replace(wanted, value=-wanted.value) if isinstance(wanted, Difference) else wanted
    assert subtract(other, FIGURE) == turned


def test_binary_fractions_leave_no_noise() -> None:
    found = subtract(replace(FIGURE, value=0.1), replace(FIGURE, value=0.3))
    assert found == Difference(0.2, "=")


def test_an_undated_figure_may_belong_to_either_year_and_a_count_cancels_out() -> None:
    undated = Known("persons", State.FIGURE, 2.0, "=", 1)
    assert subtract(FIGURE, replace(FIGURE, value=7.0), undated) == Why.UNDATED
    assert subtract(FIGURE, FIGURE, Known("persons", State.PRESENT, records=2)) == Difference(0.0, "=")
    records = [Known("records", State.FIGURE, value, "=", int(value)) for value in (3.0, 5.0, 1.0)]
    assert subtract(records[0], records[1], records[2]) == Difference(2.0, "=")


def test_undated_records_stand_beside_both_years(engine_over: Open) -> None:
    rows = portfolio(
        activities=[
            {"id": "a", "start": date(2019, 1, 1), "start_precision": "year"},
            {"id": "b", "start": date(2020, 1, 1), "start_precision": "year"},
            {"id": "undated"},
        ],
        places=[*placed("a", "SEN"), *placed("b", "SEN", "CIV"), *placed("undated", "SEN")],
    )
    engine, sides = engine_over(rows), Sides("years", ("2019", "2020"))
    without = sides.undated(Selection())
    assert without is not None
    first, second, undated = (
        measure_by_country(engine, PROJECTS, one, NO_NAMES, "un")
        for one in (*sides.selections(Selection()), without)
    )
    found = {row.iso3: row for row in compare_by_country((first, second), undated, ("CIV", "SEN"))}
    assert [side.value for side in found["SEN"].sides] == [2.0, 2.0]
    assert found["SEN"].undated == Known("records", State.FIGURE, 1.0, "=", 1)
    assert found["SEN"].differences == (Difference(0.0, "="),)
    assert found["CIV"].differences == (Why.MISSING,)
    assert Sides("actors", ("a", "b")).undated(Selection()) is None


def test_a_total_is_all_that_is_stated(engine_over: Open) -> None:
    rows = portfolio(
        activities=[{"id": "a"}],
        places=placed("a", "SEN", "CIV"),
        finances=[
            {"activity": "a", "value": 10.0, "kind": "commitment"},
            {"activity": "a", "value": 2.5, "iso3": "SEN", "kind": "commitment"},
        ],
    )
    answer = measure_by_country(engine_over(rows), DOLLARS, Selection(), NO_NAMES, "un")
    assert known_of_total(DOLLARS, answer, Count(1)) == Known("USD", State.FIGURE, 12.5, "=", 1)
    nothing = measure_by_country(engine_over(rows), EUROS, Selection(), NO_NAMES, "un")
    assert known_of_total(EUROS, nothing, Count(1)) == Known("EUR", State.PRESENT, None, None, 1)


def test_classes_are_made_from_the_values_of_both(engine_over: Open) -> None:
    rows = portfolio(
        activities=[
            {"id": f"a{number}", "type": "project" if number < 9 else "event"} for number in range(12)
        ],
        places=[
            place
            for number in range(12)
            for place in placed(
                f"a{number}", *(["SEN", "CIV", "COG"][: 1 + number % 3] if number < 9 else ["SEN", "KEN"])
            )
        ],
    )
    engine = engine_over(rows)
    layer = read_countries("un")
    measures = (PROJECTS, Measure("event", "count", "event", "records"))
    measured = [
        join_measure(layer, measure_by_country(engine, one, Selection(), NO_NAMES, "un")) for one in measures
    ]
    shadings = build_shadings(measured, "quantiles", 3, "", rates=(None, None))
    values = [row.value for joined in measured for row in joined.rows if row.has_value]
    assert sorted(values) == [3.0, 3.0, 3.0, 6.0, 9.0]
    assert {one.breaks for one in shadings} == {build_breaks(values, "quantiles", 3)}
    assert shadings[0].fills["COG"] == shadings[1].fills["KEN"]
    assert shadings[0].fills["SEN"] > shadings[1].fills["SEN"]


def test_a_file_says_why_there_is_no_difference_and_runs_nothing(engine_over: Open) -> None:
    engine = engine_over(portfolio(activities=[{"id": "a"}], places=placed("a", "SEN")))
    rows = [
        Compared(PROJECTS, (FIGURE, replace(FIGURE, value=7.5))),
        Compared(TRAINED, (FIGURE, Known("=cmd"))),
    ]
    vocabulary = replace(read_vocabulary(engine), indicators={"trained": {"label_fr": "=1+1"}})
    sides = [("SEN", "=HYPERLINK()"), ("CIV", "Côte d’Ivoire")]
    found = list(comparison_rows(rows, sides, vocabulary, {"snapshot": "s"}, translator("en")))
    assert [(row["difference"], row["no_difference"]) for row in found] == [
        ("", ""), (2.5, ""), ("", ""), ("", "unit"),
    ]  # fmt: skip
    text = build_csv(found).decode("utf-8-sig")
    assert "'=HYPERLINK()" in text
    assert "'=1+1" in text
    assert ",=" not in text.replace(",=,", "")
