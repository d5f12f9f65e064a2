"""The server as the network sees it: headers, assets, refusals."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from ess.maps.assets import asset
from tests.browser.serving import Served, serving

ASSETS = ("leaflet.js", "leaflet.css", "country_layer.js", "country_layer.css", "countries.topo.json")
AGENT_PATHS = ("/_stcore/agent/interact", "/_stcore/agent", "/mcp")
COMPONENT = "/component/streamlit_folium.st_folium/index.html"
EVERYWHERE = (
    "/",
    "/country",
    COMPONENT,
    "/media/none.png",
    "/assets/0000000000000000/leaflet.js",
    "/health",
    "/_stcore/health",
    "/app/static/none.txt",
    "/api/v1/",
    "/api/v1/activities?limit=1",
    "/api/v1/none",
)
HEADERS = {
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


@pytest.fixture(scope="module")
def served(root: Path) -> Iterator[Served]:
    """The atlas, as ``streamlit run app.py`` runs it."""
    with serving(root) as running:
        yield running


@dataclass(frozen=True)
class Answer:
    """An answer of the server; names of headers in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(served: Served, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask for a path exactly as it is written; an underscore in a header's name is a hyphen."""
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=30)) as connection:
        connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())


@pytest.mark.parametrize("path", [*EVERYWHERE, asset("leaflet.js").url])
def test_every_answer_has_the_security_headers(served: Served, path: str) -> None:
    headers = ask(served, path).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    policy = headers["content-security-policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'self'", "form-action 'none'", "object-src 'none'"):
        assert rule in policy
    assert "http" not in policy
    assert ("'unsafe-eval'" in policy) == path.startswith("/component/")
    # The server that Streamlit starts names itself; it must not tell its version.
    assert not re.search(r"\d", headers.get("server", ""))


@pytest.mark.parametrize("name", ASSETS)
def test_an_asset_is_kept_for_ever_and_compressed(served: Served, name: str) -> None:
    url, body = asset(name).url, asset(name).body
    plain, packed = ask(served, url), ask(served, url, Accept_Encoding="gzip, br")
    assert (plain.status, packed.status) == (200, 200)
    assert plain.body == gzip.decompress(packed.body) == body
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    for answer in (plain, packed):
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "accept-encoding" in answer.headers["vary"].lower()
    again = ask(served, url, If_None_Match=plain.headers["etag"])
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/assets/0000000000000000/leaflet.js",
        "/assets/{digest}/none.js",
        "/assets/{digest}/leaflet.css",
        "/assets/{digest}/..%2f..%2fapp.py",
        "/assets/{digest}/%2e%2e/%2e%2e/app.py",
        "/assets/../app.py",
        "/assets/{digest}/../../app.py",
        "/assets/{digest}/leaflet.js%00.css",
        "//assets/{digest}/..\\..\\app.py",
        "/media/../../app.py",
        "/component/streamlit_folium.st_folium/../../../app.py",
        "/component/streamlit_folium.st_folium/%2e%2e/%2e%2e/__init__.py",
        "/app/static/../../app.py",
        "/app/static/",
    ],
)
def test_no_other_path_gives_a_file(served: Served, path: str) -> None:
    answer = ask(served, path.format(digest=asset("leaflet.js").digest))
    assert answer.status < 500
    assert b"import" not in answer.body or b"<!doctype html>" in answer.body.lower()
    assert "immutable" not in answer.headers.get("cache-control", "")
    if path.startswith("/assets/") and "/../" not in path and "%2e" not in path:
        assert answer.status in (400, 404)


def test_health_says_that_the_process_answers(served: Served) -> None:
    answer = ask(served, "/health")
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers["cache-control"] == "no-store"


def test_an_asset_cannot_be_written(served: Served) -> None:
    assert ask(served, asset("leaflet.js").url, method="POST").status == 405


@pytest.mark.parametrize("path", ["/", "/health", asset("leaflet.js").url, COMPONENT, "/_stcore/host-config"])
def test_another_host_name_is_refused(served: Served, path: str) -> None:
    assert ask(served, path, Host="evil.example").status in (400, 403)
    assert ask(served, path, Host=f"127.0.0.1:{served.port}").status in (200, 404)


def shake_hands(served: Served, origin: str) -> int:
    """Status of a websocket's opening handshake from a page of `origin`."""
    address = f"ws://127.0.0.1:{served.port}/_stcore/stream"
    try:
        with connect(address, origin=Origin(origin), subprotocols=[Subprotocol("streamlit")], proxy=None):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_a_page_of_another_host_cannot_open_the_websocket(served: Served) -> None:
    assert shake_hands(served, "http://evil.example") == 403
    assert shake_hands(served, "null") == 403
    assert shake_hands(served, f"http://127.0.0.1:{served.port}") == 101


def test_the_interface_for_programs_is_off(served: Served) -> None:
    for path in AGENT_PATHS:
        answer = ask(served, path, method="POST", Content_Type="application/json")
        assert answer.status in (403, 404, 405), path
