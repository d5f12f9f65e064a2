"""A country's profile, headline figures, and stated numbers beside counted ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from ess.analysis.by_country import measure_by_country, read_tally
from ess.analysis.evidence import read_evidence, read_notes, read_row_remarks
from ess.analysis.figures import read_figures, read_shared
from ess.analysis.measures import AMOUNTS, TYPES, list_measures, parse_measure
from ess.analysis.profile import CountryProfile, build_profile, neighbours
from ess.analysis.records import read_records
from ess.analysis.selection import Selection
from ess.analysis.shared import shared_by_country
from ess.analysis.totals import build_headlines, stated_totals
from ess.analysis.vocabulary import Vocabulary
from ess.errors import SelectionError
from ess.store.engine import Engine
from tests.analysis.conftest import NO_NAMES, Ask, Open
from tests.analysis.portfolios import INDICATORS, portfolios
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

Opened = tuple[Engine, Vocabulary]


def profile_of(
    opened: Opened, iso3: str, selection: Selection | None = None, view: str = "un"
) -> CountryProfile:
    engine, vocabulary = opened
    return build_profile(engine, iso3, selection or Selection(), vocabulary, view)


@settings(SLOW_PROPERTY, max_examples=6)
@given(portfolios())
def test_a_profile_tells_the_same_as_the_map(engine_over: Open, tables: Tables) -> None:
    engine, vocabulary = engine_over(tables), NO_NAMES
    for view, iso3 in (("un", "SEN"), ("ma", "MAR")):
        profile = profile_of((engine, vocabulary), iso3, view=view)
        for indicator in INDICATORS:
            figures = read_figures(engine, Selection(), vocabulary, view).by_country.get(indicator, {})
            every = read_shared(engine, Selection(), vocabulary, view).all()
            totals = shared_by_country(total for total in every if total.indicator == indicator)
            own = [one for one in profile.figures if one.result["indicator"] == indicator]
            shared = [one.result["id"] for one in profile.shared if one.result["indicator"] == indicator]
            assert len(own) == (figures[iso3].stated if iso3 in figures else 0)
            assert shared == [total.result for total in totals.get(iso3, ())]


def test_a_profile_keeps_what_is_provided_apart(opened: Ask) -> None:
    profile = profile_of(
        opened(
            portfolio(
                activities=[{"id": "a"}, {"id": "b"}],
                places=[*placed("a", "SEN"), *placed("a", "MAR", role="provider"), *placed("b", "MAR")],
                results=[{"activity": "a", "value": 5.0}],
            )
        ),
        "MAR",
    )
    assert [record.activity["id"] for record in profile.records] == ["b"]
    assert [record.activity["id"] for record in profile.provided] == ["a"]
    assert profile.figures == ()
    assert not profile.is_empty


def test_a_country_without_a_record_has_an_empty_profile(opened: Ask) -> None:
    profile = profile_of(opened(portfolio(activities=[{"id": "a"}], places=placed("a", "SEN"))), "FRA")
    assert profile.is_empty
    assert profile.by_type == {}


@pytest.mark.parametrize(("view", "shared"), [("un", True), ("ma", False)])
def test_a_profile_follows_the_boundary_view(opened: Ask, view: str, *, shared: bool) -> None:
    rows = portfolio(
        activities=[{"id": "a"}], places=placed("a", "MAR", "ESH"), results=[{"activity": "a", "value": 5.0}]
    )
    profile = profile_of(opened(rows), "MAR", view=view)
    (figure,) = profile.shared if shared else profile.figures
    assert figure.is_shared == shared
    assert len(figure.countries) == (2 if shared else 1)


def test_a_figure_shared_with_a_region_is_said_to_be(opened: Ask) -> None:
    rows = portfolio(
        activities=[{"id": "a"}],
        places=[*placed("a", "SEN"), {"activity": "a", "region": "002"}, {"activity": "a"}],
        results=[{"activity": "a", "value": 5.0}, {"activity": "a", "value": None}],
    )
    (figure,) = profile_of(opened(rows), "SEN").shared
    assert (figure.countries, figure.elsewhere) == (("SEN",), ("", "002"))


def test_actors_and_sources_of_a_profile(opened: Ask) -> None:
    rows = portfolio(
        sources=[{"id": "s1"}, {"id": "s2"}],
        actors=[{"id": "x"}, {"id": "y"}],
        activities=[{"id": "a", "source": "s1"}],
        places=placed("a", "SEN"),
        participants=[{"activity": "a", "actor": "y"}, {"activity": "a", "actor": "x"}],
        results=[{"activity": "a", "value": 5.0, "source": "s2"}],
        notes=[{"about_id": "a", "text_fr": "Une note"}],
    )
    profile = profile_of(opened(rows), "SEN")
    assert profile.actor_ids == ("x", "y")
    assert profile.source_ids == ("s1", "s2")
    assert [note["text_fr"] for note in profile.records[0].notes] == ["Une note"]


@pytest.mark.parametrize(
    ("iso3", "wanted"), [("A", (None, "B")), ("B", ("A", "C")), ("C", ("B", None)), ("Z", (None, "A"))]
)
def test_neighbours(iso3: str, wanted: tuple[str | None, str | None]) -> None:
    assert neighbours("ABC", iso3) == wanted


def test_no_neighbours_without_partners() -> None:
    assert neighbours([], "A") == (None, None)


HEADLINES: dict[str, Any] = {
    "activities": [
        {"id": "a", "counted": "at_least_one"},
        {"id": "b", "type": "event", "stage": "planned"},
        {"id": "c", "type": "event"},
        {"id": "u", "umbrella": True},
    ],
    "places": [*placed("a", "SEN", "MAR"), *placed("b", "CIV"), *placed("c", "MAR"), *placed("u", "COG")],
}


def test_headlines_leave_home_and_plans_out_of_the_partners(opened: Ask) -> None:
    engine, vocabulary = opened(portfolio(**HEADLINES))
    found = build_headlines(read_tally(engine, Selection(), vocabulary, "un"), "MAR")
    assert found.partners == ("SEN",)
    assert found.planned_only == ("CIV",)
    types = {one.activity_type: one for one in found.types}
    assert (types["project"].count.firm, types["project"].count.qualifier) == (1, ">=")
    assert (types["project"].countries, types["project"].at_home) == (1, True)
    assert (types["event"].count.firm, types["event"].count.planned, types["event"].countries) == (1, 1, 0)
    assert found.undated == 3


def stated(about: dict[str, str]) -> dict[str, Any]:
    return {
        "programmes": [{"id": "p"}, {"id": "child", "parent": "p"}, {"id": "other"}],
        "actors": [{"id": "x"}],
        "activities": [
            {"id": "a", "programme": "p"},
            {"id": "b", "programme": "child"},
            {"id": "c", "programme": "p", "stage": "planned"},
            {"id": "d", "programme": "other"},
        ],
        "participants": [{"activity": "d", "actor": "x"}],
        "places": [*placed("a", "SEN", "MAR"), *placed("b", "CIV"), *placed("c", "COG"), *placed("d", "KEN")],
        "indicators": [{"id": "named", "itemised_by": "partner_countries", "mappable": False}],
        "results": [{"indicator": "named", "value": 9.0, **about}],
    }


@pytest.mark.parametrize(
    ("about", "identified"),
    [
        ({"programme": "p"}, ("CIV", "SEN")),
        ({"actor": "x"}, ("KEN",)),
        ({"activity": "a"}, ("SEN",)),
    ],
)
def test_a_stated_number_is_set_beside_the_countries_named(
    opened: Ask, about: dict[str, str], identified: tuple[str, ...]
) -> None:
    engine, vocabulary = opened(portfolio(**stated(about)))
    (found,) = stated_totals(engine, Selection(), vocabulary, "un", "MAR")
    assert (found.stated, found.identified, found.gap) == (9.0, identified, 9.0 - len(identified))


def test_nothing_stated_is_compared_with_nothing(opened: Ask) -> None:
    rows = {
        **stated({"programme": "p"}),
        "results": [{"indicator": "named", "value": None, "programme": "p"}],
    }
    engine, vocabulary = opened(portfolio(**rows))
    assert stated_totals(engine, Selection(), vocabulary, "un", "MAR") == []
    rows["indicators"] = [{"id": "named"}]
    rows["results"] = [{"indicator": "named", "value": 9.0, "programme": "p"}]
    engine, vocabulary = opened(portfolio(**rows))
    assert stated_totals(engine, Selection(), vocabulary, "un", "MAR") == []


# Measures


def test_every_listed_measure_can_be_asked_by_its_id(opened: Ask) -> None:
    engine, vocabulary = opened(
        portfolio(
            activities=[{"id": "a"}],
            results=[{"activity": "a", "value": 1.0}],
            finances=[{"activity": "a", "value": 1.0}, {"activity": "a", "value": 1.0, "currency": "EUR"}],
        )
    )
    listed = list_measures(vocabulary)
    assert [one.id for one in listed] == ["activities", *TYPES, "result:trained", "commitment", "commitment"]
    assert len({one.key for one in listed}) == len(listed)
    for measure in listed:
        assert (
            parse_measure(measure.id, vocabulary, measure.unit if measure.kind == "amount" else None)
            == measure
        )
        assert measure_by_country(engine, measure, Selection(), vocabulary, "un").measure == measure


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("result:nothing", None, "no measure"),
        ("women", None, "no measure"),
        ("", None, "no measure"),
        ("result:hidden", None, "may not be mapped"),
        ("commitment", None, "EUR, USD"),
        ("commitment", "MAD", "MAD"),
    ],
)
def test_a_measure_that_cannot_be_asked_is_refused(
    opened: Ask, text: str, currency: str | None, said: str
) -> None:
    _, vocabulary = opened(
        portfolio(
            activities=[{"id": "a"}],
            indicators=[{"id": "hidden", "mappable": False}],
            finances=[{"activity": "a", "value": 1.0}, {"activity": "a", "value": 1.0, "currency": "EUR"}],
        )
    )
    with pytest.raises(SelectionError, match=said):
        parse_measure(text, vocabulary, currency)


def test_an_amount_in_one_currency_needs_no_choice_and_none_has_none(opened: Ask) -> None:
    _, vocabulary = opened(portfolio(activities=[{"id": "a"}], finances=[{"activity": "a", "value": 1.0}]))
    assert parse_measure("commitment", vocabulary).unit == "USD"
    assert [parse_measure(kind, vocabulary).unit for kind in AMOUNTS if kind != "commitment"] == ["?"] * 3


# Evidence and records


def test_evidence_hangs_on_its_source_up_to_a_limit(opened: Ask) -> None:
    engine, vocabulary = opened(
        portfolio(
            sources=[{"id": "s1"}, {"id": "s2"}],
            activities=[{"id": f"a{number}", "source": "s1"} for number in range(3)] + [{"id": "free"}],
            results=[{"activity": "a0", "value": 1.0, "source": "s2", "note_fr": "Attention"}],
            notes=[{"about_id": "a0", "kind": "method", "source": "s2"}, {"about_id": "a0"}],
        )
    )
    first, second = read_evidence(engine, limit=2)
    assert [row["id"] for row in first.activities] == ["a0", "a1"]
    assert first.counts == {"activities": 3, "results": 0, "notes": 0}
    assert (len(second.activities), len(second.results), len(second.notes)) == (0, 1, 1)
    assert {kind: len(rows) for kind, rows in read_notes(engine).items()} == {"method": 1, "context": 1}
    assert [row["note_fr"] for row in read_row_remarks(engine, "results")] == ["Attention"]
    assert len(read_records(engine, Selection(), vocabulary, limit=2)) == 2
    assert vocabulary.options["source"].keys() == {"s1", "s2"}
