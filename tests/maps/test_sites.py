"""Sites: what counts as one, how they are packed, and how long their points are given out."""

from __future__ import annotations

import gc
import gzip
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request

from ess.analysis.selection import Selection
from ess.analysis.sites import POINT_COLUMNS, Sites, read_sites
from ess.analysis.vocabulary import read_vocabulary
from ess.api.routes import serve_asset
from ess.locales import LANGUAGES, translator
from ess.maps.assets import SHELF, Asset, Shelf, asset, build_points_asset, find_asset
from ess.maps.legend import build_site_legend
from ess.maps.sites import (
    EXACTNESS,
    MARK,
    MERCATOR_LATITUDE,
    PLANNED,
    STEPS,
    SiteLayer,
    build_asset,
    build_site_layer,
    build_site_payload,
    pack_points,
    shelve_again,
)
from ess.portfolio import codes
from geodata import groups
from tests.factories import HOSTILE_NAMES, PROPERTY, Tables, engine_of, placed, portfolio
from tests.loops import run_aside

Point: TypeAlias = tuple[float, float, str | None, bool, str | None]
Packed: TypeAlias = tuple[int, int, str, bool, str]

SECRET = b"of this test"
CODES = ("SEN", "MAR", "CIV", None, *HOSTILE_NAMES)
EXACTNESSES = (*EXACTNESS, None, *HOSTILE_NAMES)
POINTS = st.lists(
    st.tuples(
        st.floats(-180, 180),
        st.floats(-90, 90),
        st.sampled_from(EXACTNESSES),
        st.booleans(),
        st.sampled_from(CODES),
    ),
    max_size=60,
)
EDGES: list[Point] = [
    (180.0, 90.0, "exact", True, "FJI"),
    (-180.0, -90.0, None, False, None),
    (0.0, 0.0, "exact", False, "GHA"),
    (179.99996, 85.06, "admin1", False, "RUS"),
    (-179.99996, -85.06, "country", True, "ATA"),
]


def table_of(points: list[Point]) -> pa.Table:
    columns = list(zip(*points, strict=True)) if points else [()] * len(POINT_COLUMNS)
    return pa.table(dict(zip(POINT_COLUMNS.names, columns, strict=True)), schema=POINT_COLUMNS)


def unpacked(body: bytes) -> list[Packed]:
    """The sites of a file, read by the words that describe it."""
    mark, count, known = np.frombuffer(body, "<u4", 3).tolist()
    assert mark == MARK
    letters = body[12 : 12 + 3 * known].decode("ascii")
    names = ["", *(letters[i : i + 3] for i in range(0, len(letters), 3))]
    at = 12 + 3 * known + -3 * known % 4
    longitudes, latitudes = (steps_of(body[at + 4 * count * i :][: 4 * count], count) for i in (0, 1))
    countries = np.frombuffer(body, "<u2", count, at + 8 * count).tolist()
    flags = body[at + 10 * count :]
    assert len(flags) == count
    return [
        (east, north, EXACTNESS[flag % PLANNED], bool(flag & PLANNED), names[country])
        for east, north, country, flag in zip(longitudes, latitudes, countries, flags, strict=True)
    ]


def steps_of(planes: bytes, count: int) -> list[int]:
    steps, sum_so_far = [], 0
    for i in range(count):
        folded = sum(planes[i + plane * count] << 8 * plane for plane in range(4))
        sum_so_far += -(folded + 1) // 2 if folded % 2 else folded // 2
        steps.append(sum_so_far)
    return steps


def expected(point: Point) -> Packed:
    east, north, exactness, planned, iso3 = point
    known = exactness if exactness in EXACTNESS else "unknown"
    return (
        round(east * STEPS),
        round(north * STEPS),
        known,
        planned,
        "" if iso3 in HOSTILE_NAMES else iso3 or "",
    )


@PROPERTY
@given(POINTS)
@example([])
@example(EDGES)
def test_what_is_packed_is_read_again(points: list[Point]) -> None:
    assert Counter(unpacked(pack_points(table_of(points)))) == Counter(map(expected, points))


@PROPERTY
@given(POINTS, st.randoms())
def test_the_order_of_the_rows_does_not_change_the_bytes(points: list[Point], chance: Any) -> None:
    shuffled = list(points)
    chance.shuffle(shuffled)
    assert pack_points(table_of(shuffled)) == pack_points(table_of(points))


def cell(point: Packed, level: int) -> tuple[int, int]:
    """The column and the row of a site in a grid of ``2 ** level`` cells a side."""
    side = 2**level
    bounded = math.radians(max(-MERCATOR_LATITUDE, min(MERCATOR_LATITUDE, point[1] / STEPS)))
    shares = (
        (point[0] / STEPS + 180) / 360,
        0.5 - math.log(math.tan(math.pi / 4 + bounded / 2)) / (2 * math.pi),
    )
    column, row = (max(0, min(side - 1, math.floor(share * side))) for share in shares)
    return column, row


def parted_cells(points: list[Packed], level: int) -> int:
    """Cells of a grid whose sites do not stand together."""
    cells = [cell(point, level) for point in points]
    runs = 1 + sum(one != other for one, other in pairwise(cells)) if cells else 0
    return runs - len(set(cells))


@PROPERTY
@given(POINTS)
@example(EDGES)
def test_the_sites_of_a_cell_stand_together_at_every_zoom(points: list[Point]) -> None:
    packed = unpacked(pack_points(table_of(points)))
    assert [parted_cells(packed, level) for level in range(15)] == [0] * 15


def test_sites_in_another_order_would_be_noticed() -> None:
    points = [expected((east, north, None, False, None)) for east in (-90.0, 90.0) for north in (8.0, 9.0)]
    assert parted_cells(points, 1) == 0
    assert parted_cells([points[0], points[2], points[1], points[3]], 1) > 0


def test_a_third_form_of_the_file_would_be_refused() -> None:
    with pytest.raises(AssertionError):
        unpacked(b"\0" * 12)


def test_a_site_takes_few_bytes() -> None:
    chance = np.random.default_rng(7)
    towns = chance.uniform((-17, -30), (45, 30), (300, 2))
    near = towns[chance.integers(0, 300, 20_000)] + chance.normal(0, 0.1, (20_000, 2))
    points: list[Point] = [(east, north, "exact", False, "SEN") for east, north in near.tolist()]
    assert len(build_asset(table_of(points)).compressed) < 4 * len(points)


# ---- which places are sites


@pytest.fixture
def mixed() -> Tables:
    rows: list[dict[str, Any]] = [
        {"id": "firm", "type": "project", "stage": "done"},
        {"id": "plan", "type": "training", "stage": "planned"},
        {"id": "given", "type": "event"},
        {"id": "nowhere", "type": "event"},
        {"id": "half", "type": "event"},
        {"id": "off", "type": "event"},
        {"id": "group", "type": "project", "umbrella": True},
    ]
    places: list[dict[str, Any]] = [
        *placed("firm", "ESH", latitude=24.0, longitude=-14.0, exactness="exact"),
        *placed("firm", "IND", latitude=20.0, longitude=78.0, exactness="approximate"),
        {"activity": "firm", "latitude": 1.0, "longitude": 2.0},
        *placed("plan", "SEN", latitude=14.7, longitude=-17.4, exactness="exact"),
        *placed("given", "MAR", latitude=34.0, longitude=-6.8, role="provider"),
        *placed("given", "SEN"),
        *placed("half", "SEN", latitude=14.0),
        *placed("off", "SEN", latitude=214.0, longitude=0.0),
        *placed("off", "SEN", latitude=float("nan"), longitude=0.0),
        *placed("group", "SEN", latitude=14.0, longitude=-16.0),
    ]
    return portfolio(activities=rows, places=places)


def sites_of(tables: Tables, folder: Path, view: str = "un", **filters: tuple[str, ...]) -> Sites:
    engine = engine_of(tables, folder)
    return read_sites(engine, Selection(**filters), read_vocabulary(engine), view)


def where(sites: Sites) -> dict[tuple[float, float], tuple[str | None, bool, str | None]]:
    return {
        (row["longitude"], row["latitude"]): (row["exactness"], row["planned"], row["iso3"])
        for row in sites.points.to_pylist()
    }


def test_sites_are_the_located_places_of_partners(mixed: Tables, tmp_path: Path) -> None:
    sites = sites_of(mixed, tmp_path)
    assert where(sites) == {
        (-14.0, 24.0): ("exact", False, "ESH"),
        (78.0, 20.0): ("approximate", False, "IND"),
        (2.0, 1.0): (None, False, None),
        (-17.4, 14.7): ("exact", True, "SEN"),
    }
    assert (sites.activities, sites.without) == (2, 4)
    assert sites.points.schema.names == POINT_COLUMNS.names


def test_a_boundary_view_names_another_country_and_moves_no_site(mixed: Tables, tmp_path: Path) -> None:
    drawn = {view: where(sites_of(mixed, tmp_path, view)) for view in ("un", "ma", "de_facto")}
    assert drawn["un"].keys() == drawn["ma"].keys() == drawn["de_facto"].keys()
    assert {view: sites[-14.0, 24.0][2] for view, sites in drawn.items()} == {
        "un": "ESH",
        "ma": "MAR",
        "de_facto": "ESH",
    }


def test_what_a_selection_leaves_out_has_no_site(mixed: Tables, tmp_path: Path) -> None:
    planned = sites_of(mixed, tmp_path, stage=("planned",))
    assert list(where(planned)) == [(-17.4, 14.7)]
    assert (planned.activities, planned.without) == (1, 0)
    events = sites_of(mixed, tmp_path, type=("event",))
    assert (where(events), events.activities, events.without) == ({}, 0, 4)
    nothing = sites_of(mixed, tmp_path, stage=("cancelled",))
    assert (where(nothing), nothing.activities, nothing.without) == ({}, 0, 0)


def test_a_group_filter_keeps_the_sites_in_its_members(mixed: Tables, tmp_path: Path) -> None:
    code = next(
        found.id for found in groups.groups_of("IND") if not {"ESH", "SEN"} & groups.members(found.id)
    )
    sites = sites_of(mixed, tmp_path, group=(code,))
    assert list(where(sites)) == [(78.0, 20.0)]
    assert (sites.activities, sites.without) == (1, 0)


# ---- the shelf


class Holder:
    """Stands for the answer that names an address."""


def points_asset(number: int, size: int = 100) -> Asset:
    return build_points_asset("sites.bin", bytes([number]) * size, SECRET)


def test_the_shelf_keeps_so_many_and_the_last_asked_for() -> None:
    shelf, holder = Shelf(3, 10**6), Holder()
    made = [points_asset(number) for number in range(5)]
    for one in made[:3]:
        shelf.put(one, holder)
    assert shelf.find(made[0].digest, "sites.bin") == made[0]
    for one in made[3:]:
        shelf.put(one, holder)
    assert [shelf.find(one.digest, one.name) is not None for one in made] == [True, False, False, True, True]
    assert len(shelf) == 3


@PROPERTY
@given(st.lists(st.integers(1, 4000), min_size=1, max_size=12))
def test_the_shelf_keeps_to_its_bytes_but_for_the_newest(sizes: list[int]) -> None:
    shelf, holder = Shelf(100, 5000), Holder()
    for number, size in enumerate(sizes):
        made = points_asset(number, size)
        shelf.put(made, holder)
        assert shelf.find(made.digest, made.name) == made
        assert shelf.bytes <= max(5000, made.size)


def test_one_that_is_larger_than_the_shelf_stands_alone() -> None:
    shelf, holder = Shelf(100, 1000), Holder()
    small, large = points_asset(1), points_asset(2, 5000)
    shelf.put(small, holder)
    shelf.put(large, holder)
    assert len(shelf) == 1
    assert shelf.find(large.digest, large.name) == large


def test_what_nobody_holds_is_no_longer_given_out() -> None:
    shelf, one, other = Shelf(10, 10**6), Holder(), Holder()
    made = points_asset(1)
    shelf.put(made, one)
    shelf.put(points_asset(1), other)
    del one
    gc.collect()
    assert shelf.find(made.digest, made.name) == made
    del other
    gc.collect()
    assert shelf.find(made.digest, made.name) is None
    assert shelf.bytes == 0


def answered(url: str, **headers: str) -> Any:
    _, _, digest, name = url.split("/")
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "path": url,
            "path_params": {"digest": digest, "name": name},
            "headers": [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()],
        }
    )
    return run_aside(serve_asset(request))


def test_points_are_served_until_they_fall_off_and_again_when_they_are_put_back(
    mixed: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(1, 10**6)
    for module in ("ess.maps.assets", "ess.maps.sites"):
        monkeypatch.setattr(f"{module}.SHELF", shelf)
    sites = sites_of(mixed, tmp_path)
    layer = build_site_layer(sites, SECRET)
    assert layer.is_shelved
    whole = answered(layer.url, accept_encoding="gzip")
    assert Counter(unpacked(gzip.decompress(whole.body)))[(20_000, 10_000, "unknown", False, "")] == 1
    assert answered(layer.url).body == pack_points(sites.points)
    other = build_site_layer(sites_of(mixed, tmp_path, stage=("planned",)), SECRET)
    assert other.url != layer.url
    assert (layer.is_shelved, answered(layer.url).status_code) == (False, 404)
    shelve_again(layer, sites, SECRET)
    assert answered(layer.url).status_code == 200


def test_a_layer_without_a_site_asks_for_nothing() -> None:
    before = len(SHELF)
    layer = build_site_layer(Sites(table_of([]), 0, 7), SECRET)
    assert (layer.url, layer.sites, layer.without, layer.is_shelved) == ("", 0, 7, True)
    assert len(SHELF) == before


def test_an_address_cannot_be_worked_out_from_the_points() -> None:
    points = table_of([(1.0, 2.0, "exact", False, "SEN")])
    mine, again, theirs, open_to_all = (
        build_asset(points, secret) for secret in (SECRET, SECRET, b"another visit", b"")
    )
    assert mine.url == again.url
    assert len({mine.url, theirs.url, open_to_all.url}) == 3
    assert len(mine.digest) == 32
    assert mine.cache_control.startswith("private")
    assert open_to_all.cache_control.startswith("public")
    assert repr(SECRET) not in repr(mine)


def test_an_asset_of_the_atlas_is_found_whatever_the_shelf_holds() -> None:
    found = asset("sites.js")
    assert find_asset(found.digest, "sites.js") is found
    assert find_asset("0" * 16, "sites.js") is None
    assert find_asset("0" * 32, "sites.bin") is None


# ---- what travels, and what is said


def test_no_text_of_a_portfolio_travels_with_the_points(tmp_path: Path) -> None:
    rows = [
        {"id": f"a{number}", "title_fr": name, "title_en": name, "note_fr": name}
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    places = [
        {"activity": f"a{number}", "iso3": name, "latitude": 1.0 + number, "longitude": 2.0, "locator": name}
        | {"exactness": name, "note_fr": name}
        for number, name in enumerate(HOSTILE_NAMES)
    ]
    sites = sites_of(portfolio(activities=rows, places=places), tmp_path)
    assert sites.points.num_rows == len(HOSTILE_NAMES)
    packed = unpacked(pack_points(sites.points))
    assert {site[2:] for site in packed} == {("unknown", False, "")}
    layer = build_site_layer(sites, SECRET)
    said = repr([build_site_payload(layer, translator("fr")), build_site_legend(layer, translator("fr"))])
    assert not any(name in said for name in HOSTILE_NAMES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_are_put_together_as_the_page_writes_them(lang: str) -> None:
    t = translator(lang)
    thousands = build_site_payload(SiteLayer("", 1, 0, 0, 1, 0), t)["thousands"]
    assert len(thousands) == 1
    assert thousands.join(("1", "234", "567")) == t.number(1_234_567)


def test_every_exactness_of_the_schema_is_told_apart() -> None:
    assert set(EXACTNESS) == codes.codes_in(codes.EXACTNESS)
    labels = {code.code: code.label for code in codes.EXACTNESS}
    payload = build_site_payload(SiteLayer("", 1, 0, 0, 1, 0), translator("en"))
    assert payload["exactness"] == [translator("en")(labels[code]) for code in EXACTNESS]


def test_the_legend_counts_every_site_once_and_those_without(mixed: Tables, tmp_path: Path) -> None:
    layer = build_site_layer(sites_of(mixed, tmp_path), SECRET)
    legend = build_site_legend(layer, translator("en"))
    assert {entry.look: entry.sites for entry in legend.entries} == {
        "exact": 1,
        "rough": 2,
        "planned": 1,
        "group": None,
    }
    assert sum(entry.sites or 0 for entry in legend.entries) == layer.sites == 4
    assert legend.counts == (
        "4 sites on the map",
        "2 activities have sites",
        "4 activities have no stated location",
    )


def test_a_legend_without_sites_still_says_who_has_no_location(mixed: Tables, tmp_path: Path) -> None:
    layer = build_site_layer(sites_of(mixed, tmp_path, type=("event",)), SECRET)
    legend = build_site_legend(layer, translator("en"))
    assert legend.entries == ()
    assert legend.counts == ("4 activities have no stated location",)
