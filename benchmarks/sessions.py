"""Many visitors at once, over real websockets: ``python -m benchmarks.sessions --sessions 50 --every 5``.

Each session opens the page and then changes the measure or a filter, at moments and to values of its own.
The server is one process, this driver another. Every answer is compared with the first one that was given for
the same selection: a server that mixed sessions up would be found out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import psutil
from websockets.exceptions import WebSocketException

from benchmarks.apps import APPS, ATLAS, App, Server, served, tuned
from benchmarks.wire import Answer, Session, finish

NO_COLLECTION = ("--runner.postScriptGC", "false")
_FILTERS = ("type", "stage", "theme", "year")
_MEGABYTE = 1024 * 1024
_PATIENCE = 60.0
#: Selections that a lone session asks again after a story.
_ASKED_AGAIN = 20

Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Story:
    """So many sessions, opened within `within` seconds, that each change something every `every` seconds.

    Each makes at least `least` changes, however long they take.
    """

    sessions: int
    every: float
    seconds: float
    within: float
    least: int = 0


@dataclass
class Crowd:
    """What a crowd of sessions saw.

    Attributes
    ----------
    openings, changes
        Seconds to the message that the script has finished.
    map_changes
        Seconds to the map's message of a change.
    sizes
        Bytes of each change's answer.
    answers
        The first answer seen, by selection and by what of the page was run.
    paths
        The choices that led to it, the last one last.
    mixed
        Selections that were answered in two ways.
    lost
        Why sessions ended before their time.
    exceptions
        That the script showed.
    memory
        Resident bytes of the server before, at most, and after.
    server_busy, driver_busy
        Share of one processor that each used on average.
    """

    openings: list[float] = field(default_factory=list)
    last_opened: float = 0.0
    changes: list[float] = field(default_factory=list)
    map_changes: list[float] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    mixed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    server_busy: float = 0.0
    driver_busy: float = 0.0

    @property
    def errors(self) -> int:
        """Whatever should not be: lost sessions, exceptions, answers of another selection."""
        return len(self.lost) + len(self.exceptions) + len(self.mixed)

    def take_opening(self, answer: Answer) -> None:
        """Note an opened page."""
        self.openings.append(answer.seconds)
        self.exceptions.extend(answer.exceptions)

    def take_change(self, answer: Answer, path: Path) -> None:
        """Note a change, and hold its answer against the first one for the same selection."""
        self.changes.append(answer.seconds)
        self.sizes.append(answer.size)
        self.exceptions.extend(answer.exceptions)
        if answer.map_seconds is not None:
            self.map_changes.append(answer.map_seconds)
        self.compare(answer, path)

    def compare(self, answer: Answer, path: Path) -> None:
        """Notice an answer that differs from the first one for the same selection."""
        asked = f"{json.dumps(sorted(path), ensure_ascii=False)} fragment: {answer.fragment}"
        self.paths.setdefault(asked, path)
        if self.answers.setdefault(asked, answer.digest) != answer.digest:
            self.mixed.append(asked)


class Visitor:
    """One session's random choices; what it has chosen, by list, is its selection."""

    def __init__(self, session: Session, app: App, number: int) -> None:
        self.session = session
        self.app = app
        self.random = random.Random(number)  # noqa: S311 - no secret
        self.chosen: dict[str, str] = {}

    async def change(self) -> Answer:
        """Choose another measure, or another value of a filter."""
        filters = [label for label in _FILTERS if self.session.options(label)]
        label = self.random.choice([self.app.measures, *filters])
        options = self.session.options(label)
        before = self.chosen.pop(label, options[0] if label == self.app.measures else None)
        wanted = self.random.choice([one for one in options if one != before] or list(options))
        return await self.choose(label, wanted)

    async def choose(self, label: str, wanted: str) -> Answer:
        """Choose one thing; it becomes the last of the path."""
        self.chosen.pop(label, None)
        self.chosen[label] = wanted
        return await self.session.choose(label, wanted)

    @property
    def path(self) -> Path:
        """What this session has chosen, the last choice last."""
        return tuple(self.chosen.items())


async def stay(visitor: Visitor, story: Story, crowd: Crowd, begun: float, offset: float) -> None:
    """One session from its opening to the end of the story."""
    await asyncio.sleep(offset)
    try:
        async with visitor.session:
            crowd.take_opening(await asyncio.wait_for(visitor.session.open(), _PATIENCE))
            crowd.last_opened = max(crowd.last_opened, time.perf_counter() - begun)
            if story.seconds or story.least:
                await asyncio.sleep(visitor.random.uniform(0, story.every))
                await _keep_changing(visitor, story, crowd, begun)
    except (OSError, TimeoutError, LookupError, EOFError, WebSocketException) as error:
        crowd.lost.append(f"{type(error).__name__}: {error}"[:200])


async def _keep_changing(visitor: Visitor, story: Story, crowd: Crowd, begun: float) -> None:
    end = begun + story.within + story.seconds
    made = 0
    while made < story.least or time.perf_counter() < end:
        due = time.perf_counter() + story.every
        answer = await asyncio.wait_for(visitor.change(), _PATIENCE)
        crowd.take_change(answer, visitor.path)
        made += 1
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def ask_again(server: Server, app: App, crowd: Crowd, most: int = _ASKED_AGAIN) -> None:
    """Ask some of the selections again in a session of its own each, alone: the answers must be the same."""
    some = random.Random(0)  # noqa: S311 - no secret
    for path in some.sample(list(crowd.paths.values()), min(most, len(crowd.paths))):
        async with Session(server.port, app.query) as session:
            visitor = Visitor(session, app, 0)
            await session.open()
            for label, wanted in path:
                answer = await visitor.choose(label, wanted)
            crowd.compare(answer, path)


async def watch_server(server: Server, crowd: Crowd) -> None:
    """Note the server's memory twice a second."""
    while True:
        crowd.memory.append(server.memory)
        await asyncio.sleep(0.5)


async def run_story(server: Server, app: App, story: Story, seed: int = 0) -> Crowd:
    """Let the sessions of a story come, stay and go; another seed makes other choices."""
    crowd = Crowd(memory=[server.memory])
    driver = psutil.Process()
    used = (_processor_seconds(server.process), _processor_seconds(driver))
    begun = time.perf_counter()
    visitors = [
        Visitor(Session(server.port, app.query), app, 10_000 * seed + number)
        for number in range(story.sessions)
    ]
    watch = asyncio.create_task(watch_server(server, crowd))
    gap = story.within / max(1, story.sessions)
    await asyncio.gather(
        *(stay(visitor, story, crowd, begun, number * gap) for number, visitor in enumerate(visitors))
    )
    watch.cancel()
    crowd.memory.append(server.memory)
    passed = time.perf_counter() - begun
    crowd.server_busy = (_processor_seconds(server.process) - used[0]) / passed
    crowd.driver_busy = (_processor_seconds(driver) - used[1]) / passed
    return crowd


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie, between neighbours in proportion; infinite for none."""
    if not values:
        return float("inf")
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def hold_story(app: App, story: Story, *, warm: bool = True) -> Crowd:
    """Serve an application and let a story happen to it."""
    with served(app) as server:
        if warm:
            finish(open_once(server, app))
        return finish(_run_and_ask_again(server, app, story))


async def _run_and_ask_again(server: Server, app: App, story: Story) -> Crowd:
    crowd = await run_story(server, app, story)
    await ask_again(server, app, crowd)
    return crowd


async def open_once(server: Server, app: App) -> None:
    """A first visitor, so that the process is warm."""
    async with Session(server.port, app.query) as session:
        await session.open()


def summarise(crowd: Crowd) -> dict[str, float | int | str]:
    """A crowd in figures: milliseconds, bytes and megabytes."""
    kinds: dict[str, int] = defaultdict(int)
    for one in (*crowd.lost, *crowd.exceptions, *(f"mixed up: {asked}" for asked in crowd.mixed)):
        kinds[one[:120]] += 1
    return {
        "changes": len(crowd.changes),
        "p50": round(percentile(crowd.changes, 0.5) * 1000, 1),
        "p95": round(percentile(crowd.changes, 0.95) * 1000, 1),
        "p99": round(percentile(crowd.changes, 0.99) * 1000, 1),
        "map p95": round(percentile(crowd.map_changes, 0.95) * 1000, 1),
        "opening p95": round(percentile(crowd.openings, 0.95) * 1000, 1),
        "last opened": round(crowd.last_opened, 2),
        "bytes": round(percentile(crowd.sizes, 0.5)) if crowd.sizes else 0,
        "selections": len(crowd.answers),
        "lost": len(crowd.lost),
        "exceptions": len(crowd.exceptions),
        "mixed up": len(crowd.mixed),
        "errors": json.dumps(kinds) if kinds else "",
        "memory before": crowd.memory[0] // _MEGABYTE,
        "memory most": max(crowd.memory) // _MEGABYTE,
        "memory after": crowd.memory[-1] // _MEGABYTE,
        "server busy": round(crowd.server_busy, 2),
        "driver busy": round(crowd.driver_busy, 2),
    }


def main() -> int:
    """Hold one story and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sessions", description=__doc__)
    parser.add_argument("--app", choices=[app.name for app in APPS], default=ATLAS.name)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--every", type=float, default=5.0, metavar="SECONDS", help="between two changes")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the sessions change things")
    parser.add_argument("--within", type=float, metavar="SECONDS", help="to open them all (default: every)")
    parser.add_argument("--no-collection", action="store_true", help="with runner.postScriptGC off")
    parsed = parser.parse_args()
    app = next(one for one in APPS if one.name == parsed.app)
    app = tuned(app, *NO_COLLECTION) if parsed.no_collection else app
    within = parsed.every if parsed.within is None else parsed.within
    story = Story(parsed.sessions, parsed.every, parsed.seconds, within)
    crowd = hold_story(app, story)
    print(json.dumps({"app": app.name, **asdict(story), **summarise(crowd)}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
