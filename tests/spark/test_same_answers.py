"""The same expressions on DuckDB and on Spark: the same answers, to the cent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from ess.analysis.selection import Selection
from ess.analysis.vocabulary import read_vocabulary
from ess.portfolio.builtin import read_builtin
from ess.portfolio.schema import TABLES
from ess.store.engine import Engine, open_engine
from ess.store.opening import builtin_snapshot
from tests.factories import Tables, engine_of, placed, portfolio
from tests.spark.comparison import differences
from tests.spark.conftest import Both
from tests.spark.portfolios import ugly_portfolio
from tests.spark.suite import EVERYTHING, answers, one_of_each, pairs


@pytest.fixture(scope="module")
def builtin(both: Both) -> tuple[Engine, Engine]:
    """The built-in portfolio in a store, where workers read its files."""
    return both(read_builtin())


def test_the_builtin_portfolio_is_answered_alike(builtin: tuple[Engine, Engine]) -> None:
    duckdb, spark = builtin
    selections = one_of_each(read_vocabulary(duckdb))[::3]
    countries = ["MAR", "SEN", "FRA"]
    assert differences(answers(duckdb, selections, countries), answers(spark, selections, countries)) == []


def test_it_is_answered_alike_when_it_is_sent_along(master: str) -> None:
    duckdb, spark = (open_engine(builtin_snapshot(), engine) for engine in ("duckdb", master))
    for name in TABLES:
        assert differences(*(engine.columns(engine.table(name)) for engine in (duckdb, spark))) == []


@pytest.mark.parametrize("number", range(2))
def test_an_ugly_portfolio_is_answered_alike(both: Both, number: int) -> None:
    duckdb, spark = both(ugly_portfolio(number))
    vocabulary = read_vocabulary(duckdb)
    selections = (pairs(vocabulary), one_of_each(vocabulary)[::2], one_of_each(vocabulary)[1::2])[number]
    countries = ["SEN", "ESH", "QQQ"][number::3]
    assert differences(answers(duckdb, selections, countries), answers(spark, selections, countries)) == []


def test_a_portfolio_of_nothing_is_answered_alike(both: Both) -> None:
    duckdb, spark = both(portfolio())
    assert differences(answers(duckdb, [EVERYTHING], []), answers(spark, [EVERYTHING], [])) == []


def changed(tables: Tables, name: str, column: str, value: Any) -> Tables:
    """`tables` with one cell changed: the first row's `column` of table `name`."""
    rows = tables[name].to_pylist()
    rows[0][column] = value
    return {**tables, name: pa.Table.from_pylist(rows, schema=tables[name].schema)}


PLANTED: dict[str, Any] = {
    "sources": [{"id": "s", "grade": "press_report"}],
    "activities": [{"id": "a", "source": "s", "start": date(2020, 1, 1)}, {"id": "b"}],
    "places": placed("a", "SEN", "CIV"),
    "results": [{"activity": "b", "iso3": "SEN", "value": 5.0, "period_end": date(2020, 1, 1)}],
    "finances": [{"activity": "b", "iso3": "CIV", "value": 1234.56}],
    "notes": [{"about_id": "a"}],
}


@pytest.fixture(scope="module")
def planted(both: Both) -> tuple[Tables, dict[str, Any], Both]:
    """A portfolio, and what DuckDB answers over it."""
    tables = portfolio(**PLANTED)
    _, spark = both(tables)
    return tables, answers(spark, [EVERYTHING], ["SEN"]), both


@pytest.mark.parametrize(
    ("name", "column", "value"),
    [
        ("activities", "stage", "planned"),
        ("activities", "start", date(2020, 1, 2)),
        ("activities", "title_ar", "عنوان"),
        ("places", "iso3", "MLI"),
        ("results", "value", 5.01),
        ("results", "qualifier", ">="),
        ("finances", "value", 1234.57),
        ("notes", "text_fr", "Une autre note"),
        ("sources", "title_fr", "un document"),
    ],
)
def test_one_changed_cell_is_found(
    planted: tuple[Tables, dict[str, Any], Both], store: Any, name: str, column: str, value: Any
) -> None:
    tables, on_spark, _ = planted
    same = answers(engine_of(tables, store), [EVERYTHING], ["SEN"])
    other = answers(engine_of(changed(tables, name, column, value), store), [EVERYTHING], ["SEN"])
    assert differences(same, on_spark) == []
    assert differences(other, on_spark)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1.0, 1.01),
        (1.0, 1),
        (1, True),
        (None, 0.0),
        (1e12, 1e12 + 1e4),
        ("a", "A"),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        ((), []),
        ({"a": 1}, {"b": 1}),
        (Selection(), Selection(type=("project",))),
    ],
)
def test_what_is_not_the_same_is_a_difference(one: Any, other: Any) -> None:
    assert differences(one, other)
    assert differences({"x": [one]}, {"x": [other]})
    assert differences(one, one) == []


def test_the_last_binary_digit_is_no_difference() -> None:
    assert differences([0.1 + 0.2, 1e15 / 3], [0.3, 1e15 / 3 + 0.125]) == []
