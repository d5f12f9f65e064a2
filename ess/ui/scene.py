"""What a map shows under the reader's state, and how it stands in the page for the map's script to read."""

from __future__ import annotations

from ess.analysis.join import Joined
from ess.analysis.shading import Shading
from ess.escape import Markup, fill, literal
from ess.exports.classes import rate_label
from ess.exports.labels import measure_label
from ess.maps.palette import class_colours
from ess.maps.payload import Look, Scene, build_payload
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.keys import MARKS, SITES


def build_scene(context: Context, joined: Joined, shading: Shading, look: Look) -> Scene:
    """What the map shows under the reader's state."""
    state = context.state
    shown = state.sites == SITES[0]
    return Scene(
        joined=joined,
        shading=shading,
        colours=class_colours(state.palette, shading.breaks),
        look=look,
        view=state.view,
        measure=rate_label(
            measure_label(state.measure, context.vocabulary, context.t), shading.rates, context.t
        ),
        home=context.settings.home,
        chosen=state.iso3,
        sites=cache.site_layer(context.snapshot.id, state.selection, state.view) if shown else None,
        circles=state.mark == MARKS[1],
    )


def build_values(context: Context, scene: Scene, key: str) -> Markup:
    """What the map of that key shows, for its script to read."""
    return fill(
        '<div hidden="" data-map="{key}">{values}</div>',
        key=key,
        values=literal(build_payload(scene, context.t)),
    )
