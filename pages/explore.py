"""Explore data: every activity, result and amount of the selection in a table, to search and to take away."""

from ess.ui.explore import show_explore_page

show_explore_page()
