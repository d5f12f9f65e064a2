"""What a browser reports of the controls: good choices change the address, anything else changes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.comparing import SIDES, Sides
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.store.engine import open_engine
from ess.store.opening import open_snapshot
from ess.ui.bridge import CHOICES, LISTED, Changes, InVain, Opened, read_choice
from tests.factories import PROPERTY

VOCABULARY: Vocabulary = read_vocabulary(open_engine(open_snapshot(None), "duckdb"))
CHOSEN = Selection(type=("project", "event"), modality=("bilateral",))
ACTOR, ACTOR_ROW = next(iter(VOCABULARY.options["actor"].items()))

texts = st.sampled_from(
    ["set", "drop", "add", "country", "reset", "type", "measure", "SEN", "Kenya", "", "*"]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
choices = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("name", "key", "codes", "text", "iso3"), anything)
)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"name": "set", "key": "measure", "codes": ["project"]}, {"measure": ["project"]}),
        ({"name": "set", "key": "type", "codes": ["event"]}, {"type": ["event"]}),
        ({"name": "set", "key": "type", "codes": []}, {"type": []}),
        ({"name": "set", "key": "mark", "codes": ["circles"]}, {"mark": ["circles"]}),
        ({"name": "set", "key": "breaks", "codes": ["10; 5"]}, {"breaks": ["10; 5"]}),
        ({"name": "set", "key": "breaks", "codes": [""]}, {"breaks": [""]}),
        ({"name": "set", "key": "middle", "codes": ["2.5"]}, {"middle": ["2.5"]}),
        ({"name": "set", "key": "middle", "codes": [""]}, {"middle": [""]}),
        ({"name": "drop", "key": "type", "codes": ["project"]}, {"type": ["event"]}),
        ({"name": "add", "key": "modality", "text": "triangular"}, {"modality": ["bilateral", "triangular"]}),
        ({"name": "add", "key": "modality", "text": "bilateral"}, {"modality": ["bilateral"]}),
        ({"name": "add", "key": "actor", "text": ACTOR_ROW["name_ar"]}, {"actor": [ACTOR]}),
        ({"name": "country", "iso3": "SEN"}, {"iso3": "SEN"}),
        ({"name": "country", "iso3": None}, {"iso3": None}),
        ({"name": "country", "text": "كينيا"}, {"iso3": "KEN"}),
        ({"name": "at", "text": "8,10,3"}, {"at": "8,10,3"}),
        ({"name": "reset"}, {}),
        ({"name": "set", "key": "change", "codes": ["added"]}, {"change": ["added"]}),
        ({"name": "set", "key": "lacking", "codes": [""]}, {"lacking": []}),
        ({"name": "set", "key": "find", "codes": ["x" * 999]}, {"find": ["x" * 200]}),
    ],
)
def test_a_choice_changes_what_it_names(choice: object, expected: Changes) -> None:
    assert read_choice(choice, CHOSEN, VOCABULARY) == expected


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ({"name": "country", "text": " Sénégol "}, InVain("", "Sénégol")),
        ({"name": "add", "key": "actor", "text": "nobody"}, InVain("actor", "nobody")),
        ({"name": "set", "key": "breaks", "codes": ["1, many"]}, InVain("breaks", "1, many")),
        ({"name": "set", "key": "middle", "codes": ["centre"]}, InVain("middle", "centre")),
    ],
)
def test_what_is_typed_in_vain_is_remembered(choice: object, expected: InVain) -> None:
    assert read_choice(choice, CHOSEN, VOCABULARY) == expected


@pytest.mark.parametrize(
    "choice",
    [
        None,
        "reset",
        ["reset"],
        {},
        {"name": "set", "key": "lang", "codes": ["ar"]},
        {"name": "drop", "key": "measure", "codes": ["project"]},
        {"name": "add", "key": "type", "text": " "},
        {"name": "country", "iso3": "XXX"},
        {"name": "country", "iso3": ["SEN"]},
    ],
)
def test_anything_else_changes_nothing(choice: object) -> None:
    assert read_choice(choice, CHOSEN, VOCABULARY) is None


@PROPERTY
@given(choices | anything)
def test_whatever_a_browser_sends_only_known_keys_are_written_and_only_as_texts(choice: object) -> None:
    read = read_choice(choice, CHOSEN, VOCABULARY)
    if read is None or isinstance(read, InVain | Opened):
        return
    assert set(read) <= {*CHOICES, *LISTED, *FILTERS, "iso3"}
    for codes in read.values():
        assert codes is None or isinstance(codes, str) or all(isinstance(code, str) for code in codes)


FOUND = Sides("countries", ("SEN", "CIV"))
FULL = Sides("countries", ("SEN", "CIV", "GAB", "MLI", "COG"))


@pytest.mark.parametrize(
    ("choice", "sides", "expected"),
    [
        ({"name": "set", "key": "compare", "codes": ["years"]}, FOUND, {"compare": ["years"], "with": None}),
        ({"name": "add", "key": "with", "text": "كينيا"}, FOUND, {"with": ["SEN", "CIV", "KEN"]}),
        ({"name": "add", "key": "with", "text": "SEN"}, FOUND, {"with": ["CIV", "SEN"]}),
        ({"name": "add", "key": "with", "text": "KEN"}, FULL, {"with": ["SEN", "CIV", "GAB", "MLI", "KEN"]}),
        ({"name": "add", "key": "with", "text": "Atlantis"}, FOUND, InVain("", "Atlantis")),
        ({"name": "add", "key": "with", "text": "1066"}, Sides("years"), InVain("with", "1066")),
        ({"name": "add", "key": "with", "text": ACTOR_ROW["name_ar"]}, Sides("actors"), {"with": [ACTOR]}),
        ({"name": "drop", "key": "with", "codes": ["SEN"]}, FOUND, {"with": ["CIV"]}),
        ({"name": "drop", "key": "with", "codes": ["ZZZ"]}, FOUND, {"with": ["SEN", "CIV"]}),
    ],
)
def test_a_choice_changes_what_is_compared(choice: object, sides: Sides, expected: Changes | InVain) -> None:
    assert read_choice(choice, CHOSEN, VOCABULARY, sides) == expected
    found = read_choice(choice, CHOSEN, VOCABULARY, sides)
    assert not isinstance(found, dict) or len(found.get("with") or ()) <= SIDES[sides.kind]
