"""What a snapshot can be asked about: the codes and names behind every filter and measure."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import ibis
import pyarrow as pa

from ess.analysis.words import fold_words
from ess.portfolio.codes import CODE_LISTS
from ess.store.engine import Engine, Row
from geodata import groups
from geodata.codes import country_names

#: The keys of a selection, the same words in URL, command line and API.
FILTERS = (
    "actor", "programme", "type", "stage", "modality", "group", "year", "theme", "sdg", "source", "country",
    "actor_type", "sector", "evidence", "figure", "review", "q",
)  # fmt: skip
#: What a filter may say that asks whether something is so.
ANSWERS = ("yes", "no")
#: Signs of a free text; what is longer is no search.
_LONGEST_TEXT = 200


#: Filters that tags answer, with the scheme of each.
_TAG_FILTERS = {"theme": "theme", "sdg": "SDG_goal", "sector": "DAC5"}


@dataclass(frozen=True)
class Vocabulary:
    """Codes and names of one snapshot.

    Attributes
    ----------
    options
        For each filter, the codes that occur, each with its row (names in three languages) or an empty
        one when the code has names only in the message catalogues. Free text has none.
    indicators
        Indicator rows by id.
    mapped_indicators
        Ids of mappable indicators that have at least one stated value.
    currencies
        For each kind of amount, the currencies that occur.
    unsplit
        Kinds and currencies with an amount over several places whose split is not wholly published.
    actor_children, programme_children
        Ids below an id that has any, itself included: a filter on a parent takes its parts along.
    programmes_of_actor
        Programmes that name an actor.
    programmes_of_actor_type
        Programmes that name an actor of a type.
    coded_by_analyst
        For the filters ``theme``, ``sdg`` and ``sector``, the codes that an analyst gave to some activity. A
        code without a named coder is among them: nothing says that the source chose it.
    """

    options: Mapping[str, Mapping[str, Row]]
    indicators: Mapping[str, Row]
    mapped_indicators: tuple[str, ...]
    currencies: Mapping[str, tuple[str, ...]]
    actor_children: Mapping[str, frozenset[str]]
    programme_children: Mapping[str, frozenset[str]]
    programmes_of_actor: Mapping[str, frozenset[str]]
    coded_by_analyst: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unsplit: frozenset[tuple[str, str]] = frozenset()
    programmes_of_actor_type: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _named: dict[str, Mapping[str, list[str]]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, key: str, text: str) -> str | None:
        """The code of filter `key` that `text` names: the code itself, or one of its names.

        Names match whole, without case and accents; nothing is guessed. A free text is its own code, its
        spaces put right; None when it has no word.
        """
        if key == "q":
            wanted = " ".join(text.split())[:_LONGEST_TEXT]
            return wanted if fold_words(wanted) else None
        options = self.options[key]
        if text in options:
            return text
        if key not in self._named:
            self._named[key] = _by_name(options)
        found = self._named[key].get(_folded(text), ())
        return found[0] if len(found) == 1 else None


class Rows(Mapping[str, Row]):
    """Rows of a table by id, kept as columns: a table of 100,000 rows is not turned into as many dicts."""

    def __init__(self, columns: pa.Table) -> None:
        self._columns = columns
        self._places = {code: place for place, code in enumerate(columns.column("id").to_pylist())}

    def __getitem__(self, code: str) -> Row:
        (row,) = self._columns.slice(self._places[code], 1).to_pylist()
        return row  # type: ignore[no-any-return]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, code: object) -> bool:
        return code in self._places

    def of(self, column: str) -> Iterator[tuple[str, Any]]:
        """Every id with what a column holds."""
        return zip(self._places, self._columns.column(column).to_pylist(), strict=True)


def _by_name(options: Mapping[str, Row]) -> Mapping[str, list[str]]:
    """The codes of each name, folded."""
    found: dict[str, list[str]] = defaultdict(list)
    for code, row in options.items():
        for name in _names(code, row):
            found[name].append(code)
    return dict(found)


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def _names(code: str, row: Row) -> set[str]:
    texts = [
        value for name, value in row.items() if value and name.startswith(("name_", "title_", "acronym"))
    ]
    return {_folded(text) for text in (code, *texts)}


def read_vocabulary(engine: Engine) -> Vocabulary:
    """The vocabulary of the engine's snapshot (a dozen small queries; keep the answer)."""
    actors, programmes = (Rows(engine.columns(engine.table(name))) for name in ("actors", "programmes"))
    indicators = {row["id"]: row for row in engine.rows(engine.table("indicators"))}
    of_actor = _programmes_of_actor(programmes.of("actors"))
    return Vocabulary(
        options=_options(engine, actors, programmes),
        indicators=indicators,
        mapped_indicators=_mapped_indicators(engine, indicators),
        currencies=_currencies(engine),
        actor_children=_descendants(actors.of("parent")),
        programme_children=_descendants(programmes.of("parent")),
        programmes_of_actor=of_actor,
        programmes_of_actor_type=_by_type(of_actor, actors.of("type")),
        unsplit=_unsplit(engine),
        coded_by_analyst={key: _analyst_codes(engine, scheme) for key, scheme in _TAG_FILTERS.items()},
    )


def _options(
    engine: Engine, actors: Mapping[str, Row], programmes: Mapping[str, Row]
) -> dict[str, Mapping[str, Row]]:
    return {
        "actor": actors,
        "programme": programmes,
        "type": _present(engine, "type", "activity_type"),
        "stage": _present(engine, "stage", "stage"),
        "modality": _present(engine, "modality", "modality"),
        "group": {
            g.id: {"name_fr": g.name_fr, "name_en": g.name_en, "name_ar": g.name_ar} for g in groups.groups()
        },
        "year": {str(year): {} for year in _years(engine)},
        **{key: {code: {} for code in _tag_codes(engine, scheme)} for key, scheme in _TAG_FILTERS.items()},
        "source": Rows(engine.columns(engine.table("sources"))),
        "country": _countries(engine),
        "actor_type": _present(engine, "type", "actor_type", "actors"),
        "evidence": _present(engine, "grade", "grade", "sources"),
        "figure": {code: {} for code in ANSWERS},
        "review": {code: {} for code in ANSWERS},
        "q": {},
    }


def _countries(engine: Engine) -> dict[str, Row]:
    """Countries that partners' places or results name, in the order of their codes."""
    places, results = engine.table("places"), engine.table("results")
    named = (
        places.filter(places.role.fill_null("") != "provider").select("iso3").union(results.select("iso3"))
    )
    names = country_names()
    return {
        row["iso3"]: {f"name_{lang}": name for lang, name in names.get(row["iso3"], {}).items()}
        for row in engine.rows(named.filter(named.iso3.notnull()).distinct().order_by("iso3"))
    }


def _present(engine: Engine, column: str, code_list: str, table: str = "activities") -> dict[str, Row]:
    """Codes of `column` that occur in a table, in the order of the code list."""
    rows = engine.rows(engine.table(table).select(code=column).distinct())
    found = {row["code"] for row in rows}
    return {entry.code: {} for entry in CODE_LISTS[code_list] if entry.code in found}


def _years(engine: Engine) -> list[int]:
    """Years from the first dated activity to the last; a span counts in each of its years."""
    activities = engine.table("activities")
    days = ibis.union(activities.select(day="start"), activities.select(day="end"))
    (row,) = engine.rows(days.aggregate(first=days.day.year().min(), last=days.day.year().max()))
    if row["first"] is None:
        return []
    return list(range(row["first"], row["last"] + 1))


def _tag_codes(engine: Engine, scheme: str) -> list[str]:
    tags = engine.table("tags")
    rows = engine.rows(tags.filter(tags.scheme == scheme).select("code").distinct())
    return sorted((row["code"] for row in rows if row["code"]), key=lambda code: (len(code), code))


def _analyst_codes(engine: Engine, scheme: str) -> frozenset[str]:
    tags = engine.table("tags")
    by_analyst = (tags.scheme == scheme) & (tags.coded_by.fill_null("") != "source")
    return frozenset(row["code"] for row in engine.rows(tags.filter(by_analyst).select("code").distinct()))


def _mapped_indicators(engine: Engine, indicators: Mapping[str, Row]) -> tuple[str, ...]:
    results = engine.table("results")
    rows = engine.rows(results.filter(results.value.notnull()).select("indicator").distinct())
    stated = {row["indicator"] for row in rows}
    return tuple(code for code, row in indicators.items() if row["mappable"] and code in stated)


def _currencies(engine: Engine) -> dict[str, tuple[str, ...]]:
    finances = engine.table("finances").select("kind", "currency").distinct()
    found: dict[str, set[str]] = defaultdict(set)
    for row in engine.rows(finances):
        found[row["kind"]].add(row["currency"] or "?")
    return {kind: tuple(sorted(codes)) for kind, codes in sorted(found.items())}


def _unsplit(engine: Engine) -> frozenset[tuple[str, str]]:
    places, finances = engine.table("places"), engine.table("finances")
    places = places.filter((places.role.fill_null("") != "provider") & places.iso3.notnull())
    silent = (places.share_basis.fill_null("") != "stated") | places.share.isnull()
    several = places.group_by("activity").aggregate(countries=places.iso3.nunique(), silent=silent.any())
    several = several.filter((several.countries > 1) & several.silent)
    following = finances.filter(
        finances.iso3.isnull()
        & finances.region.isnull()
        & (finances.share_basis.fill_null("") != "unknown")
        & finances.activity.isin(several.activity)
    )
    rows = engine.rows(following.select("kind", "currency").distinct())
    return frozenset((row["kind"], row["currency"] or "?") for row in rows)


def _descendants(parents: Iterable[tuple[str, str | None]]) -> dict[str, frozenset[str]]:
    """Ids below each id that has any, itself included; a circle of parents ends where it began."""
    children: dict[str, set[str]] = defaultdict(set)
    for code, parent in parents:
        if parent is not None:
            children[parent].add(code)
    return {code: frozenset(_below(code, children)) for code in children}


def _below(code: str, children: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = {code}
    while waiting:
        found |= waiting
        waiting = {child for parent in waiting for child in children.get(parent, ())} - found
    return found


def _programmes_of_actor(programmes: Iterable[tuple[str, str | None]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for code, actors in programmes:
        for actor in filter(None, (part.strip() for part in (actors or "").split(";"))):
            found[actor].add(code)
    return {actor: frozenset(ids) for actor, ids in found.items()}


def _by_type(
    programmes: Mapping[str, frozenset[str]], types: Iterable[tuple[str, str]]
) -> dict[str, frozenset[str]]:
    """The programmes of each actor by the type of the actor."""
    found: dict[str, set[str]] = defaultdict(set)
    for actor, code in types:
        found[code] |= programmes.get(actor, frozenset())
    return {code: frozenset(ids) for code, ids in found.items() if ids}
