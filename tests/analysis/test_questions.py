"""How many questions the engine is asked: a few for a new selection, none again for one that was asked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Barrier, Thread

import pytest

from ess.analysis.by_country import answer_measure, measure_by_country, measure_by_region, read_tally
from ess.analysis.figures import read_shared
from ess.analysis.measures import Measure, list_measures
from ess.analysis.profile import LISTED, build_profile
from ess.analysis.selection import Selection, choose
from ess.analysis.shared import FEW, SharedTotal, Sharing, TotalsOnDemand
from ess.analysis.totals import build_headlines, stated_totals
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import _MOST_HELD, Engine
from tests.analysis.conftest import Ask
from tests.factories import placed, portfolio

#: What a page asks of a selection: its rows, its counts, its shared totals, its stated totals.
NEW_SELECTION = 4
A_MEASURE_MORE = 1
PROFILE = 13


def ask_page(engine: Engine, vocabulary: Vocabulary, measure: Measure, selection: Selection) -> None:
    tally = read_tally(engine, selection, vocabulary, "un")
    answer_measure(engine, measure, tally, vocabulary)
    measure_by_region(engine, measure, selection, vocabulary)
    build_headlines(tally, "MAR")
    stated_totals(engine, selection, vocabulary, "un", "MAR")


def queries(engine: Engine, asks: Callable[[], object]) -> int:
    before = engine.queries
    asks()
    return engine.queries - before


@pytest.fixture
def portfolio_of_two(opened: Ask) -> tuple[Engine, Vocabulary]:
    return opened(
        portfolio(
            activities=[{"id": "a", "stage": "planned"}, {"id": "b"}],
            places=[*placed("a", "SEN", "CIV"), *placed("b", "SEN", "CIV")],
            indicators=[{"id": "named", "itemised_by": "partner_countries"}, {"id": "trained"}],
            results=[
                {"activity": "b", "value": 5.0},
                {"activity": "b", "indicator": "named", "value": 2.0},
            ],
            finances=[{"activity": "b", "value": 1.0}],
        )
    )


def test_a_new_selection_asks_little_and_a_known_one_none(
    portfolio_of_two: tuple[Engine, Vocabulary],
) -> None:
    engine, vocabulary = portfolio_of_two
    records, *others = [one for one in list_measures(vocabulary) if one.kind != "count" or one.code is None]
    for measure in (records, *others):
        ask_page(engine, vocabulary, measure, Selection())
    for stage in ("planned", "done"):
        selection = Selection(stage=(stage,))
        assert queries(engine, partial(ask_page, engine, vocabulary, records, selection)) <= NEW_SELECTION
        for measure in others:
            asks = queries(engine, partial(ask_page, engine, vocabulary, measure, selection))
            assert asks <= A_MEASURE_MORE + 1  # an amount lists what is shared of it
        for measure in (records, *others):
            assert queries(engine, partial(ask_page, engine, vocabulary, measure, selection)) == 0


def test_a_profile_asks_the_same_whatever_it_holds(portfolio_of_two: tuple[Engine, Vocabulary]) -> None:
    engine, vocabulary = portfolio_of_two
    build_profile(engine, "SEN", Selection(), vocabulary, "un")
    assert queries(engine, lambda: build_profile(engine, "SEN", Selection(), vocabulary, "un")) <= PROFILE
    assert queries(engine, lambda: build_profile(engine, "FRA", Selection(), vocabulary, "un")) == 0


def test_a_selection_is_let_go_when_others_have_been_asked(opened: Ask) -> None:
    years = [str(year) for year in range(1950, 1950 + _MOST_HELD + 2)]
    engine, vocabulary = opened(portfolio(activities=[{"id": "a"}], places=placed("a", "SEN")))
    first = choose(engine, Selection(year=(years[0],)), vocabulary, "un")
    assert choose(engine, Selection(year=(years[0],)), vocabulary, "un") is first
    for year in years[1:]:
        choose(engine, Selection(year=(year,)), vocabulary, "un")
    again = choose(engine, Selection(year=(years[0],)), vocabulary, "un")
    assert again is not first
    dropped, first_table = first.table, first
    del first, first_table
    choose(engine, Selection(year=("1900",)), vocabulary, "un")
    with pytest.raises(Exception, match="does not exist"):
        engine._fetch(f'FROM "{dropped}"')
    assert engine._fetch(f'FROM "{again.table}"') == [{"n": 0}]


def test_a_held_selection_outlives_its_place_among_the_last(opened: Ask) -> None:
    engine, vocabulary = opened(
        portfolio(activities=[{"id": "a", "type": "event"}, {"id": "b"}], places=placed("a", "SEN"))
    )
    records = Measure("activities", "count", None, "records")
    started, answers = Barrier(4), []

    def ask(first: int) -> None:
        started.wait()
        for year in range(first, first + 2 * _MOST_HELD):
            selection = Selection(type=("event",), year=(str(year),))
            answer = measure_by_country(engine, records, selection, vocabulary, "un")
            answers.append(answer.of("SEN").value)

    threads = [Thread(target=ask, args=(1900 + number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1.0] * (4 * 2 * _MOST_HELD)


def test_many_shared_totals_are_counted_and_read_on_demand(opened: Ask) -> None:
    ids = [f"a{number:04}" for number in range(FEW // 2 + 1)]
    engine, vocabulary = opened(
        portfolio(
            activities=[{"id": code} for code in ids],
            places=[place for code in ids for place in placed(code, "SEN", "CIV")],
            results=[{"activity": code, "value": 1.0} for code in ids],
            finances=[{"activity": code, "value": 1.0} for code in ids],
        )
    )
    shared = read_shared(engine, Selection(), vocabulary, "un")
    assert shared.listed is None
    assert [total.result for total in shared.all()] == sorted(total.result for total in shared.all())
    for measure in list_measures(vocabulary):
        if measure.kind == "count" and measure.code not in (None, "project"):
            continue
        found = measure_by_country(engine, measure, Selection(), vocabulary, "un").of("SEN").shared
        if measure.equal:
            assert found == ()
            continue
        assert len(found) == len(ids) == len(list(found))
        assert [total.countries for total in found[:2]] == [("CIV", "SEN")] * 2
        assert found[-1] == list(found)[-1]


def test_totals_on_demand_read_no_more_than_is_looked_at() -> None:
    asked: list[int | None] = []

    def read(meant: Sharing, most: int | None) -> tuple[SharedTotal, ...]:
        asked.append(most)
        count = 9 if most is None else most
        return tuple(SharedTotal(str(n), 1.0, "", (meant.iso3 or "",)) for n in range(count))

    totals = TotalsOnDemand(9, Sharing("SEN"), read)
    assert (len(totals), bool(totals), asked) == (9, True, [])
    assert [total.result for total in totals[:3]] == ["0", "1", "2"]
    assert [total.result for total in totals[-2:]] == ["7", "8"]
    assert totals[1].result == "1"
    assert totals[-1].result == "8"
    assert asked == [3, 9, 2, None]
    assert not TotalsOnDemand(0, Sharing(), read)


def test_a_long_profile_tells_how_many_and_lists_the_first(opened: Ask) -> None:
    ids = [f"a{number:04}" for number in range(LISTED + 5)]
    engine, vocabulary = opened(
        portfolio(
            actors=[{"id": "x"}],
            activities=[{"id": code} for code in ids] + [{"id": "z", "type": "event"}],
            places=[place for code in (*ids, "z") for place in placed(code, "SEN")],
            participants=[{"activity": code, "actor": "x"} for code in ids],
            results=[{"activity": code, "value": 1.0, "overlap_group": "g"} for code in ids],
        )
    )
    profile = build_profile(engine, "SEN", Selection(), vocabulary, "un")
    assert [record.activity["id"] for record in profile.records] == ["z", *ids[:LISTED]]
    assert profile.stages == {("project", "done"): LISTED + 5, ("event", "done"): 1}
    assert (profile.dated_count, profile.undated_count) == (0, LISTED + 6)
    assert (len(profile.undated), len(profile.in_time)) == (LISTED, 0)
    assert (len(profile.figures), profile.figure_count, profile.shared_count) == (LISTED, LISTED + 5, 0)
    assert profile.siblings == {"g": LISTED + 5}
    assert (profile.actor_ids, profile.actor_count) == (("x",), 1)
