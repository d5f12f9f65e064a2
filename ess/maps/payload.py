"""What a repaint sends to the country layer: no shape, only codes, colours and short texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from ess.analysis.by_country import State
from ess.analysis.join import Joined, JoinedRow
from ess.analysis.shading import HOME, NO_DENOMINATOR, SEVERAL, Shading
from ess.escape import plain
from ess.locales import Translator
from ess.locales.figures import short_figure, short_rate
from ess.maps.circles import build_sizes, circle_values
from ess.maps.sites import SiteLayer, build_site_payload

#: South-west and north-east corner, each latitude then longitude.
Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Look:
    """Where the map looks: bounds as [[south, west], [north, east]], or a kept centre and zoom.

    `key` changes when the map should move; while it stays, the reader's own pan and zoom stay too.
    """

    key: str
    bounds: Bounds
    at: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Scene:
    """Everything one map shows.

    Attributes
    ----------
    colours
        One a class, light to dark.
    measure
        The measure's name in the reader's language.
    home, chosen
        iso3 of the outlined countries.
    sites
        What is drawn as points above the countries; None draws none.
    circles
        Whether figures are drawn as circles, the areas below them left plain.
    largest
        The largest value of the maps whose circles have the same sizes; zero for a map by itself.
    """

    joined: Joined
    shading: Shading
    colours: list[str]
    look: Look
    view: str
    measure: str
    home: str
    chosen: str | None
    sites: SiteLayer | None = None
    circles: bool = False
    largest: float = 0.0


def build_payload(scene: Scene, translator: Translator) -> dict[str, Any]:
    """The state that `country_layer.js` paints; countries left out of it are those without a record."""
    by_fill: dict[str, list[str]] = defaultdict(list)
    texts: dict[str, str] = {}
    extra: dict[str, str] = {}
    for row in _shown(scene):
        fill = scene.shading.fills[row.iso3]
        by_fill[fill].append(row.iso3)
        if row.has_value:
            texts[row.iso3] = _figure(scene, row, translator)
        extra[row.iso3] = _whole(scene, row, translator) or _extra(row, fill, translator)
    codes = [iso3 for _, group in sorted(by_fill.items()) for iso3 in group]
    return {
        **_circles(scene, codes),
        "view": scene.view,
        "lang": translator.lang,
        "palette": scene.colours,
        "classes": [[fill, "".join(group)] for fill, group in sorted(by_fill.items())],
        "texts": [texts.get(iso3, "") for iso3 in codes],
        "extra": {iso3: text for iso3, text in extra.items() if text},
        "words": map_words(translator, rates=scene.shading.rates is not None),
        "measure": plain(scene.measure),
        "home": scene.home,
        "chosen": scene.chosen,
        "fit": {"key": scene.look.key, "bounds": scene.look.bounds, "at": scene.look.at},
        "sites": build_site_payload(scene.sites, translator) if scene.sites else None,
    }


def _shown(scene: Scene) -> Iterator[JoinedRow]:
    """The rows of countries that have any record."""
    return (row for row in scene.joined.rows if scene.shading.fills[row.iso3] != State.NONE)


def _figure(scene: Scene, row: JoinedRow, translator: Translator) -> str:
    """What is mapped of a country: its figure, or the rate of it; nothing for a figure without a rate."""
    rates = scene.shading.rates
    if rates is None:
        return short_figure(translator, row.value, row.qualifier)
    return short_rate(translator, rates.values[row.iso3], row.qualifier) if row.iso3 in rates.values else ""


def _whole(scene: Scene, row: JoinedRow, translator: Translator) -> str:
    """The figure itself, where the map tells a rate."""
    if scene.shading.rates is None or not row.has_value:
        return ""
    return translator("{value} in all", value=short_figure(translator, row.value, row.qualifier))


def _circles(scene: Scene, codes: list[str]) -> dict[str, Any]:
    """Radii in the order of the codes, None where there is no circle; nothing at all for plain areas."""
    if not scene.circles:
        return {}
    sizes = build_sizes(circle_values(scene.joined, scene.shading, scene.home), scene.largest)
    return {"circles": [sizes.get(iso3) for iso3 in codes]}


def _extra(row: JoinedRow, fill: str, translator: Translator) -> str:
    """What else a hover says: planned records beside firm ones, or a total shared with others."""
    if fill == SEVERAL:
        return translator.n("{count} figure stated", "{count} figures stated", int(row.stated))
    if row.derived:
        return translator("Derived, not stated")
    if row.shared:
        return translator("Takes part in a total stated for several countries together")
    if fill != State.PLANNED and row.planned and row.has_value:
        return translator.n(
            "{count} planned record beside", "{count} planned records beside", int(row.planned)
        )
    return ""


def map_words(translator: Translator, *, rates: bool) -> Mapping[str, str]:
    """What the map says of fills without a figure, and of its own buttons."""
    undivided = {NO_DENOMINATOR: translator("A figure, but no population known")} if rates else {}
    return {
        **undivided,
        str(State.PRESENT): translator("Present, no figure stated"),
        str(State.PLANNED): translator("Planned only"),
        str(State.NONE): translator("No record"),
        SEVERAL: translator("Several figures that may not be added"),
        HOME: translator("Home country, not shaded"),
        "map": translator("Map of the countries"),
        "zoom_in": translator("Zoom in"),
        "zoom_out": translator("Zoom out"),
        "fit": translator("Show all partners"),
        "keep": translator("Keep this view in the address"),
    }


def bounds_of(layer: gpd.GeoDataFrame, iso3s: Iterable[str]) -> Bounds:
    """Bounds that hold the countries as [[south, west], [north, east]]; without any, the inhabited world.

    A country that crosses the antimeridian counts with its label point: its extent would be the whole map.
    """
    chosen = layer[layer["iso3"].isin(list(iso3s))]
    if chosen.empty:
        return ((-40.0, -120.0), (65.0, 150.0))
    crossing = chosen["west"] > chosen["east"]
    west = chosen["west"].where(~crossing, chosen["label_lon"] - 8).min()
    east = chosen["east"].where(~crossing, chosen["label_lon"] + 8).max()
    return (
        (round(float(chosen["south"].min()), 2), round(float(west), 2)),
        (round(float(chosen["north"].max()), 2), round(float(east), 2)),
    )
