"""Free text: which activities and results say all the words that a reader typed, in any language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache, reduce

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.words import fold_words, folded_column
from ess.portfolio.schema import LANGUAGES
from ess.store.engine import Codes, Engine
from geodata.codes import country_names, region_names

_WORD = "q{query}_{word}"
#: More words than this narrow nothing down any further.
_MOST_WORDS = 12


def search_codes(texts: tuple[str, ...]) -> dict[str, list[str]]:
    """What `found_in` looks for: each word of each text, and the countries and regions that it may name."""
    codes: dict[str, list[str]] = {}
    for query, text in enumerate(texts):
        for word, folded in enumerate(fold_words(text)[:_MOST_WORDS]):
            name = _WORD.format(query=query, word=word)
            codes[name] = [f" {folded}"]
            codes[f"{name}_at"] = list(_named_places(folded))
    return codes


def _named_places(word: str) -> Iterator[str]:
    """Countries, and regions after a colon, of which a word of a name starts with `word`."""
    return (code for code, words in _words_of_places() if any(part.startswith(word) for part in words))


@lru_cache(maxsize=1)
def _words_of_places() -> tuple[tuple[str, tuple[str, ...]], ...]:
    named = {**country_names(), **{f":{code}": names for code, names in region_names().items()}}
    return tuple((code, fold_words(" ".join(names.values()))) for code, names in named.items())


def found_in(engine: Engine, codes: Codes) -> ir.Table | None:
    """Numbers ``n`` of activities and of results without one that say all words of one of the texts.

    None when nothing is searched. Searched are titles, descriptions and ids; the names of actors, programmes,
    partner countries and regions; the indicators of results and what is noted of them. A word is found where
    one of the text's starts with it.
    """
    queries: list[ir.Table] = []
    while _WORD.format(query=len(queries), word=0) in codes:
        queries.append(_saying_all(engine, codes, len(queries)))
    return ibis.union(*queries, distinct=True) if len(queries) > 1 else next(iter(queries), None)


def _saying_all(engine: Engine, codes: Codes, query: int) -> ir.Table:
    names = (_WORD.format(query=query, word=word) for word in range(_MOST_WORDS))
    words = [_saying(engine, codes[name][0], codes[f"{name}_at"]) for name in names if name in codes]
    return reduce(lambda found, other: found.semi_join(other, "n"), words)


def _saying(engine: Engine, word: str, places: Sequence[str]) -> ir.Table:
    """Numbers of what says one word."""

    def naming(name: str) -> ir.Table:
        named = _names(engine, name)
        return named.filter(named.words.contains(ibis.literal(word)))

    own, found, overall = _texts(engine), facts.activities(engine), facts.overall_results(engine)
    taking_part, indicated = facts.attached(engine, "participants"), _indicated(engine)
    table = facts.spots_table(engine, "un")
    there = table.filter(table.key.isin(places))
    ways = (
        own.filter(own.words.contains(ibis.literal(word))),
        taking_part.semi_join(naming("actors"), taking_part.actor == naming("actors").id),
        overall.semi_join(naming("actors"), overall.actor == naming("actors").id),
        found.semi_join(naming("programmes"), found.programme == naming("programmes").id),
        overall.semi_join(naming("programmes"), overall.programme == naming("programmes").id),
        indicated.semi_join(naming("indicators"), indicated.indicator == naming("indicators").id),
        facts.placed(engine, "un").semi_join(there, "spot"),
        overall.filter(overall.iso3.isin(places)),
    )
    return ibis.union(*(way.select("n") for way in ways), distinct=True)


def _texts(engine: Engine) -> ir.Table:
    """What activities and results say of themselves: ``n``, ``words``; several rows for one number."""

    def build() -> ir.Table:
        rows, found = engine.table("activities"), facts.activities(engine)
        numbers = found.filter(~found.umbrella).select("n", known="id")
        columns = ("id", *_in_languages("title"), *_in_languages("description"))
        own = rows.select("id", words=folded_column(rows[column] for column in columns))
        own = own.inner_join(numbers, own.id == numbers.known).select("n", "words")
        results = facts.numbered_results(engine)
        noted = results.filter(
            ibis.coalesce(*(results[column] for column in _in_languages("note"))).notnull()
        )
        return own.union(
            noted.select("n", words=folded_column(noted[column] for column in _in_languages("note")))
        )

    return engine.kept("searched texts", build)


def _indicated(engine: Engine) -> ir.Table:
    return engine.kept(
        "indicated", lambda: facts.numbered_results(engine).select("n", "indicator").distinct()
    )


_NAMES = {"actors": "name", "programmes": "title", "indicators": "label"}


def _names(engine: Engine, name: str) -> ir.Table:
    """Names of actors, programmes or indicators: ``id``, ``words``."""

    def build() -> ir.Table:
        rows = engine.table(name)
        columns = [*_in_languages(_NAMES[name]), *(["acronym"] if name == "actors" else [])]
        return rows.select("id", words=folded_column(rows[column] for column in columns))

    return engine.kept(f"searched {name}", build)


def _in_languages(base: str) -> list[str]:
    return [f"{base}_{language}" for language in LANGUAGES]
