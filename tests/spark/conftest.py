"""A Spark cluster for all tests of this folder, and engines over it."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import pytest

from ess.store.cluster import Cluster, find_java, stop_clusters
from ess.store.engine import Engine, open_engine
from ess.store.writing import write_snapshot
from tests.factories import Tables

#: Seconds that a question may take here: other tests run beside these.
_PATIENCE = 300.0

Both: TypeAlias = Callable[[Tables], tuple[Engine, Engine]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pyspark leave the closing of its sockets to the end of their objects, in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"))


def require_java(environ: Mapping[str, str]) -> None:
    """Skip by name without Java; with ``ATLAS_REQUIRE_SHARED`` set, its absence is a failure instead."""
    if find_java() is not None:
        return
    if environ.get("ATLAS_REQUIRE_SHARED"):
        pytest.fail("needs java: install Java 17 or newer, or name its folder in JAVA_HOME", pytrace=False)
    pytest.skip("needs java: install Java 17 or newer, or name its folder in JAVA_HOME")


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of two workers."""
    require_java(os.environ)
    from tests.spark.cluster import started_cluster

    patch = pytest.MonkeyPatch()
    patch.setattr(Cluster.__init__, "__defaults__", (_PATIENCE,))
    with started_cluster(tmp_path_factory.mktemp("cluster")) as address:
        yield address
        stop_clusters()
    patch.undo()


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all tests, with signs in its name that mean something to Spark."""
    return tmp_path_factory.mktemp("a store, {of} [all] 100% é")


@pytest.fixture(scope="session")
def both(master: str, store: Path) -> Both:
    """Opens tables on DuckDB and on Spark."""

    def open_both(tables: Tables) -> tuple[Engine, Engine]:
        gc.collect()  # an engine that nobody uses keeps its plans on the cluster until it is collected
        snapshot = write_snapshot(tables, store, origin="test")
        return open_engine(snapshot), open_engine(snapshot, master)

    return open_both
