"""What can be counted by country: records, records of one type, figures of one indicator, amounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ess.analysis.vocabulary import Vocabulary
from ess.errors import SelectionError
from ess.locales import N_
from ess.portfolio.codes import ACTIVITY_TYPES, FINANCE_KINDS

ALL_RECORDS = "activities"
TYPES = tuple(entry.code for entry in ACTIVITY_TYPES)
AMOUNTS = tuple(entry.code for entry in FINANCE_KINDS)
RESULT_PREFIX = "result:"
EQUAL_SPLIT = "equal"


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    id
        As in the URL and on the command line: ``activities``, an activity type, ``result:<indicator>`` or
        a kind of amount.
    kind
        ``count`` of records, ``result`` of an indicator, or ``amount`` of money.
    code
        The activity type (None for all), the indicator, or the kind of amount.
    unit
        ``records``, the indicator's unit, or the currency. Values of different units are never compared.
    equal
        Of an amount: what has no published split is split equally over the places it is for. A convention,
        never what is shown first.
    """

    id: str
    kind: Literal["count", "result", "amount"]
    code: str | None
    unit: str
    equal: bool = False

    @property
    def key(self) -> str:
        """The measure in an address; an amount says its currency, because currencies are never added."""
        split = f":{EQUAL_SPLIT}" if self.equal else ""
        return f"{self.id}:{self.unit}{split}" if self.kind == "amount" else self.id


def list_measures(vocabulary: Vocabulary) -> list[Measure]:
    """Every measure that this snapshot can be asked for, counts first."""
    counts = [Measure(ALL_RECORDS, "count", None, "records")]
    counts += [Measure(code, "count", code, "records") for code in TYPES]
    results = [_result_measure(code, vocabulary) for code in vocabulary.mapped_indicators]
    amounts = [
        Measure(kind, "amount", kind, currency, equal)
        for kind in AMOUNTS
        for currency in vocabulary.currencies.get(kind, ())
        for equal in (False, True)[: 1 + ((kind, currency) in vocabulary.unsplit)]
    ]
    return counts + results + amounts


def parse_measure(
    text: str, vocabulary: Vocabulary, currency: str | None = None, *, equal: bool = False
) -> Measure:
    """The measure that `text` names; an amount may be asked for with an equal split.

    Raises
    ------
    SelectionError
        When there is no such measure, its indicator may not be mapped, or an amount needs a currency.
    """
    if text == ALL_RECORDS or text in TYPES:
        return Measure(text, "count", None if text == ALL_RECORDS else text, "records")
    if text.startswith(RESULT_PREFIX):
        code = text.removeprefix(RESULT_PREFIX)
        indicator = vocabulary.indicators.get(code)
        if indicator is not None and not indicator["mappable"]:
            raise SelectionError(
                N_("The indicator {found} may not be mapped: its figures do not describe countries."),
                found=code,
            )
        if indicator is not None:
            return _result_measure(code, vocabulary)
    if text in AMOUNTS:
        return Measure(text, "amount", text, _currency(text, vocabulary, currency), equal)
    raise SelectionError(
        N_("There is no measure {found}; expected one of: {expected}."),
        found=text,
        expected=", ".join(dict.fromkeys([*_ids(vocabulary), *AMOUNTS])),
    )


def _ids(vocabulary: Vocabulary) -> list[str]:
    return [measure.id for measure in list_measures(vocabulary)]


def _result_measure(code: str, vocabulary: Vocabulary) -> Measure:
    return Measure(RESULT_PREFIX + code, "result", code, vocabulary.indicators[code]["unit"] or "")


def _currency(kind: str, vocabulary: Vocabulary, wanted: str | None) -> str:
    """The currency to count in: the one asked for, else the only one there is.

    Amounts in different currencies are never added, so several without a choice is an error. A portfolio
    without amounts of this kind still answers (every country without a figure) in the unnamed currency.
    """
    known = vocabulary.currencies.get(kind, ())
    if wanted is not None and known and wanted not in known:
        raise SelectionError(
            N_("No {kind} is stated in {found}; expected one of: {expected}."),
            kind=kind,
            found=wanted,
            expected=", ".join(known),
        )
    if wanted is not None:
        return wanted
    if len(known) > 1:
        raise SelectionError(
            N_(
                "The portfolio states its {kind} amounts in {expected}: choose one with --currency, because "
                "amounts in different currencies are not added."
            ),
            kind=kind,
            expected=", ".join(known),
        )
    return known[0] if known else "?"
