"""Made-up snapshots of any size, the same for the same seed, written straight as the tables of a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.portfolios import SEED
from ess.portfolio import codes
from ess.portfolio.schema import TABLES, arrow_schema
from ess.store.snapshots import MANIFEST, Snapshot, TableFile, file_digest, read_snapshot, snapshot_ids
from geodata.codes import countries

FINANCES_EACH: Final = 10
"""Amounts of an activity, on average."""
INDICATORS: Final = 24
_BATCH: Final = 100_000
_PROGRAMMES_PER: Final = 500
_ACTORS_PER: Final = 40
_SOURCES_PER: Final = 100

#: What a table's rows say, column by column, as DuckDB's SQL; a column left out is missing.
Columns = Mapping[str, str]


def write_large_snapshot(
    store: Path, activities: int, seed: int = SEED, *, finances_each: int = FINANCES_EACH
) -> Snapshot:
    """A snapshot of `store` with so many activities, `finances_each` amounts each; `CURRENT` is left.

    Countries are as unequal as 1 to 200; one activity in five has two to five of them, with or without
    published shares; some are in a region, some nowhere. One in 200 only groups others. Each has two or
    three participants, four tags and, every second one, a stated figure. Amounts come in four kinds and
    mostly one currency of three; one in a hundred has no value, one in a hundred no currency, one in twenty
    a country of its own, one in ten no date. The same arguments write the same snapshot, once.
    """
    name = f"large-{activities}-{finances_each}-{seed}"
    if name in snapshot_ids(store):
        return read_snapshot(store, name)
    folder = store / "snapshots" / f".writing-{name}"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        _prepare(connection, activities, seed)
        for table in TABLES:
            _write_table(connection, table, _query(table, activities, finances_each), folder)
    _write_manifest(folder, name)
    folder.rename(store / "snapshots" / name)
    return read_snapshot(store, name)


def _write_table(connection: duckdb.DuckDBPyConnection, table: str, query: str, folder: Path) -> None:
    schema = arrow_schema(TABLES[table])
    with pq.ParquetWriter(folder / f"{table}.parquet", schema) as writer:
        for batch in connection.sql(query).to_arrow_reader(_BATCH):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))


def _write_manifest(folder: Path, name: str) -> None:
    paths = {table: folder / f"{table}.parquet" for table in TABLES}
    files = {
        table: TableFile(pq.read_metadata(path).num_rows, file_digest(path)) for table, path in paths.items()
    }
    manifest = {
        "id": name,
        "origin": "made up",
        "created": "2026-01-01T00:00:00+00:00",
        "as_of": "2026-01-01",
        "files": {table: asdict(file) for table, file in files.items()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _prepare(connection: duckdb.DuckDBPyConnection, activities: int, seed: int) -> None:
    """The macros of chance, and an activity's own draws (table ``drawn``), which the other tables look at."""
    connection.execute(f"CREATE MACRO draw(key, salt) AS (hash(key, salt, {seed}) % 1000003) / 1000003.0")
    connection.execute("CREATE MACRO pick(codes, chance) AS codes[1 + floor(chance * len(codes))::INT]")
    iso3 = ", ".join(f"'{code}'" for code in sorted(countries()))
    # a low draw is much likelier than a high one, so that a few countries have most of the activities
    connection.execute(f"CREATE MACRO some_country(chance) AS pick([{iso3}], pow(chance, 3))")
    connection.execute(
        f"""
        CREATE TABLE drawn AS
        SELECT a, printf('XM-DAC-%d-%08x', 1 + hash(a, 'org') % 97, hash(a, 'id', {seed}) % 4294967296)
                  || '-' || a AS id,
               draw(a, 'umbrella') < 0.005 AS umbrella,
               CASE WHEN draw(a, 'spread') < 0.72 THEN 1 WHEN draw(a, 'spread') < 0.92
                    THEN 2 + floor(draw(a, 'places') * 4)::INT ELSE 0 END AS countries,
               draw(a, 'elsewhere') AS elsewhere, draw(a, 'share') AS share,
               DATE '2000-01-01' + floor(pow(draw(a, 'day'), 0.6) * 9500)::INT AS day,
               draw(a, 'undated') < 0.08 AS undated,
               pick(['USD', 'USD', 'USD', 'EUR', 'MAD'], draw(a, 'currency')) AS currency
        FROM range({activities}) AS numbers(a)
        """  # noqa: S608
    )


def _codes(entries: tuple[codes.Code, ...]) -> str:
    return "[" + ", ".join(f"'{entry.code}'" for entry in entries) + "]"


def _query(table: str, activities: int, finances_each: int) -> str:
    """The rows of one table as a query over ``drawn``."""
    source, where = _sources_of(activities, finances_each)[table]
    told = _told(activities)[table]
    columns = ", ".join(
        f"{told.get(column.name, 'NULL')} AS {column.name}" for column in TABLES[table].columns
    )
    return f"SELECT {columns} FROM {source} WHERE {where}"  # noqa: S608 - nothing here is from outside


def _sources_of(activities: int, finances_each: int) -> Mapping[str, tuple[str, str]]:
    """What each table's rows are drawn from, and which of them there are."""
    parts = "drawn, generate_series(0, {}) AS parts(k)"
    return {
        "sources": (f"range({activities // _SOURCES_PER + 1}) AS numbers(s)", "true"),
        "actors": (f"range({activities // _ACTORS_PER + 1}) AS numbers(p)", "true"),
        "programmes": (f"range({activities // _PROGRAMMES_PER + 1}) AS numbers(p)", "true"),
        "activities": ("drawn", "true"),
        "places": (
            "drawn, generate_series(0, 5) AS parts(k)",
            "k < countries OR (k = 5 AND (countries = 0 OR elsewhere < 0.03) AND elsewhere < 0.9)",
        ),
        "participants": (parts.format(2), "k < 2 OR draw(a, 'third') < 0.5"),
        "tags": (parts.format(3), "true"),
        "results": (parts.format(1), "draw(a, k) < 0.25"),
        "finances": (parts.format(finances_each - 1), "true"),
        "indicators": (f"range({INDICATORS}) AS numbers(i)", "true"),
        "notes": ("drawn", "draw(a, 'noted') < 0.01"),
    }


def _told(activities: int) -> Mapping[str, Columns]:
    """What each column says."""
    actors, programmes = activities // _ACTORS_PER + 1, activities // _PROGRAMMES_PER + 1
    source = f"'source-' || floor(draw(a, 'source') * {activities // _SOURCES_PER + 1})::INT"
    texts = {
        f"{base}_{lang}": f"'{base} {lang} ' || id"
        for base in ("title", "description")
        for lang in ("fr", "en")
    }
    country = "some_country(draw(a, 'country' || k))"
    return MappingProxyType(
        {
            "sources": {
                "id": "'source-' || s", "title_fr": "'Document ' || s", "title_en": "'Document ' || s",
                "outlet": "'Outlet ' || s % 50", "published": "DATE '2015-01-01' + (s % 3650)::INT",
                "published_precision": "'day'", "grade": "'press_report'",
            },
            "actors": {
                "id": "'actor-' || p", "name_fr": "'Acteur ' || p", "name_en": "'Actor ' || p",
                "type": "'10'", "parent": "CASE WHEN p % 10 <> 0 THEN 'actor-' || (p - p % 10) END",
            },
            "programmes": {
                "id": "'programme-' || p", "title_fr": "'Programme ' || p", "title_en": "'Programme ' || p",
                "actors": "'actor-' || p", "kind": "'programme'",
                "parent": "CASE WHEN p % 5 <> 0 THEN 'programme-' || (p - p % 5) END",
            },
            "activities": {
                "id": "id", **texts, "umbrella": "umbrella", "source": source,
                "type": f"pick({_codes(codes.ACTIVITY_TYPES)}, pow(draw(a, 'type'), 2))",
                "stage": f"pick({_codes(codes.STAGES)}, draw(a, 'stage'))",
                "modality": f"pick({_codes(codes.MODALITIES)}, pow(draw(a, 'modality'), 2))",
                "programme": f"'programme-' || floor(pow(draw(a, 'programme'), 3) * {programmes})::INT",
                "parent": "(SELECT id FROM drawn AS other WHERE other.a = drawn.a - drawn.a % 200 "
                          "AND other.a <> drawn.a AND draw(drawn.a, 'child') < 0.1)",
                "start": "CASE WHEN NOT undated THEN day END",
                "end": "CASE WHEN NOT undated AND draw(a, 'ended') < 0.7 "
                       "THEN day + floor(draw(a, 'length') * 1500)::INT END",
                "start_precision": "'day'", "end_precision": "'day'", "locator": "'page ' || a % 90",
                "counted": "CASE WHEN draw(a, 'counted') < 0.02 THEN 'at_least_one' ELSE 'one' END",
            },
            "places": {
                "id": "id || '-place-' || k", "activity": "id", "source": source,
                "iso3": f"CASE WHEN k < 5 THEN {country} END",
                "region": "CASE WHEN k = 5 AND elsewhere < 0.6 THEN '002' END",
                "role": "CASE WHEN draw(a, 'role' || k) < 0.03 THEN 'provider' ELSE 'recipient' END",
                "share": "CASE WHEN share < 0.5 AND countries > 1 AND k < 5 "
                         "THEN floor(10000.0 / countries) / 100 END",
                "share_basis": "CASE WHEN countries > 1 AND k < 5 THEN CASE WHEN share < 0.5 THEN 'stated' "
                               "WHEN share > 0.95 THEN 'unknown' END END",
            },
            "participants": {
                "activity": "id", "source": source,
                "actor": f"'actor-' || floor(pow(draw(a, 'actor' || k), 3) * {actors})::INT",
                "role": "['funding', 'implementing', 'extending'][k + 1]",
            },
            "tags": {
                "activity": "id", "coded_by": "CASE WHEN k < 2 THEN 'source' ELSE 'analyst' END",
                "scheme": "['DAC5', 'SDG_goal', 'SDG_goal', 'theme'][k + 1]",
                "code": "CASE WHEN k = 0 THEN (11000 + 10 * floor(draw(a, 'dac') * 900)::INT)::VARCHAR "
                        "WHEN k < 3 THEN (k * 8 + 1 - 8 + floor(draw(a, k) * 8)::INT)::VARCHAR "
                        f"ELSE pick({_codes(codes.THEMES)}, draw(a, 'theme')) END",
            },
            "results": {
                "id": "id || '-result-' || k", "source": source,
                "activity": "CASE WHEN a % 1000 > 0 THEN id END",
                "programme": f"CASE WHEN a % 1000 = 0 THEN 'programme-' || a % {programmes} END",
                "indicator": f"'indicator-' || floor(pow(draw(a, 'indicator'), 2) * {INDICATORS})::INT",
                "iso3": f"CASE WHEN draw(a, 'own') < 0.3 AND countries > 0 THEN {country} END",
                "value": "CASE WHEN draw(a, 'valued' || k) > 0.02 "
                         "THEN floor(exp(draw(a, 'figure' || k) * 9)) END",
                "qualifier": "pick(['=', '=', '=', '=', '=', '>', '>=', '~'], draw(a, 'qualifier' || k))",
                "unit": "'persons'", "period_basis": "'undated'",
                "period_end": "CASE WHEN NOT undated THEN day END",
                "additive": "draw(a, 'additive') < 0.98",
                "overlap_group": "CASE WHEN draw(a, 'overlap') < 0.1 THEN 'group-' || a // 3 END",
            },
            "finances": {
                "id": "id || '-' || k", "activity": "id", "source": source,
                "iso3": "CASE WHEN draw(a, 'own' || k) < 0.05 AND countries > 0 "
                        f"THEN {country.replace('k)', '0)')} END",
                "kind": "pick(['commitment', 'commitment', 'disbursement', 'disbursement', 'disbursement', "
                        "'disbursement', 'expenditure', 'budget'], draw(a, 'kind' || k))",
                "value": "CASE WHEN draw(a, 'said' || k) > 0.01 "
                         "THEN round(exp(6 + draw(a, 'value' || k) * 9), 2) END",
                "currency": "CASE WHEN draw(a, 'named' || k) > 0.01 THEN currency END",
                "date": "CASE WHEN draw(a, 'dated' || k) > 0.1 THEN day + (k * 30)::INT END",
                "share_basis": "CASE WHEN draw(a, 'unsplit' || k) < 0.02 THEN 'unknown' END",
            },
            "indicators": {
                "id": "'indicator-' || i", "label_fr": "'Indicateur ' || i", "label_en": "'Indicator ' || i",
                "unit": "'persons'", "mappable": "i % 6 < 5",
                "itemised_by": "CASE WHEN i = 11 THEN 'partner_countries' END",
            },
            "notes": {
                "id": "'note-' || a", "about_table": "'activities'", "about_id": "id", "kind": "'context'",
                "text_fr": "'Une note'", "text_en": "'A note'", "source": source,
            },
        }
    )  # fmt: skip


def generated_rows(snapshot: Snapshot) -> Iterator[tuple[str, int]]:
    """Tables of a snapshot and their numbers of rows."""
    for name, file in snapshot.files.items():
        yield name, file.rows
