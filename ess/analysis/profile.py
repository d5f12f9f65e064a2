"""A country's profile: what there is, in which records, with which figures, and who else shares them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis.expr.types as ir

from ess.analysis.counts import ByType, counts_by_country
from ess.analysis.records import PROVIDER, Record, build_records, notes_about
from ess.analysis.selection import Selection, fold_codes, selected_activities, selected_results
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, Row
from geodata.layer import view_iso3


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
    """Everything the snapshot says of one country under a selection.

    Attributes
    ----------
    iso3
        The country.
    by_type
        Counts by activity type.
    records
        Activities in the country, providers' places apart.
    provided
        Activities that the country provides elsewhere.
    figures, shared
        Its own stated figures, and totals that it shares undivided with others.
    """

    iso3: str
    by_type: ByType
    records: tuple[Record, ...]
    provided: tuple[Record, ...]
    figures: tuple[FigureRow, ...]
    shared: tuple[FigureRow, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is recorded."""
        return not (self.records or self.provided or self.figures)

    @property
    def actor_ids(self) -> tuple[str, ...]:
        """Actors of its activities, in order of appearance."""
        return tuple(dict.fromkeys(row["actor"] for record in self.records for row in record.participants))

    @property
    def source_ids(self) -> tuple[str, ...]:
        """Sources behind the records and figures, in order of appearance."""
        rows = [record.activity for record in (*self.records, *self.provided)]
        rows += [figure.result for figure in (*self.figures, *self.shared)]
        return tuple(dict.fromkeys(row["source"] for row in rows if row["source"]))


def build_profile(
    engine: Engine, iso3: str, selection: Selection, vocabulary: Vocabulary, view: str
) -> CountryProfile:
    """The profile of `iso3`, territories folded as `view` draws them; empty where nothing is recorded."""
    activities = selected_activities(engine, selection, vocabulary, view)
    places = engine.table("places")
    places = places.mutate(iso3=fold_codes(places.iso3, view))
    here = places.filter(places.iso3 == iso3)
    provides = (here.role == PROVIDER).fill_null(False)
    records = build_records(engine, _ordered(activities, here.filter(~provides)))
    provided = build_records(engine, _ordered(activities, here.filter(provides)))
    results = selected_results(engine, selection, vocabulary, activities, view)
    found = _figures(engine, iso3, results, view, records)
    return CountryProfile(
        iso3,
        counts_by_country(engine, selection, vocabulary, view).get(iso3, {}),
        tuple(records),
        tuple(provided),
        tuple(figure for figure in found if not figure.is_shared),
        tuple(figure for figure in found if figure.is_shared),
    )


def _ordered(activities: ir.Table, places: ir.Table) -> ir.Table:
    return activities.filter(activities.id.isin(places.activity)).order_by(["type", "start", "id"])


def _figures(
    engine: Engine, iso3: str, results: ir.Table, view: str, records: Iterable[Record]
) -> list[FigureRow]:
    """Figures that name the country, and those of its `records` that name no place; none without a value."""
    around = {record.activity["id"]: _places_of(record, view) for record in records}
    here = fold_codes(results.iso3, view) == iso3
    placeless = results.iso3.isnull() & results.region.isnull()
    of_records = placeless & results.activity.isin(list(around) or [""])
    wanted = results.filter(results.value.notnull() & (here | of_records).fill_null(False))
    rows = engine.rows(wanted.order_by(["indicator", "id"]))
    notes = notes_about(engine, "results", [row["id"] for row in rows])
    figures = []
    for row in rows:
        countries, elsewhere = ((iso3,), ()) if row["iso3"] else around[row["activity"]]
        figures.append(FigureRow(row, countries, notes.get(row["id"], ()), elsewhere))
    return figures


def _places_of(record: Record, view: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Countries of a record as `view` draws them, and its other places; providers' apart."""
    places = [place for place in record.places if place["role"] != PROVIDER]
    countries = {view_iso3(place["iso3"], view) for place in places if place["iso3"]}
    elsewhere = {place["region"] or "" for place in places if not place["iso3"]}
    return tuple(sorted(countries)), tuple(sorted(elsewhere))


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
