"""Simplify shared arcs and snap them to a grid, without breaking a shape or a coverage."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

from geodata._topology import Coordinates, Grid, Polygon, Topology, arcs_of, ring_nodes, shape_of

WEB_TOLERANCE: Final = 0.115
"""Tolerance in degrees of the browser's shapes for a country of a million km²: see `web_tolerance`."""


def web_tolerance(area_km2: float) -> float:
    """Tolerance in degrees for an arc whose smallest country has this area.

    It grows with the cube root of the area, so that the shapes of small and of large countries come out
    equally true: Malawi 0.05°, Morocco 0.09°, Canada 0.25°, Nauru 0.003°.
    """
    return WEB_TOLERANCE * float(np.cbrt(area_km2 / 1e6))


def simplify_topology(
    topology: Topology, tolerances: Sequence[float], grid: Grid, coverages: Sequence[Sequence[str]]
) -> Topology:
    """Simplify each arc to its tolerance and snap it to `grid`; where that breaks a shape, arcs stay finer.

    Parameters
    ----------
    topology
        Arcs in degrees.
    tolerances
        One number an arc, in degrees; 0 leaves the arc as it is.
    coverages
        Names of objects that form a coverage together.

    Returns
    -------
    Topology
        Same references, arcs on the grid, every shape and every coverage valid. A part that runs into
        another on this grid even with all its nodes is left out.

    Raises
    ------
    ValueError
        When a shape would be left without a part.
    """
    polygons = topology.polygons
    pinned = [np.full(len(arc), limit == 0) for arc, limit in zip(topology.arcs, tolerances, strict=True)]
    arcs = [_simplified(*arc, grid) for arc in zip(topology.arcs, tolerances, pinned, strict=True)]
    while trouble := _troubled_arcs(Topology(arcs, polygons), grid, coverages):
        finer = [arc for arc, place in trouble.items() if _pin(topology.arcs[arc], pinned[arc], place)]
        if not finer:
            polygons = _without_smallest_part(Topology(arcs, polygons), set(trouble))
        for arc in finer:
            arcs[arc] = _simplified(topology.arcs[arc], tolerances[arc], pinned[arc], grid)
    return Topology(arcs=arcs, polygons=polygons)


_PINNED_DEGREES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


def _simplified(arc: Coordinates, tolerance: float, pinned: npt.NDArray[np.bool_], grid: Grid) -> Coordinates:
    return grid.unsnap(grid.snap(arc if pinned.all() else simplify_arc(arc, tolerance, pinned)))


def _pin(arc: Coordinates, pinned: npt.NDArray[np.bool_], place: shapely.Geometry) -> bool:
    """Pin the nodes of `arc` around `place`, a little farther each time; whether that pins any more."""
    nodes = shapely.points(arc)
    for radius in _PINNED_DEGREES:
        more = shapely.dwithin(nodes, place, radius) & ~pinned
        if more.any():
            pinned |= more
            return True
    return False


def _without_smallest_part(topology: Topology, troubled: set[int]) -> dict[str, list[list[Polygon]]]:
    parts = [
        polygon
        for listed in topology.polygons.values()
        for polygons in listed
        if len(polygons) > 1
        for polygon in polygons
        if troubled.intersection(arcs_of([polygon]))
    ]
    if not parts:
        raise ValueError(f"a shape is invalid near {topology.arcs[min(troubled)][0]} even with all its nodes")
    smallest = min(parts, key=lambda polygon: _ring_area(ring_nodes(polygon[0], topology.arcs)))
    return {
        name: [[polygon for polygon in polygons if polygon != smallest] for polygons in listed]
        for name, listed in topology.polygons.items()
    }


def _ring_area(nodes: Coordinates) -> float:
    x, y = nodes[:, 0], nodes[:, 1]
    return float(abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1])) / 2)


def _troubled_arcs(
    topology: Topology, grid: Grid, coverages: Sequence[Sequence[str]]
) -> dict[int, shapely.Geometry]:
    """Arcs with the place where a ring has collapsed, a shape is invalid or two shapes overlap."""
    if collapsed := _collapsed_arcs(topology):
        return {arc: shapely.MultiPoint(topology.arcs[arc]) for arc in collapsed}
    places = _troubled_places(topology, coverages)
    if not places:
        return {}
    lines = np.array([shapely.LineString(arc) for arc in topology.arcs], dtype=object)
    found = shapely.STRtree(lines).query(places, predicate="dwithin", distance=max(grid.scale)).T.tolist()
    return {arc: places[place] for place, arc in found}


def _troubled_places(topology: Topology, coverages: Sequence[Sequence[str]]) -> list[shapely.Geometry]:
    shapes = {
        name: [shape_of(polygons, topology.arcs) for polygons in listed]
        for name, listed in topology.polygons.items()
    }
    invalid = [shape for listed in shapes.values() for shape in listed if not shapely.is_valid(shape)]
    places = [place for shape in invalid for place in _invalid_places(shape)]
    for names in coverages:
        places = places or _overlaps([shape for name in names for shape in shapes[name]])
    return places


def _collapsed_arcs(topology: Topology) -> set[int]:
    rings = [
        ring
        for listed in topology.polygons.values()
        for polygons in listed
        for polygon in polygons
        for ring in polygon
    ]
    fewest = [ring for ring in rings if len(ring_nodes(ring, topology.arcs)) < 4]
    return {arc if arc >= 0 else ~arc for ring in fewest for arc in ring}


def _invalid_places(shape: shapely.Geometry) -> list[shapely.Geometry]:
    """Where the parts of a shape cross themselves or, when none does, each other."""
    parts = shapely.get_parts(shape)
    broken = parts[~shapely.is_valid(parts)]
    if len(broken):
        return [_invalid_place(part) for part in broken]
    one, other = shapely.STRtree(parts).query(parts, predicate="intersects")
    pairs = one < other
    return list(shapely.intersection(parts[one[pairs]], parts[other[pairs]])) or [_invalid_place(shape)]


def _invalid_place(part: shapely.Geometry) -> shapely.Geometry:
    longitude, latitude = shapely.is_valid_reason(part).partition("[")[2].rstrip("]").split()
    return shapely.Point(float(longitude), float(latitude))


def _overlaps(shapes: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
    edges = shapely.coverage_invalid_edges(np.array(shapes, dtype=object))
    return [edge for edge in edges if not edge.is_empty]


def simplify_arc(
    arc: Coordinates, tolerance: float, pinned: npt.NDArray[np.bool_] | None = None
) -> Coordinates:
    """Remove nodes in order of the triangle they span, while it is smaller than `tolerance` squared.

    Visvalingam and Whyatt's method; areas are those on the ground (Lambert's cylindrical projection), in
    square degrees at the equator, so that Arctic coasts weigh no more than others.
    The ends and the `pinned` nodes stay; a closed arc keeps four nodes.
    """
    fewest = 4 if np.array_equal(arc[0], arc[-1]) else 2
    fixed = np.zeros(len(arc), dtype=bool) if pinned is None else pinned.copy()
    fixed[[0, -1]] = True
    x, y = arc[:, 0], np.degrees(np.sin(np.radians(arc[:, 1])))
    return arc[_kept_nodes(x.tolist(), y.tolist(), fixed.tolist(), tolerance**2, fewest)]


def _kept_nodes(
    x: list[float], y: list[float], fixed: list[bool], largest: float, fewest: int
) -> npt.NDArray[np.bool_]:
    before, after = list(range(-1, len(x) - 1)), list(range(1, len(x) + 1))

    def area(node: int) -> float:
        a, c = before[node], after[node]
        return abs((x[a] - x[c]) * (y[node] - y[a]) - (x[a] - x[node]) * (y[c] - y[a])) / 2

    areas = {node: area(node) for node, stays in enumerate(fixed) if not stays}
    queue = [(size, node) for node, size in areas.items()]
    heapq.heapify(queue)
    kept = np.ones(len(x), dtype=bool)
    left = len(x)
    while queue and left > fewest and queue[0][0] < largest:
        size, node = heapq.heappop(queue)
        if areas.get(node) != size:
            continue
        del areas[node]
        kept[node], left = False, left - 1
        a, c = before[node], after[node]
        after[a], before[c] = c, a
        for neighbour in areas.keys() & {a, c}:
            areas[neighbour] = max(area(neighbour), size)
            heapq.heappush(queue, (areas[neighbour], neighbour))
    return kept
