"""Texts as a search compares them: without case, accents, punctuation and variant letters.

One table of signs says what counts as the same: `fold_words` applies it to what a reader types,
`folded_column` to a column within the engine, so that both always mean the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import reduce

import ibis
import ibis.expr.types as ir

#: One letter that stands for two, in lower case.
_TWO = (("œ", "oe"), ("æ", "ae"), ("ß", "ss"))
#: Letters that no decomposition makes the same: barred and dotless Latin, final sigma, and the forms of
#: alef, waw, ya, kaf and ta marbuta, which Arabic texts write one for another.
_SAME = dict(zip("øłđıħŧςٱىیېےکگةہھۃ", "oldihtσاييييككههههه"[:18], strict=True))
_MARKS = (*range(0x300, 0x370), *range(0x610, 0x61B), *range(0x64B, 0x660), *range(0x6D6, 0x6EE), 0x670)
#: Signs that are there to be seen, not read: tatweel, soft hyphen, zero-width signs, turns of direction.
_UNREAD = (
    0x640, 0xAD, 0x61C, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)
)  # fmt: skip
_LETTERS = (
    *range(0xC0, 0x180), *range(0x1E00, 0x1F00), *range(0x621, 0x650), *range(0x660, 0x66A),
    *range(0x6F0, 0x6FA),
)  # fmt: skip
_SIGNS = (*range(0x250), *range(0x600, 0x6FF), *range(0x2000, 0x2070), *range(0x3000, 0x3020), 0x1680)
#: The Arabic article, written as one with its word.
_ARTICLE = "ال"


def _plain(letter: str) -> str:
    """A letter without marks, in the one form that stands for all of its variants."""
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(sign))
    digit = unicodedata.decimal(letter, None)
    return str(digit) if digit is not None else _SAME.get(bare, bare)


def _replaced() -> Iterator[tuple[str, str]]:
    """Letters with the one that stands for them, punctuation with a space."""
    for letter in (*map(chr, _LETTERS), *_SAME):
        plain = _plain(letter)
        if plain != letter == letter.lower() and len(plain) == 1:
            yield letter, plain
    for sign in map(chr, _SIGNS):
        # other control signs have no way to be written that every engine reads alike
        if unicodedata.category(sign)[0] in "PSZ" or sign in "\t\n\r":
            yield sign, " "


_DROPPED = "".join(chr(code) for code in (*_MARKS, *_UNREAD))
_REPLACED = {sign: plain for sign, plain in _replaced() if sign not in _DROPPED}
_ASCII = {sign: plain for sign, plain in _REPLACED.items() if sign.isascii()}
_OTHERS = {sign: plain for sign, plain in _REPLACED.items() if not sign.isascii()}
_TABLE = str.maketrans(_REPLACED | dict.fromkeys(_DROPPED, ""))


def fold_words(text: str) -> tuple[str, ...]:
    """The words of a text as they are compared; none when it has no letter or digit."""
    folded = text.lower()
    for one, two in _TWO:
        folded = folded.replace(one, two)
    plain = f" {folded.translate(_TABLE)}".replace(f" {_ARTICLE}", " ")
    return tuple(word for word in plain.split(" ") if word)


def folded_column(texts: Iterable[ir.StringColumn]) -> ir.StringColumn:
    """Several texts of a row as one, folded as `fold_words` does, with a space before each word.

    A word of a reader starts one of the text's where the text contains it with the space before it.
    """
    folded = reduce(lambda whole, text: whole + text.fill_null("") + " ", texts, ibis.literal(" ")).lower()
    for one, two in _TWO:
        folded = folded.replace(one, two)
    # Most texts in English have nothing to look up here, and looking up is what takes the time.
    signs, plain = "".join(_OTHERS), "".join(_OTHERS.values())
    folded = folded.re_search("[^ -~]").ifelse(folded.translate(signs + _DROPPED, plain), folded)
    folded = folded.translate("".join(_ASCII), " " * len(_ASCII))
    return folded.replace(f" {_ARTICLE}", " ")
