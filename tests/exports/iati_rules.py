"""The rules of IATI 2.03 for the elements that an atlas may write: order, number, attributes, codes.

Written from the published standard (activity schema and code lists of version 2.03), apart from the export,
so that neither can hide a fault of the other. Elements and attributes of other namespaces may stand where the
schema allows them: attributes anywhere, elements after an element's own children.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from lxml import etree

MANY = 10**9
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Children = tuple[tuple[str, int, int], ...]
Check = Callable[[str], object]


def _one(*names: str) -> Children:
    return tuple((name, 1, 1) for name in names)


def _maybe(*names: str) -> Children:
    return tuple((name, 0, 1) for name in names)


def _any(*names: str) -> Children:
    return tuple((name, 0, MANY) for name in names)


def _some(*names: str) -> Children:
    return tuple((name, 1, MANY) for name in names)


@dataclass(frozen=True)
class Rule:
    """An element: its children in order with least and most, attributes that it must and may have."""

    children: Children = ()
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    text: str = ""
    codes: Mapping[str, frozenset[str]] = field(default_factory=dict)


def _numbers(first: int, last: int) -> frozenset[str]:
    return frozenset(map(str, range(first, last + 1)))


ORGANISATIONS = frozenset(
    ("10", "11", "15", "21", "22", "23", "24", "30", "40", "60", "70", "71", "72", "73", "80", "90")
)
REGION_VOCABULARIES = frozenset(("1", "2", "99"))
GEOGRAPHIC_VOCABULARIES = frozenset(("A1", "A2", "A3", "A4", "G1", "G2"))
SECTOR_VOCABULARIES = _numbers(1, 12) | {"98", "99"}
TAG_VOCABULARIES = frozenset(("1", "2", "3", "4", "99"))
CATEGORIES = frozenset([f"A{number:02}" for number in range(1, 13)] + [f"B{n:02}" for n in range(1, 19)])
TEXT = Rule(_some("narrative"))
DAY = Rule(required=("iso-date",))

RULES: Mapping[str, Rule] = {
    "iati-activities": Rule(
        _some("iati-activity"), ("version",), ("generated-datetime", "linked-data-default"),
        codes={"version": frozenset(("2.03",))},
    ),
    "iati-activity": Rule(
        _one("iati-identifier", "reporting-org", "title")
        + _some("description", "participating-org")
        + _any("other-identifier")
        + _one("activity-status")
        + _some("activity-date")
        + _any("contact-info")
        + _maybe("activity-scope")
        + _any("recipient-country", "recipient-region", "location", "sector", "tag")
        + _maybe("country-budget-items")
        + _any("humanitarian-scope", "policy-marker")
        + _maybe("collaboration-type", "default-flow-type", "default-finance-type")
        + _any("default-aid-type")
        + _maybe("default-tied-status")
        + _any("budget", "planned-disbursement")
        + _maybe("capital-spend")
        + _any("transaction", "document-link", "related-activity", "legacy-data")
        + _maybe("conditions")
        + _any("result")
        + _maybe("crs-add", "fss"),
        optional=(
            "last-updated-datetime", "default-currency", "humanitarian", "hierarchy", "linked-data-uri",
            "budget-not-provided",
        ),
    ),
    "iati-identifier": Rule(text="identifier"),
    "reporting-org": Rule(
        _some("narrative"), ("ref", "type"), ("secondary-reporter",), codes={"type": ORGANISATIONS}
    ),
    "title": TEXT,
    "description": Rule(_some("narrative"), optional=("type",), codes={"type": _numbers(1, 4)}),
    "narrative": Rule(text="text"),
    "participating-org": Rule(
        _any("narrative"), ("role",), ("ref", "type", "activity-id", "crs-channel-code"),
        codes={"role": _numbers(1, 4), "type": ORGANISATIONS},
    ),
    "activity-status": Rule(required=("code",), codes={"code": _numbers(1, 6)}),
    "activity-date": Rule(_any("narrative"), ("type", "iso-date"), codes={"type": _numbers(1, 4)}),
    "recipient-country": Rule(_any("narrative"), ("code",), ("percentage",)),
    "recipient-region": Rule(
        _any("narrative"), ("code",), ("vocabulary", "vocabulary-uri", "percentage"),
        codes={"vocabulary": REGION_VOCABULARIES},
    ),
    "location": Rule(
        _maybe("location-reach") + _any("location-id") + _maybe("name", "description", "activity-description")
        + _any("administrative") + _maybe("point", "exactness", "location-class", "feature-designation"),
        optional=("ref",),
    ),
    "administrative": Rule(
        required=("vocabulary", "code"), optional=("level",), codes={"vocabulary": GEOGRAPHIC_VOCABULARIES}
    ),
    "point": Rule(_maybe("pos"), ("srsName",)),
    "pos": Rule(text="position"),
    "exactness": Rule(required=("code",), codes={"code": _numbers(1, 2)}),
    "sector": Rule(
        _any("narrative"), ("code",), ("vocabulary", "vocabulary-uri", "percentage"),
        codes={"vocabulary": SECTOR_VOCABULARIES},
    ),
    "tag": Rule(
        _any("narrative"), ("code", "vocabulary"), ("vocabulary-uri",),
        codes={"vocabulary": TAG_VOCABULARIES},
    ),
    "policy-marker": Rule(
        _any("narrative"), ("code",), ("vocabulary", "vocabulary-uri", "significance"),
        codes={"vocabulary": frozenset(("1", "99")), "significance": _numbers(0, 4)},
    ),
    "collaboration-type": Rule(required=("code",), codes={"code": frozenset("1234678")}),
    "budget": Rule(
        _one("period-start", "period-end") + _any("budget-line") + _one("value"),
        optional=("type", "status"),
    ),
    "period-start": DAY,
    "period-end": DAY,
    "value": Rule(required=("value-date",), optional=("currency",), text="decimal"),
    "transaction": Rule(
        _one("transaction-type", "transaction-date", "value")
        + _maybe("description", "provider-org", "receiver-org", "disbursement-channel")
        + _any("sector")
        + _maybe("recipient-country", "recipient-region", "flow-type", "finance-type")
        + _any("aid-type")
        + _maybe("tied-status"),
        optional=("ref", "humanitarian"),
    ),
    "transaction-type": Rule(required=("code",), codes={"code": _numbers(1, 13)}),
    "transaction-date": DAY,
    "document-link": Rule(
        _one("title") + _maybe("description") + _some("category") + _any("language")
        + _maybe("document-date") + _any("recipient-country"),
        ("url", "format"),
    ),
    "category": Rule(required=("code",), codes={"code": CATEGORIES}),
    "language": Rule(required=("code",)),
    "document-date": DAY,
    "related-activity": Rule(required=("ref", "type"), codes={"type": _numbers(1, 5)}),
    "result": Rule(
        _one("title") + _maybe("description") + _any("document-link", "reference") + _some("indicator"),
        ("type",), ("aggregation-status",), codes={"type": frozenset("1239")},
    ),
    "indicator": Rule(
        _one("title") + _maybe("description") + _any("document-link", "reference", "baseline", "period"),
        ("measure",), ("ascending", "aggregation-status"), codes={"measure": _numbers(1, 5)},
    ),
    "period": Rule(_one("period-start", "period-end") + _any("target", "actual")),
    "actual": Rule(
        _any("location", "dimension") + _maybe("comment") + _any("document-link"), optional=("value",)
    ),
    "dimension": Rule(required=("name", "value")),
    "comment": TEXT,
}  # fmt: skip


def faults(content: bytes) -> list[str]:
    """Every breach of the rules in a file, with the line it stands in."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    found = [] if root.tag == "iati-activities" else [f"the root is {root.tag}"]
    for element in root.iter(etree.Element):
        if not _is_foreign(element):
            found += [f"{element.sourceline}: {element.tag}: {fault}" for fault in _faults_of(element)]
    return found + list(_repeated(root)) + list(_date_faults(root))


def _is_foreign(element: etree._Element) -> bool:
    return any(str(above.tag).startswith("{") for above in (element, *element.iterancestors()))


def _faults_of(element: etree._Element) -> Iterator[str]:
    rule = RULES.get(str(element.tag))
    if rule is None:
        yield "no rule for this element"
        return
    yield from _child_faults(element, rule.children)
    yield from _attribute_faults(element, rule)
    yield from _text_faults(element, rule)


def _child_faults(element: etree._Element, children: Children) -> Iterator[str]:
    tags = [str(child.tag) for child in element.iterchildren(etree.Element)]
    own = [tag for tag in tags if not tag.startswith("{")]
    if tags[: len(own)] != own:
        yield "elements of other namespaces stand before its own"
    order = [name for name, _, _ in children]
    yield from (f"unexpected {tag}" for tag in own if tag not in order)
    known = [order.index(tag) for tag in own if tag in order]
    if known != sorted(known):
        yield "children out of order"
    for name, least, most in children:
        if not least <= own.count(name) <= most:
            yield f"{own.count(name)} {name}"


def _attribute_faults(element: etree._Element, rule: Rule) -> Iterator[str]:
    names = {str(name) for name in element.attrib if not str(name).startswith("{")}
    yield from (f"without {name}" for name in rule.required if name not in names)
    yield from (f"unexpected {name}" for name in names - {*rule.required, *rule.optional})
    for name in names:
        value = str(element.get(name))
        if name in rule.codes and value not in rule.codes[name]:
            yield f"{name} is {value}"
        if not _FORMS.get(name, _is_anything)(value):
            yield f"{name} has not its form: {value}"


def _text_faults(element: etree._Element, rule: Rule) -> Iterator[str]:
    text = (element.text or "").strip()
    if not rule.text and text:
        yield f"text: {text}"
    if rule.text and not _TEXTS[rule.text](text):
        yield f"{rule.text} expected: {text}"
    languages = [above.get(XML_LANG) for above in (element, *element.iterancestors())]
    if element.tag == "narrative" and not any(languages):
        yield "a narrative without its language"


def _repeated(root: etree._Element) -> Iterator[str]:
    identifiers = [str(found.text) for found in root.iterfind("iati-activity/iati-identifier")]
    yield from (f"{one} stands twice" for one in set(identifiers) if identifiers.count(one) > 1)
    for activity in root.iterfind("iati-activity"):
        for tag in ("recipient-country", "recipient-region"):
            codes = [str(found.get("code")) for found in activity.iterfind(tag)]
            yield from (f"{tag} {code} stands twice" for code in set(codes) if codes.count(code) > 1)
        reporter = activity.find("reporting-org")
        identifier = activity.findtext("iati-identifier", "")
        if reporter is not None and not identifier.startswith(f"{reporter.get('ref')}-"):
            yield f"{identifier} does not start with the reporter's reference"


def _date_faults(root: etree._Element) -> Iterator[str]:
    for activity in root.iterfind("iati-activity"):
        days = {
            found.get("type"): found.get("iso-date") or "" for found in activity.iterfind("activity-date")
        }
        if not {"1", "2"} & days.keys():
            yield "an activity without a start"
        start, end = days.get("2") or days.get("1") or "", days.get("4") or days.get("3")
        if end and start > end:
            yield f"{start} is after {end}"


def _is_anything(_: str) -> bool:
    return True


def _is_day(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_moment(text: str) -> bool:
    try:
        return "T" in text and bool(datetime.fromisoformat(text))
    except ValueError:
        return False


def _is_decimal(text: str) -> bool:
    try:
        return "e" not in text.lower() and Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_percentage(text: str) -> bool:
    return _is_decimal(text) and 0 <= Decimal(text) <= 100


_FORMS: Mapping[str, Check] = {
    "iso-date": _is_day,
    "value-date": _is_day,
    "generated-datetime": _is_moment,
    "last-updated-datetime": _is_moment,
    "percentage": _is_percentage,
    "hierarchy": str.isdigit,
    "aggregation-status": {"0", "1", "true", "false"}.__contains__,
    "currency": re.compile(r"[A-Z]{3}").fullmatch,
    "url": re.compile(r"https?:\S+").fullmatch,
}

_TEXTS: Mapping[str, Check] = {
    "text": bool,
    "identifier": re.compile(r"[^/&|?\s]+").fullmatch,
    "decimal": _is_decimal,
    "position": re.compile(r"-?\d+(\.\d+)? -?\d+(\.\d+)?").fullmatch,
}
