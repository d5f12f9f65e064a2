"""The atlas's own template in: a workbook with a sheet for each table, or a folder of CSV files.

Sheets, headings and codes may be written in French, English or Arabic, or under their technical names. Only
the activities are required; a sheet that is absent is an empty table. What may be left out has the defaults
of `ess.portfolio.template`; rows without an identifier get one made from what they say. A cell that cannot be
used is left out with an error; a row that cannot be used is rejected with its reason and its original cells,
and so is a row that belongs to a rejected one. What is kept is a valid portfolio.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ess.errors import BadInput
from ess.ingest.problems import Kind, Problem
from ess.ingest.report import FileReport, Reject
from ess.ingest.sheets import Sheet
from ess.ingest.template_cells import CELL_LEFT_OUT, ROW_LEFT_OUT
from ess.ingest.template_rows import TemplateRow, drops_row, name_rows, read_rows
from ess.ingest.template_sheets import read_template_file, read_template_workbook, workbook_sheet_names
from ess.locales import N_
from ess.portfolio import checks, rules
from ess.portfolio import problems as portfolio_problems
from ess.portfolio.headings import column_named, table_named
from ess.portfolio.schema import LANGUAGES, TABLES, Column, Table, arrow_schema
from ess.portfolio.template import NEUTRAL
from geodata.codes import countries, normalised

FORMAT = "template"
OTHER_SHEETS = frozenset(
    map(
        normalised, ("Lisez-moi", "Read me", "اقرأ", "Codes", "Listes de codes", "Code lists", "قوائم الرموز")
    )
)
"""Sheets of the template that hold no table."""

EXTRA_SHEET = Kind(
    "extra_sheet",
    "warning",
    N_("“{found}” is no table of the template; it was not read."),
    N_("a sheet named as in the template, in French, English or Arabic"),
)
MISSING = Kind("missing_value", "critical", N_("A value is missing here; the row was left out."))
REPEATED = Kind(
    "duplicate_id",
    "critical",
    N_("“{found}” stands in an earlier row already; this row was left out."),
    N_("it once only"),
)
OF_A_REJECTED_ROW = Kind(
    "refers_to_rejected",
    "critical",
    N_("The row belongs to “{found}”, which was left out; it was left out too."),
)
REFERENCE_TO_A_REJECTED_ROW = Kind(
    "refers_to_rejected",
    "error",
    N_("“{found}” was left out; the cell that names it was left out too."),
)
NO_MODALITY = Kind(
    "other_modality",
    "error",
    N_("“{found}” does not fit the places of the activity; its form is taken as not stated."),
)

KEPT = N_("“{found}” may be wrong; it was kept.")

_CLEARED_TOGETHER: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("places", "latitude"): ("latitude", "longitude"),
    ("places", "longitude"): ("latitude", "longitude"),
    ("places", "share"): ("share", "share_basis"),
    ("places", "share_basis"): ("share", "share_basis"),
    ("activities", "end"): ("end", "end_precision"),
    **{
        (table, f"{day}_precision"): (day, f"{day}_precision")
        for table, day in (("sources", "published"), ("activities", "start"), ("activities", "end"))
    },
}
"""Cells that say nothing without each other."""

_ROW_FAULTS = frozenset(
    kind.code
    for kind in (
        rules.MISSING_TEXT, rules.RESULT_OF_NOTHING, rules.OTHER_UNIT,
        rules.MISSING_QUALIFIER, rules.BAD_FORMULA, checks.DUPLICATE_ID,
    )
)  # fmt: skip

Rows = dict[str, list[TemplateRow]]


@dataclass(frozen=True)
class TemplateReading:
    """What reading a template gave.

    Attributes
    ----------
    tables
        Every table of the schema; together a valid portfolio.
    reports
        One for a workbook, one for each file of a folder; over each, ``read == kept + rejected``.
    """

    tables: dict[str, pa.Table]
    reports: list[FileReport] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Every problem, those of rejected rows too."""
        return [problem for report in self.reports for problem in report.problems]

    @property
    def rejects(self) -> list[Reject]:
        """The rows that were left out, with their reason and their original cells."""
        return [reject for report in self.reports for reject in report.rejects]

    @property
    def read(self) -> int:
        """Rows read, over all tables."""
        return sum(report.read for report in self.reports)

    @property
    def rejected(self) -> int:
        """Rows left out, over all tables."""
        return sum(report.rejected for report in self.reports)

    @property
    def kept(self) -> int:
        """Rows kept, over all tables."""
        return sum(report.kept for report in self.reports)


def is_template(source: Path | Iterable[Sheet]) -> bool:
    """Whether a workbook, a folder of CSV files, or sheets that were read are the template's.

    They are when there are activities under one of their names, with headings for their type and for a title
    with its language.

    Raises
    ------
    BadInput
        For a file that looks like it by the names of its sheets, but cannot be read.
    """
    if not isinstance(source, Path):
        return any(_is_activities(sheet) for sheet in source)
    if source.is_dir():
        return any(_is_activities(read_template_file(path)) for path in _table_files(source, "activities"))
    if not any(table_named(name) is TABLES["activities"] for name in workbook_sheet_names(source)):
        return False
    return any(_is_activities(sheet) for sheet in read_template_workbook(source))


def _table_files(folder: Path, *names: str) -> list[Path]:
    """The files of a folder that are tables of the template, of these names where there are any."""
    found = ((path, table_named(path.stem)) for path in sorted(folder.glob("*.csv")))
    return [path for path, table in found if table and (not names or table.name in names)]


def _is_activities(sheet: Sheet) -> bool:
    if table_named(sheet.name) is not TABLES["activities"]:
        return False
    known = {column.name for column in map(_activity_column, sheet.columns) if column}
    return "type" in known and any(f"title_{language}" in known for language in LANGUAGES)


def _activity_column(heading: str) -> Column | None:
    return column_named(TABLES["activities"], heading)


def read_template(source: Path | Sequence[Sheet], name: str = "") -> TemplateReading:
    """Read the template.

    Parameters
    ----------
    source
        A workbook, a folder of CSV files, or sheets that were read already, each under its name.
    name
        What the report calls the file; the name of `source` where it is a path.

    Raises
    ------
    BadInput
        When there are no activities to read, or the file cannot be read at all.
    """
    if isinstance(source, Path):
        return read_template_folder(source) if source.is_dir() else _read_workbook_file(source)
    report = FileReport(name, FORMAT)
    return _read_sheets([(sheet, report, f"{sheet.name}!") for sheet in source], [report], name)


def _read_workbook_file(path: Path) -> TemplateReading:
    return read_template(read_template_workbook(path), path.name)


def read_template_folder(folder: Path) -> TemplateReading:
    """Read the template from a folder of CSV files, one a table, each named as its sheet would be.

    Files of other names are not read. Raises as `read_template`.
    """
    found = []
    for path in _table_files(folder):
        sheet = read_template_file(path)
        report = FileReport(path.name, FORMAT, encoding=sheet.encoding)
        found.append((sheet, report, ""))
    return _read_sheets(found, [report for _, report, _ in found], folder.name)


def _read_sheets(
    sheets: Sequence[tuple[Sheet, FileReport, str]], reports: list[FileReport], name: str
) -> TemplateReading:
    _require_activities([sheet for sheet, _, _ in sheets], name)
    rows: Rows = {table: [] for table in TABLES}
    for sheet, report, prefix in sheets:
        table = table_named(sheet.name)
        if table is not None:
            rows[table.name] += read_rows(table, sheet, report, prefix)
        elif normalised(sheet.name) not in OTHER_SHEETS:
            report.add(EXTRA_SHEET, None, sheet.name, sheet.name)
    for found in rows.values():
        name_rows(found)
    _take_units(rows)
    return TemplateReading(_mended(rows), reports)


def _require_activities(sheets: Sequence[Sheet], name: str) -> None:
    named = [sheet for sheet in sheets if table_named(sheet.name) is TABLES["activities"]]
    if not named:
        raise BadInput(
            "{name} has no sheet or file of activities; found {found}; take the template and fill in its"
            " activities.",
            code="no_activities",
            name=name,
            found=", ".join(sheet.name for sheet in sheets) or "-",
        )
    if not is_template(named):
        raise BadInput(
            "The activities of {name} have no column for their type or none for their title; found {found};"
            " take the headings of the template.",
            code="missing_column",
            name=name,
            found=", ".join(named[0].columns) or "-",
        )


def _take_units(rows: Rows) -> None:
    """A figure without a unit has that of its indicator."""
    units = {row.values.get("id"): row.values.get("unit") for row in rows["indicators"]}
    for row in rows["results"]:
        unit = units.get(row.values.get("indicator"))
        if unit is not None:
            row.values.setdefault("unit", unit)


def _mended(rows: Rows) -> dict[str, pa.Table]:
    """The tables of the rows that make a valid portfolio together.

    Every round leaves out a row or a cell at least for each problem it finds, so that it comes to an end.
    """
    left_out: set[tuple[str, object]] = set()
    known = frozenset(countries())
    while True:
        kept = {table: [row for row in found if not row.is_rejected] for table, found in rows.items()}
        left_out |= {
            (table, row.values.get("id")) for table in rows for row in rows[table] if row.is_rejected
        }
        tables = {table: _table_of(TABLES[table], found) for table, found in kept.items()}
        problems = checks.validate_portfolio(tables, known)
        errors = portfolio_problems.errors_in(problems)
        if not errors:
            _note_warnings(problems, kept)
            return tables
        mended: set[tuple[int, tuple[str, ...]]] = set()
        for problem in errors:
            row = kept[problem.table][(problem.row or 0) - portfolio_problems.FIRST_ROW]
            cells = _cells_of(row.table, problem.column)
            if (id(row), cells) not in mended:
                mended.add((id(row), cells))
                _mend(row, cells, problem, left_out)


def _table_of(table: Table, rows: Sequence[TemplateRow]) -> pa.Table:
    schema = arrow_schema(table)
    # Arrow does not refuse null in a required column here; the checks find it.
    arrays = [pa.array([row.values.get(field.name) for row in rows], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _note_warnings(problems: Iterable[portfolio_problems.Problem], kept: Rows) -> None:
    for problem in problems:
        kind = Kind(problem.code, "warning", KEPT, problem.kind.expected)
        facts: dict[str, Any] = dict(problem.facts)
        rows = kept[problem.table]
        if problem.row is not None:
            rows[problem.row - portfolio_problems.FIRST_ROW].note(kind, problem.column, **facts)
        elif rows:
            found = problem.found.strip("“”")
            rows[0].report.add(kind, None, rows[0].place_of(problem.column), found, **facts)


def _cells_of(table: Table, column: str) -> tuple[str, ...]:
    return _CLEARED_TOGETHER.get((table.name, column), (column,))


def _mend(
    row: TemplateRow,
    cells: tuple[str, ...],
    problem: portfolio_problems.Problem,
    left_out: set[tuple[str, object]],
) -> None:
    """Leave out what a problem is about: its cells where the rest still says the same, else the row."""
    column = row.table.column(problem.column)
    facts: dict[str, Any] = dict(problem.facts)
    stands_alone = any(row.values.get(name) is not None for name in cells)
    if problem.code in _ROW_FAULTS or drops_row(row.table.name, column) or not stands_alone:
        row.reject(_reason(problem, row, column, left_out), column.name, **facts)
        return
    shown = next((name for name in (column.name, *cells) if row.found(name)), column.name)
    row.note(_cell_kind(problem, row, column, left_out), shown, **facts)
    for name in cells:
        row.values.pop(name, None)
        if (row.table.name, name) in NEUTRAL:
            row.values[name] = NEUTRAL[row.table.name, name]


def _names_a_rejected_row(
    problem: portfolio_problems.Problem, row: TemplateRow, column: Column, left_out: set[tuple[str, object]]
) -> bool:
    if problem.code != checks.DANGLING_REFERENCE.code:
        return False
    table = str(row.values.get("about_table")) if column.name == "about_id" else column.references
    return (table, row.values.get(column.name)) in left_out


def _reason(
    problem: portfolio_problems.Problem, row: TemplateRow, column: Column, left_out: set[tuple[str, object]]
) -> Kind:
    if _names_a_rejected_row(problem, row, column, left_out):
        return OF_A_REJECTED_ROW
    if problem.code == checks.DUPLICATE_ID.code:
        return REPEATED
    message = ROW_LEFT_OUT if row.found(problem.column) else MISSING.message
    return Kind(problem.code, "critical", message, problem.kind.expected)


def _cell_kind(
    problem: portfolio_problems.Problem, row: TemplateRow, column: Column, left_out: set[tuple[str, object]]
) -> Kind:
    if _names_a_rejected_row(problem, row, column, left_out):
        return REFERENCE_TO_A_REJECTED_ROW
    if problem.code == NO_MODALITY.code:
        return NO_MODALITY
    return Kind(problem.code, "error", CELL_LEFT_OUT, problem.kind.expected)
