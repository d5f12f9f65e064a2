"""What changed: two snapshots of the store, their figures on the map, and every row that differs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

import streamlit as st

from ess.analysis.by_country import CountryValue, State
from ess.analysis.changes import (
    Cell,
    CountryChange,
    Difference,
    changed_cells,
    changed_countries,
    either,
    row_difference,
)
from ess.analysis.measures import list_measures
from ess.escape import Markup, file_name, fill, joined, markdown
from ess.exports.answer import STATE_LABELS
from ess.exports.changes import KIND_LABELS, OBSTACLES, cell_words, change_rows, row_words
from ess.exports.labels import measure_label
from ess.exports.tables import build_csv
from ess.locales.figures import short_figure
from ess.portfolio.headings import heading, sheet_name
from ess.portfolio.schema import TABLES
from ess.store.comparison import Change, Chosen, Comparison, Wanted
from ess.store.differing import KINDS, TOLD
from ess.store.engine import Row
from ess.store.snapshots import Snapshot, readable_snapshots
from ess.ui import cache
from ess.ui.bridge import show_bridge
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_filters,
    build_measures,
    build_menu,
    build_unknown,
    show_controls,
)
from ess.ui.html import build_note, show_html
from ess.ui.listing import build_choice_of, build_pager, page_of
from ess.ui.take_away import show_passing_on

_LISTED = 40
"""Changes on one page."""
_MOST_TAKEN = 200_000
"""Changes in one file: more are nobody's reading, and a file of them would fill the memory."""
_MOST_COUNTRIES = 60


class Pair(NamedTuple):
    """The snapshots that are compared."""

    older: Snapshot
    newer: Snapshot


def show_changes_page() -> None:
    """The choice of two snapshots, and what is different; without two, what to do."""
    context = read_context()
    st.markdown(f"## {context.t('What changed')}")
    known = known_snapshots(context)
    if len(known) < 2:
        show_html(context, build_note(_nothing_to_compare(context)))
        return
    show_change_controls(context, known)
    show_changed()


def known_snapshots(context: Context) -> list[Snapshot]:
    """The snapshots of the store that can be read, oldest first; none for a portfolio of this session."""
    store = context.settings.store
    return [] if store is None or context.is_own else readable_snapshots(store)[0]


def _nothing_to_compare(context: Context) -> str:
    """Why there is nothing to compare, and what to do."""
    t = context.t
    if context.is_own:
        return t(
            "There is nothing to compare: your own files have one state only. "
            "Go back to the served portfolio to see what changed in it."
        )
    if context.settings.store is None:
        return t(
            "There is nothing to compare: the built-in portfolio has one state only. Whoever runs this atlas "
            "gives it a store (ESS_STORE) and imports files into it; every import is then a snapshot, and "
            "this page tells what changed from one to the next."
        )
    return t(
        "There is nothing to compare yet: the store holds fewer than two snapshots. The next import makes "
        "another, and this page then tells what changed."
    )


def chosen_pair(context: Context, known: list[Snapshot]) -> Pair:
    """The snapshots that the address names; else the one that is served, and the one before it."""
    by_id = {snapshot.id: snapshot for snapshot in known}
    asked = context.state.compared
    newer = by_id.get(asked.newer) or by_id.get(context.snapshot.id) or known[-1]
    place = known.index(newer)
    before = known[place - 1] if place else known[place + 1]
    return Pair(by_id.get(asked.older) or before, newer)


def show_change_controls(context: Context, known: list[Snapshot]) -> None:
    """Which two snapshots, which changes, which measure, and the filters of the map."""
    t, asked, pair = context.t, context.state.compared, chosen_pair(context, known)
    names = {snapshot.id: snapshot_name(context, snapshot) for snapshot in reversed(known)}
    kinds = {"": t("All changes"), **{code: t(KIND_LABELS[code]) for code in KINDS}}
    tables = {"": t("All tables"), **{name: sheet_name(TABLES[name], t.lang) for name in TOLD}}
    show_controls(
        context,
        build_choice_of(t("From snapshot"), "from", names, pair.older.id),
        build_choice_of(t("To snapshot"), "to", names, pair.newer.id),
        build_choice_of(t("Kind of change"), "change", kinds, asked.kind),
        build_choice_of(t("Table"), "changed", tables, asked.table),
        fill(
            '<label class="atlas-choice name">{label}<input type="search" data-set="find" value="{text}" '
            'placeholder="{hint}" autocomplete="off"></label>',
            label=t("Text in the changes"),
            text=asked.text,
            hint=t("Type, then press Enter"),
        ),
        build_measures(context),
        build_menu(t("Filters"), "filters", build_filters(context)),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=t("Reset")),
    )


def snapshot_name(context: Context, snapshot: Snapshot) -> str:
    """When it was written, from what, and the start of its id."""
    t = context.t
    day, time = snapshot.created[:10], snapshot.created[11:16]
    when = f"{t.date(day)} {time} UTC" if day else t("date not known")
    served = f" · {t('served now')}" if snapshot.id == context.snapshot.id else ""
    return f"{when} · {snapshot.origin[:40]} · {snapshot.id[:8]}{served}"


@st.fragment
def show_changed() -> None:
    """What is different: a fragment, so that a choice reruns no more than this."""
    context = read_context()
    known = known_snapshots(context)
    if len(known) < 2:  # the store was emptied meanwhile
        show_html(context, build_note(_nothing_to_compare(context)))
        return
    pair = chosen_pair(context, known)
    comparison = cache.comparison(*pair)
    chosen = choose_changes(context, comparison)
    page = page_of(context.state.compared.page, chosen.total, _LISTED)
    changes = list(comparison.read(chosen, (page - 1) * _LISTED, _LISTED))
    show_html(
        context,
        build_unknown(context),
        build_active_filters(context),
        _unknown_snapshots(context, known),
        _summary(context, pair, chosen),
        build_country_changes(context, pair),
        build_list(context, comparison, pair, changes),
        build_pager(context, "changes_at", page, chosen.total, _LISTED),
    )
    show_file(context, comparison, chosen)
    show_passing_on(context, context.t("What changed"))
    show_bridge(context, {"from": pair.older.id, "to": pair.newer.id})


def wanted_changes(context: Context) -> Wanted:
    """The changes that the address asks for."""
    asked = context.state.compared
    return Wanted(asked.table, asked.kind, asked.text.strip())


def choose_changes(context: Context, comparison: Comparison) -> Chosen:
    """The changes under the reader's filters: a record that passes them before or after is among them."""
    selection, view = context.state.selection, context.state.view
    sides = (comparison.older, comparison.newer)
    among = either(cache.let_through(snapshot.id, selection, view) for snapshot in sides)
    return comparison.choose(wanted_changes(context), among, (selection, view) if among else None)


def _unknown_snapshots(context: Context, known: list[Snapshot]) -> Markup:
    """Say which snapshots of the address the store does not have."""
    asked, ids = context.state.compared, {snapshot.id for snapshot in known}
    strange = [code for code in (asked.older, asked.newer) if code and code not in ids]
    if not strange:
        return Markup()
    return fill(
        '<p class="atlas-alert" role="alert">{text}</p>',
        text=context.t("The store has no snapshot {found}; another is compared.", found=", ".join(strange)),
    )


def _summary(context: Context, pair: Pair, chosen: Chosen) -> Markup:
    """How much changed, by table and kind."""
    t = context.t
    if pair.older == pair.newer:
        return _sentence(t("These are one and the same snapshot: choose two that differ."))
    if not chosen.total:
        filtered = context.state.selection.pairs() or wanted_changes(context) != Wanted()
        nothing = t("Nothing changed between the two snapshots.")
        return _sentence(t("No change passes these filters.") if filtered else nothing)
    told = t.n("{count} change", "{count} changes", chosen.total)
    of = t.n("in {count} activity", "in {count} activities", chosen.activities)
    heads = joined(
        fill('<th scope="col" class="number">{text}</th>', text=t(KIND_LABELS[kind])) for kind in KINDS
    )
    rows = joined(_tally_row(context, table, chosen.tallies) for table in TOLD)
    return fill(
        '<p class="atlas-sentence"><b>{told}</b> {of}.</p><div class="atlas-table atlas-short" tabindex="0">'
        '<table aria-label="{about}"><thead><tr><th scope="col">{table}</th>{heads}</tr></thead>'
        "<tbody>{rows}</tbody></table></div>{note}",
        told=told,
        of=of,
        about=t("Changes by table"),
        table=t("Table"),
        heads=heads,
        rows=rows,
        note=build_note(_left_out(context)),
    )


def _left_out(context: Context) -> str:
    """What a filter cannot be asked of."""
    if context.state.selection.is_open:
        return ""
    return context.t(
        "A record is here when it passes the filters before or after. What belongs to no record "
        "(sources, actors, programmes, indicators) answers no filter and is left out."
    )


def _sentence(text: str) -> Markup:
    return fill('<p class="atlas-sentence">{text}</p>', text=text)


def _tally_row(context: Context, table: str, tallies: Mapping[tuple[str, str], int]) -> Markup:
    numbers = [tallies.get((table, kind), 0) for kind in KINDS]
    if not any(numbers):
        return Markup()
    cells = joined(
        fill('<td class="number">{text}</td>', text=context.t.number(number) if number else "–")
        for number in numbers
    )
    return fill(
        '<tr><td><button data-choose="changed" data-code="{code}">{name}</button></td>{cells}</tr>',
        code=table,
        name=sheet_name(TABLES[table], context.t.lang),
        cells=cells,
    )


def build_country_changes(context: Context, pair: Pair) -> Markup:
    """The chosen measure by country: what the map shows of it now against then."""
    t, state = context.t, context.state
    measures = [
        {one.key: one for one in list_measures(cache.vocabulary(snapshot.id))}.get(state.measure.key)
        for snapshot in pair
    ]
    label = measure_label(state.measure, context.vocabulary, t)
    if measures[0] is None or measures[1] is None:
        return fill(
            "<section><h4>{title}</h4>{note}</section>",
            title=t("On the map{colon}{measure}", colon=t(": "), measure=label),
            note=build_note(t("One of the two snapshots does not know this measure: nothing is compared.")),
        )
    before, after = (
        cache.answer(snapshot.id, measure, state.selection, state.view)
        for snapshot, measure in zip(pair, measures, strict=True)
        if measure is not None
    )
    found = changed_countries(before, after)
    same = t("The map shows the same for every country.")
    return fill(
        '<section class="atlas-section"><h4>{title}</h4>{note}{table}</section>',
        title=t("On the map{colon}{measure}", colon=t(": "), measure=label),
        note=build_note("" if found else same),
        table=_country_table(context, found, (before.measure.unit, after.measure.unit))
        if found
        else Markup(),
    )


def _country_table(context: Context, found: list[CountryChange], units: tuple[str, str]) -> Markup:
    t = context.t
    heads = (t("Country"), t("Before"), t("Now"), t("Difference"))
    rest = len(found) - _MOST_COUNTRIES
    found = sorted(found, key=lambda one: context.country(one.iso3))[:_MOST_COUNTRIES]
    same_unit = units[0] == units[1]
    return fill(
        '<div class="atlas-table" tabindex="0"><table data-part="countries" aria-label="{about}"><thead><tr>'
        "{heads}</tr></thead><tbody>{rows}</tbody></table></div>{rest}",
        about=t("What the map shows, before and now"),
        heads=joined(fill('<th scope="col">{text}</th>', text=text) for text in heads),
        rows=joined(
            fill(
                "<tr><td>{country}</td><td>{before}</td><td>{after}</td><td>{difference}</td></tr>",
                country=context.country(one.iso3),
                before=_shown(context, one.before, "" if same_unit else units[0]),
                after=_shown(context, one.after, "" if same_unit else units[1]),
                difference=_difference(context, one.difference),
            )
            for one in found
        ),
        rest=build_note(
            t.n("{count} other country changed too.", "{count} other countries changed too.", rest)
            if rest > 0
            else ""
        ),
    )


def _shown(context: Context, value: CountryValue, unit: str) -> str:
    """What the map shows of a country: its figure, or what is known instead of one."""
    t = context.t
    if value.value is None:
        several = value.state == State.FIGURE
        return t("Several figures that may not be added") if several else t(STATE_LABELS[value.state])
    derived = f"({t('Derived, not stated')})" if value.derived else ""
    return " ".join(filter(None, (short_figure(t, value.value, value.qualifier), unit, derived)))


def _difference(context: Context, found: Difference | None) -> str:
    """A difference with its sign, or why there is none."""
    t = context.t
    if found is None:
        return ""
    if found.value is None:
        return t(OBSTACLES[found.obstacle]) if found.obstacle else ""
    sign = "+" if found.value > 0 else "−" if found.value < 0 else ""
    figure = sign + t.number(abs(found.value))
    return f"\u2066{figure}\u2069" if t.is_rtl else figure


def build_list(context: Context, comparison: Comparison, pair: Pair, changes: list[Change]) -> Markup:
    """The changes of one page, by activity."""
    if not changes:
        return Markup()
    titles = comparison.activities([one.activity for one in changes if one.activity])
    groups = groupby(changes, key=lambda one: one.activity)
    return fill(
        '<section class="atlas-section" data-part="changes"><h4>{title}</h4>{groups}</section>',
        title=context.t("By activity"),
        groups=joined(_group(context, pair, titles, activity, of) for activity, of in groups),
    )


def _group(
    context: Context, pair: Pair, titles: Mapping[str, Row], activity: str | None, changes: Iterable[Change]
) -> Markup:
    t = context.t
    title = t.field(titles.get(activity or "", {}), "title") if activity else t("Of no one activity")
    return fill(
        '<article class="atlas-box" data-activity="{activity}"><h5>{title} '
        '<small dir="ltr">{activity}</small></h5>{changes}</article>',
        activity=activity or "",
        title=title,
        changes=joined(_change(context, pair, one) for one in changes),
    )


def _change(context: Context, pair: Pair, change: Change) -> Markup:
    """One row: what it is, and its cells before and after."""
    t = context.t
    row, side = (change.after, pair.newer) if change.after is not None else (change.before, pair.older)
    words = row_words(change.table, row or {}, cache.vocabulary(side.id), t)
    cells = joined(_cell(context, change, cell) for cell in changed_cells(change))
    table = fill(
        '<div class="atlas-cells"><table><thead><tr><th scope="col">{column}</th>'
        '<th scope="col">{before}</th><th scope="col">{now}</th></tr></thead><tbody>{cells}</tbody>'
        "</table></div>",
        column=t("Column"),
        before=t("Before"),
        now=t("Now"),
        cells=cells,
    )
    head = fill(
        '<span class="atlas-mark {kind}">{label}</span> <b>{table}</b>{colon}{words} '
        '<small dir="ltr">{id}</small>',
        kind=change.kind,
        label=t(KIND_LABELS[change.kind]),
        table=sheet_name(TABLES[change.table], t.lang),
        colon=t(": "),
        words=words,
        id=(row or {}).get("id", ""),
    )
    said = build_note(_source(context, side, row or {}))
    if change.before is not None and change.after is not None:
        note = _difference(context, row_difference(change))
        return fill(
            '<div class="atlas-change">{head}{table}{note}{said}</div>',
            head=head,
            table=table,
            note=build_note(f"{t('Difference')}{t(': ')}{note}" if note else ""),
            said=said,
        )
    return fill(
        '<details class="atlas-change"><summary>{head}</summary>{table}{said}</details>',
        head=head,
        table=table,
        said=said,
    )


def _source(context: Context, side: Snapshot, row: Row) -> str:
    """Where a row is said: title, outlet, day and place in the document; empty where no source is named."""
    t = context.t
    if not row.get("source"):
        return ""
    source = cache.vocabulary(side.id).options["source"].get(row["source"], {})
    title = t.field(source, "title") or row["source"]
    date = t.date(str(source.get("published") or ""), source.get("published_precision") or "unknown")
    parts = (title, source.get("outlet"), date or t("date not known"), row.get("locator"))
    return f"{t('Source')}{t(': ')}" + " · ".join(filter(None, parts))


def _cell(context: Context, change: Change, cell: Cell) -> Markup:
    t, table = context.t, TABLES[change.table]
    return fill(
        '<tr data-column="{name}"><th scope="row">{label}</th><td>{before}</td><td>{after}</td></tr>',
        name=cell.column,
        label=heading(table, table.column(cell.column), t.lang),
        before=_cell_words(context, change, change.before, cell.column, cell.before),
        after=_cell_words(context, change, change.after, cell.column, cell.after),
    )


def _cell_words(context: Context, change: Change, row: Row | None, column: str, cell: object) -> str:
    """A cell in words; a value with its qualifier, so that a bound is never read as a figure."""
    t = context.t
    if row is None:
        return ""
    if column == "value" and isinstance(cell, float):
        return short_figure(t, cell, row.get("qualifier"))
    return cell_words(change.table, column, cell, t) or t("Not stated")


def show_file(context: Context, comparison: Comparison, chosen: Chosen) -> None:
    """The chosen changes as a file, both values in every row."""
    t = context.t
    if not chosen.total:
        return
    if chosen.total > _MOST_TAKEN:
        most = t.number(_MOST_TAKEN)
        st.caption(markdown(t("One file holds {count} changes at most: filter, then download.", count=most)))
        return
    names = f"{comparison.older.id[:8]}-{comparison.newer.id[:8]}"
    st.download_button(
        t("Download the changes (CSV)"),
        lambda: _csv(context, comparison, chosen),
        file_name=file_name(f"atlas-changes-{names}") + ".csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key="take changes",
    )


def _csv(context: Context, comparison: Comparison, chosen: Chosen) -> bytes:
    """Read when it is asked for, and every time that it is."""
    t, selection = context.t, context.state.selection
    rows = change_rows(comparison, comparison.read(chosen), wanted_changes(context), selection, t)
    return build_csv(rows, semicolons=t.lang != "en")
