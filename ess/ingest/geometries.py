"""Geometries made fit for a map: flat, valid, inside the world, of one kind; what was changed is listed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.locales import N_, term

MOST_VERTICES = 400_000
MOST_FEATURES = 50_000
AREA_CHANGE = 0.01
"""Share of a polygon's area from which a repair is flagged."""

NO_GEOMETRY = Kind(
    "no_geometry",
    "error",
    N_("Feature {number} has no geometry; it is not on the map."),
    N_("a point, line or area"),
)
BROKEN_GEOMETRY = Kind(
    "broken_geometry", "error", N_("Feature {number} has a broken geometry ({found}); it is not on the map."),
    N_("a valid point, line or area"),
)  # fmt: skip
OUTSIDE_WORLD = Kind(
    "outside_world", "error", N_("Feature {number} lies outside the world ({found}); it is not on the map."),
    N_("longitudes from -180 to 180 and latitudes from -90 to 90"),
)  # fmt: skip
REPAIRED = Kind(
    "repaired_geometry", "warning", N_("Feature {number} crossed itself; its outline was repaired.")
)
AREA_CHANGED = Kind(
    "area_changed",
    "warning",
    N_("Repairing feature {number} changed its area from {before} to {after}; check it."),
)
REDUCED = Kind(
    "reduced_collection",
    "warning",
    N_("Feature {number} mixes several kinds of geometry; only {found} were kept."),
)
FLATTENED = Kind("flattened", "warning", N_("Features with heights: {count}; their heights were left out."))
CLOSED = Kind("ring_closed", "warning", N_("Feature {number} had an open ring; it was closed."))
CUT_AT_180 = Kind(
    "cut_at_180", "warning", N_("Feature {number} crosses the 180th meridian in one piece; it was cut there.")
)

PARTS = {0: term("points"), 1: term("lines"), 2: term("areas")}
SAME_KIND: dict[int, Callable[[list[Any]], Any]] = {
    0: shapely.multipoints,
    1: shapely.multilinestrings,
    2: shapely.multipolygons,
}


@dataclass
class Mender:
    """Mends one geometry after the other and notes what it did, feature by feature (numbers from 1)."""

    report: FileReport | None
    with_height: int = 0

    def mend(self, geometry: BaseGeometry | None, number: int) -> BaseGeometry | None:
        """A geometry in degrees fit for a map, or None where there is none or it cannot be mended."""
        if geometry is None or geometry.is_empty:
            return self._left_out(NO_GEOMETRY, number)
        if geometry.has_z:
            self.with_height += 1
            geometry = shapely.force_2d(geometry)
        if not np.isfinite(shapely.get_coordinates(geometry)).all():
            return self._left_out(BROKEN_GEOMETRY, number, "a coordinate is not a number")
        mended = self._valid(self._cut(geometry, number), number)
        mended = None if mended is None else self._one_kind(mended, number)
        if mended is None or mended.is_empty:
            return self._left_out(BROKEN_GEOMETRY, number, "nothing of it is valid")
        if not is_in_world(mended):
            west, south, east, north = mended.bounds
            return self._left_out(OUTSIDE_WORLD, number, f"{west:g}, {south:g}, {east:g}, {north:g}")
        return mended

    def finish(self) -> None:
        """Note what is counted for the whole layer."""
        if self.with_height:
            self._note(FLATTENED, None, count=self.with_height)

    def leave_out(self, number: int, why: str) -> None:
        """Note a geometry that could not even be built."""
        self._left_out(BROKEN_GEOMETRY, number, why)

    def _valid(self, geometry: BaseGeometry, number: int) -> BaseGeometry | None:
        if geometry.is_valid:
            return geometry
        try:
            whole = without_stray_holes(geometry)
            mended = (
                whole
                if whole.is_valid
                else shapely.make_valid(whole, method="structure", keep_collapsed=False)
            )
        except shapely.GEOSException:
            return None
        self._note(REPAIRED, number)
        before, after = geometry.area, mended.area
        if after and abs(after - before) > AREA_CHANGE * after:
            self._note(AREA_CHANGED, number, before=f"{before:.4g}", after=f"{after:.4g}")
        return mended

    def _one_kind(self, geometry: BaseGeometry, number: int) -> BaseGeometry | None:
        if geometry.geom_type != "GeometryCollection":
            return geometry
        parts = [part for part in simple_parts(geometry) if not part.is_empty]
        if not parts:
            return None
        dimension = max(int(shapely.get_dimensions(part)) for part in parts)
        kept = [part for part in parts if shapely.get_dimensions(part) == dimension]
        if len(kept) < len(parts):
            self._note(REDUCED, number, found=PARTS[dimension])
        return self._valid(kept[0] if len(kept) == 1 else SAME_KIND[dimension](kept), number)

    def _cut(self, geometry: BaseGeometry, number: int) -> BaseGeometry:
        cut = cut_at_180(geometry)
        if cut is not geometry:
            self._note(CUT_AT_180, number)
        return cut

    def _left_out(self, kind: Kind, number: int, found: str = "") -> BaseGeometry | None:
        """Note why; the answer is always None."""
        self._note(kind, number, found=found)
        return None

    def _note(self, kind: Kind, number: int | None, found: str = "", **facts: Any) -> None:
        if self.report is not None:
            numbered: dict[str, Any] = facts if number is None else {"number": number, **facts}
            self.report.add(kind, number, found=found, **numbered)


def without_stray_holes(geometry: BaseGeometry) -> BaseGeometry:
    """A polygon without the holes that lie outside its outline; anything else is returned itself."""
    if not isinstance(geometry, shapely.Polygon) or not geometry.interiors:
        return geometry
    inside = shapely.make_valid(shapely.Polygon(geometry.exterior))
    holes = [ring for ring in geometry.interiors if shapely.intersects(inside, ring)]
    return shapely.Polygon(geometry.exterior, holes)


def narrow_bounds(geometry: BaseGeometry) -> tuple[float, float, float, float]:
    """West, south, east and north in degrees, the narrow way round: east may be over 180."""
    west, south, east, north = geometry.bounds
    if east - west > 180:
        turned = shapely.transform(geometry, _eastwards).bounds
        if turned[2] - turned[0] < east - west:
            return turned
    return west, south, east, north


def simple_parts(geometry: BaseGeometry) -> Iterator[BaseGeometry]:
    """The points, lines and polygons of a geometry, however deep its collections nest."""
    for part in shapely.get_parts(geometry):
        if part.geom_type in {"GeometryCollection", "MultiPoint", "MultiLineString", "MultiPolygon"}:
            yield from simple_parts(part)
        else:
            yield part


def is_in_world(geometry: BaseGeometry) -> bool:
    """Whether all coordinates are degrees of this world."""
    west, south, east, north = geometry.bounds
    return west >= -180 and east <= 180 and south >= -90 and north <= 90


def cut_at_180(geometry: BaseGeometry) -> BaseGeometry:
    """A geometry that runs over the 180th meridian, cut there and brought back into -180 … 180.

    It does so when its longitudes pass 180, or when an edge spans more than half the world while the
    whole, read the other way round, is less than 90° wide and 60° high. Any other is returned itself.
    """
    if geometry.geom_type in {"Point", "MultiPoint", "GeometryCollection"} or geometry.is_empty:
        return geometry
    west, south, east, north = geometry.bounds
    if south < -90 or north > 90:
        return geometry
    if west >= -180 and east <= 180:
        if not _jumps(geometry):
            return geometry
        turned = shapely.transform(geometry, _eastwards)
        if turned.bounds[2] - turned.bounds[0] > 90 or north - south > 60:
            return geometry
        geometry = turned
    elif not (west >= -360 and east <= 360 and east - west < 360):
        return geometry
    valid = shapely.make_valid(geometry)
    pieces = [
        shapely.transform(
            shapely.intersection(valid, shapely.box(left, -90, left + 360, 90)), _shift(-180 - left)
        )
        for left in (-540, -180, 180)
    ]
    return shapely.union_all([piece for piece in pieces if not piece.is_empty])


def _jumps(geometry: BaseGeometry) -> bool:
    """Whether an edge spans more than half the world."""
    parts = shapely.get_parts(geometry)
    lines = shapely.get_rings(parts) if shapely.get_dimensions(geometry) == 2 else parts
    places, owner = shapely.get_coordinates(lines, return_index=True)
    steps = np.abs(np.diff(places[:, 0]))
    return bool((steps[np.diff(owner) == 0] > 180).any())


def _eastwards(places: NDArray[np.float64]) -> NDArray[np.float64]:
    turned = places.copy()
    turned[:, 0] = np.where(turned[:, 0] < 0, turned[:, 0] + 360, turned[:, 0])
    return turned


def _shift(by: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    def shifted(places: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = places.copy()
        moved[:, 0] = np.clip(moved[:, 0] + by, -180, 180)
        return moved

    return shifted


def looks_projected(geometries: Sequence[BaseGeometry | None]) -> bool:
    """Whether most coordinates cannot be degrees."""
    bounds = [geometry.bounds for geometry in geometries if geometry is not None and not geometry.is_empty]
    far = sum(_is_far(place) for box in bounds for place in (box[:2], box[2:]))
    return bool(bounds) and far > len(bounds)


def _is_far(place: tuple[float, ...]) -> bool:
    return all(math.isfinite(number) for number in place) and (abs(place[0]) > 360 or abs(place[1]) > 90)
