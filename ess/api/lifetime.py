"""How the process begins and ends: ready when its caches are filled, and an end that loses nobody.

Told to stop, it says so at once (`/ready` answers 503), goes on answering for the seconds that a load
balancer needs to notice, and then closes its websockets: the browsers open new ones, and the proxy leads
those to another replica.

What is done beside the server is waited for: a thread that is still inside a native library, such as DuckDB,
when the interpreter ends takes the whole process down with an abort.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from ess.api.connections import Connections
from ess.api.readiness import Readiness

_LOG = logging.getLogger("ess")

ANSWERS_END_WITHIN = 10
"""Seconds for answers under way once no new connection is taken; what lasts longer is cut off."""
PROCESS_ENDS_WITHIN = 15.0
"""Seconds after which a process that hangs on something, such as a long query, is ended all the same."""

Step = Callable[[], None]
Parts = Callable[[], Iterator[None]]


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a process does beside answering.

    Attributes
    ----------
    begin
        Steps done beside the server, which answers meanwhile; readiness waits for them.
    afterwards
        Work that nobody waits for, done once the process is ready: a part of it before each of what it
        yields. Told to stop, the process ends the part that is under way and begins no other.
    end
        Steps done when the server has ended and the work beside it too.
    """

    begin: Sequence[Step] = ()
    afterwards: Parts = lambda: iter(())
    end: Sequence[Step] = ()


def lifetime(
    readiness: Readiness,
    connections: Connections,
    work: Work,
    drain: float = 0.0,
) -> Callable[[object], AbstractAsyncContextManager[None]]:
    """The lifespan of an ASGI application.

    Parameters
    ----------
    work
        What is done beside answering.
    drain
        Seconds to go on answering after the signal to stop, at most: less when nobody is connected.
    """

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        stop = _Stop(readiness, connections, work.end, drain)
        stop.listen()
        beside = threading.Thread(target=_work_beside, args=(readiness, stop, work), name="beside the server")
        beside.start()
        yield
        readiness.note_stopping()
        stop.opened.set()
        await asyncio.to_thread(beside.join)
        _do(work.end)

    return lifespan


def _work_beside(readiness: Readiness, stop: _Stop, work: Work) -> None:
    _do(work.begin)
    stop.opened.wait()  # a connection made before would keep what `_send_at_once` changes
    if readiness.is_stopping:
        return
    readiness.note_warm()
    sys.stdout.write("Ready.\n")  # for who has started the process and waits
    sys.stdout.flush()
    _do([lambda: _do_parts(readiness, work.afterwards)])


def _do_parts(readiness: Readiness, afterwards: Parts) -> None:
    for _ in afterwards():
        if readiness.is_stopping:
            return


def _do(steps: Sequence[Step]) -> None:
    """Do every step; one that fails is logged and keeps no other from being done."""
    for step in steps:
        try:
            step()
        except Exception:  # noqa: BLE001 - whatever it is, the others are done
            _LOG.exception("a step of the process's beginning or end failed")


async def _send_at_once(server: Any) -> None:
    """Have small messages sent at once, as soon as uvicorn listens; what it accepts inherits this.

    Streamlit makes its socket without naming TCP, for which asyncio then leaves Nagle's algorithm on: the end
    of an answer waits for the acknowledgement of its beginning, which the other side delays by 40 ms.
    """
    while not server.started:  # noqa: ASYNC110 - the server gives no event for it
        await asyncio.sleep(0)
    for listening in (one for listener in server.servers for one in listener.sockets):
        if listening.family in {socket.AF_INET, socket.AF_INET6}:
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class _Stop:
    """Stands between the signal to stop and the server's own way of stopping."""

    def __init__(
        self, readiness: Readiness, connections: Connections, end: Sequence[Step], drain: float
    ) -> None:
        self._readiness = readiness
        self._connections = connections
        self._end = end
        self._drain = drain
        self._server: Any = None
        self._loop = asyncio.get_running_loop()
        self._leaving: asyncio.Task[None] | None = None
        self._opening: asyncio.Task[None] | None = None
        #: Set once the server's sockets are as they should be, or will never be.
        self.opened = threading.Event()

    def listen(self) -> None:
        """Take the signal from the server, where it is uvicorn and the signals are this thread's.

        The server's handler would end the process by the same signal once more; told through `should_exit`
        it returns, and the process ends with 0.
        """
        is_main = threading.current_thread() is threading.main_thread()
        server: Any = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
        if not is_main or not hasattr(server, "should_exit"):
            self.opened.set()
            return
        self._server = server
        server.config.timeout_graceful_shutdown = ANSWERS_END_WITHIN
        signal.signal(signal.SIGTERM, self._hear)
        self._opening = self._loop.create_task(_send_at_once(server))
        self._opening.add_done_callback(lambda _: self.opened.set())

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        if self._readiness.is_stopping:  # asked a second time: do not wait for anybody
            self._server.should_exit = True
            return
        self._readiness.note_stopping()
        watch = threading.Timer(self._drain + PROCESS_ENDS_WITHIN, self._end_at_once)
        watch.daemon = True
        watch.start()
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._leaving = self._loop.create_task(self._leave_when_idle())

    async def _leave_when_idle(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._drain):
                await self._connections.wait_until_idle()
        self._server.should_exit = True

    def _end_at_once(self) -> None:
        _LOG.warning("the process did not end by itself and is ended")
        _do(self._end)
        os._exit(0)
