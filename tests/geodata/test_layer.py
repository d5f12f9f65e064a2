"""The committed layer: what every page leans on."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata._shapes import extent_width
from geodata.codes import countries
from geodata.errors import LayerError
from geodata.layer import (
    BOUNDARY_VIEWS,
    COLUMNS,
    layer_problems,
    parse_view,
    read_boundary_lines,
    read_countries,
    view_iso3,
)
from tests.geodata.factories import all_views

PARTNERS = ["CAF", "CIV", "COG", "CPV", "GAB", "GIN", "GNB", "IND", "MWI", "SEN", "ZWE"]
SMALL_ISLANDS = ["COM", "CPV", "MUS", "STP", "SYC"]


@pytest.fixture(scope="module")
def views() -> dict[str, gpd.GeoDataFrame]:
    return all_views()


@pytest.mark.parametrize("view", BOUNDARY_VIEWS)
def test_a_view_is_a_valid_country_layer(views: dict[str, gpd.GeoDataFrame], view: str) -> None:
    layer = views[view]
    assert layer_problems(layer) == []
    assert tuple(layer.columns) == COLUMNS
    assert layer["iso3"].is_unique
    assert layer["iso3"].is_monotonic_increasing
    assert layer.index.tolist() == list(range(len(layer)))
    assert layer.crs.to_epsg() == 4326


@pytest.mark.parametrize("view", BOUNDARY_VIEWS)
def test_a_view_has_neither_gap_at_a_border_nor_overlap(
    views: dict[str, gpd.GeoDataFrame], view: str
) -> None:
    assert shapely.coverage_is_valid(views[view].geometry.to_numpy())


def test_an_overlap_is_seen(views: dict[str, gpd.GeoDataFrame]) -> None:
    shapes = views["un"].geometry.to_numpy().copy()
    shapes[0] = shapely.box(0, 10, 5, 15)
    assert not shapely.coverage_is_valid(shapes)


def test_the_views_differ_in_morocco_and_western_sahara_only(views: dict[str, gpd.GeoDataFrame]) -> None:
    un = views["un"].set_index("iso3")
    for view in ("ma", "de_facto"):
        other = views[view].set_index("iso3")
        same = [iso3 for iso3 in other.index if other.geometry[iso3].equals_exact(un.geometry[iso3])]
        assert set(other.index) - set(same) == {"MAR", "ESH"} & set(other.index)
    assert set(un.index) - set(views["ma"]["iso3"]) == {"ESH"}


def test_the_three_pieces_have_the_known_areas(views: dict[str, gpd.GeoDataFrame]) -> None:
    area = {view: frame.set_index("iso3")["area_km2"] for view, frame in views.items()}
    assert area["un"]["MAR"] == pytest.approx(413_662, rel=1e-3)
    assert area["de_facto"]["ESH"] == pytest.approx(90_495, rel=1e-3)
    assert area["de_facto"]["MAR"] - area["un"]["MAR"] == pytest.approx(178_080, rel=1e-3)
    assert area["ma"]["MAR"] == pytest.approx(area["un"]["MAR"] + area["un"]["ESH"])


def test_the_dashed_lines_are_the_border_of_morocco_and_western_sahara(
    views: dict[str, gpd.GeoDataFrame],
) -> None:
    parallel = read_boundary_lines("un")
    defence = read_boundary_lines("de_facto")
    assert parallel["kind"].tolist() == ["parallel_27_40"]
    assert np.allclose(shapely.get_coordinates(parallel.geometry)[:, 1], 27 + 40 / 60, atol=1e-6)
    assert defence["kind"].tolist() == ["defence_line"]
    west, south, east, north = defence.total_bounds
    assert (west, south, east, north) == pytest.approx((-17.01, 21.42, -8.68, 27.66), abs=0.02)
    for view, lines in (("un", parallel), ("de_facto", defence)):
        outline = views[view].set_index("iso3").geometry
        assert outline["MAR"].boundary.covers(lines.geometry[0])
        assert outline["ESH"].boundary.covers(lines.geometry[0])
    assert len(read_boundary_lines("ma")) == 0


def test_the_partners_are_there(views: dict[str, gpd.GeoDataFrame]) -> None:
    for layer in views.values():
        assert set(PARTNERS) | set(SMALL_ISLANDS) | {"MAR", "COD", "NER", "NGA"} <= set(layer["iso3"])


def test_small_island_states_have_a_point_symbol_and_large_countries_none(
    views: dict[str, gpd.GeoDataFrame],
) -> None:
    marker = views["un"].set_index("iso3")["marker"]
    assert marker[SMALL_ISLANDS].all()
    assert not marker[["MAR", "SEN", "MWI", "GNB", "IND", "RUS"]].any()


@pytest.mark.parametrize("view", BOUNDARY_VIEWS)
def test_a_label_point_lies_in_its_country(views: dict[str, gpd.GeoDataFrame], view: str) -> None:
    layer = views[view]
    inside = shapely.contains_xy(layer.geometry.to_numpy(), layer["label_lon"], layer["label_lat"])
    assert layer["iso3"][~inside].tolist() == []


def test_extents_cross_the_antimeridian(views: dict[str, gpd.GeoDataFrame]) -> None:
    layer = views["un"].set_index("iso3")
    crossing = layer.index[layer["west"] > layer["east"]].tolist()
    assert crossing == ["FJI", "KIR", "NZL", "RUS", "UMI", "USA"]
    width = {iso3: extent_width(row["west"], row["east"]) for iso3, row in layer.iterrows()}
    assert {iso3 for iso3 in ("FJI", "KIR", "NZL") if width[iso3] >= 60} == set()
    # Russia from Kaliningrad to the Bering strait; the United States from the Aleutians to Maine.
    assert 165 < width["RUS"] < 175
    assert 115 < width["USA"] < 125
    assert max(width, key=lambda iso3: width[iso3]) == "RUS"


def test_an_extent_holds_its_country(views: dict[str, gpd.GeoDataFrame]) -> None:
    for row in views["un"].itertuples():
        west, south, east, north = row.geometry.bounds
        assert row.south == pytest.approx(south)
        assert row.north == pytest.approx(north)
        if row.west <= row.east:
            assert (row.west, row.east) == pytest.approx((west, east))


def test_names_codes_and_regions_are_those_of_the_table(views: dict[str, gpd.GeoDataFrame]) -> None:
    facts = views["un"].set_index("iso3")
    assert list(countries()) == facts.index.tolist()
    for iso3, country in countries().items():
        row = facts.loc[iso3]
        for column in ("iso2", "m49", "name_fr", "name_en", "name_ar", "region", "subregion", "intermediate"):
            assert row[column] == getattr(country, column), (iso3, column)
        assert country.name_fr.strip(), iso3
        assert country.name_en.strip(), iso3
        assert any("\u0600" <= letter <= "\u06ff" for letter in country.name_ar), iso3


def test_codes_are_text_with_their_zeros(views: dict[str, gpd.GeoDataFrame]) -> None:
    row = views["un"].set_index("iso3").loc["DZA"]
    assert (row["m49"], row["region"], row["subregion"]) == ("012", "002", "015")


def test_data_coded_western_sahara_belongs_to_morocco_in_one_view() -> None:
    assert [view_iso3("ESH", view) for view in BOUNDARY_VIEWS] == ["ESH", "MAR", "ESH"]
    assert {view_iso3("SEN", view) for view in BOUNDARY_VIEWS} == {"SEN"}


def test_a_view_is_parsed_whatever_its_case() -> None:
    assert parse_view(" De_Facto ") == "de_facto"
    with pytest.raises(LayerError, match="expected one of un, ma, de_facto"):
        parse_view("ne")
    with pytest.raises(LayerError, match="boundary view"):
        read_countries("natural")


def test_the_un_view_agrees_with_an_independent_one(views: dict[str, gpd.GeoDataFrame], shared: Path) -> None:
    """All countries against pieces made from Natural Earth's admin-0 layer; known differences are named."""
    reference = gpd.read_file(shared / "geo" / "boundaries" / "shp_t0.02" / "pieces.shp")
    theirs = reference.assign(iso3=reference["k_ne"].where(reference["k_un"] != "ESH", "ESH"))
    theirs["iso3"] = theirs["iso3"].replace({"XSO": "SOM", "XNC": "CYP"})
    theirs = theirs.dissolve("iso3").geometry
    ours = views["un"].assign(iso3=views["un"]["iso3"].replace(SPLIT_HERE)).dissolve("iso3").geometry
    measured = {iso3: _iou(ours[iso3], theirs[iso3]) for iso3 in ours.index.intersection(theirs.index)}
    assert set(ours.index) ^ set(theirs.index) == ONLY_ONE
    assert measured["MAR"] > 0.999
    assert measured["ESH"] > 0.999
    large = views["un"].loc[views["un"]["area_km2"] > 20_000, "iso3"]
    assert {iso3: value for iso3, value in measured.items() if iso3 in set(large) and value < 0.99} == {}
    assert np.median(list(measured.values())) > 0.995


SPLIT_HERE = {
    "GLP": "FRA", "GUF": "FRA", "MTQ": "FRA", "MYT": "FRA", "REU": "FRA",
    "BES": "NLD", "BVT": "NOR", "SJM": "NOR", "TKL": "NZL",
}  # fmt: skip
"""Territories with an ISO code of their own, which Natural Earth's admin-0 layer draws with their State."""

ONLY_ONE: set[str] = {"ATA", "CCK", "CXR", "XBT"}
"""Antarctica is left out here; Bir Tawil is nobody's; Christmas and Cocos Islands share a code there."""


def _iou(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return float(shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other)))
