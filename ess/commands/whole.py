"""The whole served portfolio to a file: IATI for any reader of the standard, a workbook for a person."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ess.commands.shared import store_of, write_whole
from ess.errors import StoreError
from ess.exports.workbook import build_workbook
from ess.locales import N_
from ess.portfolio.schema import TABLES, arrow_schema
from ess.settings import Settings
from ess.store.opening import open_snapshot
from ess.store.snapshots import Snapshot, damaged_files

WHOLE_ENDINGS = ("xml", "xlsx")


def export_portfolio(parsed: argparse.Namespace, settings: Settings) -> int:
    """Write every table to the file that ``--to`` names, whole or not at all.

    Raises
    ------
    StoreError, ExportError
        When the store cannot be read, or the file not written.
    """
    tables = read_tables(open_snapshot(store_of(parsed, settings)))
    path: Path = parsed.to
    if path.suffix.lower() == ".xml":
        from ess.exports.iati import write_iati  # lxml is only read where it is written with

        write_iati(tables, path, generated=now())
    else:
        write_whole(path, build_workbook(tables, parsed.lang or settings.language))
    return 0


def now() -> str:
    """The present second, as ``2026-01-31T12:00:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_tables(snapshot: Snapshot) -> dict[str, pa.Table]:
    """Every table of a snapshot.

    Raises
    ------
    StoreError
        When one of them cannot be read, or is not what was written.
    """
    unreadable = StoreError(
        N_("Snapshot {found} cannot be read; restore its folder from a backup or roll back to another."),
        found=snapshot.id,
    )
    if damaged_files(snapshot):
        raise unreadable
    try:
        tables = {name: _read_table(snapshot, name) for name in TABLES}
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise unreadable from error
    if any(tables[name].schema != arrow_schema(table) for name, table in TABLES.items()):
        raise unreadable
    return tables


def _read_table(snapshot: Snapshot, name: str) -> pa.Table:
    with pq.ParquetFile(snapshot.table_path(name)) as file:
        return file.read()
