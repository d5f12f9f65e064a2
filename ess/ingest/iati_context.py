"""What the reading of one IATI activity shares: its defaults, its texts, and the note of what is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from ess.ingest import iati_faults as faults
from ess.ingest.iati_codes import iso3_by_code
from ess.ingest.iati_values import language_of, parse_day, parse_value
from ess.ingest.problems import Kind
from ess.ingest.records import Amount, Recipient, Texts
from ess.ingest.regions import region_of
from ess.ingest.report import FileReport
from geodata.codes import match_country, near_countries

Element: TypeAlias = Any

LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


class Reading:
    """The activity that is being read.

    Parameters
    ----------
    report
        Where problems go; its ``read`` counts the activities.
    equal
        Whether unpublished splits are made equal; only the wording of a problem depends on it.

    Attributes
    ----------
    currency, language
        Defaults of the activity; empty where it states none.
    paid
        Recipients that its transactions name, all of them.
    has_sector, sectors
        Whether the activity names a sector, and whether each of its transactions does.
    """

    def __init__(self, report: FileReport, *, equal: bool = False) -> None:
        self.report = report
        self.equal = equal
        self._countries = iso3_by_code()
        self.start("", "")

    def start(self, currency: str, language: str) -> None:
        """Begin with the next activity."""
        self.currency = currency.strip().upper()
        self.language = language_of(language)
        self.paid: list[Recipient] = []
        self.has_sector = False
        self.sectors: list[bool] = []

    def note(self, kind: Kind, column: str, found: object = "", **facts: object) -> None:
        """Note a problem of the activity that is being read."""
        self.report.add(kind, self.report.read, column, found, **facts)

    def texts(self, element: Element) -> Texts:
        """The texts of an element by language: its narratives, or its own text in version 1."""
        found: Texts = {}
        language = element.get(LANG)
        outer = language_of(language) if language else self.language
        for child in element:
            if child.tag == "narrative":
                text = (child.text or "").strip()
                if text:
                    language = child.get(LANG)
                    found.setdefault(language_of(language) if language else outer, text)
        text = (element.text or "").strip()
        if text and not found:
            found[outer] = text
        return found

    def day(self, element: Element, column: str) -> date | None:
        """The day of an element; None, noted, for what is no date; None for no date at all."""
        written = element.get("iso-date")
        if written is None:
            written = (element.text or "").strip()
        if not written:
            return None
        found = parse_day(written)
        if found is None:
            self.note(faults.BAD_DATE, column, written)
        return found

    def number(self, written: str | None, column: str) -> Decimal | None:
        """A number, None and noted for a blank or junk."""
        value = parse_value(written or "")
        if value is None:
            self.note(faults.BAD_NUMBER, column, written)
        return value

    def country(self, element: Element, column: str) -> Recipient:
        """A recipient country, unresolved where its code is none."""
        code = (element.get("code") or "").strip().upper()
        iso3 = self._countries.get(code)
        recipient = Recipient(iso3, percentage=self.percentage(element, column), text=code)
        if iso3 is None or len(element) or element.text:
            self._compare(recipient, first_text(self.texts(element)), column)
        return recipient

    def _compare(self, recipient: Recipient, name: str, column: str) -> None:
        if recipient.iso3 is None:
            candidates = _candidates(name or recipient.text)
            kind = faults.UNKNOWN_COUNTRY if recipient.text else faults.RECIPIENT_WITHOUT_CODE
            self.note(kind, column, recipient.text or name, candidates=candidates)
            recipient.text = ", ".join(part for part in (recipient.text, name) if part)
        elif name and match_country(name) not in (None, recipient.iso3):
            self.note(faults.CODE_AND_NAME_DISAGREE, column, recipient.text, name=name)

    def region(self, element: Element, column: str) -> Recipient:
        """A recipient region, with its M49 code where the vocabulary has one."""
        code = (element.get("code") or "").strip()
        vocabulary = (element.get("vocabulary") or "1").strip()
        text = first_text(self.texts(element)) or code
        return Recipient(None, region_of(vocabulary, code), True, self.percentage(element, column), text)

    def percentage(self, element: Element, column: str) -> Decimal | None:
        """The percentage of an element; None where none is stated or it is none."""
        written = element.get("percentage")
        if written is None or not written.strip():
            return None
        value = parse_value(written)
        if value is None or value < 0:
            self.note(faults.BAD_PERCENTAGE, f"{column}/@percentage", written)
            return None
        return value

    def amount(self, kind: str, element: Element, column: str, day: date | None) -> Amount | None:
        """The amount of a value element."""
        value = self.number(element.text, column)
        if not element.get("value-date"):
            self.note(faults.VALUE_WITHOUT_DATE, f"{column}/@value-date")
        if value is None:
            return None
        currency = (element.get("currency") or "").strip().upper() or self.currency
        if not currency:
            self.note(faults.NO_CURRENCY, f"{column}/@currency")
        return Amount(kind, value, currency or "?", day)


def first_text(texts: Texts) -> str:
    """The text that stands first, whatever its language; nothing where there is none."""
    return next(iter(texts.values()), "")


def _candidates(text: str) -> str:
    iso3 = match_country(text)
    found = [iso3] if iso3 else near_countries(text)
    return ", ".join(found) or "-"
