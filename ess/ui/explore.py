"""The page of all data: which rows the selection has, how they spread, and the table, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from ess.analysis.listing import KINDS, SORTS, Spread
from ess.escape import Markup, file_name, fill, joined
from ess.exports.labels import TYPES_PLURAL, code_label
from ess.exports.listing import COLUMNS, KIND_LABELS, SHOWN, Words, cell_texts, sort_of, table_rows
from ess.exports.tables import build_csv
from ess.store.engine import Row
from ess.ui import cache
from ess.ui.bridge import show_bridge
from ess.ui.context import Context, read_context
from ess.ui.controls import (
    build_active_filters,
    build_boundary_view,
    build_choice,
    build_filters,
    build_menu,
    build_search,
    build_unknown,
    show_controls,
)
from ess.ui.html import build_note, show_html
from ess.ui.keys import SIZES, PageState, format_state, shown_columns
from ess.ui.take_away import show_passing_on
from geodata.codes import country_names

_SELECTED = fill(' checked=""')
_NUMBERS = frozenset({"value"})


def show_explore_page() -> None:
    """The controls, drawn once; below them whatever they change."""
    show_explore_controls(read_context())
    show_rows()


def show_explore_controls(context: Context) -> None:
    """What the table has a row for, the search, the filters, the columns, and the way back."""
    t = context.t
    kinds = {kind: t(KIND_LABELS[kind]) for kind in KINDS}
    sizes = {str(size): t.number(size) for size in SIZES}
    show_controls(
        context,
        build_choice(context, t("One row for each of the"), "kind", kinds),
        build_search(context),
        build_menu(t("Filters"), "filters", build_filters(context)),
        build_menu(t("Columns"), "columns", joined(build_columns(context, kind) for kind in KINDS)),
        build_choice(context, t("Rows on a page"), "size", sizes),
        build_boundary_view(context),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=t("Reset")),
    )


def build_columns(context: Context, kind: str) -> Markup:
    """Which columns the table of a kind has."""
    shown = shown_columns(context.state) if context.state.kind == kind else SHOWN[kind]
    boxes = joined(
        fill(
            '<label><input type="checkbox" data-code="{code}"{mark}><span>{text}</span></label>',
            code=column,
            mark=_SELECTED if column in shown else "",
            text=context.t(label),
        )
        for column, label in COLUMNS[kind].items()
    )
    return fill(
        '<div class="atlas-options" role="group" aria-label="{label}" data-filter="columns" '
        'data-columns="{kind}">{boxes}</div>',
        label=context.t("Columns"),
        kind=kind,
        boxes=boxes,
    )


@st.fragment
def show_rows() -> None:
    """How many rows, which filters, how they spread, the table and the file: what a choice changes."""
    context = read_context()
    state = context.state
    total, spread = cache.row_counts(context.snapshot.id, state.selection, state.view, state.kind)
    show_html(
        context,
        build_unknown(context),
        build_count(context, total),
        build_active_filters(context),
        build_charts(context, spread),
        build_page(context, total),
    )
    show_download(context)
    show_passing_on(context, context.t("Explore data"))
    show_bridge(context)


def build_count(context: Context, total: int) -> Markup:
    """How many rows there are in all."""
    t = context.t
    match context.state.kind:
        case "activities":
            text = t.n("{count} activity", "{count} activities", total)
        case "results":
            text = t.n("{count} result", "{count} results", total)
        case _:
            text = t.n("{count} amount", "{count} amounts", total)
    return fill(
        '<h1 class="atlas-number" data-listing="{kind}" role="status">{text}</h1>',
        kind=context.state.kind,
        text=text,
    )


def build_charts(context: Context, spread: Spread) -> Markup:
    """The rows by year, the undated among them, and by type of activity."""
    t = context.t
    years = {str(year): number for year, number in sorted(spread.by_year.items(), key=_undated_last)}
    undated = years.pop("None", 0)
    by_year = years | ({t("Undated"): undated} if undated else {})
    by_type = {
        t(TYPES_PLURAL[code]) if code else t("Of no single activity"): number
        for code, number in sorted(spread.by_type.items(), key=lambda one: -one[1])
    }
    return fill(
        '<div class="atlas-bars">{years}{types}</div>',
        years=_bars(context, t("By year"), by_year),
        types=_bars(context, t("By type of activity"), by_type),
    )


def _undated_last(counted: tuple[int | None, int]) -> int:
    return counted[0] if counted[0] is not None else 10**6


def _bars(context: Context, title: str, counts: Mapping[str, int]) -> Markup:
    most = max(counts.values(), default=1)
    lines = joined(
        fill(
            '<tr><th scope="row">{label}</th><td><i style="inline-size:{share}%"></i>{count}</td></tr>',
            label=label,
            share=round(70 * count / most, 1),
            count=context.t.number(count),
        )
        for label, count in counts.items()
    )
    return fill("<div><table><caption>{title}</caption>{lines}</table></div>", title=title, lines=lines)


def build_page(context: Context, total: int) -> Markup:
    """The page of the table that the address asks for, the last where it asks for more than there are."""
    state = context.state
    page = min(state.page, _pages(state, total))
    sort = _sort(state, context.t.lang)
    found = cache.listing(
        context.snapshot.id,
        state.selection,
        state.view,
        state.kind,
        sort,
        (page - 1) * state.size,
        state.size,
    )
    if not found.rows:
        return build_note(context.t("Nothing in this portfolio passes all of these filters."))
    return joined(
        [build_table(context, found.rows), build_pager(context, page, total), build_note(_marks(context))]
    )


def _marks(context: Context) -> str:
    return context.t(
        "What is not stated is empty or said so; it is never zero. What an analyst coded is marked so."
    )


def _pages(state: PageState, total: int) -> int:
    return max(1, -(-total // state.size))


def _sort(state: PageState, lang: str) -> str:
    """What the engine sorts by for the column of the address."""
    sign = "-" if state.sort.startswith("-") else ""
    by = sort_of(state.sort.removeprefix("-"), lang)
    return sign + (by if by in SORTS[state.kind] else "id")


def build_table(context: Context, rows: Iterable[Row]) -> Markup:
    """Rows with the chosen columns; the first unfolds what else is known of a row."""
    columns = shown_columns(context.state)
    heads = joined(_head(context, column) for column in columns)
    lines = joined(_line(context, row, columns) for row in rows)
    return fill(
        '<div class="atlas-table atlas-rows" tabindex="0" role="region" aria-label="{label}"><table>'
        "<thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table></div>",
        label=context.t(KIND_LABELS[context.state.kind]),
        heads=heads,
        lines=lines,
    )


def _head(context: Context, column: str) -> Markup:
    label, state = context.t(COLUMNS[context.state.kind][column]), context.state
    by = sort_of(column, context.t.lang)
    if by not in SORTS[state.kind]:
        return fill('<th scope="col">{label}</th>', label=label)
    sorted_by, descending = state.sort.removeprefix("-") == column, state.sort.startswith("-")
    order = ("descending" if descending else "ascending") if sorted_by else "none"
    return fill(
        '<th scope="col" aria-sort="{order}"><button data-choose="sort" data-code="{code}">{label}</button>'
        "</th>",
        order=order,
        code=column if descending or not sorted_by else f"-{column}",
        label=label,
    )


def _line(context: Context, row: Row, columns: tuple[str, ...]) -> Markup:
    first, *others = columns
    cells = joined(_cell(context, row, column) for column in others)
    return fill(
        "<tr><td><details><summary>{first}</summary>{more}</details></td>{cells}</tr>",
        first=_told(context, row, first),
        more=build_details(context, row),
        cells=cells,
    )


def _cell(context: Context, row: Row, column: str) -> Markup:
    if column in {"countries", "providers"}:
        return fill("<td>{links}</td>", links=_countries(context, row[column]))
    looks = "number" if column in _NUMBERS else ""
    return fill('<td class="{looks}">{text}</td>', looks=looks, text=_told(context, row, column))


def _told(context: Context, row: Row, column: str) -> str:
    return context.t.list(cell_texts(column, row, _words(context))) or "–"


def _words(context: Context) -> Words:
    return context.vocabulary, context.t


def _countries(context: Context, codes: Iterable[str]) -> Markup:
    """Names of countries, each leading to its page with the same selection."""
    links = [_country(context, iso3) for iso3 in codes]
    if not links:
        return fill("–")
    return joined([links[0], *(fill(", {link}", link=link) for link in links[1:])])


def _country(context: Context, iso3: str) -> Markup:
    """A link, but for a portfolio of this session, which another visit would not have."""
    if context.is_own or iso3 not in country_names():
        return fill("{name}", name=context.country(iso3))
    address = format_state(replace(context.state, iso3=iso3), context.settings)
    return fill(
        '<a href="country?{query}" target="_self">{name}</a>',
        query=urlencode(address, doseq=True),
        name=context.country(iso3),
    )


def build_details(context: Context, row: Row) -> Markup:
    """What a row says beside its columns, and where that is said."""
    t = context.t
    places = [*row.get("providers", ()), *row["countries"]]
    pieces = [
        _paragraph(t.field(row, "description")),
        _labelled(t("Derived, not stated"), row.get("derivation") or ""),
        _labelled(t("Note"), t.field(row, "note")),
        _labelled(t("Source"), build_reference(context, row)),
        _labelled(t("Identifier"), row["id"]),
    ]
    if len(row["countries"]) > 1 and "value" in row:
        pieces.insert(0, _paragraph(t("For all of these countries together; the split is not published.")))
    if places:
        pieces.append(fill("<p>{links}</p>", links=_countries(context, dict.fromkeys(places))))
    return joined(pieces)


def _paragraph(text: str) -> Markup:
    return fill("<p>{text}</p>", text=text) if text else Markup()


def _labelled(label: str, text: str) -> Markup:
    return fill("<p><b>{label}</b> {text}</p>", label=label, text=text) if text else Markup()


def build_reference(context: Context, row: Row) -> str:
    """Title, outlet, date and kind of the source, and where in it; that none is named where it is not."""
    t = context.t
    if not row["source"]:
        return t("No source is named.")
    source = context.vocabulary.options["source"].get(row["source"])
    if source is None:
        return str(row["source"])
    date = t.date(str(source["published"] or ""), source["published_precision"] or "unknown")
    parts = (
        t.field(source, "title"),
        source["outlet"],
        source["author"],
        date or t("date not known"),
        code_label("grade", source["grade"], t),
        row["locator"],
        source["url"],
    )
    return " · ".join(part for part in parts if part)


def build_pager(context: Context, page: int, total: int) -> Markup:
    """Which rows these are, and the way to the others."""
    t, state = context.t, context.state
    last = _pages(state, total)
    first_row = (page - 1) * state.size + 1
    steps = (
        (t("First"), 1, page > 1),
        (t("Previous"), page - 1, page > 1),
        (t("Next"), page + 1, page < last),
        (t("Last"), last, page < last),
    )
    buttons = joined(
        fill('<button data-choose="page" data-code="{page}">{label}</button>', page=number, label=label)
        for label, number, there in steps
        if there
    )
    said = t(
        "{first} to {last} of {total}",
        first=t.number(first_row),
        last=t.number(min(total, page * state.size)),
        total=t.number(total),
    )
    return fill(
        '<div class="atlas-chips atlas-pager"><span>{said}</span>{buttons}</div>', said=said, buttons=buttons
    )


def show_download(context: Context) -> None:
    """All rows of the table, every page of it, as a file that a spreadsheet opens."""
    name = f"atlas-{context.state.kind}-{context.snapshot.id[:8]}"
    st.download_button(
        context.t("Download this table (CSV)"),
        lambda: table_csv(context),
        file_name=f"{file_name(name)}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def table_csv(context: Context) -> bytes:
    """The table with every page, its codes, marks and sources."""
    state = context.state
    rows = cache.every_row(
        context.snapshot.id, state.selection, state.view, state.kind, _sort(state, context.t.lang)
    )
    told = table_rows(
        rows, shown_columns(state), state.kind, _words(context), state.view, context.snapshot.id
    )
    return build_csv(told, semicolons=context.t.lang != "en")
