"""Tables as CSV that a spreadsheet opens as it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

from ess.escape import cell

_BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for the machine's own code page


def build_csv(rows: Iterable[dict[str, Any]], *, semicolons: bool = False) -> bytes:
    """`rows` as UTF-8 CSV with a byte order mark; texts that a spreadsheet would run are neutralised.

    Parameters
    ----------
    rows
        All with the same keys, which become the header; taken one by one.
    semicolons
        Separate with semicolons, as spreadsheets in French and Arabic expect; commas otherwise.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return b""
    content, text = _written_to("strict")
    text.write(_BYTE_ORDER_MARK)
    separator = ";" if semicolons else ","
    writer = csv.DictWriter(text, list(first), delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    for row in chain([first], rows):
        writer.writerow({key: _written(value) for key, value in row.items()})
    text.flush()
    return content.getvalue()


def build_plain_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """`rows` as UTF-8 CSV with commas for programs: no byte order mark, true and false in small letters.

    The columns are `names`, also where there is no row. Texts that a spreadsheet would run are neutralised.
    """
    content, text = _written_to("replace")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_plainly(row[name]) for name in names] for row in rows)
    text.flush()
    return content.getvalue()


def _written_to(errors: str) -> tuple[io.BytesIO, io.TextIOWrapper]:
    """Where text becomes bytes as it is written: a million rows would take four bytes a sign as text."""
    content = io.BytesIO()
    return content, io.TextIOWrapper(content, encoding="utf-8", errors=errors, newline="")


def _plainly(value: object) -> object:
    match value:
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
    return _written(value)


def _written(value: object) -> object:
    if value is None:
        return ""
    return cell(value) if isinstance(value, str) else value
