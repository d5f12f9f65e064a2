"""What can be wrong with a table of exchange rates, and with amounts that it cannot convert."""

from __future__ import annotations

from typing import Final, Literal

from ess.ingest.problems import Kind
from ess.locales import N_

Reason = Literal["undated", "no_rate", "unknown_currency"]

RATES_WITHOUT_CURRENCY: Final = Kind(
    "rates_without_currency",
    "warning",
    N_("{found} rates of the table name no currency; they are not used."),
    N_("codes of ISO 4217"),
)
RATES_OF_OTHERS: Final = Kind(
    "rates_of_others",
    "warning",
    N_(
        "The table states several rates of {found} for one date; the one of the country that issues the "
        "currency is used."
    ),
    N_("one rate a currency and date"),
)
RATES_DISAGREE: Final = Kind(
    "rates_disagree",
    "warning",
    N_("The table states several rates of {found} for one date; none of them is used."),
    N_("one rate a currency and date"),
)

NOT_CONVERTED: Final[dict[Reason, Kind]] = {
    "undated": Kind(
        "amount_undated",
        "warning",
        N_("The amount {found} has no date; it is not converted."),
        N_("a day, by which a rate is chosen"),
    ),
    "no_rate": Kind(
        "amount_without_rate",
        "warning",
        N_("The table states no rate for the amount {found} on {day}; it is not converted."),
        N_("a rate of its date"),
    ),
    "unknown_currency": Kind(
        "amount_in_unknown_currency",
        "warning",
        N_("The amount {found} is in no currency of ISO 4217; it is not converted."),
        N_("a code of ISO 4217"),
    ),
}
"""Why an amount is not converted."""
