"""The words of the template: codes under their labels, yes and no, and what an empty cell is taken for.

A code may be written as itself or as its label in French, English or Arabic. What a portfolio requires and a
person need not fill in has a default here; a default never says more than that something is not stated,
except where its comment says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ess.locales import translator
from ess.portfolio import codes
from ess.portfolio.codes import Code
from ess.portfolio.headings import sheet_name, table_named
from ess.portfolio.schema import LANGUAGES, TABLES, Column
from geodata.codes import normalised

NEUTRAL: Mapping[tuple[str, str], str | bool] = MappingProxyType(
    {
        ("sources", "grade"): "unknown",
        ("activities", "modality"): "unknown",
        ("activities", "stage"): "unknown",
        ("activities", "umbrella"): False,
        ("activities", "counted"): "one",
        ("results", "additive"): False,
    }
)
"""Taken for an empty cell, and for one that cannot be used: they add nothing to what is stated."""

USUAL: Mapping[tuple[str, str], str | bool] = MappingProxyType(
    {
        # IATI's own code for an organisation of another kind, or of none that is known.
        ("actors", "type"): "90",
        ("programmes", "kind"): "programme",
        # A sheet of places lists partner countries; providers say so.
        ("places", "role"): "recipient",
        ("participants", "role"): "participant",
        ("tags", "coded_by"): "source",
        ("indicators", "mappable"): True,
        ("notes", "kind"): "context",
    }
)
"""Taken for an empty cell only: a cell that cannot be used drops its row instead."""

TAG_CODES: Mapping[str, tuple[Code, ...]] = MappingProxyType(
    {
        "DAC5": codes.DAC5_SECTORS,
        "SDG_goal": codes.SDG_GOALS,
        "theme": codes.THEMES,
        "gender_marker": codes.GENDER_MARKERS,
    }
)
"""The lists behind the codes of a tag, by scheme; where labels are known, a label may stand for a code."""

_YES = frozenset(("true", "vrai", "oui", "yes", "1", "x", "نعم", "صحيح"))
_NO = frozenset(("false", "faux", "non", "no", "0", "لا", "خطا"))


def code_named(code_list: tuple[Code, ...], text: str) -> str | None:
    """The code that a text means: itself in any case, or its label in any language; None for another text."""
    written = text.strip()
    if any(entry.code == written for entry in code_list):
        return written
    key = normalised(written)
    return _labels(code_list).get(key) if key else None


def code_label(code_list: tuple[Code, ...], code: str, lang: str) -> str:
    """The label of a code in `lang`, or the code where its label would not be read back as that code."""
    found = next((translator(lang)(entry.label) for entry in code_list if entry.code == code), code)
    return found if code_named(code_list, found) == code else code


def column_label(column: Column, code: str, lang: str) -> str:
    """The label of a code of `column`; tables are called by the names of their sheets."""
    if column.name == "about_table":
        return sheet_name(TABLES[code], lang) if code in TABLES else code
    return code_label(column.codes, code, lang)


def column_code(column: Column, text: str) -> str | None:
    """The code of `column` that a text means; None for another text."""
    if column.name == "about_table":
        table = table_named(text)
        return table.name if table and table.name in column.allowed else None
    padded = text.strip().zfill(3) if column.codes is codes.REGIONS and text.strip().isdigit() else text
    return code_named(column.codes, padded)


@cache
def _labels(code_list: tuple[Code, ...]) -> Mapping[str, str]:
    """Codes by the key of code and label, without the keys that two codes share."""
    written = {(normalised(entry.code), entry.code) for entry in code_list}
    known = {key for key, _ in written}
    for lang in LANGUAGES:
        labels = ((normalised(translator(lang)(entry.label)), entry.code) for entry in code_list)
        # A code comes before a label that reads like it.
        written |= {(key, code) for key, code in labels if key not in known}
    shared = Counter(key for key, _ in written)
    return {key: code for key, code in written if shared[key] == 1 and key}


def truth_named(text: str) -> bool | None:
    """What yes, no, true or false means in any of the languages; None for another text."""
    key = normalised(text)
    return True if key in _YES else False if key in _NO else None
