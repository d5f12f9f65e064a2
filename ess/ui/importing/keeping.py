"""What becomes of what was read: seen in this session only, or published for everyone."""

from __future__ import annotations

import logging
from pathlib import Path

import streamlit as st

from ess.errors import AtlasError
from ess.escape import markdown
from ess.ingest.reading import publish
from ess.store.opening import open_snapshot
from ess.ui import cache
from ess.ui.address import clear_state
from ess.ui.context import Context
from ess.ui.folders import VisitFolder
from ess.ui.importing.intake import Intake, Reading
from ess.ui.links import page_path
from ess.ui.own import close_own, open_own

_LOG = logging.getLogger("ess")


def show_keeping(context: Context, intake: Intake, reading: Reading) -> None:
    """See it in this session, and publish it where that is allowed."""
    if not reading.outcome.is_usable:
        return
    t = context.t
    st.markdown(f"### {t('What becomes of it')}")
    if intake.published:
        show_published(context, *intake.published)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            t("See it on the map (this session only)"), type="primary", icon=":material/map:", key="see own"
        ):
            see_own(reading)
        show_publishing(context, intake, reading)
    st.caption(t("Seen in this session only, it is gone when you close this tab; the atlas of others stays."))


def see_own(reading: Reading) -> None:
    """Make what was read the portfolio of this session, and show its map."""
    folder = VisitFolder()
    snapshot = publish(reading.outcome, reading.scratch, folder.path / "store", replace=True)
    files = tuple(str(file["path"]) for file in reading.outcome.files if file["kept"])
    open_own(folder, snapshot, files, cache.settings())
    clear_state()
    st.switch_page(page_path("map"))


def may_publish() -> bool:
    """Whether this deployment lets its pages publish."""
    return cache.settings().publish and cache.settings().store is not None


def show_publishing(context: Context, intake: Intake, reading: Reading) -> None:
    """The way to publish, where it is open; it is not while a file could not be used."""
    t = context.t
    if not may_publish():
        return
    pressed = st.button(
        t("Publish for everyone …"),
        icon=":material/publish:",
        key="publish",
        disabled=bool(reading.outcome.refused),
    )
    if pressed:
        st.dialog(t("Publish for everyone"))(show_confirmation)(context, intake, reading)


def show_confirmation(context: Context, intake: Intake, reading: Reading) -> None:
    """What publishing will change, and the last word on it."""
    t, store = context.t, cache.settings().store
    if store is None:
        return
    served = open_snapshot(store)
    earlier, new = served.files["activities"].rows, reading.outcome.totals["activities"]
    ways = {
        "on top": t("Add to what is served: activities it has already are brought up to date"),
        "instead": t("Show only this, instead of what is served"),
    }
    if served.is_builtin:
        del ways["on top"]
    way = st.radio(t("How"), list(ways), format_func=ways.__getitem__, key="way of publishing")
    facts = {"new": t.number(new), "earlier": t.number(earlier)}
    st.markdown(
        t("Every visitor will see {new} new activities beside the {earlier} that are served now.", **facts)
        if way == "on top"
        else t("Every visitor will see {new} activities, and no longer the {earlier} served now.", **facts)
    )
    st.caption(t("Nothing is deleted: the snapshot served now can be brought back at any time."))
    if st.button(t("Publish now"), type="primary", key="publish now"):
        publish_now(context, intake, reading, store, replace=way == "instead")


def publish_now(context: Context, intake: Intake, reading: Reading, store: Path, *, replace: bool) -> None:
    """Put what was read into the store and serve it; a store that cannot be written is the operator's."""
    try:
        served = open_snapshot(store)
        new = publish(reading.outcome, reading.scratch, store, replace=replace)
    except AtlasError as error:
        _LOG.error("publishing failed: %s", error)
        st.error(
            context.t(
                "It could not be published, and what was served is served still. "
                "Whoever runs the atlas finds the reason in its log."
            ),
            icon=":material/error:",
        )
        return
    intake.published = (new.id, "" if served.is_builtin else served.id)
    close_own()
    clear_state()
    st.rerun()


def show_published(context: Context, new: str, earlier: str) -> None:
    """Which snapshot is served now, and how to go back."""
    t = context.t
    st.success(
        t("Published: every visitor now sees the snapshot {id}.", id=markdown(new)),
        icon=":material/check_circle:",
    )
    if earlier:
        st.markdown(t("To go back to what was served before, on the server:"))
        st.code(f"python -m ess snapshots rollback {earlier}", language=None)
    else:
        st.markdown(t("Before, the built-in portfolio was served."))
