"""Amounts converted by a table of rates: what tables say, what they leave open, and that all adds up."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from benchmarks.portfolios import write_iati
from ess.__main__ import main
from ess.errors import BadInput
from ess.ingest import importing
from ess.ingest.conversion import build_converter
from ess.ingest.importing import import_files
from ess.ingest.ledger import Ledger
from ess.ingest.orders import Order
from ess.ingest.parts import cut_file
from ess.ingest.rate_faults import NOT_CONVERTED
from ess.ingest.rates import RateTable, read_rates
from ess.ingest.records import Activity, Amount, FigureRow, Recipient
from ess.ingest.report import FileReport
from tests.factories import PROPERTY
from tests.ingest.xml import SOUND, written

CSV = "imf-monthly-rates-per-usd-2015.csv"
XDR = "imf-monthly-average-xdr.json"
YEARS = "dportal-exchange.csv"

DAILY = """Date,EUR,JPY,USD
2024-05-02,0.93,155.1,1
2024-05-03,0.92,153.2,1
2024-05-13,0.91,156.3,1
2024-06-03,0.90,157.4,1
"""


def table(folder: Path, text: str, name: str = "rates.csv") -> RateTable:
    """The table that a file of this text is read as."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_rates(path)


def value(found: RateTable, currency: str, into: str, day: str) -> float | None:
    """A rate as a number, rounded."""
    rate = found.rate(currency, into, date.fromisoformat(day))
    return None if rate is None else round(float(rate.value), 6)


real = cache(read_rates)


# Real tables


@pytest.mark.parametrize(
    ("name", "form", "base", "precision", "is_per_base", "count"),
    [
        (CSV, "csv_long", "USD", "month", True, 148),
        (XDR, "json_long", "XDR", "month", False, 66),
        (YEARS, "csv_wide", "USD", "year", True, 159),
    ],
)
def test_a_real_table_says_what_it_is(
    shared: Path,
    name: str,
    form: str,
    base: str,
    precision: str,
    is_per_base: bool,  # noqa: FBT001
    count: int,
) -> None:
    found = real(shared / "data/context" / name)
    assert (found.format, found.base, found.precision, found.is_per_base) == (
        form, base, precision, is_per_base
    )  # fmt: skip
    assert len(found.currencies) == count


@pytest.mark.parametrize(
    ("name", "currency", "into", "day", "wanted", "period"),
    [
        (CSV, "EUR", "USD", "2016-03-01", 1 / 0.878348704435661, "2016-03"),
        (CSV, "USD", "EUR", "2016-03-31", 0.878348704435661, "2016-03"),
        (CSV, "EUR", "XDR", "2016-03-10", 0.709814 / 0.878348704435661, "2016-03"),
        (XDR, "EUR", "USD", "2016-03-10", 0.7956728571 / 0.7167846087, "2016-03"),
        (XDR, "EUR", "XDR", "2016-03-10", 0.7956728571, "2016-03"),
        (YEARS, "EUR", "USD", "2010-11-30", 1 / 0.75464, "2010"),
    ],
)
def test_rates_of_real_tables(
    shared: Path, name: str, currency: str, into: str, day: str, wanted: float, period: str
) -> None:
    rate = real(shared / "data/context" / name).rate(currency, into, date.fromisoformat(day))
    assert rate is not None
    assert float(rate.value) == pytest.approx(wanted, rel=1e-12)
    assert rate.period == period


@pytest.mark.parametrize(
    ("name", "currency", "day"),
    [
        (CSV, "EUR", "2014-12-31"),
        (CSV, "EUR", "2021-01-01"),
        (CSV, "UYU", "2016-03-10"),
        (XDR, "MAD", "2016-03-10"),
        (XDR, "EUR", "2025-05-01"),
        (YEARS, "EUR", "2015-01-01"),
    ],
)
def test_no_other_month_stands_in(shared: Path, name: str, currency: str, day: str) -> None:
    assert value(real(shared / "data/context" / name), currency, "USD", day) is None


def test_rates_that_disagree_in_the_real_table_are_those_of_the_issuer(shared: Path) -> None:
    """Haiti's gourde stands there as USD, and Namibia's dollar as ZAR."""
    report = FileReport(CSV)
    found = read_rates(shared / "data/context" / CSV, report)
    assert value(found, "ZAR", "USD", "2016-03-10") == round(1 / 14.7321, 6)
    assert value(found, "EUR", "USD", "2016-03-10") == round(1 / 0.878348704435661, 6)
    told = {problem.kind.code: problem.found for problem in report.problems}
    assert told == {"rates_of_others": "USD, ZAR", "rates_without_currency": "144"}


# Periods


def test_a_day_takes_its_own_rate_or_the_last_before_it_in_its_month(tmp_path: Path) -> None:
    found = table(tmp_path, DAILY)
    assert found.precision == "day"
    days = ("2024-05-01", "2024-05-02", "2024-05-12", "2024-05-31", "2024-06-02", "2024-06-30", "2024-07-01")
    assert [value(found, "USD", "EUR", day) for day in days] == [None, 0.93, 0.92, 0.91, None, 0.90, None]


def test_two_currencies_are_crossed_on_one_day(tmp_path: Path) -> None:
    found = table(tmp_path, DAILY.replace("2024-05-13,0.91", "2024-05-13,"))
    rate = found.rate("JPY", "EUR", date(2024, 5, 20))
    assert rate is not None
    assert (rate.period, rate.value) == ("2024-05-03", Decimal("0.92") / Decimal("153.2"))


@pytest.mark.parametrize(
    ("days", "precision"),
    [
        (["2024-04-30", "2024-05-31"], "month"),
        (["2024-04-15", "2024-05-15"], "month"),
        (["2024-05-31"], "month"),
        (["2024-05-17"], "day"),
        (["2024-05-17", "2024-05-18"], "day"),
        (["2024-04", "2024-05"], "month"),
        (["May 2024", "June 2024"], "month"),
        (["2023", "2024"], "year"),
    ],
)
def test_what_one_rate_stands_for(tmp_path: Path, days: list[str], precision: str) -> None:
    rows = "".join(f"{day},0.9{place},150.5\n" for place, day in enumerate(days, 1))
    assert table(tmp_path, f"Date,EUR,JPY\n{rows}").precision == precision


def test_a_year_and_a_month_in_two_columns(tmp_path: Path) -> None:
    found = table(tmp_path, "year;month;USD;EUR;JPY\n2024;5;1;0,92;150,25\n2024;juin;1;0,93;151,5\n")
    assert value(found, "USD", "EUR", "2024-06-09") == 0.93


# Directions


@pytest.mark.parametrize(
    ("text", "name", "base", "is_per_base"),
    [
        ("Date,USD,JPY\n2024-05,1,150.5\n", "a.csv", "USD", True),
        ("Date,USD,JPY\n2024-05,1,0.0066\n", "a.csv", "USD", False),
        ("Date,USD,XOF\n2024-05,1.0812,655.957\n", "a.csv", "", True),
        ("Date,Currency,Rate per USD\n2024-05,EUR,0.92\n", "a.csv", "USD", True),
        ("Date,Currency,USD per unit\n2024-05,EUR,1.08\n", "a.csv", "USD", False),
        ("Date,Currency,Rate\n2024-05,EUR,0.92\n", "rates-per-usd.csv", "USD", True),
        ("Mois,Devise,Taux par EUR\n2024-05,MAD,10.85\n", "a.csv", "EUR", True),
        ("Date,BMD,USD,JPY\n2024-05,1,1,150.5\n", "a.csv", "USD", True),
        ("Date,USD,JPY\n2024-05,0.7167,0.0066\n", "xdr.csv", "XDR", False),
    ],
)
def test_the_direction_is_what_the_table_says(
    tmp_path: Path,
    text: str,
    name: str,
    base: str,
    is_per_base: bool,  # noqa: FBT001
) -> None:
    found = table(tmp_path, text, name)
    assert (found.base, found.is_per_base) == (base, is_per_base)


REFUSED = [
    ("rates_direction", "Date,USD,EUR\n2024-05,1,0.92\n"),
    ("rates_direction", "Date,Currency,USD per unit\n2024-05,USD,1\n2024-05,JPY,150.5\n"),
    ("rates_direction", "Date,USD,JPY,KRW\n2024-05,1,150.5,0.0007\n"),
    ("rates_headings", "Date,Country,Rate\n2024-05,Morocco,9.9\n"),
    ("rates_headings", "Currency,Rate\nMAD,9.9\n"),
    ("rates_value", "Date,USD,JPY\n2024-05,1,0\n"),
    ("rates_value", "Date,USD,JPY\n2024-05,1,-150.5\n"),
    ("rates_value", "Date,USD,JPY\n2024-05,1,inf\n"),
    ("rates_value", "Date,USD,JPY\n2024-05,1,15%\n"),
    ("rates_value", "Date,USD,JPY\n2024-05,1,much\n"),
    ("rates_date", "Date,USD,JPY\nspring,1,150.5\n"),
    ("rates_date", "Date,USD,JPY\n05/04/2024,1,150.5\n"),
    ("rates_date", "Date,USD,JPY\n2024-02-30,1,150.5\n"),
    ("rates_mixed_dates", "Date,USD,JPY\n2024,1,150.5\n2024-05,1,151.5\n"),
    ("rates_numbers", 'Date,USD,JPY\n2024-05,1,"150,512"\n'),
    ("rates_numbers", 'Date,USD,JPY,EUR\n2024-05,1,"150,5",0.92\n'),
    ("rates_units", "Date,Currency,Unit,Rate per EUR\n2024-05,USD,1,1.08\n2024-05,JPY,100,1.5\n"),
    ("rates_direction", "Date,USD,JPY\n2024-05,10.03,6.6\n"),
    ("no_rates", "Date,Currency,Rate\n2024-05,Euro,0.92\n"),
]


@pytest.mark.parametrize(("code", "text"), REFUSED)
def test_a_table_of_no_use_is_refused(tmp_path: Path, code: str, text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        table(tmp_path, text)
    assert refusal.value.code == code
    assert "rates.csv" in str(refusal.value)
    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("rates_json", "{}"),
        ("rates_json", "[]"),
        ("rates_json", "[1]"),
        ("rates_json", "[" * 100_000),
        ("rates_json", '[{"year": 2016, "month": 3, "currency_id": "EUR", "value": NaN}]'),
        ("rates_value", '[{"year": 2016, "month": 3, "currency_id": "EUR", "value": 1e999999}]'),
        ("rates_value", '[{"year": 2016, "month": 3, "currency_id": "EUR", "value": true}]'),
        ("rates_value", '[{"year": 2016, "month": 3, "currency_id": "EUR", "value": [1]}]'),
        ("rates_value", '[{"year": 2016, "month": 3, "currency_id": "EUR", "value": 1' + "0" * 400 + "}]"),
        ("rates_date", '[{"year": 2016, "month": 13, "currency_id": "EUR", "value": 1.5}]'),
        ("rates_date", '[{"year": null, "month": 3, "currency_id": "EUR", "value": 1.5}]'),
    ],
)
def test_json_of_no_use_is_refused(tmp_path: Path, code: str, text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        table(tmp_path, text, "rates.json")
    assert refusal.value.code == code


def test_what_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        table(tmp_path, DAILY, "rates.xlsx")
    assert refusal.value.code == "rates_kind"
    with pytest.raises(BadInput) as refusal:
        read_rates(tmp_path / "absent.csv")
    assert refusal.value.code == "no_file"


def test_rates_that_disagree_without_an_issuer_are_not_used(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    rows = "2024-05,JPY,150.5\n2024-05,USD,1\n2024-05,EUR,0.92\n2024-05,EUR,0.93\n2024-05,EUR,0.92\n"
    path.write_text(f"Date,Currency,Rate\n{rows}", encoding="utf-8")
    report = FileReport(path.name)
    found = read_rates(path, report)
    assert value(found, "EUR", "USD", "2024-05-01") is None
    assert [problem.kind.code for problem in report.problems] == ["rates_disagree"]


# Everything adds up

TABLE = RateTable(
    "rates.csv", "", "csv_wide", "USD", "month", is_per_base=True,
    rates={
        "EUR": {"2016-03": Decimal("0.878348704435661"), "2016-04": Decimal("0.87")},
        "JPY": {"2016-03": Decimal("112.63")},
    },
)  # fmt: skip

amounts = st.lists(
    st.builds(
        Amount,
        st.sampled_from(["budget", "commitment", "disbursement"]),
        st.decimals(-(10**9), 10**9, places=2),
        st.sampled_from(["USD", "EUR", "JPY", "MAD", "?", "US$"]),
        st.none() | st.sampled_from([date(2016, 3, 1), date(2016, 4, 30), date(2017, 1, 1)]),
        st.just([]) | st.just([Recipient("SEN")]) | st.just([Recipient(None, "002", True)]),
    ),
    max_size=6,
)
recipients = st.lists(
    st.builds(
        Recipient,
        st.sampled_from(["SEN", "MLI", None]),
        percentage=st.none() | st.sampled_from([Decimal(30), Decimal(50), Decimal("33.3")]),
    ),
    max_size=4,
)
activities = st.lists(
    st.builds(
        Activity, st.just(1), recipients=recipients, recipients_of_amounts=st.booleans(), amounts=amounts
    ),
    max_size=5,
)


@PROPERTY
@given(activities, st.sampled_from(["USD", "EUR", "JPY"]), st.booleans())
def test_converted_and_not_converted_are_all(
    told: list[Activity],
    into: str,
    equal: bool,  # noqa: FBT001
) -> None:
    converter, report, ledger = (
        build_converter(TABLE, into, equal=equal),
        FileReport("a"),
        Ledger(equal=equal),
    )
    for activity in told:
        converter.add(activity, report)
        ledger.add(activity)
    said = {**ledger.record(), "converted": converter.record()}
    assert disagreements(said) == []
    reasons = {reason: kind.code for reason, kind in NOT_CONVERTED.items()}
    left = sum(one.amounts for one in converter.converted.left.values())
    assert left == sum(report.counts[code] for code in reasons.values())
    used = sum(amounts for _, amounts in converter.converted.used.values())
    assert used + left == sum(len(activity.amounts) for activity in told)


@PROPERTY
@given(activities, st.sampled_from(["USD", "EUR"]), st.booleans())
def test_a_converted_amount_goes_the_way_of_the_published_one(
    told: list[Activity],
    into: str,
    equal: bool,  # noqa: FBT001
) -> None:
    """With one rate for everything the shares of all countries are those of the amounts as published."""
    for activity in told:
        for amount in activity.amounts:
            amount.currency, amount.day = "EUR", date(2016, 4, 30)
    converter, ledger = build_converter(TABLE, into, equal=equal), Ledger(equal=equal)
    for activity in told:
        converter.add(activity, FileReport("a"))
        ledger.add(activity)
    rate = TABLE.rate("EUR", into, date(2016, 4, 30))
    assert rate is not None
    found = converter.converted.ledger
    assert {iso3 for iso3, one in found.by_country.items() if one.amounts} == {
        iso3 for iso3, one in ledger.by_country.items() if one.amounts
    }
    for iso3, country in ledger.by_country.items():
        for (kind, _), published in country.amounts.items():
            assert found.by_country[iso3].amounts[kind, into] == pytest.approx(
                published * rate.value, abs=Decimal("0.005")
            )


def disagreements(said: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Where a report with converted amounts does not add up to the cent."""
    converted = said["converted"]
    found = []
    for kind, by_currency in said["totals"].items():
        for currency, total in by_currency.items():
            left = converted["not_converted"].get(kind, {}).get(currency, [])
            parts = converted["published"].get(kind, {}).get(currency, 0.0), *(one["value"] for one in left)
            if abs(sum(parts) - total) > 0.005:
                found.append((kind, currency))
    for kind, total in converted["totals"].items():
        given_out = sum(country.get(kind, 0.0) for country in converted["by_country"].values())
        if abs(given_out + converted["unallocated"][kind] - total) > 0.005:
            found.append((kind, converted["currency"]))
    return found


def test_the_check_notices_a_cent() -> None:
    said: dict[str, Any] = {
        "totals": {"budget": {"EUR": 10.0, "MAD": 5.0}},
        "converted": {
            "currency": "USD",
            "totals": {"budget": 11.0},
            "by_country": {"SEN": {"budget": 4.0}},
            "unallocated": {"budget": 7.0},
            "published": {"budget": {"EUR": 10.0}},
            "not_converted": {"budget": {"MAD": [{"value": 5.0, "amounts": 1, "reason": "no_rate"}]}},
        },
    }
    assert disagreements(said) == []
    said["converted"]["not_converted"]["budget"]["MAD"][0]["value"] = 5.01
    said["converted"]["by_country"]["SEN"]["budget"] = 3.99
    assert disagreements(said) == [("budget", "MAD"), ("budget", "USD")]


def test_reasons() -> None:
    day = date(2016, 3, 1)
    wanted = {
        ("USD", None): "converted",
        ("EUR", day): "converted",
        ("EUR", None): "undated",
        ("EUR", date(2016, 5, 1)): "no_rate",
        ("MAD", day): "no_rate",
        ("?", day): "unknown_currency",
        ("XXX", None): "unknown_currency",
    }
    converter = build_converter(TABLE, "USD", equal=False)
    for (currency, stated), reason in wanted.items():
        found = converter.rate(Amount("budget", Decimal(1), currency, stated))
        assert (found if isinstance(found, str) else "converted") == reason


def test_rows_of_figures_have_no_amounts() -> None:
    converter = build_converter(TABLE, "USD", equal=False)
    converter.add(FigureRow(1, [Recipient("SEN")]), FileReport("a"))
    assert converter.record()["by_country"] == {}


@PROPERTY
@given(st.sampled_from(["USD", "EUR", "JPY"]), st.sampled_from(["USD", "EUR", "JPY"]))
def test_there_and_back_is_the_same(one: str, other: str) -> None:
    there, back = (TABLE.rate(a, b, date(2016, 3, 9)) for a, b in ((one, other), (other, one)))
    assert there is not None
    assert back is not None
    assert there.value * back.value == pytest.approx(Decimal(1), abs=Decimal("1e-20"))


# Files


def converted_sum(path: Path, rates: Path) -> dict[str, float]:
    """The sums of an IATI file in USD by a table of XDR per unit, by another program."""
    stated = {
        (one["year"], one["month"], one["currency_id"]): one["value"] for one in json.loads(rates.read_text())
    }
    sums: dict[str, float] = {}
    for activity in etree.parse(path, etree.XMLParser(resolve_entities=False)).getroot():
        values = [
            ("budget", budget.find("value"), budget.find("period-start"))
            for budget in activity.iter("budget")
        ]
        for paid in activity.iter("transaction"):
            code = paid.find("transaction-type")
            kind = {"2": "commitment", "3": "disbursement", "4": "expenditure"}.get(
                "" if code is None else code.get("code", "")
            )
            values += [(kind, paid.find("value"), paid.find("transaction-date"))] if kind else []
        for kind, element, moment in values:
            assert element is not None
            assert moment is not None
            year, month, _ = moment.get("iso-date", "").split("-")
            currency = element.get("currency") or activity.get("default-currency")
            rate = stated[int(year), int(month), currency] / stated[int(year), int(month), "USD"]
            sums[kind] = sums.get(kind, 0.0) + float(element.text or "") * rate
    return sums


def test_a_real_file_is_converted_as_another_program_does(shared: Path, tmp_path: Path) -> None:
    path = shared / "data/iati/netherlands-mfa-sample-2.03.xml"
    rates = shared / "data/context" / XDR
    said = import_files(Order((path,), rates=str(rates)).arguments(), tmp_path, lambda _: None)
    totals = said["totals"]
    assert totals["converted"]["totals"] == pytest.approx(converted_sum(path, rates), abs=0.005)
    assert disagreements(totals) == []
    assert totals["converted"]["not_converted"] == {}


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("keep", [False, True])
def test_parts_convert_as_the_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    equal: bool,  # noqa: FBT001
    keep: bool,  # noqa: FBT001
) -> None:
    path = write_iati(tmp_path / "many.xml", 200)
    rates = tmp_path / "rates.csv"
    rows = "".join(
        f"{year}-{month:02},{1 + year / 1e4},150.5\n" for year in range(2005, 2020) for month in range(1, 10)
    )
    rates.write_text(f"Date,USD,JPY\n{rows}", encoding="utf-8")
    said = {}
    for parts in (1, 2):
        monkeypatch.setattr(
            importing, "cut_file", lambda file, root, parts=parts: cut_file(file, root, parts)
        )
        scratch = tmp_path / str(parts)
        scratch.mkdir()
        order = Order((path,), equal=equal, keep=keep, rates=str(rates), into="JPY")
        said[parts] = import_files(order.arguments(), scratch, lambda _: None)
    assert said[1] == said[2]
    totals = said[1]["totals"]
    assert disagreements(totals) == []
    assert totals["converted"]["by_country"]
    assert totals["converted"]["not_converted"]


Said = tuple[int, str, str]


@pytest.fixture
def ess(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Said]:
    """Runs a command in this process, in English."""
    monkeypatch.setenv("ESS_LANG", "en")
    monkeypatch.delenv("ESS_STORE", raising=False)

    def run(*arguments: object) -> Said:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


def paid(value: str, currency: str, day: str) -> str:
    """A commitment."""
    dated = f'<transaction-date iso-date="{day}"/>' if day else ""
    return (
        f'<transaction><transaction-type code="2"/>{dated}'
        f'<value currency="{currency}" value-date="2024-05-13">{value}</value></transaction>'
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    paid_out = paid("100", "EUR", "2024-05-13") + paid("50", "USD", "") + paid("7", "MAD", "2024-05-13")
    return written(
        tmp_path, f'{SOUND}<recipient-country code="SN"/>{paid_out}{paid("5", "EUR", "")}'
    )  # fmt: skip


@pytest.fixture
def daily(tmp_path: Path) -> Path:
    path = tmp_path / "daily.csv"
    path.write_text(DAILY, encoding="utf-8")
    return path


def test_inspect_converts_beside_what_was_published(
    ess: Callable[..., Said], file: Path, daily: Path
) -> None:
    plain = json.loads(ess("inspect", file, "--json")[1])
    said = json.loads(ess("inspect", file, "--json", "--rates", daily)[1])
    converted = said.pop("converted")
    assert "converted" not in plain
    for name in ("totals", "by_country", "unallocated", "activities", "files"):
        assert said[name] == plain[name]
    in_euros = float(100 / Decimal("0.91"))
    assert converted["currency"] == "USD"
    assert converted["rates"].items() >= {
        "file": "daily.csv", "format": "csv_wide", "base": "USD", "precision": "day"
    }.items()  # fmt: skip
    assert len(converted["rates"]["sha256"]) == 64
    assert converted["totals"] == {"commitment": pytest.approx(50 + in_euros)}
    assert converted["by_country"] == {"SEN": converted["totals"]}
    assert converted["unallocated"] == {"commitment": 0.0}
    assert converted["used"] == [
        {"currency": "EUR", "day": "2024-05-13", "rate": pytest.approx(1 / 0.91), "amounts": 1},
        {"currency": "USD", "rate": 1.0, "amounts": 1},
    ]
    assert converted["not_converted"] == {
        "commitment": {
            "EUR": [{"value": 5.0, "amounts": 1, "reason": "undated"}],
            "MAD": [{"value": 7.0, "amounts": 1, "reason": "no_rate"}],
        }
    }
    assert (
        said["problem_counts"]["warning"].items() >= {"amount_undated": 1, "amount_without_rate": 1}.items()
    )


def test_the_report_in_words_has_a_line_a_kind(ess: Callable[..., Said], file: Path, daily: Path) -> None:
    _, out, _ = ess("inspect", file, "--rates", daily)
    assert (
        "Commitment, converted to USD with daily.csv: 159.89, of which 0.00 are not allocated to a country; "
        "not converted: 5.00 EUR (no date); 7.00 MAD (no rate)" in out
    )
    _, out, _ = ess("inspect", file, "--rates", daily, "--into", "jpy")
    assert "converted to JPY" in out


def test_a_kind_of_which_nothing_is_converted_says_so(
    ess: Callable[..., Said], tmp_path: Path, daily: Path
) -> None:
    path = written(tmp_path, SOUND + paid("7", "MAD", "2024-05-13"))
    _, out, _ = ess("inspect", path, "--rates", daily)
    assert "Commitment, converted to USD with daily.csv: nothing; not converted: 7.00 MAD (no rate)" in out


def test_import_converts_its_report_and_not_its_tables(
    ess: Callable[..., Said], file: Path, daily: Path, tmp_path: Path
) -> None:
    plain = json.loads(ess("import", file, "--json", "--store", tmp_path / "a")[1])
    said = json.loads(ess("import", file, "--json", "--store", tmp_path / "b", "--rates", daily)[1])
    assert said["converted"]["totals"]["commitment"] > 0
    assert said["snapshot"] == plain["snapshot"]


def test_the_template_is_converted_too(
    ess: Callable[..., Said], file: Path, daily: Path, tmp_path: Path
) -> None:
    ess("import", file, "--store", tmp_path / "store")
    ess("export", "--store", tmp_path / "store", "--to", tmp_path / "all.xlsx")
    ess("export", "--store", tmp_path / "store", "--to", tmp_path / "all.xml")
    for name in ("all.xlsx", "all.xml"):
        code, out, err = ess("inspect", tmp_path / name, "--json", "--rates", daily)
        assert (code, err) == (0, "")
        said = json.loads(out)
        assert said["converted"]["totals"]["commitment"] == pytest.approx(50 + 100 / 0.91)
        assert disagreements(said) == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--into", "EUR"], 2, "--into needs --rates"),
        (["--rates", "daily.csv", "--into", "euro"], 2, "ISO 4217"),
        (["--rates", "daily.csv", "--into", "MAD"], 1, "daily.csv states no rates of MAD"),
        (["--rates", "absent.csv"], 1, "absent.csv is no file"),
        (["--rates", "file.xml"], 1, "file.xml is no table of rates"),
    ],
)
@pytest.mark.usefixtures("daily", "file")
def test_a_conversion_that_cannot_be_is_one_sentence(
    ess: Callable[..., Said],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    code: int,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found, out, err = ess("inspect", "file.xml", *arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert str(tmp_path) not in err
