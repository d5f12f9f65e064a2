"""Snapshots written: whole or not at all, one writer at a time."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.files import content_id_of_batches
from ess.portfolio.schema import TABLES
from ess.store.snapshots import (
    MANIFEST,
    Snapshot,
    TableFile,
    file_digest,
    flush,
    read_snapshot,
    unwritable,
)

_FOLDER_MODE = 0o755
_UNFINISHED = ".writing-"
_LOCK = ".lock"


def write_snapshot(
    tables: Mapping[str, pa.Table], store: Path, *, origin: str, created: str = ""
) -> Snapshot:
    """Write `tables` as one snapshot of `store`, all or nothing; `CURRENT` is left alone.

    Parameters
    ----------
    tables
        Every table of the schema.
    store
        Folder of the store; made when absent.
    origin, created
        Provenance, kept in the manifest.

    Raises
    ------
    StoreError
        When the folder cannot be written.
    """
    with unfinished_snapshot(store) as folder:
        try:
            for name in TABLES:
                pq.write_table(tables[name], folder / f"{name}.parquet")
        except OSError as error:
            raise unwritable(store, error) from error
        return keep_snapshot(folder, store, origin=origin, created=created)


@contextmanager
def unfinished_snapshot(store: Path) -> Iterator[Path]:
    """A folder of `store` for the tables of a snapshot to be; gone afterwards unless it was kept.

    Raises
    ------
    StoreError
        When the folder cannot be made.
    """
    snapshots = store / "snapshots"
    try:
        snapshots.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=snapshots))
    except OSError as error:
        raise unwritable(store, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep_snapshot(folder: Path, store: Path, *, origin: str, created: str = "") -> Snapshot:
    """Make the tables in `folder`, an unfinished snapshot of `store`, a snapshot.

    The same content makes the same snapshot: when there is one already, it stands as it is.

    Raises
    ------
    StoreError
        When the folder cannot be written.
    """
    target = None
    try:
        snapshot_id = content_id_of_batches({name: _batches(folder / f"{name}.parquet") for name in TABLES})
        target = store / "snapshots" / snapshot_id
        if not target.is_dir():
            _write_manifest(folder, snapshot_id, origin, created)
            folder.chmod(_FOLDER_MODE)  # a scratch folder is its owner's alone; other replicas read this one
            folder.replace(target)
    except OSError as error:
        # Another process may have written the same content first: that one serves.
        if target is None or not target.is_dir():
            raise unwritable(store, error) from error
    return read_snapshot(store, target.name)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches()


def _write_manifest(folder: Path, snapshot_id: str, origin: str, created: str) -> None:
    files: dict[str, TableFile] = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        flush(path)
        files[name] = TableFile(pq.read_metadata(path).num_rows, file_digest(path))
    manifest = {
        "id": snapshot_id,
        "origin": origin,
        "created": created,
        "as_of": _as_of(pq.read_table(folder / "sources.parquet", columns=["published"])),
        "files": {name: asdict(file) for name, file in files.items()},
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    flush(path)


def _as_of(sources: pa.Table) -> str:
    days = [day for day in sources.column("published").to_pylist() if day is not None]
    return max(days).isoformat() if days else ""


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """The store for one writer alone; what a writer that was killed left behind is cleared away.

    The lock goes with the process that holds it, however it ends.

    Raises
    ------
    StoreError
        When another process is writing, or the store cannot be written.
    """
    try:
        store.mkdir(parents=True, exist_ok=True)
        lock = (store / _LOCK).open("w")
    except OSError as error:
        raise unwritable(store, error) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreError(
                N_("Another import is writing to {store}; wait until it is done, then start this one again."),
                store=store,
            ) from error
        for left in (store / "snapshots").glob(f"{_UNFINISHED}*"):
            with suppress(OSError):
                shutil.rmtree(left)
        yield
