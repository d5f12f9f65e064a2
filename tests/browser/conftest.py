"""One running application and one browser profile for all tests of the pages; a tab for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.serving import SERVE, Served, serving
from tests.browser.visits import Outside, Visit, open_context, standing_outside, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def atlas(root: Path) -> Iterator[Served]:
    """The atlas with its built-in portfolio, as ``python -m ess serve`` runs it."""
    with serving(root, command=SERVE) as served:
        yield served


@pytest.fixture(scope="session")
def outside() -> Iterator[Outside]:
    """What stands for every other host."""
    with standing_outside() as proxy:
        yield proxy


@pytest.fixture(scope="session")
def profile(browser: Browser, outside: Outside) -> Iterator[BrowserContext]:
    """A browser profile that the tests share, so that Streamlit's own files are loaded once."""
    context = open_context(browser, outside)
    yield context
    context.close()


@pytest.fixture
def visit(profile: BrowserContext, atlas: Served, outside: Outside) -> Iterator[Visit]:
    """A tab. At its end: nothing was asked of another host, and nothing failed in the browser."""
    with visiting(profile, atlas.address, outside) as tab:
        yield tab
