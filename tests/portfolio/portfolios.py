"""Small changes to tables, for tests that plant a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ess.portfolio.schema import TABLES, arrow_schema

Tables = Mapping[str, pa.Table]


def table_of(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """A table of the schema from rows; columns that a row leaves out are missing cells."""
    return pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[name]))


def with_rows(tables: Tables, name: str, rows: list[dict[str, Any]]) -> dict[str, pa.Table]:
    """The tables with one of them replaced."""
    return {**tables, name: table_of(name, rows)}


def with_cells(tables: Tables, name: str, index: int = 0, **cells: Any) -> dict[str, pa.Table]:
    """The tables with some cells of one row replaced."""
    rows = tables[name].to_pylist()
    rows[index] = {**rows[index], **cells}
    return with_rows(tables, name, rows)


def with_row(tables: Tables, name: str, **cells: Any) -> dict[str, pa.Table]:
    """The tables with one row more in one of them."""
    return with_rows(tables, name, [*tables[name].to_pylist(), cells])


def row_index(tables: Tables, name: str, identifier: str) -> int:
    """Where the row of that id stands."""
    index: int = tables[name].column("id").to_pylist().index(identifier)
    return index


def row_of(tables: Tables, name: str, identifier: str) -> dict[str, Any]:
    """The row of that id."""
    row: dict[str, Any] = tables[name].slice(row_index(tables, name, identifier), 1).to_pylist()[0]
    return row
