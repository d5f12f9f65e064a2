"""What a reader takes away: the numbers as a file, the address of the view, a report of an error."""

from __future__ import annotations

from urllib.parse import quote

import streamlit as st

from ess.analysis.join import Joined
from ess.analysis.shading import Shading
from ess.escape import Markup, file_name, fill, joined
from ess.exports.answer import Answer, analyst_codes, answer_rows
from ess.exports.labels import measure_label
from ess.exports.tables import build_csv
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.controls import build_menu, show_controls
from ess.ui.html import build_note
from ess.ui.links import permalink


def show_take_away(context: Context, measured: Joined, shading: Shading | None = None) -> None:
    """CSV, permanent link and error report."""
    t = context.t
    st.download_button(
        t("Download (CSV)"),
        lambda: _csv(context, measured, shading),
        file_name=file_name(f"atlas-{context.state.measure.key}-{context.snapshot.id[:8]}") + ".csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    # nobody else could open the link to a portfolio of this session
    show_controls(context, Markup() if context.is_own else build_link(context), build_error_report(context))


def build_link(context: Context) -> Markup:
    """The address of the exact view, to pass on."""
    t = context.t
    said = t("This address gives exactly this view, with the same filters, classes and boundaries.")
    return build_menu(
        t("Link to this view"), "link", joined([build_note(said), _text_to_take(context, permalink(context))])
    )


def _text_to_take(context: Context, text: str) -> Markup:
    """Text that is marked as a whole when it is pressed."""
    return fill(
        '<textarea class="atlas-take" readonly="" rows="4" dir="ltr" aria-label="{label}">{text}</textarea>',
        label=context.t("Text to copy"),
        text=text,
    )


def _csv(context: Context, measured: Joined, shading: Shading | None) -> bytes:
    """The numbers on the map with their caveats, as a spreadsheet in the reader's language expects them."""
    state = context.state
    answer = Answer(
        measured,
        cache.regional(context.snapshot.id, state.measure, state.selection),
        state.measure,
        measure_label(state.measure, context.vocabulary, context.t),
        state.selection,
        state.view,
        context.snapshot,
        analyst_codes(state.selection, context.vocabulary),
        shading,
    )
    return build_csv(answer_rows(answer, context.t), semicolons=context.t.lang != "en")


def build_error_report(context: Context, about: str = "") -> Markup:
    """A way to say that a figure is wrong: to the address of the installation, or as a text to pass on."""
    t, contact = context.t, context.settings.contact
    snapshot = t("Snapshot {id}", id=context.snapshot.id)
    reference = " · ".join(filter(None, (about, permalink(context), snapshot)))
    said = t(
        "Say which figure is wrong and which source says otherwise. This reference finds the exact view:"
    )
    pieces = [
        build_note(said),
        _text_to_take(context, reference),
        _way_to_report(context, contact, reference),
    ]
    return build_menu(t("Report an error"), "report", joined(pieces))


def _way_to_report(context: Context, contact: str, reference: str) -> Markup:
    t = context.t
    if contact.startswith("https://"):
        return fill('<p><a href="{contact}">{text}</a></p>', contact=contact, text=t("Report it"))
    if contact:
        subject = quote(t("Error in the atlas"))
        address = f"mailto:{contact}?subject={subject}&body={quote(reference)}"
        return fill('<p><a href="{address}">{contact}</a></p>', address=address, contact=contact)
    return build_note(t("Pass it on to whoever gave you this atlas."))
