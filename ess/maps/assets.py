"""What the browser loads once: Leaflet, the country layer's script and style, and the shapes.

Each has its content's digest in its address: it may be kept for ever, and a new version is a new address.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from xstatic.pkg import leaflet

from geodata.layer import asset_path

_HERE = Path(__file__).parent
_LEAFLET = Path(leaflet.BASE_DIR)

_FILES = {
    "leaflet.js": (_LEAFLET / "leaflet.js", "text/javascript"),
    "leaflet.css": (_LEAFLET / "leaflet.css", "text/css"),
    "country_layer.js": (_HERE / "country_layer.js", "text/javascript"),
    "country_layer.css": (_HERE / "country_layer.css", "text/css"),
    "countries.topo.json": (asset_path(), "application/json"),
}


@dataclass(frozen=True)
class Asset:
    """One file for the browser."""

    name: str
    media_type: str
    body: bytes

    @property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the content's SHA-256."""
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def url(self) -> str:
        """Address on this host."""
        return f"/assets/{self.digest}/{self.name}"

    @cached_property
    def compressed(self) -> bytes:
        """The body gzipped, without a time stamp, so that the same body gives the same bytes."""
        return gzip.compress(self.body, compresslevel=9, mtime=0)


@cache
def asset(name: str) -> Asset:
    """The asset of that name.

    Raises
    ------
    KeyError
        When there is none.
    """
    path, media_type = _FILES[name]
    return Asset(name, f"{media_type}; charset=utf-8", path.read_bytes())


def find_asset(digest: str, name: str) -> Asset | None:
    """The asset at an address; None when the name is unknown or the digest is of another version."""
    found = asset(name) if name in _FILES else None
    return found if found is not None and found.digest == digest else None
