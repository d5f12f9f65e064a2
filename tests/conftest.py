"""What every test may lean on: the shared folder, no network, and a browser of the system."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[1]
#: Folders whose tests share what takes long to start.
TOGETHER = ("spark", "deploy")
#: Milliseconds that a browser may take: other tests run on the same processors.
PATIENCE = 90_000
BROWSER_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)


class OutsideConnectionError(Exception):
    """A test tried to reach another host."""


def pytest_configure() -> None:
    """Keep libraries that read the environment from asking other hosts."""
    os.environ.setdefault("STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file on one worker, and those of a folder that starts a cluster on one too."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]  # it says nothing of its types
        def _split_scope(self, nodeid: str) -> str:
            path = PurePosixPath(nodeid.partition("::")[0])
            return str(path.parent if path.parent.name in TOGETHER else path)

    return ByFile(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of source material beside the project; tests that need it are skipped by name without it."""
    return find_shared(os.environ)


def find_shared(environ: Mapping[str, str]) -> Path:
    """The shared folder: what ``ATLAS_SHARED`` names, else the one beside the project; skips without it.

    With ``ATLAS_REQUIRE_SHARED`` set, its absence is a failure instead.
    """
    folder = Path(environ.get("ATLAS_SHARED") or ROOT.parent / "shared")
    if folder.is_dir():
        return folder
    if environ.get("ATLAS_REQUIRE_SHARED"):
        pytest.fail(f"needs shared: {folder} is absent, and ATLAS_REQUIRE_SHARED asks for it", pytrace=False)
    pytest.skip(f"needs shared: {folder} is absent")


def is_loopback(address: object) -> bool:
    """Whether a socket address stays on this machine (a path of a Unix socket does)."""
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def no_outside_connection() -> Iterator[None]:
    """Refuse every connection and every name look-up that would leave this machine."""
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
    yield
    patch.undo()


def _guarded(method: Any) -> Any:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        _refuse_outside(arguments[-1])
        return method(self, *arguments)

    return guarded


def _guarded_lookup(look_up: Any) -> Any:
    def guarded(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        _refuse_outside((name or "", 0))
        return look_up(host, *arguments, **named)

    return guarded


def _refuse_outside(address: object) -> None:
    if not is_loopback(address):
        raise OutsideConnectionError(f"a test tried to reach {address!r}; only this machine is allowed")


def find_browser() -> Path | None:
    """The system's Chromium: what ``CHROMIUM`` names, else the first known name in PATH or known place."""
    named = os.environ.get("CHROMIUM")
    found = (shutil.which(name) for name in ((named,) if named else BROWSER_NAMES + BROWSER_PLACES))
    return next((Path(path) for path in found if path), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; `make test` sees to it that there is one."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)

    program = find_browser()
    if program is None:
        pytest.fail("no Chromium found: install one, or name it in CHROMIUM", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(program), args=list(BROWSER_ARGUMENTS))
        yield chromium
        chromium.close()
