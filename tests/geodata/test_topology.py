"""Shared arcs: what goes in comes out, borders are stored once, simplifying breaks nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata._simplify import simplify_arc, simplify_topology, web_tolerance
from geodata._topojson import encode, read_topojson
from geodata._topology import (
    Topology,
    arc_owners,
    build_topology,
    grid_of,
    shape_of,
    shared_arcs,
)
from geodata.errors import LayerError

FINE = 1_000_001


def grid_cells(count: int) -> list[shapely.Geometry]:
    """A valid coverage of `count` by `count` squares with a lake and an island in it."""
    cells = [shapely.box(x, y, x + 1, y + 1) for x in range(count) for y in range(count)]
    island = shapely.box(0.4, 0.4, 0.6, 0.6)
    return [shapely.difference(cells[0], island), island, *cells[1:]]


def rebuilt(topology: Topology, name: str) -> list[shapely.Geometry]:
    return [shape_of(polygons, topology.arcs) for polygons in topology.polygons[name]]


def test_shapes_come_back_from_their_arcs() -> None:
    shapes = grid_cells(3)
    topology = build_topology({"cells": shapes})
    assert shapely.equals(rebuilt(topology, "cells"), shapes).all()


def test_a_border_is_one_arc_with_two_owners() -> None:
    topology = build_topology({"west": [shapely.box(0, 0, 1, 1)], "east": [shapely.box(1, 0, 2, 1)]})
    border = shared_arcs(topology, ("west", 0), ("east", 0))
    assert len(topology.arcs) == 3
    assert [topology.arcs[arc].tolist() for arc in border] in ([[[1, 0], [1, 1]]], [[[1, 1], [1, 0]]])
    assert [arc_owners(topology)[arc] for arc in border] == [{("west", 0), ("east", 0)}]


def test_an_enclave_shares_its_whole_ring_wherever_it_starts() -> None:
    hole = [(1, 1), (1, 2), (2, 2), (2, 1)]
    outer = shapely.Polygon([(0, 0), (0, 3), (3, 3), (3, 0)], [hole])
    topology = build_topology({"outer": [outer], "inner": [shapely.Polygon(hole[2:] + hole[:2])]})
    assert len(topology.arcs) == 2
    assert len(shared_arcs(topology, ("outer", 0), ("inner", 0))) == 1


@given(st.integers(2, 5), st.floats(0.0, 0.6), st.integers(0, 2**32 - 1))
def test_simplified_coverages_stay_valid(count: int, tolerance: float, seed: int) -> None:
    noise = np.random.default_rng(seed)
    wiggly = shapely.segmentize(np.array(grid_cells(count), dtype=object), 0.2)
    nodes = {
        tuple(node): node + noise.uniform(-0.04, 0.04, 2) for node in shapely.get_coordinates(wiggly).round(9)
    }
    shapes = shapely.transform(
        wiggly, lambda given: np.array([nodes[tuple(node)] for node in given.round(9)])
    )
    topology = build_topology({"cells": shapes.tolist()})
    grid = grid_of(topology.arcs, 500)
    simple = simplify_topology(topology, [tolerance] * len(topology.arcs), grid, [("cells",)])
    result = np.array(rebuilt(simple, "cells"), dtype=object)
    assert shapely.is_valid(result).all()
    assert shapely.coverage_is_valid(result)
    assert len(result) == len(shapes)


def test_a_part_that_runs_into_another_on_the_grid_is_left_out() -> None:
    close = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(10.01, 4, 11, 5)])
    topology = build_topology({"country": [close], "frame": [shapely.box(-90, -90, 90, 90)]})
    simple = simplify_topology(
        topology, [0.0] * len(topology.arcs), grid_of(topology.arcs, 51), [("country",)]
    )
    assert shapely.get_num_geometries(rebuilt(simple, "country")[0]) == 1


def test_a_country_that_vanishes_on_the_grid_is_an_error() -> None:
    speck = shapely.box(0, 0, 0.1, 0.1)
    topology = build_topology({"country": [speck], "frame": [shapely.box(-90, -90, 90, 90)]})
    with pytest.raises(ValueError, match="even with all its nodes"):
        simplify_topology(topology, [0.0] * len(topology.arcs), grid_of(topology.arcs, 51), [("country",)])


def test_an_arc_keeps_its_ends_its_pins_and_enough_nodes() -> None:
    arc = np.array([(0, 0), (1, 0.001), (2, 0), (3, 0.5), (4, 0)], dtype=float)
    assert simplify_arc(arc, 0.1).tolist() == [[0, 0], [2, 0], [3, 0.5], [4, 0]]
    assert simplify_arc(arc, 10).tolist() == [[0, 0], [4, 0]]
    pinned = np.array([False, True, False, False, False])
    assert simplify_arc(arc, 10, pinned).tolist() == [[0, 0], [1, 0.001], [4, 0]]
    ring = shapely.get_coordinates(shapely.Point(0, 0).buffer(1))
    assert len(simplify_arc(ring, 10)) == 4


def test_tolerance_grows_with_the_country() -> None:
    areas = [21.0, 4_000.0, 94_000.0, 413_000.0, 10_000_000.0]
    tolerances = [web_tolerance(area) for area in areas]
    assert tolerances == sorted(tolerances)
    assert web_tolerance(1e6) == pytest.approx(0.115)


def test_topojson_is_read_back(tmp_path: Path) -> None:
    shapes = grid_cells(2)
    topology = build_topology({"cells": shapes})
    grid = grid_of(topology.arcs, FINE)
    snapped = simplify_topology(topology, [0.0] * len(topology.arcs), grid, [("cells",)])
    rows = [{"id": str(number)} for number in range(len(shapes))]
    border = shared_arcs(snapped, ("cells", 0), ("cells", 1))
    path = tmp_path / "cells.topo.json"
    path.write_text(encode(snapped, grid, {"cells": rows}, {"lines": border}), encoding="utf-8")
    cells = read_topojson(path, "cells")
    assert cells["id"].tolist() == [row["id"] for row in rows]
    assert all(shapely.equals_exact(cells.geometry, np.array(shapes, dtype=object), 1e-5, normalize=True))
    line = read_topojson(path, "lines").geometry[0]
    assert line.length == pytest.approx(0.8)
    assert json.loads(path.read_text(encoding="utf-8"))["type"] == "Topology"


@pytest.mark.parametrize("text", ["", "{}", '{"transform": {"scale": [1, 1]}}', "[]"])
def test_what_is_no_topojson_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.topo.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LayerError, match="expected a TopoJSON file with the object `common`"):
        read_topojson(path, "common")
