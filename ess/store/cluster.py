"""A Spark cluster as this process knows it: one application on it, shared by everything that asks.

pyspark is optional: it is imported when the application starts.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import socket
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ess.errors import SettingsError, StoreError
from ess.locales import N_

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway
    from pyspark.sql import SparkSession

Answer = TypeVar("Answer")

_SCHEME = "spark://"
#: Questions that run on the cluster at the same time; more wait for their turn.
_READERS = 8
#: Seconds until a master must accept a connection, and until a question must be answered.
_KNOCK, _PATIENCE = 5.0, 120.0
#: What makes Spark answer as DuckDB does; whatever else a deployment sets in spark-defaults.conf stays.
_CONF = {
    "spark.app.name": "atlas",
    "spark.scheduler.mode": "FAIR",  # a visitor's small question does not wait for another's large one
    "spark.sql.ansi.enabled": "true",  # an overflow or a failed cast is an error, not a missing value
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.variable.substitute": "false",  # ${…} in a name is a part of that name
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",  # a day before 1582 is the day that is written
    "spark.ui.enabled": "false",  # it would listen on every network of the machine, without a password
    "spark.ui.showConsoleProgress": "false",
    # Of every question past, its plan is remembered for the pages that are switched off: megabytes each.
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.retainedJobs": "1",
    "spark.ui.retainedStages": "1",
}


class Cluster:
    """One application of this process on a Spark cluster, started when it is first needed.

    It is shared by every engine of the process, and started again when the cluster ended it. Safe to share
    between threads: questions run in a few threads of its own, because Spark keeps state for each thread.

    Parameters
    ----------
    master
        ``spark://host:port``, several hosts separated by commas.
    patience
        Seconds until a question is given up.
    """

    def __init__(self, master: str, patience: float = _PATIENCE) -> None:
        self.master = master
        self.patience = patience
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="spark")
        self._lock = threading.Lock()
        self._session: SparkSession | None = None
        self._gateway: JavaGateway | None = None

    def ask(self, question: Callable[[SparkSession], Answer], patience: float | None = None) -> Answer:
        """What `question` makes of a live session, within `patience` seconds where it needs more than others.

        Raises
        ------
        SettingsError
            When the application cannot be started.
        StoreError
            When there is no answer in time.
        """
        group = uuid.uuid4().hex
        asked = self._threads.submit(self._ask, question, group)
        seconds = patience or self.patience
        if wait([asked], seconds).done:
            return asked.result()
        if not asked.cancel() and self._session is not None:
            self._session.sparkContext.cancelJobGroup(group)
        raise StoreError(
            N_(
                "The Spark cluster at {found} did not answer within {seconds} s; check that it has workers "
                "with free cores and memory for this application (spark.cores.max, spark.executor.memory)."
            ),
            found=self.master,
            seconds=round(seconds),
        )

    def _ask(self, question: Callable[[SparkSession], Answer], group: str) -> Answer:
        session = self._started()
        # Within one pool jobs queue up, so every thread has its own.
        session.sparkContext.setLocalProperty("spark.scheduler.pool", threading.current_thread().name)
        session.sparkContext.setJobGroup(group, "atlas")
        return question(session)

    @property
    def is_running(self) -> bool:
        """Whether the application was started and has not ended since."""
        if self._session is None or self._gateway is None or self._gateway.proc.poll() is not None:
            return False
        context = self._session.sparkContext._jsc  # noqa: SLF001 - pyspark has no other word for it
        return context is not None and not context.sc().isStopped()

    def _started(self) -> SparkSession:
        """The session of a running application."""
        with self._lock:
            if self._session is None or not self.is_running:
                require_spark(self.master)
                self._end()
                self._session = self._start()
            return self._session

    def _start(self) -> SparkSession:
        from py4j.protocol import Py4JError
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkException
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        conf = SparkConf(loadDefaults=False).setAll([*_CONF.items(), ("spark.master", self.master)])
        # Its log is for those who have set one up; a command says nothing but its answer.
        heard = None if os.environ.get("SPARK_CONF_DIR") else subprocess.DEVNULL
        try:
            says = {"stdout": heard, "stderr": heard}
            self._gateway = launch_gateway(conf, says)  # type: ignore[no-untyped-call]
            return SparkSession(SparkContext(conf=conf, gateway=self._gateway))
        except (PySparkException, Py4JError, OSError) as error:
            self._end()
            raise SettingsError(
                N_(
                    "ESS_ENGINE is {found}, but no Spark application could be started there; it needs Java "
                    "17 or newer here, and a master of the same Spark version that knows the same secret. "
                    "Set SPARK_CONF_DIR to a folder with log4j2.properties to see its log."
                ),
                found=self.master,
            ) from error

    def stop(self) -> None:
        """End the application and its virtual machine; the next question starts another."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        if self._gateway is None:
            return
        from py4j.protocol import Py4JError
        from pyspark import SparkContext

        session, gateway = self._session, self._gateway
        self._session = self._gateway = None
        with suppress(Py4JError, OSError):  # it may have ended by itself
            if session is not None:
                session.stop()
            gateway.shutdown()
        gateway.proc.stdin.close()  # what the virtual machine ends by
        gateway.proc.wait()
        SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001 - else pyspark talks to the old one


_CLUSTERS: dict[str, Cluster] = {}


def cluster_at(master: str) -> Cluster:
    """The cluster at `master`, the same for the whole process."""
    return _CLUSTERS.setdefault(master, Cluster(master))


@atexit.register
def stop_clusters() -> None:
    """End what this process has on any cluster; a server that is told to stop calls it itself."""
    for cluster in _CLUSTERS.values():
        cluster.stop()


def require_spark(master: str) -> None:
    """Make sure that pyspark, Java and a master are there, before Spark looks for them at length.

    Raises
    ------
    SettingsError
        Saying what is missing.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise SettingsError(
            N_(
                "ESS_ENGINE is {found}, which needs pyspark; install it with pip install --require-hashes -r "
                "requirements-spark.txt, or leave ESS_ENGINE out to use DuckDB."
            ),
            found=master,
        )
    if find_java() is None:
        raise SettingsError(
            N_(
                "ESS_ENGINE is {found}, which needs Java; install Java 17 or newer or name its folder in "
                "JAVA_HOME, or leave ESS_ENGINE out to use DuckDB."
            ),
            found=master,
        )
    addresses = list(_addresses(master))
    if not any(_answers(host, port) for host, port in addresses):
        raise SettingsError(
            N_(
                "ESS_ENGINE is {found}, but no Spark master answers there; start it, correct the address, or "
                "leave ESS_ENGINE out to use DuckDB."
            ),
            found=master,
        )


def find_java() -> str | None:
    """The Java that Spark would start: what ``JAVA_HOME`` holds, else the one in PATH."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which(f"{home}/bin/java" if home else "java")


def _addresses(master: str) -> Iterator[tuple[str, int]]:
    for address in master.removeprefix(_SCHEME).split(","):
        host, _, port = address.rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 2**16):
            raise SettingsError(
                N_("ESS_ENGINE is {found}; expected spark://host:port, such as spark://10.0.0.5:7077."),
                found=master,
            )
        yield host.strip("[]"), int(port)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_KNOCK).close()
    except (OSError, UnicodeError):
        return False
    return True
