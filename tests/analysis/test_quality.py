"""How much is known of the records: every count is what a naive count over plain rows gives."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.analysis.counts import read_counts, total
from ess.analysis.quality import LACKS, NO_ACTOR, Known, Quality, find_gaps, read_gaps, read_quality
from ess.analysis.selection import Selection
from ess.portfolio.schema import TABLES, arrow_schema
from tests.analysis.conftest import NO_NAMES, Ask, Open
from tests.analysis.oracle import Oracle, Row
from tests.analysis.portfolios import portfolios
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

SOURCES = (
    {"id": "dated", "grade": "press_report", "published": date(2024, 5, 1)},
    {"id": "older", "grade": "repost", "published": date(2019, 1, 1)},
    {"id": "undated", "grade": "repost", "published": None},
)
days = st.sampled_from([None, None, date(2021, 3, 4)])
precisions = st.sampled_from(["day", "month", "year", "unknown", None])
cited = st.sampled_from([None, "dated", "older", "undated", "no such source"])


@st.composite
def documented(draw: st.DrawFn) -> Tables:
    """A random portfolio with dates, sources, actors and classifications here and there."""
    tables = draw(portfolios())
    activities = [
        {
            **row,
            "start": draw(days),
            "end": draw(days),
            "start_precision": draw(precisions),
            "end_precision": draw(precisions),
            "source": draw(cited),
            "modality": draw(st.sampled_from(["unknown", "bilateral"])),
        }
        for row in tables["activities"].to_pylist()
    ]
    results = [{**row, "source": draw(cited)} for row in tables["results"].to_pylist()]
    ids = [row["id"] for row in activities]
    parts = st.fixed_dictionaries(
        {"activity": st.sampled_from(ids), "actor": st.sampled_from(["x", "y"])}
        | {"role": st.sampled_from(["funding", "implementing"])}
    )
    codes = st.fixed_dictionaries(
        {"activity": st.sampled_from(ids), "scheme": st.just("theme"), "code": st.sampled_from("ab")}
        | {"coded_by": st.sampled_from(["source", "analyst"]), "percent": st.none()}
    )
    participants = draw(st.lists(parts, max_size=6)) if ids else []
    tags = draw(st.lists(codes, max_size=6)) if ids else []
    made = portfolio(sources=SOURCES, actors=[{"id": "x"}, {"id": "y"}], participants=participants, tags=tags)
    taken = {name: made[name] for name in ("sources", "actors", "participants", "tags")}
    return {
        **tables,
        **taken,
        "activities": table("activities", activities),
        "results": table("results", results),
    }


def table(name: str, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[name]))


class Naive:
    """The records of a portfolio, and what each lacks, by looking at rows one after the other."""

    def __init__(self, tables: Tables, view: str) -> None:
        self.oracle = Oracle(tables, view)
        self.rows = self.oracle.rows
        self.records = self.oracle.activities()
        self.published = {row["id"]: row["published"] for row in self.rows["sources"]}

    def of(self, name: str, record: Row) -> list[Row]:
        """Rows of a table that hang on a record."""
        return [row for row in self.rows[name] if row["activity"] == record["id"]]

    def citations(self, record: Row) -> set[str]:
        """Sources of a record and of its figures."""
        cited = {record["source"], *(row["source"] for row in self.of("results", record))}
        return {source for source in cited if source}

    def year(self, record: Row) -> int | None:
        """Year of the latest dated source."""
        days = [self.published.get(source) for source in self.citations(record)]
        return max((day.year for day in days if day), default=None)

    def place(self, record: Row) -> str:
        """The best that is known of where it is."""
        found = self.oracle.places(record["id"])
        if any(kind == "country" for kind, _ in found):
            return "country"
        return "region" if any(code for _, code in found) else "nowhere"

    def precision(self, record: Row) -> str | None:
        """How precisely it is dated; None for the undated."""
        for end in ("start", "end"):
            if record[end]:
                return str(record[f"{end}_precision"] or "unknown")
        return None

    def is_unsplit(self, record: Row) -> bool:
        """Whether a place of it has no published share."""
        places = [
            row
            for row in self.of("places", record)
            if row["role"] != "provider" and (row["iso3"] or row["region"] or row["latitude"] is None)
        ]
        return any(row["share_basis"] != "stated" or row["share"] is None for row in places)

    def asked(self, record: Row) -> set[str]:
        """What can be asked of it."""
        several = len(self.oracle.places(record["id"])) > 1
        left_out = (set() if several else {"split"}) | (set() if self.citations(record) else {"published"})
        return set(LACKS) - left_out

    def lacks(self, record: Row) -> set[str]:
        """What it lacks."""
        found = {
            "place": self.place(record) == "nowhere",
            "date": self.precision(record) is None,
            "source": record["source"] is None,
            "published": self.year(record) is None,
            "figure": not any(row["value"] is not None for row in self.of("results", record)),
            "amount": not any(row["value"] is not None for row in self.of("finances", record)),
            "split": self.is_unsplit(record),
            "stage": record["stage"] == "unknown",
            "modality": record["modality"] == "unknown",
            "actor": not self.of("participants", record),
            "tag": not self.of("tags", record),
        }
        return {what for what, is_lacking in found.items() if is_lacking} & self.asked(record)

    def known(self, records: list[Row]) -> Known:
        """Some records, counted."""
        asked: Counter[str] = Counter(what for record in records for what in self.asked(record))
        lacking: Counter[str] = Counter(what for record in records for what in self.lacks(record))
        years = [year for record in records if (year := self.year(record))]
        return Known(
            len(records),
            {what: asked[what] for what in LACKS},
            {what: lacking[what] for what in LACKS},
            max(years, default=None),
        )

    def quality(self) -> Quality:
        """All of it, counted."""
        grades = {row["id"]: row["grade"] for row in self.rows["sources"]}
        by_actor: dict[str, list[Row]] = defaultdict(list)
        for record in self.records:
            for actor in {row["actor"] for row in self.of("participants", record)}:
                by_actor[actor].append(record)
        places, precisions = self._told(self.place), self._told(self.precision)
        coded = self._told(self.coder)
        return Quality(
            self.known(self.records),
            {place: places[place] for place in ("country", "region", "nowhere")},
            {code: precisions[code] for code in ("day", "month", "year", "unknown")},
            {coder: coded[coder] for coder in ("source", "analyst")},
            Counter(grades.get(row["source"], "") for row in self.records if row["source"]),
            Counter(year for record in self.records if (year := self.year(record))),
            {actor: self.known(records) for actor, records in by_actor.items()},
        )

    def coder(self, record: Row) -> str | None:
        """Who chose its codes."""
        coders = {row["coded_by"] for row in self.of("tags", record)}
        return "source" if "source" in coders else "analyst" if coders else None

    def _told(self, question: Any) -> Counter[str | None]:
        return Counter(question(record) for record in self.records)


@SLOW_PROPERTY
@given(tables=documented(), view=st.sampled_from(["un", "ma"]))
def test_every_count_is_that_of_a_naive_count(engine_over: Open, tables: Tables, view: str) -> None:
    engine = engine_over(tables)
    found = read_quality(engine, Selection(), NO_NAMES, view)
    assert found == Naive(tables, view).quality()
    assert found.overall.records == total(read_counts(engine, Selection(), NO_NAMES, view).overall).records


@SLOW_PROPERTY
@given(
    tables=documented(), lacking=st.sampled_from([None, *LACKS]), actor=st.sampled_from([None, "x", NO_ACTOR])
)
def test_the_list_holds_the_records_that_lack_it_each_with_all_that_it_lacks(
    engine_over: Open, tables: Tables, lacking: str | None, actor: str | None
) -> None:
    engine, naive = engine_over(tables), Naive(tables, "un")
    numbers = find_gaps(engine, Selection(), NO_NAMES, "un", lacking, actor)
    listed = {gaps.activity["id"]: set(gaps.lacks) for gaps in read_gaps(engine, "un", numbers)}
    assert list(listed) == sorted(listed)
    assert listed == {
        record["id"]: naive.lacks(record)
        for record in naive.records
        if (lacking in naive.lacks(record) if lacking else naive.lacks(record))
        and is_of(naive.of("participants", record), actor)
    }


def is_of(participants: list[Row], actor: str | None) -> bool:
    if actor in (None, NO_ACTOR):
        return actor is None or not participants
    return any(row["actor"] == actor for row in participants)


@settings(SLOW_PROPERTY, max_examples=6)
@given(tables=documented())
def test_a_selection_narrows_the_counts_as_it_narrows_the_map(opened: Ask, tables: Tables) -> None:
    engine, vocabulary = opened(tables)
    for selection in (Selection(type=("project",)), Selection(actor=("x",)), Selection(source=("dated",))):
        found = read_quality(engine, selection, vocabulary, "un")
        records = total(read_counts(engine, selection, vocabulary, "un").overall).records
        assert found.overall.records == records
        assert sum(found.places.values()) == records
        assert sum(found.precisions.values()) + found.overall.lacking["date"] == records
        for what in LACKS:
            numbers = find_gaps(engine, selection, vocabulary, "un", what)
            assert len(numbers) == found.overall.lacking[what] <= found.overall.asked[what]


def test_zero_is_a_figure_and_an_amount(engine_over: Open) -> None:
    engine = engine_over(
        portfolio(
            activities=[{"id": "a"}, {"id": "b"}],
            results=[{"activity": "a", "value": 0.0}, {"activity": "b", "value": None}],
            finances=[{"activity": "a", "value": 0.0}, {"activity": "b", "value": None}],
        )
    )
    overall = read_quality(engine, Selection(), NO_NAMES, "un").overall
    assert (overall.lacking["figure"], overall.having("figure")) == (1, 1)
    assert (overall.lacking["amount"], overall.having("amount")) == (1, 1)


@pytest.mark.parametrize(
    ("shares", "lacking"),
    [((60.0, 40.0), 0), ((60.0, None), 1), ((None, None), 1)],
)
def test_a_split_is_asked_of_records_in_several_places_only(
    engine_over: Open, shares: tuple[float | None, ...], lacking: int
) -> None:
    places = [
        {"activity": "a", "iso3": iso3, "share": share, "share_basis": "stated" if share else "unknown"}
        for iso3, share in zip(("SEN", "CIV"), shares, strict=True)
    ]
    tables = portfolio(activities=[{"id": "a"}, {"id": "b"}], places=[*places, *placed("b", "SEN")])
    overall = read_quality(engine_over(tables), Selection(), NO_NAMES, "un").overall
    assert (overall.asked["split"], overall.lacking["split"]) == (1, lacking)


def test_a_portfolio_without_records_has_counts_of_nothing(engine_over: Open) -> None:
    engine = engine_over(portfolio())
    found = read_quality(engine, Selection(), NO_NAMES, "un")
    assert found.overall == Known(0, dict.fromkeys(LACKS, 0), dict.fromkeys(LACKS, 0), None)
    assert len(find_gaps(engine, Selection(), NO_NAMES, "un")) == 0
