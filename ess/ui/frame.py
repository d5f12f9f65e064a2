"""What stands around every page: title, navigation, language, polite notes, and where the data come from."""

from __future__ import annotations

import gc
from functools import cache as once
from pathlib import Path

import streamlit as st

from ess.escape import markdown
from ess.exports.wording import snapshot_day
from ess.locales import LANGUAGES, Translator
from ess.store.snapshots import Snapshot
from ess.ui import html
from ess.ui.address import clear_state
from ess.ui.context import Context, read_context
from ess.ui.keys import SNAPSHOT
from ess.ui.links import page_path
from ess.ui.own import close_own

FAVICON = Path(__file__).with_name("favicon.svg")  # a named icon would be fetched from another host
_LANGUAGE_NAMES = {"fr": "FR", "en": "EN", "ar": "ع"}


def open_atlas() -> None:
    """Run the page that the address names; an error is shown by `ess.ui.failure`."""
    context = read_context()
    html.show_style(context.t)
    page = st.navigation(_pages(context.t), position="top")
    show_header(context)
    with st.container():  # always there: a note that goes must not mount the page below it anew
        show_own(context)
        show_pinned(context)
        show_unusable(context)
    page.run()
    show_footer(context)
    _freeze()


@once
def _freeze() -> None:
    """Put what has been imported by the first page out of the collector's sight, once a process.

    With the collection after each run switched off (runner.postScriptGC) the collector still runs by itself;
    frozen objects no longer cost it time.
    """
    gc.collect()
    gc.freeze()


def _pages(t: Translator) -> list[st.Page]:
    return [
        st.Page(page_path("map"), title=t("Map"), icon=":material/map:", default=True),
        st.Page(page_path("country"), title=t("Country"), icon=":material/flag:", url_path="country"),
        st.Page(page_path("explore"), title=t("Explore data"), icon=":material/table:", url_path="explore"),
        st.Page(page_path("years"), title=t("Over time"), icon=":material/timeline:", url_path="years"),
        st.Page(page_path("flows"), title=t("Flows"), icon=":material/swap_horiz:", url_path="flows"),
        st.Page(
            page_path("compare"), title=t("Compare"), icon=":material/compare_arrows:", url_path="compare"
        ),
        st.Page(
            page_path("sources"),
            title=t("Sources and methods"),
            icon=":material/library_books:",
            url_path="sources",
        ),
        st.Page(page_path("changes"), title=t("What changed"), icon=":material/history:", url_path="changes"),
        st.Page(page_path("quality"), title=t("Data quality"), icon=":material/rule:", url_path="quality"),
        st.Page(page_path("import"), title=t("Import"), icon=":material/upload_file:", url_path="import"),
    ]


def atlas_title(context: Context) -> str:
    """The deployment's title, or the atlas's own."""
    return context.settings.title or context.t("Atlas of South-South cooperation")


def show_header(context: Context) -> None:
    """Title and language."""
    t = context.t
    with st.container(key="atlas-header", horizontal=True, vertical_alignment="center"):
        st.markdown(f"### {markdown(atlas_title(context))}")
        st.space("stretch")
        st.session_state["language"] = context.state.lang
        st.segmented_control(
            t("Language"),
            LANGUAGES,
            key="language",
            format_func=_LANGUAGE_NAMES.__getitem__,
            label_visibility="collapsed",
            on_change=_change_language,
            args=(context,),
        )


def _change_language(context: Context) -> None:
    chosen = st.session_state["language"]
    if chosen:  # pressing the current language again unselects it; the language then stays
        context.change(lang=chosen)


def show_own(context: Context) -> None:
    """Say on every page that what it shows is this session's own, and how to leave it."""
    if context.own is None:
        return
    t = context.t
    with st.container(key="own-portfolio", horizontal=True, vertical_alignment="center"):
        files = t.list(markdown(name) for name in context.own.files)
        st.warning(
            t("You see {files}, only in this session: nobody else does.", files=files),
            icon=":material/visibility:",
        )
        st.button(
            t("Back to the served portfolio"),
            icon=":material/undo:",
            key="back to the served portfolio",
            on_click=leave_own,
        )


def show_pinned(context: Context) -> None:
    """Say on every page that its numbers are those of an earlier snapshot, and how to leave it."""
    if not context.is_pinned or context.served is None:
        return
    t = context.t
    with st.container(key="pinned-snapshot", horizontal=True, vertical_alignment="center"):
        st.warning(
            t(
                "You see the numbers of snapshot {pinned}; the current one is {current}.",
                pinned=_dated(context, context.snapshot),
                current=_dated(context, context.served),
            ),
            icon=":material/history:",
        )
        st.button(
            t("Show the current numbers"),
            icon=":material/undo:",
            key="back to the current snapshot",
            on_click=lambda: context.change(**{SNAPSHOT: None}),
        )


def _dated(context: Context, snapshot: Snapshot) -> str:
    """The beginning of a snapshot's id with its day, where that is known."""
    day, name = snapshot_day(snapshot), f"`{snapshot.id[:12]}`"
    return context.t("{snapshot} of {date}", snapshot=name, date=context.t.date(day)) if day else name


def leave_own() -> None:
    """Back to the served portfolio, and to its first view: codes of the other mean nothing in it."""
    close_own()
    clear_state()


def show_unusable(context: Context) -> None:
    """A polite note on what the address holds that this atlas does not know."""
    if not context.unusable:
        return
    found = ", ".join(f"{one.key}={one.value[:40]}" for one in context.unusable[:5])
    st.info(
        context.t(
            "Part of this address means nothing here and was left aside: {found}. The rest is shown.",
            found=markdown(found),
        ),
        icon=":material/info:",
    )


def show_footer(context: Context) -> None:
    """Where the data come from, how fresh they are, which snapshot, and how to report an error."""
    t, snapshot = context.t, context.snapshot
    origin = t("built-in portfolio") if snapshot.is_builtin else markdown(snapshot.origin)
    named = f"`{snapshot.id[:12]}`"
    st.divider()
    if not snapshot.as_of:
        st.caption(t("No source is dated · snapshot {snapshot} · {origin}", snapshot=named, origin=origin))
        return
    st.caption(
        t(
            "Data as of {as_of} (latest dated source) · snapshot {snapshot} · {origin}",
            as_of=t.date(snapshot.as_of),
            snapshot=named,
            origin=origin,
        )
    )
