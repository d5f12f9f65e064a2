"""Which column of a table a mapping's name stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from ess.errors import BadInput
from ess.ingest.cells import key_of
from ess.ingest.meanings import Meaning, PlaceMeaning, TableMapping
from ess.ingest.sheets import Sheet
from ess.locales import N_

_LETTERS = re.compile(r"column ([A-Z]{1,3})")


def find_column(sheet: Sheet, name: str) -> int | None:
    """The position of the column that a name stands for, or None.

    A name is a heading as written, a heading but for case, accents and signs, an HXL tag, or a letter
    ("column AB"). A name that two headings have but for case and signs stands for neither.
    """
    exact = _positions(sheet.columns, sheet.tags)
    if name in exact:
        return exact[name]
    keys = [key_of(column) for column in sheet.columns]
    wanted = key_of(name)
    if wanted and keys.count(wanted) == 1:
        return keys.index(wanted)
    letters = _LETTERS.fullmatch(name)
    position = _position(letters.group(1)) if letters else len(sheet.columns)
    return position if position < len(sheet.columns) else None


def _position(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


@lru_cache(maxsize=64)
def _positions(columns: tuple[str, ...], tags: tuple[str, ...]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for position, column in enumerate(columns):
        found.setdefault(column, position)
    for position, tag in enumerate(tags):
        if tag and tags.count(tag) == 1:
            found.setdefault(tag, position)
    return found


def bind_columns(sheet: Sheet, mapping: TableMapping) -> dict[str, int]:
    """The position of every column that a mapping names.

    Raises
    ------
    BadInput
        When the table lacks one; the sentence names it and lists the headings.
    """
    found: dict[str, int] = {}
    for names in column_names(mapping):
        here = {name: position for name in names if (position := find_column(sheet, name)) is not None}
        if not here:
            raise BadInput(
                N_(
                    "The mapping names the column “{column}”, which the table does not have; "
                    "its headings: {headings}. Correct the mapping."
                ),
                code="mapping_column_missing",
                column=" / ".join(names),
                headings=", ".join(sheet.columns)[:1000],
            )
        found |= here
    return found


def lacks(sheet: Sheet, mapping: TableMapping) -> list[str]:
    """The columns that a mapping names and a table does not have."""
    return [
        " / ".join(names)
        for names in column_names(mapping)
        if all(find_column(sheet, name) is None for name in names)
    ]


def column_names(mapping: TableMapping) -> Iterable[tuple[str, ...]]:
    """The columns that a mapping names; alternatives of one meaning together."""
    for meaning in mapping.columns.values():
        if meaning.columns:
            yield meaning.columns
        if isinstance(meaning, PlaceMeaning):
            yield from ((name,) for name in (meaning.codes, meaning.percentages) if name)
    for amount in mapping.amounts:
        yield from ((name,) for name in (amount.column, amount.currency_column, amount.date) if name)
    for participant in mapping.participants:
        yield from ((name,) for name in (participant.column, participant.ref) if name)
    for tag in mapping.tags:
        yield from ((name,) for name in (tag.column, tag.percentages, tag.vocabulary) if name)
    yield from ((figure.column,) for figure in mapping.figures)
    yield from ((name,) for name in mapping.numbers)
    yield from ((name,) for name in (mapping.matrix.skip if mapping.matrix else ()))


def columns_of(mapping: TableMapping, meaning: str) -> tuple[str, ...]:
    """The columns of a meaning; none where the mapping does not state it."""
    stated = mapping.columns.get(meaning)
    return stated.columns if isinstance(stated, Meaning | PlaceMeaning) else ()
