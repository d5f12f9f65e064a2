"""The words of the template: every column, table and code is found under its name in every language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from ess.portfolio.builtin import builtin_folder
from ess.portfolio.checks import COLUMN_TWICE
from ess.portfolio.codes import CODE_LISTS, Code
from ess.portfolio.files import inspect_portfolio, read_portfolio
from ess.portfolio.headings import (
    SHEET_NAMES,
    column_named,
    heading,
    sheet_name,
    table_named,
    technical_headings,
)
from ess.portfolio.schema import LANGUAGES, PLACES, TABLES, Column, Table
from ess.portfolio.template import NEUTRAL, USUAL, code_named, column_code, column_label, truth_named
from geodata.codes import normalised

from .portfolios import Tables

COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]


def clashes(names: Mapping[str, Iterable[str]]) -> list[str]:
    """Names that two columns share, whatever the language."""
    owners: dict[str, str] = {}
    return [
        name
        for column, own in names.items()
        for name in own
        if owners.setdefault(normalised(name), column) != column
    ]


def names_of(table: Table) -> dict[str, list[str]]:
    return {
        column.name: [column.name, *(heading(table, column, lang) for lang in LANGUAGES)]
        for column in table.columns
    }


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_two_columns_of_a_table_share_a_name_in_any_language(table: Table) -> None:
    assert clashes(names_of(table)) == []


def test_a_shared_name_is_found() -> None:
    assert clashes(names_of(PLACES) | {"zone": ["zone", "REGION (code M49) "]}) == ["REGION (code M49) "]


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=[f"{t.name}.{c.name}" for t, c in COLUMNS])
def test_a_column_is_found_under_all_its_names(table: Table, column: Column) -> None:
    names = [heading(table, column, lang) for lang in LANGUAGES]
    assert all(names)
    for name in (column.name, *names):
        for written in (name, name.upper(), f"  {name} *"):
            assert column_named(table, written) is column


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sheets_have_names_that_a_workbook_can_hold(lang: str) -> None:
    names = [sheet_name(table, lang) for table in TABLES.values()]
    assert len(set(map(str.casefold, names))) == len(TABLES)
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    assert [table_named(name) for name in names] == list(TABLES.values())


def test_every_table_has_a_name() -> None:
    assert SHEET_NAMES.keys() == TABLES.keys()
    assert table_named("Feuil1") is None


def test_unknown_headings_stay_as_they_are() -> None:
    assert technical_headings(PLACES, ["Pays (code ISO à 3 lettres)", "Budget", "خط العرض"]) == [
        "iso3",
        "Budget",
        "latitude",
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("table", "column"), [(t, c) for t, c in COLUMNS if c.codes])
def test_a_code_is_found_under_its_label(table: Table, column: Column, lang: str) -> None:
    for entry in column.codes:
        label = column_label(column, entry.code, lang)
        assert column_code(column, label) == entry.code
        assert column_code(column, f" {entry.code} ") == entry.code
    assert column_code(column, f"no code of {table.name}") is None


def test_a_label_is_folded_but_never_guessed() -> None:
    stages = CODE_LISTS["stage"]
    assert code_named(stages, "SIGNE") == "signed"
    assert code_named(stages, "sign") is None
    assert code_named(CODE_LISTS["qualifier"], ">=") == ">="
    assert code_named(CODE_LISTS["qualifier"], "!") is None


def test_a_label_of_two_codes_names_neither() -> None:
    shared = (Code("one", "Agreement"), Code("two", "Agreement"))
    assert code_named(shared, "Agreement") is None
    assert code_named(shared, "two") == "two"


def test_a_region_may_lose_its_zeros() -> None:
    assert column_code(PLACES.column("region"), "11") == "011"


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("Oui", True),
        ("VRAI", True),
        ("نعم", True),
        ("no", False),
        ("faux", False),
        ("خطأ", False),
        ("?", None),
    ],
)
def test_yes_and_no(text: str, truth: bool | None) -> None:  # noqa: FBT001
    assert truth_named(text) is truth


def test_defaults_are_cells_of_their_columns() -> None:
    for (table, name), value in {**NEUTRAL, **USUAL}.items():
        column = TABLES[table].column(name)
        assert column.required
        assert value in column.allowed or isinstance(value, bool)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_folder_may_have_headings_in_any_language(builtin: Tables, tmp_path: Path, lang: str) -> None:
    for path in builtin_folder().glob("*.csv"):
        if path.stem in TABLES:
            (tmp_path / path.name).write_bytes(renamed(path.read_bytes(), TABLES[path.stem], lang))
    read = read_portfolio(tmp_path)
    assert all(read[name].equals(table) for name, table in builtin.items())


def test_two_names_of_one_column_are_a_column_twice(tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("iso3,البلد (رمز ISO من 3 حروف)\nMAR,MAR\n", encoding="utf-8")
    problems = [found for found in inspect_portfolio(tmp_path).problems if found.kind == COLUMN_TWICE]
    assert [(found.table, found.column) for found in problems] == [("places", "iso3")]


def renamed(content: bytes, table: Table, lang: str) -> bytes:
    """A file with its headings in a language."""
    first, rest = content.decode().split("\n", 1)
    names = [heading(table, table.column(name), lang) for name in first.split(",")]
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(names)
    return (line.getvalue() + rest).encode()
