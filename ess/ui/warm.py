"""Fill the caches while the server starts, so that the first visitor waits for no import and no query."""

from __future__ import annotations

import logging

from ess.analysis.breaks import DEFAULT_CLASSES, SCHEMES
from ess.analysis.measures import ALL_RECORDS, parse_measure
from ess.analysis.selection import Selection
from ess.errors import AtlasError
from ess.ui import cache
from geodata.errors import LayerError

_LOG = logging.getLogger("ess")


def warm_caches() -> None:
    """Read the portfolio and the layer, and answer the first view's questions: no more.

    What fails here is only logged: the page that needs it says so to its reader.
    """
    try:
        snapshot, view = cache.snapshot(), cache.settings().boundary_view
        records = parse_measure(ALL_RECORDS, cache.vocabulary(snapshot.id))
        cache.shading(snapshot.id, records, Selection(), view, SCHEMES[0], DEFAULT_CLASSES)
        cache.regional(snapshot.id, records, Selection())
        cache.headlines(snapshot.id, Selection(), view)
        cache.stated(snapshot.id, Selection(), view)
        cache.site_layer(snapshot.id, Selection(), view)
    except (AtlasError, LayerError) as error:
        _LOG.warning("the caches could not be filled: %s", error)
