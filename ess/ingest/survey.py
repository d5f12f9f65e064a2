"""A first pass over a table: what its columns show of themselves, so that no cell is read by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ess.ingest.binding import bind_columns, columns_of
from ess.ingest.cells import is_blank, text_of
from ess.ingest.days import DayConvention, DayEvidence, parse_order
from ess.ingest.meanings import DAYS, PLACES, PlaceMeaning, TableMapping
from ess.ingest.numbers import CONVENTIONS, Convention, NumberEvidence
from ess.ingest.place_lists import parted
from ess.ingest.places import CodeEvidence, CodeKind
from ess.ingest.sheets import Cell, Sheet
from ess.locales import N_, filled, term

NUMBERS_READ: Final = N_("Numbers are read as the column writes them, {example}: {telling} cells show it.")
NUMBERS_DECLARED: Final = N_("Numbers are read as the mapping says, {example}.")
NUMBERS_OPEN: Final = N_(
    "Numbers such as 1,234 or 2.681 could be read in two ways ({open} cells): read as in {example}."
)
DAYS_READ: Final = N_("Days are read as {order}: {telling} cells show it.")
DAYS_DECLARED: Final = N_("Days are read as {order}, as the mapping says.")
DAYS_OPEN: Final = N_("Day and month could be exchanged ({open} cells): only the years are kept.")
MATRIX_READ: Final = N_("Numbers of {columns} columns are read as they write them, {example}.")
PLACES_READ: Final = N_("The column holds {kind}: {telling} of {cells} entries.")

KINDS: Final[Mapping[CodeKind, str]] = {
    "iso": term("ISO 3166-1 country codes"),
    "m49": term("UN M49 numbers"),
    "names": term("names of countries"),
}
ORDERS: Final = {"dmy": term("day, month, year"), "mdy": term("month, day, year")}


class Decision(NamedTuple):
    """What was decided on a column: an English sentence with fields (a message id), and facts."""

    column: str
    template: str
    facts: dict[str, Any]

    def sentence(self) -> str:
        """The sentence in English."""
        return filled(self.template, self.facts)


@dataclass
class Survey:
    """What the columns of a table show.

    Attributes
    ----------
    positions
        Position of every column that the mapping names.
    numbers, days, kinds
        Conventions and kinds by position of the column.
    last_rows
        For tables whose rows are brought together by id: the last row of each id.
    """

    positions: dict[str, int]
    numbers: dict[int, Convention] = field(default_factory=dict)
    days: dict[int, DayConvention] = field(default_factory=dict)
    kinds: dict[int, CodeKind] = field(default_factory=dict)
    last_rows: dict[str, int] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)


def survey_table(sheet: Sheet, mapping: TableMapping) -> Survey:
    """Read a table once and decide on its columns of numbers, days and places.

    Raises
    ------
    BadInput
        When the table lacks a column that the mapping names.
    """
    survey = Survey(bind_columns(sheet, mapping))
    at = survey.positions
    matrix = matrix_columns(sheet, mapping)
    at.update({sheet.columns[place]: place for place in matrix})
    numbers = {at[name]: NumberEvidence() for name in number_columns(mapping) if name in at}
    numbers |= {place: NumberEvidence() for place in matrix}
    days = {at[name]: DayEvidence() for name in day_columns(mapping) if name in at}
    places = {at[name]: CodeEvidence() for name in place_columns(mapping) if name in at}
    _gather(sheet, mapping, survey, (numbers, days, places))
    _decide_numbers(sheet, mapping, survey, numbers)
    _decide_days(sheet, mapping, survey, days)
    _decide_places(sheet, survey, places)
    return survey


def _gather(
    sheet: Sheet,
    mapping: TableMapping,
    survey: Survey,
    evidence: tuple[dict[int, NumberEvidence], dict[int, DayEvidence], dict[int, CodeEvidence]],
) -> None:
    numbers, days, places = evidence
    is_grouped = mapping.rows in {"locations", "transactions"}
    ids = [survey.positions[name] for name in columns_of(mapping, "id") if name in survey.positions]
    for row, cells in sheet.lines():
        for place, number in numbers.items():
            number.add(cells[place])
        for place, day in days.items():
            day.add(cells[place])
        for place, code in places.items():
            _add_places(code, cells[place])
        if is_grouped and (identifier := first_text(cells, ids)):
            survey.last_rows[identifier] = row


def first_text(cells: Any, positions: list[int]) -> str:
    """The first of some cells that says something, as text."""
    for position in positions:
        text = text_of(cells[position])
        if not is_blank(text):
            return text
    return ""


def _add_places(evidence: CodeEvidence, cell: Cell) -> None:
    text = text_of(cell)
    if not is_blank(text):
        for part in parted(text):
            evidence.add(part)


def _decide_numbers(
    sheet: Sheet, mapping: TableMapping, survey: Survey, evidence: dict[int, NumberEvidence]
) -> None:
    is_matrix = mapping.rows == "matrix"
    declared = {survey.positions[name]: CONVENTIONS[example] for name, example in mapping.numbers.items()}
    for place, seen in evidence.items():
        convention = declared.get(place) or seen.convention()
        survey.numbers[place] = convention
        facts = {"example": convention.example, "open": seen.open}
        if place in declared:
            survey.decisions.append(Decision(sheet.columns[place], NUMBERS_DECLARED, facts))
        elif not convention.is_certain:
            survey.decisions.append(Decision(sheet.columns[place], NUMBERS_OPEN, facts))
        elif (telling := seen.comma if convention.decimal == "," else seen.point) and not is_matrix:
            survey.decisions.append(
                Decision(sheet.columns[place], NUMBERS_READ, facts | {"telling": telling})
            )

    if is_matrix:
        survey.decisions += _matrix_decisions(survey.numbers)


def _matrix_decisions(conventions: Mapping[int, Convention]) -> Iterator[Decision]:
    """One decision a convention: a matrix has too many columns to list them one by one."""
    counts = Counter(convention.example for convention in conventions.values() if convention.is_certain)
    for example, columns in counts.items():
        yield Decision("", MATRIX_READ, {"example": example, "columns": columns})


def _decide_days(
    sheet: Sheet, mapping: TableMapping, survey: Survey, evidence: dict[int, DayEvidence]
) -> None:
    for place, seen in evidence.items():
        convention = seen.convention()
        if mapping.dates:
            convention = DayConvention(parse_order(mapping.dates).order, convention.has_serials)
        survey.days[place] = convention
        survey.decisions += _day_decisions(sheet.columns[place], mapping, convention, seen)


def _day_decisions(
    column: str, mapping: TableMapping, convention: DayConvention, seen: DayEvidence
) -> Iterator[Decision]:
    telling = seen.dmy if convention.order == "dmy" else seen.mdy
    if convention.order is None:
        yield Decision(column, DAYS_OPEN, {"open": seen.open})
    elif mapping.dates and (telling or seen.open):
        yield Decision(column, DAYS_DECLARED, {"order": ORDERS[convention.order]})
    elif telling:
        yield Decision(column, DAYS_READ, {"order": ORDERS[convention.order], "telling": telling})


def _decide_places(sheet: Sheet, survey: Survey, evidence: dict[int, CodeEvidence]) -> None:
    for place, seen in evidence.items():
        kind = seen.kind()
        survey.kinds[place] = kind
        counts = {"iso": seen.iso, "m49": seen.m49, "names": seen.other}
        facts = {"kind": KINDS[kind], "telling": counts[kind], "cells": sum(counts.values())}
        if facts["cells"]:
            survey.decisions.append(Decision(sheet.columns[place], PLACES_READ, facts))


def number_columns(mapping: TableMapping) -> Iterator[str]:
    """The columns that hold numbers."""
    yield from (amount.column for amount in mapping.amounts)
    yield from (figure.column for figure in mapping.figures)
    yield from columns_of(mapping, "latitude")
    yield from columns_of(mapping, "longitude")
    for meaning in mapping.columns.values():
        if isinstance(meaning, PlaceMeaning) and meaning.percentages:
            yield meaning.percentages


def matrix_columns(sheet: Sheet, mapping: TableMapping) -> list[int]:
    """The columns of a matrix that hold amounts: all but the row's own name and those to skip."""
    if mapping.rows != "matrix" or mapping.matrix is None:
        return []
    named = {*columns_of(mapping, "recipients"), *columns_of(mapping, "providers"), *mapping.matrix.skip}
    return [place for place, column in enumerate(sheet.columns) if column not in named]


def day_columns(mapping: TableMapping) -> Iterator[str]:
    """The columns that hold days."""
    for meaning in DAYS:
        yield from columns_of(mapping, meaning)
    yield from (amount.date for amount in mapping.amounts if amount.date)


def place_columns(mapping: TableMapping) -> Iterator[str]:
    """The columns that hold countries and regions."""
    for key in PLACES:
        meaning = mapping.columns.get(key)
        if isinstance(meaning, PlaceMeaning) and not meaning.vocabulary:
            yield from meaning.columns
            if meaning.codes:
                yield meaning.codes
