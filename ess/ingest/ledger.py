"""What a set of records adds up to, by country, kind and currency, exactly to the cent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from ess.ingest.allocation import NOTHING, WHOLE, effective_percentages
from ess.ingest.records import Activity, Amount, FigureRow, Recipient, Record
from ess.portfolio.codes import FINANCE_KINDS

KINDS = tuple(entry.code for entry in FINANCE_KINDS)

Purse: TypeAlias = dict[tuple[str, str], Decimal]
"""Amounts by kind and currency."""


@dataclass
class CountryTotals:
    """What one country has: activities that name it, rows of figures, amounts that are allocated to it."""

    activities: int = 0
    figures: int = 0
    amounts: Purse = field(default_factory=dict)

    def record(self) -> dict[str, object]:
        """The totals as the report writes them; rows of figures only where there are any."""
        figures = {"figures": self.figures} if self.figures else {}
        return {"activities": self.activities, **figures, **_by_kind(self.amounts)}


@dataclass
class Ledger:
    """Counts and sums over records, added one by one.

    Attributes
    ----------
    equal
        Whether amounts without a published split are split equally.
    activities, placed, regional, unplaced, multi_country, sites
        Activities (rows of figures have no part in them but `placed`, `regional` and `unplaced`): with a
        country, with a region only, with neither, with several countries; and their points.
    figures
        Rows of figures that are no activity.
    by_country
        By ISO 3166-1 alpha-3.
    totals
        Every amount, allocated or not.
    """

    equal: bool = False
    activities: int = 0
    figures: int = 0
    placed: int = 0
    regional: int = 0
    unplaced: int = 0
    multi_country: int = 0
    sites: int = 0
    by_country: dict[str, CountryTotals] = field(default_factory=lambda: defaultdict(CountryTotals))
    totals: Purse = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Count one record in."""
        countries = {one.iso3 for one in record.recipients if one.iso3 is not None}
        if countries:
            self.placed += 1
        elif any(one.is_region for one in record.recipients):
            self.regional += 1
        else:
            self.unplaced += 1
        if isinstance(record, FigureRow):
            self.figures += 1
            for iso3 in countries:
                self.by_country[iso3].figures += 1
            return
        self.activities += 1
        self.multi_country += len(countries) > 1
        self.sites += len(record.sites)
        for iso3 in countries:
            self.by_country[iso3].activities += 1
        if record.amounts:
            self._add_amounts(record)

    def _add_amounts(self, activity: Activity) -> None:
        shared: Purse = {}
        for amount in activity.amounts:
            key = (amount.kind, amount.currency)
            self.totals[key] = self.totals.get(key, NOTHING) + amount.value
            if not amount.recipients:
                shared[key] = shared.get(key, NOTHING) + amount.value
            elif (iso3 := own_country(amount)) is not None:
                _put(self.by_country[iso3].amounts, key, amount.value)
        if activity.recipients_of_amounts:
            return
        for iso3, percentage in country_percentages(activity.recipients, equal=self.equal):
            amounts = self.by_country[iso3].amounts
            for key, value in shared.items():
                _put(amounts, key, value if percentage == WHOLE else value * percentage / WHOLE)

    def unallocated(self) -> Purse:
        """What no country has, by kind and currency: the total less what the countries have."""
        left = dict(self.totals)
        for country in self.by_country.values():
            for key, value in country.amounts.items():
                left[key] -= value
        return left

    def merge(self, other: Ledger) -> None:
        """Add what another ledger has."""
        for name in ("activities", "figures", "placed", "regional", "unplaced", "multi_country", "sites"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        _put_all(self.totals, other.totals)
        for iso3, country in other.by_country.items():
            mine = self.by_country[iso3]
            mine.activities += country.activities
            mine.figures += country.figures
            _put_all(mine.amounts, country.amounts)

    def record(self) -> dict[str, object]:
        """The ledger as the report writes it: amounts as numbers, by kind and currency."""
        return {
            "activities": self.activities,
            "placed": self.placed,
            "regional": self.regional,
            "unplaced": self.unplaced,
            "multi_country": self.multi_country,
            "sites": self.sites,
            "figures": self.figures,
            "by_country": {iso3: country.record() for iso3, country in sorted(self.by_country.items())},
            "totals": _by_kind(self.totals),
            "unallocated": _by_kind(self.unallocated()),
        }


def own_country(amount: Amount) -> str | None:
    """The country that an amount names itself: it is there whole.

    A region beside it repeats the place. Several countries, or one that is not recognised, give none.
    """
    countries = {one.iso3 for one in amount.recipients if not one.is_region}
    return countries.pop() if len(countries) == 1 else None


def country_percentages(recipients: Iterable[Recipient], *, equal: bool) -> list[tuple[str, Decimal]]:
    """Countries of an activity, one entry an element, with the percentage of each; zeros left out."""
    listed = list(recipients)
    if len(listed) == 1 and listed[0].percentage is None:
        return [(listed[0].iso3, WHOLE)] if listed[0].iso3 is not None else []
    percentages = effective_percentages(listed, equal=equal)
    return [
        (one.iso3, percentage)
        for one, percentage in zip(listed, percentages, strict=True)
        if one.iso3 is not None and percentage
    ]


def _put(purse: Purse, key: tuple[str, str], value: Decimal) -> None:
    purse[key] = purse.get(key, NOTHING) + value


def _put_all(purse: Purse, added: Mapping[tuple[str, str], Decimal]) -> None:
    for key, value in added.items():
        _put(purse, key, value)


def _by_kind(purse: Purse) -> dict[str, dict[str, float]]:
    by_kind: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
    for (kind, currency), value in sorted(purse.items()):
        by_kind[kind][currency] = float(value)
    return by_kind
