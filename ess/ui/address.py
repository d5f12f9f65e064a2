"""The address of this visit: the one place that reads and writes it, and carries it from page to page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from ess.analysis.selection import Unusable
from ess.analysis.vocabulary import Vocabulary
from ess.locales import DEFAULT, LANGUAGES
from ess.settings import Settings
from ess.ui.keys import SNAPSHOT, PageState, Params, format_state, parse_state

_CARRIED = "carried address"
_LONGEST = 200  # signs of one value; anything longer is rubbish and is not even echoed


def read_state(
    vocabulary: Vocabulary, settings: Settings, pinned: str | None = None
) -> tuple[PageState, list[Unusable]]:
    """The state of this rerun, from the address; what an earlier page left stands in for a bare address."""
    params = short_params({key: st.query_params.get_all(key) for key in st.query_params})
    carried = st.session_state.get(_CARRIED)
    if not params and carried:
        params = carried
        st.query_params.from_dict(carried)
    state, unusable = parse_state(params, vocabulary, settings, pinned)
    st.session_state[_CARRIED] = format_state(state, settings)
    return state, unusable


def short_params(params: Params) -> dict[str, list[str]]:
    """An address without the rest of its overlong values."""
    return {key: [value[:_LONGEST] for value in values] for key, values in params.items()}


def asked_snapshot() -> str:
    """What the address, or for a bare one the earlier page, says of the snapshot; empty for nothing."""
    asked = st.query_params.get_all(SNAPSHOT)
    if not asked and not len(st.query_params):
        asked = (st.session_state.get(_CARRIED) or {}).get(SNAPSHOT, ())
    return asked[-1][:_LONGEST] if asked else ""


def write_state(state: PageState, settings: Settings) -> None:
    """Make the address spell `state`."""
    params = format_state(state, settings)
    st.session_state[_CARRIED] = params
    st.query_params.from_dict(params)


def change_state(
    vocabulary: Vocabulary,
    settings: Settings,
    pinned: str | None = None,
    /,
    **codes: str | Sequence[str] | None,
) -> None:
    """Change keys of the address to `codes`; None or an empty sequence takes a key out."""
    params = format_state(read_state(vocabulary, settings, pinned)[0], settings)
    for key, value in codes.items():
        params[key] = [value] if isinstance(value, str) else list(value or ())
    write_state(parse_state(params, vocabulary, settings, pinned)[0], settings)


def current_language() -> str:
    """The language that the address asks for, whatever else is wrong with it; else the default."""
    asked = st.query_params.get("lang", "")
    return asked if asked in LANGUAGES else DEFAULT


def clear_state() -> None:
    """Back to the first view; language, boundary view and the snapshot that is shown stay."""
    stays = ("lang", "view", SNAPSHOT)
    kept = {key: st.query_params.get_all(key) for key in stays if key in st.query_params}
    st.session_state[_CARRIED] = kept
    st.query_params.from_dict(kept)
