"""Points against the countries they are said to be in: what lies elsewhere is kept and marked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import shapely

from ess.ingest.problems import Kind
from ess.ingest.records import Activity, Site, Texts
from ess.ingest.report import FileReport
from ess.locales import LANGUAGES, N_, translator
from geodata.layer import read_countries

OUTSIDE_COUNTRY = Kind(
    "point_outside_country",
    "warning",
    N_("The point {found} lies outside the country that is stated, {stated}; it is kept, marked."),
    N_("a point in that country"),
)
SWAPPED_POINT = Kind(
    "swapped_point",
    "warning",
    N_(
        "The point {found} lies outside the country that is stated, {stated}, and would lie in it with "
        "latitude and longitude exchanged; it is kept as published, marked."
    ),
    N_("latitude first, then longitude"),
)
MARK = N_("This point lies outside the country that is stated.")

COAST = 0.25
"""Degrees by which a point may miss the outline: the layer is simplified, piers and islets lie beyond it."""


def place_sites(activities: Sequence[Activity], report: FileReport) -> None:
    """Say for each site which of the stated countries it is in, and mark those that are in none.

    A site whose activity states one country belongs to it wherever it lies. Sites of an activity without a
    country are left as they are: a point does not say who the partner is.
    """
    placed = [
        (activity, site, stated)
        for activity in activities
        if activity.sites and (stated := _stated(activity))
        for site in activity.sites
    ]
    if not placed:
        return
    found = _countries_at([(site.longitude, site.latitude) for _, site, _ in placed])
    astray = []
    for (activity, site, stated), around in zip(placed, found, strict=True):
        wanted = [site.iso3] if site.iso3 else stated
        inside = [iso3 for iso3 in wanted if iso3 in around]
        site.iso3 = inside[0] if inside else wanted[0] if len(wanted) == 1 else None
        if not inside:
            astray.append((activity, site, wanted))
    _mark(astray, report)


def _stated(activity: Activity) -> list[str]:
    return list(dict.fromkeys(one.iso3 for one in activity.recipients if one.iso3 is not None))


def _mark(astray: Sequence[tuple[Activity, Site, list[str]]], report: FileReport) -> None:
    if not astray:
        return
    exchanged = _countries_at([(site.latitude, site.longitude) for _, site, _ in astray])
    for (activity, site, stated), around in zip(astray, exchanged, strict=True):
        site.exactness = "unknown"
        site.notes = _mark_texts()
        kind = SWAPPED_POINT if any(iso3 in around for iso3 in stated) else OUTSIDE_COUNTRY
        point = f"{site.latitude:g}, {site.longitude:g}"
        report.add(kind, activity.row, "point", point, stated=", ".join(stated))


@lru_cache(maxsize=1)
def _mark_texts() -> Texts:
    return {language: translator(language)(MARK) for language in LANGUAGES}


def _countries_at(points: Sequence[tuple[float, float]]) -> list[set[str]]:
    """The countries (ISO alpha-3) within `COAST` of each (longitude, latitude), EPSG:4326."""
    tree, codes = _layer()
    found: list[set[str]] = [set() for _ in points]
    which, shapes = tree.query(shapely.points(np.array(points)), predicate="dwithin", distance=COAST)
    for point, shape in zip(which.tolist(), shapes.tolist(), strict=True):
        found[point] |= codes[shape]
    return found


@lru_cache(maxsize=1)
def _layer() -> tuple[shapely.STRtree, list[frozenset[str]]]:
    """Outlines with the codes that some boundary view gives them."""
    layer = read_countries("un")
    wider = read_countries("ma")
    wider = wider[wider.iso3 == "MAR"]  # what this view adds to a country is in it for whoever draws it so
    shapes = [*layer.geometry, *wider.geometry]
    codes = [frozenset((iso3,)) for iso3 in (*layer.iso3, *wider.iso3)]
    return shapely.STRtree(shapes), codes
