"""One selection, one number: what the map counts, the page says, the table lists and the file holds."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.counts import read_counts, total
from ess.analysis.listing import KINDS, count_rows, each_row, list_rows
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.exports.listing import COLUMNS, SHOWN, cell_texts, sort_of, table_rows
from ess.exports.tables import build_csv
from ess.locales import LANGUAGES, translator
from ess.store.engine import Engine, open_engine
from ess.store.opening import builtin_snapshot
from tests.analysis.portfolios import portfolios
from tests.factories import FORMULA, SLOW_PROPERTY, Tables, engine_of, placed, portfolio

TEXTS = ("activité", "SENEGAL", "une", "formés", "zzz")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A store for all of these tests."""
    return tmp_path_factory.mktemp("store")


def drawn(draws: st.DataObject, vocabulary: Vocabulary) -> Selection:
    """Some filters with codes that occur."""
    chosen = {}
    for key in draws.draw(st.lists(st.sampled_from(FILTERS), unique=True, max_size=3)):
        options = list(vocabulary.options[key]) or (list(TEXTS) if key == "q" else [])
        if options:
            chosen[key] = tuple(draws.draw(st.lists(st.sampled_from(options), unique=True, max_size=2)))
    return Selection(**chosen)


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@SLOW_PROPERTY
@given(portfolios(), st.data(), st.sampled_from(["un", "ma"]))
def test_map_page_table_and_file_agree(store: Any, tables: Tables, draws: st.DataObject, view: str) -> None:
    engine = engine_of(tables, store)
    vocabulary = read_vocabulary(engine)
    selection, words = drawn(draws, vocabulary), (vocabulary, translator("fr"))
    for kind in KINDS:
        listed = list_rows(engine, selection, vocabulary, view, kind, limit=None)
        rows = each_row(engine, selection, vocabulary, view, kind)
        written = read_csv(build_csv(list(table_rows(rows, SHOWN[kind], kind, words, view, "s1"))))
        assert [row["id"] for row in written] == [row["id"] for row in listed.rows]
        assert len(written) == listed.total == count_rows(engine, selection, vocabulary, view, kind)
        if kind == "activities":
            counts = read_counts(engine, selection, vocabulary, view)
            assert total(counts.overall).records == listed.total
        elif listed.rows:
            values = [row["value"] for row in listed.rows]
            assert [row["value"] == "" for row in written] == [value is None for value in values]


@pytest.fixture(scope="module")
def builtin() -> tuple[Engine, Vocabulary]:
    """The built-in portfolio."""
    engine = open_engine(builtin_snapshot())
    return engine, read_vocabulary(engine)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_column_tells_every_row(builtin: tuple[Engine, Vocabulary], kind: str, lang: str) -> None:
    engine, vocabulary = builtin
    words = (vocabulary, translator(lang))
    for row in each_row(engine, Selection(), vocabulary, "un", kind):
        for column in COLUMNS[kind]:
            texts = cell_texts(column, row, words)
            assert all(texts)
            assert sort_of(column, lang) is None or sort_of(column, lang) in row
    assert set(SHOWN[kind]) <= set(COLUMNS[kind])


def test_a_file_says_what_an_analyst_coded_and_where_it_is_from(store: Any) -> None:
    engine = engine_of(
        portfolio(
            sources=[{"id": "s"}],
            activities=[{"id": "a", "title_en": FORMULA, "source": "s", "locator": "§ 3"}],
            places=placed("a", "SEN"),
            tags=[{"activity": "a", "code": "gender", "coded_by": "analyst"}],
            results=[{"activity": "a", "value": None, "qualifier": ">"}],
        ),
        store,
    )
    vocabulary = read_vocabulary(engine)
    words = (vocabulary, translator("en"))

    def written(kind: str) -> dict[str, str]:
        rows = each_row(engine, Selection(), vocabulary, "un", kind)
        (row,) = read_csv(build_csv(list(table_rows(rows, COLUMNS[kind], kind, words, "un", "s1"))))
        return row

    activity, result = written("activities"), written("results")
    assert activity["Title"] == f"'{FORMULA}"
    assert (activity["analyst_codes"], activity["countries"]) == ("theme:gender", "SEN")
    assert activity["Theme"].endswith("(analyst)")
    assert (activity["source"], activity["locator"], activity["snapshot"]) == ("s", "§ 3", "s1")
    assert (activity["Start"], activity["start"]) == ("Undated", "")
    assert (result["value"], result["qualifier"]) == ("", ">")
