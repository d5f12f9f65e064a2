"""The map on a page: drawn once, repainted in place, and what a press on it means."""

from __future__ import annotations

import streamlit as st
from streamlit_folium import st_folium

from ess.analysis.join import Joined
from ess.analysis.shading import Shading
from ess.exports.classes import rate_label
from ess.exports.labels import measure_label
from ess.maps.layer import RETURNED, build_map, build_paint, map_key
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


def show_map(context: Context, scene: Scene, key: str, height: int) -> None:
    """The map, repainted in place; a press on a country chooses it."""
    name = map_key(key)
    with st.container(key=f"{key}-frame"):  # keeps the map's place while its frame loads: see ess.ui.html
        st_folium(
            build_map(key),
            key=name,
            height=height,
            use_container_width=True,
            returned_objects=[RETURNED],
            feature_group_to_add=build_paint(build_payload(scene, context.t)),
            on_change=lambda: _take_press(context, name),
        )


def _take_press(context: Context, name: str) -> None:
    """A press on a country chooses it; the map's own button keeps the view in the address."""
    chosen = (st.session_state.get(name) or {}).get(RETURNED) or {}
    if "iso3" in chosen:
        context.change(iso3=str(chosen["iso3"]))
    elif "at" in chosen:
        context.change(at=",".join(f"{part:g}" for part in chosen["at"]))
