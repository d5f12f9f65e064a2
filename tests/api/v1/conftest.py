"""What the tests of the interface share: the built-in portfolio behind it, on a layer of a few countries."""

from __future__ import annotations

import pytest

from ess.analysis.vocabulary import read_vocabulary
from ess.api.v1.asking import Portfolio
from ess.store.engine import open_engine
from ess.store.opening import builtin_snapshot
from tests.api.v1.asking import Client, application, interface_of, portfolio_of


@pytest.fixture(scope="session")
def builtin() -> Portfolio:
    """What the interface reads of the built-in portfolio."""
    engine = open_engine(builtin_snapshot())
    return portfolio_of(engine, read_vocabulary(engine))


@pytest.fixture(scope="session")
def client(builtin: Portfolio) -> Client:
    """Asks the built-in portfolio."""
    return Client(application(interface_of(builtin)))
