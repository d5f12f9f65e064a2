"""Filters: what they let through, and how they are written."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.selection import (
    Selection,
    Unusable,
    parse_selection,
    require_selection,
    selected_activities,
    selected_results,
    without,
)
from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.errors import SelectionError
from ess.store.engine import Engine
from tests.analysis.conftest import Ask
from tests.factories import HOSTILE_NAMES, PROPERTY, SLOW_PROPERTY, placed, portfolio

DAYS = (None, date(2019, 5, 1), date(2020, 1, 1), date(2021, 12, 31), date(2024, 2, 29))
YEARS = tuple(str(year) for year in range(2018, 2026))

ROWS: dict[str, Any] = {
    "sources": [{"id": "s1"}, {"id": "s2", "grade": "dataset"}],
    "actors": [
        {"id": "mother", "name_fr": "Maison mère", "acronym": "MM"},
        {"id": "daughter", "parent": "mother", "name_ar": "البنت", "name_fr": "Fille", "type": "60"},
        {"id": "idle", "name_fr": "Inactif"},
    ],
    "programmes": [
        {"id": "whole", "actors": "mother;idle"},
        {"id": "part", "parent": "whole"},
    ],
    "activities": [
        {"id": "a", "type": "project", "stage": "planned", "programme": "part", "source": "s1"},
        {"id": "b", "type": "training", "modality": "triangular", "source": "s2", "start": date(2020, 6, 1)},
        {"id": "c", "type": "training", "end": date(2019, 6, 1)},
        {"id": "d", "type": "event", "umbrella": True, "source": "s1"},
        {"id": "e", "type": "event", "start": date(2019, 1, 1), "end": date(2021, 1, 1)},
    ],
    "places": [*placed("a", "SEN"), *placed("b", "KEN"), *placed("c", "SEN", role="provider")],
    "participants": [{"activity": "a", "actor": "daughter"}, {"activity": "b", "actor": "mother"}],
    "tags": [
        {"activity": "a", "code": "gender"},
        {"activity": "b", "code": "training", "coded_by": "analyst"},
        {"activity": "b", "scheme": "SDG_goal", "code": "5"},
        {"activity": "c", "scheme": "SDG_goal", "code": "8", "coded_by": "analyst"},
        {"activity": "e", "scheme": "SDG_target", "code": "5"},
        {"activity": "a", "scheme": "DAC5", "code": "31120"},
        {"activity": "c", "scheme": "DAC5", "code": "25010", "coded_by": "analyst"},
    ],
    "results": [
        {"id": "ra", "activity": "a", "value": 1.0, "source": "s2"},
        {"id": "rd", "activity": "d", "value": 1.0},
        {"id": "rp", "programme": "part", "value": 1.0, "source": "s1", "period_end": date(2020, 7, 1)},
        {"id": "rm", "actor": "mother", "iso3": "SEN", "value": 1.0},
    ],
    "notes": [
        {"about_table": "results", "about_id": "ra", "kind": "ambiguity"},
        {"about_table": "activities", "about_id": "b", "kind": "context"},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def asked(opened: Ask) -> tuple[Engine, Vocabulary]:
    return opened(portfolio(**ROWS))


def activities(asked: tuple[Engine, Vocabulary], selection: Selection) -> str:
    """Ids of the selected activities, one letter each."""
    engine, vocabulary = asked
    return "".join(
        sorted(row["id"] for row in engine.rows(selected_activities(engine, selection, vocabulary)))
    )


def results(asked: tuple[Engine, Vocabulary], selection: Selection) -> list[str]:
    engine, vocabulary = asked
    table = selected_results(
        engine, selection, vocabulary, selected_activities(engine, selection, vocabulary)
    )
    return sorted(row["id"] for row in engine.rows(table))


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), "abce"),
        (Selection(type=("training",)), "bc"),
        (Selection(type=("training", "project")), "abc"),
        (Selection(type=("training",), year=("2020",)), "b"),
        (Selection(stage=("planned",)), "a"),
        (Selection(modality=("triangular",)), "b"),
        (Selection(programme=("whole",)), "a"),
        (Selection(actor=("mother",)), "ab"),
        (Selection(actor=("daughter",)), "a"),
        (Selection(actor=("idle",)), ""),
        (Selection(actor=("idle", "daughter")), "a"),
        (Selection(theme=("gender",)), "a"),
        (Selection(theme=("gender", "training")), "ab"),
        (Selection(sdg=("5",)), "b"),
        (Selection(sdg=("5",), theme=("training",)), "b"),
        (Selection(sdg=("8",), theme=("training",)), ""),
        (Selection(source=("s1",)), "a"),
        (Selection(source=("s2",)), "ab"),
        (Selection(group=("ecowas",)), "a"),
        (Selection(group=("ecowas", "eac")), "ab"),
        (Selection(year=("2019",)), "ace"),
        (Selection(year=("2020",)), "abe"),
        (Selection(year=("2019", "2020")), "abce"),
        (Selection(year=("2024",)), "a"),
        (Selection(country=("SEN",)), "a"),
        (Selection(country=("SEN", "KEN")), "ab"),
        (Selection(country=("SEN",), group=("ecowas",)), "a"),
        (Selection(country=("SEN",), group=("eac",)), ""),
        (Selection(actor_type=("10",)), "b"),
        (Selection(actor_type=("60",)), "a"),
        (Selection(sector=("31120",)), "a"),
        (Selection(sector=("31120", "25010")), "ac"),
        (Selection(evidence=("dataset",)), "ab"),
        (Selection(evidence=("press_report",)), "a"),
        (Selection(figure=("yes",)), "a"),
        (Selection(figure=("no",)), "bce"),
        (Selection(figure=("yes", "no")), "abce"),
        (Selection(review=("yes",)), "ace"),
        (Selection(review=("no",)), "b"),
        (Selection(q=("maison",)), "b"),
        (Selection(q=("FILL",)), "a"),
        (Selection(q=("البنات", "kenya")), "b"),
        (Selection(q=("بنت",)), "a"),
        (Selection(q=("Sénégal activité",)), "a"),
        (Selection(q=("senegal acte",)), ""),
        (Selection(q=("une activ",), type=("training",)), "bc"),
        (Selection(q=("formés",)), "a"),
    ],
)
def test_filters(asked: tuple[Engine, Vocabulary], selection: Selection, wanted: str) -> None:
    assert activities(asked, selection) == wanted


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [
        (Selection(), ["ra", "rm", "rp"]),
        (Selection(type=("project",)), ["ra"]),
        (Selection(programme=("whole",)), ["ra", "rp"]),
        (Selection(actor=("mother",)), ["ra", "rm"]),
        (Selection(actor=("idle",)), []),
        (Selection(source=("s1",)), ["ra", "rp"]),
        (Selection(group=("ecowas",)), ["ra", "rm"]),
        (Selection(group=("eac",)), []),
        (Selection(year=("2020",)), ["ra", "rm", "rp"]),
        (Selection(year=("2019",)), ["ra", "rm"]),
        (Selection(sector=("31120",)), ["ra"]),
        (Selection(country=("SEN",)), ["ra", "rm"]),
        (Selection(actor_type=("10",)), ["rm"]),
        (Selection(actor_type=("60",)), ["ra"]),
        (Selection(evidence=("press_report",)), ["ra", "rp"]),
        (Selection(figure=("no",)), []),
        (Selection(review=("yes",)), ["ra", "rm"]),
        (Selection(q=("maison",)), ["rm"]),
        (Selection(q=("senegal formes",)), ["ra", "rm"]),
    ],
)
def test_figures_of_a_selection(
    asked: tuple[Engine, Vocabulary], selection: Selection, wanted: list[str]
) -> None:
    assert results(asked, selection) == wanted


spans = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)), min_size=1, max_size=12)


@SLOW_PROPERTY
@given(spans, st.lists(st.sampled_from(YEARS), min_size=1, max_size=3, unique=True))
def test_a_year_filter_keeps_what_touches_it_and_the_undated(
    opened: Ask, spans: list[tuple[date | None, date | None]], years: list[str]
) -> None:
    rows = []
    wanted = set()
    for number, (one, other) in enumerate(spans):
        days = sorted(day for day in (one, other) if day is not None)
        start, end = (days[0], days[-1]) if one and other else (one, other)
        rows.append({"id": str(number), "start": start, "end": end})
        touched = range(days[0].year, days[-1].year + 1) if days else map(int, years)
        if set(touched) & set(map(int, years)):
            wanted.add(str(number))
    engine, vocabulary = opened(portfolio(activities=rows))
    selected = selected_activities(engine, Selection(year=tuple(years)), vocabulary)
    assert {row["id"] for row in engine.rows(selected)} == wanted


codes = {
    "actor": ["mother", "daughter", "idle"],
    "programme": ["whole", "part"],
    "type": ["project", "training", "event"],
    "stage": ["planned", "done"],
    "modality": ["triangular", "unknown"],
    "group": ["ecowas", "amu", "002"],
    "year": ["2019", "2020", "2021"],
    "theme": ["gender", "training"],
    "sdg": ["5", "8"],
    "source": ["s1", "s2"],
    "country": ["SEN", "KEN"],
    "actor_type": ["10", "60"],
    "sector": ["31120", "25010"],
    "evidence": ["press_report", "dataset"],
    "figure": ["yes", "no"],
    "review": ["yes", "no"],
    "q": ["formation", "Kénya d'abord", "التعاون"],
}


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    chosen = {
        key: tuple(draw(st.lists(st.sampled_from(codes[key]), unique=True, max_size=2))) for key in FILTERS
    }
    return Selection(**chosen)


@PROPERTY
@given(selections())
def test_pairs_and_parsing_are_inverses(asked: tuple[Engine, Vocabulary], selection: Selection) -> None:
    _, vocabulary = asked
    assert parse_selection(selection.pairs(), vocabulary) == (selection, [])
    assert parse_selection(selection.pairs() * 2, vocabulary)[0] == selection
    assert hash(parse_selection(selection.pairs(), vocabulary)[0]) == hash(selection)
    for key, code in selection.pairs():
        assert (key, code) not in without(selection, key, code).pairs()
        assert len(without(selection, key, code).pairs()) == len(selection.pairs()) - 1


def test_the_filters_are_the_fields_of_a_selection() -> None:
    assert tuple(field.name for field in fields(Selection)) == FILTERS
    assert codes.keys() == set(FILTERS)
    assert Selection().is_open
    assert not Selection(year=("2019",)).is_open


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mother", "mother"), ("maison MERE", "mother"), (" Maison  mère ", "mother"), ("mm", "mother"),
        ("البنت", "daughter"), ("maison", None), ("INACTIF", "idle"), ("An actor", None), ("", None),
    ],
)  # fmt: skip
def test_an_actor_is_named_by_id_or_by_whole_name(
    asked: tuple[Engine, Vocabulary], text: str, code: str | None
) -> None:
    assert asked[1].find("actor", text) == code


def test_a_name_that_two_actors_have_names_neither(opened: Ask) -> None:
    _, vocabulary = opened(portfolio(actors=[{"id": "one"}, {"id": "two"}]))
    assert vocabulary.find("actor", "Un acteur") is None


@pytest.mark.parametrize("text", HOSTILE_NAMES)
def test_a_hostile_name_is_found_whole_or_reported(opened: Ask, text: str) -> None:
    _, vocabulary = opened(portfolio(actors=[{"id": "one", "name_fr": text}, {"id": "two"}]))
    assert parse_selection([("actor", text)], vocabulary) == (Selection(actor=("one",)), [])
    assert parse_selection([("theme", text)], vocabulary) == (Selection(), [Unusable("theme", text)])


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("colour", "red"), "colour"),
        (("type", "war"), "war"),
        (("year", "1999"), "1999"),
        (("sdg", "18"), "18"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(
    asked: tuple[Engine, Vocabulary], pair: tuple[str, str], said: str
) -> None:
    with pytest.raises(SelectionError, match=said):
        require_selection([pair], asked[1])


def test_codes_of_an_analyst_are_known_apart(asked: tuple[Engine, Vocabulary]) -> None:
    assert asked[1].coded_by_analyst == {"theme": {"training"}, "sdg": {"8"}, "sector": {"25010"}}


def test_years_run_from_the_first_to_the_last(asked: tuple[Engine, Vocabulary]) -> None:
    assert list(asked[1].options["year"]) == ["2019", "2020", "2021"]
