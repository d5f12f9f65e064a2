"""Which snapshot serves: the store's current one, or the built-in portfolio when there is no store."""

from __future__ import annotations

import atexit
import re
import tempfile
from functools import lru_cache
from pathlib import Path

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.builtin import read_builtin
from ess.store.snapshots import BUILTIN, Snapshot, current_id, read_snapshot, snapshot_ids
from ess.store.writing import write_snapshot

#: An id, or enough of its beginning that two snapshots hardly share it.
_BEGINNING = re.compile(r"[0-9a-f]{8,64}")


@lru_cache(maxsize=1)
def _scratch() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="atlas-builtin-")


@atexit.register
def discard_scratch() -> None:
    """Remove the scratch folder of the built-in snapshot; a server that is told to stop calls it itself."""
    if _scratch.cache_info().currsize:
        _scratch().cleanup()
        _scratch.cache_clear()
        builtin_snapshot.cache_clear()


@lru_cache(maxsize=1)
def builtin_snapshot() -> Snapshot:
    """The built-in portfolio as a snapshot, in a scratch folder that goes when the process ends.

    A snapshot like any other, so that there is one way to read; made once a process.
    """
    return write_snapshot(read_builtin(), Path(_scratch().name), origin=BUILTIN)


def open_snapshot(store: Path | None) -> Snapshot:
    """The snapshot to serve from `store`; the built-in portfolio when `store` is None or still empty.

    Raises
    ------
    StoreError
        When `store` is not a folder, or its current snapshot is missing or damaged.
    """
    if store is None:
        return builtin_snapshot()
    if not store.is_dir():
        raise StoreError(
            N_(
                "There is no snapshot store at {store}; create the folder or unset ESS_STORE to serve the "
                "built-in portfolio."
            ),
            store=store,
        )
    found = current_id(store)
    return builtin_snapshot() if found is None else read_snapshot(store, found)


def find_by_prefix(store: Path | None, text: str) -> Snapshot | None:
    """The snapshot whose id is `text` or begins with it; None when there is none or more than one.

    The built-in portfolio is found beside those of the store, under the id that its content has: an address
    that was pinned to it works as long as the content is the same.

    Raises
    ------
    StoreError
        When the snapshot is damaged.
    """
    if not _BEGINNING.fullmatch(text):
        return None
    found = [code for code in snapshot_ids(store) if code.startswith(text)] if store else []
    if store and (text in found or len(found) == 1):
        return read_snapshot(store, text if text in found else found[0])
    builtin = builtin_snapshot()
    return builtin if not found and builtin.id.startswith(text) else None
