"""A table of a file as its publisher wrote it: own headings, own rows, nothing interpreted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

Cell: TypeAlias = str | int | float | bool | date | None
"""Text as written (delimited files hold nothing else), or a workbook's number, truth value or day.

A `datetime` is a `date`. A blank cell of a workbook is None, one of a delimited file the empty text.
"""

Line: TypeAlias = tuple[int, Sequence[Cell]]
"""Row number as the file counts (from 1), and one cell a column."""


@dataclass(frozen=True)
class Sheet:
    """One table of a file.

    Attributes
    ----------
    name
        Of the worksheet or layer; empty for a delimited file.
    columns
        The headings as written; a column without one is named by its letter, as ``column C``.
    upper
        The first of two rows of headings, one text a column, spanning ones repeated; empty for one row.
    tags
        HXL tags, one a column; empty where the file has none.
    heading_row
        Row number of `columns`.
    lines
        Call it for a fresh iterator over the records: rows below the headings that are neither blank nor in
        `apart`.
    apart
        What stands outside the table, as (row number, text): titles above, totals and remarks at the foot.
    encoding, delimiter
        Of a delimited file, for example ``utf-8-sig`` and ``;``; empty for others.
    """

    name: str
    columns: tuple[str, ...]
    lines: Callable[[], Iterator[Line]]
    heading_row: int = 1
    upper: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    apart: tuple[tuple[int, str], ...] = field(default=())
    encoding: str = ""
    delimiter: str = ""
