"""What holds for every route, in sentences: for the page, and for the document's description."""

from __future__ import annotations

from ess.analysis.shared import FEW
from ess.api.v1.answers import MOST_ATTACHED, MOST_SHARED
from ess.api.v1.parameters import LONGEST_VALUE, MOST_ROWS, MOST_VALUES
from ess.locales import N_, Translator

#: Questions that are worked out at the same time; one more is refused.
MOST_AT_ONCE = 8

RULES = (
    N_(
        "The same answers as on the pages of the atlas, for programs: JSON, CSV and GeoJSON, chosen with "
        "format or with the Accept header."
    ),
    N_(
        "Filters are those of the pages' addresses: a value is a code or a whole name, a parameter repeated "
        "means any of its values, different parameters all hold. What means nothing is refused with a "
        "sentence, never passed over."
    ),
    N_(
        "Missing is null, never zero. A lower bound keeps its qualifier. A total over several countries "
        "is given to none of them. Undated rows stay whatever years are asked for. Codes that an analyst "
        "chose are marked."
    ),
    N_(
        "Every answer names its snapshot. Ask again with If-None-Match and the ETag: 304 says that nothing "
        "has changed. Pages are linked in the Link header."
    ),
)


def limits(t: Translator) -> list[str]:
    """What the interface does not exceed, a sentence each."""
    return [
        t("At most {count} rows a page.", count=t.number(MOST_ROWS)),
        t(
            "At most {count} values a request, of {signs} signs each.",
            count=t.number(MOST_VALUES),
            signs=t.number(LONGEST_VALUE),
        ),
        t(
            "At most {count} rows of each table with one activity, and {shared} shared totals with one "
            "country, none where the portfolio has more than {few}; how many there are is said beside them.",
            count=t.number(MOST_ATTACHED),
            shared=t.number(MOST_SHARED),
            few=t.number(FEW),
        ),
        t(
            "{count} questions are worked out at once; one more is answered 503 with Retry-After.",
            count=t.number(MOST_AT_ONCE),
        ),
        t("GET, HEAD and OPTIONS are answered; nothing can be changed here, and any other method gets 405."),
        t("Pages of other hosts may read it with scripts only where this deployment allows it."),
    ]
