"""What is to be read, and how: the order that goes to the process that reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True)
class Order:
    """What is to be read, and how.

    Attributes
    ----------
    paths
        Files, and folders of the template's tables.
    mapping
        Text of a mapping for tables with foreign headings; empty to recognise or suggest one.
    equal
        Split equally what has no published split.
    keep
        Write the tables of the portfolio, into the folder ``tables`` of the scratch folder.
    local
        The files are named on the command line: GeoPackage and gzip archives are accepted.
    rates
        Path of a table of exchange rates, by which amounts are converted beside those as published; empty for
        no conversion.
    into
        The currency that they are converted into, ISO 4217.
    """

    paths: tuple[Path, ...]
    mapping: str = ""
    equal: bool = False
    keep: bool = False
    local: bool = False
    rates: str = ""
    into: str = ""

    def arguments(self) -> dict[str, Any]:
        """The order as JSON."""
        conversion = {"rates": str(Path(self.rates).resolve()), "into": self.into} if self.rates else {}
        return {
            "path": str(self.paths[0]),
            "paths": [str(path.resolve()) for path in self.paths],
            "mapping": self.mapping,
            "equal": self.equal,
            "keep": self.keep,
            "local": self.local,
            **conversion,
        }

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        """The order that `arguments` are of."""
        paths = tuple(Path(path) for path in arguments["paths"])
        names = ("mapping", "equal", "keep", "local", "rates", "into")
        return cls(paths, **{name: arguments[name] for name in names if name in arguments})
