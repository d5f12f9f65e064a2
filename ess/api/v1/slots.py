"""A bounded number of questions at once, so that programs never crowd out the pages' readers."""

from __future__ import annotations

import threading


class Slots:
    """Places for questions. Safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take a place; false when all are taken."""
        with self._lock:
            if self._taken >= self._most:
                return False
            self._taken += 1
            return True

    def give_back(self) -> None:
        """Free a place that was taken."""
        with self._lock:
            self._taken -= 1
