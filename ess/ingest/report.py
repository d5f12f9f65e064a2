"""The report of one file: what was read, kept and rejected, and every problem met on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from ess.ingest.problems import Kind, Problem, cut

MOST_OF_A_KIND = 1000
"""Problems of one kind that are listed one by one; those beyond it are counted."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that was not kept, with its reason and its original cells by heading."""

    problem: Problem
    cells: Mapping[str, str]


@dataclass
class FileReport:
    """What became of one file. ``read == kept + rejected`` always.

    Attributes
    ----------
    format
        ``iati``, ``csv``, ``xlsx``, ``geojson``, ``shapefile``, ``geopackage`` or ``template``.
    version
        Of the format, or the name of the mapping that was used; empty where there is none.
    read, kept, rejected
        Records: activities of an XML file, rows of a table, features of a layer.
    counts
        Problems by code, all of them.
    """

    path: str
    format: str = ""
    version: str = ""
    encoding: str = ""
    read: int = 0
    rejected: int = 0
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)

    @property
    def kept(self) -> int:
        """Records that were kept."""
        return self.read - self.rejected

    def add(
        self, kind: Kind, row: int | None = None, column: str = "", found: object = "", **facts: object
    ) -> None:
        """Note a problem; beyond `MOST_OF_A_KIND` of one kind it is only counted."""
        self.counts[kind.code] += 1
        if self.counts[kind.code] <= MOST_OF_A_KIND:
            self.problems.append(Problem(kind, self.path, row, column, cut(found), facts))

    def reject(
        self,
        kind: Kind,
        row: int,
        cells: Mapping[str, str],
        column: str = "",
        found: object = "",
        **facts: object,
    ) -> None:
        """Note a critical problem and keep the record's cells for whoever mends the file."""
        self.rejected += 1
        self.counts[kind.code] += 1
        problem = Problem(kind, self.path, row, column, cut(found), facts)
        self.rejects.append(Reject(problem, cells))
        if self.counts[kind.code] <= MOST_OF_A_KIND:
            self.problems.append(problem)

    def refuse(self, kind: Kind, facts: Mapping[str, object]) -> None:
        """Note that the file as a whole cannot be used."""
        self.counts[kind.code] += 1
        self.problems.append(Problem(kind, self.path, facts=facts))
