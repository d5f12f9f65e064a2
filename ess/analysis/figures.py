"""Stated figures by country: a country's own, and the totals that it shares undivided with others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.facts import drawn_as, spots
from ess.analysis.selection import EVERY, Selection, choose, chosen_of, group_members
from ess.analysis.shared import FEW, SharedTotal, SharedTotals, Sharing, build_total
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held, Row, blank, blank_number


@dataclass(frozen=True)
class Figure:
    """A country's own figure for one indicator.

    Attributes
    ----------
    value
        None when several figures are stated that may not be added.
    qualifier
        ``=``, ``>``, ``>=``, ``<``, ``<=`` or ``~``; None with `value`.
    stated
        How many figures are stated.
    derived
        Formulas of the figures that no source states; empty when all are stated.
    """

    value: float | None
    qualifier: str | None
    stated: int
    derived: tuple[str, ...] = ()


#: Figures by indicator, then by place.
ByIndicator = Mapping[str, Mapping[str, Figure]]


@dataclass(frozen=True)
class Figures:
    """Own figures of every indicator, by iso3 and by region (``""``: places without a name)."""

    by_country: ByIndicator
    by_region: ByIndicator


def read_figures(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Figures:
    """Own figures of every indicator by country and by region: one question answers every measure.

    A result belongs to the country or the region it names, or to the only place of its activity. Several
    results of one place are added only when each is additive, one an overlap group (the latest of a group,
    the largest where none is later); otherwise the figure has no value and says how many are stated. A result
    without a value is no figure; one without a qualifier, which the checks refuse, counts as exact. A group
    filter, which asks for countries, keeps its members and leaves no region.
    """
    held = choose(engine, selection, vocabulary, view)
    fold = drawn_as(view)
    every = held.remember(("figures", fold), lambda: _figures(engine, held, fold))
    wanted = group_members(selection)
    if wanted is None:
        return every
    kept = {
        indicator: {iso3: figure for iso3, figure in found.items() if iso3 in wanted}
        for indicator, found in every.by_country.items()
    }
    return Figures(kept, {})


def _figures(engine: Engine, held: Held, view: str) -> Figures:
    rows = engine.ask(("figures", view, held.table is None), lambda: _summed(engine, held, view), held=held)
    known = spots(engine, view)
    by_country: dict[str, dict[str, Figure]] = defaultdict(dict)
    by_region: dict[str, dict[str, Figure]] = defaultdict(dict)
    for row in rows:
        country = known.countries.get(row["spot"])
        if country is not None:
            by_country[row["indicator"]][country] = _figure(row)
        else:
            by_region[row["indicator"]][known.regions[row["spot"]]] = _figure(row)
    return Figures(dict(by_country), dict(by_region))


def _summed(engine: Engine, held: Held, view: str) -> ir.Table:
    """One row for each indicator and spot: the sum, and what says whether and how it may be told."""
    stated = facts.figures(engine, view)
    own = chosen_of(stated.filter(~stated.shared), held)
    # Most figures overlap no other: they need no group of their own.
    alone = own.filter(own.overlap < 0)
    grouped = own.filter(own.overlap >= 0)
    columns = ("indicator", "spot", "value", "marks", "derivation", "stated")
    latest = grouped.group_by("indicator", "spot", "overlap").aggregate(
        value=grouped.value.argmin(grouped["rank"]),
        marks=grouped.marks.argmin(grouped["rank"]),
        derivation=grouped.derivation.argmin(grouped["rank"]),
        stated=grouped.count(),
    )
    latest = latest.select(*columns).union(
        alone.mutate(stated=ibis.literal(1).cast("int64")).select(*columns)
    )
    return latest.group_by("indicator", "spot").aggregate(
        total=latest.value.sum(),
        marks=latest.marks.bit_or(),
        stated=latest.stated.sum(),
        derivations=latest.derivation.collect(where=latest.derivation != ""),
    )


def _figure(row: Row) -> Figure:
    derived = tuple(sorted(set(row["derivations"] or ())))
    marks = row["marks"]
    if row["stated"] > 1 and marks & facts.NOT_ADDITIVE:
        return Figure(None, None, row["stated"], derived)
    return Figure(row["total"], _joint_qualifier(marks), row["stated"], derived)


def _joint_qualifier(marks: int) -> str:
    """Qualifier of a sum: a bound stays a bound; bounds in both directions leave an approximation."""
    if marks & facts.ABOUT or (marks & facts.ABOVE and marks & facts.BELOW):
        return "~"
    if marks & facts.ABOVE:
        return ">" if marks & facts.STRICTLY else ">="
    if marks & facts.BELOW:
        return "<" if marks & facts.STRICTLY_BELOW else "<="
    return "="


def read_shared(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> SharedTotals:
    """Totals of every indicator over several places without a split.

    The places of a total are all those of its activity, providers' apart, one country at least among them.
    """
    held = choose(engine, selection, vocabulary, view)
    fold = drawn_as(view)
    return held.remember(("shared", fold), lambda: _shared(engine, held, fold))


def _shared(engine: Engine, held: Held, view: str) -> SharedTotals:
    def read(meant: Sharing, most: int | None) -> tuple[SharedTotal, ...]:
        return _list_shared(engine, held, view, meant, most)

    if _shared_rows(engine, view) > FEW:
        return SharedTotals(None, _count_shared(engine, held, view), read)
    if not _shared_rows(engine, view):
        return SharedTotals((), {}, read)
    every = engine.remember(
        ("shared totals", view),
        lambda: {total.result: total for total in _list_shared(engine, EVERY, view, Sharing(), None)},
    )
    return SharedTotals(tuple(every[code] for code in _shared_ids(engine, held, view)), {}, read)


def _shared_ids(engine: Engine, held: Held, view: str) -> list[str]:
    def build() -> ir.Table:
        stated = facts.figures(engine, view)
        return chosen_of(stated.filter(stated.shared).select("n", "id"), held).select("id").distinct()

    rows = engine.ask(("shared ids", view, held.table is None), build, held=held)
    return sorted(row["id"] for row in rows)


def _shared_rows(engine: Engine, view: str) -> int:
    """How many shared totals the snapshot has, each once in each of its countries."""

    def read() -> int:
        stated = facts.figures(engine, view)
        (row,) = engine.rows(stated.filter(stated.shared).aggregate(n=ibis._.count()))
        return int(row["n"])

    return engine.remember(("shared rows", view), read)


def _count_shared(engine: Engine, held: Held, view: str) -> dict[Sharing, int]:
    def build() -> ir.Table:
        stated = facts.figures(engine, view)
        shared = chosen_of(stated.filter(stated.shared), held)
        return shared.group_by("spot", "indicator", "type").aggregate(n=shared.count())

    countries = spots(engine, view).countries
    rows = engine.ask(("count shared", view, held.table is None), build, held=held)
    return {Sharing(countries[row["spot"]], row["indicator"], row["type"]): row["n"] for row in rows}


def _list_shared(
    engine: Engine, held: Held, view: str, meant: Sharing, most: int | None
) -> tuple[SharedTotal, ...]:
    known = spots(engine, view)
    codes = {"indicator": [meant.indicator or ""], "type": [meant.activity_type or ""]}
    if meant.iso3 is not None:
        codes["spot"] = [str(known.of_country[meant.iso3])]
    shape = tuple(part is not None for part in (meant.iso3, meant.indicator, meant.activity_type))

    def build() -> ir.Table:
        stated = facts.figures(engine, view)
        shared = chosen_of(stated.filter(stated.shared), held)
        for given, test in zip(
            shape,
            (shared.spot == blank_number("spot"), shared.indicator.isin(blank("indicator")),
             shared["type"].isin(blank("type"))),
            strict=True,
        ):  # fmt: skip
            shared = shared.filter(test) if given else shared
        columns = ("n", "id", "value", "unit", "qualifier", "indicator", "type")
        first = shared.select(*columns).distinct().order_by("id").limit(most)
        return first.inner_join(spots_of(engine, first, view), "n").order_by("id")

    question = ("list shared", view, held.table is None, shape, most)
    return tuple(build_total(row, known) for row in engine.ask(question, build, codes, held))


def spots_of(engine: Engine, rows: ir.Table, view: str) -> ir.Table:
    """The spots of the activities of `rows`, umbrella records too: ``n`` and ``spots``."""
    where = facts.placed(engine, view).semi_join(rows, "n")
    return where.group_by("n").aggregate(spots=where.spot.collect())
