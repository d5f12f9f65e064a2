"""The map: where there is cooperation, how sure that is, and the way down into each country."""

from ess.ui.explorer import show_explorer

show_explorer()
