"""Identifiers of a portfolio's rows, made from what a file says: the same file always gives the same ones."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ess.portfolio.schema import ID_PATTERN

_FORM = re.compile(ID_PATTERN)
_FOREIGN = re.compile(r"[^A-Za-z0-9._:-]+")
_LONGEST = 80
_DIGEST_BYTES = 4


def format_identifier(text: str) -> str:
    """`text` as an identifier of the portfolio; texts that differ have identifiers that differ.

    A text that has the form of one already is its own. Any other is spelled in plain letters, with a short
    digest of the original behind it.
    """
    if _FORM.fullmatch(text):
        return text
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = _FOREIGN.sub("-", letters).strip("-._:")[:_LONGEST]
    return f"{plain}-{digest(text)}" if plain else f"x{digest(text)}"


def digest(text: str) -> str:
    """Eight hexadecimal digits that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).hexdigest()


class Register:
    """Identifiers given out so far; no two are equal."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._given

    def __len__(self) -> int:
        return len(self._given)

    @property
    def given(self) -> frozenset[str]:
        """All of them."""
        return frozenset(self._given)

    def give(self, wanted: str) -> str:
        """`wanted`, or with a number behind it where it is taken."""
        found, number = wanted, 1
        while found in self._given:
            number += 1
            found = f"{wanted}.{number}"
        self._given.add(found)
        return found
