"""The rules of counting once more, naively, over plain rows: the engine's answers are checked against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, TypeAlias

from tests.factories import Tables

Row: TypeAlias = dict[str, Any]
Answer: TypeAlias = tuple[str, float | None, str | None, int]
"""State, value, qualifier and number of records."""
NOTHING: Answer = ("none", None, None, 0)


@dataclass
class Oracle:
    """Answers about `tables` in a boundary view, for the members of a group where one is given."""

    tables: Tables
    view: str = "un"
    group: frozenset[str] | None = None
    rows: dict[str, list[Row]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = {name: table.to_pylist() for name, table in self.tables.items()}
        for name in ("places", "results", "finances"):
            for row in self.rows[name]:
                if self.view == "ma" and row["iso3"] == "ESH":
                    row["iso3"] = "MAR"

    def _wanted(self, iso3: str | None) -> bool:
        return iso3 is not None and (self.group is None or iso3 in self.group)

    def places(self, activity: str) -> set[tuple[str, str]]:
        """Distinct places of partners: ("country", iso3) or ("elsewhere", region or nothing)."""
        return {
            ("country", row["iso3"]) if row["iso3"] else ("elsewhere", row["region"] or "")
            for row in self.rows["places"]
            if row["activity"] == activity and row["role"] != "provider" and not _is_lost(row)
        }

    def activities(self, *, umbrella: bool = False) -> list[Row]:
        """Activities that count: no umbrella (or only those), and one place in the group at least."""
        return [
            row
            for row in self.rows["activities"]
            if row["umbrella"] == umbrella
            and (
                self.group is None
                or any(kind == "country" and self._wanted(code) for kind, code in self.places(row["id"]))
            )
        ]

    def records(self, iso3: str) -> list[Row]:
        """Activities in a country."""
        return [row for row in self.activities() if ("country", iso3) in self.places(row["id"])]

    def count(self, iso3: str, activity_type: str | None = None) -> Answer:
        """The count of records in a country."""
        if not self._wanted(iso3):
            return NOTHING
        return counted(
            row for row in self.records(iso3) if activity_type is None or row["type"] == activity_type
        )

    def elsewhere(self, region: str) -> Answer:
        """The count of records in a region, or without a named place."""
        if self.group is not None:
            return NOTHING
        return counted(
            row
            for row in self.activities()
            if ("elsewhere", region) in (self.places(row["id"]) or {("elsewhere", "")})
        )

    def _own_place(self, result: Row) -> tuple[str, str] | None:
        """The one place a result belongs to; None for a total over several, or over nowhere."""
        if result["iso3"]:
            return ("country", result["iso3"])
        if result["region"]:
            return ("elsewhere", result["region"])
        around = self.places(result["activity"]) if result["activity"] else set()
        if result["activity"] and not around:
            return ("elsewhere", "")
        return next(iter(around)) if len(around) == 1 else None

    def _results(self, indicator: str) -> list[Row]:
        counting = {row["id"] for row in self.activities()}
        return [
            row
            for row in self.rows["results"]
            if row["indicator"] == indicator
            and row["value"] is not None
            and (
                row["activity"] in counting
                if row["activity"]
                else self.group is None or self._wanted(row["iso3"])
            )
        ]

    def result(self, iso3: str, indicator: str) -> Answer:
        """The figure of a country, else what is known of it."""
        if not self._wanted(iso3):
            return NOTHING
        own = [row for row in self._results(indicator) if self._own_place(row) == ("country", iso3)]
        state, _, _, records = self.count(iso3)
        if own:
            return ("figure", *figure(own), records)
        return ("present" if state == "figure" else state, None, None, records)

    def shared(self, iso3: str, indicator: str) -> list[str]:
        """Ids of the totals over several places in which a country takes part."""
        if not self._wanted(iso3):
            return []
        return sorted(
            row["id"]
            for row in self._results(indicator)
            if row["activity"]
            and self._own_place(row) is None
            and ("country", iso3) in self.places(row["activity"])
        )

    def amounts(self, kind: str, currency: str) -> tuple[dict[str, Fraction], Fraction]:
        """Amounts by country of the group, and what no country has a claim on."""
        counting = {row["id"] for row in self.activities()} | self.speaking_umbrellas(kind)
        by_country: dict[str, Fraction] = defaultdict(Fraction)
        unallocated = Fraction(0)
        for row in self.rows["finances"]:
            if row["kind"] != kind or (row["currency"] or "?") != currency:
                continue
            if row["activity"] not in counting or row["value"] is None:
                continue
            rest = value = Fraction(row["value"])
            for iso3, share in self._claims(row).items():
                by_country[iso3] += value * share
                rest -= value * share
            unallocated += rest
        return {iso3: value for iso3, value in by_country.items() if self._wanted(iso3)}, unallocated

    def speaking_umbrellas(self, kind: str) -> set[str]:
        """Umbrellas whose amounts of a kind are the only ones: no part of them states one."""
        stating = {row["activity"] for row in self.rows["finances"] if row["kind"] == kind}
        parents = {row["parent"] for row in self.rows["activities"] if row["id"] in stating}
        return {row["id"] for row in self.activities(umbrella=True)} - parents

    def _claims(self, amount: Row) -> dict[str, Fraction]:
        """The part of an amount that each country has, 1 being the whole."""
        if amount["iso3"]:
            return {amount["iso3"]: Fraction(1)}
        if amount["region"] or amount["share_basis"] == "unknown":
            return {}
        rows = [
            row
            for row in self.rows["places"]
            if row["activity"] == amount["activity"] and row["role"] != "provider" and not _is_lost(row)
        ]
        stated = [row for row in rows if row["share_basis"] == "stated" and row["share"] is not None]
        if not stated:
            around = self.places(amount["activity"])
            if all(row["share_basis"] == "unknown" for row in rows):
                return {}
            return {code: Fraction(1) for kind, code in around if kind == "country" and len(around) == 1}
        whole = sum(Fraction(row["share"]) for row in stated)
        spoken = {(row["iso3"], row["region"]) for row in stated}
        complete = all((row["iso3"], row["region"]) in spoken for row in rows)
        scale = whole if whole > 100 or (whole >= 99 and complete) else Fraction(100)
        claims: dict[str, Fraction] = defaultdict(Fraction)
        for row in stated:
            if row["iso3"]:
                claims[row["iso3"]] += Fraction(row["share"]) / scale
        return claims


def _is_lost(place: Row) -> bool:
    """Whether a place is a point of which no country is known."""
    return place["latitude"] is not None and not (place["iso3"] or place["region"])


def counted(records: Iterable[Row]) -> Answer:
    """The answer that counts some records."""
    found = list(records)
    firm = [row for row in found if row["stage"] != "planned"]
    if firm:
        at_least = any(row["counted"] == "at_least_one" for row in firm)
        return ("figure", float(len(firm)), ">=" if at_least else "=", len(found))
    return ("planned", None, None, len(found)) if found else NOTHING


def figure(own: list[Row]) -> tuple[float | None, str | None]:
    """Value and qualifier of the figures of one place: added where that is allowed."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in own:
        groups[("group", row["overlap_group"]) if row["overlap_group"] else ("alone", row["id"])].append(row)
    kept = [max(rows, key=_latest) for rows in groups.values()]
    if len(own) == 1:
        return own[0]["value"], own[0]["qualifier"]
    if not all(row["additive"] for row in kept):
        return None, None
    return sum(row["value"] for row in kept), joint({row["qualifier"] for row in kept})


def _latest(row: Row) -> tuple[date, float]:
    return (row["period_end"] or row["period_start"] or date.min, row["value"])


def joint(qualifiers: set[str]) -> str:
    """The qualifier of a sum, by what may still be said of it."""
    over, under = qualifiers & {">", ">="}, qualifiers & {"<", "<="}
    if "~" in qualifiers or (over and under):
        return "~"
    return min(over | under, key=len) if over | under else "="
