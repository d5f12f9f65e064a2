"""Class breaks: decided once here, then read by the map, the legend, the table and every export."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ess.errors import SelectionError
from ess.locales import N_

SCHEMES = ("quantiles", "equal", "natural")
MIN_CLASSES, MAX_CLASSES = 2, 9
DEFAULT_CLASSES = 5


@dataclass(frozen=True)
class ClassRange:
    """What one class holds: its lowest and highest observed value, and how many countries."""

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
        Inclusive upper limit of each class, ascending; empty when there is no value at all.
    ranges
        Observed range and size of each class. No class is empty: with fewer distinct values than classes
        asked for, there are as many classes as distinct values.
    """

    scheme: str
    upper: tuple[float, ...]
    ranges: tuple[ClassRange, ...]

    def class_of(self, value: float) -> int:
        """Index of the class of `value` (0 is the lowest); a value past the ends takes the end class."""
        return min(int(np.searchsorted(self.upper, value, side="left")), len(self.upper) - 1)


def build_breaks(values: Sequence[float], scheme: str, classes: int) -> ClassBreaks:
    """Class breaks of `values` by `scheme` into at most `classes` classes.

    Quantiles put about as many countries in each class; equal intervals are equally wide; natural breaks
    minimise the squared deviation within classes (Fisher 1958, exact by dynamic programming).

    Raises
    ------
    SelectionError
        On an unknown scheme, a number of classes outside 2…9, or a value that is not finite.
    """
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
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if not len(ordered):
        return ClassBreaks(scheme, (), ())
    limits = _limits(ordered, scheme, classes)
    return ClassBreaks(scheme, *_filled(ordered, limits))


def _limits(ordered: NDArray[np.float64], scheme: str, classes: int) -> NDArray[np.float64]:
    distinct = np.unique(ordered)
    if len(distinct) <= classes:
        return distinct
    if scheme == "natural":
        return _natural_limits(ordered, classes)
    quarter = ordered / 4  # so that no difference of two finite values is infinite
    if scheme == "quantiles":
        limits = np.quantile(quarter, np.arange(1, classes + 1) / classes)
    else:
        limits = np.linspace(quarter[0], quarter[-1], classes + 1)[1:]
    # rounding may leave the last limit below the maximum, so it is set, not computed
    return np.append(limits[:-1] * 4, ordered[-1])


def _filled(
    ordered: NDArray[np.float64], limits: NDArray[np.float64]
) -> tuple[tuple[float, ...], tuple[ClassRange, ...]]:
    """Upper limits of the classes that hold a value, and their observed ranges."""
    index = np.searchsorted(limits, ordered, side="left").clip(max=len(limits) - 1)
    upper, ranges = [], []
    for number in np.unique(index):
        inside = ordered[index == number]
        upper.append(float(limits[number]))
        ranges.append(ClassRange(float(inside[0]), float(inside[-1]), len(inside)))
    return tuple(upper), tuple(ranges)


def _standardised(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values moved and scaled to about -1…1, so that sums of their squares neither overflow nor cancel."""
    scaled = ordered / np.abs(ordered).max()
    centred = scaled - scaled.mean()
    largest = np.abs(centred).max()
    return np.asarray(centred / largest if largest > 0 else centred)


def _natural_limits(ordered: NDArray[np.float64], classes: int) -> NDArray[np.float64]:
    """Upper limits of the partition of `ordered` with the least squared deviation within classes.

    Exact: `cost[j]` is the least deviation of the first j values in the classes so far; O(classes · n²).
    """
    n = len(ordered)
    centred = _standardised(ordered)
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    squares = np.concatenate(([0.0], np.cumsum(centred**2)))
    first = np.arange(n + 1)

    def deviation(end: int) -> NDArray[np.float64]:
        """Squared deviation of ordered[start:end] for every start < end."""
        start = first[:end]
        return np.asarray(squares[end] - squares[start] - (sums[end] - sums[start]) ** 2 / (end - start))

    within = [deviation(end) for end in range(1, n + 1)]
    cost = np.concatenate(([0.0], np.full(n, np.inf)))
    cuts = []
    for _ in range(classes):
        options = [cost[:end] + within[end - 1] for end in range(1, n + 1)]
        cut = np.array([0] + [int(option.argmin()) for option in options])
        cost = np.concatenate(([np.inf], [option[at] for option, at in zip(options, cut[1:], strict=True)]))
        cuts.append(cut)
    ends, end = [], n
    for cut in reversed(cuts):
        ends.append(end)
        end = int(cut[end])
    return np.asarray(ordered[np.array(sorted(set(ends))) - 1])
