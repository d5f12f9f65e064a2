"""Code lists of the IATI standard, versions 1.00 to 2.03, as the portfolio's own codes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from geodata.codes import countries

#: TransactionType: the letters of version 1 and the numbers of version 2 that are amounts of a portfolio.
TRANSACTION_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "C": "commitment", "2": "commitment",
        "D": "disbursement", "3": "disbursement",
        "E": "expenditure", "4": "expenditure",
    }
)  # fmt: skip

#: Every TransactionType of both versions; those that are no amount of a portfolio are only recognised.
TRANSACTION_TYPES = frozenset(
    ("C", "D", "E", "IF", "IR", "LR", "QP", "QS", "R", "TB", "CG", *(str(code) for code in range(1, 14)))
)

#: ActivityStatus: numbers of both versions, and the words that files of version 1 carry without a number.
STAGES: Mapping[str, str] = MappingProxyType(
    {
        "1": "planned", "pipeline/identification": "planned",
        "2": "under_way", "implementation": "under_way",
        "3": "done", "completion": "done", "finalisation": "done",
        "4": "done", "post-completion": "done", "closed": "done",
        "5": "cancelled", "cancelled": "cancelled",
        "6": "suspended", "suspended": "suspended",
    }
)  # fmt: skip

#: OrganisationRole.
ROLES: Mapping[str, str] = MappingProxyType(
    {
        "1": "funding", "funding": "funding",
        "2": "accountable", "accountable": "accountable",
        "3": "extending", "extending": "extending",
        "4": "implementing", "implementing": "implementing",
    }
)  # fmt: skip

#: ActivityDateType: which end of the activity a date is, and whether it was planned or is actual.
DATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "1": ("start", "planned"), "start-planned": ("start", "planned"),
        "2": ("start", "actual"), "start-actual": ("start", "actual"),
        "3": ("end", "planned"), "end-planned": ("end", "planned"),
        "4": ("end", "actual"), "end-actual": ("end", "actual"),
    }
)  # fmt: skip

#: SectorVocabulary: the scheme of the portfolio; other vocabularies are lists of the publisher or others.
SECTOR_SCHEMES: Mapping[str, str] = MappingProxyType(
    {
        "": "DAC5", "1": "DAC5", "DAC": "DAC5",
        "2": "DAC3", "DAC-3": "DAC3",
        "7": "SDG_goal", "8": "SDG_target",
    }
)  # fmt: skip

#: TagVocabulary.
TAG_SCHEMES: Mapping[str, str] = MappingProxyType({"2": "SDG_goal", "3": "SDG_target"})

#: CollaborationType: what says how many parties there are.
MODALITIES: Mapping[str, str] = MappingProxyType({"1": "bilateral", "8": "triangular"})

#: GeographicExactness (version 2) and the precision of version 1, where 1 is a place and 2 its surroundings.
EXACTNESS: Mapping[str, str] = MappingProxyType({"1": "exact", "2": "approximate"})

#: RelatedActivityType.
PARENT, CHILD = "1", "2"

GENDER = "1"
"""PolicyMarker: gender equality."""


@lru_cache(maxsize=1)
def iso3_by_code() -> Mapping[str, str]:
    """ISO 3166-1 alpha-3 by alpha-2, XK among them.

    Antarctica has an ISO code but no place in the country layer; a file may name it all the same.
    """
    found = {country.iso2: iso3 for iso3, country in countries().items() if country.iso2}
    return MappingProxyType({**found, "AQ": "ATA"})
