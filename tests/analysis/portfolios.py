"""Random small portfolios for the properties: every quirk of the schema, few countries, so that they meet."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from tests.factories import Cells, Tables, portfolio

COUNTRIES = ("SEN", "CIV", "MAR", "ESH", "COG", "QQQ")
"""One that the layer folds in `ma` (ESH) and one that it does not know (QQQ)."""
REGION = "002"
INDICATORS = ("trained", "hectares")
CURRENCIES = ("USD", "EUR")

cents = st.integers(-1000, 100_000).map(lambda number: number / 100)
figures = st.sampled_from([0.0, 1.0, 2.5, 80.0, 700.0, 700.0, 9000.0])
spots: st.SearchStrategy[Cells] = st.sampled_from(
    [*({"iso3": iso3} for iso3 in COUNTRIES * 2), {"region": REGION}, {"iso3": None}]
)
shares: st.SearchStrategy[Cells] = st.sampled_from(
    [
        *({} for _ in range(4)),
        *({"share": share, "share_basis": "stated"} for share in (0.0, 25.0, 33.33, 50.0, 60.0, 99.5, 100.0)),
        {"share": 50.0, "share_basis": "equal"},
        {"share_basis": "unknown"},
    ]
)


@st.composite
def portfolios(draw: st.DrawFn) -> Tables:
    """A portfolio of a few activities with places, results and amounts."""
    activities = draw(st.lists(_activities(), max_size=6))
    ids = [f"a{number}" for number in range(len(activities))]
    rows = [
        {**cells, "id": code, "parent": draw(st.sampled_from([None, *ids[:number]]))}
        for number, (code, cells) in enumerate(zip(ids, activities, strict=True))
    ]
    return portfolio(
        activities=rows,
        places=[
            {"activity": code, **place} for code in ids for place in draw(st.lists(_places(), max_size=3))
        ],
        programmes=[{"id": "p"}],
        indicators=[{"id": code} for code in INDICATORS],
        results=draw(st.lists(_results(ids), max_size=8)),
        finances=draw(st.lists(_amounts(ids), max_size=6)) if ids else [],
    )


@st.composite
def _activities(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "type": draw(st.sampled_from(["project", "training"])),
        "stage": draw(st.sampled_from(["planned", "done", "unknown", "cancelled"])),
        "counted": draw(st.sampled_from(["one", "one", "at_least_one"])),
        "umbrella": draw(st.sampled_from([False, False, False, True])),
    }


@st.composite
def _places(draw: st.DrawFn) -> dict[str, Any]:
    role = draw(st.sampled_from(["recipient", "participant", "both", "host", "provider"]))
    point = draw(st.sampled_from([{}, {}, {"latitude": 10.0, "longitude": -10.0}]))
    return {"role": role, **draw(spots), **draw(shares), **point}


@st.composite
def _results(draw: st.DrawFn, activities: list[str]) -> dict[str, Any]:
    about = [{"programme": "p"}, *({"activity": code} for code in activities * 2)]
    day = st.sampled_from([None, date(2020, 1, 1), date(2024, 12, 31)])
    return {
        **draw(st.sampled_from(about)),
        **draw(st.sampled_from([{}, {}, {"iso3": "SEN"}, {"iso3": "ESH"}, {"region": REGION}])),
        "indicator": draw(st.sampled_from([*INDICATORS, "trained"])),
        "value": draw(st.none() | figures),
        "qualifier": draw(st.sampled_from(["=", "=", ">", ">=", "<", "<=", "~"])),
        "additive": draw(st.sampled_from([True, True, False])),
        "overlap_group": draw(st.sampled_from([None, None, "g", "results-1"])),
        "period_end": draw(day),
    }


@st.composite
def _amounts(draw: st.DrawFn, activities: list[str]) -> dict[str, Any]:
    return {
        "activity": draw(st.sampled_from(activities)),
        **draw(st.sampled_from([{}, {}, {}, {"iso3": "CIV"}, {"region": REGION}])),
        "kind": draw(st.sampled_from(["commitment", "commitment", "budget"])),
        "value": draw(st.none() | cents),
        "currency": draw(st.sampled_from(["USD", "USD", "EUR", None])),
        "share_basis": draw(st.sampled_from([None, None, "unknown"])),
    }
