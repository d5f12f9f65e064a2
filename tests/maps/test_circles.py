"""Circles whose area goes with the value, their legend, and numbers that stay true when they are rounded."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.breaks import MANUAL, build_breaks
from ess.analysis.schemes import COMPUTED
from ess.analysis.shading import Shading
from ess.locales import translator
from ess.locales.figures import short_rate, significant
from ess.maps.circles import LARGEST, SMALLEST, build_sized_legend, build_sizes, circle_radius
from ess.maps.histogram import BINS, build_histogram
from ess.maps.legend import class_texts
from tests.factories import PROPERTY

ENGLISH = translator("en")
amounts = st.floats(1e-3, 1e12)


@PROPERTY
@given(amounts, amounts)
def test_areas_are_as_the_values(one: float, other: float) -> None:
    largest = max(one, other)
    radii = [circle_radius(value, largest) for value in (one, other)]
    assert max(radii) == pytest.approx(LARGEST)
    if min(radii) > SMALLEST:
        assert radii[0] ** 2 / radii[1] ** 2 == pytest.approx(one / other)


def test_flannerys_exponent_is_not_applied() -> None:
    assert circle_radius(25.0, 100.0) == pytest.approx(LARGEST / 2)
    assert circle_radius(25.0, 100.0) != pytest.approx(LARGEST * 0.25**0.5716)


def test_a_negative_value_has_the_size_of_its_amount_and_zero_has_none() -> None:
    assert build_sizes({"A": 100.0, "B": -25.0, "C": 0.0}) == {"A": LARGEST, "B": -LARGEST / 2, "C": 0.0}
    assert build_sizes({"A": 0.0}) == {"A": 0.0}
    assert build_sizes({}) == {}
    assert build_sizes({"A": 1e9, "B": 1.0})["B"] == SMALLEST


@PROPERTY
@given(st.lists(amounts, min_size=1, max_size=6))
def test_the_sized_legend_shows_what_the_map_draws(values: list[float]) -> None:
    sized = build_sized_legend({str(place): value for place, value in enumerate(values)})
    assert sized[0].value == max(values)
    assert [one.value for one in sized] == sorted({one.value for one in sized}, reverse=True)
    assert all(one.radius == circle_radius(one.value, max(values)) for one in sized)


def test_counts_have_no_circle_for_half_a_record() -> None:
    assert [one.value for one in build_sized_legend({"A": 4.0, "B": 1.0})] == [4.0, 1.0]
    assert build_sized_legend({"A": 0.0}) == ()


def number(text: str) -> float:
    """A figure in English as a number."""
    return float(text.rsplit(" ", maxsplit=1)[-1].replace(",", ""))


@PROPERTY
@given(st.floats(1e-9, 1e12))
def test_a_bound_that_is_rounded_stays_true(value: float) -> None:
    exact = number(f"{value:.17g}")
    assert number(short_rate(ENGLISH, value, ">=")) <= exact * (1 + 1e-12)
    assert number(short_rate(ENGLISH, value, "<=")) >= exact * (1 - 1e-12)
    assert number(short_rate(ENGLISH, value, "=")) == pytest.approx(value, rel=6e-3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.000732, "0.000732"),
        (0.2454, "0.245"),
        (2.5, "2.5"),
        (1234.5, "1,234"),
        (-0.0456, "-0.0456"),
    ],
)
def test_three_digits_are_significant(value: float, text: str) -> None:
    assert significant(ENGLISH, value) == text


def shaded(values: list[float], scheme: str, limits: tuple[float, ...] = ()) -> Shading:
    breaks = build_breaks(values, scheme, 5, limits=limits)
    return Shading(breaks, {}, {str(place): value for place, value in enumerate(values)})


def test_typed_classes_are_named_by_their_limits_and_open_at_the_ends() -> None:
    found = class_texts(shaded([1.0, 30.0], MANUAL, (5.0, 10.0)), ENGLISH)
    assert found == ["5 and less", "more than 5, up to 10", "more than 10"]
    assert class_texts(shaded([1.0], MANUAL), ENGLISH) == ["All values"]


floats = st.floats(-1e18, 1e18)  # beyond, no language writes a number out


@PROPERTY
@given(
    st.lists(floats, min_size=1, max_size=20),
    st.sampled_from(list(COMPUTED)),
)
def test_the_histogram_holds_every_value_on_an_axis_without_gaps(values: list[float], scheme: str) -> None:
    shading = shaded(values, scheme)
    colours = [f"#{place:06x}" for place in range(len(shading.breaks.upper))]
    found = build_histogram(shading, colours, ENGLISH)
    assert found is not None
    assert len(found.bars) == BINS
    assert sum(count for bar in found.bars for _, count in bar) == len(values)
    ends = [segment.end for segment in found.segments]
    assert [segment.start for segment in found.segments] == [0.0, *ends[:-1]]
    assert ends == sorted(ends)
    assert ends[-1] == 1.0
    assert all(math.isfinite(end) for end in ends)


def test_limits_that_would_overlap_are_not_written_and_the_ends_always_are() -> None:
    values = [1.0, 1.01, 1.02, 1.03, 1000.0]
    found = build_histogram(shaded(values, "quantiles"), ["#000000"] * 5, ENGLISH)
    assert found is not None
    assert [tick.text for tick in found.ticks] == ["1", "1,000"]
