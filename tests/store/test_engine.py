"""The engine: right answers for many readers at once, and one sentence over broken files."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ess.analysis.by_country import measure_by_country
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.errors import SettingsError, StoreError
from ess.store.engine import Engine, open_engine
from ess.store.snapshots import Snapshot, damaged_files, read_snapshot
from ess.store.writing import write_snapshot
from tests.factories import engine_of, placed, portfolio

ALL = Measure("activities", "count", None, "records")
COUNTRIES = ("SEN", "CIV", "GIN", "COG", "MLI", "NER")


@pytest.fixture
def written(tmp_path: Path) -> Snapshot:
    rows = [{"id": f"a{number}"} for number in range(400)]
    places = [place for row in rows for place in placed(row["id"], "SEN")]
    return write_snapshot(portfolio(activities=rows, places=places), tmp_path, origin="x")


def counted(engine: Engine, selection: Selection, vocabulary: Vocabulary) -> dict[str, float | None]:
    answer = measure_by_country(engine, ALL, selection, vocabulary, "un")
    return {iso3: value.value for iso3, value in answer.values.items()}


def test_readers_at_once_get_their_own_answers(tmp_path: Path) -> None:
    activities = [
        {"id": f"{iso3}{number}", "programme": iso3}
        for wanted, iso3 in enumerate(COUNTRIES, start=1)
        for number in range(wanted)
    ]
    places = [place for row in activities for place in placed(row["id"], row["programme"])]
    engine = engine_of(
        portfolio(activities=activities, places=places, programmes=[{"id": iso3} for iso3 in COUNTRIES]),
        tmp_path,
    )
    vocabulary = read_vocabulary(engine)
    asked = list(enumerate(COUNTRIES, start=1)) * 4
    with ThreadPoolExecutor(max_workers=6) as readers:
        answers = list(
            readers.map(lambda one: counted(engine, Selection(programme=(one[1],)), vocabulary), asked)
        )
    assert answers == [{iso3: float(number)} for number, iso3 in asked]


def test_what_is_kept_is_worked_out_once(written: Snapshot) -> None:
    engine = open_engine(written)
    built = []

    def build() -> ir.Table:
        built.append(1)
        return engine.table("activities")

    with ThreadPoolExecutor(max_workers=4) as readers:
        kept = list(readers.map(lambda _: engine.kept("all", build), range(8)))
    assert len(built) == 1
    assert all(one is kept[0] for one in kept)
    assert len(engine.rows(kept[0])) == 400


def test_rows_are_plain_and_missing_is_none(written: Snapshot) -> None:
    engine = open_engine(written)
    (row,) = engine.rows(engine.table("activities").filter(engine.table("activities").id == "a7"))
    assert (row["id"], row["start"], row["umbrella"], row["title_ar"]) == ("a7", None, False, None)


def broken(path: Path) -> dict[str, bytes]:
    whole = path.read_bytes()
    other = pa.BufferOutputStream()
    pq.write_table(pa.table({"id": [1]}), other)
    return {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "text": b"id,type\n1,project\n",
        "other columns": other.getvalue().to_pybytes(),
        "one byte": whole[:-12] + bytes(4) + whole[-8:],
    }


@pytest.mark.parametrize("damage", ["empty", "cut", "text", "other columns", "one byte"])
def test_a_broken_table_is_a_sentence(written: Snapshot, damage: str) -> None:
    path = written.table_path("activities")
    path.write_bytes(broken(path)[damage])
    with pytest.raises(StoreError, match=f"{written.id} cannot be read") as caught:
        open_engine(written)
    assert "\n" not in str(caught.value)


def test_a_broken_page_is_a_sentence_when_it_is_met(written: Snapshot) -> None:
    path = written.table_path("activities")
    content = bytearray(path.read_bytes())
    for place in range(4, 200):
        content[place] ^= 0xFF
    engine = open_engine(written)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read"):
        engine.rows(engine.table("activities"))


def test_a_table_of_another_schema_is_refused_though_the_manifest_agrees(written: Snapshot) -> None:
    path = written.table_path("activities")
    path.write_bytes(broken(path)["other columns"])
    manifest = written.folder / "manifest.json"
    found = json.loads(manifest.read_bytes())
    found["files"]["activities"]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest.write_text(json.dumps(found), encoding="utf-8")
    snapshot = read_snapshot(written.folder.parent.parent, written.id)
    assert damaged_files(snapshot) == []
    with pytest.raises(StoreError, match="cannot be read"):
        open_engine(snapshot)


def test_a_fault_of_the_program_is_not_blamed_on_the_snapshot(written: Snapshot) -> None:
    engine = open_engine(written)
    activities = engine.table("activities")
    numbers = activities.select(number=activities.title_fr.cast("int64"))
    for _ in range(2):
        with pytest.raises(duckdb.ConversionException):
            engine.rows(numbers)
    assert len(engine.rows(activities)) == 400


@pytest.mark.parametrize("name", ["duck", "sqlite"])
def test_an_engine_that_is_not_here_is_refused(written: Snapshot, name: str) -> None:
    with pytest.raises(SettingsError, match="ESS_ENGINE"):
        open_engine(written, name)
