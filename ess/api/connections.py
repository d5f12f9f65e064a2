"""What is open now: websockets, one a page that somebody looks at, and answers that are being given."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ess.api.metrics import COUNTER, GAUGE, Metric
from ess.api.readiness import Readiness

_UNAVAILABLE = 503


class Connections:
    """Counts of one process, changed by its event loop only.

    Attributes
    ----------
    websockets
        Websockets that are open.
    answering
        Requests whose answer has not ended.
    opened
        Websockets opened so far.
    answers
        Answers begun so far, by status.
    """

    def __init__(self) -> None:
        self.websockets = 0
        self.answering = 0
        self.opened = 0
        self.answers: Counter[int] = Counter()
        self._idle = asyncio.Event()
        self._idle.set()

    async def wait_until_idle(self) -> None:
        """Come back when no websocket is open and no answer is being given."""
        await self._idle.wait()

    def change(self, *, websockets: int = 0, answering: int = 0) -> None:
        """Add to what is open now."""
        self.websockets += websockets
        self.answering += answering
        self.opened += max(websockets, 0)
        if self.websockets or self.answering:
            self._idle.clear()
        else:
            self._idle.set()

    def read_metrics(self) -> Iterator[Metric]:
        """The counts as metrics."""
        yield Metric(
            "atlas_websockets", GAUGE, "Pages that somebody looks at now.", {(): float(self.websockets)}
        )
        yield Metric(
            "atlas_websockets_opened_total", COUNTER, "Pages opened so far.", {(): float(self.opened)}
        )
        yield Metric(
            "atlas_answers_under_way", GAUGE, "Answers being given now.", {(): float(self.answering)}
        )
        yield Metric(
            "atlas_answers_total",
            COUNTER,
            "Answers begun so far, by status.",
            {(("status", str(status)),): float(number) for status, number in sorted(self.answers.items())},
        )


class CountConnections:
    """ASGI middleware: counts what passes, and takes no new visitor once the process was told to stop.

    A proxy in front sends a refused visitor to another replica.
    """

    def __init__(self, app: ASGIApp, connections: Connections, readiness: Readiness) -> None:
        self.app = app
        self.connections = connections
        self.readiness = readiness

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on and count it, from its beginning to its end."""
        match scope["type"]:
            case "http":
                await self._count_answer(scope, receive, send)
            case "websocket" if self.readiness.is_stopping:
                await receive()
                await _refuse(scope, send)
            case "websocket":
                await self._count_websocket(scope, receive, send)
            case _:
                await self.app(scope, receive, send)

    async def _count_answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.connections.answers[message["status"]] += 1
            await send(message)

        self.connections.change(answering=1)
        try:
            await self.app(scope, receive, send_counted)
        finally:
            self.connections.change(answering=-1)

    async def _count_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_open = False

        async def send_counted(message: Message) -> None:
            nonlocal is_open
            if message["type"] == "websocket.accept":
                is_open = True
                self.connections.change(websockets=1)
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            if is_open:
                self.connections.change(websockets=-1)


async def _refuse(scope: Scope, send: Send) -> None:
    """Answer the opening handshake of a websocket with 503, or close it where the server cannot say that."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1012})
        return
    headers = [(b"retry-after", b"1"), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": _UNAVAILABLE, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
