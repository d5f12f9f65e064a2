"""The tables and charts of a comparison: figure, presence, plan and nothing kept apart on every side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ess.analysis.by_country import State
from ess.analysis.comparing import (
    RECORDS,
    Compared,
    Difference,
    Known,
    Why,
    compare_by_country,
    compare_countries,
    known_of_count,
    known_of_total,
    mark_other_units,
)
from ess.analysis.counts import total
from ess.analysis.measures import ALL_RECORDS, TYPES, Measure, list_measures
from ess.analysis.selection import Selection, group_members
from ess.escape import Markup, fill, joined
from ess.exports.answer import STATE_LABELS
from ess.exports.comparing import WHY_LABELS, compared_label
from ess.locales import Translator
from ess.locales.figures import short_figure
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.html import build_note

_PERCENT = "percent"
_COUNTS = (
    Measure(ALL_RECORDS, "count", None, "records"),
    *(Measure(code, "count", code, "records") for code in TYPES),
)


def read_rows(context: Context) -> tuple[Compared, ...]:
    """Everything that is compared: measures of whole sides, then countries where the sides are none."""
    state, sides = context.state, context.state.sides
    selections, undated = sides.selections(state.selection), sides.undated(state.selection)
    if sides.kind == "countries":
        answers = [
            cache.answer(context.snapshot.id, measure, selections[0], state.view)
            for measure in list_measures(context.vocabulary)
            if not measure.equal
        ]
        return tuple(row for row in compare_countries(answers, sides.codes) if not row.is_empty)
    found = [cache.answer(context.snapshot.id, state.measure, one, state.view) for one in selections]
    without = (
        cache.answer(context.snapshot.id, state.measure, undated, state.view) if undated is not None else None
    )
    known = sorted({iso3 for answer in found for iso3 in answer.values}, key=context.country)
    return (*_whole_rows(context, selections, undated), *compare_by_country(found, without, known))


def _whole_rows(
    context: Context, selections: Sequence[Selection], undated: Selection | None
) -> tuple[Compared, ...]:
    """Records by type, partner countries, and amounts by currency of whole sides."""
    asked = [*selections, *([undated] if undated else [])]
    tallies = [cache.tally(context.snapshot.id, one, context.state.view) for one in asked]
    rows = [
        _compared(
            measure,
            [known_of_count(total(tally.overall, measure.code)) for tally in tallies],
            len(selections),
        )
        for measure in _COUNTS
    ]
    rows.append(_compared(None, [_partners(context, one) for one in asked], len(selections)))
    if group_members(context.state.selection) is None:
        rows += [
            _compared(
                measure,
                [
                    known_of_total(
                        measure,
                        cache.answer(context.snapshot.id, measure, one, context.state.view),
                        total(tally.overall),
                    )
                    for one, tally in zip(asked, tallies, strict=True)
                ],
                len(selections),
            )
            for measure in list_measures(context.vocabulary)
            if measure.kind == "amount" and not measure.equal
        ]
    return tuple(row for row in mark_other_units(rows) if not row.is_empty)


def _compared(measure: Measure | None, known: Sequence[Known], sides: int) -> Compared:
    """The sides, and what is undated where that was asked for beside them."""
    return Compared(measure, tuple(known[:sides]), undated=known[sides] if len(known) > sides else None)


def _partners(context: Context, selection: Selection) -> Known:
    found = cache.headlines(context.snapshot.id, selection, context.state.view)
    firm, planned = len(found.partners), len(found.planned_only)
    state = State.FIGURE if firm else State.PLANNED if planned else State.NONE
    return Known("countries", state, float(firm) if firm else None, "=" if firm else None)


def build_sides_table(context: Context, rows: Sequence[Compared], names: Sequence[str]) -> Markup:
    """What is known of each side, measure by measure, and what is undated beside both years."""
    t = context.t
    whole = _telling(rows)
    if not any(row.iso3 is None for row in rows):
        return build_note(t("Nothing is recorded of any of them under this selection: that is not a zero."))
    with_undated = any(row.undated is not None for row in whole)
    heads = [t("Measure"), *names, *([t("Undated, under both")] if with_undated else [])]
    lines = (
        fill(
            '<tr data-measure="{key}"><th scope="row">{label}</th>{cells}</tr>',
            key=row.measure.key if row.measure else "partner_countries",
            label=compared_label(row, context.vocabulary, t),
            cells=joined(_cell(known, t) for known in _told(row)),
        )
        for row in whole
    )
    below = joined([_undated_note(rows, t), _without_figure(context, rows)])
    return _table("measures", t("Side by side"), heads, lines, below)


def _telling(rows: Iterable[Compared]) -> list[Compared]:
    """Rows of whole sides of which any side has a figure, or takes part in one, or plans some."""
    return [row for row in rows if row.iso3 is None and row.is_telling]


def _without_figure(context: Context, rows: Iterable[Compared]) -> Markup:
    """The measures of which no side states a figure, by name: that is not nothing, and no zero."""
    t = context.t
    labels = [
        compared_label(row, context.vocabulary, t) for row in rows if row.iso3 is None and not row.is_telling
    ]
    if not labels:
        return Markup()
    return build_note(t("No figure on any side, which is not a zero: {measures}.", measures=t.list(labels)))


def build_differences(context: Context, rows: Sequence[Compared], names: Sequence[str]) -> Markup:
    """How much more each side is than the first, or why that cannot be said."""
    t = context.t
    whole = _telling(rows)
    by_country = [row for row in rows if row.iso3 is not None]
    heads = [t("{other} less {first}", other=name, first=names[0]) for name in names[1:]]
    lines = (
        fill(
            '<tr data-measure="{key}"><th scope="row">{label}</th>{cells}</tr>',
            key=row.measure.key if row.measure else "partner_countries",
            label=compared_label(row, context.vocabulary, t),
            cells=joined(_difference(row, found, t) for found in row.differences),
        )
        for row in whole
    )
    hint = build_note(t("Only what can be compared is subtracted; otherwise the reason stands in its place."))
    pieces = [_table("differences", t("Differences"), [t("Measure"), *heads], lines, hint)] if whole else []
    if by_country:
        pieces.append(_by_country(context, by_country, names, heads))
    return joined(pieces)


def _by_country(
    context: Context, rows: Sequence[Compared], names: Sequence[str], heads: Sequence[str]
) -> Markup:
    t = context.t
    undated = [t("Undated, under both")] if any(row.undated is not None for row in rows) else []
    lines = (
        fill(
            '<tr data-country="{iso3}"><th scope="row">{country}</th>{cells}{difference}</tr>',
            iso3=row.iso3,
            country=context.country(row.iso3 or ""),
            cells=joined(_cell(known, t) for known in _told(row)),
            difference=joined(_difference(row, found, t) for found in row.differences),
        )
        for row in rows
    )
    title = t("By country: {measure}", measure=compared_label(rows[0], context.vocabulary, t))
    return _table("countries", title, [t("Country"), *names, *undated, *heads], lines, Markup())


def _told(row: Compared) -> tuple[Known, ...]:
    return row.sides if row.undated is None else (*row.sides, row.undated)


def _table(part: str, title: str, heads: Iterable[str], lines: Iterable[Markup], below: Markup) -> Markup:
    return fill(
        '<section class="atlas-section" data-part="{part}"><h4>{title}</h4>'
        '<div class="atlas-table atlas-compared" tabindex="0"><table aria-label="{title}"><thead><tr>{heads}'
        "</tr></thead><tbody>{lines}</tbody></table></div>{below}</section>",
        part=part,
        title=title,
        heads=joined(fill('<th scope="col">{text}</th>', text=text) for text in heads),
        lines=joined(lines),
        below=below,
    )


def _cell(known: Known, t: Translator) -> Markup:
    """A figure with what must be said of it, or the mark and the name of what is known instead."""
    return fill(
        '<td data-state="{state}">{figure} <small>{beside}</small></td>',
        state=known.state,
        figure=_figure(known, t),
        beside=" · ".join(_beside(known, t)),
    )


def _figure(known: Known, t: Translator) -> Markup:
    if known.value is not None:
        return fill("<b>{text}</b>", text=short_figure(t, known.value, known.qualifier))
    return fill('<i class="atlas-swatch fill-{state}"></i>{text}', state=known.state, text=_lacking(known, t))


def _lacking(known: Known, t: Translator) -> str:
    """What is known of a side without a value."""
    if known.state == State.FIGURE:
        return t("Several figures that may not be added")
    return t(STATE_LABELS[known.state])


def _beside(known: Known, t: Translator) -> Iterable[str]:
    if known.derived:
        yield t("Derived, not stated")
    if known.planned and known.state == State.FIGURE:
        yield t.n("{count} planned record beside", "{count} planned records beside", known.planned)
    if known.shared:
        yield t.n("takes part in {count} shared total", "takes part in {count} shared totals", known.shared)


def _difference(row: Compared, found: Difference | Why, t: Translator) -> Markup:
    if isinstance(found, Why):
        return fill('<td data-why="{why}"><small>{text}</small></td>', why=found, text=t(WHY_LABELS[found]))
    beside = [t("derived")] if found.derived else []
    if row.undated and row.undated.records and row.undated.unit == RECORDS:
        beside.append(t("dated ones; the undated stand in both"))
    return fill(
        '<td data-difference="{value}"><b>{text}</b> <small>{beside}</small></td>',
        value=found.value,
        text=signed(found, row.sides[0].unit, t),
        beside=" · ".join(beside),
    )


def signed(found: Difference, unit: str, t: Translator) -> str:
    """A difference with its sign, in points where percentages were subtracted: ``+3``, ``≈ −2``, ``0``.

    In text from right to left it stands in a left-to-right isolate, or its sign would change sides.
    """
    sign = "+" if found.value > 0 else "−" if found.value < 0 else ""
    text = f"{'≈ ' if found.qualifier == '~' else ''}{sign}{t.number(abs(found.value))}"
    text = f"\u2066{text}\u2069" if t.is_rtl else text
    return t("{value} percentage points", value=text) if unit == _PERCENT else text


def _undated_note(rows: Sequence[Compared], t: Translator) -> Markup:
    undated = next((row.undated for row in rows if row.undated is not None), None)
    if undated is None:
        return Markup()
    said = t.n(
        "{count} undated record stands under both years: nothing says in which it lies.",
        "{count} undated records stand under both years: nothing says in which they lie.",
        undated.records,
    )
    touched = t("A record stands under every year that its period touches.")
    return build_note(f"{touched} {said}" if undated.records else touched)


def build_bars(context: Context, rows: Sequence[Compared], names: Sequence[str]) -> Markup:
    """Bars of the counts: one scale a measure, from zero. What is missing has a mark and no bar."""
    t = context.t
    shown = [row for row in rows if row.iso3 is None and row.has_figure and _is_count(row)]
    charts = (
        fill(
            '<figure data-chart="bars"><figcaption>{label}</figcaption>{lines}</figure>',
            label=compared_label(row, context.vocabulary, t),
            lines=joined(
                _bar(number, name, known, _span(row), t)
                for number, (name, known) in enumerate(zip(names, row.sides, strict=True), start=1)
            ),
        )
        for row in shown
    )
    return _charts("bars", t("Records, side by side"), charts) if shown else Markup()


def _is_count(row: Compared) -> bool:
    return row.measure is None or row.measure.kind == "count"


def _span(*rows: Compared) -> tuple[float, float]:
    """The axis of rows of one measure: from the least to the largest value, zero always on it."""
    values = [known.value for row in rows for known in row.sides if known.value is not None]
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    return low, high if high > low else low + 1.0


def _at(value: float, span: tuple[float, float]) -> float:
    return 100 * (value - span[0]) / (span[1] - span[0])


def _bar(number: int, name: str, known: Known, span: tuple[float, float], t: Translator) -> Markup:
    bar = Markup()
    if known.value is not None:
        start, end = sorted((_at(0.0, span), _at(known.value, span)))
        bar = fill(
            '<i class="bar side-{number} {bound}" style="inset-inline-start:{start}%;width:{width}%"></i>',
            number=number,
            bound="" if known.qualifier == "=" else "bound",
            start=f"{start:.1f}",
            width=f"{end - start:.1f}",
        )
    return fill(
        '<div class="line"><span class="who">{side} {name}</span><span class="track">{bar}</span>'
        '<span class="what">{figure}</span></div>',
        side=_side(number),
        name=name,
        bar=bar,
        figure=_figure(known, t),
    )


def _side(number: int) -> Markup:
    return fill('<b class="side side-{number}">{number}</b>', number=number)


def build_dumbbells(context: Context, rows: Sequence[Compared], names: Sequence[str]) -> Markup:
    """Figures and amounts as dots on one line, a scale a measure: countries of one measure share theirs."""
    t = context.t
    whole = [row for row in rows if row.iso3 is None and row.has_figure and not _is_count(row)]
    by_country = [row for row in rows if row.iso3 is not None and row.has_figure]
    charts = (
        _dumbbell(row, compared_label(row, context.vocabulary, t), names, _span(row), t) for row in whole
    )
    shared = _span(*by_country) if by_country else (0.0, 1.0)
    lines = (_dumbbell(row, context.country(row.iso3 or ""), names, shared, t) for row in by_country)
    title = t("By country: {measure}", measure=compared_label(rows[-1], context.vocabulary, t))
    return joined(
        [
            _charts("dumbbells", t("Figures and amounts, side by side"), charts) if whole else Markup(),
            _charts("country-dumbbells", title, lines) if by_country else Markup(),
        ]
    )


def _dumbbell(
    row: Compared, label: str, names: Sequence[str], span: tuple[float, float], t: Translator
) -> Markup:
    """A line with a dot a side; what each dot says, and which side has none, stands below it."""
    return fill(
        '<figure data-chart="dumbbell"><figcaption>{label}</figcaption><div class="track">{marks}</div>'
        '<div class="said">{said}</div></figure>',
        label=label,
        marks=_marks(row, span),
        said=joined(
            fill(
                "<span>{side} {figure} <small>{name}</small></span> ",
                side=_side(number),
                figure=_figure(known, t),
                name=name,
            )
            for number, (name, known) in enumerate(zip(names, row.sides, strict=True), start=1)
        ),
    )


def _marks(row: Compared, span: tuple[float, float]) -> Markup:
    """The dots, and the line between the least and the largest."""
    placed = [
        (number, _at(known.value, span), known)
        for number, known in enumerate(row.sides, start=1)
        if known.value is not None
    ]
    low, high = min(at for _, at, _ in placed), max(at for _, at, _ in placed)
    line = fill(
        '<i class="between" style="inset-inline-start:{start}%;width:{width}%"></i>',
        start=f"{low:.1f}",
        width=f"{high - low:.1f}",
    )
    dots = (
        fill(
            '<b class="dot side side-{number} {bound}" style="inset-inline-start:{at}%">{number}</b>',
            number=number,
            bound="" if known.qualifier == "=" else "bound",
            at=f"{at:.1f}",
        )
        for number, at, known in placed
    )
    return joined([line, *dots])


def _charts(part: str, title: str, charts: Iterable[Markup]) -> Markup:
    return fill(
        '<section class="atlas-section" data-part="{part}"><h4>{title}</h4>'
        '<div class="atlas-charts" tabindex="0">{charts}</div></section>',
        part=part,
        title=title,
        charts=joined(charts),
    )
