"""Files in: each recognised, read, counted, and written as tables of a portfolio where that is wanted.

Runs in the process that reads, behind its limits.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from ess.errors import BadInput
from ess.ingest import iati_faults as faults
from ess.ingest.building import PortfolioWriter, source_of
from ess.ingest.columns import TableWriters
from ess.ingest.finishing import finish_hierarchy
from ess.ingest.iati import iterate_activities, read_activity
from ess.ingest.iati_context import Reading
from ess.ingest.kinds import FileKind
from ess.ingest.ledger import Ledger
from ess.ingest.loading import open_upload
from ess.ingest.markup import check_markup, iterparse_options, markup_fault, open_markup
from ess.ingest.orders import Order
from ess.ingest.outcome import Decision, format_outcome
from ess.ingest.problems import Kind
from ess.ingest.progress import Progress, Report
from ess.ingest.records import Activity, Record
from ess.ingest.rejects import write_rejects
from ess.ingest.report import FileReport
from ess.ingest.template import is_template, read_template
from ess.ingest.template_records import records_of
from ess.locales import N_

BATCH = 1000
"""Records that are looked at together: points are compared with the map many at a time."""

VERSIONS = frozenset(("1.00", "1.01", "1.02", "1.03", "1.04", "1.05", "2.01", "2.02", "2.03"))

PARENT_ELSEWHERE = Kind(
    "parent_elsewhere",
    "warning",
    N_("{found} activities are part of one that these files do not hold; the link is left out."),
    N_("the activity they are part of"),
)


def import_files(arguments: dict[str, Any], scratch: Path, progress: Report) -> dict[str, Any]:
    """Read the files of an order; the outcome as JSON, the tables in ``scratch/tables``.

    A file that cannot be used is reported and the others are read all the same.
    """
    gc.disable()  # millions of small records in no circles: looking for circles took a third of the time
    return Import(Order.of(arguments), scratch, progress).run()


@dataclass
class Import:
    """One order on its way."""

    order: Order
    scratch: Path
    progress: Report
    ledger: Ledger = field(init=False)
    reports: list[FileReport] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _writer: PortfolioWriter | None = None
    _identifiers: set[str] = field(default_factory=set)
    _done: int = 0

    def __post_init__(self) -> None:
        self.ledger = Ledger(equal=self.order.equal)
        self._size = sum(size_of(path) for path in self.order.paths)

    def run(self) -> dict[str, Any]:
        """Read every file, then finish what only the whole shows."""
        if not self.order.keep:
            self._read_all()
        else:
            folder = self.scratch / "tables"
            folder.mkdir()
            with TableWriters(folder) as tables:
                self._writer = PortfolioWriter(tables)
                self._read_all()
            left_out = finish_hierarchy(folder, self._writer.parents)
            if left_out and self.reports:
                self.reports[0].add(PARENT_ELSEWHERE, found=left_out)
        write_rejects(self.reports, self.scratch / "rejects.jsonl")
        return format_outcome(self.reports, self.ledger, self.decisions, self.refused)

    def _read_all(self) -> None:
        for path in self.order.paths:
            report = FileReport(path.name)
            self.reports.append(report)
            try:
                self._read(path, report)
            except BadInput as refusal:
                report.refuse(Kind(refusal.code, "critical", refusal.template), refusal.facts)
                self.refused.append(path.name)
            self._done += size_of(path)

    def _read(self, path: Path, report: FileReport) -> None:
        if path.is_dir():
            self._read_template(path, report)
            return
        kind, plain = open_upload(path, self.scratch, geopackage=self.order.geopackage)
        report.format = str(kind)
        if kind is FileKind.IATI:
            self._read_iati(plain, report)
        elif kind is FileKind.XLSX and is_template(plain):
            self._read_template(plain, report)
        else:
            self._read_table(plain, kind, report)

    def _read_iati(self, path: Path, report: FileReport) -> None:
        root = check_markup(path)
        report.encoding = root.encoding
        report.version = root.attributes.get("version", "").strip()
        if report.version not in VERSIONS:
            report.add(faults.UNKNOWN_VERSION, column="iati-activities/@version", found=report.version)
        self._start(report)
        reading = Reading(report, equal=self.order.equal)
        with open_markup(path) as source:
            try:
                elements = iterate_activities(source, iterparse_options(source))
                records = (read_activity(reading, element) for element in elements)
                self._take(records, report, lambda: source.position, named=True)
            except etree.XMLSyntaxError as error:
                raise markup_fault(error, path.name) from error

    def _read_template(self, path: Path, report: FileReport) -> None:
        reading = read_template(path)
        self.reports.remove(report)
        self.reports += reading.reports
        for record in records_of(reading.tables):
            self.ledger.add(record)
        if self._writer is not None:
            self._writer.add_tables(reading.tables)

    def _read_table(self, path: Path, kind: FileKind, report: FileReport) -> None:
        from ess.ingest.choosing import choose_table, read_sheets  # not needed for the files of most
        from ess.ingest.tabular import TableMeaning

        sheet, mapping = choose_table(read_sheets(path, kind, report), self.order.mapping, report)
        report.version = mapping.name
        report.encoding = sheet.encoding
        self._start(report)
        meaning = TableMeaning(sheet, mapping, report)
        size, rows = size_of(path), sum(1 for _ in sheet.lines())
        self._take(
            meaning.records(), report, lambda: size * report.read // max(rows, 1), named=meaning.is_named
        )
        self.decisions += [Decision(report.path, *one) for one in meaning.decisions]

    def _start(self, report: FileReport) -> None:
        if self._writer is not None:
            self._writer.start_file(source_of(report.path), report)

    def _take(
        self, records: Iterable[Record], report: FileReport, position: Callable[[], int], *, named: bool
    ) -> None:
        """Count records in and write them, a batch at a time.

        `named` files give every activity an identifier, so that a blank one is a fault.
        """
        for batch in _batches(records):
            activities = [record for record in batch if isinstance(record, Activity)]
            if any(activity.sites for activity in activities):
                from ess.ingest.points import place_sites  # the layer is read only where there are points

                place_sites(activities, report)
            for record in batch:
                if isinstance(record, Activity):
                    self._note_identifier(record, report, named=named)
                self.ledger.add(record)
                if self._writer is not None:
                    self._writer.add(record)
            rows = self.ledger.activities + self.ledger.figures
            self.progress(Progress("read", rows, (self._done + position()) / max(self._size, 1)))

    def _note_identifier(self, activity: Activity, report: FileReport, *, named: bool) -> None:
        if not activity.identifier:
            if named:
                report.add(faults.NO_IDENTIFIER, activity.row, "iati-identifier")
            return
        if activity.identifier in self._identifiers:
            report.add(faults.SAME_IDENTIFIER, activity.row, "iati-identifier", activity.identifier)
        self._identifiers.add(activity.identifier)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    waiting = iter(records)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files of a folder."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.iterdir() if one.is_file())
    return path.stat().st_size
