"""The pages' own logic."""
