"""The one door: what is recognised, what is refused by its real name, and what never leaves the child."""

from __future__ import annotations

import datetime as dt
import gzip
import http.server
import json
import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from ess.errors import BadInput
from ess.ingest.drivers import KEPT, harden_gdal
from ess.ingest.guard import FileKind, load, recognise_file
from tests.ingest.rawfiles import activities, archive, geojson, point, shape_parts, shapefile, write

CANARY = "CANARY-hunter2"


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        load(path)
    return caught.value


@pytest.fixture
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("canary"), "secret.csv", f"ministry,password\nfinance,{CANARY}\n")


@pytest.fixture
def hits() -> Iterator[list[str]]:
    """What was asked of a server on this machine, whose port is the first entry."""
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the name that the server calls

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        asked.append(str(server.server_port))
        yield asked
        server.shutdown()


def virtual(source: object) -> str:
    return (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )


@pytest.mark.parametrize(
    "name", ["a.geojson", "a.json", "a.gpkg", "a.vrt", "a.csv", "a.txt", "a.xml", "a.xlsx", "a.zip"]
)
def test_u01_a_virtual_file_is_refused_under_any_name(
    tmp_path: Path, canary: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for text in (virtual(canary), "\ufeff  \n" + virtual(f"CSV:{canary}")):
        fault = refusal(write(tmp_path, name, text))
        assert CANARY not in str(fault)
        assert CANARY not in caplog.text


@pytest.mark.parametrize("name", ["a.geojson", "a.json"])
def test_u02_a_pipeline_in_json_is_refused(tmp_path: Path, canary: Path, name: str) -> None:
    pipeline = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {canary}"}
    fault = refusal(write(tmp_path, name, json.dumps(pipeline)))
    assert fault.code == "not_a_feature_collection"
    assert CANARY not in str(fault)


def test_u03_a_linked_system_is_not_asked_for(tmp_path: Path, hits: list[str]) -> None:
    link = {"type": "link", "properties": {"href": f"http://127.0.0.1:{hits[0]}/crs.wkt", "type": "ogcwkt"}}
    assert refusal(geojson(tmp_path, point(1, 2), crs=link)).code == "linked_crs"
    assert len(hits) == 1


def test_u04_virtual_files_in_archives_are_refused(tmp_path: Path, canary: Path) -> None:
    for member in ("layer.vrt", "layer.shp", "layer.geojson", "a/layer.csv", "layer.xml"):
        assert CANARY not in str(refusal(archive(tmp_path, "a.zip", {member: virtual(canary)})))
    hidden: dict[str, str | bytes] = {
        **{f"l{ending}": part for ending, part in shape_parts().items()},
        "l.shp": virtual(canary).encode(),
    }
    assert refusal(archive(tmp_path, "b.zip", hidden)).code == "broken_part"


def test_u05_nothing_is_asked_of_any_host(tmp_path: Path, hits: list[str]) -> None:
    host = f"http://127.0.0.1:{hits[0]}"
    for name, text in (
        ("wfs.geojson", f"<OGRWFSDataSource><URL>{host}/wfs</URL></OGRWFSDataSource>"),
        ("vsi.geojson", virtual(f"/vsicurl/{host}/a.csv")),
        ("http.geojson", virtual(f"{host}/a.geojson")),
        (
            "pipe.json",
            json.dumps({"type": "gdal_streamed_alg", "command_line": f"gdal vector read /vsicurl/{host}/a"}),
        ),
        ("a.xml", f'<!DOCTYPE a SYSTEM "{host}/a.dtd"><iati-activities/>'),
    ):
        refusal(write(tmp_path, name, text))
    refusal(shapefile(tmp_path, {**shape_parts(), ".prj": f"{host}/crs.wkt".encode()}))
    assert len(hits) == 1


def list_drivers(code: str, environment: dict[str, str]) -> set[str]:
    asked = f"{code}\nimport pyogrio; print(','.join(pyogrio.list_drivers()))"
    done = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    return set(done.stdout.strip().split(","))


HARDEN = "import os; from ess.ingest.drivers import harden_gdal; harden_gdal(os.environ)"


def test_u06_gdal_starts_without_the_drivers_that_open_other_things() -> None:
    found = list_drivers(HARDEN, dict(os.environ))
    assert {"ESRI Shapefile", "GPKG"} <= found <= set(KEPT)


@pytest.mark.parametrize("code", ["import app", "import ess.__main__"])
def test_u06_the_application_starts_without_them(code: str) -> None:
    untouched = {name: value for name, value in os.environ.items() if name != "OGR_SKIP"}
    assert list_drivers(code, untouched) <= set(KEPT)


def test_u06_gdal_has_them_when_nobody_takes_them_away() -> None:
    untouched = {name: value for name, value in os.environ.items() if name != "OGR_SKIP"}
    assert {"OGR_VRT", "GDALG", "WFS", "HTTP"} <= list_drivers("", untouched)


def test_u06_gdal_has_no_network() -> None:
    environment: dict[str, str] = {}
    harden_gdal(environment)
    assert environment["GDAL_HTTP_PROXY"] == "http://127.0.0.1:1"
    assert environment["PROJ_NETWORK"] == "OFF"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.kml", "<kml xmlns='http://www.opengis.net/kml/2.2'/>", "<kml>"),
        ("a.gml", "<gml:FeatureCollection xmlns:gml='http://www.opengis.net/gml'/>", "<FeatureCollection>"),
        ("a.gpx", "<gpx/>", "<gpx>"),
        ("a.gpkg", b"SQLite format 3\0" + b"\0" * 99, "GeoPackage"),
        ("a.geojson", b"SQLite format 3\0" + b"\0" * 99, "GeoPackage"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "old Excel"),
        ("a.pkl", b"\x80\x04\x95\x00", "pickle"),
        ("a.csv", b"\x80\x04\x95\x00\x00\x00\x8c", "pickle"),
        ("a.csv.gz", b"\x1f\x8b\x08\x00" + b"\0" * 20, "unpack it first"),
        ("a.csv", b"\x1f\x8b\x08\x00" + b"\0" * 20, "unpack it first"),
        ("a.docx", "plain", "Word"),
        ("a", "iso3,v\nKEN,1\n", "plain text"),
    ],
)
def test_u07_other_kinds_are_refused_with_the_list_of_accepted_ones(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    fault = refusal(write(tmp_path, name, content))
    assert said in str(fault)
    assert ".csv" in str(fault)
    assert "IATI" in str(fault)


def test_u08_a_geopackage_is_never_opened_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"iso2": ["NA"]}, geometry=gpd.points_from_xy([17], [-22]), crs=4326)
    frame.to_file(path, layer="sites")
    assert refusal(path).code == "not_accepted"
    assert list(load(path, local=True)["iso2"]) == ["NA"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"MZ\x90\x00\x03\x00\x00\x00" + b"\0" * 200, "Windows program"),
        ("a.csv", b"\x7fELF\x02\x01" + b"\0" * 200, "program"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 200, "PNG image"),
        ("a.csv", b"\xff\xd8\xff\xe0" + b"\0" * 200, "JPEG image"),
        ("a.csv", b"%PDF-1.7\n", "PDF"),
        ("a.csv", bytes(range(256)), "binary"),
        ("a.xlsx", "iso3,v\nKEN,1\n", "plain text"),
        ("a.geojson", "iso3,v\nKEN,1\n", "plain text"),
        ("a.xml", "iso3,v\nKEN,1\n", "plain text"),
        ("a.xml", '{"type":"FeatureCollection"}', "JSON"),
        ("a.xls", "<html><table><tr><td>iso3</td></tr></table></html>", "web page"),
        ("a.csv", "<!DOCTYPE html><html><body>Login</body></html>", "web page"),
        ("a.csv", "\n\n <HTML lang=fr>", "web page"),
        ("a.csv", '{"type": "FeatureCollection",\n"features": []}', "JSON"),
        ("a.txt", '[\n  {"iso3": "KEN"}\n]', "JSON"),
        ("a.csv", "", "empty"),
        ("a.csv", " \r\n\t", "empty"),
        ("a.csv", b"\0" * 100, "empty"),
    ],
)
def test_u09_a_false_name_is_refused_by_the_real_one(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        recognise_file(write(tmp_path, name, content))


def test_u09_a_workbook_named_csv_is_told_so(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.csv")
    with pytest.raises(BadInput, match="Excel workbook"):
        recognise_file(tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["MZ,BM\n1,2\n", "BMI,GIF\n1,2\n", "ID3;RIFF\n1;2\n", "#adm1,#adm2\nx,y\n"])
def test_u09_honest_text_that_begins_like_another_kind_is_text(tmp_path: Path, text: str) -> None:
    assert recognise_file(write(tmp_path, "a.csv", text)) is FileKind.CSV


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:9/a.csv",
        "/vsicurl/http://127.0.0.1:9/a.csv",
        "/dev/zero",
        ".",
        "a\0.csv",
        "absent.csv",
    ],
)
def test_u10_only_files_that_exist_are_opened(place: str) -> None:
    with pytest.raises(BadInput) as caught:
        load(place)
    assert caught.value.code == "no_file"


def test_u11_nothing_of_a_file_is_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    code = f"__import__('pathlib').Path({str(marker)!r}).touch()"
    frame = load(write(tmp_path, "a.csv", f'iso3,title\nKEN,"{code}"\nUGA,"=cmd|\' /C calc\'!A0"\n'))
    assert list(frame["title"]) == [code, "=cmd|' /C calc'!A0"]
    assert not marker.exists()


def test_u12_nothing_is_left_behind_and_nothing_written_beside_the_file(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    paths = [
        shapefile(tmp_path, shape_parts(2)),
        archive(tmp_path, "a.csv.zip", {"a.csv": "iso3,v\nKEN,1\n", "__MACOSX/._a.csv": "x"}),
        geojson(tmp_path, point(1, 2)),
        write(tmp_path, "bad.csv", "iso3,v\nKEN\n1,2,3\n"),
    ]
    for path in paths[:3]:
        assert len(load(path)) > 0
    refusal(paths[3])
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(path.name for path in paths)
    assert list(place.iterdir()) == []


def test_a_workbook_keeps_the_types_of_its_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    moment = dt.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001 - a moment of a sheet has no zone
    for row in (
        ["iso2", "v", "d"],
        ["NA", 1, dt.date(2024, 4, 3)],
        ["004", 1.5, moment],
        ["None", True, None],
    ):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    frame = load(tmp_path / "a.xlsx")
    assert frame.to_numpy().tolist() == [
        ["NA", 1, dt.date(2024, 4, 3)],
        ["004", 1.5, moment],
        ["None", True, None],
    ]
    assert set(frame.dtypes) == {pd.Series([], dtype=object).dtype}
    assert (frame.attrs["kind"], frame.attrs["sheet"], frame.attrs["heading_row"]) == ("xlsx", "Sheet", 1)


def test_a_frame_tells_what_stood_outside_its_table(tmp_path: Path) -> None:
    text = "Report of 2024\niso3;title;v\nCIV;C\xf4te;1\nKEN;odd \x81;2\nTotal;;3\n"
    frame = load(write(tmp_path, "a.csv", text.encode("latin-1")))
    assert frame.shape == (2, 3)
    assert frame.attrs["apart"] == [[1, "Report of 2024"], [5, "Total | 3"]]
    assert frame.attrs["encoding"] == "cp1252"
    assert {problem["code"] for problem in frame.attrs["problems"]} == {"stray_bytes", "total_apart"}


def test_a_layer_and_what_was_left_out_of_it(tmp_path: Path) -> None:
    layer = load(
        geojson(
            tmp_path,
            point(1, 2, iso2="NA"),
            {"type": "Feature", "properties": {"iso2": "KE"}, "geometry": None},
        )
    )
    assert isinstance(layer, gpd.GeoDataFrame)
    assert layer.crs.to_epsg() == 4326
    assert (list(layer.index), list(layer["iso2"])) == ([1], ["NA"])
    assert [(problem["row"], problem["code"]) for problem in layer.attrs["problems"]] == [(2, "no_geometry")]


@pytest.mark.parametrize("member", ["a.csv", "folder/A.CSV", "a.geojson", "a.xml"])
def test_an_archive_with_one_honest_file_is_read(tmp_path: Path, member: str) -> None:
    contents: dict[str, str | bytes] = {
        ".csv": "iso3,v\nKEN,1\n",
        ".geojson": geojson(tmp_path, point(1, 2)).read_bytes(),
        ".xml": activities(),
    }
    junk = {"__MACOSX/._a": "junk", ".DS_Store": "x"}
    path = archive(tmp_path, "a.zip", {member: contents[Path(member).suffix.lower()], **junk})
    assert len(load(path)) == 1


def test_activities_are_rows(tmp_path: Path) -> None:
    frame = load(write(tmp_path, "a.xml", activities(3).encode()))
    assert list(frame["iati-identifier"]) == ["XM-0", "XM-1", "XM-2"]
    assert frame.attrs["version"] == "2.03"


def test_c10_rows_in_are_rows_out(shared: Path) -> None:
    source = shared / "data" / "projects" / "aiddata-worldbank-projects.csv"
    assert load(source).shape == (5881, 18)


def test_z05_a_gzip_archive_is_read_from_this_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(gzip.compress(b"iso2,iso3\nNA,NAM\n"))
    with pytest.raises(BadInput, match="unpack it first"):
        load(path)
    assert list(load(path, local=True)["iso2"]) == ["NA"]


@pytest.mark.parametrize("inside", [gzip.compress(b"a,b\n" + b"1,1\n" * 5_000_000), b"\x1f\x8bnothing"])
def test_z05_a_gzip_bomb_is_refused(tmp_path: Path, inside: bytes) -> None:
    path = tmp_path / "rows.csv.gz"
    path.write_bytes(inside)
    with pytest.raises(BadInput):
        load(path, local=True)
