"""Rows of the atlas's own IATI export as they are met: cells as texts, packed away table by table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite

import pyarrow as pa

from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Line, Sheet
from ess.locales import N_
from ess.portfolio.schema import TABLES, Column, Table

UNKNOWN_TABLE = Kind(
    "unknown_table",
    "critical",
    N_("“{found}” is no table of a portfolio; the row was left out."),
    N_("a table of the atlas"),
)
UNKNOWN_CELL = Kind(
    "extra_column",
    "warning",
    N_("“{found}” is no column of this table; it was left out."),
    N_("a column of the atlas"),
)
SAYS_OTHERWISE = Kind(
    "element_says_otherwise",
    "warning",
    N_("The element says {found} where the atlas's own attribute says {said}; the element is kept."),
    N_("the same in both"),
)

_KEPT_BESIDE = N_("{found} cannot be read; what the atlas wrote beside it, if anything, is kept.")
BAD_STATUS = Kind("unknown_status", "error", _KEPT_BESIDE, N_("a code from 1 to 6"))
BAD_DAY = Kind("bad_date", "error", _KEPT_BESIDE, N_("a day written 2024-12-31"))
BAD_POINT = Kind(
    "bad_point",
    "error",
    _KEPT_BESIDE,
    N_("a latitude from -90 to 90 and a longitude from -180 to 180"),
)

BATCH = 5000
"""Rows of one table that wait before they are packed."""

Cells = dict[str, str]
"""One row: its cells by column, as written; a cell that is not stated is not there."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_PLACE = "_number"


class OwnRows:
    """The rows of one file.

    Parameters
    ----------
    report
        Where problems go, and rows that are left out before any table is made.

    Attributes
    ----------
    number
        The element below the root that is being read, from 1: the row of every problem in it.
    """

    def __init__(self, report: FileReport) -> None:
        self.report = report
        self.number = 0
        self._waiting: dict[str, list[tuple[int, Cells]]] = {name: [] for name in TABLES}
        self._packed: dict[str, list[pa.RecordBatch]] = {name: [] for name in TABLES}
        self._unknown: set[tuple[str, str]] = set()

    def keep(self, table: str, cells: Cells) -> None:
        """Keep a row; what is no column of its table is noted once."""
        for name in cells:
            if name not in _COLUMNS[table] and (table, name) not in self._unknown:
                self._unknown.add((table, name))
                self.note(UNKNOWN_CELL, table, name, name)
        waiting = self._waiting[table]
        waiting.append((self.number, cells))
        if len(waiting) >= BATCH:
            self._pack(table)

    def keep_written(self, written: Cells) -> None:
        """Keep a row that names its table itself."""
        table = written.pop("table", "")
        if table in TABLES:
            self.keep(table, written)
        else:
            self.reject(UNKNOWN_TABLE, table, written, "table", table)

    def note(self, kind: Kind, table: str, column: str, found: object = "", **facts: object) -> None:
        """Note a problem of the element that is being read."""
        self.report.add(kind, self.number, f"{table}!{column}", found, **facts)

    def reject(self, kind: Kind, table: str, cells: Cells, column: str, found: object = "") -> None:
        """Leave a row out, with its cells as written."""
        self.report.read += 1
        self.report.reject(kind, self.number, cells, f"{table}!{column}", found)

    def settle(self, table: str, cells: Cells, column: str, stated: str) -> None:
        """Take what an element of the standard states, and note where an attribute says otherwise."""
        said = cells.get(column)
        if said is not None and said != stated:
            self.note(SAYS_OTHERWISE, table, column, stated, said=said)
        cells[column] = stated

    def count(self, table: str) -> int:
        """Rows of a table that are kept so far."""
        return sum(batch.num_rows for batch in self._batches(table))

    def texts(self, table: str) -> Iterator[Mapping[str, Sequence[str | None]]]:
        """The columns of a table's rows as written, some rows at a time."""
        for batch in self._batches(table):
            yield {name: batch.column(name).to_pylist() for name in _COLUMNS[table]}

    def numbers(self, table: str) -> list[int]:
        """Where each row of a table stands in its file."""
        return [number for batch in self._batches(table) for number in batch.column(_PLACE).to_pylist()]

    def sheet(self, table: Table) -> Sheet:
        """The rows of a table as a sheet of the template, under technical names."""

        def lines() -> Iterator[Line]:
            for batch in self._batches(table.name):
                columns = [
                    [typed(column, cell) for cell in batch.column(column.name).to_pylist()]
                    for column in table.columns
                ]
                yield from zip(batch.column(_PLACE).to_pylist(), zip(*columns, strict=True), strict=True)

        return Sheet(table.name, table.column_names, lines)

    def _batches(self, table: str) -> list[pa.RecordBatch]:
        self._pack(table)
        return self._packed[table]

    def _pack(self, table: str) -> None:
        waiting = self._waiting[table]
        if not waiting:
            return
        columns = {
            name: pa.array([cells.get(name) for _, cells in waiting], pa.string()) for name in _COLUMNS[table]
        }
        numbers = pa.array([number for number, _ in waiting], pa.int64())
        self._packed[table].append(pa.RecordBatch.from_pydict({**columns, _PLACE: numbers}))
        waiting.clear()


_COLUMNS = {table.name: table.column_names for table in TABLES.values()}


def typed(column: Column, cell: str | None) -> Cell:
    """A number as a number, so that no other cell of its column decides what its point means."""
    number = number_of(cell) if cell is not None and column.type == "number" else None
    return cell if number is None else number


def number_of(text: str) -> float | None:
    """The number that a text writes as XML does; None for any other text."""
    number = float(text) if _NUMBER.fullmatch(text.strip()) else inf
    return number if isfinite(number) else None
