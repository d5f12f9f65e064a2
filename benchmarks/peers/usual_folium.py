"""The usual Folium page: the shapes are read once, and a new map with a Choropleth is sent at every change.

It is given what helps it: Leaflet from its own server where Folium would ask other hosts for seven files, and
no colour bar, which would fetch d3 from another host.
"""

import folium
import geopandas as gpd
import numpy as np
import streamlit as st
from streamlit_folium import st_folium

folium.Map.default_js = [("leaflet", "/app/static/leaflet.js")]
folium.Map.default_css = [("leaflet_css", "/app/static/leaflet.css")]


@st.cache_data
def read_shapes() -> gpd.GeoDataFrame:
    """The atlas's own shapes."""
    return gpd.read_file("countries.geojson")[["iso3", "name", "geometry"]]


shapes = read_shapes()
chosen = st.selectbox("Measure", range(30))
shaded = shapes.assign(value=np.random.default_rng(chosen).integers(0, 100, len(shapes)))
choropleth = folium.Choropleth(
    shaded.to_json(),
    data=shaded,
    columns=["iso3", "value"],
    key_on="feature.properties.iso3",
    fill_color="YlGn",
)
for name in [name for name in choropleth._children if name.startswith("color_map")]:  # noqa: SLF001
    del choropleth._children[name]  # noqa: SLF001 - Folium has no switch for the colour bar
drawn = folium.Map(location=[8, 10], zoom_start=2, tiles=None)
choropleth.add_to(drawn)
folium.GeoJson(
    shaded,
    style_function=lambda _: {"fillOpacity": 0, "weight": 0},
    tooltip=folium.GeoJsonTooltip(["name", "value"]),
).add_to(drawn)
st_folium(drawn, height=500, use_container_width=True)
st.write("shown", chosen)
