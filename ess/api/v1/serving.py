"""The interface over HTTP: methods, formats, tags, compression, origins, and refusals that say why."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ess.api.v1.asking import ROOT, Asked, Defaults, Portfolio, address, read_asked
from ess.api.v1.document import build_document
from ess.api.v1.formats import MEDIA_TYPES, accepted_format, accepts_gzip, write_json
from ess.api.v1.operations import Operation, build_operations
from ess.api.v1.packing import Answer, Packed, build_tag, is_known, pack
from ess.api.v1.page import build_page
from ess.api.v1.parameters import LANG, SNAPSHOT, parse_query
from ess.api.v1.refusals import (
    BAD_REQUEST,
    FAILED,
    FULL,
    NOT_ALLOWED,
    NOT_FOUND,
    Refusal,
    build_refusal,
)
from ess.api.v1.rules import MOST_AT_ONCE
from ess.api.v1.slots import Slots
from ess.errors import StoreError
from ess.escape import file_name
from ess.locales import LANGUAGES, N_, translator

_LOG = logging.getLogger("ess")

METHODS = "GET, HEAD, OPTIONS"
_RETRY_AFTER = "2"  # seconds
_EXPOSED = "ETag, Link, Atlas-Snapshot, Atlas-Data-As-Of, Retry-After"
_PREFLIGHT = {
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, If-None-Match",
    "Access-Control-Max-Age": "600",
}
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, repr=False)
class Interface:
    """What the routes share.

    Attributes
    ----------
    open_portfolio
        The snapshot whose id is asked for or begins with it, with what is kept of it; the served one where
        nothing is asked for, None where there is no such snapshot. Raises AtlasError when it cannot be read.
    answer
        Answers a question.
    origins
        Origins of other hosts' pages whose scripts may read the answers.
    """

    open_portfolio: Callable[[str], Portfolio | None]
    answer: Answer
    defaults: Defaults
    origins: tuple[str, ...] = ()
    operations: tuple[Operation, ...] = field(default_factory=build_operations)
    slots: Slots = field(default_factory=lambda: Slots(MOST_AT_ONCE))


Give = Callable[["_Exchange", Portfolio], Response]


def build_interface_routes(interface: Interface) -> list[BaseRoute]:
    """The routes of the interface; what stands below its root and is none of them is told so in JSON."""
    given: list[tuple[str, Give]] = [
        (ROOT, give_page),
        (f"{ROOT}/", give_page),
        (f"{ROOT}/openapi.json", give_document),
        *((operation.path, _giver(operation)) for operation in interface.operations),
        (f"{ROOT}/{{rest:path}}", give_nothing),
    ]
    return [Route(path, _Endpoint(interface, give)) for path, give in given]


def _giver(operation: Operation) -> Give:
    return lambda exchange, portfolio: give_answer(operation, exchange, portfolio)


@dataclass(frozen=True)
class _Exchange:
    """One request, and what its answer has in any case."""

    interface: Interface
    request: Request

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The query string; a byte that is no UTF-8 becomes a sign that means nothing."""
        text = self.request.scope["query_string"].decode("latin-1")
        return parse_qsl(text, keep_blank_values=True, errors="replace")

    @property
    def lang(self) -> str:
        """The language of sentences: what is asked for where that is one, else the default."""
        asked = [text for name, text in self.pairs if name == "lang" and text in LANGUAGES]
        return asked[0] if asked else self.interface.defaults.lang

    def open_portfolio(self) -> Portfolio:
        """What answers: the served snapshot, or the one that is asked for.

        Raises
        ------
        Refusal
            When there is no such snapshot.
        """
        asked = next((text for name, text in self.pairs if name == SNAPSHOT.name), "")
        portfolio = self.interface.open_portfolio(asked)
        if portfolio is None:
            raise Refusal(
                BAD_REQUEST,
                "unusable_value",
                N_("There is no snapshot {found}; expected the id of one, or the beginning of it."),
                parameter=SNAPSHOT.name,
                found=asked,
            )
        return portfolio

    def send(self, packed: Packed, media_type: str, headers: Mapping[str, str]) -> Response:
        """An answer, compressed where the other side takes that."""
        told = dict(headers)
        body = packed.compressed
        if accepts_gzip(self.request.headers.get("accept-encoding", "")):
            told["Content-Encoding"] = "gzip"
        else:
            body = packed.body
        return Response(body, media_type=media_type, headers=told)

    def send_tagged(
        self, tag: str, media_type: str, give: Callable[[], Packed], headers: Mapping[str, str]
    ) -> Response:
        """What `give` gives, unless the other side has it already."""
        told = {"ETag": tag, "Cache-Control": "no-cache", "Vary": "Accept, Accept-Encoding", **headers}
        if is_known(self.request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=told)
        return self.send(give(), media_type, told)

    def refuse(self, refusal: Refusal) -> Response:
        """A refusal in JSON."""
        told = {"Cache-Control": "no-store"}
        if refusal.status == FULL:
            told["Retry-After"] = _RETRY_AFTER
        if refusal.status == NOT_ALLOWED:
            told["Allow"] = METHODS
        body = write_json(build_refusal(refusal, translator(self.lang)))
        return Response(body, refusal.status, told, MEDIA_TYPES["json"])


class _Endpoint:
    """An ASGI application that answers one path, whatever the method."""

    def __init__(self, interface: Interface, give: Give) -> None:
        self.interface = interface
        self.give = give

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        exchange = _Exchange(self.interface, Request(scope, receive))
        response = await self._respond(exchange)
        self._add_origin(exchange.request, response)
        if scope["method"] == "HEAD":
            response.body = b""  # its length stays in the headers
        await response(scope, receive, send)

    async def _respond(self, exchange: _Exchange) -> Response:
        method = exchange.request.method
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        if method not in ("GET", "HEAD"):
            sentence = N_("{found} is not answered here; expected one of: {expected}.")
            return exchange.refuse(
                Refusal(NOT_ALLOWED, "method", sentence, expected=METHODS.split(", "), found=method)
            )
        if not self.interface.slots.take():
            return exchange.refuse(
                Refusal(
                    FULL,
                    "full",
                    N_(
                        "{count} questions are being worked out, no more may be; ask again in {wait} seconds."
                    ),
                    count=MOST_AT_ONCE,
                    wait=_RETRY_AFTER,
                )
            )
        try:
            return await run_in_threadpool(self._give, exchange)
        finally:
            self.interface.slots.give_back()

    def _give(self, exchange: _Exchange) -> Response:
        told: dict[str, str] = {}
        try:
            portfolio = exchange.open_portfolio()
            told = _snapshot_headers(portfolio)
            response = self.give(exchange, portfolio)
        except Refusal as refusal:
            response = exchange.refuse(refusal)
        except StoreError:
            _LOG.exception("the interface has no snapshot")
            sentence = N_("No snapshot can be read now; ask again in {wait} seconds.")
            response = exchange.refuse(Refusal(FULL, "no_snapshot", sentence, wait=_RETRY_AFTER))
        except Exception:  # noqa: BLE001 - whatever it is, the other side gets one sentence
            _LOG.exception("the interface could not answer")
            sentence = N_("The atlas could not answer; it has been logged.")
            response = exchange.refuse(Refusal(FAILED, "failed", sentence))
        response.headers.update(told)
        return response

    def _add_origin(self, request: Request, response: Response) -> None:
        """Let the scripts of allowed pages read the answer; for any other, nothing is said."""
        if not self.interface.origins:
            return
        response.headers.add_vary_header("Origin")
        origin = request.headers.get("origin", "")
        if origin not in self.interface.origins:
            return
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        if request.method == "OPTIONS" and "access-control-request-method" in request.headers:
            response.headers.update(_PREFLIGHT)


def _snapshot_headers(portfolio: Portfolio) -> dict[str, str]:
    return {"Atlas-Snapshot": portfolio.snapshot.id, "Atlas-Data-As-Of": portfolio.snapshot.as_of}


def give_answer(operation: Operation, exchange: _Exchange, portfolio: Portfolio) -> Response:
    """The answer of a route."""
    pairs, formats = exchange.pairs, tuple(operation.writers)
    if not any(name == "format" for name, _ in pairs):
        pairs = [*pairs, ("format", accepted_format(exchange.request.headers.get("accept", ""), formats))]
    asked = read_asked(
        operation.name,
        operation.parameters,
        exchange.request.path_params,
        pairs,
        portfolio,
        exchange.interface.defaults,
    )
    snapshot_id = portfolio.snapshot.id
    path = operation.path.format(**exchange.request.path_params)
    tag = build_tag(snapshot_id, path, address(query=asked.query))
    named = file_name(f"atlas-{path.removeprefix(f'{ROOT}/')}-{snapshot_id[:12]}")
    headers = {"Content-Disposition": f'inline; filename="{named}.{asked.format}"'}

    def give() -> Packed:
        packed = exchange.interface.answer(snapshot_id, asked)
        if packed.total is not None:
            headers.update(_links(asked, path, packed.total))
        return packed

    response = exchange.send_tagged(tag, MEDIA_TYPES[asked.format], give, headers)
    response.headers.update(headers)  # those of a page are known only with its answer
    return response


def _links(asked: Asked, path: str, total: int) -> dict[str, str]:
    """The Link header of a page; none where there is neither a next nor a previous one."""
    limit, offset = asked.number("limit"), asked.number("offset")
    pages = {}
    if offset + limit < total:
        pages["next"] = offset + limit
    if offset > 0:
        pages["prev"] = max(0, min(offset - limit, total - 1))
    links = ", ".join(f'<{_page_address(asked, path, start)}>; rel="{rel}"' for rel, start in pages.items())
    return {"Link": links} if links else {}


def _page_address(asked: Asked, path: str, offset: int) -> str:
    others = [(name, text) for name, text in asked.query if name != "offset"]
    return address(*path.removeprefix(f"{ROOT}/").split("/"), query=[*others, ("offset", str(offset))])


def give_document(exchange: _Exchange, portfolio: Portfolio) -> Response:
    """The OpenAPI document."""
    parse_query(exchange.pairs, ())

    def give() -> Packed:
        return pack(write_json(build_document(exchange.interface.operations, portfolio)))

    tag = build_tag(portfolio.snapshot.id, "openapi")
    return exchange.send_tagged(tag, MEDIA_TYPES["json"], give, {})


def give_page(exchange: _Exchange, portfolio: Portfolio) -> Response:
    """The readable page."""
    lang = str(parse_query(exchange.pairs, (LANG,)).get("lang", (exchange.lang,))[0])

    def give() -> Packed:
        return pack(build_page(exchange.interface.operations, portfolio, translator(lang)).encode())

    return exchange.send_tagged(build_tag(portfolio.snapshot.id, "page", lang), _HTML, give, {})


def give_nothing(exchange: _Exchange, _portfolio: Portfolio) -> Response:
    """Says that there is no such route, and which there are."""
    raise Refusal(
        NOT_FOUND,
        "unknown_route",
        N_("There is nothing at {found}; expected one of: {expected}."),
        expected=[operation.path for operation in exchange.interface.operations],
        found=exchange.request.url.path,
    )
