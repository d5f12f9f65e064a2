"""The engine that runs Ibis expressions over one snapshot."""

from __future__ import annotations

import threading
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir

from ess.errors import SettingsError, StoreError
from ess.locales import N_
from ess.portfolio.schema import TABLES
from ess.store.snapshots import Snapshot

Row: TypeAlias = dict[str, Any]


class Engine:
    """A snapshot's tables as Ibis expressions, and the way to run a question over them.

    Safe to share between threads: one connection behind a lock, because neither Ibis nor a DuckDB
    connection may be used by two threads at once.

    Parameters
    ----------
    snapshot
        What to query.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.queries = 0
        self._lock = threading.Lock()
        self._connection = ibis.duckdb.connect()
        try:
            self._tables = {
                name: self._connection.read_parquet(snapshot.table_path(name), table_name=name)
                for name in TABLES
            }
        except Exception as error:  # DuckDB's own classes vary with the kind of damage
            raise StoreError(
                N_(
                    "Snapshot {found} cannot be read; restore its folder from a backup or roll back to another."
                ),
                found=snapshot.id,
            ) from error

    def table(self, name: str) -> ir.Table:
        """One table of the portfolio as an Ibis expression."""
        return self._tables[name]

    def rows(self, expression: ir.Table) -> list[Row]:
        """Run `expression`; one dict a row, missing values as None."""
        with self._lock:
            self.queries += 1
            rows: list[Row] = expression.to_pyarrow().to_pylist()
        return rows


def open_engine(snapshot: Snapshot, engine: str = "duckdb") -> Engine:
    """An engine over `snapshot`.

    Raises
    ------
    SettingsError
        When `engine` names something that does not exist here.
    StoreError
        When the snapshot's files cannot be read.
    """
    if engine != "duckdb":
        raise SettingsError(
            N_("ESS_ENGINE is {found}; expected duckdb, the engine in this installation."), found=engine
        )
    return Engine(snapshot)
