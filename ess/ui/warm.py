"""Fill the caches while the server starts, so that the first visitor waits for no import and no query."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ess.analysis.measures import list_measures
from ess.analysis.selection import Selection
from ess.errors import AtlasError
from ess.ui import cache
from geodata.errors import LayerError

_LOG = logging.getLogger("ess")


def warm_caches() -> None:
    """Read the portfolio and the layer, and answer the first view's questions.

    What fails here is only logged: the page that needs it says so to its reader.
    """
    try:
        snapshot, view = cache.snapshot(), cache.settings().boundary_view
        for measure in list_measures(cache.vocabulary(snapshot.id)):
            cache.joined(snapshot.id, measure, Selection(), view)
            cache.regional(snapshot.id, measure, Selection())
        cache.headlines(snapshot.id, Selection(), view)
        cache.stated(snapshot.id, Selection(), view)
    except (AtlasError, LayerError) as error:
        _LOG.warning("the caches could not be filled: %s", error)


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Start `warm_caches` beside the server, which answers meanwhile."""
    threading.Thread(target=warm_caches, name="warm caches", daemon=True).start()
    yield
