"""A cell as text: what it says, what says nothing, and the signs that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from ess.ingest.sheets import Cell

BLANKS: Final = frozenset(
    {"-", "--", "---", "–", "—", "..", "...", "…", ".", "n/a", "n.a.", "n.a", "#n/a", "unspecified", "n.d.",
     "s/d", "s.d.", "null", "none", "nan", "(blank)", "(vide)", "not available", "not applicable",
     "non disponible", "no disponible", "não disponível", "sin datos", "non renseigné", "غير متوفر"}
)  # fmt: skip
"""Texts that say that nothing is stated, in lower case. ``NA`` is not among them: it is Namibia's code."""

_UNSEEN: Final = re.compile(
    "[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u061c\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_SPACES: Final = re.compile(r"[ \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")


def text_of(cell: Cell) -> str:
    """A cell as text: unseen signs gone, spaces made one, whole numbers without ``.0``, days as ISO.

    Zero-width, bidirectional and control signs are left out; line ends stay. None is the empty text.
    """
    if isinstance(cell, str):
        return clean(cell) if cell else ""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return (cell.date() if cell.time() == datetime.min.time() else cell).isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def clean(text: str) -> str:
    """A text without unseen signs, each run of spaces one space, none at the ends."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    lines = _UNSEEN.sub("", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in lines).strip()


def is_blank(text: str, blanks: Collection[str] = ()) -> bool:
    """Whether a cleaned text states nothing: empty, one of `BLANKS`, or one of `blanks` (in lower case)."""
    if len(text) > 20 and not blanks:
        return False
    folded = text.casefold()
    return not folded or folded in BLANKS or folded in blanks


@lru_cache(maxsize=16384)
def key_of(text: str) -> str:
    """The key by which headings and words are compared: no accent, case, punctuation or double space."""
    folded = unicodedata.normalize("NFKD", clean(text).casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", bare).split())
