"""Proportional circles: the area of a circle goes with the value, and a legend says how large is what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ess.analysis.join import Joined
from ess.analysis.shading import Shading

#: Radius of the circle of the largest value, in pixels at every zoom.
LARGEST: Final = 24.0
#: No circle is drawn smaller than this: it could not be seen, nor pressed.
SMALLEST: Final = 1.5
_NICE: Final = (1, 2, 5)
_SIZES = 3


@dataclass(frozen=True)
class SizedCircle:
    """One circle of the legend: a round value, and its radius in pixels."""

    value: float
    radius: float


def circle_radius(value: float, largest: float) -> float:
    """Radius in pixels of `value` where `largest` has `LARGEST`; the sign of the value does not matter.

    The area is strictly proportional. Flannery's exponent (0.57 instead of 0.5), which enlarges large circles
    because readers underestimate them, is not applied: the legend gives the sizes to compare with instead.
    """
    if value == 0 or largest == 0:
        return 0.0
    return max(SMALLEST, LARGEST * math.sqrt(abs(value) / abs(largest)))


def circle_values(joined: Joined, shading: Shading, home: str) -> Mapping[str, float]:
    """By iso3, the figures that have a circle: those of countries with a class, or without a denominator.

    The figure itself is drawn, also where the colour tells a rate: circles are for quantities.
    """
    return {
        row.iso3: row.value
        for row in joined.rows
        if row.has_value and row.iso3 != home and row.iso3 in shading.fills
    }


def build_sizes(values: Mapping[str, float], largest: float = 0.0) -> Mapping[str, float]:
    """Radii by iso3, one decimal; a value below zero has a negative one, zero itself has none (0).

    `largest` is the largest value of other maps with the same sizes, if there are any.
    """
    largest = max([largest, *map(abs, values.values())])
    return {
        iso3: math.copysign(round(circle_radius(value, largest), 1), value) for iso3, value in values.items()
    }


def build_sized_legend(values: Mapping[str, float]) -> tuple[SizedCircle, ...]:
    """The largest value and up to two round ones below it, each with the radius it has on the map."""
    largest = max(map(abs, values.values()), default=0.0)
    if not largest:
        return ()
    whole = all(value.is_integer() for value in values.values())
    round_ones = (_round_below(largest / 4**step) for step in range(1, _SIZES))
    told = dict.fromkeys([largest, *(value for value in round_ones if value >= 1 or not whole)])
    return tuple(SizedCircle(value, circle_radius(value, largest)) for value in told)


def _round_below(value: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50 … that is not above `value`."""
    power = 10.0 ** math.floor(math.log10(value))
    return max((step * power for step in _NICE if step * power <= value), default=power)
