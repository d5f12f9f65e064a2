"""What place a text names: a country, a region, a State that is gone, or nothing that is certain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Literal

from ess.ingest.cells import clean, text_of
from ess.ingest.country_names import ANTARCTICA, RENAMED_CODES, country_of
from ess.ingest.dissolved import dissolved_state
from ess.ingest.records import Recipient
from ess.ingest.regions import DAC_REGIONS, is_marked, match_region, region_of
from ess.ingest.sheets import Cell
from geodata.codes import countries, near_countries, normalised

__all__ = ["DAC_REGIONS", "PlaceReading", "read_code", "read_place", "region_of"]

CodeKind = Literal["iso", "m49", "names"]
"""What the cells of a column are: ISO 3166-1 codes of two or three letters, M49 numbers, or names."""

_HINTS: Final = {
    "gaza": "PSE", "gaza strip": "PSE", "west bank": "PSE", "cisjordanie": "PSE", "cisjordania": "PSE",
    "abyei": "SDN SSD", "abyei area": "SDN SSD", "korea": "KOR PRK", "coree": "KOR PRK", "corea": "KOR PRK",
    "coreia": "KOR PRK", "saint martin": "MAF SXM", "st martin": "MAF SXM", "virgin islands": "VGB VIR",
    "england": "GBR", "scotland": "GBR", "wales": "GBR", "northern ireland": "GBR", "zanzibar": "TZA",
    "somaliland": "SOM", "puntland": "SOM", "kurdistan": "IRQ", "tibet": "CHN", "na": "NAM",
}  # fmt: skip
"""Texts that name no country by themselves, and what a person might have meant."""

_SUGGESTED: Final = 5


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What a text names.

    Attributes
    ----------
    iso3
        ISO alpha-3 of the country; None where no country was recognised.
    region
        M49 code, where a region was recognised that M49 has a code for.
    dissolved, successors
        English name of a State that is no more, and the ISO alpha-3 codes of those that stand in its place.
    """

    text: str
    iso3: str | None = None
    region: str | None = None
    is_region: bool = False
    dissolved: str = ""
    successors: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[str, ...]:
        """ISO alpha-3 codes that a person may choose from where nothing is certain; takes milliseconds."""
        return () if self.is_resolved else self.successors or suggest_countries(self.text)

    @property
    def is_resolved(self) -> bool:
        """Whether a country or a region was recognised."""
        return self.iso3 is not None or self.is_region

    def recipient(self, percentage: Decimal | None = None) -> Recipient:
        """The reading as a record keeps it."""
        return Recipient(self.iso3, self.region, self.is_region, percentage, self.text)


@lru_cache(maxsize=65536)
def read_place(text: str) -> PlaceReading:
    """What a name or a code names: the country first, then a dissolved State, then a region; never a guess.

    ``NA`` alone is not read here as Namibia: in a column of names it rather means that nothing is stated (see
    `read_code` for columns of codes).
    """
    bare = clean(text)
    if not is_marked(bare) and bare.upper() != "NA" and (iso3 := _country(bare)):
        return PlaceReading(bare, iso3=iso3)
    if state := dissolved_state(bare):
        return PlaceReading(bare, dissolved=state.name, successors=state.successors)
    if region := match_region(bare):
        return PlaceReading(bare, region=region[0], is_region=True)
    return PlaceReading(bare)


def _country(text: str) -> str | None:
    if text.isalpha() and text.islower() and text in {"and", "et", "per", "can", "no", "is", "in", "it"}:
        return None
    return None if dissolved_state(text) else country_of(text)


def read_code(cell: Cell, kind: CodeKind) -> PlaceReading:
    """What a cell of a column names, the column being of ISO codes, of M49 codes, or of names.

    In a column of codes a name is still understood, and ``NA`` is Namibia.
    """
    text = text_of(cell)
    if kind == "m49" and text.isdecimal():
        return _by_number(text)
    code = text.upper()
    if kind == "iso" and code in _iso():
        return PlaceReading(text, iso3=_iso()[code])
    return read_place(text)


def _by_number(text: str) -> PlaceReading:
    padded = text.zfill(3)
    if padded in _m49():
        return PlaceReading(text, iso3=_m49()[padded])
    region = region_of("2", padded)
    return PlaceReading(text, region=region, is_region=region is not None)


@lru_cache(maxsize=4096)
def suggest_countries(text: str) -> tuple[str, ...]:
    """ISO alpha-3 codes that a text suggests to a person: what its parts name, then what it resembles."""
    key = normalised(text)
    if hint := _HINTS.get(key):
        return tuple(hint.split())
    if len(text) > 80:
        return ()
    words = key.split()
    named = [country_of(word) for word in words if len(word) > 3]
    named += [country_of(" ".join(words[at : at + 2])) for at in range(len(words) - 1)]
    found = [iso3 for iso3 in named if iso3] + near_countries(text, _SUGGESTED)
    return tuple(dict.fromkeys(found))[:_SUGGESTED]


@lru_cache(maxsize=1)
def _iso() -> dict[str, str]:
    codes = {country.iso2: iso3 for iso3, country in countries().items()} | {"AQ": ANTARCTICA}
    return codes | {iso3: iso3 for iso3 in countries()} | RENAMED_CODES


@lru_cache(maxsize=1)
def _m49() -> dict[str, str]:
    return {country.m49: iso3 for iso3, country in countries().items() if country.m49} | {"010": ANTARCTICA}


@dataclass
class CodeEvidence:
    """What the cells of a column say of its kind."""

    iso: int = 0
    m49: int = 0
    other: int = 0

    def add(self, text: str) -> None:
        """Count one place, as text."""
        if text.upper() in _iso():
            self.iso += 1
        elif text.isdecimal() and text.zfill(3) in _m49():
            self.m49 += 1
        else:
            self.other += 1

    def kind(self) -> CodeKind:
        """ISO codes or M49 numbers where at least half of the cells are; else names."""
        if self.iso and self.iso >= max(self.other, self.m49):
            return "iso"
        return "m49" if self.m49 and self.m49 >= self.other else "names"


def decide_kind(texts: Iterable[str]) -> CodeKind:
    """The kind of a column, from all its places."""
    evidence = CodeEvidence()
    for text in texts:
        evidence.add(text)
    return evidence.kind()
