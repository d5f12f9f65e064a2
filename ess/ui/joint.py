"""Several maps of one measure: the same classes, the same sizes, one legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ess.analysis.selection import Selection
from ess.analysis.shading import Shading
from ess.escape import Markup, fill, joined
from ess.maps.circles import circle_values
from ess.maps.legend import build_legend
from ess.maps.payload import Scene
from ess.ui import cache
from ess.ui.boundaries import boundary_statement
from ess.ui.classing import classed_together
from ess.ui.context import Context
from ess.ui.explorer import look_at_partners
from ess.ui.html import build_legend_lines, build_note
from ess.ui.keys import SITES
from ess.ui.legend import build_circles_figure, build_histogram_figure, build_remarks
from ess.ui.scene import build_scene


def build_scenes(context: Context, selections: Sequence[Selection]) -> list[Scene]:
    """What the maps show: one measure in the classes, and with the sizes, of all of them together."""
    state = context.state
    found = [cache.joined(context.snapshot.id, state.measure, one, state.view) for one in selections]
    shadings = classed_together(context, tuple(selections))
    without_sites = replace(context, state=replace(state, sites=SITES[1]))
    look = look_at_partners(context)
    scenes = [
        build_scene(without_sites, joined_, shading, look)
        for joined_, shading in zip(found, shadings, strict=True)
    ]
    largest = max(map(_largest, scenes), default=0.0)
    return [replace(scene, largest=largest) for scene in scenes]


def _largest(scene: Scene) -> float:
    values = circle_values(scene.joined, scene.shading, scene.home).values()
    return max(map(abs, values), default=0.0)


def build_joint_legend(context: Context, scenes: Sequence[Scene], said: str) -> Markup:
    """One legend for all maps; `said` tells that their classes were made from the values of all."""
    t = context.t
    pooled = replace(scenes[0], shading=pool(scenes))
    home = t("{country} (home country, outlined)", country=context.country(context.settings.home))
    entries = build_legend(pooled.shading, pooled.colours, t, home)
    sized = max(scenes, key=_largest)
    pieces = joined(
        [build_histogram_figure(pooled, t), build_circles_figure(sized, t), build_remarks(context, pooled)]
    )
    return joined(
        [
            build_legend_lines(pooled.measure, entries, t, counted=False),
            fill('<div class="atlas-classes">{pieces}</div>', pieces=pieces),
            build_note(said),
            build_note(boundary_statement(context.state.view, t)),
        ]
    )


def pool(scenes: Sequence[Scene]) -> Shading:
    """The fills and values of several maps as if each country stood once for each map."""
    first = scenes[0].shading
    numbered = list(enumerate(scene.shading for scene in scenes))
    return replace(
        first,
        fills={f"{iso3} {number}": found for number, one in numbered for iso3, found in one.fills.items()},
        classed={
            f"{iso3} {number}": value for number, one in numbered for iso3, value in one.classed.items()
        },
    )
