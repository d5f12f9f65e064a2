"""Zip archives: judged by their directory, before a byte is unpacked."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from ess.errors import BadInput
from ess.ingest.archives import MOST_MEMBERS, find_members, open_archive, unpack
from ess.ingest.kinds import recognise
from tests.ingest.rawfiles import archive, shape_parts, write


def refusal(path: Path) -> str:
    with pytest.raises(BadInput) as caught:
        recognise(path)
    return caught.value.code


def padded(folder: Path, member: str, size: int, name: str = "a.zip") -> Path:
    """An archive with one member of `size` zeros."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target, target.open(member, "w") as written:
        for _ in range(size // 1_000_000):
            written.write(bytes(1_000_000))
    return path


@pytest.mark.parametrize("member", ["a.dbf", "a.shp", "a.geojson", "a.csv"])
def test_z01_too_much_or_too_dense_is_refused_from_the_directory(tmp_path: Path, member: str) -> None:
    large, dense = padded(tmp_path, member, 210_000_000), padded(tmp_path, member, 5_000_000, "b.zip")
    tracemalloc.start()
    try:
        assert (refusal(large), refusal(dense)) == ("archive_too_large", "archive_ratio")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_z03_too_many_members_are_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, "a.zip", {f"{number}.csv": "" for number in range(MOST_MEMBERS + 1)})
    assert refusal(path) == "archive_members"


def test_z03_a_long_directory_is_not_even_read(tmp_path: Path) -> None:
    path = archive(tmp_path, "a.zip", {f"{number}": "" for number in range(20_000)})
    tracemalloc.start()
    try:
        assert refusal(path) == "archive_members"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_z03_archives_in_archives_are_not_opened(tmp_path: Path) -> None:
    content = b"iso3,v\nKEN,1\n"
    for name in ("a.csv", "n.zip", "n.zip"):
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as target:
            target.writestr(name, content)
        content = inner.getvalue()
    assert refusal(write(tmp_path, "a.zip", content)) == "archive_without_file"


@pytest.mark.parametrize(
    "name", ["../evil.csv", "/evil.csv", "..\\evil.csv", "a/../../evil.csv", "C:evil.csv", "a\\b.csv"]
)
def test_z03_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(archive(tmp_path, "a.zip", {name: "iso3,v\nKEN,1\n"})) == "archive_leads_out"


def test_z03_links_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
        link = zipfile.ZipInfo("a.csv")
        link.create_system = 3
        link.external_attr = 0o120777 << 16
        target.writestr(link, "/etc/passwd")
    assert refusal(tmp_path / "a.zip") == "archive_leads_out"


@pytest.mark.parametrize("name", [b"\0.csv", b"\0\0\0\0\0"])
def test_z03_members_without_a_name_are_refused(tmp_path: Path, name: bytes) -> None:
    content = archive(tmp_path, "a.zip", {"a.csv": "x"}).read_bytes().replace(b"a.csv", name)
    assert refusal(write(tmp_path, "a.zip", content)) in {"archive_leads_out", "broken_archive"}


def test_z03_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    raw = bytes(1000)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(raw) + packer.flush()
    local = (
        struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, zlib.crc32(raw), len(packed), 1000, 5, 0)
        + b"a.dbf"
        + packed
    )
    central = b"".join(
        struct.pack("<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, zlib.crc32(raw), len(packed), 1000,
                    5, 0, 0, 0, 0, 0, 0) + name
        for name in (b"a.dbf", b"b.dbf")
    )  # fmt: skip
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2, 2, len(central), len(local), 0)
    assert refusal(write(tmp_path, "a.zip", local + central + end)) == "archive_overlap"


def test_z03_a_member_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, "a.zip", {"a.csv": "iso3,v\n" + "KEN,1\n" * 100})
    content = path.read_bytes().replace(struct.pack("<I", 607), struct.pack("<I", 10))
    write(tmp_path, "a.zip", content)
    with open_archive(path) as opened, pytest.raises(BadInput):
        unpack(opened, find_members(opened)[0], tmp_path / "out.csv", "a.zip")


def test_z03_a_protected_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path, "a.zip", {"a.csv": "iso3,v\nKEN,1\n"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(write(tmp_path, "a.zip", bytes(content))) == "password"


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18, b"PK\x03\x04" + b"x" * 500])
def test_x06_damaged_archives_are_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(write(tmp_path, "a.zip", content)) in {"broken_archive", "archive_without_file"}


def test_z05_gzip_is_refused_by_type(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(50_000_000), wbits=31)
    assert refusal(write(tmp_path, "a.csv.gz", packed)) == "not_accepted"


@pytest.mark.parametrize(
    "members", [{"a.csv": "x", "b.csv": "y"}, {"a.txt.exe": "x"}, {"__MACOSX/a.csv": "x"}]
)
def test_an_archive_must_hold_one_file(tmp_path: Path, members: dict[str, str | bytes]) -> None:
    assert refusal(archive(tmp_path, "a.zip", members)) == "archive_without_file"


def test_a_shapefile_may_come_with_other_files(tmp_path: Path) -> None:
    parts: dict[str, str | bytes] = {f"a{ending}": content for ending, content in shape_parts().items()}
    assert (
        recognise(archive(tmp_path, "a.zip", {**parts, "readme.pdf": "x", "a.shp.xml": "<x/>"}))
        == "shapefile"
    )
