"""Cut Morocco and Western Sahara into the three pieces of which the boundary views are made."""

from __future__ import annotations

from typing import Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geodata.errors import LayerError
from geodata.layer import DIVIDED, KEY_COLUMNS

PARALLEL: Final = 27 + 40 / 60
"""Latitude of the line between Morocco and Western Sahara in the `un` view, 27°40' N."""

_ON_EDGE = 1e-9


def divide_pieces(countries: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut MAR at the parallel and give every piece its key for each view.

    The source draws Morocco down to the defence line and codes what lies east of it apart: its boundary
    between MAR and ESH is that line.

    Parameters
    ----------
    countries
        Columns iso3 and geometry, EPSG:4326, a valid coverage in which MAR and ESH are as in the source.

    Returns
    -------
    GeoDataFrame
        One row a piece sorted by ``piece``; columns piece, iso3_un, iso3_ma, iso3_df, geometry; the nodes
        of the cut are inserted in the neighbours, so that the pieces are a valid coverage again.
    """
    outline = countries.set_index("iso3").geometry
    north, south = cut_at_parallel(outline["MAR"], PARALLEL)
    nodes = _new_nodes(outline["MAR"], north, south)
    others = countries.loc[countries["iso3"] != "MAR"]
    names = np.where(others["iso3"] == "ESH", "ESH-E", others["iso3"])
    shapes = [*insert_nodes(others.geometry.to_numpy(), nodes), north, south]
    pieces = gpd.GeoDataFrame({"piece": [*names, "MAR", "ESH-W"]}, geometry=shapes, crs=countries.crs)
    return _with_keys(pieces.sort_values("piece", ignore_index=True))


def cut_at_parallel(shape: shapely.Geometry, latitude: float) -> tuple[shapely.Geometry, shapely.Geometry]:
    """Cut `shape` into what lies north and what lies south of `latitude` (degrees), nodes shared.

    Raises
    ------
    LayerError
        When nothing lies on one of the two sides.
    """
    west, _, east, _ = shapely.bounds(shape)
    parallel = shapely.LineString([(west - 1, latitude), (east + 1, latitude)])
    linework = shapely.union(shapely.boundary(shape), parallel)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(linework)))
    inside = faces[shapely.contains(shape, shapely.point_on_surface(faces))]
    northern = shapely.get_y(shapely.point_on_surface(inside)) > latitude
    if northern.all() or not northern.any():
        raise LayerError(f"The parallel {latitude:.4f} does not cut the shape; expected land on both sides.")
    return shapely.coverage_union_all(inside[northern]), shapely.coverage_union_all(inside[~northern])


def _new_nodes(whole: shapely.Geometry, *pieces: shapely.Geometry) -> shapely.Geometry:
    known = {tuple(node) for node in shapely.get_coordinates(whole)}
    found = {tuple(node) for piece in pieces for node in shapely.get_coordinates(piece)}
    return shapely.MultiPoint(sorted(found - known))


def insert_nodes(shapes: npt.NDArray[np.object_], nodes: shapely.Geometry) -> npt.NDArray[np.object_]:
    """Insert those `nodes` that lie on an edge of a shape into that edge; other shapes stay as they are."""
    touched = shapely.dwithin(shapes, nodes, _ON_EDGE)
    with_nodes = shapes.copy()
    with_nodes[touched] = shapely.snap(shapes[touched], nodes, _ON_EDGE)
    return with_nodes


def _with_keys(pieces: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = pieces["piece"].tolist()
    keys = {column: [_country_of(name, view) for name in names] for view, column in KEY_COLUMNS.items()}
    return pieces.assign(**keys)[["piece", *keys, "geometry"]]


def _country_of(piece: str, view: str) -> str:
    return DIVIDED[piece][view] if piece in DIVIDED else piece
