"""A page of the rows of a selection: activities, results or amounts, and how many there are in all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.amounts import told_amounts
from ess.analysis.records import PROVIDER, attached_rows, rows_of
from ess.analysis.selection import Selection, choose, chosen_of
from ess.analysis.vocabulary import Vocabulary
from ess.errors import SelectionError
from ess.locales import N_
from ess.store.engine import Engine, Held, Page, Row

#: What a table may have a row for.
KINDS = ("activities", "results", "finances")
#: What a table of each kind may be sorted by, beside the titles: columns of the row.
SORTS: Mapping[str, tuple[str, ...]] = {
    "activities": (
        "id", "type", "stage", "modality", "programme", "start", "end", "source",
        "title_fr", "title_en", "title_ar",
    ),
    "results": (
        "id", "activity", "type", "stage", "indicator", "value", "unit", "period_start", "period_end",
        "source",
    ),
    "finances": ("id", "activity", "type", "stage", "kind", "value", "currency", "date", "source"),
}  # fmt: skip

#: What says when a row was: the first of these that is known.
_DAYS = {
    "activities": ("start", "end"),
    "results": ("period_start", "period_end"),
    "finances": ("date",),
}
#: Rows whose details are read at once.
_BLOCK = 5_000
_SCHEMES = {"theme": "themes", "SDG_goal": "sdg", "DAC5": "sectors"}

_Numbers: TypeAlias = Mapping[str, int]
"""Ids of rows in their order, each with the number of its activity (below zero without one)."""


@dataclass(frozen=True)
class Listing:
    """One page of rows.

    Attributes
    ----------
    rows
        The page, in the order asked for.
    total
        How many rows there are on all pages.
    """

    rows: list[Row]
    total: int


def list_rows(  # noqa: PLR0913 - the question, and which part of the answer
    engine: Engine,
    selection: Selection,
    vocabulary: Vocabulary,
    view: str,
    kind: str,
    *,
    sort: str = "id",
    descending: bool = False,
    offset: int = 0,
    limit: int | None = 100,
) -> Listing:
    """One page of the rows of `selection`; `kind` is one of `KINDS`, `sort` one of its `SORTS`.

    A row has the columns of the portfolio's table, codes as they are and None where nothing is stated. An
    activity has besides, as tuples in the order of the codes: ``countries`` (partners), ``providers``,
    ``regions`` (of partners' places without a country), ``actors``, ``themes``, ``sdg``, ``sectors``, and
    ``analyst_codes`` (``scheme:code`` of each tag that an analyst, or nobody known, gave). A result or an
    amount has the ``type`` and ``stage`` of its activity, and the ``countries`` it belongs to: the one that
    it names, else those of its activity together. Countries are folded as `view` draws them.

    Rows are those that the map counts: no umbrella record and none of its results; an umbrella's amount only
    where none of its parts states one of that kind. Rows without what is sorted by come last either way; the
    id decides between equals. `limit` None gives all the rest.

    Raises
    ------
    SelectionError
        When there is no such kind or sort.
    """
    held, order = _asked(engine, selection, vocabulary, view, kind), _order(kind, sort, descending)
    numbers = _page(engine, held, kind, order, (offset, limit))
    rows = list(_in_blocks(engine, kind, numbers, view))
    return Listing(rows, count_rows(engine, selection, vocabulary, view, kind))


def each_row(  # noqa: PLR0913 - as `list_rows`
    engine: Engine,
    selection: Selection,
    vocabulary: Vocabulary,
    view: str,
    kind: str,
    *,
    sort: str = "id",
    descending: bool = False,
) -> Iterator[Row]:
    """Every row that `list_rows` pages through, read a block at a time as they are asked for."""
    held, order = _asked(engine, selection, vocabulary, view, kind), _order(kind, sort, descending)
    return _in_blocks(engine, kind, _page(engine, held, kind, order, (0, None)), view)


def activity_rows(engine: Engine, numbers: Mapping[str, int], view: str) -> list[Row]:
    """Rows of the activities with these ids and numbers, in their order, as `list_rows` gives them."""
    return list(_in_blocks(engine, "activities", numbers, view))


def count_rows(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, kind: str) -> int:
    """How many rows of a kind the selection has.

    Raises
    ------
    SelectionError
        When there is no such kind.
    """
    held = _asked(engine, selection, vocabulary, view, kind)

    def count() -> int:
        (row,) = engine.ask(
            ("count rows", kind, held.table is None),
            lambda: _chosen(engine, held, kind).aggregate(rows=ibis._.count()),
            held=held,
        )
        return int(row["rows"])

    return held.remember(("count rows", kind), count)


@dataclass(frozen=True)
class Spread:
    """How many rows of a selection there are by year and by type of activity; together they are all rows.

    Attributes
    ----------
    by_year
        By the first year known; None for rows without a date.
    by_type
        By the type of the activity; None for results that are stated of none.
    """

    by_year: Mapping[int | None, int]
    by_type: Mapping[str | None, int]


def spread_rows(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, kind: str) -> Spread:
    """The rows that `list_rows` pages through, counted by year and by type.

    Raises
    ------
    SelectionError
        When there is no such kind.
    """
    held = _asked(engine, selection, vocabulary, view, kind)

    def build() -> ir.Table:
        rows = _chosen(engine, held, kind)
        year = ibis.coalesce(*(rows[column] for column in _DAYS[kind])).year()
        return rows.group_by(year=year, type=rows["type"]).aggregate(rows=rows.count())

    def count() -> Spread:
        by_year: dict[int | None, int] = defaultdict(int)
        by_type: dict[str | None, int] = defaultdict(int)
        for row in engine.ask(("spread rows", kind, held.table is None), build, held=held):
            by_year[row["year"]] += row["rows"]
            by_type[row["type"]] += row["rows"]
        return Spread(dict(by_year), dict(by_type))

    return held.remember(("spread rows", kind), count)


def _asked(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, kind: str) -> Held:
    if kind not in KINDS:
        raise SelectionError(
            N_("There is no table of {found}; expected one of: {expected}."),
            found=kind,
            expected=", ".join(KINDS),
        )
    return choose(engine, selection, vocabulary, view)


def _order(kind: str, sort: str, descending: bool) -> tuple[str, bool]:  # noqa: FBT001 - as it was asked
    if sort not in SORTS[kind]:
        raise SelectionError(
            N_("A table of {kind} is not sorted by {found}; expected one of: {expected}."),
            kind=kind,
            found=sort,
            expected=", ".join(SORTS[kind]),
        )
    return sort, descending


def _page(engine: Engine, held: Held, kind: str, order: tuple[str, bool], page: Page) -> _Numbers:
    """Ids of a page in order, each with the number of its activity."""
    sort, descending = order

    def build() -> ir.Table:
        rows = _chosen(engine, held, kind)
        rows = rows.select("id", "n", key=rows[sort])
        key = rows.key.desc(nulls_first=False) if descending else rows.key.asc(nulls_first=False)
        last = rows.id.desc() if descending else rows.id.asc()
        return rows.order_by([key, last])

    question = ("page", kind, order, held.table is None)
    rows = engine.ask(question, build, held=held, page=page)
    return {row["id"]: row["n"] for row in rows}


def _chosen(engine: Engine, held: Held, kind: str) -> ir.Table:
    """The rows of a kind that are chosen: ``id``, ``n``, and what they are sorted by."""
    rows: Mapping[str, Callable[[Engine], ir.Table]] = {
        "activities": _activities,
        "results": _results,
        "finances": _finances,
    }
    return chosen_of(rows[kind](engine), held)


def _activities(engine: Engine) -> ir.Table:
    found = facts.activities(engine)
    numbers = found.filter(~found.umbrella).select("n", known="id")
    rows = engine.table("activities").select(*SORTS["activities"])
    return rows.inner_join(numbers, rows.id == numbers.known).drop("known")


def _results(engine: Engine) -> ir.Table:
    return facts.numbered_results(engine).select("n", *SORTS["results"])


def _finances(engine: Engine) -> ir.Table:
    return told_amounts(engine).select("n", *SORTS["finances"])


def _in_blocks(engine: Engine, kind: str, numbers: _Numbers, view: str) -> Iterator[Row]:
    read = _activity_rows if kind == "activities" else _value_rows
    listed = list(numbers.items())
    for start in range(0, len(listed), _BLOCK):
        yield from read(engine, kind, dict(listed[start : start + _BLOCK]), view)


def _activity_rows(engine: Engine, kind: str, numbers: _Numbers, view: str) -> Iterator[Row]:
    rows = {row["id"]: row for row in rows_of(engine, kind, "id", list(numbers))}
    places, participants, tags = (
        attached_rows(engine, name, numbers.values()) for name in ("places", "participants", "tags")
    )
    fold = facts.folded(view)
    for code, number in numbers.items():
        yield {
            **rows[code],
            **_told_places(places.get(number, ()), fold),
            "actors": _sorted(row["actor"] for row in participants.get(number, ())),
            **_told_tags(tags.get(number, ())),
        }


def _told_places(places: Iterable[Row], fold: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    partners: list[Row] = []
    providers: list[Row] = []
    for row in places:
        (providers if row["role"] == PROVIDER else partners).append(row)
    return {
        "countries": _sorted(fold(row["iso3"]) for row in partners if row["iso3"]),
        "regions": _sorted(row["region"] for row in partners if row["region"] and not row["iso3"]),
        "providers": _sorted(fold(row["iso3"]) for row in providers if row["iso3"]),
    }


def _told_tags(tags: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in tags:
        found[row["scheme"]].append(row["code"])
        if row["coded_by"] != "source":
            found["analyst"].append(f"{row['scheme']}:{row['code']}")
    by_scheme = {name: _by_length(found[scheme]) for scheme, name in _SCHEMES.items()}
    return {**by_scheme, "analyst_codes": _sorted(found["analyst"])}


def _value_rows(engine: Engine, kind: str, numbers: _Numbers, view: str) -> Iterator[Row]:
    """Results or amounts with the type and stage of their activity and the countries that they belong to."""
    rows = {row["id"]: row for row in rows_of(engine, kind, "id", list(numbers))}
    ids = _sorted(row["activity"] for row in rows.values() if row["activity"])
    activities = {row["id"]: row for row in rows_of(engine, "activities", "id", ids)}
    known = {number for number in numbers.values() if number >= 0}
    places = attached_rows(engine, "places", sorted(known))
    fold, none = facts.folded(view), {"type": None, "stage": None}
    for code, number in numbers.items():
        row = rows[code]
        of = activities.get(row["activity"], none)
        told = {"type": of["type"], "stage": of["stage"]}
        around = _told_places(places.get(number, ()), fold)["countries"]
        yield {**row, **told, "countries": _own_countries(row, fold, around)}


def _own_countries(row: Row, fold: Callable[[str], str], around: tuple[str, ...]) -> tuple[str, ...]:
    if row["iso3"]:
        return (fold(row["iso3"]),)
    return () if row["region"] else around


def _sorted(codes: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


def _by_length(codes: Iterable[str]) -> tuple[str, ...]:
    """Codes that may be numbers, in the order of the numbers."""
    return tuple(sorted(set(codes), key=lambda code: (len(code), code)))
