"""Files whose name holds a digest of their content: a browser that has one need never ask for it again.

Streamlit says so of its own files, and of a component's only that they may be kept, without saying how long:
a browser then fetches the script of the map's component anew at every visit.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ess.maps.assets import FOR_EVER

# As bundlers name them: ``main.521860b0.js``.
_HASHED = re.compile(r"/component/[^/]+/static/(?:js|css)/[^/]+\.[0-9a-f]{8,64}\.(?:js|css)", re.ASCII)
_OK = 200


class KeepHashedFiles:
    """ASGI middleware: has browsers keep the files of components whose names change with their content."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and set the header when such a file is answered."""
        if scope["type"] != "http" or not _HASHED.fullmatch(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def send_to_be_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == _OK:
                MutableHeaders(scope=message)["Cache-Control"] = f"public, {FOR_EVER}"
            await send(message)

        await self.app(scope, receive, send_to_be_kept)
