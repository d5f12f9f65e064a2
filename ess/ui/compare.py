"""Compare: countries, dates or actors side by side, on the same measures and in the same classes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice

import streamlit as st

from ess.analysis.comparing import SIDES, Compared
from ess.escape import Markup, file_name, fill, joined, markdown
from ess.exports.comparing import comparison_rows
from ess.exports.labels import FILTER_LABELS, option_label
from ess.exports.tables import build_csv
from ess.locales import N_
from ess.maps.layer import JoinedMap
from ess.ui import cache
from ess.ui.bridge import show_bridge
from ess.ui.compared import build_bars, build_differences, build_dumbbells, build_sides_table, read_rows
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_boundary_view,
    build_display,
    build_filters,
    build_measures,
    build_menu,
    build_only_for,
    build_unknown,
    show_controls,
)
from ess.ui.html import build_note, show_html
from ess.ui.joint import build_joint_legend, build_scenes
from ess.ui.keys import side_options
from ess.ui.links import page_link
from ess.ui.listing import build_choice_of
from ess.ui.map_view import show_map
from ess.ui.scene import build_values
from ess.ui.take_away import show_passing_on

KIND_LABELS: Mapping[str, str] = {
    "countries": N_("Countries (two to five)"),
    "years": N_("Two years"),
    "actors": N_("Two actors"),
}
_ADD: Mapping[str, str] = {
    "countries": N_("Add a country"),
    "years": N_("Add a year"),
    "actors": N_("Add an actor"),
}
_PAIRS = tuple(kind for kind in SIDES if kind != "countries")
_MAP_HEIGHT = 360
#: Names that a field offers, and sides that are offered to be pressed.
_LISTED, _SUGGESTED = 400, 60


def show_compare_page() -> None:
    """What is compared and under which selection; below it the sides."""
    context = read_context()
    t = context.t
    st.markdown(f"## {t('Compare')}")
    show_controls(
        context,
        build_choice_of(
            t("Compare"), "compare", {kind: t(KIND_LABELS[kind]) for kind in SIDES}, context.state.sides.kind
        ),
        *(build_only_for(context, "compare", [kind], _field(context, kind)) for kind in SIDES),
        build_only_for(context, "compare", _PAIRS, build_measures(context)),
        build_menu(t("Filters"), "filters", build_filters(context)),
        build_only_for(
            context, "compare", _PAIRS, build_menu(t("Display"), "display", build_display(context))
        ),
        build_only_for(context, "compare", ["countries"], build_boundary_view(context)),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=t("Reset")),
    )
    show_side_by_side()


def _field(context: Context, kind: str) -> Markup:
    """Where one more is typed, or chosen from a list."""
    codes = side_options(kind, context.vocabulary)
    # Of very many actors a name is typed: their list would be longer than the page.
    names = sorted({side_name(context, kind, code) for code in codes}) if len(codes) <= _LISTED else []
    return fill(
        '<label class="atlas-choice name">{label}<input type="text" data-name-of="with" autocomplete="off" '
        'list="atlas-{kind}" placeholder="{hint}"></label><datalist id="atlas-{kind}">{options}</datalist>',
        label=context.t(_ADD[kind]),
        kind=kind,
        hint=context.t("Choose, or type a name"),
        options=joined(fill('<option value="{name}"></option>', name=name) for name in names),
    )


def side_name(context: Context, kind: str, code: str) -> str:
    """The name of a side in the reader's language."""
    if kind == "countries":
        return context.country(code)
    return code if kind == "years" else option_label("actor", code, context.vocabulary, context.t)


@st.fragment
def show_side_by_side() -> None:
    """Sides, maps, tables, charts: a fragment, so that a choice reruns no more than this."""
    context = read_context()
    sides = context.state.sides
    show_html(
        context,
        build_unknown(context),
        build_active_filters(context),
        build_set_aside(context),
        build_chosen(context),
    )
    if sides.are_enough:
        rows = read_rows(context)
        if sides.kind in _PAIRS:
            show_maps(context)
        names = [side_name(context, sides.kind, code) for code in sides.codes]
        show_html(
            context,
            build_sides_table(context, rows, names),
            build_differences(context, rows, names),
            build_bars(context, rows, names),
            build_dumbbells(context, rows, names),
        )
        show_ways(context, names)
        if rows:
            show_file(context, rows, names)
    compared = context.t.list(side_name(context, sides.kind, code) for code in sides.codes)
    show_passing_on(context, " – ".join(filter(None, (context.t("Compare"), compared))))
    show_bridge(context)


def build_set_aside(context: Context) -> Markup:
    """Say that a filter of what is compared does not hold here."""
    t, sides = context.t, context.state.sides
    if not getattr(context.state.selection, sides.filter):
        return Markup()
    label = t(FILTER_LABELS[sides.filter])
    return build_note(
        t("The filter “{filter}” is set aside here: what is compared takes its place.", filter=label)
    )


def build_chosen(context: Context) -> Markup:
    """What is compared, each to be taken out; while it is too little, what could be chosen."""
    t, sides = context.t, context.state.sides
    chips = joined(
        fill(
            '<button data-drop="with" data-code="{code}" title="{title}"><b class="side side-{number}">'
            '{number}</b> {name}<span aria-hidden="true"> ✕</span></button>',
            code=code,
            title=t("Take out of the comparison"),
            number=number,
            name=side_name(context, sides.kind, code),
        )
        for number, code in enumerate(sides.codes, start=1)
    )
    return joined(
        [
            fill('<div class="atlas-chips" data-part="sides">{chips}</div>', chips=chips),
            Markup() if sides.are_enough else _suggested(context),
            build_note(
                t("What is added to a full comparison takes the place of the last.")
                if len(sides.codes) == SIDES[sides.kind]
                else ""
            ),
        ]
    )


def _suggested(context: Context) -> Markup:
    """What could be compared: partner countries, or what occurs in the records."""
    t, sides = context.t, context.state.sides
    codes: Iterable[str] = side_options(sides.kind, context.vocabulary)
    if sides.kind == "countries":
        asked = replace(context.state.selection, country=())
        partners = cache.headlines(context.snapshot.id, asked, context.state.view).partners
        codes = sorted(partners, key=context.country)
    offered = list(islice((code for code in codes if code not in sides.codes), _SUGGESTED))
    return fill(
        '<section class="atlas-section" data-part="offered"><p class="atlas-sentence">{text}</p>'
        '<div class="atlas-partners">{buttons}</div></section>',
        text=t("Choose two at least: type a name above, or press one of these.")
        if sides.kind == "countries" or len(sides.codes) + len(offered) > 1
        else t("There are not two of them in these records: nothing can be compared."),
        buttons=joined(
            fill(
                '<button data-add="with" data-code="{code}">{name}</button>',
                code=code,
                name=side_name(context, sides.kind, code),
            )
            for code in offered
        ),
    )


def show_maps(context: Context) -> None:
    """The two maps, which move together, and the one legend of both."""
    sides = context.state.sides
    scenes = build_scenes(context, sides.selections(context.state.selection))
    with st.container(key="compare-maps"):
        for number, (column, scene) in enumerate(zip(st.columns(2), scenes, strict=True), start=1):
            key = f"compare-{number}"
            with column:
                show_html(
                    context,
                    build_values(context, scene, key),
                    fill(
                        '<h3 class="atlas-side"><b class="side side-{number}">{number}</b> {name}</h3>',
                        number=number,
                        name=side_name(context, sides.kind, sides.codes[number - 1]),
                    ),
                )
                show_map(key, _MAP_HEIGHT, JoinedMap)
    said = context.t("The same classes on both maps, made from the values of both together.")
    show_html(context, build_joint_legend(context, scenes, said))


def show_ways(context: Context, names: list[str]) -> None:
    """To each country's page, and to the records behind each side."""
    t, state = context.t, context.state
    sides = state.sides
    with st.container(horizontal=True, key="compare-ways"):
        for code, name in zip(sides.codes, names, strict=True):
            if sides.kind == "countries":
                page_link(context, "country", markdown(name), icon=":material/flag:", iso3=code)
            page_link(
                context,
                "explore",
                t("Records: {name}", name=markdown(name)),
                icon=":material/table:",
                selection=replace(state.selection, **{sides.filter: (code,)}),
            )


def show_file(context: Context, rows: tuple[Compared, ...], names: list[str]) -> None:
    """The tables as a file: what is known of each side, differences, and why there is none."""
    t, state = context.t, context.state
    sides = list(zip(state.sides.codes, names, strict=True))
    provenance = {
        "filters": state.selection.spelled,
        "snapshot": context.snapshot.id,
        "data_as_of": context.snapshot.as_of,
    }
    st.download_button(
        t("Download the comparison (CSV)"),
        lambda: build_csv(
            comparison_rows(rows, sides, context.vocabulary, provenance, t), semicolons=t.lang != "en"
        ),
        file_name=file_name(f"atlas-compare-{'-'.join(state.sides.codes)}-{context.snapshot.id[:8]}")
        + ".csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="take comparison csv",
    )
