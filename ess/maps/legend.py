"""The legend as a model: one entry a fill, drawn by the pages and by every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ess.analysis.by_country import State
from ess.analysis.shading import HOME, SEVERAL, Shading
from ess.locales import N_, Translator

_STATES = {
    SEVERAL: N_("Several figures that may not be added"),
    State.PRESENT: N_("Present, no figure stated"),
    State.PLANNED: N_("Planned only"),
    State.NONE: N_("No record"),
}


@dataclass(frozen=True)
class LegendEntry:
    """One line of the legend.

    Attributes
    ----------
    fill
        ``class`` with a colour, a state's name, ``several`` or ``home``.
    """

    fill: str
    colour: str
    text: str
    countries: int
    kind: Literal["class", "state", "home"]


def build_legend(
    shading: Shading, colours: list[str], translator: Translator, home_name: str
) -> list[LegendEntry]:
    """Entries for the classes, highest last, then the four states, then home; counts add up to the layer."""
    counts = shading.counts
    classes = [
        LegendEntry("class", colour, _range(translator, found.low, found.high), found.countries, "class")
        for colour, found in zip(colours, shading.breaks.ranges, strict=True)
    ]
    states = [
        LegendEntry(fill, "", translator(text), counts.get(fill, 0), "state")
        for fill, text in _STATES.items()
        if fill != SEVERAL or counts.get(fill)
    ]
    home = [LegendEntry(HOME, "", home_name, 1, "home")] if counts.get(HOME) else []
    return classes + states + home


def _range(translator: Translator, low: float, high: float) -> str:
    if low == high:
        return translator.number(low)
    return f"{translator.number(low)} – {translator.number(high)}"
