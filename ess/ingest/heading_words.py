"""What headings usually mean, in English, French, Spanish and Portuguese."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from ess.ingest.cells import key_of
from ess.ingest.numbers import currencies

_WORDS: Final = Path(__file__).with_suffix(".yml")

AMOUNT_KINDS: Final = ("commitment", "disbursement", "expenditure", "budget", "amount")
ROLES: Final = ("implementing", "funding", "accountable", "participant")

_THOUSANDS: Final = re.compile(
    r"\b(?:thousands?|milliers?|miles|milhares|000s?|k(?:usd|eur|€|\$)|mille)\b|'000|\b(?:USD|EUR|US\$) ?k\b",
    re.IGNORECASE,
)
_MILLIONS: Final = re.compile(
    r"\b(?:millions?|millones|milh[oõ]es|mln|mio|mn|m(?:usd|eur)|usd ?m|eur ?m|"
    r"m ?eur|m ?usd|m ?us\$|m ?€|m ?\$|us\$ ?m)\b|M€|M\$|€ ?m\b",
    re.IGNORECASE,
)
_BILLIONS: Final = re.compile(r"\b(?:billions?|milliards?|bn|mds?|mil millones)\b", re.IGNORECASE)


@cache
def _by_key() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    words_by_meaning: dict[str, str] = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    for meaning, words in words_by_meaning.items():
        for word in words.split("|"):
            found.setdefault(key_of(word), []).append(meaning)
    return found


def meanings_of(heading: str) -> dict[str, float]:
    """What a heading may mean, with how sure that is from 0 to 1.

    The whole heading counts most; then the same without its unit in brackets and without words for money and
    its scale; then the longest usual heading that begins or ends it.
    """
    scores: dict[str, float] = {}
    for text, sureness in ((heading, 1.0), (bare(heading), 0.95)):
        for meaning in _by_key().get(key_of(text), ()):
            scores.setdefault(meaning, sureness)
    if scores:
        return scores
    words = key_of(bare(heading)).split()
    for length in range(len(words) - 1, 0, -1):
        for part in (words[:length], words[-length:]):
            for meaning in _by_key().get(" ".join(part), ()):
                if len(" ".join(part)) > 2:
                    scores.setdefault(meaning, 0.5 * length / len(words) + 0.2)
    return scores


def bare(heading: str) -> str:
    """A heading without brackets, currency codes and words of scale: "Montant (M EUR)" is "Montant"."""
    text = re.sub(r"[(\[][^)\]]*[)\]]", " ", heading)
    for pattern in (_MILLIONS, _BILLIONS, _THOUSANDS):
        text = pattern.sub(" ", text)
    words = re.split(r"[\s_:/,-]+", text)
    return " ".join(
        word
        for word in words
        if word.upper() not in {"USD", "EUR", "XOF", "XAF", "MAD", "GBP", "US$", "$", "€"} and word
    )


def scale_of(heading: str) -> Decimal:
    """By what the numbers under a heading are to be multiplied: 1000000 under "USD million"."""
    for pattern, scale in ((_BILLIONS, 10**9), (_MILLIONS, 10**6), (_THOUSANDS, 10**3)):
        if pattern.search(heading):
            return Decimal(scale)
    return Decimal(1)


def currency_of(heading: str) -> str:
    """The currency that a heading names for certain, as an ISO 4217 code; empty where it names none."""
    if re.search(r"US ?\$|\$ ?US", heading, re.IGNORECASE):
        return "USD"
    if "€" in heading or re.search(r"\beuros?\b", heading, re.IGNORECASE):
        return "EUR"
    codes = [
        word
        for word in re.findall(r"(?<![A-Za-z])[A-Za-z]{3}(?![A-Za-z])", heading)
        if word.upper() in _COMMON and (word.isupper() or word.lower() in {"usd", "eur", "xof", "xaf", "gbp"})
    ]
    return codes[0].upper() if len(codes) == 1 else ""


_COMMON: Final = frozenset(
    code
    for code in currencies()
    if code not in {"ALL", "TOP", "MOP", "CUP", "SOS", "PEN", "LEI", "BAM", "ANG", "GEL"}
)
"""Currency codes that are no English word."""
