"""Pairs and triangles are what the rules say, over random portfolios; every amount is somewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given

from ess.analysis.counts import Count
from ess.analysis.flows import Flows, Triangle, list_records, read_flows
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from tests.analysis.conftest import NO_NAMES, Open
from tests.analysis.flows import Flowing, Told, cooperations
from tests.analysis.oracle import Oracle, counted
from tests.analysis.test_by_country import oracle_of, selections, views
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

COMMITTED = Measure("commitment", "amount", "commitment", "USD")


def count_of(oracle: Oracle, ids: Iterable[str]) -> Count:
    """The count of some records by the oracle's rule."""
    rows = [row for row in oracle.rows["activities"] if row["id"] in set(ids)]
    firm = [row for row in rows if row["stage"] != "planned"]
    return Count(len(firm), len(rows) - len(firm), counted(rows)[2] == ">=")


def disagreements(engine: Any, oracle: Oracle, selection: Selection) -> list[object]:
    """Where pairs, triangles, totals, amounts or lists differ from the oracle's."""
    told = Flowing(oracle).tell("commitment", "USD")
    wanted = oracle.group
    kept = {pair for pair in told.pairs if wanted is None or wanted & set(pair[:2])}
    by_records = read_flows(engine, selection, NO_NAMES, oracle.view)
    paid = read_flows(engine, selection, NO_NAMES, oracle.view, COMMITTED)
    found: list[object] = []
    pairs = {(one.provider, one.partner, one.two_way): one for one in by_records.pairs}
    found += [("pairs", kept ^ set(pairs))] if kept ^ set(pairs) else []
    found += [
        (pair, one.count, one.directed)
        for pair, one in pairs.items()
        if one.count != count_of(oracle, told.pairs.get(pair, ()))
        or one.directed != len(told.directed.get(pair, ()))
    ]
    triangles = {(one.providers, one.pivots, one.partners): one.count for one in by_records.triangles}
    expected = {parties: count_of(oracle, ids) for parties, ids in told.triangles.items()}
    found += [("triangles", triangles, expected)] if triangles != expected else []
    found += [
        (one.key, ids)
        for one in by_records.every
        for ids in [[row["id"] for row in list_records(engine, selection, NO_NAMES, oracle.view, one)]]
        if ids != sorted(_ids_of(told, one))
    ]
    return [*found, *_sides(oracle, told, by_records), *_amounts(told, paid, wanted)]


def _ids_of(told: Told, one: Any) -> set[str]:
    if isinstance(one, Triangle):
        return told.triangles[one.providers, one.pivots, one.partners]
    return told.pairs[one.provider, one.partner, one.two_way]


def _sides(oracle: Oracle, told: Told, found: Flows) -> list[object]:
    """Totals of providers and partners: records, each once."""
    wrong: list[object] = []
    for side, totals in enumerate((found.providers, found.partners)):
        ids: dict[str, set[str]] = {}
        for pair, records in told.pairs.items():
            if oracle.group is None or oracle.group & set(pair[:2]):
                for end in pair[:2] if pair[2] else pair[side : side + 1]:
                    ids.setdefault(str(end), set()).update(records)
        expected = {end: count_of(oracle, records) for end, records in ids.items()}
        wrong += [(side, totals, expected)] if totals != expected else []
    return wrong


def _amounts(told: Told, paid: Flows, wanted: frozenset[str] | None) -> list[object]:
    values = {
        (one.provider, one.partner, one.two_way): one.value for one in paid.pairs if one.value is not None
    }
    expected = {
        pair: float(value) for pair, value in told.values.items() if wanted is None or wanted & set(pair[:2])
    }
    three = {
        (one.providers, one.pivots, one.partners): one.value
        for one in paid.triangles
        if one.value is not None
    }
    found: list[object] = []
    if values != pytest.approx(expected):
        found.append(("values", values, expected))
    if three != pytest.approx({parties: float(value) for parties, value in told.triangle_values.items()}):
        found.append(("three", three))
    parts = [*values.values(), *three.values(), paid.unallocated or 0.0, paid.elsewhere or 0.0]
    if sum(parts) != pytest.approx(float(told.whole), abs=0.02) or paid.whole != pytest.approx(
        float(told.whole), abs=0.01
    ):
        found.append(("whole", parts, told.whole))
    return found


@SLOW_PROPERTY
@given(cooperations(), selections, views)
def test_pairs_are_what_the_rules_say(
    engine_over: Open, tables: Tables, selection: Selection, view: str
) -> None:
    oracle = oracle_of(tables, view, selection)
    assert disagreements(engine_over(tables), oracle, selection) == []


def test_a_wrong_rule_is_seen(engine_over: Open) -> None:
    tables = cooperation()
    turned = {**tables, "places": tables["places"].slice(1)}
    assert disagreements(engine_over(tables), Oracle(tables), Selection()) == []
    assert disagreements(engine_over(tables), Oracle(turned), Selection()) != []


def cooperation() -> Tables:
    """One record of each form."""
    return portfolio(
        activities=[
            {"id": "one"},
            {"id": "two"},
            {"id": "three", "modality": "triangular"},
            {"id": "several"},
            {"id": "nobody"},
            {"id": "home"},
        ],
        places=[
            *placed("one", "MAR", role="provider"),
            *placed("one", "SEN"),
            *placed("two", "MAR", "SEN", role="both"),
            *placed("three", "FRA", role="provider"),
            *placed("three", "MAR", role="both"),
            *placed("three", "SEN", "GIN"),
            *placed("several", "MAR", role="provider"),
            *placed("several", "SEN", "CIV"),
            *placed("nobody", "SEN", role="participant"),
            *placed("home", "MAR", role="host"),
            *placed("home", "MAR", role="provider"),
        ],
        finances=[{"activity": code, "value": 10.0} for code in ("one", "two", "three", "several", "nobody")],
    )


def test_each_form_is_told_apart(engine_over: Open) -> None:
    found = read_flows(engine_over(cooperation()), Selection(), NO_NAMES, "un", COMMITTED)
    told = {one.key: (one.count.firm, one.directed, one.value) for one in found.pairs}
    assert told == {
        "MAR-SEN": (2, 2, 10.0),
        "MAR~SEN": (1, 0, 10.0),
        "MAR-CIV": (1, 1, None),
        "?-SEN": (1, 0, 10.0),
        "MAR-MAR": (1, 0, None),
    }
    (three,) = found.triangles
    assert (three.providers, three.pivots, three.partners) == (("FRA",), ("MAR",), ("GIN", "SEN"))
    assert (three.value, found.unallocated, found.whole) == (10.0, 10.0, 50.0)


def test_the_home_country_is_not_made_a_provider(engine_over: Open) -> None:
    tables = portfolio(
        activities=[{"id": "a"}],
        places=placed("a", "SEN"),
        actors=[{"id": "x", "iso3": "MAR"}],
        participants=[{"activity": "a", "actor": "x", "role": "extending"}],
    )
    (pair,) = read_flows(engine_over(tables), Selection(), NO_NAMES, "un").pairs
    assert pair.key == "?-SEN"


def test_an_implementing_institution_of_another_country_is_a_pivot(engine_over: Open) -> None:
    tables = portfolio(
        activities=[{"id": "a", "modality": "triangular"}],
        places=[*placed("a", "JPN", role="provider"), *placed("a", "KHM")],
        actors=[{"id": "x", "iso3": "THA"}],
        participants=[{"activity": "a", "actor": "x", "role": "implementing"}],
    )
    found = read_flows(engine_over(tables), Selection(), NO_NAMES, "un")
    assert [(one.providers, one.pivots, one.partners) for one in found.triangles] == [
        (("JPN",), ("THA",), ("KHM",))
    ]
    assert found.pairs == ()
    assert found.find(found.triangles[0].key) == found.triangles[0]
