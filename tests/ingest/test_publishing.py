"""From files to a store: whole or not at all, twice the same, one at a time, with history."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from ess.errors import StoreError
from ess.ingest import reading
from ess.ingest.orders import Order
from ess.ingest.reading import publish, read_files
from ess.portfolio.checks import validate_portfolio
from ess.portfolio.schema import TABLES
from ess.store.changes import diff_snapshots
from ess.store.snapshots import Snapshot, current_id, read_snapshot, snapshot_ids
from ess.store.writing import locked
from tests.ingest.xml import SOUND, written

TWO = (
    SOUND + '<recipient-country code="SN"/>',
    SOUND.replace("XX-1", "XX-2") + '<recipient-country code="ML"/>',
)


def put(store: Path, scratch: Path, *paths: Path, replace: bool = False) -> Snapshot:
    scratch.mkdir()
    outcome = read_files(Order(paths, keep=True), scratch)
    return publish(outcome, scratch, store, replace=replace)


def tables_of(snapshot: Snapshot) -> dict[str, object]:
    import pyarrow.parquet as pq

    return {name: pq.read_table(snapshot.table_path(name)) for name in TABLES}


def changes(older: Snapshot, newer: Snapshot) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {one.table: (one.added, one.removed, one.changed) for one in diff_snapshots(older, newer)}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def test_the_same_file_twice_changes_nothing(tmp_path: Path, store: Path) -> None:
    path = written(tmp_path, *TWO)
    first = put(store, tmp_path / "a", path)
    second = put(store, tmp_path / "b", path)
    assert first == second
    assert snapshot_ids(store) == [first.id]


def test_an_import_is_a_valid_portfolio(tmp_path: Path, store: Path, shared: Path) -> None:
    snapshot = put(store, tmp_path / "a", shared / "data" / "iati" / "caf-2.03-es.xml")
    assert validate_portfolio(tables_of(snapshot)) == []


def test_an_update_keeps_history(tmp_path: Path, store: Path) -> None:
    first = put(store, tmp_path / "a", written(tmp_path, *TWO))
    changed = TWO[0].replace('code="2"', 'code="4"')
    new = SOUND.replace("XX-1", "XX-3") + '<recipient-country code="GN"/>'
    second = put(store, tmp_path / "b", written(tmp_path, changed, new))
    told = changes(first, second)
    assert told["activities"] == (("XX-3",), ("XX-2",), ("XX-1",))
    assert told["places"] == (("XX-3.GIN",), ("XX-2.MLI",), ())
    assert current_id(store) == second.id
    assert read_snapshot(store, first.id) == first


def test_another_file_comes_on_top(tmp_path: Path, store: Path) -> None:
    put(store, tmp_path / "a", written(tmp_path, TWO[0], name="one.xml"))
    both = put(store, tmp_path / "b", written(tmp_path, TWO[1], name="two.xml"))
    assert both.files["activities"].rows == both.files["sources"].rows == 2
    alone = put(store, tmp_path / "c", tmp_path / "two.xml", replace=True)
    assert alone.files["activities"].rows == 1


def test_an_activity_that_only_groups_its_parts_is_marked(tmp_path: Path, store: Path) -> None:
    whole = SOUND + '<recipient-country code="SN"/>'
    part = SOUND.replace("XX-1", "XX-1-a") + (
        '<recipient-country code="SN"/><related-activity type="1" ref="XX-1"/>'
    )
    elsewhere = part.replace("XX-1-a", "XX-2-a").replace('ref="XX-1"', 'ref="XX-2"')
    wider = SOUND.replace("XX-1", "XX-2") + '<recipient-country code="SN"/><recipient-country code="ML"/>'
    lost = SOUND.replace("XX-1", "XX-9") + '<related-activity type="1" ref="nowhere"/>'
    circle = SOUND.replace("XX-1", "XX-8") + '<related-activity type="1" ref="XX-8"/>'
    snapshot = put(store, tmp_path / "a", written(tmp_path, part, whole, wider, elsewhere, lost, circle))
    rows = tables_of(snapshot)["activities"].to_pylist()  # type: ignore[attr-defined]
    assert {row["id"]: (row["parent"], row["umbrella"]) for row in rows} == {
        "XX-1": (None, True),
        "XX-1-a": ("XX-1", False),
        "XX-2": (None, False),
        "XX-2-a": ("XX-2", False),
        "XX-9": (None, False),
        "XX-8": (None, False),
    }


def test_two_imports_at_once_one_is_refused(tmp_path: Path, store: Path) -> None:
    path = written(tmp_path, *TWO)
    with locked(store), pytest.raises(StoreError, match="Another import"):
        put(store, tmp_path / "a", path)
    assert current_id(store) is None
    assert put(store, tmp_path / "b", path).id == current_id(store)


def hold(store: Path, ready: "multiprocessing.synchronize.Event") -> None:  # noqa: UP037 - only a type
    with locked(store):
        (store / "snapshots" / ".writing-dead").mkdir(parents=True)
        ready.set()
        signal.pause()  # until it is killed


def test_a_killed_import_leaves_the_old_snapshot_and_no_lock(tmp_path: Path, store: Path) -> None:
    first = put(store, tmp_path / "a", written(tmp_path, *TWO))
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=hold, args=(store, ready))
    process.start()
    assert ready.wait(60)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert current_id(store) == first.id
    assert snapshot_ids(store) == [first.id]
    put(store, tmp_path / "b", written(tmp_path, TWO[0]))
    assert not list((store / "snapshots").glob(".writing-*"))


@pytest.mark.parametrize("step", ["shutil.copytree", "ess.ingest.reading.merge_portfolio", "os.fsync"])
def test_a_full_disk_is_a_sentence(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = put(store, tmp_path / "a", written(tmp_path, *TWO))

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "b").mkdir()
    outcome = read_files(Order((written(tmp_path, TWO[0], name="new.xml"),), keep=True), tmp_path / "b")
    monkeypatch.setattr(step, full)
    with pytest.raises(StoreError, match="No space left"):
        publish(outcome, tmp_path / "b", store, replace=step == "shutil.copytree")
    monkeypatch.undo()
    assert current_id(store) == first.id
    assert snapshot_ids(store) == [first.id]


def test_what_cannot_be_used_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    scratch = tmp_path / "s"
    scratch.mkdir()
    other = tmp_path / "other.xml"
    other.write_text("<feed/>", encoding="utf-8")
    outcome = read_files(Order((other, written(tmp_path, *TWO))), scratch)
    assert outcome.refused == ("other.xml",)
    assert [file["kept"] for file in outcome.files] == [0, 2]
    assert outcome.problems[0].kind.severity == "critical"
    assert reading.TABLES not in {path.name for path in scratch.iterdir()}
