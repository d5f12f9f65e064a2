"""Data quality: how much of the records is known, how old it is, by actor, and what is lacking in which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa
import streamlit as st

from ess.analysis.quality import LACKS, NO_ACTOR, Gaps, Known, Quality
from ess.escape import Markup, file_name, fill, joined, markdown
from ess.exports.gaps import LACK_LABELS, WHY, build_gap_workbook, gap_rows
from ess.exports.labels import FILTER_LABELS, code_label, option_label
from ess.exports.tables import build_csv
from ess.locales import N_
from ess.ui import cache
from ess.ui.bridge import show_bridge
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_boundary_view,
    build_filters,
    build_menu,
    build_unknown,
    show_controls,
)
from ess.ui.html import build_note, show_html
from ess.ui.listing import build_choice_of, build_pager, page_of
from ess.ui.take_away import show_passing_on

_LISTED = 40
_MOST_ACTORS = 200
_MOST_TAKEN = 50_000
"""Records in one file: a longer list is nobody's work, and building it would fill the memory."""
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

#: What is told of each thing that a record may have: how many do.
_HAVE: Mapping[str, str] = {
    "place": N_("Placed in a country or a region"),
    "date": N_("Dated"),
    "source": N_("With a source"),
    "published": N_("With a dated source, of those with a source"),
    "figure": N_("With a stated figure"),
    "amount": N_("With a stated amount"),
    "split": N_("With a published share for every place, of those in several places"),
    "stage": N_("With a known stage"),
    "modality": N_("With a known modality"),
    "actor": N_("With an actor"),
    "tag": N_("Classified"),
}
_PLACE_LABELS: Mapping[str, str] = {
    "country": N_("in a country"),
    "region": N_("in a region only"),
    "nowhere": N_("nowhere"),
}
_PRECISION_LABELS: Mapping[str, str] = {
    "day": N_("to the day"),
    "month": N_("to the month"),
    "year": N_("to the year"),
    "unknown": N_("precision not stated"),
}
_CODED_LABELS: Mapping[str, str] = {
    "source": N_("by the source"),
    "analyst": N_("by an analyst only"),
}
#: What the table by actor tells.
_BY_ACTOR = ("place", "date", "source", "figure", "amount", "stage")


def show_quality_page() -> None:
    """The filters of the map; below them what they change."""
    context = read_context()
    t = context.t
    st.markdown(f"## {t('Data quality')}")
    show_controls(
        context,
        build_menu(t("Filters"), "filters", build_filters(context)),
        build_boundary_view(context),
        build_choice_of(t("Records that lack"), "lacking", _lacks(context), context.state.wanting.lacking),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=t("Reset")),
    )
    show_known()


def _lacks(context: Context) -> dict[str, str]:
    return {"": context.t("Anything"), **{what: context.t(LACK_LABELS[what]) for what in LACKS}}


@st.fragment
def show_known() -> None:
    """Counts, ages, actors, gaps: a fragment, so that a choice reruns no more than this."""
    context = read_context()
    state = context.state
    found = cache.quality(context.snapshot.id, state.selection, state.view)
    numbers = cache.gap_numbers(
        context.snapshot.id,
        state.selection,
        state.view,
        state.wanting.lacking or None,
        state.wanting.keeper or None,
    )
    show_html(
        context,
        build_unknown(context),
        build_active_filters(context),
        build_overview(context, found),
        build_ages(context, found),
        build_actors(context, found),
        build_gaps(context, numbers),
    )
    show_files(context, numbers)
    show_passing_on(context, context.t("Data quality"))
    show_bridge(context)


def of_all(context: Context, count: int, total: int) -> str:
    """A count with its denominator: ``17 of 24``."""
    t = context.t
    return t("{count} of {total}", count=t.number(count), total=t.number(total))


def build_overview(context: Context, found: Quality) -> Markup:
    """How many records have what, each with its denominator and the way to those that lack it."""
    t = context.t
    records = found.overall.records
    told = t.n("{count} record in the selection", "{count} records in the selection", records)
    lines = joined(_overview_line(context, found, what) for what in LACKS)
    return fill(
        '<section class="atlas-section" data-part="known"><p class="atlas-sentence"><b>{told}</b></p>'
        '<dl class="atlas-known">{lines}</dl>{note}</section>',
        told=told,
        lines=lines,
        note=build_note(t("Counts, never a score. What is not stated is missing; it is not zero.")),
    )


def _overview_line(context: Context, found: Quality, what: str) -> Markup:
    t, known = context.t, found.overall
    asked, lacking = known.asked[what], known.lacking[what]
    return fill(
        '<div data-known="{what}"><dt>{label}</dt><dd><b>{figure}</b> {bar}</dd>'
        '<dd class="atlas-note">{parts}</dd><dd>{way}</dd></div>',
        what=what,
        label=t(_HAVE[what]),
        figure=of_all(context, known.having(what), asked),
        bar=_bar(known.having(what), asked),
        parts=" · ".join(_parts(context, found, what)),
        way=fill(
            '<button data-choose="lacking" data-code="{what}">{text}</button>',
            what=what,
            text=t.n("{count} lacks it", "{count} lack it", lacking),
        )
        if lacking
        else Markup(),
    )


def _bar(count: int, total: int) -> Markup:
    """A count beside its denominator; none where there is nothing to ask of."""
    if not total:
        return Markup()
    return fill(
        '<i class="atlas-bar" aria-hidden="true"><i style="width:{share}%"></i></i>',
        share=f"{100 * count / total:.1f}",
    )


def _parts(context: Context, found: Quality, what: str) -> list[str]:
    """What a count is made of, where that is known."""
    t = context.t
    labels: Mapping[str, str] = {}
    counts: Mapping[str, int] = {}
    match what:
        case "place":
            labels, counts = _PLACE_LABELS, found.places
        case "date":
            labels, counts = _PRECISION_LABELS, found.precisions
        case "tag":
            labels, counts = _CODED_LABELS, found.coded
        case "source":
            return [
                f"{code_label('grade', grade, t) if grade else t('kind of evidence not known')}{t(': ')}"
                f"{t.number(count)}"
                for grade, count in sorted(found.grades.items(), key=lambda item: -item[1])
            ]
    return [f"{t(labels[code])}{t(': ')}{t.number(counts[code])}" for code in labels if counts[code]]


def build_ages(context: Context, found: Quality) -> Markup:
    """The latest dated source of each record, by year; what is undated stands apart."""
    t, known = context.t, found.overall
    lines = [
        _age_line(str(year), of_all(context, count, known.records), _bar(count, known.records))
        for year, count in sorted(found.years.items())
    ]
    apart = (
        (t("With a source, none of them dated"), known.lacking["published"]),
        (t("Without any source"), known.records - known.asked["published"]),
    )
    lines += [
        _age_line(label, of_all(context, count, known.records), _bar(count, known.records))
        for label, count in apart
        if count
    ]
    return fill(
        '<section class="atlas-section" data-part="ages"><h4>{title}</h4>{hint}'
        '<dl class="atlas-ages">{lines}</dl></section>',
        title=t("How old: the latest dated source of each record"),
        hint=build_note(t("A source of the record itself or of one of its figures.")),
        lines=joined(lines),
    )


def _age_line(label: str, count: str, bar: Markup) -> Markup:
    return fill("<div><dt>{label}</dt><dd><b>{count}</b> {bar}</dd></div>", label=label, count=count, bar=bar)


def build_actors(context: Context, found: Quality) -> Markup:
    """Actors by the number of their records; a record counts with each of its actors."""
    t = context.t
    if not found.by_actor:
        return Markup()
    most = sorted(found.by_actor.items(), key=lambda item: (-item[1].records, item[0]))[:_MOST_ACTORS]
    heads = [
        (t("Actor"), ""),
        (t("Records"), "number"),
        *((t(LACK_LABELS[what]), "number") for what in _BY_ACTOR),
    ]
    heads.append((t("Latest dated source"), "number"))
    rest = len(found.by_actor) - len(most)
    return fill(
        '<section class="atlas-section" data-part="actors"><h4>{title}</h4>{hint}<div class="atlas-table" '
        'tabindex="0"><table aria-label="{title}"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody>'
        "</table></div>{rest}</section>",
        title=t("By actor"),
        hint=build_note(t("How many records of each have it. A record counts with each of its actors.")),
        heads=joined(
            fill(
                '<th scope="col" class="{kind}"><button data-sort="">{text}</button></th>',
                kind=kind,
                text=text,
            )
            for text, kind in heads
        ),
        rows=joined(_actor_row(context, code, known) for code, known in most),
        rest=build_note(
            t.n("{count} other actor has fewer records.", "{count} other actors have fewer records.", rest)
            if rest
            else ""
        ),
    )


def _actor_row(context: Context, code: str, known: Known) -> Markup:
    t = context.t
    cells = [
        _number(t.number(known.records), known.records),
        *(
            _number(of_all(context, known.having(what), known.asked[what]), known.having(what))
            for what in _BY_ACTOR
        ),
        _number(str(known.latest), known.latest) if known.latest else _number("–", ""),
    ]
    return fill(
        '<tr{current}><td><button data-choose="keeper" data-code="{code}">{name}</button></td>{cells}</tr>',
        current=_CURRENT if code == context.state.wanting.keeper else "",
        code=code,
        name=actor_name(context, code),
        cells=joined(cells),
    )


_CURRENT = fill(' aria-current="true"')


def _number(text: str, value: object) -> Markup:
    return fill('<td class="number" data-value="{value}">{text}</td>', value=value, text=text)


def actor_name(context: Context, code: str) -> str:
    """The actor's name in the reader's language; its id where it has no row."""
    known = code in context.vocabulary.options["actor"]
    return option_label("actor", code, context.vocabulary, context.t) if known else code


def build_gaps(context: Context, numbers: pa.Array) -> Markup:
    """The records that lack something, a page of them, with all that each lacks."""
    t, wanting = context.t, context.state.wanting
    page = page_of(wanting.page, len(numbers), _LISTED)
    shown = cache.gaps(context.snapshot.id, context.state.view, numbers.slice((page - 1) * _LISTED, _LISTED))
    return fill(
        '<section class="atlas-section" data-part="gaps"><h4>{title}</h4>{chips}'
        '<p class="atlas-sentence">{told}</p>{why}<ul class="atlas-gaps">{lines}</ul>{pager}</section>',
        title=t("Records that lack something"),
        chips=_chips(context),
        told=t.n("{count} record", "{count} records", len(numbers)),
        why=build_note(t(WHY[wanting.lacking]) if wanting.lacking else ""),
        lines=joined(_gap_line(context, one) for one in shown),
        pager=build_pager(context, "gaps_at", page, len(numbers), _LISTED),
    )


def _chips(context: Context) -> Markup:
    """What the list is narrowed to; pressing it widens the list again."""
    t, wanting = context.t, context.state.wanting
    keeper = t("No actor named") if wanting.keeper == NO_ACTOR else actor_name(context, wanting.keeper)
    chosen = (
        ("lacking", f"{t('Lacks')}{t(': ')}{t(LACK_LABELS[wanting.lacking])}" if wanting.lacking else ""),
        ("keeper", f"{t(FILTER_LABELS['actor'])}{t(': ')}{keeper}" if wanting.keeper else ""),
    )
    chips = [
        fill(
            '<button data-choose="{key}" data-code="" title="{title}">{text}'
            '<span aria-hidden="true"> ✕</span></button>',
            key=key,
            title=t("Remove this filter"),
            text=text,
        )
        for key, text in chosen
        if text
    ]
    if not wanting.keeper:
        text = t("Only records without an actor")
        chips.append(
            fill('<button data-choose="keeper" data-code="{code}">{text}</button>', code=NO_ACTOR, text=text)
        )
    return fill('<div class="atlas-chips">{chips}</div>', chips=joined(chips))


def _gap_line(context: Context, one: Gaps) -> Markup:
    t, row = context.t, one.activity
    lacks = joined(
        fill('<span class="atlas-mark lacking">{text}</span>', text=t(LACK_LABELS[what]))
        for what in one.lacks
    )
    return fill(
        '<li data-record="{id}"><b>{title}</b> <small dir="ltr">{id}</small> '
        "<small>{type} · {stage}</small><br>{lacks}</li>",
        id=row["id"],
        title=t.field(row, "title"),
        type=code_label("activity_type", row["type"], t),
        stage=code_label("stage", row["stage"], t),
        lacks=lacks,
    )


def show_files(context: Context, numbers: pa.Array) -> None:
    """The list for whoever keeps the data: one row a gap, of the chosen actor or of all."""
    t, keeper = context.t, context.state.wanting.keeper
    if not len(numbers):
        return
    if len(numbers) > _MOST_TAKEN:
        most = t.number(_MOST_TAKEN)
        st.caption(
            markdown(t("One file holds {count} records at most: choose an actor, or filter.", count=most))
        )
        return
    whose = actor_name(context, keeper) if keeper not in ("", NO_ACTOR) else ""
    st.markdown(
        t("A list to hand to {actor}: one row a gap.", actor=markdown(whose))
        if whose
        else t(
            "A list to hand to whoever keeps the data: one row a gap. Choose an actor above for theirs alone."
        )
    )
    name = file_name(f"atlas-gaps-{'none' if keeper == NO_ACTOR else keeper}-{context.snapshot.id[:8]}")
    with st.container(horizontal=True):
        st.download_button(
            t("Download the list (CSV)"),
            lambda: build_csv(_rows(context, numbers), semicolons=t.lang != "en"),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key="take gaps csv",
        )
        st.download_button(
            t("Download the list (XLSX)"),
            lambda: build_gap_workbook(_rows(context, numbers), _notes(context, len(numbers)), t),
            file_name=f"{name}.xlsx",
            mime=_XLSX,
            icon=":material/download:",
            on_click="ignore",
            key="take gaps xlsx",
        )


def _rows(context: Context, numbers: pa.Array) -> Iterator[dict[str, object]]:
    state = context.state
    found = cache.gaps(context.snapshot.id, state.view, numbers)
    return gap_rows(found, state.wanting.lacking, context.vocabulary, _provenance(context), context.t)


def _provenance(context: Context) -> dict[str, str]:
    filters = [f"{key}={code}" for key, code in context.state.selection.pairs()]
    return {
        "filters": " ".join(filters),
        "snapshot": context.snapshot.id,
        "data_as_of": context.snapshot.as_of,
    }


def _notes(context: Context, records: int) -> list[tuple[str, str]]:
    """What the sheet of notes says: what the list is, of what, and what it must not be taken for."""
    t, wanting, said = context.t, context.state.wanting, _provenance(context)
    return [
        (t("Records that lack something"), t.number(records)),
        (t("Lacks"), t(LACK_LABELS[wanting.lacking]) if wanting.lacking else t("Anything")),
        (
            t("Actor"),
            actor_name(context, wanting.keeper) if wanting.keeper not in ("", NO_ACTOR) else wanting.keeper,
        ),
        (t("Filters"), said["filters"]),
        (t("Snapshot"), said["snapshot"]),
        (t("Data as of"), said["data_as_of"]),
        ("", t("Counts, never a score. What is not stated is missing; it is not zero.")),
        *((t(LACK_LABELS[what]), t(WHY[what])) for what in LACKS),
    ]
