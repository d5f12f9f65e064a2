"""Whether tables make a portfolio: every problem is collected, none is raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ess.locales import N_
from ess.portfolio.problems import FIRST_ROW, Kind, Problem, cell_problem, errors_in, quoted
from ess.portfolio.rules import RULES
from ess.portfolio.schema import LIST_SEPARATOR, TABLES, Column, Table, arrow_schema

MISSING_TABLE = Kind("missing_table", N_("a table of this name"))
MISSING_COLUMN = Kind("missing_column", N_("a column of this name"))
COLUMN_TWICE = Kind("column_twice", N_("it once"))
EXTRA_COLUMN = Kind("extra_column", N_("a column of the schema; it is left out"), "warning")
OTHER_TYPE = Kind("bad_type", N_("values of type {type}"))
MISSING_VALUE = Kind("missing_value", N_("a value"))
UNKNOWN_CODE = Kind("unknown_code", N_("one of {codes}"))
BAD_FORM = Kind("bad_form", N_("the form {form}"))
UNKNOWN_COUNTRY = Kind("unknown_country", N_("a country code of ISO 3166-1 alpha-3"))
BAD_NUMBER = Kind("bad_number", N_("a finite number"))
DUPLICATE_ID = Kind("duplicate_id", N_("it once only; row {first} has it already"))
DANGLING_REFERENCE = Kind("dangling_reference", N_("an id of table {table}"))

TWICE = N_("the column twice")


def validate_portfolio(
    tables: Mapping[str, pa.Table], countries: frozenset[str] | None = None
) -> list[Problem]:
    """Check tables against the schema and against each other.

    Parameters
    ----------
    tables
        Table name to Arrow table. Inputs are not changed.
    countries
        The ISO 3166-1 alpha-3 codes that exist; None leaves the codes' existence unchecked.

    Returns
    -------
    list
        Every problem; empty when the tables make a portfolio. Unknown columns and too large shares
        are warnings, all else errors. The cells of a table with a wrong shape are not looked at.
    """
    problems: list[Problem] = []
    sound: dict[str, pa.Table] = {}
    for table in TABLES.values():
        found = list(_shape_problems(table, tables.get(table.name)))
        problems += found
        if not errors_in(found):
            sound[table.name] = tables[table.name].select(table.column_names)
    for name, arrow in sound.items():
        problems += _cell_problems(TABLES[name], arrow, countries)
        problems += _key_problems(TABLES[name], arrow)
    problems += _reference_problems(sound)
    problems += _note_problems(sound)
    rows = {name: arrow.to_pylist() for name, arrow in sound.items()}
    return problems + [problem for rule in RULES for problem in rule(rows)]


def heading_problems(table: Table, heading: list[str]) -> Iterator[Problem]:
    """Columns that are missing, there twice, or unknown."""
    for name in table.column_names:
        if name not in heading:
            yield Problem(MISSING_COLUMN, table.name, column=name)
        elif heading.count(name) > 1:
            yield Problem(COLUMN_TWICE, table.name, TWICE, column=name)
    for name in dict.fromkeys(heading):
        if name not in table.column_names:
            yield Problem(EXTRA_COLUMN, table.name, quoted(name))


def _shape_problems(table: Table, arrow: pa.Table | None) -> Iterator[Problem]:
    if arrow is None:
        yield Problem(MISSING_TABLE, table.name)
        return
    yield from heading_problems(table, arrow.column_names)
    for field in arrow_schema(table):
        places = arrow.schema.get_all_field_indices(field.name)
        if len(places) == 1 and arrow.schema.field(places[0]).type != field.type:
            found = quoted(arrow.schema.field(places[0]).type)
            yield Problem(OTHER_TYPE, table.name, found, column=field.name, facts={"type": field.type})


def _cell_problems(table: Table, arrow: pa.Table, countries: frozenset[str] | None) -> Iterator[Problem]:
    for column in table.columns:
        values = arrow.column(column.name)
        if column.required:
            for index in pc.indices_nonzero(pc.is_null(values)).to_pylist():
                yield cell_problem(table.name, index, column.name, quoted(None), MISSING_VALUE)
        for good, kind, facts in _tests_of(column, values, countries):
            for index in pc.indices_nonzero(pc.and_(pc.is_valid(values), pc.invert(good))).to_pylist():
                found = quoted(values[index].as_py())
                yield cell_problem(table.name, index, column.name, found, kind, **facts)


def _tests_of(
    column: Column, values: Any, countries: frozenset[str] | None
) -> Iterator[tuple[Any, Kind, dict[str, str]]]:
    """Which cells of a column are good, test by test, with the problem of those that are not."""
    if column.codes:
        codes = ", ".join(entry.code for entry in column.codes)
        yield _is_one_of(values, column.allowed), UNKNOWN_CODE, {"codes": codes}
    if column.pattern:
        good = pc.match_substring_regex(values, rf"\A(?:{column.pattern})\z")
        yield good, BAD_FORM, {"form": column.pattern}
    if column.name == "iso3" and countries is not None:
        yield _is_one_of(values, countries), UNKNOWN_COUNTRY, {}
    if column.type == "number":
        yield pc.is_finite(values), BAD_NUMBER, {}


def _is_one_of(values: Any, known: frozenset[str]) -> Any:
    return pc.is_in(values, value_set=pa.array(sorted(known), pa.string()))


def _key_problems(table: Table, arrow: pa.Table) -> Iterator[Problem]:
    first: dict[tuple[str, ...], int] = {}
    keys = zip(*(arrow.column(name).to_pylist() for name in table.key), strict=True)
    for index, key in enumerate(keys):
        if None in key:
            continue
        if key in first:
            row = first[key] + FIRST_ROW
            yield cell_problem(
                table.name, index, table.key[-1], quoted("/".join(key)), DUPLICATE_ID, first=row
            )
        first.setdefault(key, index)


def _reference_problems(tables: Mapping[str, pa.Table]) -> Iterator[Problem]:
    for name, arrow in tables.items():
        for column in TABLES[name].columns:
            if column.references not in tables:
                continue
            known = _ids(tables, column.references)
            for index, cell in enumerate(arrow.column(column.name).to_pylist()):
                for identifier in parse_references(cell) if column.type == "references" else [cell]:
                    if identifier is not None and identifier not in known:
                        facts = {"table": column.references}
                        found = quoted(identifier)
                        yield cell_problem(name, index, column.name, found, DANGLING_REFERENCE, **facts)


def _note_problems(tables: Mapping[str, pa.Table]) -> Iterator[Problem]:
    for index, note in enumerate(tables["notes"].to_pylist() if "notes" in tables else []):
        about, row = note["about_table"], note["about_id"]
        if about in tables and row is not None and row not in _ids(tables, about):
            yield cell_problem("notes", index, "about_id", quoted(row), DANGLING_REFERENCE, table=about)


def _ids(tables: Mapping[str, pa.Table], name: str) -> frozenset[str]:
    return frozenset(tables[name].column("id").to_pylist()) if TABLES[name].key == ("id",) else frozenset()


def parse_references(cell: str | None) -> list[str]:
    """The ids of a cell that holds several, separated by ``;``; an empty cell holds none."""
    return [] if cell is None else [part.strip() for part in cell.split(LIST_SEPARATOR)]
