"""The server's memory over a long time under the garbage collector's settings: ``python -m benchmarks.soak``.

Visitors come, change things for a while and leave, without a pause, under one setting after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.apps import ATLAS, App, Server, hooked, served
from benchmarks.sessions import Crowd, Story, percentile, run_story

_MEGABYTE = 1024 * 1024
#: The first part of the time fills caches, and is no part of the slope.
_SETTLED = 0.3
_STAY = 30.0


def settings() -> dict[str, App]:
    """The atlas as it is delivered, and with one setting the other way."""
    collecting = replace(ATLAS, environment={"STREAMLIT_RUNNER_POST_SCRIPT_GC": "true"})
    return {
        "as delivered: frozen after the imports, no collection after each run": ATLAS,
        "not frozen, no collection after each run": hooked(ATLAS, "without freeze"),
        "frozen, a collection after each run": collecting,
    }


@dataclass(frozen=True)
class Soaked:
    """One setting: resident bytes by seconds since the start, and what the visitors saw."""

    memory: list[tuple[float, int]]
    changes: list[float]
    errors: int

    @property
    def hourly(self) -> float:
        """Bytes that are added an hour, by least squares over what follows the first part."""
        return 3600 * line_slope(self.memory[int(len(self.memory) * _SETTLED) :])


def line_slope(points: Sequence[tuple[float, int]]) -> float:
    """By how much the second number grows with the first; 0 for fewer than two points."""
    if len(points) < 2:
        return 0.0
    middle = sum(at for at, _ in points) / len(points)
    level = sum(held for _, held in points) / len(points)
    spread = sum((at - middle) ** 2 for at, _ in points)
    return sum((at - middle) * (held - level) for at, held in points) / spread


def soak(app: App, sessions: int, seconds: float) -> Soaked:
    """Let visitors come and go for so long."""
    with served(app) as server:
        return asyncio.run(_soak(server, app, sessions, seconds))


async def _soak(server: Server, app: App, sessions: int, seconds: float) -> Soaked:
    begun = time.perf_counter()
    memory: list[tuple[float, int]] = []
    crowds: list[Crowd] = []
    while (passed := time.perf_counter() - begun) < seconds:
        stay = min(_STAY, max(1.0, seconds - passed))
        crowds.append(await run_story(server, app, Story(sessions, 1.0, stay, 2.0), seed=len(crowds)))
        memory.append((time.perf_counter() - begun, server.memory))
    changes = [one for crowd in crowds for one in crowd.changes]
    return Soaked(memory, changes, sum(crowd.errors for crowd in crowds))


def main() -> int:
    """Soak under each setting, and print memory and times."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="for each setting")
    parser.add_argument("--sessions", type=int, default=10, help="at a time")
    parser.add_argument("--only", type=int, metavar="NUMBER", help="one setting, from 1")
    parsed = parser.parse_args()
    for number, (name, app) in enumerate(settings().items(), start=1):
        if parsed.only in (None, number):
            print_soaked(name, soak(app, parsed.sessions, parsed.minutes * 60))
    return 0


def print_soaked(name: str, soaked: Soaked) -> None:
    """One line a setting."""
    held = [used // _MEGABYTE for _, used in soaked.memory]
    print(
        f"{name}: {held[0]} → {held[-1]} MB (at most {max(held)}), "
        f"{soaked.hourly / _MEGABYTE:+.1f} MB an hour; "
        f"{len(soaked.changes)} changes, p50 {percentile(soaked.changes, 0.5) * 1000:.0f} ms, "
        f"p95 {percentile(soaked.changes, 0.95) * 1000:.0f} ms, {soaked.errors} errors",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
