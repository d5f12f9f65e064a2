"""A researcher's visit: partners of one actor, two compared, a workbook, and the same view elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.browser import screen
from tests.browser.test_compare import tables
from tests.browser.visits import Outside, Visit, begin_visit, open_context
from tests.exports.readers import sheet_rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ACTOR, GROUP = "ocp_foundation", "ldc"


def mark(visit: Visit, key: str, code: str) -> None:
    """Mark an option of a filter, as a reader does."""
    option = screen.open_filter(visit, key).locator(f"input[data-code='{code}']")
    with screen.one_repaint(screen.map_frame(visit)):
        option.check()


def figures(visit: Visit) -> dict[str, str]:
    """The values of the table below the map by country."""
    found: dict[str, str] = visit.page.locator(".place-below .atlas-table tbody tr").evaluate_all(
        "all => Object.fromEntries(all.map(row => [row.querySelector('[data-iso3]').dataset.iso3, "
        "row.querySelector('[data-value]').dataset.value]))"
    )
    return found


def test_a_selection_is_compared_taken_away_and_found_again_elsewhere(
    visit: Visit, browser: Browser, outside: Outside
) -> None:
    screen.open_map(visit, "/?lang=en")
    everything = figures(visit)
    mark(visit, "group", GROUP)
    mark(visit, "actor", ACTOR)
    shown = figures(visit)
    assert 2 <= len(shown) < len(everything)
    workbook = screen.take_file(visit, "map.xlsx")
    rows = [row for row in sheet_rows(workbook, 0) if row["iso3"] and row["state"] != "none"]
    assert {row["iso3"]: float(row["value"]) for row in rows if row["value"] is not None} == {
        iso3: float(value) for iso3, value in shown.items() if value
    }
    assert {row["code"] for row in sheet_rows(workbook, "Filter")} == {ACTOR, GROUP}
    pinned = screen.open_menu(visit, "link").locator("textarea").last.input_value()
    visit.page.locator("a[href*='compare']").first.click()
    for iso3 in sorted(shown)[:2]:
        with screen.one_rerun(visit):
            visit.page.locator(f"[data-part='offered'] [data-code='{iso3}']").click()
        screen.wait_until_still(visit)
    sides = tables(visit)
    assert screen.address(visit)["actor"] == [ACTOR]
    address = visit.page.url.removeprefix(visit.address)
    with open_context(browser, outside) as fresh:
        other = begin_visit(fresh, visit.address)
        screen.open_map(other, "/?" + pinned.partition("?")[2])
        assert figures(other) == shown
        screen.open_page(other, address)
        assert tables(other) == sides
        other.assert_clean()
