"""Rows of a portfolio as a reader meets them: activities with their places, actors, tags and notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.selection import Selection, choose, chosen_of
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Row, blank, blank_numbers

#: The role of a place that is shown apart and never counted by country.
PROVIDER = "provider"


@dataclass(frozen=True)
class Record:
    """One activity with what says where it is, who takes part, and how it is classified.

    Of places, participants and tags, a row has the columns that `ess.analysis.facts.attached` keeps.
    """

    activity: Row
    places: tuple[Row, ...] = ()
    participants: tuple[Row, ...] = ()
    tags: tuple[Row, ...] = ()
    notes: tuple[Row, ...] = ()

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
    held = choose(engine, selection, vocabulary, "un")

    def build() -> ir.Table:
        found = facts.activities(engine)
        found = chosen_of(found.filter(~found.umbrella), held)
        ordered = found.order_by(["type", "n"])
        return (ordered if limit is None else ordered.limit(limit)).select("id", "n")

    rows = engine.ask(("first records", held.table is None, limit), build, held=held)
    return build_records(engine, {row["id"]: row["n"] for row in rows})


def build_records(engine: Engine, numbers: Mapping[str, int]) -> list[Record]:
    """Activities by id and number, in their order, with their rows of other tables (a query a table)."""
    ids = list(numbers)
    activities = {row["id"]: row for row in rows_of(engine, "activities", "id", ids)}
    attached = {
        name: attached_rows(engine, name, numbers.values()) for name in ("places", "participants", "tags")
    }
    notes = notes_about(engine, "activities", ids)
    return [
        Record(
            activity=activities[code],
            notes=notes.get(code, ()),
            **{name: found.get(number, ()) for name, found in attached.items()},
        )
        for code, number in numbers.items()
    ]


def attached_rows(engine: Engine, name: str, numbers: Iterable[int]) -> Mapping[int, tuple[Row, ...]]:
    """Rows of places, participants or tags by the number of their activity."""

    def build() -> ir.Table:
        rows = facts.attached(engine, name)
        order = [key for key in ("id", "actor", "scheme", "code") if key in rows.columns]
        return rows.semi_join(blank_numbers("numbers"), "n").order_by(order)

    listed = ",".join(map(str, numbers))
    found: dict[int, list[Row]] = defaultdict(list)
    for row in engine.ask(("attached", name), build, {"numbers": [listed]}) if listed else ():
        found[row["n"]].append(row)
    return {number: tuple(rows) for number, rows in found.items()}


def rows_of(engine: Engine, name: str, column: str, codes: Sequence[str]) -> list[Row]:
    """Rows of table `name` whose `column` is one of `codes`, in the order of what tells them apart."""
    if not codes:
        return []

    def build() -> ir.Table:
        table = engine.indexed(name, column)
        order = [key for key in ("id", "actor", "scheme", "code") if key in table.columns]
        return table.filter(table[column].isin(blank("codes"))).order_by(order)

    return engine.ask(("rows of", name, column), build, {"codes": codes})


def notes_about(engine: Engine, table: str, ids: Iterable[str]) -> dict[str, tuple[Row, ...]]:
    """Notes on the rows `ids` of `table`, by row id."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows_of(engine, "notes", "about_id", list(ids)):
        if row["about_table"] == table:
            found[row["about_id"]].append(row)
    return {about: tuple(attached) for about, attached in found.items()}
