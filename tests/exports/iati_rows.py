"""The tables of a portfolio from its IATI export, read as the export's own description says.

It shows that nothing is lost; it is no reader of other people's files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pyarrow as pa
from lxml import etree

from ess.portfolio.schema import LANGUAGES, TABLES, Column, arrow_schema

ATLAS = "{urn:ess-atlas:2}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
KINDS = {"2": "commitment", "3": "disbursement", "4": "expenditure"}
_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "number": float,
    "boolean": "true".__eq__,
    "date": date.fromisoformat,
}

Row = dict[str, Any]


def tables_of(content: bytes) -> dict[str, pa.Table]:
    """Every table of the schema; rows in the order of the file."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    rows: defaultdict[str, list[Row]] = defaultdict(list)
    for element in root.iter(f"{ATLAS}row"):
        cells = {str(name): str(value) for name, value in element.attrib.items()}
        rows[cells.pop("table")].append(cells)
    for activity in root.iterfind("iati-activity"):
        _read_activity(activity, rows)
    return {name: _table(name, rows[name]) for name in TABLES}


def _table(name: str, rows: list[Row]) -> pa.Table:
    columns = {column.name: column for column in TABLES[name].columns}
    typed = [{key: _typed(columns[key], cell) for key, cell in row.items()} for row in rows]
    return pa.Table.from_pylist(typed, schema=arrow_schema(TABLES[name]))


def _typed(column: Column, text: str) -> Any:
    return _PARSERS.get(column.type, str)(text)


def _own(element: etree._Element) -> Row:
    return {
        str(name).removeprefix(ATLAS): str(value)
        for name, value in element.attrib.items()
        if str(name).startswith(ATLAS) and str(name) != f"{ATLAS}stands_in"
    }


def _texts(element: etree._Element | None, base: str, tag: str = "narrative") -> Row:
    if element is None or element.get(f"{ATLAS}stands_in"):
        return {}
    found = {str(one.get(XML_LANG)): str(one.text) for one in element.iterfind(tag)}
    return {f"{base}_{language}": found[language] for language in LANGUAGES if language in found}


def _read_activity(element: etree._Element, rows: defaultdict[str, list[Row]]) -> None:
    row = _own(element)
    row |= _texts(element.find("title"), "title") | _texts(element.find("description"), "description")
    rows["activities"].append(row | _texts(element, "note", f"{ATLAS}note"))
    activity = {"activity": row["id"]}
    for organisation in element.iterfind("participating-org"):
        if organisation.get(f"{ATLAS}actor"):
            rows["participants"].append(activity | _own(organisation))
    for tag in ("sector", "tag", "policy-marker"):
        rows["tags"] += [activity | _tag(found) for found in element.iterfind(tag)]
    for amount in (*element.iterfind("budget"), *element.iterfind("transaction")):
        rows["finances"].append(activity | _amount(amount))
    rows["results"] += [activity | _result(found) for found in element.iterfind("result")]


def _tag(element: etree._Element) -> Row:
    percentage = element.get("percentage")
    return _own(element) | ({"percent": percentage} if percentage else {})


def _amount(element: etree._Element) -> Row:
    kind, day = element.find("transaction-type"), element.find("transaction-date")
    day = element.find("period-start") if day is None else day
    value = element.find("value")
    assert value is not None
    assert day is not None
    return _own(element) | {
        "kind": "budget" if kind is None else KINDS[str(kind.get("code"))],
        "value": str(value.text),
        "currency": str(value.get("currency")),
        "date": str(day.get("iso-date")),
    }


def _result(element: etree._Element) -> Row:
    row = _own(element) | _texts(element, "note", f"{ATLAS}note")
    period = element.find("indicator/period")
    if period is None:
        return row
    days = {
        name: str(found.get("iso-date"))
        for name, tag in (("period_start", "period-start"), ("period_end", "period-end"))
        if (found := period.find(tag)) is not None
    }
    actual = period.find("actual")
    return row | days | ({} if actual is None else {"value": str(actual.get("value"))})
