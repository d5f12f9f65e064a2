"""The IATI export: valid, counted like the atlas, and nothing lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from lxml import etree

from ess.errors import ExportError
from ess.exports.characters import printable
from ess.exports.iati import build_iati, write_iati
from ess.exports.iati_activity import STATUSES
from ess.exports.iati_elements import Reporter, plain
from ess.ingest.iati import iterate_activities, read_activity
from ess.ingest.iati_context import Reading
from ess.ingest.ledger import Ledger
from ess.ingest.markup import iterparse_options, open_markup
from ess.ingest.report import FileReport
from ess.ingest.template_records import records_of
from ess.portfolio.builtin import read_builtin
from ess.portfolio.codes import STAGES, codes_in
from ess.portfolio.files import content_id
from geodata.codes import countries
from tests.factories import HOSTILE_NAMES, PROPERTY, Tables, placed, portfolio
from tests.portfolio.strategies import portfolios

from .iati_rows import ATLAS, tables_of
from .iati_rules import faults

GENERATED = "2026-01-31T12:00:00+00:00"
EXAMPLES = settings(PROPERTY, max_examples=25)
ISO3 = {country.iso2: iso3 for iso3, country in countries().items()}


@pytest.fixture(scope="module")
def builtin() -> Tables:
    return read_builtin()


def exported(tables: Tables) -> etree._Element:
    return etree.fromstring(build_iati(tables, generated=GENERATED), _parser())


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def only(root: etree._Element, path: str) -> etree._Element:
    [found] = root.iterfind(path)
    return found


def placements(root: etree._Element) -> Counter[str]:
    """Activities by country as a reader of IATI counts them: own recipients, else those of transactions."""
    found: Counter[str] = Counter()
    for activity in root.iterfind("iati-activity"):
        own = [*activity.iterfind("recipient-country"), *activity.iterfind("recipient-region")]
        named = own or [
            *activity.iterfind("transaction/recipient-country"),
            *activity.iterfind("transaction/recipient-region"),
        ]
        codes = {str(one.get("code")) for one in named if one.tag == "recipient-country"}
        found.update(ISO3[code] for code in codes)
    return found


def atlas_counts(tables: Tables) -> Counter[str]:
    """Activities by country as the atlas counts them: no umbrella, no provider."""
    umbrellas = {row["id"] for row in tables["activities"].to_pylist() if row["umbrella"]}
    pairs = {
        (place["activity"], place["iso3"])
        for place in tables["places"].to_pylist()
        if place["role"] != "provider" and place["iso3"] and place["activity"] not in umbrellas
    }
    return Counter(iso3 for _, iso3 in pairs)


def test_the_builtin_portfolio_is_valid_and_complete(builtin: Tables) -> None:
    content = build_iati(builtin, generated=GENERATED)
    assert faults(content) == []
    assert content_id(tables_of(content)) == content_id(builtin)
    assert placements(exported(builtin)) == atlas_counts(builtin)


@EXAMPLES
@given(portfolios())
def test_any_portfolio_is_valid_and_complete(tables: Tables) -> None:
    content = build_iati(tables, generated=GENERATED)
    assert faults(content) == []
    assert content_id(tables_of(content)) == content_id(tables)


@EXAMPLES
@given(portfolios())
def test_activities_by_country_are_those_of_the_atlas(tables: Tables) -> None:
    assert placements(exported(tables)) == atlas_counts(tables)


@EXAMPLES
@given(portfolios())
def test_the_atlas_counts_its_own_export_as_it_counts_the_tables(tables: Tables) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "atlas.xml"
        write_iati(tables, path, generated=GENERATED)
        exported_ledger = counted(path)
    ledger = Ledger()
    for record in records_of(tables):
        ledger.add(record)
    assert told(exported_ledger) == told(ledger)


def counted(path: Path) -> Ledger:
    """What the reader of IATI files counts."""
    ledger, reading = Ledger(), Reading(FileReport(path.name))
    with open_markup(path) as source:
        for element in iterate_activities(source, iterparse_options(source)):
            ledger.add(read_activity(reading, element))
    return ledger


def told(ledger: Ledger) -> dict[str, object]:
    """Placements of a ledger."""
    activities = {iso3: found.activities for iso3, found in ledger.by_country.items() if found.activities}
    return {
        "activities": activities,
        "all": (ledger.activities, ledger.placed, ledger.regional, ledger.unplaced, ledger.sites),
    }


def test_an_umbrella_with_recipients_would_be_seen() -> None:
    tables = portfolio(activities=[{"id": "a"}], places=placed("a", "SEN"))
    umbrella = portfolio(activities=[{"id": "a", "umbrella": True}], places=placed("a", "SEN"))
    assert placements(exported(tables)) != atlas_counts(umbrella)
    assert placements(exported(umbrella)) == atlas_counts(umbrella) == Counter()


def test_an_amount_does_not_place_an_activity_that_the_atlas_leaves_unplaced() -> None:
    amount = {"activity": "a", "iso3": "SEN", "value": 5.0, "date": date(2024, 1, 1)}
    tables = portfolio(activities=[{"id": "a"}], finances=[amount])
    root = exported(tables)
    assert placements(root) == Counter()
    assert only(root, "iati-activity/transaction").get(f"{ATLAS}iso3") == "SEN"
    there = portfolio(activities=[{"id": "a"}], finances=[amount], places=placed("a", "CIV"))
    country = only(exported(there), "iati-activity/transaction/recipient-country")
    assert country.get("code") == "SN"
    assert placements(exported(there)) == Counter(["CIV"])


def test_a_country_is_written_once_with_the_shares_that_were_published() -> None:
    places = [
        *placed("a", "SEN", "SEN", share=20.0, share_basis="stated"),
        *placed("a", "CIV", share=30.0, share_basis="equal"),
        *placed("a", "XKX", share_basis="unknown"),
        *placed("a", "MAR", role="provider"),
        {"activity": "a", "region": "011"},
    ]
    root = exported(portfolio(activities=[{"id": "a"}], places=places))
    found = [(one.get("code"), one.get("percentage")) for one in root.iterfind("*/recipient-country")]
    assert found == [("SN", "40"), ("CI", None), ("XK", None)]
    region = only(root, "*/recipient-region")
    assert (region.get("code"), region.get("vocabulary"), region.get("percentage")) == ("011", "2", None)
    provider = only(root, "*/participating-org")
    assert provider.get(f"{ATLAS}role") == "provider"
    assert [one.text for one in provider] == ["Maroc", "Morocco", "المغرب"]


@pytest.mark.parametrize("stage", sorted(codes_in(STAGES)))
def test_every_stage_has_a_status_and_comes_back(stage: str) -> None:
    tables = portfolio(activities=[{"id": "a", "stage": stage}])
    root = exported(tables)
    assert only(root, "*/activity-status").get("code") == STATUSES[stage]
    assert only(root, "iati-activity").get(f"{ATLAS}stage") == stage


def test_only_a_plan_is_a_plan() -> None:
    assert {stage for stage, status in STATUSES.items() if status == "1"} == {"planned"}


def test_a_date_that_is_not_known_is_said_to_stand_in() -> None:
    root = exported(portfolio(activities=[{"id": "a"}]))
    day = only(root, "*/activity-date")
    assert (day.get("iso-date"), day.get(f"{ATLAS}stands_in")) == ("2026-01-31", "true")
    assert "not known" in str(day[1].text)
    known = {"start": date(2024, 1, 1), "start_precision": "year"}
    day = only(exported(portfolio(activities=[{"id": "a", **known}])), "*/activity-date")
    assert (day.get("iso-date"), day.get(f"{ATLAS}stands_in"), len(day)) == ("2024-01-01", None, 0)


def test_what_an_analyst_coded_says_so() -> None:
    tags = [
        {"activity": "a", "scheme": "SDG_goal", "code": "5", "coded_by": "analyst"},
        {"activity": "a", "scheme": "SDG_goal", "code": "2", "coded_by": "source"},
    ]
    root = exported(portfolio(activities=[{"id": "a"}], tags=tags))
    names = [str(tag[1].text) for tag in root.iterfind("*/tag")]
    assert names == ["Gender equality (Coded by an analyst)", "Zero hunger"]


def test_a_figure_without_a_period_is_said_in_words() -> None:
    result = {"activity": "a", "value": 9000.0, "qualifier": ">"}
    root = exported(portfolio(activities=[{"id": "a"}], results=[result]))
    assert root.find("*/result/indicator/period") is None
    assert [one.text for one in root.iterfind("*/result/description/narrative")][1] == (
        "more than 9000 persons. The period is not stated."
    )


def test_a_figure_with_a_period_has_an_actual_value_and_its_bound() -> None:
    result = {
        "activity": "a", "value": 12.5, "qualifier": ">=", "sex": "female", "iso3": "SEN", "additive": False,
        "period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31), "period_basis": "stated",
    }  # fmt: skip
    root = exported(portfolio(activities=[{"id": "a"}], results=[result]))
    actual = only(root, "*/result/indicator/period/actual")
    assert actual.get("value") == "12.5"
    assert [(one.get("name"), one.get("value")) for one in actual.iterfind("dimension")] == [
        ("sex", "female"),
        ("country", "SEN"),
    ]
    assert [one.text for one in actual.iterfind("comment/narrative")][1] == "at least 12.5 persons."
    assert only(root, "*/result").get("aggregation-status") == "0"


def test_a_missing_figure_is_not_zero() -> None:
    period = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31)}
    root = exported(portfolio(activities=[{"id": "a"}], results=[{"activity": "a", "value": None, **period}]))
    assert root.find("*/result/indicator/period") is not None
    assert root.find("*/result/indicator/period/actual") is None


@pytest.mark.parametrize("missing", ["value", "date", "currency"])
def test_an_amount_that_the_standard_cannot_hold_is_kept_apart(missing: str) -> None:
    amount = {"activity": "a", "value": 5.0, "date": date(2024, 1, 1), missing: None}
    root = exported(portfolio(activities=[{"id": "a"}], finances=[amount]))
    assert root.find("*/transaction") is None
    assert only(root, f"*/{ATLAS}row").get("table") == "finances"


def test_a_parent_is_related_and_stands_above() -> None:
    family = [{"id": "c", "parent": "b"}, {"id": "b", "parent": "a"}, {"id": "a"}]
    root = exported(portfolio(activities=family))
    assert [one.get("hierarchy") for one in root.iterfind("iati-activity")] == ["3", "2", None]
    assert [one.get("ref") for one in root.iterfind("*/related-activity")] == ["ESS-ATLAS-b", "ESS-ATLAS-a"]


def test_the_reporter_is_named() -> None:
    reporter = Reporter("MA-GOV-1", "10", {"fr": "Une agence"})
    content = build_iati(portfolio(activities=[{"id": "a"}]), generated=GENERATED, reporter=reporter)
    root = etree.fromstring(content, _parser())
    assert root.findtext("iati-activity/iati-identifier") == "MA-GOV-1-a"
    assert only(root, "*/participating-org").get("ref") == "MA-GOV-1"
    assert reporter.identifier("MA-GOV-1-a") == "MA-GOV-1-a"
    assert faults(content) == []


@pytest.mark.parametrize("hostile", [*HOSTILE_NAMES, "a\x00b\x1fc", "]]>", "<!--", "&amp;"])
def test_texts_arrive_letter_by_letter(hostile: str) -> None:
    root = exported(portfolio(activities=[{"id": "a", "title_fr": hostile, "locator": hostile}]))
    assert root.findtext("iati-activity/title/narrative") == printable(hostile)
    assert only(root, "iati-activity").get(f"{ATLAS}locator") == printable(hostile)


@pytest.mark.parametrize(
    ("value", "text"),
    [(80.0, "80"), (-0.5, "-0.5"), (1e-7, "0.0000001"), (1e22, "1" + "0" * 22), (0.1 + 0.2, repr(0.1 + 0.2))],
)
def test_numbers_have_no_exponent_and_all_their_digits(value: float, text: str) -> None:
    assert plain(value) == text


def test_a_file_is_the_same_as_the_bytes_and_nothing_else_is_left(builtin: Tables, tmp_path: Path) -> None:
    write_iati(builtin, tmp_path / "atlas.xml", generated=GENERATED)
    assert (tmp_path / "atlas.xml").read_bytes() == build_iati(builtin, generated=GENERATED)
    assert [path.name for path in tmp_path.iterdir()] == ["atlas.xml"]


def test_a_portfolio_without_activities_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no activity"):
        write_iati(portfolio(), tmp_path / "atlas.xml", generated=GENERATED)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"atlas\.xml"):
        write_iati(portfolio(activities=[{}]), tmp_path / "absent" / "atlas.xml", generated=GENERATED)


# --- the checker itself


def test_the_standards_own_example_has_no_fault_that_the_checker_knows(shared: Path) -> None:
    content = (shared / "data" / "iati" / "iati-standard-example-2.03.xml").read_bytes()
    assert [fault for fault in faults(content) if "no rule for this element" not in fault] == []


def _drop(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        found = root.find(path)
        assert found is not None
        parent = found.getparent()
        assert parent is not None
        parent.remove(found)

    return change


def _set(path: str, name: str, value: str | None) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        found = root.find(path)
        assert found is not None
        if value is None:
            del found.attrib[name]
        else:
            found.set(name, value)

    return change


def _repeat(path: str) -> Callable[[etree._Element], None]:
    def change(root: etree._Element) -> None:
        found = root.find(path)
        assert found is not None
        found.addnext(etree.fromstring(etree.tostring(found), _parser()))

    return change


def _last_first(root: etree._Element) -> None:
    root[0].insert(0, root[0][-1])


def _full() -> Tables:
    amount: dict[str, Any] = {"activity": "a", "value": 5.0, "date": date(2024, 1, 1)}
    return portfolio(
        activities=[{"id": "a", "start": date(2024, 1, 1), "start_precision": "day"}],
        places=placed("a", "SEN", latitude=1.0, longitude=2.0),
        finances=[amount, {**amount, "kind": "budget"}],
        tags=[{"activity": "a"}],
        results=[{"activity": "a", "value": 1.0}],
    )


@pytest.mark.parametrize(
    "change",
    [
        _drop("iati-activity/iati-identifier"),
        _drop("iati-activity/activity-date"),
        _drop("iati-activity/participating-org"),
        _drop("iati-activity/title"),
        _drop("iati-activity/transaction/value"),
        _drop("iati-activity/budget/period-end"),
        _drop("iati-activity/result/indicator"),
        _repeat("iati-activity/activity-status"),
        _repeat("iati-activity/recipient-country"),
        _repeat("iati-activity"),
        _set("iati-activity/activity-status", "code", "9"),
        _set("iati-activity/transaction/value", "value-date", None),
        _set("iati-activity/transaction/transaction-date", "iso-date", "2024-02-30"),
        _set("iati-activity/recipient-country", "percentage", "101"),
        _set("iati-activity/tag", "colour", "red"),
        _set("iati-activity/result/indicator", "measure", "0"),
        _last_first,
    ],
)  # fmt: skip
def test_the_checker_finds_a_planted_fault(change: Callable[[etree._Element], None]) -> None:
    content = build_iati(_full(), generated=GENERATED)
    assert faults(content) == []
    root = etree.fromstring(content, _parser())
    change(root)
    assert faults(etree.tostring(root)) != []
