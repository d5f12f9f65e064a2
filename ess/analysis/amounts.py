"""Money by country: one kind and one currency at a time, split only where the split is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.facts import drawn_as, spots
from ess.analysis.figures import spots_of
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection, choose, chosen_of, group_members
from ess.analysis.shared import FEW, SharedTotal, SharedTotals, Sharing, build_total
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held, blank, blank_number

#: Amounts are compared to the cent; what is smaller is the rounding of binary fractions.
_CENTS = 2
#: Published percentages that make at least this much together were rounded one by one.
_NEARLY_ALL = 99.0
#: The currency of an amount that names none.
_NO_CURRENCY = "?"


@dataclass(frozen=True)
class Amounts:
    """Amounts of one kind and currency.

    Attributes
    ----------
    by_country
        What is allocated to each iso3. A country without an amount has no entry.
    by_region
        What is allocated to each region, ``""`` for places without a name; part of `unallocated`.
    unallocated
        What no published share gives to a country, to the cent. Without a group filter, which leaves
        countries out, countries and unallocated add up to the total.
    shared
        Amounts over several places whose split is not published.
    """

    by_country: Mapping[str, float]
    by_region: Mapping[str, float]
    unallocated: float
    shared: SharedTotals


def amounts_by_country(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, measure: Measure
) -> Amounts:
    """Amounts of the measure's kind and currency by iso3: as published, never converted or split by guess.

    An amount that names its place is that place's. Otherwise it follows the shares of its activity's places:
    all of it to a lone place without a share, the published percentage to a place that has one, never more
    than the whole; one that says it must not follow them is nobody's. An amount without a value counts as
    nothing, one without a currency is in ``?``. The amount of an activity that only groups others counts
    where none of its parts states one of that kind: a programme and its projects are never added.

    A measure with an equal split gives what no published share covers in equal parts to the places that have
    none; nothing is shared then.
    """
    held = choose(engine, selection, vocabulary, view)
    fold = drawn_as(view)
    question = ("amounts", fold, measure.code, measure.unit, measure.equal)
    every = held.remember(question, lambda: _amounts(engine, held, fold, measure))
    wanted = group_members(selection)
    if wanted is None:
        return every
    of_group = {iso3: value for iso3, value in every.by_country.items() if iso3 in wanted}
    return Amounts(of_group, {}, every.unallocated, every.shared)


def amounts_by_year(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str, measure: Measure
) -> Mapping[int | None, float]:
    """Amounts of the measure's kind and currency by the year of their own date; None for those without one.

    They are all amounts of the selection's records, whichever place has a claim on them, so that the years
    add up to the total. A year without an amount has no entry.
    """
    held = choose(engine, selection, vocabulary, view)

    def build() -> ir.Table:
        found = told_amounts(engine)
        found = found.mutate(currency=found.currency.fill_null(_NO_CURRENCY))
        of_kind = found.kind.isin(blank("kind")) & found.currency.isin(blank("currency"))
        found = chosen_of(found.filter(of_kind & found.value.notnull()), held)
        return found.group_by(year=found.date.year()).aggregate(value=found.value.sum())

    question = ("amounts by year", view, held.table is None)
    rows = engine.ask(question, build, {"kind": [measure.code or ""], "currency": [measure.unit]}, held)
    return {row["year"]: round(row["value"], _CENTS) for row in rows}


def _amounts(engine: Engine, held: Held, view: str, measure: Measure) -> Amounts:
    money = _money(engine).get((measure.code or "", measure.unit))
    if money is None:
        return Amounts({}, {}, 0.0, _NONE_SHARED)

    def build() -> ir.Table:
        found = allocated(engine, view, equal=measure.equal)
        found = chosen_of(found.filter(found.money == blank_number("money")), held)
        return found.group_by("spot").aggregate(value=found.value.sum(), shared=found.shared.sum())

    question = ("amounts", view, measure.equal, held.table is None)
    rows = engine.ask(question, build, {"money": [str(money)]}, held)
    known = spots(engine, view)
    values = {row["spot"]: row["value"] for row in rows if row["value"] is not None}
    by_country = {iso3: values[spot] for spot, iso3 in known.countries.items() if spot in values}
    by_region = {region: values[spot] for spot, region in known.regions.items() if spot in values}
    unallocated = round(values.get(facts.WHOLE, 0.0) - sum(by_country.values()), _CENTS)
    counts = {
        Sharing(known.countries[row["spot"]], "", ""): int(row["shared"]) for row in rows if row["shared"]
    }
    return Amounts(by_country, by_region, unallocated, _shared(engine, held, view, money, counts))


_NONE_SHARED = SharedTotals((), {}, lambda _meant, _most: ())


def _shared(engine: Engine, held: Held, view: str, money: int, counts: Mapping[Sharing, int]) -> SharedTotals:
    """Amounts without a place whose activity has several, a country among them, and publishes no share."""

    def read(meant: Sharing, most: int | None) -> tuple[SharedTotal, ...]:
        return _list_shared(engine, held, view, money, meant, most)

    if _shared_amounts(engine, view) <= FEW:
        return SharedTotals(read(Sharing(), None) if counts else (), {}, read)
    return SharedTotals(None, counts, read)


def _shared_amounts(engine: Engine, view: str) -> int:
    """How many amounts of the snapshot are shared undivided, each once in each of its countries."""

    def read() -> int:
        (row,) = engine.rows(allocated(engine, view, equal=False).aggregate(n=ibis._.shared.sum()))
        return int(row["n"] or 0)

    return engine.remember(("shared amounts", view), read)


def _list_shared(  # noqa: PLR0913, PLR0917 - what tells one list from another
    engine: Engine, held: Held, view: str, money: int, meant: Sharing, most: int | None
) -> tuple[SharedTotal, ...]:
    known = spots(engine, view)
    currency = next(currency for (_, currency), number in _money(engine).items() if number == money)
    codes = {"money": [str(money)]}
    if meant.iso3 is not None:
        codes["spot"] = [str(known.of_country[meant.iso3])]

    def build() -> ir.Table:
        amounts = undivided_amounts(engine, view)
        amounts = chosen_of(amounts.filter(amounts.money == blank_number("money")), held)
        if meant.iso3 is not None:
            where = facts.placed(engine, view)
            amounts = amounts.semi_join(where.filter(where.spot == blank_number("spot")), "n")
        first = amounts.select("n", "id", "value").order_by("id").limit(most)
        return first.inner_join(spots_of(engine, first, view), "n").order_by("id")

    question = ("list shared amounts", view, held.table is None, meant.iso3 is None, most)
    rows = engine.ask(question, build, codes, held)
    told = {"unit": currency, "qualifier": "=", "indicator": "", "type": ""}
    return tuple(build_total({**row, **told}, known) for row in rows)


def _money(engine: Engine) -> Mapping[tuple[str, str], int]:
    """The kinds and currencies of amounts that occur, with their numbers."""

    def read() -> Mapping[tuple[str, str], int]:
        return {(row["kind"], row["currency"]): row["money"] for row in engine.rows(_money_table(engine))}

    return engine.remember("money", read)


def money_number(engine: Engine, kind: str, currency: str) -> int | None:
    """The number of a kind and currency in ``money`` of `allocated`; None where no amount is of them."""
    return _money(engine).get((kind, currency))


def _money_table(engine: Engine) -> ir.Table:
    def build() -> ir.Table:
        amounts = engine.table("finances")
        found = amounts.select(kind="kind", currency=amounts.currency.fill_null(_NO_CURRENCY)).distinct()
        number = ibis.row_number().over(order_by=[found.kind, found.currency])
        return found.mutate(money=number.cast("int32"))

    return engine.kept("money", build)


def allocated(engine: Engine, view: str, *, equal: bool) -> ir.Table:
    """Amounts by activity and spot, as far as a place has a claim on them, and once in the whole.

    Columns ``n``, ``money`` (kind and currency), ``spot``, ``value``, and ``shared``: how many amounts the
    country shares undivided with others; ``value`` is missing then.
    """

    def build() -> ir.Table:
        amounts, shares = _summed(engine, view), _shares(engine, view, equal=equal)
        none = ibis.literal(0).cast("int64")
        direct = amounts.filter(amounts.spot.notnull()).select("n", "money", "spot", "value", shared=none)
        following = amounts.filter(amounts.spot.isnull() & ~amounts.unsure).drop("spot")
        split = following.inner_join(shares.filter(shares.percent.notnull()), "n")
        claimed = split.select("n", "money", "spot", value=split.value * split.percent / 100.0, shared=none)
        whole = amounts.group_by("n", "money").aggregate(value=amounts.value.sum())
        whole = whole.select(
            "n", "money", spot=ibis.literal(facts.WHOLE).cast("int32"), value="value", shared=none
        )
        parts = ibis.union(direct, claimed, whole)
        parts = parts if equal else parts.union(_sharing(engine, view))
        return parts.order_by("money", "n")

    return engine.kept(f"allocated {view} {equal}", build)


def _summed(engine: Engine, view: str) -> ir.Table:
    """Amounts with a value added up by activity, kind and currency, place, and whether they follow shares.

    Columns ``n``, ``money``, ``spot`` (missing without a place), ``unsure``, ``value``, ``amounts``.
    """

    def build() -> ir.Table:
        found = _counting(engine, view)
        return found.group_by("n", "money", "spot", "unsure").aggregate(
            value=found.value.sum(), amounts=found.value.count()
        )

    return engine.kept(f"summed amounts {view}", build)


def _counting(engine: Engine, view: str) -> ir.Table:
    """Amounts with a value, one row each, but those of an activity whose parts state one of that kind."""
    amounts, money = told_amounts(engine), _money_table(engine).rename(of_kind="kind", of_currency="currency")
    amounts = amounts.filter(amounts.value.notnull())
    amounts = amounts.mutate(
        paid_in=amounts.currency.fill_null(_NO_CURRENCY),
        unsure=amounts.share_basis.fill_null("") == "unknown",
    )
    joined = amounts.inner_join(
        money, (amounts.kind == money.of_kind) & (amounts.paid_in == money.of_currency)
    )
    table = facts.spots_table(engine, view).select("spot", spot_key="key")
    key = ibis.ifelse(
        joined.iso3.isnull() & joined.region.isnull(),
        ibis.null("string"),
        facts.spot_key(joined.iso3, joined.region, view),
    )
    joined = joined.mutate(key=key)
    placed = joined.left_join(table, joined.key == table.spot_key)
    return placed.select("n", "id", "money", "spot", "unsure", "value")


def told_amounts(engine: Engine) -> ir.Table:
    """Amounts but those of an activity whose parts state one of that kind, by the activity's number ``n``.

    The columns of the portfolio's table, and the activity's ``type`` and ``stage``; with or without a value.
    """
    amounts, found = engine.table("finances"), facts.activities(engine)
    numbers = found.select("n", "type", "stage", "umbrella", known="id")
    joined = amounts.inner_join(numbers, amounts.activity == numbers.known).drop("known")
    spoken = _spoken_for(engine)
    spoken = spoken.select(spoken_of="parent", spoken_kind="kind")
    joined = joined.mutate(grouping=ibis.ifelse(joined.umbrella, joined.activity, ibis.null("string")))
    told = joined.anti_join(
        spoken, (joined.grouping == spoken.spoken_of) & (joined.kind == spoken.spoken_kind)
    )
    return told.drop("grouping", "umbrella")


def _spoken_for(engine: Engine) -> ir.Table:
    """Which activity (``parent``) has parts that state an amount of which ``kind``, be it without a value."""
    rows, amounts = engine.table("activities"), engine.table("finances")
    parts = rows.filter(rows.parent.notnull()).select("parent", part="id")
    joined = amounts.inner_join(parts, amounts.activity == parts.part)
    return joined.select("parent", "kind").distinct()


def _sharing(engine: Engine, view: str) -> ir.Table:
    """How many amounts each country shares undivided: columns as `allocated`."""
    amounts, table = _summed(engine, view), facts.spots_table(engine, view)
    amounts = amounts.filter(amounts.spot.isnull()).semi_join(_undivided(engine, view), "n")
    counted = amounts.group_by("n", "money").aggregate(shared=amounts.amounts.sum().cast("int64"))
    in_country = facts.placed(engine, view).semi_join(table.filter(table.is_country), "spot")
    joined = counted.inner_join(in_country, "n")
    return joined.select("n", "money", "spot", value=ibis.null("float64"), shared="shared")


def undivided_amounts(engine: Engine, view: str) -> ir.Table:
    """Amounts over several places whose split is not published: ``n``, ``id``, ``money``, ``value``."""
    found = _counting(engine, view)
    found = found.filter(found.spot.isnull())
    return found.semi_join(_undivided(engine, view), "n").select("n", "id", "money", "value")


def _undivided(engine: Engine, view: str) -> ir.Table:
    """Activities with a country among their places of which none has a percentage (column ``n``)."""

    def build() -> ir.Table:
        shares = _shares(engine, view, equal=False)
        joined = shares.inner_join(facts.spots_table(engine, view), "spot")
        stated = joined.group_by("n").aggregate(
            percents=joined.percent.count(), countries=joined.is_country.sum()
        )
        return stated.filter((stated.percents == 0) & (stated.countries > 0)).select("n")

    return engine.kept(f"undivided {view}", build)


def _shares(engine: Engine, view: str, *, equal: bool) -> ir.Table:
    """Percentage of each distinct place of an activity: 100 for a lone place, else published, else missing.

    One row a place: ``n``, ``spot``, ``percent``. Published percentages of all places that make 99 or more
    together are scaled to the whole, as those that make more than it are. A lone place whose share is said to
    be unknown has none. With an equal split, places without a percentage share what is left; where none has
    one, countries (and places without a name) come before regions.
    """
    return engine.kept(f"shares {view} {equal}", lambda: _percentages(engine, view, equal=equal))


def _percentages(engine: Engine, view: str, *, equal: bool) -> ir.Table:
    places = facts.partner_places(engine, view)
    stated = ibis.ifelse(places.share_basis == "stated", places.share, ibis.null("float64"))
    places = places.mutate(stated=stated, unsure=places.share_basis.fill_null("") == "unknown")
    merged = places.group_by("n", "spot").aggregate(
        stated=places.stated.sum(), silent=places.stated.isnull().all(), unsure=places.unsure.all()
    )
    table = facts.spots_table(engine, view).select("spot", "is_country")
    merged = merged.inner_join(table, "spot")
    # A region has a name, a place without a country need not have one.
    merged = merged.mutate(is_region=~merged.is_country & (merged.spot != facts.UNNAMED))
    around = ibis.window(group_by=merged.n)
    merged = merged.mutate(
        places=merged.n.count().over(around),
        whole=merged.stated.sum().over(around),
        partly=merged.silent.any().over(around),
        silent_places=merged.silent.cast("int64").sum().over(around),
        named=(~merged.is_region).cast("int64").sum().over(around),
    )
    full = (merged.whole > 100) | ((merged.whole >= _NEARLY_ALL) & ~merged.partly)
    percent = ibis.ifelse(full, merged.stated * 100 / merged.whole, merged.stated)
    alone = (merged.places == 1) & merged.stated.isnull() & ~merged.unsure
    percent = ibis.ifelse(alone, 100.0, percent)
    if equal:
        percent = percent.fill_null(_equal_part(merged))
    return merged.select("n", "spot", percent=percent)


def _equal_part(merged: ir.Table) -> ir.Value:
    """The part of a place without a published percentage when what is left is split equally."""
    left = ibis.greatest(100.0 - merged.whole.fill_null(0.0), 0.0) / merged.silent_places
    among = ibis.ifelse(merged.named > 0, merged.named, merged.places)
    passed_over = (merged.named > 0) & merged.is_region
    untold = ibis.ifelse(passed_over, 0.0, 100.0 / among)
    return ibis.ifelse(merged.whole.isnull(), untold, left)
