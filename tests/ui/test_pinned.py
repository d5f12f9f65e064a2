"""An address pinned to a snapshot: what it finds, what it reports, and what it can cost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from ess.api.downloads import Download, Make, build_download_route
from ess.api.v1.asking import Defaults
from ess.api.v1.serving import Interface
from ess.errors import ExportError, StoreError
from ess.settings import Settings
from ess.store.opening import builtin_snapshot, find_by_prefix
from ess.store.snapshots import Snapshot, set_current
from ess.store.writing import write_snapshot
from ess.ui import cache, downloads
from ess.ui.downloads import make_download
from ess.ui.keep import Answers
from ess.ui.keys import format_state, parse_state
from tests.api.v1.asking import Client, application
from tests.exports.readers import read_csv
from tests.factories import placed, portfolio
from tests.loops import run_aside


def edition(folder: Path, activities: int) -> Snapshot:
    """A snapshot with so many activities in Senegal."""
    ids = [f"a{number}" for number in range(activities)]
    tables = portfolio(
        activities=[{"id": code} for code in ids], places=[row for code in ids for row in placed(code, "SEN")]
    )
    return write_snapshot(tables, folder, origin="test", created=f"2026-01-{activities:02}T00:00:00Z")


@pytest.fixture
def editions(tmp_path: Path) -> list[Snapshot]:
    """Six editions, of 1 to 6 activities; the last one serves."""
    found = [edition(tmp_path, number) for number in range(1, 7)]
    set_current(tmp_path, found[-1].id)
    return found


@pytest.fixture
def served(
    editions: list[Snapshot], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Snapshot]]:
    """The caches of a process that serves these editions, as it starts."""
    monkeypatch.setattr(cache, "settings", lambda: Settings(store=tmp_path, language="en"))
    monkeypatch.setattr(cache, "_EARLIER", Answers(cache._MOST_EARLIER))
    cache._LATELY.clear()
    cache._served.cache_clear()
    yield editions
    cache._LATELY.clear()
    cache._served.cache_clear()


def test_a_snapshot_is_found_by_its_id_or_its_beginning(editions: list[Snapshot], tmp_path: Path) -> None:
    wanted = editions[2]
    for length in (8, 12, len(wanted.id)):
        assert find_by_prefix(tmp_path, wanted.id[:length]) == wanted


@pytest.mark.parametrize("text", ["", "0123456", "zzzzzzzz", "../../../etc", "0" * 16, "0" * 65, "DEADBEEF"])
def test_what_names_no_snapshot_finds_none(editions: list[Snapshot], tmp_path: Path, text: str) -> None:
    assert editions
    assert find_by_prefix(tmp_path, text) is None


def test_the_built_in_portfolio_is_found_by_what_it_holds(editions: list[Snapshot], tmp_path: Path) -> None:
    assert editions
    found = builtin_snapshot()
    assert find_by_prefix(None, found.id[:8]) == find_by_prefix(tmp_path, found.id) == found


def test_a_beginning_that_two_share_finds_none(tmp_path: Path) -> None:
    for tail in ("aa", "bb"):
        (tmp_path / "snapshots" / f"01234567{tail}").mkdir(parents=True)
    assert find_by_prefix(tmp_path, "01234567") is None
    with pytest.raises(StoreError):
        find_by_prefix(tmp_path, "01234567a")


def test_a_damaged_snapshot_is_as_good_as_none(served: list[Snapshot]) -> None:
    served[0].table_path("places").write_bytes(b"rubbish")
    assert cache.find_snapshot(served[0].id) is None
    assert cache.find_snapshot(served[1].id) == served[1]


def test_the_state_keeps_a_snapshot_that_was_found_and_reports_one_that_was_not() -> None:
    keep = cache.keep_of(builtin_snapshot().id)
    vocabulary, settings = cache.vocabulary(keep.snapshot.id), Settings()
    params = {"snapshot": [keep.snapshot.id[:8]], "measure": ["project"]}
    state, unusable = parse_state(params, vocabulary, settings, keep.snapshot.id)
    assert (state.snapshot, unusable) == (keep.snapshot.id, [])
    assert format_state(state, settings)["snapshot"] == [keep.snapshot.id]
    state, unusable = parse_state(params, vocabulary, settings)
    assert state.snapshot is None
    assert [(one.key, one.value) for one in unusable] == [("snapshot", keep.snapshot.id[:8])]
    assert "snapshot" not in format_state(state, settings)


def test_many_old_snapshots_do_not_fill_the_memory_nor_push_the_served_one_out(
    served: list[Snapshot],
) -> None:
    current = cache.keep_of(cache.snapshot().id)
    with ThreadPoolExecutor(4) as visitors:
        found = list(visitors.map(lambda one: cache.vocabulary(one.id), served * 3))
    assert len(found) == 18
    assert cache._EARLIER.told().entries == cache._MOST_EARLIER
    assert cache.keep_of(served[-1].id) is current
    assert cache._served.cache_info().currsize == 1


def test_a_snapshot_that_served_a_moment_ago_is_not_opened_again(
    served: list[Snapshot], tmp_path: Path
) -> None:
    before = cache.keep_of(cache.snapshot().id)
    set_current(tmp_path, served[0].id)
    assert cache.snapshot() == served[0]
    assert cache.keep_of(before.snapshot.id) is before


# Files of an address


def asked(name: str, **params: str) -> Download | None:
    return make_download(name, {key: [value] for key, value in params.items()}, "https://atlas.example")


def activities_in_senegal(found: Download | None) -> float:
    assert found is not None
    (value,) = (row["value"] for row in read_csv(found.body) if row["iso3"] == "SEN")
    return float(value)


def test_a_file_is_about_the_snapshot_that_its_address_names(served: list[Snapshot]) -> None:
    assert activities_in_senegal(asked("map.csv")) == 6
    for number, one in enumerate(served, start=1):
        assert activities_in_senegal(asked("map.csv", snapshot=one.id)) == number


def test_a_citation_has_the_pinned_address_and_the_day(served: list[Snapshot]) -> None:
    found = asked("citation.ris", snapshot=served[1].id[:10], page="country", iso3="SEN", measure="project")
    assert found is not None
    text = found.body.decode()
    assert "DA  - 2026/01/02\r\n" in text
    assert "UR  - https://atlas.example/country?lang=en" in text
    assert f"snapshot={served[1].id}\r\n" in text
    assert "Senegal" in text


@pytest.mark.parametrize(
    ("params", "because"),
    [
        ({"snapshot": "deadbeefdeadbeef"}, "no snapshot deadbeef"),
        ({"own": "0" * 32}, "no longer there"),
        ({"stage": "nonsense"}, "stage=nonsense"),
        ({"typo": "1"}, "typo=1"),
    ],
)
def test_an_address_that_cannot_be_answered_as_it_stands_is_refused(
    served: list[Snapshot], params: dict[str, str], because: str
) -> None:
    assert served
    with pytest.raises((StoreError, ExportError), match=because):
        asked("map.csv", **params)


@pytest.mark.parametrize("name", ["map", "map.exe", "../map.csv", "records.gpkg", ""])
def test_there_is_no_other_file(served: list[Snapshot], name: str) -> None:
    assert served
    assert asked(name) is None


@pytest.mark.parametrize("name", ["map.xlsx", "records.xml", "everything.zip"])
def test_more_records_than_a_page_writes_are_refused(
    served: list[Snapshot], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    assert asked(name, snapshot=served[-1].id) is not None
    monkeypatch.setattr(downloads, "MOST_RECORDS", 5)
    with pytest.raises(ExportError, match="6 activities"):
        asked(name, snapshot=served[-1].id)
    assert activities_in_senegal(asked("map.csv", snapshot=served[-1].id)) == 6


# The route


@dataclass
class Said:
    """An answer of the application."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def get(make: Make, path: str, **headers: str) -> Said:
    """What an application with the route alone answers, asked without a server."""
    said = Said()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            said.status = message["status"]
            said.headers = {name.decode(): text.decode() for name, text in message["headers"]}
        said.body += message.get("body", b"")

    address, _, query = path.partition("?")
    told = [(b"host", b"atlas.example"), *((n.encode(), text.encode()) for n, text in headers.items())]
    scope = {
        "type": "http", "method": "GET", "path": address, "raw_path": address.encode(),
        "query_string": query.encode(), "headers": told, "scheme": "http", "server": ("127.0.0.1", 80),
        "http_version": "1.1", "root_path": "",
    }  # fmt: skip

    async def ask() -> None:
        await Starlette(routes=[build_download_route(make)])(scope, receive, send)

    run_aside(ask())
    return said


def test_a_file_is_an_attachment_that_nobody_keeps() -> None:
    found = get(lambda *_: Download(b"x", "atlas.csv", "text/csv"), "/download/map.csv")
    assert (found.status, found.body) == (200, b"x")
    assert found.headers["content-disposition"] == 'attachment; filename="atlas.csv"'
    assert found.headers["cache-control"] == "no-store"


def test_what_cannot_be_made_is_a_sentence_in_the_reader_s_language() -> None:
    def fail(*_: object) -> Download:
        raise StoreError("There is no snapshot {found}; open the address without it.", found="x")

    said = get(fail, "/download/map.csv?lang=fr")
    assert said.status == 422
    assert said.body.decode().startswith("Il n’y a pas d’instantané x")
    assert get(lambda *_: None, "/download/nothing.csv").status == 404


def test_a_proxy_tells_the_scheme_and_nothing_else(served: list[Snapshot]) -> None:
    assert served
    for told, scheme in (("https", "https"), ("javascript", "http"), ("", "http")):
        found = get(make_download, "/download/citation.bib?lang=en", **{"x-forwarded-proto": told})
        assert f"url = {{{scheme}://atlas.example/?lang=en" in found.body.decode()


def client() -> Client:
    """Asks the interface as the application puts it together."""
    return Client(application(Interface(cache.portfolio_of, cache.api_answer, Defaults("un", "en"))))


def test_the_interface_answers_from_the_snapshot_that_is_asked_for(served: list[Snapshot]) -> None:
    assert client().get("activities").json["total"] == 6
    for number, one in enumerate(served, start=1):
        answer = client().get("activities", ("snapshot", one.id[:12]), ("limit", 1))
        assert answer.headers["atlas-snapshot"] == answer.json["snapshot"]["id"] == one.id
        assert answer.json["total"] == number
        for link in (*answer.links.values(), answer.json["rows"][0]["url"]):
            followed = client().ask(link)
            assert (followed.status, followed.headers["atlas-snapshot"]) == (200, one.id)


@pytest.mark.parametrize("text", ["0123456789abcdef", "../../etc", "é" * 8])
def test_a_snapshot_that_is_none_is_refused_in_one_sentence(served: list[Snapshot], text: str) -> None:
    assert served
    answer = client().get("activities", ("snapshot", text))
    assert (answer.status, answer.json["error"]["parameter"]) == (400, "snapshot")
    assert text in answer.json["error"]["message"]
