"""The one gate for text that comes from data.

Each function takes text of unknown origin and gives back a form that is safe for one kind of place:
HTML, Markdown, JavaScript, a table cell, a file name. Choose by the place, not by the source.
"""

from __future__ import annotations

import html as _html
import json
import re
import unicodedata
from collections.abc import Iterable
from typing import LiteralString

_LINE_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
"""Everything that HTML, Markdown or JavaScript may take for the end of a line."""

_HTML_EXTRA = {ord(sign): f"&#{ord(sign)};" for sign in "`$\\{}"}
"""Signs that are harmless in HTML but run inside a JavaScript template literal, where Folium puts text."""

_MARKDOWN_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
"""All ASCII punctuation: CommonMark lets each of them be written as a character reference."""

_MARKDOWN_PAIRS = re.compile(r"(?i)(?<=[-<>~])(?=[->=])|(?<=:)(?=//|streamlit:)|(?<=www)(?=\.)|(?<=@)")
"""Places inside what Streamlit rewrites after reading the references: arrows, bare addresses, its logo."""

_WORD_JOINER = "&#8288;"
"""A sign without width, where a line cannot break: it parts a pair and cannot be seen."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
"""Soft hyphen, zero-width signs, and the controls that turn the direction of the text around them."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First signs that a spreadsheet reads as the start of a formula, with their full-width twins."""

_FILE_NAME_LENGTH = 100
_RESERVED_NAME = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
"""Names that Windows keeps for devices."""


def plain(text: str) -> str:
    """Text without anything that hides or turns what a reader sees.

    Bidirectional and zero-width controls and C0/C1 control characters go, line ends and tabs become a space,
    and the rest is composed (NFC).
    """
    one_line = _LINE_BREAKS.sub(" ", text).replace("\t", " ")
    return unicodedata.normalize("NFC", _CONTROL.sub("", _INVISIBLE.sub("", one_line)))


def html(text: str) -> str:
    """Text as HTML character data or a quoted attribute value, shown letter by letter.

    The result is one line. Beside the signs of HTML, the backtick, dollar, backslash and braces are
    references too, so that it stays text when a library copies it into a JavaScript template literal.
    """
    one_line = _LINE_BREAKS.sub(" ", text.replace("\0", ""))
    return _html.escape(one_line, quote=True).translate(_HTML_EXTRA)


class Markup(str):
    """HTML that this module made: it may stand inside other HTML as it is."""

    __slots__ = ()


def fill(template: LiteralString, **values: object) -> Markup:
    """HTML from a template written in the code, its ``{fields}`` filled with text through `html`.

    A value that is `Markup` stands as it is; anything else is text, numbers included. The template is a
    constant, which a test holds.
    """
    return Markup(template.format(**{name: _as_markup(value) for name, value in values.items()}))


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces of our own HTML, one after another; a piece that is plain text is escaped."""
    return Markup("".join(_as_markup(part) for part in parts))


def _as_markup(value: object) -> str:
    return value if isinstance(value, Markup) else html(str(value))


def markdown(text: str) -> str:
    """Text that Streamlit's Markdown (page text and widget labels) shows letter by letter.

    Every ASCII punctuation sign becomes a character reference, so that no emphasis, list, heading, link,
    image, colour directive, emoji code, formula or HTML can start in it. Bare addresses and arrows, which
    Streamlit rewrites after reading the references, are parted by a word joiner. The result is one line,
    without outer spaces.
    """
    one_line = _LINE_BREAKS.sub(" ", text.replace("\0", "")).replace("\t", " ").strip()
    return _WORD_JOINER.join(_escape_signs(part) for part in _MARKDOWN_PAIRS.split(one_line))


def _escape_signs(text: str) -> str:
    return _MARKDOWN_SIGNS.sub(lambda found: f"&#{ord(found.group())};", text)


def script(value: object) -> str:
    """Value as a JSON literal that can stand inside a ``<script>`` element or a JavaScript source.

    Raises
    ------
    ValueError
        A number is NaN or infinite: JavaScript's JSON has no such literal.
    TypeError
        The value has no JSON form.
    """
    literal = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return literal.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&`$"})


def literal(value: object) -> Markup:
    """Value as a JSON literal that stands as text inside an HTML element, where a script of ours reads it.

    Raises as `script` does.
    """
    return Markup(script(value))


def cell(text: str) -> str:
    """Text of a table cell (CSV, XLSX) that no spreadsheet runs as a formula.

    A text that starts like a formula, also after spaces, gets a leading apostrophe. Only texts pass here:
    a negative number is written as a number and keeps its sign.
    """
    shown = text.replace("\0", "")
    return f"'{shown}" if text.lstrip(" \u00a0").startswith(_FORMULA_STARTS) else shown


def file_name(text: str, fallback: str = "atlas") -> str:
    """Text as a file name of ``A-Z a-z 0-9 . _ -`` only, at most 100 signs, never hidden and never empty."""
    letters = (sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", "".join(letters))
    name = re.sub(r"\.{2,}", ".", name).strip("-.")[:_FILE_NAME_LENGTH].rstrip("-.")
    return f"{fallback}-{name}" if _RESERVED_NAME.fullmatch(name) else name or fallback
