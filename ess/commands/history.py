"""History of the portfolio: its snapshots listed, shown, compared, and rolled back to."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import Any

from ess.commands.shared import Parser, store_of
from ess.errors import StoreError
from ess.locales import N_
from ess.settings import Settings
from ess.store.changes import diff_snapshots
from ess.store.opening import open_snapshot
from ess.store.snapshots import (
    Snapshot,
    current_id,
    damaged_files,
    read_snapshot,
    readable_snapshots,
    set_current,
    snapshot_ids,
)


def add_snapshots(commands: Any) -> None:
    """The command ``snapshots``."""
    command = commands.add_parser("snapshots", help="history of the portfolio")
    command.add_argument("--store", type=Path, help="folder of the snapshot store (default: ESS_STORE)")
    command.set_defaults(run=run_snapshots_list)
    actions = command.add_subparsers(metavar="ACTION", parser_class=Parser)
    actions.add_parser("list", help="every snapshot, oldest first").set_defaults(run=run_snapshots_list)
    show = actions.add_parser("show", help="one snapshot: its tables, rows and hashes")
    show.add_argument("id")
    show.set_defaults(run=run_snapshots_show)
    diff = actions.add_parser("diff", help="what changed from one snapshot to another")
    diff.add_argument("older")
    diff.add_argument("newer")
    diff.set_defaults(run=run_snapshots_diff)
    rollback = actions.add_parser("rollback", help="serve an earlier snapshot again")
    rollback.add_argument("id")
    rollback.set_defaults(run=run_snapshots_rollback)
    for action in (show, diff, rollback, *actions.choices.values()):
        if not any(option.dest == "store" for option in action._actions):  # noqa: SLF001 - once an action
            action.add_argument("--store", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _snapshot(store: Path | None, snapshot_id: str) -> Snapshot:
    """A snapshot by id or by the start of its id; the built-in one without a store."""
    if store is not None:
        started = [known for known in snapshot_ids(store) if known.startswith(snapshot_id)]
        return read_snapshot(store, started[0] if len(started) == 1 else snapshot_id)
    builtin = open_snapshot(None)
    if not builtin.id.startswith(snapshot_id):
        raise StoreError(
            N_("There is no snapshot {found}; without a store there is only the built-in one, {known}."),
            found=snapshot_id,
            known=builtin.id,
        )
    return builtin


def run_snapshots_list(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print id, creation, origin and number of activities of each snapshot; the served one has a star.

    What can be read is listed, so that one can roll back to it, before what is broken is reported.
    """
    store = store_of(parsed, settings)
    known, faults = ([], []) if store is None else readable_snapshots(store)
    served = _served(store, faults)
    if served is not None and served not in known:
        known.append(served)
    for one in sorted(known, key=lambda one: (one.created, one.id)):
        star = "*" if one == served else " "
        print(f"{star} {one.id}  {one.created or '-'}  {one.origin}  {one.files['activities'].rows}")
    if faults:
        raise faults[0]
    return 0


def _served(store: Path | None, faults: list[StoreError]) -> Snapshot | None:
    try:
        return open_snapshot(store)
    except StoreError as fault:
        faults.append(fault)
        return None


def run_snapshots_show(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print a snapshot's manifest; exit 1 when a table no longer matches its hash."""
    one = _snapshot(store_of(parsed, settings), parsed.id)
    print(f"id       {one.id}\ncreated  {one.created or '-'}")
    print(f"origin   {one.origin}\nas of    {one.as_of or '-'}")
    for name, file in one.files.items():
        print(f"{name:<13}{file.rows:>9}  {file.sha256}")
    damaged = damaged_files(one)
    if damaged:
        raise StoreError(
            N_(
                "Snapshot {found} is damaged: {tables} no longer match the manifest; "
                "restore them from a backup."
            ),
            found=one.id,
            tables=", ".join(damaged),
        )
    return 0


def run_snapshots_diff(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print what was added (+), removed (-) and changed (~), one row a line."""
    store = store_of(parsed, settings)
    older, newer = _snapshot(store, parsed.older), _snapshot(store, parsed.newer)
    for change in diff_snapshots(older, newer):
        for sign, names in (("+", change.added), ("-", change.removed), ("~", change.changed)):
            for name in names:
                print(f"{sign} {change.table} {name}")
    return 0


def run_snapshots_rollback(parsed: argparse.Namespace, settings: Settings) -> int:
    """Serve an earlier snapshot again; running pages see it at their next change."""
    store = store_of(parsed, settings)
    if store is None:
        raise StoreError(
            N_(
                "The built-in portfolio is read-only and has one snapshot; "
                "name a store with --store or ESS_STORE."
            )
        )
    one = _snapshot(store, parsed.id)
    before = None
    with suppress(StoreError):  # a pointer that cannot be read is one to roll back from
        before = current_id(store)
    set_current(store, one.id)
    print(f"{before or '-'} -> {one.id}")
    return 0
