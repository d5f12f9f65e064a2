"""A measure year by year: what is dated in each, and what no date places in any of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ess.analysis.by_country import MeasureByCountry, State, Tally
from ess.analysis.comparing import Known, known_of_count
from ess.analysis.counts import Count, total
from ess.analysis.measures import Measure

#: The unit of a number of countries.
COUNTRIES = "countries"


@dataclass(frozen=True)
class Asked:
    """What is known of one year, or of the undated: the tally of that selection and a measure of it."""

    tally: Tally
    answer: MeasureByCountry


@dataclass(frozen=True)
class ByYear:
    """A measure over years.

    Attributes
    ----------
    years
        What is dated in each year. A record stands in every year that its period touches, so that records do
        not add up to the whole; an amount stands in the year of its date.
    undated
        What stands in none of them because it has no date.
    """

    years: Mapping[str, Known]
    undated: Known


def spread_over_years(measure: Measure, years: Mapping[str, Asked], undated: Asked) -> ByYear:
    """What of a count or a result is dated in each year: records, or countries with a figure.

    A selection by year keeps what is undated; it is taken out here and told by itself. Figures of results
    mostly may not be added, so the countries that have one are counted.
    """
    dated, rest = (_dated_records, _records) if measure.kind == "count" else (_dated_figures, _figures)
    return ByYear(
        {year: dated(measure, asked, undated) for year, asked in years.items()}, rest(measure, undated)
    )


def spread_amounts(measure: Measure, found: Mapping[int | None, float], years: Iterable[str]) -> ByYear:
    """Amounts by the year of their own date; a year without one is no zero."""

    def known(year: int | None) -> Known:
        if year not in found:
            return Known(measure.unit)
        return Known(measure.unit, State.FIGURE, found[year], "=")

    return ByYear({year: known(int(year)) for year in years}, known(None))


def _records(measure: Measure, asked: Asked) -> Known:
    return known_of_count(total(asked.tally.overall, measure.code))


def _dated_records(measure: Measure, asked: Asked, undated: Asked) -> Known:
    types = [measure.code] if measure.code else asked.tally.overall
    dated = (_less(total(asked.tally.overall, one), total(undated.tally.overall, one)) for one in types)
    return known_of_count(sum(dated, Count()))


def _figures(_: Measure, asked: Asked) -> Known:
    return _countries(sum(one.state == State.FIGURE for one in asked.answer.values.values()))


def _dated_figures(_: Measure, asked: Asked, undated: Asked) -> Known:
    figures = (found for found in asked.answer.values.values() if found.state == State.FIGURE)
    return _countries(sum(found.stated > undated.answer.of(found.iso3).stated for found in figures))


def _less(whole: Count, part: Count) -> Count:
    """What is left of a count without a part of it; it may be a lower bound where the whole is one."""
    firm = whole.firm - part.firm
    return Count(firm, whole.planned - part.planned, whole.at_least and firm > 0)


def _countries(number: int) -> Known:
    if not number:
        return Known(COUNTRIES)
    return Known(COUNTRIES, State.FIGURE, float(number), "=", number)
