"""Immutable Parquet snapshots: written whole, pointed at by one small file, never changed afterwards.

Layout of a store::

    <store>/snapshots/<id>/<table>.parquet   one file a table
    <store>/snapshots/<id>/manifest.json     rows, hashes, provenance
    <store>/CURRENT                          the id that is served

A snapshot's id is the digest of its content, so the same tables always make the same snapshot.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.files import content_id
from ess.portfolio.schema import TABLES

BUILTIN = "builtin"
_MANIFEST = "manifest.json"
_CURRENT = "CURRENT"
_FOLDER_MODE, _FILE_MODE = 0o755, 0o644


@dataclass(frozen=True)
class TableFile:
    """One Parquet file of a snapshot: its number of rows and the SHA-256 of its bytes."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Snapshot:
    """A readable snapshot.

    Attributes
    ----------
    id
        Digest of the content.
    folder
        Where its Parquet files are.
    origin
        Where the tables came from: ``builtin``, or the names of the imported files.
    created
        UTC instant of writing (ISO 8601), empty for the built-in portfolio, which has no such moment.
    as_of
        Latest publication day among the dated sources (ISO 8601), empty when no source is dated.
    files
        One entry a table.
    """

    id: str
    folder: Path
    origin: str
    created: str
    as_of: str
    files: Mapping[str, TableFile] = field(default_factory=dict)

    @property
    def is_builtin(self) -> bool:
        """Whether this is the portfolio that comes with the atlas."""
        return self.origin == BUILTIN

    def table_path(self, table: str) -> Path:
        """The Parquet file of one table."""
        return self.folder / f"{table}.parquet"


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
    snapshot_id = content_id(tables)
    target = store / "snapshots" / snapshot_id
    if target.is_dir():
        return read_snapshot(store, snapshot_id)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    except OSError as error:
        raise _unwritable(store, error) from error
    try:
        _write_files(tables, scratch, snapshot_id, origin, created)
        scratch.chmod(_FOLDER_MODE)  # a scratch folder is its owner's alone; other replicas read this one
        scratch.replace(target)
    except OSError as error:
        if target.is_dir():  # another process wrote the same content first: that one serves
            return read_snapshot(store, snapshot_id)
        raise _unwritable(store, error) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return read_snapshot(store, snapshot_id)


def _unwritable(store: Path, error: OSError) -> StoreError:
    return StoreError(
        N_(
            "The snapshot store {store} cannot be written ({reason}); give a folder with free space "
            "that this user may write to."
        ),
        store=store,
        reason=error.strerror or type(error).__name__,
    )


def _write_files(
    tables: Mapping[str, pa.Table], folder: Path, snapshot_id: str, origin: str, created: str
) -> None:
    files: dict[str, TableFile] = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        pq.write_table(tables[name], path)
        _flush(path)
        files[name] = TableFile(tables[name].num_rows, _sha256(path))
    manifest = {
        "id": snapshot_id,
        "origin": origin,
        "created": created,
        "as_of": _as_of(tables["sources"]),
        "files": {name: asdict(file) for name, file in files.items()},
    }
    path = folder / _MANIFEST
    path.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _flush(path)


def _flush(path: Path) -> None:
    """Make sure the bytes are on the disk before the folder gets its final name."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_of(sources: pa.Table) -> str:
    days = [day for day in sources.column("published").to_pylist() if day is not None]
    return max(days).isoformat() if days else ""


def read_snapshot(store: Path, snapshot_id: str) -> Snapshot:
    """One snapshot of `store` by id.

    Raises
    ------
    StoreError
        When there is none, or its manifest or a table file is missing or unreadable.
    """
    folder = store / "snapshots" / snapshot_id
    known = snapshot_ids(store)
    if snapshot_id not in known:  # also keeps "../x" from naming a folder outside the store
        raise StoreError(
            N_("No snapshot {found} in {store}; expected one of: {known}. Run `snapshots list` to see them."),
            found=snapshot_id,
            store=store,
            known=", ".join(known) or "-",
        )
    try:
        text = (folder / _MANIFEST).read_text(encoding="utf-8")
        snapshot = _parse_manifest(json.loads(text), folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(
            N_(
                "The manifest of snapshot {found} in {store} cannot be read; restore the folder from "
                "a backup or roll back to another snapshot."
            ),
            found=snapshot_id,
            store=store,
        ) from error
    missing = [name for name in TABLES if not snapshot.table_path(name).is_file()]
    if missing:
        raise StoreError(
            N_("Snapshot {found} lacks {missing}; restore its folder from a backup or roll back to another."),
            found=snapshot_id,
            missing=", ".join(f"{name}.parquet" for name in missing),
        )
    return snapshot


def _parse_manifest(manifest: Any, folder: Path) -> Snapshot:
    """The snapshot that a manifest describes; what is raised for another content is one of many classes."""
    found = manifest["files"]
    files = {name: TableFile(int(found[name]["rows"]), found[name]["sha256"]) for name in TABLES}
    texts = [manifest[key] for key in ("id", "origin", "created", "as_of")]
    texts_expected = [*texts, *(file.sha256 for file in files.values())]
    if not all(isinstance(text, str) for text in texts_expected) or texts[0] != folder.name:
        raise ValueError(folder.name)
    snapshot_id, origin, created, as_of = texts
    return Snapshot(snapshot_id, folder, origin, created, as_of, files)


def damaged_files(snapshot: Snapshot) -> list[str]:
    """Names of the tables whose bytes no longer match the manifest."""
    return [
        name
        for name, file in snapshot.files.items()
        if not snapshot.table_path(name).is_file() or _sha256(snapshot.table_path(name)) != file.sha256
    ]


def snapshot_ids(store: Path) -> list[str]:
    """Ids of the snapshots of `store`, in order; a folder that is being written is not among them."""
    folder = store / "snapshots"
    return sorted(path.name for path in folder.glob("*") if path.is_dir() and not path.name.startswith("."))


def list_snapshots(store: Path) -> list[Snapshot]:
    """Every snapshot of `store`, oldest first.

    Raises
    ------
    StoreError
        When one of them cannot be read.
    """
    found = (read_snapshot(store, snapshot_id) for snapshot_id in snapshot_ids(store))
    return sorted(found, key=lambda snapshot: (snapshot.created, snapshot.id))


def set_current(store: Path, snapshot_id: str) -> Snapshot:
    """Serve `snapshot_id` from now on: an atomic change of one small file.

    Raises
    ------
    StoreError
        When the snapshot does not exist or the pointer cannot be written.
    """
    snapshot = read_snapshot(store, snapshot_id)
    try:
        with tempfile.NamedTemporaryFile("w", dir=store, prefix=".current-", delete=False) as file:
            scratch = Path(file.name)
            file.write(snapshot_id + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _unwritable(store, error) from error
    try:
        scratch.chmod(_FILE_MODE)
        scratch.replace(store / _CURRENT)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise _unwritable(store, error) from error
    return snapshot


def current_id(store: Path) -> str | None:
    """Id that `CURRENT` names, or None when nothing has been published yet."""
    try:
        return (store / _CURRENT).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(
            N_("The pointer {path} cannot be read; it should hold the id of one snapshot."),
            path=store / _CURRENT,
        ) from error


@dataclass(frozen=True)
class TableChange:
    """Ids added to, removed from and changed in one table between two snapshots."""

    table: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def diff_snapshots(older: Snapshot, newer: Snapshot) -> list[TableChange]:
    """What changed between two snapshots, one entry for each table that did.

    A row is named by its ``id``; rows of tables without ids (participants, tags) are named by their whole
    content, so they can only be added or removed.

    Raises
    ------
    StoreError
        When a table of either cannot be read.
    """
    changes = []
    for name in TABLES:
        before, after = _rows_by_name(older, name), _rows_by_name(newer, name)
        change = TableChange(
            name,
            tuple(sorted(after.keys() - before.keys())),
            tuple(sorted(before.keys() - after.keys())),
            tuple(sorted(key for key in before.keys() & after.keys() if before[key] != after[key])),
        )
        if change.added or change.removed or change.changed:
            changes.append(change)
    return changes


def _rows_by_name(snapshot: Snapshot, table: str) -> dict[str, dict[str, object]]:
    try:
        rows = pq.read_table(snapshot.table_path(table)).to_pylist()
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise StoreError(
            N_("Snapshot {found} cannot be read; restore its folder from a backup or roll back to another."),
            found=snapshot.id,
        ) from error
    return {
        str(row.get("id") or " ".join(str(value) for value in row.values() if value is not None)): row
        for row in rows
    }
