"""A first mapping for tables never seen before, in four languages; what is not sure is said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ess.ingest.delimited import read_delimited
from ess.ingest.heading_words import currency_of, meanings_of, scale_of
from ess.ingest.mapping import format_mapping, parse_mapping
from ess.ingest.meanings import PlaceMeaning, TableMapping
from ess.ingest.suggest import suggest_mapping, suggest_text
from ess.ingest.workbook import read_workbook
from tests.ingest.sheets import make_sheet, make_text_sheet, read_activities

FRENCH = """
N°;Intitulé du projet;Bailleur;Pays bénéficiaire;Secteur;Montant (M EUR);Décaissé (M EUR);Date de signature;Date de clôture;Statut;Agence d'exécution
1;Appui aux coopératives;Maroc;Sénégal;Agriculture;1,5;0,75;12/03/2019;31/12/2021;En cours;ONDA
2;Formation;Maroc;Côte d'Ivoire, Mali;Éducation;2,25;1;01/02/2020;30/06/2022;Achevé;OFPPT
3;Eau;Tunisie;Bénin;Eau;10;;15/05/2018;;Prévu;
"""  # noqa: E501 - headings of one table
SPANISH = """
Código;Nombre del proyecto;País oferente;Países receptores;Sector;Monto comprometido (USD);Desembolsado (USD);Fecha de inicio;Fecha de finalización;Estado;Entidad ejecutora;ODS
A1;Café;Brasil;Haití y República Dominicana;Agricultura;1.500.000,00;200.000,50;01/02/2019;31/12/2020;En ejecución;EMBRAPA;2
A2;Agua;México;Guatemala;Agua;20.000,00;;15/07/2019;;Finalizado;CONAGUA;6
"""  # noqa: E501 - headings of one table
PORTUGUESE = """
Código do projeto;Título do projeto;País doador;País parceiro;Setor;Valor total;Moeda;Data de início;Data de término;Situação
P1;Algodão;Brasil;Moçambique;Agricultura;1500000;USD;2019-01-01;2020-12-31;Concluído
P2;Saúde;Brasil;São Tomé e Príncipe;Saúde;20000;BRL;2019-05-01;;Em execução
"""  # noqa: E501 - headings of one table
ENGLISH = """
Grant number,Grantee,Country,Amount,Currency,Purpose,Award date,Code
G-1,SEWA,India,"250,000",USD,Cooperatives of women,3/15/2021,IND
G-2,GERME,Morocco,"100,000",USD,Training,4/20/2021,MAR
"""
WHO_WHAT_WHERE = """
Organisation;Implementing Partner;Sector;Admin1;Admin2;Activity;Status;Start Date;End Date;People reached
UNICEF;ACF;WASH;Centre-Nord;Kaya;Latrines;Ongoing;2023-01-01;2023-06-30;1200
WFP;OCADES;Food;Sahel;Dori;Rations;Completed;2023-02-01;2023-05-31;5000
"""


def named(mapping: TableMapping) -> dict[str, str]:
    """The first column of each meaning."""
    return {key: meaning.columns[0] for key, meaning in mapping.columns.items() if meaning.columns}


@pytest.mark.parametrize(
    ("text", "columns", "amounts"),
    [
        (
            FRENCH,
            {"id": "N°", "title": "Intitulé du projet", "providers": "Bailleur",
             "recipients": "Pays bénéficiaire",
             "start": "Date de signature", "end": "Date de clôture", "stage": "Statut"},
            {("Montant (M EUR)", "budget", "EUR", 10**6), ("Décaissé (M EUR)", "disbursement", "EUR", 10**6)},
        ),
        (
            SPANISH,
            {"id": "Código", "title": "Nombre del proyecto", "providers": "País oferente",
             "recipients": "Países receptores", "start": "Fecha de inicio", "end": "Fecha de finalización",
             "stage": "Estado"},
            {("Monto comprometido (USD)", "commitment", "USD", 1),
             ("Desembolsado (USD)", "disbursement", "USD", 1)},
        ),
        (
            PORTUGUESE,
            {"id": "Código do projeto", "title": "Título do projeto", "providers": "País doador",
             "recipients": "País parceiro", "start": "Data de início", "end": "Data de término",
             "stage": "Situação"},
            {("Valor total", "budget", "", 1)},
        ),
        (
            ENGLISH,
            {"id": "Grant number", "title": "Purpose", "recipients": "Country", "start": "Award date"},
            {("Amount", "budget", "", 1)},
        ),
    ],
)  # fmt: skip
def test_a_table_of_four_languages_is_understood(
    text: str, columns: dict[str, str], amounts: set[tuple[str, str, str, int]]
) -> None:
    mapping = suggest_mapping(make_text_sheet(text, "," if text is ENGLISH else ";")).mapping
    assert named(mapping) == columns
    assert {(one.column, one.kind, one.currency, int(one.scale)) for one in mapping.amounts} == amounts


def test_what_is_suggested_can_be_read_at_once() -> None:
    sheet = make_text_sheet(SPANISH)
    activities, report = read_activities(sheet, suggest_text(sheet))
    assert dict(report.counts) == {}
    assert [[place.iso3 for place in one.recipients] for one in activities] == [["HTI", "DOM"], ["GTM"]]
    assert [one.stage for one in activities] == ["under_way", "done"]
    assert sum(amount.value for one in activities for amount in one.amounts) == Decimal("1720000.50")
    assert [[tag.code for tag in one.tags if tag.scheme == "SDG_goal"] for one in activities] == [
        ["2"],
        ["6"],
    ]


def test_a_column_of_codes_is_known_by_its_values() -> None:
    recipients = suggest_mapping(make_text_sheet(ENGLISH, ",")).mapping.columns["recipients"]
    assert isinstance(recipients, PlaceMeaning)
    assert recipients.codes == "Code"


def test_countries_are_found_under_any_heading() -> None:
    sheet = make_sheet(
        ["Intervention", "Zone A", "Quoi"], ["x", "Mali", "1"], ["y", "Togo", "2"], ["z", "Bénin", "3"]
    )
    suggestion = suggest_mapping(sheet)
    assert named(suggestion.mapping)["recipients"] == "Zone A"
    assert any("100%" in note.sentence() for note in suggestion.notes)


def test_who_does_what_where_has_figures_of_people() -> None:
    mapping = suggest_mapping(make_text_sheet(WHO_WHAT_WHERE)).mapping
    assert [(figure.column, figure.indicator) for figure in mapping.figures] == [
        ("People reached", "people_reached")
    ]
    assert {(one.column, one.role) for one in mapping.participants} == {
        ("Organisation", "implementing"), ("Implementing Partner", "implementing"),
    }  # fmt: skip
    assert named(mapping)["admin1"] == "Admin1"


def test_rows_that_share_an_id_are_locations_or_transactions() -> None:
    head = ["Project ID", "Title", "Country", "Latitude", "Longitude", "Budget"]
    same = [["1", "a", "Kenya", "1", "37", "10"], ["1", "a", "Kenya", "2", "37", "10"],
            ["2", "b", "Mali", "1", "1", "5"], ["2", "b", "Mali", "2", "1", "5"]]  # fmt: skip
    other = [[*row[:-1], str(place)] for place, row in enumerate(same)]
    assert suggest_mapping(make_sheet(head, *same)).mapping.rows == "locations"
    assert suggest_mapping(make_sheet(head, *other)).mapping.rows == "transactions"


def test_a_matrix_is_seen_by_its_headings() -> None:
    sheet = make_sheet(
        ["Recipient", "Brazil", "China", "India", "Turkey", "Mexico"],
        ["Kenya", 1, 2, None, 3, 4],
        ["Mali", 1, 2, 3, None, 4],
    )
    suggestion = suggest_mapping(sheet)
    assert suggestion.mapping.matrix is not None
    assert (suggestion.mapping.rows, suggestion.mapping.matrix.headings) == ("matrix", "providers")
    activities, _ = read_activities(sheet, format_mapping(suggestion.mapping))
    assert len(activities) == 8


def test_what_is_not_sure_stands_above_the_mapping() -> None:
    sheet = make_sheet(["Projet", "Montant"], ["a", "2.681"], ["b", "1.200"])
    text = suggest_text(sheet)
    assert parse_mapping(text).amounts[0].column == "Montant"
    for word in ("No column names countries", "taken as a budget", "No currency is stated"):
        assert f"{word}" in text.split("name: ")[0]


def test_a_table_without_titles_and_money_is_one_of_figures(shared: Path) -> None:
    path = shared / "data/cooperatives/morocco-cooperatives-agreed-2013-S1-odco.csv"
    plain = read_delimited(path)
    renamed = make_sheet(["région", "coopératives"], *[cells for _, cells in plain.lines()])
    suggestion = suggest_mapping(renamed)
    assert suggestion.mapping.rows == "figures"
    assert named(suggestion.mapping) == {"admin1": "région"}
    assert any("MAR" in note.sentence() for note in suggestion.notes)


def test_a_known_table_needs_no_suggestion(shared: Path) -> None:
    [sheet, *_] = read_workbook(shared / "data/portfolios/cyprus-cooperation.xlsx")
    assert suggest_mapping(sheet).mapping.name == "cyprus"
    assert "name: cyprus" in suggest_text(sheet)


@pytest.mark.parametrize(
    ("heading", "scale", "currency"),
    [
        ("Amount (USD million)", 10**6, "USD"),
        ("Montant (en millions de FCFA)", 10**6, ""),
        ("Montant (M€)", 10**6, "EUR"),
        ("Budget (US$ '000)", 10**3, "USD"),
        ("Monto en miles de EUR", 10**3, "EUR"),
        ("Coût en milliards XOF", 10**9, "XOF"),
        ("TOP ALL", 1, ""),
        ("Amount", 1, ""),
    ],
)
def test_the_unit_of_a_heading(heading: str, scale: int, currency: str) -> None:
    assert (int(scale_of(heading)), currency_of(heading)) == (scale, currency)


def test_a_heading_means_what_it_says_whatever_its_unit() -> None:
    assert meanings_of("Montant engagé (M EUR)") == {"commitment": 0.95}
    assert meanings_of("zzz") == {}
