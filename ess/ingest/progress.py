"""How far the reading of a file has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Progress:
    """Where a job stands.

    Attributes
    ----------
    stage
        What is being done, a word for programs: ``check``, ``read``, ``write`` …
    rows
        Records done.
    share
        Part of the whole that is done, 0 to 1; 0 where it is not known.
    """

    stage: str
    rows: int = 0
    share: float = 0.0


Report: TypeAlias = Callable[[Progress], None]
