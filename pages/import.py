"""Import: somebody's own files in, for this session only or for everyone, with a report of what was lost."""

from ess.ui.importing.page import show_import_page

show_import_page()
