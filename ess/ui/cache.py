"""What the pages keep between reruns: bounded, keyed on snapshot and selection, shared by all visitors.

Only values that nobody changes are kept (frozen objects, and frames that are read, never written), so one
visitor's page cannot alter another's. A frame is never part of a key: the snapshot's id stands for it. What
is answered from a portfolio of one session (see `ess.ui.own`) is kept in that session and goes with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakSet

import geopandas as gpd
import pyarrow as pa

from ess.analysis.by_country import (
    MeasureByCountry,
    RegionValue,
    Tally,
    answer_measure,
    measure_by_region,
    read_tally,
)
from ess.analysis.changes import let_through as ids_let_through
from ess.analysis.evidence import Evidence, read_evidence, read_notes, read_row_remarks
from ess.analysis.join import Joined, join_measure
from ess.analysis.listing import Listing, Spread, count_rows, each_row, list_rows, spread_rows
from ess.analysis.measures import Measure
from ess.analysis.profile import CountryProfile, build_profile
from ess.analysis.quality import Gaps, Quality, find_gaps, read_gaps, read_quality
from ess.analysis.records import Record, read_records
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading, build_shading
from ess.analysis.sites import Sites, read_sites
from ess.analysis.totals import Headlines, StatedTotal, build_headlines, stated_totals
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.maps.payload import Bounds, bounds_of
from ess.maps.sites import SiteLayer, build_site_layer, shelve_again
from ess.settings import Settings, read_settings
from ess.store.comparison import Among, Comparison
from ess.store.engine import Row
from ess.store.opening import open_snapshot
from ess.store.snapshots import Snapshot, read_snapshot
from ess.ui.keep import Answers, Keep
from ess.ui.own import own_portfolio
from geodata.layer import read_countries

Parts = ParamSpec("Parts")
Answer = TypeVar("Answer")


_SERVED: WeakSet[Keep] = WeakSet()
_COMPARISONS = Answers(2)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The deployment's settings, read from the environment once."""
    return read_settings(os.environ)


def snapshot() -> Snapshot:
    """The snapshot that is served now; a newly published one is seen at the next rerun."""
    return open_snapshot(settings().store)


@lru_cache(maxsize=4)
def _served(snapshot_id: str) -> Keep:
    found, store = snapshot(), settings().store
    if found.id != snapshot_id and store is not None:  # another was published meanwhile
        found = read_snapshot(store, snapshot_id)
    keep = Keep(found, settings().engine, settings().home)
    _SERVED.add(keep)
    return keep


def served_keeps() -> list[Keep]:
    """The keeps of served snapshots that are still held."""
    return sorted(_SERVED, key=lambda keep: keep.snapshot.id)


def keep_of(snapshot_id: str) -> Keep:
    """What is kept of a snapshot: in the session for its own portfolio, else shared by all."""
    own = own_portfolio()
    return own.keep if own is not None and own.snapshot.id == snapshot_id else _served(snapshot_id)


def kept(
    most: int,
) -> Callable[[Callable[Concatenate[Keep, Parts], Answer]], Callable[Concatenate[str, Parts], Answer]]:
    """Make a question to a keep one that is asked by the snapshot's id, its last `most` answers kept."""

    def keeping(
        work: Callable[Concatenate[Keep, Parts], Answer],
    ) -> Callable[Concatenate[str, Parts], Answer]:
        @wraps(work)
        def answer(snapshot_id: str, /, *parts: Parts.args, **named: Parts.kwargs) -> Answer:
            return keep_of(snapshot_id).answer(work, most, *parts, **named)

        return answer

    return keeping


@kept(1)
def vocabulary(keep: Keep) -> Vocabulary:
    """Codes and names of the snapshot."""
    return read_vocabulary(keep.engine)


@lru_cache(maxsize=3)
def layer(view: str) -> gpd.GeoDataFrame:
    """The country layer as `view` draws it. Read only."""
    return read_countries(view)


@kept(256)
def tally(keep: Keep, selection: Selection, view: str) -> Tally:
    """What a selection holds, by country: every measure of it is answered from this."""
    return read_tally(keep.engine, selection, vocabulary(keep.snapshot.id), view)


@kept(512)
def answer(keep: Keep, measure: Measure, selection: Selection, view: str) -> MeasureByCountry:
    """A measure by country."""
    found = tally(keep.snapshot.id, selection, view)
    return answer_measure(keep.engine, measure, found, vocabulary(keep.snapshot.id))


@kept(128)
def joined(keep: Keep, measure: Measure, selection: Selection, view: str) -> Joined:
    """A measure joined to the country layer. Read only."""
    return join_measure(layer(view), answer(keep.snapshot.id, measure, selection, view))


@kept(512)
def shading(  # noqa: PLR0913, PLR0917 - everything that the classes depend on
    keep: Keep, measure: Measure, selection: Selection, view: str, scheme: str, classes: int
) -> Shading:
    """Class or state of every country of the layer."""
    return build_shading(joined(keep.snapshot.id, measure, selection, view), scheme, classes, keep.home)


def _read_sites(keep: Keep, selection: Selection, view: str) -> Sites:
    return read_sites(keep.engine, selection, vocabulary(keep.snapshot.id), view)


@kept(64)
def _site_layer(keep: Keep, selection: Selection, view: str) -> SiteLayer:
    return build_site_layer(_read_sites(keep, selection, view), keep.secret)


def site_layer(snapshot_id: str, selection: Selection, view: str) -> SiteLayer:
    """The sites of a selection; their points are where the browser asks for them when this returns."""
    found = _site_layer(snapshot_id, selection, view)
    if not found.is_shelved:
        keep = keep_of(snapshot_id)
        shelve_again(found, _read_sites(keep, selection, view), keep.secret)
    return found


@kept(12)
def partner_bounds(keep: Keep, view: str) -> Bounds:
    """Bounds of all partner countries and the home country, whatever is selected."""
    partners = headlines(keep.snapshot.id, Selection(), view).partners
    return bounds_of(layer(view), [*partners, keep.home])


@kept(512)
def regional(keep: Keep, measure: Measure, selection: Selection) -> tuple[RegionValue, ...]:
    """Regional and unnamed records for a measure."""
    return tuple(measure_by_region(keep.engine, measure, selection, vocabulary(keep.snapshot.id)))


@kept(512)
def headlines(keep: Keep, selection: Selection, view: str) -> Headlines:
    """Headline figures."""
    found = tally(keep.snapshot.id, selection, view)
    return build_headlines(found, keep.home)


@kept(512)
def stated(keep: Keep, selection: Selection, view: str) -> tuple[StatedTotal, ...]:
    """Stated numbers of countries beside the identified ones."""
    found = vocabulary(keep.snapshot.id)
    return tuple(stated_totals(keep.engine, selection, found, view, keep.home))


@kept(512)
def profile(keep: Keep, iso3: str, selection: Selection, view: str) -> CountryProfile:
    """A country's profile."""
    return build_profile(keep.engine, iso3, selection, vocabulary(keep.snapshot.id), view)


@kept(1)
def evidence(keep: Keep) -> tuple[Evidence, ...]:
    """What hangs on each source."""
    return tuple(read_evidence(keep.engine))


@kept(1)
def notes(keep: Keep) -> Mapping[str, tuple[Row, ...]]:
    """The portfolio's notes by kind."""
    return read_notes(keep.engine)


@kept(1)
def result_remarks(keep: Keep) -> tuple[Row, ...]:
    """Figures that carry a remark."""
    return tuple(read_row_remarks(keep.engine, "results"))


@kept(64)
def listing(  # noqa: PLR0913, PLR0917 - everything that a page of rows depends on
    keep: Keep, selection: Selection, view: str, kind: str, sort: str, offset: int, limit: int
) -> Listing:
    """A page of rows; `sort` with ``-`` before it where the last come first."""
    return list_rows(
        keep.engine,
        selection,
        vocabulary(keep.snapshot.id),
        view,
        kind,
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        offset=offset,
        limit=limit,
    )


def every_row(snapshot_id: str, selection: Selection, view: str, kind: str, sort: str) -> Iterator[Row]:
    """All rows of a table, read as they are asked for and not kept."""
    engine, known = keep_of(snapshot_id).engine, vocabulary(snapshot_id)
    descending = sort.startswith("-")
    return each_row(engine, selection, known, view, kind, sort=sort.removeprefix("-"), descending=descending)


@kept(256)
def row_counts(keep: Keep, selection: Selection, view: str, kind: str) -> tuple[int, Spread]:
    """How many rows of a kind there are, and their years and types."""
    known = vocabulary(keep.snapshot.id)
    found = spread_rows(keep.engine, selection, known, view, kind)
    return count_rows(keep.engine, selection, known, view, kind), found


@kept(64)
def records(keep: Keep, selection: Selection, limit: int) -> tuple[Record, ...]:
    """The first records of a selection."""
    return tuple(read_records(keep.engine, selection, vocabulary(keep.snapshot.id), limit=limit))


def comparison(older: Snapshot, newer: Snapshot) -> Comparison:
    """Two served snapshots side by side."""
    found: Comparison = _COMPARISONS.get((older.id, newer.id), lambda: Comparison(older, newer))
    return found


@kept(4)
def let_through(keep: Keep, selection: Selection, view: str) -> Among | None:
    """Ids of what a selection lets through; None where it is open."""
    return ids_let_through(keep.engine, selection, vocabulary(keep.snapshot.id), view)


@kept(64)
def quality(keep: Keep, selection: Selection, view: str) -> Quality:
    """What is known of a selection's records, counted."""
    return read_quality(keep.engine, selection, vocabulary(keep.snapshot.id), view)


@kept(8)
def gap_numbers(
    keep: Keep, selection: Selection, view: str, lacking: str | None, actor: str | None
) -> pa.Array:
    """Numbers of the records of a selection with gaps. Read only."""
    return find_gaps(keep.engine, selection, vocabulary(keep.snapshot.id), view, lacking, actor)


def gaps(snapshot_id: str, view: str, numbers: pa.Array) -> Iterator[Gaps]:
    """Records by number with what they lack, as they are asked for."""
    return read_gaps(keep_of(snapshot_id).engine, view, numbers)
