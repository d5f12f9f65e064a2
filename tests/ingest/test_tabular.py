"""A mapped table as records: what a cell becomes, what is reported; every row is accounted for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.mapping import parse_mapping
from ess.ingest.report import FileReport
from ess.ingest.survey import Decision
from ess.ingest.tabular import TableMeaning, decisions, read_records
from tests.ingest.sheets import codes, make_sheet, make_text_sheet, read_activities, read_figure_rows

PLAIN = """
columns: {id: Id, title: Title, recipients: Country}
amounts: [{column: Amount, kind: commitment, currency: USD}]
"""


def test_a_row_becomes_an_activity() -> None:
    sheet = make_text_sheet(
        "N°;Titre;Titre anglais;Pays;ISO;Montant;Devise;Signé le;Fin;Statut;Opérateur;"
        "ODD;Lat;Lon;Lieu;Programme mère\n"
        "7;Café;Coffee;Sénégal;SEN;1.500,50;XOF;31/12/2019;2021;En cours;ONDA;2, 5;14,7;-17,4;Dakar;P1"
    )
    activities, report = read_activities(
        sheet,
        """
language: fr
columns:
  {id: N°, title: Titre, title_en: Titre anglais, recipients: {column: Pays, codes: ISO},
   start: Signé le, end: Fin, stage: Statut, latitude: Lat,
   longitude: Lon, place: Lieu, parent: Programme mère}
constants: {providers: MAR}
participants: [{column: Opérateur, role: implementing}]
amounts: [{column: Montant, kind: commitment, currency_column: Devise, date: Signé le}]
tags: [{column: ODD, scheme: SDG_goal}]
""",
    )
    [activity] = activities
    assert codes(report) == {}
    assert (activity.row, activity.identifier, activity.parent, activity.stage) == (2, "7", "P1", "under_way")
    assert activity.titles == {"fr": "Café", "en": "Coffee"}
    assert [(place.iso3, place.text) for place in activity.recipients] == [("SEN", "SEN")]
    assert [place.iso3 for place in activity.providers] == ["MAR"]
    assert [(amount.value, amount.currency, amount.day) for amount in activity.amounts] == [
        (Decimal("1500.50"), "XOF", date(2019, 12, 31))
    ]
    assert activity.start is not None
    assert activity.end is not None
    assert (activity.start.precision, activity.end.precision) == ("day", "year")
    assert [tag.code for tag in activity.tags] == ["2", "5"]
    assert [(site.latitude, site.longitude, site.iso3, site.name) for site in activity.sites] == [
        (14.7, -17.4, "SEN", "Dakar")
    ]


def test_a_row_without_anything_is_rejected_with_its_cells() -> None:
    sheet = make_sheet(["Id", "Title", "Country", "Amount"], ["1", "a", "Kenya", ""], ["2", "-", "n/a", ".."])
    activities, report = read_activities(sheet, PLAIN)
    assert len(activities) == 1
    assert (report.read, report.kept, report.rejected) == (2, 1, 1)
    assert report.rejects[0].cells == {"Id": "2", "Title": "-", "Country": "n/a", "Amount": ".."}
    assert report.rejects[0].problem.kind.code == "empty_record"


def test_an_unresolved_country_keeps_the_row_and_names_candidates() -> None:
    activities, report = read_activities(
        make_sheet(["Id", "Title", "Country", "Amount"], ["1", "a", "Kyrgystan", ""], ["2", "b", "USSR", ""]),
        PLAIN,
    )
    assert [(place.iso3, place.text) for one in activities for place in one.recipients] == [
        (None, "Kyrgystan"),
        (None, "USSR"),
    ]
    assert codes(report) == {"unknown_country": 1, "dissolved_state": 1}
    assert "KGZ" in report.problems[0].message()
    assert "KAZ" in report.problems[1].message()
    assert {problem.kind.severity for problem in report.problems} == {"error"}


def test_code_and_name_that_disagree_are_reported_and_the_code_counts() -> None:
    sheet = make_sheet(
        ["T", "Name", "Code"], ["a", "Kenya", "UGA"], ["b", "Namibia", ""], ["c", "Mali", "XX"]
    )
    activities, report = read_activities(
        sheet, "columns: {title: T, recipients: {column: Name, codes: Code}}"
    )
    assert [one.recipients[0].iso3 for one in activities] == ["UGA", "NAM", "MLI"]
    assert codes(report) == {"code_and_name_disagree": 1, "unknown_country": 1}


def test_namibia_survives_a_column_of_codes() -> None:
    activities, report = read_activities(
        make_sheet(["T", "C"], ["a", "NA"], ["b", "KE"], ["c", "NE;NA"]), "columns: {title: T, recipients: C}"
    )
    assert [[place.iso3 for place in one.recipients] for one in activities] == [
        ["NAM"],
        ["KEN"],
        ["NER", "NAM"],
    ]
    assert codes(report) == {}


def test_m49_numbers_of_a_workbook_are_countries() -> None:
    activities, _ = read_activities(
        make_sheet(["T", "C"], ["a", 4], ["b", 404.0], ["c", "002"]), "columns: {title: T, recipients: C}"
    )
    assert [(one.recipients[0].iso3, one.recipients[0].region) for one in activities] == [
        ("AFG", None), ("KEN", None), (None, "002"),
    ]  # fmt: skip


def test_percentages_stand_in_the_cell_or_beside_it() -> None:
    sheet = make_sheet(
        ["T", "C", "P"], ["a", "Kenya 60%; Uganda 40%", ""], ["b", "Kenya;Uganda", "70;30"],
        ["c", "Kenya;Mali", "70"], ["d", "Kenya;Mali", "70,5;lots"],
    )  # fmt: skip
    activities, report = read_activities(
        sheet, "columns: {title: T, recipients: {column: C, percentages: P}}"
    )
    assert [[place.percentage for place in one.recipients] for one in activities] == [
        [60, 40], [70, 30], [None, None], [Decimal("70.5"), None],
    ]  # fmt: skip
    assert codes(report) == {"percentages_do_not_match_places": 1, "bad_percentage": 1}


def test_a_region_counts_where_no_country_is_named() -> None:
    sheet = make_sheet(["T", "C", "R"], ["a", "Kenya", "298"], ["b", "", "298"], ["c", "", "4711"])
    activities, report = read_activities(
        sheet, "columns: {title: T, recipients: C, region: {column: R, vocabulary: '1'}}"
    )
    assert [(one.recipients[0].iso3, one.recipients[0].region) for one in activities] == [
        ("KEN", None), (None, "002"), (None, None),
    ]  # fmt: skip
    assert all(one.recipients[0].is_region for one in activities[1:])
    assert codes(report) == {"unknown_region": 1}


def test_the_mapping_names_places_of_its_own() -> None:
    sheet = make_sheet(
        ["T", "C"], ["a", "Headquarters"], ["b", "Zone X"], ["c", "Korea; Mali"], ["d", "Bureau A"]
    )
    activities, report = read_activities(
        sheet,
        "columns: {title: T, recipients: C}\n"
        "places: {headquarters: none, Zone X: region, Korea: KOR, Bureau A: '002'}",
    )
    found = [[(one.iso3, one.region, one.is_region) for one in each.recipients] for each in activities]
    assert found == [
        [], [(None, None, True)], [("KOR", None, False), ("MLI", None, False)], [(None, "002", True)],
    ]  # fmt: skip
    assert codes(report) == {}


def test_providers_that_are_no_country_are_institutions() -> None:
    activities, report = read_activities(
        make_sheet(["T", "D"], ["a", "Brazil"], ["b", "World Bank"]), "columns: {title: T, providers: D}"
    )
    assert [[place.iso3 for place in one.providers] for one in activities] == [["BRA"], []]
    assert [(one.names, one.role) for one in activities[1].participants] == [({"": "World Bank"}, "funding")]
    assert codes(report) == {}


def test_every_fault_of_a_number_is_listed_with_its_row() -> None:
    sheet = make_sheet(
        ["T", "A"], ["a", "1,234.56"], ["b", "1.234,56"], ["c", "US$ 5m"], ["d", "5%"], ["e", "1e400"],
        ["f", "?"], ["g", "(500)"], ["h", "0"],
    )  # fmt: skip
    activities, report = read_activities(
        sheet, "columns: {title: T}\namounts: [{column: A, kind: budget, currency: USD}]"
    )
    assert [amount.value for one in activities for amount in one.amounts] == [Decimal("1234.56"), -500, 0]
    assert [(problem.row, problem.kind.code) for problem in report.problems] == [
        (3, "number_against_convention"), (4, "number_with_multiplier"), (5, "percent_in_amount"),
        (6, "number_out_of_range"), (7, "bad_number"),
    ]  # fmt: skip


def test_an_open_column_of_numbers_lists_its_cells_and_a_mapping_closes_it() -> None:
    sheet = make_sheet(["T", "A"], ["a", "2.681"], ["b", "1.200"])
    text = "columns: {title: T}\namounts: [{column: A, kind: budget, currency: USD}]\n"
    activities, report = read_activities(sheet, text)
    assert [one.amounts[0].value for one in activities] == [Decimal("2.681"), Decimal("1.200")]
    assert codes(report) == {"ambiguous_number": 2}
    assert "'1.234,56'" in report.problems[0].message()
    activities, report = read_activities(sheet, text + "numbers: {A: '1.234,56'}")
    assert [one.amounts[0].value for one in activities] == [2681, 1200]
    assert codes(report) == {}


def test_days_that_could_be_two_keep_their_year_until_the_mapping_decides() -> None:
    sheet = make_sheet(
        ["T", "D"], ["a", "03/04/2024"], ["b", "2024-13-01"], ["c", "FY2023/24"], ["d", "2024"]
    )
    activities, report = read_activities(sheet, "columns: {title: T, start: D}")
    assert [one.start and (one.start.value, one.start.precision) for one in activities] == [
        (date(2024, 1, 1), "year"), None, None, (date(2024, 1, 1), "year"),
    ]  # fmt: skip
    assert codes(report) == {"ambiguous_date": 1, "impossible_date": 1, "fiscal_year": 1}
    activities, _ = read_activities(sheet, "dates: mdy\ncolumns: {title: T, start: D}")
    assert activities[0].start is not None
    assert activities[0].start.value == date(2024, 3, 4)


def test_an_end_before_the_start_is_left_out() -> None:
    sheet = make_sheet(["T", "S", "E"], ["a", "2020-05-01", "2019-01-01"], ["b", "2020-05-01", "2020"])
    activities, report = read_activities(sheet, "columns: {title: T, start: S, end: E}")
    assert [one.end is None for one in activities] == [True, False]
    assert codes(report) == {"dates_out_of_order": 1}


@pytest.mark.parametrize(
    ("cells", "sites", "problems"),
    [
        (["14.7", "-17.4"], [(14.7, -17.4)], {}),
        (["0", "0"], [(0.0, 0.0)], {"placeholder_point": 1}),
        (["-117.4", "14.7"], [], {"swapped_coordinates": 1}),
        (["914.7", "-17.4"], [], {"bad_point": 1}),
        (["14.7", ""], [], {"bad_point": 1}),
        (["north", "1"], [], {"bad_number": 1, "bad_point": 1}),
        (["", ""], [], {}),
    ],
)
def test_points(cells: list[str], sites: list[tuple[float, float]], problems: dict[str, int]) -> None:
    activities, report = read_activities(
        make_sheet(["T", "Y", "X"], ["a", *cells]), "columns: {title: T, latitude: Y, longitude: X}"
    )
    assert [(site.latitude, site.longitude) for site in activities[0].sites] == sites
    assert codes(report) == problems


def test_currencies_are_never_repaired() -> None:
    sheet = make_sheet(
        ["T", "A", "C"], ["a", "5", "EU"], ["b", "5", ""], ["c", "EUR 5", "USD"], ["d", "5", "€"]
    )
    activities, report = read_activities(
        sheet,
        "columns: {title: T}\n"
        "amounts: [{column: A, kind: budget, currency_column: C, currencies: {€: EUR}, scale: 1000}]",
    )
    assert [(one.amounts[0].currency, int(one.amounts[0].value)) for one in activities] == [
        ("EU", 5000), ("?", 5000), ("EUR", 5000), ("EUR", 5000),
    ]  # fmt: skip
    assert codes(report) == {"unknown_currency": 1, "missing_currency": 1, "currencies_disagree": 1}


def test_words_that_the_mapping_does_not_translate_are_reported() -> None:
    sheet = make_sheet(["T", "S"], ["a", "Terminé"], ["b", "zzz"], ["c", ""])
    activities, report = read_activities(sheet, "columns: {title: T, stage: S}")
    assert [one.stage for one in activities] == ["done", "unknown", "unknown"]
    assert codes(report) == {"unknown_value": 1}


LOCATIONS = """
rows: locations
columns: {id: Id, title: T, recipients: C, latitude: Y, longitude: X}
amounts: [{column: A, kind: commitment, currency: USD}]
"""


def test_an_amount_on_each_location_counts_once() -> None:
    sheet = make_sheet(
        ["Id", "T", "C", "Y", "X", "A"],
        ["1", "a", "Kenya", "1", "37", "100"],
        ["2", "b", "Mali", "14", "-4", "7"],
        ["1", "a", "Uganda", "0.3", "32", "100"],
        ["1", "a", "Kenya", "2", "37", "999"],
        ["", "c", "Togo", "8", "1", "1"],
        ["", "d", "Togo", "8", "1", "1"],
    )
    activities, report = read_activities(sheet, LOCATIONS)
    assert [(one.identifier, len(one.sites)) for one in activities] == [("2", 1), ("1", 3), ("", 1), ("", 1)]
    both = activities[1]
    assert [place.iso3 for place in both.recipients] == ["KEN", "UGA"]
    assert [amount.value for amount in both.amounts] == [100]
    assert [site.iso3 for site in both.sites] == ["KEN", "UGA", "KEN"]
    assert codes(report) == {"amounts_differ_between_rows": 1}
    assert "999" in report.problems[0].message()
    assert (report.read, report.rejected) == (6, 0)


def test_transactions_keep_an_amount_each_row() -> None:
    sheet = make_sheet(
        ["Id", "T", "C", "Y", "X", "A"], ["1", "a", "Kenya", "", "", "5"], ["1", "z", "Kenya", "", "", "5"]
    )
    activities, report = read_activities(sheet, LOCATIONS.replace("locations", "transactions"))
    assert [amount.value for one in activities for amount in one.amounts] == [5, 5]
    assert codes(report) == {"texts_differ_between_rows": 1}


def test_a_rejected_last_row_still_lets_its_activity_out() -> None:
    sheet = make_sheet(
        ["Id", "T", "C", "Y", "X", "A"], ["1", "a", "Kenya", "", "", "5"], ["1", "", "", "", "", ""]
    )
    activities, report = read_activities(sheet, LOCATIONS)
    assert len(activities) == 1
    assert (report.read, report.rejected) == (2, 1)


def test_figures_are_of_a_place_and_a_period() -> None:
    sheet = make_sheet(
        ["Pays", "An", "F", "H"], ["Kenya", "2020", "1 200", "-"], ["Nowhere", "2021", "0", "5"]
    )
    rows, report = read_figure_rows(
        sheet,
        """
rows: figures
columns: {recipients: Pays, year: An}
figures:
  - {column: F, indicator: women, label: {fr: Femmes}, unit: persons, sex: female, additive: yes}
  - {column: H, indicator: men, unit: persons, sex: male}
""",
    )
    assert [[(figure.indicator, str(figure.value)) for figure in row.figures] for row in rows] == [
        [("women", "1200")], [("women", "0"), ("men", "5")],
    ]  # fmt: skip
    first = rows[0].figures[0]
    assert (first.start, first.end, first.additive) == (date(2020, 1, 1), date(2020, 12, 31), True)
    assert [place.iso3 for row in rows for place in row.recipients] == ["KEN", None]
    assert codes(report) == {"unknown_country": 1}


def test_a_matrix_makes_a_record_of_each_amount() -> None:
    sheet = make_sheet(
        ["Country", "Code", "Brazil", "Fund"], ["Kenya", "248", "1.5", ""],
        ["Africa, regional", "298", "0", "2"],
        ["Atlantis", "1", "", ""],
    )  # fmt: skip
    activities, report = read_activities(
        sheet,
        "rows: matrix\ncolumns: {recipients: Country}\n"
        "matrix: {headings: providers, kind: disbursement, currency: USD, scale: 1000000, skip: [Code]}",
    )
    assert [(one.titles[""], int(one.amounts[0].value), one.counted, one.type) for one in activities] == [
        ("Brazil – Kenya", 1_500_000, "at_least_one", "programme"),
        ("Brazil – Africa, regional", 0, "at_least_one", "programme"),
        ("Fund – Africa, regional", 2_000_000, "at_least_one", "programme"),
    ]
    assert [[place.iso3 for place in one.providers] for one in activities] == [["BRA"], ["BRA"], []]
    assert codes(report) == {"unknown_country": 1, "no_figures_in_row": 1}
    assert report.read == report.kept == 3


def test_a_matrix_may_stand_the_other_way() -> None:
    sheet = make_sheet(["Donor", "Kenya", "Mali"], ["Brazil", "1", "2"])
    activities, _ = read_activities(
        sheet,
        "rows: matrix\ncolumns: {providers: Donor}\n"
        "matrix: {headings: recipients, kind: budget, currency: USD}",
    )
    assert [(one.providers[0].iso3, one.recipients[0].iso3) for one in activities] == [
        ("BRA", "KEN"),
        ("BRA", "MLI"),
    ]


def test_what_was_decided_is_told_by_column() -> None:
    sheet = make_sheet(
        ["T", "C", "A", "D"], ["a", "KE", "1.234,5", "31/12/2020"], ["b", "NA", "7", "01/02/2020"]
    )
    mapping = parse_mapping(
        "columns: {title: T, recipients: C, start: D}\namounts: [{column: A, kind: budget, currency: USD}]"
    )
    told = decisions(sheet, mapping)
    assert told == TableMeaning(sheet, mapping, FileReport("x")).decisions
    assert {type(decision) for decision in told} == {Decision}
    assert {decision.column: decision.sentence() for decision in told} == {
        "A": "Numbers are read as the column writes them, 1.234,56: 1 cells show it.",
        "D": "Days are read as day, month, year: 1 cells show it.",
        "C": "The column holds ISO 3166-1 country codes: 2 of 2 entries.",
    }


def test_unseen_signs_leave_the_texts() -> None:
    activities, _ = read_activities(
        make_sheet(["T", "C"], ["Prix\u202egnp.exe", "\ufeffRWA\u200b"]), "columns: {title: T, recipients: C}"
    )
    assert activities[0].titles == {"": "Prixgnp.exe"}
    assert activities[0].recipients[0].iso3 == "RWA"


def test_progress_is_told_row_by_row() -> None:
    seen: list[int] = []
    sheet = make_sheet(["Id", "Title", "Country", "Amount"], *[[str(n), "a", "Kenya", "1"] for n in range(5)])
    list(read_records(sheet, parse_mapping(PLAIN), FileReport("x"), on_row=seen.append))
    assert seen == [1, 2, 3, 4, 5]


cells = st.sampled_from(["", "Kenya", "Atlantis", "5", "1.234", "1,5", "x", "n/a", "NA", "USSR", "5m"])


@given(
    st.lists(st.tuples(cells, cells, cells, cells), max_size=12),
    st.sampled_from(["activities", "locations", "transactions"]),
)
def test_every_row_is_kept_or_rejected_and_money_is_conserved(rows: list[tuple[str, ...]], kind: str) -> None:
    sheet = make_sheet(["Id", "Title", "Country", "Amount"], *rows)
    activities, report = read_activities(sheet, f"rows: {kind}\n{PLAIN}")
    assert report.read == len(rows) == report.kept + report.rejected
    alone, _ = read_activities(sheet, PLAIN)
    total = sum(amount.value for one in alone for amount in one.amounts)
    if kind != "locations":
        assert sum(amount.value for one in activities for amount in one.amounts) == total
    named = {one.identifier for one in alone if one.identifier}
    assert {one.identifier for one in activities if one.identifier} == named
    if kind != "activities":
        assert len([one for one in activities if one.identifier]) == len(named)
