"""The error of this package."""

from __future__ import annotations

from collections.abc import Sequence


class LayerError(Exception):
    """A layer or a table of this package cannot be used.

    Parameters
    ----------
    message
        One sentence: what, found, expected, what to do.
    problems
        Every problem found, one sentence each; at least the message itself.
    """

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems: list[str] = list(problems) or [message]
