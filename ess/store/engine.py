"""The engine that runs Ibis expressions over one snapshot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from ess.errors import SettingsError, StoreError
from ess.locales import N_
from ess.portfolio.schema import TABLES, arrow_schema
from ess.store.snapshots import Snapshot, damaged_files

Row: TypeAlias = dict[str, Any]
Answer = TypeVar("Answer")

#: What reading a damaged Parquet file raises; the class depends on where the damage is.
_DAMAGE = (duckdb.Error, pa.ArrowException, OSError, UnicodeDecodeError)


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
        self._kept: dict[str, ir.Table] = {}
        self._connection = ibis.duckdb.connect()
        if damaged_files(snapshot):  # a changed byte may well be readable, and another number
            raise self._unreadable()
        try:
            self._tables = {name: self._open(name) for name in TABLES}
        except _DAMAGE as error:
            raise self._unreadable() from error

    def _open(self, name: str) -> ir.Table:
        path = self.snapshot.table_path(name)
        if not pq.read_schema(path).equals(arrow_schema(TABLES[name])):
            raise self._unreadable()
        return self._connection.read_parquet(path, table_name=name)

    def _unreadable(self) -> StoreError:
        return StoreError(
            N_("Snapshot {found} cannot be read; restore its folder from a backup or roll back to another."),
            found=self.snapshot.id,
        )

    def table(self, name: str) -> ir.Table:
        """One table of the portfolio as an Ibis expression."""
        return self._tables[name]

    def kept(self, name: str, build: Callable[[], ir.Table]) -> ir.Table:
        """What `build` gives, worked out once for this snapshot and then only read, under `name`.

        For what many questions share and no selection changes.

        Raises
        ------
        StoreError
            As `rows` does.
        """
        with self._lock:
            if name not in self._kept:
                self._kept[name] = self._run(lambda: build().cache())
            return self._kept[name]

    def rows(self, expression: ir.Table) -> list[Row]:
        """Run `expression`; one dict a row, missing values as None.

        Raises
        ------
        StoreError
            When a page of the snapshot's files is damaged; what else goes wrong is a fault of this program.
        """
        with self._lock:
            self.queries += 1
            rows: list[Row] = self._run(lambda: expression.to_pyarrow().to_pylist())
        return rows

    def _run(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except _DAMAGE as error:
            if damaged_files(self.snapshot):
                raise self._unreadable() from error
            raise


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
