"""What a cold process imports before its first page, and what that costs.

``python -m benchmarks.starting``
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.apps import ATLAS, App, served
from benchmarks.wire import Session, finish

_HEAD = "import time: self [us]"
_LINE = "import time:"
_LISTED = 10
#: What each package is needed for before the first page can be shown; what is not listed here is not.
NEEDED = {
    "streamlit": "the server and the pages",
    "ess": "the atlas itself",
    "pandas": "the layer's attributes and the values joined to it",
    "numpy": "under pandas and shapely",
    "geopandas": "the country layer is joined to the values",
    "shapely": "under geopandas",
    "pyogrio": "reads the country layer",
    "pyproj": "imported by geopandas itself",
    "pyarrow": "under duckdb's answers and pandas",
    "duckdb": "answers the first view's questions",
    "ibis": "writes the questions",
    "sqlglot": "under ibis",
    "folium": "builds the map",
    "branca": "under folium",
    "jinja2": "under folium",
    "streamlit_folium": "shows the map",
    "starlette": "the server",
    "uvicorn": "the server",
    "google": "Streamlit's messages",
    "babel": "numbers and dates of the three languages",
    "altair": "imported by Streamlit itself",
}


@dataclass(frozen=True)
class Imported:
    """A package: its own microseconds, its modules included, and how many of them."""

    name: str
    microseconds: int
    modules: int


def time_imports(app: App) -> list[list[Imported]]:
    """Start the application and show one page: what each of its Python processes imported."""
    timed = replace(app, environment={**app.environment, "PYTHONPROFILEIMPORTTIME": "1"})
    with TemporaryDirectory() as scratch:
        log = Path(scratch) / "imports.txt"
        with served(timed, log) as server:
            finish(_open(server.port, app.query))
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [by_package(part) for part in split_processes(lines)]


async def _open(port: int, query: str) -> None:
    async with Session(port, query) as session:
        await session.open()


def split_processes(lines: Iterable[str]) -> list[list[str]]:
    """The lines of each process: a Python that becomes another one writes the head again."""
    parts: list[list[str]] = []
    for line in lines:
        if line.startswith(_HEAD):
            parts.append([])
        elif line.startswith(_LINE) and parts:
            parts[-1].append(line)
    return [part for part in parts if part]


def by_package(lines: Iterable[str]) -> list[Imported]:
    """Own time of all modules of a package together, costliest first."""
    spent: dict[str, int] = defaultdict(int)
    modules: dict[str, int] = defaultdict(int)
    for line in lines:
        own, _, name = line.removeprefix(_LINE).split("|")
        package = name.strip().split(".")[0]
        spent[package] += int(own)
        modules[package] += 1
    found = [Imported(name, spent[name], modules[name]) for name in spent]
    return sorted(found, key=lambda one: -one.microseconds)


def import_rows(imported: list[Imported]) -> list[tuple[str, ...]]:
    """The costliest packages, and what each is needed for."""
    return [
        (
            one.name,
            f"{one.microseconds / 1000:.0f} ms",
            str(one.modules),
            NEEDED.get(one.name, "**not needed for the first page**"),
        )
        for one in imported[:_LISTED]
    ]


def total_milliseconds(imported: Iterable[Imported]) -> float:
    """All imports of a process."""
    return sum(one.microseconds for one in imported) / 1000


def main() -> int:
    """Print what each process imports."""
    for imported in time_imports(ATLAS):
        print(f"{total_milliseconds(imported):.0f} ms in all")
        for row in import_rows(imported):
            print("  ", *row, sep="\t")
    return 0


if __name__ == "__main__":
    sys.exit(main())
