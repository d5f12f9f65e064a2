"""How much is known of a selection's records: placed, dated, sourced, figured; how old; what is lacking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from ess.analysis import facts
from ess.analysis.facts import drawn_as
from ess.analysis.records import rows_of
from ess.analysis.selection import Selection, choose, chosen_of
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Held, Row, blank_numbers

#: What a record may lack, in the order in which it is told.
LACKS = (
    "place", "date", "source", "published", "figure", "amount", "split", "stage", "modality", "actor", "tag",
)  # fmt: skip

#: What only some records can lack: a split those over several places, a dated source those with a source.
ASKED_OF = {"split": "several", "published": "cites"}

#: What stands for the records in which no actor is named.
NO_ACTOR = "-"

_AT_ONCE = 2_000
_PLACES = ("country", "region", "nowhere")
_PRECISIONS = ("day", "month", "year", "unknown")
_CODED = ("source", "analyst")


@dataclass(frozen=True)
class Known:
    """Records of an actor, or of all, and how many of them lack what.

    Attributes
    ----------
    records
        Each once; records that only group others are not among them.
    asked
        By `LACKS`: of how many records it can be asked at all.
    lacking
        By `LACKS`: how many of those lack it.
    latest
        The year of the latest dated source; None where none is dated.
    """

    records: int
    asked: Mapping[str, int]
    lacking: Mapping[str, int]
    latest: int | None = None

    def having(self, what: str) -> int:
        """How many records have what could be lacking."""
        return self.asked[what] - self.lacking[what]


@dataclass(frozen=True)
class Quality:
    """What is known of a selection's records, counted.

    Attributes
    ----------
    overall
        All of them.
    places
        By ``country``, ``region`` and ``nowhere``: the best that is known of partners' places.
    precisions
        By precision of the date that a record starts, or else ends, with; the undated are in none.
    coded
        By ``source`` and ``analyst``: records with a code that the source chose, and with none but an
        analyst's.
    grades
        Records by the grade of the source that they name; ``""`` for a source without a row of its own.
    years
        Records by the year of their latest dated source: their own or one of their figures'.
    by_actor
        By actor; a record counts with each of its actors.
    """

    overall: Known
    places: Mapping[str, int]
    precisions: Mapping[str, int]
    coded: Mapping[str, int]
    grades: Mapping[str, int]
    years: Mapping[int, int]
    by_actor: Mapping[str, Known]


@dataclass(frozen=True)
class Gaps:
    """A record and what it lacks, as words of `LACKS`."""

    activity: Row
    lacks: tuple[str, ...]


def read_quality(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Quality:
    """What is known of the selection's records: four questions, whatever their number.

    Missing is not zero: an amount or a figure that is not stated is lacking, one of zero is not.
    """
    held, fold = choose(engine, selection, vocabulary, view), drawn_as(view)
    return held.remember(("quality", fold), lambda: _read(engine, held, fold))


def _read(engine: Engine, held: Held, fold: str) -> Quality:
    def ask(what: str, by: tuple[str, ...]) -> list[Row]:
        return engine.ask(
            ("quality", what, fold, held.table is None), lambda: _counted(engine, held, fold, by), held=held
        )

    (whole,) = ask("overall", ())
    grades, years = ask("grades", ("grade",)), ask("years", ("published",))
    actors = ask("actors", ("actor",))
    return Quality(
        _known(whole),
        {place: whole[f"in_{place}"] or 0 for place in _PLACES},
        {precision: whole[f"to_{precision}"] or 0 for precision in _PRECISIONS},
        {coder: whole[f"by_{coder}"] or 0 for coder in _CODED},
        {row["grade"]: row["records"] for row in grades if row["grade"] is not None},
        {row["published"]: row["records"] for row in years if row["published"] is not None},
        {row["actor"]: _known(row) for row in actors},
    )


def _known(row: Row) -> Known:
    records = row["records"]
    return Known(
        records,
        {what: (row[ASKED_OF[what]] or 0) if what in ASKED_OF else records for what in LACKS},
        {what: row[f"lacks_{what}"] or 0 for what in LACKS},
        row["latest"],
    )


def _counted(engine: Engine, held: Held, fold: str, by: tuple[str, ...]) -> ir.Table:
    rows = chosen_of(known_records(engine, fold), held)
    if "actor" in by:
        taking_part = facts.attached(engine, "participants").select("n", "actor").distinct()
        rows = rows.inner_join(taking_part, "n")
    counted = {"records": rows.count(), "latest": rows.published.max()}
    counted |= {f"lacks_{what}": _number(rows[f"lacks_{what}"]) for what in LACKS}
    counted |= {column: _number(rows[column]) for column in ASKED_OF.values()}
    counted |= {f"in_{place}": _number(rows.place == place) for place in _PLACES}
    counted |= {f"to_{precision}": _number(rows.precision == precision) for precision in _PRECISIONS}
    counted |= {f"by_{coder}": _number(rows.coded == coder) for coder in _CODED}
    return rows.group_by(*by).aggregate(**counted) if by else rows.aggregate(**counted)


def _number(test: ir.BooleanColumn) -> ir.IntegerScalar:
    """For how many rows it holds."""
    return test.fill_null(False).cast("int32").sum()


def known_records(engine: Engine, view: str) -> ir.Table:
    """What is known of every record, by its number ``n``; records that only group others are not here.

    Columns ``place``, ``precision`` (missing for the undated), ``grade`` (missing without a source),
    ``published`` (year of the latest dated source), ``coded``, ``several`` (it is in several places),
    ``cites`` (it or one of its figures names a source), and ``lacks_*``, true where that is lacking.
    """
    fold = drawn_as(view)
    return engine.kept(f"known records {fold}", lambda: _known_records(engine, fold))


def _known_records(engine: Engine, fold: str) -> ir.Table:
    rows = _own_cells(engine)
    for joined in (
        _placing(engine, fold),
        _citing(engine),
        _coding(engine),
        _having(engine, "results", "figures"),
        _having(engine, "finances", "amounts"),
        facts.attached(engine, "participants").group_by("n").aggregate(actors=ibis._.count()),
    ):
        rows = rows.left_join(joined, rows.n == joined.n).drop("n_right")
    several = (rows.spots > 1).fill_null(False)
    lacking = {
        "place": rows.place.isnull(),
        "date": rows.precision.isnull(),
        "source": rows.grade.isnull(),
        "published": rows.citations.notnull() & rows.published.isnull(),
        "figure": rows.figures.isnull(),
        "amount": rows.amounts.isnull(),
        "split": several & (rows.silent > 0).fill_null(False),
        "stage": rows.stage.fill_null("unknown") == "unknown",
        "modality": rows.modality.fill_null("unknown") == "unknown",
        "actor": rows.actors.isnull(),
        "tag": rows.coded.isnull(),
    }
    return rows.select(
        "n",
        "precision",
        "grade",
        "coded",
        place=rows.place.fill_null("nowhere"),
        published=rows.published.cast("int16"),
        several=several,
        cites=rows.citations.notnull(),
        **{f"lacks_{what}": lacking[what] for what in LACKS},
    )


def _own_cells(engine: Engine) -> ir.Table:
    """Of each record: number, precision of its date, stage, modality, and the grade of its source."""
    rows, sources = engine.table("activities"), engine.table("sources").select(named="id", rank="grade")
    start = ibis.ifelse(
        rows["start"].notnull(), rows.start_precision.fill_null("unknown"), ibis.null("string")
    )
    end = ibis.ifelse(rows["end"].notnull(), rows.end_precision.fill_null("unknown"), ibis.null("string"))
    rows = rows.select(known="id", source="source", precision=ibis.coalesce(start, end))
    numbered = facts.activities(engine)
    numbered = numbered.filter(~numbered.umbrella).select("n", "id", "stage", "modality")
    found = numbered.inner_join(rows, numbered.id == rows.known)
    found = found.left_join(sources, found.source == sources.named)
    graded = ibis.ifelse(found.source.notnull(), found["rank"].fill_null(""), ibis.null("string"))
    return found.select("n", "stage", "modality", "precision", grade=graded)


def _placing(engine: Engine, fold: str) -> ir.Table:
    """Of each placed record: the best known of its places, their number, and how many have no share."""
    where = facts.partner_places(engine, fold).inner_join(facts.spots_table(engine, fold), "spot")
    is_stated = (where.share_basis == "stated").fill_null(False) & where.share.notnull()
    where = where.mutate(
        rank=ibis.ifelse(where.is_country, 2, ibis.ifelse(where.spot == facts.UNNAMED, 0, 1)),
        is_silent=(~is_stated).cast("int32"),
    )
    found = where.group_by("n").aggregate(
        rank=where["rank"].max(), spots=where.spot.nunique(), silent=where.is_silent.sum()
    )
    nowhere = ibis.null("string")
    named = ibis.ifelse(found["rank"] == 2, "country", ibis.ifelse(found["rank"] == 1, "region", nowhere))
    return found.select("n", "spots", "silent", place=named)


def _citing(engine: Engine) -> ir.Table:
    """Of each record with a source, its own or a figure's: how many, and the latest year of publication."""
    cited, sources = facts.citations(engine), engine.table("sources")
    dated = sources.select(named="id", year=sources.published.year())
    found = cited.left_join(dated, cited.source == dated.named)
    return found.group_by("n").aggregate(citations=found.count(), published=found.year.max())


def _coding(engine: Engine) -> ir.Table:
    """Of each classified record: whether the source chose any of its codes."""
    tags = facts.attached(engine, "tags")
    by_source = (tags.coded_by == "source").fill_null(False).cast("int32")
    found = tags.group_by("n").aggregate(stated=by_source.max())
    return found.select("n", coded=ibis.ifelse(found.stated > 0, "source", "analyst"))


def _having(engine: Engine, table: str, name: str) -> ir.Table:
    """Of each record with a stated value in a table: how many; zero is a value."""
    rows, numbers = engine.table(table), facts.activities(engine).select("n", known="id")
    stated = rows.filter(rows.value.notnull()).select("activity")
    found = stated.inner_join(numbers, stated.activity == numbers.known)
    return found.group_by("n").aggregate(**{name: found.count()})


def find_gaps(  # noqa: PLR0913, PLR0917 - the selection, and which gaps of it
    engine: Engine,
    selection: Selection,
    vocabulary: Vocabulary,
    view: str,
    lacking: str | None = None,
    actor: str | None = None,
) -> pa.Array:
    """Numbers of the records that lack `lacking` (anything where it is None), in the order of their ids.

    Parameters
    ----------
    lacking
        One of `LACKS`.
    actor
        Only records in which the actor takes part; `NO_ACTOR` for those in which none is named.
    """
    held = choose(engine, selection, vocabulary, view)
    rows = known_records(engine, view)
    rows = rows.filter(rows[f"lacks_{lacking}"] if lacking else _any_gap(rows))
    if held.table is not None:
        rows = rows.semi_join(ibis.table({"n": "int32"}, name=held.table), "n")
    if actor == NO_ACTOR:
        rows = rows.filter(rows.lacks_actor)
    elif actor is not None:
        taking_part = facts.attached(engine, "participants")
        rows = rows.semi_join(taking_part.filter(taking_part.actor == actor), "n")
    return engine.columns(rows.select("n").order_by("n"))["n"].combine_chunks()


def _any_gap(rows: ir.Table) -> ir.BooleanColumn:
    found = rows[f"lacks_{LACKS[0]}"]
    for what in LACKS[1:]:
        found |= rows[f"lacks_{what}"]
    return found


def read_gaps(engine: Engine, view: str, numbers: pa.Array) -> Iterator[Gaps]:
    """The records of `numbers`, each with all that it lacks, in their order; few are held at once."""
    for start in range(0, len(numbers), _AT_ONCE):
        yield from _gaps_of(engine, drawn_as(view), numbers.slice(start, _AT_ONCE).to_pylist())


def _gaps_of(engine: Engine, fold: str, numbers: Sequence[int]) -> list[Gaps]:
    def build() -> ir.Table:
        rows = known_records(engine, fold).semi_join(blank_numbers("numbers"), "n")
        ids = facts.activities(engine).select("n", "id")
        return rows.inner_join(ids, "n").select("n", "id", *(f"lacks_{what}" for what in LACKS)).order_by("n")

    listed = {"numbers": [",".join(map(str, numbers))]}
    found = engine.ask(("gaps of", fold), build, listed)
    rows = {row["id"]: row for row in rows_of(engine, "activities", "id", [row["id"] for row in found])}
    return [Gaps(rows[row["id"]], tuple(what for what in LACKS if row[f"lacks_{what}"])) for row in found]
