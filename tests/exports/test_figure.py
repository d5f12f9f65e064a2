"""The map as a figure: the page's classes and fills, and everything that must travel with a picture."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from lxml import etree
from PIL import Image

from ess.analysis.shading import HOME, SEVERAL, build_shading
from ess.exports.figure import _from_the_right
from ess.exports.taking import BY_NAME, Question
from ess.locales import LANGUAGES, translator
from ess.maps.legend import build_legend
from ess.maps.palette import class_colours
from ess.store.engine import Engine
from geodata.layer import read_countries
from tests.exports.questions import ADDRESS, ask, builtin_engine, ugly_engine

SVG = {"s": "http://www.w3.org/2000/svg", "dc": "http://purl.org/dc/elements/1.1/"}
HATCHED = "url(#"


@pytest.fixture(scope="module")
def builtin() -> Engine:
    return builtin_engine()


@pytest.fixture(scope="module")
def ugly(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return ugly_engine(tmp_path_factory.mktemp("ugly"))


@cache
def layer(view: str) -> Any:
    return read_countries(view)


def drawn(question: Question) -> etree._Element:
    return etree.fromstring(BY_NAME["figure", "svg"].build(question))


def fills(svg: etree._Element) -> Mapping[str, str]:
    """The fill of every country of a drawing, by iso3; of a hatched one, the face below and ``hatched``."""
    found = {}
    for group in svg.iterfind(".//s:g[@id]", SVG):
        name = group.get("id", "")
        if not name.startswith("country-"):
            continue
        styles = " ".join(path.get("style", "") for path in group.iterfind(".//s:path", SVG))
        face = re.search(r"fill: (#[0-9a-f]{6})", styles)
        found[name.removeprefix("country-")] = "hatched" if HATCHED in styles else face[1] if face else ""
    return found


def told(svg: etree._Element) -> str:
    return " ".join(" ".join(map(str, svg.itertext())).split())


def test_countries_have_the_fills_of_the_page(ugly: Engine) -> None:
    question = ask(ugly, "result:trained")
    shading = question.shading()
    colours = class_colours("YlGnBu", shading.breaks)
    expected = {
        iso3: colours[int(fill)]
        if fill.isdigit()
        else {HOME: "#fffdf5", "none": "#dfe3e6"}.get(fill, "hatched")
        for iso3, fill in shading.fills.items()
    }
    assert set(expected.values()) >= {"hatched", "#dfe3e6", "#fffdf5", colours[0]}
    assert fills(drawn(question)) == expected


def test_another_measure_has_other_fills(ugly: Engine) -> None:
    assert fills(drawn(ask(ugly))) != fills(drawn(ask(ugly, "result:trained")))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_figure_says_everything_about_itself(ugly: Engine, lang: str) -> None:
    question = ask(ugly, where=(("type", "project"),), lang=lang)
    said, t = told(drawn(question)), translator(lang)
    for text in (
        question.citation.title,
        ugly.snapshot.id,
        ADDRESS,
        t("Shapes: Natural Earth, public domain."),
        t("Regional and unnamed partners shade no country."),
        t("Missing is not zero: hatched, dotted and grey countries have no figure."),
    ):
        assert " ".join(text.split()) in said
    assert "Agency & Co {x}" in said


def test_shared_totals_and_lower_bounds_are_said(ugly: Engine) -> None:
    said = told(drawn(ask(ugly, "result:trained")))
    assert "more than 22" in said
    assert "Derived, not stated, with formulas: Senegal" in said
    assert "Lower bounds, at least this many" in told(drawn(ask(ugly)))
    assert "Lower bounds, at least this many" not in told(drawn(ask(ugly, "training")))


@pytest.mark.parametrize(("view", "dashed"), [("un", True), ("ma", False), ("de_facto", True)])
def test_the_boundary_is_dashed_where_the_view_says_so(builtin: Engine, view: str, *, dashed: bool) -> None:
    svg = drawn(ask(builtin, layer=layer(view), view=view))
    assert (svg.find(".//s:g[@id='dashed']", SVG) is not None) is dashed
    statement = {"un": "United Nations view", "ma": "as published in Morocco", "de_facto": "de facto view"}
    assert statement[view] in told(svg)


def test_small_states_have_a_symbol_and_circles_a_size(builtin: Engine) -> None:
    areas = drawn(ask(builtin, layer=layer("un")))
    assert areas.find(".//s:g[@id='symbol-CPV']", SVG) is not None
    circles = drawn(ask(builtin, layer=layer("un"), circles=True))
    ids = {group.get("id") for group in circles.iterfind(".//s:g[@id]", SVG)}
    assert {"circle-SEN", "circle-CPV"} <= ids
    assert "circle-MAR" not in ids
    assert fills(circles)["SEN"] != fills(areas)["SEN"]


def test_png_is_a_picture_with_the_colours_of_its_legend(ugly: Engine) -> None:
    question = ask(ugly)
    picture = Image.open(io.BytesIO(BY_NAME["figure", "png"].build(question)))
    assert picture.format == "PNG"
    assert question.citation.title in str(picture.info["Title"])
    assert ugly.snapshot.id in str(picture.info["Description"])
    seen = {tuple(pixel) for pixel in np.unique(np.asarray(picture.convert("RGB")).reshape(-1, 3), axis=0)}
    shading = question.shading()
    wanted = {
        entry.colour
        for entry in build_legend(shading, class_colours("YlGnBu", shading.breaks), translator("en"), "")
    }
    wanted = {colour for colour in wanted if colour} | {"#dfe3e6"}
    assert {tuple(bytes.fromhex(colour[1:])) for colour in wanted} <= seen
    assert tuple(bytes.fromhex("123456")) not in seen


def test_the_same_question_gives_the_same_figure(ugly: Engine) -> None:
    assert BY_NAME["figure", "svg"].build(ask(ugly)) == BY_NAME["figure", "svg"].build(ask(ugly))


def test_several_figures_that_may_not_be_added_are_hatched(ugly: Engine) -> None:
    question = ask(ugly)
    shading = build_shading(question.joined, "quantiles", 3, "MAR")
    several = type(shading)(shading.breaks, {**shading.fills, "SEN": SEVERAL})
    assert fills(drawn(ask(ugly, shading=lambda: several)))["SEN"] == "hatched"


def test_columns_of_a_legend_run_from_the_right() -> None:
    from matplotlib.patches import Patch

    patches = [Patch(label=str(number)) for number in range(5)]
    ordered = [patch.get_label() for patch in _from_the_right(patches, 2)]
    assert ordered == ["3", "4", " ", "0", "1", "2"]
