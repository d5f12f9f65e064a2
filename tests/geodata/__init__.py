"""Tests of the country layer, its codes and groups, and how they are made."""
