"""Small files as people and attackers write them, made in a folder of a test."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}

WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def write(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this text (in UTF-8) or these bytes."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def feature(geometry: object, /, **properties: object) -> dict[str, Any]:
    """A GeoJSON feature."""
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def point(longitude: float, latitude: float, /, **properties: object) -> dict[str, Any]:
    """A GeoJSON feature of a point."""
    return feature({"type": "Point", "coordinates": [longitude, latitude]}, **properties)


def geojson(folder: Path, *features: object, name: str = "layer.geojson", **members: object) -> Path:
    """A GeoJSON file of these features."""
    return write(folder, name, json.dumps({"type": "FeatureCollection", **members, "features": features}))


def archive(folder: Path, name: str, members: dict[str, str | bytes]) -> Path:
    """A zip archive with these members."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for member, content in members.items():
            target.writestr(member, content)
    return path


def workbook(folder: Path, sheet: str, name: str = "book.xlsx", **parts: str) -> Path:
    """A workbook with one worksheet of this XML, and other parts: ``shared`` strings or ``book``.

    The part ``where`` is the path of the workbook itself.
    """
    where = parts.get("where", "xl/workbook.xml")
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships {RELATIONS}><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        f'Target="{where}"/></Relationships>',
        where: parts.get("book")
        or f'<workbook {NAMESPACE} xmlns:r="{OFFICE}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        f"xl/_rels/{Path(where).name}.rels": f"<Relationships {RELATIONS}>"
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": sheet,
        "xl/sharedStrings.xml": parts.get("shared") or f"<sst {NAMESPACE}/>",
    }
    return archive(folder, name, members)


def worksheet(*rows: str, before: str = "") -> str:
    """The XML of a worksheet with these rows."""
    return f"<worksheet {NAMESPACE}>{before}<sheetData>{''.join(rows)}</sheetData></worksheet>"


def number_row(row: int, cells: dict[str, float | str]) -> str:
    """A row of cells by column letter: numbers as such, text inline."""
    inner = "".join(
        f'<c r="{column}{row}" t="inlineStr"><is><t>{value}</t></is></c>'
        if isinstance(value, str)
        else f'<c r="{column}{row}"><v>{value}</v></c>'
        for column, value in cells.items()
    )
    return f'<row r="{row}">{inner}</row>'


def shape_parts(count: int = 1, *, indexed: int | None = None, rows: int | None = None) -> dict[str, bytes]:
    """The parts of a shapefile of points; `indexed` records in its index all at the first point when given.

    `rows` is the number of records of its table, `count` when not given.
    """
    record = struct.pack("<idd", 1, 1.0, 2.0)
    body = b"".join(struct.pack(">ii", at + 1, len(record) // 2) + record for at in range(count))
    index = b"".join(struct.pack(">ii", (100 + at * 28) // 2, 10) for at in range(count))
    if indexed is not None:
        index = struct.pack(">ii", 50, 10) * indexed
    rows = (indexed or count) if rows is None else rows
    return {
        ".shp": _shape_header(100 + len(body)) + body,
        ".shx": _shape_header(100 + len(index)) + index,
        ".dbf": _table(rows),
        ".prj": WGS84_PRJ.encode(),
    }


def shapefile(folder: Path, parts: dict[str, bytes], stem: str = "layer", name: str = "shapes.zip") -> Path:
    """A zip archive with the parts of one shapefile."""
    return archive(folder, name, {f"{stem}{ending}": content for ending, content in parts.items()})


def _shape_header(size: int) -> bytes:
    box = struct.pack("<ii8d", 1000, 1, 1, 2, 1, 2, 0, 0, 0, 0)
    return struct.pack(">iiiiiii", 9994, 0, 0, 0, 0, 0, size // 2) + box


def _table(rows: int, width: int = 10) -> bytes:
    head = struct.pack("<BBBBIHH20x", 3, 120, 1, 1, rows, 65, width + 1)
    column = struct.pack("<11sc4xBB14x", b"NAME", b"C", width, 0)
    return head + column + b"\r" + (b" " + b"x".ljust(width)) * rows + b"\x1a"


def activities(count: int = 1, *, version: str = "2.03", head: str = "", text: str = "Water") -> str:
    """An IATI file of some activities."""
    one = (
        "<iati-activity><iati-identifier>XM-{number}</iati-identifier><title><narrative>{text}</narrative></title>"
        '<recipient-country code="KE" percentage="60"/><recipient-country code="NA" percentage="40"/>'
        '<activity-status code="2"/></iati-activity>'
    )
    body = "".join(one.format(number=number, text=text) for number in range(count))
    start = f'<?xml version="1.0" encoding="UTF-8"?>{head}<iati-activities version="{version}">'
    return f"{start}{body}</iati-activities>"
