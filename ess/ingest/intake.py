"""Records taken in: compared with the map, counted, and written where that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from ess.ingest import iati_faults as faults
from ess.ingest.building import PortfolioWriter
from ess.ingest.iati import iterate_activities, read_activity
from ess.ingest.iati_context import Reading
from ess.ingest.ledger import Ledger
from ess.ingest.markup import MarkupReader, iterparse_options, markup_fault
from ess.ingest.parts import PartReader
from ess.ingest.records import Activity, Record
from ess.ingest.report import FileReport

if TYPE_CHECKING:
    from ess.ingest.conversion import Converter

BATCH = 1000
"""Records that are looked at together: points are compared with the map many at a time."""


@dataclass
class Intake:
    """Where records go.

    Attributes
    ----------
    ledger
        Counts them.
    writer
        Writes the tables of a portfolio; None where nothing is to be written.
    identifiers
        Published identifiers met so far.
    converter
        Converts amounts beside those as published; None where no rates are named.
    """

    ledger: Ledger
    writer: PortfolioWriter | None = None
    identifiers: set[str] = field(default_factory=set)
    converter: Converter | None = None

    def take(
        self, records: Iterable[Record], report: FileReport, tell: Callable[[], None], *, named: bool
    ) -> None:
        """Take records in, a batch at a time; `tell` is called after each.

        `named` files give every activity an identifier, so that a blank one is a fault.
        """
        for batch in _batches(records):
            activities = [record for record in batch if isinstance(record, Activity)]
            if any(activity.sites for activity in activities):
                from ess.ingest.points import place_sites  # the layer is read only where there are points

                place_sites(activities, report)
            for activity in activities:
                self._note_identifier(activity, report, named=named)
            for record in batch:
                self.count(record, report)
                if self.writer is not None:
                    self.writer.add(record)
            tell()

    def count(self, record: Record, report: FileReport) -> None:
        """Count a record in, and convert its amounts where rates are named."""
        self.ledger.add(record)
        if self.converter is not None:
            self.converter.add(record, report)

    def take_iati(
        self, source: MarkupReader | PartReader, name: str, report: FileReport, tell: Callable[[], None]
    ) -> None:
        """Take in the activities of an IATI file.

        Raises
        ------
        BadInput
            Where the markup is broken.
        """
        whole = source if isinstance(source, MarkupReader) else None
        reading = Reading(report, equal=self.ledger.equal)
        try:
            elements = iterate_activities(source, iterparse_options(whole))
            records = (read_activity(reading, element) for element in elements)
            self.take(records, report, tell, named=True)
        except etree.XMLSyntaxError as error:
            raise markup_fault(error, name) from error

    def _note_identifier(self, activity: Activity, report: FileReport, *, named: bool) -> None:
        identifier = activity.identifier
        if not identifier:
            if named:
                report.add(faults.NO_IDENTIFIER, activity.row, "iati-identifier")
            return
        if identifier in self.identifiers:
            report.add(faults.SAME_IDENTIFIER, activity.row, "iati-identifier", identifier)
        self.identifiers.add(identifier)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    waiting = iter(records)
    while batch := list(islice(waiting, BATCH)):
        yield batch
