"""The rows of a table of exchange rates, as a file states them.

CSV or JSON, a row a rate or a column a currency.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Literal, NoReturn, TypeAlias, get_args

from ess.errors import BadInput
from ess.ingest.cells import key_of, text_of
from ess.ingest.days import DayConvention, DayError, decide_order, months_by_name, parse_day
from ess.ingest.delimited import read_delimited
from ess.ingest.limits import MEGABYTE
from ess.ingest.numbers import LARGEST, Convention, NumberError, NumberEvidence, currencies, read_number
from ess.ingest.problems import cut
from ess.ingest.report import FileReport
from ess.locales import N_

MOST_BYTES: Final = 20 * MEGABYTE
SMALLEST: Final = 1 / LARGEST
MOST_DIGITS: Final = 20
LISTED: Final = 12
"""Headings that a sentence quotes."""

NO_CURRENCY: Final = frozenset({"XXX", "XTS"})
"""Codes of ISO 4217 that stand for no currency, and for tests."""

_HEADINGS: Final[Mapping[str, str]] = {
    "date": "date|day|period|time period|ref date|jour|periode|fecha|data|التاريخ",
    "month": "month|mois|mes|الشهر",
    "year": "year|annee|ano|السنة",
    "currency": "currency|currency code|currency id|iso 4217|devise|code devise|monnaie|moneda|moeda|العملة",
    "rate": "rate|value|exchange rate|obs value|taux|taux de change|cours|valeur|tasa|valor|tipo de cambio|"
            "taxa|taxa de cambio|سعر الصرف",
    "unit": "unit|units|unite|unites|unidad|unidades|unidade|nominal|quotite|quantity|الوحدة",
    "country": "country code|code pays|iso2|country iso2|codigo pais",
}  # fmt: skip
"""Keys of headings by meaning."""

_MEANINGS: Final = {
    key_of(word): meaning for meaning, words in _HEADINGS.items() for word in words.split("|")
}
_MOMENTS: Final = ("date", "month", "year")

_PER_BASE: Final = re.compile(r"\b(?:per|par|por) (?:1 )?([a-z]{3})\b")
_PER_UNIT: Final = re.compile(
    r"\b([a-z]{3}) (?:per|par|por) (?:1 )?(?:unit|unite|unidad|unidade|currency|devise)\b"
)

Precision = Literal["day", "month", "year"]

Row: TypeAlias = Sequence[Any]


@dataclass(frozen=True, slots=True)
class RateRow:
    """One rate as stated; `country` is the ISO 3166-1 alpha-2 code beside it, if any."""

    currency: str
    day: date
    precision: Precision
    value: Decimal
    country: str = ""


@dataclass(frozen=True)
class RateRows:
    """The rates of a file.

    `unnamed` counts those without a currency; `texts` are keys of what the file says of its rates: headings
    and its name.
    """

    name: str
    format: str
    rows: list[RateRow]
    unnamed: int
    texts: tuple[str, ...]

    @property
    def words(self) -> frozenset[str]:
        """The words of `texts`."""
        return frozenset(word for text in self.texts for word in text.split())


@dataclass(frozen=True)
class Direction:
    """What a file says of its rates: the base, and whether they count units per base; None if nothing."""

    base: str = ""
    is_per_base: bool | None = None


def said_direction(texts: Iterable[str]) -> Direction:
    """The direction that headings or a name state, such as ``rate per USD`` and ``USD per unit``."""
    for text in texts:
        for pattern, is_per_base in ((_PER_UNIT, False), (_PER_BASE, True)):
            match = pattern.search(text)
            if match and is_currency(match.group(1).upper()):
                return Direction(match.group(1).upper(), is_per_base)
    return Direction()


def read_rate_rows(path: Path, report: FileReport) -> RateRows:
    """The rates of a file, one by one.

    Raises
    ------
    BadInput
        See `ess.ingest.rates.read_rates`.
    """
    _check_file(path)
    is_json = path.suffix.lower() == ".json"
    columns, lines = _read_json(path) if is_json else _read_csv(path, report)
    table = _Table(path.name, lines, find_columns(columns, path.name))
    rows = list(table.rates())
    return RateRows(
        path.name,
        f"{'json' if is_json else 'csv'}_{'wide' if table.columns.currencies else 'long'}",
        [row for row in rows if row.currency],
        sum(not row.currency for row in rows),
        (*(key_of(columns[place]) for place in table.columns.values), key_of(path.stem)),
    )


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise BadInput(N_("{name} is no file; expected the path of one."), code="no_file", name=path.name)
    if path.suffix.lower() not in {".csv", ".tsv", ".txt", ".json"}:
        raise BadInput(
            N_("{name} is no table of rates; expected a CSV or a JSON file."),
            code="rates_kind",
            name=path.name,
        )
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(
            N_("{name} has more than {most} MB; give a table of rates with the months that are needed."),
            code="rates_too_large",
            name=path.name,
            most=MOST_BYTES // MEGABYTE,
        )


def _read_csv(path: Path, report: FileReport) -> tuple[tuple[str, ...], list[tuple[int, Row]]]:
    sheet = read_delimited(path, report)
    return sheet.columns, list(sheet.lines())


def _read_json(path: Path) -> tuple[tuple[str, ...], list[tuple[int, Row]]]:
    """The objects of a JSON list as rows, counted from 1."""
    try:
        said = json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise _no_list(path.name) from error
    if not isinstance(said, list) or not said or not all(isinstance(one, dict) for one in said):
        raise _no_list(path.name)
    columns = tuple(dict.fromkeys(name for one in said for name in one))
    return columns, [(number, [one.get(name) for name in columns]) for number, one in enumerate(said, 1)]


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def _no_list(name: str) -> BadInput:
    return BadInput(
        N_("{name} cannot be read as a table of rates; expected a JSON list of objects such as {example}."),
        code="rates_json",
        name=name,
        example='{"year": 2016, "month": 3, "currency_id": "EUR", "value": 0.7957}',
    )


@dataclass(frozen=True)
class RateColumns:
    """What the columns of a table mean.

    Attributes
    ----------
    places
        Of ``date``, ``month``, ``year``, ``currency``, ``rate``, ``unit`` and ``country``, if any.
    currencies
        Of each currency that has a column of its own; empty where rows name their currency.
    """

    places: Mapping[str, int]
    currencies: Mapping[int, str]

    @property
    def values(self) -> tuple[int, ...]:
        """Places of the columns with rates."""
        return tuple(self.currencies) or (self.places["rate"],)

    def currency(self, cells: Row, place: int) -> str:
        """The currency of a rate; empty where the row names none of ISO 4217."""
        code = self.currencies.get(place) or text_of(cells[self.places["currency"]]).upper()
        return code if is_currency(code) else ""

    def country(self, cells: Row) -> str:
        """The country code beside a rate, if any."""
        return text_of(cells[self.places["country"]]).upper() if "country" in self.places else ""

    def moment(self, cells: Row) -> str:
        """The date of a row as text; a year and a month in two columns made one."""
        texts = {name: text_of(cells[self.places[name]]) for name in _MOMENTS if name in self.places}
        if "date" in texts or len(texts) == 1:
            return texts.get("date") or "".join(texts.values())
        return f"{texts['year']}-{months_by_name().get(key_of(texts['month']), texts['month'])}"


def is_currency(code: str) -> bool:
    """Whether a code of ISO 4217 names a currency, in use or not."""
    return code in currencies() and code not in NO_CURRENCY


def find_columns(columns: Sequence[str], name: str) -> RateColumns:
    """What the columns of a table mean.

    Raises
    ------
    BadInput
        Where they are not those of a table of rates.
    """
    places: dict[str, int] = {}
    for place, column in enumerate(columns):
        key = key_of(column)
        if meaning := _MEANINGS.get(key) or ("rate" if said_direction([key]).base else ""):
            places.setdefault(meaning, place)
    by_currency = {} if {"currency", "rate"} <= places.keys() else _currencies_of(columns)
    if not places.keys() & set(_MOMENTS) or not (by_currency or {"currency", "rate"} <= places.keys()):
        raise BadInput(
            N_(
                "{name} has no columns of a table of rates (its headings: {found}); expected a date, or a "
                "year and a month, and either a currency and a rate or one column a currency."
            ),
            code="rates_headings",
            name=name,
            found=cut(", ".join(columns[:LISTED])),
        )
    return RateColumns(places, by_currency)


def _currencies_of(columns: Sequence[str]) -> dict[int, str]:
    return {place: column.strip() for place, column in enumerate(columns) if is_currency(column.strip())}


@dataclass(frozen=True)
class _Table:
    """Rows and what their columns mean."""

    name: str
    lines: list[tuple[int, Row]]
    columns: RateColumns

    def rates(self) -> Iterator[RateRow]:
        """Every rate that is stated; an empty currency where none is named."""
        numbers, days = self._numbers(), self._days()
        for line, cells in self.lines:
            stated = [(place, self._rate(line, cells[place], numbers)) for place in self.columns.values]
            if all(value is None for _, value in stated):
                continue
            self._check_unit(line, cells)
            day, precision = self._day(line, self.columns.moment(cells), days)
            country = self.columns.country(cells)
            for place, value in stated:
                if value is not None:
                    yield RateRow(self.columns.currency(cells, place), day, precision, value, country)

    def _numbers(self) -> Convention:
        """How the table writes numbers; a table that leaves it open is refused."""
        evidence = NumberEvidence()
        for _, cells in self.lines:
            for place in self.columns.values:
                evidence.add(cells[place])
        convention = evidence.convention()
        if not convention.is_certain or (evidence.point and evidence.comma):
            raise BadInput(
                N_(
                    "{name} does not show whether its rates have a decimal point or a decimal comma; write "
                    "them in one way and with more decimals."
                ),
                code="rates_numbers",
                name=self.name,
            )
        return convention

    def _days(self) -> DayConvention:
        place = self.columns.places.get("date")
        return DayConvention() if place is None else decide_order(cells[place] for _, cells in self.lines)

    def _rate(self, line: int, cell: object, convention: Convention) -> Decimal | None:
        """A rate, finite and positive; None for a blank cell."""
        try:
            value = cell if isinstance(cell, Decimal) else _stated_number(cell, convention)
        except (NumberError, OverflowError):
            value = Decimal(0)
        if value is None or SMALLEST <= value <= LARGEST:
            return value
        raise BadInput(
            N_("Line {line} of {name} has the rate {found}; expected a positive number."),
            code="rates_value",
            name=self.name,
            line=line,
            found=cut(cell),
        )

    def _check_unit(self, line: int, cells: Row) -> None:
        """A rate must be for one unit; text in the column says nothing of it."""
        written = text_of(cells[self.columns.places["unit"]]) if "unit" in self.columns.places else ""
        if written.isdecimal() and int(written[:MOST_DIGITS]) != 1:
            raise BadInput(
                N_("Line {line} of {name} has a rate for {found} units; give rates for one unit."),
                code="rates_units",
                name=self.name,
                line=line,
                found=cut(written),
            )

    def _day(self, line: int, written: str, convention: DayConvention) -> tuple[date, Precision]:
        try:
            span = parse_day(written, convention)
        except DayError:
            span = None
        if span is None or span.end is not None or span.is_cut:
            raise BadInput(
                N_("Line {line} of {name} has the date {found}; expected one such as 2024-05-31 or 2024-05."),
                code="rates_date",
                name=self.name,
                line=line,
                found=cut(written),
            )
        (precision,) = (one for one in _PRECISIONS if one == span.start.precision)
        return span.start.value, precision


_PRECISIONS: Final[tuple[Precision, ...]] = get_args(Precision)


def _stated_number(cell: Any, convention: Convention) -> Decimal | None:
    """The number of a cell; nothing else is one, and a percentage is none."""
    if not isinstance(cell, str | int | None):
        raise NumberError("not_a_number")
    number = read_number(cell, convention)
    if number is not None and number.is_percent:
        raise NumberError("not_a_number")
    return None if number is None else number.value
