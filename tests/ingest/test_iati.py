"""IATI activities, element by element, and the broken files of a standard's own test set."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.ingest.iati_values import parse_day, parse_value
from ess.ingest.importing import import_files
from ess.ingest.orders import Order
from tests.ingest.xml import SOUND, read_all, read_one, wrapped

BROKEN = {
    "bad_date_order": "dates_out_of_order",
    "bad_identifier": "invalid_identifier",
    "does_not_sum_100": "shares_do_not_sum_to_100",
    "missing_sector_element": "missing_sector",
    "multiple_rule_errors": "unnamed_organisation",
    "21-sector-missing-code": "sector_without_code",
    "12-two-recipient-country": "several_recipients_of_a_transaction",
    "19-missing-attribute-transaction-type-code": "transaction_without_type",
    "20-missing-attribute-transaction-date-iso-code": "transaction_without_date",
    "30-misssing-attribute-recipient-country-code": "recipient_without_code",
    "04-missing-attribute-period-start-iso-date": "budget_without_start",
    "21-missing-attribute-value-date": "value_without_date",
    "23-incorrect-date-transaction-date": "bad_date",
    "invalid_dateorder": "other_markup",
    "invalid_sum": "other_markup",
}
"""The code each broken file is there for. The last two are XML of another kind altogether."""


def report_of(folder: Path, *paths: Path, equal: bool = False) -> dict[str, object]:
    """What the process that reads says of files."""
    folder.mkdir(exist_ok=True)
    return import_files(Order(paths, equal=equal).arguments(), folder, lambda _: None)


def codes_of(outcome: dict[str, object]) -> dict[str, int]:
    counts = outcome["counts"]
    assert isinstance(counts, dict)
    return {code: count for by_code in counts.values() for code, count in by_code.items()}


@pytest.mark.parametrize(("name", "code"), BROKEN.items())
def test_a_broken_file_gives_its_own_code(shared: Path, tmp_path: Path, name: str, code: str) -> None:
    (path,) = (shared / "data" / "iati-broken").glob(f"*{name}.xml")
    others = set(BROKEN.values()) - {code}
    found = codes_of(report_of(tmp_path / "scratch", path))
    assert found[code] == 1
    if name.startswith(("bad_", "does_", "missing_sector")):  # sound but for one fault
        assert not others & found.keys()


def test_every_broken_file_has_its_code(shared: Path) -> None:
    names = [path.stem for path in (shared / "data" / "iati-broken").iterdir()]
    assert len(names) == len(BROKEN) == 15
    assert all(sum(name.endswith(key) for key in BROKEN) == 1 for name in names)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1000", "1000"),
        (" 1\u00a0234\u202f567 ", "1234567"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("46678,00", "46678.00"),
        ("1,5", "1.5"),
        ("1,234", "1234"),
        ("1,234,567", "1234567"),
        ("-28871089.74", "-28871089.74"),
        ("19%", "19"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("", None),
        ("n/a", None),
        ("1e400", None),
        ("inf", None),
        ("NaN", None),
        ("0x10", None),
        ("1_000", None),
        ("US$ 5", None),
        ("\u0661\u0662", None),
    ],
)
def test_numbers(written: str, value: str | None) -> None:
    assert parse_value(written) == (None if value is None else Decimal(value))


@given(st.decimals(-(10**12), 10**12, places=2))
def test_a_number_is_read_however_it_is_grouped(value: Decimal) -> None:
    for text in (f"{value}", f"{value:,}", f"{value:,}".replace(",", "\u202f")):
        assert parse_value(text) == value
    assert parse_value(f"{value:,}".translate(str.maketrans(",.", ".,"))) == value


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-12-31", date(2024, 12, 31)),
        (" 2024-12-31T00:00:00Z ", date(2024, 12, 31)),
        ("2024-12-31+01:00", date(2024, 12, 31)),
        ("2024-02-30", None),
        ("2010-07-", None),
        ("31/12/2024", None),
    ],
)
def test_days(written: str, day: date | None) -> None:
    assert parse_day(written) == day


def test_a_sound_activity_has_nothing_noted() -> None:
    activity, report = read_one(SOUND + '<recipient-country code=" sn "/>')
    assert report.counts == {}
    assert [one.iso3 for one in activity.recipients] == ["SEN"]
    assert (activity.identifier, activity.titles, activity.stage) == ("XX-1", {"en": "Seeds"}, "under_way")


@pytest.mark.parametrize(
    ("code", "iso3"),
    [("XK", "XKX"), ("AQ", "ATA"), ("NA", "NAM"), ("EH", "ESH"), ("AN", None), ("998", None)],
)
def test_country_codes(code: str, iso3: str | None) -> None:
    activity, report = read_one(f'{SOUND}<recipient-country code="{code}"/>')
    assert [one.iso3 for one in activity.recipients] == [iso3]
    assert report.counts == ({} if iso3 else {"unknown_country": 1})


def test_what_a_text_suggests_is_said_and_not_done() -> None:
    activity, report = read_one(
        f'{SOUND}<recipient-country code="KENYA"><narrative>Kenya</narrative></recipient-country>'
    )
    assert activity.recipients[0].iso3 is None
    assert "KEN" in report.problems[0].message()


def test_a_code_beside_another_name_is_noted() -> None:
    activity, report = read_one(
        f'{SOUND}<recipient-country code="NE">Nigeria</recipient-country>', version="1.03"
    )
    assert activity.recipients[0].iso3 == "NER"
    assert report.counts == {"code_and_name_disagree": 1}


def test_recipients_of_transactions_place_an_activity_without_its_own() -> None:
    paid = """<transaction><transaction-type code="{code}"/><transaction-date iso-date="2020-01-01"/>
        <value value-date="2020-01-01">{value}</value><recipient-country code="{country}"/></transaction>"""
    parts = (
        SOUND
        + paid.format(code="3", value="5", country="SN")
        + paid.format(code="1", value="7", country="ML")
    )
    activity, report = read_one(parts)
    assert report.counts == {}
    assert activity.recipients_of_amounts
    assert {one.iso3 for one in activity.recipients} == {"SEN", "MLI"}
    assert [(one.kind, one.value) for one in activity.amounts] == [("disbursement", Decimal(5))]
    own, _ = read_one(parts + '<recipient-country code="GN"/>')
    assert [one.iso3 for one in own.recipients] == ["GIN"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("2", "commitment"),
        ("C", "commitment"),
        ("3", "disbursement"),
        ("d", "disbursement"),
        ("E", "expenditure"),
        ("4", "expenditure"),
    ],
)
def test_kinds_of_transactions_of_both_versions(code: str, kind: str) -> None:
    activity, _ = read_one(f'<transaction><transaction-type code="{code}"/><value>1</value></transaction>')
    assert [one.kind for one in activity.amounts] == [kind]


@pytest.mark.parametrize(
    ("value", "attributes", "currency"),
    [
        ("<value>1</value>", 'default-currency="USD"', "USD"),
        ('<value currency=" eur ">1</value>', 'default-currency="USD"', "EUR"),
        ('<value currency="">1</value>', "", "?"),
    ],
)
def test_currencies(value: str, attributes: str, currency: str) -> None:
    activity, _ = read_one(f"<budget>{value}</budget>", attributes=attributes)
    assert [(one.kind, one.currency) for one in activity.amounts] == [("budget", currency)]


@pytest.mark.parametrize(
    ("location", "point"),
    [
        ("<point><pos>14.7 -17.4</pos></point>", (14.7, -17.4)),
        ('<coordinates latitude="14,7" longitude="-17.4" precision="1"/>', (14.7, -17.4)),
        ("<point><pos>14.7,-17.4</pos></point>", (14.7, -17.4)),
        ("<point><pos>0 0</pos></point>", (0.0, 0.0)),
        ("<point><pos>95 10</pos></point>", None),
        ("<point><pos>somewhere</pos></point>", None),
        ("<point/>", None),
        ("<name>Dakar</name>", None),
    ],
)
def test_points_of_both_spellings(location: str, point: tuple[float, float] | None) -> None:
    activity, _ = read_one(f"<location>{location}</location>")
    assert [(one.latitude, one.longitude) for one in activity.sites] == ([point] if point else [])


def test_texts_keep_their_language() -> None:
    two, _ = read_one(
        '<title xml:lang="fr"><narrative>Graines</narrative>'
        '<narrative xml:lang="en">Seeds</narrative></title>'
    )
    one, _ = read_one("<title>Semillas</title>", attributes='xml:lang="es"', version="1.03")
    assert two.titles == {"fr": "Graines", "en": "Seeds"}
    assert one.titles == {"es": "Semillas"}


def test_comments_do_not_cut_a_text() -> None:
    activity, _ = read_one("<title><narrative>one <!-- aside -->two</narrative></title>")
    assert activity.titles == {"": "one two"}


def test_a_file_in_a_namespace_is_read() -> None:
    text = wrapped(SOUND).replace("<iati-activities", '<iati-activities xmlns="urn:somebody"')
    (activity,), _ = read_all(text)
    assert activity.identifier == "XX-1"


def test_results_are_figures_and_texts_are_notes() -> None:
    activity, report = read_one(
        SOUND
        + """<result type="1" aggregation-status="1"><title><narrative>Farmers</narrative></title>
        <indicator measure="1"><period>
        <period-start iso-date="2020-01-01"/><period-end iso-date="2020-12-31"/>
        <target value="99"/><actual value="12"/></period>
        <period><actual value="many"/></period></indicator></result>"""
    )
    first, second = activity.figures
    told = (str(first.value), str(first.start), str(first.end), first.additive)
    assert told == ("12", "2020-01-01", "2020-12-31", True)
    assert first.labels == {"": "Farmers"}
    assert (second.value, second.notes) == (None, {"": "many"})
    assert report.counts["figure_is_text"] == 1


def test_identifiers_blank_or_repeated_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "f.xml"
    path.write_text(wrapped(SOUND, SOUND, SOUND.replace("XX-1", " ")), encoding="utf-8")
    outcome = report_of(tmp_path / "scratch", path)
    assert outcome["files"] == [
        {
            "path": "f.xml",
            "format": "iati",
            "version": "2.03",
            "encoding": "utf-8",
            "read": 3,
            "kept": 3,
            "rejected": 0,
        }
    ]
    assert {"duplicate_identifier": 1, "missing_identifier": 1}.items() <= codes_of(outcome).items()


ENCODERS: dict[str, Callable[[str], bytes]] = {
    "utf-8": lambda text: text.encode(),
    "utf-16": lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16"),
    "utf-32": lambda text: text.replace("UTF-8", "UTF-32").encode("utf-32"),
    "iso-8859-1": lambda text: text.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "windows-1252": lambda text: text.replace("UTF-8", "windows-1252").encode("cp1252"),
}


@pytest.mark.parametrize("encoding", ENCODERS)
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "f.xml"
    path.write_bytes(ENCODERS[encoding](wrapped(SOUND.replace("Seeds", "Forêt – là").replace("–", "-"))))
    outcome = import_files(Order((path,), keep=True).arguments(), tmp_path, lambda _: None)
    assert outcome["refused"] == []
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "tables" / "activities.parquet").column("title_en").to_pylist() == [
        "Forêt - là"
    ]


def test_every_real_file_says_the_same_in_json(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "iati" / "oxfamgb-bangladesh-1.00.xml"
    assert json.loads(json.dumps(report_of(tmp_path / "s", path)))["files"][0]["kept"] == 24
