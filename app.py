"""The ASGI application: the pages, the routes beside them, and security headers on every answer.

Run it with ``python -m ess serve`` or ``streamlit run app.py``.
"""

import gc
import importlib.util
import os
from pathlib import Path

from ess.ingest.drivers import harden_gdal

harden_gdal(os.environ)  # before anything below brings GDAL in: it reads this once

# ruff: noqa: E402
import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from streamlit.components.v1.component_registry import ComponentRegistry
from streamlit.components.v1.custom_component import CustomComponent

from ess.api.connections import Connections, CountConnections
from ess.api.downloads import build_download_route
from ess.api.lifetime import Work, lifetime
from ess.api.metrics import read_process
from ess.api.readiness import Readiness
from ess.api.routes import build_routes
from ess.api.security import SecurityHeaders
from ess.api.v1.asking import Defaults
from ess.api.v1.serving import Interface
from ess.store.cluster import stop_clusters
from ess.store.opening import discard_scratch
from ess.ui import cache
from ess.ui.downloads import make_download
from ess.ui.failure import show_failure
from ess.ui.figures import read_cache_metrics
from ess.ui.folders import discard_folders
from ess.ui.warm import warm_caches, warm_rest

# Streamlit itself holds its own list against websockets only; a foreign name must not fetch a page either.
_HOSTS = list(st.get_option("server.allowedHosts") or ["*"])


def register_map() -> None:
    """Have the map's files served from the start.

    Streamlit serves a component's files once a script has imported it. A browser whose websocket was led to
    another replica may ask this process for them before any script has run here.
    """
    name = "streamlit_folium"
    package = Path(str(getattr(importlib.util.find_spec(name), "origin", None))).parent
    files = str(package / "frontend" / "build")
    ComponentRegistry.instance().register_component(
        CustomComponent(f"{name}.st_folium", path=files, module_name=name)
    )


_readiness, _connections = Readiness(), Connections()

app = st.App(
    Path(__file__).parent / "ess" / "ui" / "shell.py",
    routes=[
        *build_routes(
            _readiness,
            lambda: cache.snapshot().id,
            readers=(read_process, _connections.read_metrics, read_cache_metrics),
            allowed=cache.settings().metrics_from,
            interface=Interface(
                cache.portfolio_of,
                cache.api_answer,
                Defaults(cache.settings().boundary_view, cache.settings().language),
                cache.settings().api_origins,
            ),
        ),
        build_download_route(make_download),
    ],
    middleware=[
        Middleware(CountConnections, connections=_connections, readiness=_readiness),
        Middleware(SecurityHeaders),
        Middleware(TrustedHostMiddleware, allowed_hosts=_HOSTS, www_redirect=False),
    ],
    on_script_error=show_failure,
    lifespan=lifetime(
        _readiness,
        _connections,
        Work(
            begin=(register_map, warm_caches),
            afterwards=warm_rest,
            # What the shell has frozen is let go, or the interpreter reports at its end that it was not.
            end=(stop_clusters, discard_folders, discard_scratch, gc.unfreeze),
        ),
        drain=cache.settings().drain,
    ),
)
