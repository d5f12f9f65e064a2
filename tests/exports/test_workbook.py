"""The template as a workbook and as a folder: what is written is read back, and nothing in it runs."""

from __future__ import annotations

import csv
import io
import tempfile
import warnings
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook

from ess.errors import ExportError
from ess.exports.characters import REPLACEMENT, printable
from ess.exports.workbook import (
    CODE_SHEETS,
    LONGEST_TEXT,
    README_SHEETS,
    build_template,
    build_workbook,
    write_template_folder,
)
from ess.ingest.template import TemplateReading, is_template, read_template
from ess.portfolio.builtin import read_builtin
from ess.portfolio.checks import validate_portfolio
from ess.portfolio.headings import sheet_name
from ess.portfolio.problems import errors_in
from ess.portfolio.schema import LANGUAGES, TABLES
from geodata.codes import countries
from tests.factories import HOSTILE_NAMES, PROPERTY, Tables, portfolio
from tests.portfolio.strategies import portfolios

ROUND_TRIPS = settings(PROPERTY, max_examples=20)
FORMULAS = ("=1+1", "+1+1", "-2+3", "@SUM(A1)", "\tcmd", "\rcmd", "\0=1", "=cmd|' /C calc'!A0")


@pytest.fixture(scope="module")
def builtin() -> Tables:
    return read_builtin()


def reading_of(content: bytes) -> TemplateReading:
    """What a workbook says, from a file that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "portfolio.xlsx"
        path.write_bytes(content)
        return read_template(path)


def reading_of_folder(tables: Tables, lang: str) -> TemplateReading:
    with tempfile.TemporaryDirectory() as folder:
        write_template_folder(Path(folder), lang, tables)
        return read_template(Path(folder))


def opened(content: bytes) -> Workbook:
    with warnings.catch_warnings():
        # openpyxl says that it leaves out the offered lists; they are looked at in the file itself.
        warnings.simplefilter("ignore")
        return load_workbook(io.BytesIO(content))


def cells_of(content: bytes) -> Iterator[Any]:
    yield from (cell for sheet in opened(content) for row in sheet.iter_rows() for cell in row)


def assert_same(reading: TemplateReading, tables: Tables) -> None:
    assert [problem.message() for problem in reading.problems if problem.kind.severity != "warning"] == []
    assert (reading.read, reading.rejected) == (sum(table.num_rows for table in tables.values()), 0)
    for name, table in tables.items():
        assert reading.tables[name].to_pylist() == table.to_pylist(), name
        assert reading.tables[name].schema == table.schema


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_builtin_portfolio_comes_back_from_a_workbook(builtin: Tables, lang: str) -> None:
    reading = reading_of(build_workbook(builtin, lang))
    assert_same(reading, builtin)
    assert reading.problems == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_builtin_portfolio_comes_back_from_a_folder(builtin: Tables, lang: str) -> None:
    reading = reading_of_folder(builtin, lang)
    assert_same(reading, builtin)
    assert reading.problems == []


@ROUND_TRIPS
@given(portfolios(), st.sampled_from(LANGUAGES))
def test_any_portfolio_comes_back_from_a_workbook(tables: Tables, lang: str) -> None:
    assert errors_in(validate_portfolio(tables, frozenset(countries()))) == ()
    assert_same(reading_of(build_workbook(tables, lang)), tables)


@ROUND_TRIPS
@given(portfolios(), st.sampled_from(LANGUAGES))
def test_any_portfolio_comes_back_from_a_folder(tables: Tables, lang: str) -> None:
    assert_same(reading_of_folder(tables, lang), tables)


def test_the_same_tables_give_the_same_bytes(builtin: Tables) -> None:
    assert build_workbook(builtin, "fr") == build_workbook(builtin, "fr")


def test_values_keep_their_types() -> None:
    row = {"id": "12345678901234567", "start": date(2025, 7, 8), "start_precision": "day", "umbrella": True}
    amount = {"activity": row["id"], "value": -0.1 - 0.2, "date": date(1850, 1, 2)}
    book = opened(build_workbook(portfolio(activities=[row], finances=[amount]), "en"))
    activity = dict(zip(*(_values(book, "Activities", row) for row in (1, 2)), strict=True))
    assert activity["Identifier"] == "12345678901234567"
    assert activity["Start date"] == datetime(2025, 7, 8)  # noqa: DTZ001 - as openpyxl gives it
    assert activity["Groups other activities (yes/no)"] is True
    money = dict(zip(*(_values(book, "Finances", row) for row in (1, 2)), strict=True))
    assert money["Amount"] == -0.1 - 0.2
    assert money["Date"] == "1850-01-02"


def _values(book: Workbook, sheet: str, row: int) -> list[Any]:
    return [cell.value for cell in book[sheet][row]]


@pytest.mark.parametrize("hostile", [*FORMULAS, *HOSTILE_NAMES])
def test_e01_no_text_is_a_formula_in_a_workbook(hostile: str) -> None:
    tables = portfolio(
        activities=[{"title_fr": hostile}], notes=[{"about_id": "activities-1", "text_en": hostile}]
    )
    content = build_workbook(tables, "fr")
    cells = [cell for cell in cells_of(content) if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "b", "n"}
    assert not any(cell.hyperlink for cell in cells)
    assert printable(hostile) in {unescape(str(cell.value)) for cell in cells}
    with ZipFile(io.BytesIO(content)) as archive:
        assert not any(
            b"<f>" in archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name
        )


def test_e01_a_formula_would_be_seen() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "=1+1"
    content = io.BytesIO()
    book.save(content)
    assert {cell.data_type for cell in cells_of(content.getvalue())} == {"f"}


@pytest.mark.parametrize("hostile", [*FORMULAS, *HOSTILE_NAMES])
def test_e01_no_text_is_a_formula_in_a_folder(tmp_path: Path, hostile: str) -> None:
    write_template_folder(tmp_path, "en", portfolio(activities=[{"title_fr": hostile}]))
    with (tmp_path / "activities.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    starts = ("=", "+", "-", "@", "\t", "\r")
    assert not any(cell.lstrip().startswith(starts) or cell.startswith(starts) for cell in cells)
    [title] = read_template(tmp_path).tables["activities"].column("title_fr").to_pylist()
    assert title == printable(hostile)


def test_negative_numbers_stay_numbers(tmp_path: Path) -> None:
    tables = portfolio(activities=[{"id": "a"}], finances=[{"activity": "a", "value": -5.5}])
    write_template_folder(tmp_path, "fr", tables)
    assert ";-5.5;" in (tmp_path / "finances.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("illegal", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_characters_that_cannot_be_written_are_shown(illegal: str) -> None:
    assert printable(f"a{illegal}b") == f"a{REPLACEMENT}b"


def test_illegal_characters_leave_the_workbook_whole() -> None:
    content = build_workbook(portfolio(activities=[{"title_fr": "one\x00two\x07"}]), "fr")
    [title] = reading_of(content).tables["activities"].column("title_fr").to_pylist()
    assert title == f"one{REPLACEMENT}two{REPLACEMENT}"


def test_a_text_that_is_too_long_is_refused_not_cut() -> None:
    long = "x" * (LONGEST_TEXT + 1)
    with pytest.raises(ExportError, match="title_fr"):
        build_workbook(portfolio(activities=[{"title_fr": long}]), "fr")
    assert build_workbook(portfolio(activities=[{"title_fr": long[1:]}]), "fr")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_empty_template_has_a_sheet_for_everything(tmp_path: Path, lang: str) -> None:
    content = build_template(lang)
    book = opened(content)
    sheets = [sheet_name(table, lang) for table in TABLES.values()]
    assert book.sheetnames == [README_SHEETS[lang], *sheets, CODE_SHEETS[lang]]
    assert {sheet.sheet_view.rightToLeft or False for sheet in book} == {lang == "ar"}
    for name in sheets:
        assert book[name].max_row == 1
        assert book[name].freeze_panes == "B2"
        assert all(cell.comment for cell in book[name][1])
    path = tmp_path / "empty.xlsx"
    path.write_bytes(content)
    assert is_template(path)
    assert read_template(path).read == 0


def test_codes_can_be_chosen_from_a_list() -> None:
    book = opened(build_template("fr"))
    column = next(cell.column_letter for cell in book["Activités"][1] if cell.value == "État d’avancement")
    [choice] = [
        found
        for found in book["Activités"].data_validations.dataValidation
        if f"{column}2" in str(found.sqref)
    ]
    assert choice.type == "list"
    sheet, cells = str(choice.formula1).lstrip("=").split("!")
    labels = [row[0].value for row in book[sheet.strip("'")][cells.replace("$", "")]]
    assert labels[:3] == ["Prévu", "Signé", "En cours"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    with pytest.raises(ExportError, match="taken"):
        write_template_folder(tmp_path / "taken", "fr")
