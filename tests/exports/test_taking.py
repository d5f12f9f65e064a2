"""Every file that can be taken away, read back by another library, says what the page shows."""

from __future__ import annotations

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import frictionless
import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ess.analysis.counts import read_counts, total
from ess.errors import ExportError
from ess.exports.answer import answer_rows
from ess.exports.taking import BY_NAME, KINDS, Question
from ess.ingest.template import read_template
from ess.locales import LANGUAGES
from ess.portfolio.builtin import read_builtin
from ess.portfolio.files import content_id
from ess.store.engine import Engine
from geodata.layer import read_countries
from tests.analysis.portfolios import portfolios
from tests.exports.iati_rules import faults
from tests.exports.questions import ADDRESS, ask, builtin_engine, ugly_engine
from tests.exports.readers import (
    READERS,
    Cells,
    counted_activities,
    in_package,
    metadata,
    packed,
    plainly,
    read_csv,
    read_geopackage,
    sheet_rows,
)
from tests.factories import FORMULA, SLOW_PROPERTY, Tables, engine_of

OF_THE_MAP = tuple(kind.ending for kind in KINDS if kind.what == "map")
OF_RECORDS = tuple(kind.ending for kind in KINDS if kind.what == "records")
FULL_LAYER = cache(read_countries)


def body_of(question: Question, what: str, ending: str) -> bytes:
    return BY_NAME[what, ending].build(question)


def read_back(question: Question, ending: str, folder: Path) -> list[Cells]:
    body = body_of(question, "map", ending)
    return read_geopackage(body, folder) if ending == "gpkg" else READERS[ending](body)


def shown(question: Question) -> list[Cells]:
    return [plainly(row) for row in answer_rows(question.answer, question.translator)]


@pytest.fixture(scope="module")
def ugly(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return ugly_engine(tmp_path_factory.mktemp("ugly"))


@pytest.fixture(scope="module")
def builtin() -> Engine:
    return builtin_engine()


MEASURES = ("activities", "training", "result:trained", "commitment")


@pytest.mark.parametrize("ending", OF_THE_MAP)
@pytest.mark.parametrize("measure", MEASURES)
def test_a_file_of_the_map_equals_its_table(ugly: Engine, tmp_path: Path, measure: str, ending: str) -> None:
    question = ask(ugly, measure)
    assert read_back(question, ending, tmp_path) == shown(question)


@pytest.mark.parametrize("ending", OF_THE_MAP)
def test_on_the_real_layer_too_in_arabic(builtin: Engine, tmp_path: Path, ending: str) -> None:
    question = ask(builtin, "training", lang="ar", layer=FULL_LAYER("un"))
    assert read_back(question, ending, tmp_path) == shown(question)


def test_a_value_that_differs_is_noticed(ugly: Engine, tmp_path: Path) -> None:
    body = body_of(ask(ugly), "map", "csv")
    changed = body.replace(b",figure,A figure,2,", b",figure,A figure,3,", 1)
    assert changed != body
    assert read_csv(changed) != shown(ask(ugly))
    assert read_back(ask(ugly), "xlsx", tmp_path) != shown(ask(ugly, "training"))


FILTERS = st.lists(
    st.sampled_from(
        [("type", "project"), ("type", "training"), ("stage", "done"), ("stage", "planned"), ("group", "au")]
    ),
    max_size=2,
    unique=True,
)


@given(
    portfolios(),
    st.sampled_from(MEASURES[:3]),
    FILTERS,
    st.permutations(OF_THE_MAP).map(lambda found: found[:3]),
)
@settings(SLOW_PROPERTY, max_examples=6)
def test_map_total_is_the_table_s_and_every_file_s(
    tables: Tables, measure: str, where: list[tuple[str, str]], endings: list[str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(tables, Path(folder))
        question = ask(engine, measure, tuple(_known(engine, where)))
        of_map = question.joined.frame["value"].sum()
        for ending in endings:
            rows = read_back(question, ending, Path(folder))
            assert rows == shown(question)
            on_layer = {row.iso3 for row in question.joined.rows}
            assert sum(row["value"] or 0 for row in rows if row["iso3"] in on_layer) == pytest.approx(of_map)
        counts = read_counts(engine, question.selection, question.vocabulary, "un")
        records = total(counts.overall).records
        for ending in OF_RECORDS if records else ("parquet",):
            assert len(counted_activities(body_of(question, "records", ending), ending)) == records
        assert len(sheet_rows(body_of(question, "map", "xlsx"), "Activities")) == records


def _known(engine: Engine, where: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    options = ask(engine).vocabulary.options
    return ((key, code) for key, code in where if code in options[key])


@pytest.mark.parametrize("ending", OF_RECORDS)
def test_records_are_those_of_the_selection(ugly: Engine, ending: str) -> None:
    found = counted_activities(body_of(ask(ugly, where=(("type", "project"),)), "records", ending), ending)
    assert found == ["a", "b", "c"]
    assert counted_activities(body_of(ask(ugly), "records", ending), ending) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("ending", ["csv", "xml"])
def test_an_empty_selection_is_said_to_be_empty(ugly: Engine, ending: str) -> None:
    question = ask(ugly, where=(("type", "training"), ("stage", "planned")))
    with pytest.raises(ExportError, match="no activity"):
        body_of(question, "records", ending)


# IATI


@pytest.mark.parametrize("where", [(), (("type", "project"),)])
@pytest.mark.parametrize("what", ["records", "everything"])
def test_iati_follows_the_standard(builtin: Engine, what: str, where: tuple[tuple[str, str], ...]) -> None:
    body = body_of(ask(builtin, where=where, lang="fr"), what, "xml")
    assert faults(body) == []


def test_iati_says_what_a_reader_must_know(ugly: Engine) -> None:
    question = ask(ugly, where=(("type", "project"),), atlas="--")
    found = etree.fromstring(body_of(question, "records", "xml"))
    comments = " ".join(str(one.text) for one in found.iter(etree.Comment))
    assert ugly.snapshot.id in comments
    assert "Missing is not zero" in comments
    assert "Type: Project" in comments


# Workbook


def test_a_workbook_runs_nothing_and_explains_itself(ugly: Engine) -> None:
    body = body_of(ask(ugly, "result:trained", (("type", "project"),)), "map", "xlsx")
    activities = sheet_rows(body, "Activities")
    assert activities[0]["title_en"] == f"'{FORMULA}"
    assert (activities[0]["type"], activities[0]["type_label"]) == ("project", "Project")
    assert sheet_rows(body, "Tags")[0]["coded_by"] == "analyst"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/" in name]
    assert not any(b"<f>" in sheet or b"<hyperlink" in sheet for sheet in sheets)
    told = {row["about"]: row["text"] for row in sheet_rows(body, "Read me first")}
    assert told["Snapshot"] == ugly.snapshot.id
    assert told["Filters"] == "Type: Project"
    assert told["Permanent address"] == ADDRESS
    assert sheet_rows(body, "Filter") == [
        {"filter": "type", "filter_label": "Type", "code": "project", "code_label": "Project"}
    ]
    units = {row["unit"] for row in sheet_rows(body, "Units")}
    assert units == {"persons", "USD"}
    described = {(row["table"], row["column"]) for row in sheet_rows(body, "Dictionary")}
    assert {("activities", name) for name in activities[0]} <= described


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everything_comes_back_as_it_was(builtin: Engine, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "all.xlsx"
    path.write_bytes(body_of(ask(builtin, lang=lang), "everything", "xlsx"))
    assert content_id(read_template(path).tables) == content_id(read_builtin())


# Geographic files


def test_geoparquet_says_what_it_is(ugly: Engine) -> None:
    body = body_of(ask(ugly), "map", "parquet")
    geo = json.loads(pq.read_schema(io.BytesIO(body)).metadata[b"geo"])
    assert (geo["version"], geo["primary_column"]) == ("1.1.0", "geometry")
    assert "Missing is not zero" in " ".join(metadata(body)["caveats"])
    assert metadata(body)["about"]["Snapshot"] == ugly.snapshot.id
    frame = gpd.read_parquet(io.BytesIO(body))
    assert frame.crs.to_epsg() == 4326
    assert frame.loc[frame["iso3"] == "CIV", "geometry"].iloc[0].geom_type == "MultiPolygon"
    assert frame[frame["iso3"].isna()].geometry.isna().all()


def test_plain_parquet_keeps_types(builtin: Engine) -> None:
    body = body_of(ask(builtin), "records", "parquet")
    table = pq.read_table(io.BytesIO(body))
    assert b"geo" not in (table.schema.metadata or {})
    assert str(table.schema.field("start").type) == "date32[day]"
    assert str(table.schema.field("umbrella").type) == "bool"
    assert metadata(body)["about"]["Snapshot"] == builtin.snapshot.id


def test_a_geopackage_has_countries_sites_and_records(ugly: Engine, tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    path.write_bytes(body_of(ask(ugly), "map", "gpkg"))
    layers = gpd.list_layers(path)
    assert {"countries", "without_country", "sites", "activities", "about", "dictionary"} <= set(
        layers["name"]
    )
    sites = gpd.read_file(path, layer="sites")
    assert sites.crs.to_epsg() == 4326
    assert sorted(sites["iso3"]) == ["MAR", "SEN"]
    assert [(point.x, point.y) for point in sites.geometry] == [(-17.25, 14.5)] * 2
    assert set(gpd.read_file(path, layer="countries").geom_type) == {"MultiPolygon"}
    assert gpd.read_file(path, layer="activities")["id"].tolist() == ["a", "b", "c", "d"]


# Data package


@pytest.fixture
def unpacked(ugly: Engine, tmp_path: Path) -> Path:
    body = body_of(ask(ugly, "result:trained"), "map", "zip")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def flaws(folder: Path) -> list[str]:
    report = frictionless.Package(folder / "datapackage.json").validate()
    return [f"{row[0]} {row[-1]}" for row in report.flatten(["name", "type", "note"])] + [
        error.note for error in report.errors
    ]


def test_a_data_package_is_what_it_says(unpacked: Path) -> None:
    assert flaws(unpacked) == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [("places.csv", "\r\nplaces-1,a,", "\r\nplaces-1,zzz,"), ("finances.csv", ",7.0,", ",seven,")],
)
def test_a_fault_in_a_data_package_is_noticed(unpacked: Path, name: str, old: str, new: str) -> None:
    path = unpacked / name
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())
    assert flaws(unpacked) != []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_data_package_can_be_read_without_us(builtin: Engine, lang: str) -> None:
    question = ask(builtin, lang=lang, layer=FULL_LAYER("un"))
    body = body_of(question, "everything", "zip")
    readme = in_package(body, "README.md")
    assert question.engine.snapshot.id in readme
    assert all(caveat in readme for caveat in question.answer.caveats)
    assert ADDRESS in readme
    assert ADDRESS in in_package(body, "citation.bib")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        files = {name for name in archive.namelist() if name.endswith(".csv")}
    described = {one["path"] for one in json.loads(in_package(body, "datapackage.json"))["resources"]}
    assert files == described
    assert len(packed(body, "activities")) == read_builtin()["activities"].num_rows


def test_the_same_question_gives_the_same_bytes(ugly: Engine) -> None:
    for ending in ("csv", "geojson", "xlsx", "zip", "parquet"):
        assert body_of(ask(ugly), "map", ending) == body_of(ask(ugly), "map", ending)


def test_every_cell_of_every_csv_runs_nothing(ugly: Engine) -> None:
    body = body_of(ask(ugly), "map", "zip")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        tables = [pd.read_csv(archive.open(name), dtype=str) for name in archive.namelist() if ".csv" in name]
    texts = [text for table in tables for text in table.to_numpy().ravel() if isinstance(text, str)]
    dangerous = re.compile(r"[=+@\t\r]|-(?![0-9.]+$)")
    assert any(FORMULA in text for text in texts)
    assert [text for text in texts if dangerous.match(text)] == []
