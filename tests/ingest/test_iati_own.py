"""The atlas's own IATI export comes back, cell by cell, and whatever was done to it in between is told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from ess.analysis.by_country import measure_by_country
from ess.analysis.measures import ALL_RECORDS, parse_measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import read_vocabulary
from ess.errors import BadInput
from ess.exports.iati import build_iati
from ess.exports.iati_elements import NAMESPACE as WRITTEN_NAMESPACE
from ess.ingest.building import PortfolioWriter
from ess.ingest.columns import TableWriters
from ess.ingest.finishing import finish_hierarchy
from ess.ingest.iati_own import is_own, read_own
from ess.ingest.iati_own_elements import NAMESPACE
from ess.ingest.ledger import Ledger
from ess.ingest.markup import check_markup
from ess.ingest.report import FileReport
from ess.ingest.template import TemplateReading
from ess.ingest.template_records import records_of
from ess.portfolio.builtin import read_builtin
from ess.portfolio.checks import validate_portfolio
from ess.portfolio.files import content_id
from ess.portfolio.problems import errors_in
from ess.portfolio.schema import TABLES
from geodata.codes import countries
from tests.factories import HOSTILE_NAMES, PROPERTY, SLOW_PROPERTY, Tables, engine_of, placed, portfolio
from tests.portfolio.strategies import portfolios

GENERATED = "2026-01-31T12:00:00Z"
ATLAS = f"{{{NAMESPACE}}}"
KNOWN = frozenset(countries())

Change = Callable[[etree._Element], object]
builtin = cache(read_builtin)


def read(content: bytes, name: str = "portfolio.xml") -> TemplateReading:
    """What reading a file of these bytes gives; nothing but a refusal may be raised."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        report = FileReport(name)
        reading = read_own(path, report)
    assert reading.reports == [report]
    assert reading.read == reading.kept + reading.rejected
    assert sum(table.num_rows for table in reading.tables.values()) == reading.kept
    assert errors_in(validate_portfolio(reading.tables, KNOWN)) == ()
    return reading


def exported(tables: Tables) -> bytes:
    return build_iati(tables, generated=GENERATED)


def changed(tables: Tables, *changes: Change) -> TemplateReading:
    """What an export gives after somebody changed it."""
    root = etree.fromstring(exported(tables), etree.XMLParser(resolve_entities=False, no_network=True))
    for change in changes:
        change(root)
    return read(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def rows(reading: TemplateReading, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reading.tables[table].to_pylist()
    return found


def codes(reading: TemplateReading) -> list[str]:
    return sorted(problem.kind.code for problem in reading.problems)


def counted(tables: Tables) -> dict[str, object]:
    ledger = Ledger()
    for record in records_of(tables):
        ledger.add(record)
    return ledger.record()


# Back as it was


def test_the_builtin_portfolio_comes_back_exactly() -> None:
    reading = read(exported(builtin()))
    assert content_id(reading.tables) == content_id(builtin())
    assert (reading.rejected, reading.problems) == (0, [])
    assert reading.read == sum(table.num_rows for table in builtin().values())


@PROPERTY
@given(portfolios())
def test_any_portfolio_comes_back_exactly(tables: Tables) -> None:
    reading = read(exported(tables))
    assert content_id(reading.tables) == content_id(tables)
    assert counted(reading.tables) == counted(tables)
    assert reading.rejected == 0
    warned = [problem.code for problem in validate_portfolio(tables, KNOWN)]
    assert [problem.kind.code for problem in reading.problems] == warned


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_lost_row_would_be_seen(table: str) -> None:
    less = {**builtin(), table: builtin()[table].slice(1)}
    assert content_id(less) != content_id(builtin()) or not builtin()[table].num_rows


def test_it_arrives_in_a_store_as_it_was(tmp_path: Path) -> None:
    reading = read(exported(builtin()))
    with TableWriters(tmp_path) as tables:
        writer = PortfolioWriter(tables)
        writer.add_tables(reading.tables)
    assert finish_hierarchy(tmp_path, writer.parents) == 0
    written = {name: pq.read_table(tmp_path / f"{name}.parquet") for name in TABLES}
    assert content_id(written) == content_id(builtin())


def test_a_theme_that_reads_like_a_label_stays_as_written() -> None:
    tags = [{"activity": "a", "code": code} for code in ("gender", "Gender", "Genre", "007", "Agriculture")]
    tables = portfolio(activities=[{"id": "a"}], tags=tags)
    assert content_id(read(exported(tables)).tables) == content_id(tables)


def test_more_rows_than_are_packed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ess.ingest.iati_own_rows.BATCH", 2)
    tables = portfolio(
        activities=[{"id": f"a{number}"} for number in range(7)],
        finances=[
            {"activity": f"a{number}", "value": 1.5, "currency": None if number == 5 else "USD"}
            for number in range(7)
        ],
    )
    reading = read(exported(tables))
    assert content_id(reading.tables) == content_id(tables)
    [warning] = reading.problems
    assert (warning.kind.code, warning.row, warning.column) == ("missing_currency", 6, "finances!currency")


# The same answers as the atlas


def activities_by_country(tables: Tables) -> dict[str, int]:
    """As ``countries --format json`` counts them."""
    with tempfile.TemporaryDirectory() as folder:
        engine = engine_of(tables, Path(folder))
        vocabulary = read_vocabulary(engine)
        measure = parse_measure(ALL_RECORDS, vocabulary, None)
        answer = measure_by_country(engine, measure, Selection(), vocabulary, "un")
    return {one.iso3: one.activities for one in answer.values.values() if one.activities}


def counted_by_country(tables: Tables) -> dict[str, int]:
    """As ``inspect --json`` counts them."""
    ledger = Ledger()
    for record in records_of(tables):
        ledger.add(record)
    return {iso3: found.activities for iso3, found in ledger.by_country.items() if found.activities}


def test_an_export_of_the_builtin_portfolio_counts_like_it() -> None:
    assert counted_by_country(read(exported(builtin())).tables) == activities_by_country(builtin())


@settings(SLOW_PROPERTY, max_examples=5)
@given(portfolios())
def test_an_export_counts_like_its_portfolio(tables: Tables) -> None:
    assert counted_by_country(read(exported(tables)).tables) == activities_by_country(tables)


def test_a_country_more_would_be_seen() -> None:
    def add(root: etree._Element) -> None:
        place = etree.SubElement(root[0], f"{ATLAS}row")
        place.attrib.update({"table": "places", "id": "more", "role": "recipient", "iso3": "FRA"})
        root[0].insert(6, etree.fromstring('<recipient-country code="FR"/>'))

    assert counted_by_country(changed(builtin(), add).tables) != activities_by_country(builtin())


# Changed by hand: the standard's element is kept


def put(path: str, attribute: str, value: str | None) -> Change:
    def change(root: etree._Element) -> None:
        found = root.find(path)
        assert found is not None
        if value is None:
            del found.attrib[attribute]
        else:
            found.set(attribute, value)

    return change


def say(path: str, text: str) -> Change:
    def change(root: etree._Element) -> None:
        found = root.find(path)
        assert found is not None
        found.text = text

    return change


def drop(path: str) -> Change:
    def change(root: etree._Element) -> None:
        for found in root.findall(path):
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)

    return change


def add(path: str, markup: str) -> Change:
    def change(root: etree._Element) -> None:
        found = root.find(path)
        assert found is not None
        found.append(etree.fromstring(markup))

    return change


AMOUNT = {"activity": "a", "value": 5.0, "date": date(2024, 1, 1)}


def full() -> Tables:
    return portfolio(
        activities=[
            {"id": "a", "stage": "signed", "start": date(2024, 1, 1), "start_precision": "year"},
            {"id": "b", "parent": "a"},
        ],
        places=[
            *placed("a", "SEN", share=20.0, share_basis="stated", latitude=14.5, longitude=-17.25),
            *placed("a", "CIV", share=30.0, share_basis="stated"),
            {"activity": "a", "region": "011"},
            *placed("a", "MAR", role="provider"),
        ],
        finances=[{**AMOUNT, "iso3": "SEN"}, {**AMOUNT, "kind": "budget"}],
        tags=[{"activity": "a", "scheme": "DAC5", "code": "31120", "percent": 40.0}],
        results=[
            {
                "activity": "a",
                "value": 12.0,
                "period_start": date(2024, 1, 1),
                "period_end": date(2024, 6, 30),
            }
        ],
        actors=[{"id": "agency"}],
        participants=[{"activity": "a", "actor": "agency"}],
    )


@pytest.mark.parametrize(
    ("change", "table", "column", "wanted"),
    [
        (say("*/transaction/value", "7.25"), "finances", "value", 7.25),
        (put("*/transaction/value", "currency", "MAD"), "finances", "currency", "MAD"),
        (put("*/transaction/transaction-type", "code", "3"), "finances", "kind", "disbursement"),
        (
            put("*/transaction/transaction-date", "iso-date", "2025-02-03Z"),
            "finances",
            "date",
            date(2025, 2, 3),
        ),
        (put("*/transaction/recipient-country", "code", "CI"), "finances", "iso3", "CIV"),
        (say("*/title/narrative", "Autre titre"), "activities", "title_fr", "Autre titre"),
        (put("*/activity-status", "code", "5"), "activities", "stage", "cancelled"),
        (put("*/activity-date", "iso-date", "2023-05-06"), "activities", "start", date(2023, 5, 6)),
        (put("*/recipient-country", "percentage", "25.5"), "places", "share", 25.5),
        (put("*/recipient-country", "percentage", None), "places", "share", None),
        (put("*/recipient-region", "percentage", "12"), "places", "share", 12.0),
        (say("*/location/point/pos", "14.75 -17.5"), "places", "latitude", 14.75),
        (drop("*/location"), "places", "latitude", None),
        (put("*/sector", "percentage", "60"), "tags", "percent", 60.0),
        (put("*/sector", "code", "31130"), "tags", "code", "31130"),
        (put("*/result/indicator/period/actual", "value", "13"), "results", "value", 13.0),
        (drop("*/result/indicator/period/actual"), "results", "value", None),
    ],
)
def test_what_somebody_changed_is_kept(change: Change, table: str, column: str, wanted: object) -> None:
    before, after = rows(read(exported(full())), table), rows(changed(full(), change), table)
    assert len(before) == len(after)
    assert wanted not in [row[column] for row in before] or wanted is None
    different = {
        (name, old[name], new[name])
        for old, new in zip(before, after, strict=True)
        for name in old
        if old[name] != new[name]
    }
    assert [new for name, _, new in different if name == column] == [wanted]
    assert (
        len(different) <= 2
    )  # a date takes its precision with it, a share its basis, a latitude a longitude


@pytest.mark.parametrize(
    "change",
    [
        put("*/activity-status", "code", "5"),
        put("*/activity-date", "iso-date", "2023-05-06"),
        put("*/recipient-country", "percentage", "25.5"),
        say("*/location/point/pos", "14.75 -17.5"),
        put("*/transaction/recipient-country", "code", "CI"),
        put("*/sector", "code", "31130"),
    ],
)
def test_a_difference_is_noted_where_the_atlas_says_otherwise(change: Change) -> None:
    assert codes(changed(full(), change)) == ["element_says_otherwise"]


def test_a_country_that_somebody_took_out_is_out() -> None:
    reading = changed(full(), drop("*/recipient-country[@code='CI']"))
    assert [row["iso3"] for row in rows(reading, "places")] == ["SEN", None, "MAR"]
    [reject] = reading.rejects
    assert (reject.problem.kind.code, reject.cells["iso3"], reject.problem.row) == (
        "place_not_named",
        "CIV",
        1,
    )


def test_a_country_that_somebody_put_in_is_in() -> None:
    reading = changed(full(), put("*/recipient-country[@code='CI']", "code", "GN"))
    assert [row["iso3"] for row in rows(reading, "places")] == ["SEN", None, "MAR", "GIN"]
    [added] = [row for row in rows(reading, "places") if row["iso3"] == "GIN"]
    assert (added["share"], added["share_basis"], added["role"]) == (30.0, "stated", "recipient")
    assert codes(reading) == ["place_not_named", "place_of_an_element"]


def test_a_share_of_several_places_of_a_country_is_changed_as_one() -> None:
    tables = portfolio(
        activities=[{"id": "a"}], places=placed("a", "SEN", "SEN", share=20.0, share_basis="stated")
    )
    reading = changed(tables, put("*/recipient-country", "percentage", "50"))
    found = [(row["share"], row["share_basis"]) for row in rows(reading, "places")]
    assert found == [(50.0, "stated"), (None, None)]


def test_an_umbrella_keeps_its_places() -> None:
    tables = portfolio(
        activities=[{"id": "a", "umbrella": True}],
        places=placed("a", "SEN", share=20.0, share_basis="stated", latitude=14.5, longitude=-17.25),
    )
    assert content_id(read(exported(tables)).tables) == content_id(tables)


def test_an_activity_that_somebody_added_is_read() -> None:
    markup = """<iati-activity><iati-identifier>ESS-ATLAS-new</iati-identifier>
      <reporting-org ref="ESS-ATLAS" type="90"/><title><narrative xml:lang="en">New</narrative></title>
      <participating-org role="4"><narrative>Somebody</narrative></participating-org>
      <activity-status code="2"/><activity-date type="2" iso-date="2024-05-06"/>
      <recipient-country code="SN"/><sector vocabulary="1" code="31120"/>
      <related-activity type="1" ref="ESS-ATLAS-a"/>
      <transaction><transaction-type code="2"/><transaction-date iso-date="2024-05-06"/>
      <value currency="USD" value-date="2024-05-06">5</value></transaction></iati-activity>"""

    def change(root: etree._Element) -> None:
        root.insert(2, etree.fromstring(markup))

    reading = changed(full(), change)
    [new] = [row for row in rows(reading, "activities") if row["id"] == "new"]
    assert (new["title_en"], new["parent"], new["stage"]) == ("New", "a", "under_way")
    assert [row["iso3"] for row in rows(reading, "places") if row["activity"] == "new"] == ["SEN"]
    assert [row["value"] for row in rows(reading, "finances") if row["activity"] == "new"] == [5.0]
    assert [row["code"] for row in rows(reading, "tags") if row["activity"] == "new"] == ["31120"]
    # nothing in the file says who somebody is
    assert [reject.problem.column for reject in reading.rejects] == ["participants!actor"]
    assert {problem.row for problem in reading.problems} == {3}


def test_texts_of_languages_without_a_column_are_not_lost() -> None:
    reading = changed(full(), add("*/title", '<narrative xml:lang="es">Una actividad</narrative>'))
    assert rows(reading, "activities")[0]["title_en"] == "An activity / Una actividad"


def test_an_export_in_a_namespace_of_its_own_is_read() -> None:
    content = exported(builtin()).replace(b"<iati-activities ", b'<iati-activities xmlns="urn:x" ', 1)
    assert content_id(read(content).tables) == content_id(builtin())


# Forged


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        (put("iati-activity", f"{ATLAS}type", "war"), "unknown_code", "activities!type"),
        (put("iati-activity", f"{ATLAS}id", "b"), "duplicate_id", "activities!id"),
        (put("iati-activity", f"{ATLAS}source", "nowhere"), "dangling_reference", "activities!source"),
        (put("iati-activity", f"{ATLAS}colour", "red"), "extra_column", "activities!colour"),
        (put("iati-activity", f"{ATLAS}umbrella", "perhaps"), "bad_truth", "activities!umbrella"),
        (put("*/participating-org", f"{ATLAS}actor", "nobody"), "dangling_reference", "participants!actor"),
        (say("*/transaction/value", "five"), "bad_number", "finances!value"),
        (say("*/transaction/value", "1e999"), "bad_number", "finances!value"),
        (put("*/transaction/transaction-type", "code", "1"), "missing_value", "finances!kind"),
        (put("*/recipient-country", "code", "QQ"), "unknown_country", "places!iso3"),
        (put("*/recipient-country", "percentage", "200"), "bad_percentage", "places!share"),
        (say("*/location/point/pos", "95 200"), "bad_point", "places!latitude"),
        (put("*/activity-date", "iso-date", "2024-02-30"), "bad_date", "activities!start"),
        (put("*/activity-status", "code", "9"), "unknown_status", "activities!stage"),
        (put(f"{ATLAS}row", "table", "secrets"), "unknown_table", "secrets!table"),
        (put(f"*/{ATLAS}row", "share", "2000"), "element_says_otherwise", "places!share"),
    ],
)
def test_a_forged_cell_is_told(change: Change, code: str, column: str) -> None:
    reading = changed(full(), change)
    assert (code, column) in [(problem.kind.code, problem.column) for problem in reading.problems]


HOSTILE_CELLS = (
    *(name for name in HOSTILE_NAMES if "\r" not in name),
    "", " ", "NaN", "1e999", "-1", "101", "1,234", "0001-01-01", "9999-99-99", "true",
    "a", "b", "places", "SN", "x" * 5000,
)  # fmt: skip


@st.composite
def forgeries(draw: st.DrawFn) -> list[Change]:
    """Changes of any kind, anywhere in the file."""

    def change(root: etree._Element) -> None:
        elements = [one for one in root.iter() if one is not root]
        found = elements[where % len(elements)]
        names = [*found.attrib, f"{ATLAS}id", "table", "code"]
        match kind:
            case "put":
                found.set(names[which % len(names)], cell)
            case "drop":
                found.attrib.pop(names[which % len(names)], "")
            case "say":
                found.text = cell
            case "rename":
                found.tag = elements[which % len(elements)].tag
            case "repeat":
                elements[which % len(elements)].append(etree.fromstring(etree.tostring(found)))
            case _:
                parent = found.getparent()
                assert parent is not None
                parent.remove(found)

    kind = draw(st.sampled_from(("put", "put", "drop", "say", "rename", "repeat", "remove")))
    where, which = draw(st.integers(0, 500)), draw(st.integers(0, 500))
    cell = draw(st.sampled_from(HOSTILE_CELLS))
    return [change, *(draw(forgeries()) if draw(st.booleans()) else [])]


@PROPERTY
@given(forgeries())
def test_no_forgery_gets_past_the_checks(changes: Iterable[Change]) -> None:
    with suppress(BadInput):
        changed(full(), *changes)  # `read` looks at what came out


@PROPERTY
@given(st.integers(0, 4000), st.sampled_from((b"<", b">", b'"', b"&", b"\0", b"\xff", b"<!DOCTYPE a>", b"")))
def test_broken_bytes_are_refused_or_read(at: int, bytes_put: bytes) -> None:
    content = exported(full())
    with suppress(BadInput):
        read(content[: at % len(content)] + bytes_put + content[at % len(content) + 1 :])


def test_a_file_without_activities_is_refused() -> None:
    content = f'<iati-activities xmlns:atlas="{NAMESPACE}"><atlas:row table="notes"/></iati-activities>'
    with pytest.raises(BadInput, match="no activity"):
        read(content.encode())


# Recognised


def test_both_sides_call_the_namespace_the_same() -> None:
    assert NAMESPACE == WRITTEN_NAMESPACE


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (exported(builtin()), True),
        (
            exported(builtin())
            .replace(b"atlas:", b"a:")
            .replace(b"urn:ess-a:", b"urn:ess-atlas:")
            .replace(b"xmlns:atlas", b"xmlns:a"),
            True,
        ),
        (
            b'<iati-activities xmlns:atlas="urn:ess-atlas:3"><iati-activity/></iati-activities>',
            False,
        ),
        (b'<iati-activities version="2.03"><iati-activity/></iati-activities>', False),
        (b'<iati-activities note="urn:ess-atlas:2"><iati-activity/></iati-activities>', False),
        (b'<other xmlns:atlas="urn:ess-atlas:2"><iati-activity/></other>', False),
    ],
    ids=["export", "other prefix", "another version", "of others", "in a note", "another root"],
)
def test_an_export_is_known_by_its_namespace(content: bytes, wanted: bool, tmp_path: Path) -> None:  # noqa: FBT001
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    assert is_own(check_markup(path)) is wanted
