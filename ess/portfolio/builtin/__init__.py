"""The built-in portfolio: what two articles say of Morocco's cooperation in the social economy."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from ess.portfolio.files import read_portfolio


def builtin_folder() -> Path:
    """The folder of the built-in portfolio's tables."""
    return Path(__file__).parent


def read_builtin(countries: frozenset[str] | None = None) -> dict[str, pa.Table]:
    """Read the built-in portfolio.

    Parameters
    ----------
    countries
        The ISO 3166-1 alpha-3 codes that exist; None leaves the codes' existence unchecked.

    Raises
    ------
    PortfolioError
        When a file of the built-in portfolio was damaged.
    """
    return read_portfolio(builtin_folder(), countries)
