"""Inhabitants of countries: the latest year for which the source has a value, kept by country."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from geodata._tables import read_rows
from geodata.errors import LayerError
from geodata.sources import DATA, Sidecar, read_sidecars

TABLE: Final = "population.csv"
COLUMNS: Final = ("iso3", "year", "persons")


@dataclass(frozen=True)
class Population:
    """Inhabitants of a country in the middle of a year.

    Attributes
    ----------
    persons
        Whole persons, never zero.
    year
        The latest year with a value, which is not the same for all countries.
    """

    persons: int
    year: int


@lru_cache(maxsize=1)
def populations() -> Mapping[str, Population]:
    """Inhabitants by iso3. A country that the source has no value for is absent: that is not a zero.

    The value is that of the source's own country, whatever boundary view a map is drawn in.

    Raises
    ------
    LayerError
        When the table cannot be read.
    """
    rows = read_rows(TABLE, COLUMNS)
    return MappingProxyType({row["iso3"]: Population(int(row["persons"]), int(row["year"])) for row in rows})


@lru_cache(maxsize=1)
def population_source() -> Sidecar:
    """Where the inhabitants come from.

    Raises
    ------
    LayerError
        When the table has no sidecar.
    """
    found = [sidecar for sidecar in read_sidecars(DATA) if sidecar.file == TABLE]
    if not found:
        raise LayerError(f"{TABLE} has no sidecar; expected one beside it: install the package again.")
    return found[0]
