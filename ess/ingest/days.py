"""Days as other people write them: one order of day and month a column, decided over its cells.

A day whose order cannot be decided keeps its year; one that does not exist is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final, Literal

from babel import Locale

from ess.ingest.cells import is_blank, key_of, text_of
from ess.ingest.records import Day
from ess.ingest.sheets import Cell

Order = Literal["dmy", "mdy"]
Reason = Literal["not_a_date", "impossible_date", "year_out_of_range", "year_of_two_digits", "fiscal_year"]

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2100
SERIALS: Final = range(18264, 73416)
"""Excel's numbers of the days from 1950 to 2100."""

_EPOCH: Final = date(1899, 12, 30)
_MONTH_LANGUAGES: Final = ("en", "fr", "es", "pt", "ar")
_MORE_MONTHS: Final = {
    "sept": 9, "fevr": 2, "avr": 4, "juil": 7, "set": 9, "setiembre": 9, "ago": 8, "dic": 12, "dez": 12,
    "fev": 2, "abr": 4, "ene": 1, "aout": 8,
}  # fmt: skip

_CLOCK: Final = (
    r"(?:[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp]\.?[Mm]\.?)?(?: ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?)?"
)
_YEAR: Final = re.compile(r"(\d{4})(?:\.0)?")
_YEAR_FIRST: Final = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d{{1,2}})\2(?P<day>\d{{1,2}}){_CLOCK}")
_YEAR_LAST: Final = re.compile(rf"(\d{{1,2}})([-/. ])(\d{{1,2}})\2(\d{{4}}){_CLOCK}")
_SHORT_YEAR: Final = re.compile(rf"\d{{1,2}}([-/. ])\d{{1,2}}\1\d{{2}}{_CLOCK}")
_YEAR_AND_MONTH: Final = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})")
_MONTH_AND_YEAR: Final = re.compile(r"(?P<month>\d{1,2})[-/.](?P<year>\d{4})")
_YEARS: Final = re.compile(r"(\d{4}) ?[-–—/] ?(\d{4})")
_FISCAL: Final = re.compile(
    r"fy ?\d{2,4}(?: ?[-–/] ?\d{2,4})?|\d{4} ?[-–/] ?(?:1[3-9]|[2-9]\d)", re.IGNORECASE
)
_TWO_YEARS: Final = re.compile(r"\d\d(\d\d)/(\d\d)")
_BETWEEN_DAYS: Final = re.compile(r" (?:-|–|—|to|au|al|a|until|jusqu au|hasta|até) ", re.IGNORECASE)
_COMPACT: Final = re.compile(r"(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})")


class DayError(ValueError):
    """A cell that is no day; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class DayConvention:
    """How a column writes days.

    `order` is None where the cells allow both orders and none decides; `has_serials` where bare numbers are
    Excel's, because the column of a workbook holds real days as well.
    """

    order: Order | None = "dmy"
    has_serials: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A day, or the two ends of a stated period; `is_cut` where only the year of an unclear day was kept."""

    start: Day
    end: Day | None = None
    is_cut: bool = False


@dataclass
class DayEvidence:
    """What the cells of a column say of the order of day and month."""

    dmy: int = 0
    mdy: int = 0
    open: int = 0
    days: int = 0

    def add(self, cell: Cell) -> None:
        """Count a cell."""
        if isinstance(cell, date):
            self.days += 1
        elif isinstance(cell, str):
            for match in _YEAR_LAST.finditer(text_of(cell)):
                self._add(int(match.group(1)), int(match.group(3)))

    def _add(self, first: int, second: int) -> None:
        self.dmy += 12 < first <= 31 and second <= 12
        self.mdy += 12 < second <= 31 and first <= 12
        self.open += first <= 12 and second <= 12 and first != second

    def convention(self) -> DayConvention:
        """The order of most telling cells; None where unclear days stand beside no telling one."""
        if self.dmy == self.mdy:
            order: Order | None = None if self.open or self.dmy else "dmy"
        else:
            order = "dmy" if self.dmy > self.mdy else "mdy"
        return DayConvention(order, has_serials=self.days > 0)


def decide_order(cells: Iterable[Cell]) -> DayConvention:
    """The convention of a column, from all its cells."""
    evidence = DayEvidence()
    for cell in cells:
        evidence.add(cell)
    return evidence.convention()


def parse_day(cell: Cell, convention: DayConvention = DayConvention()) -> Span | None:
    """The day, month, year or period that a cell states; None for a blank one.

    Raises
    ------
    DayError
        For text that is no date, a day that does not exist, a year outside `FIRST_YEAR` to `LAST_YEAR`,
        a year of two digits, and a fiscal year, whose months nobody states.
    """
    if isinstance(cell, bool):
        raise DayError("not_a_date")
    if isinstance(cell, date):
        return Span(_day(cell.date() if isinstance(cell, datetime) else cell))
    if isinstance(cell, int | float):
        return _numbered(cell, convention)
    text = text_of(cell)
    return None if is_blank(text) else _read(text, convention)


def _numbered(value: float, convention: DayConvention) -> Span:
    if FIRST_YEAR <= value <= LAST_YEAR and value == int(value):
        return Span(Day(date(int(value), 1, 1), "year"))
    if convention.has_serials and value >= SERIALS.start and int(value) in SERIALS:
        return Span(_day(_EPOCH + timedelta(days=int(value))))
    raise DayError("not_a_date")


def _day(day: date) -> Day:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DayError("year_out_of_range")
    return Day(day)


@lru_cache(maxsize=65536)
def _read(text: str, convention: DayConvention) -> Span:
    plain = _ascii_digits(text)
    if (years := _YEARS.fullmatch(plain)) and years.group(1) <= years.group(2):
        return Span(_year(years.group(1)), _year(years.group(2)))
    ends = _BETWEEN_DAYS.split(plain)
    if len(ends) == 2 and all(re.search(r"\d", end) for end in ends):
        first, last = (_single(end, convention) for end in ends)
        return Span(first.start, last.start, first.is_cut or last.is_cut)
    return _single(plain, convention)


def _single(text: str, convention: DayConvention) -> Span:
    if match := _YEAR_LAST.fullmatch(text):
        return _ordered(match.group(1), match.group(3), match.group(4), convention)
    if _SHORT_YEAR.fullmatch(text):
        raise DayError("year_of_two_digits")
    if _is_fiscal(text):
        raise DayError("fiscal_year")
    return Span(_clear(text))


def _is_fiscal(text: str) -> bool:
    """Whether a text is a year of accounts: ``FY2023/24``, ``2023/24``; ``2010/11`` too, hardly November."""
    two = _TWO_YEARS.fullmatch(text)
    follows = two is not None and (int(two.group(1)) + 1) % 100 == int(two.group(2))
    return follows or _FISCAL.fullmatch(text) is not None


def _clear(text: str) -> Day:
    """A day, month or year whose parts nobody can mistake."""
    if match := _YEAR.fullmatch(text):
        return _year(match.group(1))
    if match := _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text):
        return _calendar_day(*match.group("year", "month", "day"))
    if match := _YEAR_AND_MONTH.fullmatch(text) or _MONTH_AND_YEAR.fullmatch(text):
        return _month(match.group("year"), int(match.group("month")))
    return _in_words(text)


def _ordered(first: str, second: str, year: str, convention: DayConvention) -> Span:
    if first == second or (convention.order is None and max(int(first), int(second)) > 12):
        is_month_first = int(second) > 12
    elif convention.order is None:
        return Span(_year(year), is_cut=True)
    else:
        is_month_first = convention.order == "mdy"
    day, month = (second, first) if is_month_first else (first, second)
    return Span(_calendar_day(year, month, day))


def _calendar_day(year: str, month: str, day: str) -> Day:
    try:
        return _day(date(int(year), int(month), int(day)))
    except DayError:
        raise
    except ValueError as error:
        raise DayError("impossible_date") from error


def _month(year: str, month: int) -> Day:
    return Day(_calendar_day(year, str(month), "1").value, "month")


def _year(year: str) -> Day:
    return Day(_calendar_day(year, "1", "1").value, "year")


def _in_words(text: str) -> Day:
    """A day or a month with the month's name: "27 July, 2007", "July 27 2007", "mars 2010"."""
    words = re.sub(r"(?<=\d)(?:st|nd|rd|th|er|ère|º|°|ª|o)\b", "", text, flags=re.IGNORECASE)
    parts = [
        part for part in key_of(words).split() if part not in {"de", "del", "do", "of", "le", "the", "في"}
    ]
    months = [months_by_name()[part] for part in parts if part in months_by_name()]
    numbers = [part for part in parts if part.isdecimal()]
    if len(months) != 1 or len(parts) != len(numbers) + 1:
        raise DayError("not_a_date")
    match sorted(numbers, key=len):
        case [year] if len(year) == 4:
            return _month(year, months[0])
        case [day, year] if len(year) == 4 and len(day) <= 2:
            return _calendar_day(year, str(months[0]), day)
        case [_] | [_, _]:
            raise DayError("year_of_two_digits")
        case _:
            raise DayError("not_a_date")


@cache
def months_by_name() -> Mapping[str, int]:
    """Months by the key of their names and short names in English, French, Spanish, Portuguese, Arabic."""
    named = {key_of(name): month for month, name in _month_names()}
    return MappingProxyType(_MORE_MONTHS | {name: month for name, month in named.items() if " " not in name})


def _month_names() -> Iterator[tuple[int, str]]:
    for language in (*_MONTH_LANGUAGES, "ar_MA", "ar_DZ", "ar_IQ"):
        for context in Locale.parse(language).months.values():
            for width in ("wide", "abbreviated"):
                yield from ((month, name) for month, name in context[width].items() if not name.isdecimal())


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in text)


def parse_order(text: str) -> DayConvention:
    """The convention that a mapping file names: ``dmy`` or ``mdy``.

    Raises
    ------
    KeyError
        For anything else.
    """
    orders: dict[str, Order] = {"dmy": "dmy", "mdy": "mdy"}
    return DayConvention(orders[text])
