"""Which snapshot serves: the store's current one, or the built-in portfolio when there is no store."""

from __future__ import annotations

import atexit
import tempfile
from functools import lru_cache
from pathlib import Path

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.builtin import read_builtin
from ess.store.snapshots import BUILTIN, Snapshot, current_id, read_snapshot
from ess.store.writing import write_snapshot


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
