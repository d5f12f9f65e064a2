"""The engine that runs Ibis expressions over one snapshot."""

from __future__ import annotations

import itertools
import re
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from ess.errors import SettingsError, StoreError
from ess.locales import N_
from ess.portfolio.schema import TABLES, arrow_schema
from ess.store.snapshots import Snapshot, damaged_files, file_digest

Row: TypeAlias = dict[str, Any]
Answer = TypeVar("Answer")
Codes: TypeAlias = Mapping[str, Sequence[str]]
Page: TypeAlias = tuple[int, int | None]
"""How many rows to pass over, and how many to give at most (None: all the rest)."""

#: What reading a damaged Parquet file raises; the class depends on where the damage is.
_DAMAGE = (duckdb.Error, pa.ArrowException, OSError, UnicodeDecodeError)
#: Selections whose rows are held at the same time; at a million activities each takes some megabytes.
_MOST_HELD = 24
_HELD = "atlas_held"
_UNFIT = re.compile(r"\W")
_BLANK = re.compile(rf"'@(\w+)@'|{_HELD}")


@dataclass(frozen=True)
class _Written:
    """A question as the engine's own text, the columns that it gives, and what it reads of the kept."""

    text: str
    schema: ibis.Schema
    reads: tuple[str, ...]


#: The column by which something kept is looked up, by its name; the same over every snapshot.
_INDEXED: dict[str, str] = {}

#: Questions written so far, by class of engine: writing one takes longer than a small portfolio's answer.
_WRITTEN: dict[Hashable, _Written] = {}
_WRITTEN_KEPT: dict[Hashable, _Written] = {}
_MOST_WRITTEN = 4096


def _bounds(offset: int, limit: int | None) -> str:
    return f"OFFSET {int(offset)}" if limit is None else f"LIMIT {int(limit)} OFFSET {int(offset)}"


class Held:
    """Rows worked out for one visitor's choice; they stay as long as this object does.

    Attributes
    ----------
    table
        The name of the table that holds them; None where every row is chosen, and nothing needs to be held.
    """

    def __init__(self, table: str | None) -> None:
        self.table = table
        self._remembered: dict[Hashable, Any] = {}

    def remember(self, question: Hashable, work: Callable[[], Answer]) -> Answer:
        """What `work` tells about these rows, asked once; two who ask at the same moment may both work."""
        if question not in self._remembered:
            self._remembered[question] = work()
        found: Answer = self._remembered[question]
        return found


def blank(name: str) -> list[str]:
    """Where the codes `name` of a question go: for ``isin``, so that one text serves whichever codes."""
    return [f"@{name}@"]


def blank_text(name: str) -> ir.StringScalar:
    """Where the one text `name` of a question goes."""
    return ibis.literal(f"@{name}@")


def blank_number(name: str) -> ir.IntegerScalar:
    """Where the one whole number `name` of a question goes."""
    return ibis.literal(f"@{name}@").cast("int32")


def blank_numbers(name: str) -> ir.Table:
    """Where the whole numbers `name` of a question go, as one text with commas: one column, ``n``."""
    listed = ibis.literal(f"@{name}@").split(",").unnest().name("n").as_table()
    return listed.select(n=listed.n.cast("int32"))


def held_rows() -> ir.Table:
    """Where the rows of a `Held` go: one column, ``n``."""
    return ibis.table({"n": "int32"}, name=_HELD)


class Engine:
    """A snapshot's tables as Ibis expressions, and the way to run a question over them.

    Safe to share between threads: Ibis writes under a lock, and every question runs on a DuckDB cursor of
    its own. Another engine brings its own way to open a table, to write an expression (`_write`), to run what
    is written (`_fetch`, `_arrow`), to keep its rows as a table and to drop that (`_store`, `_drop`).

    Parameters
    ----------
    snapshot
        What to query.

    Attributes
    ----------
    queries
        Questions run so far; what is built once for the snapshot is not among them.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.queries = 0
        self._lock = threading.RLock()
        self._kept: dict[str, ir.Table] = {}
        self._remembered: dict[Hashable, Any] = {}
        self._held: OrderedDict[Hashable, Held] = OrderedDict()
        self._let_go: deque[str] = deque()
        self._reading: list[list[str]] = []  # what is kept of those being written, the innermost last
        self._numbers = itertools.count(1)
        self._connect()
        if _damaged(snapshot):  # a changed byte may well be readable, and another number
            raise self._unreadable()
        try:
            self._tables = {name: self._open(name) for name in TABLES}
        except _DAMAGE as error:
            raise self._unreadable() from error

    def _connect(self) -> None:
        self._connection = ibis.duckdb.connect()
        self._cursors: deque[duckdb.DuckDBPyConnection] = deque()

    def _open(self, name: str) -> ir.Table:
        path = self.snapshot.table_path(name)
        if not pq.read_schema(path).equals(arrow_schema(TABLES[name])):
            raise self._unreadable()
        # not Ibis's own way, which makes a view that no other cursor sees
        self._execute(f'CREATE VIEW "{name}" AS FROM read_parquet({self._quoted(str(path))})')
        return self._connection.table(name)

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

        For what many questions share and no selection changes. A name stands for the same expression over
        every snapshot: it is written once.

        Raises
        ------
        StoreError
            As `rows` does.
        """
        if name not in self._kept:
            with self._lock:
                if name not in self._kept:
                    asked = (type(self), name)
                    if asked not in _WRITTEN_KEPT:
                        _WRITTEN_KEPT[asked] = self._written(build)
                    self._keep(name, _WRITTEN_KEPT[asked])
        if self._reading:
            with self._lock:  # now it is this thread that is writing, or nobody
                if self._reading:
                    self._reading[-1].append(name)
        return self._kept[name]

    def indexed(self, name: str, column: str) -> ir.Table:
        """One table of the portfolio, kept so that rows are quickly found by `column`.

        A few hundred rows of a million are read in a tenth of the time that decoding whole columns of a file
        takes; the price is the table in memory.

        Raises
        ------
        StoreError
            As `rows` does.
        """
        _INDEXED[f"{name} by {column}"] = column
        return self.kept(f"{name} by {column}", lambda: self.table(name))

    def _keep(self, name: str, written: _Written) -> None:
        self._keep_all(written.reads)
        table = f"kept_{_UNFIT.sub('_', name)}"
        self._run(lambda: self._store(table, written.text))
        if name in _INDEXED:
            self._run(lambda: self._index(table, _INDEXED[name]))
        self._kept[name] = ibis.table(written.schema, name=table)

    def _keep_all(self, names: Iterable[str]) -> None:
        """Keep what a question reads that was written for another snapshot."""
        for name in names:
            if name not in self._kept:
                with self._lock:
                    if name not in self._kept:
                        self._keep(name, _WRITTEN_KEPT[type(self), name])

    def remember(self, name: Hashable, work: Callable[[], Answer]) -> Answer:
        """What `work` gives, worked out once for this snapshot: small things that no selection changes."""
        if name not in self._remembered:
            with self._lock:
                if name not in self._remembered:
                    self._remembered[name] = work()
        found: Answer = self._remembered[name]
        return found

    def rows(self, expression: ir.Table) -> list[Row]:
        """Run `expression`; one dict a row, missing values as None.

        Raises
        ------
        StoreError
            When a page of the snapshot's files is damaged; what else goes wrong is a fault of this program.
        """
        with self._lock:  # Ibis is not made for several threads
            text = self._write(expression)
        return self._answer(text)

    def columns(self, expression: ir.Table) -> pa.Table:
        """Run `expression`; its columns, for answers of many rows. Raises as `rows` does."""
        with self._lock:
            text = self._write(expression)
        self.queries += 1
        return self._run(lambda: self._arrow(text))

    def ask(
        self,
        question: Hashable,
        build: Callable[[], ir.Table],
        codes: Codes | None = None,
        held: Held | None = None,
        page: Page | None = None,
    ) -> list[Row]:
        """Run the expression that `build` gives, written once for every time that `question` is asked.

        Writing an expression takes longer than a small portfolio takes to answer it. What differs from one
        time to the next are `codes` and the rows of `held`: the expression has `blank`, `blank_text`,
        `blank_number` and `held_rows` in their places. Of an expression that is ordered at its very end, a
        `page` can be asked for: how many rows to pass over, and how many to give at most.

        Raises
        ------
        StoreError
            As `rows` does.
        """
        written = self._written_once(question, build)
        text = self._filled(written.text, codes or {}, held)
        return self._answer(text if page is None else f"{text}\n{_bounds(*page)}")

    def hold(self, choice: Hashable, question: Hashable, build: Callable[[], ir.Table], codes: Codes) -> Held:
        """The rows of a question (one column, ``n``), run once while `choice` is among the last held.

        Raises
        ------
        StoreError
            As `rows` does.
        """
        with self._lock:
            if choice in self._held:
                self._held.move_to_end(choice)
                return self._held[choice]
        text = self._filled(self._written_once(question, build).text, codes, None)
        name = f"held_{next(self._numbers)}"
        self._run(lambda: self._store(name, text))
        self.queries += 1
        found = Held(name)
        # Dropped by whoever holds something next: an object may come to its end in the midst of anything.
        weakref.finalize(found, self._let_go.append, name).atexit = False
        return self._held_among_the_last(choice, found)

    def _held_among_the_last(self, choice: Hashable, found: Held) -> Held:
        with self._lock:
            kept = self._held.setdefault(choice, found)
            while len(self._held) > _MOST_HELD:
                self._held.popitem(last=False)
        while self._let_go:
            self._drop(self._let_go.popleft())
        return kept

    def _written_once(self, question: Hashable, build: Callable[[], ir.Table]) -> _Written:
        """The expression that `build` gives, written: once for all engines of this class.

        Each gives its tables, and what it keeps, the same names.
        """
        asked = (type(self), question)
        found = _WRITTEN.get(asked)
        if found is None:
            with self._lock:
                found = self._written(build)
            if len(_WRITTEN) >= _MOST_WRITTEN:
                _WRITTEN.clear()
            _WRITTEN[asked] = found
        self._keep_all(found.reads)
        return found

    def _written(self, build: Callable[[], ir.Table]) -> _Written:
        """What `build` gives, written; under the lock, for Ibis is not made for several threads."""
        self._reading.append([])
        try:
            built = build()
        finally:
            reads = self._reading.pop()
        return _Written(self._write(built), built.schema(), tuple(dict.fromkeys(reads)))

    def _filled(self, text: str, codes: Codes, held: Held | None) -> str:
        """A written question with its blanks filled; what fills one is not looked at for blanks again."""

        def fill(found: re.Match[str]) -> str:
            if found[1] is None:
                if held is None or held.table is None:
                    raise KeyError(_HELD)
                return held.table
            return ", ".join(map(self._quoted, codes[found[1]])) or "NULL"

        return _BLANK.sub(fill, text)

    def _answer(self, text: str) -> list[Row]:
        self.queries += 1
        return self._run(lambda: self._fetch(text))

    def _quoted(self, code: str) -> str:
        return "'" + code.replace("'", "''") + "'"

    def _write(self, expression: ir.Table) -> str:
        text: str = self._connection.compile(expression)
        return text

    def _fetch(self, text: str) -> list[Row]:
        cursor = self._cursor()
        try:
            names = [column[0] for column in cursor.execute(text).description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            self._cursors.append(cursor)

    def _arrow(self, text: str) -> pa.Table:
        cursor = self._cursor()
        try:
            return cursor.sql(text).to_arrow_table()
        finally:
            self._cursors.append(cursor)

    def _store(self, table: str, text: str) -> None:
        self._execute(f'CREATE TABLE "{table}" AS {text}')

    def _index(self, table: str, column: str) -> None:
        self._execute(f'CREATE INDEX "by_{table}" ON "{table}" ("{column}")')

    def _drop(self, table: str) -> None:
        self._execute(f'DROP TABLE "{table}"')

    def _execute(self, text: str) -> None:
        cursor = self._cursor()
        try:
            cursor.execute(text)
        finally:
            self._cursors.append(cursor)

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor that no other thread has; there are as many as questions were ever run at once."""
        try:
            return self._cursors.pop()
        except IndexError:
            with self._lock:
                opened: duckdb.DuckDBPyConnection = self._connection.con.cursor()
                return opened

    def _run(self, question: Callable[[], Answer]) -> Answer:
        try:
            return question()
        except _DAMAGE as error:
            if damaged_files(self.snapshot):
                raise self._unreadable() from error
            raise


def _damaged(snapshot: Snapshot) -> bool:
    """Whether the bytes of any table no longer match the manifest; several files are read at once."""
    with ThreadPoolExecutor() as readers:
        return not all(readers.map(lambda name: _is_whole(snapshot, name), snapshot.files))


def _is_whole(snapshot: Snapshot, name: str) -> bool:
    path = snapshot.table_path(name)
    return path.is_file() and file_digest(path) == snapshot.files[name].sha256


def open_engine(snapshot: Snapshot, engine: str = "duckdb") -> Engine:
    """An engine over `snapshot`.

    Raises
    ------
    SettingsError
        When `engine` names something that does not exist here, or a cluster that cannot be asked.
    StoreError
        When the snapshot's files cannot be read.
    """
    if engine == "duckdb":
        return Engine(snapshot)
    if engine.startswith("spark://"):
        from ess.store.spark import SparkEngine  # pyspark is optional

        return SparkEngine(snapshot, engine)
    raise SettingsError(N_("ESS_ENGINE is {found}; expected duckdb or spark://host:port."), found=engine)
