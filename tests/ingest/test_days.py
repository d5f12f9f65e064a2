"""Days as files write them: one order a column; what is not clear keeps its year or is refused."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.days import DayConvention, DayError, Order, decide_order, parse_day, parse_order
from ess.ingest.sheets import Cell

DMY, MDY, UNDECIDED = DayConvention("dmy"), DayConvention("mdy"), DayConvention(None)


def told(cell: Cell, convention: DayConvention = DMY) -> tuple[str, str]:
    span = parse_day(cell, convention)
    assert span is not None
    return span.start.value.isoformat(), span.start.precision


@pytest.mark.parametrize(
    ("cell", "convention", "day", "precision"),
    [
        ("2010-06-30T00:00:00Z", DMY, "2010-06-30", "day"),
        ("6/30/2015 12:00:00 AM", MDY, "2015-06-30", "day"),
        ("27 July, 2007", DMY, "2007-07-27", "day"),
        ("July 27th, 2007", DMY, "2007-07-27", "day"),
        ("31/12/2010", DMY, "2010-12-31", "day"),
        ("01.02.2023", DMY, "2023-02-01", "day"),
        ("01.02.2023", MDY, "2023-01-02", "day"),
        ("20100630", DMY, "2010-06-30", "day"),
        ("1er janvier 2010", DMY, "2010-01-01", "day"),
        ("27 août 2007", DMY, "2007-08-27", "day"),
        ("8 de setiembre de 2012", DMY, "2012-09-08", "day"),
        ("15 de março de 2011", DMY, "2011-03-15", "day"),
        ("12 يناير 2010", DMY, "2010-01-12", "day"),
        ("12-Mar-2010", DMY, "2010-03-12", "day"),
        ("mars 2010", DMY, "2010-03-01", "month"),
        ("2010-06", DMY, "2010-06-01", "month"),
        ("06/2010", DMY, "2010-06-01", "month"),
        ("2007", DMY, "2007-01-01", "year"),
        (2007, DMY, "2007-01-01", "year"),
        (2007.0, DMY, "2007-01-01", "year"),
        (date(2010, 1, 2), MDY, "2010-01-02", "day"),
        (datetime(2010, 1, 2, 12, 30), MDY, "2010-01-02", "day"),  # noqa: DTZ001 - as a workbook holds it
        (44927, DayConvention("dmy", has_serials=True), "2023-01-01", "day"),
    ],
)
def test_a_day_is_read(cell: Cell, convention: DayConvention, day: str, precision: str) -> None:
    assert told(cell, convention) == (day, precision)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [("2006-2010", "2006-01-01", "2010-01-01"), ("01/01/2010 - 31/12/2012", "2010-01-01", "2012-12-31")],
)
def test_a_period_has_two_ends(cell: str, first: str, last: str) -> None:
    span = parse_day(cell, DMY)
    assert span is not None
    assert span.end is not None
    assert (span.start.value.isoformat(), span.end.value.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2024-13-01", "impossible_date"),
        ("2024-02-30", "impossible_date"),
        ("31/02/2024", "impossible_date"),
        ("12/31/2024", "impossible_date"),
        ("0001-01-01", "year_out_of_range"),
        ("9999-12-31", "year_out_of_range"),
        ("44927", "not_a_date"),
        (44927, "not_a_date"),
        ("FY2023/24", "fiscal_year"),
        ("2023/24", "fiscal_year"),
        ("2010/11", "fiscal_year"),
        ("2015 E.C.", "not_a_date"),
        ("12-Mar-10", "year_of_two_digits"),
        ("12/31/99", "year_of_two_digits"),
        ("2008, 2009", "not_a_date"),
        (True, "not_a_date"),
    ],
)
def test_what_is_no_day_is_refused_with_its_reason(cell: Cell, reason: str) -> None:
    with pytest.raises(DayError) as error:
        parse_day(cell, DMY)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["31/12/2010", "03/04/2024"], "dmy"),
        (["6/30/2015 12:00:00 AM"], "mdy"),
        (["03/04/2024"], None),
        (["03/03/2024"], "dmy"),
        (["31/12/2010", "12/31/2010"], None),
        (["2024-01-02", "2007", None], "dmy"),
    ],
)
def test_a_column_decides_the_order(cells: list[Cell], order: Order | None) -> None:
    assert decide_order(cells).order == order


def test_an_unclear_day_keeps_its_year() -> None:
    span = parse_day("03/04/2024", UNDECIDED)
    assert span is not None
    assert span.is_cut
    assert (span.start.value, span.start.precision) == (date(2024, 1, 1), "year")
    assert told("25/04/2024", UNDECIDED) == ("2024-04-25", "day")


def test_bare_numbers_are_days_only_beside_real_days() -> None:
    assert decide_order([date(2024, 1, 1), 44927]).has_serials
    assert not decide_order(["2024-01-01", 44927]).has_serials


def test_a_mapping_names_the_order() -> None:
    assert parse_order("mdy") == MDY
    with pytest.raises(KeyError):
        parse_order("ymd")


@given(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.sampled_from([("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y")]),
)
def test_what_is_written_is_read(day: date, style: tuple[Order, str]) -> None:
    assert told(day.strftime(style[1]), DayConvention(style[0])) == (day.isoformat(), "day")
    assert told(day.isoformat()) == (day.isoformat(), "day")


@given(st.text(max_size=25))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        span = parse_day(text)
    except DayError:
        return
    assert span is None or 1900 <= span.start.value.year <= 2100
