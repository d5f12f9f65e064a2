"""The rows of a selection: its activities, what belongs to them, and what they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from ess.analysis import facts
from ess.analysis.selection import (
    Selection,
    choose,
    chosen_of,
    selected_activities,
    selected_results,
)
from ess.analysis.vocabulary import Vocabulary
from ess.portfolio.schema import LIST_SEPARATOR, TABLES, arrow_schema
from ess.store.engine import Engine, Row

#: Every table of the schema by name; of a selection, the rows that belong to it.
Extract: TypeAlias = Mapping[str, pa.Table]

#: Every table, without a row.
NO_RECORDS: Extract = {name: arrow_schema(table).empty_table() for name, table in TABLES.items()}

_OF_AN_ACTIVITY = ("places", "participants", "tags", "finances")


def read_whole(engine: Engine) -> Extract:
    """Every row of the snapshot, umbrella records too, each table in the order of its key."""
    return {name: _read(engine, name, engine.table(name)) for name in TABLES}


def read_extract(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Extract:
    """The rows of a selection, each table in the order of its key.

    Activities and results are those that the map counts: umbrella records, which only group others, are left
    out. What belongs to the activities follows, then the programmes, actors, indicators, notes and sources
    that any of these rows names, with those above them. A parent that the selection leaves out stays a name.
    """
    chosen = selected_activities(engine, selection, vocabulary, view)
    asked: dict[str, ir.Table] = {
        "activities": chosen,
        "results": selected_results(engine, selection, vocabulary, chosen, view),
    }
    for name in _OF_AN_ACTIVITY:
        table = engine.table(name)
        asked[name] = table.filter(table.activity.isin(chosen.id))
    found = {name: _read(engine, name, rows) for name, rows in asked.items()}
    referred = _with_referred(engine, found)
    return {name: referred[name] for name in TABLES}


def read_sources(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> list[Row]:
    """The sources that the records of a selection name, in the order of ids."""
    held = choose(engine, selection, vocabulary, view)

    def build() -> ir.Table:
        cited = chosen_of(facts.citations(engine), held).select("source").distinct()
        sources = engine.table("sources")
        return sources.filter(sources.id.isin(cited.source)).order_by("id")

    return engine.ask(("sources of a selection", held.table is None), build, held=held)


def _with_referred(engine: Engine, rows: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The tables with those that their rows refer to; in this order each sees all who name it."""
    found = dict(rows)
    named = _named(found, "programme")
    found["programmes"] = _with_parents(_read_all(engine, "programmes"), named, "parent")
    named = _named(found, "actor") | _listed(found["programmes"], "actors")
    found["actors"] = _with_parents(_read_all(engine, "actors"), named, "parent")
    found["indicators"] = _rows_of(_read_all(engine, "indicators"), _named(found, "indicator"))
    found["notes"] = _notes_about(_read_all(engine, "notes"), found)
    sources = _read_all(engine, "sources")
    found["sources"] = _with_parents(sources, _named(found, "source"), "based_on")
    return found


def _read_all(engine: Engine, name: str) -> pa.Table:
    return _read(engine, name, engine.table(name))


def _read(engine: Engine, name: str, rows: ir.Table) -> pa.Table:
    """Rows of a table with the columns and types of the schema."""
    table = TABLES[name]
    found = engine.columns(rows.order_by(list(table.key)))
    return found.select(list(table.column_names)).cast(arrow_schema(table))


def _named(found: Mapping[str, pa.Table], column: str) -> set[str]:
    """What any of the tables says in a column of that name."""
    tables = (table for table in found.values() if column in table.column_names)
    return {code for table in tables for code in table.column(column).unique().to_pylist() if code}


def _listed(table: pa.Table, column: str) -> set[str]:
    cells = table.column(column).to_pylist()
    return {code.strip() for cell in cells if cell for code in cell.split(LIST_SEPARATOR) if code.strip()}


def _with_parents(table: pa.Table, codes: Iterable[str], column: str) -> pa.Table:
    """The rows of `codes` and of every row above them."""
    above = dict(zip(table.column("id").to_pylist(), table.column(column).to_pylist(), strict=True))
    wanted: set[str] = set()
    waiting = set(codes)
    while waiting:
        wanted |= waiting
        waiting = {parent for code in waiting if (parent := above.get(code))} - wanted
    return _rows_of(table, wanted)


def _rows_of(table: pa.Table, codes: Iterable[str]) -> pa.Table:
    return table.filter(pc.is_in(table.column("id"), value_set=pa.array(sorted(codes), pa.string())))


def _notes_about(notes: pa.Table, found: Mapping[str, pa.Table]) -> pa.Table:
    """The notes on rows that were found, and on the sources that these rows name."""
    known = {
        (name, code)
        for name, table in found.items()
        if "id" in table.column_names
        for code in table.column("id").to_pylist()
    }
    known |= {("sources", code) for code in _named(found, "source")}
    about = zip(notes.column("about_table").to_pylist(), notes.column("about_id").to_pylist(), strict=True)
    return notes.filter(pa.array([pair in known for pair in about], pa.bool_()))
