"""One activity as an ``iati-activity`` element, its parts in the order of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from lxml import etree

from ess.exports.iati_elements import (
    NAMESPACE,
    Element,
    Reporter,
    Row,
    add_narratives,
    add_notes,
    added,
    mark,
    mark_columns,
    plain,
    row_element,
    texts_of,
    worded,
)
from ess.exports.iati_money import add_amounts, is_of_the_standard
from ess.exports.iati_results import add_result
from ess.locales import N_, translator
from ess.portfolio.codes import CODE_LISTS, label_of
from ess.portfolio.schema import ACTIVITIES, LANGUAGES
from geodata.codes import countries, country_name, region_name

Children = Mapping[str, Sequence[Row]]

STATUSES: Mapping[str, str] = {
    "planned": "1",
    "signed": "2",
    "under_way": "2",
    "unknown": "2",
    "done": "4",
    "cancelled": "5",
    "suspended": "6",
}
_ROLES: Mapping[str, str] = {
    "funding": "1",
    "accountable": "2",
    "signatory": "2",
    "extending": "3",
    "inviter": "3",
    "implementing": "4",
    "host": "4",
    "participant": "4",
}
"""Code list OrganisationRole; where it has no such role, the nearest, and ``atlas:role`` says which."""

_PROVIDER_ROLE = "3"
_COLLABORATIONS = {"bilateral": "1", "triangular": "8"}
_UN_M49 = "2"
_REGIONS_AND_COUNTRIES = (("recipient-country", "iso3"), ("recipient-region", "region"))
_EXACTNESS = {"exact": "1", "approximate": "2", "admin1": "2", "country": "2", "unknown": "2"}
_ACTUAL, _PLANNED = "actual", "planned"
_DATE_TYPES = {
    ("start", _PLANNED): "1",
    ("start", _ACTUAL): "2",
    ("end", _PLANNED): "3",
    ("end", _ACTUAL): "4",
}
_ENDED = frozenset(("done", "cancelled", "suspended", "unknown"))
_WEB_PAGE = "A12"
_GENDER_EQUALITY = "1"
_OWN_LIST = "99"
_SECTORS = {"DAC5": "1", "DAC3": "2", "sector": _OWN_LIST}
_TAGS = {"SDG_goal": "2", "SDG_target": "3", "theme": _OWN_LIST}
"""Code lists SectorVocabulary and TagVocabulary."""

_WEB_ADDRESS = re.compile(r"https?://\S+")

DATE_NOT_KNOWN = N_("Date not known. The standard requires one: this day stands in for it.")
ANALYST = N_("Coded by an analyst")

_CELLS = tuple(column.name for column in ACTIVITIES.columns if not column.language)


@dataclass(frozen=True)
class Portfolio:
    """What every activity of a file is written with.

    Attributes
    ----------
    levels
        How deep each activity stands below its parents; 1 at the top.
    """

    reporter: Reporter
    generated: str
    actors: Mapping[str, Row]
    sources: Mapping[str, Row]
    indicators: Mapping[str, Row]
    levels: Mapping[str, int]

    @classmethod
    def of(cls, tables: Mapping[str, pa.Table], reporter: Reporter, generated: str) -> Portfolio:
        """The portfolio's rows that activities refer to."""
        actors, sources, indicators = (
            {row["id"]: row for row in tables[name].to_pylist()}
            for name in ("actors", "sources", "indicators")
        )
        return cls(reporter, generated, actors, sources, indicators, _levels(tables["activities"]))

    @property
    def day(self) -> date:
        """The day of the export."""
        return date.fromisoformat(self.generated[:10])


def _levels(activities: pa.Table) -> dict[str, int]:
    parents = dict(
        zip(activities.column("id").to_pylist(), activities.column("parent").to_pylist(), strict=True)
    )
    levels: dict[str, int] = {}
    for identifier in parents:
        chain = [identifier]
        while (parent := parents.get(chain[-1])) and parent not in levels and parent not in chain:
            chain.append(parent)
        above = levels.get(parents.get(chain[-1]) or "", 0)
        for depth, descendant in enumerate(reversed(chain), start=1):
            levels[descendant] = above + depth
    return levels


def activity_element(portfolio: Portfolio, activity: Row, children: Children) -> Element:
    """The element of one activity, with what belongs to it."""
    element = etree.Element("iati-activity", nsmap={"atlas": NAMESPACE})
    level = portfolio.levels[activity["id"]]
    if level > 1:
        element.set("hierarchy", str(level))
    mark_columns(element, activity, _CELLS)
    _add_heads(element, portfolio, activity, children)
    is_counted = not activity["umbrella"]
    partners = [place for place in children["places"] if place["role"] != "provider"] if is_counted else []
    _add_recipients(element, partners)
    _add_sites(element, children["places"] if is_counted else [])
    _add_tags(element, children["tags"])
    if activity["modality"] in _COLLABORATIONS:
        added(element, "collaboration-type", code=_COLLABORATIONS[activity["modality"]])
    is_placed = any(place["iso3"] or place["region"] for place in partners)
    amounts = [amount for amount in children["finances"] if is_counted and is_of_the_standard(amount)]
    add_amounts(element, amounts, is_placed=is_placed)
    _add_document(element, portfolio.sources.get(activity["source"]))
    if activity["parent"]:
        added(element, "related-activity", ref=portfolio.reporter.identifier(activity["parent"]), type="1")
    for result in children["results"]:
        add_result(element, result, portfolio.indicators.get(result["indicator"]))
    _add_rest(element, activity, children, amounts)
    return element


def _add_heads(element: Element, portfolio: Portfolio, activity: Row, children: Children) -> None:
    """What the standard requires of every activity."""
    added(element, "iati-identifier", portfolio.reporter.identifier(activity["id"]))
    reporter = portfolio.reporter
    add_narratives(added(element, "reporting-org", ref=reporter.ref, type=reporter.type), reporter.names)
    titles = texts_of(activity, "title")
    add_narratives(added(element, "title"), titles)
    descriptions = texts_of(activity, "description")
    description = added(element, "description", type="1")
    add_narratives(description, descriptions or titles)
    if not descriptions:
        mark(description, stands_in=True)
    _add_organisations(element, portfolio, children)
    added(element, "activity-status", code=STATUSES[activity["stage"]])
    _add_dates(element, activity, portfolio.day)


def _add_organisations(element: Element, portfolio: Portfolio, children: Children) -> None:
    for part in children["participants"]:
        actor = portfolio.actors.get(part["actor"])
        organisation = added(
            element, "participating-org", role=_ROLES[part["role"]], type=actor["type"] if actor else None
        )
        mark_columns(organisation, part, ("actor", "role", "source", "locator"))
        add_narratives(organisation, texts_of(actor, "name") if actor else {"en": part["actor"]})
    providers = [place for place in children["places"] if place["role"] == "provider"]
    for place in providers:
        organisation = added(element, "participating-org", role=_PROVIDER_ROLE)
        mark(organisation, role="provider", place=place["id"], iso3=place["iso3"], region=place["region"])
        add_narratives(organisation, _place_names(place))
    if not (providers or children["participants"]):
        reporter = portfolio.reporter
        organisation = added(element, "participating-org", role="2", ref=reporter.ref, type=reporter.type)
        mark(organisation, stands_in=True)
        add_narratives(organisation, reporter.names)


def _place_names(place: Row) -> dict[str, str]:
    if place["iso3"]:
        return {language: country_name(place["iso3"], language) for language in LANGUAGES}
    if place["region"]:
        return {language: region_name(place["region"], language) for language in LANGUAGES}
    return worded("Place not named")


def _add_dates(element: Element, activity: Row, today: date) -> None:
    """Start and end; a start that is not known has one that stands in, no later than the end."""
    is_planned = activity["stage"] == "planned"
    start, end = activity["start"], activity["end"]
    began = _PLANNED if is_planned or (start and start > today) else _ACTUAL
    known = start or (min(end, today) if end else today)
    begin = added(element, "activity-date", iso_date=known, type=_DATE_TYPES["start", began])
    if start is None:
        mark(begin, stands_in=True)
        add_narratives(begin, worded(DATE_NOT_KNOWN))
    if end is not None:
        ended = _ACTUAL if activity["stage"] in _ENDED and end <= today else _PLANNED
        added(element, "activity-date", iso_date=end, type=_DATE_TYPES["end", ended])


def _add_recipients(element: Element, partners: Sequence[Row]) -> None:
    """Every distinct country, then every distinct region, with the shares that were published of it."""
    for tag, column in _REGIONS_AND_COUNTRIES:
        for code in dict.fromkeys(place[column] for place in partners if place[column]):
            written = _iso2(code) if column == "iso3" else code
            if written is None:
                continue
            recipient = added(element, tag, code=written)
            shares = [
                place["share"]
                for place in partners
                if place[column] == code and place["share_basis"] == "stated" and place["share"] is not None
            ]
            if column == "region":
                recipient.set("vocabulary", _UN_M49)
            if shares:
                recipient.set("percentage", _percentage(shares))


def _percentage(shares: Sequence[float]) -> str:
    return plain(min(sum(shares), 100.0))


def _iso2(iso3: str) -> str | None:
    """The two-letter code; None for a country that the layer does not know, which its row keeps."""
    country = countries().get(iso3)
    return country.iso2 if country else None


def _add_sites(element: Element, places: Sequence[Row]) -> None:
    for place in places:
        if place["latitude"] is None or place["longitude"] is None:
            continue
        location = added(element, "location", ref=place["id"])
        mark_columns(location, place, ("role", "iso3", "admin1", "exactness"))
        iso2 = _iso2(place["iso3"] or "")
        if iso2:
            added(location, "administrative", code=iso2, vocabulary="A4")
        point = added(location, "point", srsName="http://www.opengis.net/def/crs/EPSG/0/4326")
        added(point, "pos", f"{plain(place['latitude'])} {plain(place['longitude'])}")
        if place["exactness"]:
            added(location, "exactness", code=_EXACTNESS[place["exactness"]])


def _add_tags(element: Element, tags: Sequence[Row]) -> None:
    """Sectors, tags and markers, in the order in which the standard has them."""
    written: dict[str, list[Row]] = {tag: [] for tag in ("sector", "tag", "policy-marker")}
    for row in tags:
        written[_tag_element(row["scheme"])].append(row)
    for tag, rows in written.items():
        for row in rows:
            _add_tag(element, tag, row)


def _tag_element(scheme: str) -> str:
    return "policy-marker" if scheme == "gender_marker" else "sector" if scheme in _SECTORS else "tag"


def _add_tag(element: Element, tag: str, row: Row) -> None:
    scheme, code = row["scheme"], row["code"]
    vocabulary = {**_SECTORS, **_TAGS, "gender_marker": "1"}[scheme]
    if scheme == "gender_marker":
        classified = added(element, tag, vocabulary=vocabulary, code=_GENDER_EQUALITY, significance=code)
    else:
        uri = f"{NAMESPACE}:{scheme}" if vocabulary == _OWN_LIST else None
        classified = added(element, tag, vocabulary=vocabulary, vocabulary_uri=uri, code=code)
    mark_columns(classified, row, ("scheme", "code", "coded_by"))
    if tag == "sector" and row["percent"] is not None:
        classified.set("percentage", plain(row["percent"]))
    else:
        mark(classified, percent=row["percent"])
    add_narratives(classified, dict(_tag_names(row)))


def _tag_names(row: Row) -> Iterator[tuple[str, str]]:
    label = label_of(row["scheme"], row["code"]) if row["scheme"] in CODE_LISTS else row["code"]
    for language in LANGUAGES:
        words = translator(language)
        coded = f" ({words(ANALYST)})" if row["coded_by"] == "analyst" else ""
        yield language, words(label) + coded


def _add_document(element: Element, source: Row | None) -> None:
    """The source, where its address is stated."""
    if source is None or not source["url"] or not _WEB_ADDRESS.fullmatch(source["url"]):
        return
    kind = "application/pdf" if source["url"].lower().endswith(".pdf") else "text/html"
    link = added(element, "document-link", url=source["url"], format=kind)
    mark(link, source=source["id"])
    add_narratives(added(link, "title"), texts_of(source, "title"))
    added(link, "category", code=_WEB_PAGE)
    if source["language"]:
        added(link, "language", code=source["language"])
    if source["published"] and source["published_precision"] == "day":
        added(link, "document-date", iso_date=source["published"])


def _add_rest(element: Element, activity: Row, children: Children, amounts: Sequence[Row]) -> None:
    """Notes, places, and the amounts that the standard cannot hold."""
    add_notes(element, activity)
    written = {amount["id"] for amount in amounts}
    for place in children["places"]:
        element.append(row_element("places", place))
    for amount in children["finances"]:
        if amount["id"] not in written:
            element.append(row_element("finances", amount))
