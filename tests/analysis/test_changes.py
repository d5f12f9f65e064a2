"""What a change says: cells before and after, and no difference where there is none to tell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given

from ess.analysis.by_country import measure_by_country
from ess.analysis.changes import (
    Difference,
    Obstacle,
    changed_cells,
    changed_countries,
    either,
    let_through,
    row_difference,
)
from ess.analysis.measures import parse_measure
from ess.analysis.selection import Selection
from ess.portfolio.schema import TABLES
from ess.store.comparison import Among, Change
from ess.store.engine import Row
from tests.analysis.conftest import NO_NAMES, Ask
from tests.analysis.oracle import Oracle
from tests.analysis.portfolios import COUNTRIES, portfolios
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio


def row(table: str, **cells: Any) -> Row:
    """A row of a table, as a snapshot holds it."""
    filled = {"results": {"activity": "a"}, "finances": {"activity": "a"}}.get(table, {})
    (found,) = portfolio(**{table: [{"id": "r", **filled, **cells}]})[table].to_pylist()
    return dict(found)


def change(table: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    return Change(table, "changed", "a", row(table, **before), row(table, **after))


@pytest.mark.parametrize(
    ("table", "before", "after", "expected"),
    [
        ("results", {"value": 5.0}, {"value": 8.5}, Difference(3.5)),
        ("results", {"value": 0.1}, {"value": 0.3}, Difference(0.2)),
        ("results", {"value": 8.0}, {"value": 0.0}, Difference(-8.0)),
        ("results", {"value": 5.0}, {"value": 5.0, "note_fr": "x"}, None),
        ("results", {"value": None}, {"value": 5.0}, Difference(obstacle=Obstacle.MISSING)),
        ("results", {"value": 5.0, "qualifier": ">"}, {"value": 8.0}, Difference(obstacle=Obstacle.BOUND)),
        (
            "results",
            {"value": 5.0, "qualifier": ">="},
            {"value": 8.0, "qualifier": ">="},
            Difference(obstacle=Obstacle.BOUND),
        ),
        ("results", {"value": 5.0}, {"value": 8.0, "qualifier": "~"}, Difference(obstacle=Obstacle.BOUND)),
        ("results", {"value": 5.0}, {"value": 8.0, "unit": "women"}, Difference(obstacle=Obstacle.UNIT)),
        ("results", {"value": 5.0}, {"value": 8.0, "sex": "female"}, Difference(obstacle=Obstacle.OTHER)),
        (
            "results",
            {"value": 5.0},
            {"value": 8.0, "derivation": "x*2"},
            Difference(obstacle=Obstacle.DERIVED),
        ),
        ("finances", {"value": 5.0}, {"value": 4.0}, Difference(-1.0)),
        (
            "finances",
            {"value": 5.0},
            {"value": 4.0, "currency": "EUR"},
            Difference(obstacle=Obstacle.CURRENCY),
        ),
        ("finances", {"value": 5.0}, {"value": 4.0, "kind": "budget"}, Difference(obstacle=Obstacle.OTHER)),
        ("activities", {"stage": "planned"}, {"stage": "done"}, None),
    ],
)
def test_only_exact_figures_of_the_same_thing_are_subtracted(
    table: str, before: dict[str, Any], after: dict[str, Any], expected: Difference | None
) -> None:
    assert row_difference(change(table, before, after)) == expected


def test_a_changed_row_tells_its_cells_and_an_added_one_what_is_set() -> None:
    one = change("activities", {"stage": "planned", "title_ar": ""}, {"stage": "done", "note_fr": "x"})
    cells = [(cell.column, cell.before, cell.after) for cell in changed_cells(one)]
    assert cells == [("stage", "planned", "done"), ("note_fr", None, "x")]
    added = changed_cells(replace(one, before=None, kind="added"))
    assert "id" not in [cell.column for cell in added]
    assert all(cell.before is None and cell.after is not None for cell in added)
    moved = Change("results", "changed", "b", row("results"), row("results", activity="b"))
    assert [cell.column for cell in changed_cells(moved)] == ["activity"]


@SLOW_PROPERTY
@given(older=portfolios(), newer=portfolios())
def test_a_country_changed_where_its_answer_did(opened: Ask, older: Tables, newer: Tables) -> None:
    before, after = (
        measure_by_country(engine, parse_measure("activities", NO_NAMES), Selection(), vocabulary, "un")
        for engine, vocabulary in map(opened, (older, newer))
    )
    told = {one.iso3: one.difference for one in changed_countries(before, after)}
    for iso3 in COUNTRIES:
        (was, *_), (now, *_) = answers = [Oracle(tables).count(iso3)[:3] for tables in (older, newer)]
        assert (iso3 in told) == (answers[0] != answers[1])
        if iso3 in told and (was, now) == ("figure", "figure"):
            (_, old, sign), (_, new, other) = answers
            assert old is not None
            assert new is not None
            exact = sign == other == "="
            assert told[iso3] == (Difference(new - old) if exact else Difference(obstacle=Obstacle.BOUND))
        elif iso3 in told:
            assert told[iso3].value is None


def test_a_figure_in_another_unit_is_not_subtracted(opened: Ask) -> None:
    answers = []
    for value, unit in ((5.0, "persons"), (8.0, "women")):
        tables = portfolio(
            activities=[{"id": "a"}],
            places=placed("a", "SEN"),
            indicators=[{"id": "trained", "unit": unit}],
            results=[{"activity": "a", "value": value, "unit": unit}],
        )
        engine, vocabulary = opened(tables)
        measure = parse_measure("result:trained", vocabulary)
        answers.append(measure_by_country(engine, measure, Selection(), vocabulary, "un"))
    (found,) = changed_countries(*answers)
    assert (found.iso3, found.before.value, found.after.value) == ("SEN", 5.0, 8.0)
    assert found.difference == Difference(obstacle=Obstacle.UNIT)


def test_what_a_selection_lets_through_is_known_by_ids(opened: Ask) -> None:
    tables = portfolio(
        activities=[{"id": "a"}, {"id": "b", "type": "event"}, {"id": "c", "umbrella": True}],
        results=[{"id": "of a", "activity": "a"}, {"id": "of none", "actor": "x"}],
        actors=[{"id": "x"}],
        participants=[{"activity": "b", "actor": "x"}],
    )
    engine, vocabulary = opened(tables)
    assert let_through(engine, Selection(), vocabulary, "un") is None
    projects = let_through(engine, Selection(type=("project",)), vocabulary, "un")
    of_x = let_through(engine, Selection(actor=("x",)), vocabulary, "un")
    assert ids(projects) == (["a", "c"], [])
    assert ids(of_x) == (["b"], ["of none"])
    assert ids(either([projects, of_x])) == (["a", "b", "c"], ["of none"])
    assert either([None, None]) is None


def ids(among: Among | None) -> tuple[list[str], list[str]]:
    assert among is not None
    assert all(pa.types.is_string(found.type) for found in (among.activities, among.results))
    return sorted(among.activities.to_pylist()), sorted(among.results.to_pylist())


def test_every_column_of_a_table_can_be_told() -> None:
    for name, table in TABLES.items():
        if "id" in table.column_names:
            one = Change(name, "added", None, None, dict.fromkeys(table.column_names, "x"))
            assert [cell.column for cell in changed_cells(one)] == [
                column for column in table.column_names if column not in ("id", "activity")
            ]
