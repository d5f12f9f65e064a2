"""Classes, rates and circles as a reader chooses them."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Frame, expect

from ess.maps.palette import diverging_colours
from geodata.codes import country_name
from tests.browser import screen
from tests.browser.visits import Visit

MAP_MESSAGE = 4_000  # bytes that a change may send for the map


def circles(frame: Frame) -> dict[str, float]:
    """Radii of the circles on the map, by country."""
    found: dict[str, float] = frame.evaluate(
        """Object.fromEntries(atlas.units()
            .filter(unit => unit.circle && atlas.map.hasLayer(unit.circle))
            .map(unit => [unit.id, unit.circle.getRadius()]))"""
    )
    return found


def table(visit: Visit) -> list[str]:
    """The rows of the table."""
    return visit.page.locator(".atlas-table tbody tr").all_inner_texts()


def pick(visit: Visit, frame: Frame, key: str, code: str) -> None:
    """Choose in the panel Display, and wait until map and address have it."""
    screen.open_menu(visit, "display")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        visit.page.locator(f"select[data-set='{key}']").select_option(code)
    screen.wait_for_address(visit, key, code)


def seen(visit: Visit, frame: Frame) -> list[Any]:
    """Everything that tells a class, a rate or a size."""
    parts = [visit.page.locator(f".atlas-{name}").inner_html() for name in ("histogram", "sized", "remarks")]
    drawn = [screen.facts(frame), circles(frame)]
    return [*drawn, screen.legend(visit), screen.swatches(visit), table(visit), *parts]


def test_head_tail_by_population_in_circles_is_the_same_after_a_reload(visit: Visit) -> None:
    frame = screen.open_map(visit)
    frame.evaluate("window.mark = 'the same document'")
    assert circles(frame) == {}
    heard, requests = len(visit.heard), len(visit.requests)
    pick(visit, frame, "norm", "population")
    pick(visit, frame, "scheme", "head_tail")
    pick(visit, frame, "mark", "circles")
    assert frame.evaluate("window.mark") == "the same document"
    assert max(visit.map_bytes(heard)) <= MAP_MESSAGE
    assert visit.assets(requests) == []
    screen.wait_until_still(visit)
    before = seen(visit, frame)
    radii = circles(frame)
    assert set(radii) == {iso3 for iso3, fact in screen.facts(frame).items() if fact["fill"].isdigit()}
    assert radii["SEN"] ** 2 / radii["CPV"] ** 2 == pytest.approx(4 / 2, rel=0.02)
    again = screen.open_map(visit, f"/?{visit.page.url.partition('?')[2]}")
    assert seen(visit, again) == before
    assert screen.address(visit) == {"scheme": ["head_tail"], "norm": ["population"], "mark": ["circles"]}


def test_the_legend_says_by_what_was_divided_and_the_file_carries_it(visit: Visit) -> None:
    screen.open_map(visit, "/?lang=en&norm=population")
    expect(visit.page.locator(".atlas-remarks")).to_contain_text("World Bank")
    expect(visit.page.locator(".atlas-remarks")).to_contain_text("2019")
    expect(visit.page.locator(".atlas-legend b")).to_contain_text("per million inhabitants")
    expect(visit.page.locator(".atlas-table thead")).to_contain_text("Inhabitants")
    body = screen.take_file(visit, "map.csv")
    file = pd.read_csv(io.BytesIO(body), encoding="utf-8-sig", dtype=str)
    senegal = file.set_index("iso3").loc["SEN"]
    assert (senegal["denominator"], senegal["denominator_year"]) == ("16296364", "2019")
    assert "World Bank" in senegal["denominator_source"]
    row = next(row for row in table(visit) if country_name("SEN", "en") in row)
    assert f"{senegal['class']} of {senegal['classes']}" in row


def test_the_warning_leads_to_circles_and_areas_come_back(visit: Visit) -> None:
    frame = screen.open_map(visit)
    fills = screen.facts(frame)
    way = visit.page.locator("[data-choose='mark'][data-code='circles']")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        way.click()
    screen.wait_for_address(visit, "mark", "circles")
    assert "CPV" in circles(frame), "small states have one"
    assert "MAR" not in circles(frame), "home has none"
    expect(visit.page.locator(".atlas-sized")).to_be_visible()
    expect(way).to_have_count(0)
    assert {iso3: fact["fill"] for iso3, fact in screen.facts(frame).items()} == {
        iso3: fact["fill"] for iso3, fact in fills.items()
    }
    pick_areas(visit, frame)
    assert circles(frame) == {}
    assert screen.facts(frame) == fills
    unit = "atlas.units().find(unit => unit.id === 'CPV').symbol.options"
    assert frame.evaluate(f"[{unit}.opacity, {unit}.fillOpacity]") == [1, 1]


def pick_areas(visit: Visit, frame: Frame) -> None:
    """Back to filled countries, which is the first view: the address then says nothing of it."""
    screen.open_menu(visit, "display")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        visit.page.locator("select[data-set='mark']").select_option("areas")
    screen.wait_for_address(visit, "mark", None)


def test_a_circle_is_pressed_and_hovered_like_its_country(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?mark=circles&lang=en")
    screen.look_at(frame, 14.5, -14.0, 5)
    tip = screen.point_at(visit, frame, "SEN")
    expect(tip.locator("strong")).to_have_text(country_name("SEN", "en"))
    assert tip.locator("span").inner_text() == "≥ 4"
    with screen.one_repaint(frame):
        screen.press_country(visit, frame, "SEN")
    screen.wait_for_address(visit, "iso3", "SEN")


def test_limits_are_typed_and_the_field_is_there_only_for_them(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?lang=en")
    field = visit.page.locator("input[data-set='breaks']")
    screen.open_menu(visit, "display")
    expect(field).to_be_hidden()
    pick(visit, frame, "scheme", "manual")
    expect(field).to_be_visible()
    expect(visit.page.locator("select[data-set='k']")).to_be_hidden()
    expect(visit.page.locator(".atlas-remarks")).to_contain_text("No class limit is typed yet")
    field.fill("3; 1")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        field.press("Enter")
    screen.wait_for_address(visit, "breaks", "1,3")
    screen.wait_until_still(visit)
    assert screen.legend(visit)[:3] == ["1 and less (7)", "more than 1, up to 3 (3)", "more than 3 (1)"]
    field.fill("1, many")
    with screen.one_rerun(visit):
        field.press("Enter")
    expect(visit.page.get_by_role("alert")).to_contain_text("1, many")
    assert screen.address(visit)["breaks"] == ["1,3"]


def test_colours_turn_around_a_named_middle(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?lang=en")
    screen.open_menu(visit, "display")
    field = visit.page.locator("input[data-set='middle']")
    expect(field).to_be_hidden()
    pick(visit, frame, "palette", "PuOr")
    expect(visit.page.locator(".atlas-remarks")).to_contain_text("median, 1")
    visit.page.locator("select[data-set='middle']").select_option("typed")
    expect(field).to_be_focused()
    field.fill("2")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        field.press("Enter")
    screen.wait_for_address(visit, "middle", "2")
    expect(visit.page.locator(".atlas-remarks")).to_contain_text("a chosen value, 2")
    assert screen.swatches(visit) == diverging_colours("PuOr", 2, 0, 2)
    assert frame.evaluate("atlas.state.palette") == diverging_colours("PuOr", 2, 0, 2)


def test_a_figure_without_a_denominator_has_its_own_look_and_line(visit: Visit) -> None:
    """No figure of the built-in portfolio lacks one: the map is told of one as its payload would."""
    frame = screen.open_map(visit)
    frame.evaluate(
        """() => {
            const state = JSON.parse(JSON.stringify(atlas.state));
            state.classes = [["no_denominator", "SEN"], ["present", "MLI"]];
            state.texts = ["", ""];
            state.words.no_denominator = "Nothing to divide by";
            atlas.paint(state);
        }"""
    )
    screen.look_at(frame, 14.5, -14.5, 7)
    without = screen.pixels(frame, "SEN")
    assert len(without) > 1, "a pattern"
    assert frame.evaluate("atlas.patterns.no_denominator !== atlas.patterns.present")
    tip = screen.point_at(visit, frame, "SEN")
    expect(tip.locator("span")).to_have_text("Nothing to divide by")


@pytest.mark.parametrize("lang", ["fr", "ar"])
def test_the_histogram_is_readable_on_a_narrow_screen(visit: Visit, lang: str) -> None:
    visit.page.set_viewport_size({"width": 400, "height": 900})
    screen.open_map(visit, f"/?lang={lang}&norm=population&scheme=natural&k=9&mark=circles")
    histogram = visit.page.locator(".atlas-histogram")
    box = histogram.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 400
    ticks = histogram.locator(".ticks span").evaluate_all(
        "all => all.map(one => { const box = one.getBoundingClientRect(); return [box.left, box.right]; })"
    )
    assert ticks == sorted(ticks)
    assert all(left[1] <= right[0] for left, right in pairwise(ticks)), "none overlaps"
    assert box["x"] - 1 <= ticks[0][0]
    assert ticks[-1][1] <= box["x"] + box["width"] + 1
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 400
