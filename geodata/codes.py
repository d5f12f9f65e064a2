"""Codes, names and regions of countries without their shapes, and the country that a text names.

A text names a country when its normalised key is that of a code, of a name in French, English or Arabic,
or of a reviewed alias. Nothing is guessed: what is merely near is a suggestion for a person.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from geodata._tables import read_rows

LANGUAGES: Final = ("fr", "en", "ar")

AMBIGUOUS: Final = frozenset({"saint martin", "st martin"})
"""Keys that name two territories: they resolve to none."""

_FILLERS: Final = frozenset((
    "the", "of", "and", "la", "le", "les", "de", "du", "des", "et",
    "el", "los", "las", "del", "da", "do", "dos", "di", "y",
))  # fmt: skip
_REPUBLIC: Final = frozenset(("republique", "republic", "republica", "rep", "جمهوريه"))
_SEVERAL_REPUBLICS: Final = frozenset(
    ("congo", "coree", "korea", "corea", "chine", "china", "كونغو", "كوريا", "صين")
)
_LETTERS: Final = str.maketrans({
    "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ة": "ه", "ى": "ي", "ی": "ي", "ک": "ك", "گ": "ك", "ڤ": "ف", "پ": "ب", "چ": "ج", "ٱ": "ا",
    "ء": "", "ـ": "", "ʼ": " ", "ʻ": " ", "ʹ": " ",
})  # fmt: skip


@dataclass(frozen=True)
class Country:
    """A row of ``countries.csv``; regions are M49 codes, an absent one is the empty string."""

    iso3: str
    iso2: str
    m49: str
    name_fr: str
    name_en: str
    name_ar: str
    region: str
    subregion: str
    intermediate: str

    def name(self, lang: str) -> str:
        """The name in `lang`, one of `LANGUAGES`."""
        return {"fr": self.name_fr, "en": self.name_en, "ar": self.name_ar}[lang]


@lru_cache(maxsize=1)
def countries() -> Mapping[str, Country]:
    """Every country of the `un` view by ISO alpha-3, sorted.

    Raises
    ------
    LayerError
        When ``countries.csv`` cannot be read.
    """
    rows = read_rows("countries.csv", tuple(Country.__dataclass_fields__))
    return MappingProxyType({row["iso3"]: Country(**row) for row in rows})


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, Mapping[str, str]]:
    """Names by language, by ISO alpha-3."""
    return MappingProxyType(
        {iso3: {lang: country.name(lang) for lang in LANGUAGES} for iso3, country in countries().items()}
    )


def country_name(iso3: str, lang: str) -> str:
    """The name of a country; `iso3` itself for a code that the layer does not have.

    Parameters
    ----------
    lang
        One of `LANGUAGES`.
    """
    country = countries().get(iso3)
    return country.name(lang) if country else iso3


def region_name(code: str, lang: str) -> str:
    """The name of an M49 region, subregion or intermediate region; `code` itself for an unknown one."""
    return region_names().get(code, {}).get(lang, code)


@lru_cache(maxsize=1)
def region_names() -> Mapping[str, Mapping[str, str]]:
    """Names by language of the M49 regions, by code; 001 is the world."""
    rows = read_rows("regions.csv", ("code", "kind", "parent", "name_fr", "name_en", "name_ar"))
    return MappingProxyType({row["code"]: {lang: row[f"name_{lang}"] for lang in LANGUAGES} for row in rows})


def aliases() -> list[tuple[str, str]]:
    """The reviewed aliases, as (text, ISO alpha-3)."""
    return [(row["alias"], row["iso3"]) for row in read_rows("aliases.csv", ("alias", "iso3", "origin"))]


def normalised(text: str) -> str:
    """The key of a text: no accent, vowel sign, tatweel, case, punctuation or filler word.

    Arabic letters are reduced to one form each and lose their article. Two texts with the same key name the
    same country; a key is its own key.
    """
    words = re.sub(r"[\W_]+", " ", _plain(text)).split()
    telling = [word for number, word in enumerate(words) if not _is_filler(words, number)] or words
    return " ".join(_without_article(word) for word in telling)


def _is_filler(words: list[str], number: int) -> bool:
    # An elided article stands before a vowel: l'Inde, but R.D. Congo.
    following = words[number + 1][:1] if number + 1 < len(words) else ""
    return words[number] in _FILLERS or (words[number] in ("d", "l") and following in tuple("aeiouyh"))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in folded.translate(_LETTERS) if not unicodedata.combining(letter))


def _without_article(word: str) -> str:
    while word.startswith("ال") and len(word) > 4:
        word = word[2:]
    return word


def match_country(text: str) -> str | None:
    """The ISO alpha-3 code of the country that `text` names, or None; never a guess.

    A text of two or three Latin letters is first looked up as an ISO code, whatever its case. "Republic of"
    before or after a name is left out, but for Congo, Korea and China.
    """
    code = text.strip().upper()
    if code in _codes():
        return _codes()[code]
    key = normalised(text)
    return _keys().get(key) or _republic(key)


def _republic(key: str) -> str | None:
    words = key.split()
    rest = (
        words[1:]
        if words and words[0] in _REPUBLIC
        else words[:-1]
        if words and words[-1] in _REPUBLIC
        else []
    )
    name = " ".join(rest)
    return None if name in _SEVERAL_REPUBLICS else _keys().get(name)


def near_countries(text: str, limit: int = 5) -> list[str]:
    """ISO alpha-3 codes whose names resemble `text`, nearest first: suggestions for a person."""
    found = difflib.get_close_matches(normalised(text), _keys(), n=limit * 4, cutoff=0.6)
    return list(dict.fromkeys(_keys()[key] for key in found))[:limit]


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    by_iso2 = {country.iso2: iso3 for iso3, country in countries().items()}
    return by_iso2 | {iso3: iso3 for iso3 in countries()}


@lru_cache(maxsize=1)
def _keys() -> Mapping[str, str]:
    keys: dict[str, str] = {}
    for text, iso3 in _named():
        key = normalised(text)
        if key not in AMBIGUOUS:
            keys.setdefault(key, iso3)
    return keys


def _named() -> Iterator[tuple[str, str]]:
    for iso3, names in country_names().items():
        yield from ((name, iso3) for name in names.values())
    yield from aliases()


def alias_problems(texts: Iterable[tuple[str, str]]) -> list[str]:
    """Texts that do not resolve to the country they are given for."""
    return [
        f"{text!r} resolves to {found or 'no country'}; expected {iso3}"
        for text, iso3 in texts
        if (found := match_country(text)) != iso3
    ]
