"""Start and end of a row."""

from __future__ import annotations

from ess.ingest import table_faults as faults
from ess.ingest.days import Span, parse_day
from ess.ingest.records import Day
from ess.ingest.rows import Row


def read_days(row: Row) -> tuple[Day | None, Day | None]:
    """Start and end of a row; a period in one cell gives both, the year stands in for a missing start.

    An end before the start is reported and left out.
    """
    first = row.first_span("start") or row.first_span("year") or _constant_year(row)
    last = row.first_span("end")
    start = first.start if first else None
    end = (last.end or last.start) if last else first.end if first else None
    if start and end and _ends_before(end, start):
        row.add(faults.DATES_OUT_OF_ORDER, "end", end.value.isoformat(), start=start.value.isoformat())
        end = None
    return start, end


def _ends_before(end: Day, start: Day) -> bool:
    """Whether an end lies before a start, however precisely the two are known."""
    known = min(("year", "month", "day").index(day.precision) for day in (end, start)) + 1
    return end.value.timetuple()[:known] < start.value.timetuple()[:known]


def _constant_year(row: Row) -> Span | None:
    year = row.table.mapping.constants.get("year", "") or row.table.mapping.constants.get("start", "")
    return parse_day(year) if year else None
