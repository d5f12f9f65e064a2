"""Each rule of a portfolio finds the fault it is for, and nothing in a sound portfolio."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from ess.portfolio.checks import parse_references, validate_portfolio
from ess.portfolio.derivations import derived_value, parse_derivation, results_in
from ess.portfolio.problems import LONGEST_QUOTE, Kind, Problem, quoted
from ess.portfolio.rules import RULES
from ess.portfolio.schema import TABLES

from .portfolios import Tables, row_index, table_of, with_cells, with_row, with_rows

EMPTY = {name: table_of(name, []) for name in TABLES}


def codes_of(tables: Tables, countries: frozenset[str] | None = None) -> set[tuple[str, str, str]]:
    """Table, column and code of every problem."""
    return {
        (problem.table, problem.column, problem.code) for problem in validate_portfolio(tables, countries)
    }


def test_the_builtin_portfolio_and_an_empty_one_have_no_problem(builtin: Tables) -> None:
    assert validate_portfolio(builtin) == []
    assert validate_portfolio(EMPTY) == []


def planted(table: str, row: int | str = 0, **cells: Any) -> Callable[[Tables], Tables]:
    def plant(tables: Tables) -> Tables:
        index = row if isinstance(row, int) else row_index(tables, table, row)
        return with_cells(tables, table, index, **cells)

    return plant


def added(table: str, **cells: Any) -> Callable[[Tables], Tables]:
    return lambda tables: with_row(tables, table, **cells)


AMOUNT = {"id": "f1", "activity": "project-sen-faci", "kind": "budget"}
FAULTS: list[tuple[Callable[[Tables], Tables], str, str, str]] = [
    (planted("activities", type=None), "activities", "type", "missing_value"),
    (planted("activities", stage="started"), "activities", "stage", "unknown_code"),
    (planted("results", qualifier="≥"), "results", "qualifier", "unknown_code"),
    (planted("actors", id="two words"), "actors", "id", "bad_form"),
    (planted("actors", id="newline\n"), "actors", "id", "bad_form"),
    (planted("places", iso3="Gab"), "places", "iso3", "bad_form"),
    (planted("results", value=float("inf")), "results", "value", "bad_number"),
    (planted("actors", 1, id="ocp_foundation"), "actors", "id", "duplicate_id"),
    (planted("tags", 1, scheme="DAC5", code="25010"), "tags", "code", "duplicate_id"),
    (planted("activities", programme="nowhere"), "activities", "programme", "dangling_reference"),
    (
        planted("programmes", "get_ahead", actors="ocp_foundation;iol"),
        "programmes",
        "actors",
        "dangling_reference",
    ),
    (planted("notes", about_id="nowhere"), "notes", "about_id", "dangling_reference"),
    (planted("sources", title_fr=None, title_en=None, title_ar=None), "sources", "title_fr", "missing_text"),
    (planted("places", region="002"), "places", "region", "two_places"),
    (planted("results", region="002"), "results", "region", "two_places"),
    (planted("places", region="999", iso3=None), "places", "region", "unknown_code"),
    (planted("places", share=101.0, share_basis="stated"), "places", "share", "bad_share"),
    (planted("places", share=50.0), "places", "share_basis", "share_without_basis"),
    (planted("tags", percent=-1.0), "tags", "percent", "bad_share"),
    (planted("places", latitude=91.0, longitude=0.0), "places", "latitude", "bad_point"),
    (planted("places", latitude=0.0, longitude=-181.0), "places", "longitude", "bad_point"),
    (planted("places", latitude=0.0), "places", "longitude", "half_a_point"),
    (planted("sources", published=None), "sources", "published_precision", "bad_precision"),
    (planted("activities", start=date(2025, 1, 1)), "activities", "start_precision", "bad_precision"),
    (
        planted("results", period_start=date(2025, 2, 1), period_end=date(2025, 1, 1)),
        "results",
        "period_end",
        "bad_period",
    ),
    (planted("results", activity=None), "results", "activity", "result_of_nothing"),
    (planted("results", qualifier=None), "results", "qualifier", "missing_qualifier"),
    (planted("results", unit="hectares"), "results", "unit", "other_unit"),
    (planted("results", indicator=None), "results", "indicator", "missing_value"),
    (
        planted("results", "ocp_women_members", derivation="9000 x 75 %"),
        "results",
        "derivation",
        "bad_formula",
    ),
    (planted("results", "ocp_women_members", derivation="open('x')"), "results", "derivation", "bad_formula"),
    (
        planted("results", "ocp_women_members", derivation="ocp_members * 2"),
        "results",
        "derivation",
        "dangling_reference",
    ),
    (
        planted("results", "ocp_women_members", derivation="ocp_women_members + 1"),
        "results",
        "derivation",
        "dangling_reference",
    ),
    (added("finances", **AMOUNT, value=5.0), "finances", "currency", "missing_currency"),
    (added("finances", **AMOUNT, value=5.0, currency="euro"), "finances", "currency", "bad_form"),
    (planted("tags", scheme="SDG_goal", code="18"), "tags", "code", "unknown_code"),
    (planted("tags", scheme="DAC5", code="2501"), "tags", "code", "bad_form"),
    (planted("tags", scheme="SDG_target", code="5"), "tags", "code", "bad_form"),
    (planted("programmes", parent="bootcoop"), "programmes", "parent", "circular_reference"),
    (planted("activities", parent="agreement-gab"), "activities", "parent", "circular_reference"),
    (
        planted("activities", "training-mycoop", modality="bilateral"),
        "activities",
        "modality",
        "other_modality",
    ),
    (planted("activities", "agreement-gab", modality="domestic"), "activities", "modality", "other_modality"),
]


@pytest.mark.parametrize(
    ("plant", "table", "column", "code"), FAULTS, ids=[" ".join(case[1:]) for case in FAULTS]
)
def test_a_planted_fault_is_found(
    builtin: Tables, plant: Callable[[Tables], Tables], table: str, column: str, code: str
) -> None:
    assert (table, column, code) in codes_of(plant(builtin))


def test_every_rule_has_a_planted_fault(builtin: Tables) -> None:
    rows = [{name: table.to_pylist() for name, table in plant(builtin).items()} for plant, *_ in FAULTS]
    rows.append({"places": with_shares(builtin, 60.0)["places"].to_pylist()})
    idle = [rule.__name__ for rule in RULES if not any(list(rule(tables)) for tables in rows)]
    assert idle == []


def with_shares(tables: Tables, share: float) -> Tables:
    places = [
        {**place, "share": share, "share_basis": "stated"}
        if place["activity"] == "training-mycoop"
        else place
        for place in tables["places"].to_pylist()
    ]
    return with_rows(tables, "places", places)


def test_shares_beyond_the_whole_are_a_warning(builtin: Tables) -> None:
    problems = validate_portfolio(with_shares(builtin, 60.0))
    assert [(problem.severity, problem.found) for problem in problems] == [
        ("warning", "“training-mycoop: 240 %”")
    ]
    assert validate_portfolio(with_shares(builtin, 25.1)) == []


def test_a_providers_share_is_not_added(builtin: Tables) -> None:
    index = row_index(builtin, "places", "agreement-gab-at-mar")
    partner = with_cells(builtin, "places", 0, share=100.0, share_basis="stated")
    assert validate_portfolio(with_cells(partner, "places", index, share=100.0, share_basis="stated")) == []


def test_country_codes_are_checked_where_a_list_is_given(builtin: Tables) -> None:
    strange = with_cells(builtin, "places", iso3="XQX")
    known = frozenset(builtin["places"].column("iso3").drop_null().to_pylist()) | {"COG", "MAR"}
    assert ("places", "iso3", "unknown_country") in codes_of(strange, known)
    assert codes_of(strange) == codes_of(builtin, known) == set()


def test_missing_and_misshapen_tables_are_told_and_the_rest_is_still_checked(builtin: Tables) -> None:
    tags = builtin["tags"]
    twice = tags.append_column("code", tags.column("code"))
    broken = {
        **with_cells(builtin, "results", qualifier=None),
        "tags": twice,
        "notes": builtin["notes"].drop_columns(["kind"]),
        "participants": builtin["participants"].append_column("colour", pa.nulls(31, pa.string())),
        "places": builtin["places"].set_column(5, "share", pa.nulls(45, pa.string())),
    }
    del broken["sources"]
    assert codes_of(broken) == {
        ("sources", "", "missing_table"),
        ("tags", "code", "column_twice"),
        ("notes", "kind", "missing_column"),
        ("participants", "", "extra_column"),
        ("places", "share", "bad_type"),
        ("results", "qualifier", "missing_qualifier"),
    }


def test_every_problem_is_told_not_only_the_first(builtin: Tables) -> None:
    stages = [{**row, "stage": "started"} for row in builtin["activities"].to_pylist()]
    problems = validate_portfolio(with_rows(builtin, "activities", stages))
    assert [problem.row for problem in problems] == list(range(2, 26))


def test_a_problem_is_one_sentence_in_the_readers_language(builtin: Tables) -> None:
    problem = validate_portfolio(with_cells(builtin, "places", iso3="Gab"))[0]
    assert str(problem) == "Table places, row 2, column iso3: found “Gab”; expected the form [A-Z]{3}."
    french = {
        "Table {table}, row {row}, column {column}: found {found}; expected {expected}.":
            "Table {table}, ligne {row}, colonne {column} : {found} au lieu de {expected}.",
        "the form {form}": "la forme {form}",
    }  # fmt: skip
    sentence = problem.sentence(lambda message: french.get(message, message))
    assert sentence == "Table places, ligne 2, colonne iso3 : “Gab” au lieu de la forme [A-Z]{3}."


def test_a_problem_of_a_whole_table_names_no_row() -> None:
    assert (
        str(Problem(Kind("odd", "something else"), "tags"))
        == "Table tags: found nothing; expected something else."
    )


def test_long_and_broken_cells_are_quoted_on_one_short_line() -> None:
    assert quoted("a\nb") == "“a b”"
    assert len(quoted("x" * 500)) == LONGEST_QUOTE + 2
    assert quoted(None) == "nothing"


def test_lists_of_references() -> None:
    assert parse_references(None) == []
    assert parse_references("a; b;c") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("formula", "value"),
    [("a * b / 100", 6750.0), ("-(a - b) + 1", -8924.0), ("2 * a", 18000.0), ("a / 0.5 - b", 17925.0)],
)
def test_formulas_have_a_value(formula: str, value: float) -> None:
    tree = parse_derivation(formula)
    assert tree is not None
    assert derived_value(tree, {"a": 9000.0, "b": 75.0}) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a +",
        "a ** b",
        "f(a)",
        "a.b",
        "'a'",
        "True",
        "a if b else c",
        "(" * 400,
        "1" + "+1" * 5000,
        "9" * 400,
        "1e999",
        "\x00",
    ],
)
def test_other_texts_are_no_formulas(text: str) -> None:
    assert parse_derivation(text) is None


def test_a_formula_names_its_results() -> None:
    tree = parse_derivation("a * b / 100")
    assert tree is not None
    assert results_in(tree) == {"a", "b"}
    with pytest.raises(KeyError):
        derived_value(tree, {"a": 1.0})
