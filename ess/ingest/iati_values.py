"""Numbers, days and languages as they are written in IATI files."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9.]*[0-9],[0-9]{1,2}")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ].*|Z|[+-][0-9]{2}:[0-9]{2})?", re.DOTALL)

_LARGEST_EXPONENT = 24
"""No published amount has more digits; what is larger would not survive as a number elsewhere."""


@lru_cache(maxsize=65536)
def parse_value(text: str) -> Decimal | None:
    """A number as publishers write it, None for a blank or anything else.

    Spaces of every kind go first, and a percent sign at the end. Then a plain number is one; a single comma
    with one or two digits behind it at the end is a decimal comma (``1.234,56``); other commas separate
    thousands.
    """
    written = "".join(text.split()).removesuffix("%")
    if _PLAIN.fullmatch(written):
        return _finite(written)
    if _DECIMAL_COMMA.fullmatch(written):
        return _finite(written.replace(".", "").replace(",", "."))
    joined = written.replace(",", "")
    return _finite(joined) if _PLAIN.fullmatch(joined) else None


def _finite(written: str) -> Decimal | None:
    value = Decimal(written)
    return value if abs(value.adjusted()) <= _LARGEST_EXPONENT or not value else None


@lru_cache(maxsize=65536)
def parse_day(text: str) -> date | None:
    """A day written year-month-day, a time behind it left out; None for anything else."""
    found = _DAY.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def language_of(tag: str) -> str:
    """The language of an ``xml:lang`` tag, two or three letters; nothing for no tag."""
    return tag.strip().lower().partition("-")[0].partition("_")[0]
