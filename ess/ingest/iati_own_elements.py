"""Activities of the atlas's own IATI export, element by element, as rows of the portfolio's tables.

What the standard can say is taken from its elements: titles and descriptions, stage, form, dates, places with
their percentages and points, classifications, amounts with currency, day and place, values and periods of
figures. Where an attribute of the atlas says otherwise, somebody has changed the element: it is kept, and the
difference noted. An element that is absent contradicts nothing, but for places (see `iati_own_places`). What
is marked as standing in says nothing.
"""

from __future__ import annotations

from ess.ingest.iati_codes import (
    DATES,
    GENDER,
    MODALITIES,
    SECTOR_SCHEMES,
    STAGES,
    TAG_SCHEMES,
    TRANSACTION_KINDS,
)
from ess.ingest.iati_context import LANG, Element
from ess.ingest.iati_own_places import named_place, settled_places
from ess.ingest.iati_own_rows import BAD_DAY, BAD_STATUS, Cells, OwnRows
from ess.ingest.iati_values import language_of, parse_day
from ess.portfolio.schema import LANGUAGES, TABLES

NAMESPACE = "urn:ess-atlas:2"
"""Of the elements and attributes that the standard does not have."""

ROW = f"{{{NAMESPACE}}}row"
_NOTE = f"{{{NAMESPACE}}}note"
_STANDS_IN = f"{{{NAMESPACE}}}stands_in"
_START = f"{{{NAMESPACE}}}"
_OTHER_LANGUAGE = "en"
"""The column that takes a text of a language without a column, as for files of others."""

_SAME_STATUS = {"signed": "under_way", "unknown": "under_way"}
"""Stages that the standard writes like another one."""

_OF_AN_ACTIVITY = frozenset(name for name, table in TABLES.items() if "activity" in table.column_names)
_OF_A_PERIOD = ("value", "period_start", "period_end")


def read_own_activity(own: OwnRows, element: Element) -> None:
    """The rows of one activity and of what belongs to it."""
    activity = _activity(own, element)
    identifier = activity.get("id", "")
    own.keep("activities", activity)
    places = []
    for row in element.iter(ROW):
        cells = written_row(row)
        if cells.get("table") in _OF_AN_ACTIVITY:
            cells.setdefault("activity", identifier)
        if cells.get("table") == "places" and cells["activity"] == identifier:
            del cells["table"]
            places.append(cells)
        else:
            own.keep_written(cells)
    for cells in settled_places(own, activity, element, places):
        own.keep("places", cells)
    _keep_children(own, element, {"activity": identifier})


def written_row(element: Element) -> Cells:
    """The cells of a whole row, and the name of its table under ``table``."""
    return {str(name): str(cell) for name, cell in element.attrib.items()}


def _keep_children(own: OwnRows, element: Element, activity: Cells) -> None:
    for organisation in element.iterchildren("participating-org"):
        cells = _own_cells(organisation)
        if not organisation.get(_STANDS_IN) and cells.get("role") != "provider":
            own.keep("participants", cells | activity)
    for classified in element.iterchildren("sector", "tag", "policy-marker"):
        own.keep("tags", _tag(own, classified) | activity)
    for amount in element.iterchildren("budget", "transaction"):
        own.keep("finances", _amount(own, amount, element.get("default-currency")) | activity)
    for result in element.iterchildren("result"):
        own.keep("results", _result(result) | activity)


def _own_cells(element: Element) -> Cells:
    """The attributes of the atlas, by column."""
    return {
        str(name).removeprefix(_START): str(cell)
        for name, cell in element.attrib.items()
        if str(name).startswith(_START) and name != _STANDS_IN
    }


def _texts(element: Element | None, base: str, tag: str = "narrative", language: str = "") -> Cells:
    """The texts of an element by column; none of one that stands in."""
    found: Cells = {}
    if element is None or element.get(_STANDS_IN):
        return found
    for narrative in element.iterchildren(tag):
        text = "".join(narrative.itertext())
        written = language_of(narrative.get(LANG) or language)
        column = f"{base}_{written if written in LANGUAGES else _OTHER_LANGUAGE}"
        if text:
            found[column] = f"{found[column]} / {text}" if column in found else text
    return found


def _activity(own: OwnRows, element: Element) -> Cells:
    cells = _own_cells(element)
    if not cells:  # an activity that somebody added
        cells["type"] = "project"
    language = element.get(LANG) or ""
    cells |= _texts(element.find("title"), "title", language=language)
    cells |= _texts(element.find("description"), "description", language=language)
    cells |= _texts(element, "note", _NOTE)
    _name(cells, element)
    _settle_stage(own, cells, element)
    _settle_modality(own, cells, element)
    _settle_dates(own, cells, element)
    return cells


def _name(cells: Cells, element: Element) -> None:
    """Identifiers of the atlas are those of the standard without the reference of who reports."""
    reporter = element.find("reporting-org")
    start = "" if reporter is None else f"{reporter.get('ref') or ''}-"
    identifier = (element.findtext("iati-identifier") or "").strip().removeprefix(start)
    if identifier:
        cells.setdefault("id", identifier)
    for relation in element.iterchildren("related-activity"):
        ref = (relation.get("ref") or "").strip().removeprefix(start)
        if relation.get("type") == "1" and ref:
            cells.setdefault("parent", ref)


def _code(element: Element | None) -> str:
    return "" if element is None else (element.get("code") or "").strip()


def _settle_stage(own: OwnRows, cells: Cells, element: Element) -> None:
    written = _code(element.find("activity-status"))
    stage = STAGES.get(written.lower())
    said = cells.get("stage", "")
    if not written:
        return
    if stage is None:
        own.note(BAD_STATUS, "activities", "stage", written)
    elif _SAME_STATUS.get(said, said) != stage:
        own.settle("activities", cells, "stage", stage)


def _settle_modality(own: OwnRows, cells: Cells, element: Element) -> None:
    written = _code(element.find("collaboration-type"))
    known = MODALITIES.values()
    if written in MODALITIES:
        own.settle("activities", cells, "modality", MODALITIES[written])
    elif written and cells.get("modality") in known:
        own.settle("activities", cells, "modality", "unknown")


def _settle_dates(own: OwnRows, cells: Cells, element: Element) -> None:
    """First and last day; an actual one comes before a planned one."""
    found: dict[str, tuple[str, str]] = {}
    for written in element.iterchildren("activity-date"):
        end, certainty = DATES.get((written.get("type") or "").strip().lower(), ("", ""))
        if not end or written.get(_STANDS_IN) or (end in found and certainty != "actual"):
            continue
        day = _day(written)
        if parse_day(day) is None:
            own.note(BAD_DAY, "activities", end, day)
        else:
            found[end] = (day, certainty)
    for end, (day, _) in found.items():
        if cells.get(end) != day:
            own.settle("activities", cells, end, day)
            cells[f"{end}_precision"] = "day"


def _day(element: Element | None) -> str:
    """The day of an element, without the time or zone that may follow it; as written where it is none."""
    if element is None:
        return ""
    written = (element.get("iso-date") or "").strip()
    day = parse_day(written)
    return day.isoformat() if day else written


def _tag(own: OwnRows, element: Element) -> Cells:
    cells = _own_cells(element)
    code, vocabulary = _code(element), (element.get("vocabulary") or "").strip()
    if element.tag == "policy-marker":
        scheme = "gender_marker" if code == GENDER else ""
        code = (element.get("significance") or "").strip()
    elif element.tag == "sector":
        scheme = SECTOR_SCHEMES.get(vocabulary, "sector")
    else:
        scheme = TAG_SCHEMES.get(vocabulary, "theme")
    for column, stated in (("scheme", scheme), ("code", code), ("percent", element.get("percentage"))):
        if stated:
            own.settle("tags", cells, column, stated)
    return cells


def _amount(own: OwnRows, element: Element, currency: str | None) -> Cells:
    cells = _own_cells(element)
    is_budget = element.tag == "budget"
    day = _day(element.find("period-start" if is_budget else "transaction-date"))
    kind = "budget" if is_budget else TRANSACTION_KINDS.get(_code(element.find("transaction-type")), "")
    value = element.find("value")
    stated = {"kind": kind, "date": day}
    if value is not None:
        stated["value"] = (value.text or "").strip()
        stated["currency"] = (value.get("currency") or currency or "").strip()
    for column, text in stated.items():
        if text:
            own.settle("finances", cells, column, text)
    _settle_place(own, cells, element)
    return cells


def _settle_place(own: OwnRows, cells: Cells, element: Element) -> None:
    """The place of a transaction, where it names one."""
    for recipient in element.iterchildren("recipient-country", "recipient-region"):
        column, code = named_place(recipient)
        if code:
            own.settle("finances", cells, column, code)
            cells.pop("region" if column == "iso3" else "iso3", None)
            return


def _result(element: Element) -> Cells:
    cells = _own_cells(element) | _texts(element, "note", _NOTE)
    period = element.find("indicator/period")
    if period is None:
        return cells
    actual = period.find("actual")
    stated = (
        "" if actual is None else (actual.get("value") or "").strip(),
        _day(period.find("period-start")),
        _day(period.find("period-end")),
    )
    for column, text in zip(_OF_A_PERIOD, stated, strict=True):
        cells.pop(column, None)
        if text:
            cells[column] = text
    return cells
