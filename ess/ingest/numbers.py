"""Numbers as other people write them: one convention a column, and nothing read by guess.

Digits may be of any script. Spaces of every kind and apostrophes between groups are never in doubt; what a
point and a comma mean is decided over the cells of a whole column (`decide_convention`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Final, Literal

from babel import Locale

from ess.ingest.cells import is_blank, text_of
from ess.ingest.sheets import Cell

LARGEST: Final = Decimal(10) ** 18
"""Numbers beyond this are no amount of anything: they are refused."""

Reason = Literal["not_a_number", "number_not_finite", "number_with_multiplier", "number_against_convention"]

_SPACES: Final = re.compile("[ \u00a0\u2000-\u200a\u202f\u205f\u3000'’`´]")
_GROUPED_BY_SPACE: Final = re.compile(
    r"(?:\d{1,3}(?: \d{3})+|\d{1,2}(?: \d{2})+ \d{3})(?:[.,]\d*)?", re.ASCII
)
_MULTIPLIER: Final = re.compile(
    r"\d\s*(k|m|mn|mln|mio|mill?|millions?|millones|milhoes|milhões|b|bn|bln|billions?|md|mds|mrd|milliards?|"
    r"thousands?|mille|mil|miles|lakhs?|crores?|مليون|مليار|ألف)\b",
    re.IGNORECASE,
)
_SIGNS: Final = {"€": "EUR", "US$": "USD", "$US": "USD", "U$S": "USD", "U$": "USD", "£": "", "$": "", "¥": "",
                 "₹": "INR", "₦": "NGN", "₱": "PHP", "₩": "KRW", "₫": "VND", "₪": "ILS", "R$": "BRL",
                 "FCFA": "", "F CFA": "", "CFA": ""}  # fmt: skip
"""Signs of currencies; one that several currencies share names none."""


class NumberError(ValueError):
    """A cell that is no number of its column; ``reason`` says why."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Convention:
    """What a point and a comma mean in a column: `decimal` is one of them, the other one groups thousands.

    `is_certain` is False where the column's cells allow both readings and none decides.
    """

    decimal: Literal[".", ","] = "."
    is_certain: bool = True

    @property
    def grouping(self) -> str:
        """The sign between groups of three digits."""
        return "," if self.decimal == "." else "."

    @property
    def example(self) -> str:
        """How the column writes 1234.56."""
        return "1,234.56" if self.decimal == "." else "1.234,56"


POINT: Final = Convention(".")
COMMA: Final = Convention(",")
CONVENTIONS: Final = {
    "1,234.56": POINT, "1234.56": POINT, "1 234.56": POINT, "1'234.56": POINT,
    "1.234,56": COMMA, "1234,56": COMMA, "1 234,56": COMMA, "1'234,56": COMMA,
}  # fmt: skip
"""Conventions by how they write 1234.56: what a mapping file may say of a column."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as read; `currency` where the cell itself names one, `is_percent` where it has a sign."""

    value: Decimal
    currency: str = ""
    is_percent: bool = False
    is_ambiguous: bool = False


@dataclass
class NumberEvidence:
    """What the cells of a column, one by one, say of its convention."""

    point: int = 0
    comma: int = 0
    open: int = 0

    def add(self, cell: Cell) -> None:
        """Count a cell; numbers of a workbook say nothing."""
        if isinstance(cell, str) and ("." in cell or "," in cell):
            decimal = decimal_sign(_plain(cell))
            self.point += decimal == "."
            self.comma += decimal == ","
            self.open += decimal == "?"

    def convention(self) -> Convention:
        """The convention of most telling cells; a decimal point where none tells."""
        if self.comma > self.point:
            return COMMA
        return Convention(".", is_certain=bool(self.point) or not self.open)


def decide_convention(cells: Iterable[Cell]) -> Convention:
    """The convention of a column, from all its cells."""
    evidence = NumberEvidence()
    for cell in cells:
        evidence.add(cell)
    return evidence.convention()


def decimal_sign(text: str) -> str:
    """Which sign is the decimal one in a text: ``.``, ``,``, ``?`` where both are possible, or empty.

    With both signs the last is; a sign that stands twice groups; a sign that is not followed by exactly three
    digits, or follows more than three or a leading zero, is decimal.
    """
    digits = re.fullmatch(r"[^\d.,]*(\d[\d.,]*?)[^\d.,]*", text.replace(" ", ""))
    if digits is None:
        return ""
    return _decimal_sign(digits.group(1))


def _decimal_sign(digits: str) -> str:
    points, commas = digits.count("."), digits.count(",")
    if points and commas:
        return _last_of_both(digits, points, commas)
    if not points and not commas:
        return ""
    sign, other = (".", ",") if points else (",", ".")
    head, *groups = digits.split(sign)
    if len(groups) > 1:
        return other if all(len(group) in (2, 3) for group in groups) and len(groups[-1]) == 3 else ""
    is_open = len(groups[0]) == 3 and 1 <= len(head) <= 3 and not head.startswith("0")
    return "?" if is_open else sign


def _last_of_both(digits: str, points: int, commas: int) -> str:
    last = "." if digits.rfind(".") > digits.rfind(",") else ","
    return last if (points if last == "." else commas) == 1 else ""


def parse_number(cell: Cell, convention: Convention = POINT) -> Decimal | None:
    """The number that a cell states in a convention; None for a blank one. ``5%`` is 5.

    Raises
    ------
    NumberError
        For text that is no number in this convention, for infinities and their like, and for ``5m``.
    """
    number = read_number(cell, convention)
    return None if number is None else number.value


def read_number(cell: Cell, convention: Convention = POINT) -> Number | None:
    """Like `parse_number`, with the currency and the percent sign that the cell has.

    Raises
    ------
    NumberError
        As `parse_number` does.
    """
    if isinstance(cell, bool):
        raise NumberError("not_a_number")
    if isinstance(cell, int | float):
        return Number(_finite(cell))
    text = text_of(cell)
    if is_blank(text) and text.casefold() != "nan":
        return None
    return _number_in(text, convention)


def _finite(value: float) -> Decimal:
    if not math.isfinite(value):
        raise NumberError("number_not_finite")
    return _bounded(Decimal(repr(value)))


def _bounded(value: Decimal) -> Decimal:
    if abs(value) > LARGEST:
        raise NumberError("number_not_finite")
    return value or Decimal(0)


def _number_in(text: str, convention: Convention) -> Number | None:
    outer = _within_brackets(_plain(text))
    bare, currency = _without_currency(outer or _plain(text))
    inner = _within_brackets(bare)
    is_percent = bare.endswith("%") or bare.startswith("%")
    bare = (inner or bare).strip("% ")
    if is_blank(bare) and bare.casefold() != "nan":
        return None
    value = _bounded(Decimal(_digits(bare, convention)))
    is_ambiguous = not convention.is_certain and decimal_sign(bare) == "?"
    return Number(-value if outer or inner else value, currency, is_percent, is_ambiguous)


def _within_brackets(text: str) -> str:
    return text[1:-1].strip() if text.startswith("(") and text.endswith(")") else ""


def _digits(bare: str, convention: Convention) -> str:
    sign, body = (
        ("-", bare[1:].strip()) if bare.startswith(("-", "−")) else ("", bare.removeprefix("+").strip())
    )
    if _GROUPED_BY_SPACE.fullmatch(body):
        body = body.replace(" ", "")
    if not _shape(convention.grouping, convention.decimal).fullmatch(body):
        raise NumberError(_reason(body))
    plain = body.replace(convention.grouping, "").replace(convention.decimal, ".")
    if "e" in plain.casefold() and abs(int(plain.casefold().split("e")[1])) > 30:
        raise NumberError("number_not_finite")
    return sign + plain


def _reason(body: str) -> Reason:
    if body.casefold() in {"inf", "infinity", "nan", "∞"}:
        return "number_not_finite"
    if _MULTIPLIER.search(body):
        return "number_with_multiplier"
    return "number_against_convention" if re.fullmatch(r"[\d.,]*\d[\d.,]*", body) else "not_a_number"


@cache
def _shape(grouping: str, decimal: str) -> re.Pattern[str]:
    group, point = re.escape(grouping), re.escape(decimal)
    whole = rf"(?:\d+|\d{{1,3}}(?:{group}\d{{3}})+|\d{{1,2}}(?:{group}\d{{2}})+{group}\d{{3}})"
    return re.compile(rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d{{1,9}})?", re.ASCII)


def _plain(text: str) -> str:
    """The text with ASCII digits, one kind of space, and the Arabic signs of numbers as the usual ones."""
    if text.isascii():
        return text.strip() if "'" not in text else _SPACES.sub(" ", text).strip()
    signs = text.replace("٬", "").replace("٪", "%").replace("٫", ".")
    digits = "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in signs)
    return _SPACES.sub(" ", digits).strip()


def _without_currency(text: str) -> tuple[str, str]:
    """A text without the sign or the code of a currency before or after its number, and that currency."""
    if text[:1].isdigit() and text[-1:].isdigit():
        return text, ""
    for sign in sorted(_SIGNS, key=len, reverse=True):
        if text.upper().startswith(sign) or text.upper().endswith(sign):
            rest = text[len(sign) :] if text.upper().startswith(sign) else text[: -len(sign)]
            return rest.strip(), _SIGNS[sign]
    match = re.fullmatch(r"(?:([A-Za-z]{3})\.? ?)?([-+(]?[\d.,].*?)(?: ?([A-Za-z]{3})\.?)?", text)
    code = (match.group(1) or match.group(3) or "").upper() if match else ""
    return (match.group(2), code) if match and code in currencies() else (text, "")


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes, those out of use among them (Unicode CLDR)."""
    return frozenset(Locale("en").currencies)


def format_number(value: Decimal, convention: Convention = POINT, *, grouped: bool = True) -> str:
    """A number as a convention writes it: the inverse of `parse_number`."""
    plain = f"{value:,f}" if grouped else f"{value:f}"
    if convention.decimal == ".":
        return plain
    return plain.replace(",", "\0").replace(".", ",").replace("\0", ".")
