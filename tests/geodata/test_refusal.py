"""Reading refuses a broken layer and says everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from geodata.errors import LayerError
from geodata.layer import layer_path, layer_problems, piece_problems, read_boundary_lines, read_countries
from tests.geodata.factories import piece, pieces, written

BOW_TIE = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])


def test_a_sound_layer_is_read(tmp_path: Path) -> None:
    layer = read_countries("un", written(pieces(), tmp_path))
    assert layer["iso3"].tolist() == ["AAA", "BBB", "CCC"]
    assert layer["intermediate"].tolist() == ["", "", ""]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([piece("AAA"), piece("AAA", 1.0)], "the piece AAA occurs 2 times; expected once"),
        ([piece("AAA"), piece("BBB", 1.0, iso3_un="AAA")], "the iso3_un AAA occurs 2 times; expected once"),
        ([piece("AAA"), piece("BBB", 1.0, iso3_ma="")], "row 2 has no iso3_ma"),
        ([piece("AAA"), piece("", 1.0)], "row 2 has no piece"),
        ([piece("AAA", iso3_df="a1")], "the iso3_df 'a1' is not an ISO 3166-1 alpha-3 code"),
        ([piece("AAA", geometry=BOW_TIE)], "AAA has an invalid shape: Self-intersection[0.5 0.5]"),
        ([piece("AAA"), piece("BBB", geometry=None)], "BBB has no shape"),
        ([piece("MAR"), piece("AAA", 1.0, iso3_ma="MAR")],
         "the iso3_ma MAR is that of a whole country and of a piece of Morocco"),
    ],
)  # fmt: skip
def test_one_fault_is_one_problem(tmp_path: Path, rows: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(LayerError) as refusal:
        read_countries("un", written(pieces(*rows), tmp_path))
    assert problem in refusal.value.problems
    assert "countries.shp cannot be used as the country layer" in str(refusal.value)


@pytest.mark.parametrize("column", ["iso3_un", "iso3_ma", "name_ar", "marker", "west", "piece"])
def test_a_missing_column_is_named(tmp_path: Path, column: str) -> None:
    with pytest.raises(LayerError) as refusal:
        read_countries("un", written(pieces().drop(columns=column), tmp_path))
    assert f"the column {column} is missing" in refusal.value.problems


def test_another_reference_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LayerError) as refusal:
        read_countries("un", written(pieces().to_crs("EPSG:3857"), tmp_path))
    assert refusal.value.problems == [
        "the coordinate reference system is WGS 84 / Pseudo-Mercator; expected EPSG:4326"
    ]


def test_a_layer_that_does_not_state_its_reference_system_is_refused(tmp_path: Path) -> None:
    path = written(pieces(), tmp_path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(LayerError, match="the coordinate reference system is not stated"):
        read_countries("un", path)


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    rows = [piece("AAA", geometry=BOW_TIE), piece("BBB", 1.0, iso3_un=""), piece("BBB", 2.0)]
    broken = pieces(*rows).to_crs("EPSG:3857").drop(columns=["name_fr", "label_lat"])
    with pytest.raises(LayerError) as refusal:
        read_countries("un", written(broken, tmp_path))
    listed = "\n".join(refusal.value.problems)
    for part in (
        "name_fr is missing",
        "label_lat is missing",
        "Pseudo-Mercator",
        "AAA has an invalid shape",
        "row 2 has no iso3_un",
        "piece BBB occurs 2 times",
        "iso3_ma BBB occurs 2 times",
    ):
        assert part in listed
    assert str(refusal.value).count("\n") == 0


def test_the_problems_of_a_country_layer_are_listed_and_the_frame_is_unchanged() -> None:
    layer = read_countries("ma")
    layer.loc[0, "name_ar"] = " "
    layer.loc[1, "label_lon"] = float("nan")
    layer.loc[2, "iso3"] = layer.loc[3, "iso3"]
    layer.loc[4, "iso3"] = "xx"
    before = layer.copy()
    assert layer_problems(layer) == [
        f"the iso3 {layer.loc[3, 'iso3']} occurs 2 times; expected once",
        "the iso3 'xx' is not an ISO 3166-1 alpha-3 code",
        f"{layer.loc[0, 'iso3']} has no name_ar",
        f"{layer.loc[1, 'iso3']} has no number in label_lon",
    ]
    assert before.equals(layer)


def test_a_layer_without_codes_has_its_rows_named_by_number() -> None:
    broken = pieces(piece("AAA", geometry=shapely.Point(0, 0))).drop(columns="piece")
    assert "row 1 is a Point; expected a polygon" in piece_problems(broken)


@pytest.mark.parametrize("content", [None, b"", b"not a shapefile", b"\x00" * 200])
def test_a_file_that_is_no_layer_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "countries.shp"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LayerError, match=r"countries\.shp cannot be read; expected the layer"):
        read_countries("un", path)


def test_a_truncated_layer_is_refused(tmp_path: Path) -> None:
    for part in layer_path().parent.glob("countries.*"):
        (tmp_path / part.name).write_bytes(part.read_bytes())
    shapes = tmp_path / "countries.shp"
    shapes.write_bytes(shapes.read_bytes()[:100_000])
    with pytest.raises(LayerError):
        read_countries("un", shapes)


def test_a_table_without_shapes_is_refused(tmp_path: Path) -> None:
    written(pieces(), tmp_path)
    (tmp_path / "countries.shp").unlink()
    with pytest.raises(LayerError, match="no shapes"):
        read_countries("un", tmp_path / "countries.dbf")


def test_lines_of_a_broken_layer_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(LayerError):
        read_boundary_lines("un", tmp_path / "absent.shp")


def test_a_geojson_of_countries_is_not_the_layer(tmp_path: Path) -> None:
    path = tmp_path / "countries.geojson"
    gpd.GeoDataFrame({"iso3": ["AAA"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4326").to_file(path)
    with pytest.raises(LayerError) as refusal:
        read_countries("un", path)
    assert "the column iso3_un is missing" in refusal.value.problems
