"""Simplify a coverage and measure its shapes: areas, extents, label points."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Geod

SMALL_STATE_KM2: Final = 20_000
"""Below this area every part of a country is kept, at the finest tolerance."""

LAYER_TOLERANCE: Final = 0.02
"""Tolerance of the layer in degrees, about 2 km."""

ISLAND_TOLERANCE: Final = 0.002
"""Tolerance in degrees for small states that touch no other, about 200 m."""

ISLET_KM2: Final = 100
ISLET_SHARE: Final = 1 / 4_000

DECIMALS: Final = 6
"""Decimals of a coordinate in the layer, about 0.1 m."""

_EDGE_DEGREES = 0.1
_ALONE_DEGREES = 0.1
_GEOD = Geod(ellps="WGS84")

Shapes = npt.NDArray[np.object_]


def areas_km2(shapes: Shapes) -> npt.NDArray[np.float64]:
    """Geodesic areas in km² on WGS84 of shapes in longitude and latitude.

    An edge is a straight line in longitude and latitude, not a great circle: long edges (a parallel) are
    cut into short ones first.
    """
    dense = shapely.segmentize(shapes, _EDGE_DEGREES)
    oriented = shapely.orient_polygons(dense)
    return np.array([abs(_GEOD.geometry_area_perimeter(shape)[0]) / 1e6 for shape in oriented])


def simplify_layer(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Simplify the coverage to `LAYER_TOLERANCE`, and lone small states to `ISLAND_TOLERANCE` only.

    Lone is what has no other country within a tenth of a degree: its own tolerance cannot make it overlap.

    Parameters
    ----------
    pieces
        Columns area_km2 (of the full shape) and geometry, EPSG:4326, a valid coverage.

    Returns
    -------
    GeoDataFrame
        Same rows and columns; no part is lost; coordinates rounded to `DECIMALS`; a valid coverage.
    """
    shapes = pieces.geometry.to_numpy()
    lone = (pieces["area_km2"].to_numpy() < SMALL_STATE_KM2) & ~near_another(shapes, _ALONE_DEGREES)
    simplified = shapes.copy()
    simplified[~lone] = shapely.coverage_simplify(shapes[~lone], LAYER_TOLERANCE)
    simplified[lone] = shapely.coverage_simplify(shapes[lone], ISLAND_TOLERANCE)
    return pieces.set_geometry(gpd.GeoSeries(rounded(simplified), index=pieces.index, crs=pieces.crs))


def rounded(shapes: Shapes) -> Shapes:
    """The same shapes with coordinates rounded to `DECIMALS`; equal coordinates stay equal."""
    rounded_shapes: Shapes = shapely.transform(shapes, lambda nodes: np.round(nodes, DECIMALS))
    return rounded_shapes


def near_another(shapes: Shapes, distance: float = 0.0) -> npt.NDArray[np.bool_]:
    """Whether each shape has another one of the array within `distance` degrees (0: touches it)."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=distance)
    near = np.zeros(len(shapes), dtype=bool)
    near[left[left != right]] = True
    return near


def drop_islets(countries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Drop parts that touch nothing and are no more than a speck of their country; none in small states.

    A speck is smaller than `ISLET_KM2` and than `ISLET_SHARE` of the country. The largest part always
    stays. Rows, columns and order are unchanged.
    """
    parts = countries[["area_km2", "geometry"]].explode(index_parts=False)
    whole_areas = parts["area_km2"].to_numpy()
    part_areas = areas_km2(parts.geometry.to_numpy())
    specks = part_areas < np.minimum(ISLET_KM2, whole_areas * ISLET_SHARE)
    largest = pd.Series(part_areas).groupby(parts.index.to_numpy()).transform("max").to_numpy()
    alone = ~near_another(parts.geometry.to_numpy())
    dropped = specks & alone & (whole_areas >= SMALL_STATE_KM2) & (part_areas < largest)
    kept = parts.loc[~dropped].geometry.groupby(level=0).agg(_multipart)
    return countries.set_geometry(gpd.GeoSeries(kept.reindex(countries.index), crs=countries.crs))


def _multipart(parts: gpd.GeoSeries) -> shapely.Geometry:
    return parts.iloc[0] if len(parts) == 1 else shapely.MultiPolygon(list(parts))


def extent(shape: shapely.Geometry) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees; west is greater than east when the shape crosses 180°.

    The extent is what is left of the circle of longitudes without its widest empty stretch.
    """
    bounds = shapely.bounds(shapely.get_parts(shape))
    spans = sorted((west, east) for west, east in zip(bounds[:, 0], bounds[:, 2], strict=True))
    west, east = _narrowest_span([(float(w), float(e)) for w, e in spans])
    return west, float(bounds[:, 1].min()), east, float(bounds[:, 3].max())


def _narrowest_span(spans: list[tuple[float, float]]) -> tuple[float, float]:
    merged = [spans[0]]
    for west, east in spans[1:]:
        if west <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], east))
        else:
            merged.append((west, east))
    following = [*merged[1:], (merged[0][0] + 360, 0.0)]
    gaps = [after[0] - before[1] for before, after in zip(merged, following, strict=True)]
    widest = gaps.index(max(gaps))
    return merged[(widest + 1) % len(merged)][0], merged[widest][1]


def extent_width(west: float, east: float) -> float:
    """Degrees of longitude from `west` eastwards to `east`."""
    return east - west if west <= east else east - west + 360


def main_part(shape: shapely.Geometry) -> shapely.Polygon:
    """The largest part of `shape` by geodesic area."""
    parts = shapely.get_parts(shape)
    largest: shapely.Polygon = parts[int(np.argmax(areas_km2(parts)))]
    return largest


def label_point(shape: shapely.Geometry) -> tuple[float, float]:
    """Longitude and latitude, three decimals or as many as needed, of a point well inside the main part."""
    part = main_part(shape)
    middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(part, tolerance=0.001))[0]
    for decimals in range(3, DECIMALS + 1):
        longitude, latitude = (round(float(value), decimals) for value in middle)
        if shapely.contains_xy(part, longitude, latitude):
            return longitude, latitude
    inside = shapely.point_on_surface(part)
    return float(inside.x), float(inside.y)
