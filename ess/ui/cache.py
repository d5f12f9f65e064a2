"""What the pages keep between reruns: bounded, keyed on snapshot and selection, shared by all visitors.

Only values that nobody changes are kept (frozen objects, and frames that are read, never written), so one
visitor's page cannot alter another's. A frame is never part of a key: the snapshot's id stands for it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

import geopandas as gpd

from ess.analysis.by_country import (
    MeasureByCountry,
    RegionValue,
    Tally,
    answer_measure,
    measure_by_region,
    read_tally,
)
from ess.analysis.evidence import Evidence, read_evidence, read_notes, read_row_remarks
from ess.analysis.join import Joined, join_measure
from ess.analysis.measures import Measure
from ess.analysis.profile import CountryProfile, build_profile
from ess.analysis.records import Record, read_records
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading, build_shading
from ess.analysis.totals import Headlines, StatedTotal, build_headlines, stated_totals
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.maps.payload import Bounds, bounds_of
from ess.settings import Settings, read_settings
from ess.store.engine import Engine, Row, open_engine
from ess.store.opening import open_snapshot
from ess.store.snapshots import Snapshot
from geodata.layer import read_countries


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The deployment's settings, read from the environment once."""
    return read_settings(os.environ)


def snapshot() -> Snapshot:
    """The snapshot that is served now; a newly published one is seen at the next rerun."""
    return open_snapshot(settings().store)


@lru_cache(maxsize=4)
def _engine(_snapshot_id: str) -> Engine:
    return open_engine(snapshot(), settings().engine)


def engine() -> Engine:
    """The engine over the snapshot that is served now."""
    return _engine(snapshot().id)


@lru_cache(maxsize=4)
def vocabulary(snapshot_id: str) -> Vocabulary:
    """Codes and names of the snapshot."""
    return read_vocabulary(_engine(snapshot_id))


@lru_cache(maxsize=3)
def layer(view: str) -> gpd.GeoDataFrame:
    """The country layer as `view` draws it. Read only."""
    return read_countries(view)


@lru_cache(maxsize=256)
def tally(snapshot_id: str, selection: Selection, view: str) -> Tally:
    """What a selection holds, by country: every measure of it is answered from this."""
    return read_tally(_engine(snapshot_id), selection, vocabulary(snapshot_id), view)


@lru_cache(maxsize=512)
def answer(snapshot_id: str, measure: Measure, selection: Selection, view: str) -> MeasureByCountry:
    """A measure by country."""
    found = tally(snapshot_id, selection, view)
    return answer_measure(_engine(snapshot_id), measure, found, vocabulary(snapshot_id))


@lru_cache(maxsize=128)
def joined(snapshot_id: str, measure: Measure, selection: Selection, view: str) -> Joined:
    """A measure joined to the country layer. Read only."""
    return join_measure(layer(view), answer(snapshot_id, measure, selection, view))


@lru_cache(maxsize=512)
def shading(  # noqa: PLR0913, PLR0917 - everything that the classes depend on
    snapshot_id: str, measure: Measure, selection: Selection, view: str, scheme: str, classes: int
) -> Shading:
    """Class or state of every country of the layer."""
    return build_shading(joined(snapshot_id, measure, selection, view), scheme, classes, settings().home)


@lru_cache(maxsize=12)
def partner_bounds(snapshot_id: str, view: str) -> Bounds:
    """Bounds of all partner countries and the home country, whatever is selected."""
    partners = headlines(snapshot_id, Selection(), view).partners
    return bounds_of(layer(view), [*partners, settings().home])


@lru_cache(maxsize=512)
def regional(snapshot_id: str, measure: Measure, selection: Selection) -> tuple[RegionValue, ...]:
    """Regional and unnamed records for a measure."""
    return tuple(measure_by_region(_engine(snapshot_id), measure, selection, vocabulary(snapshot_id)))


@lru_cache(maxsize=512)
def headlines(snapshot_id: str, selection: Selection, view: str) -> Headlines:
    """Headline figures."""
    found = tally(snapshot_id, selection, view)
    return build_headlines(_engine(snapshot_id), found, vocabulary(snapshot_id), settings().home)


@lru_cache(maxsize=512)
def stated(snapshot_id: str, selection: Selection, view: str) -> tuple[StatedTotal, ...]:
    """Stated numbers of countries beside the identified ones."""
    found = vocabulary(snapshot_id)
    return tuple(stated_totals(_engine(snapshot_id), selection, found, view, settings().home))


@lru_cache(maxsize=512)
def profile(snapshot_id: str, iso3: str, selection: Selection, view: str) -> CountryProfile:
    """A country's profile."""
    return build_profile(_engine(snapshot_id), iso3, selection, vocabulary(snapshot_id), view)


@lru_cache(maxsize=4)
def evidence(snapshot_id: str) -> tuple[Evidence, ...]:
    """What hangs on each source."""
    return tuple(read_evidence(_engine(snapshot_id)))


@lru_cache(maxsize=4)
def notes(snapshot_id: str) -> Mapping[str, tuple[Row, ...]]:
    """The portfolio's notes by kind."""
    return read_notes(_engine(snapshot_id))


@lru_cache(maxsize=4)
def result_remarks(snapshot_id: str) -> tuple[Row, ...]:
    """Figures that carry a remark."""
    return tuple(read_row_remarks(_engine(snapshot_id), "results"))


@lru_cache(maxsize=64)
def records(snapshot_id: str, selection: Selection, limit: int) -> tuple[Record, ...]:
    """The first records of a selection."""
    return tuple(read_records(_engine(snapshot_id), selection, vocabulary(snapshot_id), limit=limit))
