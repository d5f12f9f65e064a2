"""The selection: which activities, places and results a question is about."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis import _

from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.errors import SelectionError
from ess.locales import N_
from ess.store.engine import Engine
from geodata import groups
from geodata.layer import view_iso3


@dataclass(frozen=True)
class Selection:
    """Filters, each a tuple of codes; an empty tuple leaves that filter open. Hashable: it keys caches.

    Codes of one filter are alternatives (OR); different filters all hold (AND).
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

    def pairs(self) -> list[tuple[str, str]]:
        """Every (filter, code), in the order of the filters."""
        return [(field.name, code) for field in fields(self) for code in getattr(self, field.name)]

    @property
    def is_open(self) -> bool:
        """Whether no filter is set."""
        return not self.pairs()


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
    activities = engine.table("activities").filter(~_.umbrella.fill_null(False))
    return _filtered(activities, engine, selection, vocabulary, view)


def grouping_activities(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str = "un"
) -> ir.Table:
    """Activities of the selection that only group others: never counted, but their amounts may count."""
    activities = engine.table("activities").filter(_.umbrella.fill_null(False))
    return _filtered(activities, engine, selection, vocabulary, view)


def _filtered(
    activities: ir.Table, engine: Engine, selection: Selection, vocabulary: Vocabulary, view: str
) -> ir.Table:
    for column in ("type", "stage", "modality"):
        codes = getattr(selection, column)
        if codes:
            activities = activities.filter(activities[column].isin(codes))
    if selection.source:
        activities = activities.filter(_cites(engine, activities, selection.source))
    if selection.programme:
        activities = activities.filter(
            activities.programme.isin(_closure(selection.programme, vocabulary.programme_children))
        )
    if selection.actor:
        activities = activities.filter(_takes_part(engine, activities, selection.actor, vocabulary))
    if selection.theme:
        activities = activities.filter(_tagged(engine, activities, "theme", selection.theme))
    if selection.sdg:
        activities = activities.filter(_tagged(engine, activities, "SDG_goal", selection.sdg))
    if selection.year:
        activities = activities.filter(_in_years(activities["start"], activities["end"], selection.year))
    if selection.group:
        activities = activities.filter(activities.id.isin(country_places(engine, selection, view).activity))
    return activities


def country_places(engine: Engine, selection: Selection, view: str) -> ir.Table:
    """Distinct (activity, iso3) pairs that count for a country (columns ``activity``, ``iso3``).

    A provider's place is not among them: it is shown apart. `view` folds territories that the boundary view
    draws as part of another country into it; a group filter keeps the group's members only. A place without
    a country is not among them; one whose role is missing is.
    """
    places = partner_places(engine, view)
    wanted = group_members(selection)
    places = places.filter(places.iso3.notnull())
    if wanted is not None:
        places = places.filter(places.iso3.isin(sorted(wanted)))
    return places.select("activity", "iso3").distinct()


def partner_places(engine: Engine, view: str) -> ir.Table:
    """Places of partners, providers' apart, ``iso3`` folded as `view` draws it; missing stays missing.

    Columns ``activity``, ``iso3``, ``share``, ``share_basis``, and ``elsewhere``: the region of a place
    without a country, ``""`` where it has no name, missing for a country.
    """

    def build() -> ir.Table:
        places = engine.table("places")
        places = places.filter(places.role.fill_null("") != "provider")
        # A point whose country is not known says where, not with whom.
        places = places.filter(places.latitude.isnull() | places.iso3.notnull() | places.region.notnull())
        elsewhere = ibis.ifelse(places.iso3.isnull(), places.region.fill_null(""), ibis.null("string"))
        places = places.mutate(iso3=fold_codes(places.iso3, view), elsewhere=elsewhere)
        return places.select("activity", "iso3", "share", "share_basis", "elsewhere")

    return engine.kept(f"partner places {view}", build)


def group_members(selection: Selection) -> frozenset[str] | None:
    """Members of the selection's groups together; None when no group is asked for."""
    if not selection.group:
        return None
    return frozenset().union(*(groups.members(code) for code in selection.group))


#: Codes that some boundary view draws as part of another country.
_FOLDED = ("ESH",)


def fold_codes(iso3: ir.StringColumn, view: str) -> ir.StringColumn:
    """`iso3` with the codes that `view` draws as part of another country replaced by that country's."""
    folded = iso3
    for code in _FOLDED:
        into = view_iso3(code, view)
        if into != code:
            folded = ibis.ifelse(folded == code, into, folded)
    return folded


def _closure(codes: Iterable[str], below: Mapping[str, frozenset[str]]) -> list[str]:
    return sorted({found for code in codes for found in below.get(code, frozenset((code,)))})


def _cites(engine: Engine, activities: ir.Table, codes: tuple[str, ...]) -> ir.BooleanValue:
    results = engine.table("results")
    cited = results.filter(results.source.isin(codes) & results.activity.notnull()).activity
    return activities.source.isin(codes) | activities.id.isin(cited)


def _takes_part(
    engine: Engine, activities: ir.Table, codes: tuple[str, ...], vocabulary: Vocabulary
) -> ir.BooleanValue:
    participants = engine.table("participants")
    actors = _closure(codes, vocabulary.actor_children)
    return activities.id.isin(participants.filter(participants.actor.isin(actors)).activity)


def _tagged(engine: Engine, activities: ir.Table, scheme: str, codes: tuple[str, ...]) -> ir.BooleanValue:
    tags = engine.table("tags")
    return activities.id.isin(tags.filter((tags.scheme == scheme) & tags.code.isin(codes)).activity)


def _in_years(start: ir.DateColumn, end: ir.DateColumn, years: tuple[str, ...]) -> ir.BooleanValue:
    """Whether a span touches one of `years`; one end alone is a day, and neither passes."""
    first, last = ibis.coalesce(start, end).year(), ibis.coalesce(end, start).year()
    within = (((first <= int(year)) & (last >= int(year))).fill_null(False) for year in years)
    return reduce(operator.or_, within, start.isnull() & end.isnull())


#: Filters that only an activity can answer: a figure stated of a whole programme or institution has no type.
_ACTIVITY_ONLY = ("type", "stage", "modality", "theme", "sdg")


def selected_results(
    engine: Engine, selection: Selection, vocabulary: Vocabulary, activities: ir.Table, view: str = "un"
) -> ir.Table:
    """Results of the selection (row rule: a subset of `results`).

    A result of an activity comes with its activity. One that is stated of a programme or an institution comes
    when every set filter can be answered from its own row; a type, stage, modality, theme or SDG filter
    cannot, and leaves it out. A year filter looks at its period and keeps the undated; the other filters
    leave it out where it does not say what they ask for.
    """
    results = engine.table("results")
    of_activity = results.activity.isin(activities.id)
    if any(getattr(selection, key) for key in _ACTIVITY_ONLY):
        return results.filter(of_activity)
    overall = results.activity.isnull()
    if selection.source:
        overall &= results.source.isin(selection.source)
    if selection.programme:
        overall &= results.programme.isin(_closure(selection.programme, vocabulary.programme_children))
    if selection.actor:
        actors = _closure(selection.actor, vocabulary.actor_children)
        named = _closure(actors, {a: vocabulary.programmes_of_actor.get(a, frozenset()) for a in actors})
        overall &= results.actor.isin(actors) | results.programme.isin(named).fill_null(False)
    if selection.year:
        overall &= _in_years(results.period_start, results.period_end, selection.year)
    wanted = group_members(selection)
    if wanted is not None:
        overall &= fold_codes(results.iso3, view).isin(sorted(wanted))
    return results.filter((of_activity | overall).fill_null(False))


def without(selection: Selection, key: str, code: str) -> Selection:
    """The selection with one code taken out."""
    kept = tuple(found for found in getattr(selection, key) if found != code)
    return replace(selection, **{key: kept})
