"""Regions by name and by the OECD's code, as UN M49 codes where M49 has the same region.

Names decide: a region of the OECD's list has the code of the M49 region of the same name, although the two
differ at their edges (the OECD counts Sudan south of the Sahara, M49 north of it).
Where M49 has no region of that name, the region has no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from babel import Locale

from ess.portfolio.codes import REGIONS, codes_in
from geodata.codes import normalised, region_names

DAC_REGIONS: Final[Mapping[str, str | None]] = MappingProxyType({
    "88": None, "89": "150", "189": "015", "289": "202", "298": "002", "380": None, "389": None,
    "489": "005", "498": "019", "589": None, "619": "143", "679": "034", "689": None, "789": None,
    "798": "142", "889": "009", "998": None, "9998": None, "1027": "014", "1028": "017", "1029": "018",
    "1030": "011", "1031": "029", "1032": "013", "1033": "054", "1034": "057", "1035": "061",
})  # fmt: skip
"""Codes of the OECD's list of regional recipients (IATI code list Region), each with its M49 code or None."""

_LANGUAGES: Final = ("en", "fr", "ar", "es", "pt", "pt_PT", "es_MX")
_MARKS: Final = frozenset(
    """
    regional regionale regionaux unspecified unallocated undistributed multicountry multi country region
    countries country regionais regionales ventile non especificado no nao especifica alloue
    programme program regiao region interregional wide
    اقليمي اقليميه دول منطقه بلدان غير محدد محدده
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Words that say that a region is meant, and are no part of its name (as `normalised` writes them)."""

_WITH_CODE: Final[Mapping[str, str]] = MappingProxyType({
    "001": "global|worldwide|world wide|the world|mondial|mondiale|monde entier|dans le monde|all countries|"
           "tous les pays|todos los países|todo el mundo|mundial|todos os países|"
           "عالمي|كل البلدان|international",
    "002": "all africa|africa wide|toute l'Afrique|pan africa|afrique entière|أفريقيا",
    "015": "north africa|north of sahara|nord du sahara|norte del sahara|norte de África|norte do saara|"
           "África del norte|África do norte|norte de africa|شمال افريقيا",
    "202": "sub saharan africa|subsaharan africa|south of sahara|sud du sahara|sur del sahara|sul do saara|"
           "afrique sub saharienne|afrique au sud du sahara|África al sur del sahara|ssa",
    "014": "east africa|africa east|afrique de l'est|África del este",
    "017": "central africa|africa central",
    "011": "west africa|africa west|afrique de l'ouest|África del oeste|África Ocidental",
    "018": "southern africa|africa southern|afrique australe|África austral",
    "019": "america|americas|the americas|las américas|as américas|amériques",
    "419": "latin america and caribbean|latin america & the caribbean|lac region|amérique latine et caraïbes|"
           "amérique latine et les caraïbes|américa latina y el caribe|américa latina e caribe|"
           "américa latina e o caribe|rblac",
    "029": "the caribbean|caribbean islands|caraïbe|caraibes|les caraïbes|el caribe|o caribe",
    "013": "central america|amérique centrale|américa central",
    "005": "south america|amérique du sud|américa del sur|sudamérica|américa do sul",
    "003": "north america|amérique du nord",
    "030": "east asia|asie de l'est|asia del este|leste asiático",
    "035": "southeast asia|south east asia|asie du sud est|sudeste asiático|sud est asiatique",
    "034": "south asia|asie du sud|asia del sur|sul da ásia|ásia do sul|sur de asia",
    "145": "west asia|western asia|asie de l'ouest",
    "143": "central asia",
    "009": "oceania|océanie|oceanía",
    "054": "melanesia|mélanésie", "061": "polynesia|polynésie",
    "150": "europe",
})  # fmt: skip

_WITHOUT_CODE: Final = (
    "middle east|moyen orient|oriente medio|medio oriente|médio oriente|oriente médio|proche orient|"
    "الشرق الأوسط|near east|middle east and north africa|mena|moyen orient et afrique du nord|"
    "oriente medio y norte de África|الشرق الأوسط وشمال أفريقيا|west indies|antilles|antillas|"
    "east asia and pacific|asie de l'est et pacifique|asia oriental y el pacífico|europe and central asia|"
    "europe et asie centrale|europa y asia central|asia and pacific|asia pacific|asie et pacifique|"
    "asie pacifique|asia y el pacífico|ásia e pacífico|pacific|pacific islands|the pacific|pacifique|"
    "îles du pacifique|far east asia|far east|extrême orient|south and central asia|asie du sud et centrale|"
    "asie du sud et asie centrale|asia meridional y central|north and central america|"
    "caribbean and central america|amérique du nord et centrale|america north and central|"
    "eastern and southern africa|africa eastern and southern|afrique orientale et australe|"
    "western and central africa|africa western and central|afrique de l'ouest et du centre|"
    "west and central africa|afrique occidentale et centrale|eastern europe and central asia|"
    "central and eastern europe|europe de l'est et asie centrale|europe and cis|europe and the cis|cis|"
    "commonwealth of independent states|cei|arab states|états arabes|estados árabes|الدول العربية|"
    "arab world|arab countries|pays arabes|sahel|the sahel|le sahel|maghreb|grand maghreb|المغرب العربي|"
    "mashreq|horn of africa|corne de l'Afrique|cuerno de África|great lakes|great lakes region|"
    "grands lacs|lake chad basin|bassin du lac tchad|balkans|western balkans|balkans occidentaux|caucasus|"
    "south caucasus|caucase|mekong|greater mekong subregion|"
    "south eastern europe|south east europe|southeastern europe|europe du sud est|asean|"
    "saarc|apec|sadc|ecowas|cedeao|cédéao|uemoa|"
    "waemu|cemac|ceeac|eccas|igad|comesa|eac|east african community|african union|union africaine|uma|"
    "caricom|oecs|organization of eastern caribbean states|organisation of eastern caribbean states|"
    "mercosur|mercosul|sica|aladi|celac|cplp|palop|g77|brics|european union|union européenne|"
    "unión europea|união europeia|الاتحاد الأوروبي|eu|ue|oecd countries|developing countries|"
    "developing countries unspecified|pays en développement|pays en développement non spécifiés|"
    "países en desarrollo|países em desenvolvimento|البلدان النامية|least developed countries|ldcs|pma|"
    "pays les moins avancés|small island developing states|sids|peid|states ex yugoslavia|"
    "bilateral unspecified|bilateral|multi country|multicountry|multi pays|multipays|plusieurs pays|"
    "several countries|various countries|various|multiple countries|multiple|divers pays|divers|"
    "varios países|varios|vários países|vários|plurinational|multilateral|regional|régional|régionale|"
    "interregional|inter regional|multi regional|multi region|multiregional|south south|sud sud|francophonie|"
    "african countries|pays africains|países africanos|asian countries|andean region|andean countries|"
    "pays andins|países andinos|cono sur|southern cone|amazon basin|cuenca amazónica|mesoamerica|"
    "other countries|autres pays|otros países|outros países|other regions|central europe|europe centrale"
)


def region_of(vocabulary: str, code: str) -> str | None:
    """The M49 code of a coded region; None where the code is unknown or M49 has no such region.

    Parameters
    ----------
    vocabulary
        IATI code list RegionVocabulary: ``1`` (or empty) the OECD's list, ``2`` UN M49; others are the
        publisher's own and have no M49 code.
    """
    bare = code.strip()
    if vocabulary in {"", "1"}:
        return DAC_REGIONS.get(bare)
    padded = bare.zfill(3)
    return padded if vocabulary == "2" and padded in codes_in(REGIONS) else None


@lru_cache(maxsize=65536)
def match_region(text: str) -> tuple[str | None] | None:
    """The region that a text names: a tuple of its M49 code, or of None where it has none.

    None itself when the text names no region. Words like "regional" and "unspecified" are left out first.
    """
    key = normalised(text)
    bare = _without_marks(key)
    for candidate in (key, bare):
        if candidate in _by_key():
            return (_by_key()[candidate],)
    return (None,) if key and not bare else None


def is_marked(text: str) -> bool:
    """Whether a text says that a region is meant, as in "Micronesia, regional"."""
    key = normalised(text)
    return _without_marks(key) != key


def _without_marks(key: str) -> str:
    words = key.split()
    while words and words[0] in _MARKS:
        words.pop(0)
    while words and words[-1] in _MARKS:
        words.pop()
    return " ".join(words)


@cache
def _by_key() -> Mapping[str, str | None]:
    keys: dict[str, str | None] = {}
    for name in _WITHOUT_CODE.split("|"):
        keys.setdefault(normalised(name), None)
    for code, name in _named():
        keys.setdefault(normalised(name), code)
    return MappingProxyType(keys)


def _named() -> Iterator[tuple[str, str]]:
    """Names of regions, the surest first: the layer's own, those listed here, and CLDR's."""
    for code, names in region_names().items():
        yield from ((code, name) for name in names.values())
    for code, listed in _WITH_CODE.items():
        yield from ((code, name) for name in listed.split("|"))
    codes = codes_in(REGIONS)
    for language in _LANGUAGES:
        territories = Locale.parse(language).territories
        yield from (
            (code, re.sub(r"\(.*\)", "", name)) for code, name in territories.items() if code in codes
        )
