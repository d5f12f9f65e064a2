"""What the boundary view says, in words: printed under every map and in every file."""

from __future__ import annotations

from collections.abc import Mapping

from ess.locales import N_, Translator

_STATEMENTS: Mapping[str, str] = {
    "un": N_(
        "Boundaries: United Nations view. Western Sahara is drawn apart from Morocco, with a dashed line. "
        "The drawing of boundaries implies no opinion on the status of any territory."
    ),
    "ma": N_(
        "Boundaries: as published in Morocco. The Saharan provinces are drawn as part of Morocco. "
        "The drawing of boundaries implies no opinion on the status of any territory."
    ),
    "de_facto": N_(
        "Boundaries: de facto view, as Natural Earth draws it. The defence line in Western Sahara is dashed. "
        "The drawing of boundaries implies no opinion on the status of any territory."
    ),
}


def boundary_statement(view: str, translator: Translator) -> str:
    """The statement that goes with a boundary view."""
    return translator(_STATEMENTS[view])
