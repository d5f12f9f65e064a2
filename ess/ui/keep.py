"""What is kept of one snapshot: its engine, and the answers given so far."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, TypeVar

from ess.store.engine import open_engine
from ess.store.snapshots import Snapshot

Answer = TypeVar("Answer")


class Keep:
    """A snapshot, the engine over it, and bounded answers to what was asked of it.

    What it keeps goes with it: nothing of one keep is in another. Safe to share between threads.

    Attributes
    ----------
    home
        iso3 of the country whose partnerships the snapshot shows; empty when it has none.
    """

    def __init__(self, snapshot: Snapshot, engine: str, home: str) -> None:
        self.snapshot = snapshot
        self.home = home
        self.engine = open_engine(snapshot, engine)
        self._answers: dict[Callable[..., Any], Callable[..., Any]] = {}

    def answer(self, work: Callable[..., Answer], most: int, *parts: Any, **named: Any) -> Answer:
        """What `work` says of this keep and `parts`; the last `most` answers are kept."""
        kept = self._answers.get(work)
        if kept is None:
            kept = self._answers.setdefault(work, lru_cache(maxsize=most)(partial(work, self)))
        found: Answer = kept(*parts, **named)
        return found

    def forget(self) -> None:
        """Let go of every answer, so that nothing of it outlives its last reader."""
        self._answers.clear()
