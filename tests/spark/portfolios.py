"""Ugly portfolios of some size by number: every quirk of the schema at once, the same for the same number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any, TypeVar

from tests.analysis.portfolios import COUNTRIES, CURRENCIES, INDICATORS, REGION
from tests.factories import HOSTILE_NAMES, Tables, portfolio

One = TypeVar("One")

_ACTIVITIES = 60
_TYPES = ("project", "training", "agreement", "event")
_STAGES = ("planned", "done", "unknown", "cancelled", "under_way")
#: One before the calendar was reformed, one before the epoch, a leap day, and none.
_DAYS = (
    None,
    None,
    date(1500, 2, 10),
    date(1969, 12, 31),
    date(2020, 2, 29),
    date(2021, 6, 1),
    date(2024, 12, 31),
)
_SHARES = (None, None, 0.0, 25.0, 33.33, 50.0, 60.0, 99.5, 100.0)
_BASES = (None, "stated", "stated", "equal", "unknown")
_CODES = (("theme", "gender"), ("theme", 'l\'eau \\ "vive"'), ("SDG_goal", "5"), ("SDG_goal", "8"))
_MONEY = (("commitment", "USD"), ("commitment", "USD"), ("commitment", None), ("budget", CURRENCIES[1]))
_VALUES = (None, 0.0, 0.1, 2.5, 700.0, 700.0, 1 / 3, 9000.0, 1e15)


def ugly_portfolio(number: int) -> Tables:
    """The portfolio `number`."""
    rng = Random(number)  # noqa: S311 - the same rows every time are the point
    ids = [f"a{place}" for place in range(_ACTIVITIES)]
    actors: list[dict[str, Any]] = [
        {"id": f"m{place}", "name_fr": name} for place, name in enumerate(HOSTILE_NAMES)
    ]
    for place, row in enumerate(actors[1:]):
        row["parent"] = rng.choice([None, f"m{place}"])
    return portfolio(
        sources=[{"id": f"s{place}", "published": _one(rng, _DAYS)} for place in range(4)],
        actors=actors,
        programmes=[{"id": "p0", "actors": "m1;m2"}, {"id": "p1", "parent": "p0"}],
        activities=[_activity(rng, ids, place) for place in range(_ACTIVITIES)],
        places=[_place(rng, code) for code in ids for _ in range(rng.randrange(4))],
        participants=[{"activity": rng.choice(ids), "actor": rng.choice(actors)["id"]} for _ in ids],
        tags=[row for code in ids for row in _tags(rng, code)],
        indicators=[
            {"id": code, "itemised_by": by} for code, by in zip(INDICATORS, ("activities", None), strict=True)
        ],
        results=[_result(rng, ids) for _ in ids],
        finances=[_amount(rng, ids) for _ in ids],
        notes=[
            {
                "about_id": rng.choice(ids),
                "kind": rng.choice(["method", "context"]),
                "text_fr": _one(rng, HOSTILE_NAMES),
            }
            for _ in range(12)
        ],
    )


def _one(rng: Random, values: Sequence[One]) -> One:
    return rng.choice(values)


def _spot(rng: Random) -> dict[str, Any]:
    return rng.choice([*({"iso3": iso3} for iso3 in COUNTRIES), {"region": REGION}, {}])


def _activity(rng: Random, ids: list[str], place: int) -> dict[str, Any]:
    days = sorted(day for day in (_one(rng, _DAYS), _one(rng, _DAYS)) if day)
    start, end = (
        days if len(days) == 2 else [*days, None] if rng.random() < 0.5 and days else [None, *days, None][:2]
    )
    return {
        "id": ids[place],
        "type": _one(rng, _TYPES),
        "title_fr": _one(rng, HOSTILE_NAMES),
        "title_ar": _one(rng, (None, *HOSTILE_NAMES)),
        "stage": _one(rng, _STAGES),
        "modality": _one(rng, ("unknown", "triangular", "bilateral")),
        "counted": _one(rng, ("one", "one", "at_least_one")),
        "umbrella": rng.random() < 0.2,
        "programme": _one(rng, (None, "p0", "p1")),
        "parent": _one(rng, (None, *ids[:place])),
        "source": _one(rng, (None, "s0", "s1")),
        "start": start,
        "end": end,
    }


def _place(rng: Random, activity: str) -> dict[str, Any]:
    role = _one(rng, ("recipient", "participant", "both", "host", "provider"))
    point = _one(rng, ({}, {}, {"latitude": 10.0, "longitude": -10.5}))
    share = {"share": _one(rng, _SHARES), "share_basis": _one(rng, _BASES)}
    return {"activity": activity, "role": role, **_spot(rng), **share, **point}


def _tags(rng: Random, activity: str) -> list[dict[str, Any]]:
    """Some of the codes, none of them twice."""
    return [
        {"activity": activity, "coded_by": _one(rng, ("source", "analyst")), "scheme": scheme, "code": code}
        for scheme, code in rng.sample(_CODES, rng.randrange(3))
    ]


def _result(rng: Random, ids: list[str]) -> dict[str, Any]:
    about = _one(rng, ({"programme": "p1"}, {"actor": "m2"}, *({"activity": code} for code in ids)))
    return {
        **about,
        **_one(rng, ({}, {}, {"iso3": "SEN"}, {"iso3": "ESH"}, {"region": REGION})),
        "indicator": _one(rng, INDICATORS),
        "value": _one(rng, _VALUES),
        "qualifier": _one(rng, ("=", "=", ">", ">=", "<", "<=", "~")),
        "additive": rng.random() < 0.7,
        "overlap_group": _one(rng, (None, None, "g", "results-1")),
        "derivation": _one(rng, (None, None, "sum of the parts", "half")),
        "period_end": _one(rng, _DAYS),
        "source": _one(rng, (None, "s1", "s2")),
        "note_fr": _one(rng, (None, *HOSTILE_NAMES)),
    }


def _amount(rng: Random, ids: list[str]) -> dict[str, Any]:
    kind, currency = _one(rng, _MONEY)
    return {
        "activity": _one(rng, ids),
        **_one(rng, ({}, {}, {}, {"iso3": "CIV"}, {"region": REGION})),
        "kind": kind,
        "currency": currency,
        "value": _one(rng, (None, rng.randrange(-1000, 10**8) / 100)),
        "share_basis": _one(rng, (None, None, "unknown")),
        "date": _one(rng, _DAYS),
    }
