"""The built-in portfolio, read once."""

from __future__ import annotations

import pyarrow as pa
import pytest

from ess.portfolio.builtin import read_builtin


@pytest.fixture(scope="session")
def builtin() -> dict[str, pa.Table]:
    """The built-in portfolio's tables; Arrow tables cannot be changed, so tests may share them."""
    return read_builtin()
