"""Read the country layer in one of its boundary views."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.errors
import shapely

from geodata.errors import LayerError
from geodata.sources import DATA

BoundaryView = Literal["un", "ma", "de_facto"]
BOUNDARY_VIEWS: Final = ("un", "ma", "de_facto")

COLUMNS: Final = (
    "iso3", "iso2", "m49", "name_fr", "name_en", "name_ar", "region", "subregion", "intermediate",
    "label_lon", "label_lat", "area_km2", "marker", "west", "south", "east", "north", "geometry",
)  # fmt: skip
"""Columns of a country layer, in order."""

KEY_COLUMNS: Final = {"un": "iso3_un", "ma": "iso3_ma", "de_facto": "iso3_df"}
"""Column of the pieces that says to which country a piece belongs in a view."""

RENAMED: Final = {"intermed": "intermediate"}
"""A DBF column name has ten characters at most."""

DIVIDED: Final = {
    "MAR": {"un": "MAR", "ma": "MAR", "de_facto": "MAR"},
    "ESH-W": {"un": "ESH", "ma": "MAR", "de_facto": "MAR"},
    "ESH-E": {"un": "ESH", "ma": "MAR", "de_facto": "ESH"},
}
"""The only pieces whose country changes with the view: north of 27°40' N, west and east of the line."""

WGS84: Final = "EPSG:4326"
_TEXT = ("iso2", "m49", "name_fr", "name_en", "name_ar", "region", "subregion", "intermediate")
_NUMBERS = ("label_lon", "label_lat", "area_km2", "marker", "west", "south", "east", "north")
_PIECE_COLUMNS = ("piece", *KEY_COLUMNS.values(), *_TEXT, *_NUMBERS)


def layer_path() -> Path:
    """The committed shapefile of the pieces."""
    return DATA / "countries.shp"


def asset_path() -> Path:
    """The committed TopoJSON for the browser, with all boundary views."""
    return DATA / "countries.topo.json"


def parse_view(text: str) -> BoundaryView:
    """The boundary view that `text` names, whatever its case.

    Raises
    ------
    LayerError
        When there is no such view.
    """
    for view in ("un", "ma", "de_facto"):
        if text.strip().lower() == view:
            return view
    raise LayerError(f"There is no boundary view {text!r}; expected one of {', '.join(BOUNDARY_VIEWS)}.")


def view_iso3(iso3: str, view: str) -> str:
    """The country to which data coded `iso3` belongs in a view: in `ma`, ESH is MAR."""
    return "MAR" if parse_view(view) == "ma" and iso3 == "ESH" else iso3


def read_countries(view: str = "un", path: Path | None = None) -> gpd.GeoDataFrame:
    """Read the countries of a boundary view.

    Parameters
    ----------
    view
        One of `BOUNDARY_VIEWS`.
    path
        A layer of pieces; the committed one when none is given.

    Returns
    -------
    GeoDataFrame
        One row a country sorted by iso3, RangeIndex, columns `COLUMNS`, EPSG:4326. Text is never missing:
        no code or no intermediate region is the empty string. ``area_km2`` is geodesic and of the shape
        before it was simplified; ``west`` is greater than ``east`` where a country crosses
        180°. There is no ESH in `ma`.

    Raises
    ------
    LayerError
        When the file cannot be read, or with every problem of the layer.
    """
    key = KEY_COLUMNS[parse_view(view)]
    pieces = _read_pieces(path or layer_path())
    countries = _countries_of(pieces.rename(columns={key: "iso3"}))
    _refuse(layer_problems(countries), path or layer_path())
    return countries


def read_boundary_lines(view: str = "un", path: Path | None = None) -> gpd.GeoDataFrame:
    """Read the lines that a view shows dashed.

    Returns
    -------
    GeoDataFrame
        Columns kind (``parallel_27_40`` or ``defence_line``) and geometry, EPSG:4326; no row in `ma`.
    """
    countries = read_countries(view, path).set_index("iso3").geometry
    kinds = {"un": "parallel_27_40", "de_facto": "defence_line"}
    if parse_view(view) not in kinds:
        return gpd.GeoDataFrame({"kind": []}, geometry=[], crs=WGS84)
    border = shapely.intersection(countries["MAR"].boundary, countries["ESH"].boundary)
    line = shapely.line_merge(shapely.union_all(_lines_of(border)))
    return gpd.GeoDataFrame({"kind": [kinds[parse_view(view)]]}, geometry=[line], crs=WGS84)


def _lines_of(shape: shapely.Geometry) -> list[shapely.Geometry]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "LineString"]


def _read_pieces(path: Path) -> gpd.GeoDataFrame:
    try:
        pieces = pyogrio.read_dataframe(path, encoding="UTF-8")
    except (OSError, ValueError, RuntimeError, pyogrio.errors.DataSourceError) as cause:
        message = f"{path.name} cannot be read; expected the layer that `python -m geodata.build` makes."
        raise LayerError(message) from cause
    if not isinstance(pieces, gpd.GeoDataFrame):
        raise LayerError(
            f"{path.name} has no shapes; expected the layer that `python -m geodata.build` makes."
        )
    renamed = pieces.rename(columns=RENAMED)
    _refuse(piece_problems(renamed), path)
    return renamed.fillna(dict.fromkeys(_TEXT, ""))


def _refuse(problems: list[str], path: Path) -> None:
    if problems:
        shown = "; ".join(problems[:3]) + ("; …" if len(problems) > 3 else "")
        advice = "make it again with `python -m geodata.build`"
        raise LayerError(f"{path.name} cannot be used as the country layer ({shown}): {advice}.", problems)


def piece_problems(pieces: gpd.GeoDataFrame) -> list[str]:
    """Everything that keeps a frame from being the layer of pieces; an empty list when it is one."""
    problems = (
        _missing_columns(pieces, _PIECE_COLUMNS) + _crs_problems(pieces) + _shape_problems(pieces, "piece")
    )
    problems += _code_problems(pieces, "piece")
    for key in KEY_COLUMNS.values():
        problems += _shared_code_problems(pieces, key)
    return problems


def layer_problems(frame: gpd.GeoDataFrame) -> list[str]:
    """Everything that keeps a frame from being a country layer; an empty list when it is one.

    Looks for missing columns, a wrong CRS, empty, malformed or repeated codes, names, regions or numbers that
    are missing, and empty or invalid shapes. The frame is not changed.
    """
    problems = _missing_columns(frame, COLUMNS[:-1]) + _crs_problems(frame) + _shape_problems(frame, "iso3")
    problems += _code_problems(frame, "iso3") + _malformed_codes(frame, "iso3")
    for column in ("name_fr", "name_en", "name_ar", "region", "subregion"):
        problems += _empty_cells(frame, column)
    for column in _NUMBERS:
        problems += _missing_numbers(frame, column)
    return problems


def _missing_columns(frame: pd.DataFrame, expected: Iterable[str]) -> list[str]:
    return [f"the column {column} is missing" for column in expected if column not in frame.columns]


def _crs_problems(frame: gpd.GeoDataFrame) -> list[str]:
    found = frame.crs
    if found is not None and found.to_epsg() == 4326:
        return []
    return [f"the coordinate reference system is {found.name if found else 'not stated'}; expected {WGS84}"]


def _labels(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return [f"row {number}" for number in range(1, len(frame) + 1)]
    return [
        str(code) if code else f"row {number}"
        for number, code in enumerate(frame[column].fillna(""), start=1)
    ]


def _shape_problems(frame: gpd.GeoDataFrame, column: str) -> list[str]:
    shapes = frame.geometry.to_numpy()
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6))
    valid = shapely.is_valid(shapes)
    problems = []
    for number, label in enumerate(_labels(frame, column)):
        if empty[number]:
            problems.append(f"{label} has no shape")
        elif not polygonal[number]:
            problems.append(f"{label} is a {shapes[number].geom_type}; expected a polygon")
        elif not valid[number]:
            problems.append(f"{label} has an invalid shape: {shapely.is_valid_reason(shapes[number])}")
    return problems


def _code_problems(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return []
    codes = frame[column].fillna("").astype(str)
    repeated = sorted({code for code in codes[codes.duplicated()] if code})
    empty = [
        f"row {number} has no {column}" for number, code in enumerate(codes, start=1) if not code.strip()
    ]
    return empty + [
        f"the {column} {code} occurs {int((codes == code).sum())} times; expected once" for code in repeated
    ]


def _shared_code_problems(pieces: pd.DataFrame, key: str) -> list[str]:
    if key not in pieces.columns or "piece" not in pieces.columns:
        return []
    whole = pieces.loc[~pieces["piece"].isin(list(DIVIDED)), [key]]
    divided = set(pieces.loc[pieces["piece"].isin(list(DIVIDED)), key])
    taken = [
        f"the {key} {code} is that of a whole country and of a piece of Morocco"
        for code in sorted(set(whole[key].dropna()) & divided)
    ]
    return _code_problems(whole, key) + _malformed_codes(pieces, key) + taken


def _malformed_codes(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return []
    codes = frame[column].fillna("").astype(str)
    wrong = sorted(
        {code for code in codes if code and not (len(code) == 3 and code.isascii() and code.isupper())}
    )
    return [f"the {column} {code!r} is not an ISO 3166-1 alpha-3 code" for code in wrong]


def _empty_cells(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return []
    empty = (frame[column].fillna("").astype(str).str.strip() == "").tolist()
    return [
        f"{label} has no {column}" for label, bare in zip(_labels(frame, "iso3"), empty, strict=True) if bare
    ]


def _missing_numbers(frame: pd.DataFrame, column: str) -> list[str]:
    if column not in frame.columns:
        return []
    bare = pd.to_numeric(frame[column], errors="coerce").isna().tolist()
    return [
        f"{label} has no number in {column}"
        for label, no in zip(_labels(frame, "iso3"), bare, strict=True)
        if no
    ]


def _countries_of(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    # A country's attributes are those of its largest piece; only a few countries have several.
    by_area = pieces.sort_values("area_km2", ascending=False, kind="stable")
    countries = by_area.drop_duplicates("iso3").set_index("iso3")
    for iso3, parts in pieces.loc[pieces["iso3"].duplicated(keep=False)].groupby("iso3"):
        countries.loc[iso3, ["area_km2"]] = parts["area_km2"].sum()
        for side, widest in (("west", "min"), ("south", "min"), ("east", "max"), ("north", "max")):
            countries.loc[iso3, [side]] = parts[side].agg(widest)
        countries.loc[[iso3], "geometry"] = gpd.GeoSeries(
            [shapely.coverage_union_all(parts.geometry.to_numpy())], index=[iso3], crs=pieces.crs
        )
    ordered = countries.sort_index().reset_index()
    typed = ordered.assign(marker=ordered["marker"].astype(bool))
    return typed[list(COLUMNS)]
