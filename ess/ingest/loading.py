"""The job behind `ess.ingest.guard.load`: read one file and write its rows where the parent finds them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ess.errors import BadInput
from ess.ingest.archives import open_archive, unpack, unpack_gzip
from ess.ingest.kinds import FileKind, recognise, recognise_archive
from ess.ingest.progress import Progress, Report
from ess.ingest.report import FileReport
from ess.ingest.sheets import Sheet
from ess.locales import N_

if TYPE_CHECKING:
    import geopandas as gpd

ROWS = "rows.jsonl"
"""Name of the file of rows in the scratch folder: one JSON list a row."""

DAY = "day"
"""Key of a day or moment in a row: JSON has none."""

BATCH = 1000
LONGEST_NAME = 60
"""Characters of a member's name that its unpacked copy keeps."""


def open_upload(path: Path, scratch: Path, *, local: bool = False) -> tuple[FileKind, Path]:
    """The kind of a file, and where it stands plain: a zip archive's one file is unpacked into `scratch`.

    A zipped shapefile stays in its archive.

    Raises
    ------
    BadInput
        See `ess.ingest.kinds.recognise`.
    """
    if local and path.suffix.lower() == ".gz":
        recognise(path, local=local)
        plain = unpack_gzip(path, scratch / path.stem[-60:])
        return recognise(plain), plain
    if path.suffix.lower() != ".zip":
        return recognise(path, local=local), path
    recognise(path)
    kind, member = recognise_archive(path)
    if member is None:
        return kind, path
    with open_archive(path) as archive:
        name = PurePosixPath(member.filename).name[-LONGEST_NAME:]
        plain = unpack(archive, member, scratch / name, path.name)
    return recognise(plain), plain


def write_frame(arguments: dict[str, Any], scratch: Path, progress: Report) -> dict[str, Any]:
    """Read the file ``path`` and write its rows to `ROWS`.

    Returns
    -------
    ``columns``, ``geometry`` (whether a row begins with its number and its shape as hexadecimal WKB), and
    ``attrs``: see `ess.ingest.guard.load`.
    """
    local = bool(arguments.get("local"))
    kind, path = open_upload(Path(arguments["path"]), scratch, local=local)
    report = FileReport(Path(arguments["path"]).name, format=str(kind))
    match kind:
        case FileKind.CSV | FileKind.XLSX:
            sheet = read_table(kind, path, report)
            return _write_sheet(sheet, scratch, report, progress)
        case FileKind.IATI:
            return _write_activities(path, scratch, report, progress)
        case _:
            return _write_layer(read_layer(kind, path, report), scratch, report)


def read_table(kind: FileKind, path: Path, report: FileReport) -> Sheet:
    """The table of a delimited file, or a workbook's fullest sheet."""
    if kind is FileKind.CSV:
        from ess.ingest.delimited import read_delimited

        return read_delimited(path, report)
    from ess.ingest.workbook import read_workbook

    sheets = read_workbook(path, report)
    return max(sheets, key=lambda sheet: sum(1 for _ in sheet.lines()) * len(sheet.columns))


def read_layer(kind: FileKind, path: Path, report: FileReport) -> gpd.GeoDataFrame:
    """The layer of a file of shapes."""
    if kind is FileKind.GEOJSON:
        from ess.ingest.geofiles import read_geojson

        return read_geojson(path, report)
    from ess.ingest.shapefiles import read_geopackage, read_shapefile

    _refuse_open_drivers()
    return read_shapefile(path, report) if kind is FileKind.SHAPEFILE else read_geopackage(path, report)


def attributes(report: FileReport, **more: object) -> dict[str, Any]:
    """What a frame says of its file beside its rows."""
    problems = [problem.record() for problem in report.problems]
    return {"kind": report.format, "encoding": report.encoding, "problems": problems, **more}


def _refuse_open_drivers() -> None:
    """GDAL must have been started without the drivers that reach other files."""
    import pyogrio

    from ess.ingest.drivers import KEPT

    if not set(pyogrio.list_drivers()) <= set(KEPT):
        raise BadInput(
            N_(
                "Files of shapes cannot be read here: GDAL was started with drivers that open other "
                "files; tell whoever runs the atlas."
            ),
            code="open_drivers",
        )


def _write_sheet(sheet: Sheet, scratch: Path, report: FileReport, progress: Report) -> dict[str, Any]:
    numbers: list[int] = []

    def rows() -> Iterable[Sequence[object]]:
        for number, cells in sheet.lines():
            numbers.append(number)
            if not len(numbers) % BATCH:
                progress(Progress("read", len(numbers)))
            yield cells

    _write(rows(), scratch)
    more = {
        "sheet": sheet.name, "heading_row": sheet.heading_row, "apart": [list(row) for row in sheet.apart],
        "upper": list(sheet.upper), "tags": list(sheet.tags), "delimiter": sheet.delimiter,
    }  # fmt: skip
    return {"columns": list(sheet.columns), "geometry": False, "attrs": attributes(report, **more)}


def _write_activities(path: Path, scratch: Path, report: FileReport, progress: Report) -> dict[str, Any]:
    from ess.ingest.activity_rows import COLUMNS, read_activity_rows
    from ess.ingest.markup import sniff_root

    root = sniff_root(path)
    report.encoding, report.version = root.encoding, root.attributes.get("version", "")

    def rows() -> Iterable[Sequence[object]]:
        for number, row in enumerate(read_activity_rows(path), 1):
            if not number % BATCH:
                progress(Progress("read", number))
            yield list(row.values())

    _write(rows(), scratch)
    more = {"sheet": "", "heading_row": 0, "apart": [], "version": report.version}
    return {"columns": list(COLUMNS), "geometry": False, "attrs": attributes(report, **more)}


def _write_layer(layer: gpd.GeoDataFrame, scratch: Path, report: FileReport) -> dict[str, Any]:
    import shapely

    from ess.ingest.layers import LEFT_OUT

    columns = [str(column) for column in layer.columns if column != "geometry"]
    shapes = shapely.to_wkb(layer.geometry.to_numpy(), hex=True)
    values = [layer[column].to_numpy() for column in columns]
    _write(
        (
            [int(number), shapes[at], *(column[at] for column in values)]
            for at, number in enumerate(layer.index)
        ),
        scratch,
    )
    more = {"sheet": "", "heading_row": 0, "apart": [], LEFT_OUT: layer.attrs[LEFT_OUT]}
    return {"columns": columns, "geometry": True, "attrs": attributes(report, **more)}


def _write(rows: Iterable[Sequence[object]], scratch: Path) -> None:
    with (scratch / ROWS).open("w", encoding="utf-8") as target:
        for row in rows:
            target.write(json.dumps(list(row), default=_as_json, ensure_ascii=False) + "\n")


def _as_json(value: object) -> object:
    return {DAY: value.isoformat()} if isinstance(value, date) else str(value)
