"""What changed from one snapshot to another: rows added, removed and changed, table by table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.files import row_digests
from ess.portfolio.schema import TABLES
from ess.store.snapshots import Snapshot


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


def _rows_by_name(snapshot: Snapshot, table: str) -> dict[str, int]:
    """A digest of each row by the row's name: what a table of any size can be compared by."""
    try:
        return dict(_named_digests(snapshot, table))
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise StoreError(
            N_("Snapshot {found} cannot be read; restore its folder from a backup or roll back to another."),
            found=snapshot.id,
        ) from error


def _named_digests(snapshot: Snapshot, table: str) -> Iterator[tuple[str, int]]:
    with pq.ParquetFile(snapshot.table_path(table)) as file:
        for piece in file.iter_batches():
            yield from zip(_names(piece), row_digests(piece), strict=True)


def _names(piece: pa.RecordBatch) -> list[str]:
    if "id" in piece.schema.names:
        return [str(name) for name in piece.column("id").to_pylist()]
    rows = zip(*(column.to_pylist() for column in piece.columns), strict=True)
    return [" ".join(str(cell) for cell in row if cell is not None) for row in rows]
