"""What the map is sent: payload, legend, palette, bounds, assets, key."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from branca.utilities import color_brewer

from ess import escape
from ess.analysis.breaks import MAX_CLASSES, SCHEMES
from ess.analysis.by_country import State, measure_by_country
from ess.analysis.join import Joined, join_measure
from ess.analysis.measures import list_measures
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading, build_shading
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.locales import LANGUAGES, translator
from ess.maps import layer as map_layer
from ess.maps.assets import Asset, asset, find_asset
from ess.maps.layer import AtlasMap, FlowMap, JoinedMap, build_map, map_key
from ess.maps.legend import build_legend
from ess.maps.palette import SEQUENTIAL, palette_colours
from ess.maps.payload import Look, Scene, bounds_of, build_payload
from ess.store.engine import Engine, open_engine
from ess.store.opening import open_snapshot
from geodata.layer import read_countries

ENGINE: Engine = open_engine(open_snapshot(None), "duckdb")
VOCABULARY: Vocabulary = read_vocabulary(ENGINE)
MEASURES = {measure.key: measure for measure in list_measures(VOCABULARY)}
LOOK = Look("here", ((-40.0, -30.0), (40.0, 90.0)))


@cache
def joined_of(key: str) -> Joined:
    """A measure of the built-in portfolio on the layer. Read only."""
    return join_measure(layer(), measure_by_country(ENGINE, MEASURES[key], Selection(), VOCABULARY, "un"))


@cache
def layer() -> gpd.GeoDataFrame:
    """The country layer. Read only."""
    return read_countries("un")


def scene_of(
    joined: Joined, shading: Shading, measure: str = "A measure", chosen: str | None = None
) -> Scene:
    """A scene with everything that a test says nothing about."""
    colours = palette_colours("YlGnBu", len(shading.breaks.upper))
    return Scene(joined, shading, colours, LOOK, "un", measure, "MAR", chosen)


def painted(payload: dict[str, object]) -> dict[str, tuple[str, str]]:
    """Fill and text by country, as the browser reads them from the payload."""
    classes, texts = payload["classes"], payload["texts"]
    assert isinstance(classes, list)
    assert isinstance(texts, list)
    codes = [(codes[i : i + 3], fill) for fill, codes in classes for i in range(0, len(codes), 3)]
    return {iso3: (fill, text) for (iso3, fill), text in zip(codes, texts, strict=True)}


@pytest.mark.parametrize("key", MEASURES)
def test_the_payload_says_of_each_country_what_the_shading_says(key: str) -> None:
    joined = joined_of(key)
    shading = build_shading(joined, "quantiles", 5, "MAR")
    payload = build_payload(scene_of(joined, shading), translator("fr"))
    said = painted(payload)
    expected = {iso3: fill for iso3, fill in shading.fills.items() if fill != State.NONE}
    assert {iso3: fill for iso3, (fill, _) in said.items()} == expected
    with_value = set(joined.frame[joined.frame["value"].notna()]["iso3"])
    assert {iso3 for iso3, (_, text) in said.items() if text} == with_value
    assert len(json.dumps(payload)) < 6_000
    assert "NaN" not in json.dumps(payload)


def test_the_payload_keeps_a_lower_bound_and_a_missing_figure() -> None:
    joined = joined_of("result:women_members")
    payload = build_payload(scene_of(joined, build_shading(joined, "equal", 5, "MAR")), translator("en"))
    assert painted(payload)["MAR"] == ("home", "≥ 6,750")
    assert painted(payload)["SEN"] == (State.PRESENT, "")
    assert payload["palette"] == []


def test_a_text_that_hides_or_turns_does_not_reach_the_map() -> None:
    joined = joined_of("project")
    scene = scene_of(joined, build_shading(joined, "equal", 5, "MAR"), measure="a\u202eb\x00c\nd</script>")
    payload = build_payload(scene, translator("en"))
    assert payload["measure"] == "abc d</script>"
    told = escape.literal(payload)
    assert "<" not in told
    assert json.loads(told)["measure"] == "abc d</script>"


@pytest.mark.parametrize("key", MEASURES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_counts_of_the_legend_add_up_to_the_layer(key: str, scheme: str) -> None:
    joined = joined_of(key)
    shading = build_shading(joined, scheme, 3, "MAR")
    colours = palette_colours("Blues", len(shading.breaks.upper))
    entries = build_legend(shading, colours, translator("fr"), "Maroc")
    assert sum(entry.countries for entry in entries) == len(joined.frame)
    fills = [entry.fill for entry in entries if entry.kind == "state"]
    assert [fill for fill in fills if fill != "several"] == [State.PRESENT, State.PLANNED, State.NONE]
    assert [entry.colour for entry in entries if entry.kind == "class"] == colours


def test_a_country_that_is_counted_twice_would_be_seen() -> None:
    joined = joined_of("project")
    doubled = pd.concat([joined.layer, joined.layer.iloc[:1]], ignore_index=True)
    twice = replace(joined, layer=doubled, values=(*joined.values, joined.values[0]))
    shading = build_shading(twice, "equal", 3, "MAR")
    entries = build_legend(
        shading, palette_colours("Blues", len(shading.breaks.upper)), translator("fr"), "Maroc"
    )
    assert sum(entry.countries for entry in entries) != len(twice.frame)


def luminance(colour: str) -> float:
    """Relative luminance of a colour (WCAG 2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("name", SEQUENTIAL)
@pytest.mark.parametrize("classes", range(MAX_CLASSES + 1))
def test_a_palette_goes_from_light_to_dark_without_repeating(name: str, classes: int) -> None:
    colours = palette_colours(name, classes)
    assert len(colours) == len(set(colours)) == classes
    assert colours == sorted(colours, key=luminance, reverse=True)


def test_a_few_classes_stay_away_from_the_fill_without_a_record() -> None:
    for name in SEQUENTIAL:
        assert not set(palette_colours(name, 7)) & set(color_brewer(name, 9)[:2])


def test_an_unknown_palette_is_refused() -> None:
    with pytest.raises(ValueError, match="no palette Rainbow"):
        palette_colours("Rainbow", 3)


def test_bounds_hold_the_countries_and_never_the_whole_globe() -> None:
    countries = layer()
    (south, west), (north, east) = bounds_of(countries, ["SEN", "CPV"])
    assert south < 12.5
    assert west < -25
    assert north > 16.6
    assert east > -11.5
    for iso3 in countries[countries["west"] > countries["east"]]["iso3"]:
        (south, west), (north, east) = bounds_of(countries, [iso3])
        assert east - west < 60, iso3
        assert south < north
    assert {"FJI", "RUS", "NZL", "KIR"} <= set(countries[countries["west"] > countries["east"]]["iso3"])


def test_bounds_without_a_country_show_the_inhabited_world() -> None:
    (south, west), (north, east) = bounds_of(layer(), [])
    assert (south, north) < (-30, 60)
    assert east - west > 200


def test_an_assets_address_is_its_contents_digest() -> None:
    found = asset("country_layer.js")
    assert found.digest == hashlib.sha256(found.body).hexdigest()[:16]
    assert find_asset(found.digest, found.name) is found
    assert gzip.decompress(found.compressed) == found.body
    assert found.compressed == Asset(found.name, found.media_type, found.body).compressed


@pytest.mark.parametrize("name", ["", "../app.py", "app.py", "leaflet.js/", "LEAFLET.JS"])
def test_no_asset_under_another_name_or_digest(name: str) -> None:
    assert find_asset(asset("leaflet.js").digest, name) is None
    assert find_asset("0" * 16, "leaflet.js") is None


COMMON = (
    "leaflet.js", "leaflet.css", "country_layer.js", "country_layer.css", "countries.topo.json", "sites.js",
)  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((AtlasMap, name) for name in COMMON),
        *((JoinedMap, name) for name in (*COMMON, "together.js")),
        *((FlowMap, name) for name in (*COMMON, "arcs.js")),
    ],
)
def test_the_maps_key_changes_with_every_asset(
    monkeypatch: pytest.MonkeyPatch, kind: type[AtlasMap], name: str
) -> None:
    before = map_key("map", kind)
    newer = Asset(name, "text/plain", asset(name).body + b"\n")
    monkeypatch.setattr(map_layer, "asset", lambda asked: newer if asked == name else asset(asked))
    for attribute in ("default_js", "default_css"):
        links = getattr(kind, attribute)
        changed = [(key, newer.url if url == asset(name).url else url) for key, url in links]
        monkeypatch.setattr(kind, attribute, changed)
    assert map_key("map", kind) != before
    assert "_" not in map_key("map", kind).removeprefix("map")


def test_the_map_itself_is_constant_and_holds_no_value() -> None:
    scripts = []
    for _ in range(2):
        root: Any = build_map("map").get_root()
        root.render()
        scripts.append(re.sub(r"[0-9a-f]{32}", "ID", root.script.render()))
    assert scripts[0] == scripts[1]
    assert "startAtlas" in scripts[0]
    assert "palette" not in scripts[0]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_words_of_the_map_are_in_the_readers_language(lang: str) -> None:
    joined = joined_of("project")
    payload = build_payload(scene_of(joined, build_shading(joined, "equal", 5, "MAR")), translator(lang))
    assert payload["lang"] == lang
    words = payload["words"]
    assert {State.PRESENT, State.PLANNED, State.NONE, "several", "home", "map", "fit", "keep"} <= set(words)
    assert all(words.values())
