"""The classes that a reader's state asks for: one shading for map, legend, table and files."""

from __future__ import annotations

from typing import Any

from ess.analysis.breaks import MANUAL
from ess.analysis.normalising import NORMS, may_be_divided
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading
from ess.maps.palette import is_diverging
from ess.ui import cache
from ess.ui.context import Context


def classed(context: Context) -> Shading:
    """The shading that the reader's state asks for."""
    state = context.state
    return cache.shading(
        context.snapshot.id,
        state.measure,
        state.selection,
        state.view,
        state.scheme,
        state.k,
        **_in_effect(context),
    )


def classed_together(context: Context, selections: tuple[Selection, ...]) -> tuple[Shading, ...]:
    """The shadings of several selections, in the classes of all their values together."""
    state = context.state
    return cache.shadings(
        context.snapshot.id,
        state.measure,
        selections,
        state.view,
        state.scheme,
        state.k,
        **_in_effect(context),
    )


def _in_effect(context: Context) -> dict[str, Any]:
    """What changes the classes beside scheme and number: a middle, say, only under a diverging palette.

    Nothing for the first view, so that it is kept under the key that the start of the server fills.
    """
    state = context.state
    found = {
        "limits": state.breaks if state.scheme == MANUAL else (),
        "middle": state.middle if is_diverging(state.palette) else None,
        "norm": state.norm if state.norm != NORMS[0] and may_divide(context) else None,
    }
    return {name: value for name, value in found.items() if value not in ((), None)}


def may_divide(context: Context) -> bool:
    """Whether a rate of what is mapped means something."""
    return may_be_divided(context.state.measure, cache.additive(context.snapshot.id))
