"""Routes that are not pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ess.maps.assets import find_asset

_FOR_EVER = "public, max-age=31536000, immutable"


async def serve_asset(request: Request) -> Response:
    """An asset by digest and name: kept for ever by the browser, gzipped when it accepts that."""
    found = find_asset(request.path_params["digest"], request.path_params["name"])
    if found is None:
        return PlainTextResponse("Not found", status_code=404)
    headers = {"Cache-Control": _FOR_EVER, "ETag": f'"{found.digest}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.compressed, media_type=found.media_type, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)


async def serve_health(_request: Request) -> Response:
    """Says that the process answers."""
    return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})


ROUTES: list[BaseRoute] = [
    Route("/assets/{digest}/{name}", serve_asset),
    Route("/health", serve_health),
]
