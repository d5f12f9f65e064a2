"""A portfolio that one visitor loaded for this session only: every page then shows it, to nobody else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ess.settings import Settings
from ess.store.engine import Engine
from ess.store.snapshots import Snapshot
from ess.ui.folders import VisitFolder
from ess.ui.keep import Keep

_OWN = "own portfolio"
_PROVIDING = ("provider", "both")


@dataclass(frozen=True)
class OwnPortfolio:
    """A snapshot in a folder of the visit, with the settings its pages go by.

    The engine and its answers are the session's own, so that none can be read after the folder is gone, and
    none by anyone else.

    Attributes
    ----------
    folder
        Where the snapshot is; it stands as long as this object does.
    files
        Names of the files it was read from.
    """

    folder: VisitFolder
    files: tuple[str, ...]
    keep: Keep
    settings: Settings

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot."""
        return self.keep.snapshot


def open_own(folder: VisitFolder, snapshot: Snapshot, files: tuple[str, ...], served: Settings) -> None:
    """Show `snapshot` on every page of this session.

    Its title is the files' names. The home country stays only where it gives something: an atlas of one
    country's partnerships must not speak of it over somebody else's portfolio.
    """
    close_own()
    keep = Keep(snapshot, "duckdb", "")  # its files are in a folder of this process, which no cluster reads
    keep.secret = secrets.token_bytes(16)  # nobody else can work out where its points are
    keep.home = home_of(keep.engine, served.home)
    settings = replace(served, title=", ".join(files), home=keep.home)
    st.session_state[_OWN] = OwnPortfolio(folder, files, keep, settings)


def close_own() -> None:
    """Back to the served portfolio; nothing of the session's own stays."""
    own: OwnPortfolio | None = st.session_state.pop(_OWN, None)
    if own is not None:
        own.keep.forget()
        own.folder.discard()


def own_portfolio() -> OwnPortfolio | None:
    """The portfolio of this session, if it has one; None outside of a session."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    own: OwnPortfolio | None = st.session_state.get(_OWN)
    if own is None:
        return None
    if own.folder.is_gone:  # the visitor was away for too long
        close_own()
        return None
    own.folder.note_presence()
    return own


def home_of(engine: Engine, iso3: str) -> str:
    """The country `iso3` when it is the provider of any activity; else none, the empty text."""
    places = engine.table("places")
    given = places.filter((places.iso3 == iso3) & places.role.isin(_PROVIDING))
    return iso3 if engine.rows(given.select("id").limit(1)) else ""
