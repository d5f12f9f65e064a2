"""A flat view of an activity file: one row an activity, a few plain columns, as the file writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ess.errors import BadInput
from ess.ingest.markup import iterparse_options, markup_fault, open_markup
from ess.locales import N_

if TYPE_CHECKING:
    from lxml.etree import _Element

COLUMNS = (
    "iati-identifier", "reporting-org", "title", "activity-status", "recipient-country", "recipient-region",
    "sector", "start", "end", "default-currency", "hierarchy",
)  # fmt: skip
START_TYPES = {"1", "2", "start-planned", "start-actual"}
END_TYPES = {"3", "4", "end-planned", "end-actual"}
SEVERAL = "; "
"""Between several values of one column."""


def read_activity_rows(path: Path) -> Iterator[dict[str, str]]:
    """Stream the activities of an IATI file; memory stays flat.

    Texts are as written, trimmed; several codes are joined by `SEVERAL`; of several dates the actual one
    comes last and counts; what an activity does not state is an empty text.

    Raises
    ------
    BadInput
        For XML out of bounds or not well formed, and for a file without an activity.
    """
    from lxml import etree

    found = False
    with open_markup(path) as reader:
        try:
            events = etree.iterparse(
                reader, events=("end",), tag="{*}iati-activity", **iterparse_options(reader)
            )
            for _, activity in events:
                found = True
                yield build_row(activity)
                _release(activity)
        except etree.XMLSyntaxError as error:
            raise markup_fault(error, Path(path).name) from error
    if not found:
        raise BadInput(
            N_("{name} holds no activity; expected <iati-activity> elements."),
            code="no_records",
            name=Path(path).name,
        )


def build_row(activity: _Element) -> dict[str, str]:
    """The columns of one activity."""
    days = {(date.get("type") or "").lower(): _day(date) for date in _children(activity, "activity-date")}
    return {
        "iati-identifier": _first(activity, "iati-identifier"),
        "reporting-org": _codes(activity, "reporting-org", "ref") or _first(activity, "reporting-org"),
        "title": _first(activity, "title"),
        "activity-status": _codes(activity, "activity-status", "code"),
        "recipient-country": _codes(activity, "recipient-country", "code"),
        "recipient-region": _codes(activity, "recipient-region", "code"),
        "sector": _codes(activity, "sector", "code"),
        "start": _latest(days, START_TYPES),
        "end": _latest(days, END_TYPES),
        "default-currency": (activity.get("default-currency") or "").strip(),
        "hierarchy": (activity.get("hierarchy") or "").strip(),
    }


def _release(activity: _Element) -> None:
    activity.clear()
    parent = activity.getparent()
    if parent is None:
        return
    while activity.getprevious() is not None:
        del parent[0]


def _children(activity: _Element, tag: str) -> Iterator[_Element]:
    return (child for child in activity if str(child.tag).rpartition("}")[2] == tag)


def _first(activity: _Element, tag: str) -> str:
    return next((text for child in _children(activity, tag) if (text := _text(child))), "")


def _text(element: _Element) -> str:
    narratives = [*_children(element, "narrative")] or [element]
    return " ".join("".join(str(part) for part in narratives[0].itertext()).split())


def _codes(activity: _Element, tag: str, attribute: str) -> str:
    codes = ((child.get(attribute) or _text(child)).strip() for child in _children(activity, tag))
    return SEVERAL.join(dict.fromkeys(code for code in codes if code))


def _day(date: _Element) -> str:
    return (date.get("iso-date") or "").strip() or _text(date)


def _latest(days: dict[str, str], types: set[str]) -> str:
    actual = next(
        (days[kind] for kind in ("2", "4", "start-actual", "end-actual") if kind in types and kind in days),
        "",
    )
    return actual or next((day for kind, day in days.items() if kind in types), "")
