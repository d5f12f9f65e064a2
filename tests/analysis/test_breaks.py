"""Class breaks against mapclassify, and what holds for all of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import mapclassify
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ess.analysis.breaks import (
    MANUAL,
    MAX_CLASSES,
    MIDDLES,
    MIN_CLASSES,
    MOST_LIMITS,
    SCHEMES,
    ClassBreaks,
    ClassRange,
    build_breaks,
)
from ess.analysis.schemes import COMPUTED, ONE_EACH
from ess.errors import SelectionError
from tests.factories import PROPERTY

#: The oracle warns that it is slow, and that ties leave it fewer classes than asked for; so they do here.
pytestmark = [
    pytest.mark.filterwarnings("ignore:Numba not installed:UserWarning"),
    pytest.mark.filterwarnings("ignore:Not enough unique values:UserWarning"),
]

classes = st.integers(MIN_CLASSES, MAX_CLASSES)
counts = st.integers(0, 12).map(float)
moderate = st.floats(-1e6, 1e6).map(lambda value: round(value, 2))
values = st.lists(counts | moderate, min_size=1, max_size=20) | st.lists(counts, min_size=1, max_size=30)
wild = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=25)
NASTY = (
    [0.0],
    [7.0] * 9,
    [1.0, 2.0],
    [1.0] * 30 + [2.0],
    [-3.0, -2.0, -1.0, 0.0, 1.0],
    [1e15 + step for step in range(12)],
    [-1e308, 0.0, 1e308, 1.7e308, -1.7e308],
    [5e-324, 1e-323, 1.5e-323, 1.0],
    [0.1] * 3 + [0.1 + 1e-16, 0.2, 0.3],
    [1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0],
)


def partition(found: ClassBreaks, observed: Sequence[float]) -> list[int]:
    return [found.class_of(value) for value in sorted(observed)]


def packed(bins: Sequence[int]) -> list[int]:
    """Class numbers without the gaps that empty classes leave."""
    numbers = {number: place for place, number in enumerate(sorted(set(bins)))}
    return [numbers[number] for number in bins]


def deviation(observed: Sequence[float], bins: Sequence[int]) -> float:
    """Sum of squared deviations from the mean of each class."""
    ordered = np.sort(np.asarray(observed))
    groups = [ordered[np.asarray(bins) == number] for number in set(bins)]
    return float(sum(((group - group.mean()) ** 2).sum() for group in groups))


def oracle(observed: Sequence[float], scheme: str, k: int) -> tuple[list[int], list[float]]:
    """Classes of mapclassify, packed, and its limits."""
    method = {"quantiles": mapclassify.Quantiles, "equal": mapclassify.EqualInterval}[scheme]
    found = method(np.sort(np.asarray(observed)), k=k)
    return packed(found.yb.tolist()), found.bins.tolist()


def assert_same_classes(observed: Sequence[float], scheme: str, k: int) -> None:
    """The same partition, but for values that rounding puts on a limit."""
    found = build_breaks(observed, scheme, k)
    wanted, limits = oracle(observed, scheme, k)
    spread = max(map(abs, observed)) or 1.0
    on_a_limit = [any(math.isclose(v, limit, rel_tol=1e-12, abs_tol=spread * 1e-12) for limit in limits[:-1])
                  for v in sorted(observed)]  # fmt: skip
    pairs = zip(partition(found, observed), wanted, on_a_limit, strict=True)
    clear = [(ours, theirs) for ours, theirs, close in pairs if not close]
    assert len(set(clear)) == len({ours for ours, _ in clear}) == len({theirs for _, theirs in clear})


@PROPERTY
@given(values, classes, st.sampled_from(["quantiles", "equal"]))
def test_quantiles_and_equal_intervals_are_mapclassifys(observed: list[float], k: int, scheme: str) -> None:
    assume(len(set(observed)) > k)
    assert_same_classes(observed, scheme, k)


def test_the_comparison_notices_another_scheme() -> None:
    skewed = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 100.0]
    wanted, _ = oracle(skewed, "equal", 3)
    assert partition(build_breaks(skewed, "quantiles", 3), skewed) != wanted


@PROPERTY
@given(values, classes)
def test_natural_breaks_deviate_as_little_as_fishers(observed: list[float], k: int) -> None:
    assume(len(set(observed)) > k)
    ours = deviation(observed, partition(build_breaks(observed, "natural", k), observed))
    wanted = mapclassify.FisherJenks(np.sort(np.asarray(observed)), k=k).yb.tolist()
    theirs = deviation(observed, wanted)
    assert ours <= theirs * (1 + 1e-9) + 1e-9


def test_natural_breaks_are_the_best_of_all_partitions() -> None:
    observed = [1.0, 1.0, 2.0, 4.0, 4.5, 9.0, 11.0, 30.0, 31.0]
    for k in range(MIN_CLASSES, 6):
        cuts = itertools.combinations(range(1, len(observed)), k - 1)
        best = min(
            deviation(observed, np.searchsorted(cut, range(len(observed)), "right").tolist()) for cut in cuts
        )
        found = deviation(observed, partition(build_breaks(observed, "natural", k), observed))
        assert found == pytest.approx(best)


@PROPERTY
@given(values | wild | st.sampled_from(NASTY), classes, st.sampled_from(list(COMPUTED)))
def test_every_value_has_a_class_and_every_class_a_value(observed: list[float], k: int, scheme: str) -> None:
    found = build_breaks(observed, scheme, k)
    assert 1 <= len(found.upper) <= min(k, len(set(observed)))
    assert list(found.upper) == sorted(set(found.upper))
    assert found.upper[-1] == max(observed)
    assert sum(one.countries for one in found.ranges) == len(observed)
    for number, one in enumerate(found.ranges):
        inside = [value for value in observed if found.class_of(value) == number]
        assert (one.low, one.high, one.countries) == (min(inside), max(inside), len(inside))
    if scheme in ONE_EACH and len(set(observed)) <= k:
        assert len(found.upper) == len(set(observed))


def test_no_value_has_no_class() -> None:
    assert build_breaks([], "natural", 5) == ClassBreaks("natural", (), ())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_value_that_is_not_finite_is_refused(bad: float, scheme: str) -> None:
    with pytest.raises(SelectionError, match="finite"):
        build_breaks([1.0, bad, 2.0], scheme, 3)


@pytest.mark.parametrize(("scheme", "k"), [("jenks", 3), ("equal", 1), ("equal", 10)])
def test_an_unknown_scheme_or_number_of_classes_is_refused(scheme: str, k: int) -> None:
    with pytest.raises(SelectionError):
        build_breaks([1.0, 2.0], scheme, k)


# -- head/tail


@PROPERTY
@given(values | st.sampled_from([list(one) for one in NASTY[:5]]))
def test_head_tail_breaks_are_mapclassifys(observed: list[float]) -> None:
    found = mapclassify.HeadTailBreaks(np.sort(np.asarray(observed)))
    bins = sorted(set(found.bins.tolist()))
    ours = build_breaks(observed, "head_tail", MAX_CLASSES)
    assume(len(bins) <= MAX_CLASSES)  # beyond, the number of classes ends the division
    assert ours.upper == pytest.approx(bins, rel=1e-12, abs=1e-12)


@PROPERTY
@given(values, classes)
def test_fewer_classes_of_head_and_tail_are_the_first_means(observed: list[float], k: int) -> None:
    most = build_breaks(observed, "head_tail", MAX_CLASSES).upper
    fewer = build_breaks(observed, "head_tail", k).upper
    assert fewer[:-1] == most[: len(fewer) - 1]
    assert len(fewer) == min(k, len(most))


def test_head_and_tail_of_a_long_tail() -> None:
    found = build_breaks([1.0] * 20 + [30.0] * 5 + [100.0] * 2, "head_tail", 9)
    assert [one.countries for one in found.ranges] == [20, 5, 2]


# -- logarithmic


@PROPERTY
@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=20), classes)
def test_log_classes_are_mapclassifys_equal_intervals_of_logarithms(observed: list[float], k: int) -> None:
    assume(len(set(observed)) > k)
    logarithms = np.log(np.sort(np.asarray(observed)))
    assume(len(set(logarithms.tolist())) > k)
    found = mapclassify.EqualInterval(logarithms, k=k)
    clear = [not any(math.isclose(v, b, abs_tol=1e-9) for b in found.bins[:-1]) for v in logarithms]
    pairs = zip(partition(build_breaks(observed, "log", k), observed), found.yb.tolist(), clear, strict=True)
    told = [(ours, theirs) for ours, theirs, is_clear in pairs if is_clear]
    assert len(set(told)) == len({ours for ours, _ in told}) == len({theirs for _, theirs in told})


@PROPERTY
@given(st.lists(st.floats(-50, 0) | st.just(0.0), min_size=1, max_size=6), values, classes)
def test_zero_and_below_are_the_lowest_log_class_alone(
    rest: list[float], others: list[float], k: int
) -> None:
    positive = [abs(value) + 1 for value in others]
    found = build_breaks(rest + positive, "log", k)
    assert {found.class_of(value) for value in rest} == {0}
    assert 0 not in {found.class_of(value) for value in positive}
    assert found.ranges[0] == ClassRange(min(rest), max(rest), len(rest))
    assert len(found.upper) <= k


def test_log_without_a_positive_value_is_one_class() -> None:
    assert build_breaks([-5.0, 0.0], "log", 5).upper == (0.0,)


# -- typed limits


limits = st.lists(moderate, max_size=MOST_LIMITS, unique=True).map(sorted)


@PROPERTY
@given(values, limits, classes)
def test_typed_limits_are_mapclassifys_user_defined_bins(
    observed: list[float], typed: list[float], k: int
) -> None:
    found = build_breaks(observed, MANUAL, k, limits=typed)
    assert found.inner == tuple(typed)
    assert len(found.ranges) == len(typed) + 1
    if typed:
        wanted = mapclassify.UserDefined(np.sort(np.asarray(observed)), bins=[*typed, math.inf])
        assert partition(found, observed) == wanted.yb.tolist()
        assert [one.countries for one in found.ranges] == wanted.counts.tolist()


def test_a_value_outside_the_typed_limits_takes_an_end_class() -> None:
    found = build_breaks([-3.0, 5.0, 6.0, 1e6], MANUAL, 2, limits=[5.0, 10.0])
    assert [found.class_of(value) for value in (-1e9, 5.0, 5.1, 10.0, 10.1, 1e9)] == [0, 0, 1, 1, 2, 2]
    assert [one.countries for one in found.ranges] == [2, 1, 1]


def test_a_typed_class_without_a_country_stays() -> None:
    found = build_breaks([1.0], MANUAL, 2, limits=[5.0, 10.0])
    assert [one.countries for one in found.ranges] == [1, 0, 0]
    assert math.isnan(found.ranges[1].low)


@pytest.mark.parametrize("bad", [[2.0, 1.0], [1.0, 1.0], list(range(9)), [math.inf], [math.nan]])
def test_limits_out_of_order_too_many_or_infinite_are_refused(bad: list[float]) -> None:
    with pytest.raises(SelectionError, match="class limits"):
        build_breaks([1.0, 2.0], MANUAL, 5, limits=bad)


# -- around a middle


middles = st.sampled_from(MIDDLES) | moderate


@PROPERTY
@given(values | wild | st.sampled_from(NASTY), classes, st.sampled_from(list(COMPUTED)), middles)
def test_no_class_reaches_over_the_middle(
    observed: list[float], k: int, scheme: str, middle: str | float
) -> None:
    found = build_breaks(observed, scheme, k, middle=middle)
    assert found.middle is not None
    assert 1 <= len(found.upper) == len(found.sides) == len(found.ranges) <= k
    assert list(found.upper) == sorted(set(found.upper))
    assert list(found.sides) == sorted(found.sides)
    for value in observed:
        assert found.sides[found.class_of(value)] == (-1 if value <= found.middle else 1)
    assert max(found.sides.count(-1), found.sides.count(1)) <= k - k // 2
    assert sum(one.countries for one in found.ranges) == len(observed)


def test_the_named_middles_are_what_they_say() -> None:
    observed = [-4.0, 1.0, 2.0, 3.0, 18.0]
    found = {name: build_breaks(observed, "equal", 4, middle=name).middle for name in MIDDLES}
    assert found == {"median": 2.0, "mean": 4.0, "zero": 0.0}
    assert build_breaks(observed, "equal", 4, middle=2.5).inner[1] == 2.5


def test_a_typed_class_may_hold_the_middle() -> None:
    found = build_breaks([1.0, 20.0], MANUAL, 2, limits=[5.0, 10.0, 15.0], middle=7.0)
    assert found.sides == (-1, 0, 1, 1)
    assert build_breaks([1.0], MANUAL, 2, limits=[5.0], middle=5.0).sides == (-1, 1)
    assert build_breaks([1.0], "equal", 2).sides == ()
