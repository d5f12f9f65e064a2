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

from ess.analysis.breaks import MAX_CLASSES, MIN_CLASSES, SCHEMES, ClassBreaks, build_breaks
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
@given(values | wild | st.sampled_from(NASTY), classes, st.sampled_from(SCHEMES))
def test_every_value_has_a_class_and_every_class_a_value(observed: list[float], k: int, scheme: str) -> None:
    found = build_breaks(observed, scheme, k)
    assert 1 <= len(found.upper) <= min(k, len(set(observed)))
    assert list(found.upper) == sorted(set(found.upper))
    assert found.upper[-1] == max(observed)
    assert sum(one.countries for one in found.ranges) == len(observed)
    for number, one in enumerate(found.ranges):
        inside = [value for value in observed if found.class_of(value) == number]
        assert (one.low, one.high, one.countries) == (min(inside), max(inside), len(inside))
    if len(set(observed)) <= k:
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
