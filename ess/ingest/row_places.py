"""The countries and regions of a row: who receives, who provides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from ess.ingest import table_faults as faults
from ess.ingest.cells import key_of
from ess.ingest.grouping import new_places
from ess.ingest.meanings import PlaceMeaning
from ess.ingest.place_lists import Piece, read_places
from ess.ingest.places import PlaceReading
from ess.ingest.records import Recipient
from ess.ingest.regions import DAC_REGIONS, region_of
from ess.ingest.rows import Row, parse_percentage
from ess.portfolio.codes import REGIONS, codes_in

REGION: Final = "region"
"""What a mapping writes for a text that means a region without an M49 code."""

NONE: Final = "none"
"""What a mapping writes for a text that means no place, as a headquarters' department."""

NOWHERE: Final = PlaceReading("")


def read_recipients(row: Row) -> tuple[list[Recipient], bool]:
    """The places of a row, and whether the row itself, not the mapping, names them.

    Countries come first; the column of regions counts where a row names no country; the mapping's constant
    where it names nothing at all. What names no place for certain is reported and kept as text.
    """
    found: list[Recipient] = []
    for meaning in ("recipients", "partners"):
        found += new_places(found, _named_places(row, meaning)) if found else _named_places(row, meaning)
    if found:
        return found, True
    if regions := _regions(row):
        return regions, True
    constant = row.table.mapping.constants.get("recipients", "")
    return [piece.reading.recipient(piece.percentage) for piece in read_places(constant, "iso")], False


def _named_places(row: Row, meaning: str) -> list[Recipient]:
    stated = row.table.mapping.columns.get(meaning)
    if not isinstance(stated, PlaceMeaning):
        return []
    column = stated.codes or stated.columns[0]
    pieces = [piece for piece in _pieces(row, stated) if piece.reading is not NOWHERE]
    return [_reported(row, piece, column).recipient(piece.percentage) for piece in pieces]


def read_providers(row: Row) -> tuple[list[Recipient], list[str]]:
    """The countries that provide, and the texts of providers that are no country (institutions)."""
    stated = row.table.mapping.columns.get("providers")
    pieces = list(_pieces(row, stated)) if isinstance(stated, PlaceMeaning) else []
    if not pieces:
        pieces = list(read_places(row.table.mapping.constants.get("providers", ""), "iso"))
    countries = [piece.reading.recipient() for piece in pieces if piece.reading.iso3]
    return countries, [piece.text for piece in pieces if not piece.reading.iso3]


def _pieces(row: Row, stated: PlaceMeaning) -> list[Piece]:
    name_column, names = row.first(stated.columns)
    coded = _read(row, stated.codes, row.text(stated.codes), stated) if stated.codes else []
    named = _read(row, name_column, names, stated)
    pieces = _agreed(row, stated, coded, named) if coded and named else coded or named
    percentages = row.text(stated.percentages) if stated.percentages else ""
    return _with_percentages(row, pieces, percentages, stated.percentages) if percentages else pieces


def _read(row: Row, column: str, text: str, stated: PlaceMeaning) -> list[Piece]:
    if not text:
        return []
    if known := _known(row, text):
        return [Piece(text, known)]
    kind = row.table.survey.kinds.get(row.table.survey.positions[column], "names")
    return [
        Piece(piece.text, _known(row, piece.text) or piece.reading, piece.percentage)
        for piece in read_places(text, kind, stated.separator)
    ]


def _known(row: Row, text: str) -> PlaceReading | None:
    """What the mapping's own table says of a text."""
    places = row.table.mapping.places
    if not places:
        return None
    code = places.get(text) or next(
        (code for name, code in places.items() if key_of(name) == key_of(text)), ""
    )
    return place_of_code(code, text) if code else None


def place_of_code(code: str, text: str) -> PlaceReading:
    """The place of an ISO alpha-3 or M49 code, or a region without a code, as mapping files write them."""
    if code == NONE:
        return NOWHERE
    if code == REGION:
        return PlaceReading(text, is_region=True)
    if code in codes_in(REGIONS):
        return PlaceReading(text, region=code, is_region=True)
    return PlaceReading(text, iso3=code)


def _agreed(row: Row, stated: PlaceMeaning, coded: Sequence[Piece], named: Sequence[Piece]) -> list[Piece]:
    """The code counts; where it says nothing for certain, the name does."""
    codes, names = _places(coded), _places(named)
    if not codes and names:
        for piece in coded:
            _reported(row, piece, stated.codes)
        return list(named)
    if codes and names and codes != names:
        row.add(
            faults.CODE_AND_NAME_DISAGREE,
            stated.codes,
            "; ".join(piece.text for piece in coded),
            name="; ".join(piece.text for piece in named),
        )
    return list(coded)


def _places(pieces: Sequence[Piece]) -> set[tuple[str | None, str | None]]:
    return {(piece.reading.iso3, piece.reading.region) for piece in pieces if piece.reading.is_resolved}


def _with_percentages(row: Row, pieces: list[Piece], text: str, column: str) -> list[Piece]:
    stated = [part for part in re.split(r"[;|\n]", text) if part.strip()]
    if len(stated) != len(pieces):
        row.add(faults.PERCENTAGES_DO_NOT_MATCH, column, len(stated), places=len(pieces))
        return pieces
    return [
        Piece(
            piece.text,
            piece.reading,
            _percentage(row, part, column) if piece.percentage is None else piece.percentage,
        )
        for piece, part in zip(pieces, stated, strict=True)
    ]


def _percentage(row: Row, text: str, column: str) -> Decimal | None:
    percentage = parse_percentage(text)
    if percentage is None:
        row.add(faults.BAD_PERCENTAGE, column, text)
    return percentage


def _reported(row: Row, piece: Piece, column: str) -> PlaceReading:
    reading = piece.reading
    if not reading.is_resolved:
        kind = faults.DISSOLVED_STATE if reading.dissolved else faults.UNKNOWN_COUNTRY
        candidates = ", ".join(reading.candidates) or "-"
        row.add(kind, column, piece.text, state=reading.dissolved, candidates=candidates)
    return reading


def _regions(row: Row) -> list[Recipient]:
    stated = row.table.mapping.columns.get("region")
    if not isinstance(stated, PlaceMeaning):
        return []
    column, text = row.first(stated.columns)
    if not text:
        return []
    if not stated.vocabulary:
        return [_region(row, piece, column) for piece in _read(row, column, text, stated)]
    return [
        _coded_region(row, code.strip(), stated, column) for code in re.split(r"[;|,]", text) if code.strip()
    ]


def _region(row: Row, piece: Piece, column: str) -> Recipient:
    """A place of the column of regions: a name that is not known still is somebody's region."""
    reading = piece.reading
    if reading.is_resolved:
        return reading.recipient(piece.percentage)
    row.add(faults.UNKNOWN_REGION, column, piece.text)
    return Recipient(None, None, True, piece.percentage, piece.text)


def _coded_region(row: Row, code: str, stated: PlaceMeaning, column: str) -> Recipient:
    region = region_of(stated.vocabulary, code)
    if region is None and code not in DAC_REGIONS:
        row.add(faults.UNKNOWN_REGION, column, code)
    return Recipient(region=region, is_region=True, text=code)
