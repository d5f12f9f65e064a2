"""The interface in this process: asked over ASGI, without a server."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, unquote, urlencode

import geopandas as gpd
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message

from ess.analysis.by_country import MeasureByCountry, answer_measure, measure_by_region, read_tally
from ess.analysis.join import join_measure
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary
from ess.api.security import SecurityHeaders
from ess.api.v1.asking import Asked, Defaults, Portfolio
from ess.api.v1.operations import build_operations
from ess.api.v1.packing import Packed, write_answer
from ess.api.v1.serving import Interface, build_interface_routes
from ess.store.engine import Engine
from geodata.layer import read_countries
from tests.loops import run_aside

ROOT = "/api/v1"

PackedAnswer = Callable[[str, Asked], Packed]
Layer = Callable[[str], gpd.GeoDataFrame]


@dataclass(frozen=True)
class Answer:
    """What came back; names of headers in lower case, the body as it was sent."""

    status: int
    headers: Mapping[str, str]
    sent: bytes

    @property
    def body(self) -> bytes:
        """The body, unpacked."""
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.sent) if packed else self.sent

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The body as CSV."""
        text = self.body.decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    @property
    def links(self) -> dict[str, str]:
        """The addresses of the Link header, by relation."""
        parts = [part.split("; ") for part in self.headers.get("link", "").split(", ") if part]
        return {rel.removeprefix('rel="').rstrip('"'): address.strip("<>") for address, rel in parts}


#: Countries that the tests speak of, two that a boundary view joins, and two that nobody names.
FEW = ("CIV", "COG", "CPV", "ESH", "GIN", "MAR", "SEN", "ITA", "FJI")


@cache
def layer(view: str) -> gpd.GeoDataFrame:
    """A few countries of the layer: the whole of it takes seconds to write and to read again."""
    countries = read_countries(view)
    return countries[countries["iso3"].isin(FEW)].reset_index(drop=True)


def portfolio_of(engine: Engine, vocabulary: Vocabulary, layer: Layer = layer) -> Portfolio:
    """What the interface reads of an engine, nothing of it kept."""

    def answer(measure: Measure, selection: Selection, view: str) -> MeasureByCountry:
        return answer_measure(engine, measure, read_tally(engine, selection, vocabulary, view), vocabulary)

    return Portfolio(
        engine.snapshot,
        engine,
        vocabulary,
        layer=layer,
        answer=answer,
        joined=lambda measure, selection, view: join_measure(layer(view), answer(measure, selection, view)),
        regional=lambda measure, selection: tuple(measure_by_region(engine, measure, selection, vocabulary)),
    )


def interface_of(
    portfolio: Portfolio, *, origins: Sequence[str] = (), answer: PackedAnswer | None = None
) -> Interface:
    """An interface over a portfolio; `answer` stands in for what the pages' process does."""
    operations = build_operations()
    return Interface(
        lambda asked: portfolio if portfolio.snapshot.id.startswith(asked) else None,
        answer or (lambda _, asked: write_answer(asked, portfolio, operations)),
        Defaults("un", "en"),
        tuple(origins),
        operations,
    )


def application(interface: Interface) -> ASGIApp:
    """The routes as the atlas has them, behind its security headers."""
    return Starlette(routes=build_interface_routes(interface), middleware=[Middleware(SecurityHeaders)])


@dataclass(frozen=True)
class Client:
    """Asks an application in this process."""

    app: ASGIApp

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """The answer to one request; an underscore in a header's name is a hyphen."""
        route, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(route),
            "raw_path": route.encode(),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [
                (name.replace("_", "-").lower().encode(), text.encode("latin-1"))
                for name, text in {"host": "127.0.0.1", **headers}.items()
            ],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return run_aside(_exchange(self.app, scope))

    def get(self, route: str, *pairs: tuple[str, object], **headers: str) -> Answer:
        """GET a route below the root with parameters."""
        query = urlencode([(name, str(value)) for name, value in pairs])
        return self.ask(f"{ROOT}/{quote(route, safe='/:')}" + (f"?{query}" if query else ""), **headers)


async def _exchange(app: ASGIApp, scope: Mapping[str, Any]) -> Answer:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(dict(scope), receive, send)
    start, *parts = sent
    headers = {name.decode().lower(): text.decode("latin-1") for name, text in start["headers"]}
    return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))
