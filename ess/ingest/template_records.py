"""A portfolio's tables as the records that are counted, so that one ledger counts every kind of file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ess.ingest.records import (
    Activity,
    Amount,
    Day,
    Figure,
    Participant,
    Recipient,
    Site,
    Tag,
    Texts,
)
from ess.portfolio.problems import FIRST_ROW
from ess.portfolio.schema import LANGUAGES

Row = dict[str, Any]
Children = Mapping[str, list[Row]]

_OF_AN_ACTIVITY = ("places", "participants", "tags", "results", "finances")


def records_of(tables: Mapping[str, pa.Table]) -> Iterator[Activity]:
    """The activities of a valid portfolio, in order, each with what belongs to it.

    Umbrella rows are among them, marked, without places and amounts: they are never counted. A share counts
    as published only where its basis is ``stated``. Amounts without a value are left out: missing is not
    zero. Figures that belong to no activity are in no record. `row` is the row of the table, the headings
    being row 1.
    """
    children: dict[str, defaultdict[str, list[Row]]] = {name: defaultdict(list) for name in _OF_AN_ACTIVITY}
    for name, by_activity in children.items():
        for row in tables[name].to_pylist():
            if row["activity"] is not None:
                by_activity[row["activity"]].append(row)
    actors, indicators = (
        {row["id"]: row for row in tables[name].to_pylist()} for name in ("actors", "indicators")
    )
    for number, row in enumerate(tables["activities"].to_pylist(), start=FIRST_ROW):
        own = {name: by_activity.get(row["id"], []) for name, by_activity in children.items()}
        yield _activity(number, row, own, actors, indicators)


def _activity(
    number: int, row: Row, own: Children, actors: Mapping[str, Row], indicators: Mapping[str, Row]
) -> Activity:
    places = [] if row["umbrella"] else own["places"]
    amounts = [] if row["umbrella"] else own["finances"]
    partners = [place for place in places if place["role"] != "provider"]
    recipients = [_recipient(place) for place in partners]
    may_follow = len(recipients) > 1 and not any(one.percentage for one in recipients)
    return Activity(
        row=number,
        identifier=row["id"],
        type=row["type"],
        titles=_texts(row, "title"),
        descriptions=_texts(row, "description"),
        stage=row["stage"],
        modality=row["modality"],
        counted=row["counted"],
        umbrella=row["umbrella"],
        start=_day(row, "start"),
        end=_day(row, "end"),
        parent=row["parent"] or "",
        programme=row["programme"] or "",
        recipients=recipients,
        providers=[_recipient(place) for place in places if place["role"] == "provider"],
        amounts=[_amount(one, may_follow=may_follow) for one in amounts if one["value"] is not None],
        sites=[_site(place) for place in places if place["latitude"] is not None],
        participants=[_participant(part, actors.get(part["actor"])) for part in own["participants"]],
        tags=[_tag(tag) for tag in own["tags"]],
        figures=[_figure(result, indicators.get(result["indicator"])) for result in own["results"]],
        notes=[texts] if (texts := _texts(row, "note")) else [],
    )


def _texts(row: Row | None, base: str) -> Texts:
    found = {language: row[f"{base}_{language}"] for language in LANGUAGES} if row else {}
    return {language: text for language, text in found.items() if text}


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(repr(value))


def _day(row: Row, name: str) -> Day | None:
    return Day(row[name], row[f"{name}_precision"]) if row[name] else None


def _recipient(row: Row) -> Recipient:
    share = row.get("share") if row.get("share_basis") == "stated" else None
    is_region = row["region"] is not None
    return Recipient(
        row["iso3"], row["region"], is_region, _decimal(share), row["iso3"] or row["region"] or ""
    )


def _amount(row: Row, *, may_follow: bool) -> Amount:
    """An amount; one that must not follow the shares of its activity is of a place that is not known.

    Where the activity publishes no shares nothing follows them anyway: an equal split, if asked for, may.
    """
    is_placed = row["iso3"] or row["region"]
    own = [_recipient(row)] if is_placed else []
    if not is_placed and row["share_basis"] == "unknown" and not may_follow:
        own = [Recipient()]
    return Amount(
        kind=row["kind"],
        value=Decimal(repr(row["value"])),
        currency=row["currency"] or "?",
        day=row["date"],
        recipients=own,
    )


def _site(row: Row) -> Site:
    return Site(
        latitude=row["latitude"],
        longitude=row["longitude"],
        exactness=row["exactness"] or "",
        iso3=row["iso3"],
        admin1=row["admin1"] or "",
    )


def _tag(row: Row) -> Tag:
    return Tag(row["scheme"], row["code"], _decimal(row["percent"]), row["coded_by"])


def _participant(row: Row, actor: Row | None) -> Participant:
    if actor is None:
        return Participant({"": row["actor"]}, row["role"])
    return Participant(
        names=_texts(actor, "name"),
        role=row["role"],
        ref=row["actor"],
        type=actor["type"],
        iso3=actor["iso3"],
    )


def _figure(row: Row, indicator: Row | None) -> Figure:
    return Figure(
        indicator=row["indicator"],
        labels=_texts(indicator, "label"),
        value=_decimal(row["value"]),
        unit=row["unit"] or "",
        qualifier=row["qualifier"] or "=",
        sex=row["sex"] or "",
        start=row["period_start"],
        end=row["period_end"],
        additive=row["additive"],
        place=_recipient(row) if row["iso3"] or row["region"] else None,
        notes=_texts(row, "note"),
    )
