"""More ways to name a country than the layer's table: five languages, official forms, inverted names.

Everything is an exact match of a normalised key. What is added here never overrides `geodata.codes`, and a
key that two countries share names none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from babel import Locale

from geodata.codes import AMBIGUOUS, aliases, countries, country_names, match_country, normalised

ANTARCTICA: Final = "ATA"
"""In ISO 3166-1, but not in the layer of countries."""

RENAMED_CODES: Final = {"ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "BUR": "MMR", "WBG": "PSE", "KSV": "XKX",
                        "XK": "XKX", "XKX": "XKX", "ATA": ANTARCTICA, "AQ": ANTARCTICA}  # fmt: skip
"""Codes of the same country under an earlier name (ISO 3166-3), and the World Bank's own."""

_LOCALES: Final = (
    "en", "fr", "ar", "es", "pt", "pt_PT", "es_419", "es_MX", "fr_CA", "ar_SA", "ar_MA", "en_AU",
)  # fmt: skip
_POLITY: Final = frozenset(
    """
    republic rep republics kingdom state states commonwealth union federation confederation principality
    sultanate emirate duchy grand federal federative federated islamic democratic people peoples s socialist
    popular arab united plurinational bolivarian cooperative operative co hashemite independent sovereign
    eastern oriental
    republique royaume etat etats federation confederation principaute sultanat duche federale federal
    islamique democratique populaire socialiste arabe unie uni unis plurinational bolivarienne cooperative
    hachemite independant orientale federes
    republica reino estado estados federacion confederacion principado sultanato emirato ducado gran
    federativa islamica democratica socialista arabe unida
    unido unidos cooperativa hachemi independiente oriental
    mancomunidad comunidad federacao confederacao emirado grao federados uniao comunidade independente
    جمهوريه مملكه دوله اماره سلطنه كومنولث اتحاد ولايات شعبيه ديمقراطيه ديموقراطيه اسلاميه عربيه اتحاديه
    فيدراليه اشتراكيه هاشميه متحده مستقله موحده
    das e dem
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_DEMOCRATIC: Final = frozenset(
    {"democratic", "democratique", "democratica", "ديمقراطيه", "ديموقراطيه", "people", "peoples", "popular",
     "populaire", "شعبيه"}
)  # fmt: skip
_REVIEWED: Final = """
TWN Taiwan, Province of China|Taïwan, province de Chine|Taiwán, Provincia de China|Taiwan, Província da China
TWN تايوان، محافظة صينية|مقاطعة تايوان الصينية|Taiwan (Province of China)|Chinese Taipei|Taiwan, China
TWN Taïwan, Chine|Taipei, Chinese
MKD Former Yugoslav Republic of Macedonia|Macedonia, the former Yugoslav Republic of|FYROM|FYR Macedonia
MKD Ex-République yougoslave de Macédoine|Antigua República Yugoslava de Macedonia|Macedonia, FYR
MKD Antiga República Jugoslava da Macedónia|Macedonia (FYROM)|Macedonia (the former Yugoslav Republic of)
PRK Korea, Dem. People's Rep.|Korea, Dem. Rep.|Dem. People's Rep. of Korea|DPR Korea|Korea, DPR
PRK República Popular Democrática da Coreia|Coreia, República Popular Democrática da|Korea, North
PRK Corea, República Democrática Popular de|République démocratique populaire de Corée|Korea (North)
KOR República da Coreia|Coreia, República da|Korea, Rep.|Korea, South|Korea (South)|Corea, República de
LBY Libyan Arab Jamahiriya|Jamahiriya arabe libyenne|Jamahiriya Árabe Libia|Jamahiriya Árabe Líbia
LBY Socialist People's Libyan Arab Jamahiriya|Libya Arab Jamahiriya|الجماهيرية العربية الليبية
HKG Hong Kong Special Administrative Region of China|China, Hong Kong Special Administrative Region
HKG China, Hong Kong SAR|Hong Kong (China)|Hong Kong, China|Hong Kong (SAR)
MAC Macao Special Administrative Region of China|China, Macao Special Administrative Region
MAC China, Macao SAR|Macao (China)|Macao, China|Macau (China)|Macau (SAR)
RWA Rwandese Republic|Republic of Rwanda|République rwandaise|República Ruandesa|الجمهورية الرواندية
RUS Federación Rusa|Federación de Rusia|Federação Russa|Federação da Rússia|Russian Fed.|الاتحاد الروسي
CHE Confédération helvétique|Confederación Helvética|Confederación Suiza|Confederação Helvética
GRC République grecque|Hellenic Republic|République hellénique|República Helénica|الجمهورية الهلينية
KGZ Kyrgyz Republic|República Kirguiza|República Kirguisa|República do Quirguistão|الجمهورية القيرغيزية
SVK República Eslovaca|República Eslovaca|الجمهورية السلوفاكية
SMR République de San Marin|République de Saint-Marin
VAT Santa Sede (Ciudad Estado del Vaticano)|Santa Sé (Estado da Cidade do Vaticano)|Santa Sede|Santa Sé
VAT Holy See|Saint-Siège|Holy See (Vatican City State)|الكرسي الرسولي|Saint-Siège (état de la cité du Vatican)
SHN Santa Elena, Ascensión y Tristán de Acuña|Sainte-Hélène, Ascension et Tristan da Cunha
SHN Santa Helena, Ascensão e Tristão da Cunha|Saint Helena, Ascension and Tristan da Cunha
SHN Saint Helena (Ascension and Tristan da Cunha)
FLK Falkland Islands (Malvinas)|Islas Falkland (Malvinas)|Ilhas Falkland (Malvinas)|Îles Falkland (Malvinas)
FLK Malouines, Îles (Falkland)|Islas Malvinas (Falkland)|جزر فوكلاند (مالفيناس)
GBR Reino Unido da Grã-Bretanha e Irlanda do Norte|المملكة المتحدة لبريطانيا العظمى وأيرلندا الشمالية
GBR United Kingdom of Great Britain and Northern Ireland|Reino Unido de Gran Bretaña e Irlanda del Norte
TLS República Democrática de Timor Oriental|Timor Oriental|East Timor|Timor-Leste (East Timor)
BLR Bielorússia|Bielorrusia|روسيا البيضاء|Belorussia|República da Bielorrússia
MDV Islas Maldivas|Ilhas Maldivas|Îles Maldives|جمهورية جزر المالديف
BMU Islas Bermudas|Ilhas Bermudas
COM Comores, Islas|Islas Comoras|Ilhas Comores|Îles Comores|União das Comores|Unión de las Comoras
LUX Grã-Ducado do Luxemburgo|Grand-Duché de Luxembourg|Gran Ducado de Luxemburgo|دوقية لوكسمبورغ الكبرى
ARG الجمهورية الأرجنتينية|República Argentina|Argentine Republic|République argentine
GAB الجمهورية الغابونية|République gabonaise|Gabonese Republic|República Gabonesa
IRN الجمهورية الإسلامية الإيرانية|جمهورية إيران الإسلامية
ITA الجمهورية الإيطالية|República Italiana|République italienne|Italian Republic
PRT الجمهورية البرتغالية|República Portuguesa|République portugaise|Portuguese Republic
TGO الجمهورية التوغوية|République togolaise|República Togolesa|Togolese Republic
MEX الولايات المكسيكية المتحدة|Estados Unidos Mexicanos|États-Unis du Mexique|Estados Unidos do México
USA الولايات المتحدة الأميركية|الولايات المتحدة الأمريكية|Estados Unidos da América|EE.UU.|EE. UU.|EEUU|EUA
FRA الجمهورية الفرنسية|République française|República Francesa|French Republic
SOM Somali Democratic Republic|Federal Republic of Somalia|République fédérale de Somalie
TUN الجمهورية التونسية|República Tunecina|République tunisienne|República Tunisina|Tunisian Republic
DZA الجمهورية الجزائرية الديمقراطية الشعبية|République algérienne démocratique et populaire
DZA República Argelina Democrática y Popular|People's Democratic Republic of Algeria
DOM الجمهورية الدومينيكية|República Dominicana|República Dominicana
CAF جمهورية أفريقيا الوسطى|República Centroafricana|República Centro-Africana|République centrafricaine
PSE West Bank and Gaza Strip|West Bank & Gaza|Palestinian Administered Areas|Palestinian Authority
PSE Occupied Palestinian Territory|Territoires palestiniens occupés|Cisjordanie et bande de Gaza
PSE Territorio Palestino Ocupado|Cisjordania y Gaza|Cisjordânia e Gaza|الأراضي الفلسطينية المحتلة
SYR الجمهورية العربية السورية|República Árabe Siria|República Árabe Síria|République arabe syrienne
SYR Syrienne, République arabe|Syrie, République arabe de
VIR Islas Vírgenes, de EEUU|Ilhas Virgens dos Estados Unidos|Îles Vierges des États-Unis d'Amérique
VIR Virgin Islands (U.S.)|Virgin Islands, U.S.|Virgin Islands (US)|U.S. Virgin Islands
VGB Virgin Islands (British)|British Virgin Islands|Virgin Islands (UK)
PHL República das Filipinas|جمهورية الفلبين|جمهورية الفيلبين
BES Bonaire, Sint Eustatius and Saba|Bonaire, Saint-Eustache et Saba|Bonaire, San Eustaquio y Saba
BES Bonaire, Santo Eustáquio e Saba|بونير وسانت يوستاشيوس وسابا
SXM Sint Maarten (Dutch part)|Saint-Martin (partie néerlandaise)|São Martinho (Países Baixos)
MAF Saint Martin (French part)|Saint-Martin (partie française)|San Martín (zona francesa)
"""
"""Official and usual forms that no rule makes: ISO alpha-3 and texts, gathered and read one by one."""

_SEVERAL: Final = AMBIGUOUS | {"san martin", "sao martinho", "sao martin", "سان مارتن", "سانت مارتن"}
_NEVER: Final = frozenset(
    {
        "congo",
        "coree",
        "korea",
        "corea",
        "coreia",
        "chine",
        "china",
        "كونغو",
        "كوريا",
        "صين",
        "guinea ecuatorial",
    }
)
"""Names of two States that only their official forms tell apart."""

_TWO_STATES_ONCE: Final = frozenset(
    {"allemagne", "germany", "alemania", "alemanha", "yemen", "iemen", "vietnam", "viet nam", "sudan",
     "المانيا", "يمن", "فيتنام"}
)  # fmt: skip
_UNITED: Final = frozenset({"united", "uni", "unis", "unie", "unida", "unido", "unidos", "متحده"})
_REPUBLIC: Final = frozenset({"republic", "republique", "republica", "جمهوريه"})
_ALSO_A_FEDERAL_STATE: Final = frozenset({"georgia", "mexico", "mexique"})


@lru_cache(maxsize=65536)
def country_of(text: str) -> str | None:
    """The ISO alpha-3 code of the country that a text names in one of five languages, or None.

    Beyond `geodata.codes.match_country`: names of Unicode CLDR in English, French, Arabic, Spanish and
    Portuguese, official forms ("Kingdom of …", "… , República de"), inverted names ("Korea, Republic of"),
    and two names of one country, one of them in brackets.
    """
    return _direct(text) or _in_brackets(text) or _inverted(text) or _official(normalised(text))


def _direct(text: str) -> str | None:
    key = _joined(normalised(text))
    return (
        match_country(text) or RENAMED_CODES.get(text.strip().upper()) or names_of_five_languages().get(key)
    )


def _joined(key: str) -> str:
    """A key with the Arabic "and" joined to the word that follows it, whose article is left out."""
    return re.sub(r"\bو ?(?:ال(?=\w{3}))?(?=\w)", "و", key) if "و" in key else key


def _in_brackets(text: str) -> str | None:
    match = re.fullmatch(r"([^()]+)\(([^()]+)\)[\s.]*", text)
    if match is None:
        return None
    outer, inner = match.group(1).strip(), match.group(2).strip()
    named = {_direct(part) or _official(normalised(part)) for part in (outer, inner)}
    return named.pop() if len(named) == 1 else _direct(f"{inner} {outer}")


def _inverted(text: str) -> str | None:
    first, comma, last = text.partition(",")
    if not comma or "," in last or not last.strip():
        return None
    turned = f"{last.strip()} {first.strip()}"
    return _direct(turned) or _official(normalised(turned))


def _official(key: str) -> str | None:
    """The country whose name is left when the words for its form of State are taken off both ends."""
    words = _joined(key).split()
    telling = [at for at, word in enumerate(words) if word not in _POLITY]
    if not telling or len(telling) == len(words):
        return None
    before, name, after = (
        " ".join(words[: telling[0]]),
        " ".join(words[telling[0] : telling[-1] + 1]),
        " ".join(words[telling[-1] + 1 :]),
    )
    is_unsafe = _is_unsafe(name, set(f"{before} {after}".split())) or _direct(before) or _direct(after)
    return None if is_unsafe else _direct(name)


def _is_unsafe(name: str, form: set[str]) -> bool:
    if form & _UNITED and not form & _REPUBLIC:  # "États-Unis" and "United Kingdom" are countries themselves
        return True
    if len(name) <= 3 or name in _NEVER or (name in _TWO_STATES_ONCE and form & _DEMOCRATIC):
        return True
    return name in _ALSO_A_FEDERAL_STATE and not form.isdisjoint({"state", "estado", "etat"})


@lru_cache(maxsize=1)
def names_of_five_languages() -> Mapping[str, str]:
    """ISO alpha-3 by key, from CLDR's names, the layer's and `_REVIEWED`; ambiguous keys left out."""
    keys: dict[str, set[str]] = {}
    for iso3, name in _named():
        keys.setdefault(_joined(normalised(name)), set()).add(iso3)
    return MappingProxyType(
        {key: found.pop() for key, found in keys.items() if len(found) == 1 and key not in _SEVERAL}
    )


def _named() -> Iterator[tuple[str, str]]:
    for iso3, names in country_names().items():
        yield from ((iso3, name) for name in names.values())
    yield from ((iso3, alias) for alias, iso3 in aliases())
    for line in _REVIEWED.strip().splitlines():
        yield from ((line[:3], name) for name in line[4:].split("|"))
    by_iso2 = {country.iso2: iso3 for iso3, country in countries().items()} | {"AQ": ANTARCTICA}
    for locale in _LOCALES:
        for iso2, name in Locale.parse(locale).territories.items():
            if iso2 in by_iso2:
                yield from ((by_iso2[iso2], part) for part in _parts(name))


def _parts(name: str) -> Iterator[str]:
    """A name, and what stands before and within its brackets: "Myanmar (Burma)" is three names."""
    yield name
    match = re.fullmatch(r"([^()]+)\(([^()]+)\)", name)
    if match:
        yield match.group(1)
