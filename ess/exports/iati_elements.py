"""How elements, narratives and the atlas's own attributes are written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from lxml import etree

from ess.exports.characters import printable
from ess.locales import translator
from ess.portfolio.schema import LANGUAGES

NAMESPACE = "urn:ess-atlas:2"
"""Of the elements and attributes that the standard does not have."""

Row: TypeAlias = Mapping[str, Any]
Element: TypeAlias = etree._Element  # the only name that lxml gives the type  # noqa: SLF001
Texts: TypeAlias = Mapping[str, str]

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True)
class Reporter:
    """Who publishes: an IATI organisation reference, a code of OrganisationType, a name by language."""

    ref: str
    type: str
    names: Texts

    def identifier(self, activity: str) -> str:
        """The IATI identifier of an activity of the portfolio."""
        return activity if activity.startswith(f"{self.ref}-") else f"{self.ref}-{activity}"


def plain(value: object) -> str:
    """A cell as text: truth as ``true``, days as year-month-day, numbers without an exponent."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            number = Decimal(repr(value))
            return format(
                number.quantize(Decimal(1)) if value.is_integer() and abs(value) < 1e15 else number, "f"
            )
        case date():
            return value.isoformat()
    return printable(str(value))


def added(parent: Element, tag: str, text: object = None, **attributes: object) -> Element:
    """A new last child; attributes that are None are left out, ``_`` in their names is ``-``."""
    element = etree.SubElement(parent, tag)
    for name, value in attributes.items():
        if value is not None:
            element.set(name.replace("_", "-"), plain(value))
    if text is not None:
        element.text = plain(text)
    return element


def mark(element: Element, **values: object) -> None:
    """Set attributes of the atlas's own; those that are None are left out."""
    for name, value in values.items():
        if value is not None:
            element.set(f"{{{NAMESPACE}}}{name}", plain(value))


def mark_columns(element: Element, row: Row, names: Iterable[str]) -> None:
    """Set the columns of a row as attributes of the atlas's own."""
    mark(element, **{name: row[name] for name in names})


def add_narratives(element: Element, texts: Texts) -> None:
    """One narrative a language."""
    for language, text in texts.items():
        added(element, "narrative", text).set(_XML_LANG, language)


def add_notes(element: Element, row: Row, base: str = "note") -> None:
    """The notes of a row as elements of the atlas's own."""
    for language, text in texts_of(row, base).items():
        note = added(element, f"{{{NAMESPACE}}}note", text)
        note.set(_XML_LANG, language)


def texts_of(row: Row, base: str) -> dict[str, str]:
    """The texts that a row has, by language."""
    found = {language: row[f"{base}_{language}"] for language in LANGUAGES}
    return {language: text for language, text in found.items() if text}


def worded(message: str, **facts: object) -> dict[str, str]:
    """A message in every language."""
    return {language: translator(language)(message, **facts) for language in LANGUAGES}


def row_element(table: str, row: Row) -> Element:
    """A whole row of a table as one element of the atlas's own; empty cells are left out."""
    element = etree.Element(f"{{{NAMESPACE}}}row", {"table": table}, nsmap={"atlas": NAMESPACE})
    for name, value in row.items():
        if value is not None:
            element.set(name, plain(value))
    return element
