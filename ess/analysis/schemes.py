"""The classification schemes: from ordered values to the upper limits of at most so many classes.

Every function takes finite values in ascending order, at least one, and returns ascending limits of which the
last is the largest value; the limits in between are inclusive. Where several values are equal, or rounding
puts two limits together, a class may stay empty: `ess.analysis.breaks` leaves such classes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Ordered: TypeAlias = NDArray[np.float64]


def quantile_limits(ordered: Ordered, classes: int) -> Ordered:
    """About as many values in each class; linear interpolation between order statistics."""
    return _ended(np.quantile(ordered / 4, np.arange(1, classes + 1) / classes) * 4, ordered)


def equal_limits(ordered: Ordered, classes: int) -> Ordered:
    """Classes of equal width between the smallest and the largest value."""
    quarter = ordered / 4  # so that no difference of two finite values is infinite
    return _ended(np.linspace(quarter[0], quarter[-1], classes + 1)[1:] * 4, ordered)


def head_tail_limits(ordered: Ordered, classes: int) -> Ordered:
    """Means of the values, of those above the mean, of those above that mean, and so on (Jiang 2013).

    The values say how many classes there are; `classes` only ends the division early. Nothing is asked of
    the share of the head: what has no long tail is divided all the same, and the legend says so.
    """
    limits: list[float] = []
    head = ordered
    while len(limits) < classes - 1:
        mean = mean_of(head)
        end = int(np.searchsorted(head, mean, side="right"))
        if not 0 < end < len(head):
            break
        limits.append(mean)
        head = head[end:]
    return np.array([*limits, ordered[-1]])


def log_limits(ordered: Ordered, classes: int) -> Ordered:
    """Geometric intervals: each class is as many times wider than the one below.

    Zero and what is below has no logarithm. It is a figure all the same, so it takes a lowest class of its
    own, and the positive values share the others.
    """
    positive = ordered[ordered > 0]
    if classes == 1 or not len(positive):
        return ordered[-1:]
    if len(positive) == len(ordered):
        return _geometric(ordered, classes)
    return np.concatenate(([0.0], _geometric(positive, classes - 1)))


def _geometric(positive: Ordered, classes: int) -> Ordered:
    distinct = np.unique(positive)
    if len(distinct) <= classes:
        return distinct
    steps = np.linspace(np.log(positive[0]), np.log(positive[-1]), classes + 1)[1:-1]
    return np.append(np.exp(steps), positive[-1])


def _ended(limits: Ordered, ordered: Ordered) -> Ordered:
    """Limits of which the last is the maximum: rounding may leave it below, so it is set, not computed."""
    return np.append(limits[:-1], ordered[-1])


def mean_of(values: Ordered) -> float:
    """The mean, also where the sum of finite values is not finite."""
    with np.errstate(over="ignore"):
        mean = float(values.mean())
    return mean if np.isfinite(mean) else float((values / len(values)).sum())


def _standardised(ordered: Ordered) -> Ordered:
    """Values moved and scaled to about -1…1, so that sums of their squares neither overflow nor cancel."""
    scaled = ordered / np.abs(ordered).max()
    centred = scaled - scaled.mean()
    largest = np.abs(centred).max()
    return np.asarray(centred / largest if largest > 0 else centred)


def natural_limits(ordered: Ordered, classes: int) -> Ordered:
    """Upper limits of the partition of `ordered` with the least squared deviation within classes.

    Natural breaks, after Fisher (1958) and Jenks (1977). Exact: `cost[j]` is the least deviation of the
    first j values in the classes so far; O(classes · n²).
    """
    n = len(ordered)
    centred = _standardised(ordered)
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    squares = np.concatenate(([0.0], np.cumsum(centred**2)))
    first = np.arange(n + 1)

    def deviation(end: int) -> Ordered:
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


#: Schemes that find limits by themselves, in the order in which they are offered.
COMPUTED: Final[Mapping[str, Callable[[Ordered, int], Ordered]]] = MappingProxyType(
    {
        "quantiles": quantile_limits,
        "equal": equal_limits,
        "natural": natural_limits,
        "head_tail": head_tail_limits,
        "log": log_limits,
    }
)
#: Schemes that give each value a class of its own where there are no more distinct values than classes.
ONE_EACH: Final = frozenset({"quantiles", "equal", "natural"})
