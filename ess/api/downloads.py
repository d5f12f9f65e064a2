"""Files to take away: made when somebody asks for one, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import anyio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ess.errors import AtlasError
from ess.locales import LANGUAGES, translator

PATH = "/download/"
_AT_ONCE = 2  # making a file takes a processor; the pages need one too
_WAITING = 20
_RETRY_AFTER = "5"  # seconds
_NOT_KEPT = {"Cache-Control": "no-store"}
_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Download:
    """A file: its bytes, its name (letters, digits, points and hyphens only) and its media type."""

    body: bytes
    name: str
    media_type: str


#: Makes the file of a name from the rest of an address and the site's own; None when there is no such file.
Make: TypeAlias = Callable[[str, Mapping[str, Sequence[str]], str], Download | None]


def build_download_route(make: Make) -> Route:
    """The route ``/download/<name>``; `make` is called in a thread and may raise AtlasError.

    A file that cannot be made is told in one sentence, in the language of the address: 422. When too many
    wait already, 503 says when to ask again.
    """
    limiter: list[anyio.CapacityLimiter] = []

    async def serve(request: Request) -> Response:
        if not limiter:  # it belongs to the event loop, which is there from the first request on
            limiter.append(anyio.CapacityLimiter(_AT_ONCE))
        if limiter[0].statistics().tasks_waiting >= _WAITING:
            return PlainTextResponse(
                "Too many files are being made",
                status_code=503,
                headers={"Retry-After": _RETRY_AFTER, **_NOT_KEPT},
            )
        params = {key: request.query_params.getlist(key) for key in request.query_params}
        asked = (request.path_params["name"], params, site_of(request))
        try:
            made = await anyio.to_thread.run_sync(make, *asked, limiter=limiter[0])
        except AtlasError as error:
            said = error.sentence(translator(_language(params)))
            return PlainTextResponse(said, status_code=422, headers=_NOT_KEPT)
        return PlainTextResponse("Not found", status_code=404) if made is None else _answer(made)

    return Route(f"{PATH}{{name}}", serve, methods=["GET"])


def _answer(made: Download) -> Response:
    headers = {**_NOT_KEPT, "Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.body, media_type=made.media_type, headers=headers)


def _language(params: Mapping[str, Sequence[str]]) -> str:
    asked = params.get("lang") or ("",)
    return asked[-1] if asked[-1] in LANGUAGES else LANGUAGES[0]


def site_of(request: Request) -> str:
    """Scheme and host by which the visitor knows this site, without a slash at the end.

    The host is one that the application answers to; a proxy tells the scheme.
    """
    told = request.headers.get("x-forwarded-proto", "")
    scheme = told if told in _SCHEMES else request.url.scheme
    return f"{scheme}://{request.url.netloc}"
