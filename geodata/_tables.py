"""Read the CSV tables that are committed with the package."""

from __future__ import annotations

import csv
from pathlib import Path

from geodata.errors import LayerError
from geodata.sources import DATA


def read_rows(name: str, columns: tuple[str, ...], folder: Path = DATA) -> list[dict[str, str]]:
    """Read a table of text cells; an empty cell is the empty string.

    Raises
    ------
    LayerError
        When the file cannot be read, or has not exactly `columns` in every row.
    """
    try:
        with (folder / name).open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            found = tuple(reader.fieldnames or ())
            rows = list(reader)
    except (OSError, ValueError, csv.Error) as cause:
        raise LayerError(
            f"{name} cannot be read; expected a CSV table in UTF-8: install the package again."
        ) from cause
    if found != columns or any(None in row.values() or None in row for row in rows):
        raise LayerError(
            f"{name} has the columns {', '.join(found)}; expected {', '.join(columns)} in every row."
        )
    return rows
