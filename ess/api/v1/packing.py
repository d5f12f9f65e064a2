"""Answers as they are kept and sent: compressed once, with a tag that names question and edition."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ess.api.v1.asking import Asked, Portfolio
from ess.api.v1.operations import Operation

_QUICK = 5  # gzip's level: what is asked for is asked for now
_CONTENT = (".py", ".po", ".csv", ".json", ".shp", ".dbf")
_ATLAS = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Packed:
    """An answer, gzipped.

    Attributes
    ----------
    total
        Rows on all pages; None for an answer without pages.
    """

    compressed: bytes
    total: int | None = None

    @property
    def body(self) -> bytes:
        """The answer as it was before it was compressed."""
        return gzip.decompress(self.compressed)


Answer = Callable[[str, Asked], Packed]
"""Answers a question to the snapshot of an id, or finds what is kept of it."""


def pack(body: bytes, total: int | None = None) -> Packed:
    """An answer compressed, without a time stamp, so that the same body gives the same bytes."""
    return Packed(gzip.compress(body, compresslevel=_QUICK, mtime=0), total)


def write_answer(asked: Asked, portfolio: Portfolio, operations: Iterable[Operation]) -> Packed:
    """The answer to a question, worked out."""
    operation = next(one for one in operations if one.name == asked.operation)
    written = operation.writers[asked.format](asked, portfolio)
    return pack(written.body, written.total)


def build_tag(snapshot_id: str, *parts: str) -> str:
    """A weak entity tag: the same for the same question to the same snapshot by the same atlas."""
    spelled = "\0".join((_edition(), snapshot_id, *parts))
    return f'W/"{hashlib.sha256(spelled.encode()).hexdigest()[:32]}"'


@cache
def _edition() -> str:
    """The digest of the atlas itself: after an upgrade the same question may have another answer."""
    digest = hashlib.sha256()
    folders = (_ATLAS, _ATLAS.parent / "geodata")
    for path in sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in _CONTENT):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_known(if_none_match: str, tag: str) -> bool:
    """Whether an If-None-Match header names the tag; tags are compared weakly, as it asks for."""
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in named or tag.removeprefix("W/") in named
