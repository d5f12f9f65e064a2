"""What a reader sees when something fails: one sentence and a number, never a path or a value."""

from __future__ import annotations

import logging
import secrets

import streamlit as st

from ess.errors import AtlasError, SelectionError
from ess.escape import markdown
from ess.locales import Translator, translator
from ess.ui.address import current_language
from geodata.errors import LayerError

_LOG = logging.getLogger("ess")


def show_failure(error: Exception) -> bool:
    """Show `error` to the reader; True tells Streamlit that it has been shown.

    Only what the reader asked for is answered in its own words. A fault of the store, the settings or the
    layer is the operator's: its sentence may name a folder, so it goes to the log. Anything else is logged in
    full under a reference number, and the reader gets the number.
    """
    t: Translator = translator(current_language())
    if isinstance(error, SelectionError):
        st.error(markdown(error.sentence(t)), icon=":material/error:")
        return True
    if isinstance(error, (AtlasError, LayerError)):
        _LOG.error("%s", "; ".join(getattr(error, "problems", ())) or error)
        st.error(
            t("The atlas cannot read what it needs. Whoever runs it finds the reason in its log."),
            icon=":material/error:",
        )
        return True
    reference = secrets.token_hex(4)
    _LOG.error("failure %s", reference, exc_info=error)
    st.error(
        t(
            "This page could not be shown. Reload it; if it fails again, pass on this number: {reference}.",
            reference=reference,
        ),
        icon=":material/error:",
    )
    return True
