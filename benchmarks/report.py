"""The observations as tables in Markdown, every figure beside a floor or a peer of the same run."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import psutil

from benchmarks.apps import APPS, ATLAS, CAREFUL_FOLIUM, FLOOR, PLOTLY, USUAL_FOLIUM, WITHOUT_MAP
from benchmarks.rounds import KINDS, QUIET_PERCENT, Observations
from benchmarks.sessions import percentile
from benchmarks.starting import import_rows, total_milliseconds
from benchmarks.staying import Held, slope
from benchmarks.stories import Told
from benchmarks.targets import Found, errors, middle, target_rows, verdict
from benchmarks.visits import Change

__all__ = ["build_report", "machine", "table", "verdict"]

_PACKAGES = (
    "streamlit", "streamlit-folium", "folium", "XStatic-Leaflet", "geopandas", "ibis-framework", "duckdb",
    "pandas", "plotly",
)  # fmt: skip
_OPENINGS = {
    "cold process": "from the start of the process",
    "warm process": "the process runs, the browser is new",
    "seen before": "the process runs, the browser was here before",
}
_MEGABYTE = 1024 * 1024
#: Measured by commands of their own, each in its own file, which take longer than one run of this.
_APART = {
    "QUESTIONS.md": "questions to a million activities and more",
    "SITES.md": "100,000 sites on the map",
    "IMPORTS.md": "files taken in",
}

Row = tuple[str, ...]


def build_report(found: Found, *, command: str, rounds: int, chromium: str, folder: Path) -> str:
    """The whole of RESULTS.md; `folder` has the results of what is measured apart."""
    seen = found.seen
    parts = [
        "# How fast the atlas is\n",
        f"`{command}`, {datetime.now(UTC):%d %B %Y}, {rounds} rounds. {machine()}.",
        f"Python {platform.python_version()}, Chromium {chromium}, {versions()}.",
        load_words(seen),
        _HOW,
        table(("Target of the atlas", "measured", "", "what would close it"), target_rows(found)),
        "## Changes\n",
        table(_CHANGE_HEAD, change_rows(seen)),
        "## Openings and memory\n",
        table(("What", "n", "p50", "max", "p50 ÷ floor"), [*opening_rows(seen), *server_rows(seen)]),
        "## Many visitors\n",
        table(_SESSION_HEAD, session_rows(found.told)),
        _SESSIONS,
        "## A visitor who stays\n",
        table(_STAY_HEAD, staying_rows(found.held)),
        _STAYING,
        "## What a cold process imports\n",
        *import_parts(found),
        "## Measured apart\n",
        *apart(folder),
        _NOTES,
    ]
    return "\n".join(parts)


_HOW = """\
*Floor* is `benchmarks/peers/hello.py` under Streamlit's default settings: what Streamlit itself costs. A
change is timed in the browser, from the key press that chooses (Enter in a list of Streamlit's, the arrow
key in the atlas's own list, the space bar on a box) to the frame after the one in which the last part of
the answer was there: on the atlas map, legend, table and figures, each with its own observer. A part that
stays as it was, such as the figures under another palette, is not waited for. In a round every application
is started, measured and ended, one after the other; all other hosts are out of reach. Nobody had asked the
process before, unless *asked before* says so. Bytes are those of the websocket from server to browser,
before compression. All draw the same shapes, those of the atlas.
"""

_NOISY = """\

**The machine was not quiet: these times and ratios hold other programs' work too. Measure again.**
"""

_SESSIONS = """\
Sessions are held over real websockets by a driver in another process (`benchmarks/sessions.py`), each with
choices of its own: a measure or a filter at every change, timed to the message that the script has
finished. *Mixed up*: answers that differ from the first one for the same selection; a lone session asks
some again.
"""

_STAYING = """\
The dynamic Folium page does what streamlit-folium's documentation advises for maps that change. It grows
because the component keeps every layer that it was ever given in `window.feature_group` and never empties
that list, so that no removed layer is freed. The atlas's map is given none: what it shows stands in the
page, where its script reads it. The component's library also adds a `<style>` to its frame at every render:
two nodes a change where nobody takes it out.
"""

_NOTES = """\
The usual Folium page has less to do than it usually has: Leaflet comes from its own server, and the other
scripts that Folium asks other hosts for are left out, as is its colour bar. The careful one keeps shapes,
values and colours for all visitors and takes nothing back from the map. Plotly gets an empty base map from
its own server in place of the one that it asks another host for.
"""

_CHANGE_HEAD = (
    "What", "n", "map p50", "whole answer p50", "p95", "÷ floor", "÷ Plotly", "map, bytes", "all, bytes",
    "requests",
)  # fmt: skip
_SESSION_HEAD = (
    "Who", "story", "changes", "p50", "p95", "last opened", "browser painted", "errors", "bytes a change",
    "server memory", "processors: server, driver",
)  # fmt: skip
_STAY_HEAD = (
    "Who",
    "changes",
    "heap",
    "nodes",
    "listeners",
    "layers kept",
    "heap a change",
    "server a change",
)


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
    memory = psutil.virtual_memory().total / _MEGABYTE / 1024
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


def change_rows(seen: Observations) -> Iterator[Row]:
    """Repaint of every application and kind of change."""
    for kind in KINDS:
        yield change_row(seen, ATLAS.name, kind)
    for kind in ("measure", "filter"):
        yield change_row(seen, WITHOUT_MAP.name, kind)
    for app in (FLOOR, PLOTLY, CAREFUL_FOLIUM, USUAL_FOLIUM):
        yield change_row(seen, app.name, "measure")


def change_row(seen: Observations, app: str, kind: str) -> Row:
    """Time to the map's repaint and to the whole answer, beside floor and Plotly, and bytes."""
    changes = seen.changes.get((app, kind), [])
    if not changes:
        return (f"{app}: {kind}", "0", *[""] * (len(_CHANGE_HEAD) - 2))
    whole = [change.whole for change in changes]
    return (
        f"{app}: {kind}",
        str(len(changes)),
        map_time(changes),
        f"{median(whole):.3f} s",
        f"{percentile(whole, 0.95):.3f} s",
        f"{median(whole) / middle(seen, FLOOR.name):.2f}",
        f"{median(whole) / middle(seen, PLOTLY.name):.2f}",
        f"{median(change.map_bytes for change in changes):,.0f}",
        f"{median(change.all_bytes for change in changes):,.0f}",
        f"{median(change.requests for change in changes):.0f}",
    )


def map_time(changes: Sequence[Change]) -> str:
    """Median time to the repaint of the map alone, where there is one that changed."""
    times = [change.times["map"] for change in changes if "map" in change.times]
    return f"{median(times):.3f} s" if times else ""


def opening_rows(seen: Observations) -> Iterator[Row]:
    """Open to the first painted map and to the whole page, beside the floor's own opening."""
    for kind, words in _OPENINGS.items():
        floor = median(seen.openings[FLOOR.name, kind])
        for app in APPS:
            if (app.name, kind) in seen.openings:
                yield time_row(f"{app.name}: first picture, {words}", seen.openings[app.name, kind], floor)
        yield time_row(f"{ATLAS.name}: everything, {words}", seen.complete[ATLAS.name, kind], floor)


def time_row(what: str, seconds: Sequence[float], floor: float) -> Row:
    """Median and maximum, and the median beside the floor's."""
    half = median(seconds)
    return what, str(len(seconds)), f"{half:.3f} s", f"{max(seconds):.3f} s", f"{half / floor:.2f}"


def server_rows(seen: Observations) -> Iterator[Row]:
    """Resident memory at the end of a round, and requests to open the page, beside the floor's."""
    for app in APPS:
        used = [one / _MEGABYTE for one in seen.memory.get(app.name, [])]
        floor = median(seen.memory[FLOOR.name]) / _MEGABYTE
        if used:
            yield plain_row(f"{app.name}: memory of the process", used, floor, "MB")
    for app in APPS:
        asked = [float(one) for one in seen.requests.get(app.name, [])]
        if asked:
            yield plain_row(f"{app.name}: requests to open it", asked, median(seen.requests[FLOOR.name]), "")


def plain_row(what: str, values: Sequence[float], floor: float, unit: str) -> Row:
    """Whole numbers."""
    half = median(values)
    shown = [f"{one:.0f} {unit}".strip() for one in (half, max(values))]
    return what, str(len(values)), *shown, f"{half / floor:.2f}"


def session_rows(told: Iterable[Told]) -> Iterator[Row]:
    """One row a story."""
    for one in told:
        crowd = one.crowd
        memory = [used // _MEGABYTE for used in (crowd.memory[0], max(crowd.memory), crowd.memory[-1])]
        yield (
            one.app,
            one.story,
            str(len(crowd.changes)),
            milliseconds(percentile(crowd.changes, 0.5)) if crowd.changes else "",
            milliseconds(percentile(crowd.changes, 0.95)) if crowd.changes else "",
            f"{crowd.last_opened:.2f} s",
            f"{one.browser:.2f} s" if one.browser is not None else "",
            errors(crowd) if crowd.errors else "0",
            f"{median(crowd.sizes):,.0f}" if crowd.sizes else "",
            f"{memory[0]} → {memory[1]} → {memory[2]} MB",
            f"{crowd.server_busy:.2f}, {crowd.driver_busy:.2f}",
        )


def milliseconds(seconds: float) -> str:
    """In whole milliseconds."""
    return f"{seconds * 1000:.0f} ms"


def staying_rows(held: dict[str, list[Held]]) -> Iterator[Row]:
    """First and last look at each browser, and what each change added."""
    for name, looks in held.items():
        first, last = looks[0], looks[-1]
        yield (
            name,
            f"{first.changes} → {last.changes}",
            span(looks, lambda one: one.heap / _MEGABYTE, ".1f", " MB"),
            span(looks, lambda one: one.nodes, ".0f"),
            span(looks, lambda one: one.listeners, ".0f"),
            span(looks, lambda one: one.groups, ".0f"),
            f"{slope(looks, lambda one: one.heap) / 1024:+.1f} kB",
            f"{slope(looks, lambda one: one.server) / 1024:+.1f} kB",
        )


def span(looks: Sequence[Held], of: Callable[[Held], float], shown: str, unit: str = "") -> str:
    """From the first look to the last."""
    return f"{of(looks[0]):{shown}} → {of(looks[-1]):{shown}}{unit}"


def import_parts(found: Found) -> Iterator[str]:
    """The ten costliest packages of each process that the start goes through."""
    for number, imported in enumerate(found.imported, start=1):
        yield f"Process {number} of {len(found.imported)}: {total_milliseconds(imported):.0f} ms in all.\n"
        yield table(("Package", "own time", "modules", "needed for the first page"), import_rows(imported))


def apart(folder: Path) -> Iterator[str]:
    """The targets of what is measured by other commands, out of their own files."""
    for name, words in _APART.items():
        path = folder / name
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        shown = first_table(text)
        yield f"{words.capitalize()}: [{name}]({name})." if text else f"{words.capitalize()}: not measured."
        yield f"\n{shown}\n" if shown else ""


def first_table(text: str) -> str:
    """The first table of a Markdown text; empty when it has none."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if line.startswith("|")), len(lines))
    rest = lines[start:]
    end = next((number for number, line in enumerate(rest) if not line.startswith("|")), len(rest))
    return "\n".join(rest[:end])
