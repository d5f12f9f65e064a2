"""The table under the map: the same numbers, the same classes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from ess.analysis.by_country import State
from ess.analysis.join import VALUE_COLUMNS, Joined
from ess.analysis.shading import Shading
from ess.exports.answer import STATE_LABELS
from ess.exports.labels import measure_label
from ess.locales.figures import short_figure
from ess.ui.context import Context


def show_table(context: Context, joined: Joined, shading: Shading) -> None:
    """Countries with a record, highest value first; pressing a row chooses its country."""
    t = context.t
    frame = pd.DataFrame(joined.frame.loc[joined.frame["state"] != State.NONE, ["iso3", *VALUE_COLUMNS]])
    frame = frame.sort_values(["value", "activities"], ascending=False, na_position="last")
    codes = frame["iso3"].tolist()
    st.markdown(f"**{t('The same numbers as a table')}**")
    columns = {
        "country": st.column_config.TextColumn(t("Country"), width="medium"),
        "value": st.column_config.TextColumn(
            measure_label(context.state.measure, context.vocabulary, t), alignment="right"
        ),
        "state": st.column_config.TextColumn(t("What is known")),
        "class": st.column_config.TextColumn(t("Class on the map")),
        "records": st.column_config.NumberColumn(t("Records behind it")),
        "planned": st.column_config.NumberColumn(t("of which planned")),
        "shared": st.column_config.NumberColumn(
            t("Shared totals"), help=t("Totals stated for several countries together, without a split.")
        ),
    }
    st.dataframe(
        pd.DataFrame([_row(context, shading, row) for row in frame.itertuples()], columns=list(columns)),
        hide_index=True,
        column_config=columns,
        key="table",
        on_select=lambda: _choose(context, codes),
        selection_mode="single-row",
        alt=t("Table of the numbers on the map"),
    )
    rest = len(joined.frame) - len(frame)
    st.caption(
        t.n(
            "{count} other country or territory of the map has no record here: that is not a zero.",
            "{count} other countries and territories of the map have no record here: that is not a zero.",
            rest,
        )
    )


def _row(context: Context, shading: Shading, row: Any) -> dict[str, object]:
    t = context.t
    missing = pd.isna(row.value)
    return {
        "country": context.country(row.iso3),
        "value": "–" if missing else short_figure(t, row.value, row.qualifier),
        "state": t(STATE_LABELS[State(row.state)]),
        "class": _class(context, shading, row.iso3),
        "records": row.activities,
        "planned": row.planned,
        "shared": len(row.shared),
    }


def _class(context: Context, shading: Shading, iso3: str) -> str:
    """The class as the legend counts them; what is outlined or has no figure is in none."""
    fill = shading.fills[iso3]
    if not fill.isdigit():
        return "–"
    return context.t("{number} of {count}", number=int(fill) + 1, count=len(shading.breaks.upper))


def _choose(context: Context, codes: list[str]) -> None:
    rows = st.session_state["table"].selection.rows
    context.change(iso3=codes[rows[0]] if rows else None)
