"""Routes that are not pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from ess.api.metrics import GAUGE, MEDIA_TYPE, Metric, Reader, format_metrics, may_see_metrics
from ess.api.readiness import Readiness
from ess.api.v1.serving import Interface, build_interface_routes
from ess.errors import AtlasError
from ess.maps.assets import find_asset
from ess.settings import LOOPBACK, Network

_NOT_KEPT = {"Cache-Control": "no-store"}
_RETRY_AFTER = "2"  # seconds


def build_routes(
    readiness: Readiness,
    read_snapshot_id: Callable[[], str],
    readers: Sequence[Reader],
    allowed: Sequence[Network] = LOOPBACK,
    interface: Interface | None = None,
) -> list[BaseRoute]:
    """The routes of one process.

    Parameters
    ----------
    readiness
        What the process says of itself.
    read_snapshot_id
        Id of the snapshot that is served now; raises AtlasError when it cannot be read.
    readers
        Where the numbers of ``/metrics`` come from.
    allowed
        Networks from which ``/metrics`` may be seen.
    interface
        The programming interface, where there is one.
    """
    served = _Served(readiness, read_snapshot_id, tuple(readers), tuple(allowed))
    return [
        Route("/assets/{digest}/{name}", serve_asset),
        Route("/health", serve_health),
        Route("/ready", served.serve_readiness),
        Route("/metrics", served.serve_metrics),
        *(build_interface_routes(interface) if interface is not None else ()),
    ]


async def serve_asset(request: Request) -> Response:
    """An asset by digest and name: kept for ever by the browser, gzipped when it accepts that."""
    found = find_asset(request.path_params["digest"], request.path_params["name"])
    if found is None:
        return PlainTextResponse("Not found", status_code=404)
    headers = {"Cache-Control": found.cache_control, "ETag": f'"{found.digest}"', "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(found.compressed, media_type=found.media_type, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)


async def serve_health(_request: Request) -> Response:
    """Says that the process answers."""
    return PlainTextResponse("ok", headers=_NOT_KEPT)


class _Served:
    """The routes that know the process they are in."""

    def __init__(
        self,
        readiness: Readiness,
        read_snapshot_id: Callable[[], str],
        readers: tuple[Reader, ...],
        allowed: tuple[Network, ...],
    ) -> None:
        self._readiness = readiness
        self._read_snapshot_id = read_snapshot_id
        self._readers = readers
        self._allowed = allowed

    async def serve_readiness(self, _request: Request) -> Response:
        """200 when visitors may be sent here, else 503 with the reason and when to ask again."""
        obstacle = self._readiness.obstacle or ("" if await self._find_snapshot() else "no snapshot")
        if obstacle:
            headers = {**_NOT_KEPT, "Retry-After": _RETRY_AFTER}
            return PlainTextResponse(obstacle, status_code=503, headers=headers)
        return PlainTextResponse("ready", headers=_NOT_KEPT)

    async def serve_metrics(self, request: Request) -> Response:
        """The numbers of this process, for an allowed address; 403 for any other."""
        if not may_see_metrics(request, self._allowed):
            return PlainTextResponse("Forbidden", status_code=403, headers=_NOT_KEPT)
        own = list(self._read_own(await self._find_snapshot()))
        told = [metric for read in self._readers for metric in read()]
        return Response(format_metrics([*own, *told]), media_type=MEDIA_TYPE, headers=_NOT_KEPT)

    async def _find_snapshot(self) -> str:
        """Id of the snapshot that is served now; empty when it cannot be read."""
        try:
            return await run_in_threadpool(self._read_snapshot_id)
        except AtlasError:
            return ""

    def _read_own(self, snapshot_id: str) -> Iterator[Metric]:
        is_ready = bool(snapshot_id) and not self._readiness.obstacle
        yield Metric("atlas_ready", GAUGE, "1 when visitors may be sent here.", {(): float(is_ready)})
        yield Metric(
            "atlas_snapshot",
            GAUGE,
            "1 for the snapshot that is served now.",
            {(("id", snapshot_id),): 1.0} if snapshot_id else {},
        )
