"""How a figure with its qualifier is written."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

from ess.locales import N_, Translator

_ISOLATE, _END_ISOLATE = "\u2066", "\u2069"  # LEFT-TO-RIGHT ISOLATE, POP DIRECTIONAL ISOLATE
_LONG = 10_000
_TINY = 1e-12  # nobody counts the zeros of what is smaller
_SIGNS = {">": "> ", ">=": "≥ ", "<": "< ", "<=": "≤ ", "~": "≈ "}
_WORDS = {
    ">": N_("more than {value}"),
    ">=": N_("at least {value}"),
    "<": N_("less than {value}"),
    "<=": N_("at most {value}"),
    "~": N_("about {value}"),
}


def short_figure(translator: Translator, value: float, qualifier: str | None) -> str:
    """The figure with a sign, for a map, an axis or a cell: ``≥ 2``.

    Text that runs from right to left would mirror the sign and turn a lower bound into an upper one: there
    the figure stands in a left-to-right isolate.
    """
    figure = _SIGNS.get(qualifier or "=", "") + translator.number(value)
    return f"{_ISOLATE}{figure}{_END_ISOLATE}" if translator.is_rtl else figure


def compact_figure(translator: Translator, value: float, qualifier: str | None) -> str:
    """As `short_figure`, a long exact figure in few digits with its scale: ``2,8 Md``.

    For the mark of a chart, beside which the whole figure is told. A bound keeps all of its digits.
    """
    if abs(value) < _LONG or qualifier not in (None, "="):
        return short_figure(translator, value, qualifier)
    return translator.compact(value)


def short_rate(translator: Translator, value: float, qualifier: str | None) -> str:
    """A figure that was divided, in three significant digits, with its sign.

    A lower bound is rounded down and an upper bound up: what is written stays true.
    """
    rounding = {">": math.floor, ">=": math.floor, "<": math.ceil, "<=": math.ceil}.get(
        qualifier or "=", round
    )
    figure = _SIGNS.get(qualifier or "=", "") + significant(translator, value, rounding)
    return f"{_ISOLATE}{figure}{_END_ISOLATE}" if translator.is_rtl else figure


def significant(
    translator: Translator, value: float, rounding: Callable[[float], int] = round, digits: int = 3
) -> str:
    """`value` with `digits` significant digits after the point at most; whole numbers keep all of theirs."""
    if value == 0:
        return translator.number(0)
    if abs(value) < _TINY:
        return f"{value:.2e}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    if not decimals:
        return translator.number(rounding(value))
    scaled = Decimal(value).scaleb(decimals)
    rounded = Decimal(rounding(scaled)).scaleb(-decimals).normalize()  # type: ignore[arg-type]
    return translator.number(float(rounded), max(0, -int(rounded.as_tuple().exponent)))


def worded_figure(translator: Translator, value: float, qualifier: str | None) -> str:
    """The figure with its qualifier in words, for a sentence: ``at least 2``."""
    number = translator.number(value)
    phrase = _WORDS.get(qualifier or "=")
    return translator(phrase, value=number) if phrase else number
