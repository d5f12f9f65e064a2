"""Two replicas behind nginx: visitors stay, both follow the store, and nobody is lost when one ends."""

from __future__ import annotations

import gzip
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ess.maps.assets import asset
from ess.portfolio.builtin import read_builtin
from ess.store.snapshots import list_snapshots, set_current
from ess.store.writing import write_snapshot
from tests.browser import screen
from tests.browser.visits import Outside, Visit, begin_visit, open_context
from tests.deploy.processes import Replica, starting
from tests.deploy.proxy import STREAM, Passed, Proxy, proxying

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame

COOKIE = "atlas_replica"
VIEW = "/?lang=en&measure=project&type=project&iso3=SEN&view=ma&palette=Greens"
CLOSED = ("/metrics", "/mcp", "/_stcore/metrics", "/_stcore/agent/interact", "/_stcore/script-health-check")
#: What a page that is opened directly looks for below its own path.
LOOKED_FOR = ("/_stcore/health", "/_stcore/host-config")
NEW_COUNTRY = "DJI"
IATI = """<?xml version="1.0" encoding="UTF-8"?>
<iati-activities version="2.03">
  <iati-activity xml:lang="en">
    <iati-identifier>XX-1</iati-identifier>
    <reporting-org ref="XX" type="10"><narrative>An agency</narrative></reporting-org>
    <title><narrative>A course</narrative></title>
    <description><narrative>A course</narrative></description>
    <participating-org role="1" type="10"><narrative>An agency</narrative></participating-org>
    <activity-status code="2"/>
    <activity-date type="2" iso-date="2024-01-01"/>
    <recipient-country code="DJ"/>
  </iati-activity>
</iati-activities>
"""


@dataclass
class Visitor:
    """A reader with a browser profile, so with cookies, of their own."""

    visit: Visit
    context: BrowserContext

    @property
    def port(self) -> int:
        """The replica that the reader's cookie names."""
        named = {cookie["name"]: cookie["value"] for cookie in self.context.cookies()}
        return int(named[COOKIE])

    @property
    def frame(self) -> Frame:
        """The frame of the map."""
        return screen.map_frame(self.visit)

    def sees(self) -> tuple[object, ...]:
        """What a selection shows in: address, map, legend."""
        return (
            self.visit.page.url,
            self.frame.evaluate("JSON.stringify([atlas.state, atlas.facts])"),
            screen.legend(self.visit),
        )


@dataclass
class Deployment:
    """Two replicas over one store behind nginx."""

    root: Path
    store: Path
    proxy: Proxy
    replicas: dict[int, Replica]

    @contextmanager
    def standing(self) -> Iterator[None]:
        """See to it that both replicas run; what had to be started runs until the block ends."""
        with ExitStack() as started:
            for port in [
                port for port, one in self.replicas.items() if one.process.process.poll() is not None
            ]:
                self.replicas[port] = started.enter_context(self.start(port))
            yield

    @contextmanager
    def start(self, port: int) -> Iterator[Replica]:
        """A replica on a port whose replica has ended."""
        with starting(self.root, {"ESS_STORE": str(self.store)}, port) as one:
            yield one.wait_until_ready()


@dataclass
class Scene:
    """A deployment, and who visits it during one test."""

    deployment: Deployment
    browser: Browser
    outside: Outside
    ending: ExitStack
    since: int
    visitors: list[Visitor] = field(default_factory=list)

    @property
    def replicas(self) -> dict[int, Replica]:
        """The replicas by port."""
        return self.deployment.replicas

    @property
    def port(self) -> int:
        """Where nginx listens."""
        return self.deployment.proxy.port

    def visitor(self, path: str = VIEW) -> Visitor:
        """A new reader who has opened a page with a map."""
        context = self.ending.enter_context(open_context(self.browser, self.outside))
        come = Visitor(begin_visit(context, self.deployment.proxy.address), context)
        self.visitors.append(come)
        screen.open_map(come.visit, path)
        return come

    def visitors_of_both(self) -> tuple[Visitor, Visitor]:
        """A reader on each of the two replicas. The least busy gets the next one, so two come to two."""
        first, second = self.visitor(), self.visitor()
        assert {first.port, second.port} == set(self.replicas)
        return first, second

    def leave(self) -> list[Passed]:
        """All readers leave; what nginx has passed on. Nothing may have failed in a browser."""
        for one in self.visitors:
            one.visit.page.close()
            one.visit.assert_clean()
        websockets = sum(len(one.visit.websockets) for one in self.visitors)
        return self.deployment.proxy.passed(self.since, STREAM, websockets)


@pytest.fixture(scope="module")
def deployment(root: Path, nginx: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """What runs for all tests of this file."""
    store = tmp_path_factory.mktemp("store")
    environ = {"ESS_STORE": str(store)}
    write_snapshot(read_builtin(), store, origin="test")
    with starting(root, environ) as first, starting(root, environ) as second:
        ready = {one.port: one.wait_until_ready() for one in (first, second)}
        with proxying(nginx, list(ready)) as proxy:
            yield Deployment(root, store, proxy, ready)


@pytest.fixture
def scene(deployment: Deployment, browser: Browser, outside: Outside) -> Iterator[Scene]:
    """Both replicas run and serve the built-in portfolio; nobody is there yet."""
    set_current(deployment.store, builtin_id(deployment.store))
    asked = len(outside.asked)
    with deployment.standing(), ExitStack() as ending:
        yield Scene(deployment, browser, outside, ending, deployment.proxy.seen)
    assert outside.asked[asked:] == []


def builtin_id(store: Path) -> str:
    """Id of the snapshot that the store began with."""
    return next(one.id for one in list_snapshots(store) if one.origin == "test")


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Status and text of an answer on a port of this machine."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def number(replica: Replica, name: str) -> float:
    """A number of a replica's metrics."""
    _, text = ask(replica.port, "/metrics")
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


def served_snapshot(replica: Replica) -> str:
    """Id of the snapshot that a replica serves."""
    found = re.search(r'^atlas_snapshot\{id="(\w+)"\} 1$', ask(replica.port, "/metrics")[1], re.MULTILINE)
    assert found is not None
    return found[1]


def publish(root: Path, store: Path, folder: Path) -> None:
    """Publish a portfolio with one more country, as an administrator does."""
    report = folder / "new.xml"
    report.write_text(IATI, encoding="utf-8")
    asked = [sys.executable, "-m", "ess", "import", str(report), "--store", str(store)]
    done = subprocess.run(asked, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def failed(passed: list[Passed]) -> list[Passed]:
    """What visitors asked for and did not get.

    On a page that is opened directly, Streamlit first looks for its own server below the page's path.
    """
    return [one for one in passed if one.status >= 400 and not (one.status == 404 and is_looked_for(one))]


def is_looked_for(passed: Passed) -> bool:
    """Whether the page only tried whether its server is there."""
    return passed.path.endswith(LOOKED_FOR) and not passed.path.startswith(LOOKED_FOR)


def change_measure(visitor: Visitor, measure: str) -> None:
    """The reader chooses another measure, and sees it."""
    with screen.one_repaint(visitor.frame), screen.one_rerun(visitor.visit):
        screen.choose_measure(visitor.visit, measure)


@contextmanager
def coming_back(visitor: Visitor) -> Iterator[None]:
    """The reader's replica ends in the block; the page must open a websocket by itself and run again."""
    done = visitor.visit.reruns_done
    with visitor.visit.page.expect_websocket():
        yield
    while visitor.visit.reruns_done <= done:
        visitor.visit.websockets[-1].wait_for_event("framereceived")
    screen.wait_until_still(visitor.visit)


def test_visitors_stay_and_both_replicas_have_some(scene: Scene) -> None:
    visitors = scene.visitors_of_both()
    ports = [one.port for one in visitors]
    opened = {port: number(one, "atlas_websockets_opened_total") for port, one in scene.replicas.items()}
    for one in visitors:
        change_measure(one, "training")
        screen.open_map(one.visit, "/country?iso3=SEN")
        for _ in range(5):
            assert ask(scene.port, "/health", Cookie=f"{COOKIE}={one.port}")[0] == 200
    assert [one.port for one in visitors] == ports
    for port, told in scene.replicas.items():
        assert number(told, "atlas_websockets_opened_total") == opened[port] + 1
    passed = scene.leave()
    assert failed(passed) == []
    assert sorted(one.port or 0 for one in passed if one.path == STREAM) == sorted(ports * 2)
    asked = [one.port for one in passed if one.path == "/health"]
    assert asked == [port for port in ports for _ in range(5)]


def test_a_visitor_without_a_usable_cookie_gets_one(scene: Scene) -> None:
    for sent in ("", f"{COOKIE}=1", f"{COOKIE}=atlas_any", f"{COOKIE}=127.0.0.1:1", f"{COOKIE}=../x"):
        with closing(HTTPConnection("127.0.0.1", scene.port, timeout=60)) as connection:
            connection.request("GET", "/", headers={"Cookie": sent})
            answer = connection.getresponse()
            answer.read()
        name, _, rest = (answer.getheader("Set-Cookie") or "").partition("=")
        value, _, attributes = rest.partition("; ")
        assert (answer.status, name) == (200, COOKIE)
        assert int(value) in scene.replicas
        assert attributes == "Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("path", CLOSED)
def test_what_is_not_for_visitors_is_closed(scene: Scene, path: str) -> None:
    assert ask(scene.port, path)[0] == 404
    passed = scene.deployment.proxy.passed(scene.since, path, 1)  # an earlier reader's line may come late
    assert [one.port for one in passed if one.path == path] == [None]


def test_files_are_compressed_kept_and_the_same_from_nginx(scene: Scene) -> None:
    path = asset("leaflet.js").url
    bodies = set()
    for encoding in ("identity", *["gzip"] * 20):
        with closing(HTTPConnection("127.0.0.1", scene.port, timeout=60)) as connection:
            connection.request("GET", path, headers={"Accept-Encoding": encoding})
            answer = connection.getresponse()
            body = answer.read()
        assert answer.getheader("Content-Encoding", "identity") == encoding
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        bodies.add(gzip.decompress(body) if encoding == "gzip" else body)
    assert bodies == {asset("leaflet.js").body}
    # Once it has been written down, nginx itself gives it.
    assert [one.port for one in scene.deployment.proxy.passed(scene.since, path, 21)][-1] is None


def test_a_file_to_take_away_is_the_same_from_whichever_replica_makes_it(scene: Scene) -> None:
    visitor = scene.visitor("/?lang=en")
    link = screen.open_menu(visitor.visit, "files").locator("a[data-file='map.csv']")
    path = link.get_attribute("href")
    assert path
    answers = [ask(scene.port, path, Cookie=f"{COOKIE}={port}") for port in scene.replicas]
    assert [answer[0] for answer in answers] == [200] * len(scene.replicas)
    assert len({str(answer) for answer in answers}) == 1
    passed = [one for one in scene.leave() if one.path.startswith("/download/")]
    assert {one.port for one in passed} == set(scene.replicas)


def test_both_serve_a_new_snapshot_without_a_restart_and_without_a_failed_request(
    scene: Scene, tmp_path: Path
) -> None:
    visitors = scene.visitors_of_both()
    before = {served_snapshot(one) for one in scene.replicas.values()}
    assert before == {builtin_id(scene.deployment.store)}
    for one in visitors:
        assert NEW_COUNTRY not in screen.facts(one.frame)
    publish(scene.deployment.root, scene.deployment.store, tmp_path)
    for one in visitors:
        with screen.one_rerun(one.visit):
            screen.choose_measure(one.visit, "activities")
        one.frame.wait_for_function("iso3 => iso3 in atlas.facts", arg=NEW_COUNTRY)
    after = {served_snapshot(one) for one in scene.replicas.values()}
    assert len(after) == 1
    assert before.isdisjoint(after)
    assert all(one.process.process.poll() is None for one in scene.replicas.values())
    passed = scene.leave()
    assert failed(passed) == []
    assert {one.port for one in passed if one.path == STREAM} == set(scene.replicas)
    assert len([one for one in passed if one.path == STREAM]) == len(visitors)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_visitors_of_an_ended_replica_come_back_on_the_other_with_the_same_selection(
    scene: Scene, how: signal.Signals
) -> None:
    staying, leaving = scene.visitors_of_both()
    change_measure(leaving, "training")
    seen, painted = leaving.sees(), leaving.frame.evaluate("atlas.painted")
    ended, other = scene.replicas[leaving.port], scene.replicas[staying.port]
    with coming_back(leaving):
        code = ended.process.end(how)
    assert code == (0 if how == signal.SIGTERM else -signal.SIGKILL)
    assert leaving.sees() == seen
    # The map stood still all the time: neither mounted anew nor painted again.
    assert leaving.frame.evaluate("atlas.painted") == painted
    assert leaving.port == other.port
    change_measure(leaving, "agreement")
    assert scene.visitor().port == other.port
    assert number(other, "atlas_websockets") == 3
    with scene.deployment.start(ended.port):
        # Their session is on the other one now, and that is where they stay.
        screen.open_map(leaving.visit, "/country?iso3=SEN")
        assert leaving.port == other.port
        passed = scene.leave()
    assert failed(passed) == []
    assert [one.status for one in passed if one.path == STREAM] == [101] * 5
    assert [one.port for one in passed if one.path == STREAM].count(ended.port) == 1


def test_a_replica_that_answers_nothing_is_noticed(scene: Scene) -> None:
    for one in scene.replicas.values():
        one.process.end()
    assert ask(scene.port, "/")[0] == 502
    assert [one.status for one in failed(scene.deployment.proxy.passed(scene.since, "/", 1))] == [502]
