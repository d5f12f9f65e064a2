"""Places of an activity in the atlas's own IATI export, where the elements of the standard say otherwise.

The rows of the places stand beside the elements and say more. As long as both agree the rows are taken as
they are. A country or region that no element names any more is left out, one that only an element names gets
a row, a percentage or a point that was changed is that of the element. In an activity that only groups others
the standard is given no places, so that nothing of its rows is missed there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ess.ingest.iati_codes import iso3_by_code
from ess.ingest.iati_context import Element
from ess.ingest.iati_elements import parse_point
from ess.ingest.iati_faults import BAD_PERCENTAGE
from ess.ingest.iati_own_rows import BAD_POINT, SAYS_OTHERWISE, Cells, OwnRows, number_of
from ess.ingest.problems import Kind
from ess.ingest.regions import region_of
from ess.locales import N_
from ess.portfolio.codes import REGIONS, codes_in

NOT_NAMED = Kind(
    "place_not_named",
    "critical",
    N_("No element of the activity names {found}; this place of it was left out."),
    N_("a recipient-country or a recipient-region for the place"),
)
NAMED_ALONE = Kind(
    "place_of_an_element",
    "warning",
    N_("{found} is named by an IATI element alone, by no place of the atlas; a place was made for it."),
    N_("a place of the atlas for each element"),
)

Place = tuple[str, str]
"""``iso3`` or ``region``, and its code."""

_FULL = 100.0
_REGIONS = codes_in(REGIONS)


def settled_places(own: OwnRows, activity: Cells, element: Element, rows: list[Cells]) -> list[Cells]:
    """The rows of an activity's places, brought into line with its elements.

    Parameters
    ----------
    activity
        The row of the activity.
    rows
        Rows of its places as written.
    """
    is_counted = activity.get("umbrella") != "true"
    named = _named(own, element)
    kept = [row for row in rows if not is_counted or _is_named(own, row, named)]
    for place, percentage in named.items():
        partners = [row for row in kept if row.get("role") != "provider" and _place_of(row) == place]
        if not partners:
            kept.append(_new_row(own, activity, place, percentage))
        elif is_counted:
            _settle_share(own, partners, percentage)
    if is_counted:
        kept += _settle_points(own, activity, element, kept)
    return kept


def named_place(element: Element) -> Place:
    """The country or region that a recipient element names; its code as written where it is not known."""
    written = (element.get("code") or "").strip()
    if element.tag == "recipient-country":
        return "iso3", iso3_by_code().get(written.upper(), written)
    return "region", region_of((element.get("vocabulary") or "1").strip(), written) or written


def _named(own: OwnRows, element: Element) -> dict[Place, float | None]:
    """What the activity names, each once, with its percentage; repeated ones add up."""
    found: dict[Place, float | None] = {}
    for recipient in (*element.iterchildren("recipient-country"), *element.iterchildren("recipient-region")):
        place, percentage = named_place(recipient), _percentage(own, recipient)
        if place[1]:
            before = found.get(place)
            found[place] = percentage if before is None else before + (percentage or 0)
    return found


def _percentage(own: OwnRows, element: Element) -> float | None:
    written = (element.get("percentage") or "").strip()
    if not written:
        return None
    value = number_of(written)
    if value is None or not 0 <= value <= _FULL:
        own.note(BAD_PERCENTAGE, "places", "share", written)
        return None
    return value


def _place_of(row: Cells) -> Place | None:
    return next(((column, row[column]) for column in ("iso3", "region") if row.get(column)), None)


def _is_named(own: OwnRows, row: Cells, named: dict[Place, float | None]) -> bool:
    """Whether the elements name the place of a row, if they could: then they must."""
    place = _place_of(row)
    if place is None or place in named or row.get("role") == "provider":
        return True
    known = iso3_by_code().values() if place[0] == "iso3" else _REGIONS
    if place[1] not in known:
        return True
    own.reject(NOT_NAMED, "places", row, *place)
    return False


def _new_row(own: OwnRows, activity: Cells, place: Place, percentage: float | None) -> Cells:
    column, code = place
    own.note(NAMED_ALONE, "places", column, code)
    row = {"activity": activity.get("id", ""), column: code, "role": "recipient"}
    return row if percentage is None else row | {"share": repr(percentage), "share_basis": "stated"}


def _settle_share(own: OwnRows, partners: Sequence[Cells], percentage: float | None) -> None:
    """Give the rows of one place the percentage of its element, where theirs do not make it up."""
    stated = [row for row in partners if row.get("share") and row.get("share_basis") == "stated"]
    said = _total(stated)
    if said == percentage or (stated and said is None):
        return
    own.note(SAYS_OTHERWISE, "places", "share", _told(percentage), said=_told(said))
    for row in stated:
        del row["share"], row["share_basis"]
    if percentage is not None:
        partners[0].update(share=repr(percentage), share_basis="stated")


def _told(percentage: float | None) -> str:
    return "-" if percentage is None else f"{percentage:g}"


def _total(stated: Sequence[Cells]) -> float | None:
    """What the rows add up to as the export writes it; None for none, and for what is no number."""
    shares = [number_of(row["share"]) for row in stated]
    known = [share for share in shares if share is not None]
    return min(sum(known), _FULL) if known and len(known) == len(shares) else None


def _settle_points(own: OwnRows, activity: Cells, element: Element, rows: Sequence[Cells]) -> Iterator[Cells]:
    """Give each row the point of its element; rows for the points of elements that name no row."""
    by_id = {row["id"]: row for row in rows if row.get("id")}
    seen = set()
    for location in element.iterchildren("location"):
        point = _point(own, location)
        row = by_id.get(location.get("ref") or "")
        if row is not None:
            seen.add(row["id"])
        if point is None:
            continue
        if row is not None:
            _settle_point(own, row, point)
        else:
            own.note(NAMED_ALONE, "places", "latitude", f"{point[0]} {point[1]}")
            yield {"activity": activity.get("id", ""), "role": "recipient", **_as_cells(point)}
    for name, row in by_id.items():
        if name not in seen:
            _take_point_away(own, row)


def _point(own: OwnRows, location: Element) -> tuple[float, float] | None:
    written = (location.findtext("point/pos") or "").strip()
    point = parse_point(written) if written else None
    if written and point is None:
        own.note(BAD_POINT, "places", "latitude", written)
    return point


def _as_cells(point: tuple[float, float]) -> Cells:
    return {"latitude": repr(point[0]), "longitude": repr(point[1])}


def _settle_point(own: OwnRows, row: Cells, point: tuple[float, float]) -> None:
    said = parse_point(f"{row.get('latitude')} {row.get('longitude')}")
    if said != point:
        own.note(SAYS_OTHERWISE, "places", "latitude", f"{point[0]} {point[1]}", said=said or "-")
        row.update(_as_cells(point))


def _take_point_away(own: OwnRows, row: Cells) -> None:
    """A point that no element has any more is none."""
    if row.get("latitude") and row.get("longitude"):
        own.note(SAYS_OTHERWISE, "places", "latitude", "-", said=f"{row['latitude']} {row['longitude']}")
        del row["latitude"], row["longitude"]
