"""Mapping files: what may be said, what is refused and how, and that writing undoes reading."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.errors import BadInput
from ess.ingest.known import known_mappings
from ess.ingest.mapping import format_mapping, parse_mapping
from ess.ingest.meanings import (
    CONSTANTS,
    KINDS,
    MEANINGS,
    ROLES,
    ROW_KINDS,
    SCHEMES,
    AmountMeaning,
    FigureMeaning,
    Meaning,
    ParticipantMeaning,
    PlaceMeaning,
    TableMapping,
    TagMeaning,
)
from tests.ingest.sheets import make_sheet, read_activities

FULL = """
name: example
recognise: [Code, Pays]
rows: locations
language: fr
dates: dmy
numbers: {Montant: "1.234,56"}
blank: [à préciser]
notes: [Les montants sont en millions.]
places: {Siège: none, Zone Sahel: region}
constants: {providers: NO, year: 2020}
columns:
  id: Code
  title: [Titre, Intitulé]
  title_en: Title
  recipients: {column: Pays, codes: ISO, percentages: Part, separator: ";"}
  stage: {column: Statut, values: {Clos: done}, otherwise: under_way}
participants: [{column: Opérateur, role: implementing, type: 22}]
amounts: [{column: Montant, kind: commitment, currency_column: Devise, scale: 1e6, date: Date}]
tags: [{column: ODD, scheme: SDG_goal, coded_by: analyst}]
figures: [{column: Femmes, indicator: women, label: {fr: Femmes}, unit: women, sex: female, year: 2020}]
"""


def test_a_mapping_is_read() -> None:
    mapping = parse_mapping(FULL)
    assert mapping.rows == "locations"
    assert mapping.constants == {"providers": "NO", "year": "2020"}
    assert mapping.columns["title"] == Meaning(("Titre", "Intitulé"))
    assert mapping.columns["recipients"] == PlaceMeaning(("Pays",), "ISO", "Part", ";")
    assert mapping.amounts[0].scale == Decimal(1_000_000)
    assert mapping.participants[0].type == "22"
    assert mapping.figures[0].year == "2020"


def test_scalars_stay_as_they_are_written() -> None:
    mapping = parse_mapping("constants: {recipients: NO}\nplaces: {x: 004, y: 'on', z: 2020-01-01}")
    assert mapping.constants["recipients"] == "NO"
    assert mapping.places == {"x": "004", "y": "on", "z": "2020-01-01"}


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("collumns: {}", "mapping_unknown_key", "collumns.*columns"),
        ("columns: {titel: A}", "mapping_unknown_key", "titel.*title"),
        ("amounts: [{column: A, kind: gift}]", "mapping_wrong_value", "gift.*commitment"),
        ("amounts: [{kind: budget}]", "mapping_wrong_value", "column"),
        ("amounts: [{column: A, kind: budget, colour: B}]", "mapping_unknown_key", "colour.*currency"),
        ("amounts: [{column: A, kind: budget, scale: many}]", "mapping_wrong_value", "many"),
        ("amounts: [{column: A, kind: budget, scale: -1}]", "mapping_wrong_value", "-1"),
        ("rows: cells", "mapping_wrong_value", "cells.*locations"),
        ("rows: matrix", "mapping_wrong_value", "matrix"),
        ("rows: locations", "mapping_wrong_value", "id"),
        ("dates: ymd", "mapping_wrong_value", "ymd.*dmy"),
        ("numbers: {A: '1_234'}", "mapping_wrong_value", "1_234"),
        ("constants: {type: party}", "mapping_wrong_value", "party.*project"),
        ("columns: {stage: {column: A, values: {x: finished}}}", "mapping_wrong_value", "finished.*done"),
        ("columns: {recipients: {separator: ';'}}", "mapping_wrong_value", "column"),
        ("tags: [{column: A, scheme: sdg}]", "mapping_wrong_value", "sdg.*SDG_goal"),
        ("tags: {column: A}", "mapping_wrong_value", "list"),
        ("name: a\nname: b", "mapping_wrong_value", "once"),
        ("a: &x [1]\nb: *x", "mapping_wrong_value", "aliases"),
        ("name: [", "mapping_no_yaml", "line"),
        ("- a", "mapping_wrong_value", "columns"),
        ("x" * 300_000, "mapping_too_long", "262144"),
        ("a: " + "[" * 500 + "]" * 500, "mapping_", ""),
        ("!!python/object/apply:os.system [ls]", "mapping_wrong_value", ""),
    ],
)
def test_what_a_mapping_may_not_say_is_refused_in_a_sentence(text: str, code: str, said: str) -> None:
    with pytest.raises(BadInput) as error:
        parse_mapping(text)
    assert error.value.code.startswith(code)
    assert re.search(said, str(error.value), re.DOTALL)


def test_an_empty_mapping_means_nothing() -> None:
    assert parse_mapping("") == TableMapping()


headings = st.text(st.characters(categories=["L", "N", "Zs", "P"]), min_size=1, max_size=12).filter(str.strip)
mappings = st.builds(
    TableMapping,
    name=headings,
    notes=st.lists(headings, max_size=2).map(tuple),
    numbers=st.dictionaries(headings, st.sampled_from(["1.234,56", "1,234.56"]), max_size=2),
    places=st.dictionaries(headings, st.sampled_from(["KEN", "NO", "002", "region", "none"]), max_size=2),
    constants=st.dictionaries(
        st.sampled_from(["providers", "year"]), st.sampled_from(["NO", "2020"]), max_size=2
    ),
    columns=st.fixed_dictionaries(
        {},
        optional={
            "title": st.builds(Meaning, st.lists(headings, min_size=1, max_size=2).map(tuple)),
            "stage": st.builds(
                Meaning, st.tuples(headings), st.dictionaries(headings, st.just("done"), max_size=2)
            ),
            "recipients": st.builds(PlaceMeaning, st.tuples(headings), headings, headings, st.just(";")),
        },
    ),
    participants=st.lists(st.builds(ParticipantMeaning, headings, st.sampled_from(ROLES)), max_size=2).map(
        tuple
    ),
    amounts=st.lists(
        st.builds(
            AmountMeaning,
            headings,
            st.sampled_from(KINDS),
            scale=st.sampled_from([Decimal(1), Decimal(1000)]),
        ),
        max_size=2,
    ).map(tuple),
    tags=st.lists(st.builds(TagMeaning, headings, st.sampled_from(SCHEMES)), max_size=2).map(tuple),
    figures=st.lists(
        st.builds(FigureMeaning, headings, st.just("x"), st.just({"fr": "X"}), is_additive=st.booleans()),
        max_size=2,
    ).map(tuple),
)


@given(mappings)
def test_what_is_written_is_read(mapping: TableMapping) -> None:
    assert parse_mapping(format_mapping(mapping)) == mapping


def test_shipped_mappings_are_read_as_written_and_have_names_of_their_own() -> None:
    shipped = known_mappings()
    assert len({mapping.name for mapping in shipped}) == len(shipped) >= 10
    assert [parse_mapping(format_mapping(mapping)) for mapping in shipped] == list(shipped)


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(BadInput, match=r"Titel.*Title, Country") as error:
        read_activities(make_sheet(["Title", "Country"], ["a", "Kenya"]), "columns: {title: Titel}")
    assert error.value.code == "mapping_column_missing"


def test_a_column_may_be_named_loosely_by_tag_or_by_letter() -> None:
    sheet = make_sheet(
        ["Projet : intitulé", "Pays", "X"], ["Eau", "Kenya", "5"], tags=["#activity", "#country", ""]
    )
    activities, _ = read_activities(
        sheet,
        "columns: {title: projet intitule, recipients: '#country'}\n"
        "amounts: [{column: column C, kind: budget, currency: USD}]",
    )
    assert activities[0].titles == {"": "Eau"}
    assert activities[0].recipients[0].iso3 == "KEN"
    assert activities[0].amounts[0].value == 5


def test_the_page_on_mappings_names_every_word(root: Path) -> None:
    page = (root / "docs" / "mapping.md").read_text(encoding="utf-8")
    words = {*MEANINGS, *CONSTANTS, *ROW_KINDS, *KINDS, *ROLES, *SCHEMES}
    told = {
        word
        for word in words
        if re.search(rf"`{re.escape(word)}`", page) or re.match(r"\w+_(fr|en|ar|es|pt)$", word)
    }
    assert told == words


def test_the_examples_of_the_page_are_mappings(root: Path) -> None:
    page = (root / "docs" / "mapping.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert len(examples) >= 2
    for example in examples:
        assert parse_mapping(example).columns
