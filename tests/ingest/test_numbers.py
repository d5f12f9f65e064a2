"""Numbers as files write them: one convention a column, nothing guessed, nothing lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.numbers import (
    COMMA,
    POINT,
    Convention,
    NumberError,
    currencies,
    decide_convention,
    format_number,
    parse_number,
    read_number,
)

OPEN = Convention(".", is_certain=False)
MESSY = (
    "1,234.56", "1.234,56", "1 234 567", "1\u202f234,5", "(500)", "1e400", "inf", "NaN", "US$ 5m", "5%", "-0",
    "0x10", "99999999999999999999", "1_000", "1.234", "\u0661\u0662\u0663",
)  # fmt: skip

amounts = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=2)
conventions = st.sampled_from([POINT, COMMA])


@pytest.mark.parametrize(
    ("cell", "convention", "value"),
    [
        ("1234.5", POINT, "1234.5"),
        ("1,234,567.8", POINT, "1234567.8"),
        ("1.234.567,8", COMMA, "1234567.8"),
        ("2.681", COMMA, "2681"),
        ("2.681", POINT, "2.681"),
        ("80 418", POINT, "80418"),
        ("80\u00a0418,5", COMMA, "80418.5"),
        ("1\u2009234\u2009567", POINT, "1234567"),
        ("1'234'567.80", POINT, "1234567.80"),
        ("12,34,567", POINT, "1234567"),
        ("(500)", POINT, "-500"),
        ("(US$ 1,500)", POINT, "-1500"),
        ("$(1,000)", POINT, "-1000"),
        ("−7", POINT, "-7"),
        ("5%", POINT, "5"),
        ("12 000 FCFA", POINT, "12000"),
        ("€1.000,00", COMMA, "1000.00"),
        ("\u0661\u0662\u0663\u066b\u0665", POINT, "123.5"),
        ("1.5E+06", POINT, "1500000"),
        (7, COMMA, "7"),
        (0.1, COMMA, "0.1"),
        ("-0", POINT, "0"),
    ],
)
def test_a_number_is_read(cell: str | float, convention: Convention, value: str) -> None:
    assert parse_number(cell, convention) == Decimal(value)


@pytest.mark.parametrize(
    "cell", ["", " ", "\u00a0", "-", "--", "n/a", "N/A", "Unspecified", "..", "…", "$-   ", None]
)
def test_a_blank_states_nothing(cell: str | None) -> None:
    assert parse_number(cell) is None


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("inf", "number_not_finite"),
        ("NaN", "number_not_finite"),
        (float("nan"), "number_not_finite"),
        (float("-inf"), "number_not_finite"),
        ("1e400", "number_not_finite"),
        ("1e999999999", "number_not_finite"),
        ("99999999999999999999", "number_not_finite"),
        ("US$ 5m", "number_with_multiplier"),
        ("5 million USD", "number_with_multiplier"),
        ("2,5 Mds", "number_with_multiplier"),
        ("1.234,56", "number_against_convention"),
        ("1 2 3", "not_a_number"),
        ("0x10", "not_a_number"),
        ("1_000", "not_a_number"),
        ("12/3", "not_a_number"),
        (True, "not_a_number"),
        ("NA", "not_a_number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_reason(cell: str | float, reason: str) -> None:
    with pytest.raises(NumberError) as error:
        parse_number(cell)
    assert error.value.reason == reason


@pytest.mark.parametrize(
    ("cells", "decimal", "is_certain"),
    [
        (["1,234.56"], ".", True),
        (["1.234,56"], ",", True),
        (["2.681", "3,5"], ",", True),
        (["2.681", "1.200"], ".", False),
        (["50,000"], ".", False),
        (["50,000", "1,200,000"], ".", True),
        (["50.000", "1.200.000"], ",", True),
        (["0.125"], ".", True),
        (["1234.567"], ".", True),
        (["7", "80 418", 3.5, None], ".", True),
        (MESSY, ",", True),
    ],
)
def test_a_column_decides(cells: list[str | float | None], decimal: str, is_certain: bool) -> None:  # noqa: FBT001
    assert decide_convention(cells) == Convention("," if decimal == "," else ".", is_certain)


def test_an_open_column_marks_the_numbers_that_could_be_two() -> None:
    number = read_number("2.681", OPEN)
    assert number is not None
    assert (number.value, number.is_ambiguous) == (Decimal("2.681"), True)
    clear = read_number("268.1", OPEN)
    assert clear is not None
    assert not clear.is_ambiguous


@pytest.mark.parametrize(
    ("cell", "currency"),
    [("US$ 5", "USD"), ("5 EUR", "EUR"), ("€5", "EUR"), ("$5", ""), ("XOF 5", "XOF"), ("5", "")],
)
def test_the_currency_of_a_cell_is_read_and_a_shared_sign_names_none(cell: str, currency: str) -> None:
    number = read_number(cell)
    assert number is not None
    assert number.currency == currency


def test_currencies_are_of_iso_4217() -> None:
    assert {"USD", "MAD", "XOF", "DEM"} <= currencies()
    assert "EU" not in currencies()


@given(amounts, conventions, st.booleans())
def test_what_is_written_is_read(value: Decimal, convention: Convention, grouped: bool) -> None:  # noqa: FBT001
    assert parse_number(format_number(value, convention, grouped=grouped), convention) == value


@given(
    st.lists(
        st.one_of(
            amounts.map(str), amounts.map(lambda value: format_number(value, COMMA)), st.sampled_from(MESSY)
        )
    )
)
def test_each_cell_is_read_blank_or_listed(cells: list[str]) -> None:
    convention = decide_convention(cells)
    found, listed = [], []
    for cell in cells:
        try:
            found.append(parse_number(cell, convention))
        except NumberError as error:
            listed.append(error.reason)
    assert len(found) + len(listed) == len(cells)
    assert all(value is None or value.is_finite() for value in found)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading(text: str) -> None:
    try:
        number = parse_number(text)
    except NumberError:
        return
    assert number is None or abs(number) <= Decimal(10) ** 18
