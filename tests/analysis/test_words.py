"""What counts as the same word, for who types it and for the engine alike."""

from __future__ import annotations

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.analysis.words import fold_words, folded_column
from tests.factories import HOSTILE_NAMES, PROPERTY

_SIGNS = "aZéÉŒæßñ’'-_%.,/ \t\nـلاأإآىيئةهؤوك\u064b\u0651\u0301٣۴ςΣΟıł中हि\u00a0\u202f\u200f🌍"
texts = st.one_of(
    st.text(st.sampled_from(_SIGNS), max_size=12),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8),
    st.sampled_from(HOSTILE_NAMES),
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sénégal", "senegal"),
        ("L’ÉLEVAGE", "l elevage"),
        ("Côte d’Ivoire", "cote d'ivoire"),
        ("cœur", "COEUR"),
        ("e\u0301te", "été"),
        ("التَّعاون", "تعاون"),
        ("الصــحراء", "صحراء"),
        ("أفريقيا", "افريقيا"),
        ("مدرسة", "مدرسه"),
        ("على", "علي"),
        ("٢٠٢٤", "2024"),
        ("SSE/ESS, n°3", "sse ess n 3"),
    ],
)
def test_the_same_words(one: str, other: str) -> None:
    assert fold_words(one) == fold_words(other) != ()


@pytest.mark.parametrize(("one", "other"), [("mars", "mers"), ("كتاب", "كاتب"), ("12", "21")])
def test_other_words(one: str, other: str) -> None:
    assert fold_words(one) != fold_words(other)


@pytest.mark.parametrize("text", ["", "  ", "%_'\"", "ال", "\u0651ـ"])
def test_no_word(text: str) -> None:
    assert fold_words(text) == ()


@PROPERTY
@given(st.lists(texts, min_size=1, max_size=20))
def test_the_engine_folds_as_we_do(typed: list[str]) -> None:
    table = ibis.memtable({"text": typed}, schema={"text": "string"})
    found = ibis.duckdb.connect().to_pyarrow(table.select(words=folded_column([table.text])))
    folded = [tuple(filter(None, words.split(" "))) for words in found["words"].to_pylist()]
    assert folded == [fold_words(text) for text in typed]
