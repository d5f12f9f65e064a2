"""The headline figures, each with what it must not be taken for."""

from __future__ import annotations

import streamlit as st

from ess.analysis.totals import Headlines, StatedTotal, TypeTotal
from ess.escape import markdown
from ess.exports.labels import TYPES_PLURAL
from ess.locales.figures import short_figure
from ess.ui import cache
from ess.ui.context import Context

#: Types with a headline of their own, in this order.
_TOLD = ("agreement", "project", "training", "event")


def show_headlines(context: Context) -> None:
    """Partner countries, then one figure a type of record, then stated totals beside identified ones."""
    found = cache.headlines(context.snapshot.id, context.state.selection, context.state.view)
    told = [one for code in _TOLD for one in found.types if one.activity_type == code]
    stated = cache.stated(context.snapshot.id, context.state.selection, context.state.view)[:1]
    cells = iter(st.columns([2] * (1 + len(told)) + [3] * len(stated), border=True))
    with next(cells), st.container(gap=None):
        show_partners(context, found)
    for counted in told:
        with next(cells), st.container(gap=None):
            show_type(context, counted)
    for compared in stated:
        with next(cells), st.container(gap=None):
            show_stated(context, compared)


def show_partners(context: Context, found: Headlines) -> None:
    """Partner countries with at least one record that is not merely planned."""
    t = context.t
    home = context.country(context.settings.home)
    st.metric(t("Partner countries"), t.number(len(found.partners)), help=_partner_caveat(context, home))
    if home:
        st.caption(t("{home} not counted", home=home))


def _partner_caveat(context: Context, home: str) -> str:
    t = context.t
    if not home:
        return t(
            "Countries with at least one record that is not merely planned. "
            "Regional and unnamed partners are not in this number."
        )
    return t(
        "Countries with at least one record that is not merely planned. {home}, the home country, "
        "is not counted. "
        "Regional and unnamed partners are not in this number.",
        home=home,
    )


def show_type(context: Context, one: TypeTotal) -> None:
    """Records of one type: how many, in how many countries; a lower bound is written as one."""
    t, count = context.t, one.count
    value = short_figure(t, count.firm, count.qualifier) if count.firm else "–"
    st.metric(t(TYPES_PLURAL[one.activity_type]), value, help=_type_caveat(context, one))
    places = _where(context, one)
    planned = t.n("{count} planned", "{count} planned", count.planned) if count.planned else ""
    st.caption(" · ".join(filter(None, (places, planned))))


def _where(context: Context, one: TypeTotal) -> str:
    t, home = context.t, context.country(context.settings.home)
    if not one.countries:
        return home if one.at_home else ""
    if one.at_home:
        return t.n(
            "{count} country + {home}",
            "{count} countries + {home}",
            one.countries,
            home=home,
        )
    return t.n("{count} country", "{count} countries", one.countries)


def _type_caveat(context: Context, one: TypeTotal) -> str:
    t = context.t
    texts = [t("Records of this type, each once however many countries it names; plans are not counted.")]
    if one.count.at_least:
        texts.append(
            t(
                "A lower bound: the source speaks of several without counting them, "
                "so each record stands for at least one."
            )
        )
    return " ".join(texts)


def show_stated(context: Context, one: StatedTotal) -> None:
    """A stated number of countries beside those that the records name; the gap stays visible."""
    t = context.t
    label = t.field(context.vocabulary.indicators[one.result["indicator"]], "label")
    st.metric(
        markdown(label),
        t("{identified} of {stated}", identified=t.number(len(one.identified)), stated=t.number(one.stated)),
        help=t(
            "The source states {stated} countries; the records name {identified}: {names}. "
            "Both numbers are kept, and the difference is shown rather than guessed.",
            stated=t.number(one.stated),
            identified=t.number(len(one.identified)),
            names=t.list(context.country(iso3) for iso3 in one.identified),
        ),
    )
    st.caption(t("identified, of those the source states"))
