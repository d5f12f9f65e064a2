"""GeoJSON, read as JSON and never by GDAL, into a layer in EPSG:4326."""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from ess.errors import BadInput
from ess.ingest.geometries import CLOSED, MOST_FEATURES, MOST_VERTICES
from ess.ingest.layers import build_layer
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.locales import N_

if TYPE_CHECKING:
    import geopandas as gpd

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

MOST_BRACKETS = 3 * MOST_VERTICES
"""Opening brackets of a whole file: one a position, a few a feature."""

LONGEST_NUMBER = 300
"""Digits of a whole number; longer ones are no number of any use."""

WGS84 = "EPSG:4326"
NAMED_CRS = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|EPSG:|https?://www\.opengis\.net/def/crs/EPSG/\d+/)(\d{4,6})",
    re.IGNORECASE,
)
CRS84 = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:OGC:[\d.]*:|OGC:|https?://www\.opengis\.net/def/crs/OGC/[\d.]+/)CRS84h?",
    re.IGNORECASE,
)

NOT_JSON_NUMBER = Kind(
    "not_a_number", "error",
    N_("The file writes {found} for {count} properties, which JSON does not know; they were left blank."),
    N_("a number, or null"),
)  # fmt: skip


class _NotFinite(float):
    """NaN or Infinity as some programs write them: no JSON."""


def read_geojson(path: Path, report: FileReport | None = None) -> gpd.GeoDataFrame:
    """Read a GeoJSON FeatureCollection.

    Properties stay as written (text, numbers, truth values; lists and objects as JSON text), one column each,
    None where a feature lacks one; a feature's own ``id`` is a column unless a property has that name.
    Geometries are flat, valid, in EPSG:4326. Features whose geometry is missing or cannot be mended are not
    in the layer but listed: features = rows of the layer + features left out; `ess.ingest.layers` keeps their
    properties for the table.

    Raises
    ------
    BadInput
        For what is no FeatureCollection, not UTF-8, not JSON (NaN in coordinates too), for a coordinate
        system that is linked, unknown or plainly not what the coordinates are, and for too large a layer.
    """
    path = Path(path)
    _refuse_many_positions(path)
    collection = _collection(_parsed(_text(path), path.name), path.name)
    crs = _crs(collection.get("crs"), path.name)
    features = _features(collection, path.name)
    geometries, rows, broken = [], [], {}
    for number, feature in enumerate(features, 1):
        geometry, why = _geometry(feature, number, path.name)
        geometries.append(geometry)
        rows.append(_properties(feature))
        if why:
            broken[number] = why
        elif geometry is not None and report is not None and has_open_ring(feature):
            report.add(CLOSED, number, number=number)
    _blank_not_finite(rows, report)
    return build_layer(rows, geometries, crs, path.name, broken, report)


def _refuse_many_positions(path: Path) -> None:
    with path.open("rb") as source:
        if not path.stat().st_size:
            raise BadInput(
                N_("{name} is empty; expected a GeoJSON FeatureCollection."),
                code="empty_file",
                name=path.name,
            )
        with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as view:
            brackets = sum(view[at : at + (1 << 20)].count(b"[") for at in range(0, len(view), 1 << 20))
    if brackets > MOST_BRACKETS:
        raise too_many_vertices(path.name, brackets)


def too_many_vertices(name: str, count: int) -> BadInput:
    """The refusal for a layer too heavy for a map."""
    return BadInput(
        N_("{name} has about {found} vertices; at most {most} are read: simplify the layer."),
        code="too_many_vertices",
        name=name,
        found=count,
        most=MOST_VERTICES,
    )


def _text(path: Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            N_("{name} is not UTF-8 in line {line}, byte {byte}; GeoJSON must be: save it as UTF-8."),
            code="wrong_encoding",
            name=path.name,
            line=line,
            byte=error.start + 1,
        ) from error


def _parsed(text: str, name: str) -> Json:
    def number(digits: str) -> int | float:
        return int(digits) if len(digits) <= LONGEST_NUMBER else float(digits)

    try:
        parsed: Json = json.loads(text, parse_constant=_NotFinite, parse_int=number)
    except json.JSONDecodeError as error:
        raise BadInput(
            N_("{name} is not JSON: line {line}, column {column}: {found}; is it cut off?"),
            code="broken_json",
            name=name,
            line=error.lineno,
            column=error.colno,
            found=error.msg,
        ) from error
    except (RecursionError, ValueError) as error:
        raise BadInput(
            N_("{name} is not GeoJSON: it nests its values too deep; expected a FeatureCollection."),
            code="too_deep",
            name=name,
        ) from error
    return parsed


def _collection(parsed: Json, name: str) -> dict[str, Json]:
    kind = parsed.get("type") if isinstance(parsed, dict) else None
    if (
        not isinstance(parsed, dict)
        or kind != "FeatureCollection"
        or not isinstance(parsed.get("features"), list)
    ):
        found = f"of the type “{kind[:40]}”" if isinstance(kind, str) else "of another kind"
        raise BadInput(
            N_("{name} is JSON {found}, not a FeatureCollection; export the layer as GeoJSON."),
            code="not_a_feature_collection",
            name=name,
            found=found,
        )
    return parsed


def _crs(member: Json, name: str) -> str:
    """The coordinate system that the old ``crs`` member names; without one the standard's own."""
    if member is None:
        return WGS84
    properties = member.get("properties") if isinstance(member, dict) else None
    named = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(member, dict) or member.get("type") != "name" or not isinstance(named, str):
        raise BadInput(
            N_("{name} links to its coordinate system instead of naming it; export the layer in EPSG:4326."),
            code="linked_crs",
            name=name,
        )
    if CRS84.fullmatch(named.strip()):
        return WGS84
    if code := NAMED_CRS.fullmatch(named.strip()):
        return f"EPSG:{code[1]}"
    raise BadInput(
        N_(
            "{name} names the coordinate system “{found}”, which is not known; export the layer in EPSG:4326."
        ),
        code="unknown_crs",
        name=name,
        found=named[:80],
    )


def _features(collection: Mapping[str, Json], name: str) -> list[Json]:
    features = collection["features"]
    if not isinstance(features, list) or not features:
        raise BadInput(
            N_("{name} holds no feature; expected at least one: export the layer again."),
            code="no_records",
            name=name,
        )
    if len(features) > MOST_FEATURES:
        raise too_many_features(name, len(features))
    return features


def too_many_features(name: str, count: int) -> BadInput:
    """The refusal for a layer with too many rows for a map."""
    return BadInput(
        N_("{name} has {found} features; at most {most} are read: divide the layer."),
        code="too_many_features",
        name=name,
        found=count,
        most=MOST_FEATURES,
    )


def _geometry(feature: Json, number: int, name: str) -> tuple[BaseGeometry | None, str]:
    """The geometry of a feature, or None and why it could not be built."""
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, "it is no Feature"
    member = feature.get("geometry")
    if member is None:
        return None, ""
    try:
        return shape(_plain_geometry(member, number, name)), ""
    except (ShapelyError, shapely.GEOSException, ValueError, TypeError, AttributeError, KeyError, IndexError):
        return None, "its coordinates do not fit its type"


def has_open_ring(feature: Json) -> bool:
    """Whether a ring of a feature's polygons does not end where it begins."""
    member = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(member, dict):
        return False
    coordinates: object = member.get("coordinates")
    polygons = {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(str(member.get("type")), [])
    return any(
        ring[0][:2] != ring[-1][:2]
        for polygon in (polygons if isinstance(polygons, list) else [])
        for ring in polygon or []
        if ring
    )


def _plain_geometry(member: Json, number: int, name: str, depth: int = 0) -> dict[str, object]:
    """A geometry whose coordinates are numbers, two to a position or three."""
    if not isinstance(member, dict) or depth > 4:
        raise ValueError
    if member.get("type") == "GeometryCollection":
        parts = member.get("geometries")
        if not isinstance(parts, list):
            raise ValueError
        return {
            "type": "GeometryCollection",
            "geometries": [_plain_geometry(part, number, name, depth + 1) for part in parts],
        }
    return {"type": member.get("type"), "coordinates": _positions(member.get("coordinates"), number, name)}


def _positions(value: Json, number: int, name: str, depth: int = 0) -> list[object]:
    if not isinstance(value, list) or depth > 4:
        raise ValueError
    if value and isinstance(value[0], int | float):
        if any(isinstance(item, _NotFinite) for item in value):
            _refuse_not_finite(number, name)
        if not 2 <= len(value) <= 4 or not all(type(item) in {int, float} for item in value):
            raise ValueError
        height: list[object] = [0.0] * (len(value) > 2)
        return [*(float(item) for item in value[:2] if isinstance(item, int | float)), *height]
    return [_positions(item, number, name, depth + 1) for item in value]


def _refuse_not_finite(number: int, name: str) -> NoReturn:
    raise BadInput(
        N_(
            "{name} writes NaN or Infinity as a coordinate of feature {number}, which is not JSON; "
            "export the layer again."
        ),
        code="not_json_number",
        name=name,
        number=number,
    )


def _properties(feature: Json) -> dict[str, object]:
    if not isinstance(feature, dict):
        return {}
    own = feature.get("properties")
    row: dict[str, object] = dict(own) if isinstance(own, dict) else {}
    if feature.get("id") is not None:
        row.setdefault("id", feature["id"])
    return {heading: _plain_value(value) for heading, value in row.items()}


def _plain_value(value: object) -> object:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _blank_not_finite(rows: Iterable[dict[str, object]], report: FileReport | None) -> None:
    count = 0
    for row in rows:
        for heading, value in row.items():
            if isinstance(value, float) and (value != value or value in {float("inf"), float("-inf")}):  # noqa: PLR0124
                row[heading] = None
                count += 1
    if count and report is not None:
        report.add(NOT_JSON_NUMBER, found="NaN", count=count)
