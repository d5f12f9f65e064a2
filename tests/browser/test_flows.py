"""Flows in Chromium: lines where they belong, a press that lists records, and nothing that runs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Frame, expect
from pyproj import Geod

from ess.locales import LANGUAGES
from tests.browser import screen
from tests.browser.hostile import write_hostile_store
from tests.browser.serving import Served, serving
from tests.browser.test_pages import serious_violations
from tests.browser.visits import Outside, Visit, visiting

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

_MIDDLE = """key => {
    const arc = atlas.lines.arcs.find(arc => arc.key === key);
    const point = atlas.map.latLngToContainerPoint(arc.hub || arc.way[32]);
    return [point.x, point.y];
}"""
#: Over the antimeridian, near by, over the pole, and from the antimeridian itself.
WAYS = (
    ((-18.1, 178.4), (-33.4, -70.7)),
    ((33.9, -6.9), (14.7, -17.4)),
    ((61.5, 105.0), (39.5, -98.4)),
    ((-5.0, -180.0), (5.0, 175.0)),
)
_ON_THE_LINE = 1e-6


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[dict[str, Any]]]]:
    """A store whose every text tries to become more than text, and its rows."""
    folder = tmp_path_factory.mktemp("flows")
    return folder, write_hostile_store(folder)


@pytest.fixture(scope="module")
def served(root: Path, rows: tuple[Path, object]) -> Iterator[Served]:
    """The atlas over that store."""
    with serving(root, environ={"ESS_STORE": str(rows[0])}) as atlas:
        yield atlas


@pytest.fixture
def tab(profile: BrowserContext, served: Served, outside: Outside) -> Iterator[Visit]:
    """A tab; at its end nothing ran, nothing failed and no other host was asked for anything."""
    ran: list[str] = []
    with visiting(profile, served.address, outside) as visit:
        visit.page.expose_binding("ran", lambda _source, kind: ran.append(kind))
        yield visit
    assert ran == []


def press_line(visit: Visit, frame: Frame, key: str) -> str:
    """Hold the pointer over a line, then press it; the hover text."""
    element = visit.page.locator(screen.MAP)
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    x, y = frame.evaluate(_MIDDLE, key)
    visit.page.mouse.move(box["x"] + x, box["y"] + y)
    told = frame.locator(".atlas-tip").first.inner_text()
    visit.page.mouse.click(box["x"] + x, box["y"] + y)
    return told


def listed(visit: Visit) -> list[str]:
    """Ids of the records of the chosen pair."""
    found: list[str] = visit.page.locator(".atlas-pair [data-record]").evaluate_all(
        "all => all.map(one => one.dataset.record)"
    )
    return found


def test_a_pressed_line_lists_its_records(tab: Visit, rows: tuple[Path, dict[str, list[Any]]]) -> None:
    frame = screen.open_map(tab, "/flows?lang=en")
    assert "India" in press_line(tab, frame, "MAR-IND")
    screen.wait_for_address(tab, "pair", "MAR-IND")
    expect(tab.page.locator(".atlas-pair")).to_have_attribute("data-pair", "MAR-IND")
    assert listed(tab) == ["project-ind-farmers"]
    (record,) = (row for row in rows[1]["activities"] if row["id"] == "project-ind-farmers")
    shown = screen.letters(tab.page.locator(".atlas-pair").inner_text())
    assert screen.letters(record["title_en"]) in shown
    source = next(row for row in rows[1]["sources"] if row["id"] == record["source"])
    assert screen.letters(source["title_en"]) in shown
    hrefs = tab.page.locator(".atlas-ways a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert [href.split("?")[0] for href in hrefs] == ["country", "country", "explore"]
    (three,) = (key for key in frame.evaluate("atlas.lines.arcs.map(arc => arc.key)") if key[:3] == "tri")
    press_line(tab, frame, three)
    expect(tab.page.locator(".atlas-pair")).to_have_attribute("data-pair", three)
    assert listed(tab) == ["training-mycoop"]


def test_the_table_chooses_by_keyboard_and_the_file_has_its_numbers(tab: Visit, tmp_path: Path) -> None:
    frame = screen.open_map(tab, "/flows?lang=en")
    cells = tab.page.locator("[data-part='matrix'] button[data-choose='pair']")
    numbers: dict[str, str] = cells.evaluate_all(
        "all => Object.fromEntries(all.map(one => [one.dataset.code, one.textContent]))"
    )
    with tab.page.expect_download() as found:
        tab.page.get_by_test_id("stDownloadButton").get_by_role("button").first.click()
    path = tmp_path / "pairs.csv"
    found.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as content:
        pairs = [row for row in csv.DictReader(content) if row["form"] != "triangular"]
    assert sorted(_digits(number) for number in numbers.values()) == sorted(
        int(row["records_not_planned"]) for row in pairs
    )
    with screen.one_repaint(frame):
        tab.page.locator("[data-part='matrix'] [data-code='MAR-SEN']").focus()
        tab.page.keyboard.press("Enter")
    expect(tab.page.locator(".atlas-pair [data-record]")).to_have_count(int(_digits(numbers["MAR-SEN"])))
    assert frame.evaluate("atlas.lines.arcs.filter(arc => arc.chosen).map(arc => arc.key)") == ["MAR-SEN"]
    with screen.one_repaint(frame):
        tab.page.locator(".atlas-sankey [data-code='MAR-COG']").dispatch_event("click")
    expect(tab.page.locator(".atlas-pair")).to_have_attribute("data-pair", "MAR-COG")


def _digits(text: str) -> int:
    return int("".join(sign for sign in text if sign.isdigit()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_everyone_can_read_it(tab: Visit, lang: str) -> None:
    frame = screen.open_map(tab, f"/flows?lang={lang}&direction=stated&pair=MAR-SEN")
    assert serious_violations(frame) == []
    assert serious_violations(tab.page) == []
    for name in ("filters", "display"):
        screen.open_menu(tab, name)
        assert serious_violations(tab.page) == []


def test_lines_are_great_circles_and_go_on_beyond_the_antimeridian(tab: Visit) -> None:
    frame = screen.open_map(tab, "/flows")
    for one, other in WAYS:
        parts = frame.evaluate("([one, other]) => atlasWay(one, other, 0)", [one, other])
        assert off_the_line(parts, one, other) < _ON_THE_LINE
        assert all(abs(a[1] - b[1]) <= 180 for part in parts for a, b in pairwise(part))


def test_a_line_that_is_straight_on_the_map_is_seen() -> None:
    one, other = (60.0, 10.0), (40.0, 110.0)
    assert off_the_line([[[50.0, 60.0]]], one, other) > _ON_THE_LINE


def off_the_line(parts: list[list[list[float]]], one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """How much longer, as a part of the way, it is to go through each of the points than to go straight."""
    globe = Geod(a=1, b=1)
    straight = globe.inv(one[1], one[0], other[1], other[0])[2]
    detours = [
        globe.inv(one[1], one[0], lon, lat)[2] + globe.inv(lon, lat, other[1], other[0])[2] - straight
        for part in parts
        for lat, lon in part
        if abs(lon) != 180
    ]
    return float(max(detours) / straight)
