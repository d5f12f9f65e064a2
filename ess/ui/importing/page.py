"""The page Import, from the files given to what becomes of them."""

from __future__ import annotations

import streamlit as st

from ess.ui.context import read_context
from ess.ui.importing.editor import show_mappings
from ess.ui.importing.intake import current_intake
from ess.ui.importing.keeping import show_keeping
from ess.ui.importing.reading import show_reading
from ess.ui.importing.recognising import (
    look_at_new,
    show_invitation,
    show_recognised,
    show_uploader,
)
from ess.ui.importing.report import show_report


def show_import_page() -> None:
    """Files given, recognised, their columns checked, read, reported, kept."""
    context, intake = read_context(), current_intake()
    st.markdown(f"## {context.t('Import')}")
    show_invitation(context)
    show_uploader(context, intake)
    look_at_new(context, intake)
    show_recognised(context, intake)
    if not intake.usable:
        return
    show_mappings(context, intake)
    show_reading(context, intake)
    if intake.reading is not None:
        show_report(context, intake.reading)
        show_keeping(context, intake, intake.reading)
