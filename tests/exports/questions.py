"""Questions to small portfolios, ready to be written in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely.geometry import MultiPolygon, box

from ess.analysis.by_country import measure_by_country
from ess.analysis.join import join_measure
from ess.analysis.measures import parse_measure
from ess.analysis.selection import require_selection
from ess.analysis.shading import build_shading
from ess.analysis.vocabulary import read_vocabulary
from ess.exports.taking import Question
from ess.locales import translator
from ess.store.engine import Engine
from ess.store.opening import builtin_snapshot
from tests.factories import FORMULA, Tables, engine_of, placed, portfolio

GENERATED = "2026-01-31T12:00:00Z"
ADDRESS = "https://atlas.example/?measure=activities&snapshot=0123456789abcdef"


def squares(*codes: str) -> gpd.GeoDataFrame:
    """A layer of squares, one a country, the first of two parts."""
    shapes: list[Any] = [box(x, 0, x + 1, 1) for x in range(len(codes))]
    shapes[0] = MultiPolygon([shapes[0], box(0, 2, 1, 3)])
    frame = gpd.GeoDataFrame({"iso3": list(codes)}, geometry=shapes, crs="EPSG:4326")
    middle = [shape.representative_point() for shape in shapes]
    bounds = frame.bounds
    return frame.assign(
        label_lon=[point.x for point in middle],
        label_lat=[point.y for point in middle],
        marker=False,
        west=bounds["minx"],
        south=bounds["miny"],
        east=bounds["maxx"],
        north=bounds["maxy"],
    )


LAYER = squares("CIV", "COG", "ESH", "MAR", "SEN")


def ask(
    engine: Engine,
    measure: str = "activities",
    where: tuple[tuple[str, str], ...] = (),
    lang: str = "en",
    layer: gpd.GeoDataFrame = LAYER,
    view: str = "un",
    **more: Any,
) -> Question:
    """A question to an engine, about a layer of squares unless another is given."""
    vocabulary = read_vocabulary(engine)
    wanted = parse_measure(measure, vocabulary, "USD" if measure in ("commitment", "budget") else None)
    selection = require_selection(where, vocabulary)
    joined = join_measure(layer, measure_by_country(engine, wanted, selection, vocabulary, view))
    parts: dict[str, Any] = {
        "translator": translator(lang),
        "atlas": "Atlas",
        "institution": "Agency & Co {x}",
        "home": "MAR",
        "address": ADDRESS,
        "generated": GENERATED,
        "shading": lambda: build_shading(joined, "quantiles", 3, "MAR"),
        "palette": "YlGnBu",
    }
    return Question(engine, vocabulary, wanted, selection, view, joined, **{**parts, **more})


def builtin_engine() -> Engine:
    """An engine over the built-in portfolio."""
    return Engine(builtin_snapshot())


def ugly() -> Tables:
    """Every quirk in few rows: bounds, plans, regions, a shared total, an analyst's code, formulas, sites."""
    return portfolio(
        sources=[{"id": "s", "title_fr": FORMULA, "title_en": FORMULA}],
        actors=[{"id": "x", "name_en": FORMULA, "name_fr": FORMULA}],
        activities=[
            {"id": "a", "counted": "at_least_one", "source": "s", "title_en": FORMULA},
            {"id": "b", "stage": "planned", "parent": "u"},
            {"id": "c", "parent": "u"},
            {"id": "d", "type": "training"},
            {"id": "u", "umbrella": True},
        ],
        places=[
            *placed("a", "SEN", "CIV"),
            *placed("b", "COG"),
            {"activity": "c", "region": "002"},
            *placed("d", "MAR", "SEN", latitude=14.5, longitude=-17.25),
        ],
        participants=[{"activity": "a", "actor": "x"}],
        results=[
            {"activity": "d", "value": 22.0, "qualifier": ">"},
            {"activity": "a", "iso3": "SEN", "value": -5.5, "derivation": "x * 75 / 100"},
        ],
        finances=[{"activity": "a", "value": 7.0}, {"activity": "d", "iso3": "SEN", "value": 1.25}],
        tags=[{"activity": "a", "code": "gender", "coded_by": "analyst"}],
    )


def ugly_engine(folder: Path) -> Engine:
    """An engine over `ugly`."""
    return engine_of(ugly(), folder)
