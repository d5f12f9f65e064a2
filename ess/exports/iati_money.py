"""Amounts as budgets and transactions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ess.exports.iati_elements import Element, Row, added, mark_columns
from geodata.codes import countries

TRANSACTION_TYPES = {"commitment": "2", "disbursement": "3", "expenditure": "4"}
_OWN = ("id", "iso3", "region", "share_basis", "source", "locator")
_CURRENCY = re.compile(r"[A-Z]{3}")


def is_of_the_standard(amount: Row) -> bool:
    """Whether IATI can hold an amount: it knows none without a value, a day and a currency of ISO 4217."""
    is_stated = amount["value"] is not None and amount["date"] is not None
    return is_stated and _CURRENCY.fullmatch(amount["currency"] or "") is not None


def add_amounts(element: Element, amounts: Sequence[Row], *, is_placed: bool) -> None:
    """Budgets, then transactions.

    Parameters
    ----------
    is_placed
        Whether the activity names a place; only then may a transaction name its own.
    """
    for amount in amounts:
        if amount["kind"] == "budget":
            budget = added(element, "budget")
            mark_columns(budget, amount, _OWN)
            added(budget, "period-start", iso_date=amount["date"])
            added(budget, "period-end", iso_date=amount["date"])
            _add_value(budget, amount)
    for amount in amounts:
        if amount["kind"] in TRANSACTION_TYPES:
            _add_transaction(element, amount, is_placed=is_placed)


def _add_transaction(element: Element, amount: Row, *, is_placed: bool) -> None:
    transaction = added(element, "transaction")
    mark_columns(transaction, amount, _OWN)
    added(transaction, "transaction-type", code=TRANSACTION_TYPES[amount["kind"]])
    added(transaction, "transaction-date", iso_date=amount["date"])
    _add_value(transaction, amount)
    country = countries().get(amount["iso3"] or "")
    if is_placed and country:
        added(transaction, "recipient-country", code=country.iso2)
    elif is_placed and amount["region"]:
        added(transaction, "recipient-region", code=amount["region"], vocabulary="2")


def _add_value(element: Element, amount: Row) -> None:
    added(element, "value", amount["value"], currency=amount["currency"], value_date=amount["date"])
