"""Countries with their values as GeoJSON (RFC 7946)."""

from __future__ import annotations

import json
from typing import Any

import shapely

from ess.exports.answer import Answer, answer_rows
from ess.locales import Translator

_DECIMALS = 4  # ten metres or so, finer than the layer itself

_ABOUT = ("measure", "boundary_view", "snapshot", "data_as_of", "filters", "caveats")
#: What the member ``atlas`` says once for all features.
_SAID_ONCE = ("caveats",)


def build_geojson(answer: Answer, translator: Translator) -> bytes:
    """One feature a country of the layer, its exterior rings counter-clockwise, coordinates in EPSG:4326.

    Records without a country, and totals that several share undivided, are features without a geometry. What
    the whole file must say (boundary view, snapshot, filters, caveats) stands once in the member ``atlas``;
    all but the caveats stand in each feature too.
    """
    geometries = dict(
        zip(
            answer.joined.frame["iso3"],
            shapely.orient_polygons(answer.joined.frame.geometry.to_numpy()),
            strict=True,
        )
    )
    rows = answer_rows(answer, translator)
    features = [_feature(row, geometries.get(str(row["iso3"]))) for row in rows]
    about = {key: rows[0][key] for key in _ABOUT}
    collection = {"type": "FeatureCollection", "atlas": about, "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _feature(row: dict[str, object], geometry: shapely.Geometry | None) -> dict[str, Any]:
    shared = {key: (None if value == "" else value) for key, value in row.items() if key not in _SAID_ONCE}
    return {
        "type": "Feature",
        "id": row["iso3"] or row["region"] or row["undivided_between"] or "unnamed",
        "properties": shared,
        "geometry": None if geometry is None else _rounded(json.loads(shapely.to_geojson(geometry))),
    }


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    return {"type": geometry["type"], "coordinates": _rounded_coordinates(geometry["coordinates"])}


def _rounded_coordinates(part: Any) -> Any:
    if isinstance(part[0], float | int):
        return [round(number, _DECIMALS) for number in part]
    return [_rounded_coordinates(inner) for inner in part]
