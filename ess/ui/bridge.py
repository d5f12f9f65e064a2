"""From the page's own controls to the address: what a reader pressed, checked, and written as codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from ess.analysis.comparing import SIDES, Sides
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import FILTERS, Vocabulary
from ess.maps.assets import asset
from ess.ui.address import clear_state
from ess.ui.context import Context
from ess.ui.keys import TURNED, codes_of, format_state, shown_columns, side_options
from ess.ui.typed import parse_limits, parse_middle
from geodata.codes import country_names, match_country

#: The single choices of the address that a list of the page may set.
CHOICES = (
    "measure", "scheme", "k", "palette", "breaks", "middle", "norm", "mark", "view", "sites", "kind", "sort",
    "page", "size",
)  # fmt: skip
#: Those of them that a reader may type, with what reads each.
NUMBERS: Mapping[str, Callable[[Sequence[str]], tuple[object, list[str]]]] = {
    "breaks": parse_limits,
    "middle": parse_middle,
}
#: Keys of the address that hold several codes and are no filters.
LISTS = ("columns",)
#: What does not change which rows there are, so that the page of the table of records stays.
_SAME_ROWS = frozenset({
    "page", "columns", "iso3", "at", "measure", "scheme", "k", "palette", "breaks", "middle", "norm", "mark",
    "sites", "compare", "with",
})  # fmt: skip
#: Keys of the lists on changes, quality, flows and time: an empty code lets them go.
LISTED = (
    "from", "to", "change", "changed", "find", "lacking", "keeper", "by", "direction", "pair", "years_at",
    *TURNED,
)  # fmt: skip
TYPED_IN_VAIN = "typed in vain"

_OPENED = "opened menu"
_NAME = "bridge"  # the style sheet knows it too
_LONGEST = 200  # signs; the longest name of a country has fewer
# Streamlit sends a component's script again with every answer: this one only fetches, once, what it runs.
_SCRIPT = f"""
const controls = import(location.origin + "{asset("controls.js").url}");
export default async (page) => (await controls).default(page);
"""
_bridge = st.components.v2.component("atlas_controls", js=_SCRIPT, isolate_styles=False)


def show_bridge(context: Context, shown: Mapping[str, str] | None = None) -> None:
    """Listen to the controls of the page; a choice reruns the fragment in which this stands.

    `shown` are codes that a list of the page shows where the address has none.
    """
    choices, values = codes_of(context.state), format_state(context.state, context.settings)
    _bridge(
        key=_NAME,
        data={
            "choices": {key: choices[key] for key in (*CHOICES, *LISTED, "compare")} | dict(shown or {}),
            "filters": {key: values[key] for key in FILTERS if key in values}
            | {"columns": list(shown_columns(context.state))},
        },
        height=1,
        on_choice_change=lambda: take_choice(context, (st.session_state.get(_NAME) or {}).get("choice")),
    )


def take_choice(context: Context, choice: object) -> None:
    """Write a choice into the address, or remember what was typed in vain for the page to say so."""
    read = read_choice(choice, context.state.selection, context.vocabulary, context.state.sides)
    if read is None:
        return
    if isinstance(read, Opened):
        st.session_state[_OPENED] = read.menu
        return
    if isinstance(read, InVain):
        st.session_state[TYPED_IN_VAIN] = read
    elif read:
        context.change(**_from_the_first_page(read))
    else:
        clear_state()


@dataclass(frozen=True)
class InVain:
    """What was typed that names nothing: an option of the filter `key`, or a country where it is empty."""

    key: str
    text: str


@dataclass(frozen=True)
class Opened:
    """A panel that was opened and is empty until then."""

    menu: str


def take_opened() -> str:
    """The panel that was opened right before this rerun; empty where none was. It is told once."""
    menu: str = st.session_state.pop(_OPENED, "")
    return menu


#: Keys of the address and their new codes; an empty one is the way back to the first view.
Changes = dict[str, str | list[str] | None]


Read = Changes | InVain | Opened


def read_choice(  # noqa: C901 - a case for each thing that can be pressed
    choice: object, selection: Selection, vocabulary: Vocabulary, sides: Sides | None = None
) -> Read | None:
    """What a choice changes; None when it is not of the form that the pages send.

    It comes from a browser and may be anything. Codes that mean nothing in the snapshot are left aside when
    they are written, as in an address.
    """
    if not isinstance(choice, Mapping):
        return None
    key, text = _text(choice.get("key")), _text(choice.get("text"))
    codes = [code for code in _listed(choice.get("codes")) if isinstance(code, str)]
    changes: Read | None = None
    match choice.get("name"):
        case "open" if key:
            changes = Opened(key)
        case "reset":
            changes = {}
        case "country":
            changes = _country(text, choice.get("iso3"))
        case "at":
            changes = {"at": text}
        case "set" | "add" | "drop" if key in ("compare", "with"):
            changes = _compared(key, text, codes, sides or Sides(), vocabulary)
        case "set" if key in NUMBERS:
            changes = _typed(key, codes)
        case "set" if key in {*CHOICES, *LISTS, *LISTED, *FILTERS}:
            changes = {key: [code[:_LONGEST] for code in codes if code]}
        case "drop" if key in FILTERS:
            changes = {key: [code for code in getattr(selection, key) if code not in codes]}
        case "add" if key in FILTERS and text:
            changes = _added(key, text, getattr(selection, key), vocabulary)
    return changes


def _typed(key: str, codes: list[str]) -> Changes | InVain:
    """Numbers typed in; what holds anything else changes nothing."""
    _, strange = NUMBERS[key](codes)
    return InVain(key, ", ".join(codes)[:_LONGEST]) if strange else {key: codes}


def _from_the_first_page(changes: Changes) -> Changes:
    """`changes`, and back to the first page of every list on which other rows may stand."""
    turned: Changes = {} if changes.keys() & set(TURNED) else dict.fromkeys(TURNED)
    if changes.keys() <= _SAME_ROWS | set(TURNED):
        return {**turned, **changes}
    other_kind: Changes = {"sort": None, "columns": None} if "kind" in changes else {}
    return {**turned, **other_kind, **changes, "page": None}


def _added(key: str, text: str, chosen: Sequence[str], vocabulary: Vocabulary) -> Changes | InVain:
    """An option beside the chosen ones, by its code or its whole name in one of the three languages."""
    code = vocabulary.find(key, text)
    return InVain(key, text) if code is None else {key: list(dict.fromkeys((*chosen, code)))}


def _compared(
    key: str, text: str, codes: list[str], sides: Sides, vocabulary: Vocabulary
) -> Changes | InVain:
    """Another kind of comparison, or this one with `text` beside the others, or without `codes`."""
    if key == "compare":  # codes of one kind mean nothing in another
        return {"compare": codes[:1], "with": None}
    if text:
        return _beside(text, sides, vocabulary)
    return {"with": [code for code in sides.codes if code not in codes]}


def _beside(text: str, sides: Sides, vocabulary: Vocabulary) -> Changes | InVain:
    """One more to compare, by its code or its name; where no more fit it takes the place of the last."""
    if sides.kind == "countries":
        code = text if text in country_names() else match_country(text)
    else:
        code = vocabulary.find(sides.filter, text)
    if code is None or code not in side_options(sides.kind, vocabulary):
        return InVain("" if sides.kind == "countries" else "with", text)
    others = [other for other in sides.codes if other != code]
    return {"with": [*others[: SIDES[sides.kind] - 1], code]}


def _country(text: str, iso3: object) -> Changes | InVain | None:
    """A country by any of its names or by its code, or none; an unknown name chooses nothing."""
    if text:
        found = match_country(text)
        return InVain("", text) if found is None else {"iso3": found}
    if iso3 is None:
        return {"iso3": None}
    return {"iso3": iso3} if isinstance(iso3, str) and iso3 in country_names() else None


def _text(found: object) -> str:
    return found.strip()[:_LONGEST] if isinstance(found, str) else ""


def _listed(found: object) -> list[object]:
    return found if isinstance(found, list) else []
