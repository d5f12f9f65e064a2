"""Rows of a portfolio as a reader meets them: activities with their places, actors, tags and figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import ibis.expr.types as ir

from ess.analysis.selection import Selection, selected_activities
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Row

#: The role of a place that is shown apart and never counted by country.
PROVIDER = "provider"


@dataclass(frozen=True)
class Record:
    """One activity with everything that hangs on it, each a row of its table."""

    activity: Row
    places: tuple[Row, ...] = ()
    participants: tuple[Row, ...] = ()
    tags: tuple[Row, ...] = ()
    results: tuple[Row, ...] = ()
    finances: tuple[Row, ...] = ()
    notes: tuple[Row, ...] = ()

    @property
    def is_dated(self) -> bool:
        """Whether a first or a last day is known."""
        return self.activity["start"] is not None or self.activity["end"] is not None

    @property
    def countries(self) -> tuple[str, ...]:
        """iso3 of its places, providers apart."""
        return tuple(
            dict.fromkeys(
                place["iso3"] for place in self.places if place["iso3"] and place["role"] != PROVIDER
            )
        )


def read_records(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, *, limit: int | None = None
) -> list[Record]:
    """Activities of the selection as records, in the order of type, then id."""
    activities = selected_activities(engine, selection, vocabulary).order_by(["type", "id"])
    return build_records(engine, activities if limit is None else activities.limit(limit))


def build_records(engine: Engine, activities: ir.Table) -> list[Record]:
    """`activities` with their rows of the other tables (a query a table, whatever the number)."""
    rows = engine.rows(activities)
    ids = [row["id"] for row in rows]
    attached = {
        name: _by_activity(_attached(engine, name, ids))
        for name in ("places", "participants", "tags", "results", "finances")
    }
    notes = notes_about(engine, "activities", ids)
    return [
        Record(
            activity=row,
            notes=notes.get(row["id"], ()),
            **{name: found.get(row["id"], ()) for name, found in attached.items()},
        )
        for row in rows
    ]


def _attached(engine: Engine, name: str, activity_ids: list[str]) -> list[Row]:
    if not activity_ids:
        return []
    table = engine.table(name)
    order = [column for column in ("id", "actor", "scheme", "code") if column in table.columns]
    return engine.rows(table.filter(table.activity.isin(activity_ids)).order_by(order))


def _by_activity(rows: Iterable[Row]) -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["activity"]].append(row)
    return {activity: tuple(attached) for activity, attached in found.items()}


def notes_about(engine: Engine, table: str, ids: Iterable[str]) -> dict[str, tuple[Row, ...]]:
    """Notes on the rows `ids` of `table`, by row id."""
    wanted = list(ids)
    if not wanted:
        return {}
    notes = engine.table("notes")
    rows = engine.rows(
        notes.filter((notes.about_table == table) & notes.about_id.isin(wanted)).order_by("id")
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["about_id"]].append(row)
    return {about: tuple(attached) for about, attached in found.items()}


@dataclass(frozen=True)
class Names:
    """Rows by id of the tables that others refer to."""

    actors: Mapping[str, Row] = field(default_factory=dict)
    programmes: Mapping[str, Row] = field(default_factory=dict)
    sources: Mapping[str, Row] = field(default_factory=dict)
    indicators: Mapping[str, Row] = field(default_factory=dict)


def read_names(vocabulary: Vocabulary) -> Names:
    """The rows that ids in records refer to."""
    return Names(
        actors=vocabulary.options["actor"],
        programmes=vocabulary.options["programme"],
        sources=vocabulary.options["source"],
        indicators=vocabulary.indicators,
    )
