"""The state of a page as codes: the one place that reads and writes the address.

The address is the state: a reload, a bookmark or a colleague's click gives the same view. What it holds that
cannot be used is reported, never guessed at. The state is carried from page to page within a visit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from ess.analysis.breaks import DEFAULT_CLASSES, MAX_CLASSES, MIN_CLASSES, SCHEMES
from ess.analysis.listing import KINDS
from ess.analysis.measures import ALL_RECORDS, Measure, list_measures
from ess.analysis.quality import LACKS, NO_ACTOR
from ess.analysis.selection import Selection, Unusable, parse_selection
from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.exports.listing import COLUMNS, SHOWN, sort_of
from ess.locales import DEFAULT, LANGUAGES
from ess.maps.palette import DEFAULT_PALETTE, PALETTES
from ess.settings import Settings
from ess.store.differing import KINDS as CHANGES
from ess.store.differing import TOLD
from geodata.codes import country_names
from geodata.layer import BOUNDARY_VIEWS

#: Whether sites are drawn: shown unless the reader hides them.
SITES = ("shown", "hidden")
#: Rows that a page of the table of records may have, and what it is sorted by at first.
SIZES = (25, 50, 100)
FIRST_SORT = "id"
_NUMBER = re.compile(r"[1-9]\d{0,8}", re.ASCII)

_CARRIED = "carried address"
_LONGEST = 200  # signs of one value; anything longer is rubbish and is not even echoed

#: Keys that say how far a list is turned; what else changes turns it back to its first page.
TURNED = ("changes_at", "gaps_at")

Params = Mapping[str, Sequence[str]]
_SNAPSHOT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
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
    sites
        Whether sites are drawn, one of `SITES`.
    iso3
        The chosen country, if any.
    at
        Kept centre and zoom of the map: latitude, longitude, zoom.
    kind, columns, sort, page, size
        The table of records: one of `KINDS`; its columns, none for the usual ones; a column with ``-`` before
        it where the last come first; the page, from 1; rows on a page.
    compared, wanting
        What the pages on changes and on quality list.
    """

    lang: str
    view: str
    measure: Measure
    selection: Selection
    scheme: str = SCHEMES[0]
    k: int = DEFAULT_CLASSES
    palette: str = DEFAULT_PALETTE
    sites: str = SITES[0]
    iso3: str | None = None
    at: tuple[float, float, float] | None = None
    kind: str = KINDS[0]
    columns: tuple[str, ...] = ()
    sort: str = FIRST_SORT
    page: int = 1
    size: int = SIZES[0]
    compared: Compared = Compared()
    wanting: Wanting = Wanting()


def parse_state(
    params: Params, vocabulary: Vocabulary, settings: Settings
) -> tuple[PageState, list[Unusable]]:
    """The state that an address spells, and what of it could not be used (defaults stand in)."""
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
        sites=reader.choice("sites", SITES, SITES[0]),
        iso3=reader.choice("iso3", tuple(country_names()), "") or None,
        at=reader.position("at"),
        **_read_table(reader),
        compared=_parse_compared(reader),
        wanting=_parse_wanting(reader, vocabulary),
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

    def several(self, key: str, allowed: Collection[str]) -> tuple[str, ...]:
        self.seen.add(key)
        values = dict.fromkeys(self._params.get(key, ()))
        self.unusable += [Unusable(key, value) for value in values if value not in allowed]
        return tuple(value for value in values if value in allowed)

    def number(self, key: str) -> int:
        """A whole number from 1 on; 1 where the address says none."""
        self.seen.add(key)
        values = self._params.get(key, ())
        if not values:
            return 1
        if len(values) == 1 and _NUMBER.fullmatch(values[0]):
            return int(values[0])
        self.unusable.append(Unusable(key, values[-1]))
        return 1

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
    """The address that spells `state`: what differs from the defaults, or everything when `complete`."""
    values = {
        "lang": state.lang,
        "view": state.view,
        "measure": state.measure.key,
        "scheme": state.scheme,
        "k": str(state.k),
        "palette": state.palette,
        "sites": state.sites,
        "iso3": state.iso3 or "",
        "at": ",".join(f"{part:g}" for part in state.at) if state.at else "",
        "kind": state.kind,
        "sort": state.sort,
        "page": str(state.page),
        "size": str(state.size),
        **_format_lists(state),
    }
    usual = {
        "lang": settings.language,
        "view": settings.boundary_view,
        "measure": ALL_RECORDS,
        "scheme": SCHEMES[0],
        "k": str(DEFAULT_CLASSES),
        "palette": DEFAULT_PALETTE,
        "sites": SITES[0],
        "kind": KINDS[0],
        "sort": FIRST_SORT,
        "page": "1",
        "size": str(SIZES[0]),
    }
    params = {
        key: [value] for key, value in values.items() if value and (complete or value != usual.get(key))
    }
    if state.columns:
        params["columns"] = list(state.columns)
    for key, code in state.selection.pairs():
        params.setdefault(key, []).append(code)
    return params


def _format_lists(state: PageState) -> dict[str, str]:
    """The keys of the pages on changes and on quality; empty where nothing was chosen."""
    compared, wanting = state.compared, state.wanting
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
    }


def read_state(vocabulary: Vocabulary, settings: Settings) -> tuple[PageState, list[Unusable]]:
    """The state of this rerun, from the address; what an earlier page left stands in for a bare address."""
    params = {key: st.query_params.get_all(key) for key in st.query_params}
    params = {key: [value[:_LONGEST] for value in values] for key, values in params.items()}
    carried = st.session_state.get(_CARRIED)
    if not params and carried:
        params = carried
        st.query_params.from_dict(carried)
    state, unusable = parse_state(params, vocabulary, settings)
    st.session_state[_CARRIED] = format_state(state, settings)
    return state, unusable


def write_state(state: PageState, settings: Settings) -> None:
    """Make the address spell `state`."""
    params = format_state(state, settings)
    st.session_state[_CARRIED] = params
    st.query_params.from_dict(params)


def change_state(vocabulary: Vocabulary, settings: Settings, **codes: str | Sequence[str] | None) -> None:
    """Change keys of the address to `codes`; None or an empty sequence takes a key out."""
    params = format_state(read_state(vocabulary, settings)[0], settings)
    for key, value in codes.items():
        params[key] = [value] if isinstance(value, str) else list(value or ())
    write_state(parse_state(params, vocabulary, settings)[0], settings)


def current_language() -> str:
    """The language that the address asks for, whatever else is wrong with it; else the default."""
    asked = st.query_params.get("lang", "")
    return asked if asked in LANGUAGES else DEFAULT


def clear_state() -> None:
    """Back to the first view; only the language and the boundary view stay, which are the reader's."""
    kept = {key: st.query_params.get_all(key) for key in ("lang", "view") if key in st.query_params}
    st.session_state[_CARRIED] = kept
    st.query_params.from_dict(kept)
