"""The map and what stands around it: headline figures, legend, summary, table, files, address."""

from __future__ import annotations

import streamlit as st

from ess.analysis.by_country import State
from ess.analysis.shading import NO_DENOMINATOR, SEVERAL, Shading
from ess.escape import Markup, fill, joined
from ess.exports.labels import measure_label
from ess.maps.legend import build_site_legend
from ess.maps.payload import Look, Scene
from ess.ui import cache
from ess.ui.behind import show_behind
from ess.ui.boundaries import boundary_statement
from ess.ui.bridge import show_bridge
from ess.ui.classing import classed
from ess.ui.context import Context, read_context
from ess.ui.controls import build_active_filters, build_unknown, show_map_controls, show_years_slider
from ess.ui.headlines import build_headlines
from ess.ui.html import build_note, build_site_lines, show_places
from ess.ui.legend import build_class_legend
from ess.ui.map_view import show_map
from ess.ui.scene import build_scene, build_values
from ess.ui.summary import build_summary, show_way_to_country
from ess.ui.table import build_table
from ess.ui.take_away import build_take_away

_MAP, _MAP_HEIGHT = "map", 470
#: Names the block whose parts the style sheet lays out around the map.
VIEW = "atlas-view"


def show_explorer() -> None:
    """The controls and the map's frame, drawn once; around them whatever a choice changes."""
    context = read_context()
    show_map_controls(context)
    with st.container(key=VIEW):
        show_map(_MAP, _MAP_HEIGHT)
        show_years_slider(context)
        show_selected()


@st.fragment
def show_selected() -> None:
    """Figures, map, legend, summary, table: a fragment, so that a change reruns no more than these.

    What a change costs in the browser is its number of elements, not their length: what is seen is one, with
    what the map shows in it, and the style sheet gives each part its place around the map.
    """
    context = read_context()
    found = cache.joined(
        context.snapshot.id, context.state.measure, context.state.selection, context.state.view
    )
    shading = classed(context)
    scene = build_scene(context, found, shading, look_at_partners(context))
    show_places(
        context,
        build_values(context, scene, _MAP),
        above=joined(
            [
                build_unknown(context),
                build_active_filters(context),
                build_headlines(context),
                describe(context, shading),
            ]
        ),
        legend=build_map_legend(context, scene),
        beside=build_summary(context),
        below=joined([build_table(context, found, shading), build_take_away(context)]),
    )
    show_way_to_country(context)
    show_behind(context)
    show_bridge(context)


def look_at_partners(context: Context) -> Look:
    """Fitted to the partners of the whole portfolio, so that a filter or a measure does not move the map."""
    kept = context.state.at
    bounds = cache.partner_bounds(context.snapshot.id, context.state.view)
    return Look(f"{context.snapshot.id[:8]}{kept or ''}", bounds, kept)


def build_map_legend(context: Context, scene: Scene) -> Markup:
    """Legend, boundary statement and origin of the shapes."""
    t = context.t
    sites = Markup()
    if scene.sites is not None and scene.sites.sites:
        sites = build_site_lines(build_site_legend(scene.sites, t), t)
    origin = f"{boundary_statement(context.state.view, t)} {t('Shapes: Natural Earth, public domain.')}"
    return joined([build_class_legend(context, scene), sites, build_note(origin)])


def describe(context: Context, shading: Shading) -> Markup:
    """What the map shows, in generated sentences."""
    t = context.t
    parts = t.list([*_described_states(context, shading), *_described_regions(context)])
    others = " ".join(filter(None, (_described_home(context), _described_dates(context))))
    return fill(
        '<p class="atlas-sentence"><b>{measure}</b>{colon}{parts}. {others}</p>',
        measure=measure_label(context.state.measure, context.vocabulary, t),
        colon=t(": "),
        parts=parts,
        others=others,
    )


def _described_home(context: Context) -> str:
    home = context.settings.home
    return context.t("{home} is outlined and not classed.", home=context.country(home)) if home else ""


def _described_states(context: Context, shading: Shading) -> list[str]:
    t, counts = context.t, shading.counts
    figures = sum(n for fill, n in counts.items() if fill.isdigit())
    figures += counts.get(SEVERAL, 0) + counts.get(NO_DENOMINATOR, 0)
    present, planned = counts.get(State.PRESENT, 0), counts.get(State.PLANNED, 0)
    parts = [t.n("a figure for {count} country", "a figure for {count} countries", figures)]
    if present:
        parts.append(
            t.n(
                "{count} country present without a figure",
                "{count} countries present without a figure",
                present,
            )
        )
    if planned:
        parts.append(
            t.n(
                "{count} country with planned records only",
                "{count} countries with planned records only",
                planned,
            )
        )
    return parts


def _described_regions(context: Context) -> list[str]:
    found = cache.regional(context.snapshot.id, context.state.measure, context.state.selection)
    records = sum(one.activities for one in found)
    if not records:
        return []
    return [
        context.t.n(
            "{count} regional or unnamed record, shaded nowhere",
            "{count} regional or unnamed records, shaded nowhere",
            records,
        )
    ]


def _described_dates(context: Context) -> str:
    """How many records carry no date: a year filter cannot place them, and keeps them."""
    t = context.t
    found = cache.headlines(context.snapshot.id, context.state.selection, context.state.view)
    if not found.undated:
        return ""
    records = sum(count.records for count in found.overall.values())
    return t(
        "{undated} of {records} records are undated and stay under any year.",
        undated=t.number(found.undated),
        records=t.number(records),
    )
