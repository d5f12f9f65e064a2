"""A portfolio whose every text tries to become more than text."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from ess.portfolio.builtin import read_builtin
from ess.portfolio.schema import TABLES, Column, arrow_schema
from ess.store.snapshots import set_current
from ess.store.writing import write_snapshot

_RUN = "ran('{kind}')"

PAYLOADS: Mapping[str, str] = {
    "html": "<img src=x onerror=\"ran('html')\">",
    "esc": html.escape("<img src=x onerror=\"ran('esc')\">"),
    "tpl": "${ran('tpl')}",
    "etpl": "${ran(&#x27;etpl&#x27;)}",
    "btk": "`+ran('btk')+`",
    "ebtk": "&#96;+ran(&#x27;ebtk&#x27;)+&#96;",
    "bs": "\\`+ran('bs')+`",
    "scr": "</script><script>ran('scr')</script>",
    "md": "![x](http://outside.example/b.png) [l](http://outside.example/) :red[r] ~5~ <svg/onload=ran(1)>",
    "bare": "http://outside.example/a_b www.outside.example a@outside.example -> :smile: $x^2$ *i* {{y}} 1<2",
}
"""The kinds of SECURITY's matrix, then what Markdown would act on and bare addresses."""

#: Texts that a portfolio reads as codes; a changed one would name something else.
_KEPT = frozenset({"id", "derivation", "overlap_group", "about_id"})


def build_hostile_tables() -> dict[str, pa.Table]:
    """The built-in portfolio with a payload in every text cell, the empty ones too, no two cells alike."""
    numbers = count()
    tables = {name: _poisoned(name, table, numbers) for name, table in read_builtin().items()}
    amount = {
        "id": "amount", "activity": "project-sen-faci", "iso3": "SEN", "kind": "commitment", "value": 5.0,
        "currency": PAYLOADS["bs"],
    }  # fmt: skip
    finances = [*tables["finances"].to_pylist(), amount]
    tables["finances"] = pa.Table.from_pylist(finances, schema=arrow_schema(TABLES["finances"]))
    return tables


def _poisoned(name: str, table: pa.Table, numbers: Iterator[int]) -> pa.Table:
    columns = [column for column in TABLES[name].columns if _is_free(column)]
    rows = [
        {**row, **{column.name: poison(next(numbers)) for column in columns}} for row in table.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[name]))


def _is_free(column: Column) -> bool:
    """Whether a cell of the column holds free text; a unit does where nobody checked the table."""
    return (
        column.type == "text" and column.name not in _KEPT and (not column.pattern or column.name == "unit")
    )


def poison(number: int) -> str:
    """The text of cell `number`: a payload between signs that tell it from the others."""
    payloads = list(PAYLOADS.values())
    return f"q{number} {payloads[number % len(payloads)]} q{number}."


def write_hostile_store(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """A store that serves the hostile portfolio; its rows by table."""
    tables = build_hostile_tables()
    write_snapshot(read_builtin(), folder, origin=PAYLOADS["html"], created="2020-01-01T00:00:00+00:00")
    snapshot = write_snapshot(tables, folder, origin=f"{PAYLOADS['html']} {PAYLOADS['md']}.csv")
    set_current(folder, snapshot.id)
    return {name: table.to_pylist() for name, table in tables.items()}
