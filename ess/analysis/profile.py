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
    """

    result: Row
    countries: tuple[str, ...]
    notes: tuple[Row, ...] = ()

    @property
    def is_shared(self) -> bool:
        """Whether it is a total over several countries without a split."""
        return len(self.countries) > 1


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
        return tuple(
            dict.fromkeys(row["actor"] for record in self.records for row in record.participants)
        )

    @property
    def source_ids(self) -> tuple[str, ...]:
        """Sources behind the records and figures, in order of appearance."""
        rows = [record.activity for record in (*self.records, *self.provided)]
        rows += [figure.result for figure in (*self.figures, *self.shared)]
        return tuple(dict.fromkeys(row["source"] for row in rows if row["source"]))


def build_profile(
    engine: Engine, iso3: str, selection: Selection, vocabulary: Vocabulary, view: str
) -> CountryProfile:
    """The profile of `iso3`, territories folded as `view` draws them."""
    activities = selected_activities(engine, selection, vocabulary)
    places = engine.table("places")
    places = places.mutate(iso3=fold_codes(places.iso3, view))
    here = places.filter(places.iso3 == iso3)
    provides = (here.role == PROVIDER).fill_null(False)
    records = build_records(engine, _ordered(activities, here.filter(~provides)))
    provided = build_records(engine, _ordered(activities, here.filter(provides)))
    figures, shared = _figures(engine, iso3, selection, vocabulary, view, activities, records)
    by_type = counts_by_country(engine, selection, vocabulary, view).get(iso3, {})
    return CountryProfile(iso3, by_type, tuple(records), tuple(provided), figures, shared)


def _ordered(activities: ir.Table, places: ir.Table) -> ir.Table:
    return activities.filter(activities.id.isin(places.activity)).order_by(["type", "start", "id"])


def _figures(
    engine: Engine,
    iso3: str,
    selection: Selection,
    vocabulary: Vocabulary,
    view: str,
    activities: ir.Table,
    records: Iterable[Record],
) -> tuple[tuple[FigureRow, ...], tuple[FigureRow, ...]]:
    """Own and shared figures: those that name the country, and those of its activities without a place."""
    results = selected_results(engine, selection, vocabulary, activities)
    countries = {record.activity["id"]: record.countries for record in records}
    results = results.mutate(here=fold_codes(results.iso3, view))
    placeless = results.iso3.isnull() & results.region.isnull()
    rows = engine.rows(
        results.filter(
            (results.here == iso3) | (placeless & results.activity.isin(list(countries) or [""]))
        ).order_by(["indicator", "id"])
    )
    notes = notes_about(engine, "results", [row["id"] for row in rows])
    figures = [
        FigureRow(row, _covered(row, iso3, countries), notes.get(row["id"], ()))
        for row in rows
        if row["value"] is not None
    ]
    return (
        tuple(figure for figure in figures if not figure.is_shared),
        tuple(figure for figure in figures if figure.is_shared),
    )


def _covered(row: Row, iso3: str, countries: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    if row["iso3"]:
        return (iso3,)
    return countries.get(row["activity"], (iso3,))


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

