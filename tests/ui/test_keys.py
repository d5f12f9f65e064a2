"""The state and its address are inverses; what an address holds in vain is reported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.breaks import MAX_CLASSES, MIDDLES, MIN_CLASSES, MOST_LIMITS, SCHEMES
from ess.analysis.comparing import SIDES, Sides
from ess.analysis.measures import list_measures
from ess.analysis.normalising import NORMS
from ess.analysis.quality import LACKS, NO_ACTOR
from ess.analysis.selection import Selection, Unusable
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.locales import LANGUAGES
from ess.maps.palette import PALETTES
from ess.settings import Settings
from ess.store.differing import KINDS as CHANGES
from ess.store.differing import TOLD
from ess.store.engine import open_engine
from ess.store.opening import open_snapshot
from ess.ui.keys import MARKS, Compared, Followed, PageState, Wanting, format_state, parse_state, side_options
from geodata.codes import country_names
from geodata.layer import BOUNDARY_VIEWS
from tests.factories import PROPERTY

VOCABULARY: Vocabulary = read_vocabulary(open_engine(open_snapshot(None), "duckdb"))
USUAL = Settings()


def codes_of(key: str) -> st.SearchStrategy[tuple[str, ...]]:
    """Some codes of a filter, in any order."""
    texts = ["femmes", "Côte d'Ivoire", "التعاون", "<b>a & b</b>"] if key == "q" else [""]
    return st.lists(st.sampled_from(sorted(VOCABULARY.options[key]) or texts), unique=True, max_size=3).map(
        lambda codes: tuple(code for code in codes if code)
    )


def sides_of(kind: str) -> st.SearchStrategy[Sides]:
    """What may be compared of a kind, in any order."""
    codes = st.lists(
        st.sampled_from(sorted(side_options(kind, VOCABULARY))), unique=True, max_size=SIDES[kind]
    )
    return codes.map(lambda found: Sides(kind, tuple(found)))


settings_of_deployments = st.builds(
    Settings, boundary_view=st.sampled_from(BOUNDARY_VIEWS), language=st.sampled_from(LANGUAGES)
)
positions = st.tuples(
    st.integers(-90_000, 90_000).map(lambda thousandths: thousandths / 1000),
    st.integers(-219_999, 219_999).map(lambda thousandths: thousandths / 1000),
    st.integers(0, 36).map(lambda quarters: quarters / 4),
)
#: Numbers as a reader may type them: -0 and 0 are the same limit.
numbers = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
pages = st.integers(1, 9_999)
compared = st.builds(
    Compared,
    older=st.sampled_from(["", "e7a5d4b482a48f59"]),
    newer=st.sampled_from(["", "102c7c3a56f5aad1"]),
    kind=st.sampled_from(["", *CHANGES]),
    table=st.sampled_from(["", *TOLD]),
    text=st.sampled_from(["", "école", "<b> & ’"]),
    page=pages,
)
wanting = st.builds(
    Wanting,
    lacking=st.sampled_from(["", *LACKS]),
    keeper=st.sampled_from(["", NO_ACTOR, *VOCABULARY.options["actor"]]),
    page=pages,
)
states = st.builds(
    PageState,
    lang=st.sampled_from(LANGUAGES),
    view=st.sampled_from(BOUNDARY_VIEWS),
    measure=st.sampled_from(list_measures(VOCABULARY)),
    selection=st.builds(Selection, **{key: codes_of(key) for key in FILTERS}),
    scheme=st.sampled_from(SCHEMES),
    k=st.integers(MIN_CLASSES, MAX_CLASSES),
    palette=st.sampled_from(PALETTES),
    breaks=st.lists(numbers, unique=True, max_size=MOST_LIMITS).map(lambda limits: tuple(sorted(limits))),
    middle=st.sampled_from(MIDDLES) | numbers,
    norm=st.sampled_from(NORMS),
    mark=st.sampled_from(MARKS),
    iso3=st.none() | st.sampled_from(sorted(country_names())),
    at=st.none() | positions,
    compared=compared,
    wanting=wanting,
    followed=st.builds(
        Followed,
        by=st.sampled_from(["", "records"]),
        direction=st.sampled_from(["", "stated"]),
        pair=st.sampled_from(
            ["", "MAR-SEN", "MAR~SEN", "?-SEN", "MAR-:002", "MAR-:", "tri-0123456789abcdef"]
        ),
        page=st.integers(1, 9_999_999),
    ),
    sides=st.sampled_from(sorted(SIDES)).flatmap(sides_of),
)


@PROPERTY
@given(states, settings_of_deployments)
def test_an_address_gives_back_the_state_it_was_made_from(state: PageState, settings: Settings) -> None:
    assert parse_state(format_state(state, settings), VOCABULARY, settings) == (state, [])


@PROPERTY
@given(states, settings_of_deployments, settings_of_deployments)
def test_a_complete_address_means_the_same_in_every_deployment(
    state: PageState, here: Settings, there: Settings
) -> None:
    address = format_state(state, here, complete=True)
    assert address == format_state(state, there, complete=True)
    assert parse_state(address, VOCABULARY, there) == (state, [])


def test_a_short_address_depends_on_the_deployment() -> None:
    here, there = Settings(language="fr"), Settings(language="ar")
    state, _ = parse_state({}, VOCABULARY, here)
    assert format_state(state, here) == {}
    assert parse_state(format_state(state, here), VOCABULARY, there)[0] != state


rubbish = st.text(max_size=30) | st.sampled_from(
    ["nan", "inf,inf,inf", "1,2", "1,2,nan", "999", "XXX", "${x}"]
)


@PROPERTY
@given(
    st.dictionaries(
        st.sampled_from(
            [
                *FILTERS,
                "lang",
                "view",
                "measure",
                "scheme",
                "k",
                "palette",
                "iso3",
                "at",
                "breaks",
                "middle",
                "norm",
                "mark",
                "by",
                "direction",
                "pair",
                "flow_at",
                "years_at",
                "compare",
                "with",
            ]
        )
        | rubbish,
        st.lists(rubbish, max_size=3),
        max_size=6,
    )
)
def test_any_address_gives_a_state_that_can_be_written_again(params: dict[str, list[str]]) -> None:
    state, unusable = parse_state(params, VOCABULARY, USUAL)
    assert parse_state(format_state(state, USUAL), VOCABULARY, USUAL) == (state, [])
    assert {one.key for one in unusable} <= set(params)
    given = {(key, value) for key, values in params.items() for value in values}
    used = {
        (key, value) for key, values in format_state(state, USUAL, complete=True).items() for value in values
    }
    assert all(
        (key, value) in used
        or key in {"at", "breaks", "middle", *FILTERS}
        or key in {one.key for one in unusable}
        for key, value in given
    )


@pytest.mark.parametrize(
    ("params", "reported"),
    [
        ({"iso3": ["XXX"]}, Unusable("iso3", "XXX")),
        ({"iso3": ["SEN", "CIV"]}, Unusable("iso3", "CIV")),
        ({"k": ["999"]}, Unusable("k", "999")),
        ({"k": ["05"]}, Unusable("k", "05")),
        ({"k": ["1"]}, Unusable("k", "1")),
        ({"measure": ["women"]}, Unusable("measure", "women")),
        ({"at": ["nan,0,3"]}, Unusable("at", "nan,0,3")),
        ({"at": ["0,0,inf"]}, Unusable("at", "0,0,inf")),
        ({"breaks": ["5,x,10"]}, Unusable("breaks", "x")),
        ({"breaks": ["1,2,3,4,5,6,7,8,9"]}, Unusable("breaks", "9")),
        ({"breaks": ["inf"]}, Unusable("breaks", "inf")),
        ({"middle": ["centre"]}, Unusable("middle", "centre")),
        ({"middle": ["nan"]}, Unusable("middle", "nan")),
        ({"middle": ["mean", "3"]}, Unusable("middle", "3")),
        ({"norm": ["gdp"]}, Unusable("norm", "gdp")),
        ({"mark": ["bubbles"]}, Unusable("mark", "bubbles")),
        ({"at": ["91,0,3"]}, Unusable("at", "91,0,3")),
        ({"pair": ["MAR>SEN"]}, Unusable("pair", "MAR>SEN")),
        ({"by": ["commitment:XXX"]}, Unusable("by", "commitment:XXX")),
        ({"direction": ["north"]}, Unusable("direction", "north")),
        ({"flow_at": ["0"]}, Unusable("flow_at", "0")),
        ({"years_at": ["-1"]}, Unusable("years_at", "-1")),
        ({"at": ["1,2"]}, Unusable("at", "1,2")),
        ({"year": ["abc"]}, Unusable("year", "abc")),
        ({"type": ["project", "fair"]}, Unusable("type", "fair")),
        ({"utm_source": ["mail"]}, Unusable("utm_source", "mail")),
    ],
)
def test_what_means_nothing_is_reported(params: dict[str, list[str]], reported: Unusable) -> None:
    assert parse_state(params, VOCABULARY, USUAL)[1] == [reported]


@pytest.mark.parametrize(
    "typed", ["10,5,20.5", " 20.5 ; 5 ;; 10,", "5\u060c 10\uff0c2.05e1", "5,10,10,20.50"]
)
def test_typed_limits_are_read_in_any_order_and_writing(typed: str) -> None:
    state, unusable = parse_state({"scheme": ["manual"], "breaks": [typed]}, VOCABULARY, USUAL)
    assert (state.breaks, unusable) == ((5.0, 10.0, 20.5), [])
    assert format_state(state, USUAL)["breaks"] == ["5,10,20.5"]


def test_the_good_limits_are_kept_beside_what_is_none() -> None:
    state, unusable = parse_state({"breaks": ["5,ten,20"]}, VOCABULARY, USUAL)
    assert state.breaks == (5.0, 20.0)
    assert unusable == [Unusable("breaks", "ten")]


def test_the_good_part_of_a_filter_is_kept() -> None:
    state, unusable = parse_state({"type": ["project", "fair", "project"]}, VOCABULARY, USUAL)
    assert state.selection.type == ("project",)
    assert unusable == [Unusable("type", "fair")]


def test_a_value_of_any_length_is_only_reported() -> None:
    long = 100_000 * "x"
    state, unusable = parse_state({"measure": [long], "type": [long]}, VOCABULARY, USUAL)
    assert state == parse_state({}, VOCABULARY, USUAL)[0]
    assert {one.key for one in unusable} == {"measure", "type"}


def test_what_does_not_fit_side_by_side_is_reported() -> None:
    actors = list(VOCABULARY.options["actor"])[:3]
    state, unusable = parse_state({"compare": ["actors"], "with": [*actors, "nobody"]}, VOCABULARY, USUAL)
    assert state.sides == Sides("actors", tuple(actors[:2]))
    assert unusable == [Unusable("with", actors[2]), Unusable("with", "nobody")]
    state, unusable = parse_state({"compare": ["stars"], "with": ["SEN", "SEN", "sen"]}, VOCABULARY, USUAL)
    assert state.sides == Sides("countries", ("SEN",))
    assert unusable == [Unusable("compare", "stars"), Unusable("with", "sen")]
