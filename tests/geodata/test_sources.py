"""Every data file says where it comes from, and is the file that was described."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from geodata._sidecars import write_table_sidecars
from geodata.errors import LayerError
from geodata.sources import DATA, TABLES, read_sidecars, sidecar_problems


def test_every_data_file_has_its_sidecar() -> None:
    assert sidecar_problems() == []


def test_a_sidecar_is_complete() -> None:
    for sidecar in read_sidecars():
        for member in ("producer", "title", "version", "licence", "made_by", "how"):
            assert getattr(sidecar, member), (sidecar.file, member)
        assert sidecar.rows > 0
        dt.date.fromisoformat(sidecar.retrieved)
        assert sidecar.file in sidecar.sha256


def test_a_missing_sidecar_a_changed_file_and_an_absent_one_are_seen(tmp_path: Path) -> None:
    for path in (*DATA.glob("regions.csv*"), *DATA.glob("aliases.csv*"), *DATA.glob("groups.csv*")):
        shutil.copy(path, tmp_path)
    assert sidecar_problems(tmp_path) == []
    (tmp_path / "regions.csv.source.json").unlink()
    (tmp_path / "aliases.csv").write_text("changed", encoding="utf-8")
    (tmp_path / "groups.csv").unlink()
    assert sidecar_problems(tmp_path) == [
        "regions.csv has no sidecar",
        "groups.csv is named by a sidecar and absent",
        "aliases.csv is not the file that its sidecar describes",
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"file": "regions.csv"}', "{"])
def test_a_broken_sidecar_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "regions.csv.source.json").write_text(text, encoding="utf-8")
    with pytest.raises(LayerError, match="expected a JSON object with the members of a sidecar"):
        read_sidecars(tmp_path)


def test_the_sidecars_of_the_tables_are_written_again_with_the_same_bytes(tmp_path: Path) -> None:
    for folder in (DATA, TABLES):
        copied = tmp_path / folder.name
        copied.mkdir()
        for path in folder.glob("*.csv"):
            shutil.copy(path, copied)
    write_table_sidecars(tmp_path)
    for path in sorted(tmp_path.rglob("*.source.json")):
        assert path.read_bytes() == (DATA.parent / path.relative_to(tmp_path)).read_bytes(), path.name
        assert json.loads(path.read_text(encoding="utf-8"))["made_by"] == "python -m geodata.build --tables"
