"""The shapes that the atlas draws in the browser, as GeoJSON: every peer draws the same ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from geodata.layer import asset_path

#: The boundary view that the atlas opens with; the objects of the topology that make it up.
_OBJECTS = ("common", "un")
#: Digits after the point: about a hundred metres, so that the peers send no longer numbers than they need.
_DIGITS = 3

Point = tuple[float, float]
#: A base map for Plotly that has nothing in it: Plotly asks for one even where it shows none.
EMPTY_BASE_MAP: dict[str, Any] = {
    "type": "Topology",
    "arcs": [],
    "objects": {
        name: {"type": "GeometryCollection", "geometries": []}
        for name in ("coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits")
    },
}


@cache
def drawn_shapes() -> dict[str, Any]:
    """A feature collection in EPSG:4326: one feature a country with `iso3` and `name` (French)."""
    topology = json.loads(asset_path().read_text(encoding="utf-8"))
    arcs = [_points(arc, topology["transform"]) for arc in topology["arcs"]]
    shapes = [shape for name in _OBJECTS for shape in topology["objects"][name]["geometries"]]
    return {"type": "FeatureCollection", "features": [_feature(shape, arcs) for shape in shapes]}


def _points(arc: Sequence[Sequence[int]], transform: dict[str, Any]) -> list[Point]:
    """An arc's positions: each is stored as the steps from the one before."""
    (east, north), (west, south) = transform["scale"], transform["translate"]
    across = accumulate(step[0] for step in arc)
    up = accumulate(step[1] for step in arc)
    return [
        (round(x * east + west, _DIGITS), round(y * north + south, _DIGITS))
        for x, y in zip(across, up, strict=True)
    ]


def _feature(shape: dict[str, Any], arcs: list[list[Point]]) -> dict[str, Any]:
    iso3 = shape["properties"]["id"]
    parts = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
    polygons = [[_ring(ring, arcs) for ring in part] for part in parts]
    return {
        "type": "Feature",
        "id": iso3,
        "properties": {"iso3": iso3, "name": shape["properties"]["n"][0]},
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }


def _ring(numbers: Sequence[int], arcs: list[list[Point]]) -> list[Point]:
    """A closed ring out of its arcs; ``~number`` is the arc walked backwards."""
    ring: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


def vertices() -> int:
    """How many points the outlines have, borders counted on both sides."""
    return sum(1 for _ in _positions())


def _positions() -> Iterator[Point]:
    for feature in drawn_shapes()["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                yield from ring


def write_shapes(folder: Path) -> None:
    """Lay the shapes out for a peer, and the empty base map where it serves static files."""
    (folder / "countries.geojson").write_text(json.dumps(drawn_shapes(), ensure_ascii=False), "utf-8")
    (folder / "static" / "world_110m.json").write_text(json.dumps(EMPTY_BASE_MAP), "utf-8")
