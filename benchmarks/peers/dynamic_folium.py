"""A Folium page that follows streamlit-folium's advice for maps that change: `feature_group_to_add`.

The map is constant; at every change one layer with all shapes and values is sent and replaces the last one.
"""

import json
from pathlib import Path
from typing import Any

import folium
import numpy as np
import streamlit as st
from streamlit_folium import st_folium

folium.Map.default_js = [("leaflet", "/app/static/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/app/static/leaflet.css")]
st.set_page_config(layout="wide")


@st.cache_resource
def read_shapes() -> dict[str, Any]:
    """The atlas's own shapes."""
    shapes: dict[str, Any] = json.loads(Path("countries.geojson").read_text(encoding="utf-8"))
    return shapes


chosen = st.selectbox("Measure", range(30))
shapes = read_shapes()
shades = np.random.default_rng(chosen).integers(0, 256, len(shapes["features"])).tolist()
colours = {
    feature["id"]: f"#00{shade:02x}80" for feature, shade in zip(shapes["features"], shades, strict=True)
}
values = folium.FeatureGroup(name="values")
folium.GeoJson(
    shapes, style_function=lambda feature: {"fillColor": colours[feature["id"]], "fillOpacity": 0.8}
).add_to(values)
st_folium(
    folium.Map(location=[8, 10], zoom_start=2, tiles=None),
    key="map",
    height=470,
    use_container_width=True,
    returned_objects=[],
    feature_group_to_add=values,
)
st.write("shown", chosen)
