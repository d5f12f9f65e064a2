"""The map, the matrix, the diagram and the file say the same numbers of the same pairs."""

from __future__ import annotations

import csv
import io
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.breaks import build_breaks
from ess.analysis.flows import Flow, Flows, read_flows
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import read_vocabulary
from ess.exports.flows import flow_rows, size_text
from ess.exports.tables import build_csv
from ess.locales import LANGUAGES, translator
from ess.maps.arcs import build_flow_payload, build_lines, shown_lines
from ess.maps.payload import Look
from ess.maps.sankey import Link, build_sankey
from ess.settings import Settings
from ess.ui.context import Context
from ess.ui.flow_tables import build_matrix, build_sankey_part, build_triangles
from ess.ui.keys import PageState
from geodata.codes import country_names
from tests.analysis.flows import cooperations
from tests.factories import HOSTILE_NAMES, SLOW_PROPERTY, Tables, engine_of, placed, portfolio

MEASURES = (None, Measure("commitment", "amount", "commitment", "USD"))
KNOWN = frozenset(country_names())


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all examples."""
    return tmp_path_factory.mktemp("flows")


def looked_at(tables: Tables, store: Path, measure: Measure | None, lang: str) -> tuple[Context, Flows]:
    """A reader's context over some tables, and who works with whom in them."""
    engine = engine_of(tables, store)
    vocabulary = read_vocabulary(engine)
    state = PageState(lang, "un", Measure("activities", "count", None, "records"), Selection())
    context = Context(Settings(), engine.snapshot, vocabulary, state, (), translator(lang))
    return context, read_flows(engine, Selection(), vocabulary, "un", measure)


def of_matrix(html: str) -> set[tuple[str, str]]:
    """Key and number of every cell that can be pressed."""
    cells = re.findall(r'<button data-choose="pair" data-code="([^"]*)"[^>]*>(.*?)</button>', html)
    return {(unescape(key), unescape(text).removeprefix("↔ ")) for key, text in cells}


def of_diagram(html: str, colon: str) -> set[tuple[str, str]]:
    """Key and number of every band."""
    bands = re.findall(r'data-code="([^"]*)" title="([^"]*)"', html)
    return {(unescape(key), unescape(title).rsplit(colon, 1)[1]) for key, title in bands}


def of_map(context: Context, found: Flows) -> set[tuple[str, str]]:
    """Key and number of every line that the map is told."""
    t = context.t
    sizes = [size for one in found.every if (size := found.size_of(one)) is not None]
    texts = {one.key: ("", size_text(found, one, t), "", "") for one in found.every}
    lines = build_lines(found, build_breaks(sizes, "quantiles", 5), KNOWN, texts, chosen="", directed=True)
    look = Look("", ((0.0, 0.0), (1.0, 1.0)))
    payload = build_flow_payload(lines, {}, look, "un", t, home="", chosen=None, measure="")
    return {(arc["key"], arc["texts"][1]) for arc in payload["arcs"]}


@SLOW_PROPERTY
@given(cooperations(), st.sampled_from(MEASURES), st.sampled_from(LANGUAGES))
def test_every_drawing_says_the_same_numbers(
    store: Path, tables: Tables, measure: Measure | None, lang: str
) -> None:
    context, found = looked_at(tables, store, measure, lang)
    t = context.t
    told = {one.key: size_text(found, one, t) for one in found.every}
    cells = of_matrix(build_matrix(context, found)) | of_matrix(build_triangles(context, found))
    assert cells == set(told.items())
    sized = {one.key for one in found.pairs if (found.size_of(one) or 0.0) > 0}
    assert of_diagram(build_sankey_part(context, found), t(": ")) == {
        (key, text) for key, text in told.items() if key in sized
    }
    drawn = {one.key for one in shown_lines(found, KNOWN)}
    assert drawn >= {one.key for one in found.pairs if set(one.ends) <= KNOWN and one.provider != one.partner}
    assert of_map(context, found) == {(key, text) for key, text in told.items() if key in drawn}
    assert sizes_in_file(context, found) == [found.size_of(one) for one in found.every]


def sizes_in_file(context: Context, found: Flows) -> list[float | None]:
    """The numbers of the rows of pairs and triangles, as a program reads them in the file."""
    content = build_csv(flow_rows(found, {"snapshot": "s"}, context.t)).decode("utf-8-sig")
    rows = [row for row in csv.DictReader(io.StringIO(content)) if row["provider"]]
    if found.measure is None:
        return [float(row["records_not_planned"]) or None for row in rows]
    return [float(row["amount"]) if row["amount"] else None for row in rows]


def test_a_number_that_differs_is_seen(store: Path) -> None:
    tables = portfolio(activities=[{"id": "a"}], places=placed("a", "SEN"))
    context, found = looked_at(tables, store, None, "fr")
    cells = of_matrix(build_matrix(context, found))
    assert cells == {("?-SEN", "1")}
    assert of_matrix(build_matrix(context, found).replace(">1<", ">2<")) != cells


def test_pairs_of_the_same_countries_lie_side_by_side(store: Path) -> None:
    tables = portfolio(
        activities=[{"id": "a"}, {"id": "b"}, {"id": "c"}],
        places=[
            *placed("a", "ARG", role="provider"), *placed("a", "ZAF"),
            *placed("b", "ZAF", role="provider"), *placed("b", "ARG"),
            *placed("c", "ARG", "ZAF", role="both"),
        ],
    )  # fmt: skip
    _, found = looked_at(tables, store, None, "fr")
    texts = {one.key: ("", "", "", "") for one in found.every}
    lines = build_lines(found, build_breaks([1.0], "equal", 2), KNOWN, texts, chosen="", directed=True)
    # a lane is told from the first end's side: the same lane backwards is another place
    places = {line.lane if line.ends == ("ARG", "ZAF") else -line.lane for line in lines}
    assert len(lines) == len(places) == 3
    assert {line.key for line in lines if line.arrow} == {"ARG-ZAF", "ZAF-ARG"}


def test_bands_keep_their_proportion() -> None:
    shape = build_sankey([Link("a", "X", "Y", 300.0), Link("b", "X", "Z", 100.0), Link("c", "W", "Y", 1e-9)])
    heights = {node.name: node.height for node in (*shape.left, *shape.right)}
    assert heights["Z"] * 3 == pytest.approx(heights["Y"], rel=0.05)
    assert heights["X"] == pytest.approx(320)
    assert [node.name for node in shape.right] == ["Y", "Z"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_no_name_runs_in_a_file(store: Path, name: str) -> None:
    tables = portfolio(activities=[{"id": "a"}], places=placed("a", "SEN"))
    context, found = looked_at(tables, store, None, "en")
    assert isinstance(found.pairs[0], Flow)
    content = build_csv(flow_rows(found, {"filters": name}, context.t)).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert row["filters"][:1] not in {"=", "+", "-", "@", "\t"}
