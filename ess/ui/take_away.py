"""What a reader takes away: the numbers as a file, the address of the view, a report of an error."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from ess.analysis.join import Joined
from ess.escape import file_name, markdown
from ess.exports.answer import Answer, analyst_codes, answer_rows
from ess.exports.labels import measure_label
from ess.exports.tables import build_csv
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.links import permalink


def show_take_away(context: Context, joined: Joined) -> None:
    """CSV, permanent link and error report, side by side."""
    t = context.t
    with st.container(horizontal=True):
        st.download_button(
            t("Download (CSV)"),
            lambda: _csv(context, joined),
            file_name=file_name(f"atlas-{context.state.measure.key}-{context.snapshot.id[:8]}") + ".csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        if not context.is_own:  # nobody else could open it
            show_link(context)
        show_error_report(context)


def show_link(context: Context) -> None:
    """The address of the exact view, to pass on."""
    t = context.t
    drawer = st.popover(t("Link to this view"), icon=":material/link:", key="link", on_change="rerun")
    if drawer.open:
        drawer.caption(
            t("This address gives exactly this view, with the same filters, classes and boundaries.")
        )
        drawer.code(permalink(context), language=None, wrap_lines=True)


def _csv(context: Context, joined: Joined) -> bytes:
    """The numbers on the map with their caveats, as a spreadsheet in the reader's language expects them."""
    state = context.state
    answer = Answer(
        joined,
        cache.regional(context.snapshot.id, state.measure, state.selection),
        state.measure,
        measure_label(state.measure, context.vocabulary, context.t),
        state.selection,
        state.view,
        context.snapshot,
        analyst_codes(state.selection, context.vocabulary),
    )
    return build_csv(answer_rows(answer, context.t), semicolons=context.t.lang != "en")


def show_error_report(context: Context, about: str = "") -> None:
    """A way to say that a figure is wrong: to the address of the installation, or as a text to pass on."""
    t, contact = context.t, context.settings.contact
    reference = "\n".join(
        filter(None, (about, permalink(context), t("Snapshot {id}", id=context.snapshot.id)))
    )
    drawer = st.popover(t("Report an error"), icon=":material/flag:", key="report", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        st.caption(
            t(
                "Say which figure is wrong and which source says otherwise. "
                "This reference finds the exact view:"
            )
        )
        st.code(reference, language=None, wrap_lines=True)
        if contact.startswith("https://"):
            st.link_button(t("Report it"), contact)
        elif contact:
            subject = quote(t("Error in the atlas"))
            st.link_button(markdown(contact), f"mailto:{contact}?subject={subject}&body={quote(reference)}")
        else:
            st.caption(t("Pass it on to whoever gave you this atlas."))
