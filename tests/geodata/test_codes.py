"""Which country a text names; names and regions in three languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata._tables import read_rows
from geodata.codes import (
    AMBIGUOUS,
    LANGUAGES,
    alias_problems,
    aliases,
    countries,
    country_name,
    country_names,
    match_country,
    near_countries,
    normalised,
    region_name,
    region_names,
)
from geodata.errors import LayerError

NAMED = [(name, iso3) for iso3, names in country_names().items() for name in names.values()]
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: tuple[Form, ...] = ("NFC", "NFD", "NFKC", "NFKD")
TATWEEL = "\u0640"


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("Niger", "NER"), ("NIGER", "NER"), ("النيجر", "NER"), ("Nigeria", "NGA"), ("Nigéria", "NGA"),
        ("Congo", "COG"), ("الكونغو", "COG"), ("Congo-Brazzaville", "COG"), ("République du Congo", "COG"),
        ("R. du Congo", "COG"), ("Congo (Republic of)", "COG"),
        ("RDC", "COD"), ("R.D. Congo", "COD"), ("DR Congo", "COD"), ("Congo - Kinshasa", "COD"),
        ("Congo, the Democratic Republic of the", "COD"), ("الكونغو الديمقراطية", "COD"),
        ("République démocratique du Congo", "COD"),
        ("Guinée", "GIN"), ("République de Guinée", "GIN"), ("Guinée-Bissau", "GNB"),
        ("GUINEE BISSAU", "GNB"),
        ("Guinée équatoriale", "GNQ"), ("Papouasie-Nouvelle-Guinée", "PNG"), ("Guinée Conakry", "GIN"),
        ("Soudan", "SDN"), ("Soudan du Sud", "SSD"), ("Dominique", "DMA"), ("République dominicaine", "DOM"),
        ("Côte d’Ivoire", "CIV"), ("COTE D'IVOIRE", "CIV"), ("Cote d Ivoire", "CIV"), ("ساحل العاج", "CIV"),
        ("Cap-Vert", "CPV"), ("Cabo Verde", "CPV"), ("l’Inde", "IND"), ("République de l’Inde", "IND"),
        ("Etats-Unis d’Amérique", "USA"), ("The Gambia", "GMB"), ("Gambia, The", "GMB"), ("sn", "SEN"),
        ("NA", "NAM"), (" mar ", "MAR"), ("المَغْرِب", "MAR"), ("الســنغال", "SEN"), ("مصر", "EGY"),
        ("UK", "GBR"),
        ("Corée du Sud", "KOR"), ("République de Corée", "KOR"), ("Sénégal, République du", "SEN"),
    ],
)  # fmt: skip
def test_a_name_is_matched(text: str, iso3: str) -> None:
    assert match_country(text) == iso3


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", "Afrique", "Africa", "Europe", "Nigerr", "Corée", "Korea", "Saint-Martin", "Guyane",
        "République", "Republic of China", "Sahel", "Monde", "région MENA", "Congo et Gabon", "n/a",
        "Sénégal, Mali", "d", "XX", "XXX", "Antarctique", "Afrique de l'Ouest",
    ],
)  # fmt: skip
def test_what_is_no_country_is_not_guessed(text: str) -> None:
    assert match_country(text) is None


def test_every_name_and_code_resolves_to_its_country() -> None:
    codes = [(code, iso3) for iso3, country in countries().items() for code in (iso3, country.iso2)]
    assert alias_problems([*NAMED, *codes]) == []


def test_every_alias_resolves_and_none_is_idle() -> None:
    assert alias_problems(aliases()) == []
    keys = [normalised(text) for text, _ in aliases()]
    assert len(set(keys)) == len(keys)
    own = {normalised(name) for name, _ in NAMED}
    assert own.isdisjoint(keys)
    assert set(AMBIGUOUS).isdisjoint(keys)


def test_a_wrong_alias_is_seen() -> None:
    wrong = [("Nigeria", "NER"), ("Atlantide", "FRA")]
    assert alias_problems(wrong) == [
        "'Nigeria' resolves to NGA; expected NER",
        "'Atlantide' resolves to no country; expected FRA",
    ]


def test_no_two_countries_share_a_key() -> None:
    owners: dict[str, set[str]] = {}
    for name, iso3 in [*NAMED, *aliases()]:
        owners.setdefault(normalised(name), set()).add(iso3)
    assert {key: found for key, found in owners.items() if len(found) > 1} == {}


def test_the_reviewed_table_of_other_names_is_matched(shared: Path) -> None:
    rows = read_rows("country_aliases.csv", ("key", "iso3", "sources", "note"), shared / "geo" / "reference")
    left_out = {"eau", "oma", "virgin islands", "st martin"}
    given_for = [(row["key"], row["iso3"]) for row in rows if row["iso3"] not in ("", "ATA")]
    assert alias_problems([(key, iso3) for key, iso3 in given_for if key not in left_out]) == []
    assert {row["key"] for row in rows if row["key"] in left_out and match_country(row["key"])} == set()


@given(
    st.sampled_from(NAMED),
    st.sampled_from(["", " ", "\u00a0", "\t"]),
    st.sampled_from([str, str.upper, str.lower, str.casefold]),
    st.sampled_from(FORMS),
)
def test_space_case_and_unicode_form_do_not_matter(
    named: tuple[str, str], space: str, case: Callable[[str], str], form: Form
) -> None:
    name, iso3 = named
    assert match_country(space + unicodedata.normalize(form, case(name)) + space) == iso3


@given(st.sampled_from(NAMED), st.data())
def test_accents_tatweel_and_punctuation_do_not_matter(named: tuple[str, str], draw: st.DataObject) -> None:
    name, iso3 = named
    bare = "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))
    dashed = bare.replace("-", " ").replace("’", draw.draw(st.sampled_from("'’`ʼ"))).replace(" ", "  ")
    arabic = [place for place, sign in enumerate(dashed) if "\u0621" <= sign <= "\u064a"]
    if arabic:
        place = draw.draw(st.sampled_from(arabic)) + 1
        dashed = dashed[:place] + TATWEEL + dashed[place:]
    assert match_country(dashed) == iso3


@given(st.text())
def test_a_key_is_its_own_key_and_any_text_is_looked_up_without_fault(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)
    assert match_country(text) in {None, *countries()}


@given(st.sampled_from(NAMED), st.text("abcdefghijklmnopqrstuvwxyz", min_size=6, max_size=6))
def test_a_name_with_a_foreign_word_is_no_match(named: tuple[str, str], word: str) -> None:
    assert match_country(f"{named[0]} {word}") is None


def test_suggestions_are_for_a_person() -> None:
    assert near_countries("Senegall", 3)[0] == "SEN"
    assert near_countries("Zimbabwé de l'est", 1) == ["ZWE"]
    assert near_countries("المغربية", 3)[0] == "MAR"
    assert near_countries("zzzzzzzz") == []
    assert len(near_countries("Guin", 2)) == 2


def test_names_are_read_by_code() -> None:
    assert [country_name("CPV", lang) for lang in LANGUAGES] == ["Cap-Vert", "Cabo Verde", "الرأس الأخضر"]
    assert country_name("COD", "fr") == "République démocratique du Congo"
    assert country_name("COG", "fr") == "Congo"
    assert country_name("XYZ", "fr") == "XYZ"
    assert country_names()["MAR"] == {"fr": "Maroc", "en": "Morocco", "ar": "المغرب"}


def test_every_region_of_a_country_has_a_name_in_three_languages() -> None:
    used = {code for country in countries().values() for code in (country.region, country.subregion)}
    used |= {country.intermediate for country in countries().values()} - {""}
    assert used | {"001"} == set(region_names())
    for code in region_names():
        assert all(region_name(code, lang) not in {"", code} for lang in LANGUAGES), code
    assert region_name("202", "fr") == "Afrique subsaharienne"
    assert region_name("999", "fr") == "999"


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aliases.csv").write_text("alias,iso3\nMaroc,MAR\n", encoding="utf-8")
    with pytest.raises(LayerError, match="expected alias, iso3, origin"):
        read_rows("aliases.csv", ("alias", "iso3", "origin"), tmp_path)
    (tmp_path / "aliases.csv").write_text("alias,iso3,origin\nMaroc,MAR\n", encoding="utf-8")
    with pytest.raises(LayerError, match="in every row"):
        read_rows("aliases.csv", ("alias", "iso3", "origin"), tmp_path)
    with pytest.raises(LayerError, match="cannot be read"):
        read_rows("absent.csv", ("alias",), tmp_path)
