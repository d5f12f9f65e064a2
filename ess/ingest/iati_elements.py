"""The parts of an IATI activity: one function an element, each adds what it says to the record."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

from ess.ingest import iati_faults as faults
from ess.ingest.iati_codes import (
    CHILD,
    DATES,
    EXACTNESS,
    GENDER,
    MODALITIES,
    PARENT,
    ROLES,
    SECTOR_SCHEMES,
    STAGES,
    TAG_SCHEMES,
    TRANSACTION_KINDS,
    TRANSACTION_TYPES,
)
from ess.ingest.iati_context import Element, Reading, first_text
from ess.ingest.iati_values import parse_value
from ess.ingest.records import Activity, Day, Figure, Participant, Recipient, Site, Tag, Texts
from ess.portfolio.codes import ACTOR_TYPES, GENDER_MARKERS, codes_in

_FORBIDDEN = re.compile(r"[/&|?]")
_ACTOR_TYPES = codes_in(ACTOR_TYPES)
_GENDER_MARKERS = codes_in(GENDER_MARKERS)
_TRUE = frozenset(("1", "true"))

Reader = Callable[[Reading, Activity, Element], None]


def _code(element: Element) -> str:
    return (element.get("code") or "").strip()


def _merge(texts: Texts, added: Texts) -> None:
    for language, text in added.items():
        texts.setdefault(language, text)


def read_identifier(reading: Reading, activity: Activity, element: Element) -> None:
    """``iati-identifier``; a blank one is noted when all identifiers are compared."""
    activity.identifier = (element.text or "").strip()
    if _FORBIDDEN.search(activity.identifier):
        reading.note(faults.BAD_IDENTIFIER, "iati-identifier", activity.identifier)


def read_title(reading: Reading, activity: Activity, element: Element) -> None:
    """``title``."""
    _merge(activity.titles, reading.texts(element))


def read_description(reading: Reading, activity: Activity, element: Element) -> None:
    """``description``; the general one (type 1) wins over objectives and target groups."""
    if element.get("type") in (None, "1"):
        activity.descriptions = {**activity.descriptions, **reading.texts(element)}
    else:
        _merge(activity.descriptions, reading.texts(element))


def read_status(reading: Reading, activity: Activity, element: Element) -> None:
    """``activity-status``."""
    written = _code(element) or (element.text or "").strip()
    stage = STAGES.get(written.lower())
    if stage is None:
        reading.note(faults.UNKNOWN_STATUS, "activity-status/@code", written)
    activity.stage = stage or "unknown"


def read_date(reading: Reading, activity: Activity, element: Element) -> None:
    """``activity-date``; an actual date wins over a planned one."""
    end, certainty = DATES.get((element.get("type") or "").strip().lower(), ("", ""))
    found = reading.day(element, "activity-date/@iso-date")
    if found is None or not end:
        return
    if certainty == "actual" or getattr(activity, end) is None:
        setattr(activity, end, Day(found))


def read_country(reading: Reading, activity: Activity, element: Element) -> None:
    """``recipient-country``."""
    activity.recipients.append(reading.country(element, "recipient-country"))


def read_region(reading: Reading, activity: Activity, element: Element) -> None:
    """``recipient-region``."""
    activity.recipients.append(reading.region(element, "recipient-region"))


def read_organisation(reading: Reading, activity: Activity, element: Element) -> None:
    """``participating-org``."""
    names = reading.texts(element)
    ref = (element.get("ref") or "").strip()
    if not names and not ref:
        reading.note(faults.UNNAMED_ORGANISATION, "participating-org")
        return
    written = (element.get("role") or "").strip()
    role = ROLES.get(written.lower())
    if role is None:
        reading.note(faults.UNKNOWN_ROLE, "participating-org/@role", written)
        return
    kind = (element.get("type") or "").strip()
    activity.participants.append(Participant(names, role, ref, kind if kind in _ACTOR_TYPES else "90"))


def read_sector(reading: Reading, activity: Activity, element: Element) -> None:
    """``sector``; a vocabulary that is nobody's standard keeps its name beside the code."""
    reading.has_sector = True
    code = _code(element)
    if not code:
        reading.note(faults.SECTOR_WITHOUT_CODE, "sector/@code", first_text(reading.texts(element)))
        return
    vocabulary = (element.get("vocabulary") or "").strip()
    scheme = SECTOR_SCHEMES.get(vocabulary, "sector")
    percent = reading.percentage(element, "sector")
    if scheme == "sector":
        code = first_text(reading.texts(element)) or f"{vocabulary}:{code}"
    activity.tags.append(Tag(scheme, code, percent))


def read_tag(reading: Reading, activity: Activity, element: Element) -> None:
    """``tag``; goals and targets of the 2030 Agenda, others as themes."""
    code = _code(element)
    scheme = TAG_SCHEMES.get((element.get("vocabulary") or "").strip())
    if code:
        text = code if scheme else first_text(reading.texts(element)) or code
        activity.tags.append(Tag(scheme or "theme", text))


def read_marker(reading: Reading, activity: Activity, element: Element) -> None:  # noqa: ARG001
    """``policy-marker``; only gender equality has a place in a portfolio."""
    vocabulary = (element.get("vocabulary") or "1").strip()
    significance = (element.get("significance") or "").strip()
    if _code(element) == GENDER and vocabulary in ("1", "DAC") and significance in _GENDER_MARKERS:
        activity.tags.append(Tag("gender_marker", significance))


def read_collaboration(reading: Reading, activity: Activity, element: Element) -> None:  # noqa: ARG001
    """``collaboration-type``."""
    activity.modality = MODALITIES.get(_code(element), activity.modality)


def read_relation(reading: Reading, activity: Activity, element: Element) -> None:  # noqa: ARG001
    """``related-activity``; only what is part of what matters."""
    ref = (element.get("ref") or "").strip()
    kind = (element.get("type") or "").strip()
    if ref and kind == PARENT:
        activity.parent = ref
    elif ref and kind == CHILD:
        activity.children.append(ref)


def read_budget(reading: Reading, activity: Activity, element: Element) -> None:
    """``budget``, original and revised both."""
    start = element.find("period-start")
    day = None if start is None else reading.day(start, "budget/period-start")
    if day is None:
        reading.note(faults.BUDGET_WITHOUT_START, "budget/period-start")
    value = element.find("value")
    amount = None if value is None else reading.amount("budget", value, "budget/value", day)
    if amount is not None:
        activity.amounts.append(amount)


def read_transaction(reading: Reading, activity: Activity, element: Element) -> None:
    """``transaction``."""
    parts = {child.tag: child for child in element.iterchildren(reversed=True)}  # the first of each counts
    recipients = _paid_to(reading, element, parts)
    reading.sectors.append("sector" in parts)
    day = _transaction_day(reading, parts)
    kind = _transaction_kind(reading, parts)
    if "value" not in parts:
        reading.note(faults.BAD_NUMBER, "transaction/value")
        return
    amount = reading.amount(kind, parts["value"], "transaction/value", day)
    if amount is not None and kind:
        amount.recipients = recipients
        activity.amounts.append(amount)


def _paid_to(reading: Reading, element: Element, parts: Mapping[str, Element]) -> list[Recipient]:
    """The places that a transaction names itself."""
    column = "transaction/recipient-country"
    countries: list[Recipient] = []
    regions: list[Recipient] = []
    if "recipient-country" in parts:
        countries = [reading.country(child, column) for child in element.iterchildren("recipient-country")]
        if len(countries) > 1:
            reading.note(faults.SEVERAL_RECIPIENTS, column, ", ".join(one.text for one in countries))
    if "recipient-region" in parts:
        column = "transaction/recipient-region"
        regions = [reading.region(child, column) for child in element.iterchildren("recipient-region")]
    reading.paid += countries + regions
    return countries + regions


def _transaction_day(reading: Reading, parts: Mapping[str, Element]) -> date | None:
    element = parts.get("transaction-date")
    if element is None or not (element.get("iso-date") or (element.text or "").strip()):
        reading.note(faults.TRANSACTION_WITHOUT_DATE, "transaction/transaction-date/@iso-date")
        return None
    return reading.day(element, "transaction/transaction-date")


def _transaction_kind(reading: Reading, parts: Mapping[str, Element]) -> str:
    """The kind of amount of a transaction; nothing for those that are none."""
    element = parts.get("transaction-type")
    code = "" if element is None else _code(element).upper()
    column = "transaction/transaction-type/@code"
    if not code:
        reading.note(faults.TRANSACTION_WITHOUT_TYPE, column)
    elif code not in TRANSACTION_TYPES:
        reading.note(faults.UNKNOWN_TRANSACTION_TYPE, column, code)
    return TRANSACTION_KINDS.get(code, "")


def read_location(reading: Reading, activity: Activity, element: Element) -> None:
    """``location`` with a point, in either spelling."""
    written, exactness = "", ""
    for child in element:
        match child.tag:
            case "point":
                written = (child.findtext("pos") or "").strip() or written
            case "coordinates" if not written:
                written = f"{child.get('latitude') or ''} {child.get('longitude') or ''}".strip()
                exactness = exactness or (child.get("precision") or "").strip()
            case "exactness":
                exactness = _code(child)
    if not written:
        return
    point = parse_point(written)
    if point is None:
        reading.note(faults.BAD_POINT, "location/point", written)
        return
    if point == (0.0, 0.0):
        reading.note(faults.PLACEHOLDER_POINT, "location/point", written)
        exactness = ""
    name = element.find("name")
    texts = {} if name is None else reading.texts(name)
    activity.sites.append(Site(*point, first_text(texts), EXACTNESS.get(exactness, "unknown")))


def parse_point(written: str) -> tuple[float, float] | None:
    """Latitude and longitude of a text that holds both; None outside the globe or for anything else."""
    parts = written.split()
    if len(parts) != 2:
        parts = written.split(",")
    if len(parts) != 2:
        return None
    latitude, longitude = (parse_value(part) for part in parts)
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return float(latitude), float(longitude)


def read_document(reading: Reading, activity: Activity, element: Element) -> None:
    """``document-link`` with its address."""
    url = (element.get("url") or "").strip()
    if not url:
        return
    title = element.find("title")
    texts = {} if title is None else reading.texts(title)
    activity.documents.append({language: f"{text} – {url}" for language, text in texts.items()} or {"": url})


def read_result(reading: Reading, activity: Activity, element: Element) -> None:
    """``result``: the actual figure of each period of each indicator, never its target."""
    additive = (element.get("aggregation-status") or "").strip().lower() in _TRUE
    title = element.find("title")
    outer = {} if title is None else reading.texts(title)
    for indicator in element.iterchildren("indicator"):
        _read_indicator(reading, activity, indicator, outer, additive=additive)


def _read_indicator(
    reading: Reading, activity: Activity, element: Element, outer: Texts, *, additive: bool
) -> None:
    title = element.find("title")
    labels = (reading.texts(title) if title is not None else {}) or outer
    unit = "percent" if (element.get("measure") or "").strip() == "2" else ""
    number = len({figure.indicator for figure in activity.figures}) + 1
    for period in element.iterchildren("period"):
        days = []
        for name in ("period-start", "period-end"):
            edge = period.find(name)
            days.append(None if edge is None else reading.day(edge, f"result/{name}"))
        for actual in period.iterchildren("actual"):
            figure = Figure(
                f"{activity.identifier}:{number}",
                labels,
                None,
                unit,
                additive=additive,
                start=days[0],
                end=days[1],
                mappable=False,
            )
            _read_actual(reading, figure, (actual.get("value") or "").strip())
            activity.figures.append(figure)


def _read_actual(reading: Reading, figure: Figure, written: str) -> None:
    """The value of a figure; a text instead of a number is kept as a note."""
    figure.value = parse_value(written)
    if figure.value is None and written:
        reading.note(faults.FIGURE_IS_TEXT, "result/actual/@value", written)
        figure.notes = {"": written}


READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "iati-identifier": read_identifier,
        "title": read_title,
        "description": read_description,
        "activity-status": read_status,
        "activity-date": read_date,
        "recipient-country": read_country,
        "recipient-region": read_region,
        "participating-org": read_organisation,
        "sector": read_sector,
        "tag": read_tag,
        "policy-marker": read_marker,
        "collaboration-type": read_collaboration,
        "related-activity": read_relation,
        "budget": read_budget,
        "transaction": read_transaction,
        "location": read_location,
        "document-link": read_document,
        "result": read_result,
    }
)
