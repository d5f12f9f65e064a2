"""When something fails inside, a reader gets one sentence: no path, no value, no traceback."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ess.portfolio.builtin import read_builtin
from ess.store.snapshots import set_current
from ess.store.writing import write_snapshot
from tests.browser import screen
from tests.browser.serving import Served, serving
from tests.browser.visits import Visit, begin_visit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

PATHS = ("/", "/country?iso3=SEN", "/sources?lang=en")
SECRET = "sesame-4711"  # noqa: S105 - what must not be shown


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that serves the built-in portfolio."""
    folder = tmp_path / "store"
    set_current(folder, write_snapshot(read_builtin(), folder, origin="test").id)
    return folder


@pytest.fixture
def over_store(root: Path, store: Path) -> Iterator[Served]:
    """The atlas over that store."""
    with serving(root, environ={"ESS_STORE": str(store)}) as served:
        yield served


@pytest.fixture
def broken_code(root: Path, tmp_path: Path) -> Iterator[Served]:
    """The atlas from a copy of the tree in which every page raises an error with a path and a secret."""
    copy = tmp_path / "tree"
    for name in ("ess", "geodata", "pages", ".streamlit"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "app.py", copy)
    for page in (copy / "pages").glob("*.py"):
        page.write_text(f"raise ValueError('{SECRET} in {copy}')\n", encoding="utf-8")
    with serving(copy) as served:
        yield served


def sent_texts(visit: Visit) -> str:
    """All that the server sent to the browser, as text."""
    return "\n".join(
        str(message.delta) for _, message in visit.heard if message.WhichOneof("type") == "delta"
    )


def assert_one_sentence(visit: Visit, *, secrets: tuple[str, ...]) -> None:
    """One note; nothing of the inside, neither on the screen nor in what was sent."""
    note = visit.page.get_by_test_id("stAlert")
    note.wait_for()
    assert note.count() == 1
    assert visit.page.get_by_test_id("stException").count() == 0
    for shown in (visit.page.locator("body").inner_text(), sent_texts(visit)):
        assert not re.search(r"Traceback|File \"|\.py\b|\.parquet\b", shown)
        assert not [secret for secret in secrets if secret in shown]


def test_a_store_that_breaks_under_a_running_atlas(
    profile: BrowserContext, over_store: Served, store: Path, tmp_path: Path
) -> None:
    visit = begin_visit(profile, over_store.address)
    screen.open_map(visit)
    assert visit.page.get_by_test_id("stAlert").count() == 0
    shutil.rmtree(store / "snapshots")
    for path in PATHS:
        visit.heard.clear()
        screen.open_page(visit, path)
        assert_one_sentence(visit, secrets=(str(tmp_path), str(store)))
    assert str(store) in over_store.log
    shutil.rmtree(store)
    screen.open_page(visit, "/")
    assert_one_sentence(visit, secrets=(str(tmp_path), str(store)))
    visit.page.close()
    visit.assert_clean()


def test_an_error_in_a_page(profile: BrowserContext, broken_code: Served, tmp_path: Path) -> None:
    visit = begin_visit(profile, broken_code.address)
    for path in PATHS:
        visit.heard.clear()
        screen.open_page(visit, path)
        assert_one_sentence(visit, secrets=(SECRET, str(tmp_path)))
        reference = re.search(r"\b[0-9a-f]{8}\b", visit.page.get_by_test_id("stAlert").inner_text())
        assert reference is not None
        assert f"failure {reference.group()}" in broken_code.log
    assert SECRET in broken_code.log
    visit.page.close()
    visit.assert_clean()


def test_a_page_that_shows_its_inside_is_seen(profile: BrowserContext, root: Path, tmp_path: Path) -> None:
    script = tmp_path / "shows.py"
    script.write_text(f"import streamlit as st\nst.error('File \"{tmp_path}/x.py\"')\n", encoding="utf-8")
    command = ("-m", "streamlit", "run", str(script), "--server.headless=true", "--server.port={port}")
    with serving(root, command=command, says="URL: http") as served:
        visit = begin_visit(profile, served.address)
        screen.open_page(visit)
        visit.page.get_by_test_id("stAlert").wait_for()
        with pytest.raises(AssertionError):
            assert_one_sentence(visit, secrets=(str(tmp_path),))
        visit.page.close()
