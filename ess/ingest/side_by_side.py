"""Parts of a file read at the same time, each in a process, and what they gave put together."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing.sharedctypes import SynchronizedArray
from pathlib import Path
from typing import TYPE_CHECKING

from ess.errors import BadInput
from ess.ingest.building import PortfolioWriter, Source
from ess.ingest.columns import TableWriters
from ess.ingest.intake import Intake
from ess.ingest.ledger import Ledger
from ess.ingest.parts import Part, PartReader
from ess.ingest.report import MOST_OF_A_KIND, FileReport

if TYPE_CHECKING:
    from ess.ingest.conversion import Converted
    from ess.ingest.rates import RateTable

POLL = 0.2
"""Seconds between two looks at how far the parts are."""


@dataclass(frozen=True)
class PartOrder:
    """One part and how it is read.

    Its tables go into `folder`, nowhere where that is None; amounts are converted `into` a currency where
    there are `rates`.
    """

    number: int
    part: Part
    source: Source
    equal: bool
    folder: Path | None
    rates: RateTable | None = None
    into: str = ""


@dataclass(frozen=True)
class PartTaken:
    """What one part gave: counts, problems, identifiers as published and as given, parents by child."""

    ledger: Ledger
    report: FileReport
    identifiers: frozenset[str]
    activities: frozenset[str]
    parents: dict[str, str]
    converted: Converted | None = None


def read_side_by_side(
    orders: Sequence[PartOrder], tell: Callable[[int, int], None]
) -> list[PartTaken] | None:
    """Read parts at the same time; None where they must be read as one.

    `tell` is called with bytes and records done. The parts cannot stand alone when one of them is not well
    formed, or when an identifier stands in two of them.
    """
    context = multiprocessing.get_context("fork")  # this process has one thread, and all is imported already
    done = context.Array("q", 2 * len(orders))
    with context.Pool(len(orders), _share, (done,)) as pool:
        waiting = pool.map_async(_read_part, orders)
        while not waiting.ready():
            waiting.wait(POLL)
            tell(sum(done[::2]), sum(done[1::2]))
        taken = waiting.get()
    if any(one is None for one in taken):
        return None
    whole = [one for one in taken if one is not None]
    for names in ([one.identifiers for one in whole], [one.activities for one in whole]):
        if len(frozenset().union(*names)) != sum(map(len, names)):
            return None
    return whole


def join_reports(report: FileReport, taken: Sequence[PartTaken]) -> None:
    """Add what the parts' reports say to the file's, rows counted through the whole file."""
    for one in taken:
        for problem in one.report.problems:
            if report.counts[problem.kind.code] < MOST_OF_A_KIND:
                row = None if problem.row is None else problem.row + report.read
                report.problems.append(replace(problem, row=row))
            report.counts[problem.kind.code] += 1
        for code, count in one.report.counts.items():
            report.counts[code] += count - sum(problem.kind.code == code for problem in one.report.problems)
        report.read += one.report.read


_done: SynchronizedArray[int]


def _share(done: SynchronizedArray[int]) -> None:
    global _done  # noqa: PLW0603 - how a pool hands something shared to its processes
    _done = done


def _read_part(order: PartOrder) -> PartTaken | None:
    report = FileReport(order.source.title)
    intake = Intake(Ledger(equal=order.equal))
    converted = None
    if order.rates is not None:
        from ess.ingest.conversion import build_converter  # imported where rates are named

        intake.converter = build_converter(order.rates, order.into, equal=order.equal)
        converted = intake.converter.converted
    try:
        if order.folder is None:
            _take(order, intake, report)
            return PartTaken(intake.ledger, report, frozenset(intake.identifiers), frozenset(), {}, converted)
        order.folder.mkdir()
        with TableWriters(order.folder) as tables:
            intake.writer = PortfolioWriter(tables)
            intake.writer.start_file(order.source, report)
            _take(order, intake, report)
    except BadInput:
        return None
    writer = intake.writer
    return PartTaken(
        intake.ledger,
        report,
        frozenset(intake.identifiers),
        writer.activity_ids,
        writer.parents,
        converted,
    )


def _take(order: PartOrder, intake: Intake, report: FileReport) -> None:
    with PartReader(order.part) as source:

        def tell() -> None:
            _done[2 * order.number : 2 * order.number + 2] = [source.position, report.read]

        intake.take_iati(source, order.source.title, report, tell)
