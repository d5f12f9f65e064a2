"""Headings of any table: titles above, two rows, tags, totals and remarks at the foot."""

from __future__ import annotations

from pathlib import Path

import pytest

from ess.errors import BadInput
from ess.ingest.delimited import read_delimited
from ess.ingest.headings import column_letter, find_headings, is_total
from ess.ingest.report import FileReport
from ess.ingest.sheets import Sheet
from ess.ingest.workbook import read_workbook
from tests.ingest.rawfiles import write


def table(folder: Path, text: str, report: FileReport | None = None) -> Sheet:
    return read_delimited(write(folder, "a.csv", text), report)


def keys(sheet: Sheet) -> list[object]:
    return [cells[0] for _, cells in sheet.lines()]


def test_title_lines_stand_apart(tmp_path: Path) -> None:
    sheet = table(
        tmp_path, "Ministry of Cooperation\n\nState: March 2024\niso3,title,v\nKEN,Roads,1\nUGA,Water,2\n"
    )
    assert (sheet.columns, sheet.heading_row) == (("iso3", "title", "v"), 4)
    assert sheet.apart == ((1, "Ministry of Cooperation"), (3, "State: March 2024"))
    assert [number for number, _ in sheet.lines()] == [5, 6]


def test_years_are_headings(tmp_path: Path) -> None:
    sheet = table(tmp_path, "Country,2015,2016\nKenya,-,n/a\nUganda,1,2\n")
    assert sheet.columns == ("Country", "2015", "2016")


def test_a_heading_with_fewer_names_than_a_row_has_texts_is_still_the_heading(tmp_path: Path) -> None:
    report = FileReport("a.csv")
    sheet = table(tmp_path, "name,code,\nKenya,KE,\nBosnia,BA,renamed in 2013\nUganda,UG,\n", report)
    assert sheet.columns == ("name", "code", "column C")
    assert keys(sheet) == ["Kenya", "Bosnia", "Uganda"]
    assert report.counts["unnamed_column"] == 1


def test_unnamed_columns_without_a_cell_are_no_columns(tmp_path: Path) -> None:
    assert table(tmp_path, "iso3,v,,\nKEN,1,,\nUGA,2,,\n").columns == ("iso3", "v")


def test_groups_tell_repeated_headings_apart(tmp_path: Path) -> None:
    sheet = table(tmp_path, "Place,,Health,,Food,\nname,code,Target,Reached,Target,Reached\nErob,1,2,3,4,5\n")
    assert sheet.columns == (
        "name",
        "code",
        "Health: Target",
        "Health: Reached",
        "Food: Target",
        "Food: Reached",
    )
    assert sheet.upper == ("Place", "Place", "Health", "Health", "Food", "Food")
    assert sheet.heading_row == 2


def test_groups_may_be_written_over_each_column(tmp_path: Path) -> None:
    sheet = table(tmp_path, "Place,Place,Health,Health\nname,code,Target,Reached\nErob,1,2,3\n")
    assert sheet.columns == ("name", "code", "Target", "Reached")
    assert sheet.upper == ("Place", "Place", "Health", "Health")


def test_groups_that_do_not_tell_them_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        table(tmp_path, "Place,,Health,,Health,\nname,code,Target,Reached,Target,Reached\nErob,1,2,3,4,5\n")
    assert caught.value.code == "repeated_heading"


def test_codes_over_names_belong_to_the_headings(tmp_path: Path) -> None:
    sheet = table(
        tmp_path, ",donor,1,2,3\nname,code,Austria,Belgium,Denmark\nKenya,248,1.5,,2\nUganda,285,,1,\n"
    )
    assert sheet.columns == ("name", "code", "Austria", "Belgium", "Denmark")
    assert sheet.upper == ("", "donor", "1", "2", "3")
    assert keys(sheet) == ["Kenya", "Uganda"]


def test_tags_are_kept_and_no_record(tmp_path: Path) -> None:
    sheet = table(
        tmp_path, "ISO3,Year,Displaced\n#country+code,#date +year,#affected+idps\nAFG,2009,297000\n"
    )
    assert sheet.tags == ("#country+code", "#date +year", "#affected+idps")
    assert (sheet.columns, sheet.heading_row) == (("ISO3", "Year", "Displaced"), 1)
    assert keys(sheet) == ["AFG"]


def test_tags_alone_are_the_headings(tmp_path: Path) -> None:
    sheet = table(tmp_path, "#country+code,#affected\nAFG,1\n")
    assert sheet.columns == ("#country+code", "#affected")


@pytest.mark.parametrize(
    "foot",
    [
        "Total,,3\n", "TOTAL GENERAL,,9\n", "\nGrand total:,,3\n", "المجموع,,3\n", ",Somme,3\n",
        "Total of all countries,,3\n", "Total,,3\nSource: our own\n",
        "\n\nTotal,,3\n\nNote: in millions\nSecond line\n",
    ],
)  # fmt: skip
def test_x05_totals_and_remarks_at_the_foot_are_no_records(tmp_path: Path, foot: str) -> None:
    report = FileReport("a.csv")
    sheet = table(tmp_path, f"iso3,title,v\nKEN,Roads,1\nUGA,Water,2\n{foot}", report)
    assert keys(sheet) == ["KEN", "UGA"]
    assert sheet.apart
    assert {problem.kind.code for problem in report.problems} <= {"total_apart", "remark_apart"}


@pytest.mark.parametrize("row", ["Total Energies,Oil,7\n", "Totalia,x,1\n", "Sum of all,x,99\n"])
def test_a_record_that_only_begins_like_a_total_is_kept(tmp_path: Path, row: str) -> None:
    sheet = table(tmp_path, f"name,title,v\nKEN,Roads,1\nUGA,Water,2\n{row}")
    assert keys(sheet)[-1] == row.partition(",")[0]


def test_a_total_in_the_middle_is_a_row_like_others(tmp_path: Path) -> None:
    assert len(keys(table(tmp_path, "name,title,v\nKEN,Roads,1\nTotal,,1\nUGA,Water,2\n"))) == 3


@pytest.mark.parametrize(
    ("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")]
)
def test_column_letters(place: int, letters: str) -> None:
    assert column_letter(place) == letters


def test_words_for_totals() -> None:
    assert is_total("  TOTAL: ")
    assert not is_total("Total Energies")


def test_whole_numbers_head_columns_without_decimals() -> None:
    assert find_headings([(1, ["iso3", 2015.0, 2016.0]), (2, ["KEN", 1.5, 2.5])]).columns == (
        "iso3",
        "2015",
        "2016",
    )


@pytest.mark.parametrize(
    ("name", "columns", "records", "heading_row", "first", "last"),
    [
        ("portfolios/undp-ssc-trc-2024.csv", 12, 430, 1, "1", "430"),
        ("portfolios/oecd-crs-2017-donor-x-recipient.csv", 117, 163, 2, "Afghanistan", "Zimbabwe"),
        ("humanitarian/ethiopia-drought-hxl.csv", 34, 391, 2, "ET010302", "ET160037"),
        ("humanitarian/idmc-displacement-hxl.csv", 7, 1712, 1, "AB9", "ZWE"),
        ("cooperatives/morocco-cooperatives-agreed-2013-S1-odco.csv", 2, 16, 1,
         "Laâyoune-Boujdour", "Oued Eddahab-Lagouira"),
        ("projects/aiddata-worldbank-projects.csv", 18, 5881, 1, "P124054", "P000755"),
    ],
)  # fmt: skip
def test_honest_delimited_files(
    shared: Path, name: str, columns: int, records: int, heading_row: int, first: str, last: str
) -> None:
    sheet = read_delimited(shared / "data" / name)
    found = keys(sheet)
    assert (len(sheet.columns), len(found), sheet.heading_row) == (columns, records, heading_row)
    assert (found[0], found[-1], sheet.apart) == (first, last, ())


@pytest.mark.parametrize(
    ("name", "sheet_name", "columns", "records", "heading_row", "first"),
    [
        ("portfolios/cyprus-cooperation.xlsx", "Sheet1", 16, 104, 1, "Africa, Unspecified"),
        ("portfolios/taiwan-icdf-loans.xlsx", "Sheet1", 43, 68, 1, 2003),
        ("projects/malawi-amp-geocoded-2012.xlsx", "Malawi Geocoded Data", 28, 2523, 1, 872261149744),
        ("projects/worldbank-projects-fy2010-1-500.xlsx", "data", 27, 500, 2, "P121052"),
    ],
)
def test_honest_workbooks(
    shared: Path, name: str, sheet_name: str, columns: int, records: int, heading_row: int, first: object
) -> None:
    sheet = next(sheet for sheet in read_workbook(shared / "data" / name) if sheet.name == sheet_name)
    found = keys(sheet)
    assert (len(sheet.columns), len(found), sheet.heading_row, found[0]) == (
        columns,
        records,
        heading_row,
        first,
    )
