"""The ASGI application: the pages, the routes beside them, and security headers on every answer.

Run it with ``python -m ess serve`` or ``streamlit run app.py``.
"""

import os
from pathlib import Path

from ess.ingest.drivers import harden_gdal

harden_gdal(os.environ)  # before anything below brings GDAL in: it reads this once

# ruff: noqa: E402
import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ess.api.routes import ROUTES
from ess.api.security import SecurityHeaders
from ess.ui.failure import show_failure
from ess.ui.warm import lifespan

# Streamlit itself holds its own list against websockets only; a foreign name must not fetch a page either.
_HOSTS = list(st.get_option("server.allowedHosts") or ["*"])

app = st.App(
    Path(__file__).parent / "ess" / "ui" / "shell.py",
    routes=ROUTES,
    middleware=[
        Middleware(SecurityHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False),
    ],
    on_script_error=show_failure,
    lifespan=lifespan,
)
