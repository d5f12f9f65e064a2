"""Carry the inhabitants of countries into a table: ``python -m geodata.build_population WORKBOOK``.

The workbook is the one that the World Bank offers for its indicator SP.POP.TOTL, in its long form: one row a
country and a year. ``--check`` makes the table again and compares.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geodata._sidecars import RETRIEVED
from geodata.errors import LayerError
from geodata.population import COLUMNS, TABLE
from geodata.sources import DATA, Sidecar, sha256_of, write_sidecar

INDICATOR: Final = "SP.POP.TOTL"
SHEET: Final = "Data"
HEADINGS: Final = ("Country Name", "Country Code", "Indicator Name", "Indicator Code", "Year", "Value")
_UPDATED = "Last Updated Date"


def read_sheet(workbook: Path) -> list[list[Any]]:
    """The rows of the data sheet.

    Raises
    ------
    LayerError
        When the file is no workbook, or its sheet has not the headings of the source.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        rows = CalamineWorkbook.from_path(workbook).get_sheet_by_name(SHEET).to_python()
    except (OSError, CalamineError) as cause:
        raise LayerError(
            f"{workbook.name} cannot be read as the World Bank's workbook of {INDICATOR}; "
            f"expected a sheet {SHEET}."
        ) from cause
    if not any(tuple(row) == HEADINGS for row in rows):
        raise LayerError(f"{workbook.name} has no row of headings; expected {', '.join(HEADINGS)}.")
    return rows


def published_day(rows: Sequence[Sequence[Any]]) -> str:
    """The ISO day on which the source was last updated; empty where the workbook does not say."""
    days = [row[1] for row in rows if row and row[0] == _UPDATED]
    return days[0].isoformat() if days and isinstance(days[0], dt.date) else ""


def latest_values(rows: Sequence[Sequence[Any]], codes: Iterable[str]) -> pd.DataFrame:
    """The latest value of each country.

    Parameters
    ----------
    rows
        As `read_sheet` returns them.
    codes
        The iso3 to keep; what else the source counts (regions, income groups) is left out.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, by iso3; a country without any value has no row.
    """
    start = [tuple(row) for row in rows].index(HEADINGS) + 1
    known = set(codes)
    latest: dict[str, tuple[int, int]] = {}
    for _, iso3, _, indicator, year, persons in rows[start:]:
        if indicator == INDICATOR and iso3 in known and isinstance(persons, int | float) and persons > 0:
            latest[iso3] = max(latest.get(iso3, (0, 0)), (int(year), round(persons)))
    found = [(iso3, year, persons) for iso3, (year, persons) in sorted(latest.items())]
    return pd.DataFrame(found, columns=list(COLUMNS))


def write_population(workbook: Path, folder: Path) -> Path:
    """Write the table and its sidecar in `folder`; the same workbook gives the same bytes."""
    rows = read_sheet(workbook)
    codes = pd.read_csv(DATA / "countries.csv", dtype=str, keep_default_na=False)["iso3"]
    found = latest_values(rows, codes)
    path = folder / TABLE
    found.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
    write_sidecar(_sidecar(path, len(found), published_day(rows), sha256_of(workbook)), folder)
    return path


def _sidecar(path: Path, rows: int, published: str, digest: str) -> Sidecar:
    return Sidecar(
        file=TABLE,
        producer="World Bank (World Development Indicators)",
        title=f"Population, total ({INDICATOR})",
        version=f"World Development Indicators of {published}",
        url=f"https://data.worldbank.org/indicator/{INDICATOR}",
        licence="CC BY 4.0",
        citation=(
            f"World Bank, World Development Indicators: Population, total ({INDICATOR}), "
            f"last updated {published}. Licensed under CC BY 4.0."
        ),
        published=published,
        retrieved=RETRIEVED,
        sha256={TABLE: sha256_of(path)},
        rows=rows,
        made_by="python -m geodata.build_population WORKBOOK",
        how=(
            "The latest year with a value of each country of the layer, the year kept beside it; regions, "
            "income groups and other codes that the layer does not know are left out, and countries without "
            f"a value have no row. From the workbook with SHA-256 {digest}."
        ),
    )


def changed_files(made: Path, committed: Path = DATA) -> list[str]:
    """Names of the files in `made` whose bytes are not those of the committed file."""
    return [
        path.name
        for path in sorted(made.iterdir())
        if not (committed / path.name).is_file() or path.read_bytes() != (committed / path.name).read_bytes()
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; exit code 0 done, 1 failed or different bytes, 2 wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m geodata.build_population", description="Carry the inhabitants of countries."
    )
    parser.add_argument("workbook", type=Path, help=f"the World Bank's workbook of {INDICATOR}")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, compare with the committed table"
    )
    chosen = parser.parse_args(arguments)
    try:
        if not chosen.check:
            write_population(chosen.workbook, DATA)
            return 0
        with tempfile.TemporaryDirectory() as made:
            write_population(chosen.workbook, Path(made))
            changed = changed_files(Path(made))
    except LayerError as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    sys.stdout.write("\n".join(changed) + "\n" if changed else "the same bytes\n")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
