"""Shapes, codes and names of countries, and how they are made; knows nothing of cooperation."""
