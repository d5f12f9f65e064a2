"""A reader's visit in Chromium, with everything noted that must not happen, and every message of the server.

Other hosts are out of reach: what asks for one arrives at a proxy of ours, which notes it and refuses. (To
intercept requests instead would switch the browser's cache off, which is part of what is tested.)
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.conftest import PATIENCE

_NOTE_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", event => {
    window.noteViolation(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""
#: What Chromium itself asks for when a field is pressed; no page can see it, and nothing on a page causes it.
_BROWSERS_OWN = frozenset({"content-autofill.googleapis.com"})
#: Below the path of a page that is opened directly, Streamlit first looks for its own server there.
_LOOKED_FOR = ("/_stcore/health", "/_stcore/host-config")
#: What a map shows, as text in the page.
_SHOWN = re.compile(r"<div hidden=\"\" data-map=.*?</div>", re.DOTALL)
_LOCAL_SCHEMES = frozenset({"data", "blob", "about"})


class Outside(socketserver.ThreadingTCPServer):
    """Stands for every other host: notes what is asked of it and refuses."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refuse)
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        """Where the browser finds it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Refuse(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        line = self.rfile.readline(2000).decode("latin-1").strip()
        assert isinstance(self.server, Outside)
        if not any(host in line for host in _BROWSERS_OWN):
            self.server.asked.append(line)
        self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


@contextmanager
def standing_outside() -> Iterator[Outside]:
    """The proxy that stands for every other host, until the block ends."""
    with Outside() as outside:
        thread = threading.Thread(target=outside.serve_forever, daemon=True)
        thread.start()
        yield outside
        outside.shutdown()
        thread.join()


def open_context(browser: Browser, outside: Outside, **options: Any) -> BrowserContext:
    """A fresh browser profile from which only this machine can be reached."""
    context = browser.new_context(
        proxy={"server": outside.address, "bypass": "127.0.0.1"},
        viewport={"width": 1300, "height": 900},
        **options,
    )
    context.set_default_timeout(PATIENCE)
    return context


@dataclass
class Visit:
    """One tab and what was noted in it.

    Attributes
    ----------
    outside
        Addresses asked for that are not the application's own.
    faults
        Errors on the console, uncaught errors, violations of the content policy.
    heard
        Messages of the server, with their size in bytes as they travelled.
    sent
        Messages to the server.
    requests
        Every request, those that the browser's cache answers included.
    websockets
        The connections to the server.
    """

    page: Page
    address: str
    outside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    heard: list[tuple[int, ForwardMsg]] = field(default_factory=list)
    sent: list[BackMsg] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    websockets: list[WebSocket] = field(default_factory=list)

    @property
    def reruns_asked(self) -> int:
        """How often the browser asked for a rerun."""
        return sum(message.WhichOneof("type") == "rerun_script" for message in self.sent)

    @property
    def reruns_done(self) -> int:
        """How often the script came to its end."""
        return sum(message.WhichOneof("type") == "script_finished" for _, message in self.heard)

    @property
    def bytes_heard(self) -> int:
        """Bytes of all messages of the server so far."""
        return sum(size for size, _ in self.heard)

    def map_bytes(self, since: int = 0) -> list[int]:
        """Bytes that came for the map from message number `since` on: its frame, or what it shows."""
        sizes = (_map_size(size, message) for size, message in self.heard[since:])
        return [size for size in sizes if size]

    def assets(self, since: int = 0) -> list[Request]:
        """Requests below ``/assets/`` from request number `since` on."""
        return [request for request in self.requests[since:] if "/assets/" in request.url]

    def assert_clean(self) -> None:
        """Nothing was asked of another host and nothing failed in the browser."""
        assert self.outside == []
        assert self.faults == []


def _map_size(size: int, message: ForwardMsg) -> int:
    """What of a message of `size` bytes is for the map; 0 of any other message."""
    if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
        return 0
    element = message.delta.new_element
    if element.component_instance.component_name == "streamlit_folium.st_folium":
        return size
    return sum(len(shown.encode()) for shown in _SHOWN.findall(element.html.body))


def begin_visit(context: BrowserContext, address: str) -> Visit:
    """A new tab that notes from its first request on; nothing is opened yet."""
    page = context.new_page()
    visit = Visit(page, address)
    page.expose_binding("noteViolation", lambda _source, text: visit.faults.append(f"policy: {text}"))
    page.add_init_script(_NOTE_VIOLATIONS)
    page.on("request", lambda request: _note_request(visit, request))
    page.on("console", lambda message: _note_console(visit, message))
    page.on("pageerror", lambda error: visit.faults.append(f"error: {error}"))
    page.on("websocket", lambda websocket: _note_websocket(visit, websocket))
    return visit


@contextmanager
def visiting(context: BrowserContext, address: str, outside: Outside) -> Iterator[Visit]:
    """A tab. At its end: nothing was asked of another host, and nothing failed in the browser."""
    asked = len(outside.asked)
    visit = begin_visit(context, address)
    yield visit
    visit.page.close()
    visit.assert_clean()
    assert outside.asked[asked:] == []


def _note_request(visit: Visit, request: Request) -> None:
    visit.requests.append(request)
    if not is_own(request.url, visit.address):
        visit.outside.append(request.url)


def is_own(url: str, address: str) -> bool:
    """Whether `url` is on the application's own host and port, or inside the page itself."""
    parts, own = urlsplit(url), urlsplit(address)
    return parts.scheme in _LOCAL_SCHEMES or parts.netloc == own.netloc


def _note_console(visit: Visit, message: ConsoleMessage) -> None:
    if message.type == "error" and not message.location["url"].endswith(_LOOKED_FOR):
        visit.faults.append(f"console: {message.text} {message.location['url']}")


def _note_websocket(visit: Visit, websocket: WebSocket) -> None:
    if not is_own(websocket.url.replace("ws", "http", 1), visit.address):
        visit.outside.append(websocket.url)
    visit.websockets.append(websocket)
    websocket.on("framereceived", lambda payload: _note_heard(visit, payload))
    websocket.on("framesent", lambda payload: _note_sent(visit, payload))


def _note_heard(visit: Visit, payload: bytes | str) -> None:
    body = payload if isinstance(payload, bytes) else payload.encode()
    visit.heard.append((len(body), ForwardMsg.FromString(body)))


def _note_sent(visit: Visit, payload: bytes | str) -> None:
    body = payload if isinstance(payload, bytes) else payload.encode()
    visit.sent.append(BackMsg.FromString(body))
