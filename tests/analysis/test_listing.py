"""Pages of rows: together the whole, in order, and exactly what the map counts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.counts import read_counts, total
from ess.analysis.listing import KINDS, SORTS, count_rows, each_row, list_rows, spread_rows
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary
from ess.errors import SelectionError
from ess.store.engine import Engine
from tests.analysis.conftest import NO_NAMES, Ask, Open
from tests.analysis.oracle import Oracle
from tests.analysis.portfolios import portfolios
from tests.analysis.test_by_country import oracle_of, selections, views
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

Row = dict[str, Any]


def listed(engine: Engine, selection: Selection, kind: str, view: str = "un", **page: Any) -> list[Row]:
    return list_rows(engine, selection, NO_NAMES, view, kind, **page).rows


def by_oracle(oracle: Oracle, kind: str) -> set[str]:
    """Ids of the rows of a kind that the rules let into a table."""
    counting = {row["id"] for row in oracle.activities()}
    if kind == "activities":
        return counting
    if kind == "results":
        overall = (row for row in oracle.rows["results"] if not row["activity"])
        own = {row["id"] for row in overall if oracle.group is None or row["iso3"] in oracle.group}
        return own | {row["id"] for row in oracle.rows["results"] if row["activity"] in counting}
    return {
        row["id"]
        for row in oracle.rows["finances"]
        if row["activity"] in counting | oracle.speaking_umbrellas(row["kind"])
    }


@SLOW_PROPERTY
@given(portfolios(), selections, views, st.data())
def test_pages_make_the_whole(
    engine_over: Open, tables: Tables, selection: Selection, view: str, draws: st.DataObject
) -> None:
    engine, oracle = engine_over(tables), oracle_of(tables, view, selection)
    for kind in KINDS:
        sort = draws.draw(st.sampled_from(SORTS[kind]))
        order: dict[str, Any] = {"sort": sort, "descending": draws.draw(st.booleans())}
        size = draws.draw(st.integers(1, 4))
        whole = listed(engine, selection, kind, view, limit=None, **order)
        assert {row["id"] for row in whole} == by_oracle(oracle, kind)
        assert count_rows(engine, selection, NO_NAMES, view, kind) == len(whole)
        pages = [
            row
            for offset in range(0, len(whole) + size, size)
            for row in listed(engine, selection, kind, view, offset=offset, limit=size, **order)
        ]
        assert pages == whole == list(each_row(engine, selection, NO_NAMES, view, kind, **order))
        assert_sorted(whole, **order)
        spread = spread_rows(engine, selection, NO_NAMES, view, kind)
        assert sum(spread.by_year.values()) == sum(spread.by_type.values()) == len(whole)
        assert spread.by_year.get(None, 0) == sum(year_of(row) is None for row in whole)
    records = total(read_counts(engine, selection, NO_NAMES, view).overall).records
    assert count_rows(engine, selection, NO_NAMES, view, "activities") == records


def year_of(row: Row) -> int | None:
    """The first year that a row of any kind tells."""
    days = (row.get(name) for name in ("start", "end", "period_start", "period_end", "date"))
    return next((day.year for day in days if day is not None), None)


def assert_sorted(rows: list[Row], *, sort: str, descending: bool) -> None:
    """Sorted, the id between equals, and what has nothing to sort by at the end."""
    stated = [(row[sort], row["id"]) for row in rows if row[sort] is not None]
    assert [row[sort] is None for row in rows] == sorted(row[sort] is None for row in rows)
    assert stated == sorted(stated, reverse=descending)


@SLOW_PROPERTY
@given(portfolios(), views)
def test_a_row_tells_its_countries(engine_over: Open, tables: Tables, view: str) -> None:
    engine, oracle = engine_over(tables), Oracle(tables, view)
    for row in listed(engine, Selection(), "activities", view, limit=None):
        places = oracle.places(row["id"])
        assert row["countries"] == tuple(sorted(code for kind, code in places if kind == "country"))
        assert row["regions"] == tuple(sorted(code for kind, code in places if kind != "country" and code))
    for row in listed(engine, Selection(), "results", view, limit=None):
        own = oracle._own_place(row | {"iso3": row["countries"][0] if row["iso3"] else None})
        if own is not None:
            assert row["countries"] == ((own[1],) if own[0] == "country" else ())


@pytest.fixture(scope="module")
def asked(opened: Ask) -> tuple[Engine, Vocabulary]:
    return opened(
        portfolio(
            actors=[{"id": "one"}, {"id": "two"}],
            activities=[
                {"id": "a", "title_fr": "Été"},
                {"id": "b", "title_fr": "Automne", "stage": "planned"},
                {"id": "c", "umbrella": True},
            ],
            places=[
                *placed("a", "SEN", "CIV", "SEN"),
                *placed("a", "MAR", role="provider"),
                {"activity": "b", "region": "002"},
            ],
            participants=[
                {"activity": "a", "actor": "two"},
                {"activity": "a", "actor": "one", "role": "funding"},
            ],
            tags=[
                {"activity": "a", "code": "gender", "coded_by": "analyst"},
                {"activity": "a", "scheme": "SDG_goal", "code": "10"},
                {"activity": "a", "scheme": "SDG_goal", "code": "5", "coded_by": "analyst"},
                {"activity": "a", "scheme": "DAC5", "code": "31120"},
                {"activity": "b", "scheme": "SDG_target", "code": "5.1"},
            ],
            results=[{"activity": "a", "value": None}, {"activity": "a", "iso3": "SEN", "value": 0.0}],
            finances=[{"activity": "a", "region": "002", "value": 1.0}],
        )
    )


def test_an_activity_row_gathers_the_codes_of_other_tables(asked: tuple[Engine, Vocabulary]) -> None:
    first, second = listed(asked[0], Selection(), "activities")
    assert {key: value for key, value in first.items() if isinstance(value, tuple)} == {
        "countries": ("CIV", "SEN"),
        "regions": (),
        "providers": ("MAR",),
        "actors": ("one", "two"),
        "themes": ("gender",),
        "sdg": ("5", "10"),
        "sectors": ("31120",),
        "analyst_codes": ("SDG_goal:5", "theme:gender"),
    }
    assert (second["countries"], second["regions"], second["sdg"]) == ((), ("002",), ())
    assert first["start"] is None


def test_a_value_row_tells_its_activity(asked: tuple[Engine, Vocabulary]) -> None:
    missing, zero = listed(asked[0], Selection(), "results")
    assert (missing["value"], missing["countries"], missing["type"]) == (None, ("CIV", "SEN"), "project")
    assert (zero["value"], zero["countries"], zero["stage"]) == (0.0, ("SEN",), "done")
    (amount,) = listed(asked[0], Selection(), "finances")
    assert (amount["value"], amount["countries"], amount["kind"]) == (1.0, (), "commitment")


@pytest.mark.parametrize(
    ("kind", "sort", "said"),
    [("activities", "colour", "colour"), ("results", "title_fr", "title_fr"), ("wars", "id", "wars")],
)
def test_what_no_table_has_is_refused(
    asked: tuple[Engine, Vocabulary], kind: str, sort: str, said: str
) -> None:
    with pytest.raises(SelectionError, match=said):
        list_rows(asked[0], Selection(), NO_NAMES, "un", kind, sort=sort)


def test_a_page_asks_little_however_long_the_table(asked: tuple[Engine, Vocabulary]) -> None:
    engine, selection = asked[0], Selection(type=("project",))
    listed(engine, selection, "activities")
    before = engine.queries
    listed(engine, selection, "activities", sort="start", offset=1, limit=1)
    assert engine.queries - before <= 5
