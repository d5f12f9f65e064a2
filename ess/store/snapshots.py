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
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.schema import TABLES

BUILTIN = "builtin"
MANIFEST = "manifest.json"
_CURRENT = "CURRENT"
_FILE_MODE = 0o644


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


def unwritable(store: Path, error: OSError) -> StoreError:
    """The store at `store` cannot be written, and why."""
    return StoreError(
        N_(
            "The snapshot store {store} cannot be written ({reason}); give a folder with free space "
            "that this user may write to."
        ),
        store=store,
        reason=error.strerror or type(error).__name__,
    )


def flush(path: Path) -> None:
    """Make sure the bytes are on the disk before the folder gets its final name."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
        text = (folder / MANIFEST).read_text(encoding="utf-8")
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
        if not snapshot.table_path(name).is_file() or file_digest(snapshot.table_path(name)) != file.sha256
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


def readable_snapshots(store: Path) -> tuple[list[Snapshot], list[StoreError]]:
    """The snapshots of `store` that can be read, oldest first, and why the others cannot."""
    found: list[Snapshot] = []
    faults: list[StoreError] = []
    for snapshot_id in snapshot_ids(store):
        try:
            found.append(read_snapshot(store, snapshot_id))
        except StoreError as fault:
            faults.append(fault)
    return sorted(found, key=lambda snapshot: (snapshot.created, snapshot.id)), faults


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
        raise unwritable(store, error) from error
    try:
        scratch.chmod(_FILE_MODE)
        scratch.replace(store / _CURRENT)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise unwritable(store, error) from error
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
