"""Snapshots: whole or not at all, never changed, and never trusted blindly."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from ess.errors import AtlasError, StoreError
from ess.portfolio.schema import TABLES
from ess.store.changes import diff_snapshots
from ess.store.opening import builtin_snapshot, open_snapshot
from ess.store.snapshots import (
    BUILTIN,
    Snapshot,
    current_id,
    damaged_files,
    list_snapshots,
    read_snapshot,
    set_current,
    snapshot_ids,
)
from ess.store.writing import write_snapshot
from tests.factories import Tables, placed, portfolio


def tables_with(stage: str = "done", **cells: Any) -> Tables:
    return portfolio(
        activities=[{"id": "a", "stage": stage, **cells}],
        places=placed("a", "SEN"),
        sources=[
            {"id": "s", "published": date(2025, 7, 8)},
            {"id": "t", "published": date(2024, 1, 1)},
            {"id": "u"},
        ],
    )


@pytest.fixture
def written(tmp_path: Path) -> Snapshot:
    return write_snapshot(tables_with(), tmp_path, origin="file.csv", created="2026-01-02T03:04:05Z")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_what_is_written_is_read(tmp_path: Path, written: Snapshot) -> None:
    assert read_snapshot(tmp_path, written.id) == written
    assert (written.origin, written.created, written.as_of) == (
        "file.csv",
        "2026-01-02T03:04:05Z",
        "2025-07-08",
    )
    assert written.files["activities"].rows == 1
    for name, table in tables_with().items():
        assert pq.read_table(written.table_path(name)).equals(table)
    assert damaged_files(written) == []


def test_the_same_tables_make_one_snapshot_that_is_not_touched(tmp_path: Path, written: Snapshot) -> None:
    before = tree(tmp_path)
    again = write_snapshot(tables_with(), tmp_path, origin="other.csv", created="2027-01-01T00:00:00Z")
    assert again == written
    assert tree(tmp_path) == before


def test_another_cell_makes_another_snapshot(tmp_path: Path, written: Snapshot) -> None:
    other = write_snapshot(tables_with("planned"), tmp_path, origin="file.csv")
    assert other.id != written.id
    assert snapshot_ids(tmp_path) == sorted([other.id, written.id])


def test_snapshots_are_listed_oldest_first(tmp_path: Path, written: Snapshot) -> None:
    first = write_snapshot(tables_with("planned"), tmp_path, origin="x", created="2025-01-01T00:00:00Z")
    last = write_snapshot(tables_with("signed"), tmp_path, origin="x", created="2027-01-01T00:00:00Z")
    assert [one.id for one in list_snapshots(tmp_path)] == [first.id, written.id, last.id]


def test_writing_leaves_the_pointer_alone(tmp_path: Path, written: Snapshot) -> None:
    assert current_id(tmp_path) is None
    set_current(tmp_path, written.id)
    write_snapshot(tables_with("planned"), tmp_path, origin="x")
    assert current_id(tmp_path) == written.id


def test_other_users_may_read_what_is_written(tmp_path: Path, written: Snapshot) -> None:
    set_current(tmp_path, written.id)
    assert stat.S_IMODE(written.folder.stat().st_mode) & 0o055 == 0o055
    assert stat.S_IMODE((tmp_path / "CURRENT").stat().st_mode) & 0o044 == 0o044


# Writing that is cut short


class KilledError(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_a_writer_that_is_killed_leaves_nothing_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KilledError

    monkeypatch.setattr("shutil.rmtree", lambda *_, **__: None)  # the dead tidy nothing up
    monkeypatch.setattr(step, killed)
    with pytest.raises(KilledError):
        write_snapshot(tables_with(), tmp_path, origin="x")
    monkeypatch.undo()
    (left,) = (tmp_path / "snapshots").iterdir()
    assert snapshot_ids(tmp_path) == []
    assert list_snapshots(tmp_path) == []
    with pytest.raises(StoreError, match="No snapshot"):
        read_snapshot(tmp_path, left.name)
    assert read_snapshot(tmp_path, write_snapshot(tables_with(), tmp_path, origin="x").id).origin == "x"


def test_a_change_of_pointer_that_is_killed_keeps_the_old_one(
    tmp_path: Path, written: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = write_snapshot(tables_with("planned"), tmp_path, origin="x")
    set_current(tmp_path, written.id)
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KilledError))
    with pytest.raises(KilledError):
        set_current(tmp_path, other.id)
    monkeypatch.undo()
    assert current_id(tmp_path) == written.id
    assert open_snapshot(tmp_path) == written


def test_a_disk_that_fails_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        write_snapshot(tables_with(), tmp_path, origin="x")
    assert list((tmp_path / "snapshots").iterdir()) == []


def test_a_pointer_that_cannot_be_written_is_a_sentence_and_leaves_nothing(
    tmp_path: Path, written: Snapshot
) -> None:
    (tmp_path / "CURRENT").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        set_current(tmp_path, written.id)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CURRENT", "snapshots"]


def test_a_store_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        write_snapshot(tables_with(), tmp_path / "file", origin="x")


# Names that are no snapshot


@pytest.mark.parametrize("name", ["", ".", "..", "../outside", "/etc", "unknown", "a\nb", "\u202ecba"])
def test_an_id_names_nothing_outside_the_store(tmp_path: Path, written: Snapshot, name: str) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "manifest.json").write_bytes((written.folder / "manifest.json").read_bytes())
    with pytest.raises(StoreError, match="No snapshot"):
        read_snapshot(tmp_path, name)
    with pytest.raises(StoreError):
        set_current(tmp_path, name)
    assert current_id(tmp_path) is None


def point(store: Path, content: bytes) -> None:
    (store / "CURRENT").write_bytes(content)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"../outside", b"nothing", b"a\nb", b"{}", "سنة".encode(), b"x" * 5000]
)
def test_a_pointer_to_nothing_is_a_sentence(tmp_path: Path, written: Snapshot, content: bytes) -> None:
    point(tmp_path, content)
    with pytest.raises(StoreError):
        open_snapshot(tmp_path)
    point(tmp_path, written.id.encode() + b"\n")
    assert open_snapshot(tmp_path) == written


def test_a_pointer_that_is_a_folder_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").mkdir()
    with pytest.raises(StoreError, match="pointer"):
        open_snapshot(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b" \n"])
def test_an_empty_store_serves_the_built_in_portfolio(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        point(tmp_path, content)
    assert open_snapshot(tmp_path) is builtin_snapshot()
    assert open_snapshot(None).is_builtin
    assert open_snapshot(None).origin == BUILTIN


def test_a_store_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no snapshot store"):
        open_snapshot(tmp_path / "absent")


# Damage


def edited(manifest: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({**manifest, **changes}).encode()


DAMAGES: dict[str, Callable[[dict[str, Any]], bytes]] = {
    "empty": lambda _: b"",
    "binary": lambda _: b"\xff\x00\xfe",
    "cut": lambda manifest: json.dumps(manifest).encode()[:-40],
    "list": lambda _: b"[]",
    "deep": lambda _: b"[" * 200_000,
    "no files": lambda manifest: edited(manifest, files=None),
    "files lack one": lambda manifest: edited(
        manifest, files={name: file for name, file in manifest["files"].items() if name != "activities"}
    ),
    "files are numbers": lambda manifest: edited(manifest, files=dict.fromkeys(TABLES, 1)),
    "rows are text": lambda manifest: edited(
        manifest, files={name: {**file, "rows": "many"} for name, file in manifest["files"].items()}
    ),
    "hash is missing": lambda manifest: edited(manifest, files={name: {"rows": 1} for name in TABLES}),
    "created is null": lambda manifest: edited(manifest, created=None),
    "origin is a list": lambda manifest: edited(manifest, origin=[]),
    "another id": lambda manifest: edited(manifest, id="../../elsewhere"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_manifest_is_a_sentence(tmp_path: Path, written: Snapshot, damage: str) -> None:
    path = written.folder / "manifest.json"
    path.write_bytes(DAMAGES[damage](json.loads(path.read_bytes())))
    for read in (lambda: read_snapshot(tmp_path, written.id), lambda: list_snapshots(tmp_path)):
        with pytest.raises(StoreError, match=r"manifest of snapshot .* cannot be read") as caught:
            read()
        assert written.id in str(caught.value)


def test_a_manifest_written_anew_with_the_same_facts_is_read(tmp_path: Path, written: Snapshot) -> None:
    path = written.folder / "manifest.json"
    path.write_bytes(edited(json.loads(path.read_bytes())))
    assert read_snapshot(tmp_path, written.id) == written


def test_a_missing_table_is_named(tmp_path: Path, written: Snapshot) -> None:
    written.table_path("places").unlink()
    with pytest.raises(StoreError, match=r"places\.parquet"):
        read_snapshot(tmp_path, written.id)
    assert damaged_files(written) == ["places"]


def test_one_changed_byte_is_noticed(written: Snapshot) -> None:
    path = written.table_path("places")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert damaged_files(written) == ["places"]


# What changed


def test_a_difference_names_every_row(tmp_path: Path, written: Snapshot) -> None:
    newer = portfolio(
        activities=[{"id": "a", "stage": "planned"}, {"id": "b"}],
        places=[{"id": "places-9", "activity": "b", "iso3": "COG"}],
        tags=[{"activity": "a", "code": "gender"}],
        sources=tables_with()["sources"].to_pylist(),
    )
    after = write_snapshot(newer, tmp_path, origin="x")
    changes = {change.table: change for change in diff_snapshots(written, after)}
    assert changes.keys() == {"activities", "places", "tags"}
    assert (changes["activities"].added, changes["activities"].changed) == (("b",), ("a",))
    assert (changes["places"].added, changes["places"].removed) == (("places-9",), ("places-1",))
    assert changes["tags"].added == ("a theme gender source",)
    back = {change.table: change for change in diff_snapshots(after, written)}
    assert back["activities"].removed == ("b",)


def test_a_snapshot_does_not_differ_from_itself(written: Snapshot) -> None:
    assert diff_snapshots(written, written) == []


def test_a_difference_with_a_broken_table_is_a_sentence(tmp_path: Path, written: Snapshot) -> None:
    other = write_snapshot(tables_with("planned"), tmp_path, origin="x")
    other.table_path("places").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(AtlasError, match=other.id):
        diff_snapshots(written, other)
