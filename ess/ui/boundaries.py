"""What the boundary view says, for the pages; its words are those of every file."""

from __future__ import annotations

from ess.exports.boundaries import boundary_statement

__all__ = ["boundary_statement"]
