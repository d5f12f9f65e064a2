"""Rounds: every application once a round, one after the other, so that all meet the same machine."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psutil
from playwright.sync_api import Browser

from benchmarks.apps import APPS, ATLAS, USUAL_FOLIUM, WITHOUT_MAP, App, Server, served
from benchmarks.visits import SHAPES, Change, Choice, Visit, box, option, step, visit

#: What is changed on the atlas besides its measure.
FILTERS = [*(box("type", number) for number in range(6)), *(box("stage", number) for number in range(4))]
OTHERS: Mapping[str, list[Choice]] = {
    "year": [box("year", 0)] * 10,
    "palette": [step("palette", number) for number in range(10)],
    "boundary view": [step("view", number) for number in range(10)],
}
#: Kinds of change on the atlas, as they are reported.
KINDS = ("measure", "measure, asked before", "filter", "filter, asked before", *OTHERS)
QUIET_PERCENT = 8.0

Key = tuple[str, str]


@dataclass
class Observations:
    """What was seen, by application and kind.

    Attributes
    ----------
    changes
        Kinds: those of `KINDS`, and ``measure`` for the peers.
    openings
        Seconds to the first painted picture: ``cold process``, ``warm process`` and ``seen before``.
    complete
        Seconds until every part of the page was there, by the same kinds.
    memory
        Resident bytes of the server at the end of a round.
    requests
        Over HTTP, to open the page in a new browser.
    shape_requests
        Requests for the shapes from opening the page to the last changed measure.
    shape_caching
        What the server says about keeping the shapes.
    shape_bytes_again
        Bytes of shapes over the network when the same browser opens the page again.
    busy
        Share of the processors in use right before an application was measured, percent.
    load
        Load averages before the first round.
    """

    changes: dict[Key, list[Change]] = field(default_factory=lambda: defaultdict(list))
    openings: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    complete: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    requests: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    shape_requests: list[int] = field(default_factory=list)
    shape_caching: list[str] = field(default_factory=list)
    shape_bytes_again: list[int] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    load: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def take_opening(self, app: App, kind: str, seconds: tuple[float, float]) -> None:
        """Note when the first picture, and when everything was there."""
        self.openings[app.name, kind].append(seconds[0])
        self.complete[app.name, kind].append(seconds[1])


def run_rounds(browser: Browser, rounds: int, patience: float) -> Observations:
    """Measure every application `rounds` times; each time waits at most `patience` seconds for quiet."""
    seen = Observations(load=os.getloadavg())
    for number in range(1, rounds + 1):
        for app in (*APPS, WITHOUT_MAP):
            seen.busy.append(wait_for_quiet(patience))
            print(f"round {number} of {rounds}: {app.name}", flush=True)
            measure_app(browser, app, seen)
    return seen


def wait_for_quiet(patience: float) -> float:
    """Wait until the processors have little else to do; the share still in use, in percent."""
    end = time.monotonic() + patience
    while True:
        busy = psutil.cpu_percent(interval=1)
        if busy <= QUIET_PERCENT or time.monotonic() > end:
            return busy


def measure_app(browser: Browser, app: App, seen: Observations) -> None:
    """One life of an application's process: a visit that asks everything first, then those that ask again."""
    with served(app) as server:
        with visit(browser, app) as first:
            painted, complete = first.open(server.url)
            seen.take_opening(app, "cold process", (painted - server.started, complete - server.started))
            change_first(first, server, seen)
        if app is USUAL_FOLIUM:  # a second visit would take a minute and say the same
            seen.memory[app.name].append(server.memory)
            return
        for number in range(2):
            with visit(browser, app) as later:
                open_twice(later, server, seen)
                if number == 0:
                    change_again(later, server, seen)
        seen.memory[app.name].append(server.memory)


def change_first(first: Visit, server: Server, seen: Observations) -> None:
    """What nobody had asked this process for: measures, then filters of the first measure."""
    first.rest()
    change_all(first, "measure", measures(first.app), seen)
    if first.app is ATLAS:
        seen.shape_requests.append(first.shape_requests)
        seen.shape_caching.extend(first.shape_caching)
    if first.app in (ATLAS, WITHOUT_MAP):
        first.open(server.url)
        first.rest()
        change_all(first, "filter", FILTERS, seen)


def open_twice(later: Visit, server: Server, seen: Observations) -> None:
    """A visitor with an empty browser cache on a warm process, who then opens the page again."""
    for kind in ("warm process", "seen before"):
        begun = time.perf_counter()
        painted, complete = later.open(server.url)
        seen.take_opening(later.app, kind, (painted - begun, complete - begun))
        later.rest()
        if kind == "warm process":
            seen.requests[later.app.name].append(len(later.requests))
    if later.app is ATLAS:
        seen.shape_bytes_again.append(later.page.evaluate("part => bench.transferred(part)", SHAPES))


def change_again(later: Visit, server: Server, seen: Observations) -> None:
    """What another visitor had asked for; on the atlas, palette, year and boundary view too."""
    if later.app is not ATLAS:
        change_all(later, "measure", measures(later.app), seen)
        return
    change_all(later, "measure, asked before", measures(later.app)[:5], seen)
    later.open(server.url)
    later.rest()
    change_all(later, "filter, asked before", FILTERS[:5], seen)
    for kind, choices in OTHERS.items():
        later.open(server.url)
        later.rest()
        change_all(later, kind, choices, seen)


def measures(app: App) -> list[Choice]:
    """One measure after the other."""
    if app in (ATLAS, WITHOUT_MAP):
        return [step(app.measures, number) for number in range(app.changes)]
    return [option(app.measures, number) for number in range(1, app.changes + 1)]


def change_all(visited: Visit, kind: str, choices: Iterable[Choice], seen: Observations) -> None:
    """Make the changes, and keep those that changed anything on the page."""
    found = [visited.change(choose) for choose in choices]
    seen.changes[visited.app.name, kind].extend(change for change in found if change.times)
