"""The benchmarks: their arithmetic, their report, their driver of sessions; no test looks at a time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import sites
from benchmarks.apps import ATLAS, FLOOR, PLOTLY, WITHOUT_MAP, App, hooked, served
from benchmarks.report import build_report, first_table
from benchmarks.rounds import KINDS, Observations
from benchmarks.sessions import Crowd, Story, ask_again, hold_story, percentile, run_story
from benchmarks.shapes import drawn_shapes, vertices
from benchmarks.starting import by_package, split_processes
from benchmarks.staying import Held, slope
from benchmarks.stories import BUSY, FULL, RUSH, Told
from benchmarks.targets import Found, target_rows
from benchmarks.visits import Change
from benchmarks.wire import Answer, Session, finish
from geodata.layer import read_countries

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FEW = Story(sessions=3, every=0, seconds=0, within=0, least=6)
SHARED = """
import streamlit as st

@st.cache_resource
def kept():
    return {"last": 0}

chosen = st.selectbox("Measure", range(30))
before, kept()["last"] = kept()["last"], chosen
st.write("shown", before)
"""


def test_the_map_is_dragged_and_zoomed_under_sites(browser: Browser) -> None:
    with sites.serving() as address:
        seen = [sites.measure(browser, address, number, moves=20) for number in (0, 300)]
    assert [one.sites for one in seen] == [0, 300]
    assert all(one.pan_median > 0 < one.zoom_median for one in seen)
    told = sites.build_report(seen, "a command")
    assert "300 sites, dragged" in told
    assert told.count("\n| 300 |") == 1


def answer(digest: str) -> Answer:
    return Answer(seconds=0.01, size=100, digest=digest)


def change(seconds: float, map_bytes: int = 2_000, *, remounted: bool = False) -> Change:
    parts = {"map": seconds, "legend": seconds / 2, "table": seconds, "figures": seconds}
    return Change(parts, map_bytes, 9_000, runs=1, requests=0, remounted=remounted, redrawn=True)


def found(atlas: Change, nodes: int = 0) -> Found:
    """One of everything: floor 0.2 s, Plotly 1 s."""
    seen = Observations(shape_requests=[1], shape_bytes_again=[0], busy=[1.0])
    seen.shape_caching.append("public, max-age=31536000, immutable")
    for kind in KINDS:
        seen.changes[ATLAS.name, kind].append(atlas)
    for app, seconds in ((FLOOR, 0.2), (PLOTLY, 1.0), (WITHOUT_MAP, 0.1)):
        seen.changes[app.name, "measure"].append(change(seconds))
    for kind in ("cold process", "warm process", "seen before"):
        for app, seconds in ((FLOOR, 1.0), (ATLAS, 1.5)):
            seen.take_opening(app, kind, (seconds, seconds))
    for app in (FLOOR, ATLAS, PLOTLY):
        seen.memory[app.name].append(100 * 1024 * 1024)
        seen.requests[app.name].append(90)
    crowd = Crowd(openings=[0.1], changes=[0.05], sizes=[9_000], memory=[1, 2, 1], last_opened=1.2)
    told = [Told(ATLAS.name, story, crowd, 1.5 if story == RUSH else None) for story in (BUSY, FULL, RUSH)]
    held = {ATLAS.name: [Held(20 * n, 10_000_000, 1_000 + 20 * n * nodes, 400, 1, 1) for n in range(1, 11)]}
    return Found(seen, told, held, [by_package(["import time: 1500 | 1500 | pandas.core"])])


def verdicts(measured: Found) -> dict[str, str]:
    return {row[0]: row[2] for row in target_rows(measured) if row[2]}


def test_every_target_is_met_by_a_good_run() -> None:
    assert set(verdicts(found(change(0.1))).values()) == {"met"}


@pytest.mark.parametrize(
    ("measured", "named"),
    [
        (found(change(0.19)), "measure → map, legend, table and figures"),
        (found(change(0.4)), "at least 3 × faster than Plotly"),
        (found(change(0.1, 4_001)), "the map's part"),
        (found(change(0.1, remounted=True)), "map built anew"),
        (found(change(0.1), nodes=2), "its memory grows no more"),
    ],
)
def test_a_missed_target_is_named(measured: Found, named: str) -> None:
    missed = [what for what, said in verdicts(measured).items() if said != "met"]
    assert any(named in what for what in missed)


def test_the_report_has_every_table(tmp_path: Path) -> None:
    (tmp_path / "IMPORTS.md").write_text("# Files\n\n| Target | measured |\n| --- | --- |\n| kept | yes |\n")
    words = build_report(found(change(0.1)), command="bench", rounds=1, chromium="1", folder=tmp_path)
    for heading in ("Changes", "Openings and memory", "Many visitors", "A visitor who stays", "imports"):
        assert heading in words
    assert "| kept | yes |" in words
    for line in words.splitlines():
        assert not line.startswith("|") or line.endswith("|")


def test_the_whole_answer_is_as_late_as_its_last_part() -> None:
    late = Change({"map": 0.1, "table": 0.4}, 1, 1, 1, 0, remounted=False, redrawn=True)
    assert late.whole == 0.4


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0, 1))
def test_a_percentile_lies_within_its_values(values: list[float], share: float) -> None:
    assert min(values) <= percentile(values, share) <= max(values)
    assert percentile(values, 0) == min(values)
    assert percentile(values, 1) == max(values)


def test_nothing_measured_meets_no_target() -> None:
    assert percentile([], 0.5) == float("inf")


@given(st.integers(-1_000, 1_000), st.integers(0, 10**9))
def test_the_slope_of_a_line_is_found(step: int, start: int) -> None:
    looks = [Held(n, start + step * n, 0, 0, 0, 0) for n in range(20, 220, 20)]
    assert slope(looks, lambda one: one.heap) == pytest.approx(step)


def test_imports_are_told_apart_by_process() -> None:
    head = "import time: self [us] | cumulative | imported package"
    lines = [
        "noise",
        head,
        "import time: 5 | 5 | a",
        head,
        "import time: 7 | 9 | a.b",
        "import time: 3 | 3 | b",
    ]
    first, second = [by_package(part) for part in split_processes(lines)]
    assert [(one.name, one.microseconds) for one in first] == [("a", 5)]
    assert [(one.name, one.microseconds, one.modules) for one in second] == [("a", 7, 1), ("b", 3, 1)]


def test_a_text_without_a_table_has_none() -> None:
    assert first_table("# Title\n\nwords") == ""


def test_the_peers_draw_the_shapes_of_the_layer() -> None:
    features = drawn_shapes()["features"]
    assert {one["id"] for one in features} == set(read_countries("un")["iso3"])
    rings = [ring for one in features for polygon in one["geometry"]["coordinates"] for ring in polygon]
    assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)
    assert vertices() == sum(map(len, rings))


def test_an_answer_to_another_selection_is_noticed() -> None:
    crowd = Crowd()
    for digest in ("one", "one"):
        crowd.take_change(answer(digest), (("Measure", "1"), ("type", "project")))
    crowd.take_change(answer("two"), (("Measure", "2"),))
    assert crowd.errors == 0
    crowd.take_change(answer("two"), (("type", "project"), ("Measure", "1")))
    assert (len(crowd.mixed), crowd.errors) == (1, 1)


def test_the_atlas_s_own_lists_are_read() -> None:
    session = Session(0)
    session._take_own_lists(
        '<select data-set="measure"><option value="a&amp;b" selected="">A</option>'
        '<option value="c">C</option></select><div data-filter="type">'
        '<label><input type="checkbox" data-code="project">Projects</label></div>'
    )
    assert session.options("measure") == ("a&b", "c")
    assert session.options("type") == ("project",)
    assert session.options("stage") == ()


def test_a_list_that_is_not_there_cannot_be_chosen_from() -> None:
    with pytest.raises(LookupError, match="no list 'theme'"):
        finish(Session(0).choose("theme", "x"))


def test_sessions_of_the_floor_answer_their_own_choices() -> None:
    crowd = hold_story(FLOOR, FEW)
    assert crowd.errors == 0, [*crowd.lost, *crowd.exceptions, *crowd.mixed]
    assert len(crowd.openings) == 3
    assert len(crowd.changes) >= 18
    assert 0 < max(crowd.sizes) < 2_000


def test_sessions_that_are_mixed_up_are_noticed(tmp_path: Path) -> None:
    script = tmp_path / "mixed.py"
    script.write_text(SHARED, encoding="utf-8")
    crowd = hold_story(replace(FLOOR, script=str(script)), FEW)
    assert crowd.mixed


@pytest.mark.parametrize("fault", ["st.write(1 / 0)", "st.error('division by zero')"])
def test_a_script_that_fails_is_noticed(tmp_path: Path, fault: str) -> None:
    script = tmp_path / "failing.py"
    script.write_text(f'import streamlit as st\nst.selectbox("Measure", range(30))\n{fault}\n', "utf-8")
    crowd = hold_story(replace(FLOOR, script=str(script)), replace(FEW, sessions=1, least=1))
    assert any("division by zero" in said for said in crowd.exceptions)


def test_sessions_of_the_atlas_answer_their_own_choices() -> None:
    with served(ATLAS) as server:
        crowd = finish(run_story(server, ATLAS, FEW))
        finish(ask_again(server, ATLAS, crowd, 4))
    assert crowd.errors == 0, [*crowd.lost, *crowd.exceptions, *crowd.mixed]
    assert len(crowd.map_changes) == len(crowd.changes) >= 18


@pytest.mark.parametrize(("app", "shown"), [(WITHOUT_MAP, "show_nothing"), (ATLAS, "show_map")])
def test_only_the_hook_leaves_the_map_out(root: Path, app: App, shown: str) -> None:
    code = "import ess.ui.explorer as page; print(page.show_map.__name__)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env={**os.environ, **app.environment}, capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == shown


def test_the_hook_can_keep_the_collector_from_being_frozen(root: Path) -> None:
    code = "import gc; gc.freeze(); print(gc.get_freeze_count() > 0)"
    said = {}
    for app in (ATLAS, hooked(ATLAS, "without freeze")):
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=root, env={**os.environ, **app.environment},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said[app.environment.get("BENCH_HOOK", "")] = ran.stdout.strip()
    assert said == {"": "True", "without freeze": "False"}
