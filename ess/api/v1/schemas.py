"""JSON Schemas of every answer, made from the portfolio's one definition of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ess.analysis.by_country import State
from ess.api.v1.rows import FROM_ACTIVITY, GATHERED, LABELLED
from ess.portfolio.schema import TABLES, Column
from ess.settings import BOUNDARY_VIEWS
from geodata.codes import LANGUAGES

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
FLAG: Schema = {"type": "boolean"}
TEXTS: Schema = {"type": "array", "items": TEXT}
OPEN_TEXT: Schema = {"type": ["string", "null"]}
OPEN_NUMBER: Schema = {"type": ["number", "null"]}

_TYPES: Mapping[str, str] = {"integer": "integer", "number": "number", "boolean": "boolean"}


def whole(properties: Mapping[str, Schema], optional: Iterable[str] = ()) -> Schema:
    """An object with just these properties, each of them there unless it is optional."""
    required = [name for name in properties if name not in set(optional)]
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


def listed(items: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": items}


def named(schema: str) -> Schema:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{schema}"}


def by_id(rows: Schema) -> Schema:
    """Rows by their ids."""
    return {"type": "object", "additionalProperties": rows}


def column_schema(column: Column) -> Schema:
    """The schema of a cell; null where nothing is stated."""
    kind = _TYPES.get(column.type, "string")
    schema: Schema = {"type": kind if column.required else [kind, "null"]}
    if column.type == "date":
        schema["format"] = "date"
    schema["description"] = column.meaning + (f" ({column.unit})" if column.unit else "")
    return schema


def table_schema(table: str) -> Schema:
    """The schema of a row of a portfolio's table."""
    return whole({column.name: column_schema(column) for column in TABLES[table].columns})


def _listed_row(kind: str) -> Schema:
    properties = dict(table_schema(kind)["properties"])
    properties.update(dict.fromkeys(FROM_ACTIVITY[kind], OPEN_TEXT))
    properties.update(dict.fromkeys(GATHERED[kind], TEXTS))
    properties.update({f"{name}_label": OPEN_TEXT for name in LABELLED[kind]})
    properties["undated"] = {
        **FLAG,
        "description": "No date is stated: the row stays whatever years are asked for.",
    }
    if kind == "activities":
        properties.update(title=OPEN_TEXT, url=TEXT)
    elif kind == "results":
        properties["indicator_label"] = OPEN_TEXT
    return whole(properties)


_SNAPSHOT = whole({"id": TEXT, "data_as_of": OPEN_TEXT, "created": OPEN_TEXT, "origin": TEXT})
_ABOUT: Schema = {
    "snapshot": named("Snapshot"),
    "boundary_view": {"type": "string", "enum": list(BOUNDARY_VIEWS)},
    "lang": {"type": "string", "enum": list(LANGUAGES)},
    "filters": {"type": "object", "additionalProperties": TEXTS},
    "coded_by_analyst": {
        **TEXTS,
        "description": "Filters whose code an analyst, not a source, gave to some of the records.",
    },
}
_PAGE: Schema = {"total": COUNT, "limit": COUNT, "offset": COUNT, "sort": TEXT, "order": TEXT}
_STATE: Schema = {"type": "string", "enum": [str(state) for state in State]}
_SHARED = whole({"result": TEXT, "value": OPEN_NUMBER, "unit": TEXT, "countries": TEXTS})
_VALUE: Schema = {
    "value": {**OPEN_NUMBER, "description": "Null where none is stated: missing is not zero."},
    "qualifier": {**OPEN_TEXT, "description": "=, or what kind of bound the value is."},
    "state": _STATE,
    "activities": COUNT,
}
_COUNTRY_VALUE = whole({
    "iso3": TEXT,
    **_VALUE,
    "shared": listed(named("SharedTotal")),
    "shared_total": COUNT,
    "planned": COUNT,
    "stated": COUNT,
    "derived": TEXTS,
})  # fmt: skip
_REGION_VALUE = whole({"region": OPEN_TEXT, "name": TEXT, **_VALUE})
_MEASURE = whole({
    "id": TEXT, "kind": TEXT, "code": OPEN_TEXT, "unit": TEXT, "split": OPEN_TEXT, "label": TEXT, "url": TEXT,
})  # fmt: skip
_COUNTRY = whole({
    "iso3": TEXT, "iso2": OPEN_TEXT, "m49": OPEN_TEXT,
    "name": TEXT, "name_fr": TEXT, "name_en": TEXT, "name_ar": TEXT,
    "region": OPEN_TEXT, "subregion": OPEN_TEXT, "intermediate": OPEN_TEXT, "groups": TEXTS,
})  # fmt: skip
_GROUP = whole({"id": TEXT, "kind": TEXT, "name": TEXT, "source": TEXT, "as_of": OPEN_TEXT, "status": TEXT})
_FOUND = whole({
    "id": TEXT, "title": OPEN_TEXT, "type": TEXT, "type_label": OPEN_TEXT, "stage": TEXT,
    "stage_label": OPEN_TEXT, "start": OPEN_TEXT, "end": OPEN_TEXT, "undated": FLAG, "countries": TEXTS,
    "analyst_codes": TEXTS, "url": TEXT,
})  # fmt: skip
_GEOMETRY: Schema = {
    "oneOf": [
        {
            "type": "object",
            "properties": {"type": TEXT, "coordinates": {"type": "array"}},
            "required": ["type", "coordinates"],
        },
        {"type": "null"},
    ]
}
_FEATURE: Schema = {
    "type": "object",
    "properties": {
        "type": {"const": "Feature"},
        "id": TEXT,
        "properties": {"type": "object"},
        "geometry": _GEOMETRY,
    },
    "required": ["type", "properties", "geometry"],
}
_FEATURES: Schema = {
    "type": "object",
    "properties": {
        "type": {"const": "FeatureCollection"},
        "atlas": {"type": "object"},
        "features": listed(named("Feature")),
    },
    "required": ["type", "atlas", "features"],
}
_ERROR = whole({
    "error": whole({
        "status": {"type": "integer"}, "code": TEXT, "message": TEXT, "parameter": OPEN_TEXT,
        "expected": TEXTS,
    }),
})  # fmt: skip


def _page_of(kind: str, row: str) -> Schema:
    about = f"A page of {kind}; total is how many there are on all pages."
    paged = {**_ABOUT, **_PAGE, "rows": listed(named(row)), "sources": by_id(named("Source"))}
    return {**whole(paged), "description": about}


ATTACHED = ("places", "participants", "tags", "results", "finances", "notes")
"""The tables whose rows hang on an activity."""

_ROW_NAMES: Mapping[str, str] = {
    "places": "Place", "participants": "Participant", "tags": "Tag", "results": "Result",
    "finances": "Amount", "notes": "Note", "actors": "Actor", "programmes": "Programme", "sources": "Source",
    "activities": "Activity",
}  # fmt: skip


def _record() -> Schema:
    return whole({
        **{name: schema for name, schema in _ABOUT.items() if name not in ("filters", "coded_by_analyst")},
        "activity": named("Activity"),
        "title": OPEN_TEXT,
        "undated": FLAG,
        "analyst_codes": TEXTS,
        **{name: listed(named(_ROW_NAMES[name])) for name in ATTACHED},
        "totals": whole(dict.fromkeys(ATTACHED, COUNT)),
        "parts": TEXTS,
        "programme": {"oneOf": [named("Programme"), {"type": "null"}]},
        "actors": by_id(named("Actor")),
        "sources": by_id(named("Source")),
    })  # fmt: skip


def build_schemas() -> dict[str, Schema]:
    """Every schema of the document, by name."""
    return {
        "Snapshot": _SNAPSHOT,
        "Error": _ERROR,
        **{name: table_schema(table) for table, name in _ROW_NAMES.items()},
        "ListedActivity": _listed_row("activities"),
        "ListedResult": _listed_row("results"),
        "ListedAmount": _listed_row("finances"),
        "ActivityPage": _page_of("activities", "ListedActivity"),
        "ResultPage": _page_of("results", "ListedResult"),
        "AmountPage": _page_of("amounts", "ListedAmount"),
        "Record": _record(),
        "Measure": _MEASURE,
        "Measures": whole({
            "snapshot": named("Snapshot"), "lang": _ABOUT["lang"], "measures": listed(named("Measure")),
        }),
        "SharedTotal": _SHARED,
        "CountryValue": _COUNTRY_VALUE,
        "RegionValue": _REGION_VALUE,
        "MeasureByCountry": whole({
            **_ABOUT,
            "measure": named("Measure"),
            "countries": listed(named("CountryValue")),
            "unmatched": listed(named("CountryValue")),
            "regional": listed(named("RegionValue")),
            "unallocated": {**OPEN_NUMBER, "description": "Money that no country has by a published share."},
            "totals": whole({"activities": COUNT, "undated": COUNT}),
            "records": {**TEXT, "description": "Address of the records behind the values."},
        }),
        "Country": _COUNTRY,
        "Group": _GROUP,
        "Countries": whole({
            "snapshot": named("Snapshot"), "boundary_view": _ABOUT["boundary_view"], "lang": _ABOUT["lang"],
            "countries": listed(named("Country")), "groups": listed(named("Group")),
        }),
        "Found": _FOUND,
        "FoundPage": whole({**_ABOUT, **_PAGE, "q": TEXTS, "rows": listed(named("Found"))}),
        "Feature": _FEATURE,
        "Features": _FEATURES,
    }  # fmt: skip
