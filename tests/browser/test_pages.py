"""Every page: from this host only, within its content policy, readable by everyone; and the checks' twins."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser import screen
from tests.browser.visits import Outside, Visit, begin_visit, open_context, standing_outside

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Frame, Page

    from tests.browser.serving import Served

PAGES = (
    "/", "/country?iso3=SEN", "/country?iso3=MAR", "/country", "/explore", "/sources", "/changes", "/quality",
)  # fmt: skip


def test_the_shapes_travel_once_a_visit(browser: Browser, outside: Outside, atlas: Served) -> None:
    with open_context(browser, outside) as fresh:
        visit = begin_visit(fresh, atlas.address)
        travelled = note_travelled(visit)
        with visit.page.expect_response("**/sites.bin"):  # asked for when the map has been painted
            frame = screen.open_map(visit)
        first = sorted(url.rsplit("/", 1)[1] for url in travelled)
        assert first == [
            "controls.js", "countries.topo.json", "country_layer.css", "country_layer.js", "leaflet.css",
            "leaflet.js", "sites.bin", "sites.js",
        ]  # fmt: skip
        for answer in [request.response() for request in visit.assets()]:
            assert answer is not None
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["content-encoding"] == "gzip"
        with screen.one_repaint(frame):
            screen.choose_measure(visit, "agreement")
        with screen.one_repaint(frame), screen.one_rerun(visit):
            screen.press_country(visit, frame, "SEN")
        with screen.one_rerun(visit):
            visit.page.locator("a[href*='country?'][href*='iso3=SEN']").click()
        screen.map_frame(visit, screen.COUNTRY_PAGE)
        screen.open_map(visit, "/?view=ma&lang=ar")
        assert len(travelled) == len(first)
        visit.assert_clean()


def note_travelled(visit: Visit) -> list[str]:
    """Addresses below ``/assets/`` whose answers came over the network and not from the browser's cache."""
    travelled: list[str] = []
    session = visit.page.context.new_cdp_session(visit.page)

    def note(event: dict[str, Any]) -> None:
        answer = event["response"]
        if "/assets/" in answer["url"] and not answer["fromDiskCache"]:
            travelled.append(answer["url"])

    def forget(event: dict[str, Any]) -> None:
        cached.add(event["requestId"])

    cached: set[str] = set()
    session.on("Network.requestServedFromCache", forget)
    session.on(
        "Network.responseReceived",
        lambda event: None if event["requestId"] in cached else note(event),
    )
    session.send("Network.enable")
    return travelled


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        "/?lang=ar&iso3=SEN",
        "/country?lang=ar&iso3=SEN",
        "/explore?lang=ar&kind=results",
        "/sources?lang=ar",
        "/changes?lang=ar",
        "/quality?lang=ar",
    ],
)
def test_a_page_keeps_to_itself_and_can_be_read_by_everyone(visit: Visit, path: str) -> None:
    screen.open_page(visit, path)
    if "iso3" in path or path == "/":
        assert serious_violations(screen.map_frame(visit)) == []
    assert serious_violations(visit.page) == []
    for menu in visit.page.locator(".atlas-menu").all():
        screen.open_menu(visit, menu.get_attribute("data-menu") or "")
        assert serious_violations(visit.page) == []
    for tab in visit.page.get_by_role("tab").all():
        tab.click()
    screen.wait_until_still(visit)
    assert visit.page.get_by_test_id("stException").count() == 0


def serious_violations(document: Page | Frame) -> list[str]:
    """Serious and critical findings of axe, one line an element."""
    violations = Axe().run(document).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:300]} {node['target']}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


FAULTY = b"""<!doctype html><html lang="en"><title>x</title>
<img src="http://outside.example/beacon.png" alt="">
<script>fetch("http://outside.example/report").catch(() => {});</script>
<script src="/refused.js"></script>
<button></button>
<script>console.error("something failed"); throw new Error("thrown");</script>
"""


class Faulty(BaseHTTPRequestHandler):
    """Serves a page with every fault that the checks of a visit look for."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", "script-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(FAULTY)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def faulty() -> Iterator[str]:
    """Address of a page with faults."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Faulty) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_checks_of_a_visit_see_a_faulty_page(browser: Browser, faulty: str) -> None:
    with standing_outside() as outside, open_context(browser, outside) as context:
        visit = begin_visit(context, faulty)
        visit.page.goto(faulty)
        visit.page.wait_for_load_state("networkidle")
        assert set(visit.outside) == {
            "http://outside.example/beacon.png", "http://outside.example/report",
        }  # fmt: skip
        assert any("beacon.png" in line for line in outside.asked)
        kinds = {fault.split(":")[0] for fault in visit.faults}
        assert kinds == {"console", "error", "policy"}
        with pytest.raises(AssertionError):
            visit.assert_clean()
        assert [line.split(":")[0] for line in serious_violations(visit.page)] == ["button-name"]


def test_an_asset_without_a_cached_copy_is_seen_to_travel(
    browser: Browser, outside: Outside, atlas: Served
) -> None:
    with open_context(browser, outside) as fresh:
        visit = begin_visit(fresh, atlas.address)
        travelled = note_travelled(visit)
        with visit.page.expect_response("**/sites.bin"):
            screen.open_map(visit)
        session = fresh.new_cdp_session(visit.page)
        session.send("Network.clearBrowserCache")
        with visit.page.expect_response("**/sites.bin"):
            screen.open_map(visit)
        assert len(travelled) == 16
