"""Shared arcs: cut the rings of a valid coverage into arcs, snap them to a grid, make shapes of them again.

The format is described at https://github.com/topojson/topojson-specification; arcs are cut where the
neighbours of a node differ between two rings, so each border between two countries is stored once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import shapely

QUANTISATION: Final = 500_000
"""Steps on each axis: 0.0007° of longitude on a world layer."""

Coordinates = npt.NDArray[np.float64]
Ring = list[int]
Polygon = list[Ring]


@dataclass(frozen=True)
class Topology:
    """Shapes as references to shared arcs.

    Attributes
    ----------
    arcs
        Coordinates of each arc, shape (n, 2), longitude and latitude in degrees, both ends included.
    polygons
        For each object, for each of its shapes, its polygons: lists of rings, a ring a list of arc
        numbers; ``~n`` is arc n walked backwards.
    """

    arcs: list[Coordinates]
    polygons: dict[str, list[list[Polygon]]] = field(default_factory=dict)


def build_topology(objects: Mapping[str, Sequence[shapely.Geometry]]) -> Topology:
    """Cut the rings of all objects into shared arcs.

    Parameters
    ----------
    objects
        Polygons and multipolygons by object name; across all objects, edges that coincide must have the
        same nodes (a valid coverage and its dissolves have).
    """
    rings, owners = _all_rings(objects)
    nodes, numbers = _numbered_nodes(rings)
    junctions = _junctions(numbers, len(nodes))
    arcs: dict[tuple[int, ...], int] = {}
    topology = Topology(arcs=[], polygons={name: [[] for _ in shapes] for name, shapes in objects.items()})
    for ring, (name, shape, polygon) in zip(numbers, owners, strict=True):
        polygons = topology.polygons[name][shape]
        if polygon == len(polygons):
            polygons.append([])
        polygons[polygon].append([_arc_number(arc, arcs) for arc in _cut(ring, junctions)])
    topology.arcs.extend(nodes[list(arc)] for arc in arcs)
    return topology


def _all_rings(
    objects: Mapping[str, Sequence[shapely.Geometry]],
) -> tuple[list[Coordinates], list[tuple[str, int, int]]]:
    rings: list[Coordinates] = []
    owners: list[tuple[str, int, int]] = []
    for name, shapes in objects.items():
        for number, shape in enumerate(shapes):
            for part_number, part in enumerate(shapely.get_parts(shape)):
                for ring in (part.exterior, *part.interiors):
                    rings.append(shapely.get_coordinates(ring)[:-1])
                    owners.append((name, number, part_number))
    return rings, owners


def _numbered_nodes(rings: Sequence[Coordinates]) -> tuple[Coordinates, list[list[int]]]:
    nodes, inverse = np.unique(np.concatenate(rings), axis=0, return_inverse=True)
    ends = np.cumsum([len(ring) for ring in rings])[:-1]
    return nodes, [part.tolist() for part in np.split(inverse.ravel(), ends)]


def _junctions(rings: Iterable[list[int]], count: int) -> list[bool]:
    neighbours: list[tuple[int, int] | None] = [None] * count
    junctions = [False] * count
    for ring in rings:
        for position, node in enumerate(ring):
            before, after = ring[position - 1], ring[(position + 1) % len(ring)]
            pair = (before, after) if before < after else (after, before)
            if neighbours[node] is None:
                neighbours[node] = pair
            elif neighbours[node] != pair:
                junctions[node] = True
    return junctions


def _cut(ring: list[int], junctions: Sequence[bool]) -> list[tuple[int, ...]]:
    cuts = [position for position, node in enumerate(ring) if junctions[node]]
    if not cuts:
        start = ring.index(min(ring))
        return [(*ring[start:], *ring[: start + 1])]
    closed = ring + ring
    ends = [*cuts[1:], cuts[0] + len(ring)]
    return [tuple(closed[start : end + 1]) for start, end in zip(cuts, ends, strict=True)]


def _arc_number(arc: tuple[int, ...], known: dict[tuple[int, ...], int]) -> int:
    if arc in known:
        return known[arc]
    if arc[::-1] in known:
        return ~known[arc[::-1]]
    known[arc] = len(known)
    return known[arc]


def arc_owners(topology: Topology) -> list[set[tuple[str, int]]]:
    """For each arc the (object, shape number) that use it."""
    owners: list[set[tuple[str, int]]] = [set() for _ in topology.arcs]
    for name, shapes in topology.polygons.items():
        for number, polygons in enumerate(shapes):
            for arc in arcs_of(polygons):
                owners[arc].add((name, number))
    return owners


def arcs_of(polygons: Iterable[Polygon]) -> Iterable[int]:
    """Numbers of the arcs of `polygons`, whatever their direction."""
    return (arc if arc >= 0 else ~arc for polygon in polygons for ring in polygon for arc in ring)


@dataclass(frozen=True)
class Grid:
    """The grid of a quantised topology: steps of `scale` degrees from `origin`."""

    scale: tuple[float, float]
    origin: tuple[float, float]

    def snap(self, arc: Coordinates) -> npt.NDArray[np.int64]:
        """Grid numbers of an arc, repeated nodes left out (at least two stay)."""
        numbers = np.rint((arc - self.origin) / self.scale).astype(np.int64)
        moved = np.ones(len(numbers), dtype=bool)
        moved[1:] = np.any(numbers[1:] != numbers[:-1], axis=1)
        if moved.sum() < 2:
            moved[-1] = True
        return numbers[moved]

    def unsnap(self, numbers: npt.NDArray[np.int64]) -> Coordinates:
        """Degrees of grid numbers."""
        return np.asarray(numbers * np.array(self.scale) + np.array(self.origin), dtype=np.float64)


def grid_of(arcs: Sequence[Coordinates], steps: int = QUANTISATION) -> Grid:
    """The grid with `steps` lines on each axis over the extent of `arcs`."""
    nodes = np.concatenate(arcs)
    west, south = nodes.min(axis=0).tolist()
    east, north = nodes.max(axis=0).tolist()
    scale = (round((east - west) / (steps - 1), 12), round((north - south) / (steps - 1), 12))
    return Grid(scale=scale, origin=(west, south))


def shape_of(polygons: Sequence[Polygon], arcs: Sequence[Coordinates]) -> shapely.Geometry:
    """The polygon or multipolygon of arc references."""
    built = []
    for polygon in polygons:
        shell, *holes = [ring_nodes(ring, arcs) for ring in polygon]
        built.append(shapely.Polygon(shell, holes))
    return built[0] if len(built) == 1 else shapely.MultiPolygon(built)


def ring_nodes(ring: Ring, arcs: Sequence[Coordinates]) -> Coordinates:
    """Nodes of a ring, the first one again at the end."""
    walked = [arcs[arc] if arc >= 0 else arcs[~arc][::-1] for arc in ring]
    return np.concatenate([walked[0], *(arc[1:] for arc in walked[1:])])


def shared_arcs(topology: Topology, one: tuple[str, int], other: tuple[str, int]) -> list[int]:
    """Numbers of the arcs that two shapes, given as (object, shape number), have in common."""
    first = set(arcs_of(topology.polygons[one[0]][one[1]]))
    return sorted(first & set(arcs_of(topology.polygons[other[0]][other[1]])))
