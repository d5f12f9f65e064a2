"""The interface against its own document: what the document allows is asked, and every answer is judged."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    positive_data_acceptance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup
from starlette.types import ASGIApp

from tests.factories import PROPERTY

CONFORMS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
"""What holds of every answer; of requests that the snapshot knows, also that they are accepted."""
ACCEPTS = (*CONFORMS, positive_data_acceptance)
DOCUMENT = "/api/v1/openapi.json"

_EXAMPLES = settings(
    PROPERTY,
    max_examples=5,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Judged:
    """What was seen: the statuses of each route, and what was wrong with its answers."""

    statuses: dict[str, set[int]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def judge(app: ASGIApp, document: Mapping[str, Any] | None, checks: Sequence[Any]) -> Judged:
    """Ask every route of a document and judge its answers; without a document, the application's own."""
    if document is None:
        schema = schemathesis.openapi.from_asgi(DOCUMENT, app)
    else:
        schema = schemathesis.openapi.from_dict(dict(document))
        schema.app = app
    judged = Judged()
    for found in schema.get_all_operations():
        operation: Any = found
        _judge(operation.ok(), list(checks), judged)
    return judged


def _judge(operation: Any, checks: list[Any], judged: Judged) -> None:
    seen = judged.statuses.setdefault(operation.path, set())

    @_EXAMPLES
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answer = case.call()
        seen.add(answer.status_code)
        case.validate_response(answer, checks=checks)

    try:
        ask()
    except FailureGroup as failures:
        judged.faults[operation.path] = " ".join(type(one).__name__ for one in failures.exceptions)


def narrowed(document: Mapping[str, Any], codes_for: Callable[[str, str], Sequence[str]]) -> Any:
    """The document with codes of the snapshot in place of texts that may be any.

    `codes_for` gives them by path and parameter; none leaves a parameter as it is.
    """
    told = copy.deepcopy(dict(document))
    for path, item in told["paths"].items():
        own = [one for one in item["get"]["parameters"] if one["name"] not in _NARROWED_AWAY]
        for parameter in own:
            _narrow(parameter["schema"], list(codes_for(path, parameter["name"]))[:6])
        item["get"]["parameters"] = own
    return told


def _narrow(schema: dict[str, Any], codes: list[str]) -> None:
    if not codes:
        return
    target = schema["items"] if schema["type"] == "array" else schema
    target.clear()
    target.update(type="string", enum=codes)
    if schema is not target:
        schema["maxItems"] = 2


#: What only some measures take.
_NARROWED_AWAY = ("currency", "shares")
