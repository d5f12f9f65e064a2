"""Two snapshots side by side: which rows differ, and what they say, a page at a time."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.schema import TABLES
from ess.store.differing import (
    ADDED,
    AMONG,
    KINDS,
    NOTHING,
    REMOVED,
    SIDES,
    TOLD,
    differing,
    names_of,
    rows_of,
    with_text,
)
from ess.store.engine import Row
from ess.store.snapshots import Snapshot, damaged_files

Answer = TypeVar("Answer")

_MEMORY = "1GB"
"""What a comparison may hold at once; what does not fit goes to its scratch folder."""
_MOST_CHOSEN = 16
_AT_ONCE = 20_000
"""Changes whose rows are read together when all of them are."""


@dataclass(frozen=True)
class Wanted:
    """Which changes; an empty part leaves that filter open.

    Attributes
    ----------
    table, kind
        One of `TOLD`, one of `KINDS`.
    text
        Stands in a text of the row, before or after, or in a title of its activity; case and accents do not
        matter.
    """

    table: str = ""
    kind: str = ""
    text: str = ""


@dataclass(frozen=True)
class Change:
    """One row that one of the snapshots lacks or has otherwise.

    Attributes
    ----------
    activity
        Id of the activity that it belongs to, as the newer snapshot says where it has the row; None for what
        is of no one activity.
    before, after
        The row in the older and in the newer snapshot; None where that has none.
    """

    table: str
    kind: str
    activity: str | None
    before: Row | None
    after: Row | None


@dataclass(frozen=True)
class Among:
    """Ids of the activities, and of the results without an activity, that a selection lets through.

    Attributes
    ----------
    activities, results
        Arrow arrays of text; an id may occur twice.
    """

    activities: pa.Array
    results: pa.Array


@dataclass(frozen=True)
class Chosen:
    """Some of the changes, in order: by activity, what is of no one activity last.

    Attributes
    ----------
    numbers
        Their numbers in the comparison.
    tallies
        How many there are by table and kind.
    activities
        How many activities have one of them at least.
    """

    numbers: pa.Array
    tallies: Mapping[tuple[str, str], int]
    activities: int

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.numbers)


class Comparison:
    """What is different in `newer` from `older`, row by row.

    Tables of the same bytes are not read at all. Of the others each row is first a digest of its cells (an
    empty text is a missing one); only rows whose digests differ are read. A row is named by its ``id``; one
    of a table without ids (participants, tags) by its whole content, so it can only be added or removed.
    Safe to share between threads.

    Raises
    ------
    StoreError
        When a table of either cannot be read.
    """

    def __init__(self, older: Snapshot, newer: Snapshot) -> None:
        self.older, self.newer = older, newer
        self._lock = threading.Lock()
        self._chosen: OrderedDict[Hashable, Chosen] = OrderedDict()
        # DuckDB makes the folder when it first needs it, and only then
        scratch = Path(tempfile.gettempdir(), f"atlas-comparison-{secrets.token_hex(8)}")
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        self._connection = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                "temp_directory": str(scratch),
                "preserve_insertion_order": False,
            }
        )
        self.tables = tuple(name for name in TOLD if _differs(older, newer, name))
        self._run(self._compare)

    def choose(self, wanted: Wanted, among: Among | None = None, among_key: Hashable = None) -> Chosen:
        """The changes that are `wanted`; the last few answers are kept.

        Parameters
        ----------
        wanted
            Table, kind and text.
        among
            What a selection lets through, in either snapshot; None for every row. Rows that belong to no
            activity and are no results answer no selection: with one, they are left out.
        among_key
            What `among` was made from: the same key stands for the same ids.

        Raises
        ------
        StoreError
            As the class does.
        """
        key = (wanted, among_key)
        with self._lock:
            if key in self._chosen:
                self._chosen.move_to_end(key)
                return self._chosen[key]
        found = self._run(lambda: self._choose(wanted, among))
        with self._lock:
            self._chosen[key] = found
            while len(self._chosen) > _MOST_CHOSEN:
                self._chosen.popitem(last=False)
        return found

    def read(self, chosen: Chosen, first: int = 0, most: int | None = None) -> Iterator[Change]:
        """`most` of the chosen changes from number `first` on, with their rows; all of them when it is None.

        Few are held at once, however many are read.

        Raises
        ------
        StoreError
            As the class does.
        """
        numbers = chosen.numbers.slice(first, most)
        for start in range(0, len(numbers), _AT_ONCE):
            piece = numbers.slice(start, _AT_ONCE).to_pylist()
            yield from self._run(lambda asked=piece: self._read(asked))  # type: ignore[misc]

    def activities(self, ids: Sequence[str]) -> dict[str, Row]:
        """Rows of activities by id, as the newer snapshot has them, else as the older had them.

        Raises
        ------
        StoreError
            As the class does.
        """
        ids = list(dict.fromkeys(ids))
        found: dict[str, Row] = {}
        for side in SIDES if ids else ():
            question = f"SELECT x FROM {side}_activities x WHERE x.id IN (SELECT unnest(?::VARCHAR[]))"  # noqa: S608 - our own names
            rows = self._run(lambda text=question: self._connection.cursor().execute(text, [ids]).fetchall())  # type: ignore[misc]
            found |= {row["id"]: row for (row,) in rows}
        return found

    def names(self, table: str) -> Iterator[tuple[str, str]]:
        """Kind and name of every change of a table; a row without an id is named by its cells, in order.

        Raises
        ------
        StoreError
            As the class does.
        """
        if table in self.tables:
            cursor = self._connection.cursor()
            self._run(lambda: cursor.execute(names_of(table)))
            while piece := self._run(lambda: cursor.fetchmany(_AT_ONCE)):
                yield from piece

    def _run(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except (duckdb.Error, OSError, UnicodeDecodeError) as error:
            for snapshot in (self.newer, self.older):
                if damaged_files(snapshot):
                    raise unreadable(snapshot) from error
            raise

    def _compare(self) -> None:
        cursor = self._connection.cursor()
        for side, snapshot in (("older", self.older), ("newer", self.newer)):
            for name in {*self.tables, "activities"}:
                path = str(snapshot.table_path(name)).replace("'", "''")
                cursor.execute(f"CREATE VIEW {side}_{name} AS FROM read_parquet('{path}')")
        parts = " UNION ALL ".join(map(differing, self.tables)) or NOTHING
        cursor.execute(
            "CREATE TABLE changes AS SELECT (row_number() OVER (ORDER BY activity IS NULL, activity, place, "  # noqa: S608 - our own names
            f"kind, name) - 1)::INTEGER AS n, * FROM ({parts})"
        )

    def _choose(self, wanted: Wanted, among: Among | None) -> Chosen:
        cursor = self._connection.cursor()
        tests, values = ["TRUE"], []
        if wanted.table in TOLD:
            tests.append(f"place = {TOLD.index(wanted.table)}")
        if wanted.kind in KINDS:
            tests.append(f"kind = '{wanted.kind}'")
        if among is not None:
            cursor.register("let_through", pa.table({"id": among.activities}))
            cursor.register("let_through_results", pa.table({"id": among.results}))
            tests.append(AMONG)
        if wanted.text and self.tables:
            tests.append(f"n IN ({with_text(self.tables)})")
            values.append(wanted.text)
        question = f"SELECT n, place, kind, activity FROM changes WHERE {' AND '.join(tests)} ORDER BY n"  # noqa: S608 - our own names
        return _tallied(cursor.sql(question, params=values).to_arrow_table())

    def _read(self, numbers: list[int]) -> list[Change]:
        cursor = self._connection.cursor()
        asked = "SELECT DISTINCT place FROM changes WHERE n IN (SELECT unnest(?::INTEGER[]))"
        found: dict[int, Change] = {}
        for (place,) in cursor.execute(asked, [numbers]).fetchall():
            name = TOLD[place]
            for number, kind, activity, before, after in cursor.execute(rows_of(name), [numbers]).fetchall():
                rows = (_row(name, before), _row(name, after))
                found[number] = Change(
                    name,
                    kind,
                    activity,
                    None if kind == ADDED else rows[0],
                    None if kind == REMOVED else rows[1],
                )
        return [found[number] for number in numbers]


def unreadable(snapshot: Snapshot) -> StoreError:
    """The snapshot cannot be read."""
    return StoreError(
        N_("Snapshot {found} cannot be read; restore its folder from a backup or roll back to another."),
        found=snapshot.id,
    )


def _differs(older: Snapshot, newer: Snapshot, name: str) -> bool:
    return older.files[name].sha256 != newer.files[name].sha256


def _tallied(rows: pa.Table) -> Chosen:
    counted = rows.group_by(["place", "kind"]).aggregate([([], "count_all")]).to_pylist()
    tallies = {(TOLD[row["place"]], row["kind"]): row["count_all"] for row in counted}
    named = rows["activity"].drop_null()
    return Chosen(rows["n"].combine_chunks(), tallies, len(named.unique()))


def _row(name: str, cells: Mapping[str, Any] | None) -> Row | None:
    return None if cells is None else {column: cells[column] for column in TABLES[name].column_names}
