"""What a file is, by its first bytes and its name; both must agree."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path, PurePosixPath
from zipfile import ZipInfo

from ess.errors import BadInput
from ess.ingest.archives import find_members, open_archive
from ess.ingest.markup import Root, check_markup, sniff_root
from ess.locales import N_, term

HEAD = 4096
LARGEST_WORKBOOK = 100_000_000
LARGEST_GEOJSON = 100_000_000


class FileKind(StrEnum):
    """The kinds of file that are read."""

    IATI = "iati"
    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"
    SHAPEFILE = "shapefile"
    GEOPACKAGE = "geopackage"


ENDINGS = {
    ".csv": FileKind.CSV, ".tsv": FileKind.CSV, ".tab": FileKind.CSV, ".txt": FileKind.CSV,
    ".xlsx": FileKind.XLSX, ".xlsm": FileKind.XLSX,
    ".geojson": FileKind.GEOJSON, ".json": FileKind.GEOJSON,
    ".xml": FileKind.IATI, ".gpkg": FileKind.GEOPACKAGE,
}  # fmt: skip
"""File name endings that are read; ``.zip`` is what stands in it."""

ACCEPTED = "CSV (.csv, .tsv, .txt), Excel (.xlsx), GeoJSON (.geojson, .json), shapefile (.zip), IATI (.xml)"

ZIP = term("a zip archive")
GZIP = b"\x1f\x8b"

SIGNATURES = (
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", term("an empty zip archive")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", term("an old Excel file (.xls) or one protected by a password")),
    (b"\x1f\x8b", term("a gzip archive (unpack it first)")),
    (b"BZh", term("a bzip2 archive (unpack it first)")),
    (b"\xfd7zXZ\x00", term("an xz archive (unpack it first)")),
    (b"\x28\xb5\x2f\xfd", term("a zstd archive (unpack it first)")),
    (b"7z\xbc\xaf\x27\x1c", term("a 7z archive (unpack it first)")),
    (b"Rar!", term("a rar archive (unpack it first)")),
    (b"SQLite format 3\x00", term("a GeoPackage or SQLite database")),
    (b"%PDF", term("a PDF document")),
    (b"MZ", term("a Windows program")),
    (b"\x7fELF", term("a program")),
    (b"\xcf\xfa\xed\xfe", term("a program")),
    (b"\xca\xfe\xba\xbe", term("a program")),
    (b"\x89PNG", term("a PNG image")),
    (b"\xff\xd8\xff", term("a JPEG image")),
    (b"GIF8", term("a GIF image")),
    (b"II*\x00", term("a TIFF image")),
    (b"MM\x00*", term("a TIFF image")),
    (b"BM", term("a bitmap image")),
    (b"RIFF", term("an image, sound or film")),
    (b"ID3", term("a sound")),
    (b"OggS", term("a sound")),
    (b"PAR1", term("a Parquet file")),
    (b"ARROW1", term("an Arrow file")),
    (b"\x89HDF", term("an HDF5 file")),
    (b"\x80\x02", term("a Python pickle")),
    (b"\x80\x03", term("a Python pickle")),
    (b"\x80\x04", term("a Python pickle")),
    (b"\x80\x05", term("a Python pickle")),
    (b"{\\rtf", term("an RTF document")),
    (b"\x00\x00\x27\x0a", term("a part of a shapefile")),
    (b"#!", term("a script")),
)
"""How files begin; ``BM`` and ``MZ`` count only where the bytes after them are no text."""

JSON_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]\s*[\"\[{\]}]")
"""How JSON begins, and no table."""

SHORT = frozenset({b"BM", b"MZ", b"II*\x00", b"MM\x00*", b"BZh", b"RIFF", b"ID3", b"#!"})
ARCHIVE_OF = {
    "[Content_Types].xml": term("an Office document"),
    "mimetype": term("an OpenDocument file"),
    "META-INF/MANIFEST.MF": term("a Java program"),
    "doc.kml": term("a KMZ file"),
    "index.html": term("a web page"),
}
OTHER_ENDINGS = {
    ".vrt": term("a GDAL virtual file"),
    ".kml": term("a KML file"),
    ".gml": term("a GML file"),
    ".gpx": term("a GPX file"),
    ".pkl": term("a Python pickle"),
    ".pickle": term("a Python pickle"),
    ".gz": term("a gzip archive (unpack it first)"),
    ".xls": term("an old Excel file"),
    ".xlsb": term("a binary Excel file"),
    ".ods": term("an OpenDocument file"),
    ".parquet": term("a Parquet file"),
    ".docx": term("a Word document"),
    ".pdf": term("a PDF document"),
}


def recognise(path: str | Path, *, local: bool = False) -> FileKind:
    """The kind of a file by its content and its name, from its first bytes and, of an archive, its directory.

    Parameters
    ----------
    local
        Whether the file is one of this machine, named on the command line: GeoPackage and a gzip archive are
        accepted then, never from the web.

    Raises
    ------
    BadInput
        For anything else, and for content and name that disagree: the sentence says what the file really is.
    """
    path = Path(path)
    head = read_head(path)
    if not head.strip(b" \t\r\n\0"):
        raise BadInput(
            N_("{name} is empty; expected one of: {accepted}."),
            code="empty_file",
            name=path.name,
            accepted=ACCEPTED,
        )
    ending = path.suffix.lower()
    if ending == ".zip" and head.startswith(b"PK"):
        return recognise_archive(path)[0]
    if local and ending == ".gz" and head.startswith(GZIP):
        return _zipped_kind(path, head)
    expected = ENDINGS.get(ending)
    if expected is None or (expected is FileKind.GEOPACKAGE and not local):
        raise _not_accepted(path, describe(path, head, ending))
    if not _has_content(expected, head):
        raise _disagree(path, describe(path, head, ending))
    return _looked_at(expected, path)


def _zipped_kind(path: Path, head: bytes) -> FileKind:
    """The kind that the name of a gzip archive promises of its one file."""
    kind = ENDINGS.get(PurePosixPath(path.stem).suffix.lower())
    if kind not in {FileKind.CSV, FileKind.GEOJSON, FileKind.IATI}:
        raise _not_accepted(path, describe(path, head, ".gz"))
    return kind


def recognise_archive(path: Path) -> tuple[FileKind, ZipInfo | None]:
    """The kind of what stands in a zip archive, and its one member (None for a shapefile's several).

    Raises
    ------
    BadInput
        For an archive out of bounds, and for one that holds neither one file of an accepted kind nor one
        shapefile.
    """
    with open_archive(path) as archive:
        members = find_members(archive)
        if any(_ending(info) == ".shp" for info in members):
            return FileKind.SHAPEFILE, None
        if len(members) == 1 and (kind := ENDINGS.get(_ending(members[0]))) not in {
            None,
            FileKind.XLSX,
            FileKind.GEOPACKAGE,
        }:
            return kind, members[0]
        raise BadInput(
            N_(
                "{name} is a zip archive that holds {found}; it must hold one shapefile "
                "(.shp, .shx, .dbf, .prj) or one CSV, GeoJSON or IATI file."
            ),
            code="archive_without_file",
            name=path.name,
            found=_archive_name(members),
        )


def read_head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as source:
        return source.read(HEAD)


def describe(path: Path, head: bytes, ending: str) -> str:
    """What a file really is, in a few words of English."""
    for start, name in SIGNATURES:
        if head.startswith(start) and (start not in SHORT or not _is_text(head)):
            return _archive_of(path) if name == ZIP else name
    if _first_sign(head) == "<":
        return _markup_name(path, head)
    if not _is_text(head):
        return term("a binary file of an unknown kind")
    if ending in OTHER_ENDINGS:
        return OTHER_ENDINGS[ending]
    return term("JSON text, but no FeatureCollection") if _first_sign(head) in "{[" else term("plain text")


def _has_content(kind: FileKind, head: bytes) -> bool:
    first = _first_sign(head)
    if kind is FileKind.XLSX:
        return head.startswith(b"PK\x03\x04")
    if kind is FileKind.GEOPACKAGE:
        return head.startswith(b"SQLite format 3\x00")
    if _signature(head):
        return False
    if kind is FileKind.GEOJSON:
        return first == "{" and _is_text(head)
    if kind is FileKind.IATI:
        return first == "<"
    return _is_text(head) and not JSON_START.match(head) and (first != "<" or not _is_markup(head))


def _looked_at(kind: FileKind, path: Path) -> FileKind:
    if kind is FileKind.IATI:
        check_root(check_markup(path), path.name)
    size = path.stat().st_size
    most = {FileKind.XLSX: LARGEST_WORKBOOK, FileKind.GEOJSON: LARGEST_GEOJSON}.get(kind)
    if most and size > most:
        raise BadInput(
            N_(
                "{name} has {found} MB; at most {most} MB of this kind are read: divide it, or save "
                "its table as CSV."
            ),
            code="file_too_large",
            name=path.name,
            found=size // 1_000_000,
            most=most // 1_000_000,
        )
    return kind


def check_root(root: Root, name: str) -> None:
    """Refuse XML that is no file of IATI activities, by the name of what it is.

    Activities that stand in the answer of a service (``<result><iati-activities>``) are accepted.
    """
    if root.tag == "iati-activities" or "iati-activities" in root.inner or "iati-activity" in root.inner:
        return
    if "iati-organis" in root.tag or "iati-organisations" in root.inner:
        raise BadInput(
            N_(
                "{name} is an IATI organisation file; expected a file of IATI activities (<iati-activities>)."
            ),
            code="organisation_file",
            name=name,
        )
    raise BadInput(
        N_("{name} is XML with the root element <{found}>; expected IATI activities (<iati-activities>)."),
        code="other_markup",
        name=name,
        found=root.tag[:80],
    )


def _signature(head: bytes) -> str:
    return next(
        (
            name
            for start, name in SIGNATURES
            if head.startswith(start) and (start not in SHORT or not _is_text(head))
        ),
        "",
    )


def _is_text(head: bytes) -> bool:
    """Whether bytes could be text: no control signs but line ends and tabs, or a mark of UTF-16 or UTF-32."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return True
    zeros = head.count(0)
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in head) - zeros
    is_wide = head[:2].count(0) == 1 and 3 * zeros > len(
        head
    )  # UTF-16 without its mark: told so by the reader
    return controls + (0 if is_wide else zeros) <= max(2, len(head) // 100)


def _first_sign(head: bytes) -> str:
    text = (
        head.removeprefix(b"\xef\xbb\xbf")
        .replace(b"\0", b"")
        .removeprefix(b"\xff\xfe")
        .removeprefix(b"\xfe\xff")
    )
    return text.lstrip()[:1].decode("latin-1")


def _is_markup(head: bytes) -> bool:
    start = head.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip()[:2]
    return start[1:2].isalpha() or start[1:2] in {b"!", b"?", b"/"}


def _markup_name(path: Path, head: bytes) -> str:
    if b"<html" in head.replace(b"\0", b"").lower() or b"<!doctype html" in head.replace(b"\0", b"").lower():
        return term("a web page (HTML)")
    try:
        return f"XML <{sniff_root(path).tag[:80]}>"
    except BadInput:
        return term("XML or HTML")


def _ending(info: ZipInfo) -> str:
    return PurePosixPath(info.filename).suffix.lower()


def _archive_of(path: Path) -> str:
    with open_archive(path) as archive:
        names = {info.filename for info in archive.infolist()}
        if "xl/workbook.xml" in names:
            return term("an Excel workbook")
        return next((name for member, name in ARCHIVE_OF.items() if member in names), ZIP)


def _archive_name(members: list[ZipInfo]) -> str:
    """What an archive holds, by the endings of its members."""
    endings = {_ending(info) or info.filename[:20] for info in members}
    return ", ".join(sorted(endings)[:5]) if members else term("nothing")


def _not_accepted(path: Path, found: str) -> BadInput:
    return BadInput(
        N_("{name} is {found}, which is not read; accepted are: {accepted}."),
        code="not_accepted",
        name=path.name,
        found=found,
        accepted=ACCEPTED,
    )


def _disagree(path: Path, found: str) -> BadInput:
    return BadInput(
        N_("{name} ends in {ending} but is {found}; accepted are, under their own names: {accepted}."),
        code="name_and_content",
        name=path.name,
        ending=path.suffix,
        found=found,
        accepted=ACCEPTED,
    )
