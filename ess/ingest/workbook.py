"""Worksheets of a workbook: visible ones, values as their own types, what a spreadsheet hides reported."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ess.errors import BadInput
from ess.ingest.headings import HEAD_ROWS, Foot, build_sheet, column_letter, find_headings, is_blank
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Line, Sheet
from ess.ingest.workbook_parts import WorksheetPart, read_parts
from ess.locales import N_

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

CalamineCell: TypeAlias = int | float | str | bool | time | date | datetime | timedelta

LARGEST_EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number."""

HIDDEN_SHEET = Kind(
    "hidden_sheet", "warning", N_("The sheet “{found}” is hidden; it was not read."),
    N_("visible sheets for all that is to be read"),
)  # fmt: skip
ERROR_CELL = Kind(
    "error_cell", "error", N_("The cell {cell} of “{sheet}” holds {found}; it was left blank."),
    N_("a value, not an error"),
)  # fmt: skip
LONG_NUMBER = Kind(
    "long_number", "warning",
    N_("The number {found} in {cell} of “{sheet}” has more than fifteen digits; its last ones may be lost."),
    N_("long identifiers as text"),
)  # fmt: skip
MERGED_CELLS = Kind(
    "merged_cells", "warning",
    N_("“{sheet}” has {count} merged cells below its headings; each value was kept in its first row only."),
    N_("one value a row"),
)  # fmt: skip
SHEET_NOT_READ = Kind("sheet_not_read", "warning", N_("The sheet “{sheet}” was not read: {found}."))


def read_workbook(path: Path, report: FileReport | None = None) -> list[Sheet]:
    """Read the visible worksheets of a workbook that hold a table.

    The parts of the file are looked at first, as text: far cells, document types and formulas without a
    value are refused before the reader is called. Cells keep their types: text, whole numbers (a number
    without decimals is an ``int``), other numbers, truth values, days; a time of day or a duration is text;
    a blank cell and one that shows an error are None. Dates follow the workbook's own calendar, of 1900
    or 1904.

    Parameters
    ----------
    report
        Where hidden sheets, error cells, long numbers and merged cells are noted.

    Raises
    ------
    BadInput
        For a file that is no workbook, and when no visible sheet holds a table; then the fault of the first.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    path = Path(path)
    parts = read_parts(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        return _read_sheets(book.get_sheet_by_name, parts, path.name, report)
    except (CalamineError, ValueError, OSError) as error:
        raise BadInput(
            N_(
                "{name} cannot be read as a workbook; open it in a spreadsheet program and save it "
                "as .xlsx again."
            ),
            code="broken_workbook",
            name=path.name,
        ) from error


def _read_sheets(
    sheet_named: Callable[[str], CalamineSheet],
    parts: list[WorksheetPart],
    file: str,
    report: FileReport | None,
) -> list[Sheet]:
    sheets: list[Sheet] = []
    faults: list[BadInput] = []
    for part in parts:
        if part.hidden:
            _note(report, HIDDEN_SHEET, found=part.name)
        elif part.cells:
            try:
                sheets.append(read_worksheet(sheet_named(part.name), part, file, report))
            except BadInput as fault:
                faults.append(fault)
                _note(report, SHEET_NOT_READ, sheet=part.name, found=str(fault))
    if not sheets:
        raise faults[0] if faults else _no_table(file)
    return sheets


def read_worksheet(
    worksheet: CalamineSheet, part: WorksheetPart, file: str, report: FileReport | None = None
) -> Sheet:
    """Read one worksheet whose part has been looked at; row numbers are those of the spreadsheet."""

    def rows() -> Iterator[Line]:
        return numbered_rows(worksheet)

    head = list(islice(((number, cells) for number, cells in rows() if not is_blank(cells)), HEAD_ROWS))
    if not head:
        raise _no_table(file)
    headings = find_headings(head)
    foot, filled = Foot(), set[int]()
    for number, cells in rows():
        if number >= headings.first and not is_blank(cells):
            foot.note((number, cells))
            filled.update(place for place, cell in enumerate(cells) if not is_blank([cell]))
            _note_long_numbers(number, cells, part.name, report)
    sheet = build_sheet(part.name, rows, headings, foot, filled, file, report)
    _note_part(worksheet, part, headings.first, report)
    return sheet


def numbered_rows(worksheet: CalamineSheet) -> Iterator[Line]:
    """Every row of a worksheet with its row number, from row 1 and column A."""
    _, left = worksheet.start or (0, 0)
    margin: list[Cell] = [
        None
    ] * left  # the reader gives blank rows above the first filled one, but no columns
    for number, cells in enumerate(worksheet.iter_rows(), 1):
        yield number, [*margin, *map(plain_cell, cells)]


def plain_cell(cell: CalamineCell) -> Cell:
    """A cell as a `Cell`: blank text is None, a number without decimals an ``int``."""
    if isinstance(cell, str):
        return cell if cell.strip() else None
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else cell if math.isfinite(cell) else None
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell


def _note_long_numbers(number: int, cells: Sequence[Cell], sheet: str, report: FileReport | None) -> None:
    for place, cell in enumerate(cells):
        if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= LARGEST_EXACT:
            where = f"{column_letter(place)}{number}"
            _note(report, LONG_NUMBER, number, found=cell, cell=where, sheet=sheet)


def _note_part(worksheet: CalamineSheet, part: WorksheetPart, first: int, report: FileReport | None) -> None:
    for cell, row, shown in part.errors:
        if row >= first:
            _note(report, ERROR_CELL, row, found=shown, cell=cell, sheet=part.name)
    merged = [span for span in worksheet.merged_cell_ranges or [] if span[0][0] + 1 >= first]
    if merged:
        _note(report, MERGED_CELLS, count=len(merged), sheet=part.name)


def _no_table(file: str) -> BadInput:
    return BadInput(
        N_("{name} has no visible sheet with anything in it; expected a table with headings."),
        code="empty_file",
        name=file,
    )


def _note(
    report: FileReport | None, kind: Kind, row: int | None = None, found: object = "", **facts: Any
) -> None:
    if report is not None:
        report.add(kind, row, found=found, **facts)
