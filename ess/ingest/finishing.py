"""What only the whole of an import shows: which activities are part of which, and which only group others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ess.portfolio.schema import ACTIVITIES, arrow_schema


def finish_hierarchy(folder: Path, stated: Mapping[str, str]) -> int:
    """Keep the parents that are in the portfolio, and mark those that only group their parts.

    An activity only groups others when its parts, together, are in every country and region that it names:
    counting it too would count the same cooperation twice. Its own rows are kept.

    Parameters
    ----------
    folder
        Folder with the tables as Parquet.
    stated
        Parents by child, as the parents state them; what a child says itself comes first.

    Returns
    -------
    int
        How many links to a parent were left out, because the portfolio has no such activity or the link
        leads back to its child.
    """
    path = folder / "activities.parquet"
    links = pq.read_table(path, columns=["id", "parent"])
    if not stated and links.column("parent").null_count == links.num_rows:
        return 0
    parents = _parents(links, stated)
    known = set(links.column("id").to_pylist())
    kept = {child: parent for child, parent in parents.items() if parent in known}
    kept = {child: parent for child, parent in kept.items() if not _leads_back(child, kept)}
    _rewrite(path, kept, _grouping(folder, kept))
    return len(parents) - len(kept)


def _parents(links: pa.Table, stated: Mapping[str, str]) -> dict[str, str]:
    own = links.filter(pc.is_valid(links.column("parent")))
    found = dict(zip(own.column("id").to_pylist(), own.column("parent").to_pylist(), strict=True))
    return {**stated, **found}


def _leads_back(child: str, parents: Mapping[str, str]) -> bool:
    seen = {child}
    above = parents.get(child)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == child


def _grouping(folder: Path, parents: Mapping[str, str]) -> set[str]:
    """Parents whose parts are in all of their places."""
    family = pa.array(sorted({*parents, *parents.values()}), pa.string())
    places = pq.read_table(folder / "places.parquet", columns=["activity", "iso3", "region", "role"])
    places = places.filter(pc.is_in(places.column("activity"), value_set=family))
    where: defaultdict[str, set[str | None]] = defaultdict(set)
    for place in places.to_pylist():
        if place["role"] != "provider":
            where[place["activity"]].add(place["iso3"] or place["region"])
    reached: defaultdict[str, set[str | None]] = defaultdict(set)
    for child, parent in parents.items():
        reached[parent] |= where[child]
    return {parent for parent, places_of_parts in reached.items() if where[parent] <= places_of_parts}


def _rewrite(path: Path, parents: Mapping[str, str], grouping: set[str]) -> None:
    """The table anew, piece by piece, with parents and umbrellas."""
    schema = arrow_schema(ACTIVITIES)
    scratch = path.with_suffix(".finishing")
    source = pq.ParquetFile(path)
    with pq.ParquetWriter(scratch, schema) as target:
        for piece in source.iter_batches():
            ids = piece.column("id").to_pylist()
            columns = {
                "parent": pa.array([parents.get(one) for one in ids], pa.string()),
                "umbrella": pa.array(
                    [
                        said or one in grouping
                        for one, said in zip(ids, piece.column("umbrella").to_pylist(), strict=True)
                    ]
                ),
            }
            arrays = [columns.get(field.name, piece.column(field.name)) for field in schema]
            target.write_table(pa.Table.from_arrays(arrays, schema=schema))
    source.close()
    scratch.replace(path)
