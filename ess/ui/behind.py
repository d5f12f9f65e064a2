"""The records behind the headline figures, each with its source: every number leads to where it is said."""

from __future__ import annotations

import streamlit as st

from ess.analysis.records import Record
from ess.escape import markdown
from ess.exports.labels import TYPES_PLURAL, code_label
from ess.store.engine import Row
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.records import figure_line, record_places, source_reference

_LISTED = 100


def show_behind(context: Context) -> None:
    """A switch, then the records and stated totals of the selection; off, they cost nothing."""
    t = context.t
    if not st.toggle(t("Show the records behind these figures, with their sources")):
        return
    records = cache.records(context.snapshot.id, context.state.selection, _LISTED)
    for code, title in TYPES_PLURAL.items():
        lines = [_record_line(context, record) for record in records if record.activity["type"] == code]
        if lines:
            st.markdown(f"**{t(title)}**\n\n" + "\n".join(lines))
    stated = cache.stated(context.snapshot.id, context.state.selection, context.state.view)
    if stated:
        lines = [_stated_line(context, one.result) for one in stated]
        st.markdown(f"**{t('Stated totals')}**\n\n" + "\n".join(lines))
    if len(records) == _LISTED:
        st.caption(t("The first {count} records; filter to see others.", count=t.number(_LISTED)))


def _stated_line(context: Context, result: Row) -> str:
    source = source_reference(context, result["source"], result["locator"])
    return f"- {figure_line(context, result)} — {source}"


def _record_line(context: Context, record: Record) -> str:
    t, row = context.t, record.activity
    where = record_places(context, record)
    stage = code_label("stage", row["stage"], t)
    source = source_reference(context, row["source"], row["locator"])
    return f"- {markdown(t.field(row, 'title'))} — {where}, {markdown(stage)} — {source}"
