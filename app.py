"""The ASGI application: the pages, the routes beside them, and security headers on every answer.

Run it with ``python -m ess serve`` or ``streamlit run app.py``.
"""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from ess.api.routes import ROUTES
from ess.api.security import SecurityHeaders
from ess.ui.failure import show_failure
from ess.ui.warm import lifespan

app = st.App(
    Path(__file__).parent / "ess" / "ui" / "shell.py",
    routes=ROUTES,
    middleware=[Middleware(SecurityHeaders)],
    on_script_error=show_failure,
    lifespan=lifespan,
)
