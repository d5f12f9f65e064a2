"""How each country is shaded: decided once, then read by the map, the legend and the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ess.analysis.breaks import ClassBreaks, Middle, build_breaks
from ess.analysis.by_country import State
from ess.analysis.join import Joined, JoinedRow
from ess.analysis.normalising import Rates

#: A figure that has no single value, because several are stated that may not be added.
SEVERAL = "several"
#: The home country is outlined and never classed.
HOME = "home"
#: A figure that nothing is known to divide by: it is neither a rate nor zero.
NO_DENOMINATOR = "no_denominator"


@dataclass(frozen=True)
class Shading:
    """Class or state of every country of the layer.

    Attributes
    ----------
    breaks
        The class breaks, home left out.
    fills
        By iso3: the index of the class as text, a state's name, `SEVERAL`, `HOME` or `NO_DENOMINATOR`.
    classed
        By iso3: the value that decided the class, of those that have one.
    rates
        What the values were divided by; None when they are classed as they are.
    """

    breaks: ClassBreaks
    fills: Mapping[str, str]
    classed: Mapping[str, float] = field(default_factory=dict)
    rates: Rates | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Countries under each fill; with home they add up to the layer."""
        return Counter(self.fills.values())


def build_shading(  # noqa: PLR0913 - everything that the classes depend on
    joined: Joined,
    scheme: str,
    classes: int,
    home: str,
    *,
    limits: Sequence[float] = (),
    middle: Middle | None = None,
    rates: Rates | None = None,
) -> Shading:
    """Shade the joined layer.

    A country without a figure has a state, never a class; several figures that may not be added have none.

    Parameters
    ----------
    limits, middle
        As `build_breaks` takes them.
    rates
        The values to class instead of the figures; a figure without a rate has no class and is no zero.

    Raises
    ------
    SelectionError
        As `build_breaks` does.
    """
    (found,) = build_shadings([joined], scheme, classes, home, limits=limits, middle=middle, rates=[rates])
    return found


def build_shadings(  # noqa: PLR0913 - everything that the classes depend on
    measured: Sequence[Joined],
    scheme: str,
    classes: int,
    home: str,
    *,
    limits: Sequence[float] = (),
    middle: Middle | None = None,
    rates: Sequence[Rates | None],
) -> tuple[Shading, ...]:
    """Shade several joined layers with the same classes, made from the values of all of them together.

    As `build_shading` for each; the ranges of the breaks tell the countries of all maps together.
    """
    classed = [_classed(joined, found, home) for joined, found in zip(measured, rates, strict=True)]
    pooled = [value for values in classed for value in values.values()]
    breaks = build_breaks(pooled, scheme, classes, limits=limits, middle=middle)
    return tuple(
        Shading(
            breaks,
            {row.iso3: _fill(row, home, breaks, values.get(row.iso3)) for row in joined.rows},
            values,
            found,
        )
        for joined, values, found in zip(measured, classed, rates, strict=True)
    )


def _classed(joined: Joined, rates: Rates | None, home: str) -> dict[str, float]:
    """The values that have a class: figures, or the rates of those that have one; home left out."""
    figures = {row.iso3: row.value for row in joined.rows if row.iso3 != home and row.has_value}
    shown = figures if rates is None else rates.values
    return {iso3: shown[iso3] for iso3 in figures if iso3 in shown}


def _fill(row: JoinedRow, home: str, breaks: ClassBreaks, classed: float | None) -> str:
    """Fill of one country; `classed` is None for what has no class."""
    if row.iso3 == home:
        return HOME
    if row.state != State.FIGURE:
        return row.state
    if not row.has_value:
        return SEVERAL
    return NO_DENOMINATOR if classed is None else str(breaks.class_of(classed))
