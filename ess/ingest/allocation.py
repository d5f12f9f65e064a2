"""The rule of counting: what part of an activity each country or region that it names receives.

The rule follows what publishers of IATI files do (element by element, not country by country): a lone element
is the whole; published percentages are honoured, rounding errors of one per cent are scaled away; what no
percentage covers is unallocated, unless an equal split is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from ess.ingest.records import Recipient

WHOLE = Decimal(100)
LEAST, MOST = Decimal(99), Decimal(101)
"""Percentages that were rounded one by one add up to something between these."""

NOTHING = Decimal(0)


def effective_percentages(recipients: Sequence[Recipient], *, equal: bool = False) -> list[Decimal]:
    """The percentage of the activity that belongs to each element, in their order.

    Parameters
    ----------
    recipients
        Countries, regions and unresolved names of one activity.
    equal
        Split what no percentage covers equally, instead of leaving it unallocated.

    Returns
    -------
    list
        Percentages that add up to 100 at most; what is missing to 100, and the part of elements without a
        country, is unallocated.
    """
    if regions_repeat(recipients):
        countries = iter(_percentages([one for one in recipients if not one.is_region], equal=equal))
        return [NOTHING if one.is_region else next(countries) for one in recipients]
    return _percentages(recipients, equal=equal)


def regions_repeat(recipients: Sequence[Recipient]) -> bool:
    """Whether regions only say again where the countries are: the countries alone make the whole.

    Common before version 2.01 of the standard, where a region could stand beside its countries.
    """
    if not any(one.is_region for one in recipients):
        return False
    published = [one.percentage for one in recipients if not one.is_region and one.percentage is not None]
    return LEAST <= sum(published) <= MOST


def _percentages(recipients: Sequence[Recipient], *, equal: bool) -> list[Decimal]:
    published = [one.percentage for one in recipients]
    stated = [one for one in published if one is not None]
    if not any(stated) and len(stated) in (0, len(published)):  # none, or zero everywhere: none is stated
        return _unstated(recipients, equal=equal)
    total = sum(stated, NOTHING)
    complete = len(stated) == len(published)
    scaled = total > WHOLE or (complete and total >= LEAST)
    left = NOTHING if complete or not equal or scaled else (WHOLE - total) / (len(published) - len(stated))
    return [left if one is None else one * WHOLE / total if scaled else one for one in published]


def _unstated(recipients: Sequence[Recipient], *, equal: bool) -> list[Decimal]:
    if len(recipients) == 1:
        return [WHOLE]
    if not equal or not recipients:
        return [NOTHING] * len(recipients)
    countries = sum(not one.is_region for one in recipients)
    each = WHOLE / (countries or len(recipients))
    return [each if not one.is_region or not countries else NOTHING for one in recipients]
