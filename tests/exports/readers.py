"""Files read back by libraries that had no part in writing them: what they say of countries and of records.

Each reader gives the rows of the measure by country as cells with their missing ones as None, an apostrophe
before a formula taken away again, so that all formats can be compared with what the page shows.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
from lxml import etree

Cells: TypeAlias = dict[str, Any]

COMPARED = ("iso3", "region", "name", "state", "value", "qualifier", "activities", "undivided_value")
_NUMBERS = ("value", "activities", "undivided_value")


def plainly(row: Mapping[str, Any]) -> Cells:
    """The compared cells of a row, numbers as floats, missing ones None, without apostrophes."""
    found: Cells = {}
    for name in COMPARED:
        cell = row[name]
        if cell == "" or pd.isna(cell):
            found[name] = None
        elif name in _NUMBERS:
            found[name] = float(cell)
        else:
            found[name] = str(cell).removeprefix("'")
    return found


def read_csv(body: bytes) -> list[Cells]:
    """CSV with the standard library."""
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    return [plainly(row) for row in csv.DictReader(text, strict=True)]


def read_xlsx(body: bytes) -> list[Cells]:
    """The first sheet of a workbook with openpyxl."""
    return [plainly(row) for row in sheet_rows(body, 0)]


def sheet_rows(body: bytes, place: int | str) -> list[Cells]:
    """The rows of a sheet by its place or its title, cells as they are."""
    book = openpyxl.load_workbook(io.BytesIO(body))
    sheet = book.worksheets[place] if isinstance(place, int) else book[place]
    head, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def read_geojson(body: bytes) -> list[Cells]:
    """GeoJSON with GeoPandas."""
    return [plainly(row) for row in gpd.read_file(io.BytesIO(body)).to_dict("records")]


def read_geoparquet(body: bytes) -> list[Cells]:
    """GeoParquet with GeoPandas."""
    return [plainly(row) for row in gpd.read_parquet(io.BytesIO(body)).to_dict("records")]


def read_geopackage(body: bytes, folder: Path) -> list[Cells]:
    """Countries and what has none of a GeoPackage with GeoPandas."""
    path = folder / "read.gpkg"
    path.write_bytes(body)
    layers = (gpd.read_file(path, layer=name) for name in ("countries", "without_country"))
    return [plainly(row) for layer in layers for row in layer.to_dict("records")]


def read_package(body: bytes) -> list[Cells]:
    """The measure of a data package with pandas."""
    rows = packed(body, "measure_by_country").to_dict("records")
    return [plainly({str(name): cell for name, cell in row.items()}) for row in rows]


def packed(body: bytes, name: str) -> pd.DataFrame:
    """One table of a data package; only empty cells are missing."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return pd.read_csv(archive.open(f"{name}.csv"), keep_default_na=False, na_values=[""], dtype=object)


def in_package(body: bytes, name: str) -> str:
    """The text of one file of a data package."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(name).decode("utf-8")


def counted_activities(body: bytes, ending: str) -> list[str]:
    """Ids of the activities in a file of records."""
    match ending:
        case "csv":
            text = io.StringIO(body.decode("utf-8-sig"), newline="")
            return [row["id"] for row in csv.DictReader(text, strict=True)]
        case "parquet":
            return [str(code) for code in pq.read_table(io.BytesIO(body)).column("id").to_pylist()]
        case _:
            found = etree.fromstring(body).findall("iati-activity")
            return [str(one.findtext("iati-identifier")).removeprefix("ESS-ATLAS-") for one in found]


def metadata(body: bytes) -> Any:
    """What a Parquet file says of itself under ``atlas``."""
    return json.loads(pq.read_schema(io.BytesIO(body)).metadata[b"atlas"])


READERS: Mapping[str, Callable[[bytes], list[Cells]]] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "geojson": read_geojson,
    "parquet": read_geoparquet,
    "zip": read_package,
}
