"""A view for geographic software: GeoPackage with its records, GeoParquet of the countries, plain Parquet."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from ess.exports.answer import Answer
from ess.exports.dossier import Dossier
from ess.exports.sheets import FieldType, Sheet

GEOPARQUET = "1.1.0"
COUNTRIES, WITHOUT_COUNTRY, SITES = "countries", "without_country", "sites"
_CRS = "EPSG:4326"
_ARROW: Mapping[FieldType, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}


def build_geoparquet(dossier: Dossier) -> bytes:
    """The measure by country as GeoParquet 1.1, EPSG:4326: the rows of the CSV file, with shapes.

    Rows without a country (regional records, undivided totals) have no geometry. What the file must say
    stands in the columns and, once, in the file's metadata under ``atlas``.
    """
    content = io.BytesIO()
    _countries(dossier).to_parquet(content, index=False, schema_version=GEOPARQUET, compression="zstd")
    content.seek(0)
    return _with_metadata(pq.read_table(content), dossier)


def build_parquet(sheet: Sheet, dossier: Dossier) -> bytes:
    """One table as plain Parquet, typed, with the same metadata."""
    return _with_metadata(_arrow(sheet), dossier)


def _with_metadata(table: pa.Table, dossier: Dossier) -> bytes:
    told = {"about": dict(dossier.about), "caveats": list(dossier.caveats)}
    metadata = {**(table.schema.metadata or {}), b"atlas": json.dumps(told, ensure_ascii=False).encode()}
    content = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), content, compression="zstd")
    return content.getvalue()


def _arrow(sheet: Sheet) -> pa.Table:
    schema = pa.schema([pa.field(field.name, _ARROW[field.type]) for field in sheet.fields])
    columns = [[_typed(row[field.name], field.type) for row in sheet.rows] for field in sheet.fields]
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _typed(cell: object, kind: FieldType) -> object:
    """A cell as Arrow takes it; a day of the measure's table is written as text."""
    if kind == "date" and isinstance(cell, str):
        return pd.Timestamp(cell).date()
    return float(cell) if kind == "number" and isinstance(cell, int) else cell


def _countries(dossier: Dossier) -> gpd.GeoDataFrame:
    """The rows of the measure with the shapes of the layer."""
    rows = _arrow(dossier.measure).to_pandas(types_mapper=_nullable)
    shapes = _shapes(dossier.answer)
    geometry = [shapes.get(iso3) for iso3 in rows["iso3"].tolist()]
    return gpd.GeoDataFrame(rows, geometry=geometry, crs=_CRS)


def _nullable(kind: pa.DataType) -> object:
    """Whole numbers keep their type beside missing ones; everything else is left to pandas."""
    return {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get(kind)


def _shapes(answer: Answer) -> dict[str, shapely.Geometry]:
    frame = answer.joined.frame
    return dict(zip(frame["iso3"].tolist(), frame.geometry.to_numpy(), strict=True))


def build_geopackage(dossier: Dossier) -> bytes:
    """A GeoPackage: countries with the measure, sites, and every other table without shapes.

    Layers ``countries`` and ``sites`` have geometry (EPSG:4326); regional records and undivided totals are in
    the table ``without_country``; notes, filter, units and dictionary are tables too.
    """
    with tempfile.TemporaryDirectory(prefix="atlas-gpkg-") as folder:
        path = Path(folder) / "atlas.gpkg"
        _write_countries(dossier, path)
        for sheet in (*dossier.sheets[1:], *dossier.explaining):
            _write_layer(_frame(sheet), path, sheet.name)
        return path.read_bytes()


def _write_countries(dossier: Dossier, path: Path) -> None:
    rows = _countries(dossier)
    placed = rows.geometry.notna()
    countries = rows[placed]
    multi = [
        shapely.MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape
        for shape in countries.geometry
    ]
    _write_layer(
        countries.set_geometry(gpd.GeoSeries(multi, index=countries.index, crs=_CRS)), path, COUNTRIES
    )
    _write_layer(pd.DataFrame(rows[~placed].drop(columns="geometry")), path, WITHOUT_COUNTRY)
    sites = _sites(dossier)
    if len(sites):
        _write_layer(sites, path, SITES)


def _sites(dossier: Dossier) -> gpd.GeoDataFrame:
    """The places that have coordinates."""
    (sheet,) = (sheet for sheet in dossier.sheets if sheet.name == "places")
    rows = _frame(sheet)
    rows = rows[rows["latitude"].notna() & rows["longitude"].notna()]
    return gpd.GeoDataFrame(rows, geometry=gpd.points_from_xy(rows["longitude"], rows["latitude"]), crs=_CRS)


def _frame(sheet: Sheet) -> pd.DataFrame:
    return pd.DataFrame(_arrow(sheet).to_pandas(types_mapper=_nullable))


def _write_layer(rows: pd.DataFrame, path: Path, name: str) -> None:
    import pyogrio

    pyogrio.write_dataframe(rows, path, layer=name, driver="GPKG", append=path.exists())
