"""Tables of a portfolio from records: every row leads to its file, nothing is added to what the file says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ess.ingest.allocation import WHOLE, effective_percentages, regions_repeat
from ess.ingest.columns import TableWriters
from ess.ingest.identifiers import Register, digest, format_identifier
from ess.ingest.ledger import own_country
from ess.ingest.problems import Kind
from ess.ingest.records import (
    Activity,
    Amount,
    Figure,
    FigureRow,
    Participant,
    Recipient,
    Record,
    Site,
    Tag,
    Texts,
)
from ess.ingest.report import FileReport
from ess.locales import N_
from ess.portfolio.rules import tag_fits
from ess.portfolio.schema import CURRENCY_PATTERN, LANGUAGES, TABLES

BAD_TAG = Kind(
    "unknown_tag",
    "error",
    N_("{found} is no code of the classification {scheme}; it is left out."),
    N_("a code of that classification"),
)
UNKNOWN_CURRENCY = Kind(
    "unknown_currency",
    "warning",
    N_("{found} does not have the form of a currency; its amount stands under “?”."),
    N_("an ISO 4217 code"),
)

_CURRENCY = re.compile(CURRENCY_PATTERN)
_OTHER_LANGUAGE = "en"
"""The column that takes a text of a language without a column; the text itself is as published."""


_SHARED_TABLES = ("sources", "actors", "programmes", "indicators")
"""Tables whose rows belong to no activity: what two files or parts of a file say of one stands once."""


@dataclass(frozen=True)
class Source:
    """The file that records come from: a row of `sources`."""

    id: str
    title: str
    outlet: str = ""
    published: date | None = None


def source_of(name: str, outlet: str = "", published: date | None = None) -> Source:
    """The source of a file, named by it: the next edition under the same name takes its place."""
    return Source(format_identifier(name), name, outlet, published)


class PortfolioWriter:
    """Writes records into the tables of a portfolio.

    Parameters
    ----------
    tables
        Where the rows go.

    Attributes
    ----------
    parents
        Parents by child, as the parents state them.
    """

    def __init__(self, tables: TableWriters) -> None:
        self._tables = tables
        self._activities = Register()
        self._sources = Register()
        self._actors: dict[str, str] = {}
        self._figures = Register()
        self.parents: dict[str, str] = {}
        self._source = ""
        self._seen: dict[str, set[str]] = {name: set() for name in _SHARED_TABLES}
        self._report = FileReport("")

    def start_file(self, source: Source, report: FileReport) -> None:
        """From now on records are of this file, and what cannot be kept of them is noted in its report."""
        self._source = self._sources.give(source.id)
        self._seen["sources"].add(self._source)
        self._report = report
        day = source.published
        self._tables["sources"].add(
            id=self._source,
            **_in_languages("title", dict.fromkeys(LANGUAGES, source.title)),
            outlet=source.outlet or None,
            published=day,
            published_precision="day" if day else None,
            grade="dataset",
        )

    def add(self, record: Record) -> None:
        """The rows of one record."""
        if isinstance(record, FigureRow):
            self._add_figure_row(record)
        else:
            self._add_activity(record)

    def add_tables(self, tables: Mapping[str, pa.Table]) -> None:
        """Rows that are a portfolio's already."""
        for name, rows in tables.items():
            self._tables[name].add_table(self._new_rows(name, rows))
        for identifier in tables["activities"].column("id").to_pylist():
            self._activities.give(identifier)

    def add_part(self, folder: Path, parents: Mapping[str, str]) -> None:
        """Rows that another writer made of another part of the same file; what both have stands once."""
        for name in TABLES:
            with pq.ParquetFile(folder / f"{name}.parquet") as file:
                for piece in file.iter_batches():
                    self._tables[name].add_table(self._new_rows(name, pa.Table.from_batches([piece])))
        for child, parent in parents.items():
            self.parents.setdefault(child, parent)

    def _new_rows(self, name: str, rows: pa.Table) -> pa.Table:
        """Rows of a table that several files or parts share, without those that stand there already."""
        if name not in self._seen:
            return rows
        new = [self._is_new(name, identifier) for identifier in rows.column("id").to_pylist()]
        return rows.filter(pa.array(new, pa.bool_()))

    def _is_new(self, name: str, identifier: str) -> bool:
        """Whether a row of that id is not there yet; from now on it is."""
        seen = self._seen[name]
        if identifier in seen:
            return False
        seen.add(identifier)
        return True

    @property
    def activity_ids(self) -> frozenset[str]:
        """Ids of the activities that were written."""
        return self._activities.given

    def _add_activity(self, activity: Activity) -> None:
        wanted = format_identifier(activity.identifier) if activity.identifier else ""
        if not wanted or wanted in self._activities:
            wanted = f"{wanted or self._source}.{_content_digest(activity)}"
        identifier = self._activities.give(wanted)
        start, end = activity.start, activity.end
        if start and end and end.value < start.value:
            end = None
        self._tables["activities"].add(
            id=identifier,
            type=activity.type,
            **_in_languages("title", activity.titles or {"": activity.identifier or identifier}),
            **_in_languages("description", activity.descriptions),
            programme=self._programme(activity.programme) if activity.programme else None,
            parent=format_identifier(activity.parent) if activity.parent else None,
            modality=_modality(activity),
            stage=activity.stage,
            start=start.value if start else None,
            start_precision=start.precision if start else None,
            end=end.value if end else None,
            end_precision=end.precision if end else None,
            umbrella=activity.umbrella,
            counted=activity.counted,
            source=self._source,
            locator=activity.identifier or None,
        )
        self._add_places(identifier, activity)
        self._add_amounts(identifier, activity)
        self._add_classes(identifier, activity)
        for figure in activity.figures:
            self._add_figure(figure, activity=identifier)
        for number, texts in enumerate((*activity.notes, *activity.documents), start=1):
            self._tables["notes"].add(
                id=f"{identifier}.n{number}",
                about_table="activities",
                about_id=identifier,
                kind="context",
                **_in_languages("text", texts),
                source=self._source,
            )
        for child in activity.children:
            self.parents.setdefault(format_identifier(child), identifier)

    def _add_places(self, identifier: str, activity: Activity) -> None:
        names = Register()
        sites = _sites_by_country(activity)
        for recipient, cells in zip(activity.recipients, _shares(activity), strict=True):
            if cells is None:
                continue
            place = recipient.iso3 or recipient.region or "elsewhere"
            first = sites[recipient.iso3].pop(0) if sites.get(recipient.iso3) else None
            self._add_place(names.give(f"{identifier}.{place}"), identifier, recipient, first, **cells)
        for provider in activity.providers:
            place = provider.iso3 or provider.region or "elsewhere"
            self._add_place(
                names.give(f"{identifier}.from.{place}"), identifier, provider, None, role="provider"
            )
        for iso3, left in sites.items():
            for site in left:
                wanted = f"{identifier}.site.{digest(f'{site.latitude},{site.longitude}')}"
                self._add_place(names.give(wanted), identifier, Recipient(iso3), site, role="recipient")

    def _add_place(
        self, place: str, activity: str, recipient: Recipient, site: Site | None, **cells: object
    ) -> None:
        unresolved = recipient.iso3 is None and recipient.region is None and recipient.text
        spot: dict[str, object] = {}
        if site is not None:
            spot = {
                "latitude": site.latitude,
                "longitude": site.longitude,
                "exactness": site.exactness or "unknown",
                "admin1": site.admin1 or None,
                "locator": site.name or None,
                **_in_languages("note", site.notes),
            }
        if unresolved:
            spot["locator"] = recipient.text
        self._tables["places"].add(
            id=place,
            activity=activity,
            iso3=recipient.iso3,
            region=recipient.region if recipient.iso3 is None else None,
            source=self._source,
            **spot,
            **cells,
        )

    def _add_amounts(self, identifier: str, activity: Activity) -> None:
        if not activity.amounts:
            return
        names = Register()
        followed = _followed(activity)
        add = self._tables["finances"].add
        for amount in activity.amounts:
            add(
                id=names.give(f"{identifier}.{amount.kind}.{amount.day or 'undated'}"),
                activity=identifier,
                **(_own_place(amount) if amount.recipients else followed),
                kind=amount.kind,
                value=float(amount.value),
                currency=self._currency(activity, amount),
                date=amount.day,
                source=self._source,
            )

    def _currency(self, activity: Activity, amount: Amount) -> str | None:
        if _CURRENCY.fullmatch(amount.currency):
            return amount.currency
        if amount.currency != "?":
            self._report.add(UNKNOWN_CURRENCY, activity.row, "currency", amount.currency)
        return None

    def _add_classes(self, identifier: str, activity: Activity) -> None:
        for (scheme, code), tag in {(tag.scheme, tag.code): tag for tag in activity.tags}.items():
            if not tag_fits(scheme, code):
                self._report.add(BAD_TAG, activity.row, scheme, code, scheme=scheme)
                continue
            self._tables["tags"].add(
                activity=identifier,
                scheme=scheme,
                code=code,
                percent=_percent(tag),
                coded_by=tag.coded_by,
            )
        parts = {(self._actor(one), one.role): one for one in activity.participants}
        for actor, role in parts:
            self._tables["participants"].add(activity=identifier, actor=actor, role=role, source=self._source)

    def _actor(self, participant: Participant) -> str:
        """The id of a participant's row, which is written when it is first met."""
        name = next(iter(participant.names.values()), "")
        key = participant.ref or f"{name.casefold()}"
        found = self._actors.get(key)
        if found is None:
            found = self._actors[key] = _actor_identifier(participant.ref, name)
            if self._is_new("actors", found):
                self._tables["actors"].add(
                    id=found,
                    **_in_languages("name", participant.names or {"": participant.ref}),
                    type=participant.type or "90",
                    iso3=participant.iso3,
                )
        return found

    def _add_figure_row(self, row: FigureRow) -> None:
        place = row.recipients[0] if len(row.recipients) == 1 else None
        programme = self._programme(self._report.path)
        for figure in row.figures:
            figure.place = figure.place or place
            self._add_figure(figure, programme=programme)

    def _programme(self, title: str) -> str:
        """The id of a programme's row, which is written when its title is first met."""
        identifier = format_identifier(title)
        if self._is_new("programmes", identifier):
            self._tables["programmes"].add(
                id=identifier, **_in_languages("title", {"": title}), kind="programme", source=self._source
            )
        return identifier

    def _add_figure(self, figure: Figure, activity: str | None = None, programme: str | None = None) -> None:
        indicator = format_identifier(figure.indicator)
        unit = figure.unit or None
        if self._is_new("indicators", indicator):
            self._tables["indicators"].add(
                id=indicator,
                **_in_languages("label", figure.labels or {"": figure.indicator}),
                unit=unit,
                mappable=figure.mappable,
            )
        place = figure.place
        start, end = figure.start, figure.end
        if start and end and end < start:
            end = None
        spot = (place.iso3 or place.region) if place else None
        about = activity or f"{programme}.{spot or 'elsewhere'}"
        wanted = f"{about}.{indicator}.{end or start or 'undated'}"
        self._tables["results"].add(
            id=self._figures.give(wanted),
            activity=activity,
            programme=programme,
            iso3=place.iso3 if place else None,
            region=place.region if place and place.iso3 is None else None,
            indicator=indicator,
            value=None if figure.value is None else float(figure.value),
            qualifier=None if figure.value is None else figure.qualifier,
            unit=unit,
            sex=figure.sex or None,
            period_start=start,
            period_end=end,
            period_basis="stated" if start or end else "undated",
            additive=figure.additive,
            source=self._source,
            **_in_languages("note", figure.notes),
        )


def _in_languages(base: str, texts: Texts) -> dict[str, str | None]:
    """The columns of a text in three languages; languages without a column share one, all of them kept."""
    columns: dict[str, str | None] = {}
    others = []
    for language, text in texts.items():
        if language in LANGUAGES:
            columns[f"{base}_{language}"] = text
        else:
            others.append(text)
    if others:
        known = columns.get(f"{base}_{_OTHER_LANGUAGE}")
        kept = [known, *others] if known else others
        columns[f"{base}_{_OTHER_LANGUAGE}"] = " / ".join(dict.fromkeys(kept))
    return columns


def _content_digest(activity: Activity) -> str:
    """What tells an activity without an identifier of its own from others: all that it says."""
    return digest(repr([getattr(activity, one.name) for one in fields(activity) if one.name != "row"]))


def _actor_identifier(ref: str, name: str) -> str:
    return (
        format_identifier(ref)
        if ref
        else f"{format_identifier(name)[:40].rstrip('-._:')}-{digest(name.casefold())}"
    )


def _modality(activity: Activity) -> str:
    """The modality as stated; one that names one country is not kept beside several."""
    places = {one.iso3 or one.region for one in activity.recipients} - {None}
    return (
        "unknown" if activity.modality in ("bilateral", "domestic") and len(places) > 1 else activity.modality
    )


def _shares(activity: Activity) -> list[dict[str, object] | None]:
    """Role, share and its basis of each recipient; None for a region that only repeats the countries.

    Percentages are kept as published as long as they are percentages; those beyond the whole are scaled.
    """
    recipients = activity.recipients
    repeats = regions_repeat(recipients)
    published = [one.percentage for one in recipients]
    untold = all(one is None for one in published) or all(one == 0 for one in published)
    stated = not untold and not activity.recipients_of_amounts
    if stated and any(one is not None and one > WHOLE for one in published):
        published = list(effective_percentages(recipients))
    shares: list[dict[str, object] | None] = []
    for one, percentage in zip(recipients, published, strict=True):
        if repeats and one.is_region:
            shares.append(None)
        elif stated and percentage is not None:
            shares.append({"role": "recipient", "share": float(percentage), "share_basis": "stated"})
        else:
            lone = len(recipients) == 1 and not activity.recipients_of_amounts
            shares.append({"role": "recipient", "share_basis": None if lone else "unknown"})
    return shares


def _sites_by_country(activity: Activity) -> dict[str | None, list[Site]]:
    found: dict[str | None, list[Site]] = {}
    for site in activity.sites:
        found.setdefault(site.iso3, []).append(site)
    return found


def _followed(activity: Activity) -> dict[str, str]:
    """What an amount without a place says: to follow no shares, where only other amounts have places."""
    return {"share_basis": "unknown"} if activity.recipients_of_amounts else {}


def _own_place(amount: Amount) -> dict[str, str | None]:
    """The place that an amount names: a country, a region, or nowhere that has a code."""
    iso3 = own_country(amount)
    if iso3 is not None:
        return {"iso3": iso3}
    regions = {one.region for one in amount.recipients if one.region}
    if len(regions) == 1 and all(one.is_region for one in amount.recipients):
        return {"region": regions.pop()}
    return {"share_basis": "unknown"}


def _percent(tag: Tag) -> float | None:
    return float(tag.percent) if tag.percent is not None and 0 <= tag.percent <= WHOLE else None
