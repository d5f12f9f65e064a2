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
    text = io.StringIO(newline="")
    separator = ";" if semicolons else ","
    writer = csv.DictWriter(text, list(first), delimiter=separator, lineterminator="\r\n")
    writer.writeheader()
    for row in chain([first], rows):
        writer.writerow({key: _written(value) for key, value in row.items()})
    return (_BYTE_ORDER_MARK + text.getvalue()).encode("utf-8")


def build_plain_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """`rows` as UTF-8 CSV with commas for programs: no byte order mark, true and false in small letters.

    The columns are `names`, also where there is no row. Texts that a spreadsheet would run are neutralised.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_plainly(row[name]) for name in names] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


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
