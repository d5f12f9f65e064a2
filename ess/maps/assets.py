"""What the browser loads once: Leaflet, our scripts and style, the shapes, and the points of a selection.

Each has its content's digest in its address: it may be kept for ever, and a new version is a new address.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
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
    "controls.js": (_HERE / "controls.js", "text/javascript"),
    "sites.js": (_HERE / "sites.js", "text/javascript"),
    "arcs.js": (_HERE / "arcs.js", "text/javascript"),
    "together.js": (_HERE / "together.js", "text/javascript"),
    "countries.topo.json": (asset_path(), "application/json"),
}

_FOR_EVER = "max-age=31536000, immutable"
_SMALLEST = 9  # gzip's level for what is compressed once a process
_QUICK = 6  # and for what is made while a reader waits


@dataclass(frozen=True)
class Asset:
    """One file for the browser.

    Attributes
    ----------
    secret
        Empty for what anyone may have. Otherwise the address cannot be worked out from the content without
        it, and no cache but the reader's own may keep the content.
    level
        How hard gzip tries, 1 to 9.
    """

    name: str
    media_type: str
    body: bytes = field(repr=False)
    secret: bytes = field(default=b"", repr=False)
    level: int = _SMALLEST

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the content's SHA-256; thirty-two of its HMAC under a secret."""
        if self.secret:
            return hmac.digest(self.secret, self.body, "sha256").hex()[:32]
        return hashlib.sha256(self.body).hexdigest()[:16]

    @property
    def url(self) -> str:
        """Address on this host."""
        return f"/assets/{self.digest}/{self.name}"

    @cached_property
    def compressed(self) -> bytes:
        """The body gzipped, without a time stamp, so that the same body gives the same bytes."""
        return gzip.compress(self.body, compresslevel=self.level, mtime=0)

    @property
    def cache_control(self) -> str:
        """Who may keep it: its reader's browser, and any cache on the way when there is no secret."""
        return f"{'private' if self.secret else 'public'}, {_FOR_EVER}"

    @property
    def size(self) -> int:
        """Bytes that it takes in memory, both forms together."""
        return len(self.body) + len(self.compressed)


@dataclass
class _Shelved:
    asset: Asset
    holders: list[weakref.ref[object]]

    @property
    def is_held(self) -> bool:
        return any(holder() is not None for holder in self.holders)


class Shelf:
    """Assets that are made while the atlas serves; bounded, those not asked for the longest go first.

    An asset stands for some holder, the answer that names its address. When no holder is left (a visitor took
    the own portfolio back, a session ended), it is no longer given out, and its memory is freed when the
    shelf is next used. Safe to share between threads.

    Parameters
    ----------
    most, most_bytes
        Bounds on the number of assets and on their bytes together. The newest stands even when it alone is
        larger.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._shelved: OrderedDict[tuple[str, str], _Shelved] = OrderedDict()

    def put(self, made: Asset, holder: object) -> None:
        """Give `made` out as long as `holder` lives and the bounds allow."""
        size = made.size  # compressed here, in the thread of the one who asks, not in the server's loop
        with self._lock:
            self._sweep()
            key = (made.digest, made.name)
            entry = self._shelved.setdefault(key, _Shelved(made, []))
            entry.holders.append(weakref.ref(holder))
            self._shelved.move_to_end(key)
            self._make_room(size)

    def find(self, digest: str, name: str) -> Asset | None:
        """The asset at an address; None when it never was here, fell off, or nobody holds it any more."""
        with self._lock:
            self._sweep()
            entry = self._shelved.get((digest, name))
            if entry is None:
                return None
            self._shelved.move_to_end((digest, name))
            return entry.asset

    @property
    def bytes(self) -> int:
        """Bytes of everything on the shelf."""
        with self._lock:
            self._sweep()
            return self._bytes()

    def __len__(self) -> int:
        with self._lock:
            self._sweep()
            return len(self._shelved)

    def _sweep(self) -> None:
        for key in [key for key, entry in self._shelved.items() if not entry.is_held]:
            del self._shelved[key]
        for entry in self._shelved.values():
            entry.holders = [holder for holder in entry.holders if holder() is not None]

    def _make_room(self, newest: int) -> None:
        while len(self._shelved) > 1 and (
            len(self._shelved) > self._most or self._bytes() > max(self._most_bytes, newest)
        ):
            self._shelved.popitem(last=False)

    def _bytes(self) -> int:
        return sum(entry.asset.size for entry in self._shelved.values())


#: The points of the selections that are being looked at: some hundred portfolios of 100,000 sites fit.
SHELF = Shelf(256, 160 * 2**20)


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


def build_points_asset(name: str, body: bytes, secret: bytes = b"") -> Asset:
    """An asset of bytes that are read as numbers, quick to make."""
    return Asset(name, "application/octet-stream", body, secret, _QUICK)


def find_asset(digest: str, name: str) -> Asset | None:
    """The asset at an address; None when the name is unknown or the digest is of another version."""
    if name not in _FILES:
        return SHELF.find(digest, name)
    found = asset(name)
    return found if found.digest == digest else None
