"""The one place where country shapes meet partnership and project data."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    shared: Sequence[SharedTotal]
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
    layer
        The country layer, EPSG:4326.
    values
        The value of every country, in the layer's order.
    unmatched
        Values whose code the layer does not know. They are beside the map, never dropped.
    """

    layer: gpd.GeoDataFrame
    values: tuple[CountryValue, ...]
    unmatched: tuple[CountryValue, ...]

    @cached_property
    def frame(self) -> gpd.GeoDataFrame:
        """One row a country of the layer, in its order, with `VALUE_COLUMNS` added; kept.

        The shapes are the layer's own: joining by its order copies none of them.
        """
        columns = {name: _column(self.values, name, self.layer.index) for name in VALUE_COLUMNS}
        return self.layer.assign(**columns)

    @cached_property
    def rows(self) -> tuple[JoinedRow, ...]:
        """The rows of the frame without their shapes, for what reads them one by one; kept."""
        return tuple(
            JoinedRow(
                iso3=value.iso3,
                state=str(value.state),
                value=math.nan if value.value is None else float(value.value),
                qualifier=value.qualifier,
                activities=value.activities,
                planned=value.planned,
                shared=value.shared,
                stated=value.stated,
                derived=value.derived,
            )
            for value in self.values
        )


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
    unmatched = tuple(value for iso3, value in answer.values.items() if iso3 not in known)
    return Joined(layer, tuple(answer.of(iso3) for iso3 in codes), unmatched)


def _column(values: tuple[CountryValue, ...], name: str, index: pd.Index) -> pd.Series:
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
