"""Kept answers: bounded, worked out once however many ask at once, and an error is not kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ess.analysis.selection import Selection
from ess.api.metrics import format_metrics
from ess.store.opening import builtin_snapshot
from ess.ui import cache
from ess.ui.figures import read_cache_metrics
from ess.ui.keep import Answers, Keep, Told


def test_what_was_answered_is_not_worked_out_again() -> None:
    answers, worked = Answers(2), []
    for key in ("a", "b", "a"):
        answers.get(key, lambda key=key: worked.append(key))  # type: ignore[misc]
    assert worked == ["a", "b"]
    assert answers.told() == Told(hits=1, misses=2, entries=2)


def test_of_more_answers_than_are_kept_the_one_not_asked_for_the_longest_goes() -> None:
    answers, worked = Answers(2), []
    for key in ("a", "b", "a", "c", "a", "b"):
        answers.get(key, lambda key=key: worked.append(key))  # type: ignore[misc]
    assert worked == ["a", "b", "c", "b"]
    assert answers.told().entries == 2


def test_what_a_room_asks_at_once_is_worked_out_once() -> None:
    answers, begun, may_end = Answers(4), threading.Event(), threading.Event()
    worked = []

    def work() -> str:
        worked.append(1)
        begun.set()
        assert may_end.wait(30)
        return "answer"

    with ThreadPoolExecutor(9) as visitors:
        first = visitors.submit(answers.get, "key", work)
        assert begun.wait(30)
        others = [visitors.submit(answers.get, "key", work) for _ in range(8)]
        while answers.told().hits < len(others):
            assert not any(other.done() for other in others)
        may_end.set()
        assert {one.result(30) for one in (first, *others)} == {"answer"}
    assert worked == [1]


def test_an_error_is_raised_and_not_kept() -> None:
    answers = Answers(4)

    def fail() -> str:
        raise LookupError("not today")

    with pytest.raises(LookupError):
        answers.get("key", fail)
    assert answers.get("key", lambda: "answer") == "answer"


def test_two_snapshots_share_no_answer() -> None:
    first, second = (Keep(builtin_snapshot(), "duckdb", "MAR") for _ in range(2))

    def name(keep: Keep, word: str) -> tuple[Keep, str]:
        return keep, word

    assert first.answer(name, 2, "word") == (first, "word")
    assert second.answer(name, 2, "word") == (second, "word")
    first.forget()
    assert first.told() == {}
    assert second.told() == {"name": Told(0, 1, 1)}


def test_hits_and_misses_are_told_by_question() -> None:
    found = builtin_snapshot().id
    for _ in range(2):
        cache.tally(found, Selection(type=("project",)), "un")
    text = format_metrics(list(read_cache_metrics()))
    told = cache.keep_of(found).told()["tally"]
    assert told.hits >= 1 <= told.misses
    assert f'atlas_cache_hits_total{{snapshot="{found}",question="tally"}} {told.hits}' in text
    assert f'atlas_queries_total{{snapshot="{found}"}}' in text
