"""The table under the map: the same numbers, the same classes."""

from __future__ import annotations

from collections.abc import Iterable

from ess.analysis.by_country import State
from ess.analysis.join import Joined, JoinedRow
from ess.analysis.shading import Shading
from ess.escape import Markup, fill, joined
from ess.exports.answer import STATE_LABELS
from ess.exports.classes import DENOMINATOR_LABELS, PER_LABELS, denominator_source, denominator_text
from ess.exports.labels import measure_label
from ess.locales.figures import short_figure, short_rate
from ess.ui.context import Context
from ess.ui.html import build_note


def build_table(context: Context, measured: Joined, shading: Shading) -> Markup:
    """Countries with a record, highest value first; pressing a name chooses its country."""
    t = context.t
    shown = [row for row in measured.rows if row.state != State.NONE]
    shown.sort(key=lambda row: (not row.has_value, -row.value if row.has_value else 0.0, -row.activities))
    rest = len(measured.rows) - len(shown)
    return joined(
        [
            fill(
                '<section><h4>{title}</h4><div class="atlas-table"><table aria-label="{about}">'
                "<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div></section>",
                title=t("The same numbers as a table"),
                about=t("Table of the numbers on the map"),
                heads=_heads(context, shading),
                rows=joined(_row(context, shading, row) for row in shown),
            ),
            build_note(
                t.n(
                    "{count} other country or territory of the map has no record here: that is not a zero.",
                    "{count} other countries and territories of the map have no record here: "
                    "that is not a zero.",
                    rest,
                )
            ),
            build_note(denominator_source(shading.rates, t) if shading.rates else ""),
        ]
    )


def _heads(context: Context, shading: Shading) -> Markup:
    """What each column holds; pressing a head sorts by it."""
    t = context.t
    numbers = (
        t("Records behind it"),
        t("of which planned"),
        t("Shared totals"),
    )
    measure = measure_label(context.state.measure, context.vocabulary, t)
    norm = shading.rates.norm if shading.rates else ""
    rates = [(t(labels[norm]), "number") for labels in (PER_LABELS, DENOMINATOR_LABELS) if norm]
    heads = [
        (t("Country"), ""),
        (measure, "number"),
        *rates,
        (t("What is known"), ""),
        (t("Class on the map"), ""),
    ]
    return joined(
        fill('<th scope="col" class="{kind}"><button data-sort="">{text}</button></th>', kind=kind, text=text)
        for text, kind in (*heads, *((text, "number") for text in numbers))
    )


def _row(context: Context, shading: Shading, row: JoinedRow) -> Markup:
    return fill(
        '<tr{current}><td><button data-iso3="{iso3}">{country}</button></td>{numbers}</tr>',
        current=_CURRENT if row.iso3 == context.state.iso3 else "",
        iso3=row.iso3,
        country=context.country(row.iso3),
        numbers=joined(
            [
                _number(short_figure(context.t, row.value, row.qualifier), row.value)
                if row.has_value
                else _missing(),
                *_rate(context, shading, row),
                fill("<td>{text}</td>", text=context.t(STATE_LABELS[State(row.state)])),
                _class(context, shading, row.iso3),
                *_counts(context, (row.activities, row.planned, len(row.shared))),
            ]
        ),
    )


_CURRENT = fill(' aria-current="true"')


def _number(text: str, value: float) -> Markup:
    return fill('<td class="number" data-value="{value}">{text}</td>', value=value, text=text)


def _missing() -> Markup:
    """A cell without a figure: last in every order."""
    return fill('<td class="number" data-value="">–</td>')


def _rate(context: Context, shading: Shading, row: JoinedRow) -> Iterable[Markup]:
    """The rate and what the figure was divided by; nothing for figures that were not divided."""
    rates = shading.rates
    if rates is None:
        return
    value, found = rates.values.get(row.iso3), rates.denominators.get(row.iso3)
    yield _missing() if value is None else _number(short_rate(context.t, value, row.qualifier), value)
    said = denominator_text(rates, row.iso3, context.t)
    yield _missing() if found is None else _number(said, found.amount)


def _counts(context: Context, counts: Iterable[int]) -> Iterable[Markup]:
    return (_number(context.t.number(count), count) for count in counts)


def _class(context: Context, shading: Shading, iso3: str) -> Markup:
    """The class as the legend counts them; what is outlined or has no figure is in none."""
    found = shading.fills[iso3]
    if not found.isdigit():
        return fill('<td data-value="">–</td>')
    number = int(found) + 1
    text = context.t("{number} of {count}", number=number, count=len(shading.breaks.upper))
    return fill('<td data-value="{number}">{text}</td>', number=number, text=text)
