"""GDAL without the drivers that open other files or hosts, and without a network."""

from __future__ import annotations

import os
from collections.abc import Iterable, MutableMapping

KEPT = ("ESRI Shapefile", "GPKG", "GeoJSON", "MEM")
"""Drivers the application needs: its own layer and its exports. Users' GeoJSON is never given to GDAL."""

SKIPPED = (
    "ADBC", "AIVector", "AmigoCloud", "Arrow", "AVCBin", "AVCE00", "CAD", "Carto", "CSV", "CSW", "DGN",
    "DGNV8", "DWG", "DXF", "EDIGEO", "EEDA", "Elasticsearch", "ESRIJSON", "ESRI_JSON", "FileGDB",
    "FlatGeobuf", "GDALG", "GeoJSONSeq", "GeoRSS", "GML", "GMLAS", "GMT", "GPSBabel", "GPX", "GTFS", "HANA",
    "HTTP", "IDB", "Idrisi", "Interlis 1", "Interlis 2", "JML", "JP2ECW", "JP2KAK", "JP2Lura", "JP2MrSID",
    "JP2OpenJPEG", "JPEG2000", "JSONFG", "KML", "LIBKML", "LVBAG", "MapInfo File", "MapML", "MBTiles",
    "MiraMonVector", "MongoDBv3", "MSSQLSpatial", "MVT", "MySQL", "NAS", "netCDF", "NGW", "OAPIF", "OCI",
    "ODBC", "ODS", "OGCAPI", "OGDI", "OGR_DODS", "OGR_GMT", "OGR_OGDI", "OGR_PDS", "OGR_SDTS", "OGR_VRT",
    "OpenFileGDB", "OSM", "Parquet", "PCIDSK", "PDF", "PDS4", "PGDUMP", "PGeo", "PLSCENES", "PMTiles",
    "PostgreSQL", "PostgreSQL/PostGIS", "S57", "Selafin", "SOSI", "SQLite", "SVG", "SXF", "TAB", "TIGER",
    "Tiger", "TopoJSON", "UK .NTF", "VDV", "VFK", "VICAR", "VRT", "WAsP", "WFS", "WFS3", "XLS", "XLSX",
)  # fmt: skip
"""Vector drivers of GDAL 3, whichever a build has."""

SETTINGS = {
    "GDAL_HTTP_PROXY": "http://127.0.0.1:1",
    "GDAL_HTTPS_PROXY": "http://127.0.0.1:1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "CPL_VSIL_CURL_USE_HEAD": "NO",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_PAM_ENABLED": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "50",
    "PROJ_NETWORK": "OFF",
    "CPL_LOG": os.devnull,
}
"""A proxy that nobody answers, no plug-ins, no files beside the one that is opened. GDAL's log goes nowhere:
it names each driver to skip that its build lacks."""


def harden_gdal(environ: MutableMapping[str, str], skipped: Iterable[str] = SKIPPED) -> None:
    """Write the settings into an environment, before pyogrio, fiona or GDAL is first imported in it.

    Parameters
    ----------
    environ
        Usually ``os.environ``, or the environment that a child process is started with.
    skipped
        Drivers that are not registered.
    """
    environ.update(SETTINGS, OGR_SKIP=",".join(skipped))
