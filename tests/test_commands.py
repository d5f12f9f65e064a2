"""The command line: the figures of the articles, the files, the history, one sentence for each fault."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest

from ess.__main__ import main
from ess.analysis.vocabulary import FILTERS, read_vocabulary
from ess.commands import asking, serving
from ess.ingest.iati_own import read_own
from ess.ingest.report import FileReport
from ess.ingest.template import read_template
from ess.ingest.template_sheets import workbook_sheet_names
from ess.locales import LANGUAGES
from ess.portfolio.builtin import builtin_folder, read_builtin
from ess.portfolio.codes import ACTIVITY_TYPES
from ess.portfolio.files import content_id
from ess.portfolio.headings import sheet_name
from ess.portfolio.schema import TABLES
from ess.store import opening
from ess.store.engine import open_engine
from ess.store.snapshots import Snapshot, current_id, set_current
from ess.store.writing import write_snapshot
from geodata.layer import read_countries
from tests.factories import FORMULA, Tables, placed, portfolio

VIEWS = ("un", "ma", "de_facto")
AFRICA = {"CAF", "CIV", "COG", "CPV", "GAB", "GIN", "GNB", "MWI", "SEN", "ZWE"}
PARTNERS = AFRICA | {"IND"}
TYPES = [entry.code for entry in ACTIVITY_TYPES]
KEYS = ["iso3", "value", "qualifier", "state", "activities", "shared"]


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def countries(self) -> dict[str, dict[str, Any]]:
        """The records of ``--format json`` by iso3."""
        return {record["iso3"]: record for record in json.loads(self.out)}

    def valued(self) -> dict[str, int | float]:
        """The countries with a figure, and their values."""
        return {iso3: one["value"] for iso3, one in self.countries.items() if one["value"] is not None}

    def in_state(self, state: str) -> set[str]:
        """The countries in a state."""
        return {iso3 for iso3, one in self.countries.items() if one["state"] == state}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test; errors are in English, so that their words can be read."""
    for name in [name for name in os.environ if name.startswith("ESS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ESS_LANG", "en")


@pytest.fixture
def ess(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs a command in this process."""

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layer and the built-in portfolio, which no such test changes, are opened once."""
    monkeypatch.setattr(asking, "read_countries", LAYER)
    monkeypatch.setattr(asking, "open_engine", lambda *_: ENGINE())
    monkeypatch.setattr(asking, "read_vocabulary", VOCABULARY)


LAYER = cache(read_countries)
ENGINE = cache(lambda: open_engine(opening.builtin_snapshot()))
VOCABULARY = cache(read_vocabulary)
Run = Callable[..., Said]
REMEMBERED: dict[tuple[object, ...], Said] = {}


@pytest.fixture
def asked(quick: None, ess: Run) -> Run:  # noqa: ARG001 - the fixture is wanted for what it does
    """Answers of ``countries --format json`` about the built-in portfolio, each asked once."""

    def ask(*arguments: object) -> Said:
        if arguments not in REMEMBERED:
            REMEMBERED[arguments] = ess("countries", "--format", "json", *arguments)
        assert REMEMBERED[arguments].err == ""
        assert REMEMBERED[arguments].code == 0
        return REMEMBERED[arguments]

    return ask


def assert_one_sentence(said: Said, code: int, *words: str) -> None:
    """A fault: its exit code, one line on standard error that says these words, and no traceback."""
    assert said.code == code
    assert len(said.err.splitlines()) == 1
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


# The figures of the two articles


def test_eleven_partner_countries_and_morocco(asked: Run) -> None:
    said = asked()
    assert said.in_state("figure") == PARTNERS | {"MAR"}
    assert len(PARTNERS) == 11
    assert len(AFRICA) == 10
    assert said.in_state("present") == said.in_state("planned") == set()


def test_eight_projects_in_seven_countries(asked: Run) -> None:
    wanted = {"MWI": 1, "SEN": 2, "CIV": 1, "ZWE": 1, "CPV": 1, "GIN": 1, "IND": 1}
    assert asked("--measure", "project").valued() == wanted
    assert asked("--measure", "project", "--where", "actor=ocp_foundation").valued() == wanted
    assert sum(wanted.values()) == 8


def test_agreements_are_at_least_one_each(asked: Run) -> None:
    said = asked("--measure", "agreement")
    assert said.valued() == dict.fromkeys(("GAB", "SEN", "GNB", "CAF", "CIV"), 1)
    assert {one["qualifier"] for one in said.countries.values() if one["value"]} == {">="}


def test_congo_has_an_event_and_nothing_else(asked: Run) -> None:
    for measure in TYPES:
        one = asked("--measure", measure).countries["COG"]
        assert one["value"] == (1 if measure == "event" else None)
    assert asked().countries["COG"]["activities"] == 1
    assert asked().countries["COD"]["state"] == "none"


def test_senegal_and_cote_d_ivoire_alone_have_both_an_agreement_and_a_project(asked: Run) -> None:
    both = asked("--measure", "agreement").valued().keys() & asked("--measure", "project").valued().keys()
    assert both == {"SEN", "CIV"}


def test_eighty_women_trained_in_malawi_and_nothing_else_with_a_figure(asked: Run) -> None:
    said = asked("--measure", "result:women_trained")
    assert said.valued() == {"MWI": 80}
    assert said.countries["MWI"]["qualifier"] == "="
    assert said.in_state("present") == (PARTNERS | {"MAR"}) - {"MWI"}


@pytest.mark.parametrize(
    ("indicator", "wanted"),
    [
        ("women_beneficiaries", {"SEN": 700}),
        ("women_involved", {"SEN": 600}),
        ("area_planted", {"CIV": 145}),
        ("farmers_supported", {"IND": 2000}),
        ("coaching_sessions", {"MAR": 2681}),
        ("cooperatives_supported", {"MAR": 932}),
        ("cooperatives_trained", {"MAR": 214}),
        ("member_cooperatives", {"MAR": 60}),
        ("cooperatives_awarded", {"MAR": 108}),
    ],
)
def test_stated_figures_each_alone(asked: Run, indicator: str, wanted: dict[str, int]) -> None:
    said = asked("--measure", f"result:{indicator}")
    assert said.valued() == wanted
    assert {said.countries[iso3]["qualifier"] for iso3 in wanted} == {"="}
    for iso3 in ("ZWE", "CPV", "GIN"):
        assert (said.countries[iso3]["state"], said.countries[iso3]["value"]) == ("present", None)


@pytest.mark.parametrize(
    ("indicator", "value", "qualifier"), [("cooperative_members", 9000, ">"), ("women_members", 6750, ">=")]
)
def test_lower_bounds_stay_lower_bounds(asked: Run, indicator: str, value: int, qualifier: str) -> None:
    one = asked("--measure", f"result:{indicator}").countries["MAR"]
    assert (one["value"], one["qualifier"]) == (value, qualifier)


def test_the_exhibition_in_cote_d_ivoire_is_planned(asked: Run) -> None:
    one = asked("--measure", "event").countries["CIV"]
    assert one == {
        "iso3": "CIV", "value": None, "qualifier": None, "state": "planned", "activities": 1, "shared": []
    }  # fmt: skip
    assert asked("--measure", "event", "--where", "stage=planned").in_state("planned") == {"CIV"}


@pytest.mark.parametrize("measure", ["result:trainers_certified", "training", "activities"])
def test_the_22_trainers_shade_no_country_and_are_on_four_as_shared(asked: Run, measure: str) -> None:
    said = asked("--measure", measure)
    assert 22 not in said.valued().values()
    four = ["CIV", "CPV", "GIN", "MAR"]
    assert sorted(iso3 for iso3, one in said.countries.items() if one["shared"]) == four
    for iso3 in four:
        (total,) = said.countries[iso3]["shared"]
        assert total == {
            "result": "mycoop_trainers_certified", "value": 22, "unit": "trainers", "countries": four
        }  # fmt: skip


def test_indicators_that_may_not_be_mapped_are_refused(ess: Run) -> None:
    for indicator in ("countries_beyond_morocco", "regions_covered"):
        assert_one_sentence(
            ess("countries", "--measure", f"result:{indicator}"), 2, "may not be mapped", indicator
        )


# The contract of `countries --format json`


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("measure", ["activities", "event", "result:women_trained", "budget"])
def test_every_country_of_the_layer_is_one_object(asked: Run, view: str, measure: str) -> None:
    records = json.loads(asked("--measure", measure, "--view", view).out)
    assert [record["iso3"] for record in records] == read_countries(view)["iso3"].tolist()
    assert contract_faults(records) == []


def contract_faults(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Where records are not as the contract says."""
    faults = []
    for one in records:
        checks = {
            "keys": list(one) == KEYS,
            "state": one["state"] in {"figure", "present", "planned", "none"},
            "value": one["value"] is None
            or (isinstance(one["value"], int | float) and one["state"] == "figure"),
            "whole": not (isinstance(one["value"], float) and one["value"].is_integer()),
            "qualifier": (one["qualifier"] is None) == (one["value"] is None),
            "activities": type(one["activities"]) is int,
            "none": one["state"] != "none" or (one["activities"], one["shared"]) == (0, []),
            "shared": all(list(total) == ["result", "value", "unit", "countries"] for total in one["shared"]),
        }
        faults += [(one["iso3"], name) for name, holds in checks.items() if not holds]
    return faults


def test_the_contract_notices_a_zero_for_a_missing_value() -> None:
    record = {"iso3": "FRA", "value": 0, "qualifier": None, "state": "none", "activities": 0, "shared": []}
    assert contract_faults([record]) == [("FRA", "value"), ("FRA", "qualifier")]
    assert contract_faults([{**record, "value": None}]) == []


def test_western_sahara_is_a_line_of_its_own_in_two_views(asked: Run) -> None:
    assert {view: "ESH" in asked("--view", view).countries for view in VIEWS} == {
        "un": True, "ma": False, "de_facto": True
    }  # fmt: skip


def test_regional_records_have_their_own_list(asked: Run, ess: Run) -> None:
    wanted = [{"region": "002", "value": 2, "qualifier": ">=", "state": "figure", "activities": 2}]
    assert json.loads(asked("--regional").out) == wanted
    of_type = asked("--regional", "--measure", "participation")
    assert json.loads(of_type.out) == [{**wanted[0], "value": 1, "activities": 1}]
    present = asked("--regional", "--measure", "result:women_trained")
    assert json.loads(present.out) == [{**wanted[0], "value": None, "qualifier": None, "state": "present"}]
    assert ess("countries", "--regional").out.splitlines()[1] == "002,2,>=,figure,2"


def test_csv_is_the_same_table(asked: Run, ess: Run) -> None:
    said = ess("countries", "--measure", "result:trainers_certified")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    records = json.loads(asked("--measure", "result:trainers_certified").out)
    assert list(rows[0]) == KEYS
    for row, record in zip(rows, records, strict=True):
        assert row["iso3"] == record["iso3"]
        assert row["value"] == ("" if record["value"] is None else str(record["value"]))
        assert json.loads(row["shared"] or "[]") == record["shared"]


# Filters

FILTERED = [
    ("actor=ocp_foundation", {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND", "MAR"}),
    ("actor=Fondation OCP", {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND", "MAR"}),
    ("actor=مؤسسة المكتب الشريف للفوسفاط", {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND", "MAR"}),
    ("actor=first_lady_congo", {"COG"}),
    ("programme=faci", {"SEN"}),
    ("programme=ocp_south_south", {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND", "MAR"}),
    ("type=agreement", {"GAB", "SEN", "GNB", "CAF", "CIV"}),
    ("stage=signed", {"GAB", "SEN", "GNB", "CAF", "CIV"}),
    ("modality=triangular", {"MAR", "GIN", "CPV", "CIV"}),
    ("group=ecowas", {"SEN", "CIV", "GIN", "GNB", "CPV"}),
    ("theme=marine_environment", {"GIN"}),
    ("source=les_eco_2025", {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND", "MAR"}),
    ("year=2025", PARTNERS | {"MAR"}),
    ("country=SEN", {"SEN"}),
    ("country=Guinée", {"GIN"}),
    ("actor_type=60", {"MWI", "SEN", "CIV", "ZWE", "CPV", "GIN", "IND", "MAR"}),
    ("sector=31120", {"IND", "SEN", "ZWE"}),
    ("evidence=repost", {"CAF", "CIV", "COG", "GAB", "GNB", "MAR", "SEN"}),
    ("figure=yes", {"MWI", "SEN", "CIV", "CPV", "GIN", "IND", "MAR"}),
    ("review=no", {"MWI"}),
    ("q=FEMMES", {"CIV", "MWI", "SEN"}),
    ("q=التعاونيّات", {"CAF", "CIV", "COG", "GAB", "GNB", "MAR", "SEN"}),
    ("group=wb_low", {"MWI", "GIN", "GNB", "CAF"}),
]


@pytest.mark.parametrize(("where", "wanted"), FILTERED)
def test_each_filter_leaves_its_countries(asked: Run, where: str, wanted: set[str]) -> None:
    assert asked("--where", where).in_state("figure") == wanted


def test_every_filter_key_is_tried(asked: Run) -> None:
    assert {where.partition("=")[0] for where, _ in FILTERED} | {"sdg"} == set(FILTERS)
    assert asked("--where", "sdg=14").in_state("figure") >= {"GIN"}


def test_a_key_repeated_is_an_or_and_another_key_an_and(asked: Run) -> None:
    agreements, events = asked("--where", "type=agreement"), asked("--where", "type=event")
    either = asked("--where", "type=agreement", "type=event")
    assert either.in_state("figure") == agreements.in_state("figure") | events.in_state("figure")
    twice = asked("--where", "type=agreement", "--where", "type=event")
    assert twice.countries == either.countries
    assert asked("--where", "type=agreement", "stage=planned").in_state("figure") == set()


def test_a_year_keeps_the_undated(asked: Run) -> None:
    assert asked("--where", "year=2025").countries == asked().countries


def test_a_group_leaves_others_out_of_the_list_but_not_out_of_a_total(asked: Run) -> None:
    said = asked("--where", "group=ecowas", "--measure", "result:trainers_certified")
    assert {iso3 for iso3, one in said.countries.items() if one["shared"]} == {"GIN", "CPV", "CIV"}
    assert said.countries["GIN"]["shared"][0]["countries"] == ["CIV", "CPV", "GIN", "MAR"]
    assert json.loads(asked("--where", "group=ecowas", "--regional").out) == []


# Export


def exported(ess: Run, path: Path, *arguments: object) -> bytes:
    said = ess("export", "--to", path, *arguments)
    assert (said.code, said.out, said.err) == (0, "", "")
    return path.read_bytes()


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.usefixtures("quick")
def test_export_csv_holds_the_countries_then_the_regions(
    asked: Run, ess: Run, tmp_path: Path, view: str
) -> None:
    body = exported(ess, tmp_path / "a.csv", "--view", view)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = rows_of(body)
    records = json.loads(asked("--view", view).out)
    told = [(row["iso3"], row["value"], row["state"], row["activities"]) for row in rows]
    wanted = [
        (one["iso3"], "" if one["value"] is None else str(one["value"]), one["state"], str(one["activities"]))
        for one in records
    ]
    assert told == [*wanted, ("", "2", "figure", "2")]
    assert (rows[-1]["region"], rows[-1]["name"]) == ("002", "Africa")
    assert {row["boundary_view"] for row in rows} == {view}
    assert {row["data_as_of"] for row in rows} == {"2025-07-08"}
    assert "never spread" in rows[-1]["note"]


@pytest.mark.usefixtures("quick")
def test_export_says_what_each_figure_must_not_be_taken_for(ess: Run, tmp_path: Path) -> None:
    def note(measure: str, iso3: str, *where: str) -> str:
        body = exported(ess, tmp_path / "a.csv", "--measure", measure, *where)
        return next(row["note"] for row in rows_of(body) if row["iso3"] == iso3)

    assert "Derived, not stated" in note("result:women_members", "MAR")
    assert "Lower bound" in note("result:cooperative_members", "MAR")
    assert "Morocco" in note("result:trainers_certified", "CPV")
    assert note("result:women_trained", "MWI") == ""
    assert "Coded by an analyst" in note("activities", "SEN", "--where", "theme=agriculture")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.usefixtures("quick")
def test_export_speaks_the_reader_s_language(ess: Run, tmp_path: Path, lang: str) -> None:
    rows = rows_of(exported(ess, tmp_path / "a.csv", "--lang", lang))
    names = {"fr": "Sénégal", "en": "Senegal", "ar": "السنغال"}
    assert next(row["name"] for row in rows if row["iso3"] == "SEN") == names[lang]


@pytest.mark.usefixtures("quick")
def test_export_geojson_is_read_back_with_the_same_values(asked: Run, ess: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    exported(ess, path, "--measure", "project", "--view", "ma")
    frame = gpd.read_file(path)
    assert frame.crs.to_epsg() == 4326
    countries = frame[frame.geometry.notna()]
    records = asked("--measure", "project", "--view", "ma").countries
    assert countries["iso3"].tolist() == list(records)
    values = {
        iso3: value for iso3, value in zip(countries["iso3"], countries["value"], strict=True) if value >= 0
    }
    assert values == asked("--measure", "project", "--view", "ma").valued()


@pytest.mark.usefixtures("quick")
def test_export_replaces_a_file_whole(ess: Run, tmp_path: Path) -> None:
    path = tmp_path / "A.CSV"
    path.write_text("what was there before" * 10_000, encoding="utf-8")
    assert b"what was there before" not in exported(ess, path)
    assert [found.name for found in tmp_path.iterdir()] == ["A.CSV"]


def test_export_runs_no_formula_of_a_hostile_portfolio(ess: Run, tmp_path: Path) -> None:
    store = tmp_path / "store"
    tables = portfolio(
        activities=[{"id": "a"}],
        places=placed("a", "SEN", "QQQ"),
        tags=[{"activity": "a", "code": FORMULA}],
        indicators=[{"id": "trained", "label_en": FORMULA}],
        results=[{"activity": "a", "value": 3.0}],
    )
    set_current(store, write_snapshot(tables, store, origin=FORMULA).id)
    body = exported(
        ess,
        tmp_path / "a.csv",
        "--store",
        store,
        "--measure",
        "result:trained",
        "--where",
        f"theme={FORMULA}",
    )
    rows = rows_of(body)
    assert {row["measure_label"] for row in rows} == {f"'{FORMULA}"}
    assert rows[-1]["iso3"] == "QQQ"
    assert not any(text.startswith(("=", "+", "@")) for row in rows for text in row.values())


@pytest.mark.parametrize(
    "target", ["absent/a.csv", "file/a.csv", "folder.csv", "x" * 250 + ".csv", "x" * 300 + ".csv"]
)
@pytest.mark.usefixtures("quick")
def test_export_to_where_nothing_can_be_written_is_a_sentence(ess: Run, tmp_path: Path, target: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    assert_one_sentence(ess("export", "--to", tmp_path / target), 1, "cannot be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


@pytest.mark.parametrize("name", ["a.xls", "a", "a.csv.txt", ".csv"])
def test_export_to_another_format_is_wrong_usage(ess: Run, tmp_path: Path, name: str) -> None:
    assert_one_sentence(ess("export", "--to", tmp_path / name), 2, ".csv, .geojson, .xml or .xlsx")


def test_export_to_iati_is_the_whole_portfolio(ess: Run, tmp_path: Path) -> None:
    path = tmp_path / "portfolio.xml"
    exported(ess, path)
    assert [found.name for found in tmp_path.iterdir()] == ["portfolio.xml"]
    assert content_id(read_own(path, FileReport(path.name)).tables) == content_id(read_builtin())
    [made] = re.findall(rb'generated-datetime="([^"]*)"', path.read_bytes())
    day = datetime.fromisoformat(made.decode())
    assert day.tzinfo == UTC
    assert day.year >= 2026


@pytest.mark.parametrize("lang", LANGUAGES)
def test_export_to_a_workbook_is_the_whole_portfolio_under_headings_of_a_language(
    ess: Run, store: Store, tmp_path: Path, lang: str
) -> None:
    path = tmp_path / "portfolio.XLSX"
    exported(ess, path, "--store", store.folder, "--lang", lang)
    reading = read_template(path)
    assert content_id(reading.tables) == content_id(done("done"))
    assert sheet_name(TABLES["places"], lang) in workbook_sheet_names(path)


@pytest.mark.parametrize("name", ["a.xml", "a.xlsx"])
@pytest.mark.parametrize(
    "options",
    [("--measure", "activities"), ("--where", "type=project"), ("--view", "un"), ("--currency", "USD")],
    ids=" ".join,
)
def test_export_of_the_whole_refuses_what_would_ask_for_less(
    ess: Run, tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    said = ess("export", "--to", tmp_path / name, *options)
    assert_one_sentence(said, 2, options[0], name, "the whole portfolio")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["absent/a.xml", "folder.xml", "absent/a.xlsx", "folder.xlsx"])
def test_export_of_the_whole_to_where_nothing_can_be_written(ess: Run, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder.xml").mkdir()
    (tmp_path / "folder.xlsx").mkdir()
    assert_one_sentence(ess("export", "--to", tmp_path / target), 1, "cannot be written")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.xlsx", "folder.xml"]


@pytest.mark.parametrize("damage", ["a byte", "the end", "the table"])
def test_export_of_a_broken_snapshot_is_a_sentence(
    ess: Run, store: Store, tmp_path: Path, damage: str
) -> None:
    table = store.newer.table_path("places")
    whole = table.read_bytes()
    match damage:
        case "a byte":
            table.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
        case "the end":
            table.write_bytes(whole[: len(whole) // 2])
        case _:
            table.unlink()
    said = ess("export", "--store", store.folder, "--to", tmp_path / "a.xml")
    assert_one_sentence(said, 1, store.newer.id)
    assert not (tmp_path / "a.xml").exists()


# History


def done(stage: str) -> Tables:
    return portfolio(activities=[{"id": "a", "stage": stage}], places=placed("a", "SEN"))


@dataclass(frozen=True)
class Store:
    """A store of two snapshots, the newer one served."""

    folder: Path
    older: Snapshot
    newer: Snapshot


@pytest.fixture
def store(tmp_path: Path) -> Store:
    older = write_snapshot(done("planned"), tmp_path, origin="a.csv", created="2026-01-01T00:00:00Z")
    newer = write_snapshot(done("done"), tmp_path, origin="b.csv", created="2026-02-01T00:00:00Z")
    set_current(tmp_path, newer.id)
    return Store(tmp_path, older, newer)


@pytest.mark.parametrize("verb", [(), ("list",)])
def test_the_history_of_a_store(ess: Run, store: Store, verb: tuple[str, ...]) -> None:
    lines = ess("snapshots", *verb, "--store", store.folder).out.splitlines()
    assert lines == [
        f"  {store.older.id}  2026-01-01T00:00:00Z  a.csv  1",
        f"* {store.newer.id}  2026-02-01T00:00:00Z  b.csv  1",
    ]


def test_the_history_without_a_store_is_the_built_in_portfolio(ess: Run, tmp_path: Path) -> None:
    said = ess("snapshots")
    assert said.out.startswith("* ")
    assert said.out.split()[-2:] == ["builtin", "24"]
    assert ess("snapshots", "list", "--store", tmp_path).out == said.out
    snapshot_id = said.out.split()[1]
    assert f"id       {snapshot_id}" in ess("snapshots", "show", snapshot_id[:6]).out
    assert ess("snapshots", "diff", snapshot_id, snapshot_id).out == ""
    assert_one_sentence(ess("snapshots", "show", "zzz"), 1, "zzz", snapshot_id)
    assert_one_sentence(ess("snapshots", "rollback", snapshot_id), 1, "read-only")


def test_the_store_comes_from_the_setting_too(
    ess: Run, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESS_STORE", str(store.folder))
    assert store.newer.id in ess("snapshots").out
    assert json.loads(ess("countries", "--format", "json").out)
    assert ess("countries", "--format", "json").in_state("figure") == {"SEN"}


def test_a_roll_back_serves_the_earlier_snapshot(ess: Run, store: Store) -> None:
    here = ("--store", store.folder, "--format", "json")
    assert ess("countries", *here).countries["SEN"]["state"] == "figure"
    said = ess("snapshots", "rollback", store.older.id[:8], "--store", store.folder)
    assert said.out == f"{store.newer.id} -> {store.older.id}\n"
    assert current_id(store.folder) == store.older.id
    assert ess("countries", *here).countries["SEN"]["state"] == "planned"


def test_a_difference_is_a_line_a_row(ess: Run, store: Store) -> None:
    said = ess("snapshots", "diff", store.older.id, store.newer.id, "--store", store.folder)
    assert said.out == "~ activities a\n"


def test_a_damaged_table_is_shown_and_is_a_sentence(ess: Run, store: Store) -> None:
    assert ess("snapshots", "show", store.newer.id, "--store", store.folder).code == 0
    store.newer.table_path("places").write_bytes(b"PAR1 no PAR1")
    said = ess("snapshots", "show", store.newer.id, "--store", store.folder)
    assert_one_sentence(said, 1, "damaged", "places")
    assert store.newer.files["places"].sha256 in said.out
    assert_one_sentence(
        ess("snapshots", "diff", store.older.id, store.newer.id, "--store", store.folder), 1, store.newer.id
    )


@pytest.mark.parametrize("damage", ["manifest", "pointer", "pointer to nothing"])
def test_one_can_roll_back_from_what_is_broken(ess: Run, store: Store, damage: str) -> None:
    if damage == "manifest":
        (store.newer.folder / "manifest.json").write_text("{", encoding="utf-8")
    else:
        (store.folder / "CURRENT").write_bytes(b"nothing" if damage == "pointer to nothing" else b"\xff\x00")
    assert_one_sentence(ess("countries", "--store", store.folder), 1)
    said = ess("snapshots", "list", "--store", store.folder)
    assert_one_sentence(said, 1)
    assert store.older.id in said.out
    rolled = ess("snapshots", "rollback", store.older.id, "--store", store.folder)
    assert (rolled.code, rolled.err) == (0, "")
    assert ess("countries", "--store", store.folder).code == 0


def test_a_snapshot_that_is_not_there_is_a_sentence(ess: Run, store: Store) -> None:
    for verb in (("show", "zzz"), ("rollback", "../x"), ("diff", store.older.id, "zzz")):
        said = ess("snapshots", *verb, "--store", store.folder)
        assert_one_sentence(said, 1, "No snapshot", store.older.id)
    assert current_id(store.folder) == store.newer.id


# Faults


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("required",)),
        (("count",), ("count",)),
        (("countries", "--colour"), ("--colour",)),
        (("countries", "--measure", "result:nothing"), ("result:nothing", "expected")),
        (("countries", "--measure", FORMULA), ("no measure",)),
        (("countries", "--where", "colour=red"), ("colour", "actor")),
        (("countries", "--where", "type=war"), ("war", "agreement")),
        (("countries", "--where", "year=1066"), ("1066", "2025")),
        (("countries", "--where", "type"), ("KEY=VALUE",)),
        (("countries", "--where", "=x"), ("KEY=VALUE",)),
        (("countries", "--where", "type="), ("KEY=VALUE",)),
        (("countries", "--view", "un2"), ("un2", "de_facto")),
        (("countries", "--format", "xml"), ("xml",)),
        (("export",), ("--to",)),
        (("export", "--to", "a.csv", "--lang", "de"), ("de",)),
        (("serve", "--port", "many"), ("many",)),
        (("snapshots", "show"), ("id",)),
        (("snapshots", "forget"), ("forget",)),
    ],
)  # fmt: skip
def test_wrong_usage_is_a_sentence(ess: Run, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    said = ess(*arguments)
    assert_one_sentence(said, 2, *words)
    assert said.out == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ESS_LANG", "de"),
        ("ESS_BOUNDARY_VIEW", "mine"),
        ("ESS_ENGINE", "oracle"),
        ("ESS_ENGINE", "spark://host"),
        ("ESS_HOME", "Maroc"),
        ("ESS_PUBLISH", "perhaps"),
    ],
)
def test_a_bad_setting_is_a_sentence(
    ess: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert_one_sentence(ess("countries"), 2, name, value)


def test_help_is_no_fault(ess: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        ess("countries", "--help")
    assert left.value.code == 0
    assert "--where" in capsys.readouterr().out


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_fault_is_one_sentence_in_every_language(
    ess: Run, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    monkeypatch.setenv("ESS_LANG", lang)
    assert_one_sentence(ess("countries", "--measure", "nothing"), 2, "nothing")


def test_a_store_that_is_not_there_is_a_sentence(ess: Run, tmp_path: Path) -> None:
    for command in ("countries", "snapshots"):
        assert_one_sentence(ess(command, "--store", tmp_path / "absent"), 1, "absent")
    assert_one_sentence(ess("serve", "--store", tmp_path), 2, "--store")


@pytest.mark.parametrize("damage", ["manifest", "missing table", "empty table", "torn table", "changed byte"])
def test_a_broken_snapshot_is_a_sentence(ess: Run, store: Store, damage: str) -> None:
    assert ess("countries", "--store", store.folder).code == 0
    table = store.newer.table_path("places")
    whole = table.read_bytes()
    match damage:
        case "manifest":
            (store.newer.folder / "manifest.json").write_bytes(b"\xff{")
        case "missing table":
            table.unlink()
        case "empty table":
            table.write_bytes(b"")
        case "torn table":
            table.write_bytes(whole[: len(whole) // 2])
        case _:
            table.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    assert_one_sentence(ess("countries", "--store", store.folder), 1, store.newer.id)


@pytest.fixture
def broken_builtin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the built-in portfolio, to be broken, in its place."""
    folder = tmp_path / "builtin"
    shutil.copytree(builtin_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr("ess.portfolio.builtin.builtin_folder", lambda: folder)
    opening.builtin_snapshot.cache_clear()
    yield folder
    opening.builtin_snapshot.cache_clear()


BREAKS: dict[str, Callable[[bytes], bytes | None]] = {
    "missing": lambda _: None,
    "empty": lambda _: b"",
    "not utf-8": lambda whole: whole + b"\xff",
    "an open quote": lambda whole: whole + b'"open',
    "a ragged row": lambda whole: whole + b"a,b\n",
    "a column less": lambda whole: whole.replace(b"stage", b"stages", 1),
    "an unknown code": lambda whole: whole.replace(b"bilateral", b"bilateralish", 1),
    "a date like 2.681": lambda whole: whole.replace(b"2025-06-01", b"2.681", 1),
}


@pytest.mark.parametrize("damage", BREAKS)
def test_a_broken_built_in_table_is_a_sentence(ess: Run, broken_builtin: Path, damage: str) -> None:
    path = broken_builtin / "activities.csv"
    content = BREAKS[damage](path.read_bytes())
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    assert_one_sentence(ess("countries"), 1, "activities")


def test_an_unbroken_copy_of_the_built_in_portfolio_answers(ess: Run, broken_builtin: Path) -> None:
    assert broken_builtin.is_dir()
    assert ess("countries").code == 0


@pytest.fixture
def broken_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the country layer, to be broken, in its place."""
    import geodata.layer

    folder = tmp_path / "layer"
    shutil.copytree(geodata.layer.layer_path().parent, folder)
    monkeypatch.setattr("geodata.layer.layer_path", lambda: folder / "countries.shp")
    return folder


def test_an_unbroken_copy_of_the_layer_answers(ess: Run, broken_layer: Path) -> None:
    assert broken_layer.is_dir()
    assert ess("countries").code == 0


@pytest.mark.parametrize(
    "damage", ["no shp", "no dbf", "no shx", "no prj", "cut shp", "empty shp", "cut dbf", "text"]
)
def test_a_broken_layer_is_a_sentence(ess: Run, broken_layer: Path, damage: str) -> None:
    shapes, table = broken_layer / "countries.shp", broken_layer / "countries.dbf"
    match damage.split():
        case ["no", ending]:
            (broken_layer / f"countries.{ending}").unlink()
        case ["cut", "shp"]:
            shapes.write_bytes(shapes.read_bytes()[:5000])
        case ["empty", "shp"]:
            shapes.write_bytes(b"")
        case ["cut", "dbf"]:
            table.write_bytes(table.read_bytes()[:700])
        case _:
            shapes.write_text("no shapes here", encoding="utf-8")
    assert_one_sentence(ess("countries"), 1, "countries.shp")


def test_serve_refuses_what_it_could_not_show(
    ess: Run, broken_layer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "run_streamlit", lambda _: pytest.fail("the server was started"))
    (broken_layer / "countries.dbf").unlink()
    assert_one_sentence(ess("serve"), 1, "countries.shp")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_serve_refuses_a_port_that_is_taken(ess: Run, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "run_streamlit", lambda _: pytest.fail("the server was started"))
    assert_one_sentence(ess("serve", "--port", taken), 1, str(taken), "taken")
    for port in (0, 70_000, -1):
        assert_one_sentence(ess("serve", "--port", port), 1, str(port))


def test_serve_starts_the_server_on_the_port_it_is_given(
    ess: Run, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(serving, "run_streamlit", started.append)
    monkeypatch.setattr(os, "chdir", lambda _: None)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    said = ess("serve", "--port", port)
    (command,) = started
    assert said.out == f"http://localhost:{port}\n"
    assert command[:2] == ["run", str(root / "app.py")]
    assert command[command.index("--server.port") + 1] == str(port)


def test_serve_takes_the_next_free_port(ess: Run, taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(serving, "run_streamlit", started.append)
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(serving, "_FIRST_PORT", taken)
    ess("serve")
    assert int(started[0][started[0].index("--server.port") + 1]) > taken


# As a command of its own


def command(root: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "ESS_LANG": "en", **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ess", *arguments],
        cwd=root, env=environment, capture_output=options.get("stdout") is None, check=False, **options
    )  # fmt: skip


def test_the_command_prints_and_exits(root: Path) -> None:
    said = command(root, "countries", "--format", "json", "--measure", "result:women_trained")
    assert (said.returncode, said.stderr) == (0, b"")
    assert Said(0, said.stdout.decode(), "").valued() == {"MWI": 80}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("countries", "--measure", "nothing"), 2), (("snapshots", "--store", "absent"), 1)],
)
def test_the_command_fails_in_one_sentence(root: Path, arguments: tuple[str, ...], code: int) -> None:
    said = command(root, *arguments)
    assert_one_sentence(Said(said.returncode, said.stdout.decode(), said.stderr.decode()), code)
    assert said.stdout == b""


@pytest.mark.parametrize("arguments", [("countries",), ("snapshots",)])
def test_a_reader_who_leaves_is_no_fault(root: Path, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        said = command(root, *arguments, stdout=writing, stderr=subprocess.PIPE)
    finally:
        os.close(writing)
    assert (said.returncode, said.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk that is always full")
def test_an_output_that_cannot_be_written_is_a_sentence(root: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        said = command(root, "countries", stdout=full, stderr=subprocess.PIPE)
    assert_one_sentence(Said(said.returncode, "", said.stderr.decode()), 1, "No space left")


@pytest.mark.parametrize(
    ("name", "damage"),
    [("countries.csv", None), ("groups.csv", b"\xff\xfe"), ("group_members.csv", b"group\necowas\n")],
)
def test_a_broken_table_of_the_layer_is_a_sentence(
    root: Path, tmp_path: Path, name: str, damage: bytes | None
) -> None:
    for package in ("ess", "geodata"):
        shutil.copytree(root / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "geodata" / "data" / name
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage)
    said = command(tmp_path, "export", "--to", "a.csv", "--where", "group=ecowas")
    assert_one_sentence(Said(said.returncode, said.stdout.decode(), said.stderr.decode()), 1, name)
    assert not (tmp_path / "a.csv").exists()
