"""Points against the countries that are stated: none is lost or moved, what lies elsewhere is marked."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.ingest.ledger import Ledger
from ess.ingest.points import place_sites
from ess.ingest.records import Activity, Recipient, Site
from ess.ingest.report import FileReport

DAKAR, BAMAKO, OCEAN = (14.69, -17.45), (12.64, -8.0), (0.0, -30.0)


def activity_at(points: list[tuple[float, float]], *countries: str) -> Activity:
    return Activity(
        1,
        recipients=[Recipient(iso3, text=iso3) for iso3 in countries],
        sites=[Site(*point) for point in points],
    )


@pytest.mark.parametrize(
    ("point", "countries", "iso3", "codes"),
    [
        (DAKAR, ("SEN",), "SEN", []),
        (DAKAR, ("SEN", "MLI"), "SEN", []),
        (BAMAKO, ("SEN", "MLI"), "MLI", []),
        (BAMAKO, ("SEN",), "SEN", ["point_outside_country"]),
        (OCEAN, ("SEN", "MLI"), None, ["point_outside_country"]),
        (DAKAR[::-1], ("SEN",), "SEN", ["swapped_point"]),
        ((24.0, -14.5), ("ESH",), "ESH", []),
        ((24.0, -14.5), ("MAR",), "MAR", []),
        ((-17.8, 178.0), ("FJI",), "FJI", []),
        ((-16.5, -179.9), ("FJI",), "FJI", []),
        (DAKAR, (), None, []),
    ],
)
def test_a_point(
    point: tuple[float, float], countries: tuple[str, ...], iso3: str | None, codes: list[str]
) -> None:
    activity, report = activity_at([point], *countries), FileReport("f")
    place_sites([activity], report)
    (site,) = activity.sites
    assert (site.latitude, site.longitude) == point
    assert site.iso3 == iso3
    assert list(report.counts) == codes
    assert bool(site.notes) == (site.exactness == "unknown") == bool(codes)


points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
activities = st.lists(
    st.builds(
        lambda found, countries: activity_at(found, *countries),
        st.lists(points | st.sampled_from([DAKAR, BAMAKO, (13.0, -12.2)]), max_size=4),
        st.lists(st.sampled_from(["SEN", "MLI", "FJI"]), max_size=2, unique=True),
    ),
    max_size=5,
)


@settings(max_examples=50, deadline=None)
@given(activities)
def test_g08_every_activity_and_point_is_counted_once(found: list[Activity]) -> None:
    report, ledger = FileReport("f"), Ledger()
    before = [(site.latitude, site.longitude) for activity in found for site in activity.sites]
    place_sites(found, report)
    for activity in found:
        ledger.add(activity)
    assert [(site.latitude, site.longitude) for activity in found for site in activity.sites] == before
    assert (ledger.sites, ledger.activities) == (len(before), len(found))
    assert ledger.placed + ledger.regional + ledger.unplaced == len(found)
    marked = sum(bool(site.notes) for activity in found for site in activity.sites)
    assert marked == sum(report.counts.values())
    for activity in found:
        stated = {one.iso3 for one in activity.recipients}
        assert {site.iso3 for site in activity.sites} <= stated | {None}
