"""Small sheets as readers would give them, for tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from ess.ingest.mapping import parse_mapping
from ess.ingest.records import Activity, FigureRow
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Sheet
from ess.ingest.tabular import read_records


def make_sheet(*rows: Sequence[Cell], tags: Sequence[str] = (), upper: Sequence[str] = ()) -> Sheet:
    """A sheet whose first row is its headings."""
    columns = tuple(str(cell) for cell in rows[0])
    lines = [(number, cells) for number, cells in enumerate(rows[1:], start=2)]
    return Sheet("", columns, lambda: iter(lines), upper=tuple(upper), tags=tuple(tags))


def make_text_sheet(text: str, delimiter: str = ";") -> Sheet:
    """A sheet of a delimited text."""
    return make_sheet(*csv.reader(io.StringIO(text.strip()), delimiter=delimiter))


def read_activities(sheet: Sheet, mapping: str) -> tuple[list[Activity], FileReport]:
    """The activities of a sheet under a mapping, and the report."""
    report = FileReport("table.csv")
    records = list(read_records(sheet, parse_mapping(mapping), report))
    return [record for record in records if isinstance(record, Activity)], report


def read_figure_rows(sheet: Sheet, mapping: str) -> tuple[list[FigureRow], FileReport]:
    """The rows of figures of a sheet under a mapping, and the report."""
    report = FileReport("table.csv")
    records = list(read_records(sheet, parse_mapping(mapping), report))
    return [record for record in records if isinstance(record, FigureRow)], report


def codes(report: FileReport) -> dict[str, int]:
    """Problems by code."""
    return dict(report.counts)
