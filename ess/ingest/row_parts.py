"""The other parts of a row's record: amounts, sites, participants, tags, figures."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from ess.ingest import table_faults as faults
from ess.ingest.binding import columns_of
from ess.ingest.days import Span
from ess.ingest.meanings import AmountMeaning, FigureMeaning, ParticipantMeaning, TagMeaning
from ess.ingest.numbers import currencies
from ess.ingest.records import Amount, Figure, Participant, Recipient, Site, Tag
from ess.ingest.rows import Row, parse_percentage
from ess.portfolio.codes import GENDER_MARKERS, SDG_GOALS, codes_in

UNSTATED: Final = "?"
"""The currency of an amount that names none."""

_LIST: Final = re.compile(r"[;|\n]")
_SCHEME_PATTERNS: Final = {
    "SDG_goal": re.compile(
        r"(?:sdgs?|odd|ods|goal|objectif|objetivo)?\W*0?(\d{1,2})(?:\D.*)?", re.IGNORECASE
    ),
    "SDG_target": re.compile(
        r"(?:sdg|odd|ods|target|cible|meta)?\W*(\d{1,2}\.[\da-z]{1,2})(?:\W.*)?", re.IGNORECASE
    ),
    "DAC5": re.compile(r"(\d{5})(?:\D.*)?"),
    "DAC3": re.compile(r"(\d{3})(?:\D.*)?"),
    "gender_marker": re.compile(r"([012])(?:\D.*)?"),
}
_CLOSED: Final = {"SDG_goal": codes_in(SDG_GOALS), "gender_marker": codes_in(GENDER_MARKERS)}


def read_amounts(row: Row) -> Iterator[Amount]:
    """The amounts that a row states, each in its currency; a stated 0 is an amount, a blank is none."""
    for meaning in row.table.mapping.amounts:
        number = row.number_in(meaning.column)
        if number is not None:
            currency = _currency(row, meaning, number.currency)
            yield Amount(meaning.kind, number.value * meaning.scale, currency, _day(row, meaning.date))


def _currency(row: Row, meaning: AmountMeaning, of_cell: str) -> str:
    written = row.text(meaning.currency_column) if meaning.currency_column else ""
    stated = meaning.currencies.get(written, written).upper()
    stated = stated or meaning.currency.upper() or row.table.mapping.constants.get("currency", "").upper()
    if of_cell and stated and of_cell != stated:
        row.add(faults.CURRENCIES_DISAGREE, meaning.column, row.text(meaning.column), currency=stated)
    currency = of_cell or stated
    if not currency:
        row.add(faults.NO_CURRENCY, meaning.currency_column or meaning.column)
    elif currency not in currencies():
        row.add(faults.UNKNOWN_CURRENCY, meaning.currency_column or meaning.column, currency)
    return currency or UNSTATED


def _day(row: Row, column: str) -> date | None:
    """The day of an amount; None where only a month or a year is stated: no day is invented."""
    span = row.span(column) if column else None
    return span.start.value if span and span.end is None and span.start.precision == "day" else None


def read_sites(row: Row, recipients: Sequence[Recipient]) -> list[Site]:
    """The point that a row states, if it is one of the globe."""
    point = _point(row)
    if point is None:
        return []
    latitude, longitude, column = point
    if not _is_on_globe(latitude, longitude):
        kind = faults.SWAPPED_COORDINATES if _is_on_globe(longitude, latitude) else faults.BAD_POINT
        row.add(kind, column, f"{latitude:f}, {longitude:f}")
        return []
    if latitude == 0 and longitude == 0:
        row.add(faults.PLACEHOLDER_POINT, column, "0, 0")
    countries = {recipient.iso3 for recipient in recipients if recipient.iso3}
    return [
        Site(
            float(latitude),
            float(longitude),
            row.meant("place"),
            row.code("exactness"),
            countries.pop() if len(countries) == 1 else None,
            row.meant("admin1"),
        )
    ]


def _is_on_globe(latitude: Decimal, longitude: Decimal) -> bool:
    return abs(latitude) <= 90 and abs(longitude) <= 180


def _point(row: Row) -> tuple[Decimal, Decimal, str] | None:
    latitudes, longitudes = (
        columns_of(row.table.mapping, "latitude"),
        columns_of(row.table.mapping, "longitude"),
    )
    column, north = row.first(latitudes)
    other, east = row.first(longitudes)
    if not north and not east:
        return None
    latitude = row.number_in(column) if column else None
    longitude = row.number_in(other) if other else None
    if latitude is None or longitude is None:
        row.add(faults.BAD_POINT, column or other, f"{north or '-'}, {east or '-'}")
        return None
    return latitude.value, longitude.value, column


def read_participants(row: Row, language: str) -> Iterator[Participant]:
    """The institutions that a row names, each role on its own."""
    for meaning in row.table.mapping.participants:
        refs = _entries(row.text(meaning.ref), meaning.separator) if meaning.ref else []
        names = _entries(row.text(meaning.column), meaning.separator)
        for place, name in enumerate(names or refs):
            ref = refs[place] if len(refs) == len(names or refs) else ""
            yield _participant(meaning, name, ref, language)


def _participant(meaning: ParticipantMeaning, name: str, ref: str, language: str) -> Participant:
    return Participant({language: name}, meaning.role, ref, meaning.type)


def _entries(text: str, separator: str) -> list[str]:
    """The entries of a cell; only a separator that the mapping names parts it, for names hold every sign."""
    parts = text.split(separator) if separator else [text]
    return [entry for part in parts if (entry := part.strip())]


def read_tags(row: Row) -> list[Tag]:
    """The classifications of a row, each once."""
    tags = [tag for meaning in row.table.mapping.tags for tag in _tags(row, meaning)]
    return list({(tag.scheme, tag.code): tag for tag in reversed(tags)}.values())[::-1]


def _tags(row: Row, meaning: TagMeaning) -> Iterator[Tag]:
    text = row.text(meaning.column)
    if not text:
        return
    if meaning.code:
        yield Tag(meaning.scheme, meaning.code, None, meaning.coded_by)
        return
    entries = _tag_entries(text, meaning)
    percentages = _tag_entries(row.text(meaning.percentages), meaning) if meaning.percentages else []
    vocabularies = _tag_entries(row.text(meaning.vocabulary), meaning) if meaning.vocabulary else []
    for place, entry in enumerate(entries):
        if meaning.vocabularies and _at(vocabularies, place, len(entries)) not in meaning.vocabularies:
            continue
        percent = parse_percentage(_at(percentages, place, len(entries)))
        if code := _tag_code(row, meaning, entry):
            yield Tag(meaning.scheme, code, percent, meaning.coded_by)


def _tag_entries(text: str, meaning: TagMeaning) -> list[str]:
    if meaning.separator:
        parts = text.split(meaning.separator)
    else:
        parts = re.split(r"[;|,\n]", text) if meaning.scheme in _SCHEME_PATTERNS else _LIST.split(text)
    return [entry for part in parts if (entry := part.strip())]


def _at(entries: Sequence[str], place: int, count: int) -> str:
    return entries[place] if len(entries) == count else entries[0] if len(entries) == 1 else ""


def _tag_code(row: Row, meaning: TagMeaning, entry: str) -> str:
    if entry in meaning.values:
        return meaning.values[entry]
    pattern = _SCHEME_PATTERNS.get(meaning.scheme)
    if pattern is None:
        return entry
    match = pattern.fullmatch(entry)
    code = match.group(1) if match else ""
    if not code or (meaning.scheme in _CLOSED and code not in _CLOSED[meaning.scheme]):
        row.add(faults.UNKNOWN_VALUE, meaning.column, entry, meaning=meaning.scheme)
        return ""
    return code


def read_figures(row: Row, period: Span | None, admin1: str) -> Iterator[Figure]:
    """The figures that a row states, for the row's period or the column's own year; a blank states none."""
    for meaning in row.table.mapping.figures:
        number = row.number_in(meaning.column, percent=meaning.unit in {"percent", "%"})
        if number is not None:
            start, end = _period(meaning, period)
            yield Figure(
                meaning.indicator,
                dict(meaning.labels) or {"": meaning.column},
                number.value,
                meaning.unit,
                meaning.qualifier,
                meaning.sex,
                start,
                end,
                meaning.is_additive,
                None,
                admin1,
            )


def _period(meaning: FigureMeaning, period: Span | None) -> tuple[date | None, date | None]:
    if meaning.year:
        return date(int(meaning.year), 1, 1), date(int(meaning.year), 12, 31)
    if period is None:
        return None, None
    last = period.end or period.start
    return period.start.value, last_day(last.value, last.precision)


def last_day(day: date, precision: str) -> date:
    """The last day of what a date states: of its year, of its month, or itself."""
    if precision == "year":
        return date(day.year, 12, 31)
    if precision == "month":
        return date(day.year + day.month // 12, day.month % 12 + 1, 1) - (date(2000, 1, 2) - date(2000, 1, 1))
    return day
