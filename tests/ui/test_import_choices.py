"""The form over a mapping: what it changes and, above all, what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.mapping import format_mapping, parse_mapping
from ess.ingest.meanings import (
    PLACES,
    AmountMeaning,
    FigureMeaning,
    Meaning,
    ParticipantMeaning,
    PlaceMeaning,
    TableMapping,
    TagMeaning,
)
from ess.ui.importing import choices
from tests.factories import PROPERTY

COLUMNS = ("Pays", "Où", "Titre", "Montant", "column C", "#country+code")
MEANINGS = [one for group in choices.SHOWN.values() for one in group if one != choices.SECTOR]

names = st.sampled_from(COLUMNS)
some_names = st.lists(names, min_size=1, max_size=3, unique=True).map(tuple)
meanings = st.builds(
    Meaning, some_names, st.dictionaries(st.sampled_from(["a", "b"]), st.just("planned")), st.just("")
)
places = st.builds(
    PlaceMeaning, some_names, st.sampled_from(["", "Code"]), st.sampled_from(["", "%"]), st.just(";")
)
columns = st.fixed_dictionaries({}, optional={key: places if key in PLACES else meanings for key in MEANINGS})
amounts = st.builds(
    AmountMeaning,
    names,
    st.sampled_from(["budget", "commitment"]),
    st.sampled_from(["", "EUR"]),
    scale=st.sampled_from([Decimal(1), Decimal(1000)]),
    date=st.sampled_from(["", "Titre"]),
)
tags = st.builds(
    TagMeaning, names, st.sampled_from(["sector", "SDG_goal", "DAC5"]), st.sampled_from(["", ";"])
)
mappings = st.builds(
    TableMapping,
    name=st.just("my-table"),
    language=st.sampled_from(["", "fr"]),
    notes=st.just(("What it takes for granted",)),
    constants=st.sampled_from([{}, {"providers": "MAR"}]),
    columns=columns,
    participants=st.just((ParticipantMeaning("Qui", "funding"),)),
    amounts=st.lists(amounts, max_size=2).map(tuple),
    tags=st.lists(tags, max_size=3).map(tuple),
    figures=st.just((FigureMeaning("Nombre", "women-trained"),)),
)


def without(mapping: TableMapping, meaning: str) -> TableMapping:
    """The mapping without one meaning."""
    return replace(mapping, columns={key: one for key, one in mapping.columns.items() if key != meaning})


@PROPERTY
@given(mappings, st.sampled_from(MEANINGS))
def test_choosing_what_is_chosen_already_changes_nothing(mapping: TableMapping, meaning: str) -> None:
    assert choices.with_column(mapping, meaning, choices.column_of(mapping, meaning)) == mapping


@PROPERTY
@given(mappings, st.sampled_from(MEANINGS), st.sampled_from(["", "Ailleurs"]))
def test_a_chosen_column_is_read_and_everything_else_stays(
    mapping: TableMapping, meaning: str, column: str
) -> None:
    changed = choices.with_column(mapping, meaning, column)
    assert choices.column_of(changed, meaning) == column
    assert without(changed, meaning) == without(mapping, meaning)
    assert parse_mapping(format_mapping(changed)) == changed


@PROPERTY
@given(mappings, st.sampled_from(MEANINGS))
def test_another_column_keeps_how_its_cells_are_read(mapping: TableMapping, meaning: str) -> None:
    before = mapping.columns.get(meaning)
    after = choices.with_column(mapping, meaning, "Ailleurs").columns[meaning]
    if isinstance(before, PlaceMeaning):
        assert after == replace(before, columns=("Ailleurs", *before.columns[1:]), codes="")
    elif before is not None:
        assert after == replace(before, columns=("Ailleurs", *before.columns[1:]))
    else:
        assert after == (PlaceMeaning(("Ailleurs",)) if meaning in PLACES else Meaning(("Ailleurs",)))


@PROPERTY
@given(mappings, st.sampled_from(["", "Ailleurs"]), st.sampled_from(choices.SECTOR_SCHEMES))
def test_sectors_are_one_classification_among_others(mapping: TableMapping, column: str, scheme: str) -> None:
    old = choices.sector_of(mapping)
    changed = choices.with_sector(mapping, column, scheme)
    others = [tag for tag in mapping.tags if tag is not old]
    if column:
        assert sum(tag.column == column and tag.scheme == scheme for tag in changed.tags) >= 1
        assert len(changed.tags) == len(others) + 1
    else:
        assert list(changed.tags) == others
    assert replace(changed, tags=mapping.tags) == mapping


@PROPERTY
@given(mappings, amounts)
def test_only_the_first_amount_is_changed(mapping: TableMapping, amount: AmountMeaning) -> None:
    changed = choices.with_amount(mapping, amount)
    assert changed.amounts == (amount, *mapping.amounts[1:])
    assert choices.with_amount(mapping, None).amounts == mapping.amounts[1:]
    assert replace(changed, amounts=mapping.amounts) == mapping


def test_a_column_of_codes_beside_the_names_does_not_outdo_what_was_chosen() -> None:
    mapping = TableMapping(columns={"recipients": PlaceMeaning(("Nom",), codes="Code", percentages="%")})
    assert choices.further_columns(mapping, "recipients") == ("Code", "%")
    changed = choices.with_column(mapping, "recipients", "Terrain")
    assert changed.columns["recipients"] == PlaceMeaning(("Terrain",), percentages="%")


def test_a_column_that_is_known_by_its_codes_only_is_shown() -> None:
    mapping = TableMapping(columns={"recipients": PlaceMeaning(codes="ISO")})
    assert choices.column_of(mapping, "recipients") == "ISO"
    assert choices.further_columns(mapping, "recipients") == ()


@pytest.mark.parametrize(
    ("name", "heading"),
    [("pays", "Pays"), ("PAYS ", "Pays"), ("column C", "Titre"), ("Nulle part", "Nulle part"), ("", "")],
)
def test_a_heading_is_found_however_a_mapping_names_it(name: str, heading: str) -> None:
    assert choices.heading_of(("Pays", "Où", "Titre"), name) == heading


def test_a_sample_is_of_different_values_and_leaves_blanks_out() -> None:
    rows = [["a", " "], ["a", "x"], ["b"], ["c", "y"], ["d", "z"]]
    assert choices.sample_of(("A", "B"), rows, "A") == ["a", "b", "c"]
    assert choices.sample_of(("A", "B"), rows, "B") == ["x", "y", "z"]
    assert choices.sample_of(("A", "B"), rows, "C") == []
