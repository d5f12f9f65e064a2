"""The stories of many visitors that RESULTS.md tells, and the floor's beside them."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

from playwright.sync_api import Browser

from benchmarks.apps import ATLAS, CAREFUL_FOLIUM, FLOOR, App, Server, served, tuned
from benchmarks.sessions import NO_COLLECTION, Crowd, Story, ask_again, open_once, run_story
from benchmarks.visits import visit
from benchmarks.wire import finish

BUSY, FULL, RUSH = "50 sessions, every 5 s", "200 sessions, every 10 s", "50 opening within a second"
#: Fewer sessions, because a page of a megabyte a change is soon more than a process can send.
PEERS = "10 sessions, every 5 s"
FLOOR_TUNED = "floor without the collection"


@dataclass(frozen=True)
class Told:
    """What happened in one story.

    Attributes
    ----------
    browser
        Seconds until a real browser that opened the page in the same second had its first picture; None
        where there was none.
    """

    app: str
    story: str
    crowd: Crowd
    browser: float | None = None


def tell_stories(browser: Browser, seconds: float) -> list[Told]:
    """The atlas in one process for its three stories, then the floor and a peer."""
    told: list[Told] = []
    with served(ATLAS) as server:
        finish(open_once(server, ATLAS))
        told.append(tell_rush(browser, server, ATLAS))
        for name, story in ((BUSY, Story(50, 5, seconds, 5)), (FULL, Story(200, 10, seconds, 10))):
            told.append(tell(server, ATLAS, name, story))
    for app, name, story in (
        (FLOOR, BUSY, Story(50, 5, seconds, 5)),
        (CAREFUL_FOLIUM, PEERS, Story(10, 5, seconds, 5)),
    ):
        with served(app) as server:
            finish(open_once(server, app))
            if app is FLOOR:
                told.append(tell_rush(browser, server, app))
            told.append(tell(server, app, name, story))
    with served(tuned(FLOOR, *NO_COLLECTION)) as server:
        for name, story in ((BUSY, Story(50, 5, seconds, 5)), (FULL, Story(200, 10, seconds, 10))):
            told.append(tell(server, FLOOR, name, story, FLOOR_TUNED))
    return told


def tell(server: Server, app: App, name: str, story: Story, called: str = "") -> Told:
    """One story, and a lone session that asks some of it again."""
    print(f"{called or app.name}: {name}", flush=True)
    crowd = finish(run_story(server, app, story))
    finish(ask_again(server, app, crowd))
    return Told(called or app.name, name, crowd)


def tell_rush(browser: Browser, server: Server, app: App) -> Told:
    """Fifty sessions open the page within one second, and a browser with an empty cache among them."""
    print(f"{app.name}: {RUSH}", flush=True)
    crowds: list[Crowd] = []
    story = Story(50, 10, 0, 1)
    crowd = threading.Thread(target=lambda: crowds.append(asyncio.run(run_story(server, app, story))))
    with visit(browser, app) as visited:
        begun = time.perf_counter()
        crowd.start()
        painted, _ = visited.open(server.url)
        crowd.join()
    return Told(app.name, RUSH, crowds[0], painted - begun)
