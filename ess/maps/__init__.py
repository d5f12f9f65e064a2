"""The one map: a Folium layer that fetches its shapes once, its palette, its legend and what it is sent."""
