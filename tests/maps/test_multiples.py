"""The image of small maps: each shows what the large one shows, and the shapes stand in it once."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from lxml import etree

from ess.analysis.by_country import State
from ess.analysis.shading import HOME, SEVERAL, build_shadings
from ess.maps.circles import build_sizes, circle_values
from ess.maps.multiples import HEIGHT, WIDTH, build_multiples
from ess.maps.payload import Scene
from geodata.layer import BOUNDARY_VIEWS
from tests.maps.test_map_model import MEASURES, joined_of, layer, scene_of

SVG = {"s": "http://www.w3.org/2000/svg"}


@cache
def scenes() -> tuple[Scene, ...]:
    """Some measures of the built-in portfolio in the same classes."""
    results = [key for key in MEASURES if key.startswith("result:")]
    joined = [joined_of(key) for key in ("activities", "agreement", *results[:2])]
    shadings = build_shadings(joined, "quantiles", 3, "MAR", rates=[None] * len(joined))
    return tuple(scene_of(one, shading) for one, shading in zip(joined, shadings, strict=True))


def drawn(*shown: Scene) -> etree._Element:
    return etree.fromstring(build_multiples(shown).encode())


def fills(part: etree._Element) -> dict[str, str]:
    """The fill of every country of one map that has any record."""
    found = {}
    for use in part.iterfind("s:use", SVG):
        name = use.get("href", "#")[1:]
        if name != "land":
            found[name] = use.get("fill", "")
    return found


def parts(svg: etree._Element) -> list[etree._Element]:
    return svg.findall("s:svg", SVG)


def test_every_map_has_the_fills_of_its_scene() -> None:
    svg = drawn(*scenes())
    inside = {path.get("id") for path in svg.iterfind(".//s:g[@id='land']/s:path", SVG)}
    assert len(parts(svg)) == len(scenes())
    for part, scene in zip(parts(svg), scenes(), strict=True):
        expected = {
            iso3: scene.colours[int(fill)]
            if fill.isdigit()
            else {
                HOME: "#fffdf5",
                SEVERAL: "url(#hatched)",
                State.PRESENT: "url(#hatched)",
                State.PLANNED: "url(#dotted)",
            }[fill]
            for iso3, fill in scene.shading.fills.items()
            if fill != State.NONE and iso3 in inside
        }
        assert fills(part) == expected
        assert "#fffdf5" in expected.values()
        assert set(expected.values()) & set(scene.colours)


def test_what_a_map_says_is_another_maps_fault() -> None:
    first, second, *_ = scenes()
    assert fills(parts(drawn(first))[0]) != fills(parts(drawn(second))[0])


def test_the_shapes_stand_once_however_many_maps_there_are() -> None:
    one, many = build_multiples(scenes()[:1]), build_multiples(scenes()[:1] * 24)
    assert one.count("<path id=") == many.count("<path id=") > 50
    assert len(many) - len(one) < 23 * 3_000


@pytest.mark.parametrize("view", BOUNDARY_VIEWS)
def test_the_disputed_line_is_dashed_where_the_view_has_one(view: str) -> None:
    dashed = drawn(replace(scenes()[0], view=view)).xpath("//s:svg/s:path[@stroke-dasharray]", namespaces=SVG)
    assert bool(dashed) == (view != "ma")


def test_a_state_too_small_to_be_seen_has_a_dot_and_no_other_has() -> None:
    scene = scenes()[0]
    small = set(layer().loc[layer()["marker"].astype(bool), "iso3"])
    discs = parts(drawn(scene))[0].findall("s:circle", SVG)
    assert {disc.get("data-of") for disc in discs} == {
        iso3 for iso3 in small if scene.shading.fills[iso3] != State.NONE
    }
    assert any(disc.get("data-of") == "CPV" for disc in discs)


def test_circles_have_areas_that_go_with_the_figures() -> None:
    scene = replace(scenes()[0], circles=True)
    sizes = build_sizes(circle_values(scene.joined, scene.shading, scene.home))
    drawn_as = {
        disc.get("data-of", ""): float(disc.get("r", "0"))
        for disc in parts(drawn(scene))[0].findall("s:circle", SVG)
    }
    assert set(drawn_as) == {iso3 for iso3, size in sizes.items() if size}
    largest = max(sizes, key=lambda iso3: sizes[iso3])
    for iso3, radius in drawn_as.items():
        assert radius / drawn_as[largest] == pytest.approx(sizes[iso3] / sizes[largest], abs=0.01)
    plain = fills(parts(drawn(scene))[0])
    assert all(plain[iso3] == "#f1f3f4" for iso3 in drawn_as if iso3 in plain)


def test_a_country_is_where_it_is() -> None:
    svg = drawn(scenes()[0])
    at = {
        disc.get("data-of"): (float(disc.get("cx", "0")), float(disc.get("cy", "0")))
        for disc in parts(svg)[0].findall("s:circle", SVG)
    }
    x, y = at["CPV"]
    assert 0 < x < WIDTH
    assert 0 < y < HEIGHT
    senegal = svg.find(".//s:path[@id='SEN']", SVG)
    assert senegal is not None
    start = senegal.get("d", "")[1:].split("l")[0].split(",")
    assert x < float(start[0])  # the islands lie west of the mainland
