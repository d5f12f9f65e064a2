"""The template, empty or filled with a portfolio: one workbook, or a folder of CSV files.

The workbook has a page that says how to fill it, a sheet for each table and one with the codes. Texts are
written as texts: none can be taken for a formula, an address or a number. What a cell cannot hold is refused
or shown, never cut.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pyarrow as pa

from ess.errors import ExportError
from ess.exports.characters import printable
from ess.ingest.template_rows import guarded
from ess.locales import N_, Translator, translator
from ess.portfolio.files import format_cell
from ess.portfolio.headings import heading, sheet_name
from ess.portfolio.schema import TABLES, Column, Table, arrow_schema
from ess.portfolio.template import TAG_CODES, column_label

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Tables: TypeAlias = Mapping[str, pa.Table]

README_SHEETS = {"fr": "Lisez-moi", "en": "Read me", "ar": "اقرأ"}
CODE_SHEETS = {"fr": "Listes de codes", "en": "Code lists", "ar": "قوائم الرموز"}
README_FILES = {"fr": "LISEZ-MOI.txt", "en": "README.txt", "ar": "اقرأ.txt"}

LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_575
"""What one cell and one sheet of a workbook hold; the headings take the first row."""

ROWS_WITH_LISTS = 5_000
"""Rows below the headings in which codes can be chosen from a list, at least."""

FIRST_DAY = date(1900, 3, 1)
"""Spreadsheets disagree on the days before, because some of them know a 29 February 1900."""

_WIDTHS = {"text": 24, "code": 20, "reference": 22, "references": 26, "date": 13, "number": 12, "boolean": 12}
_WIDE = 48
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp, so that the same tables give the same bytes
_FORMATS: Mapping[str, Mapping[str, object]] = {
    "heading": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7ECEF", "border": 1},
    "required": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#CFE3D4", "border": 1},
    "text": {"num_format": "@"},
    "date": {"num_format": "yyyy-mm-dd"},
    "number": {"num_format": "General"},
    "title": {"bold": True, "font_size": 14},
    "paragraph": {"text_wrap": True, "valign": "top"},
}

GUIDE = (
    N_("How to fill in this template"),
    N_("One row is one record. Headings may be in French, English or Arabic, in any order."),
    N_("Only the activities are required: an identifier, a title in one language and a type for each."),
    N_("To place an activity, name it and its country in the sheet of places; a row for each country."),
    N_("A country is its ISO code or its name in French, English or Arabic."),
    N_("A code may be written as the code itself or as its label; the sheet of codes lists them."),
    N_("An empty cell means “not stated”, never zero. Leave out what is not known."),
    N_("Dates are written year-month-day, as 2025-07-08; where no more is known, a year or a month."),
    N_("A share is a published percentage. Without one, leave it empty: nothing is split by guess."),
    N_("An identifier is yours to choose; it stays the same in every later file."),
)
"""What a person must know, a paragraph each; the first is the title."""


class _Exact(float):
    """A number that is written with every digit it has, where xlsxwriter would write sixteen."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return repr(float(self))


def empty_tables() -> dict[str, pa.Table]:
    """Every table of the schema, without rows."""
    return {name: arrow_schema(table).empty_table() for name, table in TABLES.items()}


def build_template(lang: str) -> bytes:
    """The empty template as a workbook, its headings in `lang`, one of ``fr``, ``en``, ``ar``."""
    return build_workbook(empty_tables(), lang)


def build_workbook(tables: Tables, lang: str) -> bytes:
    """The tables of a portfolio as a workbook in the template's form, headings and codes in `lang`.

    Numbers, days and truth values keep their types; everything else is text, long identifiers too. The same
    tables give the same bytes. Days before `FIRST_DAY` are texts, year-month-day. Characters that a workbook
    cannot hold are shown as U+FFFD.

    Raises
    ------
    ExportError
        For a text or a table that is too long for a workbook.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    book.set_properties({"created": _CREATED})
    formats = {name: book.add_format(dict(look)) for name, look in _FORMATS.items()}
    words = translator(lang)
    _write_guide(_added(book, README_SHEETS[lang], words), formats, words)
    sheets = {table.name: _added(book, sheet_name(table, lang), words) for table in TABLES.values()}
    lists = _write_code_lists(_added(book, CODE_SHEETS[lang], words), formats, words)
    for table in TABLES.values():
        _write_headings(sheets[table.name], table, formats, words)
        _write_rows(sheets[table.name], table, tables[table.name], formats, lang)
        _offer_codes(sheets[table.name], table, lists, tables[table.name].num_rows)
    book.close()
    return content.getvalue()


def _added(book: Workbook, name: str, words: Translator) -> Worksheet:
    sheet: Worksheet = book.add_worksheet(name)
    if words.is_rtl:
        sheet.right_to_left()
    return sheet


def _write_guide(sheet: Worksheet, formats: Mapping[str, Format], words: Translator) -> None:
    sheet.set_column(0, 0, 34, formats["paragraph"])
    sheet.set_column(1, 1, 90, formats["paragraph"])
    for row, text in enumerate(GUIDE):
        sheet.write_string(row, 1 if row else 0, words(text), formats["paragraph" if row else "title"])
    for row, table in enumerate(TABLES.values(), start=len(GUIDE) + 1):
        sheet.write_string(row, 0, sheet_name(table, words.lang), formats["paragraph"])
        sheet.write_string(row, 1, words(table.meaning), formats["paragraph"])


def _write_headings(sheet: Worksheet, table: Table, formats: Mapping[str, Format], words: Translator) -> None:
    for place, column in enumerate(table.columns):
        look = formats["required" if column.required else "heading"]
        sheet.write_string(0, place, heading(table, column, words.lang), look)
        sheet.write_comment(0, place, explained(column, words), {"x_scale": 2})
        width = _WIDE if column.language and column.name.startswith("description") else _WIDTHS[column.type]
        sheet.set_column(place, place, width, formats[_look_of(column)])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, 0, len(table.columns) - 1)


def explained(column: Column, words: Translator) -> str:
    """What a column means, its unit, and the technical name by which it is always known."""
    unit = f" ({words(column.unit)})" if column.unit else ""
    return f"{words(column.meaning)}{unit}\n[{column.name}]"


def _look_of(column: Column) -> str:
    return column.type if column.type in {"date", "number"} else "number" if _is_typed(column) else "text"


def _is_typed(column: Column) -> bool:
    return column.type in {"boolean", "integer", "number", "date"}


def _write_rows(
    sheet: Worksheet, table: Table, arrow: pa.Table, formats: Mapping[str, Format], lang: str
) -> None:
    if arrow.num_rows > MOST_ROWS:
        raise ExportError(
            "Table {table} has {count} rows; a sheet of a workbook holds {most}; export to CSV instead.",
            table=table.name,
            count=arrow.num_rows,
            most=MOST_ROWS,
        )
    for place, column in enumerate(table.columns):
        look = formats[_look_of(column)]
        for row, cell in enumerate(arrow.column(column.name).to_pylist(), start=1):
            if cell is not None:
                _write_cell(sheet, (row, place), _shown(column, cell, lang), look, table)


def _write_cell(sheet: Worksheet, at: tuple[int, int], cell: object, look: Format, table: Table) -> None:
    match cell:
        case bool():
            sheet.write_boolean(*at, cell, look)
        case int() | float():
            sheet.write_number(*at, _Exact(cell), look)
        case date() if cell >= FIRST_DAY:
            sheet.write_datetime(*at, datetime(cell.year, cell.month, cell.day), look)  # noqa: DTZ001
        case _:
            text = printable(str(cell))
            _refuse_long_text(text, at, table)
            sheet.write_string(*at, text, look)


def _refuse_long_text(text: str, at: tuple[int, int], table: Table) -> None:
    # A workbook counts in halves of UTF-16 pairs.
    if len(text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
        raise ExportError(
            "Table {table}, row {row}, column {column}: the text is longer than the {most} characters of a"
            " workbook's cell; export to CSV instead.",
            table=table.name,
            row=at[0] + 1,
            column=table.columns[at[1]].name,
            most=LONGEST_TEXT,
        )


def _shown(column: Column, cell: Any, lang: str) -> Any:
    return column_label(column, cell, lang) if column.type == "code" else cell


def _code_lists(words: Translator) -> Iterator[tuple[tuple[str, str], str, list[tuple[str, str]]]]:
    """The closed lists by (table, column), each with its title and its codes and labels."""
    lang = words.lang
    for table in TABLES.values():
        for column in table.columns:
            if column.codes:
                title = f"{sheet_name(table, lang)}: {heading(table, column, lang)}"
                pairs = [(entry.code, column_label(column, entry.code, lang)) for entry in column.codes]
                yield (table.name, column.name), title, pairs
    tags = TABLES["tags"]
    for scheme, code_list in TAG_CODES.items():
        title = f"{sheet_name(tags, lang)}: {scheme}"
        yield ("tags", scheme), title, [(entry.code, words(entry.label)) for entry in code_list]


def _write_code_lists(
    sheet: Worksheet, formats: Mapping[str, Format], words: Translator
) -> dict[tuple[str, str], str]:
    """Write every list, two columns each; where its labels stand, by (table, column)."""
    from xlsxwriter.utility import xl_range_abs

    where = {}
    for number, (key, title, pairs) in enumerate(_code_lists(words)):
        place = number * 2
        sheet.write_string(0, place, title, formats["heading"])
        sheet.write_blank(0, place + 1, None, formats["heading"])
        sheet.set_column(place, place, 16)
        sheet.set_column(place + 1, place + 1, 30)
        for row, (code, label) in enumerate(pairs, start=1):
            sheet.write_string(row, place, code, formats["text"])
            sheet.write_string(row, place + 1, label, formats["text"])
        cells = xl_range_abs(1, place + 1, len(pairs), place + 1)
        where[key] = f"='{CODE_SHEETS[words.lang]}'!{cells}"
    sheet.freeze_panes(1, 0)
    return where


def _offer_codes(sheet: Worksheet, table: Table, lists: Mapping[tuple[str, str], str], rows: int) -> None:
    last = min(max(ROWS_WITH_LISTS, rows), MOST_ROWS)
    for place, column in enumerate(table.columns):
        source = lists.get((table.name, column.name))
        if source is not None:
            # A code, or a label in another language, is as good: the list is offered, not imposed.
            choice = {"validate": "list", "source": source, "error_type": "information"}
            sheet.data_validation(1, place, last, place, choice)


def write_template_folder(folder: Path, lang: str, tables: Tables | None = None) -> None:
    """Write the template as a folder of CSV files, empty or filled; the folder is made where there is none.

    Files have technical names, headings are in `lang`, codes stay codes. The files are UTF-8 with a byte
    order mark; French and Arabic ones are separated by semicolons, as their spreadsheets expect. Texts that a
    spreadsheet would run get an apostrophe, which reading takes away again.

    Raises
    ------
    ExportError
        When the folder cannot be written.
    """
    separator = "," if lang == "en" else ";"
    filled = tables or empty_tables()
    texts = {
        f"{table.name}.csv": _csv_text(table, filled[table.name], lang, separator)
        for table in TABLES.values()
    }
    words = translator(lang)
    texts[README_FILES[lang]] = "".join(f"{words(text)}\r\n" for text in GUIDE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_bytes(text.encode("utf-8-sig", "replace"))
    except OSError as fault:
        raise ExportError(
            "The template cannot be written to {folder}: {reason}; choose a folder that can be written.",
            folder=folder.name,
            reason=fault.strerror,
        ) from fault


def _csv_text(table: Table, arrow: pa.Table, lang: str, separator: str) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerow([heading(table, column, lang) for column in table.columns])
    columns = [_csv_cells(column, arrow.column(column.name).to_pylist()) for column in table.columns]
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def _csv_cells(column: Column, cells: Sequence[Any]) -> list[str]:
    if _is_typed(column):
        return [format_cell(cell) for cell in cells]
    return ["" if cell is None else guarded(printable(cell)) for cell in cells]
