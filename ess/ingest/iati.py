"""Activities of an IATI file, any version from 1.00 to 2.03, one by one: memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from lxml import etree

from ess.ingest import iati_faults as faults
from ess.ingest.allocation import LEAST, MOST, regions_repeat
from ess.ingest.iati_context import LANG, Element, Reading
from ess.ingest.iati_elements import READERS
from ess.ingest.records import Activity, Recipient

ACTIVITY: Final = "iati-activity"


def iterate_activities(source: Any, options: Mapping[str, Any]) -> Iterator[Element]:
    """The activity elements of a file, each gone from memory when the next one comes.

    Parameters
    ----------
    source
        Bytes of the file.
    options
        Of the parser: what it must refuse; comments and instructions must be removed, because they would cut
        the text of an element in two.

    Raises
    ------
    lxml.etree.XMLSyntaxError
        Where the markup is broken.
    """
    for _, element in etree.iterparse(source, events=("end",), tag=f"{{*}}{ACTIVITY}", **options):
        if element.tag[0] == "{":  # some publishers put the whole file into a namespace
            for one in element.iter():
                one.tag = etree.QName(one).localname
        yield element
        element.clear(keep_tail=False)
        parent = element.getparent()
        if parent is not None:
            while element.getprevious() is not None:
                del parent[0]


def read_activity(reading: Reading, element: Element) -> Activity:
    """The record of one activity element; what is wrong in it is noted in the reading's report."""
    reading.report.read += 1
    reading.start(element.get("default-currency") or "", element.get(LANG) or "")
    activity = Activity(reading.report.read)
    for child in element:
        read = READERS.get(child.tag)
        if read is not None:
            read(reading, activity, child)
    if not activity.recipients:
        activity.recipients = _distinct(reading.paid)
        activity.recipients_of_amounts = bool(activity.recipients)
    _check(reading, activity)
    return activity


def _check(reading: Reading, activity: Activity) -> None:
    if not activity.titles:
        reading.note(faults.NO_TITLE, "title")
    if not reading.has_sector and not (reading.sectors and all(reading.sectors)):
        reading.note(faults.NO_SECTOR, "sector")
    _check_recipients(reading, activity)
    _check_dates(reading, activity)


def _distinct(recipients: list[Recipient]) -> list[Recipient]:
    return list({(one.iso3, one.region, one.text): one for one in recipients}.values())


def _check_recipients(reading: Reading, activity: Activity) -> None:
    recipients = activity.recipients
    if not recipients:
        reading.note(faults.NO_RECIPIENT, "recipient-country")
        return
    if len(recipients) == 1 and recipients[0].percentage is None:
        return
    if activity.recipients_of_amounts:
        return
    repeats = regions_repeat(recipients)
    if repeats:
        names = ", ".join(one.text for one in recipients if one.is_region)
        reading.note(faults.REGION_REPEATS, "recipient-region", names)
    stated = [
        one.percentage for one in recipients if one.percentage is not None and not (repeats and one.is_region)
    ]
    total = sum(stated, Decimal(0))
    if any(stated) and not LEAST <= total <= MOST:
        reading.note(faults.SHARES_NOT_WHOLE, "recipient-country/@percentage", f"{total:f}")
    elif not any(stated) and len(recipients) > 1:
        kind = faults.SPLIT_EQUALLY if reading.equal else faults.SPLIT_NOT_STATED
        reading.note(kind, "recipient-country/@percentage")


def _check_dates(reading: Reading, activity: Activity) -> None:
    start, end = activity.start, activity.end
    if start and end and end.value < start.value:
        reading.note(faults.DATES_OUT_OF_ORDER, "activity-date", end.value, start=start.value)
        activity.end = None
