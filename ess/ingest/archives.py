"""Archives within bounds: the directory of a zip is read first, members are unpacked by count of bytes."""

from __future__ import annotations

import gzip
import stat
import zlib
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile, ZipFile, ZipInfo

from ess.errors import BadInput
from ess.locales import N_

MOST_MEMBERS = 200
LARGEST_TOTAL = 200_000_000
"""Bytes of all members unpacked."""

LARGEST_RATIO = 200
"""Times a member of some size may grow when unpacked."""

RATIO_FROM = 1_000_000
"""Bytes unpacked from which the ratio is looked at."""

LARGEST_DIRECTORY = 2_000_000
"""Bytes of the directory at an archive's end; 200 names need far less."""

END_RECORD = b"PK\x05\x06"
BLOCK = 1 << 18

JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What operating systems add to archives."""


def open_archive(path: Path) -> ZipFile:
    """Open a zip archive whose directory is within bounds.

    Raises
    ------
    BadInput
        For a damaged archive; more than `MOST_MEMBERS` members; more than `LARGEST_TOTAL` bytes in them; a
        member that grows more than `LARGEST_RATIO` times; members that share bytes, are encrypted, are links
        or have names that lead out of the archive.
    """
    _refuse_long_directory(path)
    try:
        archive = ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise _damaged(path) from error
    try:
        check_members(archive.infolist(), path.name)
    except BadInput:
        archive.close()
        raise
    return archive


def check_members(members: list[ZipInfo], file: str) -> None:
    """Refuse an archive by its directory alone: see `open_archive`."""
    if len(members) > MOST_MEMBERS:
        raise _too_many(file, len(members))
    total = sum(info.file_size for info in members)
    if total > LARGEST_TOTAL:
        raise BadInput(
            N_(
                "{name} would unpack to {found} MB; at most {most} MB are unpacked: send the file "
                "itself or a part of it."
            ),
            code="archive_too_large",
            name=file,
            found=total // 1_000_000,
            most=LARGEST_TOTAL // 1_000_000,
        )
    for info in members:
        _check_member(info, file)
    _refuse_overlap(members, file)


def find_members(archive: ZipFile) -> list[ZipInfo]:
    """The members that are files, without what operating systems add."""
    return [
        info
        for info in archive.infolist()
        if not info.is_dir()
        and not info.filename.startswith(JUNK[0])
        and PurePosixPath(info.filename).name not in JUNK
    ]


def unpack(archive: ZipFile, info: ZipInfo, target: Path, file: str) -> Path:
    """Write a member to `target`, no more bytes than the directory promises.

    Raises
    ------
    BadInput
        For a member that is longer than promised, or damaged.
    """
    left = info.file_size
    try:
        with archive.open(info) as source, target.open("wb") as written:
            while block := source.read(BLOCK):
                left -= len(block)
                if left < 0:
                    break
                written.write(block)
    except member_fault() as error:
        raise _damaged(Path(file)) from error
    if left != 0:
        raise _damaged(Path(file))
    return target


def unpack_gzip(path: Path, target: Path) -> Path:
    """Write the one file of a gzip archive to `target`, within the bounds of a zip archive.

    Raises
    ------
    BadInput
        For an archive that is damaged, or unpacks to more than is read.
    """
    most = min(LARGEST_TOTAL, max(RATIO_FROM, path.stat().st_size * LARGEST_RATIO))
    left = most
    try:
        with gzip.open(path) as source, target.open("wb") as written:
            while block := source.read(BLOCK):
                left -= len(block)
                if left < 0:
                    break
                written.write(block)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(path) from error
    if left < 0:
        raise BadInput(
            N_("{name} unpacks to more than {most} MB; unpack it yourself and send a part of it."),
            code="archive_too_large",
            name=path.name,
            most=most // 1_000_000,
        )
    return target


def member_fault() -> tuple[type[Exception], ...]:
    """What unpacking a damaged member raises."""
    return (BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error)


def _check_member(info: ZipInfo, file: str) -> None:
    name = info.orig_filename or info.filename
    if not info.filename or _leads_out(name) or stat.S_ISLNK(info.external_attr >> 16):
        raise BadInput(
            N_("{name} holds a member whose name leads out of the archive ({found}); pack the files again."),
            code="archive_leads_out",
            name=file,
            found=_shown(name),
        )
    if info.flag_bits & 0x1:
        raise BadInput(
            N_("{name} is protected by a password; save it without one."), code="password", name=file
        )
    if info.file_size > RATIO_FROM and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
        raise BadInput(
            N_(
                "{found} in {name} would grow {ratio} times when unpacked; at most {most} times is "
                "accepted: send the file itself."
            ),
            code="archive_ratio",
            name=file,
            found=_shown(name),
            most=LARGEST_RATIO,
            ratio=info.file_size // max(1, info.compress_size),
        )


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return (
        "\\" in name or path.is_absolute() or ".." in path.parts or ":" in path.parts[:1] or name[1:2] == ":"
    )


def _shown(name: str) -> str:
    return name.encode("unicode_escape").decode()[:80]


def _refuse_overlap(members: list[ZipInfo], file: str) -> None:
    end = 0
    for info in sorted(members, key=lambda member: member.header_offset):
        if info.header_offset < end:
            raise BadInput(
                N_("{name} holds members that share the same bytes; pack the files again."),
                code="archive_overlap",
                name=file,
            )
        end = info.header_offset + 30 + info.compress_size


def _refuse_long_directory(path: Path) -> None:
    """Look at the end record alone: a directory of a hundred thousand names is not read."""
    with path.open("rb") as source:
        source.seek(0, 2)
        size = source.tell()
        source.seek(max(0, size - 65_557))
        tail = source.read()
    at = tail.rfind(END_RECORD)
    if at < 0 or len(tail) < at + 22:
        raise _damaged(path)
    count = int.from_bytes(tail[at + 10 : at + 12], "little")
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if count > MOST_MEMBERS or length > LARGEST_DIRECTORY:
        raise _too_many(path.name, count)


def _too_many(file: str, count: int) -> BadInput:
    return BadInput(
        N_(
            "{name} holds {found} members; at most {most} are accepted: pack only the files that "
            "belong together."
        ),
        code="archive_members",
        name=file,
        found=count,
        most=MOST_MEMBERS,
    )


def _damaged(path: Path) -> BadInput:
    return BadInput(
        N_("{name} is a damaged or cut off archive; save or send the file again."),
        code="broken_archive",
        name=path.name,
    )
