"""A store, two replicas over it and nginx in front of them: the deployment of ``deploy/`` on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.visits import Outside, standing_outside
from tests.deploy.proxy import need_nginx


@pytest.fixture(scope="session")
def nginx() -> Path:
    """The system's nginx; `make test` sees to it that there is one."""
    return need_nginx(os.environ)


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """What stands for every other host."""
    with standing_outside() as proxy:
        yield proxy
