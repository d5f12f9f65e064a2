"""Tables of a portfolio written to Parquet row by row, in pieces, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from ess.portfolio.schema import TABLES, Table, arrow_schema

ROWS_A_PIECE = 50_000


class TableWriter:
    """One table on its way to ``<folder>/<table>.parquet``."""

    def __init__(self, table: Table, folder: Path) -> None:
        self.schema = arrow_schema(table)
        self.rows = 0
        self._path = folder / f"{table.name}.parquet"
        self._waiting: list[dict[str, Any]] = []
        self._file: pq.ParquetWriter | None = None

    def add(self, **cells: Any) -> None:
        """One row; columns that are not named are empty."""
        self._waiting.append(cells)
        if len(self._waiting) >= ROWS_A_PIECE:
            self.flush()

    def add_table(self, rows: pa.Table) -> None:
        """Whole rows of the table's schema."""
        self.flush()
        self._write(rows)

    def flush(self) -> None:
        """Write what waits."""
        if not self._waiting:
            return
        rows, self._waiting = self._waiting, []
        used = set().union(*rows)
        arrays = [
            pa.array([row.get(field.name) for row in rows], field.type)
            if field.name in used
            else pa.nulls(len(rows), field.type)
            for field in self.schema
        ]
        # Null in a required column is not refused here; a portfolio's checks report it.
        self._write(pa.Table.from_arrays(arrays, schema=self.schema))

    def _write(self, rows: pa.Table) -> None:
        if self._file is None:
            self._file = pq.ParquetWriter(self._path, self.schema)
        self._file.write_table(rows)
        self.rows += rows.num_rows

    def close(self) -> None:
        """Write the rest and finish the file; a table without rows has a file too."""
        self.flush()
        if self._file is None:
            self._file = pq.ParquetWriter(self._path, self.schema)
        self._file.close()


class TableWriters:
    """A writer for every table of a portfolio, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writers: Mapping[str, TableWriter] = {
            name: TableWriter(table, folder) for name, table in TABLES.items()
        }

    def __getitem__(self, name: str) -> TableWriter:
        return self._writers[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            for writer in self._writers.values():
                writer.close()
