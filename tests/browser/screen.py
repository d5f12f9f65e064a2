"""What a reader does on the pages, told by codes, roles and keys, never by a sentence that is translated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from playwright.sync_api import Frame, Locator, expect

from ess.analysis.measures import list_measures
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.exports.labels import measure_label, option_label
from ess.locales import translator
from ess.store.engine import open_engine
from ess.store.opening import open_snapshot
from tests.browser.visits import Visit

MAP = "iframe[title*='st_folium']"
COUNTRY_PAGE = ".st-key-country-map-frame"
_STILL = "[data-testid='stApp'][data-test-script-state='notRunning']"
_POINT = """iso3 => {
    const unit = atlas.units().find(unit => unit.id === iso3);
    const point = atlas.map.latLngToContainerPoint(unit.at);
    return [point.x, point.y];
}"""


@cache
def builtin_vocabulary() -> Vocabulary:
    """Codes and names of the built-in portfolio."""
    return read_vocabulary(open_engine(open_snapshot(None), "duckdb"))


def name_of_measure(key: str, lang: str = "fr") -> str:
    """A measure's name as the pages write it."""
    measure = next(one for one in list_measures(builtin_vocabulary()) if one.key == key)
    return measure_label(measure, builtin_vocabulary(), translator(lang))


def name_of_option(key: str, code: str, lang: str = "fr") -> str:
    """A filter's option as the pages write it."""
    return option_label(key, code, builtin_vocabulary(), translator(lang))


def open_page(visit: Visit, path: str = "/") -> None:
    """Open a page and wait until its script has ended."""
    done = visit.reruns_done
    with visit.page.expect_websocket():
        visit.page.goto(visit.address + path)
    _wait_for_rerun(visit, done)
    wait_until_still(visit)


def open_map(visit: Visit, path: str = "/") -> Frame:
    """Open a page with a map; the frame in which the map has been painted."""
    open_page(visit, path)
    return map_frame(visit)


def wait_until_still(visit: Visit) -> None:
    """Wait until no script runs and nothing waits to be drawn."""
    visit.page.locator(_STILL).wait_for(state="attached")
    expect(visit.page.get_by_test_id("stSkeleton")).to_have_count(0)


def map_frame(visit: Visit, place: str = "") -> Frame:
    """The frame of the page's map, painted at least once; `place` tells one page's from the next one's."""
    element = visit.page.locator(f"{place} {MAP}")
    element.wait_for()
    frame = element.element_handle().content_frame()
    assert frame is not None
    frame.wait_for_function("() => window.atlas && window.atlas.painted > 0")
    return frame


@contextmanager
def one_rerun(visit: Visit) -> Iterator[None]:
    """Do something that reruns the script, and wait until it has ended."""
    done = visit.reruns_done
    yield
    _wait_for_rerun(visit, done)


def _wait_for_rerun(visit: Visit, done: int) -> None:
    while visit.reruns_done <= done:
        visit.websockets[-1].wait_for_event("framereceived")


@contextmanager
def one_repaint(frame: Frame) -> Iterator[None]:
    """Do something that repaints the map, and wait until it is repainted."""
    before = frame.evaluate("atlas.painted")
    yield
    frame.wait_for_function("before => window.atlas.painted > before", arg=before)


def facts(frame: Frame) -> dict[str, Any]:
    """What the map has painted: class or state and text by country."""
    painted: dict[str, Any] = frame.evaluate("atlas.facts")
    return painted


def looks_at(frame: Frame) -> list[float]:
    """Where the map looks: latitude, longitude, zoom."""
    where: list[float] = frame.evaluate(
        "[atlas.map.getCenter().lat, atlas.map.getCenter().lng, atlas.map.getZoom()]"
    )
    return where


def look_at(frame: Frame, lat: float, lon: float, zoom: float) -> None:
    """Move the map as a reader's drag and wheel would leave it, and wait until it is drawn."""
    frame.evaluate(
        "([lat, lon, zoom]) => { atlas.map.setView([lat, lon], zoom, {animate: false}); }", [lat, lon, zoom]
    )
    wait_until_drawn(frame)


def wait_until_drawn(frame: Frame) -> None:
    """Wait for two frames of the browser: Leaflet draws its canvas in the first."""
    frame.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))")


def point_of(visit: Visit, frame: Frame, iso3: str) -> tuple[float, float]:
    """Where on the page a country's label point is."""
    element = visit.page.locator(MAP)
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    x, y = frame.evaluate(_POINT, iso3)
    return box["x"] + x, box["y"] + y


def press_country(visit: Visit, frame: Frame, iso3: str) -> None:
    """Press a country on the canvas of the map."""
    visit.page.mouse.click(*point_of(visit, frame, iso3))


def point_at(visit: Visit, frame: Frame, iso3: str) -> Locator:
    """Hold the pointer over a country; the hover text."""
    visit.page.mouse.move(*point_of(visit, frame, iso3))
    return frame.locator(".atlas-tip").first


def outline(frame: Frame, iso3: str) -> dict[str, Any]:
    """How a country is outlined, and its southernmost latitude as drawn."""
    found: dict[str, Any] = frame.evaluate(
        """iso3 => {
            const shape = atlas.units().find(unit => unit.id === iso3).shape;
            return {colour: shape.options.color, weight: shape.options.weight,
                    south: shape.getBounds().getSouth(), points: shape.getLatLngs().flat(2).length};
        }""",
        iso3,
    )
    return found


def pixels(frame: Frame, iso3: str) -> list[str]:
    """The colours on the canvas around a country's label point, each once, as ``#rrggbb``."""
    found: list[str] = frame.evaluate(
        """iso3 => {
            const unit = atlas.units().find(unit => unit.id === iso3);
            const at = atlas.map.latLngToLayerPoint(unit.at).subtract(atlas.renderer._bounds.min);
            const canvas = atlas.renderer._container;
            const scale = canvas.width / parseFloat(canvas.style.width || canvas.width);
            const side = 12 * scale;
            const corner = at.multiplyBy(scale).subtract([side / 2, side / 2]);
            const read = canvas.getContext("2d").getImageData(corner.x, corner.y, side, side).data;
            const colours = new Set();
            for (let i = 0; i < read.length; i += 4) {
                colours.add("#" + [0, 1, 2].map(n => read[i + n].toString(16).padStart(2, "0")).join(""));
            }
            return [...colours].sort();
        }""",
        iso3,
    )
    return found


def let_the_component_report(frame: Frame) -> None:
    """Wait until the component's own timer has fired: it reports what happened on the map 250 ms later.

    Timers of one document fire in order, so a timer set now for the same span fires after it.
    """
    frame.evaluate("new Promise(done => setTimeout(done, 250))")


def keyed(visit: Visit, key: str) -> Locator:
    """The element that the code names `key`."""
    return visit.page.locator(f".st-key-{key.replace(' ', '-')}")


def open_menu(visit: Visit, name: str) -> Locator:
    """Open the panel of controls that the code names `name`."""
    menu = visit.page.locator(f"[data-menu='{name}']")
    if not menu.evaluate("menu => menu.open"):
        menu.locator("> summary").click()
    panel = menu.locator(".atlas-panel")
    panel.locator("> *").first.wait_for(state="attached")  # some are filled when they are opened
    return panel


def take_file(visit: Visit, name: str) -> bytes:
    """A file of the panel, as a press on its link brings it."""
    link = open_menu(visit, "files").locator(f"a[data-file='{name}']")
    with visit.page.expect_download() as started:
        link.click()
    assert started.value.suggested_filename.endswith(name.partition(".")[2])
    return started.value.path().read_bytes()


def open_filter(visit: Visit, key: str) -> Locator:
    """Open a filter in the panel of filters; its boxes."""
    found = open_menu(visit, "filters").locator(f"details:has([data-filter='{key}'])")
    if not found.evaluate("one => one.open"):
        found.locator("> summary").click()
    return found.locator("label")


def choose(visit: Visit, field: str, position: int) -> None:
    """Choose an option of the list that sets the key `field` of the address, by its position."""
    visit.page.locator(f"select[data-set='{field}']").select_option(index=position)


def open_options(visit: Visit, key: str) -> Locator:
    """Unfold Streamlit's list that the code names `key`; its options. By keyboard: scrolling shuts it."""
    box = keyed(visit, key).get_by_role("combobox")
    box.scroll_into_view_if_needed()
    wait_until_drawn(visit.page.main_frame)
    box.press("ArrowDown")
    options = visit.page.get_by_role("option")
    options.first.wait_for()
    return options


def choose_measure(visit: Visit, key: str) -> None:
    """Choose what the map shows."""
    choose(visit, "measure", [one.key for one in list_measures(builtin_vocabulary())].index(key))


def unfold(visit: Visit, icon: str) -> None:
    """Open the text behind a button, told by the name of its icon; it is empty until a rerun fills it."""
    with one_rerun(visit):
        visit.page.get_by_test_id("stPopoverButton").filter(has_text=icon).click()
    visit.page.get_by_test_id("stPopoverBody").get_by_role("textbox").wait_for()
    wait_until_still(visit)


def type_country(visit: Visit, name: str) -> None:
    """Type a country's name and press Enter."""
    field = visit.page.locator("input[data-country]")
    field.fill(name)
    field.press("Enter")


def legend(visit: Visit) -> list[str]:
    """The lines of the legend."""
    return visit.page.locator(".atlas-legend [role='listitem']").all_inner_texts()


def swatches(visit: Visit) -> list[str]:
    """The colours of the classes in the legend, light to dark, as the code writes them."""
    found: list[str] = visit.page.locator(".atlas-legend i[style]").evaluate_all(
        "all => all.map(one => one.getAttribute('style').replace('background:', '').trim())"
    )
    return found


def address(visit: Visit) -> dict[str, list[str]]:
    """The address's query as codes."""
    query: dict[str, list[str]] = visit.page.evaluate(
        "Array.from(new URLSearchParams(location.search)).reduce((all, [key, code]) => "
        "({...all, [key]: [...(all[key] || []), code]}), {})"
    )
    return query


def wait_for_address(visit: Visit, key: str, code: str | None) -> None:
    """Wait until the address holds `code` under `key`; None waits until it holds no such key."""
    visit.page.wait_for_function(
        "([key, code]) => new URLSearchParams(location.search).get(key) === code", arg=[key, code]
    )


def letters(text: str) -> str:
    """Text as it reads: without the word joiners that part bare addresses, with plain spaces."""
    return " ".join(text.replace("\u2060", "").split())
