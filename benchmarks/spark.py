"""Measure DuckDB in process beside a Spark cluster of two workers on this machine: SPARK.md.

``python -m benchmarks.spark [--activities 10000 100000 1000000] [--asked 10] [--store FOLDER]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.large import write_large_snapshot
from benchmarks.portfolios import SEED
from benchmarks.questions import VIEW, draw_selections, high
from benchmarks.report import machine, table, versions
from ess.analysis.by_country import answer_measure, read_tally
from ess.analysis.measures import Measure, list_measures
from ess.analysis.profile import build_profile
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.store.cluster import stop_clusters
from ess.store.engine import Engine, open_engine
from ess.store.snapshots import Snapshot
from tests.spark.cluster import started_cluster

SIZES = (10_000, 100_000, 1_000_000)
_MEGABYTE = 1024 * 1024
_REPEATED = 15
_SETTINGS = """
spark.driver.memory 2g
spark.executor.memory 2g
spark.executor.cores 1
"""
_HOW = """\
Made-up portfolios (`benchmarks/large.py`), ten amounts an activity; a process a line, {cores} cores for
either engine: DuckDB takes them all, Spark has one for each of its two workers, and its driver needs some.
*Least question*: counts the rows of a small table. *Read once*: the sum of all amounts by kind and currency,
straight from the Parquet file. *A new filter*: the questions for the map (count, figures and amounts by
country) under a filter not asked before. *Worked out once*: what the first visitor after a start or an import
waits for. Memory: of the atlas, with Spark's driver where there is one; and of the workers.
"""
_BUSY = "Other programs used {busy:.0f} % of the processors at the start.\n"


@dataclass(frozen=True)
class Observed:
    """What was seen of one engine over one portfolio: seconds, and bytes of memory."""

    engine: str
    activities: int
    amounts: int
    opening: float
    once: float
    least: float
    read: float
    new: float
    new_high: float
    country: float
    memory: int
    workers: int


def observe(snapshot: Snapshot, engine_name: str, asked: int) -> Observed:
    """Ask one engine everything about `snapshot`."""
    opening, engine = _timed(lambda: open_engine(snapshot, engine_name))
    first, vocabulary = _timed(lambda: read_vocabulary(engine))
    measures = _one_of_each_kind(vocabulary)
    once = first + _timed(lambda: _every_kind(engine, vocabulary, measures))[0]
    programmes, finances = engine.table("programmes"), engine.table("finances")
    summed = finances.group_by("kind", "currency").aggregate(value=finances.value.sum())
    new = [
        _timed(partial(_map_question, engine, vocabulary, measures, selection))[0]
        for selection in draw_selections(vocabulary, asked, SEED)
    ]
    profiles = [
        _timed(partial(_profile, engine, vocabulary, iso3))[0] for iso3 in ("SEN", "AFG", "BEN", "VEN")
    ]
    own, workers = _memory()
    return Observed(
        engine_name.partition(":")[0],
        snapshot.files["activities"].rows,
        snapshot.files["finances"].rows,
        opening,
        once,
        _repeated(lambda: engine.rows(programmes.aggregate(n=programmes.count()))),
        _repeated(lambda: engine.rows(summed)),
        median(new),
        high(new),
        median(profiles),
        own,
        workers,
    )


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def _repeated(work: Callable[[], Any]) -> float:
    return median(_timed(work)[0] for _ in range(_REPEATED))


def _one_of_each_kind(vocabulary: Vocabulary) -> list[Measure]:
    by_kind = {measure.kind: measure for measure in reversed(list_measures(vocabulary)) if not measure.equal}
    return list(by_kind.values())


def _every_kind(engine: Engine, vocabulary: Vocabulary, measures: list[Measure]) -> None:
    """What is kept for later questions is worked out here: every measure, every filter, a profile."""
    _map_question(engine, vocabulary, measures, Selection())
    for key in FILTERS:
        for code in list(vocabulary.options[key])[:1]:
            read_tally(engine, Selection(**{key: (code,)}), vocabulary, VIEW)
    _profile(engine, vocabulary, "SEN")


def _map_question(
    engine: Engine, vocabulary: Vocabulary, measures: list[Measure], selection: Selection
) -> None:
    tally = read_tally(engine, selection, vocabulary, VIEW)
    for measure in measures:
        answer_measure(engine, measure, tally, vocabulary)


def _profile(engine: Engine, vocabulary: Vocabulary, iso3: str) -> object:
    return build_profile(engine, iso3, Selection(), vocabulary, VIEW)


def _memory() -> tuple[int, int]:
    """Resident bytes of this process and its children, and of the workers' executors."""
    me = psutil.Process()
    own = sum(one.memory_info().rss for one in (me, *me.children(recursive=True)))
    executors = [one for one in psutil.process_iter() if "CoarseGrainedExecutorBackend" in _command(one)]
    return own, sum(one.memory_info().rss for one in executors)


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def build_report(seen: list[Observed], command: str, busy: float) -> str:
    """The whole of SPARK.md."""
    head = (
        "Engine", "activities", "amounts", "opening", "worked out once", "least question", "read once",
        "a new filter, p50", "p95", "country profile", "memory", "workers",
    )  # fmt: skip
    rows = [_row(one) for one in sorted(seen, key=lambda one: (one.activities, one.engine))]
    return "\n".join(
        [
            "# DuckDB in process, and Spark with two workers\n",
            f"`{command}`, {datetime.now(UTC):%d %B %Y}. {machine()}. {versions()}.\n",
            _BUSY.format(busy=busy),
            _HOW.format(cores=psutil.cpu_count()),
            table(head, rows),
            "What a further amount costs, from one size to the next:\n",
            table(("Engine", "amounts", "a new filter", "read once"), _slopes(seen)),
        ]
    )


def _row(one: Observed) -> tuple[str, ...]:
    seconds = (one.opening, one.once)
    milliseconds = (one.least, one.read, one.new, one.new_high, one.country)
    return (
        one.engine,
        f"{one.activities:,}",
        f"{one.amounts:,}",
        *(f"{value:.1f} s" for value in seconds),
        *(f"{1000 * value:,.0f} ms" for value in milliseconds),
        *(f"{value / _MEGABYTE:,.0f} MB" for value in (one.memory, one.workers)),
    )


def _slopes(seen: list[Observed]) -> Iterator[tuple[str, ...]]:
    for engine in sorted({one.engine for one in seen}):
        ordered = sorted((one for one in seen if one.engine == engine), key=lambda one: one.amounts)
        for smaller, larger in pairwise(ordered):
            more = larger.amounts - smaller.amounts
            costs = ((getattr(larger, name) - getattr(smaller, name)) / more for name in ("new", "read"))
            yield (
                engine,
                f"{smaller.amounts:,} to {larger.amounts:,}",
                *(f"{1e9 * cost:.1f} ns" for cost in costs),
            )


def _observe_apart(store: Path, activities: int, engine: str, asked: int) -> Observed:
    command = [sys.executable, "-m", "benchmarks.spark", "--store", str(store), "--asked", str(asked)]
    command += ["--activities", str(activities), "--one", engine]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Observed(**json.loads(done.stdout))


def main() -> int:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spark", description=__doc__)
    parser.add_argument("--activities", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--asked", type=int, default=10, help="filters drawn (default: 10)")
    parser.add_argument("--store", type=Path, help="folder for the made-up snapshots (default: thrown away)")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("SPARK.md"), metavar="FILE")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.one is not None:
        snapshot = write_large_snapshot(parsed.store, parsed.activities[0])
        print(json.dumps(asdict(observe(snapshot, parsed.one, parsed.asked))))
        stop_clusters()
        return 0
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atlas-spark-")))
        store = parsed.store or scratch
        busy = psutil.cpu_percent(interval=2)
        master = stack.enter_context(started_cluster(scratch, settings=_SETTINGS, memory=3000))
        seen = [
            _observe_apart(store, activities, engine, parsed.asked)
            for activities in sorted(parsed.activities)
            for engine in ("duckdb", master)
        ]
    sizes = " ".join(map(str, parsed.activities))
    report = build_report(
        seen, f"python -m benchmarks.spark --activities {sizes} --asked {parsed.asked}", busy
    )
    parsed.to.write_text(report, encoding="utf-8")
    print(report)
    return 0


if __name__ == "__main__":
    sys.exit(main())
