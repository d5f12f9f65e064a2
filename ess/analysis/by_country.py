"""A measure by country: one of four states for each, with its value, its qualifier and what it shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ess.analysis.amounts import amounts_by_country
from ess.analysis.counts import ByType, Count, read_counts, total
from ess.analysis.figures import Figure, read_figures, read_shared
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection, group_members
from ess.analysis.shared import SharedTotal
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
        Undivided totals in which the country takes part; their number is known at once, they themselves may
        be read only when they are looked at.
    stated
        How many figures are stated; more than one behind a single value when they were added.
    derived
        Formulas of the figures that no source states; empty when all are stated.
    """

    iso3: str
    state: State
    value: float | None = None
    qualifier: str | None = None
    activities: int = 0
    planned: int = 0
    shared: Sequence[SharedTotal] = ()
    stated: int = 0
    derived: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Tally:
    """What a selection holds, by country: read once, it answers every count, and stands behind every measure.

    Attributes
    ----------
    counts
        Records by iso3 and type.
    overall
        Records by type, each once however many countries it names.
    undated
        How many records carry no date at all.
    """

    selection: Selection
    view: str
    counts: Mapping[str, ByType]
    overall: ByType
    undated: int


def read_tally(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Tally:
    """The tally of `selection`, territories folded as `view` draws them."""
    counts = read_counts(engine, selection, vocabulary, view)
    return Tally(
        selection,
        view,
        counts.by_country,
        counts.overall,
        counts.undated,
    )


def measure_by_country(
    engine: Engine, measure: Measure, selection: Selection, vocabulary: Vocabulary, view: str
) -> MeasureByCountry:
    """`measure` by country over `selection`, territories folded as `view` draws them.

    A country without a record, a figure or a shared total has no entry: it is in state ``none``.
    """
    return answer_measure(engine, measure, read_tally(engine, selection, vocabulary, view), vocabulary)


def answer_measure(
    engine: Engine, measure: Measure, tally: Tally, vocabulary: Vocabulary
) -> MeasureByCountry:
    """As `measure_by_country`, from a tally; what a measure needs beside it is asked once a selection."""
    selection, view = tally.selection, tally.view
    unallocated = None
    if measure.kind == "count":
        totals = read_shared(engine, selection, vocabulary, view).by_country(activity_type=measure.code)
        values = _with_counts(tally.counts, measure.code, _shared_in(selection, totals))
    elif measure.kind == "result":
        totals = read_shared(engine, selection, vocabulary, view).by_country(indicator=measure.code)
        figures = read_figures(engine, selection, vocabulary, view).by_country.get(measure.code or "", {})
        values = _with_figures(tally.counts, figures, _shared_in(selection, totals))
    else:
        amounts = amounts_by_country(engine, selection, vocabulary, view, measure)
        figures = {iso3: Figure(value, "=", 1) for iso3, value in amounts.by_country.items()}
        totals = amounts.shared.by_country()
        values = _with_figures(tally.counts, figures, _shared_in(selection, totals))
        unallocated = amounts.unallocated
    known = (value for value in values if value.state != State.NONE or value.shared)
    by_country = {value.iso3: value for value in sorted(known, key=lambda value: value.iso3)}
    return MeasureByCountry(measure, selection, view, by_country, unallocated)


def _shared_in(
    selection: Selection, shared: Mapping[str, Sequence[SharedTotal]]
) -> Mapping[str, Sequence[SharedTotal]]:
    """Shared totals by country. A group filter leaves other countries out, never a name out of a total."""
    wanted = group_members(selection)
    return {iso3: found for iso3, found in shared.items() if wanted is None or iso3 in wanted}


def _with_counts(
    counts: Mapping[str, ByType], activity_type: str | None, shared: Mapping[str, Sequence[SharedTotal]]
) -> Iterator[CountryValue]:
    """A count of records that are not planned, else planned, else none."""
    for iso3, by_type in counts.items():
        count = total(by_type, activity_type)
        state = State.FIGURE if count.firm else State.PLANNED if count.planned else State.NONE
        yield CountryValue(
            iso3,
            state,
            float(count.firm) if count.firm else None,
            count.qualifier,
            count.records,
            count.planned,
            shared.get(iso3, ()),
            int(count.firm > 0),
        )


def _with_figures(
    counts: Mapping[str, ByType],
    figures: Mapping[str, Figure],
    shared: Mapping[str, Sequence[SharedTotal]],
) -> Iterator[CountryValue]:
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
                figure.derived,
            )


def measure_by_region(
    engine: Engine, measure: Measure, selection: Selection, vocabulary: Vocabulary
) -> list[RegionValue]:
    """Regional and unnamed records, which no country may be shaded with, by region; unnamed ones first.

    A figure or an amount is here when it is stated of the region, or of an activity that is nowhere else.
    """
    counts = read_counts(engine, selection, vocabulary, "un").by_region
    figures: Mapping[str, Figure]
    code = measure.code or ""
    if measure.kind == "count":
        firm = {region: total(by, measure.code) for region, by in counts.items()}
        figures = {region: Figure(float(c.firm), c.qualifier, 1) for region, c in firm.items() if c.firm}
        counts = {region: by for region, by in counts.items() if firm[region].records}
    elif measure.kind == "result":
        figures = read_figures(engine, selection, vocabulary, "un").by_region.get(code, {})
    else:
        amounts = amounts_by_country(engine, selection, vocabulary, "un", measure)
        figures = {region: Figure(value, "=", 1) for region, value in amounts.by_region.items()}
    kind = measure.code if measure.kind == "count" else None
    return [
        _region_value(region, total(counts.get(region, {}), kind), figures.get(region))
        for region in sorted(counts.keys() | figures.keys())
    ]


def _region_value(region: str, count: Count, figure: Figure | None) -> RegionValue:
    if figure is not None:
        return RegionValue(region, State.FIGURE, figure.value, figure.qualifier, count.records)
    state = State.PRESENT if count.firm else State.PLANNED
    return RegionValue(region, state, None, None, count.records)
