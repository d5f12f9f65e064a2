"""How a figure with its qualifier is written."""

from __future__ import annotations

from ess.locales import N_, Translator

_ISOLATE, _END_ISOLATE = "\u2066", "\u2069"  # LEFT-TO-RIGHT ISOLATE, POP DIRECTIONAL ISOLATE
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


def worded_figure(translator: Translator, value: float, qualifier: str | None) -> str:
    """The figure with its qualifier in words, for a sentence: ``at least 2``."""
    number = translator.number(value)
    phrase = _WORDS.get(qualifier or "=")
    return translator(phrase, value=number) if phrase else number
