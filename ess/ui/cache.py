"""What the pages keep between reruns: bounded, keyed on snapshot and selection, shared by all visitors.

Only values that nobody changes are kept (frozen objects, and frames that are read, never written), so one
visitor's page cannot alter another's. A frame is never part of a key: the snapshot's id stands for it. What
is answered from a portfolio of one session (see `ess.ui.own`) is kept in that session and goes with it.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, partial, wraps
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakSet

import geopandas as gpd
import pyarrow as pa

from ess.analysis.amounts import amounts_by_year as read_amounts_by_year
from ess.analysis.breaks import Middle
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
from ess.analysis.flows import Flow, Flows, Triangle, is_country, list_records, read_flows
from ess.analysis.join import Joined, join_measure
from ess.analysis.listing import Listing, Spread, count_rows, each_row, list_rows, spread_rows
from ess.analysis.measures import Measure
from ess.analysis.normalising import NORMS, build_rates, read_additive
from ess.analysis.profile import CountryProfile, build_profile
from ess.analysis.quality import Gaps, Quality, find_gaps, read_gaps, read_quality
from ess.analysis.records import Record, read_records
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading, build_shading, build_shadings
from ess.analysis.sites import Sites, read_sites
from ess.analysis.totals import Headlines, StatedTotal, build_headlines, stated_totals
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.api.v1.asking import Asked, Portfolio
from ess.api.v1.operations import build_operations
from ess.api.v1.packing import Packed, write_answer
from ess.errors import StoreError
from ess.locales import N_
from ess.maps.payload import Bounds, bounds_of
from ess.maps.sites import SiteLayer, build_site_layer, shelve_again
from ess.settings import Settings, read_settings
from ess.store.comparison import Among, Comparison
from ess.store.engine import Row
from ess.store.opening import find_by_prefix, open_snapshot
from ess.store.snapshots import Snapshot, read_snapshot
from ess.ui.keep import Answers, Keep
from ess.ui.own import own_portfolio
from geodata.layer import read_countries

Parts = ParamSpec("Parts")
Answer = TypeVar("Answer")


_SERVED: WeakSet[Keep] = WeakSet()
#: Snapshots whose engines are kept: those that served last, and earlier ones that somebody looks at.
_MOST_SERVED, _MOST_EARLIER = 4, 2
_LATELY: deque[str] = deque(maxlen=_MOST_SERVED)
_EARLIER = Answers(_MOST_EARLIER)
_OPENING = threading.Lock()
_USED: ContextVar[Keep | None] = ContextVar("keep in use", default=None)
_COMPARISONS = Answers(2)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The deployment's settings, read from the environment once."""
    return read_settings(os.environ)


def snapshot() -> Snapshot:
    """The snapshot that is served now; a newly published one is seen at the next rerun."""
    found = open_snapshot(settings().store)
    if found.id not in _LATELY:
        _LATELY.append(found.id)
    return found


def find_snapshot(text: str) -> Snapshot | None:
    """The snapshot whose id is `text` or begins with it; None when there is none, or more than one.

    One that cannot be read is as good as none: whoever opens an old address is shown what is served.
    """
    store = settings().store
    try:
        found = find_by_prefix(store, text)
        if found is not None:
            keep_of(found.id)
    except StoreError:
        return None
    return found


@lru_cache(maxsize=_MOST_SERVED)
def _served(snapshot_id: str) -> Keep:
    found, store = snapshot(), settings().store
    if found.id != snapshot_id and store is not None:  # another was published meanwhile
        found = read_snapshot(store, snapshot_id)
    return _open_keep(found)


def _open_keep(found: Snapshot) -> Keep:
    keep = Keep(found, settings().engine, settings().home)
    _SERVED.add(keep)
    return keep


def _earlier(snapshot_id: str) -> Keep:
    """The keep of a snapshot that no longer serves: few are kept, apart from those that do.

    So a visitor who asks for one old snapshot after another neither fills the memory nor makes anybody who
    looks at the served one wait. They are opened one at a time, and an id that no snapshot has is an error.
    """

    def open_one() -> Keep:
        with _OPENING:
            found = find_by_prefix(settings().store, snapshot_id)
            if found is None:
                raise StoreError(
                    N_("There is no snapshot {found}; open the address without it."), found=snapshot_id
                )
            return _open_keep(found)

    found: Keep = _EARLIER.get(snapshot_id, open_one)
    return found


def served_keeps() -> list[Keep]:
    """The keeps of served snapshots that are still held."""
    return sorted(_SERVED, key=lambda keep: keep.snapshot.id)


def keep_of(snapshot_id: str) -> Keep:
    """What is kept of a snapshot: in the session for its own portfolio, else shared by all."""
    used = _USED.get()
    if used is not None and used.snapshot.id == snapshot_id:
        return used
    own = own_portfolio()
    if own is not None and own.snapshot.id == snapshot_id:
        return own.keep
    return _served(snapshot_id) if snapshot_id in _LATELY else _earlier(snapshot_id)


@contextmanager
def using(keep: Keep) -> Iterator[None]:
    """Answer from `keep` in this thread, which is in no session, until the block ends."""
    before = _USED.set(keep)
    try:
        yield
    finally:
        _USED.reset(before)


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


@kept(1)
def additive(keep: Keep) -> frozenset[str]:
    """Indicators whose figures may be added, and so divided by inhabitants or area."""
    return read_additive(keep.engine)


@kept(512)
def shading(  # noqa: PLR0913, PLR0917 - everything that the classes depend on
    keep: Keep,
    measure: Measure,
    selection: Selection,
    view: str,
    scheme: str,
    classes: int,
    limits: tuple[float, ...] = (),
    middle: Middle | None = None,
    norm: str = NORMS[0],
) -> Shading:
    """Class or state of every country of the layer."""
    found = joined(keep.snapshot.id, measure, selection, view)
    rates = build_rates(found, norm)
    return build_shading(found, scheme, classes, keep.home, limits=limits, middle=middle, rates=rates)


@kept(32)
def shadings(  # noqa: PLR0913, PLR0917 - everything that the classes depend on
    keep: Keep,
    measure: Measure,
    selections: tuple[Selection, ...],
    view: str,
    scheme: str,
    classes: int,
    limits: tuple[float, ...] = (),
    middle: Middle | None = None,
    norm: str = NORMS[0],
) -> tuple[Shading, ...]:
    """Classes of several selections, made from the values of all of them together."""
    found = [joined(keep.snapshot.id, measure, selection, view) for selection in selections]
    rates = [build_rates(one, norm) for one in found]
    return build_shadings(found, scheme, classes, keep.home, limits=limits, middle=middle, rates=rates)


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


@kept(64)
def amounts_by_year(
    keep: Keep, measure: Measure, selection: Selection, view: str
) -> Mapping[int | None, float]:
    """Amounts by the year of their own date."""
    return read_amounts_by_year(keep.engine, selection, vocabulary(keep.snapshot.id), view, measure)


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


@kept(128)
def flows(keep: Keep, selection: Selection, view: str, measure: Measure | None) -> Flows:
    """Who works with whom in a selection."""
    return read_flows(keep.engine, selection, vocabulary(keep.snapshot.id), view, measure)


@kept(12)
def flow_bounds(keep: Keep, view: str) -> Bounds:
    """Bounds of all countries that work with another, whatever is selected."""
    found = flows(keep.snapshot.id, Selection(), view, None)
    every = (end for one in found.every for end in one.ends)
    return bounds_of(layer(view), {end for end in every if is_country(end)})


def flow_records(  # noqa: PLR0913, PLR0917 - whose records, and which of them
    snapshot_id: str, selection: Selection, view: str, one: Flow | Triangle, offset: int, limit: int | None
) -> list[Row]:
    """Activities of a pair or triangle, not kept."""
    engine, known = keep_of(snapshot_id).engine, vocabulary(snapshot_id)
    return list_records(engine, selection, known, view, one, offset=offset, limit=limit)


@kept(64)
def records(keep: Keep, selection: Selection, limit: int) -> tuple[Record, ...]:
    """The first records of a selection."""
    return tuple(read_records(keep.engine, selection, vocabulary(keep.snapshot.id), limit=limit))


def _portfolio_of(keep: Keep) -> Portfolio:
    snapshot_id = keep.snapshot.id
    return Portfolio(
        keep.snapshot,
        keep.engine,
        vocabulary(snapshot_id),
        layer=layer,
        answer=partial(answer, snapshot_id),
        joined=partial(joined, snapshot_id),
        regional=partial(regional, snapshot_id),
    )


def served_portfolio() -> Portfolio:
    """What the programming interface reads: the snapshot that is served now, never a visitor's own."""
    return _portfolio_of(_served(snapshot().id))


def portfolio_of(asked: str) -> Portfolio | None:
    """As `served_portfolio`, of the snapshot whose id is `asked` or begins with it; None without one."""
    if not asked:
        return served_portfolio()
    found = find_snapshot(asked)
    return _portfolio_of(keep_of(found.id)) if found else None


@kept(48)
def api_answer(keep: Keep, asked: Asked) -> Packed:
    """An answer of the programming interface; the largest, with shapes, takes 1.3 MB: 62 MB at most."""
    return write_answer(asked, _portfolio_of(keep), build_operations())


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
