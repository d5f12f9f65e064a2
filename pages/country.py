"""One country: what there is, in which records, with which figures, and what each rests on."""

from ess.ui.country import show_country_page

show_country_page()
