"""The map page as a reader uses it."""

from __future__ import annotations

import unicodedata

import pytest
from playwright.sync_api import expect

from ess.locales import translator
from ess.maps.palette import palette_colours
from ess.ui.boundaries import boundary_statement
from geodata.codes import country_name, region_name
from tests.browser import screen
from tests.browser.visits import Visit

MAP_MESSAGE = 4_000  # bytes that a change may send for the map
ANSWER = 20_000  # and for everything that it repaints
#: Every kind of change: the key of the address, and what a reader does.
CHANGES = {
    "measure": lambda visit: screen.choose_measure(visit, "event"),
    "type": lambda visit: screen.open_filter(visit, "type").first.click(),
    "year": lambda visit: screen.open_filter(visit, "year").first.click(),
    "palette": lambda visit: screen.choose(visit, "palette", 2),
    "view": lambda visit: screen.choose(visit, "view", 1),
}


def test_a_changed_measure_repaints_the_map_in_place(visit: Visit) -> None:
    frame = screen.open_map(visit)
    before, legend_before = screen.facts(frame), screen.legend(visit)
    frame.evaluate("window.mark = 'the same document'")
    screen.look_at(frame, 10.0, -5.0, 4)
    heard, requests, asked = len(visit.heard), len(visit.requests), visit.reruns_asked
    with screen.one_repaint(frame), screen.one_rerun(visit):
        screen.choose_measure(visit, "project")
    screen.wait_for_address(visit, "measure", "project")
    screen.let_the_component_report(frame)
    assert frame.evaluate("window.mark") == "the same document"
    assert screen.looks_at(frame) == [10.0, -5.0, 4]
    assert screen.facts(frame) != before
    assert screen.facts(frame)["SEN"]["text"] == "2"
    expect(visit.page.locator(".atlas-legend b")).to_have_text(screen.name_of_measure("project"))
    assert screen.legend(visit) != legend_before
    assert visit.reruns_asked - asked == 1
    (size,) = visit.map_bytes(heard)
    assert size <= MAP_MESSAGE
    assert visit.assets(requests) == []


@pytest.mark.parametrize("key", CHANGES)
def test_a_change_is_one_rerun_of_few_bytes_and_remounts_nothing(visit: Visit, key: str) -> None:
    frame = screen.open_map(visit)
    frame.evaluate("window.mark = 1")
    screen.open_menu(visit, "display" if key in ("palette", "view") else "filters")
    if key in ("type", "year"):
        screen.open_filter(visit, key)
    screen.let_the_component_report(frame)
    heard, requests, asked, before = (
        len(visit.heard),
        len(visit.requests),
        visit.reruns_asked,
        visit.bytes_heard,
    )
    with screen.one_rerun(visit):  # the map is not painted again where a change leaves it as it is
        CHANGES[key](visit)
    visit.page.wait_for_function("key => new URLSearchParams(location.search).has(key)", arg=key)
    screen.let_the_component_report(frame)
    assert frame.evaluate("window.mark") == 1
    assert visit.reruns_asked - asked == 1
    (size,) = visit.map_bytes(heard)
    assert size <= MAP_MESSAGE
    assert visit.bytes_heard - before <= ANSWER
    assert [request.url for request in visit.assets(requests) if not request.url.endswith("sites.bin")] == []


def test_a_long_visit_leaves_nothing_behind_in_the_frame_of_the_map(visit: Visit) -> None:
    frame = screen.open_map(visit)
    counts = []
    for key in ("event", "project", "training", "agreement"):
        with screen.one_repaint(frame), screen.one_rerun(visit):
            screen.choose_measure(visit, key)
        screen.let_the_component_report(frame)
        counts.append(
            frame.evaluate("[document.querySelectorAll('*').length, (window.feature_group || []).length]")
        )
    assert counts[1:] == counts[:-1]


def test_classes_and_palette_change_the_legend_and_the_map_together(visit: Visit) -> None:
    frame = screen.open_map(visit)
    assert screen.swatches(visit) == frame.evaluate("atlas.state.palette")
    screen.open_menu(visit, "display")
    with screen.one_repaint(frame):
        screen.choose(visit, "palette", 2)
    screen.wait_for_address(visit, "palette", "BuPu")
    with screen.one_repaint(frame):
        screen.choose(visit, "k", 0)
    screen.wait_for_address(visit, "k", "2")
    with screen.one_repaint(frame):
        screen.choose(visit, "scheme", 1)
    screen.wait_for_address(visit, "scheme", "equal")
    screen.wait_until_still(visit)
    assert frame.evaluate("atlas.state.palette") == palette_colours("BuPu", 2)
    assert screen.swatches(visit) == palette_colours("BuPu", 2)


def test_a_press_on_senegal_leads_down_to_its_figures_and_their_source(visit: Visit) -> None:
    frame = screen.open_map(visit)
    screen.look_at(frame, 14.5, -14.0, 5)
    asked, done = visit.reruns_asked, visit.reruns_done
    with screen.one_repaint(frame), screen.one_rerun(visit):
        screen.press_country(visit, frame, "SEN")
    screen.let_the_component_report(frame)
    assert screen.address(visit) == {"iso3": ["SEN"]}
    assert (visit.reruns_asked - asked, visit.reruns_done - done) == (1, 1)
    assert screen.outline(frame, "SEN")["weight"] > screen.outline(frame, "MLI")["weight"]
    way_down = visit.page.locator("a[href*='country?'][href*='iso3=SEN']")
    expect(visit.page.get_by_role("heading", name=country_name("SEN", "fr"))).to_be_visible()
    with screen.one_rerun(visit):
        way_down.click()
    visit.page.wait_for_url("**/country?iso3=SEN")
    figure = visit.page.get_by_test_id("stVerticalBlock").filter(
        has=visit.page.get_by_role("heading", name="700")
    )
    expect(figure.last).to_contain_text("Les Inspirations ÉCO")
    expect(figure.last).to_contain_text("§ 13")
    screen.map_frame(visit, screen.COUNTRY_PAGE)
    with screen.one_rerun(visit):
        visit.page.get_by_test_id("stPageLink").filter(has_text="map").locator("a").click()
    expect(visit.page.locator(screen.COUNTRY_PAGE)).to_have_count(0)
    back = screen.map_frame(visit)
    assert screen.looks_at(back) == pytest.approx([14.5, -14.0, 5], abs=0.05)
    assert screen.address(visit) == {"iso3": ["SEN"]}


def test_a_filter_keeps_the_map_and_can_be_taken_out(visit: Visit) -> None:
    frame = screen.open_map(visit)
    frame.evaluate("window.mark = 1")
    boxes = screen.open_filter(visit, "type")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        boxes.get_by_text(screen.name_of_option("type", "agreement"), exact=True).click()
    screen.wait_for_address(visit, "type", "agreement")
    assert set(screen.facts(frame)) - {"MAR"} == {"CAF", "CIV", "GAB", "GNB", "SEN"}
    screen.wait_until_still(visit)
    with screen.one_repaint(frame):
        visit.page.locator("[data-drop='type'][data-code='agreement']").press("Enter")
    screen.wait_for_address(visit, "type", None)
    assert frame.evaluate("window.mark") == 1


def test_cabo_verde_can_be_seen_and_pressed(visit: Visit) -> None:
    frame = screen.open_map(visit)
    unit = "atlas.units().find(unit => unit.id === 'CPV')"
    assert frame.evaluate(f"atlas.map.hasLayer({unit}.symbol)")
    assert frame.evaluate(f"{unit}.symbol.getRadius()") >= 5
    with screen.one_repaint(frame):
        screen.press_country(visit, frame, "CPV")
    screen.wait_for_address(visit, "iso3", "CPV")


def test_the_boundary_view_changes_moroccos_outline_and_the_statement(visit: Visit) -> None:
    french = translator("fr")
    frame = screen.open_map(visit)
    main = visit.page.get_by_test_id("stMain")
    apart, units = screen.outline(frame, "MAR"), frame.evaluate("atlas.units().length")
    assert screen.letters(boundary_statement("un", french)) in screen.letters(main.inner_text())
    assert apart["south"] > 27
    frame.evaluate("window.mark = 1")
    screen.open_menu(visit, "display")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        screen.choose(visit, "view", 1)
    screen.wait_for_address(visit, "view", "ma")
    together = screen.outline(frame, "MAR")
    assert together["south"] < 22
    assert together["points"] != apart["points"]
    assert frame.evaluate("atlas.units().length") == units - 1
    assert frame.evaluate("atlas.units().every(unit => unit.id !== 'ESH')")
    shown = screen.letters(main.inner_text())
    assert screen.letters(boundary_statement("ma", french)) in shown
    assert screen.letters(boundary_statement("un", french)) not in shown
    assert frame.evaluate("window.mark") == 1


def test_typing_a_name_in_any_language_jumps_to_the_country(visit: Visit) -> None:
    screen.open_map(visit)
    for name, iso3 in (("Côte d'Ivoire", "CIV"), ("Germany", "DEU"), ("كينيا", "KEN")):
        screen.type_country(visit, name)
        screen.wait_for_address(visit, "iso3", iso3)
        expect(visit.page.get_by_role("heading", name=country_name(iso3, "fr"))).to_be_visible()


def test_a_name_of_no_country_gets_a_polite_note(visit: Visit) -> None:
    screen.open_map(visit, "/?iso3=SEN")
    with screen.one_rerun(visit):
        screen.type_country(visit, "Sénégol *x* <b>")
    note = visit.page.get_by_role("alert")
    expect(note).to_have_count(1)
    assert "Sénégol *x* <b>" in screen.letters(note.inner_text())
    assert country_name("SEN", "fr") in note.inner_text()
    assert screen.address(visit) == {"iso3": ["SEN"]}


def test_reset_goes_back_to_the_first_view(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?measure=project&type=project&k=3&palette=Blues&iso3=SEN&lang=en")
    frame.evaluate("window.mark = 1")
    with screen.one_repaint(frame), screen.one_rerun(visit):
        visit.page.locator("[data-reset]").click()
    screen.wait_for_address(visit, "measure", None)
    assert screen.address(visit) == {"lang": ["en"]}
    assert frame.evaluate("[window.mark, atlas.state.chosen]") == [1, None]
    assert screen.facts(frame)["COG"]["fill"] == "0"


def test_the_table_is_sorted_and_chosen_from(visit: Visit) -> None:
    screen.open_map(visit)
    names = visit.page.locator(".atlas-table tbody button")
    head = visit.page.locator(".atlas-table thead th").first
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    plain = [unicodedata.normalize("NFKD", name) for name in names.all_inner_texts()]
    assert plain == sorted(plain)
    numbers = visit.page.locator(".atlas-table thead th").nth(1)
    numbers.get_by_role("button").click()
    numbers.get_by_role("button").click()
    assert numbers.get_attribute("aria-sort") == "ascending"
    figures = visit.page.locator(".atlas-table tbody tr td:nth-child(2)").evaluate_all(
        "cells => cells.map(cell => Number(cell.dataset.value))"
    )
    assert figures == sorted(figures)
    with screen.one_rerun(visit):
        visit.page.locator(".atlas-table [data-iso3='SEN']").click()
    screen.wait_for_address(visit, "iso3", "SEN")
    expect(visit.page.locator(".atlas-table tr[aria-current]")).to_contain_text(country_name("SEN", "fr"))


def test_home_is_outlined_and_in_no_class(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?measure=result:women_members")
    painted = screen.facts(frame)
    assert painted["MAR"]["fill"] == "home"
    assert painted["MAR"]["text"] == "≥ 6\u202f750"
    assert not [iso3 for iso3, fact in painted.items() if fact["fill"].isdigit()]
    assert screen.swatches(visit) == []
    home, neighbour = screen.outline(frame, "MAR"), screen.outline(frame, "DZA")
    assert home["weight"] > neighbour["weight"]
    assert home["colour"] != neighbour["colour"]
    assert any(country_name("MAR", "fr") in line for line in screen.legend(visit))


def test_hovering_says_who_how_much_and_of_what(visit: Visit) -> None:
    frame = screen.open_map(visit)
    screen.look_at(frame, 14.5, -14.0, 5)
    asked = visit.reruns_asked
    tip = screen.point_at(visit, frame, "SEN")
    expect(tip).to_be_visible()
    assert tip.locator("strong").inner_text() == country_name("SEN", "fr")
    assert tip.locator("span").inner_text() == "≥ 4"
    assert tip.locator("small").first.inner_text() == screen.name_of_measure("activities")
    screen.point_at(visit, frame, "MLI")
    assert tip.locator("strong").inner_text() == country_name("MLI", "fr")
    assert tip.locator("span").inner_text() == frame.evaluate("atlas.state.words.none")
    assert tip.locator("small").first.is_hidden()
    screen.let_the_component_report(frame)
    assert visit.reruns_asked == asked


def test_panning_and_zooming_rerun_nothing(visit: Visit) -> None:
    frame = screen.open_map(visit)
    start, asked = screen.looks_at(frame), visit.reruns_asked
    x, y = screen.point_of(visit, frame, "NER")
    visit.page.mouse.move(x, y)
    visit.page.mouse.down()
    visit.page.mouse.move(x + 60, y + 30, steps=4)
    visit.page.mouse.up()
    frame.wait_for_function("start => atlas.map.getCenter().lng !== start", arg=start[1])
    visit.page.mouse.wheel(0, -240)
    frame.wait_for_function("start => atlas.map.getZoom() > start", arg=start[2])
    screen.let_the_component_report(frame)
    assert visit.reruns_asked == asked
    screen.look_at(frame, 14.5, -14.0, 5)
    with screen.one_rerun(visit):
        screen.press_country(visit, frame, "SEN")
    assert visit.reruns_asked == asked + 1


def test_the_four_states_look_different(visit: Visit) -> None:
    seen = {}
    for path, countries in (
        ("/?measure=result:women_beneficiaries", {"figure": "SEN", "present": "CIV", "none": "MLI"}),
        ("/?measure=event&type=event", {"planned": "CIV", "none again": "MLI", "figure again": "COG"}),
    ):
        frame = screen.open_map(visit, path)
        painted = screen.facts(frame)
        for state, iso3 in countries.items():
            lat, lon = frame.evaluate("iso3 => atlas.units().find(unit => unit.id === iso3).at", iso3)
            screen.look_at(frame, lat, lon, 7)
            seen[state] = screen.pixels(frame, iso3)
            fill = painted.get(iso3, {"fill": "none"})["fill"]
            assert fill == {"figure": "0", "none again": "none", "figure again": "0"}.get(state, state)
    assert len(seen["figure"]) == len(seen["none"]) == 1, "plain fills"
    assert len(seen["present"]) > 1 < len(seen["planned"]), "patterns"
    assert seen["none"] == seen["none again"]
    assert seen["figure"] == seen["figure again"]
    assert len({tuple(colours) for colours in seen.values()}) == 4


def test_regional_records_have_their_own_visible_row(visit: Visit) -> None:
    screen.open_map(visit)
    row = visit.page.locator(".atlas-regional p", has_text=region_name("002", "fr"))
    assert [screen.letters(text) for text in row.all_inner_texts() if "2" in text]
