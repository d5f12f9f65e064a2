"""A measure by country: one of four states for each, with its value, its qualifier and what it shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ess.analysis.amounts import amounts_by_country
from ess.analysis.counts import ByType, Count, counts_by_country, counts_by_region, total
from ess.analysis.figures import Figure, SharedTotal, figures_by_country, shared_by_country, shared_totals
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary
from ess.store.engine import Engine


class State(StrEnum):
    """What is known of a country for a measure; missing is not zero, and a plan is not an activity."""

    FIGURE = "figure"
    PRESENT = "present"
    PLANNED = "planned"
    NONE = "none"


@dataclass(frozen=True)
class CountryValue:
    """A country's answer.

    Attributes
    ----------
    value, qualifier
        None unless the state is ``figure``; also None when several figures are stated that may not be added
        (`stated` says how many).
    activities
        Records behind it, planned ones too.
    planned
        How many of them are only planned.
    shared
        Undivided totals in which the country takes part.
    """

    iso3: str
    state: State
    value: float | None = None
    qualifier: str | None = None
    activities: int = 0
    planned: int = 0
    shared: tuple[SharedTotal, ...] = ()
    stated: int = 0


@dataclass(frozen=True)
class RegionValue:
    """Records placed in a region, or nowhere that has a name (`region` is empty)."""

    region: str
    state: State
    value: float | None
    qualifier: str | None
    activities: int


@dataclass(frozen=True)
class MeasureByCountry:
    """The answer for every country that has anything, keyed by iso3; the rest are in state ``none``."""

    measure: Measure
    selection: Selection
    view: str
    values: Mapping[str, CountryValue]
    unallocated: float | None = None

    def of(self, iso3: str) -> CountryValue:
        """The country's answer; state ``none`` when it has no record."""
        return self.values.get(iso3) or CountryValue(iso3, State.NONE)


def measure_by_country(
    engine: Engine, measure: Measure, selection: Selection, vocabulary: Vocabulary, view: str
) -> MeasureByCountry:
    """`measure` by country over `selection`, territories folded as `view` draws them."""
    counts = counts_by_country(engine, selection, vocabulary, view)
    if measure.kind == "count":
        totals = _shared_of_type(engine, measure, selection, vocabulary, view)
        shared = shared_by_country(totals)
        values = (_counted(iso3, total(by, measure.code), shared) for iso3, by in counts.items())
        return _answer(measure, selection, view, values)
    if measure.kind == "result":
        indicator = measure.code or ""
        figures = figures_by_country(engine, selection, vocabulary, view, indicator)
        shared = shared_by_country(shared_totals(engine, selection, vocabulary, view, indicator))
        return _answer(measure, selection, view, _with_figures(counts, figures, shared))
    amounts = amounts_by_country(engine, selection, vocabulary, view, measure.code or "", measure.unit)
    figures = {iso3: Figure(value, "=", 1) for iso3, value in amounts.by_country.items()}
    values = _with_figures(counts, figures, shared_by_country(amounts.shared))
    return _answer(measure, selection, view, values, amounts.unallocated)


def _answer(
    measure: Measure,
    selection: Selection,
    view: str,
    values: Iterable[CountryValue],
    unallocated: float | None = None,
) -> MeasureByCountry:
    by_country = {value.iso3: value for value in sorted(values, key=lambda value: value.iso3)}
    return MeasureByCountry(measure, selection, view, by_country, unallocated)


def _shared_of_type(
    engine: Engine, measure: Measure, selection: Selection, vocabulary: Vocabulary, view: str
) -> list[SharedTotal]:
    """Undivided totals of the counted records: of all records, or of those of one type."""
    if measure.code is None:
        return shared_totals(engine, selection, vocabulary, view)
    if selection.type and measure.code not in selection.type:
        return []
    of_type = replace(selection, type=(measure.code,))
    return shared_totals(engine, of_type, vocabulary, view)


def _counted(iso3: str, count: Count, shared: Mapping[str, tuple[SharedTotal, ...]]) -> CountryValue:
    state = State.FIGURE if count.firm else State.PLANNED if count.planned else State.NONE
    value = float(count.firm) if count.firm else None
    return CountryValue(
        iso3,
        state,
        value,
        count.qualifier,
        count.records,
        count.planned,
        shared.get(iso3, ()),
        int(count.firm > 0),
    )


def _with_figures(
    counts: Mapping[str, ByType],
    figures: Mapping[str, Figure],
    shared: Mapping[str, tuple[SharedTotal, ...]],
) -> Iterable[CountryValue]:
    """A figure of its own, else present, else planned, else none."""
    for iso3 in counts.keys() | figures.keys() | shared.keys():
        count = total(counts.get(iso3, {}))
        figure = figures.get(iso3)
        if figure is None:
            state = State.PRESENT if count.firm else State.PLANNED if count.planned else State.NONE
            yield CountryValue(iso3, state, None, None, count.records, count.planned, shared.get(iso3, ()))
        else:
            yield CountryValue(
                iso3,
                State.FIGURE,
                figure.value,
                figure.qualifier,
                count.records,
                count.planned,
                shared.get(iso3, ()),
                figure.stated,
            )


def measure_by_region(
    engine: Engine, measure: Measure, selection: Selection, vocabulary: Vocabulary
) -> list[RegionValue]:
    """Regional and unnamed records, which no country may be shaded with.

    For a figure or an amount the records are those that a figure could have been stated for; none is.
    """
    code = measure.code if measure.kind == "count" else None
    rows = []
    for region, by_type in sorted(counts_by_region(engine, selection, vocabulary).items()):
        count = total(by_type, code)
        if not count.records:
            continue
        if measure.kind != "count":
            state = State.PRESENT if count.firm else State.PLANNED
            rows.append(RegionValue(region, state, None, None, count.records))
            continue
        state = State.FIGURE if count.firm else State.PLANNED
        value = float(count.firm) if count.firm else None
        rows.append(RegionValue(region, state, value, count.qualifier, count.records))
    return rows
