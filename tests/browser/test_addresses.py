"""Addresses that nobody would write: the default view, a polite note, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser import screen
from tests.browser.visits import Visit, begin_visit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.browser.serving import Served

RUBBISH = {
    "single": "iso3=XXX&k=999&measure=no_such&at=nan,inf,1e400&scheme=",
    "repeated": "iso3=SEN&iso3=CIV&measure=result:no_such&year=abcd&group=none",
    "script": "measure=" + quote("${alert(1)}`<svg/onload=alert(1)>"),
    "strange key": quote("<img src=x onerror=alert(1)>") + "=" + quote("*x* ![z](http://outside.example/z)"),
    "long": "type=" + 100_000 * "x",
}


@pytest.mark.parametrize("query", RUBBISH.values(), ids=RUBBISH.keys())
def test_rubbish_in_the_address_gives_the_default_view_and_a_note(
    visit: Visit, atlas: Served, query: str
) -> None:
    written = len(atlas.log)
    if len(query) > 60_000:
        answer = visit.page.request.get(f"{visit.address}/?{query}")
        assert answer.status < 500
        query = query[:8_000]
    frame = screen.open_map(visit, f"/?{query}")
    expect(visit.page.get_by_test_id("stAlert")).to_have_count(1)
    note = screen.letters(visit.page.get_by_test_id("stAlert").inner_text())
    assert query.split("=")[0] in note or query.startswith("%")
    assert len(note) < 600
    assert frame.evaluate("[atlas.state.view, atlas.state.chosen, atlas.state.lang]") == ["un", None, "fr"]
    assert screen.facts(frame)["SEN"]["text"] == "≥ 4"
    assert visit.page.get_by_test_id("stException").count() == 0
    assert "Traceback" not in visit.page.locator("body").inner_text()
    assert atlas.log[written:] == ""


def test_what_is_good_in_an_address_is_kept_beside_what_is_not(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?measure=project&k=999&lang=en&iso3=CPV")
    expect(visit.page.get_by_test_id("stAlert")).to_have_count(1)
    assert frame.evaluate("[atlas.state.chosen, atlas.state.lang]") == ["CPV", "en"]
    assert screen.facts(frame)["SEN"]["text"] == "2"


def test_a_good_address_gets_no_note(visit: Visit) -> None:
    screen.open_map(visit, "/?measure=project&k=3&lang=en&iso3=CPV&type=project")
    expect(visit.page.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.parametrize("path", ["/country?iso3=XXX", "/sources?iso3=XXX&k=no"])
def test_other_pages_are_as_polite(visit: Visit, path: str) -> None:
    screen.open_page(visit, path)
    assert visit.page.get_by_test_id("stException").count() == 0
    expect(visit.page.get_by_test_id("stAlert").first).to_contain_text("XXX")


def test_a_page_that_does_not_exist_leads_to_the_map(profile: BrowserContext, atlas: Served) -> None:
    visit = begin_visit(profile, atlas.address)
    screen.open_map(visit, "/no-such-page")
    visit.page.get_by_role("dialog").wait_for()
    visit.page.close()
    assert visit.outside == []
    assert [fault for fault in visit.faults if not fault.startswith("console: The page")] == []
