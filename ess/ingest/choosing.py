"""Which table of a file is meant, and what its columns mean: as asked, as known, or as suggested."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ess.errors import BadInput
from ess.ingest.kinds import FileKind
from ess.ingest.known import recognise_mapping
from ess.ingest.loading import open_upload, read_layer
from ess.ingest.mapping import format_mapping, parse_mapping
from ess.ingest.meanings import TableMapping
from ess.ingest.problems import Kind
from ess.ingest.progress import Report
from ess.ingest.report import FileReport
from ess.ingest.sheets import Sheet
from ess.ingest.suggest import suggest_mapping, suggest_text
from ess.ingest.template import is_template
from ess.locales import N_

SAMPLE = 20
"""Rows of a table that are shown before it is read."""

SUGGESTED = Kind(
    "mapping_suggested",
    "warning",
    N_("No mapping is known for these columns; one was suggested from headings and values: check it."),
    N_("a mapping that a person has checked"),
)
NO_SHEET = N_("{name} has no sheet {found}; it has: {expected}. Correct the mapping.")


def read_sheets(path: Path, kind: FileKind, report: FileReport) -> list[Sheet]:
    """Every table of a file that is no XML."""
    if kind is FileKind.CSV:
        from ess.ingest.delimited import read_delimited

        return [read_delimited(path, report)]
    if kind is FileKind.XLSX:
        from ess.ingest.workbook import read_workbook

        return read_workbook(path, report)
    from ess.ingest.layers import sheet_of_layer

    return [sheet_of_layer(read_layer(kind, path, report))]


def choose_table(sheets: Sequence[Sheet], mapping: str, report: FileReport) -> tuple[Sheet, TableMapping]:
    """The sheet that is read and its mapping.

    With the text of a mapping, the sheet that it names, else the fullest. Without one, the first sheet whose
    columns are known; else a mapping is suggested for the fullest, and the report says so.

    Raises
    ------
    BadInput
        When the mapping cannot be used, or names a sheet that is not there.
    """
    if mapping:
        asked = parse_mapping(mapping)
        return _named(sheets, asked.sheet, report.path), asked
    for sheet in sheets:
        known = recognise_mapping(sheet)
        if known is not None:
            return sheet, known
    fullest = _fullest(sheets)
    report.add(SUGGESTED)
    return fullest, suggest_mapping(fullest).mapping


def _named(sheets: Sequence[Sheet], name: str, file: str) -> Sheet:
    if not name or len(sheets) == 1:
        return _fullest(sheets)
    for sheet in sheets:
        if sheet.name == name:
            return sheet
    raise BadInput(
        NO_SHEET,
        code="no_such_sheet",
        name=file,
        found=name,
        expected=", ".join(sheet.name for sheet in sheets),
    )


def _fullest(sheets: Sequence[Sheet]) -> Sheet:
    return max(sheets, key=lambda sheet: sum(1 for _ in sheet.lines()) * len(sheet.columns))


def look_at_file(arguments: dict[str, Any], scratch: Path, progress: Report) -> dict[str, Any]:  # noqa: ARG001
    """What a file is, before it is read: its kind, the columns of its table with a few rows, and a mapping.

    Returns
    -------
    dict
        ``kind`` (``template`` for ours, ``iati``, or that of a table); for a table also ``sheet``,
        ``columns``, ``rows`` (texts), ``known`` (name of the known mapping, empty for a suggested one) and
        ``mapping`` (its text).
    """
    path = Path(arguments["path"])
    if path.is_dir():
        return {"kind": "template"}
    kind, plain = open_upload(path, scratch, local=bool(arguments.get("local")))
    if kind is FileKind.IATI:
        return {"kind": str(kind)}
    if kind is FileKind.XLSX and is_template(plain):
        return {"kind": "template"}
    sheets = read_sheets(plain, kind, FileReport(path.name))
    known = [(sheet, mapping) for sheet in sheets if (mapping := recognise_mapping(sheet)) is not None]
    sheet = known[0][0] if known else _fullest(sheets)
    return {
        "kind": str(kind),
        "sheet": sheet.name,
        "columns": list(sheet.columns),
        "rows": [
            ["" if cell is None else str(cell) for cell in cells]
            for _, cells in islice(sheet.lines(), SAMPLE)
        ],
        "known": known[0][1].name if known else "",
        "mapping": format_mapping(known[0][1]) if known else suggest_text(sheet),
    }
