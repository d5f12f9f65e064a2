"""A country's profile: what there is, in which records, with which figures, and who else shares them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.counts import ByType, Count, add_records
from ess.analysis.figures import spots_of
from ess.analysis.records import Record, build_records, notes_about, rows_of
from ess.analysis.selection import Selection, choose, chosen_of, group_members
from ess.analysis.shared import named_places
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held, Row, blank_number

#: Records of each type, dated and undated records, and figures that are read; their numbers are told beside.
LISTED = 30


@dataclass(frozen=True)
class FigureRow:
    """A stated figure as a reader meets it.

    Attributes
    ----------
    result
        The result row.
    countries
        Countries that it covers together; one when it is the country's own.
    notes
        Notes on the result.
    elsewhere
        Places without a country that it covers too: codes of regions, empty text for one without a name.
    """

    result: Row
    countries: tuple[str, ...]
    notes: tuple[Row, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether it is a total over several places without a split."""
        return len(self.countries) + len(self.elsewhere) > 1


@dataclass(frozen=True)
class CountryProfile:
    """What the snapshot says of one country under a selection: how much of everything, and the first of each.

    Attributes
    ----------
    iso3
        The country.
    by_type
        Counts by activity type.
    records
        Activities in the country, providers' places apart: the first of each type, in the order of their
        first day, then of their ids.
    provided
        Activities that the country provides elsewhere: the first of each type.
    figures, shared
        Its own stated figures, and totals that it shares undivided with others: the first of each.
    stages
        How many activities are in the country, by type and stage.
    provided_by_type
        How many it provides elsewhere.
    in_time, undated
        Rows of its activities: the first in time, and the first of those without any date.
    dated_count, undated_count, figure_count, shared_count, actor_count
        How many there are of each in all.
    siblings
        How many of its own figures are in the overlap group of each figure listed.
    """

    iso3: str
    by_type: ByType
    records: tuple[Record, ...] = ()
    provided: tuple[Record, ...] = ()
    figures: tuple[FigureRow, ...] = ()
    shared: tuple[FigureRow, ...] = ()
    stages: Mapping[tuple[str, str], int] = field(default_factory=dict)
    provided_by_type: Mapping[str, int] = field(default_factory=dict)
    in_time: tuple[Row, ...] = ()
    undated: tuple[Row, ...] = ()
    dated_count: int = 0
    undated_count: int = 0
    figure_count: int = 0
    shared_count: int = 0
    actor_count: int = 0
    siblings: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is recorded."""
        return not (self.records or self.provided or self.figures)

    @property
    def actor_ids(self) -> tuple[str, ...]:
        """Actors of the activities listed, in order of appearance; `actor_count` tells how many in all."""
        return tuple(dict.fromkeys(row["actor"] for record in self.records for row in record.participants))

    @property
    def source_ids(self) -> tuple[str, ...]:
        """Sources behind the records and figures listed, in order of appearance."""
        rows = [record.activity for record in (*self.records, *self.provided)]
        rows += [figure.result for figure in (*self.figures, *self.shared)]
        return tuple(dict.fromkeys(row["source"] for row in rows if row["source"]))


@dataclass(frozen=True)
class _Country:
    """A country of a snapshot in a boundary view, under a selection."""

    engine: Engine
    held: Held
    view: str
    spot: int

    def ask(self, question: str, table: ir.Table, rest: Callable[[ir.Table], ir.Table]) -> list[Row]:
        """What `rest` makes of the chosen rows of `table` in the country."""

        def build() -> ir.Table:
            return rest(chosen_of(table.filter(table.spot == blank_number("spot")), self.held))

        asked = (question, self.view, self.held.table is None)
        return self.engine.ask(asked, build, {"spot": [str(self.spot)]}, self.held)


def build_profile(
    engine: Engine, iso3: str, selection: Selection, vocabulary: Vocabulary, view: str
) -> CountryProfile:
    """The profile of `iso3`, territories folded as `view` draws them; empty where nothing is recorded."""
    spot = facts.spots(engine, view).of_country.get(iso3)
    if spot is None:
        return CountryProfile(iso3, {})
    held = choose(engine, selection, vocabulary, view)
    country = _Country(engine, held, facts.drawn_as(view), spot)
    counted = _count_records(country)
    provided = _count_provided(country)
    here = _first_records(country, facts.presence(engine, view), "first here") if counted else []
    given = _first_records(country, _provided(country), "first provided") if provided else []
    records = _records(engine, [*here, *given])
    wanted = group_members(selection)
    return CountryProfile(
        iso3,
        _by_type(engine, counted) if wanted is None or iso3 in wanted else {},
        records=tuple(records[row["id"]] for row in here if row["in_type"] < LISTED),
        provided=tuple(records[row["id"]] for row in given if row["in_type"] < LISTED),
        stages=_added(((row["type"], row["stage"]), row["n"]) for row in counted),
        provided_by_type={row["type"]: row["n"] for row in provided},
        in_time=_listed_in_time(here, records, dated=True),
        undated=_listed_in_time(here, records, dated=False),
        dated_count=sum(row["n"] for row in counted if row["dated"]),
        undated_count=sum(row["n"] for row in counted if not row["dated"]),
        actor_count=_count_actors(country) if counted else 0,
        **_figures(country, iso3),
    )


def _count_records(country: _Country) -> list[Row]:
    """Activities in the country by kind, type, stage, and whether they are dated."""
    found = facts.activities(country.engine)
    told = found.select("n", "type", "stage", dated=found["first"].notnull())
    return country.ask(
        "count records",
        facts.presence(country.engine, country.view),
        lambda here: (
            here.inner_join(told, "n")
            .group_by("kind", "type", "stage", "dated")
            .aggregate(n=ibis._.n.count())
        ),
    )


def _by_type(engine: Engine, counted: Iterable[Row]) -> ByType:
    kinds = facts.kinds(engine)
    by_type: dict[str, Count] = {}
    for row in counted:
        add_records(by_type, kinds[row["kind"]], row["n"])
    return by_type


def _added(counts: Iterable[tuple[tuple[str, str], int]]) -> Mapping[tuple[str, str], int]:
    found: Counter[tuple[str, str]] = Counter()
    for key, count in counts:
        found[key] += count
    return dict(found)


def _provided(country: _Country) -> ir.Table:
    """What countries provide elsewhere, umbrella records apart."""
    found = facts.activities(country.engine)
    provided = facts.provided(country.engine, country.view)
    return provided.anti_join(found.filter(found.umbrella), "n")


def _count_provided(country: _Country) -> list[Row]:
    told = facts.activities(country.engine).select("n", "type")
    return country.ask(
        "count provided",
        _provided(country),
        lambda here: here.inner_join(told, "n").group_by("type").aggregate(n=ibis._.n.count()),
    )


def _first_records(country: _Country, table: ir.Table, question: str) -> list[Row]:
    """The first activities of each type and the first in time, dated and undated apart.

    In the order of type, first day and id; ``in_type`` and ``in_time`` are their places, from 0.
    """
    found = facts.activities(country.engine)
    told = found.select("n", "id", "type", "start", "day", dated=found.day.notnull())

    def first(here: ir.Table) -> ir.Table:
        rows = here.select("n").inner_join(told, "n")
        start = rows.start.asc(nulls_first=False)
        ranked = rows.mutate(
            in_type=ibis.row_number().over(group_by=rows["type"], order_by=[start, rows.n]),
            in_time=ibis.row_number().over(
                group_by=rows.dated, order_by=[rows.day, rows["type"], start, rows.n]
            ),
        )
        ranked = ranked.filter((ranked.in_type < LISTED) | (ranked.in_time < LISTED))
        return ranked.order_by("type", "in_type")

    return country.ask(question, table, first)


def _records(engine: Engine, first: Iterable[Row]) -> dict[str, Record]:
    numbers = {row["id"]: row["n"] for row in first}
    return {record.activity["id"]: record for record in build_records(engine, numbers)}


def _listed_in_time(rows: Iterable[Row], records: Mapping[str, Record], *, dated: bool) -> tuple[Row, ...]:
    listed = [row for row in rows if row["dated"] is dated and row["in_time"] < LISTED]
    return tuple(records[row["id"]].activity for row in sorted(listed, key=lambda row: row["in_time"]))


def _count_actors(country: _Country) -> int:
    actors = facts.attached(country.engine, "participants")
    (row,) = country.ask(
        "count actors",
        facts.presence(country.engine, country.view),
        lambda here: actors.semi_join(here, "n").aggregate(n=actors.actor.nunique()),
    )
    return int(row["n"])


def _figures(country: _Country, iso3: str) -> dict[str, Any]:
    """The country's own figures and those it shares, the first of each, with how many there are."""
    listed = _first_figures(country)
    rows = {row["id"]: row for row in rows_of(country.engine, "results", "id", [row["id"] for row in listed])}
    notes = notes_about(country.engine, "results", list(rows))
    known = facts.spots(country.engine, country.view)
    found: dict[bool, list[FigureRow]] = {False: [], True: []}
    for row in listed:
        countries, elsewhere = named_places(row["spots"], known) if row["shared"] else ((iso3,), ())
        code = row["id"]
        found[row["shared"]].append(FigureRow(rows[code], countries, notes.get(code, ()), elsewhere))
    counts = {row["shared"]: row["count"] for row in listed}
    own = [row for row in listed if not row["shared"] and row["overlap_group"] is not None]
    return {
        "figures": tuple(found[False]),
        "shared": tuple(found[True]),
        "figure_count": counts.get(False, 0),
        "shared_count": counts.get(True, 0),
        "siblings": {row["overlap_group"]: row["siblings"] for row in own},
    }


def _first_figures(country: _Country) -> list[Row]:
    """The first figures, own and shared apart, in the order of indicator and id."""

    def first(here: ir.Table) -> ir.Table:
        rows = here.select("n", "id", "indicator", "shared", "overlap_group")
        ranked = rows.mutate(
            place=ibis.row_number().over(group_by=rows.shared, order_by=[rows.indicator, rows.id]),
            count=rows.id.count().over(group_by=rows.shared),
            siblings=rows.id.count().over(group_by=[rows.shared, rows.overlap_group]),
        )
        listed = ranked.filter(ranked.place < LISTED)
        places = spots_of(country.engine, listed, country.view).rename(placed_n="n")
        return listed.left_join(places, listed.n == places.placed_n).order_by("shared", "place")

    return country.ask("first figures", facts.figures(country.engine, country.view), first)


def neighbours(partners: Iterable[str], iso3: str) -> tuple[str | None, str | None]:
    """The partners before and after `iso3` in the given order; it need not be one of them."""
    ordered = list(partners)
    if iso3 in ordered:
        at = ordered.index(iso3)
        return (
            ordered[at - 1] if at else None,
            ordered[at + 1] if at + 1 < len(ordered) else None,
        )
    return (None, ordered[0] if ordered else None)
