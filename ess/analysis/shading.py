"""How each country is shaded: decided once, then read by the map, the legend and the table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ess.analysis.breaks import ClassBreaks, build_breaks
from ess.analysis.by_country import State
from ess.analysis.join import Joined

#: A figure that has no single value, because several are stated that may not be added.
SEVERAL = "several"
#: The home country is outlined and never classed.
HOME = "home"


@dataclass(frozen=True)
class Shading:
    """Class or state of every country of the layer.

    Attributes
    ----------
    breaks
        The class breaks, home left out.
    fills
        By iso3: the index of the class as text, a state's name, `SEVERAL` or `HOME`.
    """

    breaks: ClassBreaks
    fills: Mapping[str, str]

    @property
    def counts(self) -> Mapping[str, int]:
        """Countries under each fill; with home they add up to the layer."""
        return Counter(self.fills.values())


def build_shading(joined: Joined, scheme: str, classes: int, home: str) -> Shading:
    """Shade the joined layer.

    A country without a figure has a state, never a class; several figures that may not be added have none.

    Raises
    ------
    SelectionError
        As `build_breaks` does.
    """
    abroad = [row.value for row in joined.rows if row.iso3 != home and row.has_value]
    breaks = build_breaks(abroad, scheme, classes)
    fills = {
        row.iso3: HOME if row.iso3 == home else _fill(row.state, row.value, breaks) for row in joined.rows
    }
    return Shading(breaks, fills)


def _fill(state: str, value: float, breaks: ClassBreaks) -> str:
    """Fill of one country; a missing value is NaN."""
    if state != State.FIGURE:
        return state
    return SEVERAL if math.isnan(value) else str(breaks.class_of(value))
