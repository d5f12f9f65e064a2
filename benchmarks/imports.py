"""Measure reading and importing large files beside a bare parser, and write IMPORTS.md.

``python -m benchmarks.imports [--activities 1000000]``
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from lxml import etree

from benchmarks.portfolios import write_iati, write_table
from benchmarks.report import machine, table, verdict
from ess.ingest.orders import Order
from ess.ingest.reading import publish, read_files

ACTIVITY = "iati-activity"
MEMORY_TARGET = 2 * 1024**3
SPEED_TARGET = 0.5
_MEGABYTE = 1024 * 1024
_HOW = """\
A made-up IATI file of {activities:,} activities, {elements:,} elements, {size:,.0f} MB, and a table of as
many projects; once each, one after the other. Memory is that of all processes together.
"""


@dataclass
class Measured:
    """One thing that was timed: seconds by the clock, and the most memory it and its processes held."""

    what: str
    seconds: float
    memory: int


def measure(what: str, work: Callable[[], object]) -> Measured:
    """Time some work and watch its memory."""
    with _watched() as most:
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
    return Measured(what, seconds, max(most))


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The resident memory of this process and its children, looked at while the body runs."""
    most = [_resident()]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            most.append(max(most[-1], _resident()))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


def _resident() -> int:
    process = psutil.Process()
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def count_elements(path: Path) -> int:
    """What the import is compared with: lxml's iterparse that only counts elements, memory kept flat."""
    count = 0
    for _, element in etree.iterparse(str(path)):
        count += 1
        if element.tag == ACTIVITY:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    return count


def run(activities: int, folder: Path) -> tuple[list[Measured], int, int]:
    """Measure everything; also the bytes of the IATI file and its elements."""
    xml = write_iati(folder / "activities.xml", activities)
    rows = write_table(folder / "projects.csv", activities)
    elements: list[int] = []
    found = [measure("bare iterparse, counts elements", lambda: elements.append(count_elements(xml)))]
    found.append(measure("inspect: IATI read, counted, reported", lambda: _read(xml, folder, keep=False)))
    scratch, store = folder / "kept", folder / "store"
    scratch.mkdir()
    order = Order((xml,), keep=True)
    found.append(measure("import: read, and the tables written", lambda: read_files(order, scratch)))
    outcome = read_files(Order((_small(folder),)), folder)
    found.append(
        measure("import: the snapshot written", lambda: publish(outcome, scratch, store, replace=True))
    )
    found.append(measure("inspect: CSV, one row a project", lambda: _read(rows, folder, keep=False)))
    return found, xml.stat().st_size, elements[0]


def _small(folder: Path) -> Path:
    return write_iati(folder / "small.xml", 1)


def _read(path: Path, folder: Path, *, keep: bool) -> None:
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        read_files(Order((path,), keep=keep), Path(scratch))


def build_report(found: list[Measured], activities: int, size: int, elements: int) -> str:
    """The whole of IMPORTS.md."""
    command = f"python -m benchmarks.imports --activities {activities}"
    bare, inspected, kept = found[0].seconds, found[1].seconds, found[2].seconds
    most = max(one.memory for one in found)
    targets = [
        _speed_row("IATI read and counted, at half the speed of a bare iterparse or more", bare / inspected),
        _speed_row("the same with the tables of a portfolio written", bare / kept),
        ("memory under 2 GiB", f"{most / _MEGABYTE:,.0f} MB", verdict(met=most < MEMORY_TARGET)),
    ]
    rows = [
        (
            one.what,
            f"{one.seconds:,.1f} s",
            f"{activities / one.seconds:,.0f}",
            f"{one.seconds / bare:.2f}",
            f"{one.memory / _MEGABYTE:,.0f} MB",
        )
        for one in found
    ]
    return "\n".join(
        [
            "# How fast files are taken in\n",
            f"`{command}`, {datetime.now(UTC):%d %B %Y}. {machine()}.\n",
            _HOW.format(activities=activities, elements=elements, size=size / 1e6),
            table(("Target", "measured", ""), targets),
            table(("What", "time", "activities a second", "÷ bare iterparse", "memory, at most"), rows),
        ]
    )


def _speed_row(what: str, speed: float) -> tuple[str, str, str]:
    return what, f"{speed:.2f} of its speed", verdict(met=speed >= SPEED_TARGET)


def main() -> int:
    """Measure and write; a missed target is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--activities", type=int, default=1_000_000)
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("IMPORTS.md"), metavar="FILE")
    parsed = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atlas-imports-") as folder:
        found, size, elements = run(parsed.activities, Path(folder))
    words = build_report(found, parsed.activities, size, elements)
    parsed.to.write_text(words, encoding="utf-8")
    print(words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
