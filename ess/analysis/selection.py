"""The selection: which activities, places and results a question is about."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import reduce

import ibis
import ibis.expr.types as ir

from ess.analysis import facts
from ess.analysis.search import found_in, search_codes
from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.errors import SelectionError
from ess.locales import N_
from ess.store.engine import Codes, Engine, Held, blank, held_rows
from geodata import groups


@dataclass(frozen=True)
class Selection:
    """Filters, each a tuple of codes; an empty tuple leaves that filter open. Hashable: it keys caches.

    Codes of one filter are alternatives (OR); different filters all hold (AND). A country and a group are
    asked of the same place: a country that is no member leaves nothing.

    Attributes
    ----------
    country
        iso3 of partner countries, as the boundary view draws them.
    actor_type
        Types of the actors that take part (IATI OrganisationType).
    sector
        Five-digit codes of the OECD's sector list.
    evidence
        Kinds of the sources that a record, or one of its results, rests on.
    figure, review
        ``yes`` or ``no``: whether a record has a stated figure, and whether it needs review
        (`ess.analysis.facts.marks`).
    q
        Free texts; a record says all the words of one of them (`ess.analysis.search`).
    """

    actor: tuple[str, ...] = ()
    programme: tuple[str, ...] = ()
    type: tuple[str, ...] = ()
    stage: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    year: tuple[str, ...] = ()
    theme: tuple[str, ...] = ()
    sdg: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    actor_type: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    figure: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    q: tuple[str, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """Every (filter, code), in the order of the filters."""
        return [(field.name, code) for field in fields(self) for code in getattr(self, field.name)]

    @property
    def spelled(self) -> str:
        """Every filter with its code as files say them, parted by spaces; empty for an open selection."""
        return " ".join(f"{key}={code}" for key, code in self.pairs())

    @property
    def is_open(self) -> bool:
        """Whether no filter is set."""
        return not self.pairs()


#: A year that no record has: a selection of it holds the undated, which stay under any year, and no other.
_NO_YEAR = "0"


def undated_of(selection: Selection) -> Selection:
    """What stands under every year of `selection` because it has no date."""
    return replace(selection, year=(_NO_YEAR,))


@dataclass(frozen=True)
class Unusable:
    """A filter or code that means nothing in this snapshot."""

    key: str
    value: str


def parse_selection(
    pairs: Iterable[tuple[str, str]], vocabulary: Vocabulary
) -> tuple[Selection, list[Unusable]]:
    """The selection that `pairs` spell, and what of them could not be used.

    A value is a code or a whole name in one of the three languages.
    """
    codes: dict[str, list[str]] = {key: [] for key in FILTERS}
    unusable = []
    for key, value in pairs:
        code = vocabulary.find(key, value) if key in codes else None
        if code is None:
            unusable.append(Unusable(key, value))
        elif code not in codes[key]:
            codes[key].append(code)
    return Selection(**{key: tuple(found) for key, found in codes.items()}), unusable


def require_selection(pairs: Iterable[tuple[str, str]], vocabulary: Vocabulary) -> Selection:
    """Like `parse_selection`, but refuse what cannot be used.

    Raises
    ------
    SelectionError
        Naming the first unusable filter or value and what could stand there.
    """
    selection, unusable = parse_selection(pairs, vocabulary)
    if not unusable:
        return selection
    first = unusable[0]
    if first.key not in FILTERS:
        raise SelectionError(
            N_("There is no filter {found}; expected one of: {expected}."),
            found=first.key,
            expected=", ".join(FILTERS),
        )
    raise SelectionError(
        N_("{found} is no {key} of this portfolio; expected one of: {expected}."),
        found=first.value,
        key=first.key,
        expected=", ".join(vocabulary.options[first.key]) or "-",
    )


def selected_activities(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str = "un"
) -> ir.Table:
    """Activities of the selection (row rule: a subset of `activities`).

    An umbrella record, which only groups others, is never among them: its parts are. Undated activities pass
    every year filter, because nothing says that they lie outside it; an activity whose type, stage, modality,
    programme or source is missing passes no filter on it. A group filter asks for a place in a member of the
    group, territories folded as `view` draws them.
    """
    found = facts.activities(engine)
    found = found.filter(~found.umbrella)
    if not selection.is_open:
        found = found.semi_join(_chosen(engine, _closed(selection, vocabulary), view), "n")
    rows = engine.table("activities")
    return rows.filter(rows.id.isin(found.id))


def selected_results(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, activities: ir.Table, view: str = "un"
) -> ir.Table:
    """Results of the selection (row rule: a subset of `results`), those of `activities` among them.

    A result of an activity comes with its activity. One that is stated of a programme or an institution comes
    when every set filter can be answered from its own row; a type, stage, modality, theme, SDG or sector
    filter cannot, and leaves it out. A year filter looks at its period and keeps the undated; the other
    filters leave it out where it does not say what they ask for.
    """
    results = engine.table("results")
    overall = _chosen_overall(engine, _closed(selection, vocabulary), view)
    wanted = results.activity.isin(activities.id) | results.id.isin(overall.id)
    return results.filter(wanted.fill_null(False))


#: Every record, for questions that no selection changes.
EVERY = Held(None)


def choose(engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str) -> Held:
    """The selection, worked out once for all that is asked about it.

    What is held are the numbers of its activities (`ess.analysis.facts`), umbrella records among them, and
    of its results without an activity. Territories are folded as `view` draws them, for a group filter.
    """
    if selection.is_open:
        return engine.remember("every record", lambda: Held(None))
    codes = _closed(selection, vocabulary)
    fold = facts.drawn_as(view) if selection.group or selection.country else "un"
    blanks = {key: _blanks(key, found) for key, found in codes.items()}
    shape = (fold, tuple((key, len(found)) for key, found in blanks.items()))
    return engine.hold(
        (fold, tuple((key, tuple(found)) for key, found in codes.items())),
        ("chosen", shape),
        lambda: _chosen(engine, blanks, fold),
        _filling(codes),
    )


def chosen_of(table: ir.Table, held: Held) -> ir.Table:
    """The rows of `table` whose number ``n`` is among those that `held` holds."""
    return table if held.table is None else table.semi_join(held_rows(), "n")


def _blanks(key: str, codes: list[str]) -> list[str]:
    """Blanks for the codes of a filter: one for them all, but one for each year, which is compared."""
    if key == "year":
        return [found for number in range(len(codes)) for found in blank(f"year{number}")]
    return blank(key)


def _filling(codes: Codes) -> Codes:
    years = {f"year{number}": [year] for number, year in enumerate(codes.get("year", ()))}
    return {**codes, **years}


#: Filters that are handed on as they are; countries become one set with the groups, a free text its words.
_CODED = tuple(key for key in FILTERS if key not in ("country", "group", "q"))


def _closed(selection: Selection, vocabulary: Vocabulary) -> dict[str, list[str]]:
    """The codes of every set filter, with what belongs to them: parts of programmes and of actors, members.

    ``programmes_of_actor`` are those whose results an actor filter lets through, ``programmes_of_type`` those
    that a filter on their type does. Countries and groups are one set of countries, ``group``; a free text is
    a word each.
    """
    codes = {key: list(getattr(selection, key)) for key in _CODED if getattr(selection, key)}
    if selection.programme:
        codes["programme"] = _closure(selection.programme, vocabulary.programme_children)
    if selection.actor:
        actors = _closure(selection.actor, vocabulary.actor_children)
        programmes = (vocabulary.programmes_of_actor.get(actor, frozenset()) for actor in actors)
        codes["actor"] = actors
        codes["programmes_of_actor"] = sorted(frozenset().union(*programmes))
    if selection.actor_type:
        by_type = vocabulary.programmes_of_actor_type
        codes["programmes_of_type"] = sorted(
            frozenset().union(*(by_type.get(code, frozenset()) for code in selection.actor_type))
        )
    wanted = group_members(selection)
    if wanted is not None:
        codes["group"] = sorted(wanted)
    return codes | search_codes(selection.q)


def _chosen(engine: Engine, codes: Codes, view: str) -> ir.Table:
    """Numbers ``n`` of the activities that pass every filter, and of results without an activity that do."""
    found = facts.activities(engine)
    for key in ("type", "stage", "modality", "programme"):
        if key in codes:
            found = found.filter(found[key].isin(codes[key]))
    if "year" in codes:
        found = found.filter(_in_years(found["first"], found["last"], codes["year"]))
    for key, (listed, column) in _listed(engine, codes, view).items():
        found = found.semi_join(listed.filter(listed[column].isin(codes[key])), "n")
    found = _saying(engine, found, codes)
    if any(key in codes for key in _ACTIVITY_ONLY):
        return found.select("n")
    return found.select("n").union(_chosen_overall(engine, codes, view).select("n"))


def _saying(engine: Engine, rows: ir.Table, codes: Codes) -> ir.Table:
    """Those of `rows` that say what is searched, if anything is."""
    numbers = found_in(engine, codes)
    return rows if numbers is None else rows.semi_join(numbers, "n")


def _listed(engine: Engine, codes: Codes, view: str) -> dict[str, tuple[ir.Table, str]]:
    """For each set filter that several rows of an activity answer, those rows and the column of the code."""
    tables: dict[str, Callable[[], tuple[ir.Table, str]]] = {
        "actor": lambda: (facts.attached(engine, "participants"), "actor"),
        "theme": lambda: (_tags(engine, "theme"), "code"),
        "sdg": lambda: (_tags(engine, "SDG_goal"), "code"),
        "sector": lambda: (_tags(engine, "DAC5"), "code"),
        "actor_type": lambda: (facts.actor_types(engine), "type"),
        "evidence": lambda: (facts.grades(engine), "grade"),
        "figure": lambda: (facts.marks(engine), "figure"),
        "review": lambda: (facts.marks(engine), "review"),
        "source": lambda: (facts.citations(engine), "source"),
        "group": lambda: (
            facts.placed(engine, view).inner_join(facts.spots_table(engine, view), "spot").select("n", "key"),
            "key",
        ),
    }
    return {key: rows() for key, rows in tables.items() if key in codes}


def _tags(engine: Engine, scheme: str) -> ir.Table:
    tags = facts.attached(engine, "tags")
    return tags.filter(tags.scheme == scheme)


#: Filters that only an activity can answer: a figure stated of a whole programme or institution has no type.
_ACTIVITY_ONLY = ("type", "stage", "modality", "theme", "sdg", "sector")


def _chosen_overall(engine: Engine, codes: Codes, view: str) -> ir.Table:
    """Results without an activity that pass every filter."""
    found = facts.overall_results(engine)
    if any(key in codes for key in _ACTIVITY_ONLY):
        return found.filter(ibis.literal(False))
    for key in ("source", "programme"):
        if key in codes:
            found = found.filter(found[key].isin(codes[key]))
    if "actor" in codes:
        of_programmes = found.programme.isin(codes["programmes_of_actor"])
        found = found.filter(
            found.actor.isin(codes["actor"]).fill_null(False) | of_programmes.fill_null(False)
        )
    if "actor_type" in codes:
        types = facts.actor_types(engine)
        of_type = found.semi_join(types.filter(types["type"].isin(codes["actor_type"])), "n")
        of_programmes = found.filter(found.programme.isin(codes["programmes_of_type"]))
        found = of_type.union(of_programmes, distinct=True)
    if "year" in codes:
        found = found.filter(_in_years(found["first"], found["last"], codes["year"]))
    for key in ("evidence", "figure", "review"):
        if key in codes:
            listed, column = _listed(engine, {key: codes[key]}, view)[key]
            found = found.semi_join(listed.filter(listed[column].isin(codes[key])), "n")
    found = _saying(engine, found, codes)
    if "group" in codes:
        found = found.filter(facts.fold_codes(found.iso3, view).isin(codes["group"]))
    return found


def group_members(selection: Selection) -> frozenset[str] | None:
    """Countries that the selection asks for: its own, members of its groups; None when all are meant."""
    if not selection.group:
        return frozenset(selection.country) if selection.country else None
    members = frozenset().union(*(groups.members(code) for code in selection.group))
    return members & frozenset(selection.country) if selection.country else members


def _closure(codes: Iterable[str], below: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted({found for code in codes for found in below.get(code, frozenset((code,)))})


def _in_years(first: ir.IntegerColumn, last: ir.IntegerColumn, years: Sequence[str]) -> ir.BooleanValue:
    """Whether a span touches one of `years`; one without any year touches them all."""
    numbers = (ibis.literal(year).cast("int32") for year in years)
    within = (((first <= year) & (last >= year)).fill_null(False) for year in numbers)
    return reduce(operator.or_, within, first.isnull())


def without(selection: Selection, key: str, code: str) -> Selection:
    """The selection with one code taken out."""
    kept = tuple(found for found in getattr(selection, key) if found != code)
    return replace(selection, **{key: kept})
