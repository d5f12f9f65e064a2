"""Tests of the portfolio's tables."""
