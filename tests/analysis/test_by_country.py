"""Measures by country against the rules written a second time, over portfolios made to be awkward."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.amounts import amounts_by_country
from ess.analysis.by_country import CountryValue, MeasureByCountry, measure_by_country, measure_by_region
from ess.analysis.measures import Measure, list_measures
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import read_vocabulary
from ess.store.engine import Engine
from geodata import groups
from tests.analysis.conftest import NO_NAMES, Open
from tests.analysis.oracle import NOTHING, Answer, Oracle
from tests.analysis.portfolios import COUNTRIES, CURRENCIES, INDICATORS, REGION, portfolios
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

ALL = Measure("activities", "count", None, "records")
PROJECTS = Measure("project", "count", "project", "records")
TRAINED = Measure("result:trained", "result", "trained", "persons")
COMMITTED = Measure("commitment", "amount", "commitment", "USD")
WEST_AFRICA = "ecowas"

views = st.sampled_from(["un", "ma"])
selections = st.sampled_from(
    [Selection(), Selection(), Selection(group=("amu",)), Selection(group=(WEST_AFRICA,))]
)
Difference: TypeAlias = tuple[str, str, object, object]


def told(value: CountryValue) -> Answer:
    return (str(value.state), value.value, value.qualifier, value.activities)


def oracle_of(tables: Tables, view: str, selection: Selection) -> Oracle:
    wanted = frozenset().union(*(groups.members(code) for code in selection.group))
    return Oracle(tables, view, wanted if selection.group else None)


def disagreements(engine: Engine, oracle: Oracle, selection: Selection) -> list[Difference]:
    """Where counts and figures differ from the oracle's."""
    found: list[Difference] = []
    for measure in (PROJECTS, TRAINED):
        answer = measure_by_country(engine, measure, selection, NO_NAMES, oracle.view)
        for iso3 in COUNTRIES:
            value = answer.of(iso3)
            if measure.kind == "count":
                wanted = oracle.count(iso3, measure.code)
            else:
                wanted = oracle.result(iso3, INDICATORS[0])
                shared = [total.result for total in value.shared]
                found.append((iso3, "shared", shared, oracle.shared(iso3, INDICATORS[0])))
            found.append((iso3, measure.id, told(value), wanted))
    return [difference for difference in found if difference[2] != difference[3]]


def regional_disagreements(engine: Engine, oracle: Oracle, selection: Selection) -> list[Difference]:
    """Where the regional and unnamed records differ from the oracle's."""
    found = {one.region: one for one in measure_by_region(engine, ALL, selection, NO_NAMES)}
    answers: list[Difference] = []
    for region in ("", REGION):
        one = found.get(region)
        told_region = (str(one.state), one.value, one.qualifier, one.activities) if one else NOTHING
        answers.append((region, "regional", told_region, oracle.elsewhere(region)))
    return [difference for difference in answers if difference[2] != difference[3]]


def assert_every_record_is_somewhere(oracle: Oracle) -> None:
    """Countries, regions and the unnamed together hold every record that counts."""
    counting = {row["id"] for row in oracle.activities()}
    seen = {row["id"] for iso3 in COUNTRIES for row in oracle.records(iso3)}
    assert len(counting - seen) <= oracle.elsewhere("")[3] + oracle.elsewhere(REGION)[3]


def assert_amounts_add_up(engine: Engine, oracle: Oracle, selection: Selection, currency: str) -> None:
    """Amounts by country and unallocated are the oracle's, and make the total, to the cent."""
    found = amounts_by_country(engine, selection, NO_NAMES, oracle.view, replace(COMMITTED, unit=currency))
    by_country, unallocated = oracle.amounts("commitment", currency)
    assert found.by_country == pytest.approx({k: float(value) for k, value in by_country.items()}, abs=0.005)
    assert found.unallocated == pytest.approx(float(unallocated), abs=0.005)
    if not selection.group:
        counting = {row["id"] for row in oracle.activities()} | oracle.speaking_umbrellas("commitment")
        total = math.fsum(
            row["value"] or 0.0
            for row in oracle.rows["finances"]
            if row["kind"] == "commitment"
            and (row["currency"] or "?") == currency
            and row["activity"] in counting
        )
        assert sum(found.by_country.values()) + found.unallocated == pytest.approx(total, abs=0.005)


@SLOW_PROPERTY
@given(portfolios(), views, selections, st.sampled_from([*CURRENCIES, "?"]))
def test_answers_are_what_the_rules_say(
    engine_over: Open, tables: Tables, view: str, selection: Selection, currency: str
) -> None:
    engine = engine_over(tables)
    oracle = oracle_of(tables, view, selection)
    assert disagreements(engine, oracle, selection) == []
    assert regional_disagreements(engine, oracle, selection) == []
    assert_amounts_add_up(engine, oracle, selection, currency)
    if not selection.group:
        assert_every_record_is_somewhere(oracle)


def test_the_oracle_notices_one_changed_cell(engine_over: Open) -> None:
    places = [*placed("a", "SEN"), {"activity": "a", "region": REGION}]
    finances = [{"activity": "a", "iso3": "SEN", "value": 5.0}]
    planned = portfolio(activities=[{"id": "a", "stage": "planned"}], places=places, finances=finances)
    done = portfolio(activities=[{"id": "a"}], places=places, finances=[{**finances[0], "value": 5.01}])
    engine, other = engine_over(planned), Oracle(done)
    assert len(disagreements(engine, other, Selection())) == 2
    assert len(regional_disagreements(engine, other, Selection())) == 1
    with pytest.raises(AssertionError):
        assert_amounts_add_up(engine, other, Selection(), "USD")


# One rule a test, with the rows that make it.


def ask(
    engine_over: Open, measure: Measure, selection: Selection | None = None, view: str = "un", **rows: Any
) -> MeasureByCountry:
    engine = engine_over(portfolio(**rows))
    return measure_by_country(engine, measure, selection or Selection(), NO_NAMES, view)


def result(**cells: Any) -> dict[str, Any]:
    return {"activity": "a", "value": 22.0, **cells}


def test_a_country_with_two_roles_counts_once(engine_over: Open) -> None:
    places = [
        *placed("a", "SEN"),
        *placed("a", "SEN", "MAR", role="provider"),
        *placed("a", "SEN", role="host"),
    ]
    answer = ask(engine_over, ALL, activities=[{"id": "a"}], places=places)
    assert told(answer.of("SEN")) == ("figure", 1.0, "=", 1)
    assert told(answer.of("MAR")) == NOTHING


def test_an_unknown_stage_is_no_plan(engine_over: Open) -> None:
    answer = ask(engine_over, ALL, activities=[{"id": "a", "stage": "unknown"}], places=placed("a", "SEN"))
    assert told(answer.of("SEN")) == ("figure", 1.0, "=", 1)


def test_a_plan_beside_an_activity_is_not_counted_but_said(engine_over: Open) -> None:
    activities = [{"id": "a", "counted": "at_least_one", "stage": "planned"}, {"id": "b"}]
    answer = ask(engine_over, ALL, activities=activities, places=[*placed("a", "SEN"), *placed("b", "SEN")])
    assert told(answer.of("SEN")) == ("figure", 1.0, "=", 2)
    assert answer.of("SEN").planned == 1


def test_a_country_reached_by_a_plan_only_is_planned_for_every_measure(engine_over: Open) -> None:
    rows: dict[str, Any] = {"activities": [{"id": "a", "stage": "planned"}], "places": placed("a", "SEN")}
    for measure in (ALL, PROJECTS, TRAINED, COMMITTED):
        assert told(ask(engine_over, measure, **rows).of("SEN")) == ("planned", None, None, 1)


def test_a_result_that_names_a_country_belongs_there_and_nowhere_else(engine_over: Open) -> None:
    answer = ask(
        engine_over,
        TRAINED,
        activities=[{"id": "a"}],
        places=placed("a", "SEN"),
        results=[result(iso3="KEN")],
    )
    assert told(answer.of("KEN")) == ("figure", 22.0, "=", 0)
    assert told(answer.of("SEN")) == ("present", None, None, 1)


def test_a_result_of_a_region_shades_no_country(engine_over: Open) -> None:
    rows: dict[str, Any] = {
        "activities": [{"id": "a"}],
        "places": placed("a", "SEN"),
        "results": [result(region="002")],
    }
    answer = ask(engine_over, TRAINED, **rows)
    assert told(answer.of("SEN")) == ("present", None, None, 1)
    assert answer.of("SEN").shared == ()
    engine = engine_over(portfolio(**rows))
    (africa,) = measure_by_region(engine, TRAINED, Selection(), NO_NAMES)
    assert (africa.region, str(africa.state), africa.value) == ("002", "figure", 22.0)


@pytest.mark.parametrize("other", [{"region": "002"}, {}, {"iso3": "CIV"}])
def test_a_total_over_a_country_and_another_place_is_undivided(
    engine_over: Open, other: dict[str, str]
) -> None:
    answer = ask(
        engine_over,
        TRAINED,
        activities=[{"id": "a"}],
        places=[*placed("a", "SEN"), {"activity": "a", **other}],
        results=[result()],
    )
    value = answer.of("SEN")
    assert told(value) == ("present", None, None, 1)
    (total,) = value.shared
    assert (total.value, "SEN" in total.countries) == (22.0, True)
    assert len(total.countries) + len(total.elsewhere) == 2


def test_two_places_in_one_country_do_not_divide_a_total(engine_over: Open) -> None:
    answer = ask(
        engine_over,
        TRAINED,
        activities=[{"id": "a"}],
        places=[*placed("a", "SEN", "SEN"), *placed("a", "MAR", role="provider")],
        results=[result()],
    )
    assert told(answer.of("SEN")) == ("figure", 22.0, "=", 1)


def test_a_figure_of_a_programme_without_a_place_belongs_to_no_country(engine_over: Open) -> None:
    answer = ask(
        engine_over,
        TRAINED,
        activities=[{"id": "a", "programme": "p"}],
        places=placed("a", "SEN"),
        programmes=[{"id": "p"}],
        results=[{"programme": "p", "value": 9.0}],
    )
    assert told(answer.of("SEN")) == ("present", None, None, 1)
    assert answer.of("SEN").shared == ()


def test_an_umbrella_counts_nowhere(engine_over: Open) -> None:
    rows: dict[str, Any] = {
        "activities": [{"id": "a", "umbrella": True}],
        "places": placed("a", "SEN"),
        "results": [result()],
    }
    for measure in (ALL, TRAINED):
        assert told(ask(engine_over, measure, **rows).of("SEN")) == NOTHING


def test_an_umbrella_and_its_parts_are_never_added(engine_over: Open) -> None:
    rows: dict[str, Any] = {
        "activities": [{"id": "a", "umbrella": True}, {"id": "b", "parent": "a"}],
        "places": [*placed("a", "SEN"), *placed("b", "SEN")],
    }
    whole, part = {"activity": "a", "value": 5.0}, {"activity": "b", "value": 3.0}
    alone = ask(engine_over, COMMITTED, **rows, finances=[whole])
    both = ask(engine_over, COMMITTED, **rows, finances=[whole, part])
    assert (alone.of("SEN").value, both.of("SEN").value) == (5.0, 3.0)


def test_an_amount_that_follows_no_shares_is_nobodys(engine_over: Open) -> None:
    answer = ask(
        engine_over,
        COMMITTED,
        activities=[{"id": "a"}],
        places=placed("a", "SEN"),
        finances=[{"activity": "a", "value": 5.0, "share_basis": "unknown"}],
    )
    assert (answer.of("SEN").value, answer.unallocated) == (None, 5.0)


def test_a_figure_without_a_value_is_none(engine_over: Open) -> None:
    answer = ask(
        engine_over,
        TRAINED,
        activities=[{"id": "a"}],
        places=placed("a", "SEN"),
        results=[result(value=None)],
    )
    assert told(answer.of("SEN")) == ("present", None, None, 1)


def test_zero_is_a_figure(engine_over: Open) -> None:
    answer = ask(
        engine_over, TRAINED, activities=[{"id": "a"}], places=placed("a", "SEN"), results=[result(value=0.0)]
    )
    assert told(answer.of("SEN")) == ("figure", 0.0, "=", 1)


def figures_of(engine_over: Open, *results: dict[str, Any]) -> CountryValue:
    found = [result(**cells) for cells in results]
    return ask(engine_over, TRAINED, activities=[{"id": "a"}], places=placed("a", "SEN"), results=found).of(
        "SEN"
    )


def test_figures_that_may_not_be_added_are_not(engine_over: Open) -> None:
    several = figures_of(engine_over, {"value": 700.0, "additive": False}, {"value": 600.0})
    assert (str(several.state), several.value, several.qualifier) == ("figure", None, None)
    assert several.stated == 2


def test_additive_figures_are_added(engine_over: Open) -> None:
    added = figures_of(engine_over, {"value": 700.0}, {"value": 600.0, "qualifier": ">"})
    assert (added.value, added.qualifier) == (1300.0, ">")


def test_one_of_each_overlap_group_is_added_the_latest(engine_over: Open) -> None:
    added = figures_of(
        engine_over,
        {"value": 900.0, "overlap_group": "g", "period_end": date(2020, 1, 1)},
        {"value": 800.0, "overlap_group": "g", "period_end": date(2024, 1, 1)},
        {"value": 5.0},
    )
    assert added.value == 805.0


def test_a_group_named_like_another_figure_takes_nothing_from_it(engine_over: Open) -> None:
    added = figures_of(
        engine_over, {"id": "r", "value": 5.0}, {"id": "s", "value": 7.0, "overlap_group": "r"}
    )
    assert added.value == 12.0


@pytest.mark.parametrize(
    ("qualifiers", "joint"),
    [
        (("=", "="), "="), ((">", "="), ">"), ((">=", "="), ">="), ((">", ">="), ">"), (("<", "="), "<"),
        (("<", "<="), "<"), (("<=", "="), "<="), (("~", ">"), "~"), (("<", ">"), "~"),
    ],
)  # fmt: skip
def test_a_bound_stays_a_bound(engine_over: Open, qualifiers: tuple[str, ...], joint: str) -> None:
    assert figures_of(engine_over, *({"qualifier": sign} for sign in qualifiers)).qualifier == joint


def test_a_derived_figure_says_so(engine_over: Open) -> None:
    assert figures_of(engine_over, {"derivation": "x * 0.75"}).derived == ("x * 0.75",)
    assert figures_of(engine_over, {}).derived == ()


FOUR: dict[str, Any] = {
    "activities": [{"id": "a", "type": "training"}, {"id": "b"}],
    "places": [*placed("a", "MAR", "GIN", "CPV"), *placed("b", "MAR")],
    "results": [result()],
    "finances": [{"activity": "a", "value": 90.0}],
}


@pytest.mark.parametrize("measure", [ALL, TRAINED, COMMITTED])
def test_a_shared_total_is_on_each_country_and_shades_none(engine_over: Open, measure: Measure) -> None:
    answer = ask(engine_over, measure, **FOUR)
    for iso3 in ("MAR", "GIN", "CPV"):
        (total,) = answer.of(iso3).shared
        assert total.countries == ("CPV", "GIN", "MAR")
        assert answer.of(iso3).value != total.value


def test_a_shared_total_belongs_to_its_type_only(engine_over: Open) -> None:
    assert ask(engine_over, PROJECTS, **FOUR).of("MAR").shared == ()
    assert ask(engine_over, PROJECTS, Selection(type=("training",)), **FOUR).of("MAR").shared == ()


@pytest.mark.parametrize("measure", [ALL, TRAINED, COMMITTED])
def test_a_group_filter_leaves_other_countries_out_but_names_all_of_a_total(
    engine_over: Open, measure: Measure
) -> None:
    answer = ask(engine_over, measure, Selection(group=(WEST_AFRICA,)), **FOUR)
    assert sorted(answer.values) == ["CPV", "GIN"]
    (total,) = answer.of("GIN").shared
    assert total.countries == ("CPV", "GIN", "MAR")


def test_a_group_filter_keeps_a_figure_of_a_member_that_no_place_names(engine_over: Open) -> None:
    answer = ask(
        engine_over,
        TRAINED,
        Selection(group=(WEST_AFRICA,)),
        programmes=[{"id": "p"}],
        results=[
            {"programme": "p", "iso3": "SEN", "value": 4.0},
            {"programme": "p", "iso3": "KEN", "value": 5.0},
        ],
    )
    assert {iso3: value.value for iso3, value in answer.values.items()} == {"SEN": 4.0}


def test_a_code_that_the_layer_does_not_know_is_answered_too(engine_over: Open) -> None:
    answer = ask(engine_over, ALL, activities=[{"id": "a"}], places=placed("a", "QQQ", "SEN"))
    assert told(answer.of("QQQ")) == ("figure", 1.0, "=", 1)


def test_an_activity_with_the_provider_only_is_nowhere_named(engine_over: Open) -> None:
    engine = engine_over(
        portfolio(activities=[{"id": "a"}], places=placed("a", "MAR", role="provider"), results=[result()])
    )
    (nowhere,) = measure_by_region(engine, ALL, Selection(), NO_NAMES)
    assert (nowhere.region, nowhere.value) == ("", 1.0)
    (figure,) = measure_by_region(engine, TRAINED, Selection(), NO_NAMES)
    assert (figure.region, figure.value, figure.activities) == ("", 22.0, 1)


# Western Sahara


WESTERN_SAHARA: dict[str, Any] = {
    "activities": [{"id": "a"}],
    "places": placed("a", "MAR", "ESH"),
    "results": [result()],
    "finances": [{"activity": "a", "value": 90.0}],
}


@pytest.mark.parametrize("view", ["un", "de_facto"])
def test_western_sahara_is_apart_where_the_view_draws_it(engine_over: Open, view: str) -> None:
    assert sorted(ask(engine_over, ALL, view=view, **WESTERN_SAHARA).values) == ["ESH", "MAR"]
    for measure in (TRAINED, COMMITTED):
        values = ask(engine_over, measure, view=view, **WESTERN_SAHARA).values
        assert [told(value) for value in values.values()] == [("present", None, None, 1)] * 2
        assert all(len(value.shared) == 1 for value in values.values())


@pytest.mark.parametrize(("measure", "value"), [(ALL, 1.0), (TRAINED, 22.0), (COMMITTED, 90.0)])
def test_western_sahara_belongs_to_morocco_in_ma(engine_over: Open, measure: Measure, value: float) -> None:
    answer = ask(engine_over, measure, view="ma", **WESTERN_SAHARA)
    assert {iso3: told(one) for iso3, one in answer.values.items()} == {"MAR": ("figure", value, "=", 1)}
    assert answer.of("MAR").shared == ()


def test_a_group_is_asked_for_as_the_view_draws_it(engine_over: Open) -> None:
    rows: dict[str, Any] = {
        "activities": [{"id": "a"}],
        "places": placed("a", "ESH"),
        "results": [result(), {"programme": "p", "iso3": "ESH", "value": 1.0}],
        "programmes": [{"id": "p"}],
    }
    maghreb = Selection(group=("amu",))
    assert ask(engine_over, ALL, maghreb, **rows).values == {}
    assert told(ask(engine_over, ALL, maghreb, "ma", **rows).of("MAR")) == ("figure", 1.0, "=", 1)
    assert ask(engine_over, TRAINED, maghreb, **rows).values == {}
    assert ask(engine_over, TRAINED, maghreb, "ma", **rows).of("MAR").value == 23.0


# Money


def amounts(
    engine_over: Open, selection: Selection | None = None, **rows: Any
) -> tuple[dict[str, float], float]:
    engine = engine_over(portfolio(activities=[{"id": "a"}], **rows))
    found = amounts_by_country(engine, selection or Selection(), NO_NAMES, "un", COMMITTED)
    return dict(found.by_country), found.unallocated


def stated(iso3: str | None, share: float | None, **cells: Any) -> dict[str, Any]:
    return {
        "activity": "a",
        "iso3": iso3,
        "share": share,
        "share_basis": "stated" if share is not None else None,
        **cells,
    }


HUNDRED = [{"activity": "a", "value": 100.0}]


@pytest.mark.parametrize(
    ("places", "by_country", "unallocated"),
    [
        (placed("a", "SEN"), {"SEN": 100.0}, 0.0),
        (placed("a", "SEN", "SEN"), {"SEN": 100.0}, 0.0),
        (placed("a", "SEN", "CIV"), {}, 100.0),
        ([*placed("a", "SEN"), *placed("a", "MAR", role="provider")], {"SEN": 100.0}, 0.0),
        ([*placed("a", "SEN"), {"activity": "a", "region": "002"}], {}, 100.0),
        ([stated("SEN", 40.0)], {"SEN": 40.0}, 60.0),
        ([stated("SEN", 40.0), stated("CIV", None)], {"SEN": 40.0}, 60.0),
        ([stated("SEN", 33.0), stated("CIV", 66.0)], {"SEN": 100 / 3, "CIV": 200 / 3}, 0.0),
        ([stated("SEN", 60.0), stated("CIV", 60.0)], {"SEN": 50.0, "CIV": 50.0}, 0.0),
        ([stated("SEN", 50.0), {"activity": "a", "region": "002", "share": 50.0, "share_basis": "stated"}],
         {"SEN": 50.0}, 50.0),
        ([stated("SEN", 50.0, share_basis="equal"), stated("CIV", 50.0, share_basis="equal")], {}, 100.0),
        ([], {}, 100.0),
    ],
)  # fmt: skip
def test_only_published_shares_split_an_amount(
    engine_over: Open, places: list[dict[str, Any]], by_country: dict[str, float], unallocated: float
) -> None:
    found, rest = amounts(engine_over, places=places, finances=HUNDRED)
    assert found == pytest.approx(by_country)
    assert rest == pytest.approx(unallocated)


def test_an_amount_is_never_mixed_with_another_currency_or_kind(engine_over: Open) -> None:
    finances = [
        *HUNDRED,
        {"activity": "a", "value": 7.0, "currency": "EUR"},
        {"activity": "a", "value": 7.0, "currency": None},
        {"activity": "a", "value": 7.0, "kind": "budget"},
        {"activity": "a", "value": None},
    ]
    assert amounts(engine_over, places=placed("a", "SEN"), finances=finances) == ({"SEN": 100.0}, 0.0)


def test_a_group_filter_makes_no_money_of_others_unallocated(engine_over: Open) -> None:
    places = [stated("SEN", 50.0), stated("KEN", 30.0)]
    found, rest = amounts(engine_over, Selection(group=(WEST_AFRICA,)), places=places, finances=HUNDRED)
    assert found == {"SEN": 50.0}
    assert rest == 20.0


def test_money_of_a_region_is_in_the_regional_row(engine_over: Open) -> None:
    engine = engine_over(
        portfolio(
            activities=[{"id": "a"}],
            places=placed("a", "SEN"),
            finances=[{"activity": "a", "region": "002", "value": 5.0}],
        )
    )
    (africa,) = measure_by_region(engine, COMMITTED, Selection(), NO_NAMES)
    assert (africa.region, africa.value, africa.activities) == ("002", 5.0, 0)


@pytest.mark.parametrize(
    ("places", "by_country", "unallocated", "is_offered"),
    [
        (placed("a", "SEN", "CIV"), {"SEN": 50.0, "CIV": 50.0}, 0.0, True),
        ([*placed("a", "SEN"), {"activity": "a", "region": REGION}], {"SEN": 100.0}, 0.0, False),
        (
            [stated("SEN", 40.0), stated("CIV", None), stated("GIN", None)],
            {"SEN": 40.0, "CIV": 30.0, "GIN": 30.0},
            0.0,
            True,
        ),
        ([stated("SEN", 40.0), stated("CIV", 20.0)], {"SEN": 40.0, "CIV": 20.0}, 40.0, False),
    ],
)
def test_an_equal_split_is_there_where_it_is_asked_for(
    engine_over: Open,
    places: list[dict[str, Any]],
    by_country: dict[str, float],
    unallocated: float,
    is_offered: bool,  # noqa: FBT001
) -> None:
    engine = engine_over(portfolio(activities=[{"id": "a"}], places=places, finances=HUNDRED))
    found = amounts_by_country(engine, Selection(), NO_NAMES, "un", replace(COMMITTED, equal=True))
    assert (found.by_country, found.unallocated) == (by_country, unallocated)
    assert found.shared.all() == ()
    listed = [one.key for one in list_measures(read_vocabulary(engine)) if one.kind == "amount"]
    assert listed[0] == "commitment:USD"
    assert ("commitment:USD:equal" in listed) == is_offered
