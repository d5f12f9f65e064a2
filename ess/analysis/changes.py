"""What a change says: the cells that differ, and what of two figures may be subtracted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from ess.analysis import facts
from ess.analysis.by_country import CountryValue, MeasureByCountry
from ess.analysis.selection import Selection, choose
from ess.analysis.vocabulary import Vocabulary
from ess.portfolio.schema import TABLES
from ess.store.comparison import Among, Change
from ess.store.engine import Engine, Row

#: Cells that say which row it is, not what it states.
_NAMING = frozenset({"id", "activity"})


class Obstacle(StrEnum):
    """Why two figures are not subtracted from each other."""

    MISSING = "missing"
    BOUND = "bound"
    UNIT = "unit"
    CURRENCY = "currency"
    OTHER = "other"
    DERIVED = "derived"


@dataclass(frozen=True)
class Difference:
    """The later figure less the earlier one, or why that is not said.

    Attributes
    ----------
    value
        None where an `obstacle` stands in the way.
    """

    value: float | None = None
    obstacle: Obstacle | None = None


@dataclass(frozen=True)
class Cell:
    """A column of a changed row with what it held before and what it holds now; None is not stated."""

    column: str
    before: Any
    after: Any


@dataclass(frozen=True)
class CountryChange:
    """A country whose answer for a measure is another than it was."""

    iso3: str
    before: CountryValue
    after: CountryValue
    difference: Difference


def changed_cells(change: Change) -> list[Cell]:
    """The cells that differ, in the order of the columns; of an added or a removed row those that are set.

    An empty text is a missing one. What only names the row (its id, and the activity where that stays) is
    left out.
    """
    before, after = change.before or {}, change.after or {}
    cells = (
        Cell(name, _stated(before.get(name)), _stated(after.get(name)))
        for name in TABLES[change.table].column_names
    )
    return [cell for cell in cells if cell.before != cell.after and not _only_names(change, cell)]


def _only_names(change: Change, cell: Cell) -> bool:
    return cell.column in _NAMING and (change.before is None or change.after is None)


def _stated(cell: Any) -> Any:
    return None if cell == "" else cell


#: What must be the same for two figures of a table to be figures of the same thing.
_SAME: Mapping[str, tuple[str, ...]] = {
    "results": ("indicator", "sex", "iso3", "region", "activity", "actor", "programme"),
    "finances": ("kind", "iso3", "region", "activity"),
}


def row_difference(change: Change) -> Difference | None:
    """How much a result or an amount changed; None for other rows, and where its value did not.

    Only exact figures of the same thing in the same unit are subtracted: of two lower bounds, neither the
    difference nor its direction is known.
    """
    if change.table not in _SAME or change.before is None or change.after is None:
        return None
    before, after = change.before, change.after
    if before["value"] == after["value"]:
        return None
    return _difference(before["value"], after["value"], _obstacle(change.table, before, after))


def _obstacle(table: str, before: Row, after: Row) -> Obstacle | None:
    if any(before[column] != after[column] for column in _SAME[table]):
        return Obstacle.OTHER
    if before.get("unit") != after.get("unit"):
        return Obstacle.UNIT
    if before.get("currency") != after.get("currency"):
        return Obstacle.CURRENCY
    if any((row.get("qualifier") or "=") != "=" for row in (before, after)):
        return Obstacle.BOUND
    return Obstacle.DERIVED if bool(before.get("derivation")) != bool(after.get("derivation")) else None


def _difference(before: float | None, after: float | None, obstacle: Obstacle | None) -> Difference:
    if before is None or after is None:
        return Difference(obstacle=Obstacle.MISSING)
    if obstacle is not None:
        return Difference(obstacle=obstacle)
    return Difference(float(Decimal(str(after)) - Decimal(str(before))))  # as they are written, not as floats


def changed_countries(before: MeasureByCountry, after: MeasureByCountry) -> list[CountryChange]:
    """Countries whose state, value or qualifier is another, in the order of their codes.

    A value whose unit is another in the two, or that is a bound in either, is not subtracted.
    """
    found = []
    for iso3 in sorted(before.values.keys() | after.values.keys()):
        old, new = before.of(iso3), after.of(iso3)
        if _told(old) != _told(new):
            other_unit = before.measure.unit != after.measure.unit
            found.append(CountryChange(iso3, old, new, _country_difference(old, new, other_unit=other_unit)))
    return found


def _told(value: CountryValue) -> tuple[object, ...]:
    """What the map says of a country."""
    return (value.state, value.value, value.qualifier, value.stated, value.derived)


def _country_difference(old: CountryValue, new: CountryValue, *, other_unit: bool) -> Difference:
    obstacle = None
    if other_unit:
        obstacle = Obstacle.UNIT
    elif old.qualifier != "=" or new.qualifier != "=":
        obstacle = Obstacle.BOUND
    elif bool(old.derived) != bool(new.derived):
        obstacle = Obstacle.DERIVED
    return _difference(old.value, new.value, obstacle)


def let_through(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Among | None:
    """Ids of what a selection lets through in one snapshot, umbrella records too; None where it is open."""
    if selection.is_open:
        return None
    held = ibis.table({"n": "int32"}, name=choose(engine, selection, vocabulary, view).table)
    return Among(
        _ids(engine, facts.activities(engine).semi_join(held, "n")),
        _ids(engine, facts.overall_results(engine).semi_join(held, "n")),
    )


def _ids(engine: Engine, rows: ir.Table) -> pa.Array:
    return engine.columns(rows.select("id"))["id"].combine_chunks()


def either(parts: Iterable[Among | None]) -> Among | None:
    """What is let through in any of several snapshots; None where nothing is held back."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return Among(
        pa.concat_arrays([part.activities for part in known]),
        pa.concat_arrays([part.results for part in known]),
    )
