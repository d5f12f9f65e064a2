"""Security headers on every answer."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Streamlit writes inline scripts and styles and runs WebAssembly; nothing comes from another host.
_POLICY = (
    "default-src 'self'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; frame-src 'self'; "
    "frame-ancestors 'self'; form-action 'none'; base-uri 'self'; object-src 'none'"
)
# Streamlit starts a page's own component from a blob that it made of the component's script.
_PAGE_POLICY = _POLICY.format(scripts="'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:")
# The map component runs the group of values with eval(); nothing else on this host may.
_COMPONENT_POLICY = _POLICY.format(scripts="'self' 'unsafe-inline' 'unsafe-eval'")


class SecurityHeaders:
    """ASGI middleware: content policy, framing, sniffing and referrer headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and set the headers when its answer starts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        policy = _COMPONENT_POLICY if scope["path"].startswith("/component/") else _PAGE_POLICY

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = policy
                headers["X-Frame-Options"] = "SAMEORIGIN"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, send_with_headers)
