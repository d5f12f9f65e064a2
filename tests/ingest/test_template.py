"""The template in: little is required, nothing is guessed, and what is left out is told with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.errors import BadInput
from ess.ingest.identifiers import format_identifier
from ess.ingest.ledger import Ledger
from ess.ingest.sheets import Cell, Sheet
from ess.ingest.template import TemplateReading, is_template, read_template
from ess.ingest.template_cells import Habits, UnusableCellError, column_habits, parse_cell
from ess.ingest.template_records import records_of
from ess.ingest.template_rows import guarded, without_guard
from ess.portfolio.builtin import read_builtin
from ess.portfolio.checks import validate_portfolio
from ess.portfolio.problems import errors_in
from ess.portfolio.schema import ID_PATTERN, TABLES, Column
from geodata.codes import countries
from tests.factories import PROPERTY, Tables, placed, portfolio
from tests.portfolio.strategies import portfolios

Rows = Sequence[Sequence[Cell]]

ACTIVITIES: Rows = [["Identifiant", "Type", "Intitulé (français)"], ["a", "Projet", "Un projet"]]


def sheet(name: str, rows: Rows, encoding: str = "") -> Sheet:
    """A sheet whose first row has its headings."""
    columns = tuple(str(cell) for cell in rows[0])
    return Sheet(name, columns, lambda: iter(list(enumerate(rows[1:], start=2))), encoding=encoding)


def read(**rows: Rows) -> TemplateReading:
    """What sheets say, activities that are right among them."""
    found = {"Activités": ACTIVITIES, **rows}
    reading = read_template([sheet(name, cells) for name, cells in found.items()], "portfolio.xlsx")
    assert reading.read == reading.kept + reading.rejected
    assert reading.kept == sum(table.num_rows for table in reading.tables.values())
    assert reading.rejected == len(reading.rejects)
    assert errors_in(validate_portfolio(reading.tables, frozenset(countries()))) == ()
    return reading


def rows_of(reading: TemplateReading, table: str) -> list[dict[str, Any]]:
    """The rows of a table, without their empty cells."""
    return [
        {name: cell for name, cell in row.items() if cell is not None}
        for row in reading.tables[table].to_pylist()
    ]


def codes(reading: TemplateReading) -> list[tuple[str, str]]:
    return [(problem.kind.severity, problem.kind.code) for problem in reading.problems]


# --- little is required


def test_activities_and_countries_are_enough() -> None:
    reading = read(
        Lieux=[["Activité (identifiant)", "Pays (code ISO à 3 lettres)"], ["a", "Sénégal"], ["a", "cpv"]]
    )
    assert reading.problems == []
    assert rows_of(reading, "activities") == [
        {
            "id": "a", "type": "project", "title_fr": "Un projet", "modality": "unknown", "stage": "unknown",
            "umbrella": False, "counted": "one",
        }
    ]  # fmt: skip
    assert rows_of(reading, "places") == [
        {"id": "a-at-sen", "activity": "a", "iso3": "SEN", "role": "recipient"},
        {"id": "a-at-cpv", "activity": "a", "iso3": "CPV", "role": "recipient"},
    ]
    assert set(reading.tables) == set(TABLES)


@pytest.mark.parametrize(
    ("name", "headings", "kind", "country"),
    [
        ("Activities", ["Identifier", "Type", "Title (English)"], "Training", "Côte d'Ivoire"),
        ("الأنشطة", ["المعرف", "النوع", "العنوان (بالعربية)"], "تكوين", "السنغال"),
        ("activities", ["id", "type", "title_fr"], "training", "SN"),
        ("ACTIVITES", ["identifiant", "TYPE", "intitule (francais)"], "formation", "sénégal"),
    ],
)
def test_any_language_will_do(name: str, headings: list[str], kind: str, country: str) -> None:
    places: Rows = [["activity", "البلد (رمز ISO من 3 حروف)"], ["x", country]]
    reading = read_template([sheet(name, [headings, ["x", kind, "T"]]), sheet("Lieux", places)])
    assert reading.problems == []
    assert rows_of(reading, "activities")[0]["type"] == "training"
    assert rows_of(reading, "places")[0]["iso3"] in {"CIV", "SEN"}


def test_rows_without_identifiers_get_the_same_ones_wherever_they_stand() -> None:
    places: Rows = [["a", "SEN", "recipient"], ["a", "SEN", "host"], ["a", "CIV", "host"]]
    heading: list[Cell] = ["activity", "iso3", "role"]
    one = read(Lieux=[heading, *places])
    other = read(Lieux=[heading, *reversed(places)])
    by_id = [{row["id"]: row for row in rows_of(reading, "places")} for reading in (one, other)]
    assert by_id[0] == by_id[1]
    assert len(by_id[0]) == 3
    assert "a-at-civ" in by_id[0]


def test_two_equal_amounts_are_two() -> None:
    same: list[Cell] = ["a", "budget", 5, "mad"]
    amounts: Rows = [["activity", "kind", "value", "currency"], same, same]
    found = rows_of(read(Montants=amounts), "finances")
    assert [(row["value"], row["currency"]) for row in found] == [(5.0, "MAD")] * 2
    assert len({row["id"] for row in found}) == 2


def test_an_activity_without_an_identifier_is_kept_under_a_stable_one() -> None:
    rows: Rows = [["id", "type", "title_fr"], [None, "project", "Un"], ["", "project", "Un"]]
    readings = [read_template([sheet("activities", rows)]) for _ in range(2)]
    [kept] = rows_of(readings[0], "activities")
    assert rows_of(readings[1], "activities") == [kept]
    assert codes(readings[0]) == [
        ("warning", "generated_identifier"),
        ("warning", "generated_identifier"),
        ("critical", "duplicate_id"),
    ]


# --- what cannot be used


def test_a_row_that_belongs_to_a_rejected_one_goes_with_it() -> None:
    activities: Rows = [
        *ACTIVITIES,
        ["b", "Fusée", "Mauvais type"],
        ["c", None, "Sans type"],
        ["d", "Projet", " "],
    ]
    places: Rows = [["activity", "iso3"], ["a", "SEN"], ["b", "SEN"], ["zz", "SEN"]]
    reading = read(Activités=activities, Lieux=places)
    assert {
        (reject.problem.kind.code, reject.problem.column, reject.problem.row) for reject in reading.rejects
    } == {
        ("unknown_code", "Activités!Type", 3),
        ("missing_value", "Activités!Type", 4),
        ("missing_text", "Activités!Intitulé (français)", 5),
        ("refers_to_rejected", "Lieux!activity", 3),
        ("dangling_reference", "Lieux!activity", 4),
    }
    cells = {(reject.problem.column, reject.problem.row): reject.cells for reject in reading.rejects}
    assert cells["Activités!Type", 4] == {"Identifiant": "c", "Intitulé (français)": "Sans type"}
    assert cells["Lieux!activity", 4] == {"activity": "zz", "iso3": "SEN"}


def test_what_a_cell_cannot_hold_is_left_out_and_the_rest_kept() -> None:
    activities: Rows = [
        [*ACTIVITIES[0], "stage", "start", "modality"],
        ["a", "Projet", "Un projet", "presque", "hier", "Bilatéral"],
    ]
    places: Rows = [
        ["activity", "iso3", "share", "latitude", "longitude"],
        ["a", "Atlantide", "beaucoup", 95, 2],
    ]
    reading = read(Activités=activities, Lieux=places)
    assert codes(reading) == [
        ("error", "unknown_code"),
        ("error", "bad_date"),
        ("error", "unknown_country"),
        ("error", "bad_number"),
        ("error", "bad_point"),
    ]
    [activity], [place] = rows_of(reading, "activities"), rows_of(reading, "places")
    assert (activity["stage"], "start" in activity, activity["modality"]) == ("unknown", False, "bilateral")
    assert place == {"id": "a-at-unnamed", "activity": "a", "role": "recipient"}
    problem = next(found for found in reading.problems if found.kind.code == "unknown_country")
    assert (problem.row, problem.column, problem.found) == (2, "Lieux!iso3", "Atlantide")


def test_a_role_that_is_not_known_is_no_recipient() -> None:
    reading = read(Lieux=[["activity", "iso3", "role"], ["a", "SEN", "spectateur"]])
    assert reading.tables["places"].num_rows == 0
    assert codes(reading) == [("critical", "unknown_code")]


def test_an_amount_of_a_country_that_is_not_known_is_not_one_of_all() -> None:
    reading = read(
        Montants=[["activity", "iso3", "kind", "value", "currency"], ["a", "Atlantide", "budget", 5, "USD"]]
    )
    assert reading.tables["finances"].num_rows == 0
    assert reading.rejects[0].cells["iso3"] == "Atlantide"


def test_a_region_in_the_column_of_countries_is_a_region() -> None:
    reading = read(Lieux=[["activity", "iso3"], ["a", "Afrique de l’Ouest"]])
    assert rows_of(reading, "places")[0]["region"] == "011"
    assert reading.problems == []


@pytest.mark.parametrize(
    ("column", "cells", "kept"),
    [
        ("latitude", {"latitude": 10}, {}),
        ("share", {"share": 120}, {}),
        ("share_basis", {"share": 20, "share_basis": "unknown"}, {}),
        ("share", {"share": 20}, {"share": 20.0, "share_basis": "stated"}),
        ("share", {"share": "12,5 %"}, {"share": 12.5, "share_basis": "stated"}),
        ("share", {"share": 0}, {"share": 0.0, "share_basis": "stated"}),
    ],
)
def test_cells_that_go_together_go_together(
    column: str, cells: dict[str, Cell], kept: dict[str, Any]
) -> None:
    reading = read(Lieux=[["activity", "iso3", *cells], ["a", "SEN", *cells.values()]])
    assert rows_of(reading, "places") == [
        {"id": "a-at-sen", "activity": "a", "iso3": "SEN", "role": "recipient", **kept}
    ]
    assert [problem.column for problem in reading.problems] == ([] if kept else [f"Lieux!{column}"])


@pytest.mark.parametrize(("shares", "told"), [((0.25, 0.75), True), ((0.25, 75), False), ((0, None), False)])
def test_percentages_that_look_like_fractions_are_told(shares: tuple[Cell, Cell], *, told: bool) -> None:
    places: Rows = [["activity", "iso3", "share"], ["a", "SEN", shares[0]], ["a", "CIV", shares[1]]]
    reading = read(Lieux=places)
    assert codes(reading) == ([("warning", "percentages_below_one")] if told else [])
    assert reading.tables["places"].column("share").to_pylist() == list(shares)


def test_an_optional_reference_to_nothing_is_left_out() -> None:
    activities: Rows = [[*ACTIVITIES[0], "source"], ["a", "Projet", "Un projet", "inconnue"]]
    reading = read(Activités=activities)
    assert codes(reading) == [("error", "dangling_reference")]
    assert "source" not in rows_of(reading, "activities")[0]


def test_a_bilateral_activity_in_two_countries_is_not_called_bilateral() -> None:
    activities: Rows = [[*ACTIVITIES[0], "modality"], ["a", "Projet", "Un projet", "bilateral"]]
    reading = read(Activités=activities, Lieux=[["activity", "iso3"], ["a", "SEN"], ["a", "CIV"]])
    assert codes(reading) == [("error", "other_modality")]
    assert rows_of(reading, "activities")[0]["modality"] == "unknown"


def test_parents_in_a_circle_are_left_out() -> None:
    activities: Rows = [[*ACTIVITIES[0], "parent"], ["a", "Projet", "A", "b"], ["b", "Projet", "B", "a"]]
    reading = read(Activités=activities)
    assert codes(reading) == [("error", "circular_reference")] * 2
    assert reading.tables["activities"].num_rows == 2


def test_shares_beyond_the_whole_are_kept_and_told() -> None:
    places: Rows = [["activity", "iso3", "share"], ["a", "SEN", 80], ["a", "CIV", 80]]
    reading = read(Lieux=places)
    assert codes(reading) == [("warning", "shares_too_large")]
    assert reading.tables["places"].num_rows == 2


def test_a_figure_takes_the_unit_of_its_indicator_and_no_other() -> None:
    indicators: Rows = [["id", "label_fr", "unit"], ["trained", "Formés", "Personnes"]]
    results: Rows = [
        ["activity", "indicator", "value", "unit"],
        ["a", "trained", 80, None],
        ["a", "trained", 80, "hectares"],
        ["a", "absent", 80, None],
    ]
    reading = read(Indicateurs=indicators, Résultats=results)
    [result] = rows_of(reading, "results")
    assert (result["unit"], result["qualifier"], result["additive"], result["period_basis"]) == (
        "persons", "=", False, "undated",
    )  # fmt: skip
    assert sorted(codes(reading)) == [("critical", "dangling_reference"), ("critical", "other_unit")]


def test_identifiers_with_other_signs_are_rewritten_and_still_refer() -> None:
    activities: Rows = [ACTIVITIES[0], ["PRJ 1/é", "Projet", "Un"], ["PRJ 1/è", "Projet", "Deux"]]
    reading = read(Activités=activities, Lieux=[["activity", "iso3"], ["PRJ 1/é", "SEN"], ["PRJ 1/è", "SEN"]])
    assert reading.rejected == 0
    assert codes(reading) == [("warning", "identifier_rewritten")] * 2
    assert len({row["id"] for row in rows_of(reading, "activities")}) == 2


def test_unknown_sheets_and_headings_are_told() -> None:
    activities: Rows = [
        [*ACTIVITIES[0], "Couleur", "type"],
        ["a", "Projet", "Un projet", "bleu", "Formation"],
    ]
    reading = read(**{"Activités": activities, "Feuil2": [["x"], ["y"]], "Lisez-moi": [["x"], ["y"]]})
    assert codes(reading) == [
        ("warning", "extra_column"),
        ("warning", "column_twice"),
        ("warning", "extra_sheet"),
    ]
    assert rows_of(reading, "activities")[0]["type"] == "project"
    assert reading.read == 1


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ("a", "b", "Projet", "SEN", "2024", "unknown", "stated", "day", "trained", "=1", "12,5", "")
    ),
    st.text(max_size=6),
    st.integers(-200, 3000),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.dates(),
)


@settings(PROPERTY, max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from(sorted(TABLES)), st.lists(st.lists(CELLS, min_size=30, max_size=30), max_size=4)
    )
)
def test_whatever_the_sheets_hold_what_is_kept_is_a_portfolio(noise: dict[str, list[list[Cell]]]) -> None:
    sheets: dict[str, Rows] = {}
    for name, rows in noise.items():
        names = TABLES[name].column_names
        sheets[name] = [list(names), *(row[: len(names)] for row in rows)]
    read(**sheets)


# --- what is no template


@pytest.mark.parametrize(
    ("name", "headings", "expected"),
    [
        ("Activités", ["Type", "Intitulé (arabe)"], True),
        ("الأنشطة", ["type", "title_ar"], True),
        ("Activities", ["Type", "Title"], False),
        ("Projects", ["Type", "Title (English)"], False),
        ("Activities", ["Budget", "Title (English)"], False),
    ],
)
def test_a_template_is_recognised(name: str, headings: list[str], *, expected: bool) -> None:
    assert is_template([sheet("Lisez-moi", [["x"]]), sheet(name, [headings])]) is expected


@pytest.mark.parametrize(
    ("sheets", "code"),
    [
        ([sheet("Feuil1", [["id"]])], "no_activities"),
        ([sheet("Activities", [["id", "Nom"]])], "missing_column"),
    ],
)
def test_what_is_no_template_is_refused_in_a_sentence(sheets: list[Sheet], code: str) -> None:
    with pytest.raises(BadInput, match=r"portfolio\.xlsx") as refusal:
        read_template(sheets, "portfolio.xlsx")
    assert refusal.value.code == code


# --- folders


def write(folder: Path, name: str, text: str, encoding: str = "utf-8-sig") -> None:
    (folder / name).write_bytes(text.encode(encoding))


def test_a_folder_saved_by_a_french_spreadsheet(tmp_path: Path) -> None:
    write(
        tmp_path,
        "Activités.csv",
        "Identifiant;Type;Intitulé (français);Date de début\r\n1;Projet;Un;31/12/2024\r\n",
        "cp1252",
    )
    write(tmp_path, "lieux.csv", "activity;iso3;share;latitude;longitude\r\n1;NA;12,5;-22,561;17,084\r\n")
    write(tmp_path, "other.csv", "what;ever\r\n")
    assert is_template(tmp_path)
    reading = read_template(tmp_path)
    assert reading.problems == []
    assert {report.path for report in reading.reports} == {"Activités.csv", "lieux.csv"}
    assert rows_of(reading, "activities")[0]["start"] == date(2024, 12, 31)
    [place] = rows_of(reading, "places")
    assert (place["iso3"], place["share"], place["latitude"], place["longitude"]) == (
        "NAM",
        12.5,
        -22.561,
        17.084,
    )


def test_a_row_of_another_width_is_left_out_never_shifted(tmp_path: Path) -> None:
    write(
        tmp_path, "activities.csv", "id,type,title_fr\na,project,A\nb,project\nc,project,C,D\nd,project,D,,\n"
    )
    reading = read_template(tmp_path)
    assert [row["id"] for row in rows_of(reading, "activities")] == ["a", "d"]
    assert [(reject.problem.kind.code, reject.problem.row) for reject in reading.rejects] == [
        ("ragged_row", 3),
        ("ragged_row", 4),
    ]


def test_an_open_quote_is_refused_in_a_sentence(tmp_path: Path) -> None:
    write(tmp_path, "activities.csv", 'id,type,title_fr\na,project,"A\nb,project,B\n')
    with pytest.raises(BadInput, match=r"activities\.csv"):
        read_template(tmp_path)


def test_a_title_above_the_headings_and_a_total_at_the_foot_are_what_they_are(tmp_path: Path) -> None:
    write(
        tmp_path,
        "activities.csv",
        "Notre portefeuille,,\nid,type,title_fr\na,project,A\nTotal,project,Source\n",
    )
    reading = read_template(tmp_path)
    assert [row["id"] for row in rows_of(reading, "activities")] == ["a", "Total"]


# --- cells


NUMBER, DAY = TABLES["finances"].column("value"), TABLES["finances"].column("date")


def parsed(cells: list[Cell], column: Column = NUMBER) -> list[object]:
    habits = column_habits(column, cells)
    return [value_or_fault(column, cell, habits) for cell in cells]


def value_or_fault(column: Column, cell: Cell, habits: Habits) -> object:
    try:
        return parse_cell(column, cell, habits)
    except UnusableCellError as fault:
        return fault.kind.code


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1234.5", 7, " 12 ", ""], [1234.5, 7.0, 12.0, None]),
        (["1 234,5", "2,681"], [1234.5, 2.681]),
        (["2,681"], ["open_comma"]),
        (["1,234,567.5", "2,681"], [1234567.5, 2681.0]),
        (["1e400", "abc", "nan"], ["bad_number", "bad_number", "bad_number"]),
        (["2.681"], [2.681]),
    ],
)
def test_numbers_are_decided_by_their_column(cells: list[Cell], expected: list[object]) -> None:
    assert parsed(cells) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["2025-07-08", date(2025, 7, 8), datetime(2025, 7, 8, 10)], [date(2025, 7, 8)] * 3),  # noqa: DTZ001
        (["08/07/2025"], ["open_date"]),
        (["08/07/2025", "31/12/2025"], [date(2025, 7, 8), date(2025, 12, 31)]),
        (["2025", "2025-02-30", "x"], ["bad_date"] * 3),
    ],
)
def test_days_are_decided_by_their_column(cells: list[Cell], expected: list[object]) -> None:
    assert parsed(cells, DAY) == expected


def test_a_year_is_known_to_the_year() -> None:
    activities: Rows = [[*ACTIVITIES[0], "start", "end"], ["a", "Projet", "Un projet", 2024, "2024-02"]]
    [row] = rows_of(read(Activités=activities), "activities")
    assert (row["start"], row["start_precision"]) == (date(2024, 1, 1), "year")
    assert (row["end"], row["end_precision"]) == (date(2024, 2, 29), "month")


@PROPERTY
@given(st.text(max_size=20), st.text(max_size=20))
def test_identifiers_are_identifiers_and_stay_apart(one: str, other: str) -> None:
    if one.strip() and other.strip():
        assert re.fullmatch(ID_PATTERN, format_identifier(one.strip()))
        assert (format_identifier(one.strip()) == format_identifier(other.strip())) == (
            one.strip() == other.strip()
        )


@PROPERTY
@given(st.text(alphabet="'=+-@ab \t\u00a0", max_size=6))
def test_a_guard_is_taken_away_again(text: str) -> None:
    assert without_guard(guarded(text)) == text


# --- records


def test_records_say_what_the_tables_say() -> None:
    tables = portfolio(
        activities=[{"id": "a"}, {"id": "u", "umbrella": True}],
        places=[
            *placed("a", "MAR", role="provider"),
            *placed("a", "SEN", share=30.0, share_basis="stated", latitude=14.7, longitude=-17.4),
            *placed("a", "CIV", share=50.0, share_basis="equal"),
            {"activity": "a", "region": "011"},
            *placed("u", "SEN"),
        ],
        finances=[
            {"activity": "a", "value": 0.1},
            {"activity": "a", "value": None},
            {"activity": "a", "value": 7.0, "iso3": "CIV", "kind": "budget"},
            {"activity": "a", "value": 9.0, "share_basis": "unknown"},
        ],
        tags=[{"activity": "a"}],
        results=[{"activity": "a", "value": 3.0}],
    )
    record, umbrella = records_of(tables)
    assert [(one.iso3, one.region, one.percentage) for one in record.recipients] == [
        ("SEN", None, Decimal("30.0")),
        ("CIV", None, None),
        (None, "011", None),
    ]
    assert [one.iso3 for one in record.providers] == ["MAR"]
    assert [(one.kind, one.value) for one in record.amounts] == [
        ("commitment", Decimal("0.1")),
        ("budget", Decimal("7.0")),
        ("commitment", Decimal("9.0")),
    ]
    assert [[place.iso3 for place in one.recipients] for one in record.amounts] == [[], ["CIV"], [None]]
    assert [(one.latitude, one.iso3) for one in record.sites] == [(14.7, "SEN")]
    assert (record.tags[0].code, record.figures[0].value) == ("gender", Decimal("3.0"))
    assert umbrella.umbrella
    assert (umbrella.recipients, umbrella.row) == ([], 3)


def test_the_builtin_portfolio_is_counted_as_the_atlas_does() -> None:
    ledger = Ledger()
    for record in records_of(read_builtin()):
        ledger.add(record)
    assert {iso3: found.activities for iso3, found in ledger.by_country.items() if iso3 != "MAR"} == {
        "SEN": 4, "CIV": 4, "CPV": 2, "GIN": 2,
        **dict.fromkeys(("GAB", "GNB", "CAF", "COG", "MWI", "ZWE", "IND"), 1),
    }  # fmt: skip


@PROPERTY
@given(portfolios())
def test_sums_over_countries_and_the_rest_are_the_totals(tables: Tables) -> None:
    ledger = Ledger()
    for record in records_of(tables):
        ledger.add(record)
    assert ledger.activities == tables["activities"].num_rows
    for key, total in ledger.totals.items():
        placed_there = sum(
            (found.amounts.get(key, Decimal(0)) for found in ledger.by_country.values()), Decimal(0)
        )
        assert placed_there + ledger.unallocated()[key] == total
