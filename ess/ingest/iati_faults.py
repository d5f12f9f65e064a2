"""What may be wrong in an IATI activity, and what becomes of it."""

from __future__ import annotations

from ess.ingest.problems import Kind
from ess.locales import N_

NO_IDENTIFIER = Kind(
    "missing_identifier",
    "error",
    N_("The activity has no identifier; it is kept under a generated one."),
    N_("an iati-identifier"),
)
SAME_IDENTIFIER = Kind(
    "duplicate_identifier",
    "error",
    N_("The identifier {found} stands for an earlier activity too; this one is kept under a generated one."),
    N_("an identifier of its own for every activity"),
)
BAD_IDENTIFIER = Kind(
    "invalid_identifier",
    "warning",
    N_("The identifier {found} holds a sign that the standard does not allow; it is kept as written."),
    N_("no / & | or ? in an identifier"),
)
NO_TITLE = Kind(
    "missing_title", "warning", N_("The activity has no title; its identifier is shown."), N_("a title")
)
UNNAMED_ORGANISATION = Kind(
    "unnamed_organisation",
    "error",
    N_("A participating organisation has neither a reference nor a name; it is left out."),
    N_("a reference or a name"),
)
UNKNOWN_ROLE = Kind(
    "unknown_role",
    "error",
    N_("The role {found} of a participating organisation is not known; its part is left out."),
    N_("1 to 4, or funding, accountable, extending, implementing"),
)
UNKNOWN_STATUS = Kind(
    "unknown_status",
    "error",
    N_("The status {found} is not known; the stage counts as not stated."),
    N_("a code from 1 to 6"),
)
BAD_DATE = Kind(
    "bad_date", "error", N_("{found} is no date; it is left out."), N_("a day written 2024-12-31")
)
DATES_OUT_OF_ORDER = Kind(
    "dates_out_of_order",
    "error",
    N_("The activity ends on {found}, before it starts on {start}; the end is left out."),
    N_("an end that is not before the start"),
)
NO_SECTOR = Kind(
    "missing_sector",
    "warning",
    N_("The activity names no sector, and some of its transactions name none either."),
    N_("a sector of the activity or of each transaction"),
)
SECTOR_WITHOUT_CODE = Kind(
    "sector_without_code", "error", N_("A sector has no code; it is left out."), N_("a code")
)
RECIPIENT_WITHOUT_CODE = Kind(
    "recipient_without_code",
    "error",
    N_("A recipient has no code; nothing is placed by it. Its text suggests: {candidates}."),
    N_("an ISO 3166-1 alpha-2 code"),
)
UNKNOWN_COUNTRY = Kind(
    "unknown_country",
    "error",
    N_("{found} is no country code; nothing is placed by it. Its text suggests: {candidates}."),
    N_("an ISO 3166-1 alpha-2 code, or XK"),
)
CODE_AND_NAME_DISAGREE = Kind(
    "code_and_name_disagree",
    "warning",
    N_("The code {found} stands beside the name {name}, which is another country's; the code is kept."),
    N_("the name of the country of the code"),
)
BAD_PERCENTAGE = Kind(
    "bad_percentage",
    "error",
    N_("{found} is no percentage; it counts as not stated."),
    N_("a number from 0 to 100"),
)
SHARES_NOT_WHOLE = Kind(
    "shares_do_not_sum_to_100",
    "warning",
    N_("The percentages add up to {found}; what exceeds 100 is scaled away, what is missing is unallocated."),
    N_("percentages that add up to 100"),
)
SPLIT_NOT_STATED = Kind(
    "split_not_stated",
    "warning",
    N_("Several places share the activity and no split is published; its amounts are unallocated."),
    N_("a percentage for each place"),
)
SPLIT_EQUALLY = Kind(
    "split_equally",
    "warning",
    N_("Several places share the activity and no split is published; its amounts are split equally."),
    N_("a percentage for each place"),
)
REGION_REPEATS = Kind(
    "region_repeats_countries",
    "warning",
    N_("The countries make the whole already; the region {found} beside them is left out."),
    N_("countries or a region"),
)
NO_RECIPIENT = Kind(
    "missing_recipient",
    "warning",
    N_("The activity names no country and no region; it stands among the unplaced ones."),
    N_("a recipient country or region"),
)
TRANSACTION_WITHOUT_TYPE = Kind(
    "transaction_without_type",
    "error",
    N_("A transaction has no type; its amount counts for nothing."),
    N_("a transaction type"),
)
UNKNOWN_TRANSACTION_TYPE = Kind(
    "unknown_transaction_type",
    "error",
    N_("The transaction type {found} is not known; its amount counts for nothing."),
    N_("a code of the list TransactionType"),
)
TRANSACTION_WITHOUT_DATE = Kind(
    "transaction_without_date", "warning", N_("A transaction has no date; it stays undated."), N_("a date")
)
SEVERAL_RECIPIENTS = Kind(
    "several_recipients_of_a_transaction",
    "error",
    N_(
        "A transaction names several countries ({found}); its amount is unallocated unless "
        "all are the same country."
    ),
    N_("one country"),
)
BUDGET_WITHOUT_START = Kind(
    "budget_without_start", "warning", N_("A budget has no start; it stays undated."), N_("a first day")
)
VALUE_WITHOUT_DATE = Kind(
    "value_without_date",
    "warning",
    N_("An amount does not say for which day its value stands; it is kept."),
    N_("a value date"),
)
BAD_NUMBER = Kind("bad_number", "error", N_("{found} is no number; it counts for nothing."), N_("a number"))
FIGURE_IS_TEXT = Kind(
    "figure_is_text",
    "warning",
    N_("The actual value {found} of a result is no number; it is kept as a note, without a figure."),
    N_("a number"),
)
NO_CURRENCY = Kind(
    "missing_currency",
    "warning",
    N_("An amount has no currency, and its activity no default; it is kept apart under “?”."),
    N_("an ISO 4217 code"),
)
BAD_POINT = Kind(
    "bad_point",
    "error",
    N_("{found} is no point on the globe; it is left out."),
    N_("a latitude from -90 to 90 and a longitude from -180 to 180"),
)
PLACEHOLDER_POINT = Kind(
    "placeholder_point",
    "warning",
    N_("The point 0, 0 lies in the sea and stands for a place that is not known; it is kept, marked."),
    N_("the coordinates of a place"),
)
UNKNOWN_VERSION = Kind(
    "unknown_version",
    "warning",
    N_("The file says it is of version {found}; it is read as the nearest one."),
    N_("a version from 1.00 to 2.03"),
)
