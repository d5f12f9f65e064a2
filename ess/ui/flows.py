"""Flows: who works with whom, on the map, as a table and as a diagram, and the records of a chosen pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import streamlit as st

from ess.analysis.breaks import MANUAL, ClassBreaks, build_breaks
from ess.analysis.flows import Flow, Flows, Triangle
from ess.analysis.measures import Measure, list_measures
from ess.analysis.selection import group_members
from ess.analysis.shading import Shading
from ess.escape import Markup, file_name, fill, joined, literal, plain
from ess.exports.flows import flow_rows, flow_title, size_label, size_text
from ess.exports.labels import measure_label
from ess.exports.listing import SHOWN, table_rows
from ess.exports.tables import build_csv
from ess.maps.arcs import MOST_LINES, build_flow_payload, build_lines, class_width, shown_lines
from ess.maps.layer import FlowMap
from ess.maps.legend import class_texts
from ess.maps.payload import Look
from ess.ui import cache
from ess.ui.boundaries import boundary_statement
from ess.ui.bridge import show_bridge
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_boundary_view,
    build_classification,
    build_filters,
    build_menu,
    build_unknown,
    show_controls,
)
from ess.ui.explorer import VIEW
from ess.ui.flow_tables import (
    build_matrix,
    build_records,
    build_sankey_part,
    build_triangles,
    build_unplaced,
    build_ways,
)
from ess.ui.html import build_note, show_places
from ess.ui.keys import BY_RECORDS, STATED
from ess.ui.listing import build_choice_of
from ess.ui.map_view import show_map
from ess.ui.take_away import show_passing_on

_MAP, _MAP_HEIGHT = "flows", 470
_LISTED, _FEW = 12, 3


def show_flows_page() -> None:
    """The controls and the map's frame, drawn once; around them whatever a choice changes."""
    context = read_context()
    st.markdown(f"## {context.t('Flows')}")
    show_flow_controls(context)
    with st.container(key=VIEW):
        show_map(_MAP, _MAP_HEIGHT, FlowMap)
        show_flows()


def show_flow_controls(context: Context) -> None:
    """What the lines go by, the filters, how they are drawn, and the way back."""
    t, followed = context.t, context.state.followed
    directions = {"": t("Not shown"), STATED: t("Shown where a source states it")}
    show_controls(
        context,
        build_choice_of(t("Width of the lines"), "by", _measures(context), _by(context)),
        build_menu(t("Filters"), "filters", build_filters(context)),
        build_menu(
            t("Display"),
            "display",
            joined(
                [
                    build_choice_of(
                        t("Direction, from provider to partner"), "direction", directions, followed.direction
                    ),
                    build_classification(context),
                    build_boundary_view(context),
                ]
            ),
        ),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=t("Reset")),
    )


def _amounts(context: Context) -> dict[str, Measure]:
    """What lines may go by beside records: amounts as published, one kind and currency each."""
    found = list_measures(context.vocabulary)
    return {one.key: one for one in found if one.kind == "amount" and not one.equal}


def _measures(context: Context) -> dict[str, str]:
    t = context.t
    amounts = {key: measure_label(one, context.vocabulary, t) for key, one in _amounts(context).items()}
    return {BY_RECORDS: t("Number of records"), **amounts}


def _by(context: Context) -> str:
    """What the lines go by: what the address says, else the amount that the map shows, else records."""
    state = context.state
    if state.followed.by:
        return state.followed.by
    mapped = f"{state.measure.id}:{state.measure.unit}"
    return mapped if mapped in _amounts(context) else BY_RECORDS


@st.fragment
def show_flows() -> None:
    """Lines, legend, chosen pair, matrix, diagram, files: a fragment, so that a change reruns no more."""
    context = read_context()
    state = context.state
    found = cache.flows(context.snapshot.id, state.selection, state.view, _amounts(context).get(_by(context)))
    breaks, chosen = flow_breaks(context, found), found.find(state.followed.pair)
    show_places(
        context,
        build_flow_values(context, found, breaks),
        above=joined([build_unknown(context), build_active_filters(context), describe(context, found)]),
        legend=build_flow_legend(context, found, breaks),
        beside=joined([build_chosen(context, found, chosen), build_unplaced(context, found)]),
        below=joined(
            [
                build_matrix(context, found),
                build_triangles(context, found),
                build_sankey_part(context, found),
            ]
        ),
    )
    with st.container(key="flow-files"):
        show_files(context, found, chosen)
        show_passing_on(context, context.t("Flows"))
        show_bridge(context, {"by": _by(context)})


def flow_breaks(context: Context, found: Flows) -> ClassBreaks:
    """Classes of the numbers of all pairs and triangles, by the reader's scheme."""
    state = context.state
    sizes = [found.size_of(one) for one in found.every]
    limits = state.breaks if state.scheme == MANUAL else ()
    return build_breaks([size for size in sizes if size is not None], state.scheme, state.k, limits=limits)


def _known(context: Context) -> frozenset[str]:
    return frozenset(cache.layer(context.state.view)["iso3"])


def build_flow_values(context: Context, found: Flows, breaks: ClassBreaks) -> Markup:
    """What the map shows, for its scripts to read."""
    state, t, known = context.state, context.t, _known(context)
    directed = state.followed.direction == STATED
    lines = build_lines(
        found,
        breaks,
        known,
        {one.key: _hover(context, found, one) for one in shown_lines(found, known)},
        chosen=state.followed.pair,
        directed=directed,
    )
    bounds = cache.flow_bounds(context.snapshot.id, state.view)
    payload = build_flow_payload(
        lines,
        _countries(context, found, known),
        Look(f"{context.snapshot.id[:8]}{state.at or ''}", bounds, state.at),
        state.view,
        t,
        home=context.settings.home,
        chosen=state.iso3,
        measure=t("Pairs and cooperation of three parties"),
    )
    return fill('<div hidden="" data-map="{key}">{values}</div>', key=_MAP, values=literal(payload))


def _countries(context: Context, found: Flows, known: frozenset[str]) -> dict[str, str]:
    """In how many pairs and triangles each country is."""
    number = Counter(end for one in found.every for end in set(one.ends))
    return {end: context.t.number(count) for end, count in number.items() if end in known}


def _hover(context: Context, found: Flows, one: Flow | Triangle) -> tuple[str, str, str, str]:
    """Name, number and remarks of a line."""
    t = context.t
    label = plain(size_label(found, context.vocabulary, t))
    return (
        flow_title(one, t, directed=context.state.followed.direction == STATED),
        f"{label}{t(': ')}{size_text(found, one, t)}",
        form_text(context, one),
        t("Press to list its records"),
    )


def form_text(context: Context, one: Flow | Triangle) -> str:
    """What form the cooperation has, and in how many records roles say who provides to whom."""
    t = context.t
    if isinstance(one, Triangle):
        return t("Three parties together: not split into pairs")
    if one.two_way:
        return t("Both ways: each is provider and partner")
    if one.directed:
        return t.n("Direction stated in {count} record", "Direction stated in {count} records", one.directed)
    return t("No direction stated")


def describe(context: Context, found: Flows) -> Markup:
    """What is shown, in generated sentences; records and pairs are never taken for one another."""
    t = context.t
    pairs = t.n("{count} pair", "{count} pairs", len(found.pairs))
    three = t.n(
        "{count} cooperation of three parties", "{count} cooperations of three parties", len(found.triangles)
    )
    said = [
        t.n("{count} record in the selection", "{count} records in the selection", found.overall.records),
        pairs,
        three,
    ]
    notes = [
        t("A record over several countries is once in each of its pairs: the records of pairs do not add up.")
    ]
    if group_members(context.state.selection) is not None:
        notes.append(t("Only pairs with one of the chosen countries are shown."))
    return fill(
        '<p class="atlas-sentence" role="status"><b>{label}</b>{colon}{said}. {notes}</p>',
        label=size_label(found, context.vocabulary, t),
        colon=t(": "),
        said=t.list(said),
        notes=" ".join(notes),
    )


def build_flow_legend(context: Context, found: Flows, breaks: ClassBreaks) -> Markup:
    """The classes of width, what is dashed, the mark of three parties, boundaries and shapes."""
    t, classes = context.t, len(breaks.upper)
    texts = class_texts(Shading(breaks, {}, {}, None), t) if classes else []
    sizes = [found.size_of(one) for one in found.every]
    missing = sizes.count(None)
    entries = [
        _entry(t.number(part.countries), text, class_width(number, classes))
        for number, (text, part) in enumerate(zip(texts, breaks.ranges, strict=True))
    ]
    if missing:
        planned = t("Planned only") if found.measure is None else t("No amount given to the pair")
        entries.append(_entry(t.number(missing), planned, 1.5, "dashed"))
    if found.triangles:
        entries.append(_entry(t.number(len(found.triangles)), t("Three parties together"), 3, "three"))
    known = _known(context)
    undrawn = len(found.pairs) + len(found.triangles) - len(shown_lines(found, known))
    told = t.n(
        "{count} is not drawn: it does not join two countries, or it is not among the largest {most}.",
        "{count} are not drawn: they do not join two countries, or they are not among the largest {most}.",
        undrawn,
        most=t.number(MOST_LINES),
    )
    origin = f"{boundary_statement(context.state.view, t)} {t('Shapes: Natural Earth, public domain.')}"
    return joined(
        [
            fill(
                '<div class="atlas-legend" role="list"><b>{title}</b>{entries}</div>',
                title=size_label(found, context.vocabulary, t),
                entries=joined(entries),
            ),
            build_note(told if undrawn else ""),
            build_note(origin),
        ]
    )


def _entry(count: str, text: str, width: float, looks: str = "pair") -> Markup:
    return fill(
        '<span role="listitem"><i class="line-{looks}" style="border-top-width:{width}px"></i>'
        "<span>{text} <small>({count})</small></span></span>",
        looks=looks,
        width=width,
        text=text,
        count=count,
    )


def build_chosen(context: Context, found: Flows, chosen: Flow | Triangle | None) -> Markup:
    """The chosen pair with its records, else the largest pairs to choose from."""
    t, key = context.t, context.state.followed.pair
    if chosen is not None:
        return build_records(context, found, chosen, form_text(context, chosen))
    gone = t("The pair of this address has no record in the selection.") if key else ""
    iso3 = context.state.iso3
    mine = [one for one in found.every if iso3 is None or iso3 in one.ends]
    largest = [one for one in mine if isinstance(one, Flow)][:_LISTED]
    three = [one for one in mine if isinstance(one, Triangle)][:_FEW]
    shown: list[Flow | Triangle] = [*largest, *three]
    return fill(
        '<section class="atlas-box"><h3>{title}</h3>{gone}{hint}<div class="atlas-partners">{pairs}</div>'
        "{ways}{close}</section>",
        title=context.country(iso3) if iso3 else t("Choose a pair"),
        gone=build_note(gone),
        hint=build_note(
            t("On the map, in this list, in the table or in the diagram.")
            if mine
            else t("Nothing in this portfolio passes all of these filters.")
        ),
        pairs=joined(
            fill(
                '<button data-choose="pair" data-code="{key}">{title}{colon}{size}</button>',
                key=one.key,
                title=flow_title(one, t),
                colon=t(": "),
                size=size_text(found, one, t),
            )
            for one in shown
        ),
        ways=build_ways(context, (iso3,)) if iso3 else Markup(),
        close=fill('<button class="atlas-close" data-close="">{text}</button>', text=t("Close"))
        if iso3
        else Markup(),
    )


def show_files(context: Context, found: Flows, chosen: Flow | Triangle | None) -> None:
    """The pairs, and the records of the chosen one, as files."""
    t = context.t
    with st.container(horizontal=True):
        _show_file(context, "flows", t("Download the pairs (CSV)"), lambda: pairs_csv(context, found))
        if chosen is not None:
            label = t("Download the records of this pair (CSV)")
            _show_file(context, "pair", label, lambda: records_csv(context, chosen), f"-{chosen.key}")


def _show_file(context: Context, name: str, label: str, build: Callable[[], bytes], about: str = "") -> None:
    st.download_button(
        label,
        build,
        file_name=f"{file_name(f'atlas-{name}{about}-{context.snapshot.id[:8]}')}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=f"take {name} csv",
    )


def pairs_csv(context: Context, found: Flows) -> bytes:
    """Every pair and triangle, also those that no drawing shows."""
    state, snapshot = context.state, context.snapshot
    provenance = {
        "filters": state.selection.spelled,
        "boundary_view": state.view,
        "snapshot": snapshot.id,
        "data_as_of": snapshot.as_of,
    }
    rows = flow_rows(found, provenance, context.t)
    return build_csv(rows, semicolons=context.t.lang != "en")


def records_csv(context: Context, chosen: Flow | Triangle) -> bytes:
    """The activities of a pair with their codes, marks and sources."""
    state, snapshot = context.state, context.snapshot.id
    rows = cache.flow_records(snapshot, state.selection, state.view, chosen, 0, None)
    words = (context.vocabulary, context.t)
    columns = (*SHOWN["activities"], "providers", "actors")
    told = table_rows(rows, columns, "activities", words, state.view, snapshot)
    return build_csv(told, semicolons=context.t.lang != "en")
