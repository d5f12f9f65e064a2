"""Measure every question that the pages ask, over portfolios of many sizes: QUESTIONS.md and a plot.

``python -m benchmarks.questions [--activities 10000 100000 1000000] [--asked 40] [--store FOLDER]``
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

import psutil

from benchmarks.large import FINANCES_EACH, write_large_snapshot
from benchmarks.portfolios import SEED
from benchmarks.report import machine, table, verdict, versions
from ess.analysis.by_country import answer_measure, measure_by_region, read_tally
from ess.analysis.measures import Measure, list_measures
from ess.analysis.profile import build_profile
from ess.analysis.selection import Selection
from ess.analysis.totals import build_headlines, stated_totals
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.store.engine import Engine, open_engine
from ess.store.opening import builtin_snapshot
from ess.store.snapshots import Snapshot

SIZES = (10_000, 100_000, 1_000_000)
VIEW = "un"
Answer = TypeVar("Answer")
MEASURE_TARGETS = 0.150, 0.400
COUNTRY_TARGET = 0.300
BUILTIN_TARGET = 0.015
_MEGABYTE = 1024 * 1024
_BY_COUNTRY = ("count by country", "figure by country", "amount by country")
_COUNTRY = "country profile"
_ALL = "all that a new filter asks (CPU)"
_HOW = """\
Made-up portfolios (`benchmarks/large.py`), {finances} amounts an activity. *First asked*: {asked} filters
drawn by chance, none before, one of every kind alone and then pairs; after each, all the questions of a page.
*Kept*: the same filter again, from what the engine holds; pages keep their own answers besides.
*Opening* reads every byte once, to compare it with the manifest. *Worked out once* is what the first question
of its kind waits for, in every process and for every snapshot; the caches are warmed while a server starts.
Memory is the process's own, after everything was asked.
"""
_BUSY = "Other programs used {busy:.0f} % of the processors at the start.\n"


@dataclass
class Observed:
    """What was seen of one portfolio: seconds by question, and once what is done once."""

    activities: int
    finances: int
    first: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    once: dict[str, float] = field(default_factory=dict)
    memory: int = 0


def observe(snapshot: Snapshot, asked: int, seed: int) -> Observed:
    """Ask everything of one snapshot."""
    files = snapshot.files
    seen = Observed(files["activities"].rows, files["finances"].rows)
    engine = _once(seen, "opening", lambda: open_engine(snapshot))
    vocabulary = _once(seen, "vocabulary", lambda: read_vocabulary(engine))
    chosen = _measures(vocabulary)
    for name, measure in chosen.items():
        _once(seen, f"worked out once: {name}", partial(_ask, engine, measure, Selection(), vocabulary))
    _once(seen, "worked out once: profile", lambda: _profile(engine, vocabulary, Selection(), "SEN"))
    _once(seen, "worked out once: filters", lambda: _every_filter(engine, vocabulary))
    for number, selection in enumerate(draw_selections(vocabulary, asked, seed)):
        iso3 = ("SEN", "AFG", "BEN", "VEN")[number % 4]
        _ask_all(engine, chosen, selection, vocabulary, iso3, seen.first)
        _ask_all(engine, chosen, selection, vocabulary, iso3, seen.kept)
    seen.memory = psutil.Process().memory_info().rss
    return seen


def _measures(vocabulary: Vocabulary) -> dict[str, Measure]:
    """A measure of each kind; of amounts, the one with the most rows."""
    listed = list_measures(vocabulary)
    amounts = [one for one in listed if one.kind == "amount" and not one.equal]
    most = [one for one in amounts if (one.code, one.unit) == ("disbursement", "USD")] or amounts
    figures = [one for one in listed if one.kind == "result"]
    found = [listed[0], *figures[:1], *most[:1]]
    return {name: one for name, one in zip(_BY_COUNTRY, found, strict=False) if one.kind in _KINDS[name]}


_KINDS = {"count by country": "count", "figure by country": "result", "amount by country": "amount"}


def _once(seen: Observed, what: str, work: Callable[[], Answer]) -> Answer:
    started = time.perf_counter()
    found = work()
    seen.once[what] = time.perf_counter() - started
    return found


def _ask(engine: Engine, measure: Measure, selection: Selection, vocabulary: Vocabulary) -> object:
    return answer_measure(engine, measure, read_tally(engine, selection, vocabulary, VIEW), vocabulary)


def _profile(engine: Engine, vocabulary: Vocabulary, selection: Selection, iso3: str) -> object:
    return build_profile(engine, iso3, selection, vocabulary, VIEW)


def _every_filter(engine: Engine, vocabulary: Vocabulary) -> None:
    """Each filter once, so that what they look at is there."""
    for key in FILTERS:
        codes = list(vocabulary.options[key])[:1]
        if codes:
            read_tally(engine, Selection(**{key: tuple(codes)}), vocabulary, VIEW)


def draw_selections(vocabulary: Vocabulary, asked: int, seed: int) -> Iterator[Selection]:
    """Each filter alone, then pairs of filters, one or two codes each; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - the same filters every time are what is wanted
    usable = [key for key in FILTERS if vocabulary.options[key]]
    options = {key: list(vocabulary.options[key]) for key in usable}
    for number in range(asked):
        keys = [usable[number % len(usable)]] if number < 2 * len(usable) else chance.sample(usable, 2)
        codes = {
            key: tuple(chance.sample(options[key], min(len(options[key]), chance.choice((1, 1, 2)))))
            for key in keys
        }
        yield Selection(**codes)


def _ask_all(  # noqa: PLR0913, PLR0917 - everything that a page asks with
    engine: Engine,
    measures: dict[str, Measure],
    selection: Selection,
    vocabulary: Vocabulary,
    iso3: str,
    times: dict[str, list[float]],
) -> None:
    """Every question of the pages about one selection; the selection itself is part of the first."""
    used = time.process_time()
    names = list(measures)
    with _timed(times, names[0]):
        tally = read_tally(engine, selection, vocabulary, VIEW)
        answer_measure(engine, measures[names[0]], tally, vocabulary)
    with _timed(times, "headlines, regions, stated totals"):
        build_headlines(tally, "MAR")
        measure_by_region(engine, measures[names[0]], selection, vocabulary)
        for one in stated_totals(engine, selection, vocabulary, VIEW, "MAR")[:1]:
            _ = one.identified
    times[_ALL].append(time.process_time() - used)
    for name in names[1:]:
        with _timed(times, name):
            answer_measure(engine, measures[name], tally, vocabulary)
    with _timed(times, _COUNTRY):
        _profile(engine, vocabulary, selection, iso3)


class _timed:  # noqa: N801 - read as a word
    """Adds the seconds of its body to a list."""

    def __init__(self, times: dict[str, list[float]], what: str) -> None:
        self._times, self._what = times, what

    def __enter__(self) -> None:
        self._started = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._times[self._what].append(time.perf_counter() - self._started)


def high(seconds: list[float]) -> float:
    """The 95th percentile: no more than one in twenty took longer."""
    return sorted(seconds)[max(0, -(-len(seconds) * 95 // 100) - 1)]


def build_report(seen: list[Observed], builtin: Observed, command: str, asked: int, busy: float) -> str:
    """The whole of QUESTIONS.md."""
    largest = max((one for one in seen if one.activities <= SIZES[-1]), key=lambda one: one.activities)
    parts = [
        "# How fast a portfolio answers\n",
        f"`{command}`, {datetime.now(UTC):%d %B %Y}. {machine()}. {versions()}.\n",
        _BUSY.format(busy=busy),
        _HOW.format(finances=FINANCES_EACH, asked=asked),
        table(("Target", "measured", ""), _target_rows(largest, builtin)),
        "![Seconds by number of amounts](questions.svg)\n",
        *(_portfolio_table(one) for one in (builtin, *seen)),
    ]
    return "\n".join(parts)


def _target_rows(seen: Observed, builtin: Observed) -> Iterator[tuple[str, str, str]]:
    middle, most = MEASURE_TARGETS
    of = f"{seen.activities:,} activities, {seen.finances:,} amounts"
    for name in _BY_COUNTRY:
        times = seen.first[name]
        if times:
            yield _target(f"{name}, any filter, p50, {of}", median(times), middle)
            yield _target(f"{name}, p95", high(times), most)
    yield _target("country page's profile, p50", median(seen.first[_COUNTRY]), COUNTRY_TARGET)
    yield _target(
        "built-in portfolio: all that a new filter asks, CPU, p50",
        median(builtin.first[_ALL]),
        BUILTIN_TARGET,
    )


def _target(what: str, seconds: float, most: float) -> tuple[str, str, str]:
    return f"{what} ≤ {most * 1000:.0f} ms", f"{seconds * 1000:.1f} ms", verdict(met=seconds <= most)


def _portfolio_table(seen: Observed) -> str:
    name = f"## {seen.activities:,} activities, {seen.finances:,} amounts\n"
    rows = [
        (
            what,
            *(
                f"{1000 * number(times[what]):,.1f} ms"
                for times in (seen.first, seen.kept)
                for number in (median, high)
            ),
        )
        for what in seen.first
    ]
    once = [(what, f"{seconds:,.2f} s") for what, seconds in seen.once.items()]
    once.append(("memory", f"{seen.memory / _MEGABYTE:,.0f} MB"))
    head = ("Question", "first asked, p50", "p95", "kept, p50", "p95")
    return "\n".join([name, table(head, rows), table(("Once", ""), once)])


def draw_growth(seen: list[Observed], path: Path) -> None:
    """Time against size, both logarithmic, beside a straight line for what grows with the size."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    sizes = [one.finances for one in seen]
    for name in (*_BY_COUNTRY, _COUNTRY):
        axes.plot(sizes, [1000 * median(one.first[name]) for one in seen], marker="o", label=name)
    start = 1000 * median(seen[0].first[_BY_COUNTRY[0]])
    axes.plot(sizes, [start * size / sizes[0] for size in sizes], "k:", label="linear")
    axes.set(xscale="log", yscale="log", xlabel="amounts (ten an activity)", ylabel="ms, median")
    axes.legend(fontsize="small")
    axes.grid(visible=True, which="both", alpha=0.2)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _observe_apart(activities: int, store: Path, asked: int) -> Observed:
    """One size in a process of its own, so that memory is that size's."""
    import pickle

    path = store / f"observed-{activities}.pickle"
    command = [
        sys.executable, "-m", "benchmarks.questions", "--one", str(activities), "--asked", str(asked),
        "--store", str(store), "--to", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    found: Observed = pickle.loads(path.read_bytes())  # noqa: S301 - this program's own child wrote it
    return found


def _observe_one(activities: int, store: Path, asked: int, path: Path) -> None:
    import pickle

    snapshot = write_large_snapshot(store, activities) if activities else builtin_snapshot()
    seen = observe(snapshot, asked, SEED)
    path.write_bytes(pickle.dumps(seen))


def main() -> int:
    """Measure and write; a missed target is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.questions", description=__doc__)
    parser.add_argument("--activities", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--asked", type=int, default=40, help="filters drawn (default: 40)")
    parser.add_argument(
        "--store", type=Path, help="folder for the made-up snapshots, kept (default: thrown away)"
    )
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("QUESTIONS.md"), metavar="FILE")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.one is not None:
        _observe_one(parsed.one, parsed.store, parsed.asked, parsed.to)
        return 0
    with tempfile.TemporaryDirectory(prefix="atlas-questions-") as scratch:
        store = parsed.store or Path(scratch)
        store.mkdir(parents=True, exist_ok=True)
        busy = psutil.cpu_percent(interval=2)
        builtin = _observe_apart(0, store, parsed.asked)
        seen = [_observe_apart(size, store, parsed.asked) for size in sorted(parsed.activities)]
    command = "python -m benchmarks.questions --activities " + " ".join(map(str, parsed.activities))
    words = build_report(seen, builtin, f"{command} --asked {parsed.asked}", parsed.asked, busy)
    parsed.to.write_text(words, encoding="utf-8")
    draw_growth(seen, parsed.to.with_name("questions.svg"))
    print(words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
