"""How smooth the map stays under many sites: ``python -m benchmarks.sites``.

Sites as aid portfolios have them: crowded in few countries, there around towns, a third of them on the very
point of a town, a tenth known only roughly. The real layers are drawn on a page of their own, beside the same
page without sites, whose frames are the floor. Chromium runs without a screen and draws in software.
"""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import uvicorn
from playwright.sync_api import Browser, Page, ViewportSize
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from benchmarks.report import machine, table, verdict, versions
from benchmarks.visits import chromium
from ess import escape
from ess.analysis.sites import POINT_COLUMNS
from ess.api.routes import serve_asset
from ess.locales import translator
from ess.maps.assets import SHELF, asset
from ess.maps.sites import SiteLayer, build_asset, build_site_payload
from geodata.layer import read_countries

SEED: Final = 20261122
SIZES: Final = (0, 100_000, 1_000_000)
#: So many sites must stay smooth.
TARGET: Final = 100_000
_HEAD = (
    "Sites", "sent, gzipped", "packed (CPU)", "first picture", "dragged: frames a second, p50 / slow end",
    "late frames", "zoomed: p50 / slow end", "late frames", "one drawing", "grouping of a zoom",
)  # fmt: skip
_HOW = """The real layers on a page of their own, dragged and zoomed by mouse in a Chromium without a screen,
which draws in software. The slow end is the 95th percentile of the time between two frames; a late frame came
later than thirty a second would. The first row, without sites, is the floor.
"""
_TOWNS = 4_000
_TWO_FRAMES = 1000 / 30 + 1  # milliseconds; the clock of a frame is off by some tenths
_SECRET = b"benchmark"
_SCRIPTS = ("leaflet.js", "country_layer.js", "sites.js")
_STYLES = ("leaflet.css", "country_layer.css")
_SIZE: Final = ViewportSize(width=1100, height=620)

_PAGE = """<!doctype html><html><head><meta charset="utf-8">{styles}{scripts}</head>
<body style="margin:0"><div id="map_div" style="width:100vw;height:100vh"></div><script>
const map = L.map("map_div", {options});
const sites = {sites}, state = {state};
startAtlas(map, {config});
atlas.paint(state);
</script></body></html>"""
_OPTIONS = {
    "center": [8, 10],
    "zoom": 3,
    "preferCanvas": True,
    "zoomSnap": 0.25,
    "zoomDelta": 0.5,
    "wheelPxPerZoomLevel": 120,
    "minZoom": 1,
    "maxZoom": 9,
    "attributionControl": False,
    "maxBounds": [[-70, -220], [85, 220]],
}
_STATE = {
    "view": "un",
    "lang": "en",
    "palette": ["#c6dbef", "#6baed6", "#08519c"],
    "classes": [["0", "SENMLIBEN"], ["1", "KENTZA"], ["2", "IND"], ["planned", "GIN"], ["present", "CIV"]],
    "texts": ["1", "2", "3", "4", "5", "6", "", ""],
    "extra": {},
    "words": {},
    "measure": "",
    "home": "MAR",
    "chosen": None,
    "fit": {"key": "all", "bounds": [[-35, -30], [40, 100]], "at": None},
}
_FIRST = """async count => {
    const begun = performance.now();
    atlasSites(map, sites);
    while (map.getContainer().dataset.sites !== String(count)) { await new Promise(requestAnimationFrame); }
    return performance.now() - begun;
}"""
_RECORD = """() => {
    window.frames_seen = [];
    window.recording = true;
    (function note(now) { frames_seen.push(now); if (recording) { requestAnimationFrame(note); } })
        (performance.now());
}"""
_RECORDED = "() => { recording = false; return frames_seen.slice(1).map((at, i) => at - frames_seen[i]); }"
_AWAIT_ZOOM = """() => {
    window.zoomed = new Promise(done => map.once("zoomend", () => requestAnimationFrame(done)));
}"""
_DRAWING = """times => {
    const layer = map.atlasSites, took = [];
    if (!layer || !layer.points) { return [0]; }
    for (let i = 0; i < times; i += 1) {
        map.panBy([i % 2 ? 40 : -40, 0], {animate: false});
        const begun = performance.now();
        layer.draw();
        took.push(performance.now() - begun);
    }
    return took;
}"""
_GROUPING = """level => {
    const layer = map.atlasSites;
    if (!layer || !layer.points) { return 0; }
    layer.levels = [];
    const begun = performance.now();
    layer.groupsAt(level);
    return performance.now() - begun;
}"""


@dataclass(frozen=True)
class Smoothness:
    """What was seen with so many sites.

    Attributes
    ----------
    bytes_sent
        Of the points, gzipped.
    packed
        Seconds of processor that Python took to pack and compress them.
    first_drawn
        Seconds from asking for the points, on a map that is painted, to the first picture with them.
    pan_median, pan_p95, zoom_median, zoom_p95
        Frames a second at the median and at the slow end, dragging with the mouse and turning its wheel.
    pan_slow, zoom_slow
        Share of the frames that came later than thirty a second would.
    draw, group
        Seconds that one drawing takes (median), and the grouping of a zoom when it is first looked at.
    """

    sites: int
    bytes_sent: int
    packed: float
    first_drawn: float
    pan_median: float
    pan_p95: float
    pan_slow: float
    zoom_median: float
    zoom_p95: float
    zoom_slow: float
    draw: float
    group: float


def build_points(sites: int, seed: int = SEED) -> pa.Table:
    """Made-up sites, the same for the same seed (`ess.analysis.sites.POINT_COLUMNS`)."""
    chance = np.random.default_rng(seed)
    layer = read_countries("un")
    layer = layer[layer["region"].isin(("002", "142", "019"))]
    weight = chance.pareto(1.1, len(layer))
    country = chance.choice(len(layer), _TOWNS, p=weight / weight.sum())
    east = layer["label_lon"].to_numpy()[country] + chance.normal(0, 2.2, _TOWNS)
    north = layer["label_lat"].to_numpy()[country] + chance.normal(0, 1.8, _TOWNS)
    fame = 1 / np.arange(1, _TOWNS + 1) ** 0.9
    town = chance.choice(_TOWNS, sites, p=fame / fame.sum())
    kind = chance.random(sites)
    spread = np.select([kind < 0.35, kind < 0.9], [0.0, 0.12], 1.0)
    return pa.table(
        {
            "longitude": np.clip(east[town] + spread * chance.normal(0, 1, sites), -180, 180),
            "latitude": np.clip(north[town] + spread * chance.normal(0, 1, sites), -80, 80),
            "exactness": np.select([kind < 0.35, kind < 0.9], ["approximate", "exact"], "admin1"),
            "planned": chance.random(sites) < 0.06,
            "iso3": layer["iso3"].to_numpy().astype(str)[country[town]],
        },
        schema=POINT_COLUMNS,
    )


@contextmanager
def serving() -> Iterator[str]:
    """The page and the atlas's own routes on a free port of this machine; its address."""
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[Route("/", _serve_page), Route("/assets/{digest}/{name}", serve_asset)]),
            host="127.0.0.1",
            port=0,
            log_level="error",
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    (listening,) = server.servers[0].sockets
    yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    server.should_exit = True
    thread.join()


async def _serve_page(request: Request) -> Response:
    """The page; ``?url=`` names the points, none for a map without."""
    url = request.query_params.get("url", "")
    layer = SiteLayer(url, 0, 0, 0, 0, 0)
    return HTMLResponse(
        escape.fill(
            _PAGE,
            styles=escape.joined(
                escape.fill('<link rel="stylesheet" href="{url}">', url=asset(name).url) for name in _STYLES
            ),
            scripts=escape.joined(
                escape.fill('<script src="{url}"></script>', url=asset(name).url) for name in _SCRIPTS
            ),
            options=escape.Markup(escape.script(_OPTIONS)),
            state=escape.Markup(escape.script(_STATE)),
            config=escape.Markup(escape.script({"key": "map", "shapes": asset("countries.topo.json").url})),
            sites=escape.Markup(escape.script(build_site_payload(layer, translator("en")) if url else None)),
        )
    )


def measure(browser: Browser, address: str, sites: int, moves: int = 240) -> Smoothness:
    """One page with so many sites, dragged and zoomed by mouse."""
    points = build_points(sites)
    begun = time.process_time()
    made = build_asset(points, _SECRET)
    layer = SiteLayer(made.url if sites else "", 0, 0, 0, 0, 0)
    SHELF.put(made, layer)
    packed = time.process_time() - begun
    page = browser.new_page(viewport=_SIZE)
    page.goto(f"{address}?url={layer.url}")
    page.wait_for_function("() => window.atlas && atlas.painted > 0")
    first = page.evaluate(_FIRST, sites) / 1000 if sites else 0.0
    panned, zoomed = _drag(page, moves), _turn_wheel(page)
    draw, group = page.evaluate(_DRAWING, 60), page.evaluate(_GROUPING, 6)
    page.close()
    return Smoothness(
        sites=sites,
        bytes_sent=len(made.compressed) if sites else 0,
        packed=packed if sites else 0.0,
        first_drawn=first,
        pan_median=_rate(panned, 50),
        pan_p95=_rate(panned, 95),
        pan_slow=_slow(panned),
        zoom_median=_rate(zoomed, 50),
        zoom_p95=_rate(zoomed, 95),
        zoom_slow=_slow(zoomed),
        draw=statistics.median(draw) / 1000,
        group=group / 1000,
    )


def _rate(gaps: list[float], percent: int) -> float:
    """Frames a second that so many percent of the gaps between frames (milliseconds) keep or better."""
    return 1000 / float(np.percentile(gaps, percent))


def _slow(gaps: list[float]) -> float:
    """Share of the gaps (milliseconds) longer than two of the screen's own frames, give or take one."""
    return sum(gap > _TWO_FRAMES for gap in gaps) / len(gaps)


def _drag(page: Page, moves: int) -> list[float]:
    """Drag to and fro; the gaps between the browser's frames meanwhile, in milliseconds."""
    mouse = page.mouse
    mouse.move(550, 310)
    mouse.down()
    page.evaluate(_RECORD)
    for x, y in ((350, 250), (750, 380), (500, 200), (550, 310)):
        mouse.move(x, y, steps=moves // 4)
    gaps: list[float] = page.evaluate(_RECORDED)
    mouse.up()
    return gaps


def _turn_wheel(page: Page) -> list[float]:
    """Zoom in and out again with the wheel over Africa; gaps between frames in milliseconds."""
    page.mouse.move(500, 300)
    page.evaluate(_RECORD)
    for turn in (*[-120] * 5, *[120] * 5):
        page.evaluate(_AWAIT_ZOOM)
        page.mouse.wheel(0, turn)
        page.evaluate("() => zoomed")
    gaps: list[float] = page.evaluate(_RECORDED)
    return gaps


def run(sizes: tuple[int, ...] = SIZES) -> list[Smoothness]:
    """One row a number of sites, on one machine in one browser; the first, without sites, is the floor."""
    with chromium() as browser, serving() as address:
        return [measure(browser, address, sites) for sites in sizes]


def build_report(seen: Sequence[Smoothness], command: str) -> str:
    """The whole of SITES.md."""
    target = next((one for one in seen if one.sites == TARGET), seen[-1])
    parts = [
        "# How smooth the map stays under many sites\n",
        f"`{command}`, {datetime.now(UTC):%d %B %Y}. {machine()}. {versions()}.\n",
        _HOW,
        table(
            ("Target", "measured", ""),
            [
                _target(f"{target.sites:,} sites, dragged: frames a second, at the slow end", target.pan_p95),
                _target(f"{target.sites:,} sites, zoomed: frames a second, at the slow end", target.zoom_p95),
            ],
        ),
        table(_HEAD, (_row(one) for one in seen)),
    ]
    return "\n".join(parts)


def _target(what: str, frames: float) -> tuple[str, str, str]:
    return f"{what} ≥ 30", f"{frames:.0f}", verdict(met=frames >= 30)


def _row(seen: Smoothness) -> tuple[str, ...]:
    return (
        f"{seen.sites:,}",
        f"{seen.bytes_sent / 1000:,.0f} kB",
        f"{seen.packed:.2f} s",
        f"{seen.first_drawn * 1000:.0f} ms",
        f"{seen.pan_median:.0f} / {seen.pan_p95:.0f}",
        f"{seen.pan_slow:.1%}",
        f"{seen.zoom_median:.0f} / {seen.zoom_p95:.0f}",
        f"{seen.zoom_slow:.1%}",
        f"{seen.draw * 1000:.1f} ms",
        f"{seen.group * 1000:.1f} ms",
    )


def main() -> None:
    """Measure and write; a missed target is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sites", description=__doc__)
    parser.add_argument("--sites", type=int, nargs="+", default=list(SIZES), help="how many sites")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("SITES.md"), metavar="FILE")
    parsed = parser.parse_args()
    words = build_report(run(tuple(parsed.sites)), "python -m benchmarks.sites")
    parsed.to.write_text(words, encoding="utf-8")
    print(words)


if __name__ == "__main__":
    main()
