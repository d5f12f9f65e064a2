"""The sheets of the template as rows of the portfolio's tables: cells read, blanks filled, rows named."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ess.ingest.identifiers import digest
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Sheet
from ess.ingest.template_cells import (
    OTHER_ID,
    PRECISIONS,
    ROW_LEFT_OUT,
    Habits,
    UnusableCellError,
    Value,
    cell_text,
    column_habits,
    day_precision,
    parse_cell,
)
from ess.locales import N_
from ess.portfolio.codes import REGIONS
from ess.portfolio.headings import column_named
from ess.portfolio.schema import Column, Table
from ess.portfolio.template import NEUTRAL, TAG_CODES, USUAL, code_named
from geodata.codes import match_country

UNKNOWN_HEADING = Kind(
    "extra_column",
    "warning",
    N_("“{found}” is no column of this table of the template; it was left out."),
    N_("a heading of the template, in French, English or Arabic"),
)
HEADING_TWICE = Kind(
    "column_twice", "warning", N_("The column “{found}” stands here twice; the second one was left out.")
)
GENERATED_ID = Kind(
    "generated_identifier",
    "warning",
    N_("The activity has no identifier; it is kept under “{found}”, made from what its row says."),
    N_("an identifier that stays the same over time"),
)

OTHER_WIDTH = Kind(
    "ragged_row",
    "critical",
    N_("The row has {count} cells and there are {width} headings; the row was left out."),
    N_("{width} cells"),
)

FRACTIONS = Kind(
    "percentages_below_one",
    "warning",
    N_("All percentages of the column are {found} or less; they were read as percentages, not as fractions."),
    N_("25 for a quarter: a cell that a spreadsheet shows as 25% holds 0.25"),
)

DROPS_ITS_ROW = frozenset(
    {(table, column) for table in ("results", "finances") for column in ("iso3", "region")}
    | {("results", column) for column in ("activity", "actor", "programme", "derivation")}
)
"""Cells without which a row would say something else: a figure of one country would be one of all."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass
class TemplateRow:
    """One row: its values by column, and where and how it was written.

    Attributes
    ----------
    prefix
        What the problems put before a heading, to tell the sheets of a workbook apart.
    written
        The original cells by heading.
    headings
        Headings by column, of the columns that the sheet has.
    """

    table: Table
    number: int
    report: FileReport
    prefix: str
    headings: Mapping[str, str]
    written: Mapping[str, str]
    values: dict[str, Value] = field(default_factory=dict)
    is_rejected: bool = False

    def place_of(self, column: str) -> str:
        """How a problem names a column: the sheet, where there are several, and the heading as written."""
        return self.prefix + self.headings.get(column, column)

    def found(self, column: str) -> str:
        """The original cell of a column, else the value that it was given."""
        if column in self.headings:
            return self.written.get(self.headings[column], "")
        return cell_text(self.values.get(column))

    def note(self, kind: Kind, column: str, found: str | None = None, **facts: object) -> None:
        """Note a problem of one cell."""
        shown = self.found(column) if found is None else found
        self.report.add(kind, self.number, self.place_of(column), shown, **facts)

    def reject(self, kind: Kind, column: str, **facts: object) -> None:
        """Leave the row out; its first reason is the one that counts."""
        if self.is_rejected:
            return
        self.is_rejected = True
        self.report.reject(
            kind, self.number, dict(self.written), self.place_of(column), self.found(column), **facts
        )


def drops_row(table: str, column: Column) -> bool:
    """Whether a cell that cannot be used takes its row with it."""
    key = (table, column.name)
    return (column.required and key not in NEUTRAL) or key in DROPS_ITS_ROW


def as_reject(kind: Kind) -> Kind:
    """The same fault where it drops the row."""
    return replace(kind, severity="critical", message=ROW_LEFT_OUT)


def read_rows(table: Table, sheet: Sheet, report: FileReport, prefix: str) -> list[TemplateRow]:
    """The rows of one sheet, read and completed; rejected ones are marked and stay in the list."""
    columns = _columns(table, sheet, report, prefix)
    lines = list(sheet.lines())
    habits = {
        place: column_habits(column, (cells[place] for _, cells in lines if place < len(cells)))
        for place, column in columns.items()
    }
    headings = {column.name: sheet.columns[place] for place, column in columns.items()}
    rows = []
    for number, cells in lines:
        report.read += 1
        row = TemplateRow(table, number, report, prefix, headings, _written(sheet, cells))
        _refuse_other_width(row, sheet, cells)
        _read_cells(row, columns, _plain_cells(sheet, cells), habits)
        _complete(row)
        rows.append(row)
    _note_fractions(rows, columns.values())
    return rows


def _note_fractions(rows: Sequence[TemplateRow], columns: Iterable[Column]) -> None:
    """Say so where a column of percentages looks like one of fractions; nothing is changed."""
    for column in columns:
        values = [row.values.get(column.name) for row in rows] if column.unit == "percent" else []
        stated = [value for value in values if isinstance(value, float) and value]
        if stated and max(stated) <= 1:
            first = rows[0]
            first.report.add(FRACTIONS, None, first.place_of(column.name), f"{max(stated):g}")


def _columns(table: Table, sheet: Sheet, report: FileReport, prefix: str) -> dict[int, Column]:
    """The columns that the sheet has, by their place in it."""
    found: dict[int, Column] = {}
    for place, heading in enumerate(sheet.columns):
        column = column_named(table, heading)
        if column is None:
            report.add(UNKNOWN_HEADING, sheet.heading_row, prefix + heading, heading)
        elif column in found.values():
            report.add(HEADING_TWICE, sheet.heading_row, prefix + heading, heading)
        else:
            found[place] = column
    return found


def _written(sheet: Sheet, cells: Sequence[Cell]) -> dict[str, str]:
    return {
        heading: text for heading, text in zip(sheet.columns, map(cell_text, cells), strict=False) if text
    }


def _refuse_other_width(row: TemplateRow, sheet: Sheet, cells: Sequence[Cell]) -> None:
    """A delimited row that is longer or shorter than its headings may have shifted: it is left out."""
    width = len(sheet.columns)
    is_short = bool(sheet.encoding) and len(cells) < width
    if is_short or any(cell_text(cell).strip() for cell in cells[width:]):
        row.reject(OTHER_WIDTH, row.table.columns[0].name, width=width, count=len(cells))


def _plain_cells(sheet: Sheet, cells: Sequence[Cell]) -> list[Cell]:
    """The cells without the apostrophe that a delimited file puts before what looks like a formula."""
    is_delimited = bool(sheet.encoding)
    return [without_guard(cell) if is_delimited and isinstance(cell, str) else cell for cell in cells]


def guarded(text: str) -> str:
    """A text that no spreadsheet runs when it opens a delimited file; `without_guard` is its inverse."""
    return f"'{text}" if _looks_like_a_formula(text) else text


def without_guard(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and _looks_like_a_formula(text) else text


def _looks_like_a_formula(text: str) -> bool:
    # Apostrophes count for nothing here, so that adding or taking one changes nothing.
    return text.lstrip("'").lstrip(" \u00a0").startswith(_FORMULA_STARTS)


def _read_cells(
    row: TemplateRow, columns: Mapping[int, Column], cells: Sequence[Cell], habits: Mapping[int, Habits]
) -> None:
    for place, column in columns.items():
        cell = cells[place] if place < len(cells) else None
        if isinstance(cell, str) and column.name == "iso3" and _take_region(row, cell):
            continue
        try:
            value = parse_cell(column, cell, habits[place])
        except UnusableCellError as fault:
            _note_fault(row, column, fault)
            continue
        if value is not None:
            row.values[column.name] = value
        if column.name in PRECISIONS and value is not None:
            row.values.setdefault(PRECISIONS[column.name], day_precision(cell, habits[place]))
    if row.table.name == "tags":
        _name_tag(row)


def _note_fault(row: TemplateRow, column: Column, fault: UnusableCellError) -> None:
    if drops_row(row.table.name, column):
        row.reject(as_reject(fault.kind), column.name, **fault.facts)
    else:
        row.note(fault.kind, column.name, **fault.facts)


def _take_region(row: TemplateRow, cell: str) -> bool:
    """Whether a cell for a country names a region, which then is the row's region."""
    region = None if match_country(cell) else code_named(REGIONS, cell)
    if region is None or "region" not in row.table.column_names:
        return False
    row.values["region"] = region
    return True


def _name_tag(row: TemplateRow) -> None:
    """The code of a tag under its label, where the scheme has labels."""
    code_list = TAG_CODES.get(str(row.values.get("scheme")), ())
    if "code" in row.values:
        code = str(row.values["code"]).strip()
        row.values["code"] = code_named(code_list, code) or code


def _complete(row: TemplateRow) -> None:
    """Fill what may be left out; what else is required and missing is for the checks to find."""
    values = row.values
    if row.is_rejected:
        return
    for key, value in (*NEUTRAL.items(), *USUAL.items()):
        if key[0] == row.table.name:
            values.setdefault(key[1], value)
    if row.table.name == "places" and values.get("share") is not None:
        values.setdefault("share_basis", "stated")
    if row.table.name == "results":
        values.setdefault("period_basis", _period_basis(values))
        if values.get("value") is not None:
            values.setdefault("qualifier", "=")
    _note_identifier(row)


def _period_basis(values: Mapping[str, Value]) -> str:
    if "period_start" in values:
        return "stated"
    return "as_of" if "period_end" in values else "undated"


def _note_identifier(row: TemplateRow) -> None:
    written, kept = row.found("id").strip(), row.values.get("id")
    if kept is not None and written and without_guard(written) != kept:
        row.note(OTHER_ID, "id", kept=kept)


def name_rows(rows: Sequence[TemplateRow]) -> None:
    """Give the rows of one table that have no identifier one made from what they say.

    The same rows get the same identifiers on every reading, wherever they stand in their sheet.
    """
    taken = {row.values["id"] for row in rows if "id" in row.values}
    nameless = [row for row in rows if "id" not in row.values and not row.is_rejected]
    stems = Counter(map(_stem, nameless))
    for row in nameless if rows and "id" in rows[0].table.column_names else ():
        names = _names(row, is_alone=stems[_stem(row)] == 1)
        row.values["id"] = next(found for found in names if found not in taken)
        if row.table.name == "activities":
            row.note(GENERATED_ID, "id", str(row.values["id"]))
        else:
            # A repeated activity keeps its one name, and is found by it.
            taken.add(row.values["id"])


def _names(row: TemplateRow, *, is_alone: bool) -> Iterator[str]:
    """Names for a row, the shortest first."""
    stem = _stem(row)
    if is_alone and row.table.name == "places":
        yield stem
    said = ";".join(f"{name}={cell_text(value)}" for name, value in sorted(row.values.items()))
    named = f"{stem}-{digest(said)}"
    yield named
    yield from (f"{named}-{number}" for number in itertools.count(2))


def _stem(row: TemplateRow) -> str:
    values = {name: str(value) for name, value in row.values.items()}
    match row.table.name:
        case "places":
            somewhere = values.get("iso3", values.get("region", "unnamed")).lower()
            return f"{values.get('activity', 'place')}-at-{somewhere}"
        case "finances":
            return f"{values.get('activity', 'amount')}-{values.get('kind', 'amount')}"
        case "results":
            about = next((values[name] for name in ("activity", "programme", "actor") if name in values), "")
            return f"{about}-{values.get('indicator', 'figure')}".lstrip("-")
        case "activities":
            return "activity"
    return row.table.name.removesuffix("s")
