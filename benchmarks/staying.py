"""A visitor who stays: whether each change of the view leaves more memory in use.

``python -m benchmarks.staying [--changes 200]``
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from benchmarks.apps import ATLAS, DYNAMIC_FOLIUM, App, Server, served
from benchmarks.visits import Choice, Visit, box, chromium, option, step, visit

_LOOKS = 10
#: The first stretch fills caches of the page and of the server, and is no part of the slope.
_SETTLED = 0.3
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Held:
    """What browser and server held after so many changes, garbage collected.

    Attributes
    ----------
    heap
        Bytes that scripts of the page and its frames hold.
    nodes, listeners
        Of the documents.
    server
        Resident bytes of the server.
    groups
        Layers in the list that streamlit-folium keeps of what it added; -1 where there is none.
    """

    changes: int
    heap: int
    nodes: int
    listeners: int
    server: int
    groups: int


def stay(browser: Browser, app: App, changes: int) -> list[Held]:
    """Change the view `changes` times in one page; what was held at moments when it looked the same."""
    choices = choices_of(app)
    rounds = max(1, changes // len(choices))
    pause = max(1, rounds // _LOOKS)
    with served(app) as server, visit(browser, app) as visited:
        visited.open(server.url)
        visited.rest()
        held = []
        for number in range(1, rounds + 1):
            for choose in choices:
                change_view(visited, choose)
            if number % pause == 0:
                held.append(look(visited, server, number * len(choices)))
    return held


def choices_of(app: App) -> list[Choice]:
    """A walk through the views that ends where it began: on the atlas, every kind of change."""
    if app is not ATLAS:
        return [option(app.measures, number) for number in (1, 0)]
    return [
        *(step("measure", number) for number in (0, 1)),
        *(step("palette", number) for number in (0, 7)),
        *(step("view", number) for number in (0, 3)),
        *(step("measure", number) for number in (-2, -1)),
        *(box("type", 0), box("type", 0)),
    ]


def change_view(visited: Visit, choose: Choice) -> None:
    """One change, until its picture is there."""
    page, part = visited.page, visited.app.parts[0]
    key = choose(page)
    before = page.evaluate("part => bench.picture(part)", part)
    page.keyboard.press(key)
    page.evaluate("([part, before]) => bench.changed(part, before)", [part, before])


def look(visited: Visit, server: Server, changes: int) -> Held:
    """Collect garbage in the browser, then read its counters and the server's memory."""
    visited.page.wait_for_timeout(500)
    with visited.inspector() as inspector:
        for _ in range(2):
            inspector.send("HeapProfiler.collectGarbage")
        counted = {
            one["name"]: int(one["value"]) for one in inspector.send("Performance.getMetrics")["metrics"]
        }
    return Held(
        changes,
        counted["JSHeapUsedSize"],
        counted["Nodes"],
        counted["JSEventListeners"],
        server.memory,
        layers_kept(visited.page),
    )


def layers_kept(page: Page) -> int:
    """The length of the list of layers in the map's frame."""
    lengths = [
        frame.evaluate("() => window.feature_group ? window.feature_group.length : -1")
        for frame in page.frames
    ]
    return max(map(int, lengths))


def slope(held: Sequence[Held], of: Callable[[Held], int]) -> float:
    """How much is added with each change, by least squares over what follows the first stretch."""
    late = held[int(len(held) * _SETTLED) :]
    middle = sum(one.changes for one in late) / len(late)
    level = sum(of(one) for one in late) / len(late)
    spread = sum((one.changes - middle) ** 2 for one in late)
    return sum((one.changes - middle) * (of(one) - level) for one in late) / spread


def main() -> int:
    """Stay with the atlas and with the dynamic Folium page, and print what was held."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.staying", description=__doc__)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--peer-changes", type=int, default=30)
    parsed = parser.parse_args()
    with chromium() as browser:
        for app, changes in ((ATLAS, parsed.changes), (DYNAMIC_FOLIUM, parsed.peer_changes)):
            held = stay(browser, app, changes)
            for one in held:
                print(
                    f"{app.name}: {one.changes:4} changes, heap {one.heap / _MEGABYTE:7.2f} MB, "
                    f"{one.nodes} nodes, {one.listeners} listeners, {one.groups} layers kept, "
                    f"server {one.server / _MEGABYTE:.1f} MB"
                )
            print(
                f"{app.name}: {slope(held, lambda one: one.heap) / 1024:+.2f} kB of heap, "
                f"{slope(held, lambda one: one.nodes):+.2f} nodes, "
                f"{slope(held, lambda one: one.listeners):+.2f} listeners, "
                f"{slope(held, lambda one: one.server) / 1024:+.2f} kB of the server, each change",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
