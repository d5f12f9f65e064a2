"""A portfolio on disk: a folder of CSV files, one a table, with a ``datapackage.json`` beside them.

The files are UTF-8 (a byte-order mark is accepted), comma separated, quoted as RFC 4180 says, with one row of
headings: technical names, or the names of `ess.portfolio.headings` in any language. Text stays text as
written: ``NA`` is Namibia, not a missing value. Only the empty cell is missing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ess.errors import PortfolioError
from ess.locales import N_
from ess.portfolio.checks import heading_problems, validate_portfolio
from ess.portfolio.descriptor import DESCRIPTOR, format_datapackage
from ess.portfolio.headings import technical_headings
from ess.portfolio.problems import FIRST_ROW, Kind, Problem, cell_problem, errors_in, quoted
from ess.portfolio.schema import TABLES, Column, ColumnType, Table, arrow_schema

Cell = str | int | float | bool | date | None

MISSING_FILE = Kind("missing_table", N_("a file {file}"))
UNREADABLE_FILE = Kind("unreadable", N_("a readable file {file}"))
NOT_UTF8 = Kind("not_utf8", N_("text in UTF-8: save the table as CSV UTF-8"))
NOT_CSV = Kind("not_csv", N_("comma-separated values, quoted where needed"))
RAGGED_ROW = Kind("ragged_row", N_("{width} cells, as many as there are headings"))

BAD_TYPES: Mapping[ColumnType, Kind] = {
    "integer": Kind("bad_type", N_("a whole number")),
    "number": Kind("bad_type", N_("a number with a point as decimal mark, and no separator of thousands")),
    "boolean": Kind("bad_type", N_("true or false")),
    "date": Kind("bad_type", N_("a day written year-month-day, as 2025-07-08")),
}

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MUST_QUOTE = re.compile(r'[",\r\n]|^\s|\s$')
_LARGEST_PLAIN = 1e15
_ID_DIGITS = 16
_CELL_END = "\x1f"
_DIGEST_BYTES = 32
_DIGESTS = 1 << (8 * _DIGEST_BYTES)


@dataclass(frozen=True)
class Reading:
    """What reading a folder gave: the tables that could be read, and every problem met."""

    tables: dict[str, pa.Table]
    problems: list[Problem]


def read_portfolio(folder: Path, countries: frozenset[str] | None = None) -> dict[str, pa.Table]:
    """Read a folder of tables.

    Parameters
    ----------
    folder
        Folder with one ``<table>.csv`` for each table of the schema; other files are not looked at.
    countries
        The ISO 3166-1 alpha-3 codes that exist; None leaves the codes' existence unchecked.

    Returns
    -------
    dict
        Table name to Arrow table, in the schema's order, types and column order; missing cells are null.

    Raises
    ------
    PortfolioError
        When anything is broken; ``problems`` lists everything found.
    """
    reading = inspect_portfolio(folder, countries)
    errors = errors_in(reading.problems)
    if errors:
        raise PortfolioError(
            "The portfolio in {folder} cannot be used, it has {count} problems; correct them, first: {first}",
            tuple(str(problem) for problem in errors),
            folder=folder,
            count=len(errors),
            first=errors[0],
        )
    return reading.tables


def inspect_portfolio(folder: Path, countries: frozenset[str] | None = None) -> Reading:
    """Read what can be read of a folder and collect every problem, warnings too.

    Parameters are those of `read_portfolio`; nothing is raised for a broken portfolio.
    """
    tables: dict[str, pa.Table] = {}
    problems: list[Problem] = []
    for table in TABLES.values():
        arrow, found = _read_table(folder, table)
        problems += found
        if arrow is not None:
            tables[table.name] = arrow
    return Reading(tables, problems + _not_told(validate_portfolio(tables, countries), problems))


def _not_told(found: list[Problem], told: list[Problem]) -> list[Problem]:
    """Leave out what only follows from a file, a row or a cell that could not be read."""
    broken = {(problem.table, problem.row, problem.column) for problem in errors_in(told)}
    files = {table for table, row, _ in broken if row is None}
    return [
        problem
        for problem in found
        if (problem.table, problem.row, problem.column) not in broken
        and (problem.table, problem.row, "") not in broken
        and not (problem.row is None and problem.table in files)
    ]


def _read_table(folder: Path, table: Table) -> tuple[pa.Table | None, list[Problem]]:
    """The table of a file, or None when the file cannot be read; cells that cannot be read become null."""
    path = folder / f"{table.name}.csv"
    facts = {"file": path.name}
    try:
        text = path.read_bytes().decode("utf-8-sig")
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        return None, [Problem(MISSING_FILE, table.name, facts=facts)]
    except UnicodeDecodeError as fault:
        return None, [Problem(NOT_UTF8, table.name, quoted(f"byte {fault.object[fault.start]:#04x}"))]
    except csv.Error as fault:
        return None, [Problem(NOT_CSV, table.name, quoted(fault))]
    except (OSError, ValueError) as fault:
        return None, [Problem(UNREADABLE_FILE, table.name, quoted(fault), facts=facts)]
    return _typed_table(table, _without_blank_end(records))


def _without_blank_end(records: list[list[str]]) -> list[list[str]]:
    last = max((number for number, record in enumerate(records) if any(record)), default=-1)
    return records[: last + 1]


def _typed_table(table: Table, records: list[list[str]]) -> tuple[pa.Table | None, list[Problem]]:
    heading = technical_headings(table, records[0]) if records else []
    problems = list(heading_problems(table, heading))
    if errors_in(problems):
        return None, problems
    problems += _ragged_rows(table, records)
    # A ragged row keeps its place, so that the rows below it keep their numbers.
    rows = [dict(zip_longest(heading, record[: len(heading)], fillvalue="")) for record in records[1:]]
    columns = {}
    for column in table.columns:
        columns[column.name], found = _typed_column(table, column, [row[column.name] for row in rows])
        problems += found
    schema = arrow_schema(table)
    # Arrow does not refuse null in a required column here; the checks report it with its row.
    arrays = [pa.array(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema), problems


def _ragged_rows(table: Table, records: list[list[str]]) -> Iterator[Problem]:
    width = len(records[0])
    for row, record in enumerate(records[1:], start=FIRST_ROW):
        if len(record) != width:
            yield Problem(RAGGED_ROW, table.name, quoted(len(record)), row, facts={"width": width})


def _typed_column(table: Table, column: Column, texts: list[str]) -> tuple[list[Cell], list[Problem]]:
    parse = _PARSERS.get(column.type, str)
    cells: list[Cell] = []
    problems = []
    for index, text in enumerate(texts):
        try:
            cells.append(parse(text) if text else None)
        except ValueError:
            cells.append(None)
            kind = BAD_TYPES[column.type]
            problems.append(cell_problem(table.name, index, column.name, quoted(text), kind))
    return cells, problems


def _parse_integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _parse_number(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _parse_boolean(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _parse_day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


_PARSERS: Mapping[ColumnType, Callable[[str], Cell]] = {
    "integer": _parse_integer,
    "number": _parse_number,
    "boolean": _parse_boolean,
    "date": _parse_day,
}


def write_portfolio(tables: Mapping[str, pa.Table], folder: Path) -> None:
    """Write every table and the ``datapackage.json`` into a folder, which is made when it does not exist.

    The same tables give the same bytes. Reading back gives equal tables, but for an empty text, which is read
    as missing.

    Raises
    ------
    PortfolioError
        When a table has not the schema's columns and types, or the folder cannot be written.
    """
    texts = {f"{name}.csv": format_table(arrow) for name, arrow in _ordered(tables)}
    texts[DESCRIPTOR] = format_datapackage()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode("utf-8"))
    except (OSError, ValueError) as fault:
        raise PortfolioError(
            "The portfolio cannot be written to {folder}: {reason}; choose a folder that can be written.",
            folder=folder,
            reason=fault,
        ) from fault


def _ordered(tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, pa.Table]]:
    for table in TABLES.values():
        arrow = tables.get(table.name)
        if arrow is None or arrow.schema != arrow_schema(table):
            raise PortfolioError(
                "Table {table} has other columns than the schema; give it those, in their order and types.",
                table=table.name,
            )
        yield table.name, arrow


def format_table(arrow: pa.Table) -> str:
    """A table as CSV text: headings, then one line a row, each ended by a line feed."""
    return "".join(line + "\n" for line in [",".join(arrow.column_names), *_lines(arrow)])


def _lines(arrow: pa.Table) -> list[str]:
    return [",".join(format_cell(cell) for cell in row.values()) for row in arrow.to_pylist()]


def format_cell(cell: Cell) -> str:
    """A cell as CSV text, quoted where it must be; a missing cell is empty."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < _LARGEST_PLAIN:
            return str(int(cell))
        case str() if _MUST_QUOTE.search(cell):
            return '"' + cell.replace('"', '""') + '"'
    return str(cell)


def content_id(tables: Mapping[str, pa.Table]) -> str:
    """A stable name of what the tables say: it depends on the cells, not on the order of the rows.

    Sixteen hexadecimal digits. An empty text is a missing one, as it is in a file.

    Raises
    ------
    PortfolioError
        When a table has not the schema's columns and types.
    """
    return content_id_of_batches({name: arrow.to_batches() for name, arrow in _ordered(tables)})


def content_id_of_batches(tables: Mapping[str, Iterable[pa.RecordBatch]]) -> str:
    """As `content_id`, for tables too large to be held at once: piece by piece, memory stays flat.

    The digests of a table's rows are added up, so that no row need wait for its place in an order.
    """
    digest = hashlib.sha256()
    for name in TABLES:
        rows = 0
        total = 0
        for batch in tables[name]:
            rows += batch.num_rows
            total += sum(row_digests(batch))
        digest.update(f"{name} {rows} {total % _DIGESTS:x}\n".encode())
    return digest.hexdigest()[:_ID_DIGITS]


def row_digests(batch: pa.RecordBatch) -> Iterator[int]:
    """A number for each row that stands for all its cells; an empty text is a missing one."""
    if not batch.num_rows:
        return
    texts = [pc.coalesce(pc.cast(_unsigned_zero(column), pa.string()), "") for column in batch.columns]
    rows = pc.binary_join_element_wise(*texts, _CELL_END)
    for row in rows.to_pylist():
        yield int.from_bytes(hashlib.blake2b(row.encode(), digest_size=_DIGEST_BYTES).digest())


def _unsigned_zero(column: pa.Array) -> pa.Array:
    return pc.add(column, 0.0) if pa.types.is_floating(column.type) else column
