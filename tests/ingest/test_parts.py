"""A file read in parts says what it says in one piece."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from benchmarks.portfolios import write_iati
from ess.ingest import importing
from ess.ingest.importing import import_files
from ess.ingest.markup import check_markup
from ess.ingest.orders import Order
from ess.ingest.parts import PartReader, cut_file
from ess.portfolio.files import content_id
from ess.portfolio.schema import TABLES
from tests.ingest.xml import SOUND, wrapped, written


def read(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, parts: int) -> tuple[dict[str, Any], str]:
    """The report and the content of a file that is read in so many parts."""
    folder.mkdir()
    monkeypatch.setattr(importing, "cut_file", lambda file, root: cut_file(file, root, parts))
    said = import_files(Order((path,), keep=True).arguments(), folder, lambda _: None)
    tables = {name: pq.read_table(folder / "tables" / f"{name}.parquet") for name in TABLES}
    return json.loads(json.dumps(said)), content_id(tables)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    return write_iati(tmp_path / "many.xml", 400)


@pytest.mark.parametrize("parts", [2, 3])
def test_parts_make_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: Path, parts: int
) -> None:
    whole = read(many, tmp_path / "whole", monkeypatch, 1)
    split = read(many, tmp_path / "split", monkeypatch, parts)
    assert split == whole
    assert len(cut_file(many, check_markup(many), parts)) == parts
    assert whole[0]["totals"]["activities"] == 400


def test_the_bytes_of_the_parts_are_those_of_the_file(many: Path) -> None:
    parts = cut_file(many, check_markup(many), 3)
    inside = b"".join(PartReader(part).read(-1) and _inside(PartReader(part)) for part in parts)
    assert parts[0].head + inside == many.read_bytes()


def _inside(reader: PartReader) -> bytes:
    with reader:
        reader.read()  # the head
        blocks = [reader.read(1000) for _ in range(reader.size // 1000 + 1)]
    return b"".join(blocks)


OTHER = SOUND.replace("XX-1", "XX-2")


@pytest.mark.parametrize(
    ("middle", "last"),
    [
        (OTHER, SOUND),  # the same identifier in both parts
        (SOUND, OTHER),
        ("<!-- <iati-activity> " + "x" * 4000 + " <iati-activity> -->", OTHER),
        ("<title><narrative><![CDATA[" + "<iati-activity> " * 300 + "]]></narrative></title>", OTHER),
    ],
)
def test_what_cannot_be_cut_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, middle: str, last: str
) -> None:
    path = written(tmp_path, SOUND, middle, last)
    assert read(path, tmp_path / "a", monkeypatch, 2) == read(path, tmp_path / "b", monkeypatch, 1)


def test_a_broken_file_is_refused_by_its_own_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "broken.xml"
    path.write_text(wrapped(SOUND, SOUND.replace("</title>", ""), SOUND), encoding="utf-8")
    found = [read(path, tmp_path / str(parts), monkeypatch, parts)[0] for parts in (1, 2)]
    assert found[0] == found[1]
    assert found[0]["refused"] == ["broken.xml"]


def test_small_files_and_other_markup_are_not_cut(many: Path, tmp_path: Path) -> None:
    assert cut_file(many, check_markup(many)) == []
    wide = tmp_path / "wide.xml"
    wide.write_bytes(wrapped(SOUND, SOUND).replace("UTF-8", "UTF-16").encode("utf-16"))
    assert cut_file(wide, check_markup(wide), 2) == []
    inner = tmp_path / "inner.xml"
    inner.write_text(f"<result>{wrapped(SOUND).partition('?>')[2]}</result>", encoding="utf-8")
    assert cut_file(inner, check_markup(inner), 2) == []
