"""Flows: who works with whom, on the map, in a table and as a diagram, and the records of a pair."""

from ess.ui.flows import show_flows_page

show_flows_page()
