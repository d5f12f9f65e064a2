"""What changed: two snapshots side by side, activity by activity, field by field."""

from ess.ui.changes import show_changes_page

show_changes_page()
