"""What the atlas promises, whether it was kept in this run, and what would close the gap where it was not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.apps import ATLAS, FLOOR, PLOTLY, WITHOUT_MAP
from benchmarks.rounds import KINDS, Observations
from benchmarks.sessions import Crowd, percentile
from benchmarks.shapes import vertices
from benchmarks.starting import Imported
from benchmarks.staying import Held, slope
from benchmarks.stories import BUSY, FULL, RUSH, Told
from benchmarks.visits import Change

REPAINT, PLOTLY_TIMES, OPENING = 0.9, 3.0, 2.0
MAP_BYTES = 4_000
BUSY_SECONDS, FULL_SECONDS, RUSH_SECONDS = 0.25, 0.5, 3.0
#: Bytes a change beyond the floor's own growth that still count as flat.
FLAT_HEAP, FLAT_SERVER = 4 * 1024, 16 * 1024
#: Vertices of Natural Earth's countries 1:50m, borders counted on both sides.
NATURAL_EARTH_50M = 99_539

Row = tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """Everything that one run has measured."""

    seen: Observations
    told: list[Told]
    held: dict[str, list[Held]]
    imported: list[list[Imported]]

    def crowd(self, app: str, story: str) -> Told | None:
        """A story of an application; None when it was not told in this run."""
        return next((one for one in self.told if (one.app, one.story) == (app, story)), None)


def changes_of(seen: Observations, app: str, kinds: Iterable[str]) -> list[Change]:
    """The changes of an application, of all `kinds` together."""
    return [change for kind in kinds for change in seen.changes.get((app, kind), [])]


def middle(seen: Observations, app: str, kind: str = "measure") -> float:
    """Median seconds until the whole answer was repainted; not a number where nothing was measured."""
    times = [change.whole for change in seen.changes.get((app, kind), [])]
    return median(times) if times else float("nan")


def row(what: str, shown: str, closes: str, *, met: bool) -> Row:
    """A target: what closes the gap is said only where there is one."""
    return what, shown, verdict(met=met), "" if met else closes


def verdict(*, met: bool) -> str:
    """In words."""
    return "met" if met else "**not met**"


def target_rows(found: Found) -> Iterator[Row]:
    """All targets."""
    yield from repaint_rows(found.seen)
    yield from byte_rows(found.seen)
    yield from opening_rows(found.seen)
    yield from session_rows(found)
    yield from memory_rows(found.held)


def repaint_rows(seen: Observations) -> Iterator[Row]:
    """Change to repaint of map, legend, table and figures."""
    floor, plotly = middle(seen, FLOOR.name), middle(seen, PLOTLY.name)
    for kind in KINDS:
        ratio = middle(seen, ATLAS.name, kind) / floor
        yield row(
            f"{kind} → map, legend, table and figures repainted, p50 ≤ {REPAINT} × floor",
            f"{ratio:.2f} ×",
            "less to send and to render a change: see the map's own tax and the bytes below",
            met=ratio <= REPAINT,
        )
    slowest = max(time for kind in KINDS if (time := middle(seen, ATLAS.name, kind)) == time)
    yield row(
        f"the slowest of these at least {PLOTLY_TIMES:g} × faster than Plotly's choropleth",
        f"{plotly / slowest:.1f} ×",
        "as above",
        met=plotly / slowest >= PLOTLY_TIMES,
    )
    tax = middle(seen, ATLAS.name) - middle(seen, WITHOUT_MAP.name)
    yield (
        "the map's own tax on a changed measure (with the map − without it)",
        f"{tax * 1000:+.0f} ms",
        "",
        "",
    )
    yield (
        f"points of the outlines (1:50m has {NATURAL_EARTH_50M:,}; these are a simplified 1:10m)",
        f"{vertices():,}",
        "",
        "",
    )


def byte_rows(seen: Observations) -> Iterator[Row]:
    """What a change sends and asks."""
    changes = changes_of(seen, ATLAS.name, KINDS)
    most = max(change.map_bytes for change in changes)
    yield row(
        f"the map's part of any change ≤ {MAP_BYTES:,} bytes",
        f"{most:,}",
        "shorter hover texts, or fetched when they are asked for",
        met=most <= MAP_BYTES,
    )
    asked = max(seen.shape_requests)
    yield row(
        "shapes requested once, from opening to the last measure", str(asked), "a remount", met=asked == 1
    )
    immutable = bool(seen.shape_caching) and all("immutable" in said for said in seen.shape_caching)
    yield row("shapes cached as immutable", "yes" if immutable else "no", "the header", met=immutable)
    again = max(seen.shape_bytes_again)
    yield row("bytes of shapes when the page is opened again", str(again), "the cache", met=again == 0)
    remounts = sum(change.remounted for change in changes)
    yield row(
        f"map built anew in {len(changes)} changes: never", str(remounts), "a constant key", met=not remounts
    )
    runs = max(change.runs for change in changes)
    yield row("runs of the script a change: one", str(runs), "no rerun after a callback", met=runs == 1)


def opening_rows(seen: Observations) -> Iterator[Row]:
    """Open to the first painted map."""
    for kind, target in (("warm process", OPENING), ("seen before", OPENING), ("cold process", None)):
        ratio = median(seen.openings[ATLAS.name, kind]) / median(seen.openings[FLOOR.name, kind])
        what = f"open → first painted map, {kind}"
        if target is None:
            yield what + ", beside the floor's own opening", f"{ratio:.2f} ×", "", ""
        else:
            closes = "fewer and smaller files before the map's frame; see the imports below"
            yield row(f"{what} ≤ {target:g} × the floor's", f"{ratio:.2f} ×", closes, met=ratio <= target)


def session_rows(found: Found) -> Iterator[Row]:
    """Many visitors at once."""
    for story, target in ((BUSY, BUSY_SECONDS), (FULL, FULL_SECONDS)):
        told = found.crowd(ATLAS.name, story)
        if told is not None:
            seconds = percentile(told.crowd.changes, 0.95)
            yield row(
                f"{story}, p95 ≤ {target * 1000:.0f} ms, no error",
                f"{seconds * 1000:.0f} ms, {errors(told.crowd)}",
                "less Python a change, or a second replica",
                met=seconds <= target and not told.crowd.errors,
            )
    rush = found.crowd(ATLAS.name, RUSH)
    if rush is not None:
        seconds = max(rush.crowd.last_opened, rush.browser or 0.0)
        yield row(
            f"{RUSH}: the last one, a real browser among them, ≤ {RUSH_SECONDS:g} s, no error",
            f"{rush.crowd.last_opened:.2f} s, browser {rush.browser or 0.0:.2f} s, {errors(rush.crowd)}",
            "static files from nginx, a second replica",
            met=seconds <= RUSH_SECONDS and not rush.crowd.errors,
        )


def errors(crowd: Crowd) -> str:
    """Errors by kind."""
    return f"{len(crowd.lost)} lost, {len(crowd.exceptions)} exceptions, {len(crowd.mixed)} mixed up"


def memory_rows(held: dict[str, list[Held]]) -> Iterator[Row]:
    """A visitor who stays."""
    stayed = held.get(ATLAS.name, [])
    if len(stayed) < 3:
        return
    changes = stayed[-1].changes
    heap, nodes = slope(stayed, lambda one: one.heap), slope(stayed, lambda one: one.nodes)
    looks = held.get(FLOOR.name, [])
    floor = slope(looks, lambda one: one.heap) if looks else 0.0
    yield row(
        f"{changes} changes in one browser: its memory grows no more than the floor's",
        f"{heap / 1024:+.1f} kB and {nodes:+.2f} nodes a change, the floor {floor / 1024:+.1f} kB",
        "the style that the component's library adds at every render is to be taken out again",
        met=heap <= floor + FLAT_HEAP and nodes < 0.05,
    )
    server = slope(stayed, lambda one: one.server)
    yield row(
        f"{changes} changes in one browser: the server's memory stays flat",
        f"{server / 1024:+.1f} kB a change",
        "bounded caches",
        met=server <= FLAT_SERVER,
    )
