"""Pure questions about a portfolio: selection, measures by country, totals, class breaks, profiles."""
