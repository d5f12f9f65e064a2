"""What is kept of one snapshot: its engine, and the answers given so far."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from ess.store.engine import open_engine
from ess.store.snapshots import Snapshot

Answer = TypeVar("Answer")


class Told(NamedTuple):
    """How often a question was answered from what is kept, how often worked out, and how many are kept."""

    hits: int
    misses: int
    entries: int


class Answers:
    """The last answers to one question, bounded; safe to share between threads.

    What several ask at once is worked out once, and the others wait for it: a room that opens the atlas
    together asks the engine no more than one visitor does. An error is nobody's answer: it is raised to all
    who wait, and not kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._hits = self._misses = 0

    def get(self, key: Hashable, work: Callable[[], Any]) -> Any:
        """What is kept under `key`, else what `work` says."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._hits += 1
                self._kept.move_to_end(key)
            else:
                self._misses += 1
                mine = self._kept[key] = Future()
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found.result() if found is not None else self._answered(key, mine, work)

    def _answered(self, key: Hashable, mine: Future[Any], work: Callable[[], Any]) -> Any:
        try:
            mine.set_result(work())
        except BaseException as error:
            with self._lock:
                if self._kept.get(key) is mine:
                    del self._kept[key]
            mine.set_exception(error)
            raise
        return mine.result()

    def told(self) -> Told:
        """How often it was asked so far."""
        with self._lock:
            return Told(self._hits, self._misses, len(self._kept))


class Keep:
    """A snapshot, the engine over it, and bounded answers to what was asked of it.

    What it keeps goes with it: nothing of one keep is in another. Safe to share between threads.

    Attributes
    ----------
    home
        iso3 of the country whose partnerships the snapshot shows; empty when it has none.
    secret
        What addresses of its points are made with. All replicas know a served snapshot's own id, which no
        page shows in full.
    """

    def __init__(self, snapshot: Snapshot, engine: str, home: str) -> None:
        self.snapshot = snapshot
        self.home = home
        self.secret = snapshot.id.encode()
        self.engine = open_engine(snapshot, engine)
        self._answers: dict[Callable[..., Any], Answers] = {}

    def answer(self, work: Callable[..., Answer], most: int, *parts: Any, **named: Any) -> Answer:
        """What `work` says of this keep and `parts`; the last `most` answers are kept."""
        kept = self._answers.get(work)
        if kept is None:
            kept = self._answers.setdefault(work, Answers(most))
        key = (parts, tuple(sorted(named.items())))
        found: Answer = kept.get(key, lambda: work(self, *parts, **named))
        return found

    def told(self) -> dict[str, Told]:
        """How often each question was asked, by its name."""
        return {work.__name__: kept.told() for work, kept in list(self._answers.items())}

    def forget(self) -> None:
        """Let go of every answer, so that nothing of it outlives its last reader."""
        self._answers.clear()
