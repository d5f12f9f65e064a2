"""Classes can be told apart with any colour vision, for every palette and every number of classes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from ess.analysis.breaks import MANUAL, MAX_CLASSES, MIN_CLASSES, build_breaks
from ess.maps.palette import DIVERGING, PALETTES, class_colours, diverging_colours, palette_colours

#: Simulation of full dichromacy in linear sRGB: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A
#: physiologically-based model for simulation of color vision deficiency", IEEE Transactions on Visualization
#: and Computer Graphics 15 (6), 2009, matrices for severity 1.0.
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
#: Linear sRGB to CIE XYZ under D65 (IEC 61966-2-1), and its white.
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
#: Colour difference (CIE 1976) that neighbouring classes must have: twice what is just noticed (2.3; M. Mahy,
#: L. Van Eycken, A. Oosterlinck, Color Research and Application 19 (2), 1994).
SEPARATION = 4.6
SIDES = [
    (below, across, above)
    for below in range(MAX_CLASSES + 1)
    for across in range(2)
    for above in range(MAX_CLASSES + 1)
    if MIN_CLASSES <= below + across + above <= MAX_CLASSES
]


def lab(colour: str, vision: str) -> NDArray[np.float64]:
    """CIELAB of a hexadecimal colour as a reader sees it."""
    signal = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
    seen = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / WHITE
    x, y, z = np.where(seen > 216 / 24389, np.cbrt(seen), (24389 / 27 * seen + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str) -> float:
    """The smallest colour difference that any reader sees between two colours."""
    return min(float(np.linalg.norm(lab(one, vision) - lab(other, vision))) for vision in VISION)


def smallest_step(colours: Sequence[str]) -> float:
    """The smallest difference between neighbouring classes."""
    return min(difference(one, other) for one, other in pairwise(colours))


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize("classes", range(MIN_CLASSES, MAX_CLASSES + 1))
def test_neighbouring_classes_are_told_apart_with_any_colour_vision(name: str, classes: int) -> None:
    assert smallest_step(palette_colours(name, classes)) > SEPARATION


@pytest.mark.parametrize("name", DIVERGING)
def test_classes_around_a_middle_are_told_apart_wherever_it_lies(name: str) -> None:
    for sides in SIDES:
        colours = diverging_colours(name, *sides)
        assert len(set(colours)) == sum(sides), sides
        assert smallest_step(colours) > SEPARATION, sides


@pytest.mark.parametrize("name", DIVERGING)
def test_the_two_sides_of_a_middle_are_never_taken_for_each_other(name: str) -> None:
    for below, _, above in SIDES:
        colours = diverging_colours(name, below, 0, above)
        sides = [(one, other) for one in colours[:below] for other in colours[below:]]
        assert all(difference(one, other) > 4 * SEPARATION for one, other in sides)


def test_a_palette_of_red_and_green_of_one_lightness_would_fail() -> None:
    red, green = "#b35a4a", "#7d7a45"
    assert float(np.linalg.norm(lab(red, "usual") - lab(green, "usual"))) > 5 * SEPARATION
    assert smallest_step([red, green]) < SEPARATION


def test_colours_turn_where_the_classes_do() -> None:
    breaks = build_breaks([1.0, 2.0, 3.0, 4.0, 9.0, 20.0], "quantiles", 5, middle="median")
    assert breaks.sides == (-1, -1, 1, 1, 1)
    assert class_colours("PuOr", breaks) == diverging_colours("PuOr", 2, 0, 3)
    assert class_colours("Blues", breaks) == palette_colours("Blues", 5)
    typed = build_breaks([1.0, 20.0], MANUAL, 2, limits=[5.0, 10.0], middle=7.0)
    assert class_colours("RdBu", typed) == diverging_colours("RdBu", 1, 1, 1)
    assert class_colours("RdBu", build_breaks([], "equal", 2, middle="zero")) == []
