"""Workbooks: looked at before they are read; what a spreadsheet hides is said."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from ess.errors import BadInput
from ess.ingest.report import FileReport
from ess.ingest.sheets import Sheet
from ess.ingest.workbook import read_workbook
from tests.ingest.rawfiles import NAMESPACE, archive, number_row, workbook, worksheet, write

HEADINGS = number_row(1, {"A": "iso3", "B": "v"})
RECORD = number_row(2, {"A": "KEN", "B": 1})


def saved(folder: Path, *rows: list[Any], name: str = "book.xlsx") -> Path:
    """A workbook with these rows on its one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(folder / name)
    return folder / name


def only(path: Path, report: FileReport | None = None) -> Sheet:
    (sheet,) = read_workbook(path, report)
    return sheet


def rows(sheet: Sheet) -> list[list[object]]:
    return [list(cells) for _, cells in sheet.lines()]


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_workbook(path)
    return caught.value


@pytest.mark.parametrize(
    ("far", "cell"),
    [
        (number_row(1048576, {"XFD": 2}), "XFD1048576"),
        (number_row(2, {"XFD": 2}), "XFD2"),
        (number_row(1048576, {"CV": 2}), "CV1048576"),
        ("".join(number_row(row, {"XFD": row}) for row in range(2, 300)), "XFD299"),
        (number_row(900000, {"C": "x"}), "C900000"),
    ],
)
def test_x01_far_cells_are_refused_by_name(tmp_path: Path, far: str, cell: str) -> None:
    fault = refusal(workbook(tmp_path, worksheet(HEADINGS, RECORD, far)))
    assert (fault.code, fault.facts["cell"]) == ("far_cell", cell)


def test_x01_a_dimension_that_lies_reserves_nothing(tmp_path: Path) -> None:
    path = workbook(tmp_path, worksheet(HEADINGS, RECORD, before='<dimension ref="A1:XFD1048576"/>'))
    assert rows(only(path)) == [["KEN", 1]]


def test_x01_a_far_cell_without_a_value_is_only_its_format(tmp_path: Path) -> None:
    far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert rows(only(workbook(tmp_path, worksheet(HEADINGS, RECORD, far)))) == [["KEN", 1]]


def test_x02_a_padded_part_is_refused_from_the_directory(tmp_path: Path) -> None:
    fault = refusal(workbook(tmp_path, worksheet(HEADINGS, RECORD, " " * 3_000_000)))
    assert fault.code == "archive_ratio"


def test_x02_a_part_that_only_pads_is_refused_while_it_is_read(tmp_path: Path) -> None:
    noise = "".join(chr(97 + (number * number) % 23) + " " * (number % 7) for number in range(1_500_000))
    fault = refusal(workbook(tmp_path, worksheet(HEADINGS, RECORD, f"<!--{noise}-->")))
    assert fault.code in {"padded_workbook", "archive_ratio"}


@pytest.mark.parametrize("part", ["sheet", "shared", "book"])
def test_x03_a_document_type_in_any_part_is_refused(tmp_path: Path, part: str) -> None:
    doctype = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    sheet = worksheet(HEADINGS, RECORD)
    parts = {
        "shared": f"{doctype}<sst {NAMESPACE}><si><t>&b;</t></si></sst>",
        "book": f"{doctype}<workbook/>",
    }
    path = (
        workbook(tmp_path, doctype + sheet)
        if part == "sheet"
        else workbook(tmp_path, sheet, **{part: parts[part]})
    )
    assert refusal(path).code == "document_type"


def test_x04_formulas_without_a_value_are_counted_and_refused(tmp_path: Path) -> None:
    fault = refusal(saved(tmp_path, ["iso3", "v"], ["KEN", "=SUM(1,2)"], ["UGA", "=1/0"], ["TZA", 3]))
    assert (fault.code, fault.facts["count"], fault.facts["cell"]) == ("formulas_without_value", 2, "B2")


def test_x04_formulas_with_a_value_are_their_value(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["iso3", "v"])
    sheet.write(1, 0, "KEN")
    sheet.write_formula(1, 1, "=SUM(1,2)", None, 3)
    book.close()
    assert rows(only(tmp_path / "book.xlsx")) == [["KEN", 3]]


def test_x04_a_formula_whose_value_is_empty_text_has_a_value(tmp_path: Path) -> None:
    country = '<c r="A3" t="inlineStr"><is><t>UGA</t></is></c>'
    row = f'<row r="3">{country}<c r="B3" t="str"><f>""</f><v></v></c></row>'
    assert rows(only(workbook(tmp_path, worksheet(HEADINGS, RECORD, row)))) == [["KEN", 1], ["UGA", None]]


def test_x05_cells_that_show_an_error_are_blank_and_listed(tmp_path: Path) -> None:
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["iso3", "v"])
    sheet.write_row(1, 0, ["KEN", 1])
    sheet.write(2, 0, "UGA")
    sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
    book.close()
    report = FileReport("book.xlsx")
    assert rows(only(tmp_path / "book.xlsx", report)) == [["KEN", 1], ["UGA", None]]
    assert [(p.row, p.found, p.facts["cell"]) for p in report.problems] == [(3, "#DIV/0!", "B3")]


def test_x05_titles_totals_and_merged_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Report of the ministry"],
        [],
        ["Country", "Code", "Aid"],
        ["Kenya", "KEN", 1],
        [None, "KEN", 2],
        ["Total", None, 3],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:C1")
    sheet.merge_cells("A4:A5")
    book.save(tmp_path / "book.xlsx")
    report = FileReport("book.xlsx")
    read = only(tmp_path / "book.xlsx", report)
    assert rows(read) == [["Kenya", "KEN", 1], [None, "KEN", 2]]
    assert read.apart == ((1, "Report of the ministry"), (6, "Total | 3"))
    assert dict(report.counts) == {"total_apart": 1, "merged_cells": 1}


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_x05_hidden_sheets_are_named_and_not_read(tmp_path: Path, state: str) -> None:
    book = openpyxl.Workbook()
    shown, secret = book.active, book.create_sheet("Secret")
    assert shown is not None
    for sheet, text in ((shown, "open"), (secret, "closed")):
        sheet.append(["iso3", "title"])
        sheet.append(["KEN", text])
    secret.sheet_state = state
    book.save(tmp_path / "book.xlsx")
    report = FileReport("book.xlsx")
    assert rows(only(tmp_path / "book.xlsx", report)) == [["KEN", "open"]]
    assert [(p.kind.code, p.found) for p in report.problems] == [("hidden_sheet", "Secret")]


@pytest.mark.parametrize("epoch", [False, True])
def test_x05_days_of_both_calendars(tmp_path: Path, epoch: bool) -> None:  # noqa: FBT001
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx", {"date_1904": epoch})
    sheet, shape = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.write_row(0, 0, ["iso3", "d"])
    sheet.write(1, 0, "KEN")
    sheet.write_datetime(1, 1, dt.datetime(2024, 1, 1), shape)  # noqa: DTZ001 - a day of a sheet has no zone
    book.close()
    assert rows(only(tmp_path / "book.xlsx")) == [["KEN", dt.date(2024, 1, 1)]]


def test_x05_long_identifiers_are_whole_numbers_and_reported(tmp_path: Path) -> None:
    report = FileReport("book.xlsx")
    path = saved(tmp_path, ["id", "v"], [12345678901234567, 1], [872261149744, 2], ["12345678901234567", 3])
    read = rows(only(path, report))
    assert [row[0] for row in read[1:]] == [872261149744, "12345678901234567"]
    assert str(read[0][0]).startswith("123456789012345")
    assert [(p.kind.code, p.row, p.facts["cell"]) for p in report.problems] == [("long_number", 2, "A2")]


@pytest.mark.parametrize(
    "content", [b"", b"iso3,v\nKEN,1\n", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99]
)
def test_x06_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(write(tmp_path, "book.xlsx", content)).code == "broken_archive"


@pytest.mark.parametrize("part", [0.2, 0.6, 0.95])
def test_x06_cut_off_workbooks_are_refused(tmp_path: Path, part: float) -> None:
    whole = saved(tmp_path, ["iso3", "v"], ["KEN", 1]).read_bytes()
    assert refusal(write(tmp_path, "cut.xlsx", whole[: int(len(whole) * part)])).code == "broken_archive"


def test_x06_an_archive_without_a_workbook_is_refused(tmp_path: Path) -> None:
    assert refusal(archive(tmp_path, "a.xlsx", {"a.txt": "x"})).code == "not_a_workbook"


def test_c06_text_of_a_workbook_stays_text(tmp_path: Path) -> None:
    path = saved(tmp_path, ["iso2", "v"], ["NA", 1], ["None", 2.5], ["null", True], ["004", None])
    assert rows(only(path)) == [["NA", 1], ["None", 2.5], ["null", True], ["004", None]]


def test_a_sheet_that_cannot_be_read_leaves_the_others(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first, second = book.active, book.create_sheet("Good")
    assert first is not None
    for sheet, headings in ((first, ["v", "v"]), (second, ["iso3", "v"])):
        sheet.append(headings)
        sheet.append(["KEN", 1])
    book.save(tmp_path / "book.xlsx")
    report = FileReport("book.xlsx")
    assert only(tmp_path / "book.xlsx", report).name == "Good"
    assert report.counts["sheet_not_read"] == 1


@pytest.mark.parametrize("where", ["xl/other.xml", "other/workbook.xml", "XL/workbook.xml"])
def test_x01_a_workbook_in_another_place_is_looked_at_all_the_same(tmp_path: Path, where: str) -> None:
    far = worksheet(HEADINGS, RECORD, number_row(1048576, {"XFD": 2}))
    assert refusal(workbook(tmp_path, far, where=where)).code in {"far_cell", "broken_workbook", "empty_file"}


def test_a_table_may_begin_anywhere(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, worksheet(number_row(5, {"C": "iso3", "D": "v"}), number_row(6, {"C": "KEN", "D": 7}))
    )
    sheet = only(path)
    assert (sheet.columns, sheet.heading_row) == (("iso3", "v"), 5)
    assert list(sheet.lines()) == [(6, ["KEN", 7])]


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    assert refusal(saved(tmp_path)).code == "empty_file"
