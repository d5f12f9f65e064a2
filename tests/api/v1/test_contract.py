"""No 5xx, no undocumented status, no answer unlike its schema; and planted faults are found."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import Any

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ess.analysis.measures import list_measures
from ess.api.v1.asking import Portfolio
from tests.api.v1.asking import Client, application, interface_of
from tests.api.v1.contract import ACCEPTS, CONFORMS, DOCUMENT, judge, narrowed


@pytest.fixture(scope="module")
def app(builtin: Portfolio) -> ASGIApp:
    return application(interface_of(builtin))


@cache
def document_of(app: ASGIApp) -> Any:
    return Client(app).ask(DOCUMENT).json


def codes_for(portfolio: Portfolio, path: str, name: str) -> list[str]:
    """What a parameter of a route may be, of the snapshot."""
    if name == "id" and "measures" in path:
        counted = [one.id for one in list_measures(portfolio.vocabulary)]
        return [*counted[:3], *counted[-3:]]
    if name == "id":
        rows = portfolio.engine.table("activities").select("id").order_by("id").limit(6)
        return [row["id"] for row in portfolio.engine.rows(rows)]
    if name == "snapshot":
        return [portfolio.snapshot.id, portfolio.snapshot.id[:8]]
    if name == "q":
        return ["formation", "femmes prix", "التعاون", "nothing-of-the-kind"]
    return list(portfolio.vocabulary.options.get(name, ()))


def test_whatever_the_document_allows_is_answered_as_it_says(app: ASGIApp) -> None:
    judged = judge(app, None, CONFORMS)
    assert judged.faults == {}
    assert judged.statuses.keys() == document_of(app)["paths"].keys()
    seen = set().union(*judged.statuses.values())
    assert {200, 400, 404} <= seen


def test_codes_of_the_snapshot_are_accepted(app: ASGIApp, builtin: Portfolio) -> None:
    judged = judge(app, narrowed(document_of(app), partial(codes_for, builtin)), ACCEPTS)
    assert judged.faults == {}
    assert all(200 in statuses for statuses in judged.statuses.values())


class Planted:
    """An interface with a fault in its answers: another status than 200, or a member that is missing."""

    def __init__(self, app: ASGIApp, status: int | None, lacks: str | None) -> None:
        self.app, self.status, self.lacks = app, status, lacks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, uncompressed, and plant the fault in its answer."""

        async def send_planted(message: Message) -> None:
            if message["type"] == "http.response.start" and self.status and message["status"] == 200:
                message["status"] = self.status
            if message["type"] == "http.response.body" and self.lacks:
                message["body"] = self.without(message["body"])
            await send(message)

        plain = [(name, text) for name, text in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, send_planted)

    def without(self, body: bytes) -> bytes:
        """The answer without one of its members, as long as it was."""
        if not body.startswith(b"{"):
            return body
        told = json.loads(body)
        told.pop(self.lacks, None)
        written = json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        return written.ljust(len(body))


@pytest.mark.parametrize(
    ("status", "lacks", "name"),
    [(418, None, "UndefinedStatusCode"), (500, None, "ServerError"), (None, "snapshot", "JsonSchemaError")],
)
def test_a_planted_fault_is_found(app: ASGIApp, status: int | None, lacks: str | None, name: str) -> None:
    route = "/api/v1/measures"
    document = {**document_of(app), "paths": {route: document_of(app)["paths"][route]}}
    assert judge(app, document, CONFORMS).faults == {}
    assert name in judge(Planted(app, status, lacks), document, CONFORMS).faults[route]
