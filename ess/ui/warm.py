"""Fill the caches while the server starts, so that the first visitor waits for no import and no query."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from ess.analysis.breaks import DEFAULT_CLASSES, SCHEMES
from ess.analysis.listing import KINDS
from ess.analysis.measures import ALL_RECORDS, list_measures, parse_measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import FILTERS
from ess.errors import AtlasError
from ess.ui import cache
from geodata.errors import LayerError

_LOG = logging.getLogger("ess")
#: More records than this are many: the first search among them would take its reader a second.
_MANY = 50_000
_ANY_WORD = "a"


def warm_caches() -> None:
    """Read the portfolio and the layer, and answer the first view's questions.

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


def warm_rest() -> Iterator[None]:
    """Work out once what country pages and amounts stand on: seconds, for a million activities.

    The first filter of each kind takes longer than those after it, which find its question written: it is
    asked here. Of many records, what free text and data quality stand on too; of few, that is there when it
    is asked for.

    Yields
    ------
    None
        After each question, so that whoever goes on with the next may stop between two.
    """
    try:
        snapshot_id, view = cache.snapshot().id, cache.settings().boundary_view
        yield from _ask_each_filter(snapshot_id, view)
        found = cache.headlines(snapshot_id, Selection(), view)
        for iso3 in found.partners[:1]:
            cache.profile(snapshot_id, iso3, Selection(), view)
            yield
        measures = list_measures(cache.vocabulary(snapshot_id))
        for measure in [measure for measure in measures if measure.kind == "amount"][:1]:
            cache.answer(snapshot_id, measure, Selection(), view)
            yield
        if sum(count.records for count in found.overall.values()) > _MANY:
            cache.row_counts(snapshot_id, Selection(q=(_ANY_WORD,)), view, KINDS[0])
            yield
            cache.quality(snapshot_id, Selection(), view)
            yield
    except (AtlasError, LayerError) as error:
        _LOG.warning("the caches could not be filled: %s", error)


def _ask_each_filter(snapshot_id: str, view: str) -> Iterator[None]:
    """All that a page asks under one filter, for a filter of every kind."""
    known = cache.vocabulary(snapshot_id)
    records = parse_measure(ALL_RECORDS, known)
    for key in FILTERS:
        for code in list(known.options[key])[:1]:
            selection = Selection(**{key: (code,)})
            cache.answer(snapshot_id, records, selection, view)
            yield
            cache.stated(snapshot_id, selection, view)
            yield
            cache.site_layer(snapshot_id, selection, view)
            yield
