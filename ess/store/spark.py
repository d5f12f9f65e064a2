"""The engine that runs the same Ibis expressions on a Spark cluster."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.sql.compilers.base import NULL
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from sqlglot import ErrorLevel

from ess.errors import StoreError
from ess.locales import N_
from ess.portfolio.schema import TABLES, arrow_schema
from ess.store.cluster import Cluster, cluster_at, require_spark
from ess.store.engine import Answer, Engine, Row
from ess.store.snapshots import Snapshot, damaged_files

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: How a view comes about in a session.
Define = Callable[["SparkSession"], "DataFrame"]

#: Seconds until what is worked out once for many questions must be there.
_WORKING = 1800.0
#: The class of errors that Spark gives a file which a worker cannot read.
_UNREAD = "FAILED_READ_FILE"


class _Compiler(PySparkCompiler):  # type: ignore[misc]
    """Ibis's own, and what it leaves out; a collection of nothing is missing, as DuckDB has it, not empty."""

    __slots__ = ()
    SIMPLE_OPS: ClassVar[dict[type[ops.Node], str]] = {ops.BitOr: "bit_or"}

    def visit_ArrayCollect(self, op: Any, **parts: Any) -> Any:  # noqa: N802 - Ibis names it
        collected = super().visit_ArrayCollect(op, **parts)
        return self.if_(self.f.size(collected).eq(0), NULL, collected)


_COMPILER = _Compiler()


class _Views:
    """The views of one engine in a session of its own, all made anew when the application began anew."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._lock = threading.Lock()
        self._defined: dict[str, Define] = {}
        self._made: set[str] = set()
        self._cached: dict[str, DataFrame] = {}
        self._gone: list[str] = []
        self._shared: SparkSession | None = None
        self._own: SparkSession | None = None

    def define(self, name: str, define: Define) -> None:
        """The view `name` from the next question on."""
        with self._lock:
            self._defined[name] = define

    def keep(self, name: str, text: str) -> None:
        """The rows of a question as the view `name`, worked out with the next question."""
        self.define(name, lambda session: self._cache(name, session.sql(text)))

    def forget(self, name: str) -> None:
        """No such view any more; what is kept of it is given back with the next question."""
        with self._lock:
            del self._defined[name]
            self._gone.append(name)

    def session(self, shared: SparkSession) -> SparkSession:
        """The engine's own session beside `shared`, with all its views."""
        with self._lock:
            if self._own is None or self._shared is not shared:
                self._shared, self._own = shared, shared.newSession()
                self._made, self._cached = set(), {}
            for name in [name for name in self._defined if name not in self._made]:
                self._defined[name](self._own).createOrReplaceTempView(name)
                self._made.add(name)
            while self._gone:
                self._drop(self._own, self._gone.pop())
            return self._own

    def _cache(self, name: str, rows: DataFrame) -> DataFrame:
        """`rows` in the workers' memory; when a worker is lost, its part is worked out again.

        Spark plans, describes and remembers a question over what is cached as if it were not: over what was
        kept of what was kept, that takes seconds and hundreds of megabytes. So what is cached has forgotten
        how it came about. It is worked out at once: then Spark knows how small it is, and joins accordingly.
        """
        from pyspark.sql import DataFrame

        within, told = rows.sparkSession._jsparkSession, rows._jdf  # noqa: SLF001 - pyspark has no word for these
        bare = within.internalCreateDataFrame(told.queryExecution().toRdd(), told.schema(), False)
        self._cached[name] = DataFrame(bare, rows.sparkSession).cache()
        self._cached[name].count()
        return self._cached[name]

    def _drop(self, session: SparkSession, name: str) -> None:
        if name in self._made:
            self._made.remove(name)
            session.catalog.dropTempView(name)
            self._cached.pop(name).unpersist()

    def release(self) -> None:
        """Give back what the workers keep."""
        if self.cluster.is_running:
            for rows in self._cached.values():
                rows.unpersist()


class SparkEngine(Engine):
    """A snapshot's tables on a Spark cluster.

    Workers read the snapshot's own Parquet files, at the same path; the built-in portfolio, which lies in a
    scratch folder of this process, is sent along. Safe to share between threads.

    Parameters
    ----------
    snapshot
        What to query.
    master
        ``spark://host:port``.

    Raises
    ------
    SettingsError
        When pyspark, Java or the master is not there.
    StoreError
        When the files cannot be read, here or by the workers.
    """

    def __init__(self, snapshot: Snapshot, master: str) -> None:
        self._views = _Views(cluster_at(master))
        super().__init__(snapshot)
        weakref.finalize(self, self._views.release).atexit = False
        self.rows(self.table("sources").limit(1))  # workers that cannot read the files are found out now

    def _connect(self) -> None:
        """Let Ibis know of Spark; the application on the cluster starts with the first question."""
        require_spark(self._views.cluster.master)
        from ibis.backends.pyspark import Backend

        Backend.register_options()

    def _open(self, name: str) -> ir.Table:
        path, schema = self.snapshot.table_path(name), arrow_schema(TABLES[name])
        if not pq.read_schema(path).equals(schema):
            raise self._unreadable()
        define = _sent if self.snapshot.is_builtin else _read
        self._views.define(name, partial(define, str(path.resolve()), schema))
        columns = {field.name: field.with_nullable(True).type for field in schema}  # as DuckDB sees them
        return ibis.table(ibis.schema(pa.schema(columns.items())), name=name)

    def _write(self, expression: ir.Table) -> str:
        query = _COMPILER.to_sqlglot(expression)
        text: str = query.sql(dialect=_COMPILER.dialect, copy=False, unsupported_level=ErrorLevel.RAISE)
        return text

    def _quoted(self, code: str) -> str:
        return "'" + code.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def _fetch(self, text: str) -> list[Row]:
        rows: list[Row] = self._arrow(text).to_pylist()
        return rows

    def _arrow(self, text: str) -> pa.Table:
        cluster = self._views.cluster
        own = cluster.ask(self._views.session, _WORKING)
        return cluster.ask(lambda _: own.sql(text).toArrow())

    def _store(self, table: str, text: str) -> None:
        self._views.keep(table, text)

    def _drop(self, table: str) -> None:
        self._views.forget(table)

    def _index(self, table: str, column: str) -> None:
        """None: Spark has no indexes, and reads what it keeps in parts at once."""

    def _run(self, question: Callable[[], Answer]) -> Answer:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return question()
        except (PySparkException, Py4JError, OSError) as error:
            if damaged_files(self.snapshot):
                raise self._unreadable() from error
            if _UNREAD in str(error):
                raise self._out_of_reach() from error
            if not self._views.cluster.is_running:
                raise self._ended() from error
            raise

    def _out_of_reach(self) -> StoreError:
        return StoreError(
            N_(
                "The workers of the Spark cluster at {found} cannot read {folder}; give every worker the "
                "store at this same path, readable by the user it runs as."
            ),
            found=self._views.cluster.master,
            folder=self.snapshot.folder,
        )

    def _ended(self) -> StoreError:
        return StoreError(
            N_("The Spark application at {found} ended during a question; ask again, it starts anew."),
            found=self._views.cluster.master,
        )


def _read(path: str, schema: pa.Schema, session: SparkSession) -> DataFrame:
    """The rows of a Parquet file that every worker sees at `path`; no sign in it stands for other files."""
    from pyspark.sql.pandas.types import from_arrow_schema

    reader = session.read.schema(from_arrow_schema(schema)).option("__globPaths__", "false")
    return reader.parquet(f"file://{path}")


def _sent(path: str, _schema: pa.Schema, session: SparkSession) -> DataFrame:
    """The rows of a small Parquet file that only this machine sees."""
    return session.createDataFrame(pq.read_table(path))
