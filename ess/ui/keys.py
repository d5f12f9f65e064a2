"""The state of a page as codes: what an address spells, and the address that spells it.

The address is the state: a reload, a bookmark or a colleague's click gives the same view. What it holds that
cannot be used is reported, never guessed at.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ess.analysis.breaks import (
    DEFAULT_CLASSES,
    MAX_CLASSES,
    MIDDLES,
    MIN_CLASSES,
    SCHEMES,
    Middle,
)
from ess.analysis.comparing import COUNTRIES, FILTER_OF, SIDES, Sides
from ess.analysis.listing import KINDS
from ess.analysis.measures import ALL_RECORDS, Measure, list_measures
from ess.analysis.normalising import NORMS
from ess.analysis.quality import LACKS, NO_ACTOR
from ess.analysis.selection import Selection, Unusable, parse_selection
from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.exports.listing import COLUMNS, SHOWN, sort_of
from ess.locales import LANGUAGES
from ess.maps.palette import DEFAULT_PALETTE, PALETTES
from ess.settings import Settings
from ess.store.differing import KINDS as CHANGES
from ess.store.differing import TOLD
from ess.ui.typed import format_limits, format_number, parse_limits, parse_middle
from geodata.codes import country_names
from geodata.layer import BOUNDARY_VIEWS

#: Whether sites are drawn: shown unless the reader hides them.
SITES = ("shown", "hidden")
#: How a figure is drawn: the country's area filled, or a circle whose area goes with it.
MARKS = ("areas", "circles")
#: Rows that a page of the table of records may have, and what it is sorted by at first.
SIZES = (25, 50, 100)
FIRST_SORT = "id"
_COUNTING = re.compile(r"[1-9]\d{0,8}", re.ASCII)
#: The key that pins an address to a snapshot: its id, or the beginning of it.
SNAPSHOT = "snapshot"
#: Choices of one page, whose usual ones are no deployment's to say and never in an address.
_OF_A_PAGE = frozenset({"kind", "sort", "page", "size", "compare"})


Read = TypeVar("Read")

#: Keys that say how far a list is turned; what else changes turns it back to its first page.
TURNED = ("changes_at", "gaps_at", "flow_at")

Params = Mapping[str, Sequence[str]]
_SNAPSHOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PAIR = re.compile(r"tri-[0-9a-f]{16}|(\?|:\d{0,3}|[A-Z]{3})[-~](:\d{0,3}|[A-Z]{3})", re.ASCII)
#: What lines between countries are drawn by where no amount is.
BY_RECORDS = "records"
#: The choice that shows who provides to whom, where a source says so.
STATED = "stated"
_PAGE = re.compile(r"[1-9][0-9]{0,6}", re.ASCII)


@dataclass(frozen=True)
class Compared:
    """What the page “What changed” compares, and which of the changes it lists.

    Attributes
    ----------
    older, newer
        Ids of snapshots (``from``, ``to``); empty for the one before and the one that is served.
    kind, table
        A kind of change (``change``), one of `TOLD` (``changed``); empty for all.
    text
        What must stand in them (``find``).
    page
        From 1 (``changes_at``).
    """

    older: str = ""
    newer: str = ""
    kind: str = ""
    table: str = ""
    text: str = ""
    page: int = 1


@dataclass(frozen=True)
class Wanting:
    """Which records with gaps the page “Data quality” lists.

    Attributes
    ----------
    lacking
        One of `LACKS` (``lacking``); empty for any.
    keeper
        An actor's id, or `NO_ACTOR` (``keeper``); empty for all.
    page
        From 1 (``gaps_at``).
    """

    lacking: str = ""
    keeper: str = ""
    page: int = 1


@dataclass(frozen=True)
class Followed:
    """What the page “Flows” draws, and whose records it lists.

    Attributes
    ----------
    by
        `BY_RECORDS`, or the key of an amount; empty where the measure of the address decides.
    direction
        `STATED` to show who provides to whom where roles say so; empty for no arrow.
    pair
        The key of the chosen pair or triangle; empty for none.
    page
        From 1 (``flow_at``).
    """

    by: str = ""
    direction: str = ""
    pair: str = ""
    page: int = 1


@dataclass(frozen=True)
class PageState:
    """Everything that a view depends on, as codes.

    Attributes
    ----------
    lang, view
        Language and boundary view.
    measure
        What is mapped.
    selection
        The filters.
    scheme, k, palette
        Classification, number of classes, palette.
    breaks
        Typed class limits, ascending; what the manual scheme goes by.
    middle
        Around which value a diverging palette turns.
    norm
        What figures are divided by, one of `NORMS`.
    mark
        How figures are drawn, one of `MARKS`.
    sites
        Whether sites are drawn, one of `SITES`.
    iso3
        The chosen country, if any.
    at
        Kept centre and zoom of the map: latitude, longitude, zoom.
    kind, columns, sort, page, size
        The table of records: one of `KINDS`; its columns, none for the usual ones; a column with ``-`` before
        it where the last come first; the page, from 1; rows on a page.
    snapshot
        Id of the snapshot that the address is pinned to; None where it follows what is served.
    compared, wanting, followed
        What the pages on changes, on quality and on flows list.
    sides
        What the page “Compare” sets side by side (``compare``, ``with``).
    years_page
        How far the page “Over time” is turned back, from 1, the latest years (``years_at``).
    """

    lang: str
    view: str
    measure: Measure
    selection: Selection
    scheme: str = SCHEMES[0]
    k: int = DEFAULT_CLASSES
    palette: str = DEFAULT_PALETTE
    breaks: tuple[float, ...] = ()
    middle: Middle = MIDDLES[0]
    norm: str = NORMS[0]
    mark: str = MARKS[0]
    sites: str = SITES[0]
    iso3: str | None = None
    at: tuple[float, float, float] | None = None
    kind: str = KINDS[0]
    columns: tuple[str, ...] = ()
    sort: str = FIRST_SORT
    page: int = 1
    size: int = SIZES[0]
    snapshot: str | None = None
    compared: Compared = Compared()
    wanting: Wanting = Wanting()
    followed: Followed = Followed()
    sides: Sides = COUNTRIES
    years_page: int = 1


def parse_state(
    params: Params, vocabulary: Vocabulary, settings: Settings, pinned: str | None = None
) -> tuple[PageState, list[Unusable]]:
    """The state that an address spells, and what of it could not be used (defaults stand in).

    Parameters
    ----------
    vocabulary
        That of the snapshot which is shown.
    pinned
        Id of the snapshot that the address asks for, when there is one and it is shown.
    """
    reader = _Reader(params)
    measures = {measure.key: measure for measure in list_measures(vocabulary)}
    chosen = reader.choice("measure", tuple(measures), ALL_RECORDS)
    pairs = [(key, value) for key in FILTERS for value in params.get(key, ())]
    selection, unusable = parse_selection(pairs, vocabulary)
    state = PageState(
        lang=reader.choice("lang", LANGUAGES, settings.language),
        view=reader.choice("view", BOUNDARY_VIEWS, settings.boundary_view),
        measure=measures[chosen],
        selection=selection,
        scheme=reader.choice("scheme", SCHEMES, SCHEMES[0]),
        k=int(reader.choice("k", tuple(map(str, range(MIN_CLASSES, MAX_CLASSES + 1))), str(DEFAULT_CLASSES))),
        palette=reader.choice("palette", PALETTES, DEFAULT_PALETTE),
        breaks=reader.read("breaks", parse_limits),
        middle=reader.read("middle", parse_middle),
        norm=reader.choice("norm", NORMS, NORMS[0]),
        mark=reader.choice("mark", MARKS, MARKS[0]),
        sites=reader.choice("sites", SITES, SITES[0]),
        iso3=reader.choice("iso3", tuple(country_names()), "") or None,
        at=reader.position("at"),
        snapshot=reader.pinned(SNAPSHOT, pinned),
        **_read_table(reader),
        compared=_parse_compared(reader),
        wanting=_parse_wanting(reader, vocabulary),
        followed=_parse_followed(reader, measures.values()),
        sides=_parse_sides(reader, vocabulary),
        years_page=int(reader.fitting("years_at", _PAGE.fullmatch) or 1),
    )
    known = {*FILTERS, *reader.seen}
    strange = [
        Unusable(key, values[-1] if values else "") for key, values in params.items() if key not in known
    ]
    return state, [*unusable, *reader.unusable, *strange]


def _read_table(reader: _Reader) -> dict[str, Any]:
    """What an address says of the table of records."""
    kind = reader.choice("kind", KINDS, KINDS[0])
    sorts = [sign + column for column in COLUMNS[kind] if sort_of(column, "fr") for sign in ("", "-")]
    return {
        "kind": kind,
        "columns": reader.several("columns", COLUMNS[kind]),
        "sort": reader.choice("sort", sorts, FIRST_SORT),
        "page": reader.number("page"),
        "size": int(reader.choice("size", tuple(map(str, SIZES)), str(SIZES[0]))),
    }


def _parse_compared(reader: _Reader) -> Compared:
    return Compared(
        older=reader.fitting("from", _SNAPSHOT_ID.fullmatch),
        newer=reader.fitting("to", _SNAPSHOT_ID.fullmatch),
        kind=reader.choice("change", CHANGES, ""),
        table=reader.choice("changed", TOLD, ""),
        text=reader.fitting("find", str.strip),
        page=int(reader.fitting("changes_at", _PAGE.fullmatch) or 1),
    )


def _parse_wanting(reader: _Reader, vocabulary: Vocabulary) -> Wanting:
    actors = vocabulary.options["actor"]
    return Wanting(
        lacking=reader.choice("lacking", LACKS, ""),
        keeper=reader.fitting("keeper", lambda code: code == NO_ACTOR or code in actors),
        page=int(reader.fitting("gaps_at", _PAGE.fullmatch) or 1),
    )


def _parse_followed(reader: _Reader, measures: Iterable[Measure]) -> Followed:
    amounts = [one.key for one in measures if one.kind == "amount" and not one.equal]
    return Followed(
        by=reader.choice("by", (BY_RECORDS, *amounts), ""),
        direction=reader.choice("direction", (STATED,), ""),
        pair=reader.fitting("pair", _PAIR.fullmatch),
        page=int(reader.fitting("flow_at", _PAGE.fullmatch) or 1),
    )


def _parse_sides(reader: _Reader, vocabulary: Vocabulary) -> Sides:
    """What is compared; codes beyond those that fit side by side are reported like unknown ones."""
    kind = reader.choice("compare", tuple(SIDES), next(iter(SIDES)))
    return Sides(kind, reader.several("with", side_options(kind, vocabulary), SIDES[kind]))


def side_options(kind: str, vocabulary: Vocabulary) -> Collection[str]:
    """Codes of what can be compared: any country, else what occurs in the snapshot."""
    return country_names() if kind == "countries" else vocabulary.options[FILTER_OF[kind]]


class _Reader:
    """Takes single values out of an address and remembers what it could not use."""

    def __init__(self, params: Params) -> None:
        self._params = params
        self.unusable: list[Unusable] = []
        self.seen: set[str] = set()

    def choice(self, key: str, allowed: Sequence[str], default: str) -> str:
        self.seen.add(key)
        values = self._params.get(key, ())
        if not values:
            return default
        if len(values) == 1 and values[0] in allowed:
            return values[0]
        self.unusable.append(Unusable(key, values[-1]))
        return default

    def read(self, key: str, parse: Callable[[Sequence[str]], tuple[Read, list[str]]]) -> Read:
        """What `parse` makes of the values of a key; what it could not use is remembered."""
        self.seen.add(key)
        found, strange = parse(self._params.get(key, ()))
        self.unusable += [Unusable(key, text) for text in strange]
        return found

    def several(self, key: str, allowed: Collection[str], most: int | None = None) -> tuple[str, ...]:
        """The values under a key that are allowed, each once, the first `most` of them."""
        self.seen.add(key)
        values = dict.fromkeys(self._params.get(key, ()))
        found = [value for value in values if value in allowed][:most]
        self.unusable += [Unusable(key, value) for value in values if value not in found]
        return tuple(found)

    def number(self, key: str) -> int:
        """A whole number from 1 on; 1 where the address says none."""
        self.seen.add(key)
        values = self._params.get(key, ())
        if not values:
            return 1
        if len(values) == 1 and _COUNTING.fullmatch(values[0]):
            return int(values[0])
        self.unusable.append(Unusable(key, values[-1]))
        return 1

    def pinned(self, key: str, found: str | None) -> str | None:
        """The snapshot that was found for what the address asks for."""
        self.seen.add(key)
        values = self._params.get(key, ())
        if values and found is None:
            self.unusable.append(Unusable(key, values[-1]))
        return found if values else None

    def fitting(self, key: str, fits: Callable[[str], object]) -> str:
        """The value under a key where it fits; empty where there is none, or none that does."""
        self.seen.add(key)
        values = self._params.get(key, ())
        if len(values) == 1 and fits(values[0]):
            return values[0]
        if any(values):
            self.unusable.append(Unusable(key, values[-1]))
        return ""

    def position(self, key: str) -> tuple[float, float, float] | None:
        self.seen.add(key)
        values = self._params.get(key, ())
        if not values:
            return None
        try:
            lat, lon, zoom = (float(part) for part in values[-1].split(","))
        except ValueError:
            lat = lon = zoom = math.nan
        if -90 <= lat <= 90 and -220 <= lon <= 220 and 0 <= zoom <= 12:
            return lat, lon, zoom
        self.unusable.append(Unusable(key, values[-1]))
        return None


def shown_columns(state: PageState) -> tuple[str, ...]:
    """The columns of the table of records, the usual ones where none are chosen."""
    return state.columns or SHOWN[state.kind]


def format_state(state: PageState, settings: Settings, *, complete: bool = False) -> dict[str, list[str]]:
    """The address that spells `state`: what differs from the defaults, or everything when `complete`.

    What is usual of one page only is no deployment's to say, and never in it.
    """
    usual = _usual(settings)
    params = {
        key: [value]
        for key, value in codes_of(state).items()
        if value and ((complete and key not in _OF_A_PAGE) or value != usual.get(key))
    }
    if state.columns:
        params["columns"] = list(state.columns)
    if state.sides.codes:
        params["with"] = list(state.sides.codes)
    for key, code in state.selection.pairs():
        params.setdefault(key, []).append(code)
    return params


def codes_of(state: PageState) -> dict[str, str]:
    """Every single choice of `state` as a code, by its key; empty where none is made."""
    return {
        "lang": state.lang,
        "view": state.view,
        "measure": state.measure.key,
        "scheme": state.scheme,
        "k": str(state.k),
        "palette": state.palette,
        "breaks": format_limits(state.breaks),
        "middle": state.middle if isinstance(state.middle, str) else format_number(state.middle),
        "norm": state.norm,
        "mark": state.mark,
        "sites": state.sites,
        "iso3": state.iso3 or "",
        "at": ",".join(f"{part:g}" for part in state.at) if state.at else "",
        "kind": state.kind,
        "sort": state.sort,
        "page": str(state.page),
        "size": str(state.size),
        "compare": state.sides.kind,
        SNAPSHOT: state.snapshot or "",
        **_format_lists(state),
    }


def _usual(settings: Settings) -> dict[str, str]:
    return {
        "lang": settings.language,
        "view": settings.boundary_view,
        "measure": ALL_RECORDS,
        "scheme": SCHEMES[0],
        "k": str(DEFAULT_CLASSES),
        "palette": DEFAULT_PALETTE,
        "middle": MIDDLES[0],
        "norm": NORMS[0],
        "mark": MARKS[0],
        "sites": SITES[0],
        "kind": KINDS[0],
        "sort": FIRST_SORT,
        "page": "1",
        "size": str(SIZES[0]),
        "compare": next(iter(SIDES)),
    }


def _format_lists(state: PageState) -> dict[str, str]:
    """The keys of the pages on changes, quality, flows and time; empty where nothing was chosen."""
    compared, wanting, followed = state.compared, state.wanting, state.followed
    return {
        "from": compared.older,
        "to": compared.newer,
        "change": compared.kind,
        "changed": compared.table,
        "find": compared.text,
        "changes_at": str(compared.page) if compared.page > 1 else "",
        "lacking": wanting.lacking,
        "keeper": wanting.keeper,
        "gaps_at": str(wanting.page) if wanting.page > 1 else "",
        "by": followed.by,
        "direction": followed.direction,
        "pair": followed.pair,
        "flow_at": str(followed.page) if followed.page > 1 else "",
        "years_at": str(state.years_page) if state.years_page > 1 else "",
    }
