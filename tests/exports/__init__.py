"""Tests of the files that readers take away."""
