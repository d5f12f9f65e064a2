"""Write a topology as TopoJSON, and read it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata._topology import Coordinates, Grid, Polygon, Topology, shape_of
from geodata.errors import LayerError

Properties = Mapping[str, object]


def encode(
    topology: Topology,
    grid: Grid,
    properties: Mapping[str, Sequence[Properties]],
    lines: Mapping[str, Sequence[int]],
) -> str:
    """TopoJSON text: quantised, one line, keys in a fixed order, unused arcs left out.

    Parameters
    ----------
    properties
        For each object of the topology the properties of its shapes, in order.
    lines
        Arc numbers by name of a line object.
    """
    used = _used_arcs(topology, lines)
    numbers = {arc: number for number, arc in enumerate(used)}
    objects = {
        name: _collection(shapes, properties[name], numbers) for name, shapes in topology.polygons.items()
    }
    objects |= {name: _lines(arcs, numbers) for name, arcs in lines.items()}
    document = {
        "type": "Topology",
        "bbox": _bbox([topology.arcs[arc] for arc in used]),
        "transform": {"scale": list(grid.scale), "translate": list(grid.origin)},
        "objects": objects,
        "arcs": [_deltas(topology.arcs[arc], grid) for arc in used],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def _used_arcs(topology: Topology, lines: Mapping[str, Sequence[int]]) -> list[int]:
    walked = (
        arc
        for shapes in topology.polygons.values()
        for polygons in shapes
        for polygon in polygons
        for ring in polygon
        for arc in ring
    )
    used = dict.fromkeys(arc if arc >= 0 else ~arc for arc in walked)
    return [*used, *(arc for arcs in lines.values() for arc in arcs if arc not in used)]


def _bbox(arcs: Sequence[Coordinates]) -> list[float]:
    nodes = np.concatenate(arcs)
    return [round(float(limit), 4) for limit in (*nodes.min(axis=0), *nodes.max(axis=0))]


def _deltas(arc: Coordinates, grid: Grid) -> list[list[int]]:
    numbers = np.rint((arc - grid.origin) / grid.scale).astype(np.int64)
    numbers[1:] -= numbers[:-1].copy()
    deltas: list[list[int]] = numbers.tolist()
    return deltas


def _collection(
    shapes: Sequence[list[Polygon]], properties: Sequence[Properties], numbers: Mapping[int, int]
) -> dict[str, Any]:
    geometries = [_geometry(shape, row, numbers) for shape, row in zip(shapes, properties, strict=True)]
    return {"type": "GeometryCollection", "geometries": geometries}


def _geometry(shape: list[Polygon], row: Properties, numbers: Mapping[int, int]) -> dict[str, Any]:
    arcs = [[[_renumbered(arc, numbers) for arc in ring] for ring in polygon] for polygon in shape]
    kind = "Polygon" if len(arcs) == 1 else "MultiPolygon"
    return {"type": kind, "arcs": arcs[0] if len(arcs) == 1 else arcs, "properties": dict(row)}


def _renumbered(arc: int, numbers: Mapping[int, int]) -> int:
    return numbers[arc] if arc >= 0 else ~numbers[~arc]


def _lines(arcs: Sequence[int], numbers: Mapping[int, int]) -> dict[str, Any]:
    line = {"type": "MultiLineString", "arcs": [[numbers[arc]] for arc in arcs], "properties": {}}
    return {"type": "GeometryCollection", "geometries": [line]}


def read_topojson(path: Path, name: str) -> gpd.GeoDataFrame:
    """Read one object of a TopoJSON file.

    Returns
    -------
    GeoDataFrame
        The properties as columns and the geometry, EPSG:4326, RangeIndex, in the order of the file.

    Raises
    ------
    LayerError
        When the file cannot be read or has no such object.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        arcs = _decoded_arcs(document)
        geometries = document["objects"][name]["geometries"]
        shapes = [_decoded(geometry, arcs) for geometry in geometries]
    except (OSError, ValueError, KeyError, IndexError, TypeError) as cause:
        message = f"{path.name} cannot be read; expected a TopoJSON file with the object `{name}`."
        raise LayerError(message) from cause
    rows = [geometry.get("properties", {}) for geometry in geometries]
    columns = {key: [row[key] for row in rows] for key in (rows[0] if rows else ())}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4326")


def _decoded_arcs(document: dict[str, Any]) -> list[Coordinates]:
    transform = document["transform"]
    grid = Grid(scale=tuple(transform["scale"]), origin=tuple(transform["translate"]))
    return [grid.unsnap(np.cumsum(np.array(arc, dtype=np.int64), axis=0)) for arc in document["arcs"]]


def _decoded(geometry: dict[str, Any], arcs: Sequence[Coordinates]) -> shapely.Geometry:
    if geometry["type"] == "MultiLineString":
        return shapely.line_merge(shapely.MultiLineString([arcs[line[0]] for line in geometry["arcs"]]))
    polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    return shape_of(polygons, arcs)
