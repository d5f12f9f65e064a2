"""Sequential palettes that readers with any colour vision can order, and the fills of the states."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from branca.utilities import color_brewer

#: ColorBrewer's sequential palettes that its authors mark as safe for colour-blind readers.
PALETTES = ("YlGnBu", "YlOrBr", "BuPu", "Greens", "Blues")
DEFAULT_PALETTE = "YlGnBu"

_WIDEST = 9


def palette_colours(name: str, classes: int) -> list[str]:
    """`classes` colours of palette `name`, light to dark, as hexadecimal.

    The two lightest steps are left out, because they are too close to the fill of a country without a record.

    Raises
    ------
    ValueError
        When there is no palette of that name.
    """
    if name not in PALETTES:
        message = f"no palette {name}"
        raise ValueError(message)
    steps = _steps(name, _WIDEST)[2:]
    if classes <= 0:
        return []
    if classes == 1:
        return [steps[3]]
    at = [round(i * (len(steps) - 1) / (classes - 1)) for i in range(classes)]
    return [steps[i] for i in at] if classes <= len(steps) else list(_steps(name, classes))


@cache
def _steps(name: str, steps: int) -> Sequence[str]:
    """A palette of so many colours; branca reads its file anew each time."""
    return tuple(color_brewer(name, steps))
