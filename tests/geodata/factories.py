"""Small ugly layers: a handful of square countries, and a package of admin-1 units like the source's."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from geodata.build import write_pieces
from geodata.layer import BOUNDARY_VIEWS, KEY_COLUMNS, read_countries

NUMBERS: dict[str, float] = {
    "label_lon": 0.5, "label_lat": 0.5, "area_km2": 12_000.0, "marker": 0,
    "west": 0.0, "south": 0.0, "east": 1.0, "north": 1.0,
}  # fmt: skip


def piece(code: str, west: float = 0.0, **changes: Any) -> dict[str, Any]:
    """A row of the layer of pieces: a square of one degree whose western side is at `west`."""
    row: dict[str, Any] = {"piece": code, **dict.fromkeys(KEY_COLUMNS.values(), code)}
    row |= {"iso2": code[:2], "m49": "999", "name_fr": f"Pays {code}", "name_en": f"Land {code}"}
    row |= {"name_ar": f"بلد {code}", "region": "002", "subregion": "015", "intermediate": ""}
    return row | NUMBERS | {"geometry": shapely.box(west, 0, west + 1, 1)} | changes


def pieces(*rows: dict[str, Any], crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    """A layer of pieces: the given rows, or three neighbours."""
    chosen = rows or (piece("AAA"), piece("BBB", 1.0), piece("CCC", 2.0))
    return gpd.GeoDataFrame(list(chosen), geometry="geometry", crs=crs)


def written(layer: gpd.GeoDataFrame, folder: Path) -> Path:
    """The shapefile of a layer of pieces."""
    return write_pieces(layer, folder)


def all_views(path: Path | None = None) -> dict[str, gpd.GeoDataFrame]:
    """The countries of every view."""
    return {view: read_countries(view, path) for view in BOUNDARY_VIEWS}


def unit(adm0_a3: str, west: float, south: float, **changes: Any) -> dict[str, Any]:
    """An admin-1 unit of the source: a square of one degree."""
    properties = {"adm0_a3": adm0_a3, "gu_a3": adm0_a3, "iso_3166_2": f"{adm0_a3[:2]}-1", "name": "X"}
    shape = shapely.box(west, south, west + 1, south + 1)
    return {
        "type": "Feature",
        "properties": properties | changes,
        "geometry": shapely.geometry.mapping(shape),
    }


def package(
    units: list[dict[str, Any]], folder: Path, member: str = "package/data/build.json"
) -> tuple[Path, str]:
    """A tarball like the source's with these units, and its sha256."""
    text = json.dumps({"type": "FeatureCollection", "features": units}).encode()
    path = folder / "units.tgz"
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(member)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return path, hashlib.sha256(path.read_bytes()).hexdigest()
