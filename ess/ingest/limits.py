"""How much time, memory and disk the reading of one file may take."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000
LARGE_FROM = 20 * MEGABYTE
"""Bytes of a file from which memory may be larger."""


@dataclass(frozen=True)
class Limits:
    """Bounds of one child process.

    Attributes
    ----------
    seconds
        By the clock.
    memory
        Bytes of resident memory of the process and what it starts.
    disk
        Bytes of the largest file it may write.
    files
        Files it may have open.
    """

    seconds: float = 8.0
    memory: int = 700 * MEGABYTE
    disk: int = 1000 * MEGABYTE
    files: int = 128


def limits_for(size: int) -> Limits:
    """The bounds for a file of so many bytes: a second more for every 2 MB, more memory for large ones."""
    return Limits(
        seconds=8.0 + size / (2 * MEGABYTE),
        memory=1500 * MEGABYTE if size > LARGE_FROM else Limits.memory,
        disk=max(Limits.disk, 8 * size),
    )
