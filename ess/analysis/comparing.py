"""Things side by side: what is known of each, and what may be subtracted, or why it may not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from ess.analysis.by_country import CountryValue, MeasureByCountry, State
from ess.analysis.counts import Count
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection, undated_of

#: What can be set side by side, and how many of it at most.
SIDES: Final[Mapping[str, int]] = {"countries": 5, "years": 2, "actors": 2}
#: The filter that each kind stands in for.
FILTER_OF: Final[Mapping[str, str]] = {"countries": "country", "years": "year", "actors": "actor"}
#: The unit of counted records.
RECORDS: Final = "records"


@dataclass(frozen=True)
class Sides:
    """What is compared: one of `SIDES`, and its codes in the order in which they stand."""

    kind: str = "countries"
    codes: tuple[str, ...] = ()

    @property
    def filter(self) -> str:
        """The filter whose place the codes take."""
        return FILTER_OF[self.kind]

    @property
    def are_enough(self) -> bool:
        """Whether there are two at least."""
        return len(self.codes) > 1

    def selections(self, selection: Selection) -> tuple[Selection, ...]:
        """What is asked for each side: the selection, its filter of that kind replaced by the side.

        Countries are asked of one selection, whose own filter on countries is let go.
        """
        if self.kind == "countries":
            return (replace(selection, country=()),) * len(self.codes)
        return tuple(replace(selection, **{self.filter: (code,)}) for code in self.codes)

    def undated(self, selection: Selection) -> Selection | None:
        """What stands under both of two years because it has no date; None where no years are compared."""
        return undated_of(selection) if self.kind == "years" else None


#: Countries are compared, none of them chosen yet.
COUNTRIES: Final = Sides()


class Why(StrEnum):
    """Why two things are not subtracted."""

    UNIT = "unit"
    MISSING = "missing"
    PLANNED = "planned"
    SEVERAL = "several"
    SHARED = "shared"
    BOUND = "bound"
    UNDATED = "undated"


@dataclass(frozen=True)
class Known:
    """What is known of one side for one measure.

    Attributes
    ----------
    value, qualifier
        As `CountryValue` has them.
    records, planned
        Records behind it, and how many of them are only planned.
    shared
        Undivided totals of this measure in which it takes part; counts of records have none.
    derived
        Whether it is no stated figure.
    elsewhere
        Whether there is a figure of the same kind in another unit or currency.
    """

    unit: str
    state: State = State.NONE
    value: float | None = None
    qualifier: str | None = None
    records: int = 0
    planned: int = 0
    shared: int = 0
    derived: bool = False
    elsewhere: bool = False


@dataclass(frozen=True)
class Difference:
    """How much more the second is than the first: ``=`` or ``~``, in their unit."""

    value: float
    qualifier: str
    derived: bool = False


@dataclass(frozen=True)
class Compared:
    """One measure on every side.

    Attributes
    ----------
    measure
        None for the number of partner countries.
    iso3
        The country of which it is told; None for a whole selection, and where countries are the sides.
    undated
        What stands under both years without a date; None where no years are compared.
    """

    measure: Measure | None
    sides: tuple[Known, ...]
    iso3: str | None = None
    undated: Known | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is recorded on any side."""
        return all(side.state == State.NONE and not side.shared for side in self.sides)

    @property
    def has_figure(self) -> bool:
        """Whether there is a value on any side."""
        return any(side.value is not None for side in self.sides)

    @property
    def is_telling(self) -> bool:
        """Whether a side has more to say of this measure than that it has records of other kinds."""
        return any(side.state in (State.FIGURE, State.PLANNED) or side.shared for side in self.sides)

    @property
    def differences(self) -> tuple[Difference | Why, ...]:
        """Each side but the first, less the first."""
        first, *others = self.sides
        return tuple(subtract(first, other, self.undated) for other in others)


def subtract(one: Known, other: Known, undated: Known | None = None) -> Difference | Why:
    """`other` less `one`, or why that would say nothing.

    What is missing is no zero, a plan is no figure, figures that may not be added have no sum to subtract,
    and a country's part of an undivided total is not known. Two bounds, or a bound and an exact figure, leave
    no figure; what is only about right leaves a difference that is about right.

    Parameters
    ----------
    undated
        What stands under both of two years. Counted records cancel out; any other figure of it may belong to
        either year.
    """
    reason = _refusal(one, other) or (_of_undated(one, undated) if undated else None)
    if reason or one.value is None or other.value is None:
        return reason or Why.MISSING
    about = "~" in (one.qualifier, other.qualifier)
    # As they are written: binary fractions would leave 0.30000000000000004.
    value = float(Decimal(repr(other.value)) - Decimal(repr(one.value)))
    return Difference(value, "~" if about else "=", one.derived or other.derived)


def _refusal(one: Known, other: Known) -> Why | None:
    """The first reason that holds, the most telling one first."""
    both = (one, other)
    lacking = [side for side in both if side.state != State.FIGURE]
    holds = {
        Why.UNIT: one.unit != other.unit or any(side.elsewhere for side in lacking),
        Why.PLANNED: any(side.state == State.PLANNED for side in lacking),
        Why.SHARED: any(side.shared for side in both),
        Why.MISSING: bool(lacking),
        Why.SEVERAL: any(side.value is None for side in both),
        Why.BOUND: any(side.qualifier not in ("=", "~") for side in both),
    }
    return next((why for why, found in holds.items() if found), None)


def _of_undated(one: Known, undated: Known) -> Why | None:
    return Why.UNDATED if one.unit != RECORDS and undated.state == State.FIGURE else None


def known_of(measure: Measure, found: CountryValue) -> Known:
    """A country's answer as one side. A shared total of figures takes nothing from a count of records."""
    return Known(
        measure.unit,
        found.state,
        found.value,
        found.qualifier,
        found.activities,
        found.planned,
        0 if measure.kind == "count" else len(found.shared),
        bool(found.derived) or measure.equal,
    )


def known_of_count(count: Count) -> Known:
    """A number of records as one side."""
    state = State.FIGURE if count.firm else State.PLANNED if count.planned else State.NONE
    value = float(count.firm) if count.firm else None
    return Known(RECORDS, state, value, count.qualifier, count.records, count.planned)


def known_of_total(measure: Measure, found: MeasureByCountry, records: Count) -> Known:
    """All amounts of a kind and currency as one side: what countries have a claim on, and the rest.

    Only without a filter on countries: what is unallocated is that of the whole selection.
    """
    values = [value.value for value in found.values.values() if value.value is not None]
    if values or found.unallocated:
        total = round(sum(values) + (found.unallocated or 0.0), 2)
        return Known(measure.unit, State.FIGURE, total, "=", records.records, records.planned)
    without = State.PRESENT if records.firm else State.PLANNED if records.planned else State.NONE
    return Known(measure.unit, without, None, None, records.records, records.planned)


def mark_other_units(rows: Sequence[Compared]) -> tuple[Compared, ...]:
    """The rows, each side marked where what it lacks is stated in another currency."""
    stated = {
        (row.measure.id, place)
        for row in rows
        if row.measure
        for place, side in enumerate(row.sides)
        if side.state == State.FIGURE
    }
    return tuple(
        replace(
            row,
            sides=tuple(
                replace(side, elsewhere=side.state != State.FIGURE and (row.measure.id, place) in stated)
                for place, side in enumerate(row.sides)
            ),
        )
        if row.measure and row.measure.kind == "amount"
        else row
        for row in rows
    )


def compare_countries(answers: Sequence[MeasureByCountry], codes: Sequence[str]) -> tuple[Compared, ...]:
    """Every measure of countries side by side."""
    rows = [
        Compared(one.measure, tuple(known_of(one.measure, one.of(iso3)) for iso3 in codes)) for one in answers
    ]
    return mark_other_units(rows)


def compare_by_country(
    answers: Sequence[MeasureByCountry], undated: MeasureByCountry | None, known: Sequence[str]
) -> tuple[Compared, ...]:
    """One measure by country, a side an answer; countries of which no side says anything are left out.

    `known` are the countries that are told, in their order; a code beside them comes after.
    """
    found = dict.fromkeys([*known, *(iso3 for answer in answers for iso3 in answer.values)])
    rows = (
        Compared(
            answers[0].measure,
            tuple(known_of(answer.measure, answer.of(iso3)) for answer in answers),
            iso3,
            known_of(undated.measure, undated.of(iso3)) if undated else None,
        )
        for iso3 in found
    )
    return tuple(row for row in rows if not row.is_empty)
