"""Comparing, as a reader does it: choose, read, hand on the address, move one map and see both move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Frame, expect

from geodata.codes import country_name
from tests.browser import screen
from tests.browser.test_pages import serious_violations
from tests.browser.visits import Outside, Visit, begin_visit, open_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ACTORS = "/compare?compare=actors&with=ocp_foundation&with=um6p"
COUNTRIES = "/compare?with=SEN&with=CIV&with=GAB"


def tables(visit: Visit) -> list[str]:
    """The tables of the page, as they read."""
    found = visit.page.locator(".atlas-compared")
    expect(found.nth(1)).to_be_visible()
    return [screen.letters(text) for text in found.all_inner_texts()]


def maps(visit: Visit) -> list[Frame]:
    """The frames of the maps side by side, painted."""
    return [
        screen.map_frame(visit, f".st-key-compare-maps [data-testid='stColumn']:nth-child({number})")
        for number in (1, 2)
    ]


def test_two_countries_are_chosen_compared_and_handed_on(
    visit: Visit, browser: Browser, outside: Outside
) -> None:
    screen.open_page(visit, "/compare?country=KEN")  # set aside: what is compared takes its place
    with screen.one_rerun(visit):
        visit.page.locator("[data-part='offered'] [data-code='SEN']").click()
    screen.wait_for_address(visit, "with", "SEN")
    field = visit.page.locator("[list='atlas-countries'][data-name-of='with']")
    with screen.one_rerun(visit):
        field.fill(country_name("CIV", "ar"))
        field.press("Enter")
    screen.wait_until_still(visit)
    assert screen.address(visit)["with"] == ["SEN", "CIV"]
    line = visit.page.locator("[data-part='measures'] [data-measure='project'] td b")
    expect(line).to_have_text(["2", "1"])
    changed = visit.page.locator("[data-part='differences'] [data-measure='project'] td")
    expect(changed).to_have_attribute("data-difference", "-1.0")
    refused = visit.page.locator("[data-part='differences'] [data-measure='agreement'] td")
    expect(refused).to_have_attribute("data-why", "bound")
    planned = visit.page.locator("[data-part='differences'] [data-measure='event'] td")
    expect(planned).to_have_attribute("data-why", "planned")
    with open_context(browser, outside) as fresh:
        other = begin_visit(fresh, visit.address)
        screen.open_page(other, visit.page.url.removeprefix(visit.address))
        assert tables(other) == tables(visit)
        other.assert_clean()
    with screen.one_rerun(visit):
        visit.page.locator("[data-drop='with'][data-code='SEN']").click()
    screen.wait_for_address(visit, "with", "CIV")


def test_what_names_nothing_changes_nothing(visit: Visit) -> None:
    screen.open_page(visit, f"{COUNTRIES}&with=XXX")
    field = visit.page.locator("[list='atlas-countries'][data-name-of='with']")
    with screen.one_rerun(visit):
        field.fill("<b>Atlantis</b>")
        field.press("Enter")
    expect(visit.page.get_by_role("alert").filter(has_text="<b>Atlantis</b>")).to_be_visible()
    chosen = visit.page.locator("[data-drop='with']").evaluate_all("all => all.map(one => one.dataset.code)")
    assert chosen == ["SEN", "CIV", "GAB"]


def test_one_map_moves_the_other_and_no_rerun_is_asked(visit: Visit) -> None:
    screen.open_page(visit, ACTORS)
    first, second = maps(visit)
    asked = visit.reruns_asked
    for moved, follower in ((first, second), (second, first)):
        screen.look_at(moved, 12.0, 5.0, 4)
        assert screen.looks_at(follower) == pytest.approx(screen.looks_at(moved), abs=1e-9)
        assert screen.looks_at(follower)[2] == 4
        screen.look_at(moved, 0.0, 20.0, 3)
    box = visit.page.locator(screen.MAP).first.bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + 200, box["y"] + 200)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + 120, box["y"] + 150, steps=4)
    visit.page.mouse.up()
    first.wait_for_function("() => atlas.map.getCenter().lng > 21")
    second.wait_for_function("() => atlas.map.getCenter().lng > 21")
    screen.let_the_component_report(second)
    assert visit.reruns_asked == asked


def test_both_maps_are_painted_in_the_same_classes(visit: Visit) -> None:
    screen.open_page(visit, ACTORS)
    first, second = maps(visit)
    colours = screen.swatches(visit)
    assert colours
    assert first.evaluate("atlas.state.palette") == second.evaluate("atlas.state.palette") == colours
    assert screen.facts(first) != screen.facts(second)
    with screen.one_repaint(first), screen.one_repaint(second), screen.one_rerun(visit):
        screen.open_menu(visit, "display")
        screen.choose(visit, "palette", 2)
    assert first.evaluate("atlas.state.palette") == second.evaluate("atlas.state.palette") != colours


@pytest.mark.parametrize("path", [f"{COUNTRIES}&lang=fr", f"{ACTORS}&lang=en", f"{ACTORS}&lang=ar"])
def test_a_comparison_can_be_read_by_everyone(visit: Visit, path: str) -> None:
    screen.open_page(visit, path)
    assert len(tables(visit)) >= 2
    if "actors" in path:
        assert [serious_violations(frame) for frame in maps(visit)] == [[], []]
    assert serious_violations(visit.page) == []
