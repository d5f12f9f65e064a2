"""Compare: countries, dates or actors side by side on the same measures, and what may be subtracted."""

from ess.ui.compare import show_compare_page

show_compare_page()
