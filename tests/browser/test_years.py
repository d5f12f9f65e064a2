"""The years in Chromium: a slider that steps and plays, small maps that choose, the undated in sight."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Locator, expect

from ess.locales import LANGUAGES
from ess.store.snapshots import set_current
from ess.store.writing import write_snapshot
from tests.browser import screen
from tests.browser.serving import Served, serving
from tests.browser.test_pages import serious_violations
from tests.browser.visits import Outside, Visit, begin_visit, open_context, visiting
from tests.factories import placed, portfolio

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

#: Which year each country's one record is of; none is of 2021, and one has no date.
YEARS = {"SEN": 2019, "CIV": 2020, "GIN": 2022, "MLI": None}
SLIDER = "input[data-years]"


@pytest.fixture(scope="module")
def served(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The atlas over records of a few years and one without a date."""
    store = tmp_path_factory.mktemp("years")
    tables = portfolio(
        activities=[
            {"id": iso3, "title_fr": iso3, "start": date(year, 5, 1) if year else None, "type": "project"}
            for iso3, year in YEARS.items()
        ],
        places=[row for iso3 in YEARS for row in placed(iso3, iso3)],
    )
    set_current(store, write_snapshot(tables, store, origin="test").id)
    with serving(root, environ={"ESS_STORE": str(store)}) as atlas:
        yield atlas


@pytest.fixture
def tab(profile: BrowserContext, served: Served, outside: Outside) -> Iterator[Visit]:
    """A tab; at its end nothing failed and no other host was asked for anything."""
    with visiting(profile, served.address, outside) as visit:
        yield visit


def coloured(visit: Visit) -> set[str]:
    """The countries that the map shows with a figure."""
    painted = screen.facts(screen.map_frame(visit))
    return {iso3 for iso3, told in painted.items() if told["fill"].isdigit()}


def step(visit: Visit, by: int) -> None:
    with screen.one_repaint(screen.map_frame(visit)):
        visit.page.locator(f"[data-step='{by}']").click()


def test_a_step_shows_one_year_and_the_undated_with_it(tab: Visit) -> None:
    screen.open_map(tab)
    field = tab.page.locator(SLIDER)
    assert coloured(tab) == set(YEARS)
    for year, there in ((2019, {"SEN"}), (2020, {"CIV"}), (2021, set()), (2022, {"GIN"})):
        step(tab, 1)
        screen.wait_for_address(tab, "year", str(year))
        expect(field).to_have_attribute("aria-valuetext", str(year))
        assert coloured(tab) == there | {"MLI"}
    tab.page.locator("[data-step='1']").click()  # there is no year after the last
    step(tab, -1)
    screen.wait_for_address(tab, "year", "2021")
    assert coloured(tab) == {"MLI"}


def test_the_slider_goes_by_key_and_its_first_place_is_for_all_years(tab: Visit) -> None:
    frame = screen.open_map(tab, "/?lang=en")
    field = tab.page.locator(SLIDER)
    field.focus()
    with screen.one_repaint(frame), screen.one_rerun(tab):
        field.press("End")
    screen.wait_for_address(tab, "year", "2022")
    with screen.one_repaint(frame), screen.one_rerun(tab):
        field.press("Home")
    screen.wait_for_address(tab, "year", None)
    expect(field).to_have_attribute("aria-valuetext", "All years")
    expect(tab.page.locator(".atlas-years output")).to_have_text("All years")
    assert coloured(tab) == set(YEARS)


def test_play_goes_through_the_years_and_stops_at_the_last(tab: Visit) -> None:
    screen.open_map(tab)
    tab.page.evaluate(
        """() => { window.shown = [];
            new MutationObserver(() => window.shown.push(document.querySelector('input[data-years]').value))
                .observe(document.querySelector('.atlas-years output'), {childList: true}); }"""
    )
    play = tab.page.locator("[data-play]")
    play.click()
    expect(play).to_have_attribute("aria-pressed", "true")
    screen.wait_for_address(tab, "year", "2022")
    expect(play).to_have_attribute("aria-pressed", "false")
    shown = tab.page.evaluate("window.shown")
    assert list(dict.fromkeys(shown)) == ["2019", "2020", "2021", "2022"]
    assert coloured(tab) == {"GIN", "MLI"}


@pytest.mark.parametrize("stop", ["[data-play]", "[data-menu='filters'] > summary"])
def test_play_stops_at_a_press(tab: Visit, stop: str) -> None:
    tab.page.clock.install()
    screen.open_map(tab)
    play = tab.page.locator("[data-play]")
    play.click()
    screen.wait_for_address(tab, "year", "2019")
    tab.page.locator(stop).click()
    expect(play).to_have_attribute("aria-pressed", "false")
    screen.wait_until_still(tab)
    done = tab.reruns_done
    tab.page.clock.run_for(10_000)  # of the page's own clock
    assert tab.reruns_done == done
    screen.wait_for_address(tab, "year", "2019")


def test_who_wants_no_motion_steps(browser: Browser, served: Served, outside: Outside) -> None:
    with open_context(browser, outside) as context:
        visit = begin_visit(context, served.address)
        visit.page.emulate_media(reduced_motion="reduce")
        screen.open_map(visit)
        expect(visit.page.locator("[data-play]")).to_be_hidden()
        step(visit, 1)
        screen.wait_for_address(visit, "year", "2019")
        visit.assert_clean()


def test_several_years_are_told_as_several(tab: Visit) -> None:
    screen.open_map(tab, "/?lang=en&year=2019&year=2020")
    expect(tab.page.locator(SLIDER)).to_have_attribute("aria-valuetext", "Several years")
    assert coloured(tab) == {"SEN", "CIV", "MLI"}


def told(cells: Locator) -> list[str]:
    return [" ".join(text.split()) for text in cells.all_inner_texts()]


def test_every_year_has_a_column_and_a_map_and_the_undated_have_theirs(tab: Visit) -> None:
    screen.open_page(tab, "/years?lang=en")
    columns = tab.page.locator(".atlas-columns .column")
    assert told(columns) == ["1 2019", "1 2020", "– 2021", "1 2022", "1 Undated"]
    cells = tab.page.locator(".atlas-multiples .cell")
    assert told(cells) == [
        "2019 2 countries with a figure",
        "2020 2 countries with a figure",
        "2021 1 country with a figure",
        "2022 2 countries with a figure",
        "Undated 1 country with a figure",
    ]
    seen = [cell.screenshot() for cell in tab.page.locator(".atlas-multiples .cell i").all()]
    assert len(set(seen[:3])) == 3
    with tab.page.expect_download() as taken:
        tab.page.get_by_test_id("stDownloadButton").get_by_role("button").first.click()
    with taken.value.path().open(encoding="utf-8-sig", newline="") as content:
        rows = list(csv.DictReader(content))
    assert {(row["year"], row["country"]) for row in rows} == {
        *((str(year), iso3) for iso3, year in YEARS.items() if year),
        *((year, "MLI") for year in ("2019", "2020", "2021", "2022", "")),
    }
    assert {row["dated"] for row in rows if not row["year"]} == {"no"}


def test_a_small_map_chooses_its_year_and_leads_to_the_large_one(tab: Visit) -> None:
    screen.open_page(tab, "/years?lang=en")
    cell = tab.page.locator(".atlas-multiples [data-choose='year']").nth(1)
    with screen.one_rerun(tab):
        cell.press("Enter")
    screen.wait_for_address(tab, "year", "2020")
    chosen = tab.page.locator(".atlas-multiples [aria-pressed='true'] .name")
    expect(chosen).to_have_text("2020")
    assert tab.page.locator(".atlas-multiples .cell").count() == 5  # the others stay beside it
    tab.page.get_by_role("link", name="On the map: 2020").click()
    screen.map_frame(tab, ".st-key-atlas-view")
    assert coloured(tab) == {"CIV", "MLI"}
    expect(tab.page.locator(SLIDER)).to_have_attribute("aria-valuetext", "2020")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everyone_can_read_it(tab: Visit, lang: str) -> None:
    screen.open_page(tab, f"/years?lang={lang}&year=2020&mark=circles")
    assert serious_violations(tab.page) == []
    screen.open_map(tab, f"/?lang={lang}&year=2020")
    assert serious_violations(tab.page) == []
