"""Words, numbers and dates in the reader's language.

Message ids are the English sentences of the code; the catalogues are gettext ``.po`` files beside this
module, compiled in memory when a language is first asked for. ``python -m ess.locales``
brings them up to date.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.catalog import Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_compact_decimal, format_decimal, format_percent

LANGUAGES = ("fr", "en", "ar")
DEFAULT = "fr"
FOLDER = Path(__file__).parent

_REGIONS = {"fr": "fr_FR", "en": "en_GB", "ar": "ar_MA"}
"""Babel locale of each language. Moroccan Arabic writes Latin digits, as Moroccan administrations do."""

_PRECISION = {"year": 1, "month": 2, "day": 3}
_RIGHT_TO_LEFT = frozenset({"ar"})


def N_(message: str) -> str:  # noqa: N802 - the usual name of this marker
    """Mark a constant for the catalogues; it is translated where it is shown."""
    return message


_TERM = "\u2063"


def term(message: str) -> str:
    """Mark a fact of a sentence that is itself a message: `filled` translates it. The mark survives JSON."""
    return _TERM + message


def filled(template: str, facts: Mapping[str, object], translate: Callable[[str], str] = str) -> str:
    """A message in the language of `translate`, its fields filled; facts that are terms are translated."""
    return translate(template).format(**{name: said(fact, translate) for name, fact in facts.items()})


def said(fact: object, translate: Callable[[str], str] = str) -> object:
    """A fact in the language of `translate` where it is a term; anything else as it is."""
    is_term = isinstance(fact, str) and fact[:1] == _TERM
    return translate(str(fact).removeprefix(_TERM)) if is_term else fact


def catalogue_path(language: str) -> Path:
    """Where the catalogue of a language is kept."""
    return FOLDER / language / "LC_MESSAGES" / "atlas.po"


class Translator:
    """One language: its messages, and how it writes numbers, dates and lists."""

    def __init__(self, language: str, messages: gettext.NullTranslations) -> None:
        self.lang = language
        self.locale = Locale.parse(_REGIONS[language])
        self._messages = messages
        self._missing = MissingMessages()
        messages.add_fallback(self._missing)

    @property
    def missing(self) -> frozenset[str]:
        """The messages asked for so far that the catalogue lacks."""
        return frozenset(self._missing.asked)

    @property
    def is_rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return self.lang in _RIGHT_TO_LEFT

    def __call__(self, message: str, **facts: object) -> str:
        """The message in this language, with its ``{fields}`` filled.

        A message that the catalogue lacks is shown in English. Numbers are best formatted by `number` first.
        """
        translated = self._messages.gettext(message) if message else ""
        return translated.format(**facts) if facts else translated

    def n(self, singular: str, plural: str, count: int, **facts: object) -> str:
        """The message in the plural form that `count` asks for; ``{count}`` is the number as written here."""
        translated = self._messages.ngettext(singular, plural, count)
        return translated.format(**{"count": self.number(count), **facts})

    def number(self, value: float, decimals: int | None = None) -> str:
        """A number with this language's separators.

        Without `decimals` a whole number has none, and any other as many as it has, six at most.
        """
        pattern = "#,##0.######" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
        return _written(self.lang, value + 0, pattern)  # nobody reads a zero below zero

    def compact(self, value: float) -> str:
        """A number in few digits with its scale: ``2,8 Md`` for 2,829,574,580.98."""
        return format_compact_decimal(value, fraction_digits=1, locale=self.locale)

    def percent(self, share: float, decimals: int = 0) -> str:
        """A share (0.25 is 25 %) as a percentage."""
        pattern = self.locale.percent_formats[None].pattern
        digits = "0." + "0" * decimals if decimals else "0"
        return format_percent(share, format=pattern.replace("#,##0", f"#,##{digits}"), locale=self.locale)

    def date(self, iso: str, precision: str = "day") -> str:
        """A date known to the day, the month or the year, written no more precisely than it is known.

        Parameters
        ----------
        iso
            ``2024``, ``2024-05`` or ``2024-05-17``; the shorter of this and `precision` decides.
        precision
            ``year``, ``month`` or ``day``; anything else (``unknown``) gives an empty text.
        """
        parts = [int(part) for part in iso.split("-")] if iso else []
        match parts[: _PRECISION.get(precision, 0)]:
            case [year, month, day]:
                return format_date(date(year, month, day), "long", locale=self.locale)
            case [year, month]:
                return str(format_skeleton("yMMMM", date(year, month, 1), locale=self.locale))
            case [year]:
                return f"{year}"
            case _:
                return ""

    def list(self, items: Iterable[str]) -> str:
        """Items joined as a sentence does: "a, b and c"; an empty text for none."""
        return format_list(list(items), locale=self.locale)

    def field(self, row: Mapping[str, object], name: str) -> str:
        """The column `name` of a row in this language, else in French, else in English, else empty.

        Missing values (None, NaN, pandas' NA) count as empty.
        """
        texts = (_text(row.get(f"{name}_{language}")) for language in (self.lang, "fr", "en"))
        return next((text for text in texts if text), "")


@lru_cache(maxsize=8192, typed=True)
def _written(language: str, value: float, pattern: str) -> str:
    """Kept: a page writes the same hundred numbers at every change, and Babel reads the pattern each time."""
    return format_decimal(value, format=pattern, locale=translator(language).locale)


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


@cache
def translator(language: str) -> Translator:
    """The translator of a language; an unknown language gives the default one."""
    if language not in LANGUAGES:
        return translator(DEFAULT)
    return Translator(language, read_messages(catalogue_path(language)))


class MissingMessages(gettext.NullTranslations):
    """Answers in English when a catalogue has no translation, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        """The message itself."""
        self.asked.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The English singular or plural."""
        self.asked.add(msgid1)
        return super().ngettext(msgid1, msgid2, n)


def read_messages(path: Path) -> gettext.NullTranslations:
    """Compile a ``.po`` file in memory; what it does not translate falls back to English."""
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source)
    for message in [message for message in catalogue if message.id and not is_complete(message)]:
        catalogue.delete(message.id)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def is_complete(message: Message) -> bool:
    """Whether a message of a catalogue has a translation, in every plural form."""
    texts = [message.string] if isinstance(message.string, str) else message.string or [""]
    return all(texts)
