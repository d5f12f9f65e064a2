"""The kinds of problems that cells and rows of a mapped table may have."""

from __future__ import annotations

from typing import Final

from ess.ingest.problems import Kind
from ess.locales import N_

BAD_NUMBER: Final = Kind(
    "bad_number", "error", N_("“{found}” is no number; the cell counts for nothing."), N_("a number")
)
NUMBER_NOT_FINITE: Final = Kind(
    "number_out_of_range",
    "error",
    N_("“{found}” is no finite number below a million million million; the cell counts for nothing."),
    N_("a finite number"),
)
NUMBER_WITH_MULTIPLIER: Final = Kind(
    "number_with_multiplier",
    "error",
    N_(
        "“{found}” says thousands, millions or billions in a word; it is not guessed, the "
        "cell counts for nothing."
    ),
    N_("all digits of the number"),
)
NUMBER_AGAINST_CONVENTION: Final = Kind(
    "number_against_convention",
    "error",
    N_("“{found}” does not fit the column, which writes numbers as {example}; the cell counts for nothing."),
    N_("a number written as {example}"),
)
AMBIGUOUS_NUMBER: Final = Kind(
    "ambiguous_number",
    "warning",
    N_(
        "“{found}” could be read in two ways and no cell of the column decides; it is read as {read}. "
        "Say “numbers: {{{column_name}: '1.234,56'}}” in the mapping if the sign groups thousands."
    ),
    N_("a number that can be read in one way"),
)
PERCENT_IN_AMOUNT: Final = Kind(
    "percent_in_amount",
    "error",
    N_("“{found}” is a percentage in a column of amounts or figures; the cell counts for nothing."),
    N_("an amount"),
)
BAD_DATE: Final = Kind(
    "bad_date", "error", N_("“{found}” is no date; it is left out."), N_("a day, a month or a year")
)
IMPOSSIBLE_DATE: Final = Kind(
    "impossible_date",
    "error",
    N_("“{found}” is no day of the calendar as this column writes days ({order}); it is left out."),
    N_("a day that exists"),
)
YEAR_OUT_OF_RANGE: Final = Kind(
    "year_out_of_range",
    "error",
    N_("The year of “{found}” is not between 1900 and 2100; the date is left out."),
    N_("a year from 1900 to 2100"),
)
SHORT_YEAR: Final = Kind(
    "year_of_two_digits",
    "error",
    N_("The year of “{found}” has two digits, its century is not stated; the date is left out."),
    N_("a year of four digits"),
)
FISCAL_YEAR: Final = Kind(
    "fiscal_year",
    "error",
    N_("“{found}” is a year of accounts whose first month is not stated; it is left out."),
    N_("a day, a month or a calendar year"),
)
AMBIGUOUS_DATE: Final = Kind(
    "ambiguous_date",
    "warning",
    N_(
        "“{found}” could be two days and no cell of the column decides; only its year is kept. "
        "Say “dates: dmy” or “dates: mdy” in the mapping."
    ),
    N_("a day that can be read in one way"),
)
DATES_OUT_OF_ORDER: Final = Kind(
    "dates_out_of_order",
    "error",
    N_("The activity ends on {found}, before it starts on {start}; the end is left out."),
    N_("an end that is not before the start"),
)
UNKNOWN_VALUE: Final = Kind(
    "unknown_value",
    "warning",
    N_("“{found}” is not translated by the mapping ({meaning}); it counts as not stated."),
    N_("a value listed under “values” in the mapping"),
)
UNKNOWN_COUNTRY: Final = Kind(
    "unknown_country",
    "error",
    N_(
        "“{found}” names no country or region for certain; nothing is placed by it. It "
        "suggests: {candidates}."
    ),
    N_("a country's name or code"),
)
DISSOLVED_STATE: Final = Kind(
    "dissolved_state",
    "error",
    N_(
        "“{found}” is a State that is no more ({state}); nothing is placed by it. Its "
        "successors: {candidates}."
    ),
    N_("a State of today"),
)
UNKNOWN_REGION: Final = Kind(
    "unknown_region",
    "warning",
    N_("The region code “{found}” is not known; the region is kept without a code."),
    N_("a code of the region's list"),
)
CODE_AND_NAME_DISAGREE: Final = Kind(
    "code_and_name_disagree",
    "warning",
    N_("The code {found} stands beside the name {name}, which is another country's; the code is kept."),
    N_("the name of the country of the code"),
)
PERCENTAGES_DO_NOT_MATCH: Final = Kind(
    "percentages_do_not_match_places",
    "error",
    N_("The cell has {found} percentages for {places} places; none is used."),
    N_("one percentage for each place"),
)
BAD_PERCENTAGE: Final = Kind(
    "bad_percentage",
    "error",
    N_("“{found}” is no percentage; it counts as not stated."),
    N_("a number from 0 to 100"),
)
UNKNOWN_CURRENCY: Final = Kind(
    "unknown_currency",
    "warning",
    N_("“{found}” is no currency code; the amount is kept under it, apart from others."),
    N_("an ISO 4217 code"),
)
NO_CURRENCY: Final = Kind(
    "missing_currency",
    "warning",
    N_("An amount has no currency; it is kept apart under “?”."),
    N_("an ISO 4217 code"),
)
CURRENCIES_DISAGREE: Final = Kind(
    "currencies_disagree",
    "warning",
    N_("“{found}” names a currency of its own where {currency} is stated; the cell's own is kept."),
    N_("one currency"),
)
BAD_POINT: Final = Kind(
    "bad_point",
    "error",
    N_("{found} is no point on the globe; it is left out."),
    N_("a latitude from -90 to 90 and a longitude from -180 to 180"),
)
SWAPPED_COORDINATES: Final = Kind(
    "swapped_coordinates",
    "error",
    N_(
        "{found} is no point on the globe, but would be one with latitude and longitude "
        "exchanged; it is left out."
    ),
    N_("latitude from -90 to 90 first, then longitude"),
)
PLACEHOLDER_POINT: Final = Kind(
    "placeholder_point",
    "warning",
    N_("The point 0, 0 lies in the sea and stands for a place that is not known; it is kept, marked."),
    N_("the coordinates of a place"),
)
EMPTY_RECORD: Final = Kind(
    "empty_record",
    "critical",
    N_("The row has no title, no place, no amount and no figure; it was left out."),
    N_("a title, a place, an amount or a figure"),
)
AMOUNTS_DIFFER: Final = Kind(
    "amounts_differ_between_rows",
    "warning",
    N_(
        "The rows of {identifier} state different amounts ({of_kind}): {kept} is kept once, "
        "{found} is left out."
    ),
    N_("the same amount on every row of an activity"),
)
TEXTS_DIFFER: Final = Kind(
    "texts_differ_between_rows",
    "warning",
    N_("The rows of {identifier} differ in {meaning}: “{kept}” is kept, “{found}” is left out."),
    N_("the same text on every row of an activity"),
)
EMPTY_CELLS: Final = Kind(
    "no_figures_in_row",
    "warning",
    N_("The row “{found}” states no amount; it makes no record."),
)
