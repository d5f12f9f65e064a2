"""An import on top of what a store serves: what was imported takes the place of its earlier edition."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ess.portfolio.schema import TABLES, arrow_schema
from ess.store.snapshots import Snapshot

Replaced = Mapping[str, pa.Array]
"""Ids that earlier rows give way to, by what they identify: ``activities``, ``sources`` and so on."""

_PARTS_OF_ACTIVITIES = ("places", "participants", "tags", "results", "finances")
_OWN_IDS = ("sources", "actors", "programmes", "indicators")


def merge_portfolio(served: Snapshot, imported: Path, folder: Path) -> None:
    """Write into `folder` the served portfolio with the imported one on top of it.

    Earlier rows give way where the import brings the same source, activity, actor, programme or indicator
    anew; with an activity go its places, amounts and other parts, with a source all activities and figures
    that came from it. Every other row stays. A row of the import is never changed.

    Parameters
    ----------
    served
        What the store serves now.
    imported, folder
        Folders of Parquet tables of the schema: what is new, and where the whole goes.
    """
    replaced = _replaced(served, imported)
    for name in TABLES:
        schema = arrow_schema(TABLES[name])
        with pq.ParquetWriter(folder / f"{name}.parquet", schema) as target:
            for piece in pq.ParquetFile(served.table_path(name)).iter_batches():
                target.write_batch(piece.filter(_stays(name, piece, replaced)))
            for piece in pq.ParquetFile(imported / f"{name}.parquet").iter_batches():
                target.write_batch(piece)


def _replaced(served: Snapshot, imported: Path) -> Replaced:
    new = {name: _ids(imported / f"{name}.parquet") for name in ("activities", *_OWN_IDS)}
    earlier = pq.read_table(served.table_path("activities"), columns=["id", "source"])
    of_source = earlier.filter(pc.is_in(earlier.column("source"), value_set=new["sources"])).column("id")
    gone = pa.concat_arrays([*new["activities"].chunks, *of_source.chunks])
    return {**{name: ids.combine_chunks() for name, ids in new.items()}, "activities": gone}


def _ids(path: Path) -> pa.ChunkedArray:
    return pq.read_table(path, columns=["id"]).column("id")


def _stays(table: str, piece: pa.RecordBatch, replaced: Replaced) -> pa.Array:
    """Which rows of a served table are still true beside the import."""
    activities, sources = replaced["activities"], replaced["sources"]
    if table in _OWN_IDS:
        gone = _among(piece, "id", replaced[table])
        return pc.invert(pc.or_(gone, _among(piece, "source", sources)) if table == "programmes" else gone)
    if table == "activities":
        return pc.invert(_among(piece, "id", activities))
    if table == "notes":
        about = pc.fill_null(pc.equal(piece.column("about_table"), "activities"), False)
        gone = pc.and_(about, _among(piece, "about_id", activities))
        return pc.invert(pc.or_(gone, _among(piece, "source", sources)))
    gone = _among(piece, "activity", activities)
    if table == "results":
        gone = pc.or_(gone, _among(piece, "source", sources))
    return pc.invert(gone)


def _among(piece: pa.RecordBatch, column: str, ids: pa.Array) -> pa.Array:
    return pc.is_in(piece.column(column), value_set=ids)
