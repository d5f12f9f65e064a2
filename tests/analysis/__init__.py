"""Tests of the questions: selection, measures by country, class breaks, profiles."""
