"""Over time: a small map and a column for each year, all in the same classes, the undated by themselves."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from ess.analysis.by_country import State
from ess.analysis.comparing import RECORDS, Known
from ess.analysis.selection import Selection, group_members, undated_of
from ess.analysis.years import COUNTRIES, Asked, ByYear, spread_amounts, spread_over_years
from ess.escape import Markup, file_name, fill, joined
from ess.exports.comparing import UNDATED
from ess.exports.labels import measure_label
from ess.exports.tables import build_csv
from ess.exports.years import year_rows
from ess.locales.figures import compact_figure, short_figure
from ess.maps.multiples import build_multiples
from ess.maps.payload import Scene
from ess.ui import cache
from ess.ui.bridge import show_bridge
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_display,
    build_filters,
    build_measures,
    build_menu,
    build_search,
    build_unknown,
    show_controls,
)
from ess.ui.html import build_note, show_html
from ess.ui.joint import build_joint_legend, build_scenes
from ess.ui.links import page_link
from ess.ui.listing import build_turn, build_turns, page_of
from ess.ui.take_away import show_passing_on

#: Years side by side; the latest are shown first.
SHOWN = 24
_CHOSEN, _NOT_CHOSEN = fill(' aria-pressed="true"'), fill(' aria-pressed="false"')


def show_years_page() -> None:
    """What is shown over time and under which selection; below it the years."""
    context = read_context()
    t = context.t
    st.markdown(f"## {t('Over time')}")
    show_controls(
        context,
        build_measures(context),
        build_menu(t("Filters"), "filters", joined([build_search(context), build_filters(context)])),
        build_menu(t("Display"), "display", build_display(context)),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=t("Reset")),
    )
    show_years()


@st.fragment
def show_years() -> None:
    """Columns, maps, legend: a fragment, so that a choice reruns no more than this."""
    context = read_context()
    years = years_shown(context)
    above = (build_unknown(context), build_active_filters(context))
    if not years:
        show_html(context, *above, build_note(context.t("No record of this portfolio is dated.")))
        show_bridge(context)
        return
    selections = select_years(context, years)
    scenes = build_scenes(context, list(selections.values()))
    show_html(
        context,
        *above,
        build_columns(context, spread(context, selections), years),
        build_maps(context, dict(zip(selections, scenes, strict=True))),
        build_way_through(context, years),
        build_joint_legend(
            _asking_for(context, years),
            scenes,
            context.t("The same classes on all maps, made from the values of all of them together."),
        ),
    )
    show_ways(context)
    show_file(context, selections)
    label = measure_label(context.state.measure, context.vocabulary, context.t)
    show_passing_on(context, f"{context.t('Over time')} – {label}")
    show_bridge(context)


def years_shown(context: Context) -> list[str]:
    """The years side by side, ascending: the latest ones, or as many before them as was turned back."""
    years = list(context.vocabulary.options["year"])
    back = page_of(context.state.years_page, len(years), SHOWN) - 1
    end = len(years) - back * SHOWN
    return years[max(0, end - SHOWN) : end]


def select_years(context: Context, years: Sequence[str]) -> dict[str, Selection]:
    """The reader's selection in each year, whatever years it asks for; its undated under `UNDATED`."""
    selection = context.state.selection
    return {year: replace(selection, year=(year,)) for year in years} | {UNDATED: undated_of(selection)}


def _asking_for(context: Context, years: Sequence[str]) -> Context:
    """The context as if the reader had chosen these years: what must be said of a year's figures holds."""
    selection = replace(context.state.selection, year=tuple(years))
    return replace(context, state=replace(context.state, selection=selection))


def ask(context: Context, selection: Selection) -> Asked:
    """What is known of one year."""
    state, snapshot = context.state, context.snapshot.id
    return Asked(
        cache.tally(snapshot, selection, state.view),
        cache.answer(snapshot, state.measure, selection, state.view),
    )


def spread(context: Context, selections: Mapping[str, Selection]) -> ByYear | None:
    """What is dated in each of the years, and what is undated.

    None for amounts under a filter on countries: what no country has a claim on is that of the whole
    selection, so a total of the countries asked for is not known.
    """
    state = context.state
    if state.measure.kind == "amount":
        whole = replace(state.selection, year=())
        if group_members(whole) is not None:
            return None
        found = cache.amounts_by_year(context.snapshot.id, state.measure, whole, state.view)
        return spread_amounts(state.measure, found, [year for year in selections if year != UNDATED])
    asked = {year: ask(context, selection) for year, selection in selections.items()}
    undated = asked.pop(UNDATED)
    return spread_over_years(state.measure, asked, undated)


def build_columns(context: Context, found: ByYear | None, years: Sequence[str]) -> Markup:
    """A column a year on one scale from zero, and the undated by themselves."""
    t = context.t
    if found is None:
        return build_note(
            t("Amounts of a few countries have no total by year: what is not divided among them has no part.")
        )
    largest = max((_height(known) for known in (*found.years.values(), found.undated)), default=0.0) or 1.0
    columns = [_column(context, year, found.years[year], largest) for year in years]
    columns.append(_column(context, UNDATED, found.undated, largest))
    return fill(
        '<section class="atlas-section"><h3>{title}</h3>'
        '<div class="atlas-columns" role="group" aria-label="{title}" tabindex="0">{columns}</div>{notes}'
        "</section>",
        title=_title(context, found),
        columns=joined(columns),
        notes=build_note(" ".join(_said(context, found))),
    )


def _title(context: Context, found: ByYear) -> str:
    t = context.t
    label = measure_label(context.state.measure, context.vocabulary, t)
    if found.undated.unit == COUNTRIES:
        return t("Countries with a figure, by year: {measure}", measure=label)
    return t("By year: {measure}", measure=label)


def _said(context: Context, found: ByYear) -> list[str]:
    t = context.t
    if context.state.measure.kind == "amount":
        return [t("By the date of each amount; those without one have a column of their own.")]
    said = [
        t(
            "A record stands under every year that its period touches, so the years do not add up to a "
            "total. Undated records have a column and a map of their own; they stay under any year that is "
            "chosen."
        )
    ]
    if any(known.planned for known in (*found.years.values(), found.undated)):
        said.append(t("Dotted: planned only."))
    return said


def _height(known: Known) -> float:
    return abs(known.value or 0.0) + (known.planned if known.unit == RECORDS else 0)


def _column(context: Context, year: str, known: Known, largest: float) -> Markup:
    planned = known.planned if known.unit == RECORDS else 0
    inside = fill(
        '<b title="{whole}">{figure}</b><i class="planned" style="height:{planned}%"></i>'
        '<i style="height:{height}%"></i><span>{name}</span>',
        whole=short_figure(context.t, known.value, known.qualifier) if known.value is not None else "",
        figure=_figure(context, known).replace("\u00a0", " "),  # a scale may stand below its number
        planned=f"{78 * planned / largest:.1f}",
        height=f"{78 * abs(known.value or 0.0) / largest:.1f}",
        name=year_name(context, year),
    )
    if year == UNDATED:
        return fill('<div class="column undated">{inside}</div>', inside=inside)
    return _button(context, year, "column", inside)


def _button(context: Context, year: str, looks: str, inside: Markup) -> Markup:
    """A year to be chosen; pressed again it is let go."""
    chosen = year in context.state.selection.year
    return fill(
        '<button class="{looks}" data-choose="year" data-code="{code}"{chosen}>{inside}</button>',
        looks=looks,
        code="" if chosen else year,
        chosen=_CHOSEN if chosen else _NOT_CHOSEN,
        inside=inside,
    )


def _figure(context: Context, known: Known) -> str:
    """The figure of a column, with planned records beside it; a dash for nothing dated, which is no zero."""
    t = context.t
    firm = compact_figure(t, known.value, known.qualifier) if known.value is not None else ""
    planned = f"+{t.number(known.planned)}" if known.planned and known.unit == RECORDS else ""
    return f"{firm} {planned}".strip() or "–"


def year_name(context: Context, year: str) -> str:
    """The year itself, or the word for what has none."""
    return context.t("Undated") if year == UNDATED else year


def build_maps(context: Context, scenes: Mapping[str, Scene]) -> Markup:
    """A small map a year, and one of the undated: parts of one image, in which the shapes stand once."""
    image = b64encode(build_multiples(list(scenes.values())).encode()).decode()
    cells = joined(
        _cell(context, year, scene, number, len(scenes))
        for number, (year, scene) in enumerate(scenes.items())
    )
    return fill(
        '<section class="atlas-section"><h3>{title}</h3>'
        '<div class="atlas-multiples" style="--maps:url(data:image/svg+xml;base64,{image});--count:{count}">'
        "{cells}</div></section>",
        title=context.t("A map for each year"),
        image=image,
        count=len(scenes),
        cells=cells,
    )


def _cell(context: Context, year: str, scene: Scene, number: int, count: int) -> Markup:
    inside = fill(
        '<span class="name">{name}</span><i style="background-position:0 {at}%"></i><small>{said}</small>',
        name=year_name(context, year),
        at=f"{100 * number / max(1, count - 1):.4f}",
        said=_countries(context, scene),
    )
    if year == UNDATED:
        return fill('<div class="cell undated">{inside}</div>', inside=inside)
    return _button(context, year, "cell", inside)


def _countries(context: Context, scene: Scene) -> str:
    """How many countries a small map shows with a figure, and how many without one."""
    t, fills = context.t, scene.shading.counts
    figures = len(scene.shading.classed)
    others = sum(fills.get(state, 0) for state in (State.PRESENT, State.PLANNED))
    said = []
    if figures:
        said.append(t.n("{count} country with a figure", "{count} countries with a figure", figures))
    if others:
        said.append(t.n("{count} without", "{count} without", others))
    return " · ".join(said) or t("No record")


def build_way_through(context: Context, years: Sequence[str]) -> Markup:
    """Where among all years these are, and the ways to the others; nothing where all are shown."""
    t, known = context.t, len(context.vocabulary.options["year"])
    page, last = page_of(context.state.years_page, known, SHOWN), page_of(known, known, SHOWN)
    if last == 1:
        return Markup()
    return build_turns(
        context,
        f"{years[0]} – {years[-1]}",
        build_turn("years_at", page + 1, t("Earlier years")) if page < last else Markup(),
        build_turn("years_at", page - 1, t("Later years")) if page > 1 else Markup(),
    )


def show_ways(context: Context) -> None:
    """To the large map and to the records, of the chosen years or of all."""
    t = context.t
    years = t.list(context.state.selection.year)
    with st.container(horizontal=True, key="years-ways"):
        page_link(
            context,
            "map",
            t("On the map: {years}", years=years) if years else t("On the map: all years"),
            icon=":material/map:",
        )
        page_link(
            context,
            "explore",
            t("Records: {name}", name=years) if years else t("Records: all years"),
            icon=":material/table:",
        )


def show_file(context: Context, selections: Mapping[str, Selection]) -> None:
    """The years as a file: what is known of every country in each."""
    t = context.t
    provenance = {
        "filters": replace(context.state.selection, year=()).spelled,
        "boundary_view": context.state.view,
        "snapshot": context.snapshot.id,
        "data_as_of": context.snapshot.as_of,
    }
    st.download_button(
        t("Download these years (CSV)"),
        lambda: build_csv(
            year_rows(
                {year: ask(context, selection).answer for year, selection in selections.items()},
                measure_label(context.state.measure, context.vocabulary, t),
                provenance,
                t,
            ),
            semicolons=t.lang != "en",
        ),
        file_name=file_name(f"atlas-years-{context.state.measure.key}-{context.snapshot.id[:8]}") + ".csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="take years csv",
    )
