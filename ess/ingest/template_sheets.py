"""The sheets of a template as they stand: no heading is guessed, no row is taken for a title or a total.

The readers of other people's files look for headings and set totals and remarks apart. The template says what
its headings are, so that every row below them is a record.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from ess.errors import BadInput
from ess.ingest.delimited import LONGEST_CELL, Dialect, detect_dialect
from ess.ingest.encodings import open_text, plain_name
from ess.ingest.headings import is_blank
from ess.ingest.sheets import Line, Sheet
from ess.ingest.template_cells import cell_text
from ess.ingest.workbook import numbered_rows
from ess.ingest.workbook_parts import read_parts
from ess.portfolio.headings import column_named, table_named
from ess.portfolio.schema import Table

HEAD_ROWS = 20
"""Rows among which the headings are looked for: a person may write a title above them."""


def workbook_sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets, without reading a cell; none for a file that is no workbook."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path)).sheet_names
    except (CalamineError, ValueError, OSError):
        return []


def read_template_workbook(path: Path) -> list[Sheet]:
    """The visible sheets of a workbook that are tables of the template, and those that are not, without rows.

    Raises
    ------
    BadInput
        For a file that is no workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    parts = [part for part in read_parts(path) if not part.hidden]
    try:
        book = CalamineWorkbook.from_path(str(path))
        worksheets = {
            part.name: book.get_sheet_by_name(part.name) for part in parts if table_named(part.name)
        }
    except (CalamineError, ValueError, OSError) as error:
        raise BadInput(
            "{name} cannot be read as a workbook; save it as .xlsx again in a spreadsheet program.",
            code="broken_workbook",
            name=path.name,
        ) from error
    return [
        template_sheet(part.name, partial(numbered_rows, worksheets[part.name]))
        if part.name in worksheets
        else Sheet(part.name, (), _no_lines)
        for part in parts
    ]


def read_template_file(path: Path) -> Sheet:
    """One delimited file of a template's folder, named as its table.

    Raises
    ------
    BadInput
        For a file whose text cannot be read.
    """
    dialect = detect_dialect(path)
    encoding = plain_name(dialect.encoding)
    return template_sheet(path.stem, lambda: _delimited_rows(path, dialect), encoding, dialect.delimiter)


def _delimited_rows(path: Path, dialect: Dialect) -> Iterator[Line]:
    """Every row with the line it begins on."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        with open_text(path, dialect.encoding) as source:
            for _ in range(dialect.skip):
                source.readline()
            reader = csv.reader(source, delimiter=dialect.delimiter, strict=True)
            line = dialect.skip + 1
            for cells in reader:
                yield line, cells
                line = dialect.skip + reader.line_num + 1
    except (csv.Error, UnicodeError) as error:
        raise BadInput(
            "{name} cannot be read as a table: {found}; save it again as CSV UTF-8.",
            code="broken_table",
            name=path.name,
            found=error,
        ) from error


def _no_lines() -> Iterator[Line]:
    return iter(())


def template_sheet(
    name: str, rows: Callable[[], Iterator[Line]], encoding: str = "", delimiter: str = ""
) -> Sheet:
    """A sheet whose headings are the first row that names most of its table's columns.

    Rows above the headings are set apart; blank rows are no records.
    """
    table = table_named(name)
    head = [line for line in islice(rows(), HEAD_ROWS) if not is_blank(line[1])] if table else []
    if table is None or not head:
        return Sheet(name, (), _no_lines, encoding=encoding, delimiter=delimiter)
    number, cells = max(head, key=lambda line: (_known_headings(table, line), -line[0]))
    columns = tuple(cell_text(cell).strip() for cell in cells)

    def lines() -> Iterator[Line]:
        return (line for line in rows() if line[0] > number and not is_blank(line[1]))

    above = tuple((row, " ".join(map(cell_text, found))) for row, found in head if row < number)
    return Sheet(name, columns, lines, number, apart=above, encoding=encoding, delimiter=delimiter)


def _known_headings(table: Table, line: Line) -> int:
    return sum(column_named(table, cell_text(cell)) is not None for cell in line[1])
