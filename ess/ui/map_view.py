"""The map on a page: its frame, drawn once, and what it shows, which stands in the page."""

from __future__ import annotations

from streamlit_folium import st_folium

from ess.analysis.join import Joined
from ess.analysis.shading import Shading
from ess.escape import Markup, fill, literal
from ess.exports.classes import rate_label
from ess.exports.labels import measure_label
from ess.maps.layer import build_map, map_key
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


def show_map(key: str, height: int, *, together: bool = False) -> None:
    """The map's frame: constant, so that it is drawn once; `build_values` says what it shows."""
    st_folium(
        build_map(key, together=together),
        key=map_key(key),
        height=height,
        use_container_width=True,
        returned_objects=[],
    )


def build_values(context: Context, scene: Scene, key: str) -> Markup:
    """What the map of that key shows, for its script to read."""
    return fill(
        '<div hidden="" data-map="{key}">{values}</div>',
        key=key,
        values=literal(build_payload(scene, context.t)),
    )
