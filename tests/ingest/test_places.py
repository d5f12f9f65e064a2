"""Countries, regions and lists of them: exact or not at all, in five languages, without losing a letter."""

from __future__ import annotations

import re

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.country_names import country_of
from ess.ingest.place_lists import read_places
from ess.ingest.places import CodeKind, decide_kind, read_code, read_place
from ess.ingest.regions import DAC_REGIONS, region_of
from ess.portfolio.codes import REGIONS, codes_in
from geodata.codes import countries, region_names

TWO_TERRITORIES = {"MAF", "SXM"}
"""Saint Martin is the name of both: alone it names neither."""


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        ("Korea, Republic of", "KOR"),
        ("Korea, Dem. People's Rep.", "PRK"),
        ("Korea, Democratic People's Republic of", "PRK"),
        ("Congo, Dem. Rep.", "COD"),
        ("Congo (Kinshasa)", "COD"),
        ("République du Congo", "COG"),
        ("Bolivia, Plurinational State of", "BOL"),
        ("Micronesia, Federated States of", "FSM"),
        ("China (People's Republic of)", "CHN"),
        ("Tanzania, United Republic of", "TZA"),
        ("Virgin Islands, British", "VGB"),
        ("Macedonia, the former Yugoslav Republic of", "MKD"),
        ("Taiwan, Province of China", "TWN"),
        ("West Bank and Gaza", "PSE"),
        ("Zaire", "COD"),
        ("Myanmar (Burma)", "MMR"),
        ("Reino de Marruecos", "MAR"),
        ("República Islâmica do Paquistão", "PAK"),
        ("المملكة المغربية", "MAR"),
        ("جمهورية مصر العربية", "EGY"),
        ("CÔTE D’IVOIRE", "CIV"),
        ("Antártida", "ATA"),
        ("Republic of South Africa", "ZAF"),
        ("Gambia, The", "GMB"),
    ],
)
def test_a_country_is_read(text: str, iso3: str) -> None:
    assert read_place(text).iso3 == iso3


@pytest.mark.parametrize("locale", ["en", "fr", "ar", "es", "pt", "pt_PT", "es_MX"])
def test_every_name_of_five_languages_is_read(locale: str) -> None:
    by_iso2 = {country.iso2: iso3 for iso3, country in countries().items()}
    names = {
        name: by_iso2[code] for code, name in Locale.parse(locale).territories.items() if code in by_iso2
    }
    found = {name: country_of(name) for name in names}
    wrong = {name: iso3 for name, iso3 in found.items() if iso3 not in {None, names[name]}}
    missing = {names[name] for name, iso3 in found.items() if iso3 is None}
    assert wrong == {}
    assert missing <= TWO_TERRITORIES | {"MAC"}


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("Gaza", {"PSE"}),
        ("Kyrgystan", {"KGZ"}),
        ("Kazakstan", {"KAZ"}),
        ("Korea", {"KOR", "PRK"}),
        ("NA", {"NAM"}),
        ("Kenya country office", {"KEN"}),
        ("Saint-Martin", TWO_TERRITORIES),
        ("State of Georgia", {"GEO"}),
        ("Democratic Republic of Germany", {"DEU"}),
        ("K\u0395N", set()),
        ("and", set()),
        ("et", set()),
    ],
)
def test_what_is_not_certain_is_only_suggested(text: str, candidates: set[str]) -> None:
    reading = read_place(text)
    assert not reading.is_resolved
    assert candidates <= set(reading.candidates)


@pytest.mark.parametrize(
    ("text", "successor"),
    [
        ("USSR", "KAZ"),
        ("Former Yugoslavia", "SRB"),
        ("ex-Yougoslavie", "HRV"),
        ("Yugoslavia, Federal Republic of", "MNE"),
        ("Serbia and Montenegro", "MNE"),
        ("Checoslovaquia", "SVK"),
        ("Antilles néerlandaises", "CUW"),
        ("East Germany", "DEU"),
    ],
)
def test_a_dissolved_state_is_named_as_such(text: str, successor: str) -> None:
    reading = read_place(text)
    assert reading.dissolved
    assert not reading.is_resolved
    assert successor in reading.candidates


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("Africa, regional", "002"),
        ("Africa, Unspecified", "002"),
        ("Regional, Asia", "142"),
        ("South of Sahara, regional", "202"),
        ("North of Sahara, regional", "015"),
        ("Micronesia, regional", "057"),
        ("Worldwide", "001"),
        ("Global", "001"),
        ("Latin America & Caribbean", "419"),
        ("أفريقيا، إقليمي", "002"),
        ("Afrique de l'Ouest", "011"),
        ("América del Sur", "005"),
        ("Developing countries, unspecified", None),
        ("North & Central America, regional", None),
        ("Far East Asia, regional", None),
        ("States Ex-Yugoslavia unspecified", None),
        ("Middle East and North Africa", None),
        ("Multi-country", None),
    ],
)
def test_a_region_is_a_region(text: str, region: str | None) -> None:
    reading = read_place(text)
    assert reading.is_region
    assert (reading.iso3, reading.region) == (None, region)


def test_every_region_of_the_layer_is_read() -> None:
    unread = {
        name
        for code, names in region_names().items()
        for name in names.values()
        if code != "057" and read_place(name).region != code
    }
    assert unread == set()


@pytest.mark.parametrize(("vocabulary", "code", "region"), [
    ("1", "298", "002"), ("", "289", "202"), ("1", "589", None), ("1", "7", None), ("2", "14", "014"),
    ("2", "002", "002"), ("2", "999", None), ("99", "298", None),
])  # fmt: skip
def test_region_codes(vocabulary: str, code: str, region: str | None) -> None:
    assert region_of(vocabulary, code) == region


def test_dac_regions_are_m49_or_none() -> None:
    assert {code for code in DAC_REGIONS.values() if code} <= codes_in(REGIONS)
    assert len(DAC_REGIONS) == 27


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["KEN", "UGA", "NA"], "iso"),
        (["ke", "na"], "iso"),
        (["004", "404"], "m49"),
        (["4", "404"], "m49"),
        (["Kenya", "Uganda", "NA"], "names"),
        (["625", "298"], "names"),
    ],
)
def test_a_column_is_of_codes_or_of_names(texts: list[str], kind: CodeKind) -> None:
    assert decide_kind(texts) == kind


def test_codes_are_read_by_the_kind_of_their_column() -> None:
    assert read_code("NA", "iso").iso3 == "NAM"
    assert read_code("NA", "names").iso3 is None
    assert read_code("ken\u00a0", "iso").iso3 == "KEN"
    assert read_code("004", "m49").iso3 == "AFG"
    assert read_code(4, "m49").iso3 == "AFG"
    assert read_code("002", "m49").region == "002"
    assert read_code("Kenya", "iso").iso3 == "KEN"
    assert read_code("404", "names").iso3 is None


def listed(text: str, kind: CodeKind = "names", separator: str = "") -> list[tuple[str, str | None, str]]:
    return [
        (piece.text, piece.reading.iso3 or piece.reading.region, str(piece.percentage or ""))
        for piece in read_places(text, kind, separator)
    ]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Kenya; Uganda", [("Kenya", "KEN", ""), ("Uganda", "UGA", "")]),
        ("Kenya 60%; Uganda 40%", [("Kenya", "KEN", "60"), ("Uganda", "UGA", "40")]),
        ("Kenya (60), Uganda (40)", [("Kenya", "KEN", "60"), ("Uganda", "UGA", "40")]),
        ("60 % Kenya / 40 % Uganda", [("Kenya", "KEN", "60"), ("Uganda", "UGA", "40")]),
        ("Kenya 33,3%, Uganda 66,7%", [("Kenya", "KEN", "33.3"), ("Uganda", "UGA", "66.7")]),
        ("Congo, Dem. Rep., Kenya and Uganda",
         [("Congo, Dem. Rep.", "COD", ""), ("Kenya", "KEN", ""), ("Uganda", "UGA", "")]),
        ("Micronesia, Federated States of, Fiji",
         [("Micronesia, Federated States of", "FSM", ""), ("Fiji", "FJI", "")]),
        ("Africa, regional, Angola", [("Africa, regional", "002", ""), ("Angola", "AGO", "")]),
        ("Sénégal et Mali", [("Sénégal", "SEN", ""), ("Mali", "MLI", "")]),
        ("São Tomé e Príncipe e Angola", [("São Tomé e Príncipe", "STP", ""), ("Angola", "AGO", "")]),
        ("Guatemala y Trinidad y Tobago", [("Guatemala", "GTM", ""), ("Trinidad y Tobago", "TTO", "")]),
        ("كينيا وأوغندا", [("كينيا", "KEN", ""), ("أوغندا", "UGA", "")]),
        ("Serbia, Montenegro", [("Serbia", "SRB", ""), ("Montenegro", "MNE", "")]),
        ("United Kingdom, Benin", [("United Kingdom", "GBR", ""), ("Benin", "BEN", "")]),
        ("Seychelles, États-Unis", [("Seychelles", "SYC", ""), ("États-Unis", "USA", "")]),
        ("Kenya, Atlantis, Uganda", [("Kenya", "KEN", ""), ("Atlantis", None, ""), ("Uganda", "UGA", "")]),
        ("Office of Policy, Planning and Budget", [("Office of Policy, Planning and Budget", None, "")]),
        ("", []),
        ("n/a", []),
    ],
)  # fmt: skip
def test_a_list_falls_apart_at_the_right_places(text: str, pieces: list[tuple[str, str | None, str]]) -> None:
    assert listed(text) == pieces


def test_codes_may_be_parted_by_anything() -> None:
    assert [code for _, code, _ in listed("KEN;UGA", "iso")] == ["KEN", "UGA"]
    assert [code for _, code, _ in listed("KEN UGA, NA", "iso")] == ["KEN", "UGA", "NAM"]


def test_a_named_separator_is_the_only_one() -> None:
    assert listed("Congo, Kenya#Uganda", "names", "#") == [("Congo, Kenya", None, ""), ("Uganda", "UGA", "")]


names = st.sampled_from(
    sorted({country.name_en for country in countries().values()} - {"Saint Martin", "Sint Maarten"})
)


@given(st.lists(names, min_size=1, max_size=4), st.sampled_from(["; ", ", ", " | ", " and ", " / ", "\n"]))
def test_listed_countries_come_back_in_order(chosen: list[str], sign: str) -> None:
    pieces = read_places(sign.join(chosen))
    assert [piece.reading.iso3 for piece in pieces] == [read_place(name).iso3 for name in chosen]


@given(st.text(alphabet=st.characters(categories=["L", "Zs", "P"]), max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    pieces = read_places(text)
    left = "".join(re.findall(r"\w", " ".join(piece.text for piece in pieces)))
    words = {"and", "et", "y", "e", "und", "as", "well", "ainsi", "que", "و"}
    given_words = [word for word in re.findall(r"\w+", text) if word.casefold() not in words]
    if pieces:
        assert all("".join(re.findall(r"\w", word)) in left or "و" in word for word in given_words)
