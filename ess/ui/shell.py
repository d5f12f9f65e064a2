"""The main script: settings of the page, header, navigation, the chosen page, footer.

It stands here and not beside ``pages/``: with such a folder beside its main script Streamlit falls into its
old multipage mode, and a deep link opened right after a restart skips this script.
"""

from __future__ import annotations

import streamlit as st

from ess.ui.frame import FAVICON, open_atlas

st.set_page_config(page_icon=str(FAVICON), layout="wide")
open_atlas()
