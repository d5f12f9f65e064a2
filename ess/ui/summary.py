"""Beside the map: the chosen country in short, or the partners to choose from."""

from __future__ import annotations

import streamlit as st

from ess.analysis.by_country import CountryValue, RegionValue, State
from ess.analysis.profile import CountryProfile
from ess.escape import markdown
from ess.exports.answer import STATE_LABELS, place_name, shared_sentence
from ess.exports.labels import TYPES_PLURAL, code_label, measure_label
from ess.locales.figures import short_figure, worded_figure
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.links import page_link
from ess.ui.records import figure_line

#: Countries in the list beside the map; the table below has them all.
_LISTED = 30


def show_summary(context: Context) -> None:
    """The chosen country, else the partner countries with their values."""
    if context.state.iso3:
        show_country_summary(context, context.state.iso3)
    else:
        show_partner_list(context)
    show_regional(context)


def show_country_summary(context: Context, iso3: str) -> None:
    """Name, value of the measure, records by type, shared totals, and the way to its page."""
    t, state = context.t, context.state
    answer = cache.answer(context.snapshot.id, state.measure, state.selection, state.view).of(iso3)
    profile = cache.profile(context.snapshot.id, iso3, state.selection, state.view)
    with st.container(border=True):
        st.markdown(f"#### {markdown(context.country(iso3))}")
        st.markdown(describe_value(context, answer))
        if profile.is_empty:
            st.caption(t("No record of this country in the selection. Nothing recorded is not nothing done."))
        lines = [
            *_type_lines(context, profile),
            *(figure_line(context, one.result) for one in profile.figures),
        ]
        st.markdown("\n".join(f"- {line}" for line in lines[:_LISTED]))
        for shared in answer.shared:
            st.caption(markdown(shared_sentence(shared, t)))
        page_link(context, "country", t("Open the country page"), icon=":material/arrow_forward:")
        st.button(
            t("Close"), icon=":material/close:", on_click=lambda: context.change(iso3=None), type="tertiary"
        )


def describe_value(context: Context, answer: CountryValue) -> str:
    """The country's value for the measure in words; a missing figure is named, never shown as zero."""
    t = context.t
    label = markdown(measure_label(context.state.measure, context.vocabulary, t))
    if answer.value is not None:
        unit = context.state.measure.unit if context.state.measure.kind == "result" else ""
        said = [worded_figure(t, answer.value, answer.qualifier), markdown(code_label("unit", unit, t))]
        derived = f" ({t('Derived, not stated')})" if answer.derived else ""
        return f"{label}{t(': ')}**{' '.join(filter(None, said))}**{derived}"
    if answer.state == State.FIGURE:
        return f"{label}{t(': ')}{t('Several figures that may not be added')}"
    return f"{label}{t(': ')}*{t(STATE_LABELS[answer.state])}*"


def _type_lines(context: Context, profile: CountryProfile) -> list[str]:
    """Records by type, firm and planned apart."""
    t = context.t
    lines = []
    for code, count in sorted(profile.by_type.items(), key=lambda item: list(TYPES_PLURAL).index(item[0])):
        said = short_figure(t, count.firm, count.qualifier) if count.firm else ""
        planned = t.n("{count} planned", "{count} planned", count.planned) if count.planned else ""
        lines.append(f"{t(TYPES_PLURAL[code])}{t(': ')}**{', '.join(filter(None, (said, planned)))}**")
    return lines


def show_partner_list(context: Context) -> None:
    """Partner countries with the value of the measure, to choose one by pressing it."""
    t, state = context.t, context.state
    answer = cache.answer(context.snapshot.id, state.measure, state.selection, state.view)
    values = [value for value in answer.values.values() if value.iso3 != context.settings.home]
    values.sort(key=lambda value: (-(value.value or 0), context.country(value.iso3)))
    told = {value.iso3: _told(context, value) for value in values[:_LISTED]}
    with st.container(border=True, gap="small"):
        st.markdown(f"**{t('Choose a country')}**")
        st.caption(t("On the map, in this list, or by typing its name."))
        st.session_state["partner"] = None
        st.pills(
            t("Choose a country"),
            list(told),
            key="partner",
            format_func=told.__getitem__,
            label_visibility="collapsed",
            on_change=lambda: context.change(iso3=st.session_state["partner"]),
        )


def _told(context: Context, value: CountryValue) -> str:
    """A country and its value, or what is known instead of one."""
    t = context.t
    shown = short_figure(t, value.value, value.qualifier) if value.value is not None else ""
    text = shown or t(STATE_LABELS[value.state])
    return f"{markdown(context.country(value.iso3))}{t(': ')}{text}"


def _regional_line(context: Context, one: RegionValue) -> str:
    """A region, its records, and its figure when one is stated of it."""
    t = context.t
    told = [t.n("{count} record", "{count} records", one.activities)] if one.activities else []
    if one.value is not None and context.state.measure.kind != "count":
        told.append(short_figure(t, one.value, one.qualifier))
    return f"{markdown(place_name(one.region, t))}{t(': ')}**{' · '.join(told)}**"


def show_regional(context: Context) -> None:
    """Regional and unnamed records: countable, and never spread over countries."""
    t, state = context.t, context.state
    found = cache.regional(context.snapshot.id, state.measure, state.selection)
    left = cache.answer(context.snapshot.id, state.measure, state.selection, state.view).unallocated
    if not found and not left:
        return
    with st.container(border=True):
        st.markdown(f"**{t('Without a country')}**")
        st.markdown("  \n".join(_regional_line(context, one) for one in found))
        if left:
            st.markdown(f"{t('Not allocated to a country')}{t(': ')}**{short_figure(t, left, '=')}**")
            st.caption(t("No published share gives these amounts to a country; none is shaded with them."))
        st.caption(t("Regional and unnamed partners are counted here and shade no country."))
        if state.measure.equal:
            st.caption(
                t("Amounts over several countries are split equally here: a convention, no source says so.")
            )
