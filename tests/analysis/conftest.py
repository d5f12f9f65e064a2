"""What the tests of the questions share: a store to write in, the built-in portfolio, the layers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import pytest

from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.store.engine import Engine, open_engine
from ess.store.opening import builtin_snapshot
from ess.store.snapshots import read_snapshot
from ess.store.writing import write_snapshot
from geodata.layer import read_countries
from tests.factories import Tables, engine_of

Ask: TypeAlias = Callable[[Tables], tuple[Engine, Vocabulary]]
Open: TypeAlias = Callable[[Tables], Engine]

#: For questions whose filters need no names.
NO_NAMES = Vocabulary({}, {}, (), {}, {}, {}, {})


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all tests: a snapshot's id is its content, so they do not meet."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="session")
def opened(store: Path) -> Ask:
    """Opens tables: their engine and their vocabulary, each once."""

    @cache
    def open_snapshot(snapshot_id: str) -> tuple[Engine, Vocabulary]:
        engine = open_engine(read_snapshot(store, snapshot_id))
        return engine, read_vocabulary(engine)

    return lambda tables: open_snapshot(write_snapshot(tables, store, origin="test").id)


@pytest.fixture(scope="session")
def engine_over(store: Path) -> Open:
    """Opens tables whose vocabulary does not matter."""
    return lambda tables: engine_of(tables, store)


@pytest.fixture(scope="session")
def builtin() -> tuple[Engine, Vocabulary]:
    """The built-in portfolio."""
    engine = open_engine(builtin_snapshot())
    return engine, read_vocabulary(engine)


@pytest.fixture(scope="session")
def layer() -> Callable[[str], gpd.GeoDataFrame]:
    """Reads the country layer of a boundary view, once each."""
    return cache(read_countries)
