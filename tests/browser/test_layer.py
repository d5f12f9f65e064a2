"""The shapes that the browser decodes are those that were sent, and the layer's countries in every view."""

from __future__ import annotations

import json
from itertools import accumulate, chain
from typing import Any

import pytest

from ess.maps.assets import asset
from geodata.layer import BOUNDARY_VIEWS, BoundaryView, read_boundary_lines, read_countries
from tests.browser import screen
from tests.browser.visits import Visit

SIMPLIFIED = 0.35  # degrees by which a simplified outline may stand out of the layer's own

_UNITS = """view => {
    atlas.show(view);
    const corners = shape => shape.getLatLngs().flat(Infinity).map(point => [point.lng, point.lat]);
    return {
        lines: (atlas.sets["lines_" + view] || []).length,
        units: atlas.units().map(unit => ({
            id: unit.id, at: unit.at, names: unit.names, shown: atlas.map.hasLayer(unit.shape),
            marked: Boolean(unit.symbol), points: corners(unit.shape).length, box: box(corners(unit.shape)),
        })),
    };
    function box(points) {
        const xs = points.map(point => point[0]), ys = points.map(point => point[1]);
        return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    }
}"""


def decoded(topology: dict[str, Any], geometry: dict[str, Any]) -> list[tuple[float, float]]:
    """Every corner of a geometry, each ring without its last point, which repeats the first."""
    rings = geometry["arcs"] if geometry["type"] == "Polygon" else chain.from_iterable(geometry["arcs"])
    return [corner for ring in rings for corner in _ring(topology, ring)]


def _ring(topology: dict[str, Any], ring: list[int]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for index in ring:
        arc = _arc(topology, ~index)[::-1] if index < 0 else _arc(topology, index)
        points += arc[1:] if points else arc
    return points[:-1]


def _arc(topology: dict[str, Any], index: int) -> list[tuple[float, float]]:
    (scale_x, scale_y), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    steps = accumulate(topology["arcs"][index], lambda at, step: [at[0] + step[0], at[1] + step[1]])
    return [(x * scale_x + west, y * scale_y + south) for x, y in steps]


def test_the_browser_draws_what_was_sent_and_what_the_layer_has(visit: Visit) -> None:
    topology = json.loads(asset("countries.topo.json").body)
    frame = screen.open_map(visit)
    view: BoundaryView
    for view in BOUNDARY_VIEWS:
        drawn = frame.evaluate(_UNITS, view)
        sent = [
            geometry
            for name in ("common", view)
            for geometry in topology["objects"].get(name, {"geometries": []})["geometries"]
        ]
        layer = read_countries(view).set_index("iso3")
        assert sorted(unit["id"] for unit in drawn["units"]) == sorted(layer.index)
        assert drawn["lines"] == len(read_boundary_lines(view))
        for unit, geometry in zip(drawn["units"], sent, strict=True):
            country, corners = layer.loc[unit["id"]], decoded(topology, geometry)
            xs, ys = [x for x, _ in corners], [y for _, y in corners]
            assert unit["points"] == len(corners), unit["id"]
            assert unit["box"] == pytest.approx([min(xs), min(ys), max(xs), max(ys)], abs=1e-6)
            west, south, east, north = country["geometry"].bounds
            assert west - SIMPLIFIED <= min(xs) <= max(xs) <= east + SIMPLIFIED, unit["id"]
            assert south - SIMPLIFIED <= min(ys) <= max(ys) <= north + SIMPLIFIED, unit["id"]
            assert unit["at"] == pytest.approx([country["label_lat"], country["label_lon"]], abs=0.01)
            assert unit["names"] == [country[f"name_{lang}"] for lang in ("fr", "en", "ar")]
            assert unit["marked"] == bool(country["marker"])
            assert unit["shown"], unit["id"]
