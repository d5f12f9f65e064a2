"""Exchange rates of a table that the user names: what it states, by currency and date, and nothing besides.

Every rate is one of the table or a cross rate of two that it states for the same date. Whether the table
counts units per base or the base per unit follows from what it says of itself, or from currencies whose worth
nobody can mistake; where neither tells, the table is refused.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from ess.errors import BadInput
from ess.ingest.digest import content_digest
from ess.ingest.rate_faults import RATES_DISAGREE, RATES_OF_OTHERS, RATES_WITHOUT_CURRENCY
from ess.ingest.rate_rows import Precision, RateRow, RateRows, read_rate_rows, said_direction
from ess.ingest.report import FileReport
from ess.locales import N_

ONE: Final = Decimal(1)
_BASES: Final = ("USD", "EUR", "XDR", "GBP", "CHF", "JPY", "CAD", "AUD", "CNY", "ZAR")
"""Where several currencies stand at 1 throughout, the others are pegged to the first of these."""

_HARD: Final = ("USD", "EUR", "GBP", "CHF", "XDR")
_SMALL: Final = ("JPY", "KRW", "IDR", "VND", "XOF", "XAF", "INR", "PKR", "LKR", "NPR", "HUF", "CLP")
MARGIN: Final = 10
"""One unit of a hard currency has been worth more than so many of a small one in every month since 1990."""

_XDR_NAMES: Final = {"xdr", "sdr", "dts"}
_LENGTHS: Final[Mapping[Precision, int]] = {"year": 4, "month": 7, "day": 10}


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in another.

    `period` is the day, month or year that the table states it for (``2016-03``), empty for a currency and
    itself; `base` is the currency it was crossed through, empty where the table does not name it.
    """

    value: Decimal
    period: str
    base: str


@dataclass(frozen=True)
class RateTable:
    """The rates of one file.

    Attributes
    ----------
    sha256
        Of the file's bytes.
    format
        ``csv_long`` or ``json_long`` (a row a rate), ``csv_wide`` or ``json_wide`` (a column a currency).
    base
        The currency that rates are stated against; empty where nothing names it.
    precision
        What one rate stands for: a day, a month or a year.
    is_per_base
        Whether rates count units of a currency per base; else the base per unit.
    rates
        By currency and period; finite and positive.
    """

    name: str
    sha256: str
    format: str
    base: str
    precision: Precision
    is_per_base: bool
    rates: Mapping[str, Mapping[str, Decimal]] = field(repr=False)

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies that can be converted."""
        return frozenset(self.rates) | ({self.base} if self.base else frozenset())

    def rate(self, currency: str, into: str, day: date) -> Rate | None:
        """The rate of a day; None where the table states none for it.

        A table of months or years states one for the whole of it. In a table of days it is that of the day
        itself or of the last one before it in its month, never of a later one; both currencies must be stated
        for the same day.
        """
        if currency == into:
            return Rate(ONE, "", self.base)
        for period in _periods(day, self.precision):
            mine, theirs = self._stated(currency, period), self._stated(into, period)
            if mine is not None and theirs is not None:
                return Rate(theirs / mine if self.is_per_base else mine / theirs, period, self.base)
        return None

    def _stated(self, currency: str, period: str) -> Decimal | None:
        return ONE if currency == self.base else self.rates.get(currency, {}).get(period)


def _periods(day: date, precision: Precision) -> Iterator[str]:
    iso = day.isoformat()
    if precision == "day":
        yield from (f"{iso[:8]}{number:02}" for number in range(day.day, 0, -1))
    else:
        yield iso[: _LENGTHS[precision]]


def read_rates(path: Path, report: FileReport | None = None) -> RateTable:
    """Read a table of exchange rates.

    Parameters
    ----------
    report
        Where rows that cannot be used are noted.

    Raises
    ------
    BadInput
        For a file that is no such table, rates that are not positive numbers, dates that cannot be read, and
        a table that does not show in which direction it counts.
    """
    report = FileReport(path.name) if report is None else report
    rows = read_rate_rows(path, report)
    precision = _precision(rows)
    rates = _by_currency(rows, precision, report)
    if not rates:
        raise BadInput(
            N_("{name} states no rate; expected one at least, with a date and a currency of ISO 4217."),
            code="no_rates",
            name=path.name,
        )
    stated = said_direction(rows.texts)
    base = _base(rates, rows, stated.base)
    return RateTable(
        path.name,
        content_digest(path),
        rows.format,
        base,
        precision,
        _is_per_base(rates, base, stated.is_per_base, path.name),
        rates,
    )


def _precision(rows: RateRows) -> Precision:
    """What one rate stands for: days that stand once a month make a table of months."""
    stated = {row.precision for row in rows.rows}
    if len(stated) > 1:
        raise BadInput(
            N_("{name} mixes days, months and years; expected dates that are all written alike."),
            code="rates_mixed_dates",
            name=rows.name,
        )
    precision: Precision = next(iter(stated), "day")
    return "month" if precision == "day" and _is_monthly(rows.rows) else precision


def _is_monthly(rows: list[RateRow]) -> bool:
    """Whether no currency has two days in a month.

    A lone day that neither begins nor ends its month is no month.
    """
    days: dict[tuple[str, int, int], date] = {}
    for row in rows:
        if days.setdefault((row.currency, row.day.year, row.day.month), row.day) != row.day:
            return False
    distinct = {(day.year, day.month) for day in days.values()}
    return len(distinct) > 1 or all(_is_edge(day) for day in days.values())


def _is_edge(day: date) -> bool:
    return day.day in {1, monthrange(day.year, day.month)[1]}


def _by_currency(rows: RateRows, precision: Precision, report: FileReport) -> dict[str, dict[str, Decimal]]:
    """Rates by currency and period; where rows disagree, that of the issuer or none."""
    length = _LENGTHS[precision]
    found: dict[tuple[str, str], list[RateRow]] = {}
    for row in rows.rows:
        found.setdefault((row.currency, row.day.isoformat()[:length]), []).append(row)
    rates: dict[str, dict[str, Decimal]] = {}
    others: set[str] = set()
    unclear: set[str] = set()
    for (currency, period), stated in found.items():
        values = {row.value for row in stated}
        if len(values) > 1:
            values = {row.value for row in stated if row.country == currency[:2]}
            (others if len(values) == 1 else unclear).add(currency)
        if len(values) == 1:
            rates.setdefault(currency, {})[period] = values.pop()
    for kind, names in ((RATES_OF_OTHERS, others), (RATES_DISAGREE, unclear)):
        if names:
            report.add(kind, found=", ".join(sorted(names)))
    if rows.unnamed:
        report.add(RATES_WITHOUT_CURRENCY, found=rows.unnamed)
    return rates


def _base(rates: Mapping[str, Mapping[str, Decimal]], rows: RateRows, stated: str) -> str:
    """The currency that stands at 1 throughout, else the one that headings or the file's name state."""
    ones = {currency for currency, by_period in rates.items() if set(by_period.values()) == {ONE}}
    if stated:
        return stated if stated in ones or stated not in rates else ""
    if ones:
        return next((base for base in _BASES if base in ones), min(ones) if len(ones) == 1 else "")
    return "XDR" if "XDR" not in rates and not _XDR_NAMES.isdisjoint(rows.words) else ""


def _is_per_base(
    rates: Mapping[str, Mapping[str, Decimal]],
    base: str,
    stated: bool | None,  # noqa: FBT001 - one of the things compared
    name: str,
) -> bool:
    seen = set(_seen_directions(rates, base)) | ({stated} if stated is not None else set())
    if len(seen) != 1:
        raise BadInput(
            N_(
                "It is not clear whether {name} states units of each currency per unit of a main currency or "
                "the reverse; say it in the heading of the rates or in the name of the file, for example "
                "“rate per USD” or “USD per unit”."
            ),
            code="rates_direction",
            name=name,
        )
    return seen.pop()


def _seen_directions(rates: Mapping[str, Mapping[str, Decimal]], base: str) -> Iterator[bool]:
    """What small and large currencies say of the direction, wherever both are stated for a period.

    Both directions where two are too close: rates for a hundred yen, for example.
    """
    for small in _SMALL:
        for period, value in rates.get(small, {}).items():
            for hard in _HARD:
                other = ONE if hard == base else rates.get(hard, {}).get(period)
                if other is not None:
                    yield from _directions_of(value / other)


def _directions_of(ratio: Decimal) -> tuple[bool, ...]:
    if ratio >= MARGIN:
        return (True,)
    return (False,) if ratio * MARGIN <= 1 else (True, False)
