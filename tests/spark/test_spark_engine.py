"""The engine on Spark: rows as they are written, kept and given back, and faults said in one sentence."""

from __future__ import annotations

import gc
import importlib.util
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pytest

from ess.__main__ import main
from ess.errors import SettingsError, StoreError
from ess.portfolio.builtin import read_builtin
from ess.store import cluster as clusters
from ess.store.cluster import Cluster, cluster_at, require_spark
from ess.store.engine import Engine, blank, open_engine
from ess.store.snapshots import Snapshot, set_current
from ess.store.writing import write_snapshot
from tests.conftest import ROOT
from tests.factories import HOSTILE_NAMES, portfolio
from tests.spark.conftest import Both, require_java

DAYS = (date(1, 1, 1), date(1500, 2, 10), date(1582, 10, 10), date(1969, 12, 31), date(2024, 2, 29), None)


@pytest.fixture
def written(store: Path, request: pytest.FixtureRequest) -> Snapshot:
    """A snapshot of its own for each test, so that it may be broken."""
    rows = [{"id": f"a{number}", "title_fr": request.node.name} for number in range(400)]
    return write_snapshot(portfolio(activities=rows), store, origin="test")


def test_texts_days_and_missing_cells_come_as_they_are_written(both: Both) -> None:
    rows = [
        {
            "id": f"{number}-{day}",
            "title_fr": name,
            "start": day,
            "title_ar": None,
            "description_fr": "\\' \\n \"`",
        }
        for number, name in enumerate(HOSTILE_NAMES)
        for day in DAYS
    ]
    duckdb, spark = both(portfolio(activities=rows))
    found = [engine.rows(engine.table("activities").order_by("id")) for engine in (duckdb, spark)]
    assert found[0] == found[1]
    assert {(row["title_fr"], row["start"]) for row in found[1]} == {
        (n, d) for n in HOSTILE_NAMES for d in DAYS
    }
    assert {(row["title_ar"], row["umbrella"]) for row in found[1]} == {(None, False)}


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "\\", "'", "\\'", "''", "@names@", "a\\nb", "${x}", "% _"])
def test_a_code_stands_for_itself_in_a_question(both: Both, name: str) -> None:
    rows = [{"id": "this", "title_fr": name}, {"id": "that", "title_fr": "Autre"}]
    for engine in both(portfolio(activities=rows)):
        titled = engine.table("activities")

        def build(titled: Any = titled) -> Any:
            return titled.filter(titled.title_fr.isin(blank("names"))).select("id")

        assert engine.ask("titled", build, {"names": [name, "no such"]}) == [{"id": "this"}]
        assert engine.rows(titled.filter(titled.title_fr == name).select("id")) == [{"id": "this"}]


def test_collections_of_nothing_are_missing_on_both(both: Both) -> None:
    for engine in both(
        portfolio(activities=[{"id": "a"}, {"id": "b", "type": "training", "title_ar": "عنوان"}])
    ):
        rows = engine.table("activities")
        collected = (
            rows.group_by("type").aggregate(titles=rows.title_ar.collect(distinct=True)).order_by("type")
        )
        assert [row["titles"] for row in engine.rows(collected)] == [None, ["عنوان"]]


def test_a_failed_cast_is_an_error_not_a_missing_value(both: Both) -> None:
    for engine in both(portfolio(activities=[{"id": "a"}])):
        numbers = engine.table("activities").select(number=engine.table("activities").id.cast("int64"))
        with pytest.raises(Exception, match=r"(?i)cast|convert"):
            engine.rows(numbers)
        assert len(engine.rows(engine.table("activities"))) == 1


def test_the_order_of_rows_with_missing_cells_is_the_same(both: Both) -> None:
    rows = [{"id": str(number), "start": day} for number, day in enumerate(DAYS * 2)]
    orders = []
    for engine in both(portfolio(activities=rows)):
        activities = engine.table("activities")
        orders.append([row["id"] for row in engine.rows(activities.order_by(["start", ibis.desc("id")]))])
        assert len(engine.rows(activities.order_by("start").limit(3))) == 3
    assert orders[0] == orders[1]


def persistent(engine: Engine, master: str) -> int:
    """How many tables the workers keep; asking drops what was let go."""
    engine.rows(engine.table("programmes"))
    found: int = cluster_at(master).ask(lambda session: session.sparkContext._jsc.getPersistentRDDs().size())
    return found


def test_what_is_kept_is_worked_out_once_and_given_back(written: Snapshot, master: str) -> None:
    gc.collect()
    watching = open_engine(written, master)
    before = persistent(watching, master)
    keep_and_let_go(written, master, watching, before)
    gc.collect()
    assert persistent(watching, master) == before


def keep_and_let_go(written: Snapshot, master: str, watching: Engine, before: int) -> None:
    engine = open_engine(written, master)
    built = []

    def build() -> Any:
        built.append(1)
        return engine.table("activities").select("id", "title_fr")

    with ThreadPoolExecutor(max_workers=4) as readers:
        kept = list(readers.map(lambda _: engine.kept(f"kept by {written.id}", build), range(8)))
    assert len(built) == 1
    assert len(engine.rows(kept[0])) == 400
    assert persistent(watching, master) == before + 1


def test_a_second_engine_over_the_same_files_outlives_the_first(written: Snapshot, master: str) -> None:
    first, second = open_engine(written, master), open_engine(written, master)
    for engine in (first, second):
        assert len(engine.rows(ids_kept_by(engine))) == 400
    del engine, first
    gc.collect()
    assert len(second.rows(ids_kept_by(second))) == 400


def ids_kept_by(engine: Engine) -> ir.Table:
    return engine.kept(f"ids of {engine.snapshot.id}", lambda: engine.table("activities").select("id"))


def test_readers_at_once_get_their_own_answers(written: Snapshot, master: str) -> None:
    engine = open_engine(written, master)
    activities = engine.table("activities")
    with ThreadPoolExecutor(max_workers=12) as readers:
        found = readers.map(
            lambda n: engine.rows(activities.filter(activities.id == f"a{n}").select("id")), range(24)
        )
        assert list(found) == [[{"id": f"a{number}"}] for number in range(24)]


def test_a_damaged_table_is_a_sentence_when_it_is_opened(written: Snapshot, master: str) -> None:
    path = written.table_path("activities")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match=f"{written.id} cannot be read"):
        open_engine(written, master)


def test_a_damaged_page_is_a_sentence_when_it_is_met(written: Snapshot, master: str) -> None:
    engine = open_engine(written, master)
    path = written.table_path("activities")
    content = bytearray(path.read_bytes())
    for place in range(4, 200):
        content[place] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"{written.id} cannot be read"):
        engine.rows(engine.table("activities"))


def test_workers_without_the_files_are_a_sentence(
    written: Snapshot, master: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are whole for the atlas (as a check here believes) and absent for the workers."""
    engine = open_engine(written, master)
    monkeypatch.setattr("ess.store.spark.damaged_files", lambda _: [])
    written.table_path("activities").rename(written.folder / "elsewhere.parquet")
    with pytest.raises(StoreError, match=r"cannot read .*every worker"):
        engine.rows(engine.table("activities"))


def test_an_application_that_ended_is_started_anew(written: Snapshot, master: str) -> None:
    engine = open_engine(written, master)
    kept = engine.kept(f"again {written.id}", lambda: engine.table("activities").select("id"))
    assert len(engine.rows(kept)) == 400
    cluster_at(master).ask(lambda session: session.stop())
    assert not cluster_at(master).is_running
    assert len(engine.rows(kept)) == 400


# The command line


def test_countries_prints_the_same(
    store: Path, master: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_current(store, write_snapshot(read_builtin(), store, origin="test").id)
    said = {}
    for engine in ("duckdb", master):
        monkeypatch.setenv("ESS_ENGINE", engine)
        assert main(["countries", "--store", str(store), "--format", "json"]) == 0
        said[engine] = json.loads(capsys.readouterr().out)
    assert said["duckdb"] == said[master]
    assert any(record["value"] for record in said[master])


@pytest.mark.parametrize("address", ["spark://127.0.0.1:{port}", "spark://nowhere"])
def test_a_command_says_what_is_missing_in_one_sentence(
    address: str, closed_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ESS_ENGINE", address.format(port=closed_port))
    monkeypatch.setenv("ESS_LANG", "en")
    assert main(["countries"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("ESS_ENGINE is spark://")
    assert said.err.count("\n") == 1


# What is missing is said in a sentence


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nothing listens on while the test runs."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def test_without_pyspark(written: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pyspark" else find(name))
    with pytest.raises(SettingsError, match=r"needs pyspark; install it with .*requirements-spark.txt"):
        open_engine(written, "spark://127.0.0.1:7077")


def test_without_java(written: Snapshot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(SettingsError, match="needs Java; install Java 17"):
        open_engine(written, "spark://127.0.0.1:7077")
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SettingsError, match="needs Java"):
        open_engine(written, "spark://127.0.0.1:7077")
    with pytest.raises(pytest.skip.Exception, match="needs java"):
        require_java({})
    with pytest.raises(pytest.fail.Exception, match="needs java"):
        require_java({"ATLAS_REQUIRE_SHARED": "1"})


def test_without_a_master(written: Snapshot, closed_port: int) -> None:
    with pytest.raises(SettingsError, match="no Spark master answers there") as caught:
        open_engine(written, f"spark://127.0.0.1:{closed_port},127.0.0.1:{closed_port}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["", "host", "host:", "host:no", "host:0", "host:65536", ":7077", "a:1,b"]
)
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(SettingsError, match="expected spark://host:port"):
        require_spark(f"spark://{address}")


def test_no_answer_in_time(master: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question without an answer is given up; the one after it is answered."""
    cluster = Cluster(master, patience=0.05)
    monkeypatch.setattr(cluster, "_started", cluster_at(master)._started)
    over = threading.Event()
    with pytest.raises(StoreError, match="did not answer within"):
        cluster.ask(lambda _: over.wait())
    over.set()
    assert cluster_at(master).ask(lambda session: session.sql("SELECT 1 AS one").toArrow().to_pylist()) == [
        {"one": 1}
    ]


def test_nothing_of_spark_is_imported_for_duckdb() -> None:
    code = (
        "import sys; from ess.store.engine import open_engine;"
        "from ess.store.opening import builtin_snapshot;"
        "engine = open_engine(builtin_snapshot()); engine.rows(engine.table('sources'));"
        "sys.exit(any(name.partition('.')[0] in ('pyspark', 'py4j') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_stopping_what_never_started_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "_CLUSTERS", {"spark://127.0.0.1:1": Cluster("spark://127.0.0.1:1")})
    clusters.stop_clusters()
    assert not clusters.cluster_at("spark://127.0.0.1:1").is_running
