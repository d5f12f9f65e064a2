"""The Frictionless Data Package descriptor of a portfolio folder, generated from the schema.

``python -m ess.portfolio.descriptor`` writes the built-in portfolio's descriptor anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ess.portfolio.schema import TABLES, Column, ColumnType, Table

DESCRIPTOR = "datapackage.json"
BUILTIN = Path(__file__).parent / "builtin"

_FRICTIONLESS_TYPES: Mapping[ColumnType, str] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "code": "string",
    "reference": "string",
    "references": "string",
}


def build_datapackage() -> dict[str, Any]:
    """One resource a table, with its fields, codes, keys and references, in the schema's order."""
    return {
        "profile": "tabular-data-package",
        "name": "south-south-cooperation-portfolio",
        "title": "Portfolio of South-South cooperation",
        "resources": [_resource(table) for table in TABLES.values()],
    }


def _resource(table: Table) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "path": f"{table.name}.csv",
        "description": table.meaning,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "doubleQuote": True, "quoteChar": '"', "header": True},
        "schema": _table_schema(table),
    }


def _table_schema(table: Table) -> dict[str, Any]:
    references = [_foreign_key(table, column) for column in table.columns if column.type == "reference"]
    schema: dict[str, Any] = {
        "fields": [_field(column) for column in table.columns],
        "missingValues": [""],
        "primaryKey": list(table.key),
    }
    return schema | ({"foreignKeys": references} if references else {})


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _FRICTIONLESS_TYPES[column.type],
        "description": column.meaning + (f" ({column.unit})" if column.unit else ""),
    }
    if column.type == "boolean":
        field |= {"trueValues": ["true"], "falseValues": ["false"]}
    constraints = _constraints(column)
    return field | ({"constraints": constraints} if constraints else {})


def _constraints(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {}
    if column.required:
        constraints["required"] = True
    if column.pattern:
        constraints["pattern"] = column.pattern
    if column.codes:
        constraints["enum"] = [entry.code for entry in column.codes]
    return constraints


def _foreign_key(table: Table, column: Column) -> dict[str, Any]:
    # An empty resource name means the table itself, as the Table Schema specification asks.
    resource = "" if column.references == table.name else column.references
    return {"fields": column.name, "reference": {"resource": resource, "fields": "id"}}


def format_datapackage() -> str:
    """The descriptor as JSON text."""
    return json.dumps(build_datapackage(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    (BUILTIN / DESCRIPTOR).write_text(format_datapackage(), encoding="utf-8")
