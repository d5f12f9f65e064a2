"""Amounts in one currency, beside those as published: by the user's rates, rate and date kept.

A converted amount goes the way of the published one: it is counted by the same rule, in a ledger of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ess.ingest.allocation import NOTHING
from ess.ingest.ledger import Ledger, Purse
from ess.ingest.rate_faults import NOT_CONVERTED, Reason
from ess.ingest.rate_rows import is_currency
from ess.ingest.rates import Rate, RateTable
from ess.ingest.records import Activity, Amount, Record
from ess.ingest.report import FileReport

DEFAULT_CURRENCY = "USD"


@dataclass
class Left:
    """Amounts that were not converted: their sum in their currency, and their number."""

    value: Decimal = NOTHING
    amounts: int = 0

    def add(self, value: Decimal, amounts: int = 1) -> None:
        """Count more in."""
        self.value += value
        self.amounts += amounts


@dataclass
class Converted:
    """What became of amounts.

    Attributes
    ----------
    ledger
        Those converted, allocated.
    stated
        Those converted as they were published: with `left` they make the whole.
    used
        Rates, and how many amounts each converted, by currency and period.
    left
        Those not converted, by kind, currency and reason.
    """

    ledger: Ledger
    stated: Purse = field(default_factory=dict)
    used: dict[tuple[str, str], tuple[Rate, int]] = field(default_factory=dict)
    left: dict[tuple[str, str, Reason], Left] = field(default_factory=dict)

    def use(self, amount: Amount, rate: Rate) -> None:
        """Note that a rate converted an amount."""
        key = (amount.kind, amount.currency)
        self.stated[key] = self.stated.get(key, NOTHING) + amount.value
        self._use(amount.currency, rate, 1)

    def leave(self, amount: Amount, reason: Reason) -> None:
        """Note that an amount is not converted."""
        self.left.setdefault((amount.kind, amount.currency, reason), Left()).add(amount.value)

    def merge(self, other: Converted) -> None:
        """Add what another part of a file gave."""
        self.ledger.merge(other.ledger)
        for key, value in other.stated.items():
            self.stated[key] = self.stated.get(key, NOTHING) + value
        for (currency, _), (rate, amounts) in other.used.items():
            self._use(currency, rate, amounts)
        for place, left in other.left.items():
            self.left.setdefault(place, Left()).add(left.value, left.amounts)

    def _use(self, currency: str, rate: Rate, amounts: int) -> None:
        key = (currency, rate.period)
        self.used[key] = (rate, self.used.get(key, (rate, 0))[1] + amounts)


def build_converter(table: RateTable, into: str, *, equal: bool) -> Converter:
    """A converter that has converted nothing yet; `equal` as of a `Ledger`."""
    return Converter(table, into, Converted(Ledger(equal=equal)))


@dataclass
class Converter:
    """Converts amounts with the rates of a table, and keeps count."""

    table: RateTable
    into: str
    converted: Converted
    _rates: dict[tuple[str, date | None], Rate | Reason] = field(default_factory=dict)

    def add(self, record: Record, report: FileReport) -> None:
        """Convert the amounts of a record; those that cannot be are noted in the report."""
        if not isinstance(record, Activity) or not record.amounts:
            return
        amounts = []
        for amount in record.amounts:
            rate = self.rate(amount)
            if isinstance(rate, Rate):
                self.converted.use(amount, rate)
                amounts.append(replace(amount, value=amount.value * rate.value, currency=self.into))
            else:
                self.converted.leave(amount, rate)
                _note(report, record.row, amount, rate)
        if amounts:
            self.converted.ledger.add(
                Activity(
                    record.row,
                    recipients=record.recipients,
                    recipients_of_amounts=record.recipients_of_amounts,
                    amounts=amounts,
                )
            )

    def rate(self, amount: Amount) -> Rate | Reason:
        """The rate of an amount, or why there is none; an amount in the wanted currency needs none."""
        key = (amount.currency, amount.day)
        if key not in self._rates:
            self._rates[key] = self._find(amount)
        return self._rates[key]

    def _find(self, amount: Amount) -> Rate | Reason:
        if amount.currency == self.into:
            return Rate(Decimal(1), "", self.table.base)
        if not is_currency(amount.currency):
            return "unknown_currency"
        if amount.day is None:
            return "undated"
        return self.table.rate(amount.currency, self.into, amount.day) or "no_rate"

    def record(self) -> dict[str, object]:
        """The conversion as the report writes it."""
        table, done = self.table, self.converted
        countries = sorted(done.ledger.by_country.items())
        return {
            "currency": self.into,
            "rates": {
                "file": table.name,
                "sha256": table.sha256,
                "format": table.format,
                "base": table.base or None,
                "precision": table.precision,
            },
            "totals": _by_kind(done.ledger.totals),
            "by_country": {iso3: _by_kind(one.amounts) for iso3, one in countries if one.amounts},
            "unallocated": _by_kind(done.ledger.unallocated()),
            "published": _by_kind_and_currency(done.stated),
            "used": [
                {
                    "currency": currency,
                    **({table.precision: period} if period else {}),
                    "rate": float(rate.value),
                    "amounts": amounts,
                }
                for (currency, period), (rate, amounts) in sorted(done.used.items())
            ],
            "not_converted": self._left(),
        }

    def _left(self) -> dict[str, dict[str, list[dict[str, object]]]]:
        left: dict[str, dict[str, list[dict[str, object]]]] = {}
        for (kind, currency, reason), one in sorted(self.converted.left.items()):
            entry: dict[str, object] = {"value": float(one.value), "amounts": one.amounts, "reason": reason}
            left.setdefault(kind, {}).setdefault(currency, []).append(entry)
        return left


def _note(report: FileReport, row: int, amount: Amount, reason: Reason) -> None:
    day = amount.day.isoformat() if amount.day else ""
    report.add(NOT_CONVERTED[reason], row, amount.kind, f"{amount.value:f} {amount.currency}", day=day)


def _by_kind(purse: Mapping[tuple[str, str], Decimal]) -> dict[str, float]:
    return {kind: float(value) for (kind, _), value in sorted(purse.items())}


def _by_kind_and_currency(purse: Mapping[tuple[str, str], Decimal]) -> dict[str, dict[str, float]]:
    by_kind: dict[str, dict[str, float]] = {}
    for (kind, currency), value in sorted(purse.items()):
        by_kind.setdefault(kind, {})[currency] = float(value)
    return by_kind
