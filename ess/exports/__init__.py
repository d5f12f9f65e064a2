"""Files to take away: tables and shapes, each with its caveats, its snapshot and its boundary view."""
