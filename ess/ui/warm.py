"""Fill the caches while the server starts, so that the first visitor waits for no import and no query."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ess.analysis.breaks import DEFAULT_CLASSES, SCHEMES
from ess.analysis.measures import ALL_RECORDS, parse_measure
from ess.analysis.selection import Selection
from ess.errors import AtlasError
from ess.store.opening import discard_scratch
from ess.ui import cache
from ess.ui.folders import discard_folders
from geodata.errors import LayerError

_LOG = logging.getLogger("ess")


def warm_caches() -> None:
    """Read the portfolio and the layer, and answer the first view's questions: no more.

    Writing a question in SQL is pure Python; while a thread does that for every measure, the server answers
    no one (twelve seconds were measured).

    What fails here is only logged: the page that needs it says so to its reader. The map's component is not
    imported here: Streamlit serves a component only when it is first imported by a script that it runs.
    """
    try:
        snapshot, view = cache.snapshot(), cache.settings().boundary_view
        records = parse_measure(ALL_RECORDS, cache.vocabulary(snapshot.id))
        cache.shading(snapshot.id, records, Selection(), view, SCHEMES[0], DEFAULT_CLASSES)
        cache.regional(snapshot.id, records, Selection())
        cache.headlines(snapshot.id, Selection(), view)
        cache.stated(snapshot.id, Selection(), view)
    except (AtlasError, LayerError) as error:
        _LOG.warning("the caches could not be filled: %s", error)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Start `warm_caches` beside the server, which answers meanwhile; leave nothing behind at the end."""
    threading.Thread(target=warm_caches, name="warm caches", daemon=True).start()
    yield
    # The server ends by a signal, after which Python's own farewell is not said.
    discard_folders()
    discard_scratch()
