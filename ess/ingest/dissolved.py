"""States that are no more, by name and code, with the States that stand where they stood.

A record that names one is kept unplaced: nobody knows which successor it would be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from geodata.codes import normalised


@dataclass(frozen=True, slots=True)
class DissolvedState:
    """A dissolved State: its English name and the ISO alpha-3 codes of its successors."""

    name: str
    successors: tuple[str, ...]


_SOVIET: Final = "ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB"
_YUGOSLAV: Final = "BIH HRV MKD MNE SRB SVN XKX"

_STATES: Final[tuple[tuple[str, str, str], ...]] = (
    ("Union of Soviet Socialist Republics", _SOVIET,
     ("USSR|U.S.S.R.|URSS|U.R.S.S.|SUN|Soviet Union|Union soviétique|Unión Soviética|União Soviética|"
     "Union des républiques socialistes soviétiques|Unión de Repúblicas Socialistas Soviéticas|"
     "União das Repúblicas Socialistas Soviéticas|الاتحاد السوفيتي|الاتحاد السوفياتي")),
    ("Yugoslavia", _YUGOSLAV,
     ("YUG|Yougoslavie|Iugoslávia|Jugoslávia|يوغوسلافيا|SFR Yugoslavia|FR Yugoslavia|Yugoslavia, FR|"
     "Yugoslavia, Federal Republic of|Federal Republic of Yugoslavia|"
     "Socialist Federal Republic of Yugoslavia|République fédérale de Yougoslavie|Yugoslavia, SFR")),
    ("Serbia and Montenegro", "MNE SRB XKX",
     ("SCG|Serbie-et-Monténégro|Serbie et Monténégro|Serbia y Montenegro|Sérvia e Montenegro|"
            "Serbia-Montenegro|"
     "صربيا والجبل الأسود|Serbia & Montenegro")),
    ("Czechoslovakia", "CZE SVK",
     "CSK|Tchécoslovaquie|Checoslovaquia|Checoslováquia|Tchecoslováquia|تشيكوسلوفاكيا|Czecho-Slovakia"),
    ("Netherlands Antilles", "ABW BES CUW SXM",
     ("ANT|AN|Antilles néerlandaises|Antillas Neerlandesas|Antillas Holandesas|Antilhas Holandesas|"
     "Antilhas Neerlandesas|جزر الأنتيل الهولندية|الأنتيل الهولندية|Dutch Antilles|Neth. Antilles")),
    ("German Democratic Republic", "DEU",
     ("DDR|GDR|East Germany|Allemagne de l'Est|Alemania Oriental|Alemanha Oriental|ألمانيا الشرقية|"
     "République démocratique allemande|República Democrática Alemana|República Democrática Alemã|RDA")),
    ("Democratic Yemen", "YEM",
     ("YMD|South Yemen|Yemen, Democratic|People's Democratic Republic of Yemen|Yémen du Sud|"
            "Yémen démocratique|"
     "Yemen del Sur|Iémen do Sul|اليمن الجنوبي")),
    ("Trust Territory of the Pacific Islands", "FSM MHL MNP PLW",
     "PCI|Pacific Islands (Trust Territory)|Trust Territory of the Pacific"),
    ("Federation of Rhodesia and Nyasaland", "MWI ZMB ZWE", "Rhodesia and Nyasaland"),
    ("French Indochina", "KHM LAO VNM", "Indochina|Indochine|Indochine française"),
    ("United Arab Republic", "EGY SYR", "UAR (Egypt and Syria)|République arabe unie"),
)  # fmt: skip

_FORMER: Final = re.compile(
    r"^(?:the |l ?)?(?:former|ex|ancienne?|antigua|antiga|former state of|سابقا)[\s-]+", re.IGNORECASE
)


@cache
def dissolved_state(text: str) -> DissolvedState | None:
    """The dissolved State that a text names, by exact key or former ISO 3166 code; None for any other text.

    "Former" and "ex-" before the name change nothing. A list with commas names several
    States, not one that is gone.
    """
    if "," in text and normalised(text) == "serbia montenegro":
        return None
    return _by_key().get(normalised(text)) or _by_key().get(normalised(_FORMER.sub("", text)))


@cache
def _by_key() -> dict[str, DissolvedState]:
    states: dict[str, DissolvedState] = {}
    for name, successors, others in _STATES:
        state = DissolvedState(name, tuple(successors.split()))
        states |= {normalised(other): state for other in (name, *others.split("|"))}
    return states
