"""A layer from its features: one frame in EPSG:4326, and the same features as a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from ess.errors import BadInput
from ess.ingest.geometries import MOST_VERTICES, Mender, looks_projected
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Line, Sheet
from ess.locales import N_

if TYPE_CHECKING:
    import geopandas as gpd

WGS84 = "EPSG:4326"
LATITUDE, LONGITUDE, GEOMETRY_TYPE = "latitude", "longitude", "geometry type"
LEFT_OUT = "left_out"
"""Key of a layer's ``attrs``: rows of the features without a place, as (number from 1, properties)."""


def build_layer(  # noqa: PLR0913, PLR0917
    rows: Sequence[Mapping[str, object]],
    geometries: Sequence[BaseGeometry | None],
    crs: str,
    file: str,
    broken: Mapping[int, str],
    report: FileReport | None = None,
) -> gpd.GeoDataFrame:
    """A frame of the features whose geometry is fit for a map.

    Parameters
    ----------
    rows
        Properties of each feature.
    geometries
        Of each feature, in `crs`; None where there is none.
    crs
        Anything pyproj understands without a network: ``EPSG:3857``, WKT.
    broken
        Why a geometry could not be built, by number of the feature (from 1).

    Returns
    -------
    One row a feature that has a place, in EPSG:4326, its index the feature's number from 1; property columns
    of type object, a property called ``geometry`` as ``geometry (property)``. ``attrs`` hold the features
    that were left out, see `LEFT_OUT`.

    Raises
    ------
    BadInput
        For an unknown coordinate system, coordinates that are plainly not degrees, too many vertices, and
        when no feature is left.
    """
    import geopandas as gpd
    import pandas as pd

    vertices = int(sum(shapely.get_num_coordinates(g) for g in geometries if g is not None))
    if vertices > MOST_VERTICES:
        raise BadInput(
            N_("{name} has about {found} vertices; at most {most} are read: simplify the layer."),
            code="too_many_vertices",
            name=file,
            found=vertices,
            most=MOST_VERTICES,
        )
    mended = _mended(_in_degrees(geometries, crs, file), broken, file, report)
    kept = [at for at, geometry in enumerate(mended) if geometry is not None]
    if not kept:
        raise BadInput(
            N_("No feature of {name} has a geometry that can be shown; expected points, lines or areas."),
            code="no_geometry",
            name=file,
        )
    columns = {_heading(key): key for row in rows for key in row}
    frame = pd.DataFrame(
        {
            heading: pd.Series([rows[at].get(key) for at in kept], dtype=object)
            for heading, key in columns.items()
        }
    )
    frame.index = pd.Index([at + 1 for at in kept], name="feature")
    layer = gpd.GeoDataFrame(frame, geometry=[mended[at] for at in kept], crs=WGS84)
    layer.attrs[LEFT_OUT] = [
        [at + 1, {_heading(key): value for key, value in rows[at].items()}]
        for at in range(len(rows))
        if mended[at] is None
    ]
    return layer


def sheet_of_layer(layer: gpd.GeoDataFrame, name: str = "") -> Sheet:
    """A layer as a table, to be mapped like any other.

    All features are its rows, in order, also those without a place. Row numbers are the features' numbers
    from 1. Three columns are added: `LATITUDE` and `LONGITUDE` in degrees (a point of its own, else a point
    on the line or inside the area), and `GEOMETRY_TYPE`; they are None for a feature without a place.
    A property of such a name keeps it, the added column takes an underscore.
    """
    properties = [str(column) for column in layer.columns if column != layer.geometry.name]
    columns = (*properties, *(_free(name, properties) for name in (LATITUDE, LONGITUDE, GEOMETRY_TYPE)))
    table = _LayerRows(properties, layer.attrs.get(LEFT_OUT, []), layer)
    return Sheet(name=name, columns=tuple(columns), lines=table.lines, heading_row=0)


@dataclass
class _LayerRows:
    properties: list[str]
    left_out: list[Any]
    layer: Any
    points: Any = field(init=False)

    def __post_init__(self) -> None:
        self.points = shapely.point_on_surface(self.layer.geometry.to_numpy())

    def lines(self) -> Iterator[Line]:
        """All features in order of their numbers."""
        placed = [(int(number), at) for at, number in enumerate(self.layer.index)]
        missing = {int(number): row for number, row in self.left_out}
        by_number: dict[int, int] = dict(placed)
        values = {heading: self.layer[heading].to_numpy() for heading in self.properties}
        for number in sorted({*by_number, *missing}):
            if number in missing:
                row = missing[number]
                yield number, [*(as_cell(row.get(heading)) for heading in self.properties), None, None, None]
            else:
                at = by_number[number]
                point, kind = self.points[at], self.layer.geometry.iloc[at].geom_type
                yield number, [*(as_cell(values[h][at]) for h in self.properties), point.y, point.x, kind]


def as_cell(value: object) -> Cell:
    """A property as a cell: a number that is none is None, and other things are text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if hasattr(value, "isoformat") and hasattr(value, "year"):
        return value  # type: ignore[return-value]
    return str(value)


def _heading(key: str) -> str:
    heading = " ".join(str(key).split()) or "column A"
    return "geometry (property)" if heading == "geometry" else heading


def _free(name: str, taken: list[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _in_degrees(geometries: Sequence[BaseGeometry | None], crs: str, file: str) -> list[BaseGeometry | None]:
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        system = pyproj.CRS.from_user_input(crs)
        if system.is_geographic and system.to_epsg() == 4326:
            return list(geometries)
        transformer = pyproj.Transformer.from_crs(system, WGS84, always_xy=True)
    except ProjError as error:
        raise BadInput(
            N_("The coordinate system of {name} ({found}) is not known; export the layer in EPSG:4326."),
            code="unknown_crs",
            name=file,
            found=" ".join(str(crs).split())[:60],
        ) from error

    def project(places: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.column_stack(transformer.transform(places[:, 0], places[:, 1]))

    return [None if g is None else shapely.transform(shapely.force_2d(g), project) for g in geometries]


def _mended(
    geometries: Sequence[BaseGeometry | None], broken: Mapping[int, str], file: str, report: FileReport | None
) -> list[BaseGeometry | None]:
    if looks_projected(geometries):
        raise BadInput(
            N_(
                "The coordinates of {name} are no degrees: they look projected, or latitude and "
                "longitude are swapped; export the layer in EPSG:4326."
            ),
            code="projected_coordinates",
            name=file,
        )
    mender = Mender(report)
    mended: list[BaseGeometry | None] = []
    for number, geometry in enumerate(geometries, 1):
        if number in broken:
            mender.leave_out(number, broken[number])
            mended.append(None)
        else:
            mended.append(mender.mend(geometry, number))
    mender.finish()
    return mended
