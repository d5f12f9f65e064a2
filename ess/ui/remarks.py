"""What must be said of the classes on a map: how they were made, and when they mislead."""

from __future__ import annotations

from collections.abc import Iterator

from ess.analysis.breaks import MANUAL
from ess.analysis.measures import Measure
from ess.analysis.normalising import NORMS
from ess.analysis.shading import Shading
from ess.exports.classes import denominator_source
from ess.locales import Translator
from ess.locales.figures import significant
from ess.maps.circles import circle_values
from ess.maps.payload import Scene
from ess.ui.context import Context
from ess.ui.keys import PageState

#: Above this share of values above the mean there is no long tail for head/tail breaks (Jiang 2013).
_MINORITY = 0.4
_PERCENT = "percent"


def list_remarks(context: Context, scene: Scene) -> list[str]:
    """Sentences for below the legend, those about the numbers first."""
    t, state, shading = context.t, context.state, scene.shading
    return [
        *_of_years(state, t),
        *_of_division(state, shading, t),
        *_of_scheme(state, shading, t),
        *_of_middle(state, shading, t),
        *(_of_circles(scene, t) if scene.circles else ()),
    ]


def warns_of_areas(measure: Measure, scene: Scene) -> bool:
    """Whether quantities fill areas: then large countries look important whatever their value."""
    is_quantity = measure.unit != _PERCENT and bool(scene.shading.breaks.upper)
    return is_quantity and scene.shading.rates is None and not scene.circles


def _of_years(state: PageState, t: Translator) -> Iterator[str]:
    """A year chooses records, and their figures come whole."""
    if state.selection.year and state.measure.kind != "count":
        yield t(
            "Under a year stand the figures of all records that touch it, for their whole duration: not what "
            "was done or paid in that year alone."
        )


def _of_division(state: PageState, shading: Shading, t: Translator) -> Iterator[str]:
    if shading.rates is not None:
        yield denominator_source(shading.rates, t)
    elif state.norm != NORMS[0]:
        yield t("Not divided: these figures may not be added, so a rate of them would mean nothing.")


def _of_scheme(state: PageState, shading: Shading, t: Translator) -> Iterator[str]:
    values = list(shading.classed.values())
    if not values:
        return
    if state.scheme == MANUAL and not state.breaks:
        yield t("No class limit is typed yet: see Display.")
    if state.scheme == "log" and min(values) <= 0:
        yield t("Zero and below has no logarithm and is a class of its own.")
    if state.scheme == "head_tail" and len(set(values)) > 1:
        mean = sum(value / len(values) for value in values)
        above = sum(value > mean for value in values) / len(values)
        if above > _MINORITY:
            yield t(
                "Head/tail breaks suit few large values among many small ones; here {share} are above "
                "the mean.",
                share=t.percent(above),
            )


def _of_middle(state: PageState, shading: Shading, t: Translator) -> Iterator[str]:
    middle = shading.breaks.middle
    if middle is None:
        return
    value = significant(t, middle)
    match state.middle:
        case "median":
            yield t("Colours turn at the median, {value}.", value=value)
        case "mean":
            yield t("Colours turn at the mean, {value}.", value=value)
        case "zero":
            yield t("Colours turn at zero.")
        case _:
            yield t("Colours turn at a chosen value, {value}.", value=value)


def _of_circles(scene: Scene, t: Translator) -> Iterator[str]:
    yield t("The area of a circle goes with the figure; Flannery’s enlargement is not applied.")
    if scene.shading.rates is not None:
        yield t("Its colour is the class of the rate.")
    if any(value < 0 for value in circle_values(scene.joined, scene.shading, scene.home).values()):
        yield t("A dashed circle is a value below zero.")
