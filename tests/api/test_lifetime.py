"""The beginning and the end of a process, with the real server: ready when warm, and nobody lost."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ess.api.connections import Connections
from ess.api.lifetime import Work, lifetime
from ess.api.readiness import Readiness
from tests.browser.serving import free_port
from tests.deploy.processes import Running, running
from tests.loops import run_aside

# A small application with the routes, the middleware and the lifetime of the atlas.
APPLICATION = """
import socket, sys, threading
import duckdb
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from ess.api import lifetime
from ess.api.connections import Connections, CountConnections
from ess.api.readiness import Readiness
from ess.api.routes import build_routes
from ess.errors import StoreError

readiness, connections = Readiness(), Connections()
gate = threading.Event()

async def long(request):
    return PlainTextResponse(await request.body())

async def stream(websocket):
    await websocket.accept()
    await websocket.send_text("here")
    async for text in websocket.iter_text():
        await websocket.send_text(text)

async def open_gate(request):
    gate.set()
    return PlainTextResponse("open")

async def delays(request):
    sockets = [one.transport.get_extra_info("socket") for one in server.server_state.connections]
    return PlainTextResponse(str([one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in sockets]))

def snapshot_id():
    if {broken}:
        raise StoreError("damaged")
    return "0123"

def hang():
    threading.Event().wait()

def begin():
    if {gated}:
        gate.wait()

def fail():
    raise ValueError("a step that fails")

def work():
    database = duckdb.connect()
    while True:  # inside a native library for most of the time
        database.execute("select count(*) from range(3_000_000) as numbers(one) where one % 7 = 3").fetchall()
        yield

lifetime.PROCESS_ENDS_WITHIN = {within}
app = Starlette(
    routes=[
        *build_routes(readiness, snapshot_id, [connections.read_metrics]),
        Route("/long", long, methods=["PUT"]),
        Route("/gate", open_gate),
        Route("/delays", delays),
        WebSocketRoute("/stream", stream),
    ],
    middleware=[Middleware(CountConnections, connections=connections, readiness=readiness)],
    lifespan=lifetime.lifetime(
        readiness,
        connections,
        lifetime.Work(
            begin=(fail, begin),
            afterwards=work if {works} else lambda: iter(()),
            end=(fail, lambda: print("ended", flush=True)),
        ),
        drain={drain},
    ),
)
if {hangs}:
    threading.Thread(target=hang).start()
server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="websockets-sansio"))
listening = socket.socket(socket.AF_INET)  # as Streamlit makes it
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("127.0.0.1", int(sys.argv[1])))
listening.listen()
server.run(sockets=[listening])
"""


@dataclass
class Server:
    """The application on a port."""

    port: int
    process: Running

    def ask(self, path: str) -> tuple[int, str, HTTPResponse]:
        """Status, text and the answer itself."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer

    def tell(self, what: signal.Signals = signal.SIGTERM) -> None:
        """Send a signal."""
        self.process.process.send_signal(what)

    def wait_until_stopping(self) -> None:
        """Wait until it says that nobody should be sent to it any more."""
        while self.ask("/ready")[1] != "stopping":
            pass

    def code(self) -> int:
        """Wait for the end; the exit code."""
        self.process.process.wait(60)
        return self.process.end()


@contextmanager
def serving(  # what one application differs in from the next
    root: Path,
    *,
    drain: float = 0.0,
    gated: bool = False,
    broken: bool = False,
    hangs: bool = False,
    works: bool = False,
    within: float = 40.0,
) -> Iterator[Server]:
    text = APPLICATION
    values = {"drain": drain, "gated": gated, "broken": broken, "hangs": hangs, "works": works}
    values["within"] = within
    for name, value in values.items():
        text = text.replace("{" + name + "}", repr(value))
    port = free_port()
    with running(
        [sys.executable, "-c", text, str(port)], cwd=root, environ={"PYTHONPATH": str(root)}
    ) as process:
        server = Server(port, process)
        if not gated:
            process.wait_for("Ready.")
        yield server


def wait_until_listening(server: Server) -> None:
    """Wait until something listens on the port."""
    while True:
        try:
            server.ask("/health")
        except OSError:
            assert server.process.process.poll() is None, server.process.all_said
        else:
            return


def test_not_ready_before_the_caches_are_filled(root: Path) -> None:
    with serving(root, gated=True) as server:
        wait_until_listening(server)
        status, text, answer = server.ask("/ready")
        assert (status, text) == (503, "starting")
        assert int(answer.getheader("Retry-After") or 0) > 0
        assert answer.getheader("Cache-Control") == "no-store"
        assert server.ask("/health")[0] == 200
        assert "atlas_ready 0" in server.ask("/metrics")[1]
        server.ask("/gate")
        server.process.wait_for("Ready.")
        assert server.ask("/ready")[:2] == (200, "ready")
        told = server.ask("/metrics")[1]
        assert "atlas_ready 1\n" in told
        assert 'atlas_snapshot{id="0123"} 1\n' in told


def test_not_ready_while_the_snapshot_cannot_be_read(root: Path) -> None:
    with serving(root, broken=True) as server:
        assert server.ask("/ready")[:2] == (503, "no snapshot")
        assert server.ask("/health")[0] == 200
        told = server.ask("/metrics")[1]
        assert "atlas_ready 0\n" in told
        assert "atlas_snapshot{" not in told


def test_told_to_stop_it_first_says_so_and_serves_those_who_are_there(root: Path) -> None:
    with serving(root, drain=600.0) as server:
        address = f"ws://127.0.0.1:{server.port}/stream"
        with connect(address, proxy=None) as websocket:
            assert websocket.recv() == "here"
            server.tell()
            server.wait_until_stopping()
            websocket.send("still?")
            assert websocket.recv() == "still?"
            assert server.ask("/health")[0] == 200
            with pytest.raises(InvalidStatus) as refused:
                connect(address, proxy=None, legacy=True)
            assert refused.value.response.status_code == 503
        # The last visitor has left: it does not wait for the end of the ten minutes.
        assert server.code() == 0
        assert server.process.lines.count("ended\n") == 1


def test_an_answer_under_way_ends_and_websockets_are_closed(root: Path) -> None:
    with serving(root) as server:
        address = f"ws://127.0.0.1:{server.port}/stream"
        with (
            closing(HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection,
            connect(address, proxy=None) as websocket,
        ):
            assert websocket.recv() == "here"
            connection.putrequest("PUT", "/long")
            connection.putheader("Content-Length", "8")
            connection.endheaders(b"half")
            while "atlas_answers_under_way 2\n" not in server.ask("/metrics")[1]:
                pass  # this question is the other one
            server.tell()
            with pytest.raises(ConnectionClosed) as closed:
                websocket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1012  # the service restarts
            connection.send(b"half")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"halfhalf")
        assert server.code() == 0


def test_asked_a_second_time_it_waits_for_nobody(root: Path) -> None:
    with serving(root, drain=600.0) as server:
        with connect(f"ws://127.0.0.1:{server.port}/stream", proxy=None) as websocket:
            assert websocket.recv() == "here"
            server.tell()
            server.wait_until_stopping()
            server.tell()
            with pytest.raises(ConnectionClosed):
                websocket.recv()
        assert server.code() == 0


def test_a_process_that_hangs_ends_all_the_same(root: Path) -> None:
    with serving(root, hangs=True, within=0.5) as server:
        server.tell()
        assert server.code() == 0
        assert "ended\n" in server.process.lines


def test_a_process_at_work_inside_a_native_library_ends_as_it_should(root: Path) -> None:
    with serving(root, works=True) as server:
        server.tell()
        assert server.code() == 0
        assert server.process.lines[-1] == "ended\n"


def test_told_to_stop_while_it_begins_it_is_never_ready(root: Path) -> None:
    with serving(root, gated=True, drain=60.0) as server:
        wait_until_listening(server)
        with connect(f"ws://127.0.0.1:{server.port}/stream", proxy=None) as websocket:
            server.tell()
            server.wait_until_stopping()
            assert server.ask("/gate")[1] == "open"
            websocket.close()
        assert server.code() == 0
        assert "Ready.\n" not in server.process.lines
        assert server.process.lines[-1] == "ended\n"


def test_the_end_of_an_answer_does_not_wait_for_the_other_side(root: Path) -> None:
    with serving(root) as server:
        assert server.ask("/delays")[:2] == (200, "[1]")


def test_a_socket_as_streamlit_makes_it_would_wait() -> None:
    with socket.socket(socket.AF_INET) as listening:
        assert listening.proto != socket.IPPROTO_TCP
        assert listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0


def test_websockets_are_counted_while_they_are_open(root: Path) -> None:
    with serving(root) as server:
        with connect(f"ws://127.0.0.1:{server.port}/stream", proxy=None) as websocket:
            assert websocket.recv() == "here"
            assert "atlas_websockets 1\n" in server.ask("/metrics")[1]
        while "atlas_websockets 0\n" not in server.ask("/metrics")[1]:
            pass
        told = server.ask("/metrics")[1]
        assert "atlas_websockets_opened_total 1\n" in told
        assert 'atlas_answers_total{status="200"}' in told


class Told(Readiness):
    """Lets a test wait for the word to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.to_stop = threading.Event()

    def note_stopping(self) -> None:
        """Pass the word on."""
        super().note_stopping()
        self.to_stop.set()


def run_lifetime() -> list[str]:
    """What is done in the life of an application in this thread, in order."""
    done: list[str] = []
    readiness, at_work = Told(), threading.Event()

    def work() -> Iterator[None]:
        done.append("part begun")
        at_work.set()
        readiness.to_stop.wait()
        done.append("part ended")
        yield
        done.append("next part")

    async def live() -> None:
        begin, end = (lambda: done.append("begun"),), (lambda: done.append("ended"),)
        whole = lifetime(readiness, Connections(), Work(begin=begin, afterwards=work, end=end))
        async with whole(None):
            await asyncio.to_thread(at_work.wait)

    run_aside(live())
    return done


def test_the_end_waits_for_the_part_under_way_and_begins_no_other() -> None:
    assert run_lifetime() == ["begun", "part begun", "part ended", "ended"]


def test_out_of_the_main_thread_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[list[str]] = []
    thread = threading.Thread(target=lambda: seen.append(run_lifetime()))
    thread.start()
    thread.join()
    assert [done[-1] for done in seen] == ["ended"]
    assert signal.getsignal(signal.SIGTERM) is before
