"""The questions of a comparison as text: made of the schema's own names, never of anything typed."""
# ruff: noqa: S608

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString

from ess.portfolio.schema import TABLES, Table

ADDED, REMOVED, CHANGED = KINDS = ("added", "removed", "changed")
SIDES = ("older", "newer")

#: The tables in the order in which the changes of an activity are told; the last ones are of no one activity.
TOLD = (
    "activities", "places", "participants", "tags", "results", "finances", "notes",
    "programmes", "actors", "indicators", "sources",
)  # fmt: skip

NOTHING = (
    "SELECT 0 AS place, '' AS name, '' AS kind, NULL::VARCHAR AS activity, NULL::VARCHAR AS was WHERE FALSE"
)
AMONG = (
    f"(activity IN (SELECT id FROM let_through) OR was IN (SELECT id FROM let_through) OR (activity IS NULL "
    f"AND place = {TOLD.index('results')} AND name IN (SELECT id FROM let_through_results)))"
)


def _has_ids(name: str) -> bool:
    return "id" in TABLES[name].column_names


def _cell(name: str, column: str) -> str:
    """A cell as text: an empty text is a missing one, and minus zero is zero."""
    unsigned = " + 0.0" if TABLES[name].column(column).type == "number" else ""
    return f"coalesce(CAST(\"{column}\"{unsigned} AS VARCHAR), '')"


def _digest(name: str) -> str:
    """A number for each row that stands for all its cells; each with its length, so that none runs over."""
    cells = [_cell(name, column) for column in TABLES[name].column_names]
    whole = ", ".join(f"strlen({cell}), ':', {cell}" for cell in cells)
    return f"md5_number(concat({whole}))"


def _key(name: str) -> str:
    """What rows are looked up by: their id, else their activity, within which the digest tells them apart."""
    return '"id"' if _has_ids(name) else '"activity"'


def _activity(table: Table) -> LiteralString:
    """The activity that a row belongs to."""
    if table.name == "activities":
        return '"id"'
    if "activity" in table.column_names:
        return '"activity"'
    if table.name == "notes":
        return "CASE WHEN about_table = 'activities' THEN about_id END"
    return "NULL::VARCHAR"


def differing(name: str) -> str:
    """The rows of a table that differ: place of the table, name, kind, activity, and the one it was of."""
    named = f"{_key(name)} AS key, {_activity(TABLES[name])} AS activity, {_digest(name)} AS digest"
    sides = [f"(SELECT {named} FROM {side}_{name})" for side in SIDES]
    same = "o.key = w.key" if _has_ids(name) else "o.key = w.key AND o.digest = w.digest"
    told = "coalesce(w.key, o.key)" if _has_ids(name) else "CAST(coalesce(w.digest, o.digest) AS VARCHAR)"
    return (
        f"SELECT {TOLD.index(name)} AS place, {told} AS name, "
        f"CASE WHEN o.key IS NULL THEN '{ADDED}' WHEN w.key IS NULL THEN '{REMOVED}' ELSE '{CHANGED}' "
        "END AS kind, CASE WHEN w.key IS NULL THEN o.activity ELSE w.activity END AS activity, "
        f"o.activity AS was FROM {sides[0]} o FULL JOIN {sides[1]} w ON {same} "
        "WHERE o.digest IS DISTINCT FROM w.digest"
    )


def _changed_rows(name: str, side: str) -> str:
    """The rows of a table among which changed ones are, each with its name; digests of these only."""
    if _has_ids(name):
        return f'(SELECT *, "id" AS _name FROM {side}_{name})'
    of = f"(SELECT activity FROM changes WHERE place = {TOLD.index(name)})"
    rows = f"(SELECT * FROM {side}_{name} WHERE activity IN {of})"
    return f"(SELECT *, CAST({_digest(name)} AS VARCHAR) AS _name FROM {rows})"


def rows_of(name: str) -> str:
    """The rows of changes of a table, before and after."""
    sides = [_changed_rows(name, side) for side in SIDES]
    return (
        "WITH asked AS (SELECT n, name, kind, activity FROM changes "
        f"WHERE place = {TOLD.index(name)} AND n IN (SELECT unnest(?::INTEGER[]))) "
        "SELECT asked.n, asked.kind, asked.activity, o, w FROM asked "
        f"LEFT JOIN {sides[0]} o ON o._name = asked.name LEFT JOIN {sides[1]} w ON w._name = asked.name"
    )


def names_of(name: str) -> str:
    """Kind and name, as `Comparison.names` says."""
    place = TOLD.index(name)
    if _has_ids(name):
        return f"SELECT kind, name FROM changes WHERE place = {place} ORDER BY name"
    cells = ", ".join(f'"{column}"' for column in TABLES[name].column_names)
    rows = " UNION ALL ".join(
        f"SELECT _name, concat_ws(' ', {cells}) AS told FROM {_changed_rows(name, side)}" for side in SIDES
    )
    return (
        f"SELECT DISTINCT c.kind, x.told FROM changes c JOIN ({rows}) x ON x._name = c.name "
        f"WHERE c.place = {place} ORDER BY x.told"
    )


def _folded(columns: Sequence[str], of: str = "") -> str:
    cells = ", ".join(f'{of}"{column}"' for column in columns)
    return f"strip_accents(lower(concat_ws(chr(31), {cells})))"


def with_text(tables: Sequence[str]) -> str:
    """Numbers of the changes in whose row, or in whose activity's title, the text ``$1`` stands."""
    sought = "strip_accents(lower($1))"
    titles = [column for column in TABLES["activities"].column_names if column.startswith("title_")]
    parts = []
    for side in SIDES:
        for name in tables:
            texts = [column.name for column in TABLES[name].columns if column.type not in _NO_TEXT]
            rows = _changed_rows(name, side)
            parts.append(
                f"SELECT c.n FROM changes c JOIN {rows} x ON x._name = c.name "
                f"WHERE c.place = {TOLD.index(name)} AND contains({_folded(texts, 'x.')}, {sought})"
            )
        parts.append(
            f"SELECT c.n FROM changes c JOIN {side}_activities x ON x.id = c.activity "
            f"WHERE contains({_folded(titles, 'x.')}, {sought})"
        )
    return " UNION ALL ".join(parts)


_NO_TEXT = frozenset({"integer", "number", "boolean", "date"})
