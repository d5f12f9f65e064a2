"""Data quality: how much of the records is known, how old it is, what is lacking and whom to ask."""

from ess.ui.quality import show_quality_page

show_quality_page()
