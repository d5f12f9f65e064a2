"""Where the activities of a selection are, as points: the sites that a map can draw, and what has none."""

from __future__ import annotations

from dataclasses import dataclass

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from ess.analysis.counts import read_counts, total
from ess.analysis.facts import activities, drawn_as, fold_codes
from ess.analysis.selection import Selection, choose, chosen_of, group_members
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine, blank

#: Columns of the points, in order.
POINT_COLUMNS = pa.schema(
    [
        ("longitude", pa.float64()),
        ("latitude", pa.float64()),
        ("exactness", pa.string()),
        ("planned", pa.bool_()),
        ("iso3", pa.string()),
    ]
)


@dataclass(frozen=True)
class Sites:
    """The sites of a selection.

    Attributes
    ----------
    points
        One row a site (`POINT_COLUMNS`), in no order: degrees in EPSG:4326, the exactness as recorded
        (missing stays missing), whether the activity is only planned, and the country as the boundary view
        draws it (missing where it is not known).
    activities
        Activities with at least one site.
    without
        Activities of the selection without any: nobody said where they are. That is not nowhere.
    """

    points: pa.Table
    activities: int
    without: int

    def count(self, *, exact: bool, planned: bool) -> int:
        """Sites that are exactly placed or not, of activities that are planned or not."""
        is_exact = pc.fill_null(pc.equal(self.points["exactness"], "exact"), False)
        wanted = pc.and_(pc.equal(is_exact, exact), pc.equal(self.points["planned"], planned))
        return int(pc.sum(wanted).as_py() or 0)


def read_sites(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Sites:
    """The sites of `selection`: one for each place of its activities that has coordinates on the globe.

    A site whose country is not known is a site. A provider's place is none, because it says from where the
    cooperation comes, not where it is. A group filter keeps the sites in members of the group, as it keeps
    their countries, and so leaves out those whose country is not known. `view` changes the country that a
    site is said to be in, never the site.
    """
    wanted, held = group_members(selection), choose(engine, selection, vocabulary, view)

    def build() -> ir.Table:
        located = chosen_of(located_places(engine, view), held)
        return located if wanted is None else located.filter(located.iso3.isin(blank("members")))

    question = ("sites", drawn_as(view), held.table is None, wanted is None)
    found = engine.ask_columns(question, build, {"members": sorted(wanted or ())}, held)
    placed = pc.count_distinct(found["n"]).as_py()
    records = total(read_counts(engine, selection, vocabulary, view).overall).records
    return Sites(found.select(POINT_COLUMNS.names), placed, records - placed)


def located_places(engine: Engine, view: str) -> ir.Table:
    """Places that are sites, with the number ``n`` of their activity (`ess.analysis.facts`)."""
    fold = drawn_as(view)

    def build() -> ir.Table:
        places, records = engine.table("places"), activities(engine)
        on_the_globe = places.latitude.between(-90, 90) & places.longitude.between(-180, 180)
        places = places.filter(on_the_globe & (places.role.fill_null("") != "provider"))
        records = records.filter(~records.umbrella)
        records = records.select("n", known="id", planned=(records.stage == "planned").fill_null(False))
        placed = places.inner_join(records, places.activity == records.known)
        return placed.select(
            "n", "longitude", "latitude", "exactness", "planned", iso3=fold_codes(placed.iso3, fold)
        )

    return engine.kept(f"located {fold}", build)
