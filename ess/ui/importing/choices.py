"""The columns of a mapping as a form has them: one column a meaning; what the form does not show stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar, get_args

from ess.ingest.binding import find_column
from ess.ingest.meanings import (
    PLACES,
    AmountMeaning,
    Meaning,
    PlaceMeaning,
    RowKind,
    TableMapping,
    TagMeaning,
)
from ess.ingest.sheets import Sheet
from ess.locales import N_

Entry = TypeVar("Entry")

SECTOR: Final = "sector"
SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    N_("What it is"): ("id", "title", "description", "stage", SECTOR),
    N_("Who and where"): ("recipients", "providers", "region", "latitude", "longitude"),
    N_("When"): ("start", "end", "year"),
}
"""Meanings with a list of their own in the form, under their headings; sectors are classifications."""

SECTOR_SCHEMES: Final = ("sector", "DAC5", "DAC3")
ROWS: Final = ("activities", "locations", "transactions", "figures")
"""What rows may be said to be; a matrix is known by its mapping only."""


def column_of(mapping: TableMapping, meaning: str) -> str:
    """The column that a meaning is read from first; empty when it is not read."""
    found = mapping.columns.get(meaning)
    if isinstance(found, PlaceMeaning) and not found.columns:
        return found.codes
    return found.columns[0] if found and found.columns else ""


def further_columns(mapping: TableMapping, meaning: str) -> tuple[str, ...]:
    """What else a meaning is read from: the form leaves it as it is."""
    found = mapping.columns.get(meaning)
    if found is None:
        return ()
    listed = found.columns[1:]
    if isinstance(found, PlaceMeaning):
        beside = (found.codes if found.columns else "", found.percentages)
        listed += tuple(column for column in beside if column)
    return listed


def with_column(mapping: TableMapping, meaning: str, column: str) -> TableMapping:
    """The mapping with another column for a meaning; an empty one takes the meaning out.

    The same column changes nothing at all. A new one takes the place of the first, and how its cells are
    read stays, but for a column of codes beside names: the codes would count, and not what was chosen.
    """
    if column == column_of(mapping, meaning):
        return mapping
    columns = dict(mapping.columns)
    found = columns.pop(meaning, None)
    if column:
        columns[meaning] = _moved(found, meaning, column)
        if found is not None:  # its place in the file stays
            columns = {key: columns[key] for key in mapping.columns} | columns
    return replace(mapping, columns=columns)


def _moved(found: Meaning | PlaceMeaning | None, meaning: str, column: str) -> Meaning | PlaceMeaning:
    if isinstance(found, PlaceMeaning):
        return replace(found, columns=(column, *found.columns[1:]), codes="")
    if found is not None:
        return replace(found, columns=(column, *found.columns[1:]))
    return PlaceMeaning((column,)) if meaning in PLACES else Meaning((column,))


def with_rows(mapping: TableMapping, rows: str) -> TableMapping:
    """The mapping with another statement of what its rows are."""
    return replace(mapping, rows=next(kind for kind in get_args(RowKind) if kind == rows))


def sector_of(mapping: TableMapping) -> TagMeaning | None:
    """How sectors are read, if they are: the first classification by sector."""
    return next((tag for tag in mapping.tags if tag.scheme in SECTOR_SCHEMES), None)


def with_sector(mapping: TableMapping, column: str, scheme: str) -> TableMapping:
    """The mapping with sectors read from a column, in a scheme; an empty column takes them out."""
    old = sector_of(mapping)
    new = replace(old, column=column, scheme=scheme) if old else TagMeaning(column, scheme)
    return replace(mapping, tags=_exchanged(mapping.tags, old, new if column else None))


def amount_of(mapping: TableMapping) -> AmountMeaning | None:
    """The first column of amounts."""
    return mapping.amounts[0] if mapping.amounts else None


def with_amount(mapping: TableMapping, amount: AmountMeaning | None) -> TableMapping:
    """The mapping with another first column of amounts, or without it."""
    return replace(mapping, amounts=_exchanged(mapping.amounts, amount_of(mapping), amount))


def _exchanged(entries: Sequence[Entry], old: Entry | None, new: Entry | None) -> tuple[Entry, ...]:
    added = (new,) if new is not None else ()
    if old is None:
        return (*entries, *added)
    at = entries.index(old)
    return (*entries[:at], *added, *entries[at + 1 :])


def heading_of(columns: Sequence[str], name: str) -> str:
    """The heading that a mapping's name for a column stands for; the name itself where none is found."""
    position = find_column(Sheet("", tuple(columns), lambda: iter(())), name) if name else None
    return name if position is None else columns[position]


def sample_of(
    columns: Sequence[str], rows: Sequence[Sequence[str]], heading: str, most: int = 3
) -> list[str]:
    """The first different values of a column; none for a column that the table does not have."""
    if heading not in columns:
        return []
    at = columns.index(heading)
    return list(dict.fromkeys(row[at] for row in rows if at < len(row) and row[at].strip()))[:most]
