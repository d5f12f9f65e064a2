"""The one place where country shapes meet partnership and project data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from ess.analysis.by_country import CountryValue, MeasureByCountry
from ess.analysis.shared import SharedTotal

#: Columns that the join adds to the layer, in this order.
VALUE_COLUMNS = ("state", "value", "qualifier", "activities", "planned", "shared", "stated", "derived")


class JoinedRow(NamedTuple):
    """One country of the layer with its value; a missing value is NaN, a missing qualifier None."""

    iso3: str
    state: str
    value: float
    qualifier: str | None
    activities: int
    planned: int
    shared: tuple[SharedTotal, ...]
    stated: int
    derived: tuple[str, ...]

    @property
    def has_value(self) -> bool:
        """Whether there is a value; NaN, the missing one, is unlike itself."""
        return self.value == self.value


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

    @cached_property
    def rows(self) -> tuple[JoinedRow, ...]:
        """The rows of the frame without their shapes, for what reads them one by one; kept."""
        columns = ["iso3", *VALUE_COLUMNS]
        return tuple(JoinedRow(*row) for row in self.frame[columns].itertuples(index=False, name=None))


def join_measure(layer: gpd.GeoDataFrame, answer: MeasureByCountry) -> Joined:
    """Join a measure to the country layer on ``iso3``.

    Row rule: one row a country of the layer, none added, none dropped. A country without a value gets state
    ``none``, no value (NaN, not zero) and no records.

    Raises
    ------
    ValueError
        When the layer holds a code twice.
    """
    codes = layer["iso3"].tolist()
    known = set(codes)
    if len(known) != len(codes):
        twice = sorted(code for code in known if codes.count(code) > 1)
        raise ValueError(f"the layer holds {', '.join(twice)} more than once; it must hold each code once")
    values = [answer.of(iso3) for iso3 in codes]
    # The shapes are the layer's own: joining by its order copies none of them.
    frame = layer.assign(**{name: _column(values, name, layer.index) for name in VALUE_COLUMNS})
    unmatched = tuple(value for iso3, value in answer.values.items() if iso3 not in known)
    return Joined(frame, unmatched)


def _column(values: list[CountryValue], name: str, index: pd.Index) -> pd.Series:
    found = [getattr(value, name) for value in values]
    if name == "state":
        return pd.Series([str(state) for state in found], index)
    # left to itself, pandas turns the missing qualifier into a number that is not one
    return pd.Series(found, index, dtype={"value": "float64", "qualifier": "object"}.get(name))


def country_records(joined: Joined) -> list[dict[str, object]]:
    """The join without shapes: one plain object a country, as `countries --format json` prints it.

    Whole numbers come as integers; a missing value is None.
    """
    return [
        {
            "iso3": row.iso3,
            "value": plain_number(row.value),
            "qualifier": row.qualifier,
            "state": row.state,
            "activities": int(row.activities),
            "shared": [shared_record(total) for total in row.shared],
        }
        for row in joined.rows
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
