"""The mappings that ship with the atlas, and which of them a table is recognised by."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from ess.ingest.binding import find_column, lacks
from ess.ingest.hxl import build_hxl_mapping
from ess.ingest.mapping import parse_mapping
from ess.ingest.meanings import TableMapping
from ess.ingest.sheets import Sheet

FOLDER: Final = Path(__file__).parent / "mappings"


@cache
def known_mappings() -> tuple[TableMapping, ...]:
    """Every mapping that ships with the atlas, by name."""
    return tuple(parse_mapping(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yml")))


def recognise_mapping(sheet: Sheet) -> TableMapping | None:
    """The shipped mapping whose headings a table has, all that it names; else one made of its HXL tags.

    None where neither applies: the table's meaning is then to be suggested, or said by its owner.
    """
    for mapping in known_mappings():
        if is_recognised(sheet, mapping):
            return mapping
    return build_hxl_mapping(sheet) if any(sheet.tags) else None


def is_recognised(sheet: Sheet, mapping: TableMapping) -> bool:
    """Whether a table has the headings by which a mapping is recognised, and every column that it names."""
    headings = mapping.recognise
    return (
        bool(headings)
        and all(find_column(sheet, name) is not None for name in headings)
        and not lacks(sheet, mapping)
    )
