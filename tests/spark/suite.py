"""Everything that the atlas asks of a portfolio, as a list of named questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias

from ess.analysis.amounts import amounts_by_year
from ess.analysis.by_country import answer_measure, measure_by_region, read_tally
from ess.analysis.changes import let_through
from ess.analysis.evidence import read_evidence, read_notes, read_row_remarks
from ess.analysis.listing import KINDS, SORTS, list_rows
from ess.analysis.measures import Measure, list_measures
from ess.analysis.profile import build_profile
from ess.analysis.quality import find_gaps, read_gaps, read_quality
from ess.analysis.records import read_records
from ess.analysis.selection import Selection
from ess.analysis.totals import build_headlines, stated_totals
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.settings import BOUNDARY_VIEWS
from ess.store.engine import Engine

Question: TypeAlias = Callable[[Engine, Vocabulary], Any]

HOME = "MAR"
EVERYTHING = Selection()
#: What is searched: words of the built-in and of the ugly portfolios, with accents, in two scripts.
_TEXTS = ["Côte d'Ivoire", "senegal =hyperlink", "التّعاون"]
#: Questions asked at once: the cluster has its own threads, and so has the atlas.
_AT_ONCE = 3


def answers(engine: Engine, selections: list[Selection], countries: list[str]) -> dict[str, Any]:
    """The answers of `engine` to the whole suite, several questions at a time."""
    vocabulary = read_vocabulary(engine)
    asked = dict(questions(vocabulary, selections, countries))
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        found = readers.map(lambda question: question(engine, vocabulary), asked.values())
        return {"vocabulary": vocabulary, **dict(zip(asked, found, strict=True))}


def one_of_each(vocabulary: Vocabulary) -> list[Selection]:
    """A selection for every filter: by its first code, every second one by its last code too."""
    chosen = [
        (key, (codes[0], codes[-1]) if number % 2 and len(codes) > 1 else codes[:1])
        for number, (key, codes) in enumerate(_codes(vocabulary))
    ]
    return [Selection(**{key: tuple(codes)}) for key, codes in chosen]


def pairs(vocabulary: Vocabulary) -> list[Selection]:
    """Selections by two filters at once: each with the one after it."""
    coded = list(_codes(vocabulary))
    return [
        Selection(**{one: (first[-1],), other: (second[0],)})
        for (one, first), (other, second) in zip(coded, [*coded[1:], coded[0]], strict=True)
    ]


def _codes(vocabulary: Vocabulary) -> Iterator[tuple[str, list[str]]]:
    for key in FILTERS:
        if key == "q" or vocabulary.options[key]:
            yield key, list(vocabulary.options[key]) or _TEXTS


def questions(
    vocabulary: Vocabulary, selections: list[Selection], countries: list[str]
) -> Iterator[tuple[str, Question]]:
    """Every question by name: all of an open selection, and one of each kind of `selections`."""
    for measure in list_measures(vocabulary):
        yield f"regions {measure.key}", _regions(measure)
    for view in BOUNDARY_VIEWS:
        yield f"measures {view}", _measures(list_measures(vocabulary), EVERYTHING, view)
        yield f"stated totals {view}", _stated(EVERYTHING, view)
    for iso3, view in zip(countries, ("ma", "un", "de_facto"), strict=False):
        yield f"profile {iso3} {view}", _profile(iso3, EVERYTHING, view)
        yield f"profile {iso3} {selections[0].pairs()}", _profile(iso3, selections[0], view)
    for measure in list_measures(vocabulary):
        if measure.kind == "amount" and not measure.equal:
            yield f"by year {measure.key}", _amounts_by_year(measure, selections[-1])
    for selection in selections:
        yield f"measures {selection.pairs()}", _measures(_one_of_each_kind(vocabulary), selection, "un")
    for kind in KINDS:
        yield f"rows of {kind}", _rows(kind, EVERYTHING, sort=SORTS[kind][-1], descending=True)
        yield f"rows of {kind} {selections[-1].pairs()}", _rows(kind, selections[-1], offset=2, limit=5)
    yield f"records {selections[0].pairs()}", _records(selections[0])
    yield "records", _records(EVERYTHING)
    for selection in (EVERYTHING, selections[-1]):
        yield f"quality {selection.pairs()}", _quality(selection, "ma")
        yield f"let through {selection.pairs()}", _let_through(selection)
    yield "evidence", lambda engine, _: (read_evidence(engine), read_notes(engine))
    yield "remarks", lambda engine, _: [read_row_remarks(engine, name) for name in ("results", "activities")]


def _one_of_each_kind(vocabulary: Vocabulary) -> list[Measure]:
    """A filter does not look at what is measured: one count, one figure, one amount tell how it filters."""
    return list({measure.kind: measure for measure in list_measures(vocabulary)}.values())


def _measures(measures: list[Measure], selection: Selection, view: str) -> Question:
    def ask(engine: Engine, vocabulary: Vocabulary) -> Any:
        tally = read_tally(engine, selection, vocabulary, view)
        values = {one.key: answer_measure(engine, one, tally, vocabulary) for one in measures}
        return tally, values, build_headlines(tally, HOME)

    return ask


def _regions(measure: Measure) -> Question:
    return lambda engine, vocabulary: measure_by_region(engine, measure, EVERYTHING, vocabulary)


def _amounts_by_year(measure: Measure, selection: Selection) -> Question:
    return lambda engine, vocabulary: amounts_by_year(engine, selection, vocabulary, "un", measure)


def _stated(selection: Selection, view: str) -> Question:
    return lambda engine, vocabulary: stated_totals(engine, selection, vocabulary, view, HOME)


def _profile(iso3: str, selection: Selection, view: str) -> Question:
    return lambda engine, vocabulary: build_profile(engine, iso3, selection, vocabulary, view)


def _rows(kind: str, selection: Selection, **page: Any) -> Question:
    return lambda engine, vocabulary: list_rows(engine, selection, vocabulary, "un", kind, **page)


def _records(selection: Selection) -> Question:
    return lambda engine, vocabulary: read_records(engine, selection, vocabulary)


def _quality(selection: Selection, view: str) -> Question:
    def ask(engine: Engine, vocabulary: Vocabulary) -> Any:
        gaps = list(read_gaps(engine, view, find_gaps(engine, selection, vocabulary, view)))
        return read_quality(engine, selection, vocabulary, view), gaps

    return ask


def _let_through(selection: Selection) -> Question:
    def ask(engine: Engine, vocabulary: Vocabulary) -> Any:
        found = let_through(engine, selection, vocabulary, "un")
        return found and (sorted(found.activities.to_pylist()), sorted(found.results.to_pylist()))

    return ask
