"""The frame of a map on a page: constant, so that it is drawn once."""

from __future__ import annotations

from streamlit_folium import st_folium

from ess.maps.layer import AtlasMap, build_map, map_key


def show_map(key: str, height: int, kind: type[AtlasMap] = AtlasMap) -> None:
    """The map's frame; `ess.ui.scene.build_values` says what it shows."""
    st_folium(
        build_map(key, kind),
        key=map_key(key, kind),
        height=height,
        use_container_width=True,
        returned_objects=[],
    )
