"""Beside the map: the chosen country in short, or the partners to choose from."""

from __future__ import annotations

from collections.abc import Iterable

from ess.analysis.by_country import CountryValue, RegionValue, State
from ess.analysis.profile import CountryProfile
from ess.escape import Markup, fill, joined
from ess.exports.answer import STATE_LABELS, place_name, shared_sentence
from ess.exports.labels import TYPES_PLURAL, code_label, measure_label
from ess.locales.figures import short_figure, worded_figure
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.html import build_note
from ess.ui.links import page_link
from ess.ui.records import figure_words

#: Countries in the list beside the map, and lines of one country; the table and its page have them all.
_LISTED = 30


def build_summary(context: Context) -> Markup:
    """The chosen country, else the partner countries with their values; then what has no country."""
    iso3 = context.state.iso3
    chosen = build_partner_list(context) if iso3 is None else build_country_summary(context, iso3)
    return joined([chosen, build_regional(context)])


def show_way_to_country(context: Context) -> None:
    """The way to the page of the chosen country, if one is chosen."""
    if context.state.iso3 is not None:
        page_link(context, "country", context.t("Open the country page"), icon=":material/arrow_forward:")


def build_country_summary(context: Context, iso3: str) -> Markup:
    """Name, value of the measure, records by type, and shared totals."""
    t, state = context.t, context.state
    answer = cache.answer(context.snapshot.id, state.measure, state.selection, state.view).of(iso3)
    profile = cache.profile(context.snapshot.id, iso3, state.selection, state.view)
    lines = [
        *_type_lines(context, profile),
        *(_line(context, *figure_words(context, one.result)) for one in profile.figures),
    ]
    nothing = t("No record of this country in the selection. Nothing recorded is not nothing done.")
    return fill(
        '<section class="atlas-box atlas-summary"><h3>{name}</h3><p>{value}</p>{nothing}<ul>{lines}</ul>'
        '{shared}<button class="atlas-close" data-close="">{close}</button></section>',
        name=context.country(iso3),
        value=describe_value(context, answer),
        nothing=build_note(nothing if profile.is_empty else ""),
        lines=joined(fill("<li>{line}</li>", line=line) for line in lines[:_LISTED]),
        shared=joined(build_note(shared_sentence(shared, t)) for shared in answer.shared[:_LISTED]),
        close=t("Close"),
    )


def _line(context: Context, label: str, value: str, unit: str = "") -> Markup:
    """What is counted, and how many of it."""
    return fill(
        "{label}{colon}<b>{value}</b> {unit}", label=label, colon=context.t(": "), value=value, unit=unit
    )


def describe_value(context: Context, answer: CountryValue) -> Markup:
    """The country's value for the measure in words; a missing figure is named, never shown as zero."""
    t = context.t
    label = measure_label(context.state.measure, context.vocabulary, t)
    if answer.value is None:
        several = answer.state == State.FIGURE
        said = t("Several figures that may not be added") if several else t(STATE_LABELS[answer.state])
        return fill("{label}{colon}<em>{said}</em>", label=label, colon=t(": "), said=said)
    unit = context.state.measure.unit if context.state.measure.kind == "result" else ""
    derived = f"({t('Derived, not stated')})" if answer.derived else ""
    value = worded_figure(t, answer.value, answer.qualifier)
    said = " ".join(filter(None, (value, code_label("unit", unit, t) if unit else "")))
    return _line(context, label, said, derived)


def _type_lines(context: Context, profile: CountryProfile) -> Iterable[Markup]:
    """Records by type, firm and planned apart."""
    t = context.t
    for code, count in sorted(profile.by_type.items(), key=lambda item: list(TYPES_PLURAL).index(item[0])):
        said = short_figure(t, count.firm, count.qualifier) if count.firm else ""
        planned = t.n("{count} planned", "{count} planned", count.planned) if count.planned else ""
        yield _line(context, t(TYPES_PLURAL[code]), ", ".join(filter(None, (said, planned))))


def build_partner_list(context: Context) -> Markup:
    """Partner countries with the value of the measure, to choose one by pressing it."""
    t, state = context.t, context.state
    answer = cache.answer(context.snapshot.id, state.measure, state.selection, state.view)
    values = [value for value in answer.values.values() if value.iso3 != context.settings.home]
    values.sort(key=lambda value: (-(value.value or 0), context.country(value.iso3)))
    return fill(
        '<section class="atlas-box"><h3>{title}</h3>{hint}'
        '<div class="atlas-partners">{partners}</div></section>',
        title=t("Choose a country"),
        hint=build_note(t("On the map, in this list, or by typing its name.")),
        partners=joined(
            fill('<button data-iso3="{iso3}">{text}</button>', iso3=value.iso3, text=_told(context, value))
            for value in values[:_LISTED]
        ),
    )


def _told(context: Context, value: CountryValue) -> str:
    """A country and its value, or what is known instead of one."""
    t = context.t
    shown = short_figure(t, value.value, value.qualifier) if value.value is not None else ""
    return f"{context.country(value.iso3)}{t(': ')}{shown or t(STATE_LABELS[value.state])}"


def build_regional(context: Context) -> Markup:
    """Regional and unnamed records: countable, and never spread over countries."""
    t, state = context.t, context.state
    found = cache.regional(context.snapshot.id, state.measure, state.selection)
    left = cache.answer(context.snapshot.id, state.measure, state.selection, state.view).unallocated
    if not found and not left:
        return Markup()
    lines = [_regional_line(context, one) for one in found]
    notes = [t("Regional and unnamed partners are counted here and shade no country.")]
    if left:
        lines.append(_line(context, t("Not allocated to a country"), short_figure(t, left, "=")))
        notes.insert(0, t("No published share gives these amounts to a country; none is shaded with them."))
    if state.measure.equal:
        notes.append(
            t("Amounts over several countries are split equally here: a convention, no source says so.")
        )
    return fill(
        '<section class="atlas-box atlas-regional"><h3>{title}</h3>{lines}{notes}</section>',
        title=t("Without a country"),
        lines=joined(fill("<p>{line}</p>", line=line) for line in lines),
        notes=joined(build_note(note) for note in notes),
    )


def _regional_line(context: Context, one: RegionValue) -> Markup:
    """A region, its records, and its figure when one is stated of it."""
    t = context.t
    told = [t.n("{count} record", "{count} records", one.activities)] if one.activities else []
    if one.value is not None and context.state.measure.kind != "count":
        told.append(short_figure(t, one.value, one.qualifier))
    return _line(context, place_name(one.region, t), " · ".join(told))
