"""The histogram of the legend as a model: how the values lie, and where the class limits cut them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ess.analysis.breaks import ClassBreaks
from ess.analysis.shading import Shading
from ess.locales import Translator
from ess.locales.figures import significant

BINS: Final = 24
_SIGN = 0.026  # width of a digit, as a share of the axis where it is narrowest
_HALF = 0.5 / BINS
_APART = 2  # bins left of the logarithmic axis: one for what has no logarithm, and a gap

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
        For each stretch, how many values each class has there, lowest class first: colour and number.
    segments
        One a class.
    logarithmic
        Whether equal stretches are equal ratios; values of zero and below then stand in the first one.
    """

    bars: tuple[tuple[tuple[str, int], ...], ...]
    segments: tuple[Segment, ...]
    ticks: tuple[Tick, ...]
    logarithmic: bool

    @property
    def highest(self) -> int:
        """Values in the fullest stretch."""
        return max(sum(number for _, number in bar) for bar in self.bars)


def build_histogram(shading: Shading, colours: Sequence[str], translator: Translator) -> Histogram | None:
    """The histogram of the classed values; None when there is none.

    The smallest and the largest value stand in the middle of the first and the last stretch, so that a class
    that ends at the smallest value has a width too.
    """
    values = list(shading.classed.values())
    if not values:
        return None
    limits = shading.breaks.inner
    logarithmic = shading.breaks.scheme == "log" and max(values) > 0
    ends = (min([*values, *limits]), max([*values, *limits]))
    place = _logarithmic(values) if logarithmic else _linear(*ends)
    edges = [0.0, *map(place, limits), 1.0]
    return Histogram(
        _bars(values, shading.breaks, place, colours),
        tuple(map(Segment, edges[:-1], edges[1:], colours)),
        _ticks([ends[0], *limits, ends[1]], [place(ends[0]), *edges[1:-1], place(ends[1])], translator),
        logarithmic,
    )


def _bars(
    values: Sequence[float], breaks: ClassBreaks, place: Place, colours: Sequence[str]
) -> tuple[tuple[tuple[str, int], ...], ...]:
    found = Counter((min(int(place(value) * BINS), BINS - 1), breaks.class_of(value)) for value in values)
    return tuple(
        tuple((colours[one], found[number, one]) for one in range(len(colours)) if found[number, one])
        for number in range(BINS)
    )


def _linear(low: float, high: float, first: float = _HALF) -> Place:
    span = high / 2 - low / 2  # so that no difference of two finite values is infinite
    room = 1 - _HALF - first
    return lambda value: first + room * (value / 2 - low / 2) / span if span > 0 else 0.5


def _logarithmic(values: Sequence[float]) -> Place:
    positive = [math.log(value) for value in values if value > 0]
    start = _HALF if len(positive) == len(values) else _HALF + _APART / BINS
    place = _linear(min(positive), max(positive), start)
    return lambda value: place(math.log(value)) if value > 0 else _HALF * (3 if value == 0 else 1)


def _ticks(values: Sequence[float], places: Sequence[float], translator: Translator) -> tuple[Tick, ...]:
    """Both ends, then from the left every limit whose number finds room."""
    every = [Tick(at, significant(translator, value)) for value, at in zip(values, places, strict=True)]
    shown = [every[0]] if every[0].text == every[-1].text else [every[0], every[-1]]
    for tick in every[1:-1]:
        start, end = _extent(tick)
        if all(start >= _extent(other)[1] or end <= _extent(other)[0] for other in shown):
            shown.append(tick)
    return tuple(sorted(shown, key=lambda tick: tick.at))


def _extent(tick: Tick) -> tuple[float, float]:
    """Where a number begins and ends: centred below its place, but inside the axis at the ends."""
    width = (len(tick.text) + 1.5) * _SIGN
    start = min(max(tick.at - width / 2, 0.0), 1 - width)
    return start, start + width
