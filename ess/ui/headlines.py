"""The headline figures, each with what it must not be taken for."""

from __future__ import annotations

from ess.analysis.totals import Headlines, StatedTotal, TypeTotal
from ess.escape import Markup, fill, joined
from ess.exports.labels import TYPES_PLURAL
from ess.locales.figures import short_figure
from ess.ui import cache
from ess.ui.context import Context

#: Types with a headline of their own, in this order.
_TOLD = ("agreement", "project", "training", "event")


def build_headlines(context: Context) -> Markup:
    """Partner countries, then one figure a type of record, then stated totals beside identified ones."""
    found = cache.headlines(context.snapshot.id, context.state.selection, context.state.view)
    told = [one for code in _TOLD for one in found.types if one.activity_type == code]
    stated = cache.stated(context.snapshot.id, context.state.selection, context.state.view)[:1]
    cards = [
        _partners(context, found),
        *(_type(context, one) for one in told),
        *(_stated(context, one) for one in stated),
    ]
    return fill('<dl class="atlas-figures">{cards}</dl>', cards=joined(cards))


def _card(label: str, value: str, below: str, caveat: Markup, width: str = "") -> Markup:
    """One figure: what it counts, how many, where, and what it must not be taken for."""
    return fill(
        '<div class="{width}"><dt>{label}</dt><dd class="value">{value}</dd><dd class="atlas-note">{below}'
        "{caveat}</dd></div>",
        width=width,
        label=label,
        value=value,
        below=below,
        caveat=caveat,
    )


def _caveat(context: Context, text: str) -> Markup:
    """What a figure must not be taken for, to unfold."""
    return fill(
        '<details><summary aria-label="{about}">ⓘ</summary><p>{text}</p></details>',
        about=context.t("What this number is, and is not"),
        text=text,
    )


def _partners(context: Context, found: Headlines) -> Markup:
    """Partner countries with at least one record that is not merely planned."""
    t = context.t
    home = context.country(context.settings.home)
    return _card(
        t("Partner countries"),
        t.number(len(found.partners)),
        t("{home} not counted", home=home) if home else "",
        _caveat(context, _partner_caveat(context, home)),
    )


def _partner_caveat(context: Context, home: str) -> str:
    t = context.t
    if not home:
        return t(
            "Countries with at least one record that is not merely planned. "
            "Regional and unnamed partners are not in this number."
        )
    return t(
        "Countries with at least one record that is not merely planned. {home}, the home country, "
        "is not counted. "
        "Regional and unnamed partners are not in this number.",
        home=home,
    )


def _type(context: Context, one: TypeTotal) -> Markup:
    """Records of one type: how many, in how many countries; a lower bound is written as one."""
    t, count = context.t, one.count
    planned = t.n("{count} planned", "{count} planned", count.planned) if count.planned else ""
    return _card(
        t(TYPES_PLURAL[one.activity_type]),
        short_figure(t, count.firm, count.qualifier) if count.firm else "–",
        " · ".join(filter(None, (_where(context, one), planned))),
        _caveat(context, _type_caveat(context, one)),
    )


def _where(context: Context, one: TypeTotal) -> str:
    t, home = context.t, context.country(context.settings.home)
    if not one.countries:
        return home if one.at_home else ""
    if one.at_home:
        return t.n(
            "{count} country + {home}",
            "{count} countries + {home}",
            one.countries,
            home=home,
        )
    return t.n("{count} country", "{count} countries", one.countries)


def _type_caveat(context: Context, one: TypeTotal) -> str:
    t = context.t
    texts = [t("Records of this type, each once however many countries it names; plans are not counted.")]
    if one.count.at_least:
        texts.append(
            t(
                "A lower bound: the source speaks of several without counting them, "
                "so each record stands for at least one."
            )
        )
    return " ".join(texts)


def _stated(context: Context, one: StatedTotal) -> Markup:
    """A stated number of countries beside those that the records name; the gap stays visible."""
    t = context.t
    return _card(
        t.field(context.vocabulary.indicators[one.result["indicator"]], "label"),
        t("{identified} of {stated}", identified=t.number(len(one.identified)), stated=t.number(one.stated)),
        t("identified, of those the source states"),
        _caveat(
            context,
            t(
                "The source states {stated} countries; the records name {identified}: {names}. "
                "Both numbers are kept, and the difference is shown rather than guessed.",
                stated=t.number(one.stated),
                identified=t.number(len(one.identified)),
                names=t.list(context.country(iso3) for iso3 in one.identified),
            ),
        ),
        "wide",
    )
