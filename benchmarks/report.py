"""The observations as one table in Markdown, every time beside the floor of the same run."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from benchmarks.apps import ATLAS, FLOOR, USUAL_FOLIUM
from benchmarks.rounds import OTHER_CHANGES, QUIET_PERCENT, Observations
from benchmarks.visits import Change

REPAINT_TARGET = 1.2  # times the floor
MAP_BYTES_TARGET = 8_000
_MEASURE_KINDS = ("first asked", "asked before")
_PACKAGES = ("streamlit", "streamlit-folium", "folium", "XStatic-Leaflet", "geopandas", "duckdb", "pandas")
_OPENINGS = {
    "cold process": "from the start of the process",
    "warm process": "the process runs, the browser is new",
    "seen before": "the process runs, the browser was here before",
}
_MEMORY_UNIT = 1024 * 1024

Row = tuple[str, ...]


def build_report(seen: Observations, *, command: str, rounds: int, chromium: str) -> str:
    """The whole of RESULTS.md."""
    parts = [
        "# How fast the atlas is\n",
        f"`{command}`, {datetime.now(UTC):%d %B %Y}, {rounds} rounds. {machine()}.",
        f"Python {platform.python_version()}, Chromium {chromium}, {versions()}.",
        load_words(seen),
        _HOW,
        table(("Target of the atlas", "measured", ""), target_rows(seen)),
        table(
            ("What", "n", "p50", "max", "p50 ÷ floor", "map, bytes", "all, bytes"),
            [*change_rows(seen), *opening_rows(seen), *memory_rows(seen)],
        ),
        _NOTES,
    ]
    return "\n".join(parts)


_HOW = """\
*Floor* is `benchmarks/peers/hello.py` under Streamlit's default settings: what Streamlit itself costs.
A change is timed in the browser, from the key press to the frame after the one in which the new picture (or
line) was there: *repainted*. *Settled* is the last change of anything on the page: legend, figures, table.
In a round every application is started, measured and ended, one after the other; all other hosts are out of
reach. *First asked*: no visitor had asked this process for that measure. *Asked before*: one had.
Bytes are those of the websocket from server to browser, before compression, median of the changes.
"""

_NOISY = """\

**The machine was not quiet: these times and ratios hold other programs' work too. Measure again.**
"""

_NOTES = """\
The usual Folium page has less to do than it usually has: Leaflet comes from its own server, and the other
scripts that Folium asks other hosts for are left out, as is its colour bar. It draws the atlas's own shapes.
Plotly's choropleth is not measured: it is no requirement, and its base map is on another host.
"""


def load_words(seen: Observations) -> str:
    """How quiet the machine was."""
    warning = _NOISY if max(seen.busy) > QUIET_PERCENT else ""
    return (
        f"Load average at the start {seen.load[0]:.2f}; right before each application was measured, at most "
        f"{max(seen.busy):.0f} % of the processors were in use.\n{warning}"
    )


def table(head: Row, rows: Iterable[Row]) -> str:
    """A table in Markdown."""
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def machine() -> str:
    """Processor, cores and memory; nothing that names the machine."""
    memory = psutil.virtual_memory().total / _MEMORY_UNIT / 1024
    return f"{os.cpu_count()} cores, {processor()}, {memory:.0f} GB, {platform.system()}"


def processor() -> str:
    """The processor's model as the system names it."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def versions() -> str:
    """Versions of what the time depends on."""
    return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def measured(seen: Observations, app: str, kinds: Sequence[str] = _MEASURE_KINDS) -> list[Change]:
    """The changes of an application, of all `kinds` together."""
    return [change for kind in kinds for change in seen.changes[app, kind]]


def floor_repaint(seen: Observations) -> float:
    """Median seconds from a changed selection to the floor's line."""
    return median(change.repainted for change in measured(seen, FLOOR.name))


def target_rows(seen: Observations) -> Iterator[Row]:
    """The targets, and whether they are met."""
    floor = floor_repaint(seen)
    for kind in _MEASURE_KINDS:
        ratio = median(change.repainted for change in seen.changes[ATLAS.name, kind]) / floor
        wanted = f"changed measure ({kind}) → repainted, p50 ≤ {REPAINT_TARGET} × floor"
        yield wanted, f"{ratio:.2f} ×", verdict(met=ratio <= REPAINT_TARGET)
    changes = measured(seen, ATLAS.name, (*_MEASURE_KINDS, *OTHER_CHANGES))
    most = max(change.map_bytes for change in changes)
    yield (
        f"the map's part of any change ≤ {MAP_BYTES_TARGET} bytes",
        str(most),
        verdict(met=most <= MAP_BYTES_TARGET),
    )
    asked = max(seen.shape_requests)
    yield "shapes requested once, from opening to the last measure", str(asked), verdict(met=asked == 1)
    again = max(seen.shape_bytes_again)
    yield "bytes of shapes when the page is opened again", str(again), verdict(met=again == 0)
    remounts = sum(change.remounted for change in changes)
    yield f"map built anew in {len(changes)} changes: never", str(remounts), verdict(met=remounts == 0)


def verdict(*, met: bool) -> str:
    """In words."""
    return "met" if met else "**not met**"


def change_rows(seen: Observations) -> Iterator[Row]:
    """Repaint and settling of every application and kind of change."""
    floor = floor_repaint(seen)
    yield change_row("floor: changed selection → line shown", measured(seen, FLOOR.name), floor)
    for kind in _MEASURE_KINDS:
        yield change_row(f"atlas: measure, {kind} → repainted", seen.changes[ATLAS.name, kind], floor)
    for kind in OTHER_CHANGES:
        yield change_row(f"atlas: {kind} → repainted", seen.changes[ATLAS.name, kind], floor)
    name = USUAL_FOLIUM.name
    yield change_row(f"{name}: measure → repainted", measured(seen, name), floor)
    yield settled_row("floor: → settled", measured(seen, FLOOR.name), floor)
    for kind in _MEASURE_KINDS:
        yield settled_row(f"atlas: measure, {kind} → settled", seen.changes[ATLAS.name, kind], floor)


def change_row(what: str, changes: Sequence[Change], floor: float) -> Row:
    """Time to the repaint, and bytes."""
    return (
        *time_row(what, [change.repainted for change in changes], floor)[:5],
        f"{median(change.map_bytes for change in changes):,.0f}",
        f"{median(change.all_bytes for change in changes):,.0f}",
    )


def settled_row(what: str, changes: Sequence[Change], floor: float) -> Row:
    """Time until nothing changes any more."""
    return time_row(what, [change.settled for change in changes], floor)


def time_row(what: str, seconds: Sequence[float], floor: float) -> Row:
    """Median and maximum, and the median beside the floor's."""
    middle = median(seconds)
    return (
        what,
        str(len(seconds)),
        f"{middle:.3f} s",
        f"{max(seconds):.3f} s",
        f"{middle / floor:.2f}",
        "",
        "",
    )


def opening_rows(seen: Observations) -> Iterator[Row]:
    """Open to the first painted map, beside the floor's own opening."""
    for kind, words in _OPENINGS.items():
        floor = median(seen.openings[FLOOR.name, kind])
        for app in (FLOOR, ATLAS, USUAL_FOLIUM):
            yield time_row(f"{app.name}: opened, {words}", seen.openings[app.name, kind], floor)


def memory_rows(seen: Observations) -> Iterator[Row]:
    """Resident memory at the end of a round, beside the floor's."""
    floor = median(seen.memory[FLOOR.name])
    for app in (FLOOR, ATLAS, USUAL_FOLIUM):
        used = [one / _MEMORY_UNIT for one in seen.memory[app.name]]
        ratio = f"{median(seen.memory[app.name]) / floor:.2f}"
        yield (
            f"{app.name}: memory of the process",
            str(len(used)),
            f"{median(used):.0f} MB",
            f"{max(used):.0f} MB",
            ratio,
            "",
            "",
        )
