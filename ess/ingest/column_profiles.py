"""What the values of a column look like, from its first rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Final, TypeVar

from ess.ingest.cells import is_blank, text_of
from ess.ingest.days import DayConvention, DayError, decide_order, parse_day
from ess.ingest.numbers import Convention, NumberError, decide_convention, read_number
from ess.ingest.place_lists import read_places
from ess.ingest.places import CodeKind, decide_kind
from ess.ingest.sheets import Cell, Sheet

Entry = TypeVar("Entry")

SAMPLE: Final = 2000
"""Rows from which the values of a column are judged."""

FEW: Final = 30
"""Distinct texts up to which a profile holds them all."""

DISTINCT: Final = 150
"""Distinct texts of a column that are tried as places."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A column's values: how many, how many distinct, and which share is what (0 to 1).

    `places` is the share of distinct texts that name countries or regions, `countries` only countries.
    `texts` are the distinct ones where they are few; the flags say that no cell decides how to read them.
    """

    heading: str
    filled: int = 0
    distinct: int = 0
    numbers: float = 0
    days: float = 0
    years: float = 0
    places: float = 0
    countries: float = 0
    kind: CodeKind = "names"
    length: float = 0
    lowest: float = 0
    highest: float = 0
    is_ambiguous: bool = False
    is_day_open: bool = False
    texts: tuple[str, ...] = ()


def profile_columns(sheet: Sheet) -> list[Profile]:
    """A profile of each column, from the first `SAMPLE` rows."""
    rows = [cells for _, cells in islice(sheet.lines(), SAMPLE)]
    return [
        profile_column(heading, [cells[place] for cells in rows])
        for place, heading in enumerate(sheet.columns)
    ]


def profile_column(heading: str, cells: Sequence[Cell]) -> Profile:
    """A profile of one column's cells."""
    stated = [cell for cell in cells if not is_blank(text_of(cell))]
    if not stated:
        return Profile(heading)
    texts = list(dict.fromkeys(text_of(cell) for cell in stated))
    convention = decide_convention(stated)
    numbers = [float(value) for cell in stated if (value := _number(cell, convention)) is not None]
    kind = decide_kind(text for text in texts if len(text) <= 3 or text.isdecimal())
    named = [read_places(text, kind) for text in texts[:DISTINCT] if len(text) < 200]
    return Profile(
        heading,
        len(stated),
        len(texts),
        len(numbers) / len(stated),
        _share(stated, _is_day),
        sum(1900 <= number <= 2100 and number == int(number) for number in numbers) / len(stated),
        _share(named, lambda pieces: bool(pieces) and all(one.reading.is_resolved for one in pieces)),
        _share(named, lambda pieces: bool(pieces) and all(one.reading.iso3 for one in pieces)),
        kind if all(len(text) <= 3 or not text.isalpha() for text in texts[:DISTINCT]) else "names",
        sum(len(text) for text in texts) / len(texts),
        min(numbers, default=0),
        max(numbers, default=0),
        not convention.is_certain,
        decide_order(stated).order is None,
        tuple(texts) if len(texts) <= FEW else (),
    )


def _share(entries: Sequence[Entry], holds: Callable[[Entry], bool]) -> float:
    return sum(holds(entry) for entry in entries) / len(entries) if entries else 0


def _number(cell: Cell, convention: Convention) -> Decimal | None:
    try:
        number = read_number(cell, convention)
    except NumberError:
        return None
    return None if number is None else number.value


def _is_day(cell: Cell) -> bool:
    if isinstance(cell, date):
        return True
    if not isinstance(cell, str):
        return False
    try:
        return parse_day(cell, DayConvention(None)) is not None
    except DayError:
        return False
