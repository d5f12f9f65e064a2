"""Snapshots of a portfolio on disk, and the engine that answers questions over one of them."""
