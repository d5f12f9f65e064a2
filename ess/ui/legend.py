"""The legend of the map: fills, histogram with the class limits, sized circles, and what must be said."""

from __future__ import annotations

from ess.escape import Markup, fill, joined
from ess.locales import Translator
from ess.locales.figures import significant
from ess.maps.circles import SizedCircle, build_sized_legend, circle_values
from ess.maps.histogram import BINS, Histogram, build_histogram
from ess.maps.legend import build_legend
from ess.maps.payload import Scene
from ess.ui.classing import may_divide
from ess.ui.context import Context
from ess.ui.html import build_legend_lines, build_note
from ess.ui.keys import MARKS
from ess.ui.remarks import list_remarks, warns_of_areas


def build_class_legend(context: Context, scene: Scene) -> Markup:
    """The lines of the legend, and beside each other histogram, circles and remarks."""
    t = context.t
    home = t("{country} (home country, outlined)", country=context.country(context.settings.home))
    entries = build_legend(scene.shading, scene.colours, t, home)
    pieces = joined(
        [build_histogram_figure(scene, t), build_circles_figure(scene, t), build_remarks(context, scene)]
    )
    beside = fill('<div class="atlas-classes">{pieces}</div>', pieces=pieces) if pieces else Markup()
    return joined([build_legend_lines(scene.measure, entries, t), beside])


def build_histogram_figure(scene: Scene, translator: Translator) -> Markup:
    """The histogram as HTML; its axis runs from left to right in every language."""
    found = build_histogram(scene.shading, scene.colours, translator)
    if found is None:
        return Markup()
    return fill(
        '<div class="atlas-histogram" role="img" dir="ltr" aria-label="{about}">'
        '<div class="bars">{bars}</div><div class="strip">{strip}</div><div class="ticks">{ticks}</div>'
        "</div>",
        about=_about(found, len(scene.shading.classed), translator),
        bars=_bars(found),
        strip=_strip(found),
        ticks=joined(
            fill('<span style="left:{at}%">{text}</span>', at=_percent(tick.at), text=tick.text)
            for tick in found.ticks
        ),
    )


def _about(found: Histogram, values: int, t: Translator) -> str:
    said = t.n(
        "Histogram of {count} value with the class limits",
        "Histogram of {count} values with the class limits",
        values,
    )
    return f"{said} ({t('logarithmic axis')})" if found.logarithmic else said


def _bars(found: Histogram) -> Markup:
    """A column for each stretch that holds a value, made of the colours of its classes."""
    return joined(
        fill(
            '<span style="left:{at}%">{pieces}</span>',
            at=_percent(number / BINS),
            pieces=joined(_piece(colour, count / found.highest) for colour, count in bar),
        )
        for number, bar in enumerate(found.bars)
        if bar
    )


def _piece(colour: str, share: float) -> Markup:
    return fill('<i style="height:{height}%;background:{colour}"></i>', height=_percent(share), colour=colour)


def _strip(found: Histogram) -> Markup:
    return joined(
        fill(
            '<i style="left:{start}%;width:{width}%;background:{colour}"></i>',
            start=_percent(part.start),
            width=_percent(part.end - part.start),
            colour=part.colour,
        )
        for part in found.segments
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


def build_circles_figure(scene: Scene, translator: Translator) -> Markup:
    """Circles of round values inside each other, standing on one line, each with its number."""
    if not scene.circles:
        return Markup()
    sized = build_sized_legend(circle_values(scene.joined, scene.shading, scene.home))
    if not sized:
        return Markup()
    return fill(
        '<div class="atlas-sized" role="img" dir="ltr" aria-label="{about}" style="height:{height}px">'
        "{circles}</div>",
        about=translator("Sizes of the circles"),
        height=round(2 * sized[0].radius + 16),
        circles=joined(_sized(circle, translator) for circle in sized),
    )


def _sized(circle: SizedCircle, translator: Translator) -> Markup:
    """A circle and its number, at the height of its top."""
    return fill(
        '<i style="width:{size}px;height:{size}px"></i><span style="bottom:{size}px">{text}</span>',
        size=f"{2 * circle.radius:.1f}",
        text=significant(translator, circle.value),
    )


def build_remarks(context: Context, scene: Scene) -> Markup:
    """What must be said of the classes; totals on areas come with the way to circles and to rates."""
    t = context.t
    notes = [build_note(remark) for remark in list_remarks(context, scene)]
    if warns_of_areas(context.state.measure, scene):
        notes.insert(0, _warning(t, divisible=may_divide(context)))
    return fill('<div class="atlas-remarks">{notes}</div>', notes=joined(notes)) if notes else Markup()


def _warning(t: Translator, *, divisible: bool) -> Markup:
    return fill(
        '<p class="atlas-note">{text} {ways}</p>',
        text=t("Quantities on areas: a large country catches the eye whatever its value."),
        ways=joined(
            [
                _way("mark", MARKS[1], t("Draw circles")),
                _way("norm", "population", t("Per inhabitant")) if divisible else Markup(),
            ]
        ),
    )


def _way(key: str, code: str, text: str) -> Markup:
    """A button that sets one key of the address."""
    return fill(
        '<button data-choose="{key}" data-code="{code}">{text}</button> ', key=key, code=code, text=text
    )
