"""The OpenAPI 3.1 document, from the definition that serves the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from ess.api.v1.asking import Portfolio
from ess.api.v1.formats import MEDIA_TYPES
from ess.api.v1.operations import OK, UNCHANGED, Operation
from ess.api.v1.parameters import MOST_VALUES, Parameter
from ess.api.v1.refusals import FULL, MEANINGS, NOT_FOUND
from ess.api.v1.rules import RULES, limits
from ess.api.v1.schemas import Schema, build_schemas, named
from ess.locales import translator
from ess.store.engine import Row

_ENGLISH = "en"  # the document has one language

_ETAG = {"description": "Snapshot and question; for If-None-Match.", "schema": {"type": "string"}}
_LINK = {
    "description": "The next and the previous page, as rel next and prev (RFC 8288).",
    "schema": {"type": "string"},
}
_WAIT = {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}
_SNAPSHOT = {"description": "Id of the snapshot that answers.", "schema": {"type": "string"}}
_AS_OF = {"description": "Day of the latest dated source.", "schema": {"type": "string"}}


def build_document(operations: Sequence[Operation], portfolio: Portfolio) -> dict[str, Any]:
    """The document; its examples are codes of the served snapshot."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Atlas of South-South cooperation",
            "version": "1",
            "summary": "Activities, results, amounts and measures by country, with their sources.",
            "description": "\n\n".join([*RULES, *limits(translator(_ENGLISH))]),
            "license": {"name": "Apache-2.0 (the code)", "identifier": "Apache-2.0"},
        },
        "paths": {one.path: {"get": _describe(one, portfolio)} for one in operations},
        "components": {
            "schemas": build_schemas(),
            "headers": {
                "ETag": _ETAG, "Link": _LINK, "Retry-After": _WAIT,
                "Atlas-Snapshot": _SNAPSHOT, "Atlas-Data-As-Of": _AS_OF,
            },
        },
    }  # fmt: skip


def _describe(operation: Operation, portfolio: Portfolio) -> dict[str, Any]:
    return {
        "operationId": operation.name,
        "summary": operation.meaning,
        "parameters": [_parameter(one, operation, portfolio) for one in operation.parameters],
        "responses": {str(status): _response(operation, status) for status in operation.statuses},
    }


def _parameter(parameter: Parameter, operation: Operation, portfolio: Portfolio) -> dict[str, Any]:
    schema: dict[str, Any] = dict(parameter.form.schema())
    if parameter.default is not None:
        schema["default"] = parameter.default
    if parameter.repeated:
        schema = {"type": "array", "items": schema, "maxItems": MOST_VALUES // 2}
    told: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.meaning,
        "required": parameter.required,
        "schema": schema,
    }
    if parameter.repeated:
        told.update(style="form", explode=True)
    examples = example_values(parameter, operation.name, portfolio)
    if examples:
        values = [[one] for one in examples] if parameter.repeated else examples
        told["examples"] = {f"example{number}": {"value": one} for number, one in enumerate(values, 1)}
    return told


def example_values(parameter: Parameter, operation: str, portfolio: Portfolio) -> tuple[str | int, ...]:
    """What a parameter may be given: its own examples, else codes of the snapshot."""
    if parameter.examples:
        return parameter.examples
    if parameter.place == "path":
        return _example_ids(operation, portfolio)
    return tuple(islice(portfolio.vocabulary.options.get(parameter.name, {}), 2))


def _example_ids(operation: str, portfolio: Portfolio) -> tuple[str, ...]:
    if operation == "measure":
        return ("activities", *(f"result:{code}" for code in portfolio.vocabulary.mapped_indicators[:1]))
    rows = portfolio.engine.table("activities")

    def first() -> list[Row]:
        return portfolio.engine.rows(rows.order_by("id").select("id").limit(1))

    return tuple(row["id"] for row in portfolio.engine.remember("example of an activity", first))


def _response(operation: Operation, status: int) -> dict[str, Any]:
    headers = {name: _header(name) for name in ("Atlas-Snapshot", "Atlas-Data-As-Of")}
    if status in (OK, UNCHANGED):
        headers["ETag"] = _header("ETag")
    if status == OK:
        if operation.is_paged:
            headers["Link"] = _header("Link")
        content = {
            MEDIA_TYPES[name].partition(";")[0]: _content(operation, name) for name in operation.writers
        }
        return {"description": operation.meaning, "headers": headers, "content": content}
    if status == UNCHANGED:
        return {"description": "Nothing has changed since the answer with that ETag.", "headers": headers}
    if status == FULL:
        headers = {"Retry-After": _header("Retry-After")}
    content = {"application/json": {"schema": named("Error"), "example": _refusal_example(status)}}
    return {"description": MEANINGS[status], "headers": headers, "content": content}


def _content(operation: Operation, name: str) -> Mapping[str, Any]:
    if name in operation.schemas:
        return {"schema": named(operation.schemas[name])}
    return {"schema": {"type": "string"}}


def _header(name: str) -> Schema:
    return {"$ref": f"#/components/headers/{name}"}


def _refusal_example(status: int) -> dict[str, Any]:
    sentences = {
        400: ("unusable_value", "limit is “0”; expected a whole number, 1…1000.", "limit", ["1…1000"]),
        NOT_FOUND: (
            "unknown_measure",
            "There is no measure x; expected one of: activities.",
            "id",
            ["activities"],
        ),
    }
    code, message, parameter, expected = sentences.get(status, ("refused", MEANINGS[status], None, []))
    told = {"status": status, "code": code, "message": message, "parameter": parameter, "expected": expected}
    return {"error": told}
