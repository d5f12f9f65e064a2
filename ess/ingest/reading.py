"""Files read on behalf of a person: in a child process with limits, reported, and put into a store."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ess.errors import BadInput
from ess.ingest.child import run_job
from ess.ingest.finishing import finish_hierarchy
from ess.ingest.guard import recognise_file, weight
from ess.ingest.limits import MEGABYTE, Limits
from ess.ingest.orders import Order
from ess.ingest.outcome import Outcome, parse_outcome
from ess.ingest.progress import Progress
from ess.ingest.scratch import scratch_folder
from ess.locales import N_
from ess.store.merging import merge_portfolio
from ess.store.opening import open_snapshot
from ess.store.snapshots import Snapshot, set_current, unwritable
from ess.store.writing import keep_snapshot, locked, unfinished_snapshot

TABLES: Final = "tables"
REJECTS: Final = "rejects.jsonl"
"""What reading leaves in the scratch folder."""

LEAST_SECONDS = 60.0
MEMORY = 1800 * MEGABYTE
"""Bounds of a whole import; its tables are written as it goes, so that memory does not grow with the file."""


def read_files(order: Order, scratch: Path, on_progress: Callable[[Progress], None] | None = None) -> Outcome:
    """Read the files of an order; tables and rejects are left in `scratch`.

    Raises
    ------
    BadInput
        When the work as a whole had to be stopped. A file that cannot be used is in the outcome's `refused`.
    """
    missing = [path.name for path in order.paths if not path.exists()]
    if missing:
        raise BadInput(
            N_("{name} is no file; expected the path of one."), code="no_file", name=", ".join(missing)
        )
    answer = run_job(
        "import", order.arguments(), scratch=scratch, limits=_limits(order.paths), on_progress=on_progress
    )
    return parse_outcome(answer)


def look_at(path: Path, *, local: bool = False) -> dict[str, Any]:
    """What a file is, and how its columns would be read; see `ess.ingest.choosing.look_at_file`.

    Raises
    ------
    BadInput
        For a file that cannot be used.
    """
    recognise_file(path, local=local)
    order = {"path": str(path.resolve()), "local": local}
    with scratch_folder() as scratch:
        return run_job("look", order, scratch=scratch, limits=_limits((path,)))


def _limits(paths: Iterable[Path]) -> Limits:
    size = sum(_weight(path) for path in paths)
    return Limits(LEAST_SECONDS + size / MEGABYTE, MEMORY, max(Limits.disk, 8 * size))


def _weight(path: Path) -> int:
    try:
        if path.is_dir():
            return sum(one.stat().st_size for one in path.iterdir() if one.is_file())
        return weight(path)
    except (OSError, BadInput):  # what is wrong with it is said where it is read
        return 0


def publish(outcome: Outcome, scratch: Path, store: Path, *, replace: bool) -> Snapshot:
    """Put what was read into a store and serve it: all of it, or nothing.

    Parameters
    ----------
    replace
        Serve only what was read; otherwise it takes its place in what the store serves already.

    Raises
    ------
    StoreError
        When the store cannot be written, or another import is writing to it. What was served stays served.
    """
    origin = ", ".join(str(file["path"]) for file in outcome.files)
    created = datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
    with locked(store), unfinished_snapshot(store) as folder:
        served = open_snapshot(store)
        try:
            if replace or served.is_builtin:
                shutil.copytree(scratch / TABLES, folder, dirs_exist_ok=True)
            else:
                merge_portfolio(served, scratch / TABLES, folder)
                finish_hierarchy(folder, {})
        except OSError as error:
            raise unwritable(store, error) from error
        snapshot = keep_snapshot(folder, store, origin=origin, created=created)
        return set_current(store, snapshot.id)
