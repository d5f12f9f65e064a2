"""Who works with whom: pairs of provider and partner, cooperation of three parties, and what has no pair."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.amounts import allocated, money_number
from ess.analysis.counts import Count, add_records, read_counts, total
from ess.analysis.facts import drawn_as, kinds, spots
from ess.analysis.listing import activity_rows
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection, choose, chosen_of, group_members
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held, Page, Row, blank, blank_number, blank_text

#: An end of a pair that is no country: nobody says who provides; a place without a name; before a region.
UNSTATED, UNNAMED, REGION = "?", ":", ":"
#: The spot of the provider that nobody states.
_UNSTATED_SPOT = -1
_CENTS = 2
_TRIANGULAR = "triangular"
_DIGITS = 16
_Pair: TypeAlias = tuple[str, str, bool]
"""Provider, partner, and whether it is two-way."""
_Parties: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Providers, pivots, partners."""
_ByEnd: TypeAlias = defaultdict[str, dict[str, Count]]


def is_country(end: str) -> bool:
    """Whether an end of a pair is a country, by its iso3; a region or nobody known is none."""
    return end != UNSTATED and not end.startswith(REGION)


@dataclass(frozen=True)
class Flow:
    """What a provider and a partner do together.

    Attributes
    ----------
    provider, partner
        iso3; ``:`` and the code of a region; `UNNAMED`; of a provider also `UNSTATED`. The same country twice
        where a record names no other: it works within that country.
    two_way
        Whether each is provider and partner: then which stands first says nothing.
    count
        Its records.
    directed
        How many of its records say by their roles who provides and who receives.
    value
        The amount that is allocated to it; None where none is, or where records are asked for.
    """

    provider: str
    partner: str
    two_way: bool
    count: Count
    directed: int = 0
    value: float | None = None

    @property
    def key(self) -> str:
        """Its name in an address."""
        return f"{self.provider}{'~' if self.two_way else '-'}{self.partner}"

    @property
    def ends(self) -> tuple[str, str]:
        """Whom it joins."""
        return self.provider, self.partner


@dataclass(frozen=True)
class Triangle:
    """Triangular cooperation of the same parties: one thing, never a set of pairs.

    Attributes
    ----------
    providers
        As in `Flow`; empty where nobody is said to provide.
    pivots
        Countries that provide and receive, and those of the implementing institutions that are neither
        providers nor partners; empty where nothing says so.
    partners
        As in `Flow`.
    """

    providers: tuple[str, ...]
    pivots: tuple[str, ...]
    partners: tuple[str, ...]
    count: Count
    value: float | None = None

    @property
    def key(self) -> str:
        """Its name in an address: a digest, for there may be many parties."""
        told = "|".join(" ".join(ends) for ends in (self.providers, self.pivots, self.partners))
        return f"tri-{hashlib.sha256(told.encode()).hexdigest()[:_DIGITS]}"

    @property
    def ends(self) -> tuple[str, ...]:
        """Whom it joins."""
        return (*self.providers, *self.pivots, *self.partners)


@dataclass(frozen=True)
class Flows:
    """Who works with whom in a selection.

    Attributes
    ----------
    measure
        The kind of amount and currency; None for records.
    pairs, triangles
        The largest first.
    providers, partners
        Records by end of a pair, each once however many pairs it is in; both ends of two-way cooperation are
        on both sides. Not those of three parties.
    overall
        Records of the selection, each once.
    whole
        All amounts of the measure; None for records.
    unallocated
        Amounts that no published share gives to one pair, to the cent; None for records.
    elsewhere
        Amounts of pairs that a filter on countries leaves out, to the cent; None for records.
    """

    measure: Measure | None
    pairs: tuple[Flow, ...]
    triangles: tuple[Triangle, ...]
    providers: Mapping[str, Count]
    partners: Mapping[str, Count]
    overall: Count
    whole: float | None = None
    unallocated: float | None = None
    elsewhere: float | None = None

    @property
    def every(self) -> tuple[Flow | Triangle, ...]:
        """Pairs, then triangles."""
        return (*self.pairs, *self.triangles)

    def find(self, key: str) -> Flow | Triangle | None:
        """The pair or triangle of that name; None when the selection has none."""
        return next((one for one in self.every if one.key == key), None)

    def size_of(self, one: Flow | Triangle) -> float | None:
        """What is drawn of a pair or triangle: its amount, or its records that are not merely planned."""
        return float(one.count.firm) or None if self.measure is None else one.value


def read_flows(
    engine: Engine,
    selection: Selection,
    vocabulary: Vocabulary,
    view: str,
    measure: Measure | None = None,
) -> Flows:
    """Pairs and triangles of a selection by records, or by an amount of the kind and currency of `measure`.

    A pair has a place of a provider at one end and one of a partner in any other role at the other. A record
    is in each pair of its places once, and in none with itself, unless it names one country alone. Where no
    place is a provider's, nobody says who provides: no country is put there, whoever keeps the portfolio.
    With a filter on countries, pairs are told that have one of them at an end.

    An amount is a pair's where a published share, or a lone place, gives it to one partner with one provider;
    so is one that two who work both ways have together. The rest stands apart. That of triangular cooperation
    is its three parties' together. Nothing is converted and no convention splits anything: an equal split of
    `measure` is not applied.
    """
    held = choose(engine, selection, vocabulary, view)
    fold = drawn_as(view)
    wanted = group_members(selection)
    money = measure and (measure.code, measure.unit)
    overall = total(read_counts(engine, selection, vocabulary, view).overall)
    question = ("flows", fold, money)
    return held.remember(question, lambda: _read(engine, held, fold, measure, wanted, overall))


def _read(  # noqa: PLR0913, PLR0917 - what tells one answer from another
    engine: Engine,
    held: Held,
    view: str,
    measure: Measure | None,
    wanted: frozenset[str] | None,
    overall: Count,
) -> Flows:
    ends = _Ends(engine, view)
    counts, directed = _count_pairs(engine, held, ends)
    three = _count_triangles(engine, held, view)
    paid = _Paid() if measure is None else _read_amounts(engine, held, ends, measure)
    pairs = [
        Flow(*pair, counts.get(pair, Count()), directed.get(pair, 0), paid.pairs.get(pair))
        for pair in {**counts, **paid.pairs}
        if wanted is None or wanted & set(pair[:2])
    ]
    triangles = [
        Triangle(*parties, three.get(parties, Count()), paid.triangles.get(parties))
        for parties in {**three, **paid.triangles}
    ]
    found = Flows(
        measure,
        tuple(sorted(pairs, key=_largest_first)),
        tuple(sorted(triangles, key=_largest_first)),
        *_count_sides(engine, held, ends, wanted),
        overall,
    )
    return found if measure is None else _with_rest(found, paid)


def _largest_first(one: Flow | Triangle) -> tuple[float, int, str]:
    return (-(one.value or 0.0), -one.count.firm, one.key)


@dataclass(frozen=True)
class _Paid:
    """Amounts by pair and by triangle, and all of them together."""

    pairs: Mapping[_Pair, float] = field(default_factory=dict)
    triangles: Mapping[_Parties, float] = field(default_factory=dict)
    whole: float = 0.0


def _with_rest(found: Flows, paid: _Paid) -> Flows:
    """`found` with what no pair has: shown, elsewhere, triangles and unallocated make the whole."""
    given = sum(paid.pairs.values()) + sum(paid.triangles.values())
    shown = sum(one.value or 0.0 for one in found.pairs)
    return replace(
        found,
        whole=round(paid.whole, _CENTS),
        unallocated=round(paid.whole - given, _CENTS),
        elsewhere=round(sum(paid.pairs.values()) - shown, _CENTS),
    )


class _Ends:
    """The ends of pairs by the number of their spot, and the other way round."""

    def __init__(self, engine: Engine, view: str) -> None:
        known = spots(engine, view)
        self.view = view
        self.by_spot = {
            _UNSTATED_SPOT: UNSTATED,
            **known.countries,
            **{spot: REGION + code for spot, code in known.regions.items()},
        }

    def pair(self, row: Row) -> _Pair:
        """Two ends; those of two-way cooperation in the order of their codes, countries first."""
        ends = self.by_spot[row["provider"]], self.by_spot[row["partner"]]
        first, second = sorted(ends, key=_countries_first) if row["two_way"] else ends
        return first, second, row["two_way"]

    def spot(self, end: str) -> int:
        """The number of an end's spot."""
        return next(spot for spot, code in self.by_spot.items() if code == end)


def _countries_first(end: str) -> tuple[bool, str]:
    return (not is_country(end), end)


def _legs(engine: Engine, view: str) -> ir.Table:
    """Every activity of two parties, a row a pair of it; of a two-way pair the lower spot is the provider.

    Columns ``n``, ``kind``, ``umbrella``, ``provider`` and ``partner`` (spots), ``two_way``, ``directed``.
    """

    def build() -> ir.Table:
        rows = _two_way(_crossed(engine, view))
        swapped = rows.mutate(
            provider=ibis.ifelse(rows.two_way, ibis.least(rows.provider, rows.partner), rows.provider),
            partner=ibis.ifelse(rows.two_way, ibis.greatest(rows.provider, rows.partner), rows.partner),
        )
        by = ["n", "kind", "umbrella", "provider", "partner", "two_way"]
        return swapped.group_by(by).aggregate(directed=swapped.directed.any())

    return engine.kept(f"legs {view}", build)


def _crossed(engine: Engine, view: str) -> ir.Table:
    """Each provider's place of an activity with each partner's, and the flags of both."""
    ends, found = facts.parties(engine, view), facts.activities(engine)
    found = found.filter((found.modality != _TRIANGULAR).fill_null(True)).select("n", "kind", "umbrella")
    taking = ends.filter(ends.receives)
    taking = taking.select(
        taken="n", partner="spot", partner_both="both", partner_provides="provides", recipient="recipient"
    )
    giving = ends.filter(ends.provides)
    giving = giving.select(given="n", provider="spot", provider_both="both", provider_receives="receives")
    rows = found.left_join(taking, found.n == taking.taken).drop("taken")
    rows = rows.left_join(giving, rows.n == giving.given).drop("given")
    flags = ("partner_both", "partner_provides", "recipient", "provider_both", "provider_receives")
    return rows.mutate(
        partner=rows.partner.fill_null(facts.UNNAMED).cast("int32"),
        provider=rows.provider.fill_null(_UNSTATED_SPOT).cast("int32"),
        **{name: rows[name].fill_null(False) for name in flags},
    )


def _two_way(rows: ir.Table) -> ir.Table:
    """`rows` without what pairs a country with itself beside others, told whether they are two-way."""
    apart = rows.provider != rows.partner
    others = apart.cast("int8").max().over(ibis.window(group_by=rows.n))
    rows = rows.mutate(apart=apart, others=others)
    rows = rows.filter(rows.apart | (rows.others == 0))
    stated = rows.apart & (rows.provider != _UNSTATED_SPOT)
    either = rows.partner_both | rows.provider_both | (rows.partner_provides & rows.provider_receives)
    rows = rows.mutate(two_way=stated & either, stated=stated)
    return rows.mutate(directed=rows.stated & rows.recipient & ~rows.two_way)


def _count_pairs(engine: Engine, held: Held, ends: _Ends) -> tuple[dict[_Pair, Count], dict[_Pair, int]]:
    """Records of each pair, and how many of them state who provides to whom."""

    def build() -> ir.Table:
        legs = _legs(engine, ends.view)
        legs = chosen_of(legs.filter(~legs.umbrella), held)
        by = ["provider", "partner", "two_way", "kind"]
        return legs.group_by(by).aggregate(records=legs.count(), directed=legs.directed.cast("int64").sum())

    told, by_type = kinds(engine), defaultdict[_Pair, dict[str, Count]](dict)
    directed: dict[_Pair, int] = defaultdict(int)
    for row in engine.ask(("pairs", ends.view, held.table is None), build, held=held):
        pair = ends.pair(row)
        add_records(by_type[pair], told[row["kind"]], row["records"])
        directed[pair] += int(row["directed"])
    return {pair: total(found) for pair, found in by_type.items()}, directed


def _count_sides(
    engine: Engine, held: Held, ends: _Ends, wanted: frozenset[str] | None
) -> tuple[dict[str, Count], dict[str, Count]]:
    """Records of each provider and of each partner, once each however many pairs they are in."""

    def build() -> ir.Table:
        legs = _wanted_legs(_legs(engine, ends.view), engine, ends.view, asked=wanted is not None)
        legs = chosen_of(legs.filter(~legs.umbrella), held)
        both_ways = legs.filter(legs.two_way)
        parts = (
            (legs, "provider", True), (legs, "partner", False),
            (both_ways, "partner", True), (both_ways, "provider", False),
        )  # fmt: skip
        sides = ibis.union(
            *(
                part.select("n", "kind", spot=part[column], gives=ibis.literal(gives))
                for part, column, gives in parts
            ),
            distinct=True,
        )
        return sides.group_by("spot", "gives", "kind").aggregate(records=sides.count())

    codes = {} if wanted is None else {"wanted": sorted(wanted)}
    question = ("sides of pairs", ends.view, held.table is None, wanted is not None)
    told = kinds(engine)
    sides: tuple[_ByEnd, _ByEnd] = (defaultdict(dict), defaultdict(dict))
    for row in engine.ask(question, build, codes, held):
        side = sides[0] if row["gives"] else sides[1]
        add_records(side[ends.by_spot[row["spot"]]], told[row["kind"]], row["records"])
    providers, partners = ({end: total(found) for end, found in side.items()} for side in sides)
    return providers, partners


def _wanted_legs(legs: ir.Table, engine: Engine, view: str, *, asked: bool) -> ir.Table:
    """Those of `legs` that have a wanted country at an end."""
    if not asked:
        return legs
    table = facts.spots_table(engine, view)
    named = table.filter(table.key.isin(blank("wanted"))).select(wanted="spot")
    return ibis.union(
        legs.semi_join(named, legs.provider == named.wanted),
        legs.semi_join(named, legs.partner == named.wanted),
        distinct=True,
    )


def _triangles(engine: Engine, view: str) -> ir.Table:
    """Every triangular activity: ``n``, ``kind``, ``umbrella``, and its parties as texts of codes."""

    def build() -> ir.Table:
        found = facts.activities(engine)
        found = found.filter((found.modality == _TRIANGULAR).fill_null(False)).select("n", "kind", "umbrella")
        told = _three_parties(engine, view)
        told = told.group_by(of="n").aggregate(
            **{
                part: told.key.collect(where=told.part == part).sort().join(" ")
                for part in ("providers", "pivots", "partners")
            }
        )
        rows = found.left_join(told, found.n == told.of)
        filled = {part: rows[part].fill_null("") for part in ("providers", "pivots", "partners")}
        nobody = filled["partners"] == ""
        filled["partners"] = ibis.ifelse(nobody, UNNAMED, filled["partners"])
        return rows.select("n", "kind", "umbrella", **filled)

    return engine.kept(f"triangles {view}", build)


def _three_parties(engine: Engine, view: str) -> ir.Table:
    """The parties of activities: ``n``, ``key`` (as in `facts.spots_table`), ``part``; each once."""
    ends = facts.parties(engine, view).inner_join(facts.spots_table(engine, view), "spot")
    pivot = ends.both | (ends.provides & ends.receives)
    part = ibis.ifelse(pivot, "pivots", ibis.ifelse(ends.provides, "providers", "partners"))
    placed = ends.select("n", "key", part=part)
    actors = engine.table("actors").filter(ibis._.iso3.notnull()).select("iso3", known="id")
    doing = facts.attached(engine, "participants").filter(ibis._.role == "implementing")
    doing = doing.inner_join(actors, doing.actor == actors.known)
    doing = doing.select("n", key=facts.fold_codes(doing.iso3, view), part=ibis.literal("pivots")).distinct()
    others = doing.anti_join(placed, (doing.n == placed.n) & (doing.key == placed.key))
    return placed.union(others)


def _parties(row: Row) -> _Parties:
    providers, pivots, partners = (tuple(row[part].split()) for part in ("providers", "pivots", "partners"))
    return providers, pivots, partners


def _count_triangles(engine: Engine, held: Held, view: str) -> dict[_Parties, Count]:
    def build() -> ir.Table:
        rows = _triangles(engine, view)
        rows = chosen_of(rows.filter(~rows.umbrella), held)
        return rows.group_by("providers", "pivots", "partners", "kind").aggregate(records=rows.count())

    told, by_type = kinds(engine), defaultdict[_Parties, dict[str, Count]](dict)
    for row in engine.ask(("triangles", view, held.table is None), build, held=held):
        add_records(by_type[_parties(row)], told[row["kind"]], row["records"])
    return {parties: total(found) for parties, found in by_type.items()}


def _read_amounts(engine: Engine, held: Held, ends: _Ends, measure: Measure) -> _Paid:
    money = money_number(engine, measure.code or "", measure.unit)
    if money is None:
        return _Paid()
    codes = {"money": [str(money)]}
    asked = (ends.view, held.table is None)

    def each_pair() -> ir.Table:
        legs = _paid_legs(engine, held, ends.view)
        return legs.group_by("provider", "partner", "two_way").aggregate(value=legs.value.sum())

    def each_triangle() -> ir.Table:
        rows = _paid_once(engine, held, ends.view).inner_join(_triangles(engine, ends.view), "n")
        return rows.group_by("providers", "pivots", "partners").aggregate(value=rows.value.sum())

    def all_of_it() -> ir.Table:
        rows = _paid_once(engine, held, ends.view)
        return rows.aggregate(value=rows.value.sum())

    pairs: dict[_Pair, float] = {}
    for row in engine.ask(("paid pairs", *asked), each_pair, codes, held):
        pairs[ends.pair(row)] = row["value"]
    triangles: dict[_Parties, float] = defaultdict(float)
    for row in engine.ask(("paid triangles", *asked), each_triangle, codes, held):
        triangles[_parties(row)] += row["value"]
    (whole,) = engine.ask(("paid in all", *asked), all_of_it, codes, held)
    return _Paid(pairs, triangles, whole["value"] or 0.0)


def _money_rows(engine: Engine, held: Held, view: str) -> ir.Table:
    """Amounts of the asked kind and currency by activity and spot, as far as a place has a claim on them."""
    rows = allocated(engine, view, equal=False)
    rows = rows.filter((rows.money == blank_number("money")) & rows.value.notnull())
    rows = chosen_of(rows, held)
    return rows.group_by("n", "spot").aggregate(value=rows.value.sum())


def _paid_once(engine: Engine, held: Held, view: str) -> ir.Table:
    """All amounts of each activity: ``n``, ``value``."""
    rows = _money_rows(engine, held, view)
    return rows.filter(rows.spot == facts.WHOLE).select("n", "value")


def _paid_legs(engine: Engine, held: Held, view: str) -> ir.Table:
    """Pairs of activities with the amount of the one partner that is in no other pair of its activity."""
    rows, legs = _money_rows(engine, held, view), _legs(engine, view)
    rows = rows.filter(rows.spot != facts.WHOLE)
    ends = ibis.union(
        legs.select("n", "provider", "partner", "two_way", spot="partner"),
        legs.filter(legs.two_way).select("n", "provider", "partner", "two_way", spot="provider"),
    )
    joined = rows.inner_join(ends, ["n", "spot"])
    alone = joined.n.count().over(ibis.window(group_by=[joined.n, joined.spot]))
    joined = joined.mutate(alone=alone)
    claimed = joined.filter(joined.alone == 1).select("n", "provider", "partner", "two_way", "value")
    return claimed.union(_between_two(engine, held, view))


def _between_two(engine: Engine, held: Held, view: str) -> ir.Table:
    """The only pair of activities that work both ways, with their amounts where no place claims any."""
    rows, legs = _money_rows(engine, held, view), _legs(engine, view)
    spotted = rows.filter(rows.spot != facts.WHOLE).select(claimed="n")
    whole = _paid_once(engine, held, view)
    whole = whole.anti_join(spotted, whole.n == spotted.claimed)
    legs = legs.mutate(pairs=legs.n.count().over(ibis.window(group_by=legs.n)))
    lone = legs.filter(legs.two_way & (legs.pairs == 1)).select("n", "provider", "partner", "two_way")
    return lone.inner_join(whole, "n").select("n", "provider", "partner", "two_way", "value")


def list_records(  # noqa: PLR0913 - the question, whose records, and which of them
    engine: Engine,
    selection: Selection,
    vocabulary: Vocabulary,
    view: str,
    one: Flow | Triangle,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[Row]:
    """Activities of a pair or triangle in the order of ids: rows as of `ess.analysis.listing.list_rows`."""
    held = choose(engine, selection, vocabulary, view)
    ends = _Ends(engine, drawn_as(view))
    question, codes = _asked_of(one, ends)

    def build() -> ir.Table:
        rows = _rows_of(engine, ends.view, one)
        rows = chosen_of(rows.filter(~rows.umbrella), held).select("n").distinct()
        return rows.inner_join(facts.activities(engine).select("n", "id"), "n").order_by("id")

    page: Page = (offset, limit)
    rows = engine.ask(("records of", *question, held.table is None), build, codes, held, page)
    return activity_rows(engine, {row["id"]: row["n"] for row in rows}, view)


def _asked_of(one: Flow | Triangle, ends: _Ends) -> tuple[tuple[str, ...], dict[str, list[str]]]:
    """What tells the question for these records from another, and the codes that it leaves blank."""
    if isinstance(one, Triangle):
        told = {"providers": one.providers, "pivots": one.pivots, "partners": one.partners}
        return ("three", ends.view), {part: [" ".join(codes)] for part, codes in told.items()}
    spots_of = sorted(map(ends.spot, one.ends)) if one.two_way else list(map(ends.spot, one.ends))
    codes = {name: [str(spot)] for name, spot in zip(("provider", "partner"), spots_of, strict=True)}
    return ("two ways" if one.two_way else "one way", ends.view), codes


def _rows_of(engine: Engine, view: str, one: Flow | Triangle) -> ir.Table:
    if isinstance(one, Triangle):
        rows = _triangles(engine, view)
        for part in ("providers", "pivots", "partners"):
            rows = rows.filter(rows[part] == blank_text(part))
        return rows
    legs = _legs(engine, view)
    legs = legs.filter(legs.two_way if one.two_way else ~legs.two_way)
    return legs.filter(
        (legs.provider == blank_number("provider")) & (legs.partner == blank_number("partner"))
    )
