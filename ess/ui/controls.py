"""The controls of the map: each shows the state of the address and writes it back, as codes."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ess.analysis.breaks import MAX_CLASSES, MIN_CLASSES, SCHEMES
from ess.analysis.measures import Measure, list_measures
from ess.analysis.selection import without
from ess.analysis.vocabulary import FILTERS
from ess.escape import markdown
from ess.exports.labels import FILTER_LABELS, measure_label, option_label
from ess.locales import N_
from ess.maps.palette import PALETTES
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.keys import clear_state, format_state
from geodata.codes import country_names, match_country, near_countries
from geodata.layer import BOUNDARY_VIEWS

MEASURE_GROUPS: Mapping[str, str] = {
    "count": N_("Records"),
    "result": N_("Stated figures"),
    "amount": N_("Amounts"),
}
SCHEME_LABELS: Mapping[str, str] = {
    "quantiles": N_("Quantiles (as many countries in each class)"),
    "equal": N_("Equal intervals"),
    "natural": N_("Natural breaks (Fisher-Jenks)"),
}
PALETTE_LABELS: Mapping[str, str] = {
    "YlGnBu": N_("Yellow to blue"),
    "YlOrBr": N_("Yellow to brown"),
    "BuPu": N_("Blue to purple"),
    "Greens": N_("Greens"),
    "Blues": N_("Blues"),
}
VIEW_LABELS: Mapping[str, str] = {
    "un": N_("United Nations"),
    "ma": N_("As published in Morocco"),
    "de_facto": N_("De facto (Natural Earth)"),
}
_UNKNOWN_COUNTRY = "country typed in vain"


def show_filter_bar(context: Context) -> None:
    """Filters, the active ones in words, and the way back to the first view."""
    with st.container(horizontal=True):
        show_filters(context)
        show_active_filters(context)
        st.button(context.t("Reset"), icon=":material/restart_alt:", on_click=clear_state, type="tertiary")


def show_map_controls(context: Context) -> None:
    """What the map shows, the country it leads to, and how it is drawn; they wrap on a narrow screen."""
    measure, country, display = st.columns([5, 4, 2], vertical_alignment="bottom")
    with measure:
        show_measure(context)
    with country:
        show_country(context)
    with display:
        show_display(context)
    show_unknown_country(context)


def show_measure(context: Context) -> None:
    """What is mapped, grouped by kind."""
    labels = {measure.key: _grouped_label(context, measure) for measure in list_measures(context.vocabulary)}
    choose(context, context.t("What the map shows"), "measure", labels)


def _grouped_label(context: Context, measure: Measure) -> str:
    group = context.t(MEASURE_GROUPS[measure.kind])
    return f"{group} · {measure_label(measure, context.vocabulary, context.t)}"


def choose(context: Context, label: str, field: str, labels: Mapping[str, str]) -> None:
    """A list that sets one key of the address to the code behind the chosen label."""
    key = f"choice of {field}"
    st.session_state[key] = format_state(context.state, context.settings, complete=True)[field][0]
    st.selectbox(
        label,
        list(labels),
        key=key,
        format_func=labels.__getitem__,
        on_change=lambda: context.change(**{field: st.session_state[key]}),
    )


def show_country(context: Context) -> None:
    """Jump to a country: choose a partner, or type any country's name in French, English or Arabic."""
    names = country_names()
    placed = _placed_countries(context)
    chosen = context.state.iso3
    options = sorted({*placed, *([chosen] if chosen else [])}, key=context.country)
    key = "choice of country"
    st.session_state[key] = chosen
    st.selectbox(
        context.t("Country"),
        options,
        index=None,
        key=key,
        placeholder=context.t("Choose, or type a name"),
        format_func=lambda iso3: " · ".join(dict.fromkeys(_in_three(names, iso3, context.t.lang))),
        accept_new_options=True,
        on_change=lambda: _jump(context, st.session_state[key]),
    )


def _placed_countries(context: Context) -> set[str]:
    state = context.state
    answer = cache.answer(context.snapshot.id, state.measure, state.selection, state.view)
    return set(answer.values) & set(country_names())


def _in_three(names: Mapping[str, Mapping[str, str]], iso3: str, lang: str) -> list[str]:
    """Names in the reader's language first: typing any of them finds the country."""
    found = names.get(iso3)
    if found is None:
        return [iso3]
    return [found[code] for code in sorted(found, key=lambda code: code != lang)]


def _jump(context: Context, typed: str | None) -> None:
    iso3 = typed if typed is None or typed in country_names() else match_country(typed)
    if typed and iso3 is None:
        st.session_state[_UNKNOWN_COUNTRY] = typed
        return
    context.change(iso3=iso3)


def show_unknown_country(context: Context) -> None:
    """Say that a typed name is no country, and which ones are near; nothing is chosen for the reader."""
    typed = st.session_state.pop(_UNKNOWN_COUNTRY, None)
    if typed is None:
        return
    near = [context.country(iso3) for iso3 in near_countries(typed, 3)]
    advice = context.t("Did you mean {names}?", names=context.t.list(near)) if near else ""
    st.info(
        context.t("No country is called {name}. {advice}", name=markdown(typed[:60]), advice=advice),
        icon=":material/search_off:",
    )


def show_filters(context: Context) -> None:
    """The filters; a filter without options in this portfolio is not shown."""
    t, selection = context.t, context.state.selection
    active = len(selection.pairs())
    label = t("Filters ({count})", count=active) if active else t("Filters")
    drawer = st.popover(label, icon=":material/filter_alt:", key="filters", on_change="rerun")
    if not drawer.open:  # ten closed lists would travel with every change
        return
    with drawer:
        for key in FILTERS:
            if context.vocabulary.options[key]:
                show_filter(context, key)
        st.caption(t("Undated records stay visible under any year: nothing says that they lie outside it."))


def show_filter(context: Context, key: str) -> None:
    """One filter: several codes are alternatives."""
    widget = f"filter {key}"
    st.session_state[widget] = list(getattr(context.state.selection, key))
    st.multiselect(
        context.t(FILTER_LABELS[key]),
        list(context.vocabulary.options[key]),
        key=widget,
        format_func=lambda code: option_label(key, code, context.vocabulary, context.t),
        placeholder=context.t("All"),
        on_change=lambda: context.change(**{key: st.session_state[widget]}),
    )


def show_active_filters(context: Context) -> None:
    """The active filters in words; pressing one takes it out."""
    for key, code in context.state.selection.pairs():
        label = option_label(key, code, context.vocabulary, context.t)
        st.button(
            f"{context.t(FILTER_LABELS[key])}{context.t(': ')}{markdown(label)}",
            key=f"without {key} {code}",
            icon=":material/close:",
            on_click=lambda key=key, code=code: context.change(
                **{key: getattr(without(context.state.selection, key, code), key)}
            ),
        )


def show_display(context: Context) -> None:
    """Classification, number of classes, palette and boundary view."""
    t = context.t
    numbers = [str(number) for number in range(MIN_CLASSES, MAX_CLASSES + 1)]
    drawer = st.popover(t("Display"), icon=":material/palette:", key="display", on_change="rerun")
    if not drawer.open:
        return
    with drawer:
        choose(context, t("Classification"), "scheme", {code: t(SCHEME_LABELS[code]) for code in SCHEMES})
        choose(context, t("Number of classes, at most"), "k", {number: number for number in numbers})
        choose(context, t("Palette"), "palette", {code: t(PALETTE_LABELS[code]) for code in PALETTES})
        show_boundary_view(context)


def show_boundary_view(context: Context) -> None:
    """How disputed boundaries are drawn: every visitor can see and change it."""
    labels = {code: context.t(VIEW_LABELS[code]) for code in BOUNDARY_VIEWS}
    choose(context, context.t("Boundaries"), "view", labels)
