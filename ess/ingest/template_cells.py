"""One cell of the template: what a person wrote, as the value that its column holds.

Numbers may have a decimal comma and days may be written day first; where a single cell would leave it open,
its whole column decides, and what the column leaves open too is reported, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any, TypeAlias

from ess.ingest.days import DayConvention, decide_order, parse_day
from ess.ingest.identifiers import format_identifier
from ess.ingest.numbers import COMMA, POINT, Convention, NumberError, decide_convention, read_number
from ess.ingest.problems import Kind
from ess.ingest.records import Day
from ess.ingest.sheets import Cell
from ess.locales import N_
from ess.portfolio.codes import UNITS
from ess.portfolio.schema import LIST_SEPARATOR, Column, ColumnType
from ess.portfolio.template import code_named, column_code, truth_named
from geodata.codes import country_name, match_country, near_countries, normalised

Value: TypeAlias = str | int | float | bool | date | None

CELL_LEFT_OUT = N_("“{found}” cannot be used here; the cell was left out.")
ROW_LEFT_OUT = N_("“{found}” cannot be used here; the row was left out.")

BAD_NUMBER = Kind("bad_number", "error", CELL_LEFT_OUT, N_("a number"))
OPEN_COMMA = Kind(
    "open_comma",
    "error",
    N_("“{found}” can be read with a decimal comma or with thousands; the cell was left out."),
    N_("a number without separators of thousands"),
)
BAD_DAY = Kind("bad_date", "error", CELL_LEFT_OUT, N_("a day written year-month-day, as 2025-07-08"))
OPEN_DAY = Kind(
    "open_date",
    "error",
    N_("“{found}” can be read day first or month first; the cell was left out."),
    N_("a day written year-month-day, as 2025-07-08"),
)
BAD_TRUTH = Kind("bad_truth", "error", CELL_LEFT_OUT, N_("yes or no"))
BAD_CODE = Kind("unknown_code", "error", CELL_LEFT_OUT, N_("one of {codes}"))
BAD_COUNTRY = Kind(
    "unknown_country",
    "error",
    N_("“{found}” names no country that is known; the cell was left out."),
    N_("an ISO 3166-1 code or a name in French, English or Arabic; near are: {near}"),
)
BAD_FORM = Kind("bad_form", "error", CELL_LEFT_OUT, N_("the form {form}"))
OTHER_ID = Kind(
    "identifier_rewritten",
    "warning",
    N_("“{found}” holds signs that an identifier cannot have; it is kept as “{kept}”."),
    N_("letters without accents, digits, and . _ : -"),
)

PRECISIONS: Mapping[str, str] = {
    "start": "start_precision",
    "end": "end_precision",
    "published": "published_precision",
}
"""Columns of days, with the column that says how precisely each is known."""

_PERIODS = ("period_start", "period_end")
_LAST_DAYS = ("end", "period_end")
_SMALL = ("latitude", "longitude", "share", "percent")
"""Numbers that never reach a thousand: a comma in them is a decimal mark."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_MONTH = timedelta(days=31)


class UnusableCellError(Exception):
    """A cell that its column cannot hold; ``facts`` fill the sentence of its kind."""

    def __init__(self, kind: Kind, **facts: Any) -> None:
        self.kind = kind
        self.facts = facts
        super().__init__(kind.code)


@dataclass(frozen=True)
class Habits:
    """How one column writes numbers and days."""

    numbers: Convention = POINT
    days: DayConvention = field(default_factory=DayConvention)


def column_habits(column: Column, cells: Iterable[Cell]) -> Habits:
    """What the cells of a column tell of its commas and of the order of its days."""
    match column.type:
        case "number" | "integer":
            numbers = decide_convention(cells)
            open_but_small = column.name in _SMALL and not numbers.is_certain
            return Habits(COMMA if open_but_small else numbers)
        case "date":
            return Habits(days=decide_order(cells))
    return Habits()


def parse_cell(column: Column, cell: Cell, habits: Habits) -> Value:
    """The value of a cell; None for a blank one.

    Raises
    ------
    UnusableCellError
        When the column cannot hold it.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if column.type in _TYPED:
        return _TYPED[column.type](column, cell, habits)
    return _parse_text(column, cell_text(cell))


def cell_text(cell: Cell) -> str:
    """A cell as text: whole numbers without a decimal mark, days as year-month-day."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime():
            return cell.date().isoformat()
        case date():
            return cell.isoformat()
    return str(cell)


def day_precision(cell: Cell, habits: Habits) -> str:
    """How precisely a cell that holds a day says it: ``year``, ``month`` or ``day``."""
    return _read_day(cell, habits).precision


def _parse_number(column: Column, cell: Cell, habits: Habits) -> Value:
    value = _read_number(cell, habits)
    if not isfinite(value) or (column.type == "integer" and not value.is_integer()):
        raise UnusableCellError(BAD_NUMBER)
    return value if column.type == "number" else int(value)


def _read_number(cell: Cell, habits: Habits) -> float:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = cell_text(cell).strip()
    # A point is the template's own decimal mark, unless the column shows that it writes commas.
    if _NUMBER.fullmatch(text) and habits.numbers.decimal == ".":
        return float(text)
    try:
        number = read_number(text, habits.numbers)
    except NumberError:
        raise UnusableCellError(BAD_NUMBER) from None
    if number is None or number.is_ambiguous:
        raise UnusableCellError(BAD_NUMBER if number is None else OPEN_COMMA)
    return float(number.value)


def _parse_truth(_column: Column, cell: Cell, _habits: Habits) -> Value:
    truth = cell if isinstance(cell, bool) else truth_named(cell_text(cell))
    if truth is None:
        raise UnusableCellError(BAD_TRUTH)
    return truth


def _parse_day(column: Column, cell: Cell, habits: Habits) -> Value:
    day = _read_day(cell, habits)
    if day.precision != "day" and column.name not in (*PRECISIONS, *_PERIODS):
        raise UnusableCellError(BAD_DAY)
    return _last_day(day) if column.name in _LAST_DAYS else day.value


def _read_day(cell: Cell, habits: Habits) -> Day:
    """The day of a cell; the first one of a month or a year, with its precision."""
    if isinstance(cell, date):
        return Day(cell.date() if isinstance(cell, datetime) else cell)
    text = cell_text(cell).strip()
    try:
        if _DAY.fullmatch(text):
            return Day(date.fromisoformat(text))
        span = parse_day(cell, habits.days)
    except ValueError:
        raise UnusableCellError(BAD_DAY) from None
    if span is None or span.end is not None or span.is_cut:
        raise UnusableCellError(OPEN_DAY if span and span.is_cut else BAD_DAY)
    return span.start


def _last_day(day: Day) -> date:
    """The last day of a month or a year."""
    if day.precision == "day":
        return day.value
    month = 12 if day.precision == "year" else day.value.month
    return (day.value.replace(month=month, day=1) + _LONGEST_MONTH).replace(day=1) - timedelta(days=1)


def _parse_code(column: Column, cell: Cell, _habits: Habits) -> Value:
    code = column_code(column, cell_text(cell))
    if code is None:
        raise UnusableCellError(BAD_CODE, codes=", ".join(entry.code for entry in column.codes))
    return code


def _parse_reference(_column: Column, cell: Cell, _habits: Habits) -> Value:
    return format_identifier(cell_text(cell).strip())


def _parse_references(_column: Column, cell: Cell, _habits: Habits) -> Value:
    parts = [part for part in cell_text(cell).split(LIST_SEPARATOR) if part.strip()]
    return LIST_SEPARATOR.join(format_identifier(part.strip()) for part in parts) or None


_TYPED: Mapping[ColumnType, Callable[[Column, Cell, Habits], Value]] = {
    "number": _parse_number,
    "integer": _parse_number,
    "boolean": _parse_truth,
    "date": _parse_day,
    "code": _parse_code,
    "reference": _parse_reference,
    "references": _parse_references,
}


def _parse_text(column: Column, text: str) -> Value:
    if column.name in {"id", "about_id"}:
        return format_identifier(text.strip())
    if column.name == "iso3":
        return _parse_country(text)
    if not column.pattern:
        return text
    written = _in_form(column, text.strip())
    if not re.fullmatch(column.pattern, written):
        raise UnusableCellError(BAD_FORM, form=column.pattern)
    return written


def _in_form(column: Column, text: str) -> str:
    if column.name == "currency":
        return text.upper()
    if column.name == "unit":
        return code_named(UNITS, text) or text.lower().replace(" ", "_")
    return text.lower()


def _parse_country(text: str) -> str:
    iso3 = match_country(text)
    if iso3 is None:
        near = ", ".join(country_name(code, "en") for code in near_countries(normalised(text), 3))
        raise UnusableCellError(BAD_COUNTRY, near=near or "-")
    return iso3
