"""The report of what was read: what was kept and lost, where it is, what it is worth, what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from ess.escape import markdown, plain
from ess.exports.labels import code_label
from ess.ingest.outcome import SEVERITIES, Outcome
from ess.ingest.problems import Problem
from ess.ingest.reading import REJECTS
from ess.ingest.rejects import build_rejects
from ess.locales import N_, Translator
from ess.ui.context import Context
from ess.ui.importing.intake import Reading
from ess.ui.importing.recognising import FORMATS

_EXAMPLES = 5
_NAMED = 5
_LONGEST_HEADING = 160

SEVERITY_HEADINGS = {
    "critical": N_("Records left out"),
    "error": N_("Values left out, their records kept"),
    "warning": N_("Kept, to be checked"),
}
SEVERITY_ICONS = {
    "critical": ":material/error:",
    "error": ":material/report:",
    "warning": ":material/info:",
}


def show_report(context: Context, reading: Reading) -> None:
    """The whole report, what matters first."""
    outcome = reading.outcome
    st.markdown(f"### {context.t('What was read')}")
    show_verdict(context.t, outcome)
    show_files(context.t, outcome)
    show_counts(context.t, outcome)
    show_amounts(context.t, outcome)
    show_countries(context, outcome)
    show_problems(context.t, outcome)
    show_decisions(context.t, outcome)
    show_downloads(context.t, reading)


def show_verdict(t: Translator, outcome: Outcome) -> None:
    """How it went in one honest sentence, and what to do next."""
    for refusal in refusals(outcome):
        st.error(markdown(refusal.message(t)), icon=":material/error:")
    kept, rejected = (sum(file[name] for file in outcome.files) for name in ("kept", "rejected"))
    errors, warnings = (sum(outcome.counts.get(one, {}).values()) for one in ("error", "warning"))
    said = t.number(kept)
    if not kept:
        show_nothing_kept(t)
    elif rejected or outcome.refused:
        show_left_out(t, kept, rejected)
    elif errors:
        st.warning(
            t.n(
                "All {kept} records were kept, but {count} value could not be used. It is listed below.",
                "All {kept} records were kept, but {count} values could not be used. They are listed below.",
                errors,
                kept=said,
            ),
            icon=":material/warning:",
        )
    elif warnings:
        st.info(
            t.n(
                "All {kept} records were kept; {count} remark is worth a look before you go on.",
                "All {kept} records were kept; {count} remarks are worth a look before you go on.",
                warnings,
                kept=said,
            ),
            icon=":material/info:",
        )
    else:
        st.success(
            t("All {kept} records were kept, and nothing was found wrong. See them on the map.", kept=said),
            icon=":material/check_circle:",
        )


def show_nothing_kept(t: Translator) -> None:
    """Nothing to go on with."""
    st.error(
        t("Nothing in these files could be kept. The reasons are below; mend the file and give it again."),
        icon=":material/error:",
    )


def show_left_out(t: Translator, kept: int, rejected: int) -> None:
    """Some records, or whole files, are not there."""
    st.warning(
        t.n(
            "{kept} of {read} records were kept, {count} was left out. Download it with its reason, "
            "mend it in your file and give it again; or go on without it.",
            "{kept} of {read} records were kept, {count} were left out. Download them with their reasons, "
            "mend them in your file and give it again; or go on without them.",
            rejected,
            kept=t.number(kept),
            read=t.number(kept + rejected),
        ),
        icon=":material/warning:",
    )


def refusals(outcome: Outcome) -> list[Problem]:
    """Why files could not be used at all."""
    return [
        one for one in outcome.problems if one.kind.severity == "critical" and one.file in outcome.refused
    ]


def show_files(t: Translator, outcome: Outcome) -> None:
    """A row a file: what it is, and read = kept + left out."""
    rows = [
        {
            t("File"): markdown(file["path"]),
            t("Recognised as"): _recognised(t, file),
            t("Read"): t.number(file["read"]),
            t("Kept"): t.number(file["kept"]),
            t("Left out"): t.number(file["rejected"]),
        }
        for file in outcome.files
    ]
    _show_table(rows)


def _recognised(t: Translator, file: Mapping[str, Any]) -> str:
    """What a file was read as; Markdown, escaped."""
    name = t(FORMATS[file["format"]]) if file["format"] in FORMATS else ""
    return markdown(" · ".join(filter(None, (name, file["version"], file["encoding"]))))


def _show_table(rows: list[dict[str, str]]) -> None:
    """Rows of Markdown, escaped, as a plain table."""
    if rows:
        st.table({heading: [row[heading] for row in rows] for heading in rows[0]}, hide_index=True)


def show_counts(t: Translator, outcome: Outcome) -> None:
    """Activities, and where they are."""
    totals = outcome.totals
    told = (
        (t("Activities"), totals["activities"]),
        (t("Rows of figures"), totals["figures"]),
        (t("Countries"), len(totals["by_country"])),
        (t("With a country"), totals["placed"]),
        (t("Several countries"), totals["multi_country"]),
        (t("Region only"), totals["regional"]),
        (t("Without a place"), totals["unplaced"]),
        (t("Points on the map"), totals["sites"]),
    )
    shown = [(label, count) for label, count in told if count or label != t("Rows of figures")]
    with st.container(horizontal=True, key="import-counts"):
        for label, count in shown:
            st.metric(label, t.number(count), width="content", border=True)


def show_amounts(t: Translator, outcome: Outcome) -> None:
    """Sums by kind and currency, with what no country has; nothing is converted and nothing mixed."""
    rows = [
        {
            t("Kind of amount"): code_label("finance_kind", kind, t),
            t("Currency"): markdown(currency),
            t("Total"): t.number(value, 2),
            t("Of countries"): t.number(value - _unallocated(outcome, kind, currency), 2),
            t("Unallocated"): t.number(_unallocated(outcome, kind, currency), 2),
        }
        for kind, by_currency in outcome.totals["totals"].items()
        for currency, value in by_currency.items()
    ]
    if not rows:
        return
    st.markdown(f"### {t('Amounts')}")
    _show_table(rows)
    st.caption(
        t(
            "Unallocated is what the file gives to no single country: to regions, or to several countries "
            "without saying how much to each. It is shown, and spread over nobody."
        )
    )


def _unallocated(outcome: Outcome, kind: str, currency: str) -> float:
    left: float = outcome.totals["unallocated"][kind].get(currency, 0.0)
    return left if abs(left) >= 0.005 else 0.0


def show_countries(context: Context, outcome: Outcome) -> None:
    """The countries with most records in a sentence, all of them in a table."""
    t = context.t
    by_country: Mapping[str, Mapping[str, Any]] = outcome.totals["by_country"]
    if not by_country:
        return
    counts = {iso3: one["activities"] + one.get("figures", 0) for iso3, one in by_country.items()}
    ordered = sorted(counts, key=lambda iso3: (-counts[iso3], context.country(iso3)))
    first = [f"{markdown(context.country(iso3))} ({t.number(counts[iso3])})" for iso3 in ordered[:_NAMED]]
    rest = len(ordered) - len(first)
    if rest:
        first.append(t.n("{count} other country", "{count} other countries", rest))
    st.markdown(f"### {t('Countries')}")
    st.markdown(t.list(first))
    with st.expander(t.n("{count} country in a table", "All {count} countries in a table", len(ordered))):
        st.dataframe(
            [_country_row(context, iso3, by_country[iso3], counts[iso3]) for iso3 in ordered], hide_index=True
        )


def _country_row(
    context: Context, iso3: str, totals: Mapping[str, Any], count: int
) -> dict[str, str | int | float]:
    t = context.t
    row: dict[str, str | int | float] = {t("Country"): context.country(iso3), t("Records"): count}
    for kind, by_currency in totals.items():
        if isinstance(by_currency, Mapping):
            for currency, value in by_currency.items():
                row[f"{code_label('finance_kind', kind, t)} ({plain(currency)})"] = value
    return row


def show_problems(t: Translator, outcome: Outcome) -> None:
    """Problems by severity and kind: how many, and the first ones, each with its place."""
    for severity in SEVERITIES:
        counts = outcome.counts.get(severity, {})
        if not counts:
            continue
        total = t.number(sum(counts.values()))
        st.markdown(f"### {SEVERITY_ICONS[severity]} {t(SEVERITY_HEADINGS[severity])} ({total})")
        for code, count in sorted(counts.items(), key=lambda item: -item[1]):
            found = [one for one in outcome.problems if one.kind.code == code]
            _show_kind(t, found, count)


def _show_kind(t: Translator, found: list[Problem], count: int) -> None:
    first = found[0].message(t)
    heading = first if len(first) <= _LONGEST_HEADING else first[:_LONGEST_HEADING] + "…"
    with st.expander(f"**{t.number(count)}** × {markdown(heading)}"):
        if expected := found[0].expected(t):
            st.caption(f"{t('Expected')}{t(': ')}{markdown(expected)}")
        _show_table([_example(t, problem) for problem in found[:_EXAMPLES]])
        if count > _EXAMPLES:
            st.caption(t("The first {shown} of {count}.", shown=t.number(_EXAMPLES), count=t.number(count)))


def _example(t: Translator, problem: Problem) -> dict[str, str]:
    return {
        t("File"): markdown(problem.file),
        t("Row"): t.number(problem.row) if problem.row else "–",
        t("Column"): markdown(problem.column) or "–",
        t("Found"): markdown(problem.found) or "–",
        t("What is wrong"): markdown(problem.message(t)),
    }


def show_decisions(t: Translator, outcome: Outcome) -> None:
    """What was decided by column: how numbers and days are written, and the like."""
    if not outcome.decisions:
        return
    with st.expander(f"{t('How the columns were read')} ({t.number(len(outcome.decisions))})"):
        st.markdown("\n".join(_decision_lines(t, outcome)))


def _decision_lines(t: Translator, outcome: Outcome) -> Iterable[str]:
    several = len(outcome.files) > 1
    for one in outcome.decisions:
        where = " · ".join(filter(None, (one.file if several else "", one.column)))
        sentence = markdown(one.sentence(t))
        yield f"- **{markdown(where)}**{t(': ')}{sentence}" if where else f"- {sentence}"


def show_downloads(t: Translator, reading: Reading) -> None:
    """The records left out with their reasons, and the whole report for programs."""
    outcome = reading.outcome
    with st.container(horizontal=True):
        if any(file["rejected"] for file in outcome.files):
            st.download_button(
                t("Records left out, with reasons (CSV)"),
                lambda: build_rejects(reading.scratch / REJECTS, t),
                file_name="rejects.csv",
                mime="text/csv",
                icon=":material/download:",
                on_click="ignore",
                key="take rejects",
            )
        st.download_button(
            t("The whole report (JSON)"),
            lambda: json.dumps(outcome.record(t), ensure_ascii=False, indent=1, allow_nan=False).encode(),
            file_name="report.json",
            mime="application/json",
            icon=":material/download:",
            on_click="ignore",
            key="take report",
        )
