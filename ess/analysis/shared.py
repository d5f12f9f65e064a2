"""Totals that several countries share undivided: listed where they are few, else counted, read on demand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

from ess.analysis.facts import Spots
from ess.store.engine import Row

#: Totals of a snapshot that are read at once for every selection; where there are more, they are counted.
FEW = 1000


@dataclass(frozen=True)
class SharedTotal:
    """A total stated for several places together, without a split.

    Attributes
    ----------
    result
        Id of the result or of the amount.
    countries
        Every country among the places, whatever the selection leaves out.
    elsewhere
        The other places: codes of regions; empty text for one without a name.
    indicator, activity_type
        What is counted, and of what kind the activity is; empty for an amount.
    """

    result: str
    value: float
    unit: str
    countries: tuple[str, ...]
    qualifier: str = "="
    elsewhere: tuple[str, ...] = ()
    indicator: str = ""
    activity_type: str = ""


@dataclass(frozen=True)
class Sharing:
    """Which shared totals are meant: of a country, an indicator, a type of activity; None leaves open."""

    iso3: str | None = None
    indicator: str | None = None
    activity_type: str | None = None


#: Reads the totals that are meant, the first so many in the order of ids, or all of them.
Read: TypeAlias = Callable[[Sharing, int | None], tuple[SharedTotal, ...]]


class TotalsOnDemand(Sequence[SharedTotal]):
    """The shared totals of one country, in the order of ids: counted already, read when needed.

    A slice that ends reads no more than it needs.
    """

    def __init__(self, count: int, meant: Sharing, read: Read) -> None:
        self._count, self._meant, self._read = count, meant, read

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> SharedTotal: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SharedTotal]: ...
    def __getitem__(self, place: int | slice) -> SharedTotal | Sequence[SharedTotal]:
        if isinstance(place, slice):
            _, stop, step = place.indices(self._count)
            return self._read(self._meant, stop if step > 0 else None)[place]
        return self._read(self._meant, place + 1 if place >= 0 else None)[place]

    def __iter__(self) -> Iterator[SharedTotal]:
        return iter(self._read(self._meant, None))


@dataclass(frozen=True)
class SharedTotals:
    """The shared totals of a selection.

    Attributes
    ----------
    listed
        All of them; None where there are too many to be read for every selection.
    counts
        How many there are, by country, indicator and type of activity; only where they are not listed.
    read
        Reads some of them.
    """

    listed: tuple[SharedTotal, ...] | None
    counts: Mapping[Sharing, int]
    read: Read

    def by_country(
        self, indicator: str | None = None, activity_type: str | None = None
    ) -> Mapping[str, Sequence[SharedTotal]]:
        """The totals in which each country takes part, of one indicator and type or of all."""
        if self.listed is not None:
            return shared_by_country(
                one
                for one in self.listed
                if indicator in (None, one.indicator) and activity_type in (None, one.activity_type)
            )
        found: dict[str, int] = defaultdict(int)
        for one, count in self.counts.items():
            if indicator in (None, one.indicator) and activity_type in (None, one.activity_type):
                found[one.iso3 or ""] += count
        return {
            iso3: TotalsOnDemand(count, Sharing(iso3, indicator, activity_type), self.read)
            for iso3, count in found.items()
        }

    def all(self) -> tuple[SharedTotal, ...]:
        """Every one, in the order of ids."""
        return self.read(Sharing(), None) if self.listed is None else self.listed


def shared_by_country(totals: Iterable[SharedTotal]) -> dict[str, tuple[SharedTotal, ...]]:
    """The shared totals in which each country takes part."""
    found: dict[str, list[SharedTotal]] = defaultdict(list)
    for one in totals:
        for iso3 in one.countries:
            found[iso3].append(one)
    return {iso3: tuple(shared) for iso3, shared in found.items()}


def build_total(row: Row, spots: Spots) -> SharedTotal:
    """The total that a row tells; its columns are those of `SharedTotal`, and the ``spots`` it is over."""
    countries, elsewhere = named_places(row["spots"], spots)
    return SharedTotal(
        row["id"],
        row["value"],
        row["unit"] or "",
        countries,
        row["qualifier"] or "=",
        elsewhere,
        row["indicator"] or "",
        row["type"] or "",
    )


def named_places(numbers: Iterable[int], spots: Spots) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Countries and other places of some spots, each in order."""
    listed = list(numbers)
    countries = sorted(spots.countries[spot] for spot in listed if spot in spots.countries)
    elsewhere = sorted(spots.regions[spot] for spot in listed if spot in spots.regions)
    return tuple(countries), tuple(elsewhere)
