"""Plotly's choropleth: the figure with its shapes is sent at every change, as `st.plotly_chart` does it.

It is given what helps it: the shapes are read once, and the base map that Plotly asks another host for is an
empty one from its own server.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

st.set_page_config(layout="wide")


@st.cache_data
def read_shapes() -> dict[str, Any]:
    """The atlas's own shapes."""
    shapes: dict[str, Any] = json.loads(Path("countries.geojson").read_text(encoding="utf-8"))
    return shapes


shapes = read_shapes()
chosen = st.selectbox("Measure", range(30))
codes = [feature["id"] for feature in shapes["features"]]
figure = go.Figure(
    go.Choropleth(
        geojson=shapes,
        locations=codes,
        featureidkey="id",
        z=np.random.default_rng(chosen).integers(0, 100, len(codes)),
        text=[feature["properties"]["name"] for feature in shapes["features"]],
        colorscale="YlGn",
    )
)
figure.update_geos(visible=False, lonaxis_range=[-180, 180])
figure.update_layout(height=470, margin={"l": 0, "r": 0, "t": 0, "b": 0})
st.plotly_chart(figure, config={"topojsonURL": "/app/static/"})
st.write("shown", chosen)
