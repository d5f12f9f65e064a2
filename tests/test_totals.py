"""One selection, one answer: map, table, interface and file say the same of every country."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.analysis.by_country import measure_by_country
from ess.analysis.counts import read_counts, total
from ess.analysis.join import join_measure
from ess.analysis.listing import count_rows
from ess.analysis.measures import Measure, list_measures
from ess.analysis.selection import Selection, require_selection
from ess.analysis.shading import build_shading
from ess.analysis.vocabulary import FILTERS, read_vocabulary
from ess.exports.taking import BY_NAME, Question
from ess.locales import translator
from ess.maps.palette import class_colours
from ess.maps.payload import Look, Scene, build_payload
from ess.settings import Settings
from ess.store.engine import Engine
from ess.ui.context import Context
from ess.ui.keys import PageState
from ess.ui.table import build_table
from tests.analysis.portfolios import portfolios
from tests.api.v1.asking import Answer, Client, application, interface_of, layer, portfolio_of
from tests.exports.questions import ADDRESS, GENERATED, builtin_engine
from tests.factories import SLOW_PROPERTY, Tables, engine_of
from tests.maps.test_map_model import painted

_LINE = re.compile(
    r'data-iso3="(?P<iso3>...)".*?<td class="number" data-value="(?P<value>[^"]*)">(?P<text>[^<]*)<'
)


@settings(SLOW_PROPERTY, max_examples=12)
@given(tables=portfolios(), draws=st.data(), view=st.sampled_from(["un", "ma"]))
def test_map_table_interface_and_file_say_the_same(
    tmp_path_factory: pytest.TempPathFactory, tables: Tables, draws: st.DataObject, view: str
) -> None:
    question = drawn(engine_of(tables, tmp_path_factory.mktemp("store")), draws, view)
    assert_one_answer(question)
    counts = read_counts(question.engine, question.selection, question.vocabulary, view)
    records = total(counts.overall).records
    assert count_rows(question.engine, question.selection, question.vocabulary, view, "activities") == records
    assert asked(question, "activities").json["total"] == records
    rows = pd.read_parquet(io.BytesIO(BY_NAME["records", "parquet"].build(question)))
    assert rows["id"].nunique() == records


def assert_one_answer(question: Question) -> None:
    of_file, of_table = told_by_file(question), told_by_table(question)
    assert told_by_interface(question) == of_file
    assert {iso3: value for iso3, (value, _) in of_table.items()} == of_file
    assert {iso3: text for iso3, (_, text) in of_table.items()} == told_by_map(question)


def test_the_built_in_figures_are_said_and_another_answer_is_noticed() -> None:
    engine = builtin_engine()
    vocabulary = read_vocabulary(engine)
    records, projects = (
        question_of(engine, measure, Selection(), "un")
        for measure in list_measures(vocabulary)
        if measure.key in ("activities", "project")
    )
    for question in (records, projects):
        assert_one_answer(question)
        assert told_by_file(question)
    with pytest.raises(AssertionError):
        assert_one_answer(replace(records, joined=projects.joined))


def drawn(engine: Engine, draws: st.DataObject, view: str) -> Question:
    """A measure and a selection of what occurs in the portfolio."""
    vocabulary = read_vocabulary(engine)
    pairs = [(key, code) for key in FILTERS for code in list(vocabulary.options.get(key, ()))[:4]]
    where = draws.draw(st.lists(st.sampled_from(pairs), max_size=2, unique=True)) if pairs else []
    measure = draws.draw(st.sampled_from(list_measures(vocabulary)))
    return question_of(engine, measure, require_selection(where, vocabulary), view)


def question_of(engine: Engine, measure: Measure, selection: Selection, view: str) -> Question:
    """A question of a measure under a selection, about a few countries of the layer."""
    vocabulary = read_vocabulary(engine)
    joined = join_measure(layer(view), measure_by_country(engine, measure, selection, vocabulary, view))
    return Question(
        engine,
        vocabulary,
        measure,
        selection,
        view,
        joined,
        translator=translator("en"),
        atlas="Atlas",
        institution="",
        home="MAR",
        address=ADDRESS,
        generated=GENERATED,
        shading=lambda: build_shading(joined, "quantiles", 3, "MAR"),
        palette="YlGnBu",
    )


def told_by_file(question: Question) -> dict[str, float]:
    """Values by country of the layer, from the CSV file."""
    body = BY_NAME["map", "csv"].build(question)
    rows = pd.read_csv(io.BytesIO(body), encoding="utf-8-sig", dtype=str, keep_default_na=False)
    shown = rows[rows["iso3"].isin([row.iso3 for row in question.joined.rows]) & (rows["value"] != "")]
    return dict(zip(shown["iso3"], shown["value"].astype(float), strict=True))


def asked(question: Question, route: str, *more: tuple[str, str]) -> Answer:
    """What the interface answers under the same selection."""
    reading = portfolio_of(question.engine, question.vocabulary)
    client = Client(application(interface_of(reading)))
    return client.get(route, *question.selection.pairs(), ("view", question.view), *more)


def told_by_interface(question: Question) -> dict[str, float]:
    """Values by country of the layer, from the interface for programs."""
    measure = question.measure
    shares = "equal" if measure.equal else "stated"
    money = [("currency", measure.unit), ("shares", shares)] if measure.kind == "amount" else []
    rows = asked(question, f"measures/{measure.id}", *money).json["countries"]
    return {row["iso3"]: float(row["value"]) for row in rows if row["value"] is not None}


def told_by_table(question: Question) -> dict[str, tuple[float, str]]:
    """Value and text by country, as the table below the map has them."""
    state = PageState("en", question.view, question.measure, question.selection)
    context = Context(
        Settings(language="en"),
        question.engine.snapshot,
        question.vocabulary,
        state,
        (),
        question.translator,
    )
    lines = _LINE.finditer(build_table(context, question.joined, question.shading()))
    return {line["iso3"]: (float(line["value"]), line["text"]) for line in lines if line["value"]}


def told_by_map(question: Question) -> dict[str, str]:
    """What the map writes on each country that has a figure."""
    shading = question.shading()
    scene = Scene(
        question.joined,
        shading,
        class_colours("YlGnBu", shading.breaks),
        Look("here", ((-40.0, -30.0), (40.0, 90.0))),
        question.view,
        "measure",
        "MAR",
        None,
    )
    return {
        iso3: text for iso3, (_, text) in painted(build_payload(scene, question.translator)).items() if text
    }
