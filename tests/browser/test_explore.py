"""A researcher: filters, searches, sorts and pages, and takes the table and its address away."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser import screen
from tests.browser.visits import Outside, Visit, begin_visit, open_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def badge(visit: Visit) -> int:
    """How many rows the page says that there are."""
    return int("".join(filter(str.isdigit, visit.page.locator(".atlas-number").inner_text())))


def first_cells(visit: Visit) -> list[str]:
    """What unfolds in each row of the page."""
    return [screen.letters(text) for text in visit.page.locator(".atlas-rows summary").all_inner_texts()]


def open_explore(visit: Visit, query: str = "") -> None:
    screen.open_page(visit, f"/explore?{query}")
    visit.page.locator(".atlas-number").wait_for()


def search(visit: Visit, text: str) -> None:
    field = visit.page.locator("input[data-text=q]")
    field.fill(text)
    with screen.one_rerun(visit):
        field.press("Enter")


def test_a_researcher_finds_the_partners_of_one_actor_and_passes_the_view_on(
    visit: Visit, browser: Browser, outside: Outside
) -> None:
    open_explore(visit)
    everything = badge(visit)
    screen.open_filter(visit, "actor")
    with screen.one_rerun(visit):
        visit.page.locator("[data-filter=actor] input[data-code=ocp_foundation]").check()
    screen.open_filter(visit, "group")
    with screen.one_rerun(visit):
        visit.page.locator("[data-filter=group] input[data-code=ldc]").check()
    least_developed = badge(visit)
    assert 0 < least_developed < everything
    visit.page.locator("[data-menu=filters] > summary").click()
    search(visit, "SÉNEGAL")
    assert 0 < badge(visit) < least_developed
    with screen.one_rerun(visit):
        visit.page.locator("th button[data-code=title]").click()
    ascending = first_cells(visit)
    with screen.one_rerun(visit):
        visit.page.locator("th button[data-code='-title']").click()
    assert first_cells(visit) == ascending[::-1]
    address, text = visit.page.url, screen.letters(visit.page.locator(".atlas-rows").inner_text())
    assert {key: codes[0] for key, codes in screen.address(visit).items()} == {
        "actor": "ocp_foundation",
        "group": "ldc",
        "q": "SÉNEGAL",
        "sort": "-title",
    }
    with open_context(browser, outside) as elsewhere:
        other = begin_visit(elsewhere, visit.address)
        other.page.goto(address)
        other.page.locator(".atlas-number").wait_for()
        screen.wait_until_still(other)
        assert screen.letters(other.page.locator(".atlas-rows").inner_text()) == text
        other.assert_clean()
    with screen.one_rerun(visit):
        visit.page.locator("button[data-drop=q]").click()
    assert badge(visit) == least_developed
    expect(visit.page.locator("input[data-text=q]")).to_have_value("")


def test_pages_make_the_whole_and_so_does_the_file(visit: Visit) -> None:
    open_explore(visit, "kind=activities&size=25&review=yes&review=no&lang=fr")
    assert badge(visit) <= 25
    open_explore(visit, "kind=results&columns=id&columns=indicator")
    total = badge(visit)
    seen = first_cells(visit)
    assert len(seen) == min(total, 25)
    with visit.page.expect_download() as download:
        visit.page.get_by_test_id("stDownloadButton").locator("button").click()
    rows = pd.read_csv(io.BytesIO(Path(download.value.path()).read_bytes()), sep=";")
    assert list(rows["id"])[:25] == seen
    assert len(rows) == total
    assert {"source", "locator", "snapshot", "boundary_view"} <= set(rows.columns)


def test_another_kind_has_its_own_columns(visit: Visit) -> None:
    open_explore(visit, "page=1&sort=-title")
    with screen.one_rerun(visit):
        screen.choose(visit, "kind", 1)
    assert screen.address(visit) == {"kind": ["results"]}
    boxes = screen.open_menu(visit, "columns").locator("[data-columns=results]")
    expect(boxes).to_be_visible()
    expect(visit.page.locator("[data-columns=activities]")).to_be_hidden()
    with screen.one_rerun(visit):
        boxes.locator("input[data-code=source]").uncheck()
    assert "source" not in screen.address(visit)["columns"]
    assert visit.page.locator(".atlas-rows th").count() == len(screen.address(visit)["columns"])


def test_the_map_is_searched_too(visit: Visit) -> None:
    frame = screen.open_map(visit)
    screen.open_menu(visit, "filters")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        visit.page.locator("input[data-text=q]").fill("guinee-bissau")
        visit.page.locator("input[data-text=q]").press("Enter")
    assert set(screen.facts(frame)) - {"MAR"} == {"GNB"}
    screen.wait_for_address(visit, "q", "guinee-bissau")


def test_a_row_leads_to_its_country(visit: Visit) -> None:
    open_explore(visit, "country=GIN&lang=en")
    visit.page.locator(".atlas-rows summary").first.click()
    expect(visit.page.locator(".atlas-rows details[open]").first).to_contain_text("Source")
    visit.page.locator(".atlas-rows td > a").first.click()
    visit.page.wait_for_url("**/country?*")
    assert screen.address(visit)["country"] == ["GIN"]


@pytest.mark.parametrize("query", ["page=0&size=7&kind=wars&columns=x&sort=countries", "page=999999999"])
def test_what_no_table_has_gives_the_table_all_the_same(visit: Visit, query: str) -> None:
    open_explore(visit, query)
    assert len(first_cells(visit)) > 0
    assert visit.page.get_by_test_id("stException").count() == 0
