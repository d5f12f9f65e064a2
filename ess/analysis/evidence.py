"""What hangs on each source, and what the portfolio notes about its own rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import ibis

from ess.store.engine import Engine, Row


@dataclass(frozen=True)
class Evidence:
    """A source with the rows that cite it.

    Attributes
    ----------
    source
        The source's row.
    activities, results, notes
        The first rows of those tables that name it, in the order of their ids.
    counts
        How many rows of each of those tables name it.
    """

    source: Row
    activities: tuple[Row, ...]
    results: tuple[Row, ...]
    notes: tuple[Row, ...]
    counts: Mapping[str, int]


def read_evidence(engine: Engine, *, limit: int = 200) -> list[Evidence]:
    """Every source with at most `limit` rows of each table that cite it, in the order of their ids."""
    tables = ("activities", "results", "notes")
    citing = {name: _first_by(engine, name, "source", limit) for name in tables}
    counts = {name: _counts_by_source(engine, name) for name in tables}
    return [
        Evidence(
            source,
            **{name: found.get(source["id"], ()) for name, found in citing.items()},
            counts={name: found.get(source["id"], 0) for name, found in counts.items()},
        )
        for source in engine.rows(engine.table("sources").order_by("id"))
    ]


def _first_by(engine: Engine, name: str, column: str, limit: int) -> Mapping[str, tuple[Row, ...]]:
    """The first rows of a table by what a column holds; rows where it is missing are left out."""
    table = engine.table(name)
    table = table.filter(table[column].notnull())
    numbered = table.mutate(place=ibis.row_number().over(group_by=table[column], order_by=table.id))
    rows = engine.rows(numbered.filter(numbered.place < limit).drop("place").order_by("id"))
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[column]].append(row)
    return {code: tuple(listed) for code, listed in found.items()}


def _counts_by_source(engine: Engine, name: str) -> dict[str, int]:
    table = engine.table(name)
    grouped = table.filter(table.source.notnull()).group_by("source").aggregate(n=table.id.count())
    return {row["source"]: row["n"] for row in engine.rows(grouped)}


def read_notes(engine: Engine, *, limit: int = 200) -> Mapping[str, tuple[Row, ...]]:
    """At most `limit` notes of each kind, in the order of their ids."""
    return _first_by(engine, "notes", "kind", limit)


def read_row_remarks(engine: Engine, name: str, *, limit: int = 200) -> list[Row]:
    """At most `limit` rows of table `name` that carry a remark of their own (``note_*``)."""
    table = engine.table(name)
    return engine.rows(
        table.filter(table.note_fr.notnull() & (table.note_fr != "")).order_by("id").limit(limit)
    )
