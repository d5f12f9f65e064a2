"""Numbers that a reader types: class limits and the middle of a palette, as codes of an address."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ess.analysis.breaks import MIDDLES, MOST_LIMITS, Middle

#: What parts typed limits: commas of three scripts, semicolons, spaces. A decimal has a point.
_SEPARATORS = re.compile(r"[,;\u060c\uff0c\s]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


def _number(text: str) -> float | None:
    """The finite number that a text is, as people write it; None for anything else."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    number = float(text)
    return number + 0.0 if math.isfinite(number) else None  # a negative zero becomes zero


def parse_limits(values: Sequence[str]) -> tuple[tuple[float, ...], list[str]]:
    """Typed class limits in any order and writing, and what of it is no number, or one too many."""
    typed = [part for value in values for part in _SEPARATORS.split(value) if part]
    numbers = [_number(part) for part in typed]
    found = sorted({number for number in numbers if number is not None})
    strange = [part for part, number in zip(typed, numbers, strict=True) if number is None]
    if len(found) > MOST_LIMITS:
        strange.append(format_limits(found[MOST_LIMITS:]))
    return tuple(found[:MOST_LIMITS]), strange


def parse_middle(values: Sequence[str]) -> tuple[Middle, list[str]]:
    """A middle with a name, or a number; the first named one where nothing usable is said."""
    values = [value for value in values if value.strip()]
    if not values:
        return MIDDLES[0], []
    number = _number(values[-1])
    if len(values) > 1 or (values[0] not in MIDDLES and number is None):
        return MIDDLES[0], [values[-1]]
    return (values[0] if number is None else number), []


def format_limits(limits: Sequence[float]) -> str:
    """Class limits as they stand in an address; reading them gives the same numbers."""
    return ",".join(format_number(limit) for limit in limits)


def format_number(number: float) -> str:
    """A number as it stands in an address: the shortest writing that gives it back."""
    return repr(number).removesuffix(".0")
