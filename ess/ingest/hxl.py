"""What a table means by its HXL tags (Humanitarian Exchange Language 1.1), without any heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ess.ingest.cells import is_blank, key_of, text_of
from ess.ingest.meanings import (
    FigureMeaning,
    Meaning,
    ParticipantMeaning,
    PlaceMeaning,
    TableMapping,
    TagMeaning,
)
from ess.ingest.sheets import Sheet
from geodata.codes import match_country

FIGURE_TAGS: Final = ("#affected", "#inneed", "#targeted", "#target", "#reached", "#population", "#capacity",
                      "#indicator", "#output", "#value")  # fmt: skip
ACTIVITY_TAGS: Final = ("#activity", "#project", "#output", "#service")
_SEXES: Final = {"f": "female", "female": "female", "m": "male", "male": "male"}
_UNITS: Final = {"ind": "persons", "idps": "persons", "hh": "households", "families": "households",
                 "people": "persons"}  # fmt: skip


def build_hxl_mapping(sheet: Sheet) -> TableMapping:
    """The mapping that a table's tags state.

    A table with a tag for activities or projects is a list of activities; any other is one of figures. Where
    no tag names the country, that of the P-codes is taken, if all of them begin with one country's code.
    """
    tags = dict(_tagged(sheet))
    is_activities = any(_base(tag) in ACTIVITY_TAGS and not _is_figure(tag) for tag in tags.values())
    columns: dict[str, Meaning | PlaceMeaning] = dict(_meanings(tags, is_activities=is_activities))
    country = "" if "recipients" in columns else country_of_pcodes(sheet, tags)
    return TableMapping(
        name="hxl",
        title="Table with HXL tags",
        rows="activities" if is_activities else "figures",
        notes=_notes(country),
        constants={"recipients": country} if country else {},
        columns=columns,
        participants=tuple(_participants(tags)) if is_activities else (),
        tags=tuple(TagMeaning(column, "sector") for column, tag in tags.items() if _base(tag) == "#sector")
        if is_activities
        else (),
        figures=tuple(_figures(tags)),
    )


def _notes(country: str) -> tuple[str, ...]:
    if not country:
        return ()
    return (f"No column names the country; all P-codes begin with the code of {country}, which is taken.",)


def _tagged(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """Headings with their tags, attributes in one order and without spaces."""
    for column, tag in zip(sheet.columns, sheet.tags, strict=False):
        if tag.strip():
            yield column, re.sub(r"\s+", "", tag).lower()


def _base(tag: str) -> str:
    return tag.split("+", 1)[0]


def _attributes(tag: str) -> list[str]:
    return tag.split("+")[1:]


def _is_figure(tag: str) -> bool:
    return _base(tag) in FIGURE_TAGS and not {"name", "code", "type", "desc"} & set(_attributes(tag))


def _find(tags: Mapping[str, str], base: str, *attributes: str, without: tuple[str, ...] = ()) -> str:
    for column, tag in tags.items():
        has = set(_attributes(tag))
        if _base(tag) == base and has.issuperset(attributes) and not has.intersection(without):
            return column
    return ""


def _meanings(
    tags: Mapping[str, str], *, is_activities: bool
) -> Iterator[tuple[str, Meaning | PlaceMeaning]]:
    codes = _find(tags, "#country", "code")
    names = _find(tags, "#country", without=("code",))
    if codes or names:
        yield "recipients", PlaceMeaning((names,) if names else (), codes)
    if admin := _find(tags, "#adm1", without=("code",)) or _find(tags, "#adm1"):
        yield "admin1", Meaning((admin,))
    for meaning, base, attributes in (
        ("start", "#date", ("start",)), ("end", "#date", ("end",)),
        ("latitude", "#geo", ("lat",)), ("longitude", "#geo", ("lon",)),
    ):  # fmt: skip
        if column := _find(tags, base, *attributes):
            yield meaning, Meaning((column,))
    if column := _find(tags, "#date", "year") or _find(tags, "#date", without=("start", "end")):
        yield "year", Meaning((column,))
    if is_activities:
        yield from _activity_meanings(tags)


def _activity_meanings(tags: Mapping[str, str]) -> Iterator[tuple[str, Meaning]]:
    for meaning, found in (
        (
            "id",
            _find(tags, "#activity", "code")
            or _find(tags, "#activity", "id")
            or _find(tags, "#project", "code"),
        ),
        (
            "title",
            _find(tags, "#activity", without=("code", "id")) or _find(tags, "#project", without=("code",)),
        ),
        ("description", _find(tags, "#description")),
        ("stage", _find(tags, "#status")),
        ("place", _find(tags, "#loc", without=("code",))),
    ):
        if found:
            yield meaning, Meaning((found,))


def _participants(tags: Mapping[str, str]) -> Iterator[ParticipantMeaning]:
    roles = {"prog": "accountable", "funder": "funding", "donor": "funding", "impl": "implementing"}
    for column, tag in tags.items():
        if _base(tag) == "#org" and not {"code", "type", "acronym"} & set(_attributes(tag)):
            role = next((roles[name] for name in _attributes(tag) if name in roles), "participant")
            yield ParticipantMeaning(column, role)


def _figures(tags: Mapping[str, str]) -> Iterator[FigureMeaning]:
    for column, tag in tags.items():
        if _is_figure(tag):
            attributes = _attributes(tag)
            unit = next((_UNITS[name] for name in attributes if name in _UNITS), "")
            sex = next((_SEXES[name] for name in attributes if name in _SEXES), "")
            same = sum(other == tag for other in tags.values()) > 1
            yield FigureMeaning(column, _indicator(tag, column if same else ""), {"": column}, unit, sex)


def _indicator(tag: str, column: str) -> str:
    """A stable id: the tag's words, and the heading's where the same tag stands twice."""
    words = re.sub(r"\W+", "_", tag).strip("_")
    return f"{words}_{key_of(column).replace(' ', '_')}" if column else words


def country_of_pcodes(sheet: Sheet, tags: Mapping[str, str]) -> str:
    """The ISO alpha-3 code of the country by which all P-codes of a table begin; empty where they do not."""
    column = next(
        (column for level in ("#adm1", "#adm2", "#adm3", "#adm4") if (column := _find(tags, level, "code"))),
        "",
    )
    if not column:
        return ""
    position = sheet.columns.index(column)
    texts = {text_of(cells[position]) for _, cells in sheet.lines()}
    starts = {
        match.group(1) if (match := re.match(r"([A-Z]{2,3})\d", text)) else ""
        for text in texts
        if not is_blank(text)
    }
    return (match_country(starts.pop()) or "") if len(starts) == 1 else ""
