"""Where shapes meet values, and how the result is shaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from ess.analysis.breaks import SCHEMES
from ess.analysis.by_country import CountryValue, MeasureByCountry, State
from ess.analysis.join import VALUE_COLUMNS, Joined, country_records, join_measure
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.shading import HOME, SEVERAL, build_shading
from tests.factories import PROPERTY

ALL = Measure("activities", "count", None, "records")
Layers: TypeAlias = Callable[[str], gpd.GeoDataFrame]
CODES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH")

figures = st.none() | st.integers(0, 9).map(float) | st.floats(0, 1e9)


def small_layer(codes: tuple[str, ...] = CODES) -> gpd.GeoDataFrame:
    shapes = [box(number, 0, number + 1, 1) for number in range(len(codes))]
    return gpd.GeoDataFrame({"iso3": list(codes), "name_en": list(codes)}, geometry=shapes, crs="EPSG:4326")


@st.composite
def country_values(draw: st.DrawFn) -> dict[str, CountryValue]:
    codes = draw(st.lists(st.sampled_from([*CODES, "XXX", "YYY"]), unique=True))
    found = {}
    for iso3 in codes:
        state = draw(st.sampled_from(list(State)))
        value = draw(figures) if state == State.FIGURE else None
        found[iso3] = CountryValue(iso3, state, value, None if value is None else "=", 1)
    return found


def answer_of(values: dict[str, CountryValue]) -> MeasureByCountry:
    return MeasureByCountry(ALL, Selection(), "un", values)


@PROPERTY
@given(country_values())
def test_the_join_adds_no_row_and_drops_none(values: dict[str, CountryValue]) -> None:
    layer, answer = small_layer(), answer_of(values)
    before = layer.copy(deep=True)
    joined = join_measure(layer, answer)
    assert_geodataframe_equal(layer, before)
    assert joined.frame["iso3"].tolist() == layer["iso3"].tolist()
    assert list(joined.frame.columns) == [*layer.columns, *VALUE_COLUMNS]
    assert joined.frame.crs == layer.crs
    assert joined.frame["value"].dtype == "float64"
    matched = {row.iso3 for row in joined.frame.itertuples() if row.iso3 in values}
    assert matched | {value.iso3 for value in joined.unmatched} == values.keys()
    assert len(matched) + len(joined.unmatched) == len(values)


@PROPERTY
@given(country_values())
def test_every_record_says_what_the_answer_says(values: dict[str, CountryValue]) -> None:
    records = country_records(join_measure(small_layer(), answer_of(values)))
    for record in records:
        value = values.get(str(record["iso3"]), CountryValue(str(record["iso3"]), State.NONE))
        assert record["value"] == value.value
        assert (record["state"], record["qualifier"]) == (str(value.state), value.qualifier)


def test_a_layer_with_a_code_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="AAA more than once"):
        join_measure(small_layer(("AAA", "AAA", "BBB")), answer_of({}))


@PROPERTY
@given(country_values(), st.sampled_from(SCHEMES), st.integers(2, 9), st.sampled_from([*CODES, "ZZZ"]))
def test_shading_counts_every_country_once(
    values: dict[str, CountryValue], scheme: str, classes: int, home: str
) -> None:
    joined = join_measure(small_layer(), answer_of(values))
    shading = build_shading(joined, scheme, classes, home)
    assert sum(shading.counts.values()) == len(joined.frame)
    assert shading.fills.keys() == set(joined.frame["iso3"])
    assert (shading.fills.get(home) == HOME) == (home in CODES)
    classed = sum(number for fill, number in shading.counts.items() if fill.isdigit())
    assert classed == sum(one.countries for one in shading.breaks.ranges)
    for row in joined.frame[joined.frame["iso3"] != home].itertuples():
        fill = shading.fills[row.iso3]
        assert fill.isdigit() == (row.state == State.FIGURE and not pd.isna(row.value))
        assert (fill == SEVERAL) == (row.state == State.FIGURE and pd.isna(row.value))


def test_home_is_in_no_class_break() -> None:
    values = {
        iso3: CountryValue(iso3, State.FIGURE, value, "=", 1)
        for iso3, value in (("AAA", 900.0), ("BBB", 1.0), ("CCC", 2.0))
    }
    joined = join_measure(small_layer(), answer_of(values))
    assert build_shading(joined, "equal", 5, "AAA").breaks.upper[-1] == 2.0
    assert build_shading(joined, "equal", 5, "BBB").breaks.upper[-1] == 900.0


@pytest.mark.parametrize("view", ["un", "ma", "de_facto"])
def test_the_committed_layer_joins(layer: Layers, view: str) -> None:
    values = {
        "SEN": CountryValue("SEN", State.FIGURE, 2.0, "=", 2),
        "QQQ": CountryValue("QQQ", State.PRESENT),
    }
    joined = join_measure(layer(view), answer_of(values))
    assert isinstance(joined, Joined)
    assert len(joined.frame) == len(layer(view))
    assert [value.iso3 for value in joined.unmatched] == ["QQQ"]
    senegal = joined.frame.set_index("iso3").loc["SEN"]
    assert (senegal["state"], senegal["value"], senegal["activities"]) == ("figure", 2.0, 2)
