"""Building the layer: from a small package to the end, and the committed files byte by byte.

The package of the source is fetched from a registry, which no test may reach. So the second stage
(shapefile to TopoJSON) and the writing of the first are made again here from the committed shapefile, and the
first stage runs on a small package of squares; ``python -m geodata.build --check`` does all of it.
"""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata import build
from geodata._attributes import country_table
from geodata._shapes import areas_km2, drop_islets, extent, extent_width, label_point, main_part
from geodata._source import PACKAGE_SHA256, countries_of_units, read_table, read_units
from geodata._topojson import read_topojson
from geodata._views import cut_at_parallel, divide_pieces
from geodata.errors import LayerError
from geodata.layer import BOUNDARY_VIEWS, asset_path, layer_path, read_boundary_lines, read_countries
from geodata.sources import DATA, TABLES
from tests.geodata.factories import all_views, package, unit

NO_DECISIONS = pd.DataFrame(columns=["adm0_a3", "field", "value", "west", "south", "east", "north", "iso3"])


def decision(adm0_a3: str, iso3: str, **changes: str) -> dict[str, str]:
    blank = dict.fromkeys(("field", "value", "west", "south", "east", "north"), "")
    return {"adm0_a3": adm0_a3, **blank, "iso3": iso3, **changes}


def codes(*iso3: str) -> pd.DataFrame:
    return pd.DataFrame({"iso3": iso3})


def units(folder: Path, *features: dict[str, Any]) -> gpd.GeoDataFrame:
    return read_units(*package(list(features), folder))


# -- the committed files


def test_the_topojson_is_what_the_shapefile_gives(tmp_path: Path) -> None:
    assert build.write_topojson(layer_path(), tmp_path).read_bytes() == asset_path().read_bytes()


def test_the_shapefile_is_written_again_with_the_same_bytes(tmp_path: Path) -> None:
    pieces = pyogrio.read_dataframe(layer_path(), encoding="UTF-8").fillna("")
    build.write_pieces(pieces, tmp_path)
    assert len(list(tmp_path.iterdir())) == 5
    assert build.changed_files(tmp_path) == []


def test_the_country_table_is_written_again_with_the_same_bytes(tmp_path: Path) -> None:
    build.write_country_table(build.build_country_table(), tmp_path)
    assert build.changed_files(tmp_path) == []


def test_another_byte_is_seen(tmp_path: Path) -> None:
    shutil.copy(DATA / "countries.cpg", tmp_path)
    shutil.copy(DATA / "countries.prj", tmp_path)
    (tmp_path / "countries.prj").write_bytes(b"\n" + (DATA / "countries.prj").read_bytes())
    (tmp_path / "new.csv").write_text("a\n", encoding="utf-8")
    assert build.changed_files(tmp_path) == ["countries.prj", "new.csv"]


def test_the_shapefile_says_that_it_is_utf8() -> None:
    assert layer_path().with_suffix(".cpg").read_text(encoding="ascii") == "UTF-8"
    assert "الرأس الأخضر".encode() in layer_path().with_suffix(".dbf").read_bytes()


def test_the_topojson_is_small_enough_to_travel() -> None:
    content = asset_path().read_bytes()
    assert len(gzip.compress(content, 9)) < 165_000
    assert len(content) < 450_000


def test_the_topojson_holds_every_view_once() -> None:
    objects = json.loads(asset_path().read_text(encoding="utf-8"))["objects"]
    assert list(objects) == ["common", "un", "ma", "de_facto", "lines_un", "lines_de_facto"]
    ids = {
        name: [one["properties"].get("id") for one in listed["geometries"]]
        for name, listed in objects.items()
    }
    assert ids["un"] == ids["de_facto"] == ["ESH", "MAR"]
    assert ids["ma"] == ["MAR"]
    assert ids["common"] == sorted(ids["common"])
    assert set(ids["common"]).isdisjoint({"MAR", "ESH"})


@pytest.mark.parametrize("view", BOUNDARY_VIEWS)
def test_the_topojson_shows_the_same_countries_as_the_shapefile(view: str) -> None:
    layer = read_countries(view).set_index("iso3")
    drawn = _drawn(view)
    assert sorted(drawn.index) == sorted(layer.index)
    assert shapely.is_valid(drawn.geometry.to_numpy()).all()
    assert shapely.coverage_is_valid(drawn.geometry.to_numpy())
    overlap = {iso3: _iou(drawn.geometry[iso3], layer.geometry[iso3]) for iso3 in layer.index}
    # The Vatican is a few steps of the grid wide.
    assert {iso3 for iso3, value in overlap.items() if value < 0.8} == {"VAT"}
    assert np.median(list(overlap.values())) > 0.97
    for iso3, row in drawn.iterrows():
        known = layer.loc[iso3]
        assert row["n"] == [known["name_fr"], known["name_en"], known["name_ar"]]
        assert row["p"] == [known["label_lon"], known["label_lat"]]
        assert row["m"] == int(known["marker"])
        assert row["b"] == pytest.approx(
            [known["west"], known["south"], known["east"], known["north"]], abs=0.001
        )


def _drawn(view: str) -> gpd.GeoDataFrame:
    drawn = pd.concat([read_topojson(asset_path(), "common"), read_topojson(asset_path(), view)])
    return gpd.GeoDataFrame(drawn.set_index("id"))


@pytest.mark.parametrize("view", BOUNDARY_VIEWS)
def test_a_label_point_lies_in_the_drawn_country_or_has_a_symbol(view: str) -> None:
    drawn = _drawn(view)
    outside = [iso3 for iso3, row in drawn.iterrows() if not shapely.contains_xy(row.geometry, *row["p"])]
    assert [iso3 for iso3 in outside if not drawn.loc[iso3, "m"]] == []
    assert len(outside) < 5


@pytest.mark.parametrize("view", ["un", "de_facto"])
def test_the_drawn_lines_are_those_of_the_layer(view: str) -> None:
    drawn = read_topojson(asset_path(), f"lines_{view}").geometry[0]
    line = read_boundary_lines(view).geometry[0]
    assert shapely.hausdorff_distance(drawn, line) < 0.15


def test_small_states_keep_every_part() -> None:
    layer = read_countries("un").set_index("iso3")
    drawn = _drawn("un")
    small = layer.index[layer["area_km2"] < 20_000]
    assert len(small) > 80
    lost = {iso3 for iso3 in small if _parts(drawn, iso3) < _parts(layer, iso3)}
    assert lost == set()


def _parts(layer: gpd.GeoDataFrame, iso3: str) -> int:
    return int(shapely.get_num_geometries(layer.geometry[iso3]))


def test_the_drawn_shapes_are_truer_than_natural_earth_50m(shared: Path) -> None:
    coarse = gpd.read_file(shared / "geo" / "original" / "ne_50m_admin_0_countries_v5.1.2.gpkg")
    column = next(name for name in coarse.columns if name.upper() == "ADM0_A3")
    known = coarse.dissolve(column).geometry
    layer = read_countries("de_facto").set_index("iso3").geometry
    drawn = _drawn("de_facto").geometry
    compared = sorted(set(known.index) & set(layer.index))
    ours = {iso3: 1 - _iou(drawn[iso3], layer[iso3]) for iso3 in compared}
    theirs = {iso3: 1 - _iou(known[iso3], layer[iso3]) for iso3 in compared}
    assert np.mean(list(ours.values())) < np.mean(list(theirs.values())) / 2
    assert np.median(list(ours.values())) < np.median(list(theirs.values()))
    for iso3 in ("MAR", "SEN", "CPV", "STP", "COM", "MUS", "SYC", "MWI", "GNB", "GAB", "ZWE"):
        assert ours[iso3] < theirs[iso3], iso3


def _iou(one: shapely.Geometry, other: shapely.Geometry) -> float:
    return float(shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other)))


# -- from the package to countries


def test_units_are_dissolved_on_their_code(tmp_path: Path) -> None:
    source = units(tmp_path, unit("BBB", 1, 0), unit("AAA", 0, 0), unit("BBB", 2, 0))
    countries = countries_of_units(source, NO_DECISIONS, codes("AAA", "BBB"))
    assert countries["iso3"].tolist() == ["AAA", "BBB"]
    assert shapely.area(countries.geometry.to_numpy()).tolist() == [1, 2]


def test_decisions_recode_split_merge_and_drop(tmp_path: Path) -> None:
    source = units(
        tmp_path,
        unit("OLD", 0, 0),
        unit("FRA", 1, 0),
        unit("FRA", 2, 0, gu_a3="REU"),
        unit("NOR", 3, 0),
        unit("NOR", 40, 0),
        unit("BAS", 1, 1),
        unit("ICE", 50, 0),
    )
    decisions = pd.DataFrame(
        [
            decision("OLD", "NEW"),
            decision("FRA", "REU", field="gu_a3", value="REU"),
            decision("NOR", "SJM", west="39", south="-1", east="42", north="2"),
            decision("BAS", "FRA"),
            decision("ICE", ""),
        ]
    )
    countries = countries_of_units(source, decisions, codes("FRA", "NEW", "NOR", "REU", "SJM"))
    areas = shapely.area(countries.geometry.to_numpy())
    assert dict(zip(countries["iso3"], areas, strict=True)) == {
        "FRA": 2, "NEW": 1, "NOR": 1, "REU": 1, "SJM": 1,
    }  # fmt: skip


def test_everything_undecided_is_named_at_once(tmp_path: Path) -> None:
    source = units(tmp_path, unit("AAA", 0, 0), unit("ODD", 1, 0))
    with pytest.raises(LayerError) as refusal:
        countries_of_units(source, pd.DataFrame([decision("ZZZ", "AAA")]), codes("AAA", "BBB"))
    assert refusal.value.problems == [
        "the decision on ZZZ  matches no unit",
        "the source has a unit ODD on which nothing is decided",
        "the source has no shape for BBB",
    ]


def test_every_decision_has_its_reason() -> None:
    decisions = read_table(TABLES / "source_units.csv")
    assert set(decisions["decision"]) == {"recoded", "merged", "split", "dropped"}
    assert (decisions["reason"].str.len() > 20).all()
    assert ((decisions["iso3"] == "") == (decisions["decision"] == "dropped")).all()
    assert set(decisions["iso3"]) - {""} <= set(read_table(TABLES / "codes.csv")["iso3"])
    assert {"SOL", "CYN", "KOS", "SAH", "ATA"} <= set(decisions["adm0_a3"])


def test_another_package_is_refused(tmp_path: Path) -> None:
    path, digest = package([unit("AAA", 0, 0)], tmp_path)
    with pytest.raises(LayerError, match=PACKAGE_SHA256):
        read_units(path)
    with pytest.raises(LayerError, match="cannot be read"):
        read_units(tmp_path / "absent.tgz")
    other, digest = package([], tmp_path, member="package/other.json")
    with pytest.raises(LayerError, match=r"expected package/data/build\.json"):
        read_units(other, digest)


def test_a_name_exception_that_changes_nothing_is_refused() -> None:
    exceptions = pd.DataFrame({"iso3": ["MAR"], "lang": ["fr"], "name": ["Maroc"]})
    with pytest.raises(LayerError) as refusal:
        country_table(read_table(TABLES / "codes.csv"), exceptions)
    assert refusal.value.problems == ["the exception MAR fr says what CLDR says"]


def test_the_command_line_says_what_is_wrong_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build.main(["--source", str(tmp_path / "absent.tgz"), "--check"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("\n") == 1
    assert "absent.tgz cannot be read" in shown.err


# -- Morocco and Western Sahara


def test_the_cut_puts_its_nodes_into_the_neighbours() -> None:
    morocco = shapely.Polygon([(-9, 21), (-9, 35), (-3, 33), (-2, 22)])
    sahara = shapely.Polygon([(-9, 21), (-2, 22), (-5, 19)])
    algeria = shapely.Polygon([(-3, 33), (8, 30), (-2, 22)])
    countries = gpd.GeoDataFrame(
        {"iso3": ["DZA", "ESH", "MAR"]}, geometry=[algeria, sahara, morocco], crs="EPSG:4326"
    )
    assert shapely.coverage_is_valid(countries.geometry.to_numpy())
    pieces = divide_pieces(countries)
    assert pieces["piece"].tolist() == ["DZA", "ESH-E", "ESH-W", "MAR"]
    assert pieces["iso3_ma"].tolist() == ["DZA", "MAR", "MAR", "MAR"]
    assert pieces["iso3_df"].tolist() == ["DZA", "ESH", "MAR", "MAR"]
    assert shapely.coverage_is_valid(pieces.geometry.to_numpy())
    assert pieces.geometry[2].bounds[3] == pytest.approx(27 + 40 / 60)
    assert len(shapely.get_coordinates(pieces.geometry[0])) == len(shapely.get_coordinates(algeria)) + 1


def test_a_cut_beside_the_shape_is_refused() -> None:
    with pytest.raises(LayerError, match="land on both sides"):
        cut_at_parallel(shapely.box(0, 0, 1, 1), 2.0)


# -- measures


def test_areas_are_those_of_shapes_with_straight_edges_in_degrees() -> None:
    one_degree_at_equator = areas_km2(np.array([shapely.box(0, 0, 1, 1)], dtype=object))[0]
    assert one_degree_at_equator == pytest.approx(12_308.8, rel=1e-4)
    band = areas_km2(np.array([shapely.box(0, 60, 90, 61)], dtype=object))[0]
    narrow = areas_km2(np.array([shapely.box(0, 60, 1, 61)], dtype=object))[0]
    assert band == pytest.approx(90 * narrow, rel=1e-4)


@given(st.lists(st.tuples(st.floats(-180, 175), st.floats(0.5, 5)), min_size=1, max_size=6))
def test_an_extent_holds_every_part_and_leaves_the_widest_gap_out(spans: list[tuple[float, float]]) -> None:
    parts = [shapely.box(west, 0, min(west + width, 180), 1) for west, width in spans]
    west, south, east, north = extent(shapely.GeometryCollection(parts))
    assert (south, north) == (0, 1)
    width = extent_width(west, east)
    assert 0 <= width <= 360
    for part in parts:
        start, _, end, _ = part.bounds
        assert extent_width(west, start) <= width + 1e-9
        assert extent_width(west, end) <= width + 1e-9


def test_an_extent_across_180_degrees_is_narrow() -> None:
    fiji = shapely.MultiPolygon([shapely.box(177, -19, 180, -16), shapely.box(-180, -18, -178, -16)])
    assert extent(fiji) == (177, -19, -178, -16)


def test_a_label_point_is_inside_the_largest_part() -> None:
    horseshoe = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9), (0, 8), (8, 8), (8, 1), (0, 1)])
    shape = shapely.MultiPolygon([shapely.box(20, 0, 21, 1), horseshoe])
    assert main_part(shape).equals(horseshoe)
    assert shapely.contains_xy(horseshoe, *label_point(shape))
    tiny = shapely.Point(0.00005, 0.00005).buffer(0.00002)
    assert shapely.contains_xy(tiny, *label_point(tiny))


def test_specks_are_dropped_except_in_small_states_and_at_borders() -> None:
    speck, neighbour = shapely.box(5, 5, 5.01, 5.01), shapely.box(2, 0, 3, 1)
    shape = shapely.MultiPolygon([shapely.box(0, 0, 2, 2), speck])
    shared_speck = shapely.MultiPolygon([shapely.box(8, 0, 10, 2), shapely.box(3, 0, 3.01, 0.01)])
    layer = gpd.GeoDataFrame(
        {"area_km2": [49_000.0, 15_000.0, 12_000.0, 49_000.0]},
        geometry=[
            shape,
            shapely.transform(shape, lambda nodes: nodes + np.array([0, 30])),
            neighbour,
            shared_speck,
        ],
        crs="EPSG:4326",
    )
    kept = drop_islets(layer)
    assert shapely.get_num_geometries(kept.geometry.to_numpy()).tolist() == [1, 2, 1, 2]


def test_the_layer_is_read_in_every_view_without_the_packages_of_the_build() -> None:
    assert {view: len(layer) for view, layer in all_views().items()} == {
        "un": 249,
        "ma": 248,
        "de_facto": 249,
    }
