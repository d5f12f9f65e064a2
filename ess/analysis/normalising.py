"""Values divided by inhabitants or by area: what may be divided, by what, and what stays without a rate."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ess.analysis.join import Joined
from ess.analysis.measures import Measure
from ess.store.engine import Engine
from geodata.population import populations

NORMS: Final = ("none", "population", "area")
#: A rate is told for so many inhabitants, or so many square kilometres.
PER: Final[Mapping[str, float]] = {"population": 1e6, "area": 1e5}


@dataclass(frozen=True)
class Denominator:
    """What one country's values are divided by.

    Attributes
    ----------
    amount
        Inhabitants, or square kilometres.
    year
        Of the inhabitants; None for an area.
    """

    amount: float
    year: int | None = None


@dataclass(frozen=True)
class Rates:
    """Values of a measure divided by inhabitants or by area.

    Attributes
    ----------
    norm
        ``population`` or ``area``.
    values
        By iso3: per million inhabitants, or per 100,000 km². A qualifier of the figure (a lower bound) is the
        rate's too. A figure without a denominator has no rate.
    denominators
        By iso3, of every country that has one.
    """

    norm: str
    values: Mapping[str, float]
    denominators: Mapping[str, Denominator]

    @property
    def years(self) -> Counter[int]:
        """Years of the denominators behind the rates, with how many countries have each."""
        found = (self.denominators[iso3].year for iso3 in self.values)
        return Counter(year for year in found if year is not None)


def may_be_divided(measure: Measure, additive: frozenset[str]) -> bool:
    """Whether a rate of the measure means something: counts and amounts, and figures that may be added.

    A figure that may not be added (a percentage, a rank, a stock told twice) is not a quantity of which a
    country has more because it is larger.

    Parameters
    ----------
    additive
        As `read_additive` returns it.
    """
    return measure.kind != "result" or measure.code in additive


def read_additive(engine: Engine) -> frozenset[str]:
    """Indicators all of whose stated figures may be added."""
    results = engine.table("results")
    stated = results.filter(results.value.notnull())
    rows = stated.group_by("indicator").aggregate(additive=stated.additive.fill_null(False).all())
    return frozenset(row["indicator"] for row in engine.rows(rows) if row["additive"])


def build_rates(joined: Joined, norm: str) -> Rates | None:
    """Rates of the figures of the layer; None when they are not to be divided (`norm` ``none``).

    Inhabitants are those that the source gives for the country, whatever the boundary view; the area is that
    of the country as the view draws it, geodesic on WGS 84.
    """
    if norm == "none":
        return None
    denominators = _inhabitants() if norm == "population" else _areas(joined)
    values = {
        row.iso3: row.value / (denominators[row.iso3].amount / PER[norm])
        for row in joined.rows
        if row.has_value and row.iso3 in denominators
    }
    return Rates(norm, values, denominators)


def _inhabitants() -> Mapping[str, Denominator]:
    return {iso3: Denominator(float(found.persons), found.year) for iso3, found in populations().items()}


def _areas(joined: Joined) -> Mapping[str, Denominator]:
    columns = zip(joined.frame["iso3"], joined.frame["area_km2"], strict=True)
    return {iso3: Denominator(float(area)) for iso3, area in columns if area > 0}
