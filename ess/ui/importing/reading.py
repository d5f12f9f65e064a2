"""Reading the files: how far it has come while it lasts, then the report or the one sentence."""

from __future__ import annotations

import time

import streamlit as st

from ess.errors import BadInput
from ess.ingest.progress import Progress
from ess.ingest.reading import read_files
from ess.locales import Translator
from ess.ui.context import Context
from ess.ui.importing.intake import Intake, Reading
from ess.ui.importing.recognising import show_refusal
from ess.ui.importing.turns import turn


def show_reading(context: Context, intake: Intake) -> None:
    """The button that reads the files, and what came of it."""
    t = context.t
    faulty = any(given.fault is not None for given in intake.usable)
    label = t.n("Read the file", "Read the {count} files", len(intake.usable))
    pressed = st.button(label, type="primary", icon=":material/play_arrow:", key="read", disabled=faulty)
    if faulty:
        st.caption(t("Correct the mapping first."))
    if not pressed:
        return
    intake.reading = intake.published = None
    try:
        intake.reading = read_intake(intake, t)
    except BadInput as refusal:
        show_refusal(context, refusal)
    else:
        st.rerun()  # the mappings fold away, so that the report stands where the reader looks


def read_intake(intake: Intake, translator: Translator) -> Reading:
    """The files of the intake, read into a new folder of the visit.

    Raises
    ------
    BadInput
        When the work as a whole had to be stopped, or the files cannot be read together.
    """
    order = intake.order()
    scratch = intake.folder.new_folder()
    with turn(translator):
        bar = st.progress(0.0, translator("Reading …"))
        try:
            outcome = read_files(order, scratch, _Bar(bar, translator))
        finally:
            bar.empty()
    return Reading(outcome, scratch)


class _Bar:
    """Rows and time left on a bar of the page."""

    def __init__(self, bar: st.delta_generator.DeltaGenerator, translator: Translator) -> None:
        self._bar, self._t = bar, translator
        self._started = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        share = min(max(progress.share, 0.0), 1.0)
        text = self._t.n("{count} record read", "{count} records read", progress.rows)
        passed = time.monotonic() - self._started
        if share > 0.05 and passed > 1:  # before that, what is left cannot be told
            left = round(passed / share - passed)
            text += self._t.n(", about {count} second left", ", about {count} seconds left", left)
        self._bar.progress(share, text)
