"""The country page: what there is, in which records, with which figures, and what each rests on."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from ess.analysis.profile import LISTED, CountryProfile, FigureRow, neighbours
from ess.analysis.records import Record
from ess.analysis.selection import Selection
from ess.escape import markdown
from ess.exports.labels import TYPES_PLURAL, code_label, group_badge
from ess.locales.figures import short_figure
from ess.maps.payload import Look, bounds_of
from ess.ui import cache
from ess.ui.boundaries import boundary_statement
from ess.ui.bridge import show_bridge
from ess.ui.classing import classed
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_boundary_view,
    build_country_field,
    build_unknown,
    show_controls,
)
from ess.ui.html import show_html
from ess.ui.links import page_link
from ess.ui.map_view import show_map
from ess.ui.records import record_dates, record_places, show_figure, show_record
from ess.ui.scene import build_scene, build_values
from ess.ui.take_away import build_country_take_away
from geodata import groups
from geodata.codes import country_names, region_name

_MAP, _MAP_HEIGHT = "country-map", 300


def show_country_page() -> None:
    """The chosen country's page; without one, the way to choose it."""
    context = read_context()
    show_controls(context, build_country_field(context), build_boundary_view(context))
    show_html(context, build_unknown(context), build_active_filters(context))
    show_bridge(context)
    if context.state.iso3 is None:
        show_partners(context)
        return
    profile = cache.profile(
        context.snapshot.id, context.state.iso3, context.state.selection, context.state.view
    )
    show_country_header(context, profile)
    main, aside = st.columns([7, 4], gap="medium")
    with aside:
        show_small_map(context, profile.iso3)
        show_actors(context, profile)
    with main:
        show_content(context, profile)
    show_html(context, build_country_take_away(context, context.country(profile.iso3)))


def show_partners(context: Context) -> None:
    """Partner countries to choose from."""
    st.info(context.t("Choose a country above, or one of the partner countries:"), icon=":material/flag:")
    _country_links(context, _partners(context))


def _partners(context: Context) -> list[str]:
    """Partner countries in the order of their names, then the home country where there is one."""
    found = cache.headlines(context.snapshot.id, Selection(), context.state.view)
    home = [context.settings.home] if context.settings.home else []
    return [*sorted([*found.partners, *found.planned_only], key=context.country), *home]


def _country_links(context: Context, codes: Iterable[str]) -> None:
    with st.container(horizontal=True):
        for iso3 in codes:
            page_link(context, "country", markdown(context.country(iso3)), iso3=iso3)


def show_country_header(context: Context, profile: CountryProfile) -> None:
    """Names in three languages, region, groups, and the partners before and after."""
    t, iso3 = context.t, profile.iso3
    names = country_names()[iso3]
    st.markdown(f"## {markdown(context.country(iso3))}")
    others = [name for lang, name in names.items() if lang != t.lang]
    place = cache.layer("un").set_index("iso3")
    regions = (
        [place.loc[iso3, column] for column in ("region", "subregion", "intermediate")]
        if iso3 in place.index
        else []
    )
    st.caption(
        " · ".join(
            markdown(text)
            for text in (*others, iso3, *(region_name(code, t.lang) for code in regions if code))
        )
    )
    show_groups(context, iso3)
    before, after = neighbours(_partners(context), iso3)
    with st.container(horizontal=True):
        if before:
            page_link(
                context,
                "country",
                markdown(context.country(before)),
                icon=":material/chevron_left:",
                iso3=before,
            )
        if after:
            page_link(
                context,
                "country",
                markdown(context.country(after)),
                icon=":material/chevron_right:",
                iso3=after,
            )
        page_link(context, "map", t("Back to the map"), icon=":material/map:")


def show_groups(context: Context, iso3: str) -> None:
    """The groups the country belongs to; a star marks a list not yet checked against its source."""
    t = context.t
    found = [group for group in groups.groups_of(iso3) if group.kind != "region"]
    if not found:
        return
    st.markdown(" ".join(f":gray-badge[{markdown(group_badge(group, t))}]" for group in found))
    if any(group.status == groups.TO_VERIFY for group in found):
        st.caption(markdown(t("* List of members not yet checked against its source.")))


def show_small_map(context: Context, iso3: str) -> None:
    """The country on the map of all records, as the boundary view draws it."""
    state = context.state
    found = cache.joined(context.snapshot.id, state.measure, state.selection, state.view)
    shading = classed(context)
    look = Look(f"{iso3}-{state.view}", bounds_of(found.frame, [iso3]))
    with st.container(key="country-map-frame"):  # keeps the map's place while its frame loads: see style.css
        show_map(_MAP, _MAP_HEIGHT)
    show_html(context, build_values(context, build_scene(context, found, shading, look), _MAP))
    st.caption(boundary_statement(state.view, context.t))


def show_content(context: Context, profile: CountryProfile) -> None:
    """Counts, figures, records by type, time; or what is near when nothing is recorded."""
    if profile.is_empty:
        show_nothing_recorded(context, profile.iso3)
        return
    show_counts(context, profile)
    show_figures(context, profile)
    show_records_by_type(context, profile)
    show_provided(context, profile)
    show_timeline(context, profile)


def show_nothing_recorded(context: Context, iso3: str) -> None:
    """Say that nothing is recorded, and offer the nearest countries with a record."""
    t = context.t
    st.info(
        t(
            "No record of {country} in this portfolio. That is not a zero: "
            "nothing was found in the sources used.",
            country=markdown(context.country(iso3)),
        ),
        icon=":material/info:",
    )
    layer = cache.layer(context.state.view).set_index("iso3")
    partners = _partners(context)
    for column in ("intermediate", "subregion", "region"):
        if iso3 not in layer.index or not layer.loc[iso3, column]:
            continue
        near = [
            code
            for code in partners
            if code in layer.index and layer.loc[code, column] == layer.loc[iso3, column]
        ]
        if near:
            st.markdown(
                t(
                    "With a record, in {region}:",
                    region=markdown(region_name(layer.loc[iso3, column], t.lang)),
                )
            )
            _country_links(context, near)
            return
    st.markdown(t("Countries with a record:"))
    _country_links(context, partners)


def show_counts(context: Context, profile: CountryProfile) -> None:
    """How many records of each type, at which stage."""
    t = context.t
    if not profile.by_type:
        return
    ordered = [code for code in TYPES_PLURAL if code in profile.by_type]
    for cell, code in zip(st.columns(max(len(ordered), 3)), ordered, strict=False):
        count = profile.by_type[code]
        with cell:
            value = short_figure(t, count.firm, count.qualifier) if count.firm else "–"
            st.metric(t(TYPES_PLURAL[code]), value)
            st.caption(
                ", ".join(
                    f"{code_label('stage', stage, t)}{t(': ')}{t.number(number)}"
                    for (of_type, stage), number in profile.stages.items()
                    if of_type == code
                )
            )


def show_figures(context: Context, profile: CountryProfile) -> None:
    """Own figures, then those shared with other countries, named as such."""
    t = context.t
    _figure_section(context, t("Stated figures"), profile.figures, profile)
    show_rest(context, profile.figure_count)
    if not profile.figures and profile.records:
        st.markdown(f"#### {t('Stated figures')}")
        st.caption(t("No figure of its own is stated. Missing is not zero."))
    _figure_section(context, t("Figures shared with other countries"), profile.shared, profile)
    show_rest(context, profile.shared_count)


def _figure_section(
    context: Context, title: str, figures: tuple[FigureRow, ...], profile: CountryProfile
) -> None:
    if not figures:
        return
    st.markdown(f"#### {title}")
    figures = figures[:LISTED]
    for start in range(0, len(figures), 2):
        for cell, figure in zip(st.columns(2), figures[start : start + 2], strict=False):
            with cell:
                show_figure(context, figure, profile.siblings)


def show_records_by_type(context: Context, profile: CountryProfile) -> None:
    """Agreements, projects, trainings, events … as separate lists."""
    for code, title in TYPES_PLURAL.items():
        of_type = [record for record in profile.records if record.activity["type"] == code]
        if not of_type:
            continue
        count = sum(number for (kind, _), number in profile.stages.items() if kind == code)
        st.markdown(f"#### {context.t(title)} ({context.t.number(count)})")
        for record in of_type[:LISTED]:
            show_record(context, record)
        show_rest(context, count)


def show_rest(context: Context, count: int) -> None:
    """Say that a list stops, and how to see the rest; nothing for a list that is complete."""
    if count > LISTED:
        number = context.t.number(LISTED)
        st.caption(context.t("The first {count} records; filter to see others.", count=number))


def show_provided(context: Context, profile: CountryProfile) -> None:
    """What the country provides elsewhere: shown apart, counted in the partners and never here."""
    if not profile.provided:
        return
    t = context.t
    st.markdown(
        f"#### {t('What {country} brings to its partners', country=markdown(context.country(profile.iso3)))}"
    )
    st.caption(t("These records count in the partner countries, never a second time here."))
    for code, title in TYPES_PLURAL.items():
        of_type = [record for record in profile.provided if record.activity["type"] == code]
        if not of_type:
            continue
        count = profile.provided_by_type[code]
        st.markdown(f"**{t(title)} ({t.number(count)})**")
        st.markdown("\n".join(f"- {_provided_line(context, record)}" for record in of_type[:LISTED]))
        show_rest(context, count)


def _provided_line(context: Context, record: Record) -> str:
    t = context.t
    stage = code_label("stage", record.activity["stage"], t)
    title = markdown(t.field(record.activity, "title"))
    return f"{title} — {record_places(context, record)} ({markdown(stage)})"


def show_timeline(context: Context, profile: CountryProfile) -> None:
    """Dated records in order; the undated apart, so that none is lost."""
    t = context.t
    st.markdown(f"#### {t('In time')}")
    lines = [
        f"- **{markdown(record_dates(context, row))}** — {markdown(t.field(row, 'title'))}"
        for row in profile.in_time[:LISTED]
    ]
    if lines:
        st.markdown("\n".join(lines))
        show_rest(context, profile.dated_count)
    if profile.undated:
        names = [markdown(t.field(row, "title")) for row in profile.undated[:LISTED]]
        names += ["…"] if profile.undated_count > LISTED else []
        st.caption(
            t.n(
                "{count} undated record: {names}",
                "{count} undated records: {names}",
                profile.undated_count,
                names=t.list(names),
            )
        )


def show_actors(context: Context, profile: CountryProfile) -> None:
    """Who takes part in the country's records."""
    t = context.t
    if not profile.actor_ids:
        return
    actors = context.vocabulary.options["actor"]
    st.markdown(f"**{t('Actors')}**")
    listed = profile.actor_ids[:LISTED]
    for actor_id in listed:
        actor = actors[actor_id]
        kind = code_label("actor_type", actor["type"], t)
        st.markdown(f"- {markdown(t.field(actor, 'name'))} — {markdown(kind)}")
    rest = profile.actor_count - len(listed)
    if rest:
        st.caption(t.n("and {count} other", "and {count} others", rest))
