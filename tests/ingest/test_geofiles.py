"""Layers: GeoJSON and zipped shapefiles, fit for a map or refused; every feature accounted for."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.errors import BadInput
from ess.ingest.geofiles import read_geojson
from ess.ingest.geometries import narrow_bounds
from ess.ingest.layers import sheet_of_layer
from ess.ingest.report import FileReport
from ess.ingest.shapefiles import read_geopackage, read_shapefile
from tests.ingest.rawfiles import SQUARE, archive, feature, geojson, point, shape_parts, shapefile, write

MERCATOR = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        (read_shapefile if path.suffix == ".zip" else read_geojson)(path)
    return caught.value


def polygon(*places: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[list(place) for place in places]]}


def read(path: Path) -> tuple[gpd.GeoDataFrame, FileReport]:
    report = FileReport(path.name)
    layer = read_geojson(path, report)
    assert layer.crs.to_epsg() == 4326
    assert layer.is_valid.all()
    assert not layer.is_empty.any()
    assert not layer.has_z.any()
    return layer, report


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_g01_coordinates_that_are_no_json_are_refused_by_feature(tmp_path: Path, number: str) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [point(1, 2), point(3, 4)]})
    fault = refusal(write(tmp_path, "a.geojson", text.replace("[3, 4]", f"[{number}, 4]")))
    assert (fault.code, fault.facts["number"]) == ("not_json_number", 2)


@pytest.mark.parametrize("number", ["1e400", "-1e999"])
def test_g01_coordinates_beyond_all_numbers_are_left_out_and_listed(tmp_path: Path, number: str) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [point(1, 2), point(3, 4)]})
    layer, report = read(write(tmp_path, "a.geojson", text.replace("[3, 4]", f"[{number}, 4]")))
    assert list(layer.index) == [1]
    assert [(p.kind.code, p.row) for p in report.problems] == [("broken_geometry", 2)]


@pytest.mark.parametrize(
    ("geometry", "codes", "area"),
    [
        (polygon((0, 0), (10, 10), (10, 0), (0, 10), (0, 0)), {"repaired_geometry", "area_changed"}, 50),
        (polygon((0, 0), (10, 0), (15, 0), (10, 0), (10, 10), (0, 10), (0, 0)), {"repaired_geometry"}, 100),
        (
            {
                "type": "Polygon",
                "coordinates": [SQUARE["coordinates"][0], [[20, 20], [21, 20], [21, 21], [20, 20]]],
            },
            {"repaired_geometry"},
            100,
        ),
    ],
)
def test_g02_outlines_are_repaired_and_a_changed_area_is_flagged(
    tmp_path: Path, geometry: object, codes: set[str], area: float
) -> None:
    layer, report = read(geojson(tmp_path, feature(geometry, iso3="BOW"), feature(SQUARE, iso3="SQ")))
    assert set(report.counts) == codes
    assert shapely.area(layer.geometry.iloc[0]) == pytest.approx(area)
    assert not shapely.union_all(layer.geometry.to_numpy()).is_empty


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (polygon((0, 0), (1, 1)), "broken_geometry"),
        ({"type": "Polygon", "coordinates": []}, "no_geometry"),
        (None, "no_geometry"),
        ({"type": "GeometryCollection", "geometries": []}, "no_geometry"),
        ({"type": "Point", "coordinates": [1]}, "broken_geometry"),
        ({"type": "Point", "coordinates": ["1", "2"]}, "broken_geometry"),
        ({"type": "Point", "coordinates": [None, None]}, "broken_geometry"),
        ({"type": "Point", "coordinates": [True, False]}, "broken_geometry"),
        ({"type": "Blob", "coordinates": [1, 2]}, "broken_geometry"),
        ({"type": "LineString", "coordinates": {"x": 1}}, "broken_geometry"),
        ("POINT (1 2)", "broken_geometry"),
        ({"type": "Point", "coordinates": [500, 2]}, "outside_world"),
    ],
)
def test_g03_only_the_broken_feature_is_left_out(tmp_path: Path, geometry: object, code: str) -> None:
    layer, report = read(geojson(tmp_path, point(1, 2, n="a"), feature(geometry, n="b"), point(3, 4, n="c")))
    assert list(layer["n"]) == ["a", "c"]
    assert [(p.kind.code, p.row) for p in report.problems] == [(code, 2)]


def test_g03_open_rings_are_closed_and_listed(tmp_path: Path) -> None:
    layer, report = read(geojson(tmp_path, feature(polygon((0, 0), (10, 0), (10, 10), (0, 10)))))
    assert shapely.area(layer.geometry.iloc[0]) == 100
    assert set(report.counts) == {"ring_closed"}


def test_g03_collections_keep_their_areas(tmp_path: Path) -> None:
    mixed = {"type": "GeometryCollection", "geometries": [SQUARE, {"type": "Point", "coordinates": [50, 50]}]}
    layer, report = read(geojson(tmp_path, feature({"type": "GeometryCollection", "geometries": [mixed]})))
    assert list(layer.geom_type) == ["Polygon"]
    assert set(report.counts) == {"reduced_collection"}


def test_g03_heights_are_left_out(tmp_path: Path) -> None:
    four = feature({"type": "Point", "coordinates": [1, 2, 300, 4]})
    layer, report = read(geojson(tmp_path, feature({"type": "Point", "coordinates": [1, 2, 300]}), four))
    assert [(place.x, place.y) for place in layer.geometry] == [(1, 2), (1, 2)]
    assert set(report.counts) == {"flattened"}


ANTIMERIDIAN = [
    polygon((177, -19), (-178, -19), (-178, -16), (177, -16), (177, -19)),
    polygon((177, -19), (182, -19), (182, -16), (177, -16), (177, -19)),
    polygon((-183, -19), (-178, -19), (-178, -16), (-183, -16), (-183, -19)),
    {
        "type": "MultiPolygon",
        "coordinates": [
            polygon((177, -19), (180, -19), (180, -16), (177, -16), (177, -19))["coordinates"],
            polygon((-180, -19), (-178, -19), (-178, -16), (-180, -16), (-180, -19))["coordinates"],
        ],
    },
]


@pytest.mark.parametrize("geometry", ANTIMERIDIAN)
def test_g04_what_crosses_the_180th_meridian_stays_narrow(tmp_path: Path, geometry: object) -> None:
    layer, _ = read(geojson(tmp_path, feature(geometry, iso3="FJI")))
    shape = layer.geometry.iloc[0]
    west, _, east, _ = narrow_bounds(shape)
    _, cells = next(sheet_of_layer(layer).lines())
    latitude, longitude = cells[1], cells[2]
    assert isinstance(latitude, float)
    assert isinstance(longitude, float)
    assert shape.area == pytest.approx(15)
    assert (west, east) == (177, 182)
    assert abs(longitude) > 170
    assert shape.contains(shapely.Point(longitude, latitude))


def test_g04_the_whole_world_is_left_as_it_is(tmp_path: Path) -> None:
    world = polygon((-179, -80), (179, -80), (179, 80), (-179, 80), (-179, -80))
    layer, report = read(geojson(tmp_path, feature(world)))
    assert layer.geometry.iloc[0].area == 358 * 160
    assert not report.problems


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ({"type": "name", "properties": {"name": "EPSG:999999"}}, "unknown_crs"),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::99999"}}, "unknown_crs"),
        ({"type": "name", "properties": {"name": "http://127.0.0.1:9/crs.wkt"}}, "unknown_crs"),
        ({"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/etc/passwd"}}, "unknown_crs"),
        ({"type": "name", "properties": {"name": 4326}}, "linked_crs"),
        ({"type": "link", "properties": {"href": "http://127.0.0.1:9/crs.wkt"}}, "linked_crs"),
        ("EPSG:4326", "linked_crs"),
    ],
)
def test_g05_u03_a_system_that_is_linked_or_unknown_is_refused(
    tmp_path: Path, crs: object, code: str
) -> None:
    assert refusal(geojson(tmp_path, point(1, 2), crs=crs)).code == code


@pytest.mark.parametrize("places", [(4100000, -140000), (120, 33000), (20, 120)])
def test_g05_coordinates_that_are_no_degrees_are_refused(tmp_path: Path, places: tuple[float, float]) -> None:
    assert refusal(geojson(tmp_path, point(*places), point(*places))).code == "projected_coordinates"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("urn:ogc:def:crs:EPSG::3857", (4100000, -140000)),
        ("EPSG:3857", (4100000, -140000)),
        ("urn:ogc:def:crs:EPSG:9.9.1:3857", (4100000, -140000)),
        ("http://www.opengis.net/def/crs/EPSG/0/3857", (4100000, -140000)),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", (36.83092665, -1.25754042)),
        ("EPSG:4326", (36.83092665, -1.25754042)),
    ],
)
def test_g06_named_systems_become_degrees(tmp_path: Path, name: str, place: tuple[float, float]) -> None:
    layer, _ = read(geojson(tmp_path, point(*place), crs={"type": "name", "properties": {"name": name}}))
    assert layer.geometry.iloc[0].x == pytest.approx(36.83092665)
    assert layer.geometry.iloc[0].y == pytest.approx(-1.25754042)


def test_g07_too_many_vertices_are_refused_with_the_figure(tmp_path: Path) -> None:
    ring = [[math.cos(at / 70000) * 10, math.sin(at / 70000) * 10] for at in range(400_001)]
    fault = refusal(geojson(tmp_path, feature({"type": "Polygon", "coordinates": [ring]})))
    assert fault.code == "too_many_vertices"
    assert int(str(fault.facts["found"])) > 400_000


def test_g07_millions_of_positions_are_refused_before_they_are_parsed(tmp_path: Path) -> None:
    text = '{"type":"FeatureCollection","features":[' + "[0,0]," * 1_300_000 + "0]}"
    assert refusal(write(tmp_path, "a.geojson", text)).code == "too_many_vertices"


def test_g07_too_many_features_are_refused_with_the_figure(tmp_path: Path) -> None:
    one = json.dumps(point(1, 2))
    text = '{"type":"FeatureCollection","features":[' + ",".join([one] * 50_001) + "]}"
    fault = refusal(write(tmp_path, "a.geojson", text))
    assert (fault.code, fault.facts["found"]) == ("too_many_features", 50_001)


def test_g09_odd_properties_are_text_numbers_or_nothing(tmp_path: Path) -> None:
    first = point(1, 2, __proto__={"x": 1}, style=[1, "é"], v=1, geometry="g")
    layer, _ = read(geojson(tmp_path, first, {**point(3, 4, v="two", id="own"), "id": "z"}))
    cells = [list(cells) for _, cells in sheet_of_layer(layer).lines()]
    assert list(layer.columns) == ["__proto__", "style", "v", "geometry (property)", "id", "geometry"]
    assert cells == [
        ['{"x": 1}', '[1, "é"]', 1, "g", None, 2.0, 1.0, "Point"],
        [None, None, "two", None, "own", 4.0, 3.0, "Point"],
    ]


def test_g09_a_property_that_is_not_a_number_is_blank_and_listed(tmp_path: Path) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [point(1, 2, usd=5)]}).replace("5}", "NaN}")
    layer, report = read(write(tmp_path, "a.geojson", text))
    assert list(layer["usd"]) == [None]
    assert set(report.counts) == {"not_a_number"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline"}', "not_a_feature_collection"),
        ("[1,2,3]", "not_a_feature_collection"),
        ('{"type":"FeatureCollection","features":{}}', "not_a_feature_collection"),
        ('{"type":["FeatureCollection"],"features":[]}', "not_a_feature_collection"),
        ('{"type":"FeatureCollection","features":[]}', "no_records"),
        ('{"type":"FeatureCollection","features":[{"type":"Fea', "broken_json"),
        ("<OGRVRTDataSource/>", "broken_json"),
        ("[" * 100_000, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ("", "empty_file"),
        ('{"type":"FeatureCollection","features":["Côte"]}'.encode("latin-1"), "wrong_encoding"),
    ],
)
def test_u02_what_is_no_feature_collection_is_refused(
    tmp_path: Path, content: str | bytes, code: str
) -> None:
    assert refusal(write(tmp_path, "a.geojson", content)).code == code


def test_c06_codes_of_a_layer_stay_text(tmp_path: Path) -> None:
    layer, _ = read(geojson(tmp_path, point(1, 2, iso2="NA", code="004", big=123456789012345678901234567890)))
    assert list(layer.iloc[0])[:3] == ["NA", "004", 123456789012345678901234567890]


OUTSIDE = {"type": "Point", "coordinates": [200, 10]}
GEOMETRIES = st.sampled_from([None, SQUARE, *ANTIMERIDIAN, OUTSIDE, polygon((0, 0), (1, 1))])


@settings(max_examples=25, deadline=None)
@given(st.lists(GEOMETRIES, min_size=1, max_size=8))
def test_c10_every_feature_is_a_row_and_each_left_out_is_listed(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[object]
) -> None:
    folder = tmp_path_factory.mktemp("layer")
    layer, report = read(
        geojson(folder, point(0, 0), *(feature(shape, n=at) for at, shape in enumerate(shapes)))
    )
    left_out = [problem for problem in report.problems if problem.kind.severity == "error"]
    numbers = [number for number, _ in sheet_of_layer(layer).lines()]
    assert len(layer) + len(left_out) == len(shapes) + 1
    assert numbers == list(range(1, len(shapes) + 2))


@pytest.mark.parametrize(("stem", "upper"), [("layer", False), ("Folder/My layer", False), ("DATA", True)])
def test_z04_a_shapefile_in_any_case_and_one_folder_is_read(tmp_path: Path, stem: str, upper: bool) -> None:  # noqa: FBT001
    parts = {ending.upper() if upper else ending: content for ending, content in shape_parts(3).items()}
    layer = read_shapefile(shapefile(tmp_path, {**parts, ".cpg": b"UTF-8"}, stem))
    assert (len(layer), list(layer["NAME"]), layer.crs.to_epsg()) == (3, ["x"] * 3, 4326)


@pytest.mark.parametrize("ending", [".shx", ".dbf", ".prj"])
def test_z04_a_missing_part_is_named(tmp_path: Path, ending: str) -> None:
    parts = {key: content for key, content in shape_parts().items() if key != ending}
    fault = refusal(shapefile(tmp_path, parts))
    assert (fault.code, fault.facts["found"]) == ("missing_part", ending)


def test_z04_two_shapefiles_are_refused(tmp_path: Path) -> None:
    members = {f"{stem}{ending}": content for stem in "ab" for ending, content in shape_parts().items()}
    fault = refusal(archive(tmp_path, "two.zip", dict(members)))
    assert (fault.code, fault.facts["found"]) == ("several_shapefiles", 2)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        (shape_parts(1, indexed=3000), "broken_layer"),
        (shape_parts(1, indexed=3000, rows=1), "parts_disagree"),
        (shape_parts(5, rows=4), "parts_disagree"),
        (shape_parts(1, indexed=60_000), "too_many_features"),
        ({**shape_parts(5), ".shp": shape_parts(4)[".shp"]}, "broken_layer"),
        ({**shape_parts(5), ".shp": shape_parts(5)[".shp"][:-10]}, "broken_part"),
        ({**shape_parts(5), ".shp": b"<OGRVRTDataSource/>" * 10}, "broken_part"),
        ({**shape_parts(5), ".dbf": b"x"}, "broken_layer"),
        ({**shape_parts(5), ".prj": b"http://127.0.0.1:9/crs.wkt"}, "unknown_crs"),
        ({**shape_parts(5), ".prj": b""}, "unknown_crs"),
    ],
)
def test_z02_parts_that_disagree_are_refused_by_their_headers(
    tmp_path: Path, parts: dict[str, bytes], code: str
) -> None:
    assert refusal(shapefile(tmp_path, parts)).code == code


def test_g06_a_projected_shapefile_becomes_degrees(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"iso2": ["NA", "CI"], "n": [1, 2]}, geometry=gpd.points_from_xy([17, -5], [-22, 7]), crs=4326
    )
    frame.to_crs(3857).to_file(tmp_path / "layer.shp", encoding="UTF-8")
    members = {path.name: path.read_bytes() for path in tmp_path.glob("layer.*")}
    layer = read_shapefile(archive(tmp_path, "a.zip", dict(members)))
    assert list(layer["iso2"]) == ["NA", "CI"]
    assert layer.geometry.x.tolist() == pytest.approx([17, -5])


@pytest.mark.parametrize("encoding", ["UTF-8", "CP1252"])
def test_c01_a_table_without_a_stated_encoding_is_read_with_a_warning(tmp_path: Path, encoding: str) -> None:
    frame = gpd.GeoDataFrame({"name": ["Côte d'Ivoire"]}, geometry=gpd.points_from_xy([1], [2]), crs=4326)
    frame.to_file(tmp_path / "layer.shp", encoding=encoding)
    members = {path.name: path.read_bytes() for path in tmp_path.glob("layer.*") if path.suffix != ".cpg"}
    report = FileReport("a.zip")
    layer = read_shapefile(archive(tmp_path, "a.zip", dict(members)), report)
    assert list(layer["name"]) == ["Côte d'Ivoire"]
    assert report.counts["guessed_encoding"] == 1


def test_a_geopackage_is_read_and_nothing_is_written_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"iso2": ["NA"]}, geometry=gpd.points_from_xy([17], [-22]), crs=4326)
    frame.to_file(path, layer="sites")
    assert list(read_geopackage(path)["iso2"]) == ["NA"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.gpkg"]


def test_honest_layers(shared: Path) -> None:
    layer, report = read(shared / "data" / "projects" / "malawi-amp-geocoded-2012.geojson")
    assert (len(layer), len(report.problems)) == (2119, 0)
    assert layer["AMP Project ID"].iloc[0] == 872261149744
    folder = shared / "geo" / "boundaries" / "shp_t0.02"
    assert folder.is_dir()
