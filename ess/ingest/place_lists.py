"""Several places in one cell, taken apart without losing a letter, even where names hold commas.

Semicolons, bars and line ends always part. Commas, slashes and words for "and" part only where what stands
between them is not itself a name: the longest name from the left is taken first ("Congo, Dem. Rep., Kenya" is
two places).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from ess.ingest.cells import clean, is_blank
from ess.ingest.places import CodeKind, PlaceReading, read_code

MOST_WORDS: Final = 12
"""Parts of a text, between commas and words for "and", that one name may have."""

_STRONG: Final = re.compile(r"[;|\n؛•]|\s//\s")
_WEAK: Final = re.compile(
    r"\s*[,،](?!\d)\s*|\s*/\s*|\s*\+\s*|\s+&\s+|\s+(?:and|et|y|e|und|ainsi que|as well as)\s+|\s+و\s*(?=\w)",
    re.IGNORECASE,
)
_SPACES: Final = re.compile(r"[\s,;|/+]+")
_PERCENTAGE: Final = r"(\d{1,3}(?:[.,]\d{1,6})?)"
_AFTER: Final = re.compile(
    rf"(?P<name>.*?\D)\s*(?:[:=–-]?\s*{_PERCENTAGE}\s*%|\(\s*{_PERCENTAGE}\s*%?\s*\)|[:=]\s*{_PERCENTAGE})",
    re.DOTALL,
)
_BEFORE: Final = re.compile(
    rf"{_PERCENTAGE}\s*%\s*(?:de |of |en |em |in |à |au |-|–|:)?\s*(?P<name>\D.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One place of a list: its text without the percentage, what it names, and its share if it has one."""

    text: str
    reading: PlaceReading
    percentage: Decimal | None = None


def read_places(text: str, kind: CodeKind = "names", separator: str = "") -> tuple[Piece, ...]:
    """The places of a cell, in order; none for a blank cell.

    Parameters
    ----------
    kind
        What the column holds (`ess.ingest.places.CodeKind`).
    separator
        The only sign that parts, where a mapping names one; else every usual sign and word does.
    """
    cleaned = clean(text)
    if is_blank(cleaned):
        return ()
    return _read(cleaned, kind, separator)


@lru_cache(maxsize=65536)
def _read(text: str, kind: CodeKind, separator: str) -> tuple[Piece, ...]:
    whole = _piece(text, kind)
    if whole.reading.is_resolved or whole.reading.dissolved:
        return (whole,)
    parts = text.split(separator) if separator else _STRONG.split(text)
    found: list[Piece] = []
    for part in (clean(part) for part in parts):
        if is_blank(part):
            continue
        piece = _piece(part, kind)
        is_one = bool(separator) or piece.reading.is_resolved or bool(piece.reading.dissolved)
        found.extend((piece,) if is_one else _weakly_parted(part, kind))
    return tuple(found)


def _piece(text: str, kind: CodeKind) -> Piece:
    name, percentage = split_percentage(text)
    return Piece(name, read_code(name, kind), percentage)


def split_percentage(text: str) -> tuple[str, Decimal | None]:
    """A text without the percentage before or after it, and that percentage: "Kenya (60)", "60 % Kenya"."""
    match = _AFTER.fullmatch(text) or _BEFORE.fullmatch(text)
    if match is None:
        return text, None
    digits = next(group for group in match.groups() if group and group[0].isdigit() and group[-1].isdigit())
    return match.group("name").strip(" -–:"), Decimal(digits.replace(",", "."))


def _weakly_parted(text: str, kind: CodeKind) -> tuple[Piece, ...]:
    if kind != "names":
        codes = tuple(_piece(code, kind) for code in _SPACES.split(text) if code)
        if all(piece.reading.is_resolved for piece in codes):
            return codes
    spans = list(_spans(text))
    pieces = tuple(_longest_first(text, spans, lambda part: _piece(part, kind)))
    return pieces if any(piece.reading.is_resolved for piece in pieces) else (_piece(text, kind),)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of what stands between the signs and words that may part."""
    start = 0
    for match in _WEAK.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _longest_first(text: str, spans: list[tuple[int, int]], read: Callable[[str], Piece]) -> Iterator[Piece]:
    at = 0
    while at < len(spans):
        for last in range(min(at + MOST_WORDS, len(spans)) - 1, at - 1, -1):
            piece = read(text[spans[at][0] : spans[last][1]])
            if piece.reading.is_resolved or piece.reading.dissolved or last == at:
                yield piece
                at = last + 1
                break


def parted(text: str) -> list[str]:
    """What stands between the usual signs of a list; names with commas fall apart. For counting."""
    return [part for piece in re.split(r"[;|,\n]", text) if (part := piece.strip())]
