"""One class a country, wherever it is told: map, legend, histogram, table and file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from ess.analysis.breaks import MAX_CLASSES, MIDDLES, MIN_CLASSES, SCHEMES
from ess.analysis.by_country import State, measure_by_country
from ess.analysis.join import Joined, join_measure
from ess.analysis.measures import Measure, list_measures
from ess.analysis.normalising import NORMS, PER, build_rates, may_be_divided, read_additive
from ess.analysis.selection import Selection
from ess.analysis.shading import HOME, NO_DENOMINATOR, SEVERAL, Shading, build_shading
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.exports.answer import Answer, answer_rows
from ess.locales import LANGUAGES, translator
from ess.maps.circles import circle_values
from ess.maps.histogram import build_histogram
from ess.maps.legend import build_legend
from ess.maps.palette import PALETTES, class_colours
from ess.maps.payload import Look, Scene, build_payload
from ess.settings import Settings
from ess.store.engine import Engine, open_engine
from ess.store.opening import open_snapshot
from ess.store.writing import write_snapshot
from ess.ui.context import Context
from ess.ui.keys import MARKS, PageState
from ess.ui.legend import build_circles_figure, build_histogram_figure
from ess.ui.remarks import list_remarks, warns_of_areas
from ess.ui.table import build_table
from geodata.layer import read_countries
from geodata.population import populations
from tests.analysis.portfolios import portfolios
from tests.factories import SLOW_PROPERTY, Tables, placed, portfolio

HOME_COUNTRY = "MAR"
COUNTRIES = ("CIV", "COG", "CPV", "ERI", "ESH", "FRA", "IND", "MAR", "MLI", "SEN")
WORLD = read_countries("un")
LAYER = WORLD[WORLD["iso3"].isin(COUNTRIES)].reset_index(drop=True)
LOOK = Look("here", ((-40.0, -30.0), (40.0, 90.0)))


@dataclass(frozen=True)
class Asked:
    """One measure of a portfolio on the layer."""

    engine: Engine
    vocabulary: Vocabulary
    measure: Measure
    joined: Joined


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for the portfolios of this module."""
    return tmp_path_factory.mktemp("store")


def ask(engine: Engine, measure: str | Measure) -> Asked:
    """A measure by country, joined to the whole layer."""
    vocabulary = read_vocabulary(engine)
    named = {one.key: one for one in list_measures(vocabulary)}
    wanted = named[measure] if isinstance(measure, str) else measure
    answer = measure_by_country(engine, wanted, Selection(), vocabulary, "un")
    return Asked(engine, vocabulary, wanted, join_measure(LAYER, answer))


def context_of(asked: Asked, lang: str = "en", **state: Any) -> Context:
    """A rerun's context as far as legend and table look at it."""
    shown = PageState(lang, "un", asked.measure, Selection(), **state)
    settings = Settings(home=HOME_COUNTRY)
    return Context(settings, asked.engine.snapshot, asked.vocabulary, shown, (), translator(lang))


def shade(asked: Asked, state: PageState, *, middle: str | float | None = None) -> Shading:
    return build_shading(
        asked.joined,
        state.scheme,
        state.k,
        HOME_COUNTRY,
        limits=state.breaks,
        middle=middle,
        rates=build_rates(asked.joined, state.norm),
    )


def scene_of(asked: Asked, shading: Shading, state: PageState) -> Scene:
    colours = class_colours(state.palette, shading.breaks)
    circles = state.mark == "circles"
    return Scene(asked.joined, shading, colours, LOOK, "un", "A", HOME_COUNTRY, None, circles=circles)


def classes_of_map(payload: dict[str, Any]) -> dict[str, str]:
    """Fill by iso3 as the browser reads it."""
    pairs = [(codes[i : i + 3], fill) for fill, codes in payload["classes"] for i in range(0, len(codes), 3)]
    return {iso3: fill for iso3, fill in pairs if fill.isdigit()}


def classes_of_table(context: Context, asked: Asked, shading: Shading) -> dict[str, str]:
    """The class that the table tells of each country; cells are found by their heads."""
    table = parsed(build_table(context, asked.joined, shading))
    heads = [head.text_content() for head in table.iter("th")]
    column = heads.index("Class on the map")
    cells = {
        row.xpath(".//button/@data-iso3")[0]: row.xpath("td")[column] for row in table.xpath(".//tbody/tr")
    }
    told = {iso3: cell.get("data-value") for iso3, cell in cells.items()}
    return {iso3: str(int(number) - 1) for iso3, number in told.items() if number}


def parsed(markup: str) -> Any:
    """The elements of a piece of a page."""
    return html.fromstring(f"<div>{markup}</div>")


def classes_of_file(context: Context, asked: Asked, shading: Shading) -> dict[str, str]:
    answer = Answer(
        asked.joined, (), asked.measure, "A", Selection(), "un", asked.engine.snapshot, shading=shading
    )
    rows = answer_rows(answer, context.t)
    return {str(row["iso3"]): str(int(str(row["class"])) - 1) for row in rows if row["class"] != ""}


def assert_one_class_everywhere(asked: Asked, context: Context) -> None:
    state = context.state
    middle = state.middle if state.palette in ("PuOr", "RdBu", "BrBG") else None
    shading = shade(asked, state, middle=middle)
    scene = scene_of(asked, shading, state)
    expected = {iso3: fill for iso3, fill in shading.fills.items() if fill.isdigit()}
    assert set(expected) == set(shading.classed)
    payload = build_payload(scene, context.t)
    assert classes_of_map(payload) == expected
    assert classes_of_table(context, asked, shading) == expected
    assert classes_of_file(context, asked, shading) == expected
    entries = build_legend(shading, scene.colours, context.t, "Home")
    lines = [entry.countries for entry in entries if entry.kind == "class"]
    counted = Counter(expected.values())
    assert lines == [counted[str(number)] for number in range(len(lines))]
    assert sum(entry.countries for entry in entries) == len(LAYER)
    histogram = build_histogram(shading, scene.colours, context.t)
    drawn = Counter(dict.fromkeys(scene.colours, 0))
    for bar in histogram.bars if histogram else ():
        for colour, number in bar:
            drawn[colour] += number
    assert [drawn[colour] for colour in scene.colours] == lines


@SLOW_PROPERTY
@given(
    portfolios(),
    st.integers(MIN_CLASSES, MAX_CLASSES),
    st.sampled_from(PALETTES),
    st.sampled_from(MIDDLES) | st.floats(-10, 1000),
    st.lists(st.sampled_from([0.0, 1.0, 2.5, 70.0, 1e4]), unique=True).map(
        lambda found: tuple(sorted(found))
    ),
    st.randoms(use_true_random=False),
)
def test_a_country_has_one_class_wherever_it_is_told(
    store: Path,
    tables: Tables,
    k: int,
    palette: str,
    middle: str | float,
    limits: tuple[float, ...],
    random: Any,
) -> None:
    engine = open_engine(write_snapshot(tables, store, origin="test"))
    measures = list_measures(read_vocabulary(engine))
    asked = ask(engine, random.choice(measures))
    for scheme, norm, mark in product(SCHEMES, NORMS, MARKS):
        typed = limits if scheme == "manual" else ()
        context = context_of(
            asked, scheme=scheme, k=k, palette=palette, breaks=typed, middle=middle, norm=norm, mark=mark
        )
        assert_one_class_everywhere(asked, context)


def test_the_comparison_sees_a_class_that_another_place_tells(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ask(engine_of_counts(store), "activities")
    assert_one_class_everywhere(asked, context_of(asked))
    monkeypatch.setattr(Shading, "counts", property(lambda _: Counter({"none": len(LAYER)})))
    with pytest.raises(AssertionError):
        assert_one_class_everywhere(asked, context_of(asked))


# -- rates


def engine_of_counts(store: Path) -> Engine:
    """Activities in countries with and without a known population, one of them a lower bound."""
    counts = {"SEN": 4, "CPV": 2, "CIV": 3, "ESH": 5, "ERI": 1}
    rows = [(iso3, number) for iso3, count in counts.items() for number in range(count)]
    tables = portfolio(
        activities=[
            {"id": f"{iso3}{number}", "counted": "at_least_one" if iso3 == "SEN" and not number else "one"}
            for iso3, number in rows
        ],
        places=[place for iso3, number in rows for place in placed(f"{iso3}{number}", iso3)],
    )
    return open_engine(write_snapshot(tables, store, origin="test"))


def test_a_rate_is_the_figure_by_the_inhabitants(store: Path) -> None:
    asked = ask(engine_of_counts(store), "activities")
    shading = shade(asked, context_of(asked, norm="population").state)
    senegal = populations()["SEN"]
    assert shading.classed["SEN"] == pytest.approx(4 / (senegal.persons / 1e6))
    area = shade(asked, context_of(asked, norm="area").state)
    size = float(LAYER.set_index("iso3").loc["SEN", "area_km2"])
    assert area.classed["SEN"] == pytest.approx(4 / size * PER["area"])


def test_a_country_without_a_denominator_has_its_own_state_and_is_no_zero(store: Path) -> None:
    asked = ask(engine_of_counts(store), "activities")
    context = context_of(asked, norm="population", mark="circles")
    shading = shade(asked, context.state)
    assert "ESH" not in populations()
    assert shading.fills["ESH"] == NO_DENOMINATOR
    assert "ESH" not in shading.classed
    entries = {entry.fill: entry for entry in build_legend(shading, ["#fff"] * 4, context.t, "Home")}
    assert entries[NO_DENOMINATOR].countries == 1
    payload = build_payload(scene_of(asked, shading, context.state), context.t)
    assert NO_DENOMINATOR in payload["words"]
    assert payload["extra"]["ESH"] == "5 in all"
    (row,) = [row for row in file_rows(asked, shading) if row["iso3"] == "ESH"]
    assert (row["value"], row["normalised"], row["denominator"], row["class"]) == (5, "", "", "")


def file_rows(asked: Asked, shading: Shading) -> list[dict[str, object]]:
    answer = Answer(
        asked.joined, (), asked.measure, "A", Selection(), "un", asked.engine.snapshot, shading=shading
    )
    return answer_rows(answer, translator("en"))


def test_a_lower_bound_stays_one_and_the_year_is_told(store: Path) -> None:
    asked = ask(engine_of_counts(store), "activities")
    context = context_of(asked, norm="population")
    shading = shade(asked, context.state)
    text = parsed(build_table(context, asked.joined, shading)).text_content()
    assert "≥ 0.245" in text
    assert "16,296,364 (2019)" in text
    assert "Eritrea 2011" in text
    rows = {row["iso3"]: row for row in file_rows(asked, shading)}
    assert rows["SEN"]["qualifier"] == ">="
    assert rows["ERI"]["denominator_year"] == 2011
    assert "World Bank" in str(rows["SEN"]["denominator_source"])
    assert "CC BY 4.0" in str(rows["SEN"]["denominator_source"])
    assert any(
        "Eritrea 2011" in remark for remark in list_remarks(context, scene_of(asked, shading, context.state))
    )


def test_the_denominator_columns_come_only_with_a_division(store: Path) -> None:
    asked = ask(engine_of_counts(store), "activities")
    plain = file_rows(asked, shade(asked, context_of(asked).state))[0]
    assert "class" in plain
    assert "denominator" not in plain
    answer = Answer(asked.joined, (), asked.measure, "A", Selection(), "un", asked.engine.snapshot)
    assert "class" not in answer_rows(answer, translator("en"))[0]


def test_only_what_adds_up_is_divided() -> None:
    engine = open_engine(open_snapshot(None), "duckdb")
    additive = read_additive(engine)
    measures = {one.key: one for one in list_measures(read_vocabulary(engine))}
    assert may_be_divided(measures["activities"], additive)
    assert may_be_divided(measures["result:women_trained"], additive)
    assert not may_be_divided(measures["result:women_share_of_members"], additive)
    assert not may_be_divided(measures["result:women_beneficiaries"], additive)


def test_an_indicator_is_additive_only_when_each_of_its_figures_is(store: Path) -> None:
    tables = portfolio(
        activities=[{"id": "a"}],
        indicators=[{"id": "trained"}, {"id": "mixed"}, {"id": "empty"}],
        results=[
            {"activity": "a", "value": 1.0},
            {"activity": "a", "indicator": "mixed", "value": 1.0},
            {"activity": "a", "indicator": "mixed", "value": 2.0, "additive": False},
            {"activity": "a", "indicator": "empty", "value": None},
        ],
    )
    assert read_additive(open_engine(write_snapshot(tables, store, origin="test"))) == {"trained"}


# -- circles, warning, histogram


def test_circles_are_for_every_figure_but_the_home_countrys(store: Path) -> None:
    asked = ask(engine_of_counts(store), "activities")
    state = context_of(asked, norm="population", mark="circles").state
    shading = shade(asked, state)
    assert circle_values(asked.joined, shading, "SEN") == {"CPV": 2.0, "CIV": 3.0, "ESH": 5.0, "ERI": 1.0}
    scene = scene_of(asked, shading, state)
    sizes = build_payload(scene, translator("en"))["circles"]
    assert len([size for size in sizes if size]) == 5
    assert sizes.count(None) == 1, "the home country"
    assert "circles" not in build_payload(replace(scene, circles=False), translator("en"))


def test_quantities_on_areas_come_with_a_warning(store: Path) -> None:
    asked = ask(engine_of_counts(store), "activities")
    for norm, mark, warned in (("none", "areas", True), ("none", "circles", False), ("area", "areas", False)):
        state = context_of(asked, norm=norm, mark=mark).state
        assert warns_of_areas(asked.measure, scene_of(asked, shade(asked, state), state)) is warned


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_axis_runs_from_left_to_right_in_every_language(store: Path, lang: str) -> None:
    asked = ask(engine_of_counts(store), "activities")
    state = context_of(asked, lang, mark="circles").state
    scene = scene_of(asked, shade(asked, state), state)
    words = translator(lang)
    figures = [parsed(draw(scene, words))[0] for draw in (build_histogram_figure, build_circles_figure)]
    assert [figure.get("dir") for figure in figures] == ["ltr", "ltr"]
    assert all(figure.get("aria-label") for figure in figures)
    places = figures[0].xpath(".//div[@class='ticks']/span/@style")
    ticks = [float(place.removeprefix("left:").removesuffix("%")) for place in places]
    assert ticks == sorted(ticks)
    assert len(ticks) >= 2


def test_no_figure_gives_no_histogram_and_no_warning(store: Path) -> None:
    asked = ask(engine_of_counts(store), "programme")
    state = context_of(asked, mark="circles").state
    scene = scene_of(asked, shade(asked, state), state)
    assert build_histogram_figure(scene, translator("en")) == ""
    assert build_circles_figure(scene, translator("en")) == ""
    assert not warns_of_areas(asked.measure, scene)
    assert {State.NONE, HOME, SEVERAL} >= set(scene.shading.fills.values())
