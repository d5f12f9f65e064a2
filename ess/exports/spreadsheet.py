"""A dossier as a workbook: a sheet a table, and sheets that say what the tables are.

Texts are written as texts and, where a spreadsheet would run them, with an apostrophe before: they stay
harmless when somebody saves the sheet as CSV and opens it again.
"""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ess.errors import ExportError
from ess.escape import cell
from ess.exports.characters import printable
from ess.exports.dossier import Dossier
from ess.exports.sheets import Sheet
from ess.exports.workbook import FIRST_DAY, LONGEST_TEXT, MOST_ROWS
from ess.locales import N_

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp, so that the same view gives the same bytes
_LONGEST_NAME = 31  # signs of a sheet's name
_WIDTH, _WIDE = 16, 60
_WIDE_COLUMNS = ("note", "text", "meaning", "description_fr", "description_en", "description_ar", "title")


def build_spreadsheet(dossier: Dossier) -> bytes:
    """The dossier as an XLSX file: the tables, then notes, filter, units and dictionary.

    Numbers, days and truth values keep their types; the same dossier gives the same bytes.

    Raises
    ------
    ExportError
        For a text or a table that is too long for a workbook.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    book.set_properties({"created": _CREATED, "title": printable(dossier.citation.title)})
    looks = {
        "heading": book.add_format({"bold": True, "bg_color": "#E7ECEF", "border": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }
    for sheet in (*dossier.sheets, *dossier.explaining):
        added = book.add_worksheet(sheet.title[:_LONGEST_NAME])
        if dossier.translator.is_rtl:
            added.right_to_left()
        _write_sheet(added, sheet, looks)
    book.close()
    return content.getvalue()


def _write_sheet(added: Worksheet, sheet: Sheet, looks: dict[str, Format]) -> None:
    _refuse_many_rows(sheet)
    for place, field in enumerate(sheet.fields):
        added.write_string(0, place, field.name, looks["heading"])
        added.set_column(place, place, _WIDE if field.name in _WIDE_COLUMNS else _WIDTH)
        for number, row in enumerate(sheet.rows, start=1):
            _write_cell(added, (number, place), row[field.name], looks["date"], sheet.name)
    added.freeze_panes(1, 1)
    added.autofilter(0, 0, len(sheet.rows), len(sheet.fields) - 1)


def _write_cell(added: Worksheet, at: tuple[int, int], value: Any, day: Format, table: str) -> None:
    match value:
        case None:
            pass
        case bool():
            added.write_boolean(*at, value)
        case int() | float():
            added.write_number(*at, value)
        case date() if value >= FIRST_DAY:
            added.write_datetime(*at, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001
        case _:
            text = cell(printable(str(value)))
            _refuse_long_text(text, table)
            added.write_string(*at, text)


def _refuse_many_rows(sheet: Sheet) -> None:
    if len(sheet.rows) > MOST_ROWS:
        raise ExportError(
            N_(
                "Table {table} has {count} rows; a sheet of a workbook holds {most}; take the data package "
                "instead."
            ),
            table=sheet.name,
            count=len(sheet.rows),
            most=MOST_ROWS,
        )


def _refuse_long_text(text: str, table: str) -> None:
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 > LONGEST_TEXT:  # a workbook counts in UTF-16
        raise ExportError(
            N_(
                "A text of table {table} is longer than the {most} characters of a workbook's cell; take the "
                "data package instead."
            ),
            table=table,
            most=LONGEST_TEXT,
        )
