"""What the report says of a file is what the atlas shows once it is imported."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.analysis.by_country import measure_by_country
from ess.analysis.measures import parse_measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import read_vocabulary
from ess.ingest.building import PortfolioWriter, source_of
from ess.ingest.columns import TableWriters
from ess.ingest.finishing import finish_hierarchy
from ess.ingest.ledger import Ledger
from ess.portfolio.checks import validate_portfolio
from ess.portfolio.schema import TABLES
from ess.store.engine import open_engine
from ess.store.writing import write_snapshot
from tests.ingest.xml import read_all, wrapped

countries = st.sampled_from(["SN", "ML", "GN", "XX", "MA"])
percentages = st.none() | st.sampled_from(["0", "20", "33.3", "50", "60", "99.5", "100", "120"])


@st.composite
def recipients(draw: st.DrawFn, *, shares: bool) -> str:
    region = draw(st.integers(0, 4)) == 0
    share = draw(percentages) if shares else None
    attribute = "" if share is None else f' percentage="{share}"'
    if region:
        return f'<recipient-region code="298"{attribute}/>'
    return f'<recipient-country code="{draw(countries)}"{attribute}/>'


@st.composite
def transactions(draw: st.DrawFn) -> str:
    code = draw(st.sampled_from("234C"))
    value = draw(st.decimals(-1000, 10**6, places=2))
    currency = draw(st.sampled_from(["", ' currency="EUR"']))
    own = "".join(draw(st.lists(recipients(shares=False), max_size=1)))
    return (
        f'<transaction><transaction-type code="{code}"/><transaction-date iso-date="2020-01-01"/>'
        f"<value{currency}>{value}</value>{own}</transaction>"
    )


@st.composite
def activities(draw: st.DrawFn, number: int) -> str:
    # A country that is named twice is two elements to the report and one place to the atlas.
    listed = st.lists(recipients(shares=True), max_size=3, unique_by=lambda one: one.split('"')[1])
    parts = "".join(draw(listed))
    paid = "".join(draw(st.lists(transactions(), max_size=3)))
    status = draw(st.sampled_from("1235"))
    budget = draw(st.sampled_from(["", "<budget><value>100</value></budget>"]))
    return (
        f"<iati-identifier>XX-{number}</iati-identifier><title><narrative>T</narrative></title>"
        f'<activity-status code="{status}"/>{parts}{budget}{paid}'
    )


files = st.integers(1, 4).flatmap(lambda count: st.tuples(*(activities(number) for number in range(count))))


@settings(max_examples=6, deadline=None)
@given(files)
def test_report_and_atlas_agree(parts: tuple[str, ...]) -> None:
    records, report = read_all(wrapped(*parts))
    ledgers = [Ledger(), Ledger(equal=True)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with TableWriters(folder) as tables:
            writer = PortfolioWriter(tables)
            writer.start_file(source_of("file.xml"), report)
            for record in records:
                for ledger in ledgers:
                    ledger.add(record)
                writer.add(record)
        finish_hierarchy(folder, writer.parents)
        portfolio = {table: pq.read_table(folder / f"{table}.parquet") for table in TABLES}
        assert [one for one in validate_portfolio(portfolio) if one.severity == "error"] == []
        engine = open_engine(write_snapshot(portfolio, folder / "store", origin="x"))
        vocabulary = read_vocabulary(engine)
        counted = measure_by_country(
            engine, parse_measure("activities", vocabulary), Selection(), vocabulary, "un"
        )
        shown = {iso3: value.activities for iso3, value in counted.values.items() if value.activities}
        assert shown == {iso3: one.activities for iso3, one in ledger.by_country.items() if one.activities}
        for ledger in ledgers:
            for kind, currency in ledger.totals:
                measure = parse_measure(kind, vocabulary, currency, equal=ledger.equal)
                answer = measure_by_country(engine, measure, Selection(), vocabulary, "un")
                told = {
                    iso3: float(one.amounts[kind, currency])
                    for iso3, one in ledger.by_country.items()
                    if one.amounts.get((kind, currency))
                }
                seen = {iso3: value.value for iso3, value in answer.values.items() if value.value}
                assert seen == pytest.approx(told, abs=0.005)
                left = float(ledger.unallocated()[kind, currency])
                assert answer.unallocated == pytest.approx(left, abs=0.006)
