"""Whether this process may be sent visitors: not before its caches are filled, not once it is to stop."""

from __future__ import annotations

import threading


class Readiness:
    """What a load balancer asks before it sends anybody. Safe to share between threads.

    It goes one way: starting, then serving, then stopping.
    """

    def __init__(self) -> None:
        self._warm = threading.Event()
        self._stopping = threading.Event()

    def note_warm(self) -> None:
        """All that the first visitor would wait for is there."""
        self._warm.set()

    def note_stopping(self) -> None:
        """The process was told to stop."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        """Whether the process was told to stop."""
        return self._stopping.is_set()

    @property
    def obstacle(self) -> str:
        """Why nobody should be sent here: ``starting`` or ``stopping``; empty when there is no reason."""
        if self.is_stopping:
            return "stopping"
        return "" if self._warm.is_set() else "starting"
