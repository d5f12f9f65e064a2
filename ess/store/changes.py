"""What changed from one snapshot to another: rows added, removed and changed, table by table."""

from __future__ import annotations

from dataclasses import dataclass

from ess.portfolio.schema import TABLES
from ess.store.comparison import Comparison, unreadable
from ess.store.differing import ADDED, CHANGED, REMOVED
from ess.store.snapshots import Snapshot, damaged_files


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
    for snapshot in (older, newer):
        if damaged_files(snapshot):
            raise unreadable(snapshot)
    comparison = Comparison(older, newer)
    changes = (_change(comparison, name) for name in TABLES)
    return [change for change in changes if change.added or change.removed or change.changed]


def _change(comparison: Comparison, table: str) -> TableChange:
    names: dict[str, list[str]] = {ADDED: [], REMOVED: [], CHANGED: []}
    for kind, name in comparison.names(table):
        names[kind].append(name)
    return TableChange(table, *(tuple(sorted(found)) for found in names.values()))
