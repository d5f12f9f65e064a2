"""One visit in a browser: open the page, change something, and note what a reader waits for."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Locator, Page, Response, WebSocket, sync_playwright
from playwright.sync_api import TimeoutError as Impatience
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
SHAPES = "countries.topo.json"
#: Elements that hold a map.
MAPS = ("component_instance", "plotly_chart")
#: What the atlas's map shows, as text in the page.
_SHOWN_BY_MAP = re.compile(r'<div hidden="" data-map=.*?</div>', re.DOTALL)
_MOST_OPTIONS = 80
#: Stands on a control, with every panel open that it lies in.
_FOCUS = """control => {
    for (let panel = control.closest("details"); panel; panel = panel.parentElement.closest("details")) {
        panel.open = true;
    }
    control.focus();
}"""

_SHOWN = "part => [bench.picture(part), bench.pixels()]"

#: Gets ready for one change in the page, untimed, and says which key makes it.
Choice = Callable[[Page], str]


@dataclass(frozen=True)
class Change:
    """One change.

    Attributes
    ----------
    times
        Seconds from the key press to the repaint of each part that changed; empty when none did.
    map_bytes, all_bytes
        Bytes from server to browser over the websocket: for the map, and all.
    runs
        Runs of the script that the press caused.
    requests
        Requests over HTTP that it caused.
    remounted
        The map's frame was built anew instead of repainted in place.
    redrawn
        The pixels of the map differ from those before.
    """

    times: Mapping[str, float]
    map_bytes: int
    all_bytes: int
    runs: int
    requests: int
    remounted: bool
    redrawn: bool

    @property
    def whole(self) -> float:
        """Seconds until every part showed the new answer."""
        return max(self.times.values())


@dataclass
class Visit:
    """A page in a browser profile of its own."""

    page: Page
    app: App
    messages: list[bytes] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    shape_caching: list[str] = field(default_factory=list)

    def open(self, url: str) -> tuple[float, float]:
        """Go to the page; when its map, and when every part was on the screen (`time.perf_counter`)."""
        parts = list(self.app.parts)
        self.requests.clear()
        self.page.goto(url, wait_until="commit")
        self.page.evaluate("part => bench.shown(part)", parts[0])
        painted = time.perf_counter()
        self.page.evaluate("parts => bench.whole(parts)", parts)
        return painted, time.perf_counter()

    def rest(self) -> None:
        """Let the page finish what it does after its first picture."""
        with suppress(Impatience):  # what follows is then only less calm
            self.page.wait_for_load_state("networkidle", timeout=5_000)
        self.page.wait_for_timeout(1000)

    @property
    def shape_requests(self) -> int:
        """Requests for the shapes since the page was opened."""
        return sum(SHAPES in url for url in self.requests)

    def change(self, choose: Choice) -> Change:
        """Time what follows the key that makes the change."""
        page, parts = self.page, list(self.app.parts)
        key = choose(page)
        page.wait_for_timeout(250)  # the list has opened and nothing moves any more
        before, pixels = page.evaluate(_SHOWN, parts[0])
        self.messages.clear()
        requests = len(self.requests)
        page.evaluate("parts => bench.arm(parts)", parts)
        page.keyboard.press(key)
        timed = page.evaluate("() => bench.outcome")
        after, new_pixels = page.evaluate(_SHOWN, parts[0])
        read = [ForwardMsg.FromString(message) for message in self.messages]
        return Change(
            {part: milliseconds / 1000 for part, milliseconds in timed.items()},
            sum(map(map_size, read)),
            sum(map(len, self.messages)),
            sum(one.WhichOneof("type") == "new_session" for one in read),
            len(self.requests) - requests,
            origin(before) != origin(after),
            pixels != new_pixels,
        )

    @contextmanager
    def inspector(self) -> Iterator[CDPSession]:
        """The browser's own counters of this page."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Performance.enable")
        try:
            yield session
        finally:
            session.detach()


def origin(picture: str | None) -> str:
    """When the map's frame was made, as `watch.js` tells it first; empty while nothing is shown."""
    return (picture or "").partition(" ")[0]


def map_size(message: ForwardMsg) -> int:
    """Bytes of a message that are for a map: all of it, or what the atlas's map shows."""
    if message.WhichOneof("type") != "delta":
        return 0
    element = message.delta.new_element
    if element.WhichOneof("type") in MAPS:
        return int(message.ByteSize())
    return sum(len(shown.encode()) for shown in _SHOWN_BY_MAP.findall(element.html.body))


def option(label: str, number: int) -> Choice:
    """Open Streamlit's list called `label` and mark its option `number`, from 0; Enter chooses it."""

    def choose(page: Page) -> str:
        box = page.get_by_role("combobox", name=label, exact=True)
        box.click()
        page.get_by_role("option").first.wait_for()
        page.wait_for_timeout(150)
        mark(page, box, number)
        return "Enter"

    return choose


def step(key: str, number: int) -> Choice:
    """Stand on the atlas's own list of `key`; the arrow key that is returned chooses its next option.

    It goes down the list and, at its end, up again: `number` counts the changes.
    """

    def choose(page: Page) -> str:
        listed = page.locator(f"select[data-set={key}]")
        listed.evaluate(_FOCUS)
        last = listed.locator("option").count() - 1
        return "ArrowDown" if number % (2 * last) < last else "ArrowUp"

    return choose


def box(key: str, number: int) -> Choice:
    """Stand on the box of option `number` of the atlas's filter `key`; the space bar changes it."""

    def choose(page: Page) -> str:
        boxes = page.locator(f"[data-filter={key}] input[data-code]")
        boxes.nth(number % boxes.count()).evaluate(_FOCUS)
        return "Space"

    return choose


def mark(page: Page, box: Locator, number: int) -> None:
    """Go to option `number` of the open list with the arrow keys.

    Raises
    ------
    RuntimeError
        When there is no such option.
    """
    for _ in range(_MOST_OPTIONS):
        at = _marked(box)
        if at == number:
            return
        page.keyboard.press("ArrowDown" if at < number else "ArrowUp")
        page.wait_for_timeout(30)
    raise RuntimeError(f"a list has no option {number} that can be marked.")


def _marked(box: Locator) -> int:
    """The marked option's place in the list; -1 for none, and for the one that chooses all."""
    name = box.get_attribute("aria-activedescendant") or ""
    place = name.rpartition("-option-")[2]
    return int(place) if place.isdigit() else -1


@contextmanager
def visit(browser: Browser, app: App) -> Iterator[Visit]:
    """A fresh browser profile, with nothing kept from earlier visits."""
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    context.set_default_timeout(60_000)
    context.add_init_script(_WATCH)
    begun = Visit(context.new_page(), app)
    begun.page.on("websocket", lambda socket: _listen(socket, begun.messages))
    begun.page.on("request", lambda request: begun.requests.append(request.url))
    begun.page.on("response", lambda response: _note_caching(response, begun.shape_caching))
    try:
        yield begun
    finally:
        context.close()


def _listen(socket: WebSocket, messages: list[bytes]) -> None:
    socket.on(
        "framereceived",
        lambda payload: messages.append(payload if isinstance(payload, bytes) else payload.encode()),
    )


def _note_caching(response: Response, caching: list[str]) -> None:
    if SHAPES in response.url:
        caching.append(response.headers.get("cache-control", ""))


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
