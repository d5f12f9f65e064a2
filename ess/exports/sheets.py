"""Tables ready to be written in any format: typed cells, codes with labels, a meaning for each column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ess.analysis.extract import Extract
from ess.exports.answer import Answer, answer_rows
from ess.exports.labels import code_label
from ess.locales import N_, Translator
from ess.portfolio.headings import heading, sheet_name
from ess.portfolio.schema import TABLES, Column, Table
from ess.portfolio.template import TAG_CODES
from ess.store.engine import Row
from geodata.codes import country_name

FieldType: TypeAlias = Literal["string", "integer", "number", "boolean", "date"]

LABEL = "_label"
"""Ends the name of a column that says in words what the column before it says as a code."""

MEASURE = "measure_by_country"


@dataclass(frozen=True)
class Field:
    """A column: its name in files, its type, what it means in the reader's language, its unit."""

    name: str
    type: FieldType
    meaning: str
    unit: str = ""
    language: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table to be written; missing cells are None, never an empty text and never zero.

    Attributes
    ----------
    name
        In file names, the same in every language.
    title
        In the reader's language.
    key
        The columns that tell rows apart; empty where none do.
    """

    name: str
    title: str
    meaning: str
    fields: tuple[Field, ...]
    rows: Sequence[Row]
    key: tuple[str, ...] = ()


_MEASURE_COLUMNS: Mapping[str, tuple[FieldType, str]] = {
    "iso3": ("string", N_("Country, ISO 3166-1 alpha-3")),
    "region": ("string", N_("Region, three-digit code of the UN M49 standard")),
    "name": ("string", N_("Name of the country or region, or of the countries that share a total")),
    "measure": ("string", N_("Code of what is counted")),
    "measure_label": ("string", N_("What is counted")),
    "unit": ("string", N_("Unit of the value")),
    "state": ("string", N_("Code of what is known: figure, present, planned, none or shared")),
    "state_label": ("string", N_("What is known, in words")),
    "value": ("number", N_("The value; empty where no figure is stated, never zero instead")),
    "qualifier": ("string", N_("Exact, or a bound")),
    "scheme": ("string", N_("Classification of the map")),
    "class": ("integer", N_("Class on the map")),
    "classes": ("integer", N_("Number of classes of the map")),
    "class_above": ("number", N_("Lower limit of the class, itself outside of it")),
    "class_up_to": ("number", N_("Upper limit of the class, itself in it")),
    "normalised": ("number", N_("The value divided by inhabitants or area")),
    "normalised_unit": ("string", N_("Unit of the divided value")),
    "denominator": ("number", N_("What the value was divided by")),
    "denominator_unit": ("string", N_("Unit of what the value was divided by")),
    "denominator_year": ("integer", N_("Year of what the value was divided by")),
    "denominator_source": ("string", N_("Source of what the value was divided by")),
    "activities": ("integer", N_("Records behind the row, planned ones too")),
    "planned": ("integer", N_("How many of these records are only planned")),
    "undivided_value": ("number", N_("A total stated for several countries together, part of no value")),
    "undivided_between": ("string", N_("Codes of the countries and regions that share the total")),
    "note": ("string", N_("What the row must not be taken for")),
    "filters": ("string", N_("The filters, as codes")),
    "boundary_view": ("string", N_("How disputed boundaries are drawn: un, ma or de_facto")),
    "snapshot": ("string", N_("Identifier of the snapshot: the same numbers have the same identifier")),
    "data_as_of": ("date", N_("Day of the latest dated source")),
    "caveats": ("string", N_("What must be said of the whole table")),
}


def build_measure_sheet(answer: Answer, translator: Translator) -> Sheet:
    """The measure by country: the rows of the page's table, then regional rows and undivided totals."""
    rows = answer_rows(answer, translator)
    columns = ((name, *_MEASURE_COLUMNS[name]) for name in rows[0])
    return Sheet(
        MEASURE,
        translator("Measure by country"),
        answer.measure_label,
        tuple(Field(name, kind, translator(text)) for name, kind, text in columns),
        [{name: _stated(cell) for name, cell in row.items()} for row in rows],
    )


def _stated(cell: object) -> object:
    """A cell of a row that writes what is missing as an empty text."""
    return None if cell == "" else cell


def build_record_sheets(
    extract: Extract, translator: Translator, names: Sequence[str] = tuple(TABLES)
) -> list[Sheet]:
    """The tables of a selection; each code of a closed list, country, region or named row with its label."""
    namer = _Namer(extract, translator)
    return [_record_sheet(TABLES[name], extract, namer, translator) for name in names]


def _record_sheet(table: Table, extract: Extract, namer: _Namer, translator: Translator) -> Sheet:
    labelled = [column for column in table.columns if namer.has_label(table, column)]
    rows = [namer.labelled(table, row, labelled) for row in extract[table.name].to_pylist()]
    return Sheet(
        table.name,
        sheet_name(table, translator.lang),
        translator(table.meaning),
        tuple(_record_fields(table, {column.name for column in labelled}, translator)),
        rows,
        table.key,
    )


_TYPES: Mapping[str, FieldType] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
}


def _record_fields(table: Table, labelled: set[str], translator: Translator) -> Iterator[Field]:
    for column in table.columns:
        unit = translator(column.unit) if column.unit else ""
        kind = _TYPES.get(column.type, "string")
        yield Field(column.name, kind, translator(column.meaning), unit, column.language)
        if column.name in labelled:
            title = heading(table, column, translator.lang)
            meaning = translator("In words{colon}{column}", colon=translator(": "), column=title)
            yield Field(column.name + LABEL, "string", meaning, language=translator.lang)


class _Namer:
    """Says in words what the cells of a record say as codes."""

    def __init__(self, extract: Extract, translator: Translator) -> None:
        self._translator = translator
        self._rows = {
            name: {row["id"]: row for row in extract[name].to_pylist()}
            for name in ("activities", "actors", "programmes", "indicators", "sources")
        }

    def has_label(self, table: Table, column: Column) -> bool:
        """Whether a column holds codes or names of rows."""
        return bool(column.codes or column.references or column.name in ("iso3", "unit")) or (
            table.name == "tags" and column.name == "code"
        )

    def labelled(self, table: Table, row: Row, columns: Sequence[Column]) -> Row:
        """The row with a label after each code; the order of cells is that of the fields."""
        labels = {column.name: self._label(table, column, row) for column in columns}
        found: dict[str, Any] = {}
        for name, cell in row.items():
            found[name] = cell
            if name in labels:
                found[name + LABEL] = labels[name]
        return found

    def _label(self, table: Table, column: Column, row: Row) -> str | None:
        code = row[column.name]
        if code is None:
            return None
        if column.references:
            return self._row_names(column.references, code)
        match table.name, column.name:
            case "tags", "code":
                return self._code_of(TAG_CODES.get(row["scheme"], ()), code)
            case _, "iso3":
                return country_name(code, self._translator.lang)
            case _, "unit":
                return code_label("unit", code, self._translator)
        return self._code_of(column.codes, code)

    def _code_of(self, code_list: Sequence[Any], code: str) -> str:
        found = next((entry.label for entry in code_list if entry.code == code), None)
        return code if found is None else self._translator(found)

    def _row_names(self, table: str, codes: str) -> str:
        rows = (self._rows[table].get(code.strip(), {}) for code in codes.split(";"))
        return "; ".join(filter(None, map(self._name, rows)))

    def _name(self, row: Row) -> str:
        texts = (self._translator.field(row, base) for base in ("title", "name", "label"))
        return next(filter(None, texts), "")
