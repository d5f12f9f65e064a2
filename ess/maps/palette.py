"""Palettes whose classes readers with any colour vision can tell apart and order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from branca.utilities import color_brewer

from ess.analysis.breaks import ClassBreaks

#: ColorBrewer's sequential palettes that its authors mark as safe for colour-blind readers.
SEQUENTIAL = ("YlGnBu", "YlOrBr", "BuPu", "Greens", "Blues")
#: ColorBrewer's diverging palettes with the widest separation under every kind of colour blindness. They are
#: only for values on both sides of a middle that is named.
DIVERGING = ("PuOr", "RdBu", "BrBG")
PALETTES = (*SEQUENTIAL, *DIVERGING)
DEFAULT_PALETTE = "YlGnBu"

_WIDEST, _WIDEST_DIVERGING = 9, 11
_ARM = 4  # steps of an arm: the lightest is left out, it is too close to the fill without a record


def is_diverging(name: str) -> bool:
    """Whether the palette turns around a middle."""
    return name in DIVERGING


def class_colours(name: str, breaks: ClassBreaks) -> list[str]:
    """One colour a class: light to dark, or away from the middle of classes that diverge.

    Raises
    ------
    ValueError
        When there is no palette of that name.
    """
    if not (is_diverging(name) and breaks.sides):
        return palette_colours(name, len(breaks.upper))
    below, above = breaks.sides.count(-1), breaks.sides.count(1)
    return diverging_colours(name, below, len(breaks.sides) - below - above, above)


def palette_colours(name: str, classes: int) -> list[str]:
    """`classes` colours of palette `name` as hexadecimal: light to dark, a diverging one from end to end.

    The two lightest steps are left out, because they are too close to the fill of a country without a record.

    Raises
    ------
    ValueError
        When there is no palette of that name.
    """
    if name not in PALETTES:
        message = f"no palette {name}"
        raise ValueError(message)
    if classes <= 0:
        return []
    if is_diverging(name):
        return diverging_colours(name, classes // 2, 0, classes - classes // 2)
    steps = _steps(name, _WIDEST)[2:]
    if classes == 1:
        return [steps[3]]
    if classes > len(steps):
        return _spread(steps, classes)
    return [steps[round(i * (len(steps) - 1) / (classes - 1))] for i in range(classes)]


def diverging_colours(name: str, below: int, across: int, above: int) -> list[str]:
    """Colours of the classes below a middle, across it and above it, in the order of the classes.

    The steps of a side are spread over its whole arm, so that the classes farthest from the middle are the
    darkest, however many a side has.
    """
    steps = _steps(name, _WIDEST_DIVERGING)
    low, high = steps[:_ARM][::-1], steps[-_ARM:]
    return _arm(low, below)[::-1] + [steps[_WIDEST_DIVERGING // 2]] * across + _arm(high, above)


@cache
def _steps(name: str, steps: int) -> Sequence[str]:
    """A palette of so many colours; branca reads its file anew each time."""
    return tuple(color_brewer(name, steps))


def _arm(steps: Sequence[str], classes: int) -> list[str]:
    """Colours from the middle outwards; a single class is of the middle tone."""
    return [steps[len(steps) // 2]] if classes == 1 else _spread(steps, classes)


def _spread(steps: Sequence[str], classes: int) -> list[str]:
    """`classes` colours at equal distances along `steps`, between two steps a mixture of both."""
    places = [i * (len(steps) - 1) / (classes - 1) for i in range(classes)]
    return [_mixed(steps[int(at)], steps[min(int(at) + 1, len(steps) - 1)], at % 1) for at in places]


def _mixed(one: str, other: str, share: float) -> str:
    """A colour that lies `share` of the way from `one` to `other`."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
