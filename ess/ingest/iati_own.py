"""The atlas's own IATI export in, back to the tables that it was made from.

The docstring of the module that writes it says what such a file holds. A file that nobody changed gives the
same tables, cell by cell. One that was changed is taken like a filled template (`ess.ingest.template`): what
cannot be used is left out with its reason, rows read are rows kept plus rows left out, and what is kept is a
valid portfolio. What the elements of the standard say comes before what the atlas wrote beside them
(`iati_own_elements`).

Read and kept are rows of all tables; the row of a problem is the element below the root, from 1, so that an
activity has its own number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
from lxml import etree

from ess.errors import BadInput
from ess.ingest.iati_context import Element
from ess.ingest.iati_own_elements import NAMESPACE, ROW, read_own_activity, written_row
from ess.ingest.iati_own_rows import OwnRows, typed
from ess.ingest.markup import MarkupReader, Root, iterparse_options, markup_fault, open_markup
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.template import KEPT, TemplateReading, read_template
from ess.ingest.template_cells import Habits, UnusableCellError, Value, parse_cell
from ess.locales import N_
from ess.portfolio.checks import validate_portfolio
from ess.portfolio.problems import FIRST_ROW, Problem, errors_in
from ess.portfolio.schema import TABLES, Column, Table, arrow_schema
from geodata.codes import countries

_ROOT = "iati-activities"
_ACTIVITY = "{*}iati-activity"
_HABITS = Habits()


def is_own(root: Root) -> bool:
    """Whether the root element of a file declares what the atlas writes beside the standard."""
    declared = (value for name, value in root.attributes.items() if name.startswith("xmlns:"))
    return root.tag == _ROOT and NAMESPACE in declared


def read_own(path: Path, report: FileReport) -> TemplateReading:
    """Read an export of the atlas.

    Parameters
    ----------
    report
        Takes the problems, the rows that are left out, and how many were read.

    Returns
    -------
    TemplateReading
        Tables that together are a valid portfolio, and `report`.

    Raises
    ------
    BadInput
        For a file without activities, and for markup that cannot be read.
    """
    own = OwnRows(report)
    with open_markup(path) as source:
        try:
            _read_elements(own, source)
        except etree.XMLSyntaxError as error:
            raise markup_fault(error, path.name) from error
    if not own.count("activities"):
        raise BadInput(
            N_("{name} holds no activity; export the portfolio again."), code="no_activities", name=path.name
        )
    tables = _tables_as_written(own)
    return TemplateReading(_mended(own, path.name) if tables is None else tables, [report])


def _read_elements(own: OwnRows, source: MarkupReader) -> None:
    for element in _elements_below_the_root(source):
        own.number += 1
        if element.tag == ROW:
            own.keep_written(written_row(element))
        else:
            read_own_activity(own, element)


def _elements_below_the_root(source: MarkupReader) -> Iterator[Element]:
    """Activities and rows, each gone from memory when the next one comes."""
    options = iterparse_options(source)
    for _, element in etree.iterparse(source, events=("end",), tag=(_ACTIVITY, ROW), **options):
        root = element.getparent()
        if root is None or root.getparent() is not None:
            continue
        yield _without_namespace(element)
        element.clear(keep_tail=False)
        while element.getprevious() is not None:
            del root[0]


def _without_namespace(element: Element) -> Element:
    """An activity whose elements have their plain names, whatever namespace a program gave them."""
    if element.tag[0] == "{" and element.tag != ROW:
        for one in element.iter():
            name = etree.QName(one)
            if name.namespace != NAMESPACE:
                one.tag = name.localname
    return element


def _tables_as_written(own: OwnRows) -> dict[str, pa.Table] | None:
    """The tables, where every cell is as the atlas writes it and all are a portfolio; else None."""
    try:
        tables = {table.name: _table(own, table) for table in TABLES.values()}
    except UnusableCellError:
        return None
    problems = validate_portfolio(tables, frozenset(countries()))
    if errors_in(problems):
        return None
    own.report.read += sum(table.num_rows for table in tables.values())
    _note_warnings(own, tables, problems)
    return tables


def _table(own: OwnRows, table: Table) -> pa.Table:
    schema = arrow_schema(table)
    batches = [
        # Arrow does not refuse null in a required column here; the checks find it.
        pa.RecordBatch.from_arrays(
            [
                _array(column, written[column.name], schema.field(column.name).type)
                for column in table.columns
            ],
            schema=schema,
        )
        for written in own.texts(table.name)
    ]
    return pa.Table.from_batches(batches, schema)


def _array(column: Column, written: Sequence[str | None], kind: pa.DataType) -> pa.Array:
    values: dict[str | None, Value] = {
        text: parse_cell(column, typed(column, text), _HABITS) for text in set(written)
    }
    return pa.array([values[text] for text in written], kind)


def _note_warnings(own: OwnRows, tables: dict[str, pa.Table], problems: Sequence[Problem]) -> None:
    numbers = {name: own.numbers(name) for name in {problem.table for problem in problems}}
    for problem in problems:
        kind = Kind(problem.code, "warning", KEPT, problem.kind.expected)
        number, found = None, problem.found.strip("“”")
        if problem.row is not None:
            index = problem.row - FIRST_ROW
            number = numbers[problem.table][index]
            found = tables[problem.table].column(problem.column)[index].as_py()
        own.report.add(kind, number, f"{problem.table}!{problem.column}", found, **problem.facts)


def _mended(own: OwnRows, name: str) -> dict[str, pa.Table]:
    """The tables of what can be used, taken like a filled template."""
    reading = read_template([own.sheet(table) for table in TABLES.values()], name)
    for found in reading.reports:
        _take(own.report, found)
    return reading.tables


def _take(report: FileReport, found: FileReport) -> None:
    """Add what another report of the same file says."""
    report.read += found.read
    report.rejected += found.rejected
    report.counts.update(found.counts)
    report.problems += found.problems
    report.rejects += found.rejects
