"""What only the whole of an import shows: which activities are part of which, and which only group others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ess.portfolio.schema import ACTIVITIES, arrow_schema

MEMORY = "400MB"
"""What the comparison of all activities with each other may hold; the rest waits on the disk."""

_LINKS = """
CREATE TABLE links AS
SELECT child, any_value(parent) AS parent FROM (
    SELECT id AS child, parent FROM read_parquet($activities) WHERE parent IS NOT NULL
    UNION ALL
    SELECT child, parent FROM stated
    WHERE child NOT IN (SELECT id FROM read_parquet($activities) WHERE parent IS NOT NULL)
) GROUP BY child
"""
"""Parents by child: what a child says itself comes before what a parent says of it."""

_KNOWN = """
DELETE FROM links
WHERE child = parent
   OR parent NOT IN (SELECT id FROM read_parquet($activities))
   OR child NOT IN (SELECT id FROM read_parquet($activities))
"""

_ABOVE_ITSELF = "SELECT child, parent FROM links WHERE parent IN (SELECT child FROM links)"
"""Links whose parent has a parent: only among them can a link lead back to where it began."""

_GROUPING = """
SELECT DISTINCT parent FROM links WHERE parent NOT IN (
    SELECT own.activity FROM partners own
    WHERE own.activity IN (SELECT parent FROM links) AND NOT EXISTS (
        SELECT 1 FROM links JOIN partners of_part ON of_part.activity = links.child
        WHERE links.parent = own.activity AND of_part.place = own.place
    )
)
"""
"""Parents none of whose places is one that no part of them is in."""

_PARTNERS = """
CREATE VIEW partners AS
SELECT DISTINCT activity, coalesce(iso3, region, '') AS place
FROM read_parquet('{places}') WHERE role <> 'provider'
"""


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
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET temp_directory = $folder", {"folder": str(folder / ".spill")})
        names, parents = list(stated), list(stated.values())
        connection.register("stated", pa.table({"child": _texts(names), "parent": _texts(parents)}))
        connection.execute(_LINKS, {"activities": str(path)})
        found = _count(connection)
        if not found:
            return 0
        connection.execute(_KNOWN, {"activities": str(path)})
        _break_circles(connection)
        connection.execute(_PARTNERS.format(places=str(folder / "places.parquet").replace("'", "''")))
        links = connection.sql("SELECT child, parent FROM links").to_arrow_table()
        grouping = connection.sql(_GROUPING).to_arrow_table().column("parent").combine_chunks()
        left_out = found - _count(connection)
    _rewrite(path, links.combine_chunks(), grouping)
    return left_out


def _texts(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.string())


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT count(*) FROM links").fetchone()
    return int(row[0]) if row else 0


def _break_circles(connection: duckdb.DuckDBPyConnection) -> None:
    """Take out the links of which one leads back to its own child."""
    above = dict(connection.execute(_ABOVE_ITSELF).fetchall())
    circular = [child for child in above if _leads_back(child, above)]
    connection.register("circular", pa.table({"child": _texts(circular)}))
    connection.execute("DELETE FROM links WHERE child IN (SELECT child FROM circular)")


def _leads_back(child: str, parents: Mapping[str, str]) -> bool:
    seen = {child}
    above = parents.get(child)
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return above == child


def _rewrite(path: Path, links: pa.Table, grouping: pa.Array) -> None:
    """The table anew, piece by piece, with parents and umbrellas."""
    schema = arrow_schema(ACTIVITIES)
    scratch = path.with_suffix(".finishing")
    children, parents = (links.column(name).combine_chunks() for name in ("child", "parent"))
    source = pq.ParquetFile(path)
    with pq.ParquetWriter(scratch, schema) as target:
        for piece in source.iter_batches():
            ids = piece.column("id")
            columns = {
                "parent": parents.take(pc.index_in(ids, value_set=children)),
                "umbrella": pc.or_(piece.column("umbrella"), pc.is_in(ids, value_set=grouping)),
            }
            arrays = [columns.get(field.name, piece.column(field.name)) for field in schema]
            target.write_table(pa.Table.from_arrays(arrays, schema=schema))
    source.close()
    scratch.replace(path)
