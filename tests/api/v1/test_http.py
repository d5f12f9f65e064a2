"""The interface as HTTP: methods, formats, tags, compression, origins, pages, and too many at once."""

from __future__ import annotations

import csv
import gzip
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.api.v1.asking import Asked, Portfolio
from ess.api.v1.formats import MEDIA_TYPES, accepted_format, accepts_gzip
from ess.api.v1.operations import build_operations
from ess.api.v1.packing import Packed, write_answer
from ess.api.v1.refusals import Refusal
from ess.api.v1.rules import MOST_AT_ONCE
from ess.errors import StoreError
from tests.api.v1.asking import ROOT, Client, application, interface_of
from tests.factories import PROPERTY

ROUTES = ("activities", "results", "finances", "countries", "measures", "measures/project", "boundaries")
SECURITY = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options")
BAD = (
    "activities?nothing=1",
    "activities?limit=0",
    "activities?limit=1001",
    "activities?limit=%D9%A1",
    "activities?limit=1&limit=2",
    "activities?offset=-1",
    "activities?sort=nothing",
    "activities?order=down",
    "activities?format=xml",
    "activities?view=mars",
    "activities?lang=xx",
    "activities?type=",
    "activities?type=nothing",
    "activities?type=%00",
    "activities?type=%FF%FE",
    "activities?" + "&".join(["type=project"] * 201),
    "activities?type=" + "a" * 201,
    "boundaries?format=json",
    "boundaries?type=project",
    "measures/project?currency=USD",
    "measures/commitment?shares=half",
    "openapi.json?view=un",
    "?nothing=1",
)


@pytest.mark.parametrize("route", BAD)
def test_what_means_nothing_is_refused_with_a_sentence(client: Client, route: str) -> None:
    answer = client.ask(f"{ROOT}/{route}")
    error = answer.json["error"]
    assert (answer.status, error["status"]) == (400, 400)
    assert error["parameter"] or error["code"] == "too_many_values"
    assert error["message"].endswith(".")
    assert "expected" in error["message"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_refusal_speaks_the_language_that_is_asked_for(client: Client) -> None:
    def sentence(lang: str) -> str:
        return str(client.get("activities", ("lang", lang), ("limit", 0)).json["error"]["message"])

    assert sentence("en") == "limit is “0”; expected a whole number, 1…1000."
    assert len({sentence(lang) for lang in ("fr", "en", "ar")}) == 3


@pytest.mark.parametrize("route", ["nothing", "activities/nothing", "measures/nothing", "activities/a/b"])
def test_what_is_not_there_is_said_so(client: Client, route: str) -> None:
    answer = client.ask(f"{ROOT}/{route}")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json["error"]["expected"]


@pytest.mark.parametrize("route", [*ROUTES, "", "openapi.json", "nothing", "activities?limit=0"])
def test_every_answer_has_the_security_headers_and_its_snapshot(
    client: Client, builtin: Portfolio, route: str
) -> None:
    answer = client.ask(f"{ROOT}/{route}")
    assert all(name in answer.headers for name in SECURITY)
    assert answer.headers["atlas-snapshot"] == builtin.snapshot.id
    assert answer.headers["atlas-data-as-of"] == builtin.snapshot.as_of


@pytest.mark.parametrize("route", [*ROUTES, "", "openapi.json"])
def test_head_says_what_get_would_and_options_what_may_be_asked(client: Client, route: str) -> None:
    full, head, options = (client.ask(f"{ROOT}/{route}", method) for method in ("GET", "HEAD", "OPTIONS"))
    assert (full.status, head.status, head.sent) == (200, 200, b"")
    assert head.headers == full.headers
    assert int(head.headers["content-length"]) == len(full.sent)
    assert (options.status, options.sent, options.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
def test_another_method_is_not_allowed(client: Client, method: str) -> None:
    answer = client.ask(f"{ROOT}/activities", method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json["error"]["expected"] == ["GET", "HEAD", "OPTIONS"]


@pytest.mark.parametrize("route", [*ROUTES, "", "openapi.json"])
def test_who_has_an_answer_already_is_told_so(client: Client, route: str) -> None:
    first = client.ask(f"{ROOT}/{route}")
    tag = first.headers["etag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = client.ask(f"{ROOT}/{route}", if_none_match=known)
        assert (again.status, again.sent, again.headers["etag"]) == (304, b"", tag)
    assert client.ask(f"{ROOT}/{route}", if_none_match='W/"other"').status == 200


def test_the_tag_names_the_question_however_it_is_spelled(client: Client, builtin: Portfolio) -> None:
    def tag(*pairs: tuple[str, str], **headers: str) -> str:
        return client.get("activities", *pairs, **headers).headers["etag"]

    question = tag(("type", "project"), ("type", "event"), ("limit", "100"))
    assert question == tag(("type", "event"), ("type", "Project"), ("view", "un"), ("sort", "id"))
    assert question == tag(("type", "EVENT"), ("type", "project"), ("format", "json"))
    others = [
        tag(("type", "event")),
        tag(("type", "event"), ("limit", "1")),
        tag(("type", "event"), ("lang", "ar")),
    ]
    others += [tag(("type", "event"), accept="text/csv"), tag(("type", "event"), ("view", "ma")), question]
    assert len(set(others)) == len(others)
    later = replace(builtin, snapshot=replace(builtin.snapshot, id="another"))
    assert (
        Client(application(interface_of(later))).get("measures").headers["etag"]
        != client.get("measures").headers["etag"]
    )


@pytest.mark.parametrize("route", [*ROUTES, "", "openapi.json"])
def test_an_answer_is_compressed_for_who_takes_that(client: Client, route: str) -> None:
    plain = client.ask(f"{ROOT}/{route}")
    packed = client.ask(f"{ROOT}/{route}", accept_encoding="br;q=1, gzip;q=0.5")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.sent) == plain.sent
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.headers["etag"] == plain.headers["etag"]


@pytest.mark.parametrize(
    ("header", "taken"),
    [("", False), ("gzip", True), ("*", True), ("gzip;q=0", False), ("gzip;q=0, *", False), ("br", False),
     ("GZIP;q=0.001", True), ("gzip;q=x", False)],
)  # fmt: skip
def test_what_an_accept_encoding_takes(header: str, taken: bool) -> None:  # noqa: FBT001 - a case
    assert accepts_gzip(header) is taken


@pytest.mark.parametrize(
    ("header", "formats", "name"),
    [
        ("", ("json", "csv"), "json"),
        ("*/*", ("json", "csv"), "json"),
        ("text/csv", ("json", "csv"), "csv"),
        ("text/*;q=0.9, application/json;q=0.8", ("json", "csv"), "csv"),
        ("application/json;q=0, */*", ("json", "csv"), "csv"),
        ("application/geo+json", ("json", "csv", "geojson"), "geojson"),
        ("application/json", ("geojson",), "geojson"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", ("json", "csv"), "json"),
    ],
)
def test_the_accept_header_chooses(header: str, formats: tuple[str, ...], name: str) -> None:
    assert accepted_format(header, formats) == name


def test_a_format_that_no_route_has_is_not_acceptable(client: Client) -> None:
    answer = client.get("activities", accept="image/png")
    assert answer.status == 406
    assert answer.json["error"]["expected"] == ["application/json", "text/csv; charset=utf-8"]
    assert client.get("activities", ("format", "json"), accept="image/png").status == 200


@PROPERTY
@given(header=st.text(max_size=40))
def test_no_header_breaks_the_choice(header: str) -> None:
    chosen = ""
    with suppress(Refusal):
        chosen = accepted_format(header, tuple(MEDIA_TYPES))
    assert chosen in ("", *MEDIA_TYPES)
    assert accepts_gzip(header) in (True, False)


def origin_headers(client: Client, method: str, **headers: str) -> set[str]:
    answer = client.ask(f"{ROOT}/measures", method, **headers)
    return {name for name in answer.headers if name.startswith("access-control-")}


def test_no_page_of_another_host_may_read_unless_it_is_named(client: Client, builtin: Portfolio) -> None:
    asks = {"origin": "https://example.org", "access_control_request_method": "GET"}
    assert origin_headers(client, "GET", **asks) == origin_headers(client, "OPTIONS", **asks) == set()
    named = Client(application(interface_of(builtin, origins=("https://example.org",))))
    assert origin_headers(named, "GET", origin="https://evil.example") == set()
    assert origin_headers(named, "GET") == set()
    answer = named.get("measures", origin="https://example.org")
    assert answer.headers["access-control-allow-origin"] == "https://example.org"
    assert "Atlas-Snapshot" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]
    assert "Origin" in named.get("measures").headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers
    preflight = named.ask(f"{ROOT}/measures", "OPTIONS", **asks)
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (
        204,
        "GET, HEAD, OPTIONS",
    )
    assert "If-None-Match" in preflight.headers["access-control-allow-headers"]
    refused = named.get("nothing", origin="https://example.org")
    assert refused.headers["access-control-allow-origin"] == "https://example.org"


@pytest.mark.parametrize("route", ["activities", "results"])
@pytest.mark.parametrize("form", ["json", "csv"])
def test_the_links_lead_over_every_row_once(client: Client, route: str, form: str) -> None:
    whole = client.get(route, ("limit", 1000), ("format", form), ("sort", "id"), ("order", "descending"))
    rows = whole.json["rows"] if form == "json" else whole.rows
    first = client.get(route, ("limit", 5), ("format", form), ("sort", "id"), ("order", "descending"))
    page = first
    walked: list[dict[str, Any]] = []
    back: list[bytes] = []
    while True:
        walked += page.json["rows"] if form == "json" else page.rows
        if "next" not in page.links:
            break
        page = client.ask(page.links["next"])
    while "prev" in page.links:
        page = client.ask(page.links["prev"])
        back.append(page.sent)
    assert (
        [row["id"] for row in walked]
        == [row["id"] for row in rows]
        == sorted((row["id"] for row in rows), reverse=True)
    )
    assert len(rows) > 10
    assert back[-1] == first.sent
    assert whole.links == {}


def test_a_page_behind_the_last_row_is_empty_and_leads_back(client: Client) -> None:
    answer = client.get("activities", ("offset", 5000), ("limit", 10))
    assert answer.json["rows"] == []
    assert answer.json["total"] > 0
    assert client.ask(answer.links["prev"]).json["rows"]
    table = client.get("activities", ("offset", 5000), ("format", "csv"))
    (header,) = csv.reader(table.body.decode("utf-8-sig").splitlines())
    assert {"id", "countries", "analyst_codes", "snapshot"} <= set(header)


def test_more_questions_than_there_are_places_for_are_sent_away(builtin: Portfolio) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def answer(_: str, asked: Asked) -> Packed:
        begun.release()
        may_end.wait()
        return write_answer(asked, builtin, build_operations())

    client = Client(application(interface_of(builtin, answer=answer)))
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        waiting = [pool.submit(client.get, "measures") for _ in range(MOST_AT_ONCE)]
        for _ in waiting:
            begun.acquire()
        full = client.get("measures")
        may_end.set()
        assert (full.status, full.json["error"]["code"]) == (503, "full")
        assert int(full.headers["retry-after"]) > 0
        assert [one.result().status for one in waiting] == [200] * MOST_AT_ONCE
    assert client.get("measures").status == 200


def failing(portfolio: Portfolio, fault: Exception) -> Client:
    def answer(_: str, _asked: Asked) -> Packed:
        raise fault

    return Client(application(interface_of(portfolio, answer=answer)))


def test_a_fault_of_the_atlas_tells_nothing_of_itself(
    builtin: Portfolio, caplog: pytest.LogCaptureFixture
) -> None:
    answer = failing(builtin, RuntimeError("/secret/path")).get("measures")
    assert (answer.status, answer.json["error"]["code"]) == (500, "failed")
    assert b"secret" not in answer.body
    assert "/secret/path" in caplog.text


def test_without_a_snapshot_it_says_when_to_come_back(builtin: Portfolio) -> None:
    answer = failing(builtin, StoreError("It is gone.")).get("measures")
    assert (answer.status, answer.json["error"]["code"]) == (503, "no_snapshot")
    assert int(answer.headers["retry-after"]) > 0


def test_every_status_that_is_met_is_documented(client: Client) -> None:
    paths: dict[str, Any] = client.ask(f"{ROOT}/openapi.json").json["paths"]
    for item in paths.values():
        assert {"200", "304", "400", "406", "500", "503"} <= item["get"]["responses"].keys()
        in_path = any(one["in"] == "path" for one in item["get"]["parameters"])
        assert ("404" in item["get"]["responses"]) is in_path
    assert json.dumps(paths).count('"default"') > 0
