"""A snapshot's tables as the questions need them: numbered, joined and narrowed once, then only counted.

Activities go by a number instead of their id, places by a ``spot``: a country, a region, no name, the whole.
Everything here is kept by the engine, worked out the first time that a question needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis import _

from ess.store.engine import Engine
from geodata.layer import view_iso3

#: Codes that some boundary view draws as part of another country.
_FOLDED = ("ESH",)
#: The spot of a place without country and region; the spots in which every record, and every undated one, is.
_UNNAMED, _WHOLE, _UNDATED = ":", "*", "?"
#: Their numbers, the same in every snapshot; other spots follow.
WHOLE, UNDATED, UNNAMED = 0, 1, 2


def drawn_as(view: str) -> str:
    """The boundary view whose codes stand for those of `view`: views that fold no territory are alike."""
    return view if any(view_iso3(code, view) != code for code in _FOLDED) else "un"


def fold_codes(iso3: ir.StringColumn, view: str) -> ir.StringColumn:
    """`iso3` with the codes that `view` draws as part of another country replaced by that country's."""
    folded = iso3
    for code in _FOLDED:
        into = view_iso3(code, view)
        if into != code:
            folded = ibis.ifelse(folded == code, into, folded)
    return folded


def folded(view: str) -> Callable[[str], str]:
    """What stands for a country's code as `view` draws it: as `fold_codes`, for codes that were read."""
    into = {code: view_iso3(code, view) for code in _FOLDED}
    return lambda iso3: into.get(iso3, iso3)


@dataclass(frozen=True)
class Spots:
    """The spots of a snapshot as a boundary view draws them, by number.

    Attributes
    ----------
    countries
        iso3 by spot.
    regions
        Code by spot; ``""`` for places without a name.
    """

    countries: Mapping[int, str]
    regions: Mapping[int, str]
    of_country: Mapping[str, int]


@dataclass(frozen=True)
class Kind:
    """What tells records apart when they are counted."""

    activity_type: str
    planned: bool
    at_least: bool


def activities(engine: Engine) -> ir.Table:
    """Every activity, umbrella records too, by number ``n`` in the order of ids, with what filters look at.

    Columns ``n``, ``id``, ``type``, ``stage``, ``modality``, ``programme``, ``umbrella``, ``first`` and
    ``last`` (years; one end alone stands for both, missing for the undated), ``start``, ``day`` (the first
    known) and ``kind``.
    """
    return engine.kept("activities", lambda: _numbered_activities(engine))


def _numbered_activities(engine: Engine) -> ir.Table:
    rows = engine.table("activities")
    first, last = ibis.coalesce(rows["start"], rows["end"]), ibis.coalesce(rows["end"], rows["start"])
    told = rows.select(
        "id",
        "type",
        "stage",
        "modality",
        "programme",
        "start",
        day=first,
        number=ibis.row_number().over(order_by=rows.id),
        umbrella=rows.umbrella.fill_null(False),
        first=first.year().cast("int16"),
        last=last.year().cast("int16"),
        planned=(rows.stage == "planned").fill_null(False),
        at_least=(rows.counted == "at_least_one").fill_null(False),
    )
    kind = ibis.dense_rank().over(order_by=[told["type"], told.planned, told.at_least])
    return told.mutate(n=told.number.cast("int32"), kind=kind.cast("int16")).drop("number")


def kinds(engine: Engine) -> Mapping[int, Kind]:
    """The kinds of records that occur, by number."""

    def read() -> Mapping[int, Kind]:
        columns = ("kind", "type", "planned", "at_least")
        rows = engine.rows(engine.kept("kinds", lambda: activities(engine).select(*columns).distinct()))
        return {row.pop("kind"): Kind(row.pop("type"), **row) for row in rows}

    return engine.remember("kinds", read)


def overall_results(engine: Engine) -> ir.Table:
    """Results that are stated of no activity, by a number ``n`` below zero, with what filters look at.

    Columns ``n``, ``id``, ``source``, ``programme``, ``actor``, ``iso3``, ``first`` and ``last`` (years).
    """

    def build() -> ir.Table:
        rows = engine.table("results")
        rows = rows.filter(rows.activity.isnull())
        first = ibis.coalesce(rows.period_start, rows.period_end).year()
        last = ibis.coalesce(rows.period_end, rows.period_start).year()
        number = -1 - ibis.row_number().over(order_by=rows.id)
        return rows.select(
            "id",
            "source",
            "programme",
            "actor",
            "iso3",
            n=number.cast("int32"),
            first=first.cast("int16"),
            last=last.cast("int16"),
        )

    return engine.kept("overall results", build)


def citations(engine: Engine) -> ir.Table:
    """Which activity (``n``) rests on which ``source``: by its own row or by one of its results."""

    def build() -> ir.Table:
        results, rows = engine.table("results"), engine.table("activities")
        own = rows.select(activity="id", source="source")
        cited = own.union(results.select("activity", "source"))
        return _numbered(engine, cited.filter(cited.source.notnull())).distinct()

    return engine.kept("citations", build)


def numbered_results(engine: Engine) -> ir.Table:
    """Results of activities that count and those stated of no activity, with or without a value.

    The columns of the portfolio's table; ``n`` is the number of the activity, or the result's own, and
    ``type`` and ``stage`` are the activity's.
    """
    found, overall = activities(engine), overall_results(engine)
    of = found.filter(~found.umbrella).select("type", "stage", of_n="n", known="id")
    own = overall.select(own_n="n", own_id="id")
    joined = engine.table("results").left_join(of, _.activity == of.known)
    joined = joined.left_join(own, joined.id == own.own_id)
    rows = joined.mutate(n=ibis.coalesce(joined.of_n, joined.own_n))
    return rows.filter(rows.n.notnull()).drop("of_n", "own_n", "known", "own_id")


def grades(engine: Engine) -> ir.Table:
    """Kinds of evidence: ``n`` with the ``grade`` of each source that an activity or result rests on."""

    def build() -> ir.Table:
        overall = overall_results(engine)
        cited = citations(engine).union(overall.filter(overall.source.notnull()).select("source", "n"))
        sources = engine.table("sources").select("grade", known="id")
        return cited.inner_join(sources, cited.source == sources.known).select("n", "grade").distinct()

    return engine.kept("grades", build)


def actor_types(engine: Engine) -> ir.Table:
    """Types of the actors of activities, and of those that other results are stated of: ``n``, ``type``."""

    def build() -> ir.Table:
        overall = overall_results(engine)
        named = attached(engine, "participants").select("n", "actor")
        named = named.union(overall.filter(overall.actor.notnull()).select("n", "actor"))
        actors = engine.table("actors").select("type", known="id")
        return named.inner_join(actors, named.actor == actors.known).select("n", "type").distinct()

    return engine.kept("actor types", build)


def marks(engine: Engine) -> ir.Table:
    """Two marks of activities and of results without one: ``n``, ``figure``, ``review``; ``yes`` or ``no``.

    A record has a figure when a result of it states a value. It needs review when the portfolio notes an
    ambiguity of it or of one of its results, or when it names no source.
    """

    def build() -> ir.Table:
        rows, overall, results = engine.table("activities"), overall_results(engine), numbered_results(engine)
        found = activities(engine).select("n", known="id")
        sources = rows.select("id", "source").inner_join(found, _.id == found.known)
        numbers = sources.select("n", "source").union(overall.select("n", "source"))
        stated = results.filter(results.value.notnull()).select(figured="n").distinct()
        unsure = _unsure(engine, results).select(unsure="n").distinct()
        marked = numbers.left_join(stated, numbers.n == stated.figured)
        marked = marked.left_join(unsure, marked.n == unsure.unsure)
        review = marked.unsure.notnull() | marked.source.isnull()
        return marked.select(
            "n",
            figure=ibis.ifelse(marked.figured.notnull(), "yes", "no"),
            review=ibis.ifelse(review, "yes", "no"),
        )

    return engine.kept("marks", build)


def _unsure(engine: Engine, results: ir.Table) -> ir.Table:
    """Numbers ``n`` of that of which, or of whose results, an ambiguity is noted."""
    notes = engine.table("notes")
    found = activities(engine).select("n", known="id")
    noted = notes.filter(notes.kind == "ambiguity").select("about_table", "about_id")
    of_activity = noted.filter(noted.about_table == "activities")
    of_result = noted.filter(noted.about_table == "results")
    return ibis.union(
        found.semi_join(of_activity, found.known == of_activity.about_id).select("n"),
        results.semi_join(of_result, results.id == of_result.about_id).select("n"),
    )


#: What is kept of the rows that hang on an activity: what a reader meets, not where each was said.
_ATTACHED = {
    "places": ("id", "iso3", "region", "role", "share", "share_basis"),
    "participants": ("actor", "role"),
    "tags": ("scheme", "code", "percent", "coded_by"),
}


def attached(engine: Engine, name: str) -> ir.Table:
    """Places, participants or tags by the number ``n`` of their activity: what a reader meets of them."""
    columns = _ATTACHED[name]
    return engine.kept(
        f"attached {name}", lambda: _numbered(engine, engine.table(name).select("activity", *columns))
    )


def _numbered(engine: Engine, rows: ir.Table) -> ir.Table:
    """`rows` with the number of their activity in place of its id; without those of no known activity."""
    numbers = activities(engine).select("n", known="id")
    return rows.inner_join(numbers, rows.activity == numbers.known).drop("activity", "known")


def spot_key(iso3: ir.StringColumn, region: ir.StringColumn, view: str) -> ir.StringColumn:
    """The text that names a place's spot; one without country and region is unnamed."""
    elsewhere = ibis.literal(_UNNAMED) + region.fill_null("")
    return ibis.ifelse(iso3.isnull(), elsewhere, fold_codes(iso3, view))


def spots_table(engine: Engine, view: str) -> ir.Table:
    """Every spot: ``spot`` (number), ``key``, ``iso3`` or ``region``, and ``is_country``."""
    fold = drawn_as(view)

    def build() -> ir.Table:
        named = [
            engine.table(name).select("iso3", "region").distinct()
            for name in ("places", "results", "finances")
        ]
        every = ibis.union(*named, distinct=True)
        keys = every.select(key=spot_key(every.iso3, every.region, fold)).union(
            # a result in a country may name its region too
            every.filter(every.region.notnull()).select(key=ibis.literal(_UNNAMED) + every.region)
        )
        keys = keys.filter(keys.key != _UNNAMED).distinct()
        one_row = engine.table("indicators").aggregate(rows=engine.table("indicators").count())
        always = ((_WHOLE, WHOLE), (_UNDATED, UNDATED), (_UNNAMED, UNNAMED))
        first = (
            one_row.select(key=ibis.literal(key), spot=_number(spot), is_country=ibis.literal(False))
            for key, spot in always
        )
        following = keys.select(
            "key",
            spot=(ibis.row_number().over(order_by=keys.key) + len(always)).cast("int32"),
            is_country=~keys.key.startswith(_UNNAMED),
        )
        return ibis.union(following, *first)

    return engine.kept(f"spots {fold}", build)


def spots(engine: Engine, view: str) -> Spots:
    """Every spot, by number."""

    def read() -> Spots:
        rows = engine.rows(spots_table(engine, view))
        countries = {row["spot"]: row["key"] for row in rows if row["is_country"]}
        regions = {row["spot"]: row["key"][1:] for row in rows if row["key"].startswith(_UNNAMED)}
        of_country = {iso3: spot for spot, iso3 in countries.items()}
        return Spots(countries, regions, of_country)

    return engine.remember(("spots", drawn_as(view)), read)


def _number(spot: int) -> ir.IntegerScalar:
    return ibis.literal(spot).cast("int32")


def _with_spot(engine: Engine, rows: ir.Table, key: ir.StringColumn, view: str) -> ir.Table:
    """`rows` with the number of the spot that `key` names."""
    table = spots_table(engine, view).select("spot", spot_key="key")
    keyed = rows.mutate(key=key)
    return keyed.inner_join(table, keyed.key == table.spot_key).drop("key", "spot_key")


def placed(engine: Engine, view: str) -> ir.Table:
    """Distinct partners' places of activities, umbrella records' too: ``n`` and ``spot``.

    A provider's place is not among them: it is shown apart. One whose role is missing is. A point whose
    country is not known is not: it says where, not with whom.
    """
    fold = drawn_as(view)
    return engine.kept(f"placed {fold}", lambda: partner_places(engine, fold).select("n", "spot").distinct())


def partner_places(engine: Engine, view: str) -> ir.Table:
    """Places of partners, as `placed` says: ``n``, ``spot``, ``share``, ``share_basis``; not kept."""
    places = engine.table("places")
    places = places.filter(places.role.fill_null("") != "provider")
    places = places.filter(places.latitude.isnull() | places.iso3.notnull() | places.region.notnull())
    found = _numbered(engine, places.select("activity", "iso3", "region", "share", "share_basis"))
    return _with_spot(engine, found, spot_key(found.iso3, found.region, view), view).drop("iso3", "region")


def provided(engine: Engine, view: str) -> ir.Table:
    """Distinct providers' countries of activities: ``n`` and ``spot``."""
    fold = drawn_as(view)

    def build() -> ir.Table:
        places = engine.table("places")
        places = places.filter((places.role == "provider") & places.iso3.notnull())
        found = _numbered(engine, places.select("activity", "iso3", "region"))
        return (
            _with_spot(engine, found, spot_key(found.iso3, found.region, fold), fold)
            .select("n", "spot")
            .distinct()
        )

    return engine.kept(f"provided {fold}", build)


def parties(engine: Engine, view: str) -> ir.Table:
    """The ends of activities, providers' and partners', umbrella records' too: a row a spot of each.

    Columns ``n``, ``spot``, ``provides``, ``receives`` (takes part in any role but the provider's),
    ``both`` (one place says that it provides and receives) and ``recipient`` (a role says that it receives).
    A point whose country is not known is no end. A place without a name is a partner's, never a provider's:
    who provides is then not stated.
    """
    fold = drawn_as(view)

    def build() -> ir.Table:
        places = engine.table("places")
        named = places.iso3.notnull() | places.region.notnull()
        role = places.role.fill_null("")
        places = places.filter((places.latitude.isnull() & (role != "provider")) | named)
        told = places.select(
            "activity",
            "iso3",
            "region",
            provides=role.isin(["provider", "both"]) & named,
            receives=role != "provider",
            both=role == "both",
            recipient=role == "recipient",
        )
        found = _numbered(engine, told)
        spotted = _with_spot(engine, found, spot_key(found.iso3, found.region, fold), fold)
        flags = ("provides", "receives", "both", "recipient")
        return spotted.group_by("n", "spot").aggregate(**{name: spotted[name].any() for name in flags})

    return engine.kept(f"parties {fold}", build)


def presence(engine: Engine, view: str) -> ir.Table:
    """Every record that counts, once in each of its spots, in the whole, and among the undated if it is.

    Columns ``n``, ``spot``, ``kind``.
    A record without any partner's place is in the unnamed spot. Umbrella records are not here.
    """
    fold = drawn_as(view)

    def build() -> ir.Table:
        found, where = activities(engine), placed(engine, fold)
        counting = found.filter(~found.umbrella)
        there = where.inner_join(counting.select("n", "kind"), "n").select("n", "kind", "spot")
        apart = (
            (counting.anti_join(where, "n"), UNNAMED),
            (counting, WHOLE),
            (counting.filter(counting["first"].isnull()), UNDATED),
        )
        placed_apart = (rows.select("n", "kind", spot=_number(spot)) for rows, spot in apart)
        return ibis.union(there, *placed_apart)

    return engine.kept(f"presence {fold}", build)


def figures(engine: Engine, view: str) -> ir.Table:
    """Stated values in the spots that they belong to: one row a result and spot.

    A result belongs to the country and the region it names, else to the only place of its activity
    (``shared`` is false). One of an activity with several places, a country among them, belongs to all the
    countries undivided (``shared`` is true). Results of umbrella records and those without a value are not
    here. Columns ``n``, ``spot``, ``shared``, ``type`` (of the activity), and the results' own.
    """
    fold = drawn_as(view)

    def build() -> ir.Table:
        stated, where = _stated_results(engine), _spread(engine, fold)
        stated = stated.left_join(where, stated.n == where.placed_n).drop("placed_n")
        own_country = _with_spot(
            engine, stated.filter(stated.iso3.notnull()), fold_codes(stated.iso3, fold), fold
        )
        in_region = stated.filter(stated.region.notnull())
        own_region = _with_spot(engine, in_region, ibis.literal(_UNNAMED) + in_region.region, fold)
        placeless = stated.filter(stated.iso3.isnull() & stated.region.isnull() & (stated.n >= 0))
        lone = placeless.filter(placeless.places.fill_null(0) <= 1)
        lone = lone.mutate(spot=lone.only_spot.fill_null(UNNAMED).cast("int32"))
        over = placeless.filter((placeless.places > 1) & (placeless.countries > 0))
        table = spots_table(engine, fold)
        in_country = (
            placed(engine, fold).inner_join(table.filter(table.is_country), "spot").select("n", "spot")
        )
        over = over.inner_join(in_country, "n")
        parts = [(own_country, False), (own_region, False), (lone, False), (over, True)]
        every = ibis.union(
            *(part.select(*_FIGURE_COLUMNS, shared=ibis.literal(shared)) for part, shared in parts)
        )
        return _ranked(every)

    return engine.kept(f"figures {fold}", build)


_FIGURE_COLUMNS = (
    "n", "spot", "id", "type", "indicator", "value", "unit", "qualifier", "additive", "overlap_group",
    "day", "derivation",
)  # fmt: skip
#: What a figure says of itself, as bits of ``marks``: what several say together is their union.
ABOVE, STRICTLY, BELOW, STRICTLY_BELOW, ABOUT, NOT_ADDITIVE = (1 << bit for bit in range(6))
_MARKS = {">": ABOVE | STRICTLY, ">=": ABOVE, "<": BELOW | STRICTLY_BELOW, "<=": BELOW, "~": ABOUT}


def _ranked(figures: ir.Table) -> ir.Table:
    """Figures with what a sum of them looks at: ``rank``, ``overlap``, ``marks``, all whole numbers.

    ``rank`` is lower for a later figure, then for a larger. Figures of one ``overlap`` are never added; one
    that overlaps no other has a number of its own, below zero.
    """
    order = [figures.day.desc(nulls_first=False), figures.value.desc(), figures.id, figures.spot]
    ranked = figures.mutate(
        rank=ibis.row_number().over(order_by=order) + 1,
        group=ibis.dense_rank().over(order_by=figures.overlap_group),
    )
    marks = sum(
        (ibis.ifelse(ranked.qualifier == sign, bits, 0).fill_null(0) for sign, bits in _MARKS.items()),
        ibis.ifelse(ranked.additive.fill_null(False), 0, NOT_ADDITIVE),
    )
    overlap = ibis.ifelse(ranked.overlap_group.isnull(), -ranked["rank"], ranked.group)
    return ranked.select(
        "n", "spot", "id", "type", "indicator", "value", "unit", "qualifier", "overlap_group", "shared",
        derivation=ranked.derivation.fill_null(""),
        rank=ranked["rank"].cast("int32"),
        overlap=overlap.cast("int32"),
        marks=marks.cast("int32"),
    )  # fmt: skip


def _stated_results(engine: Engine) -> ir.Table:
    """Results with a value that may count, by the number of their activity or their own."""
    results, found, overall = engine.table("results"), activities(engine), overall_results(engine)
    counting = found.filter(~found.umbrella).select("n", "type", known="id")
    own = overall.select(own_n="n", own_id="id")
    results = results.filter(results.value.notnull())
    joined = results.left_join(counting, results.activity == counting.known)
    joined = joined.left_join(own, joined.id == own.own_id)
    numbered = joined.select(
        "id", "type", "iso3", "region", "indicator", "value", "unit", "qualifier", "additive",
        "overlap_group", "derivation",
        n=ibis.coalesce(joined.n, joined.own_n),
        day=ibis.coalesce(joined.period_end, joined.period_start),
    )  # fmt: skip
    return numbered.filter(numbered.n.notnull())


def itemised_results(engine: Engine) -> ir.Table:
    """Results with a value whose indicator says what lists the same things, by number ``n``."""

    def build() -> ir.Table:
        indicators, results = engine.table("indicators"), engine.table("results")
        itemised = indicators.filter(indicators.itemised_by.notnull() & (indicators.itemised_by != ""))
        numbers = _stated_results(engine).select("n", "id")
        return results.filter(results.indicator.isin(itemised.id)).inner_join(numbers, "id")

    return engine.kept("itemised results", build)


def _spread(engine: Engine, view: str) -> ir.Table:
    """How many spots and countries each activity has, and the only spot of those that have one."""
    joined = placed(engine, view).inner_join(spots_table(engine, view), "spot")
    return joined.group_by(placed_n="n").aggregate(
        places=joined.spot.count(), countries=joined.is_country.sum(), only_spot=joined.spot.min()
    )
