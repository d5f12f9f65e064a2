"""A large IATI file in parts, one a processor: cut between two activities, read side by side, put together.

A cut is only believed when every part is well formed by itself. Where one is not (a cut inside a comment,
say) or an identifier stands in two parts, the file is read once more, in one piece: slower, never different.
"""

from __future__ import annotations

import io
import mmap
import os
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from ess.ingest.markup import Root

SMALLEST = 32_000_000
"""Bytes from which a file is read in parts: below, starting them takes longer than they save."""

_START = re.compile(rb"<iati-activity[\s>/]")
_ONE_BYTE_MARKS = frozenset(
    ("utf-8", "utf-8-sig", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252")
)
"""Encodings in which a tag can be found without decoding."""


@dataclass(frozen=True)
class Part:
    """Bytes of a file from `start` to `end`, and what must stand around them to make them a file."""

    path: Path
    start: int
    end: int
    head: bytes
    foot: bytes


class PartReader(io.RawIOBase):
    """A part as the bytes of a whole file."""

    def __init__(self, part: Part) -> None:
        super().__init__()
        self.size = part.end - part.start
        self.position = 0
        self._around = [part.head, part.foot]
        self._source = part.path.open("rb")
        self._source.seek(part.start)

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; none at the end."""
        if len(self._around) == 2:
            return self._around.pop(0)
        left = self.size - self.position
        block = self._source.read(left if size < 0 else min(size, left))
        self.position += len(block)
        if block or not self._around:
            return block
        return self._around.pop()

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        super().close()


def cut_file(path: Path, root: Root, parts: int | None = None) -> list[Part]:
    """The parts of a file, as many as there are processors; one where it cannot be cut.

    Parameters
    ----------
    parts
        How many, whatever the size of the file.
    """
    wanted = parts or (os.cpu_count() or 1 if path.stat().st_size >= SMALLEST else 1)
    if wanted < 2 or root.tag != "iati-activities" or root.encoding.lower() not in _ONE_BYTE_MARKS:
        return []
    with path.open("rb") as source, mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as content:
        first = _START.search(content)
        if first is None:
            return []
        cuts = {first.start()}
        for number in range(1, wanted):
            found = _START.search(content, first.start() + (len(content) - first.start()) * number // wanted)
            if found is not None:
                cuts.add(found.start())
        head = content[: first.start()]
        edges = [*sorted(cuts), len(content)]
    return [
        Part(path, start, end, head, b"" if end == edges[-1] else b"</iati-activities>")
        for start, end in pairwise(edges)
    ]
