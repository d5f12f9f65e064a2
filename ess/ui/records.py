"""How a record, a figure and a source are shown: the same wherever they appear."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from ess.analysis.profile import FigureRow
from ess.analysis.records import Record
from ess.escape import markdown
from ess.exports.answer import place_name
from ess.exports.labels import code_label
from ess.locales.figures import worded_figure
from ess.portfolio.codes import CODE_LISTS
from ess.store.engine import Row
from ess.ui.context import Context
from geodata.codes import region_name

_BREAK = "  \n"  # a line break inside one Markdown paragraph
_STAGE_COLOURS = {"planned": "orange", "unknown": "gray", "suspended": "red", "cancelled": "red"}


def show_record(context: Context, record: Record) -> None:
    """One activity: title, stage, what it is, when, with whom, how classified, and where that is said."""
    t, row = context.t, record.activity
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{markdown(t.field(row, 'title'))}** {_stage_badge(context, row)}")
        st.markdown(markdown(t.field(row, "description")))
        lines = [*_record_lines(context, record), *source_lines(context, row, record.notes)]
        st.caption(_BREAK.join(lines))


def _stage_badge(context: Context, row: Row) -> str:
    colour = _STAGE_COLOURS.get(row["stage"], "green")
    badge = f":{colour}-badge[{markdown(code_label('stage', row['stage'], context.t))}]"
    if row["counted"] == "at_least_one":
        badge += f" :gray-badge[{markdown(context.t('At least one, not counted by the source'))}]"
    return badge


def _record_lines(context: Context, record: Record) -> list[str]:
    t, row = context.t, record.activity
    lines = [
        " · ".join((record_dates(context, row), markdown(code_label("modality", row["modality"], t)))),
        _actors_line(context, record.participants),
        _countries_line(context, record),
        _tags_line(context, record.tags),
    ]
    return [line for line in lines if line]


def record_places(context: Context, record: Record) -> str:
    """Countries and regions of a record, or that none is named; Markdown, escaped."""
    t = context.t
    places = [context.country(iso3) for iso3 in record.countries]
    places += [region_name(place["region"], t.lang) for place in record.places if place["region"]]
    return t.list(markdown(place) for place in places) or t("Without a country")


def record_dates(context: Context, row: Row) -> str:
    """The record's dates, no more precisely than they are known; undated is said."""
    t = context.t
    start = t.date(str(row["start"] or ""), row["start_precision"] or "unknown")
    end = t.date(str(row["end"] or ""), row["end_precision"] or "unknown")
    if not start and not end:
        return t("Undated")
    if not end or start == end:
        return start
    return f"{start} – {end}" if start else t("until {date}", date=end)


def _actors_line(context: Context, participants: Iterable[Row]) -> str:
    t = context.t
    actors = context.vocabulary.options["actor"]
    names = [
        f"{markdown(t.field(actors[row['actor']], 'name'))} "
        f"({markdown(code_label('participant_role', row['role'], t).lower())})"
        for row in participants
        if row["actor"] in actors
    ]
    return f"{t('Actors')}{t(': ')}{t.list(names)}" if names else ""


def _countries_line(context: Context, record: Record) -> str:
    """The countries of a record that has several: its figures are shared between them."""
    t = context.t
    if len(record.countries) < 2:
        return ""
    names = t.list(markdown(context.country(iso3)) for iso3 in record.countries)
    return t("In {countries} together; the split is not published.", countries=names)


def _tags_line(context: Context, tags: Iterable[Row]) -> str:
    """Classification of a record; what an analyst coded is marked so."""
    t = context.t
    by_coder: dict[str, list[str]] = {}
    for tag in tags:
        label = code_label(tag["scheme"], tag["code"], t) if tag["scheme"] in CODE_LISTS else tag["code"]
        prefix = {"SDG_goal": t("SDG {number}", number=tag["code"]), "DAC5": tag["code"]}.get(
            tag["scheme"], ""
        )
        text = markdown(" ".join(filter(None, (prefix, label if label != tag["code"] else ""))))
        by_coder.setdefault(tag["coded_by"], []).append(text)
    lines = []
    if by_coder.get("source"):
        lines.append(
            t("Classified by the source{colon}{codes}", colon=t(": "), codes=t.list(by_coder["source"]))
        )
    if by_coder.get("analyst"):
        lines.append(
            t(
                "Coded by an analyst, not by the source{colon}{codes}",
                colon=t(": "),
                codes=t.list(by_coder["analyst"]),
            )
        )
    return " · ".join(lines)


def source_lines(context: Context, row: Row, notes: Iterable[Row] = ()) -> list[str]:
    """What a reader must know of a row, then where it is said: lines of Markdown, escaped."""
    t = context.t
    remarks = [t.field(row, "note"), *(_note_text(context, note) for note in notes)]
    lines = [f":material/info: {markdown(text)}" for text in remarks if text]
    if row["source"]:
        lines.append(f":material/format_quote: {source_reference(context, row['source'], row['locator'])}")
    return lines


def _note_text(context: Context, note: Row) -> str:
    return (
        f"{code_label('note_kind', note['kind'], context.t)}{context.t(': ')}{context.t.field(note, 'text')}"
    )


def source_reference(context: Context, source_id: str, locator: str | None) -> str:
    """Outlet, author, date, who relayed it, and where in it: Markdown, escaped."""
    t = context.t
    source = context.vocabulary.options["source"].get(source_id)
    if source is None:
        return markdown(source_id)
    date = t.date(str(source["published"] or ""), source["published_precision"] or "unknown")
    parts = [
        source["outlet"],
        source["author"],
        date or t("date not known"),
        t("via {relay}", relay=source["via"]) if source["via"] else "",
        code_label("grade", source["grade"], t),
        locator.replace(" ", "\u00a0") if locator else "",
    ]
    return f"{t('Source')}{t(': ')}" + " · ".join(markdown(part) for part in parts if part)


def show_figure(context: Context, figure: FigureRow, siblings: Mapping[str, int]) -> None:
    """One figure: value with qualifier, unit, what it counts, period, additivity, source, ambiguity.

    `siblings` counts the figures of each overlap group on the page.
    """
    t, row = context.t, figure.result
    indicator = context.vocabulary.indicators[row["indicator"]]
    unit = code_label("unit", row["unit"], t) if row["unit"] else ""
    with st.container(border=True, gap="xsmall", height="stretch"):
        st.markdown(f"#### {worded_figure(t, row['value'], row['qualifier'])} {markdown(unit)}")
        st.markdown(markdown(t.field(indicator, "label")))
        lines = [*_figure_lines(context, figure, siblings), *source_lines(context, row, figure.notes)]
        st.caption(_BREAK.join(lines))


def _figure_lines(context: Context, figure: FigureRow, siblings: Mapping[str, int]) -> list[str]:
    t, row = context.t, figure.result
    about = _about(context, row)
    lines = [about] if about else []
    lines.append(_period(context, row))
    if figure.is_shared:
        places = [context.country(iso3) for iso3 in figure.countries]
        places += [place_name(region, t) for region in figure.elsewhere]
        names = t.list(markdown(place) for place in places)
        lines.append(t("A total for {countries} together: no country's share is published.", countries=names))
    if row["derivation"]:
        lines.append(
            t("Derived, not stated{colon}{formula}", colon=t(": "), formula=markdown(row["derivation"]))
        )
    if row["overlap_group"] and siblings.get(row["overlap_group"], 0) > 1:
        lines.append(t("Not to be added to the other figure of this group: they may count the same."))
    elif not row["additive"]:
        lines.append(t("Not to be added to other figures."))
    return lines


def _about(context: Context, row: Row) -> str:
    """What the figure is stated of, when that is a programme or an institution."""
    t = context.t
    if row["programme"] in context.vocabulary.options["programme"]:
        programme = context.vocabulary.options["programme"][row["programme"]]
        return f"{t('Programme')}{t(': ')}{markdown(t.field(programme, 'title'))}"
    if row["actor"] in context.vocabulary.options["actor"]:
        actor = context.vocabulary.options["actor"][row["actor"]]
        return f"{t('Actor')}{t(': ')}{markdown(t.field(actor, 'name'))}"
    return ""


def figure_words(context: Context, row: Row) -> tuple[str, str, str]:
    """A figure's label, its value with its qualifier in words, and its unit (empty where it has none)."""
    t = context.t
    label = t.field(context.vocabulary.indicators[row["indicator"]], "label")
    unit = code_label("unit", row["unit"], t) if row["unit"] else ""
    return label, worded_figure(t, row["value"], row["qualifier"]), unit


def figure_line(context: Context, row: Row) -> str:
    """A figure in one line of Markdown: label, value with its qualifier, unit."""
    label, value, unit = figure_words(context, row)
    return f"{markdown(label)}{context.t(': ')}**{value}** {markdown(unit)}".strip()


def _period(context: Context, row: Row) -> str:
    """The period of a figure in words."""
    t = context.t
    start, end = t.date(str(row["period_start"] or "")), t.date(str(row["period_end"] or ""))
    basis = code_label("period_basis", row["period_basis"], t)
    days = " – ".join(filter(None, (start, end)))
    return f"{basis}{t(': ')}{days}" if days else basis
