"""One visit in a browser: open the page, change something, and note what a reader waits for."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocket, sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.apps import App

_WATCH = Path(__file__).with_name("watch.js").read_text(encoding="utf-8")
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No name is resolved: every other host is out of reach, and the browser's cache works as it does for readers,
# which it would not if requests were intercepted.
_ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)  # fmt: skip
_SHAPES = "countries.topo.json"


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes
    ----------
    repainted, settled
        Seconds from the key press to the new picture, and to the last change of anything on the page.
    map_bytes, all_bytes
        Bytes from server to browser over the websocket: the map component's message, and all messages.
    remounted
        The map's frame was built anew instead of repainted in place.
    redrawn
        The pixels of the map differ from those before.
    """

    repainted: float
    settled: float
    map_bytes: int
    all_bytes: int
    remounted: bool
    redrawn: bool


@dataclass
class Visit:
    """A page in a browser profile of its own."""

    page: Page
    app: App
    messages: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, url: str) -> float:
        """Go to the page; when its picture was on the screen (`time.perf_counter`)."""
        self.page.goto(url, wait_until="commit")
        self.page.evaluate("kind => bench.shown(kind)", self.app.picture)
        return time.perf_counter()

    def rest(self) -> None:
        """Let the page finish what it does after its first picture."""
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(1000)

    @property
    def shape_requests(self) -> int:
        """Requests for the shapes since the page was opened."""
        return sum(_SHAPES in url for url in self.requests)

    def change(self, choose: Callable[[Page], None]) -> Change:
        """Time what follows the Enter key after `choose` has marked an option of a list."""
        page, kind = self.page, self.app.picture
        choose(page)
        page.wait_for_timeout(250)  # the list has opened and nothing moves any more
        before, pixels = page.evaluate("kind => [bench.picture(kind), bench.pixels()]", kind)
        self.messages.clear()
        page.evaluate("kind => bench.arm(kind)", kind)
        page.keyboard.press("Enter")
        timed = page.evaluate("() => bench.outcome")
        after, new_pixels = page.evaluate("kind => [bench.picture(kind), bench.pixels()]", kind)
        return Change(
            timed["repainted"] / 1000,
            timed["settled"] / 1000,
            sum(len(message) for message in self.messages if _is_map(message)),
            sum(map(len, self.messages)),
            before.split()[0] != after.split()[0],
            pixels != new_pixels,
        )


def _is_map(message: bytes) -> bool:
    read = ForwardMsg.FromString(message)
    shown: str | None = read.delta.new_element.WhichOneof("type")
    return read.WhichOneof("type") == "delta" and shown == "component_instance"


def next_option(label: str, popover: str = "") -> Callable[[Page], None]:
    """Open the list called `label`, if need be in a popover, and mark the option after the current one."""

    def choose(page: Page) -> None:
        box = page.get_by_role("combobox", name=label)
        if popover and not box.is_visible():
            close_lists(page)
            page.get_by_role("button", name=popover).click()
        box.click()
        page.get_by_role("option").first.wait_for()
        page.keyboard.press("ArrowDown")

    return choose


def close_lists(page: Page) -> None:
    """Close the popover and the list that an earlier change left open."""
    page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    page.wait_for_timeout(500)


@contextmanager
def visit(browser: Browser, app: App) -> Iterator[Visit]:
    """A fresh browser profile, with nothing kept from earlier visits."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    context.set_default_timeout(60_000)
    context.add_init_script(_WATCH)
    begun = Visit(context.new_page(), app)
    begun.page.on("websocket", lambda socket: _listen(socket, begun.messages))
    begun.page.on("request", lambda request: begun.requests.append(request.url))
    try:
        yield begun
    finally:
        context.close()


def _listen(socket: WebSocket, messages: list[bytes]) -> None:
    socket.on(
        "framereceived",
        lambda payload: messages.append(payload if isinstance(payload, bytes) else payload.encode()),
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window.

    Raises
    ------
    RuntimeError
        When there is none.
    """
    named = os.environ.get("CHROMIUM")
    program = next(filter(None, map(shutil.which, (named,) if named else _PROGRAMS)), None)
    if program is None:
        raise RuntimeError("no Chromium was found; install one, or name it in CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield browser
        browser.close()
