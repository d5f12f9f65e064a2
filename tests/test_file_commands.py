"""``inspect``, ``import``, ``suggest-mapping`` and ``template`` as a person or a program calls them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import yaml

from ess.__main__ import main
from ess.locales import LANGUAGES
from ess.store.snapshots import current_id, snapshot_ids
from tests.ingest.xml import SOUND, written

TABLE = """Référence;Intitulé du projet;Pays bénéficiaires;Date de début;Montant engagé (EUR)
P-1;Argan;Sénégal, Mali;01/03/2021;1 200 000,50
P-2;Formateurs;Côte d’Ivoire;15/09/2022;350 000,00
P-3;Filières;Wakanda;20/09/2023;n/a
;;;21/09/2023;
P-5;Réseau;Afrique de l’Ouest;22/01/2024;90 000,00
"""


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        """The JSON object that was printed."""
        found: dict[str, Any] = json.loads(self.out)
        return found


Run = Callable[..., Said]


@pytest.fixture
def ess(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process, in English, without the settings of the machine."""
    monkeypatch.delenv("ESS_STORE", raising=False)
    monkeypatch.setenv("ESS_LANG", "en")

    def run(*arguments: object) -> Said:
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "projets.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_the_report_has_the_keys_of_the_contract(ess: Run, table: Path) -> None:
    said = ess("inspect", table, "--json")
    assert said.code == 0
    report = said.report
    counts = {"activities", "placed", "regional", "unplaced", "multi_country", "sites"}
    assert counts | {"files", "by_country", "totals", "unallocated", "problems"} <= report.keys()
    assert {"path", "format", "version", "encoding", "read", "kept", "rejected"} <= report["files"][0].keys()
    problem = {"severity", "code", "file", "row", "column", "found", "expected", "message"}
    assert all(one.keys() == problem for one in report["problems"])
    assert {name: report[name] for name in counts} == {
        "activities": 4, "placed": 2, "regional": 1, "unplaced": 1, "multi_country": 1, "sites": 0,
    }  # fmt: skip
    assert report["by_country"]["CIV"] == {
        "activities": 1, "budget": {}, "commitment": {"EUR": 350000.0}, "disbursement": {}, "expenditure": {},
    }  # fmt: skip
    assert report["totals"]["commitment"] == {"EUR": 1640000.5}
    assert report["unallocated"]["commitment"] == {"EUR": 1290000.5}


def test_an_equal_split_is_asked_for_by_name(ess: Run, table: Path) -> None:
    report = ess("inspect", table, "--json", "--shares", "equal").report
    assert report["by_country"]["SEN"]["commitment"] == {"EUR": 600000.25}
    assert report["unallocated"]["commitment"] == {"EUR": 90000.0}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_in_the_readers_language(ess: Run, table: Path, lang: str) -> None:
    report = ess("inspect", table, "--json", "--lang", lang).report
    messages = {one["code"]: one["message"] for one in report["problems"]}
    country = {"fr": "Rwanda", "en": "Rwanda", "ar": "رواندا"}[lang]
    (unknown,) = [text for text in messages.values() if "Wakanda" in text]
    assert country in unknown
    text = ess("inspect", table, "--lang", lang)
    assert text.code == 0
    assert ("activities" in text.out) == (lang == "en")


def test_rejects_are_written_with_their_cells_and_reason(ess: Run, table: Path, tmp_path: Path) -> None:
    said = ess("inspect", table, "--json", "--rejects", tmp_path / "out.csv")
    (file,) = said.report["files"]
    assert (file["read"], file["kept"], file["rejected"]) == (5, 4, 1)
    text = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["row"], row["Date de début"], row["code"]) == ("5", "21/09/2023", "empty_record")
    assert row["reason"].endswith(".")


def test_a_mapping_is_suggested_corrected_and_used(ess: Run, table: Path, tmp_path: Path) -> None:
    suggested = ess("suggest-mapping", table)
    assert suggested.code == 0
    tree = yaml.safe_load(suggested.out)
    assert tree["columns"]["title"] == "Intitulé du projet"
    mapping = tmp_path / "mapping.yml"
    mapping.write_text(suggested.out.replace("kind: commitment", "kind: budget"), encoding="utf-8")
    report = ess("inspect", table, "--mapping", mapping, "--json").report
    assert report["totals"]["budget"] == {"EUR": 1640000.5}
    mapping.write_text("name: x\ncolums: {}\n", encoding="utf-8")
    refused = ess("inspect", table, "--mapping", mapping)
    assert refused.code == 1
    assert "colums" in refused.err


def test_an_import_is_served_and_the_second_changes_nothing(ess: Run, table: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    first = ess("import", table, "--store", store, "--json").report
    assert first["snapshot"] == current_id(store)
    assert ess("import", table, "--store", store).code == 0
    assert snapshot_ids(store) == [first["snapshot"]]
    answers = json.loads(ess("countries", "--store", store, "--format", "json").out)
    assert {one["iso3"]: one["value"] for one in answers if one["value"]} == {"SEN": 1, "MLI": 1, "CIV": 1}
    spoken = ("--measure", "commitment", "--currency", "EUR", "--store", store, "--format", "json")
    shown = {one["iso3"]: one["value"] for one in json.loads(ess("countries", *spoken).out) if one["value"]}
    split = json.loads(ess("countries", *spoken, "--shares", "equal").out)
    assert shown == {"CIV": 350000.0}
    assert {one["iso3"]: one["value"] for one in split if one["value"]}["SEN"] == 600000.25


def test_an_update_is_told_by_diff(ess: Run, tmp_path: Path) -> None:
    store = tmp_path / "store"
    place = '<recipient-country code="SN"/>'
    older = ess("import", written(tmp_path, SOUND + place), "--store", store, "--json").report["snapshot"]
    other = SOUND.replace("Seeds", "Trees") + place
    newer = ess("import", written(tmp_path, other), "--store", store, "--json").report["snapshot"]
    assert ess("snapshots", "diff", older, newer, "--store", store).out.splitlines() == ["~ activities XX-1"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("photo.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "PNG"),
        ("feed.xml", b"<feed/>", "<feed>"),
        ("organisation.xml", b"<iati-organisations/>", "organisation file"),
        ("cut.xml", b"<iati-activities><iati-activity>", "line"),
        ("deep.xml", b"<a>" * 40 + b"</a>" * 40, "deep"),
        ("secret.xlsx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2048, "password"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(
    ess: Run, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    store = tmp_path / "store"
    for said in (ess("inspect", path), ess("import", path, "--store", store)):
        assert said.code == 1
        assert said.out == ""
        assert words in said.err
        assert said.err.count("\n") == 1
        assert "Traceback" not in said.err
    assert not store.exists() or current_id(store) is None
    severities = [one["severity"] for one in ess("inspect", path, "--json").report["problems"]]
    assert severities.count("critical") == 1


def test_wrong_usage(ess: Run, table: Path) -> None:
    assert ess("inspect").code == 2
    assert ess("inspect", table, "--shares", "half").code == 2
    assert ess("import", table).code == 1
    missing = ess("inspect", table.with_name("none.csv"))
    assert (missing.code, "none.csv" in missing.err) == (1, True)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_template_is_written_and_needs_no_mapping(ess: Run, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "template.xlsx"
    assert ess("template", "--to", path, "--lang", lang).code == 0
    assert len(openpyxl.load_workbook(path).sheetnames) > 10
    said = ess("suggest-mapping", path)
    assert (said.code, "needs no mapping" in said.err) == (1, True)
    assert ess("template", "--to", tmp_path / "folder", "--lang", lang).code == 0
    assert len(list((tmp_path / "folder").glob("*.csv"))) >= 11
