"""The caches in numbers, for whoever runs the atlas."""

from __future__ import annotations

from collections.abc import Iterator

from ess.api.metrics import COUNTER, GAUGE, Metric
from ess.ui import cache

Labels = tuple[tuple[str, str], ...]

_MEANINGS = (
    ("hits", "atlas_cache_hits_total", COUNTER, "Answers that were kept."),
    ("misses", "atlas_cache_misses_total", COUNTER, "Answers that were worked out."),
    ("entries", "atlas_cache_entries", GAUGE, "Answers kept now."),
)


def read_cache_metrics() -> Iterator[Metric]:
    """Hits, misses and entries of every question to a served snapshot, and questions put to the engine.

    Portfolios of one session are left out: nothing of them is told to anyone.
    """
    keeps = cache.served_keeps()
    for field, name, kind, meaning in _MEANINGS:
        numbers: dict[Labels, float] = {
            (("snapshot", keep.snapshot.id), ("question", question)): float(getattr(told, field))
            for keep in keeps
            for question, told in keep.told().items()
        }
        yield Metric(name, kind, meaning, numbers)
    asked: dict[Labels, float] = {
        (("snapshot", keep.snapshot.id),): float(keep.engine.queries) for keep in keeps
    }
    yield Metric("atlas_queries_total", COUNTER, "Questions put to the engine.", asked)
