"""Links from page to page that carry the reader's state, and the address of the exact view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import streamlit as st

from ess.settings import Settings
from ess.ui.context import Context
from ess.ui.keys import PageState, format_state

_PAGES = Path(__file__).resolve().parents[2] / "pages"


def page_path(name: str) -> Path:
    """The file of a page."""
    return _PAGES / f"{name}.py"


def page_link(
    context: Context,
    name: str,
    label: str,
    *,
    icon: str | None = None,
    **changes: Any,
) -> None:
    """A link to the page `name` with the state, `changes` applied to it."""
    state = replace(context.state, **changes) if changes else context.state
    params = format_state(state, context.settings)
    st.page_link(page_path(name), label=label, icon=icon, query_params=params)


def permalink(context: Context) -> str:
    """The address of this exact view, complete: the same view whatever a deployment's defaults are."""
    return _here(context.state, context.settings)


def pinned_permalink(context: Context) -> str:
    """The address of this exact view of this snapshot: the same numbers, whatever is published later."""
    return _here(replace(context.state, snapshot=context.snapshot.id), context.settings)


def _here(state: PageState, settings: Settings) -> str:
    parts = urlsplit(st.context.url or "")
    return state_address(urlunsplit((parts.scheme, parts.netloc, parts.path or "/", "", "")), state, settings)


def state_address(page: str, state: PageState, settings: Settings) -> str:
    """The complete address of a state on a page."""
    params = format_state(state, settings, complete=True)
    return f"{page}?{urlencode([(key, value) for key, values in params.items() for value in values])}"
