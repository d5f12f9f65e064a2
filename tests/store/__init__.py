"""Tests of the snapshots and of the engine."""
