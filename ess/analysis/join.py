"""The one place where country shapes meet partnership and project data."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from ess.analysis.by_country import CountryValue, MeasureByCountry
from ess.analysis.figures import SharedTotal

#: Columns that the join adds to the layer, in this order.
VALUE_COLUMNS = ("state", "value", "qualifier", "activities", "planned", "shared", "stated", "derived")


@dataclass(frozen=True)
class Joined:
    """The layer with a measure on it.

    Attributes
    ----------
    frame
        One row a country of the layer, in the layer's order, EPSG:4326, with `VALUE_COLUMNS` added.
    unmatched
        Values whose code the layer does not know. They are beside the map, never dropped.
    """

    frame: gpd.GeoDataFrame
    unmatched: tuple[CountryValue, ...]


def join_measure(layer: gpd.GeoDataFrame, answer: MeasureByCountry) -> Joined:
    """Join a measure to the country layer on ``iso3``.

    Row rule: one row a country of the layer, none added, none dropped. A country without a value gets state
    ``none``, no value (NaN, not zero) and no records.

    Raises
    ------
    ValueError
        When the layer holds a code twice.
    """
    values = pd.DataFrame(
        [_columns(answer.of(iso3)) for iso3 in dict.fromkeys(layer["iso3"])],
        columns=["iso3", *VALUE_COLUMNS],
    ).astype({"value": "float64"})
    frame = layer.merge(values, on="iso3", how="left", validate="one_to_one")
    known = set(layer["iso3"])
    unmatched = tuple(value for iso3, value in answer.values.items() if iso3 not in known)
    return Joined(gpd.GeoDataFrame(frame, geometry="geometry", crs=layer.crs), unmatched)


def _columns(value: CountryValue) -> dict[str, object]:
    return {**{name: getattr(value, name) for name in ("iso3", *VALUE_COLUMNS)}, "state": str(value.state)}


def country_records(joined: Joined) -> list[dict[str, object]]:
    """The join without shapes: one plain object a country, as `countries --format json` prints it.

    Whole numbers come as integers; a missing value is None.
    """
    columns = ["iso3", "value", "qualifier", "state", "activities", "shared"]
    return [
        {
            "iso3": row.iso3,
            "value": plain_number(row.value),
            "qualifier": row.qualifier if isinstance(row.qualifier, str) else None,
            "state": row.state,
            "activities": int(row.activities),
            "shared": [shared_record(total) for total in row.shared],
        }
        for row in joined.frame[columns].itertuples()
    ]


def shared_record(total: SharedTotal) -> dict[str, object]:
    """A shared total as a plain object."""
    return {
        "result": total.result,
        "value": plain_number(total.value),
        "unit": total.unit,
        "countries": list(total.countries),
    }


def plain_number(value: float | None) -> int | float | None:
    """`value` as an integer when it is one; None when it is missing."""
    if value is None or pd.isna(value):
        return None
    return int(value) if float(value).is_integer() else float(value)
