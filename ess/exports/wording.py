"""A view in words: what is counted, under which filters, from which snapshot, and what it rests on."""

from __future__ import annotations

from itertools import groupby

from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary
from ess.exports.labels import FILTER_LABELS, option_label
from ess.locales import Translator
from ess.store.engine import Row
from ess.store.snapshots import Snapshot


def filter_words(selection: Selection, vocabulary: Vocabulary, translator: Translator) -> list[str]:
    """One text a filter: its name, and the chosen codes in words."""
    words = []
    for key, pairs in groupby(selection.pairs(), key=lambda pair: pair[0]):
        options = [option_label(key, code, vocabulary, translator) for _, code in pairs]
        words.append(f"{translator(FILTER_LABELS[key])}{translator(': ')}{translator.list(options)}")
    return words


def view_title(about: str, selection: Selection, vocabulary: Vocabulary, translator: Translator) -> str:
    """What a view is about with its filters: ``Projects by country (Stage: Done)``."""
    words = filter_words(selection, vocabulary, translator)
    return f"{about} ({'; '.join(words)})" if words else about


def snapshot_day(snapshot: Snapshot) -> str:
    """The day of a snapshot: when it was made, else that of its latest source; ISO, empty when unknown."""
    return snapshot.created[:10] or snapshot.as_of


def source_words(row: Row, translator: Translator) -> str:
    """A document in words: title, outlet, date."""
    published = row["published"].isoformat() if row["published"] else ""
    day = translator.date(published, row["published_precision"] or "day")
    title = translator.field(row, "title") or row["id"]
    return ", ".join(filter(None, (title, row["outlet"], day)))
