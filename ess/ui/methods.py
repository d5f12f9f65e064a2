"""Sources and methods: the documents, the rules, the ambiguities, the shapes, the columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import streamlit as st

from ess.analysis.evidence import Evidence
from ess.escape import fill, markdown
from ess.exports.labels import TYPES_PLURAL, code_label, group_name
from ess.locales import N_
from ess.portfolio.schema import TABLES
from ess.store.engine import Row
from ess.ui import cache
from ess.ui.boundaries import boundary_statement
from ess.ui.bridge import show_bridge
from ess.ui.context import Context, read_context
from ess.ui.controls import VIEW_LABELS, build_boundary_view, show_controls
from ess.ui.html import show_html
from ess.ui.methods_maps import show_map_methods
from ess.ui.records import figure_line
from ess.ui.take_away import show_passing_on
from geodata import groups
from geodata.groups import Group
from geodata.layer import BOUNDARY_VIEWS
from geodata.sources import Sidecar, read_sidecars

#: The rules that every figure of the atlas follows, in plain words.
RULES: tuple[tuple[str, str], ...] = (
    (
        N_("Missing is not zero"),
        N_("A country has a figure, or is present without one, or has only plans, or has no record. "
           "Each has its own fill on the map and its own line in the legend."),
    ),
    (
        N_("A total is not spread"),
        N_("A total stated for several countries together shades none of them. "
           "Each country's page shows it as shared, with the others named."),
    ),
    (
        N_("Only what adds up is added"),
        N_("Figures are summed only within one indicator, when each may be added, and once an overlap group. "
           "Otherwise they are listed side by side."),
    ),
    (
        N_("Stated and identified are both kept"),
        N_("Where a source states a number of countries and names fewer, both numbers are shown, "
           "with their difference."),
    ),
    (
        N_("A bound stays a bound"),
        N_("“More than” and “at least” are written with the figure everywhere. "
           "A derived number is marked as derived, with its formula."),
    ),
    (
        N_("Different things are never mixed"),
        N_("Agreements, projects, trainings and events are counted and shaded apart. "
           "A plan is not an activity under way."),
    ),
    (
        N_("Regional and unnamed partners are visible"),
        N_("They have their own row, are counted there, and are never spread over countries."),
    ),
    (
        N_("Classification by an analyst is marked"),
        N_("Sectors, themes and goals that the source does not name are marked as coded by an analyst."),
    ),
    (
        N_("No currency is converted in silence"),
        N_("Amounts are shown in the currency they are stated in."),
    ),
    (
        N_("A year chooses records, and what has no date stays"),
        N_("A record stands under every year that its period touches, with its figures for its whole "
           "duration. Undated records stay under any year. Amounts by year go by the date of each amount."),
    ),
    (
        N_("Every figure leads to its source"),
        N_("Document, outlet, date, place in the document, who says so, and what is ambiguous."),
    ),
)  # fmt: skip

_NOTE_ORDER = ("ambiguity", "scope", "aim", "method", "context", "quote")


def show_methods_page() -> None:
    """Six parts behind tabs."""
    context = read_context()
    t = context.t
    st.markdown(f"## {t('Sources and methods')}")
    show_interface(context)
    sources, rules, maps, ambiguities, shapes, columns = st.tabs(
        [
            t("Sources"),
            t("Rules"),
            t("Maps and classes"),
            t("Ambiguities"),
            t("Shapes and boundaries"),
            t("Data dictionary"),
        ]
    )
    with sources:
        for evidence in cache.evidence(context.snapshot.id):
            show_evidence(context, evidence)
    with rules:
        show_rules(context)
    with maps:
        show_map_methods(context)
    with ambiguities:
        show_ambiguities(context)
    with shapes:
        show_shapes(context)
    with columns:
        show_dictionary(context)
    show_passing_on(context, t("Sources and methods"))


def show_interface(context: Context) -> None:
    """Where programs find the same answers."""
    t = context.t
    link = fill(
        '<a href="/api/v1/?lang={lang}">{label}</a>',
        lang=t.lang,
        label=t("Programming interface of the atlas"),
    )
    sentence = t("The same figures for programs, as JSON, CSV and GeoJSON")
    show_html(context, fill('<p class="atlas-note">{sentence}{colon}{link}</p>', sentence=sentence,
                            colon=t(": "), link=link))  # fmt: skip


def show_evidence(context: Context, evidence: Evidence) -> None:
    """A source: what is known of it, how good it is, and what rests on it."""
    t, source = context.t, evidence.source
    with st.container(border=True):
        grade = markdown(code_label("grade", source["grade"], t))
        st.markdown(f"**{markdown(t.field(source, 'title'))}** :blue-badge[{grade}]")
        for line in _source_lines(context, source):
            st.caption(line)
        counts = [
            t.n("{count} record", "{count} records", evidence.counts["activities"]),
            t.n("{count} figure", "{count} figures", evidence.counts["results"]),
            t.n("{count} note", "{count} notes", evidence.counts["notes"]),
        ]
        st.markdown(t("Rests on it: {counts}.", counts=t.list(counts)))
        if evidence.activities or evidence.results:
            with st.expander(t("What rests on it")):
                show_citing(context, evidence)
                if evidence.counts["activities"] > len(evidence.activities):
                    st.caption(
                        t("Only the first {count} are listed here.", count=t.number(len(evidence.activities)))
                    )


def _source_lines(context: Context, source: Row) -> list[str]:
    t = context.t
    date = t.date(str(source["published"] or ""), source["published_precision"] or "unknown")
    based_on = context.vocabulary.options["source"].get(source["based_on"] or "")
    facts = (
        (t("Outlet"), source["outlet"]),
        (t("Author"), source["author"]),
        (t("Published"), date or t("date not known")),
        (t("Relayed by"), source["via"]),
        (t("Reports on"), t.field(based_on, "title") if based_on else ""),
        (t("Address"), source["url"]),
    )
    lines = [" · ".join(f"{label}{t(': ')}{markdown(text)}" for label, text in facts if text)]
    remarks = (t.field(source, "published_note"), t.field(source, "note"))
    return lines + [markdown(remark) for remark in remarks if remark]


def show_citing(context: Context, evidence: Evidence) -> None:
    """Records and figures of a source, with the place in the document."""
    t = context.t
    for code, title in TYPES_PLURAL.items():
        lines = [
            f"- {markdown(t.field(row, 'title'))} ({markdown(row['locator'] or '–')})"
            for row in evidence.activities
            if row["type"] == code
        ]
        if lines:
            st.markdown(f"**{t(title)}**\n\n" + "\n".join(lines))
    figures = [
        f"- {figure_line(context, row)} ({markdown(row['locator'] or '–')})"
        for row in evidence.results
        if row["value"] is not None
    ]
    if figures:
        st.markdown(f"**{t('Figures')}**\n\n" + "\n".join(figures))


def show_rules(context: Context) -> None:
    """The rules of honesty in plain words."""
    t = context.t
    for number, (title, text) in enumerate(RULES, start=1):
        st.markdown(f"**{t.number(number)}. {t(title)}**\n\n{t(text)}")


def show_ambiguities(context: Context) -> None:
    """Each ambiguity of the sources and how it is treated, then the other notes by kind."""
    t = context.t
    st.caption(t("What the sources leave open, and how the atlas treats it."))
    remarks = cache.result_remarks(context.snapshot.id)
    if remarks:
        st.markdown(f"#### {t('Remarks on figures')}")
        st.markdown(
            "\n".join(f"- {figure_line(context, row)} — {markdown(t.field(row, 'note'))}" for row in remarks)
        )
    found = cache.notes(context.snapshot.id)
    for kind in _NOTE_ORDER:
        if found.get(kind):
            st.markdown(f"#### {code_label('note_kind', kind, t)}")
            st.markdown("\n".join(f"- {_note_line(context, note)}" for note in found[kind]))


def _note_line(context: Context, note: Row) -> str:
    t = context.t
    source = context.vocabulary.options["source"].get(note["source"] or "")
    where = " · ".join(filter(None, (source["outlet"] if source else "", note["locator"])))
    return markdown(t.field(note, "text")) + (f" ({markdown(where)})" if where else "")


def show_shapes(context: Context) -> None:
    """The three boundary views, and where each data file comes from."""
    t = context.t
    show_controls(context, build_boundary_view(context))
    show_bridge(context)
    for view in BOUNDARY_VIEWS:
        st.markdown(f"**{t(VIEW_LABELS[view])}** — {boundary_statement(view, t)}")
    st.markdown(
        t(
            "Other disputed areas (Kashmir, Crimea, Kosovo, Somaliland, Northern Cyprus, the Golan, Halaib, "
            "Taiwan) follow the source of the shapes in every view. Areas that it draws without a country "
            "code of their own, such as Somaliland, Northern Cyprus, the Siachen glacier and military bases, "
            "are drawn with the country that surrounds or claims them; Antarctica, Clipperton and the "
            "Spratly islands are not drawn."
        )
    )
    st.markdown(f"#### {t('Country groups')}")
    st.markdown("\n".join(f"- {group_line(context, group)}" for group in groups.groups()))
    st.markdown(f"#### {t('Data files')}")
    for sidecar in read_sidecars():
        show_sidecar(context, sidecar)


def group_line(context: Context, group: Group) -> str:
    """A group with its source, the day its list holds for, and whether it has been checked."""
    t = context.t
    facts = [
        t.n("{count} member", "{count} members", len(groups.members(group.id))),
        group.source,
        t("as of {date}", date=t.date(group.as_of)) if group.as_of else t("date not known"),
        t("to verify") if group.status == groups.TO_VERIFY else "",
    ]
    return f"**{markdown(group_name(group, t))}** — " + " · ".join(markdown(fact) for fact in facts if fact)


def show_sidecar(context: Context, sidecar: Sidecar) -> None:
    """Where a data file comes from and how it was made."""
    t = context.t
    facts: Mapping[str, str] = {
        t("Producer"): sidecar.producer,
        t("Title"): f"{sidecar.title} {sidecar.version}".strip(),
        t("Licence"): sidecar.licence,
        t("Citation"): sidecar.citation,
        t("Published"): sidecar.published or t("date not known"),
        t("Retrieved"): sidecar.retrieved,
        t("Rows"): t.number(sidecar.rows),
        t("Made by"): sidecar.made_by,
        "SHA-256": ", ".join(f"{name} {digest[:16]}…" for name, digest in sidecar.sha256.items()),
    }
    with st.expander(markdown(sidecar.file)):
        st.markdown("\n".join(_fact_lines(context, facts.items())))


def _fact_lines(context: Context, facts: Iterable[tuple[str, str]]) -> list[str]:
    return [f"- {label}{context.t(': ')}{markdown(text)}" for label, text in facts if text]


def show_dictionary(context: Context) -> None:
    """Every table and column of a portfolio, from the one definition that also checks them."""
    t = context.t
    for table in TABLES.values():
        with st.expander(f"**{table.name}** — {t(table.meaning)}"):
            st.table(
                {
                    t("Column"): [column.name for column in table.columns],
                    t("Kind of value"): [column.type for column in table.columns],
                    t("Meaning"): [t(column.meaning) for column in table.columns],
                    t("Codes"): [" ".join(entry.code for entry in column.codes) for column in table.columns],
                }
            )
