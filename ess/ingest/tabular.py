"""A mapped table as records: activities, or rows of figures, in a stream.

Two passes: the first looks at whole columns (`ess.ingest.survey`), the second makes the records. Rows of one
activity (``rows: locations`` and ``transactions``) are brought together; an activity leaves memory after its
last row, so that only activities whose rows are not adjacent wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ess.ingest import table_faults as faults
from ess.ingest.days import Span
from ess.ingest.grouping import Groups
from ess.ingest.matrix import read_matrix_row
from ess.ingest.meanings import LANGUAGES, TableMapping
from ess.ingest.records import Activity, FigureRow, Participant, Record, Texts
from ess.ingest.report import FileReport
from ess.ingest.row_days import read_days
from ess.ingest.row_parts import read_amounts, read_figures, read_participants, read_sites, read_tags
from ess.ingest.row_places import read_providers, read_recipients
from ess.ingest.rows import Row, Table
from ess.ingest.sheets import Cell, Sheet
from ess.ingest.survey import Decision, survey_table

OnRow = Callable[[int], None]


class TableMeaning:
    """A table and what its columns mean, ready to be read.

    Attributes
    ----------
    decisions
        What was decided by column, as (column, English sentence with fields, facts).
    is_named
        Whether a column holds identifiers, so that a blank one is a fault.

    Raises
    ------
    BadInput
        When the table lacks a column that the mapping names.
    """

    def __init__(self, sheet: Sheet, mapping: TableMapping, report: FileReport) -> None:
        self._table = Table(sheet, mapping, survey_table(sheet, mapping), report)
        self.decisions: list[Decision] = self._table.survey.decisions
        self.is_named = "id" in mapping.columns

    def records(self, on_row: OnRow | None = None) -> Iterator[Record]:
        """The records of the table, in the order of their last rows.

        Every row is counted in the report; one that nothing can be made of is rejected with its cells.
        `on_row` is told how many rows have been read.
        """
        mapping, report = self._table.mapping, self._table.report
        groups = Groups(mapping.rows, self._table.survey.last_rows, report)
        for number, cells in self._table.sheet.lines():
            report.read += 1
            yield from self._records_of(number, cells, groups)
            if on_row is not None:
                on_row(report.read)
        yield from groups.rest()

    def _records_of(self, number: int, cells: Sequence[Cell], groups: Groups) -> Iterator[Record]:
        row = self._table.row(number, cells)
        rows = self._table.mapping.rows
        if rows == "matrix":
            yield from read_matrix_row(row)
            return
        if rows == "figures":
            yield build_figure_row(row)
            return
        activity = build_activity(row)
        if activity is None:
            row.table.report.reject(faults.EMPTY_RECORD, number, row.by_heading())
            yield from groups.skip(number, row.meant("id"))
        elif rows == "activities":
            yield activity
        else:
            yield from groups.add(number, activity)


def read_records(
    sheet: Sheet, mapping: TableMapping, report: FileReport, *, on_row: OnRow | None = None
) -> Iterator[Record]:
    """The records of a table; see `TableMeaning`, which also says what was decided by column.

    Raises
    ------
    BadInput
        When the table lacks a column that the mapping names.
    """
    yield from TableMeaning(sheet, mapping, report).records(on_row)


def decisions(sheet: Sheet, mapping: TableMapping) -> list[Decision]:
    """What is decided by column, from a pass over the table.

    Raises
    ------
    BadInput
        When the table lacks a column that the mapping names.
    """
    return survey_table(sheet, mapping).decisions


def build_activity(row: Row) -> Activity | None:
    """The activity of a row; None without a title, a place of its own, an amount, a point or a figure."""
    mapping = row.table.mapping
    language = mapping.language
    recipients, is_own = read_recipients(row)
    providers, institutions = read_providers(row)
    start, end = read_days(row)
    activity = Activity(
        row.number,
        row.meant("id"),
        row.code("type") or "project",
        texts_of(row, "title"),
        texts_of(row, "description"),
        stage=row.code("stage") or "unknown",
        modality=row.code("modality") or "unknown",
        counted=row.code("counted") or "one",
        umbrella=row.flag("umbrella"),
        start=start,
        end=end,
        parent=row.meant("parent"),
        programme=row.meant("programme") or mapping.constants.get("programme", ""),
        recipients=recipients,
        providers=providers,
        amounts=list(read_amounts(row)),
        sites=read_sites(row, recipients),
        participants=list(read_participants(row, language)),
        tags=read_tags(row),
        figures=list(read_figures(row, None, row.meant("admin1"))) if mapping.figures else [],
    )
    activity.participants += unnamed_providers(row, activity, institutions)
    activity.notes = [note] if (note := texts_of(row, "note")) else []
    says = activity.titles or activity.descriptions or activity.amounts or activity.sites or activity.figures
    return activity if says or is_own else None


def unnamed_providers(row: Row, activity: Activity, institutions: Sequence[str]) -> list[Participant]:
    """Providers that are no country, as funding institutions, unless the row names them as such already."""
    named = {name for participant in activity.participants for name in participant.names.values()}
    language = row.table.mapping.language
    return [Participant({language: name}, "funding") for name in institutions if name not in named]


def texts_of(row: Row, meaning: str) -> Texts:
    """A text of a row by language; ``""`` where the mapping states none."""
    found = {row.table.mapping.language: text} if (text := row.meant(meaning)) else {}
    for language in LANGUAGES:
        named = f"{meaning}_{language}"
        if named in row.table.columns and (text := row.meant(named)):
            found[language] = text
    return found


def build_figure_row(row: Row) -> FigureRow:
    """The figures of a row and the places they are for; one whose place is not certain is unplaced."""
    recipients, _ = read_recipients(row)
    start, end = read_days(row)
    period = Span(start, end) if start else None
    return FigureRow(row.number, recipients, list(read_figures(row, period, row.meant("admin1"))))
