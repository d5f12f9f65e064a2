"""Class breaks: decided once here, then read by the map, the legend, the table and every export."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ess.analysis.schemes import COMPUTED, ONE_EACH, mean_of
from ess.errors import SelectionError
from ess.locales import N_

MANUAL: Final = "manual"
SCHEMES = (*COMPUTED, MANUAL)
MIN_CLASSES, MAX_CLASSES = 2, 9
DEFAULT_CLASSES = 5
#: Limits that a reader may type: one fewer than classes.
MOST_LIMITS: Final = MAX_CLASSES - 1
#: Middles with a name, around which classes may diverge; any number is one too.
MIDDLES = ("median", "mean", "zero")

Middle = str | float


@dataclass(frozen=True)
class ClassRange:
    """What one class holds: its lowest and highest observed value (NaN without any), how many countries."""

    low: float
    high: float
    countries: int


@dataclass(frozen=True)
class ClassBreaks:
    """Class breaks of one measure.

    Attributes
    ----------
    scheme
        One of `SCHEMES`.
    upper
        Inclusive upper limit of each class, ascending; empty when there is no value at all. The last of a
        manual scheme is infinite: its class takes whatever is above the last typed limit.
    ranges
        Observed range and size of each class. No class is empty but those that a reader typed.
    middle
        Around which value the classes diverge; None when they do not.
    sides
        With a middle, for each class -1 when it lies at or below it, 1 when above, 0 when it holds it inside
        (which only typed limits can make happen); empty without.
    """

    scheme: str
    upper: tuple[float, ...]
    ranges: tuple[ClassRange, ...]
    middle: float | None = None
    sides: tuple[int, ...] = ()

    @property
    def inner(self) -> tuple[float, ...]:
        """The limits between classes, each the inclusive upper limit of the class below it."""
        return self.upper[:-1]

    def class_of(self, value: float) -> int:
        """Index of the class of `value` (0 is the lowest); a value past the ends takes the end class."""
        return min(int(np.searchsorted(self.upper, value, side="left")), len(self.upper) - 1)


def build_breaks(
    values: Sequence[float],
    scheme: str,
    classes: int,
    *,
    limits: Sequence[float] = (),
    middle: Middle | None = None,
) -> ClassBreaks:
    """Class breaks of `values` by `scheme` into at most `classes` classes.

    The schemes are those of `ess.analysis.schemes`. A manual scheme takes `limits` as they are: each is the
    inclusive upper limit of a class, and one class more takes what is above the last.

    Parameters
    ----------
    limits
        Of a manual scheme, ascending and distinct; without any there is one class.
    middle
        One of `MIDDLES` or a number: then no class reaches over it (but a typed one may), and each side has
        classes of its own, at most half of them.

    Raises
    ------
    SelectionError
        On an unknown scheme, a number of classes outside 2…9, limits that are not ascending or too many, or
        a value that is not finite.
    """
    _refuse_unusable(values, scheme, classes, limits)
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not len(ordered):
        return ClassBreaks(scheme, (), ())
    at = None if middle is None else find_middle(ordered, middle)
    if scheme == MANUAL:
        return _typed(ordered, limits, at)
    if at is None:
        return ClassBreaks(scheme, *_filled(ordered, _limits(ordered, scheme, classes)))
    return _diverging(ordered, scheme, classes, at)


def _refuse_unusable(values: Sequence[float], scheme: str, classes: int, limits: Sequence[float]) -> None:
    if scheme not in SCHEMES:
        raise SelectionError(
            N_("There is no classification {found}; expected one of: {expected}."),
            found=scheme,
            expected=", ".join(SCHEMES),
        )
    if not MIN_CLASSES <= classes <= MAX_CLASSES:
        raise SelectionError(N_("The number of classes is {found}; expected 2 to 9."), found=classes)
    if not all(math.isfinite(value) for value in values):
        raise SelectionError(N_("A value to classify is not a finite number; correct it in the portfolio."))
    if (
        len(limits) > MOST_LIMITS
        or list(limits) != sorted(set(limits))
        or not all(map(math.isfinite, limits))
    ):
        raise SelectionError(
            N_("The class limits are {found}; expected up to 8 numbers, each larger than the one before."),
            found=", ".join(f"{limit:g}" for limit in limits),
        )


def find_middle(ordered: NDArray[np.float64], middle: Middle) -> float:
    """The value that a middle names; a number names itself."""
    if not isinstance(middle, str):
        return float(middle)
    if middle == "zero":
        return 0.0
    return mean_of(ordered) if middle == "mean" else float(np.median(ordered / 2) * 2)


def _limits(ordered: NDArray[np.float64], scheme: str, classes: int) -> NDArray[np.float64]:
    distinct = np.unique(ordered)
    if scheme in ONE_EACH and len(distinct) <= classes:
        return distinct
    return COMPUTED[scheme](ordered, classes)


def _diverging(ordered: NDArray[np.float64], scheme: str, classes: int, middle: float) -> ClassBreaks:
    """Classes of each side of the middle by itself; an odd class is for the side that reaches farther."""
    below, above = ordered[ordered <= middle], ordered[ordered > middle]
    higher = ordered[-1] / 2 - middle / 2 >= middle / 2 - ordered[0] / 2
    larger, smaller = classes - classes // 2, classes // 2
    found = [
        _filled(side, _limits(side, scheme, larger if takes else smaller))
        for side, takes in ((below, not higher), (above, higher))
        if len(side)
    ]
    upper = [list(limits) for limits, _ in found]
    if len(below):
        upper[0][-1] = middle
    sides = [-1] * len(upper[0]) if len(below) else []
    ranges = tuple(one for _, ranges in found for one in ranges)
    sides += [1] * (len(ranges) - len(sides))
    return ClassBreaks(scheme, tuple(chain.from_iterable(upper)), ranges, middle, tuple(sides))


def _typed(ordered: NDArray[np.float64], limits: Sequence[float], middle: float | None) -> ClassBreaks:
    upper = (*map(float, limits), math.inf)
    index = np.searchsorted(upper, ordered, side="left")
    ranges = tuple(_range(ordered[index == number]) for number in range(len(upper)))
    lower = (-math.inf, *upper[:-1])
    sides = () if middle is None else tuple(
        -1 if high <= middle else 1 if low >= middle else 0 for low, high in zip(lower, upper, strict=True)
    )  # fmt: skip
    return ClassBreaks(MANUAL, upper, ranges, middle, sides)


def _range(inside: NDArray[np.float64]) -> ClassRange:
    if not len(inside):
        return ClassRange(math.nan, math.nan, 0)
    return ClassRange(float(inside[0]), float(inside[-1]), len(inside))


def _filled(
    ordered: NDArray[np.float64], limits: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[ClassRange, ...]]:
    """Upper limits of the classes that hold a value, and their observed ranges."""
    index = np.searchsorted(limits, ordered, side="left").clip(max=len(limits) - 1)
    numbers = np.unique(index)
    return tuple(float(limits[n]) for n in numbers), tuple(_range(ordered[index == n]) for n in numbers)
