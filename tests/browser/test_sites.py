"""What the browser draws of the sites, on a page with nothing but a map: none is lost, none is invented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect

from ess.analysis.sites import POINT_COLUMNS
from ess.locales import translator
from ess.maps.assets import SHELF, asset, find_asset
from ess.maps.sites import SiteLayer, build_asset, build_site_payload

Mark: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[float, float, str | None, bool, str | None]

ADDRESS = "http://atlas.test/"
SIZE = ViewportSize(width=1100, height=620)
MOST_ZOOM = 9
HOSTILE = "<img src=x onerror=alert(1)>${alert(1)}`x`"
INK, PAPER = (29, 39, 51), (255, 255, 255)
PAGE = f"""<!doctype html><html><head>
<link rel="stylesheet" href="{asset("leaflet.css").url}">
<link rel="stylesheet" href="{asset("country_layer.css").url}">
<script src="{asset("leaflet.js").url}"></script><script src="{asset("sites.js").url}"></script>
</head><body style="margin:0"><div id="map_div" style="width:100vw;height:100vh"></div><script>
const map = L.map("map_div", {{center: [0, 0], zoom: 2, minZoom: 1, maxZoom: {MOST_ZOOM}, zoomSnap: 0.25}});
const reported = [], pressed = [];
map.on("click", () => pressed.push(1));
window.atlas = {{ready: false, report: choice => reported.push(choice)}};
</script></body></html>"""
STILL = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
SUMS = """level => {
    const groups = map.atlasSites.groupsAt(level), sum = all => all.reduce((total, one) => total + one, 0);
    return [sum(groups.count), sum(groups.exact), sum(groups.planned)];
}"""


def table_of(rows: list[Row]) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.table(dict(zip(POINT_COLUMNS.names, columns, strict=True)), schema=POINT_COLUMNS)


def crowd(sites: int) -> pa.Table:
    """Sites around towns, a third on the very point of one, with some at the edges of the map."""
    chance = np.random.default_rng(20261122)
    towns = chance.uniform((-17, -34), (120, 36), (60, 2))
    at = towns[chance.integers(0, 60, sites)] + chance.normal(0, 1, (sites, 2)) * chance.choice(
        [0, 0.1, 1], (sites, 1)
    )
    at[:4] = [(180, 0), (-180, 0), (0, 90), (0, -90)]
    names = chance.choice(["exact", "approximate", "admin1"], sites)
    return table_of(
        [
            (east, north, str(name), bool(planned), "SEN")
            for (east, north), name, planned in zip(at, names, chance.random(sites) < 0.1, strict=True)
        ]
    )


@dataclass
class Bare:
    """A page with a map; its assets come from the atlas's own shelf."""

    page: Page
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def show(self, points: pa.Table | None, lang: str = "en", words: dict[str, str] | None = None) -> int:
        """Show `points` and wait until they are drawn; how many there are."""
        count = points.num_rows if points is not None else 0
        self.ask(self.shelve(points), lang, words)
        self.page.wait_for_function("count => map.getContainer().dataset.sites === String(count)", arg=count)
        self.settle()
        return count

    def shelve(self, points: pa.Table | None) -> str:
        """The address of `points`, which stand on the shelf as long as this page does."""
        if points is None:
            return ""
        made = build_asset(points, b"test")
        SHELF.put(made, self)
        return made.url

    def ask(self, url: str, lang: str = "en", words: dict[str, str] | None = None) -> None:
        """What a repaint does."""
        payload = build_site_payload(SiteLayer(url, 0, 0, 0, 0, 0), translator(lang))
        payload["words"] = {**payload["words"], **(words or {})}
        self.page.evaluate(f"atlasSites(map, {json.dumps(payload)})")

    def settle(self) -> None:
        """Wait until what was asked for last is drawn."""
        self.page.evaluate(STILL)

    def look(self, lat: float, lon: float, zoom: float) -> None:
        """Move the map."""
        self.page.evaluate(
            "([lat, lon, zoom]) => void map.setView([lat, lon], zoom, {animate: false})", [lat, lon, zoom]
        )
        self.settle()

    def marks(self) -> list[Mark]:
        """What is drawn, the largest first."""
        found: list[Mark] = self.page.evaluate("map.atlasSites.shown")
        return found

    def colour(self, mark: Mark) -> tuple[int, int, int]:
        """The colour on the canvas in the middle of a mark."""
        found: list[int] = self.page.evaluate(
            "([x, y]) => Array.from(map.atlasSites.canvas.getContext('2d').getImageData(x, y, 1, 1).data)",
            [round(mark["x"]), round(mark["y"])],
        )
        assert found[3] > 0
        return found[0], found[1], found[2]

    def press(self, mark: Mark) -> None:
        """Press a mark."""
        self.page.mouse.click(mark["x"], mark["y"])

    @property
    def tip(self) -> Locator:
        """The hover text of the sites."""
        return self.page.locator(".atlas-tip:visible")

    @property
    def reported(self) -> list[dict[str, Any]]:
        """What the page was told."""
        found: list[dict[str, Any]] = self.page.evaluate("reported")
        return found


@pytest.fixture
def bare(browser: Browser) -> Iterator[Bare]:
    page = browser.new_page(viewport=SIZE)
    found = Bare(page)
    page.on("pageerror", lambda error: found.faults.append(str(error)))
    page.route("**/*", lambda route: answer(route, found))
    page.goto(ADDRESS)
    yield found
    page.close()
    assert found.faults == []


def answer(route: Route, bare: Bare) -> None:
    path = route.request.url.removeprefix(ADDRESS)
    bare.asked.append(path)
    kind, _, rest = path.partition("/")
    found = find_asset(*rest.split("/")) if kind == "assets" else None
    if found is not None:
        route.fulfill(body=found.body, content_type=found.media_type)
    else:
        route.fulfill(body="" if path else PAGE, content_type="text/html", status=404 if path else 200)


# ---- nothing is lost


def lost(bare: Bare, points: pa.Table) -> list[tuple[int, list[int]]]:
    """Levels at which the groups do not add up to the sites of `points`, with what they add up to."""
    rows = points.to_pylist()
    whole = [
        len(rows),
        sum(row["exactness"] == "exact" for row in rows),
        sum(row["planned"] for row in rows),
    ]
    sums = [(level, bare.page.evaluate(SUMS, level)) for level in range(MOST_ZOOM + 1)]
    return [(level, found) for level, found in sums if found != whole]


def test_the_groups_of_every_zoom_add_up_to_all_sites(bare: Bare) -> None:
    points = crowd(5000)
    bare.show(points)
    assert lost(bare, points) == []


def test_a_site_that_did_not_arrive_would_be_noticed(bare: Bare) -> None:
    points = crowd(500)
    bare.show(points.slice(1))
    assert len(lost(bare, points)) == MOST_ZOOM + 1


def test_what_is_in_view_is_what_is_drawn(bare: Bare) -> None:
    points = crowd(3000)
    bare.show(points)
    bare.look(0, 0, 1)
    assert sum(mark["count"] for mark in bare.marks()) == points.num_rows
    for zoom in (2.75, 5, 6.5, 9):
        bare.look(0, 20, zoom)
        inside = bare.page.evaluate(
            """() => {
                const points = map.atlasSites.points, view = map.getPixelBounds();
                const side = 256 * 2 ** map.getZoom();
                let inside = 0;
                for (let i = 0; i < points.count; i += 1) {
                    inside += view.contains([points.x[i] * side, points.y[i] * side]) ? 1 : 0;
                }
                return inside;
            }"""
        )
        around = sum(mark["count"] for mark in bare.marks())
        assert inside <= around < points.num_rows


def test_a_site_is_drawn_where_it_is(bare: Bare) -> None:
    places = [(-17.45, 14.69), (31.23, 30.04), (174.78, -41.29), (-77.05, -12.05)]
    bare.show(table_of([(east, north, "exact", False, None) for east, north in places]))
    for zoom in (2, 3.25):
        bare.look(0, 0, zoom)
        wanted = bare.page.evaluate(
            "places => places.map(([east, north]) => map.latLngToContainerPoint([north, east]))", places
        )
        drawn = sorted((mark["x"], mark["y"]) for mark in bare.marks())
        inside = sorted((at["x"], at["y"]) for at in wanted if -30 < at["x"] < 1130 and -30 < at["y"] < 650)
        assert len(inside) >= 2
        assert np.allclose(drawn, inside, atol=0.6)


# ---- what it looks like


def is_proportional(marks: list[Mark]) -> bool:
    """Whether the areas go with the counts, in all groups that are larger than the smallest circle."""
    areas = [mark["radius"] ** 2 / mark["count"] for mark in marks if mark["radius"] > smallest(marks)]
    return len(areas) > 3 and max(areas) - min(areas) < 1e-6


def smallest(marks: list[Mark]) -> float:
    return min(float(mark["radius"]) for mark in marks)


@pytest.mark.parametrize("zoom", [1, 3, 5])
def test_the_area_of_a_group_goes_with_its_number(bare: Bare, zoom: float) -> None:
    bare.show(crowd(4000))
    bare.look(0, 40, zoom)
    marks = bare.marks()
    assert is_proportional(marks)
    assert not is_proportional([{**mark, "radius": mark["radius"] ** 1.1} for mark in marks])
    assert max(mark["radius"] for mark in marks) <= 30


def test_an_exact_site_is_filled_and_any_other_hollow(bare: Bare) -> None:
    looks: list[tuple[str | None, bool, tuple[int, int, int]]] = [
        ("exact", False, INK),
        ("approximate", False, PAPER),
        (None, False, PAPER),
        ("country", False, PAPER),
        ("exact", True, PAPER),
    ]
    bare.show(
        table_of(
            [(20.0 * i, 10.0, exactness, planned, None) for i, (exactness, planned, _) in enumerate(looks)]
        )
    )
    bare.look(10, 40, 3)
    marks = sorted(bare.marks(), key=lambda mark: float(mark["x"]))
    assert [bare.colour(mark) for mark in marks] == [colour for *_, colour in looks]


def test_a_group_is_filled_only_where_a_site_is_exact_and_firm(bare: Bare) -> None:
    bare.show(
        table_of(
            [
                (0.0, 0.0, "exact", True, None),
                (0.0, 0.0, "admin1", False, None),
                (60.0, 0.0, "exact", False, None),
                (60.0, 0.0, "admin1", False, None),
            ]
        )
    )
    assert {round(mark["x"]) > 600: (mark["count"], mark["solid"]) for mark in bare.marks()} == {
        False: (2, 0),
        True: (2, 1),
    }


# ---- what changes


def test_the_sites_of_another_selection_replace_those_before(bare: Bare) -> None:
    bare.show(crowd(500))
    bare.page.evaluate("() => { window.fetched = fetch; window.fetch = () => new Promise(() => {}); }")
    bare.ask(bare.shelve(crowd(100)))
    bare.settle()
    assert bare.marks() == []
    bare.page.evaluate("() => { window.fetch = fetched; }")
    bare.show(crowd(200))
    assert lost(bare, crowd(200)) == []
    bare.show(None)
    assert bare.marks() == []


def test_the_same_points_are_asked_for_once(bare: Bare) -> None:
    bare.show(crowd(50))
    for lang in ("fr", "ar", "en"):
        bare.show(crowd(50), lang)
    assert sum(path.endswith("sites.bin") for path in bare.asked) == 1


def test_points_that_fell_off_the_shelf_are_missed_aloud_and_asked_for_again(bare: Bare) -> None:
    bare.ask(f"/assets/{'0' * 32}/sites.bin", words={"lost": HOSTILE})
    expect(bare.tip).to_have_text(HOSTILE)
    assert bare.marks() == []
    bare.show(crowd(50))
    expect(bare.tip).to_have_count(0)
    assert len(bare.marks()) > 0


def test_a_file_of_another_form_is_missed_aloud(bare: Bare) -> None:
    bare.ask(asset("leaflet.css").url)
    expect(bare.tip).to_be_visible()


def test_a_visit_to_many_zooms_keeps_few_groupings(bare: Bare) -> None:
    bare.show(crowd(2000))
    for zoom in (*range(1, MOST_ZOOM + 1), 4, 8, 2):
        bare.look(0, 30, zoom)
    assert bare.page.evaluate("map.atlasSites.levels.length") == 4


# ---- what a reader may do


def test_a_press_on_a_group_looks_closer_until_it_parts(bare: Bare) -> None:
    bare.show(table_of([(10.0, 10.0, "exact", False, "NER"), (10.4, 10.3, "exact", False, "NER")]))
    (mark,) = bare.marks()
    bare.press(mark)
    bare.page.wait_for_function("() => map.atlasSites.shown.length === 2 && !map._animatingZoom")
    assert bare.reported == []
    assert bare.page.evaluate("map.getZoom()") > 3
    assert bare.page.evaluate("pressed.length") == 0


def test_a_press_on_a_site_tells_of_it_and_chooses_its_country(bare: Bare) -> None:
    bare.show(table_of([(10.0, 10.0, "admin1", True, "NER"), (90.0, 10.0, "exact", False, None)]))
    known, unknown = sorted(bare.marks(), key=lambda mark: float(mark["x"]))
    bare.press(known)
    expect(bare.page.locator(".leaflet-popup-content")).to_have_text("NERRegion of a countryPlanned")
    assert bare.reported == [{"iso3": "NER"}]
    bare.press(unknown)
    expect(bare.page.locator(".leaflet-popup-content").last).to_have_text("Country not statedExact place")
    assert bare.reported == [{"iso3": "NER"}]
    assert bare.page.evaluate("pressed.length") == 0


@pytest.mark.parametrize(("other", "told"), [("NER", [{"iso3": "NER"}]), ("NGA", [])])
def test_sites_that_no_zoom_parts_choose_a_country_only_when_they_agree(
    bare: Bare, other: str, told: list[dict[str, str]]
) -> None:
    bare.show(table_of([(10.0, 10.0, "exact", False, "NER"), (10.0, 10.0, "exact", False, other)]))
    bare.press(bare.marks()[0])
    expect(bare.page.locator(".leaflet-popup-content")).to_have_text("Sites: 2")
    assert bare.reported == told


def test_a_drag_that_ends_on_a_site_is_no_press(bare: Bare) -> None:
    bare.show(table_of([(10.0, 10.0, "exact", False, "NER")]))
    (mark,) = bare.marks()
    mouse = bare.page.mouse
    mouse.move(mark["x"], mark["y"])
    mouse.down()
    mouse.move(mark["x"] + 80, mark["y"] + 40, steps=8)
    mouse.up()
    bare.settle()
    (moved,) = bare.marks()
    assert moved["x"] > mark["x"] + 40
    assert bare.reported == []


def test_a_press_beside_the_sites_reaches_the_map(bare: Bare) -> None:
    bare.show(table_of([(10.0, 10.0, "exact", False, "NER")]))
    bare.page.mouse.click(900, 500)
    bare.page.wait_for_function("() => pressed.length === 1")
    assert bare.reported == []


@pytest.mark.parametrize("lang", ["fr", "en", "ar"])
def test_the_hover_tells_how_many_as_the_language_writes_it(bare: Bare, lang: str) -> None:
    t = translator(lang)
    bare.show(
        table_of([(10.0, 10.0, "exact", False, "NER")] * 1200 + [(10.0, 10.0, None, True, "NER")] * 34), lang
    )
    mark = bare.marks()[0]
    bare.page.mouse.move(mark["x"], mark["y"])
    expect(bare.tip.locator("strong")).to_have_text(t("Sites: {count}").replace("{count}", t.number(1234)))
    expect(bare.tip.locator("span")).to_have_text(
        t("placed only approximately: {count}").replace("{count}", t.number(34))
    )
    assert bare.tip.get_attribute("dir") == ("rtl" if t.is_rtl else "ltr")
    bare.page.mouse.move(900, 500)
    expect(bare.tip).to_have_count(0)


def test_words_are_shown_letter_by_letter(bare: Bare) -> None:
    words = {"sites": HOSTILE + "{count}", "nowhere": HOSTILE}
    bare.show(
        table_of([(10.0, 10.0, "exact", False, None), (60.0, 0.0, "exact", False, None)] * 2), words=words
    )
    bare.press(bare.marks()[0])
    expect(bare.page.locator(".leaflet-popup-content strong")).to_have_text(f"{HOSTILE}2")
    other = bare.marks()[1]
    bare.page.mouse.move(other["x"], other["y"])
    expect(bare.tip.locator("strong")).to_have_text(f"{HOSTILE}2")
    assert bare.page.locator("img").count() == 0


def test_moving_the_map_tells_the_page_nothing(bare: Bare) -> None:
    bare.show(crowd(500))
    for zoom in (3, 6, 2):
        bare.look(5, 20, zoom)
    assert bare.reported == []
    assert [path for path in bare.asked if path.endswith("sites.bin")] == [bare.asked[-1]]
