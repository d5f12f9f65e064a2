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
_TABLE = str.maketrans(_REPLACED | dict.fromkeys(_DROPPED, ""))


#: Signs of printed French and English beyond the first 256.
_USUAL = "\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u202f"


def _table(signs: Iterable[str]) -> tuple[str, str]:
    """Some signs as an engine's ``translate`` takes them: those that are replaced, then those that go."""
    listed = list(signs)
    replaced = [sign for sign in listed if sign in _REPLACED]
    dropped = "".join(sign for sign in listed if sign not in _REPLACED)
    return "".join(replaced) + dropped, "".join(_REPLACED[sign] for sign in replaced)


def _tables() -> Iterator[tuple[str, tuple[str, str]]]:
    """What is looked up in texts that hold a sign like this, the usual signs first.

    An engine takes the longer for a text the longer the table is, and most texts need none or the first.
    """
    known = [sign for sign in (*_REPLACED, *_DROPPED) if not sign.isascii()]
    usual = [sign for sign in known if ord(sign) < 0x100 or sign in _USUAL]
    arabic = [sign for sign in known if 0x600 <= ord(sign) < 0x700]
    yield f"[\u00a0-\u00ff{_USUAL}]", _table(usual)
    yield "[\u0600-\u06ff]", _table(arabic)
    others = (sign for sign in known if sign not in {*usual, *arabic})
    yield f"[^ -~\t\n\r\u00a0-\u00ff{_USUAL}œŒ\u0600-\u06ff]", _table(others)


_TABLES = tuple(_tables())


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
    whole = reduce(lambda before, text: before + text.fill_null("") + " ", texts, ibis.literal(" "))
    folded = whole.lower()
    for one, two in _TWO:
        folded = folded.replace(one, two)
    for strange, (signs, plain) in _TABLES:  # an empty table where none is needed: the text is written once
        folded = folded.translate(whole.re_search(strange).ifelse(signs, ""), plain)
    folded = folded.translate("".join(_ASCII), " " * len(_ASCII))
    return folded.replace(f" {_ARTICLE}", " ")
