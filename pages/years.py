"""Over time: the measure year by year, as small maps in the same classes and as columns."""

from ess.ui.years import show_years_page

show_years_page()
