"""What hangs on each source, and what the portfolio notes about its own rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ess.store.engine import Engine, Row


@dataclass(frozen=True)
class Evidence:
    """A source with the rows that cite it.

    Attributes
    ----------
    source
        The source's row.
    activities, results, notes
        Rows of those tables that name it, in the order of their ids.
    """

    source: Row
    activities: tuple[Row, ...]
    results: tuple[Row, ...]
    notes: tuple[Row, ...]


def read_evidence(engine: Engine, *, limit: int = 200) -> list[Evidence]:
    """Every source with at most `limit` rows of each table that cite it, in the order of their ids."""
    citing = {name: _by_source(engine, name, limit) for name in ("activities", "results", "notes")}
    return [
        Evidence(source, **{name: found.get(source["id"], ()) for name, found in citing.items()})
        for source in engine.rows(engine.table("sources").order_by("id"))
    ]


def _by_source(engine: Engine, name: str, limit: int) -> Mapping[str, tuple[Row, ...]]:
    table = engine.table(name)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in engine.rows(table.filter(table.source.notnull()).order_by("id")):
        if len(found[row["source"]]) < limit:
            found[row["source"]].append(row)
    return {source: tuple(rows) for source, rows in found.items()}


def read_notes(engine: Engine) -> Mapping[str, tuple[Row, ...]]:
    """Notes by kind, in the order of their ids."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in engine.rows(engine.table("notes").order_by("id")):
        found[row["kind"]].append(row)
    return {kind: tuple(rows) for kind, rows in found.items()}


def read_row_remarks(engine: Engine, name: str) -> list[Row]:
    """Rows of table `name` that carry a remark of their own (``note_*``)."""
    table = engine.table(name)
    return engine.rows(table.filter(table.note_fr.notnull() & (table.note_fr != "")).order_by("id"))
