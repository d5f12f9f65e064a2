"""What is kept of a snapshot: answered once, apart from every other, gone when it is let go."""

from __future__ import annotations

import gc
import weakref

import pytest

from ess.store.engine import open_engine
from ess.store.opening import open_snapshot
from ess.ui import cache
from ess.ui.keep import Keep
from ess.ui.own import home_of, own_portfolio


class Answer:
    """An answer that can be told from another one."""


def answered(_keep: Keep, _question: str) -> Answer:
    """A new answer at every call."""
    return Answer()


@pytest.fixture
def keep() -> Keep:
    """The built-in portfolio, kept."""
    return Keep(open_snapshot(None), "duckdb", "MAR")


def test_the_same_question_is_answered_once(keep: Keep) -> None:
    first = keep.answer(answered, 2, "a")
    assert keep.answer(answered, 2, "a") is first
    assert keep.answer(answered, 2, "b") is not first


def test_answers_are_bounded(keep: Keep) -> None:
    first = keep.answer(answered, 2, "a")
    for question in "bc":
        keep.answer(answered, 2, question)
    assert keep.answer(answered, 2, "a") is not first


def test_s05_no_answer_is_in_two_keeps(keep: Keep) -> None:
    other = Keep(keep.snapshot, "duckdb", "")
    assert keep.answer(answered, 2, "a") is not other.answer(answered, 2, "a")


def test_nothing_outlives_a_keep_that_is_let_go(keep: Keep) -> None:
    answer = weakref.ref(keep.answer(answered, 2, "a"))
    assert answer() is not None
    keep.forget()
    gc.collect()
    assert answer() is None


def test_outside_of_a_session_the_served_portfolio_answers() -> None:
    assert own_portfolio() is None
    snapshot = cache.snapshot()
    assert cache.keep_of(snapshot.id) is cache.keep_of(snapshot.id)
    assert cache.keep_of(snapshot.id).home == cache.settings().home


@pytest.mark.parametrize(("iso3", "home"), [("MAR", "MAR"), ("SEN", ""), ("XXX", "")])
def test_a_home_country_is_one_that_provides(iso3: str, home: str) -> None:
    assert home_of(open_engine(open_snapshot(None), "duckdb"), iso3) == home
