"""Files in: each recognised, read, counted, and written as tables of a portfolio where that is wanted.

Runs in the process that reads, behind its limits.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ess.errors import BadInput
from ess.ingest import iati_faults as faults
from ess.ingest.building import PortfolioWriter, source_of
from ess.ingest.columns import TableWriters
from ess.ingest.finishing import finish_hierarchy
from ess.ingest.iati_own import is_own, read_own
from ess.ingest.intake import Intake
from ess.ingest.kinds import FileKind
from ess.ingest.ledger import Ledger
from ess.ingest.loading import open_upload
from ess.ingest.markup import check_markup, open_markup
from ess.ingest.orders import Order
from ess.ingest.outcome import Decision, format_outcome
from ess.ingest.parts import Part, cut_file
from ess.ingest.problems import Kind
from ess.ingest.progress import Progress, Report
from ess.ingest.rejects import write_rejects
from ess.ingest.report import FileReport
from ess.ingest.side_by_side import PartOrder, join_reports, read_side_by_side
from ess.ingest.template import is_template, read_template
from ess.ingest.template_records import records_of
from ess.locales import N_
from ess.portfolio.headings import table_named
from ess.portfolio.schema import TABLES

if TYPE_CHECKING:
    from ess.ingest.conversion import Converter

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
    reports: list[FileReport] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _done: int = 0

    def __post_init__(self) -> None:
        self._beside: list[FileReport] = []
        self._intake = Intake(Ledger(equal=self.order.equal), converter=self._converter())
        self._size = sum(size_of(path) for path in self.order.paths)

    def run(self) -> dict[str, Any]:
        """Read every file, then finish what only the whole shows."""
        if not self.order.keep:
            self._read_all()
        else:
            folder = self.scratch / "tables"
            folder.mkdir()
            with TableWriters(folder) as tables:
                writer = self._intake.writer = PortfolioWriter(tables)
                self._read_all()
            left_out = finish_hierarchy(folder, writer.parents)
            if left_out and self.reports:
                self.reports[0].add(PARENT_ELSEWHERE, found=left_out)
        write_rejects(self.reports, self.scratch / "rejects.jsonl")
        return format_outcome(
            self.reports,
            self._intake.ledger,
            self.decisions,
            self.refused,
            converter=self._intake.converter,
            beside=self._beside,
        )

    def _converter(self) -> Converter | None:
        """What converts amounts; None where the order names no rates. A table of no use stops the work."""
        if not self.order.rates:
            return None
        from ess.ingest.conversion import DEFAULT_CURRENCY, build_converter  # no conversion for most
        from ess.ingest.rates import read_rates

        path, into = Path(self.order.rates), self.order.into or DEFAULT_CURRENCY
        report = FileReport(path.name)
        table = read_rates(path, report)
        self._beside.append(report)
        if into not in table.currencies:
            raise BadInput(
                N_("{name} states no rates of {into}; give another table, or another currency with --into."),
                code="rates_without_this_currency",
                name=path.name,
                into=into,
            )
        return build_converter(table, into, equal=self.order.equal)

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
        kind, plain = open_upload(path, self.scratch, local=self.order.local)
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
        if is_own(root):
            self._take_tables(read_own(path, report).tables, report)
            return
        self._start(report)
        if self._take_parts(cut_file(path, root), report):
            return
        with open_markup(path) as source:
            self._intake.take_iati(source, path.name, report, lambda: self._tell(source.position))

    def _take_parts(self, parts: Sequence[Part], report: FileReport) -> bool:
        """Take in a large file in parts; False where it must be read in one piece."""
        if len(parts) < 2:
            return False
        intake, converter = self._intake, self._intake.converter
        orders = [
            PartOrder(
                number,
                part,
                source_of(report.path),
                self.order.equal,
                self.scratch / f"part-{number}" if intake.writer else None,
                converter.table if converter else None,
                converter.into if converter else "",
            )
            for number, part in enumerate(parts)
        ]
        taken = read_side_by_side(orders, self._tell)
        if taken is None or any(not intake.identifiers.isdisjoint(one.identifiers) for one in taken):
            for order in orders:
                if order.folder is not None:
                    shutil.rmtree(order.folder, ignore_errors=True)
            return False
        join_reports(report, taken)
        for order, one in zip(orders, taken, strict=True):
            intake.ledger.merge(one.ledger)
            if converter is not None and one.converted is not None:
                converter.converted.merge(one.converted)
            intake.identifiers |= one.identifiers
            if intake.writer is not None and order.folder is not None:
                intake.writer.add_part(order.folder, one.parents)
                shutil.rmtree(order.folder)
        return True

    def _read_template(self, path: Path, report: FileReport) -> None:
        reading = read_template(path)
        self.reports.remove(report)
        self.reports += reading.reports
        about = (one for one in reading.reports if table_named(Path(one.path).stem) is TABLES["activities"])
        self._take_tables(reading.tables, next(about, reading.reports[0]))

    def _take_tables(self, tables: Mapping[str, pa.Table], report: FileReport) -> None:
        """Take in what is a portfolio already."""
        for record in records_of(tables):
            self._intake.count(record, report)
        if self._intake.writer is not None:
            self._intake.writer.add_tables(tables)

    def _read_table(self, path: Path, kind: FileKind, report: FileReport) -> None:
        from ess.ingest.choosing import (
            SUGGESTED,
            choose_table,
            read_sheets,
        )  # not needed for the files of most
        from ess.ingest.tabular import TableMeaning

        sheet, mapping = choose_table(read_sheets(path, kind, report), self.order.mapping, report)
        report.version = "" if SUGGESTED.code in report.counts else mapping.name
        report.encoding = sheet.encoding
        self._start(report)
        meaning = TableMeaning(sheet, mapping, report)
        size, rows = size_of(path), sum(1 for _ in sheet.lines())
        self._intake.take(
            meaning.records(),
            report,
            lambda: self._tell(size * report.read // max(rows, 1)),
            named=meaning.is_named,
        )
        self.decisions += [Decision(report.path, *one) for one in meaning.decisions]

    def _start(self, report: FileReport) -> None:
        if self._intake.writer is not None:
            self._intake.writer.start_file(source_of(report.path), report)

    def _tell(self, position: int, more: int = 0) -> None:
        """Say how far the work is: bytes of the file at hand, and records beside those counted in."""
        rows = self._intake.ledger.activities + self._intake.ledger.figures + more
        self.progress(Progress("read", rows, (self._done + position) / max(self._size, 1)))


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files of a folder."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.iterdir() if one.is_file())
    return path.stat().st_size
