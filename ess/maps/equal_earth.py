"""The projection of figures: what is shaded is drawn as large as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import geopandas as gpd
import shapely

from ess.maps.payload import Bounds

#: Equal Earth, an equal-area projection of the whole world, in metres.
EQUAL_EARTH: Final = "EPSG:8857"
_MARGIN = 6  # degrees around what is shown
#: Beyond these latitudes nobody lives, and shapes stretch.
_SOUTHERNMOST, _NORTHERNMOST = -58, 78


def frame_around(bounds: Bounds, ratio: float) -> tuple[float, float, float, float]:
    """West, south, east and north, in metres, of the smallest frame of a shape that holds `bounds`.

    Parameters
    ----------
    bounds
        A margin is added around them.
    ratio
        Width over height.
    """
    (south, west), (north, east) = bounds
    box = shapely.box(
        max(west - _MARGIN, -179),
        max(south - _MARGIN, _SOUTHERNMOST),
        min(east + _MARGIN, 179),
        min(north + _MARGIN, _NORTHERNMOST),
    )
    edges = gpd.GeoSeries([shapely.segmentize(box, 2)], crs="EPSG:4326").to_crs(EQUAL_EARTH)
    corners: Iterable[float] = edges.total_bounds.tolist()
    west, south, east, north = corners
    wide, high = east - west, north - south
    wide, high = (wide, wide / ratio) if wide / high > ratio else (high * ratio, high)
    across, along = (west + east) / 2, (south + north) / 2
    return across - wide / 2, along - high / 2, across + wide / 2, along + high / 2
