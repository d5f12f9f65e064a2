"""Rounds: every application once a round, one after the other, so that all meet the same machine."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from dataclasses import dataclass, field

import psutil
from playwright.sync_api import Browser

from benchmarks.apps import APPS, ATLAS, App, Server, served
from benchmarks.visits import Change, Visit, next_option, visit

MEASURE_LABELS = {ATLAS.name: "What the map shows"}
#: What else is changed on the atlas: name -> label of the list, its popover, how many times in a visit.
OTHER_CHANGES = {
    "filter": ("Type", "Filters", 4),
    "palette": ("Palette", "Display", 4),
    "boundary view": ("Boundaries", "Display", 2),
}
QUIET_PERCENT = 8.0

Key = tuple[str, str]


@dataclass
class Observations:
    """What was seen, by application and kind.

    Attributes
    ----------
    changes
        Kinds: ``first asked`` and ``asked before`` for a measure, and those of `OTHER_CHANGES`.
    openings
        Seconds to the first painted picture: ``cold process``, ``warm process`` and ``seen before``.
    memory
        Resident bytes at the end of a round.
    shape_requests
        Requests for the shapes from opening the page to the last changed measure.
    shape_bytes_again
        Bytes of shapes over the network when the same browser opens the page again.
    busy
        Share of the processors in use right before an application was measured, percent.
    load
        Load averages before the first round.
    """

    changes: dict[Key, list[Change]] = field(default_factory=lambda: defaultdict(list))
    openings: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    shape_requests: list[int] = field(default_factory=list)
    shape_bytes_again: list[int] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)


def run_rounds(browser: Browser, rounds: int, patience: float) -> Observations:
    """Measure every application `rounds` times; each time waits at most `patience` seconds for quiet."""
    seen = Observations(load=os.getloadavg())
    for number in range(1, rounds + 1):
        for app in APPS:
            seen.busy.append(wait_for_quiet(patience))
            print(f"round {number} of {rounds}: {app.name}", flush=True)
            measure_app(browser, app, seen)
    return seen


def wait_for_quiet(patience: float) -> float:
    """Wait until the processors have little else to do; the share still in use, in percent."""
    end = time.monotonic() + patience
    while True:
        busy = psutil.cpu_percent(interval=2)
        if busy <= QUIET_PERCENT or time.monotonic() > end:
            return busy


def measure_app(browser: Browser, app: App, seen: Observations) -> None:
    """One life of an application's process: a visit that asks everything first, one that asks it again."""
    with visit(browser, app) as first, served(app) as server:
        seen.openings[app.name, "cold process"].append(first.open(server.url) - server.started)
        change_measures(first, "first asked", seen)
        if app is ATLAS:
            seen.shape_requests.append(first.shape_requests)
        with visit(browser, app) as second:
            measure_second(second, server, seen)
        seen.memory[app.name].append(server.memory)


def measure_second(second: Visit, server: Server, seen: Observations) -> None:
    """A visitor with an empty browser cache on a warm process, who later opens the page again."""
    app = second.app
    begun = time.perf_counter()
    seen.openings[app.name, "warm process"].append(second.open(server.url) - begun)
    change_measures(second, "asked before", seen)
    begun = time.perf_counter()
    seen.openings[app.name, "seen before"].append(second.open(server.url) - begun)
    if app is ATLAS:
        second.rest()
        seen.shape_bytes_again.append(second.page.evaluate("() => bench.transferred('countries.topo.json')"))
        change_others(second, seen)


def change_measures(visited: Visit, kind: str, seen: Observations) -> None:
    """Choose one measure after the other."""
    visited.rest()
    choose = next_option(MEASURE_LABELS.get(visited.app.name, "Measure"))
    found = [visited.change(choose) for _ in range(visited.app.changes)]
    seen.changes[visited.app.name, kind].extend(found)


def change_others(visited: Visit, seen: Observations) -> None:
    """Change filter, palette and boundary view."""
    for kind, (label, popover, times) in OTHER_CHANGES.items():
        choose = next_option(label, popover)
        seen.changes[visited.app.name, kind].extend(visited.change(choose) for _ in range(times))
