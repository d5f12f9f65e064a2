"""The Folium elements: a constant map with one country layer, which reads what it shows from the page."""

from __future__ import annotations

import hashlib
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from ess import escape
from ess.maps.assets import asset


class AtlasMap(folium.Map):
    """A Folium map that loads nothing from another host and writes no more script than it needs.

    Its own template leaves out Folium's style block and switches, which would travel with every change.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = L.map(
            {{ this.get_name()|tojson }},
            {center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}}
        );
        {% endmacro %}
        """
    )
    default_js = [  # noqa: RUF012 - as the base class has it
        ("leaflet", asset("leaflet.js").url),
        ("country_layer", asset("country_layer.js").url),
        ("sites", asset("sites.js").url),
    ]
    default_css = [  # noqa: RUF012
        ("leaflet_css", asset("leaflet.css").url),
        ("country_layer_css", asset("country_layer.css").url),
    ]


class FlowMap(AtlasMap):
    """The map with what draws lines between countries."""

    default_js = [*AtlasMap.default_js, ("arcs", asset("arcs.js").url)]  # noqa: RUF012


class CountryLayer(MacroElement):
    """Starts the country layer on its map; the shapes come from a constant address.

    Parameters
    ----------
    key
        Names the map: the page's element from which it takes what it shows (see `ess.maps.payload`), and the
        browser's memory of where each map was left.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        startAtlas({{ this._parent.get_name() }}, {{ this.config }});
        {% endmacro %}
        """
    )

    def __init__(self, key: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "CountryLayer"
        self.config = escape.script({"key": key, "shapes": asset("countries.topo.json").url})


class JoinedMap(AtlasMap):
    """A map that moves with the others of its kind on the page, whichever of them is moved."""

    default_js = [*AtlasMap.default_js, ("together", asset("together.js").url)]  # noqa: RUF012


class Together(MacroElement):
    """Makes its map follow the others on the page, and them follow it."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        joinMaps({{ this._parent.get_name() }}, {{ this.key }});
        {% endmacro %}
        """
    )

    def __init__(self, key: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Together"
        self.key = escape.script(key)


def build_map(key: str, kind: type[AtlasMap] = AtlasMap) -> AtlasMap:
    """The constant map. Where it looks and what it shows stand in the page: see `ess.maps.payload`."""
    options: dict[str, Any] = {
        "tiles": None,
        "prefer_canvas": True,
        "zoom_snap": 0.25,
        "zoom_delta": 0.5,
        "wheel_px_per_zoom_level": 120,
        "min_zoom": 1,
        "max_zoom": 9,
        "attribution_control": False,
        "max_bounds": [[-70, -220], [85, 220]],
    }
    drawn = kind(location=[8, 10], zoom_start=2, **options)
    drawn.add_child(CountryLayer(key))
    if issubclass(kind, JoinedMap):
        drawn.add_child(Together(key))
    return drawn


def map_key(key: str, kind: type[AtlasMap] = AtlasMap) -> str:
    """A component key that changes when anything constant of the map does.

    Streamlit-folium leaves out every token that starts with an underscore when it tells maps apart: two
    versions of the shapes could be taken for the same map. The digest has no underscore.
    """
    parts = [url for _, url in (*kind.default_js, *kind.default_css)]
    parts.append(asset("countries.topo.json").url)
    return f"{key}-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"
