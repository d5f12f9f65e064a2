"""What a file holds, in one short text: the key under which anything made from it may be kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

BLOCK = 1 << 20


def content_digest(path: str | Path) -> str:
    """SHA-256 of all bytes of a file, in hexadecimal; neither its name nor its date counts."""
    digest = hashlib.sha256()
    with Path(path).open("rb") as source:
        while block := source.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
