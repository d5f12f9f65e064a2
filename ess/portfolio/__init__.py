"""The tables of a portfolio: schema, code lists, checks, reading and writing, and the built-in portfolio."""
