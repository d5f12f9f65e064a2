"""The rules of pairs once more, naively, over plain rows: the engine's answers are checked against it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import pyarrow as pa
from hypothesis import strategies as st

from ess.analysis.flows import UNSTATED
from tests.analysis.oracle import Oracle, Row
from tests.analysis.portfolios import COUNTRIES, portfolios
from tests.factories import Tables

Pair: TypeAlias = tuple[str, str, bool]
Parties: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@st.composite
def cooperations(draw: st.DrawFn) -> Tables:
    """A random portfolio, some of it triangular, with institutions that implement."""
    tables = draw(portfolios())
    modalities = st.sampled_from(["bilateral", "unknown", "triangular"])
    activities = [{**row, "modality": draw(modalities)} for row in tables["activities"].to_pylist()]
    actors = [
        {"id": iso3, "name_fr": iso3, "type": "10", "iso3": None if iso3 == "QQQ" else iso3}
        for iso3 in COUNTRIES
    ]
    roles = st.sampled_from(["implementing", "implementing", "funding"])
    participants = [
        {"activity": row["id"], "actor": draw(st.sampled_from(COUNTRIES)), "role": draw(roles)}
        for row in activities
        if draw(st.booleans())
    ]
    given = {"activities": activities, "actors": actors, "participants": participants}
    return {
        **tables,
        **{name: pa.Table.from_pylist(rows, schema=tables[name].schema) for name, rows in given.items()},
    }


@dataclass
class Told:
    """What the rules say of a set of records."""

    pairs: dict[Pair, set[str]] = field(default_factory=lambda: defaultdict(set))
    directed: dict[Pair, set[str]] = field(default_factory=lambda: defaultdict(set))
    triangles: dict[Parties, set[str]] = field(default_factory=lambda: defaultdict(set))
    values: dict[Pair, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    triangle_values: dict[Parties, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    whole: Fraction = Fraction(0)


def _key(row: Row) -> str:
    return row["iso3"] or f":{row['region'] or ''}"


class Flowing:
    """The parties of activities, told from the places of an oracle's rows."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.roles: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in oracle.rows["places"]:
            named = row["iso3"] or row["region"]
            if named or (row["role"] != "provider" and row["latitude"] is None):
                self.roles[row["activity"]][_key(row)].add(row["role"])

    def providers(self, activity: str) -> set[str]:
        """Who provides, as far as a place says so."""
        ends = self.roles[activity].items()
        return {end for end, roles in ends if roles & {"provider", "both"} and end != ":"}

    def partners(self, activity: str) -> set[str]:
        """Who takes part in any role but the provider's; a place without a name where nobody does."""
        return {end for end, roles in self.roles[activity].items() if roles - {"provider"}} or {":"}

    def pairs(self, activity: str) -> dict[Pair, bool]:
        """The pairs of an activity, and whether its roles say which way."""
        giving, taking = self.providers(activity), self.partners(activity)
        crossed = [(one, other) for one in giving or {UNSTATED} for other in taking]
        if any(one != other for one, other in crossed):
            crossed = [(one, other) for one, other in crossed if one != other]
        found: dict[Pair, bool] = {}
        for one, other in crossed:
            roles = self.roles[activity]
            both = "both" in roles[one] | roles[other] or (one in taking and other in giving)
            if both and one not in {other, UNSTATED}:
                first, second = sorted((one, other), key=lambda end: (end.startswith(":"), end))
                found[first, second, True] = False
            else:
                found[one, other, False] = one not in {other, UNSTATED} and "recipient" in roles[other]
        return found

    def parties(self, activity: str) -> Parties:
        """The three parties of a triangular activity."""
        giving, taking = (
            self.providers(activity),
            {end for end, roles in self.roles[activity].items() if roles - {"provider"}},
        )
        pivots = {end for end in taking if end in giving or "both" in self.roles[activity][end]}
        actors = {row["id"]: row["iso3"] for row in self.oracle.rows["actors"]}
        doing = {
            actors[row["actor"]]
            for row in self.oracle.rows["participants"]
            if row["activity"] == activity and row["role"] == "implementing"
        } - {None}
        folded = {"MAR" if self.oracle.view == "ma" and iso3 == "ESH" else iso3 for iso3 in doing}
        added = folded - giving - taking
        partners = taking - pivots or {":"}
        parts = (giving - pivots, pivots | added, partners)
        return tuple(tuple(sorted(part)) for part in parts)  # type: ignore[return-value]

    def claims(self, amount: Row) -> dict[str, Fraction]:
        """The part of an amount that each place has, regions and unnamed ones too."""
        if amount["iso3"] or amount["region"]:
            return {_key(amount): Fraction(1)}
        if amount["share_basis"] == "unknown":
            return {}
        rows = [
            row
            for row in self.oracle.rows["places"]
            if row["activity"] == amount["activity"]
            and row["role"] != "provider"
            and (row["latitude"] is None or row["iso3"] or row["region"])
        ]
        stated = [row for row in rows if row["share_basis"] == "stated" and row["share"] is not None]
        ends = {_key(row) for row in rows}
        if not stated:
            unsure = all(row["share_basis"] == "unknown" for row in rows)
            return {} if unsure or len(ends) != 1 else dict.fromkeys(ends, Fraction(1))
        whole = sum(Fraction(row["share"]) for row in stated)
        complete = ends == {_key(row) for row in stated}
        scale = whole if whole > 100 or (whole >= 99 and complete) else Fraction(100)
        claims: dict[str, Fraction] = defaultdict(Fraction)
        for row in stated:
            claims[_key(row)] += Fraction(row["share"]) / scale
        return claims

    def tell(self, kind: str, currency: str) -> Told:
        """Everything that the rules say of the oracle's records and of one kind of amount."""
        told = Told()
        triangular = {row["id"] for row in self.oracle.rows["activities"] if row["modality"] == "triangular"}
        for row in self.oracle.activities():
            if row["id"] in triangular:
                told.triangles[self.parties(row["id"])].add(row["id"])
                continue
            for pair, directed in self.pairs(row["id"]).items():
                told.pairs[pair].add(row["id"])
                if directed:
                    told.directed[pair].add(row["id"])
        for activity, rows in self._amounts(kind, currency).items():
            whole = sum((Fraction(row["value"]) for row in rows), Fraction(0))
            told.whole += whole
            if activity in triangular:
                told.triangle_values[self.parties(activity)] += whole
            else:
                self._share_out(told, activity, rows, whole)
        return told

    def _amounts(self, kind: str, currency: str) -> dict[str, list[Row]]:
        counting = {row["id"] for row in self.oracle.activities()} | self.oracle.speaking_umbrellas(kind)
        found = defaultdict(list)
        for row in self.oracle.rows["finances"]:
            asked = row["kind"] == kind and (row["currency"] or "?") == currency
            if asked and row["activity"] in counting and row["value"] is not None:
                found[row["activity"]].append(row)
        return found

    def _share_out(self, told: Told, activity: str, rows: list[Row], whole: Fraction) -> None:
        pairs = list(self.pairs(activity))
        claimed = False
        for row in rows:
            for end, share in self.claims(row).items():
                claimed = True
                own = [pair for pair in pairs if pair[1] == end or (pair[2] and pair[0] == end)]
                if len(own) == 1:
                    told.values[own[0]] += Fraction(row["value"]) * share
        if not claimed and len(pairs) == 1 and pairs[0][2]:
            told.values[pairs[0]] += whole
