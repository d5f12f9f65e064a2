"""The histogram of the legend as a model: how the values lie, and where the class limits cut them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ess.analysis.shading import Shading
from ess.locales import Translator
from ess.locales.figures import significant

BINS: Final = 24
_SIGN = 0.026  # width of a digit, as a share of the axis where it is narrowest
_APART = 1 / BINS  # of the axis, for what has no logarithm

Place = Callable[[float], float]


@dataclass(frozen=True)
class Segment:
    """The stretch of the axis that one class takes, from 0 (left) to 1."""

    start: float
    end: float
    colour: str


@dataclass(frozen=True)
class Tick:
    """A number below the axis; what would overlap another is left out."""

    at: float
    text: str


@dataclass(frozen=True)
class Histogram:
    """Values in `BINS` equal stretches of an axis.

    Attributes
    ----------
    bars
        Values in each stretch.
    logarithmic
        Whether equal stretches are equal ratios; values of zero and below stand in the first one.
    """

    bars: tuple[int, ...]
    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    logarithmic: bool


def build_histogram(shading: Shading, colours: Sequence[str], translator: Translator) -> Histogram | None:
    """The histogram of the classed values; None when there is none."""
    values = np.array(list(shading.classed.values()), dtype=np.float64)
    if not len(values):
        return None
    limits = shading.breaks.inner
    logarithmic = shading.breaks.scheme == "log" and bool((values > 0).any())
    ends = (min([*values, *limits]), max([*values, *limits]))
    place = _logarithmic(values) if logarithmic else _linear(*ends)
    bars = np.bincount([min(int(place(value) * BINS), BINS - 1) for value in values], minlength=BINS)
    edges = [0.0, *map(place, limits), 1.0]
    return Histogram(
        tuple(map(int, bars)),
        tuple(map(Segment, edges[:-1], edges[1:], colours)),
        _ticks([ends[0], *limits, ends[1]], edges, translator),
        logarithmic,
    )


def _linear(low: float, high: float) -> Place:
    span = high / 2 - low / 2  # so that no difference of two finite values is infinite
    return lambda value: float((value / 2 - low / 2) / span) if span > 0 else 0.5


def _logarithmic(values: NDArray[np.float64]) -> Place:
    positive = np.log(values[values > 0])
    start = _APART if len(positive) < len(values) else 0.0
    place = _linear(float(positive.min()), float(positive.max()))
    return lambda value: start + (1 - start) * place(float(np.log(value))) if value > 0 else start / 2


def _ticks(values: Sequence[float], places: Sequence[float], translator: Translator) -> tuple[Tick, ...]:
    """Both ends, then from the left every limit whose number finds room."""
    every = [Tick(at, significant(translator, value)) for value, at in zip(values, places, strict=True)]
    shown = [every[0]] if every[0].text == every[-1].text else [every[0], every[-1]]
    for tick in every[1:-1]:
        if all(
            _extent(tick)[0] >= _extent(other)[1] or _extent(tick)[1] <= _extent(other)[0] for other in shown
        ):
            shown.append(tick)
    return tuple(sorted(shown, key=lambda tick: tick.at))


def _extent(tick: Tick) -> tuple[float, float]:
    """Where a number begins and ends: centred below its place, but inside the axis at the ends."""
    width = (len(tick.text) + 1.5) * _SIGN
    start = min(max(tick.at - width / 2, 0.0), 1 - width)
    return start, start + width
