"""The points of a selection as the browser reads them: packed once, fetched once, drawn by ``sites.js``.

The file is little-endian. Three unsigned 32-bit numbers: `MARK`, how many sites, how many country codes. Then
the codes, three letters each, filled up to a multiple of four bytes. Then, for all sites, the differences of
longitude and of latitude (ten-thousandths of a degree) from the site before, folded to unsigned numbers
(0, -1, 1, -2 … are 0, 1, 2, 3 …), their lowest bytes first, then the next ones, and so on, which is what gzip
finds least in; then a 16-bit number of the country (0 is unknown, 1 the first code) and a byte of `flags`.

The sites come along the Z-order curve of the Web Mercator square, so that the sites of every square cell of
every zoom stand together: the browser groups them in one pass.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ess.analysis.sites import Sites
from ess.locales import N_, Translator
from ess.maps.assets import SHELF, Asset, build_points_asset, find_asset
from ess.portfolio.schema import ISO3_PATTERN

Integers: TypeAlias = npt.NDArray[np.int64]
Positions: TypeAlias = npt.NDArray[np.uint64]

NAME = "sites.bin"
MARK = 0x31535341  # "ASS1", atlas of sites, first form
STEPS = 10_000
"""Steps in a degree: 11 metres, where the map's closest zoom draws 300 to a pixel."""
EXACTNESS = ("unknown", "exact", "approximate", "admin1", "country")
"""What the lower bits of a flag say; an exactness that is missing or not in here is ``unknown``."""
PLANNED = 8
"""The bit of a flag that says that the activity is only planned."""
MERCATOR_LATITUDE = 85.0511287798
"""Where the Web Mercator square ends (EPSG:3857); what lies beyond is drawn on its edge."""
_CURVE_BITS = 24
_MOST_COUNTRIES = 2**16 - 1

_WORDS = {
    "sites": N_("Sites: {count}"),
    "rough": N_("placed only approximately: {count}"),
    "planned": N_("of planned activities: {count}"),
    "closer": N_("Press to look closer"),
    "nowhere": N_("Country not stated"),
    "plan": N_("Planned"),
    "lost": N_("The sites could not be loaded; they are asked for again at the next change."),
}
_EXACTNESS_WORDS = (
    N_("Place not stated"),
    N_("Exact place"),
    N_("Approximate place"),
    N_("Region of a country"),
    N_("Country only"),
)


@dataclass(frozen=True, eq=False)
class SiteLayer:
    """What is known of the sites on a map, and where the browser finds them.

    Small: the points themselves are on the shelf, as long as this object lives and there is room.

    Attributes
    ----------
    url
        Address of the points; empty when there is none to draw.
    exact, rough, planned
        Sites of activities that are not planned, exactly placed or not, and sites of planned ones.
    activities, without
        Activities with a site, and without.
    """

    url: str
    exact: int
    rough: int
    planned: int
    activities: int
    without: int

    @property
    def sites(self) -> int:
        """All sites."""
        return self.exact + self.rough + self.planned

    @property
    def is_shelved(self) -> bool:
        """Whether the browser would find the points now."""
        return not self.url or find_asset(*self.url.split("/")[2:]) is not None


def build_site_layer(sites: Sites, secret: bytes) -> SiteLayer:
    """The layer of `sites`, their points put on the shelf under an address that `secret` makes unguessable.

    Without a secret anyone who has the same points can work the address out, and so learn that somebody looks
    at them; a portfolio of one site in a town could be found by trying towns.
    """
    made = build_asset(sites.points, secret) if sites.points.num_rows else None
    layer = SiteLayer(
        url=made.url if made else "",
        exact=sites.count(exact=True, planned=False),
        rough=sites.count(exact=False, planned=False),
        planned=sum(sites.count(exact=exact, planned=True) for exact in (True, False)),
        activities=sites.activities,
        without=sites.without,
    )
    if made:
        SHELF.put(made, layer)
    return layer


def shelve_again(layer: SiteLayer, sites: Sites, secret: bytes) -> None:
    """Put the points of `layer` back when they fell off the shelf; they have the same address as before."""
    if layer.url:
        SHELF.put(build_asset(sites.points, secret), layer)


def build_asset(points: pa.Table, secret: bytes = b"") -> Asset:
    """The file of `points` (`ess.analysis.sites.POINT_COLUMNS`)."""
    return build_points_asset(NAME, pack_points(points), secret)


def build_site_payload(layer: SiteLayer, translator: Translator) -> dict[str, Any]:
    """What ``atlasSites`` of ``sites.js`` is called with: an address and the words of the hover."""
    return {
        "url": layer.url,
        "words": {name: translator(text) for name, text in _WORDS.items()},
        "exactness": [translator(text) for text in _EXACTNESS_WORDS],
        "thousands": translator.number(1_000_000).strip("01")[:1],
        "direction": "rtl" if translator.is_rtl else "ltr",
    }


def pack_points(points: pa.Table) -> bytes:
    """`points` in the form above; the same sites give the same bytes, in whatever order they come.

    A country code that has not the form of one is written as unknown.
    """
    codes, countries = _countries(points["iso3"])
    longitude, latitude = (_quantised(points[name]) for name in ("longitude", "latitude"))
    flags = _flags(points)
    order = np.lexsort((countries, flags, longitude, latitude, curve_positions(longitude, latitude)))
    header = np.array([MARK, len(order), len(codes)], "<u4").tobytes()
    letters = "".join(codes).encode("ascii")
    return b"".join(
        (
            header,
            letters + bytes(-len(letters) % 4),
            _packed(longitude[order]),
            _packed(latitude[order]),
            countries[order].astype("<u2").tobytes(),
            flags[order].astype("u1").tobytes(),
        )
    )


def _quantised(degrees: pa.ChunkedArray) -> Integers:
    rounded: Integers = np.rint(degrees.to_numpy() * STEPS).astype(np.int64)
    return rounded


def _countries(iso3: pa.ChunkedArray) -> tuple[list[str], Integers]:
    """The codes in use, sorted, and of each site the number of its code; 0 is unknown."""
    found = [code for code in pc.unique(iso3).to_pylist() if code and re.fullmatch(ISO3_PATTERN, code)]
    codes = sorted(found)[:_MOST_COUNTRIES]
    numbers = pc.fill_null(pc.index_in(iso3, value_set=pa.array(codes, pa.string())), -1)
    return codes, numbers.to_numpy().astype(np.int64) + 1


def _flags(points: pa.Table) -> Integers:
    known = pc.index_in(points["exactness"], value_set=pa.array(EXACTNESS))
    planned = points["planned"].to_numpy().astype(np.int64)
    flags: Integers = pc.fill_null(known, 0).to_numpy().astype(np.int64) + PLANNED * planned
    return flags


def curve_positions(longitude: Integers, latitude: Integers) -> Positions:
    """Where points (steps of a degree) come along the Z-order curve of the Web Mercator square."""
    x = (longitude / STEPS + 180) / 360
    bounded = np.radians(np.clip(latitude / STEPS, -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
    y = 0.5 - np.log(np.tan(np.pi / 4 + bounded / 2)) / (2 * np.pi)
    positions: Positions = _spread(_cell(x)) | (_spread(_cell(y)) << np.uint64(1))
    return positions


def _cell(share: npt.NDArray[np.float64]) -> Positions:
    """The cell of the finest grid; the far edge of the square belongs to its last cell."""
    side = 2**_CURVE_BITS
    cells: Positions = np.clip(np.floor(share * side), 0, side - 1).astype(np.uint64)
    return cells


_SPREADING = (
    (16, 0x0000_FFFF_0000_FFFF),
    (8, 0x00FF_00FF_00FF_00FF),
    (4, 0x0F0F_0F0F_0F0F_0F0F),
    (2, 0x3333_3333_3333_3333),
    (1, 0x5555_5555_5555_5555),
)


def _spread(cells: Positions) -> Positions:
    """Numbers with a zero put between any two of their bits."""
    spread = cells
    for shift, mask in _SPREADING:
        spread = (spread | (spread << np.uint64(shift))) & np.uint64(mask)
    return spread


def _packed(steps: Integers) -> bytes:
    """Differences from one to the next, folded, as planes of bytes from the lowest to the highest."""
    differences = np.diff(steps, prepend=0)
    folded = ((differences << 1) ^ (differences >> 63)).astype("<u4")
    return np.ascontiguousarray(folded.view(np.uint8).reshape(-1, 4).T).tobytes()
