"""Files given and recognised: the uploader, what each file is, and the sentence for one that is refused."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ess.errors import AtlasError, BadInput
from ess.escape import markdown
from ess.exports.workbook import build_template
from ess.ingest.mapping import parse_mapping
from ess.ingest.reading import look_at
from ess.locales import N_
from ess.ui import html
from ess.ui.context import Context
from ess.ui.importing.intake import Given, Intake, put_away
from ess.ui.importing.turns import turn

FORMATS = {
    "iati": N_("IATI activities"),
    "template": N_("our own template"),
    "csv": N_("a table (CSV)"),
    "xlsx": N_("a workbook (Excel)"),
    "geojson": N_("shapes (GeoJSON)"),
    "shapefile": N_("shapes (shapefile)"),
    "geopackage": N_("shapes (GeoPackage)"),
}


def show_invitation(context: Context) -> None:
    """What may be given, what happens with it, how large it may be, and the template to fill in."""
    t = context.t
    st.markdown(
        t(
            "Load your own portfolio and see it as this atlas: IATI activities (.xml), a table in any layout "
            "(.csv, .tsv, .txt, .xlsx), points or areas (.geojson, .json, a shapefile in a .zip), or our own "
            "template, filled in."
        )
    )
    st.caption(
        t(
            "Files are read on this server by a process with limits of its own. They stay in this session, "
            "are seen by nobody else and are deleted with it. At most {size} MB a file; larger ones are "
            "imported with the command line:",
            size=t.number(st.get_option("server.maxUploadSize")),
        )
        + " `python -m ess import`"
    )


def show_uploader(context: Context, intake: Intake) -> None:
    """The uploader and the template; takes what was given, and lets go of what was taken out."""
    t = context.t
    html.show_uploader_words(t("Choose files"), t("or drop them here"))
    given = st.file_uploader(
        t("Files to import"),
        accept_multiple_files=True,
        key=f"upload {intake.generation}",
        on_change=lambda: setattr(intake, "is_changed", True),
    )
    _take_uploads(intake, {one.file_id: one for one in given})
    with st.container(horizontal=True):
        st.download_button(
            t("Empty template (Excel)"),
            lambda: build_template(t.lang),
            file_name=f"atlas-template-{t.lang}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            icon=":material/download:",
            on_click="ignore",
        )
        if intake.files:
            st.button(
                t("Start again"),
                icon=":material/restart_alt:",
                type="tertiary",
                key="start again",
                on_click=put_away,
            )


def _take_uploads(intake: Intake, uploads: Mapping[str, UploadedFile]) -> None:
    if intake.is_changed:  # an uploader that is empty because the page was left takes nothing out
        for file_id in intake.shown - uploads.keys():
            intake.drop(file_id)
        intake.is_changed = False
    for file_id, upload in uploads.items():
        if file_id not in intake.files:
            intake.take(file_id, upload.name, upload.getbuffer())
    intake.shown = frozenset(uploads)


def look_at_new(context: Context, intake: Intake) -> None:
    """Look at every file that has not been looked at."""
    for given in intake.usable:
        if given.look is None:
            with st.spinner(context.t("Looking at {name} …", name=markdown(given.name))), turn(context.t):
                _look_at(given)


def _look_at(given: Given) -> None:
    try:
        given.take_look(look_at(given.path))
    except BadInput as refusal:
        given.refusal = refusal
        given.path.unlink(missing_ok=True)


def show_recognised(context: Context, intake: Intake) -> None:
    """A line a file: what it is, and what is to be done; a refused one is one sentence."""
    for given in intake.files.values():
        if given.refusal is not None:
            show_refusal(context, given.refusal)
        else:
            st.markdown(f":material/check: **{markdown(given.name)}** — {describe(context, given)}")


def show_refusal(context: Context, refusal: AtlasError) -> None:
    """Why something cannot be used, as one sentence in the reader's language."""
    st.error(markdown(refusal.sentence(context.t)), icon=":material/error:")


def describe(context: Context, given: Given) -> str:
    """What a file was recognised as: Markdown, escaped."""
    t = context.t
    look = given.look or {}
    kind = t(FORMATS.get(str(look.get("kind")), N_("a file")))
    if not given.is_table:
        return t("{kind}: read as it is.", kind=kind)
    if look.get("known"):
        mapping = parse_mapping(look["mapping"])
        name = markdown(mapping.title or mapping.name)
        return t("{kind}: {mapping}; its columns are known.", kind=kind, mapping=name)
    return t("{kind}: its columns are not known; a mapping is suggested below, please check it.", kind=kind)
