"""The legend as a model: one entry a fill, one a kind of site, drawn by the pages and by every figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, TypeAlias

from ess.analysis.breaks import MANUAL, ClassRange
from ess.analysis.by_country import State
from ess.analysis.shading import HOME, NO_DENOMINATOR, SEVERAL, Shading
from ess.locales import N_, Translator
from ess.locales.figures import significant
from ess.maps.sites import SiteLayer

Say: TypeAlias = Callable[[float], str]

_RARE = {SEVERAL, NO_DENOMINATOR}
_STATES = {
    SEVERAL: N_("Several figures that may not be added"),
    NO_DENOMINATOR: N_("A figure, but no population known"),
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
        ``class`` with a colour, a state's name, ``several``, ``no_denominator`` or ``home``.
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
        LegendEntry("class", colour, text, found.countries, "class")
        for colour, text, found in zip(
            colours, class_texts(shading, translator), shading.breaks.ranges, strict=True
        )
    ]
    states = [
        LegendEntry(fill, "", translator(text), counts.get(fill, 0), "state")
        for fill, text in _STATES.items()
        if fill not in _RARE or counts.get(fill)
    ]
    home = [LegendEntry(HOME, "", home_name, 1, "home")] if counts.get(HOME) else []
    return classes + states + home


def class_texts(shading: Shading, translator: Translator) -> list[str]:
    """What each class holds, lowest first: its observed values, or the limits that a reader typed."""
    say = partial(significant, translator) if shading.rates else translator.number
    if shading.breaks.scheme == MANUAL and shading.breaks.upper:
        return _typed_texts(shading.breaks.inner, say, translator)
    return [_range(found, say) for found in shading.breaks.ranges]


def _range(found: ClassRange, say: Say) -> str:
    low, high = say(found.low), say(found.high)
    return low if low == high else f"{low} – {high}"


def _typed_texts(inner: Sequence[float], say: Say, translator: Translator) -> list[str]:
    """The end classes are open; the others say which of their limits is theirs."""
    if not inner:
        return [translator("All values")]
    between = [
        translator("more than {low}, up to {high}", low=say(low), high=say(high))
        for low, high in pairwise(inner)
    ]
    lowest = translator("{limit} and less", limit=say(inner[0]))
    return [lowest, *between, translator("more than {limit}", limit=say(inner[-1]))]


Look: TypeAlias = Literal["exact", "rough", "planned", "group"]


@dataclass(frozen=True)
class SiteEntry:
    """One line of the legend about sites.

    Attributes
    ----------
    look
        How ``sites.js`` draws it: filled, hollow, dashed, or a circle with a ring.
    sites
        How many look so by themselves; None for the groups, which change with the zoom.
    """

    look: Look
    text: str
    sites: int | None


@dataclass(frozen=True)
class SiteLegend:
    """What the marks of sites mean, and how many records have one.

    Attributes
    ----------
    counts
        Sites, activities that have any, activities that have none: three texts, the last also when there is
        no site at all.
    """

    entries: tuple[SiteEntry, ...]
    counts: tuple[str, ...]


_LOOKS: dict[Look, str] = {
    "exact": N_("Site, exactly placed"),
    "rough": N_("Site, placed only approximately"),
    "planned": N_("Site of a planned activity"),
    "group": N_("Sites close together: the area of the circle goes with their number"),
}


def build_site_legend(layer: SiteLayer, translator: Translator) -> SiteLegend:
    """The looks that occur, how many sites have each, and what is not on the map: that is not nothing."""
    numbers: dict[Look, int | None] = {"exact": layer.exact, "rough": layer.rough, "planned": layer.planned}
    if layer.sites > 1:
        numbers["group"] = None
    entries = (
        SiteEntry(look, translator(_LOOKS[look]), number) for look, number in numbers.items() if number != 0
    )
    drawn = (
        translator.n("{count} site on the map", "{count} sites on the map", layer.sites),
        translator.n("{count} activity has a site", "{count} activities have sites", layer.activities),
    )
    without = translator.n(
        "{count} activity has no stated location", "{count} activities have no stated location", layer.without
    )
    return SiteLegend(tuple(entries), (*(drawn if layer.sites else ()), without))
