"""How a figure with its qualifier is written."""

from __future__ import annotations

from ess.locales import N_, Translator

_SIGNS = {">": "> ", ">=": "≥ ", "<": "< ", "<=": "≤ ", "~": "≈ "}
_WORDS = {
    ">": N_("more than {value}"),
    ">=": N_("at least {value}"),
    "<": N_("less than {value}"),
    "<=": N_("at most {value}"),
    "~": N_("about {value}"),
}


def short_figure(translator: Translator, value: float, qualifier: str | None) -> str:
    """The figure with a sign, for a map, an axis or a cell: ``≥ 2``."""
    return _SIGNS.get(qualifier or "=", "") + translator.number(value)


def worded_figure(translator: Translator, value: float, qualifier: str | None) -> str:
    """The figure with its qualifier in words, for a sentence: ``at least 2``."""
    number = translator.number(value)
    phrase = _WORDS.get(qualifier or "=")
    return translator(phrase, value=number) if phrase else number
