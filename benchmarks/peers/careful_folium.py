"""A careful Folium page: shapes and values are kept for all visitors, and nothing comes back from the map.

There is no colour bar, which would fetch d3 from another host. The map itself is built anew at every change:
`st_folium` writes into the map it is given, so that one that is kept draws nothing the second time.
"""

import json
from pathlib import Path
from typing import Any

import branca.colormap as cm
import folium
import numpy as np
import streamlit as st
from streamlit_folium import st_folium

folium.Map.default_js = [("leaflet", "/app/static/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/app/static/leaflet.css")]
st.set_page_config(layout="wide")
colours = cm.linear.YlGn_09.scale(0, 100)  # type: ignore[attr-defined]


@st.cache_resource
def read_shapes() -> dict[str, Any]:
    """The atlas's own shapes."""
    shapes: dict[str, Any] = json.loads(Path("countries.geojson").read_text(encoding="utf-8"))
    return shapes


@st.cache_resource
def value_shapes(chosen: int) -> dict[str, Any]:
    """The shapes, each with its name, its value and its colour."""
    shapes = read_shapes()
    values = np.random.default_rng(chosen).integers(0, 100, len(shapes["features"])).tolist()
    valued = [
        {**feature, "properties": {**feature["properties"], "value": value, "colour": colours(value)}}
        for feature, value in zip(shapes["features"], values, strict=True)
    ]
    return {"type": "FeatureCollection", "features": valued}


chosen = st.selectbox("Measure", range(30))
drawn = folium.Map(location=[8, 10], zoom_start=2, tiles=None)
folium.GeoJson(
    value_shapes(chosen),
    style_function=lambda feature: {
        "fillColor": feature["properties"]["colour"],
        "weight": 0.5,
        "fillOpacity": 0.8,
    },
    tooltip=folium.GeoJsonTooltip(["name", "value"]),
).add_to(drawn)
st_folium(drawn, height=470, use_container_width=True, returned_objects=[])
st.write("shown", chosen)
