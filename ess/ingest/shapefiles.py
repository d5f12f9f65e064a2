"""Zipped shapefiles and GeoPackages: measured by their headers before GDAL opens a copy."""

from __future__ import annotations

import re
import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile, ZipInfo

from ess.errors import BadInput
from ess.ingest.archives import find_members, member_fault, open_archive, unpack
from ess.ingest.geofiles import too_many_features, too_many_vertices
from ess.ingest.geometries import MOST_FEATURES, MOST_VERTICES
from ess.ingest.layers import build_layer
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.scratch import scratch_folder
from ess.locales import N_

if TYPE_CHECKING:
    import geopandas as gpd

PARTS = (".shp", ".shx", ".dbf", ".prj")
SHAPE_CODE = 9994
LONGEST_PROJECTION = 20_000
BYTES_A_VERTEX = 32
BYTES_A_FEATURE = 200
MOST_STEPS = 20_000_000
"""Virtual steps that a question to a GeoPackage may take."""

CODEPAGES = {
    "65001": "UTF-8",
    "utf8": "UTF-8",
    "utf-8": "UTF-8",
    "1252": "CP1252",
    "ansi 1252": "CP1252",
    "88591": "ISO-8859-1",
}
CODEPAGE = re.compile(r"[A-Za-z0-9 _-]{1,20}")

GUESSED_CODEPAGE = Kind(
    "guessed_encoding", "warning",
    N_("The shapefile does not say its encoding; it was read as {encoding}: check its accents."),
    N_("a .cpg file beside the .dbf"),
)  # fmt: skip
OTHER_LAYER = Kind(
    "layer_not_read", "warning", N_("The layer “{found}” was not read; only the first one is.")
)


@dataclass(frozen=True)
class Parts:
    """The members of one shapefile, and how many records it has."""

    members: dict[str, ZipInfo]
    records: int


def read_shapefile(path: Path, report: FileReport | None = None) -> gpd.GeoDataFrame:
    """Read the one shapefile of a zip archive; see `ess.ingest.geofiles.read_geojson` for what comes out.

    Raises
    ------
    BadInput
        For a missing part, several shapefiles, headers that contradict each other, a layer too large, and a
        coordinate system that is not known. No member is unpacked before its header was looked at.
    """
    path = Path(path)
    with open_archive(path) as archive, scratch_folder() as scratch:
        parts = find_parts(archive, path.name)
        wkt = _text(archive, parts.members[".prj"], path.name)
        encoding = _codepage(archive, parts, path.name)
        for ending in (".shp", ".shx", ".dbf"):
            unpack(archive, parts.members[ending], scratch / f"layer{ending}", path.name)
        if not encoding:
            encoding = _guessed_codepage(scratch / "layer.dbf", report)
        frame = _read(scratch / "layer.shp", path.name, encoding=encoding)
    return _layer(frame, _checked_wkt(wkt, path.name), path.name, report)


def find_parts(archive: ZipFile, file: str) -> Parts:
    """The parts of the one shapefile in an archive, in whatever case and folder, their headers compared."""
    members = find_members(archive)
    shapes = [info for info in members if _ending(info) == ".shp"]
    if len(shapes) > 1:
        raise BadInput(
            N_("{name} holds {found} shapefiles; expected one: send each in its own archive."),
            code="several_shapefiles",
            name=file,
            found=len(shapes),
        )
    stem = shapes[0].filename[:-4].casefold() if shapes else ""
    own = {
        _ending(info): info
        for info in members
        if info.filename[: -len(_ending(info)) or None].casefold() == stem
    }
    if missing := [ending for ending in PARTS if ending not in own]:
        raise BadInput(
            N_("{name} lacks the part {found} of its shapefile; pack {parts} together."),
            code="missing_part",
            name=file,
            found=", ".join(missing),
            parts=", ".join(PARTS),
        )
    return Parts(own, _checked_count(archive, own, file))


def read_geopackage(path: Path, report: FileReport | None = None) -> gpd.GeoDataFrame:
    """Read the first vector layer of a GeoPackage, on the command line only.

    Raises
    ------
    BadInput
        For a database with views or virtual tables among its layers, without a layer, or too large.
    """
    path = Path(path)
    with scratch_folder() as scratch:
        copy = scratch / "layer.gpkg"
        copy.write_bytes(path.read_bytes())
        names, wkt = _layers(copy, path.name)
        for name in names[1:]:
            if report is not None:
                report.add(OTHER_LAYER, found=name)
        frame = _read(copy, path.name, layer=names[0])
    return _layer(frame, wkt, path.name, report)


def _read(path: Path, file: str, **options: Any) -> gpd.GeoDataFrame:
    import pyogrio
    import pyogrio.errors

    faults = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FieldError,
              pyogrio.errors.GeometryError, RuntimeError, ValueError, OSError, LookupError)  # fmt: skip
    try:
        return pyogrio.read_dataframe(path, use_arrow=False, fid_as_index=False, **options)
    except faults as error:
        raise _broken(file) from error


def _layer(frame: Any, crs: str, file: str, report: FileReport | None) -> gpd.GeoDataFrame:
    if not hasattr(frame, "geometry"):
        raise _broken(file)
    rows = [
        {
            str(heading): _property(value)
            for heading, value in zip(frame.columns, values, strict=True)
            if heading != "geometry"
        }
        for values in frame.itertuples(index=False, name=None)
    ]
    return build_layer(rows, list(frame.geometry), crs, file, {}, report)


def _property(value: Any) -> object:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "to_pydatetime"):
        return _day(value)
    plain = value.item() if hasattr(value, "item") else value
    return None if isinstance(plain, float) and plain != plain else plain  # noqa: PLR0124


def _day(value: Any) -> object:
    moment = value.to_pydatetime() if value == value else None  # noqa: PLR0124
    return moment.date() if moment is not None and moment.time() == type(moment.time())() else moment


def _checked_count(archive: ZipFile, own: dict[str, ZipInfo], file: str) -> int:
    """The number of records, when .shp, .shx and .dbf agree on it and none is out of bounds."""
    index = own[".shx"]
    count = (index.file_size - 100) // 8
    table = _start(archive, own[".dbf"], 32, file)
    rows, head, width = struct.unpack_from("<IHH", table, 4)
    for ending in (".shp", ".shx"):
        _refuse_other_length(_start(archive, own[ending], 100, file), own[ending], file)
    size = own[".dbf"].file_size
    if count != rows or not 0 <= size - head - rows * width <= 8 + width:
        raise BadInput(
            N_(
                "The parts of {name} disagree: .shx has {shapes} records, .dbf has {rows}; export "
                "the shapefile again."
            ),
            code="parts_disagree",
            name=file,
            shapes=count,
            rows=rows,
        )
    if count > MOST_FEATURES:
        raise too_many_features(file, count)
    if own[".shp"].file_size > MOST_VERTICES * BYTES_A_VERTEX + count * BYTES_A_FEATURE + 100:
        raise too_many_vertices(file, own[".shp"].file_size // BYTES_A_VERTEX)
    _refuse_shared_records(archive, index, own[".shp"].file_size, file)
    return count


def _refuse_other_length(head: bytes, info: ZipInfo, file: str) -> None:
    code, words = struct.unpack_from(">i20xi", head)
    if code != SHAPE_CODE or words * 2 != info.file_size:
        raise BadInput(
            N_("{part} in {name} is no part of a shapefile or is cut off; export the shapefile again."),
            code="broken_part",
            name=file,
            part=PurePosixPath(info.filename).name[:60],
        )


def _refuse_shared_records(archive: ZipFile, index: ZipInfo, size: int, file: str) -> None:
    """Refuse an index whose records overlap or lie outside: few bytes could stand for many shapes."""
    content = _start(archive, index, index.file_size, file)[100:]
    end = 100
    for offset, length in sorted(struct.iter_unpack(">ii", content[: len(content) // 8 * 8])):
        if offset * 2 < end or length < 0 or offset * 2 + 8 + length * 2 > size:
            raise _broken(file)
        end = offset * 2 + 8 + length * 2


def _start(archive: ZipFile, info: ZipInfo, size: int, file: str) -> bytes:
    try:
        with archive.open(info) as source:
            start = source.read(size)
    except member_fault() as error:
        raise _broken(file) from error
    if len(start) < size:
        raise _broken(file)
    return start


def _text(archive: ZipFile, info: ZipInfo, file: str) -> str:
    return (
        _start(archive, info, min(info.file_size, LONGEST_PROJECTION), file)
        .decode("utf-8", "replace")
        .strip("\0 \r\n\ufeff")
    )


def _checked_wkt(wkt: str, file: str) -> str:
    import pyproj
    from pyproj.exceptions import ProjError

    try:
        return str(pyproj.CRS.from_wkt(wkt).to_wkt())
    except ProjError as error:
        raise BadInput(
            N_("The .prj of {name} names no known coordinate system; export the shapefile in EPSG:4326."),
            code="unknown_crs",
            name=file,
        ) from error


def _codepage(archive: ZipFile, parts: Parts, file: str) -> str:
    """The encoding that a .cpg names; empty without one or when it names none."""
    if ".cpg" not in parts.members:
        return ""
    named = _text(archive, parts.members[".cpg"], file)
    return CODEPAGES.get(named.casefold(), named) if CODEPAGE.fullmatch(named) else ""


def _guessed_codepage(table: Path, report: FileReport | None) -> str:
    content = table.read_bytes()
    if content[32:].isascii():
        return "UTF-8"
    try:
        content[32:].decode("utf-8")
        encoding = "UTF-8"
    except UnicodeDecodeError:
        encoding = "CP1252"
    if report is not None:
        report.add(GUESSED_CODEPAGE, encoding=encoding)
    return encoding


def _layers(path: Path, file: str) -> tuple[list[str], str]:
    """Names of the vector layers and the first one's coordinate system, asked with a bound on the work."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as database:
            steps = iter(range(MOST_STEPS // 10_000))
            database.set_progress_handler(lambda: next(steps, None) is None, 10_000)
            return _plain_layers(database, file)
    except sqlite3.Error as error:
        raise _broken(file) from error


def _plain_layers(database: sqlite3.Connection, file: str) -> tuple[list[str], str]:
    schema = {
        str(name): (kind, str(sql or ""))
        for kind, name, sql in database.execute("SELECT type, name, sql FROM sqlite_master")
    }
    for kind, sql in schema.values():
        virtual = sql.upper().startswith("CREATE VIRTUAL") and "USING RTREE" not in sql.upper()
        if kind == "view" or virtual:
            raise BadInput(
                N_(
                    "{name} holds views or virtual tables, which are not opened; export the layer to "
                    "a new GeoPackage or to GeoJSON."
                ),
                code="not_a_plain_layer",
                name=file,
            )
    found = database.execute(
        "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY table_name"
    )
    names = [str(name) for (name,) in found if str(name) in schema]
    if not names:
        raise BadInput(
            N_("{name} holds no vector layer; expected at least one: export the layer again."),
            code="no_records",
            name=file,
        )
    quoted = names[0].replace('"', '""')
    (count,) = database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608
    if count > MOST_FEATURES:
        raise too_many_features(file, count)
    return names, _layer_crs(database, names[0], file)


def _layer_crs(database: sqlite3.Connection, layer: str, file: str) -> str:
    row = database.execute(
        "SELECT definition FROM gpkg_spatial_ref_sys JOIN gpkg_geometry_columns USING (srs_id) WHERE "
        "table_name = ?",
        (layer,),
    ).fetchone()
    return _checked_wkt(str(row[0]) if row else "", file)


def _ending(info: ZipInfo) -> str:
    return PurePosixPath(info.filename).suffix.lower()


def _broken(file: str) -> BadInput:
    return BadInput(
        N_("{name} cannot be read: its parts are damaged or contradict each other; export the layer again."),
        code="broken_layer",
        name=file,
    )
