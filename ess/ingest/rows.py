"""One row of a mapped table: its cells by meaning, each problem reported where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ess.ingest import table_faults as faults
from ess.ingest.binding import columns_of
from ess.ingest.cells import is_blank, key_of, text_of
from ess.ingest.days import DayConvention, DayError, Span, parse_day
from ess.ingest.meanings import CODED, Meaning, TableMapping
from ess.ingest.numbers import COMMA, POINT, Number, NumberError, read_number
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Sheet
from ess.ingest.stages import words_of
from ess.ingest.survey import Survey

_NUMBER_FAULTS: Final[Mapping[str, Kind]] = {
    "not_a_number": faults.BAD_NUMBER,
    "number_not_finite": faults.NUMBER_NOT_FINITE,
    "number_with_multiplier": faults.NUMBER_WITH_MULTIPLIER,
    "number_against_convention": faults.NUMBER_AGAINST_CONVENTION,
}
_DAY_FAULTS: Final[Mapping[str, Kind]] = {
    "not_a_date": faults.BAD_DATE,
    "impossible_date": faults.IMPOSSIBLE_DATE,
    "year_out_of_range": faults.YEAR_OUT_OF_RANGE,
    "year_of_two_digits": faults.SHORT_YEAR,
    "fiscal_year": faults.FISCAL_YEAR,
}
_YES: Final = frozenset(
    {"1", "true", "yes", "y", "x", "oui", "vrai", "si", "sim", "verdadero", "verdadeiro", "نعم"}
)


@dataclass
class Table:
    """A table, what its columns mean, what they show, and where its problems go."""

    sheet: Sheet
    mapping: TableMapping
    survey: Survey
    report: FileReport
    blanks: frozenset[str] = field(init=False)
    columns: dict[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.columns = {meaning: columns_of(self.mapping, meaning) for meaning in self.mapping.columns}
        self.blanks = frozenset(blank.casefold() for blank in self.mapping.blank)

    def row(self, number: int, cells: Sequence[Cell]) -> Row:
        """A row of it."""
        return Row(self, number, cells)


@dataclass(slots=True)
class Row:
    """One row; cells are asked for by the names that the mapping uses."""

    table: Table
    number: int
    cells: Sequence[Cell]

    def text(self, column: str) -> str:
        """The cell of a column as text; empty where it states nothing or the table lacks the column."""
        position = self.table.survey.positions.get(column)
        if position is None:
            return ""
        cell = self.cells[position]
        if cell is None or cell == "":
            return ""
        text = text_of(cell)
        return "" if is_blank(text, self.table.blanks) else text

    def first(self, columns: Sequence[str]) -> tuple[str, str]:
        """The first of some columns that states something, with its text; two empty texts for none."""
        for column in columns:
            if text := self.text(column):
                return column, text
        return "", ""

    def meant(self, meaning: str) -> str:
        """The text of a meaning."""
        columns = self.table.columns.get(meaning)
        return self.first(columns)[1] if columns else ""

    def add(self, kind: Kind, column: str, found: object = "", **facts: object) -> None:
        """Report a problem of this row."""
        self.table.report.add(kind, self.number, column, found, **facts)

    def code(self, meaning: str) -> str:
        """The code of a coded meaning: translated by the mapping, a common word, or the code itself.

        The mapping's constant where the row states nothing; empty where nobody does. A text that is not
        understood is reported and counts as not stated.
        """
        stated = self.table.mapping.columns.get(meaning)
        constant = self.table.mapping.constants.get(meaning, "")
        if not isinstance(stated, Meaning):
            return constant
        column, text = self.first(stated.columns)
        if not text:
            return constant
        code = translated(text, stated, meaning)
        if code is None:
            self.add(faults.UNKNOWN_VALUE, column, text, meaning=meaning)
        return code or constant

    def flag(self, meaning: str) -> bool:
        """Whether a row says yes."""
        text = self.meant(meaning) or self.table.mapping.constants.get(meaning, "")
        return key_of(text) in _YES

    def number_in(self, column: str, *, percent: bool = False) -> Number | None:
        """The number of a column in its convention; None for a blank cell and for one that is reported."""
        position = self.table.survey.positions.get(column)
        if position is None or not self.text(column):
            return (
                None
                if position is None or not _is_nan(self.cells[position])
                else self._number(column, position)
            )
        number = self._number(column, position)
        if number is not None and number.is_percent and not percent:
            self.add(faults.PERCENT_IN_AMOUNT, column, self.cells[position])
            return None
        return number

    def _number(self, column: str, position: int) -> Number | None:
        convention = self.table.survey.numbers.get(position, POINT)
        cell = self.cells[position]
        try:
            number = read_number(cell, convention)
        except NumberError as error:
            self.add(_NUMBER_FAULTS[error.reason], column, cell, example=convention.example)
            return None
        if number is not None and number.is_ambiguous:
            self.add(faults.AMBIGUOUS_NUMBER, column, cell, read=f"{number.value}", column_name=column)
        return number

    def span(self, column: str) -> Span | None:
        """The day or period of a column; None for a blank cell and for one that is reported."""
        position = self.table.survey.positions.get(column)
        if position is None or not self.text(column):
            return None
        convention = self.table.survey.days.get(position, DayConvention())
        cell = self.cells[position]
        try:
            span = parse_day(cell, convention)
        except DayError as error:
            order = {"dmy": "day, month, year", "mdy": "month, day, year"}.get(convention.order or "", "")
            self.add(_DAY_FAULTS[error.reason], column, text_of(cell), order=order or "-")
            return None
        if span is not None and span.is_cut:
            self.add(faults.AMBIGUOUS_DATE, column, text_of(cell))
        return span

    def first_span(self, meaning: str) -> Span | None:
        """The first of a meaning's columns that holds a day."""
        for column in self.table.columns.get(meaning, ()):
            if span := self.span(column):
                return span
        return None

    def by_heading(self) -> dict[str, str]:
        """The row's cells as text by heading, for whoever mends the file."""
        return {
            heading: text_of(cell)
            for heading, cell in zip(self.table.sheet.columns, self.cells, strict=False)
        }


def _is_nan(cell: Cell) -> bool:
    return (isinstance(cell, str) and cell.strip().casefold() == "nan") or cell != cell  # noqa: PLR0124


def translated(text: str, stated: Meaning, meaning: str) -> str | None:
    """The code that a cell's text stands for; None when neither the mapping nor the common words know it."""
    key = key_of(text)
    for written, code in stated.values.items():
        if written == text or key_of(written) == key:
            return code
    if stated.otherwise:
        return stated.otherwise
    if not stated.values and key in words_of(meaning):
        return words_of(meaning)[key]
    return text if text in CODED.get(meaning, ()) else None


def parse_percentage(text: str) -> Decimal | None:
    """A published percentage from 0 to 1000, with a decimal point or comma; None for anything else."""
    try:
        number = read_number(text, COMMA if "," in text else POINT)
    except NumberError:
        return None
    return number.value if number is not None and 0 <= number.value <= 1000 else None
