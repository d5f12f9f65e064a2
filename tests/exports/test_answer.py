"""Files that readers take away: the same numbers, their caveats, and names that run nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import MultiPolygon, box

from ess.analysis.by_country import RegionValue, State, measure_by_country, measure_by_region
from ess.analysis.join import country_records, join_measure
from ess.analysis.measures import parse_measure
from ess.analysis.selection import Selection
from ess.analysis.shared import SharedTotal
from ess.analysis.vocabulary import Vocabulary, read_vocabulary
from ess.escape import cell
from ess.exports.answer import Answer, analyst_codes, answer_rows, shared_sentence
from ess.exports.labels import FILTER_LABELS, TYPES_PLURAL, measure_label, option_label
from ess.exports.shapes import build_geojson
from ess.exports.tables import build_csv
from ess.locales import LANGUAGES, translator
from ess.portfolio.codes import ACTIVITY_TYPES
from ess.store.engine import Engine, open_engine
from ess.store.snapshots import read_snapshot
from ess.store.writing import write_snapshot
from geodata.layer import read_countries
from tests.factories import FORMULA, HOSTILE_NAMES, Tables, placed, portfolio

Rows: TypeAlias = list[dict[str, object]]
Ask: TypeAlias = Callable[..., Answer]
FULL_LAYER = cache(read_countries)


def small_layer(*codes: str) -> gpd.GeoDataFrame:
    """Two clockwise squares a country, one with a hole: what a writer must turn round."""
    hole = box(0.2, 0.2, 0.8, 0.8, ccw=False)
    shapes = [
        MultiPolygon(
            [(box(x, 0, x + 1, 1, ccw=False).exterior, [hole.exterior]), box(x, 2, x + 1, 3, ccw=False)]
        )
        if x == 0
        else box(x, 0, x + 1, 1, ccw=False)
        for x in range(len(codes))
    ]  # fmt: skip
    return gpd.GeoDataFrame({"iso3": list(codes)}, geometry=shapes, crs="EPSG:4326")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    """Asks tables, opened once, for a measure and joins the answer to a small layer."""
    store = tmp_path_factory.mktemp("store")

    @cache
    def opened(snapshot_id: str) -> tuple[Engine, Vocabulary]:
        engine = open_engine(read_snapshot(store, snapshot_id))
        return engine, read_vocabulary(engine)

    def ask(
        tables: Tables,
        measure: str = "activities",
        selection: Selection | None = None,
        lang: str = "en",
        layer: gpd.GeoDataFrame | None = None,
    ) -> Answer:
        engine, vocabulary = opened(write_snapshot(tables, store, origin="test").id)
        selection = selection or Selection()
        wanted = parse_measure(measure, vocabulary)
        answer = measure_by_country(engine, wanted, selection, vocabulary, "un")
        return Answer(
            join_measure(small_layer("CIV", "MAR", "SEN") if layer is None else layer, answer),
            tuple(measure_by_region(engine, wanted, selection, vocabulary)),
            wanted,
            measure_label(wanted, vocabulary, translator(lang)),
            selection,
            "un",
            engine.snapshot,
            analyst_codes(selection, vocabulary),
        )

    return ask


MIXED: dict[str, Any] = {
    "activities": [
        {"id": "a", "counted": "at_least_one"},
        {"id": "b", "stage": "planned"},
        {"id": "c"},
        {"id": "d", "type": "training"},
    ],
    "places": [
        *placed("a", "SEN", "QQQ"),
        *placed("b", "CIV"),
        {"activity": "c", "region": "002"},
        *placed("d", "MAR", "SEN"),
    ],
    "results": [{"activity": "d", "value": 22.0, "qualifier": ">"}],
    "tags": [{"activity": "a", "code": "gender", "coded_by": "analyst"}],
}


def by_place(rows: Rows) -> dict[object, dict[str, object]]:
    return {row["iso3"] or row["region"] or row["name"]: row for row in rows}


def test_every_row_has_its_value_its_state_and_its_caveats(asked: Ask) -> None:
    rows = answer_rows(asked(portfolio(**MIXED)), translator("en"))
    assert [row["iso3"] for row in rows] == ["CIV", "MAR", "SEN", "QQQ", "", ""]
    found = by_place(rows)
    assert (found["SEN"]["value"], found["SEN"]["qualifier"], found["SEN"]["activities"]) == (2, ">=", 2)
    assert "Lower bound" in str(found["SEN"]["note"])
    assert "more than 22" in str(found["SEN"]["note"])
    assert (found["CIV"]["value"], found["CIV"]["state"], found["CIV"]["planned"]) == ("", "planned", 1)
    assert (found["QQQ"]["name"], found["QQQ"]["value"]) == ("QQQ", 1)
    assert (found["002"]["name"], found["002"]["value"]) == ("Africa", 1)
    assert "never spread" in str(found["002"]["note"])
    assert {row["boundary_view"] for row in rows} == {"un"}


def test_a_shared_total_is_a_sentence_and_never_a_value(asked: Ask) -> None:
    rows = answer_rows(asked(portfolio(**MIXED), "result:trained"), translator("en"))
    found = by_place(rows)
    assert all(row["value"] == "" for row in rows)
    for iso3, other in (("MAR", "Senegal"), ("SEN", "Morocco")):
        assert found[iso3]["state"] == "present"
        assert other in str(found[iso3]["note"])
    assert found["CIV"]["note"] == ""
    shared = rows[-1]
    assert (shared["state"], shared["undivided_value"], shared["undivided_between"]) == (
        "shared",
        22,
        "MAR SEN",
    )
    assert [row["undivided_value"] for row in rows[:-1]] == [""] * (len(rows) - 1)
    assert [row["value"] for row in read_back(build_csv(rows))] == [""] * len(rows)


def test_an_undivided_total_that_were_a_value_would_be_seen(asked: Ask) -> None:
    tables = portfolio(**{**MIXED, "results": [{"activity": "d", "iso3": "SEN", "value": 22.0}]})
    rows = answer_rows(asked(tables, "result:trained"), translator("en"))
    assert [row["value"] for row in rows if row["value"] != ""] == [22]
    assert [row["value"] for row in read_back(build_csv(rows)) if row["value"]] == ["22"]
    assert "shared" not in {row["state"] for row in rows}


def test_figures_that_may_not_be_added_are_said_to_be_several(asked: Ask) -> None:
    results = [{"activity": "c", "iso3": "SEN", "value": 7.0, "additive": False} for _ in range(2)]
    row = by_place(
        answer_rows(asked(portfolio(**{**MIXED, "results": results}), "result:trained"), translator("en"))
    )
    assert (row["SEN"]["state"], row["SEN"]["value"]) == ("figure", "")
    assert "may not be added" in str(row["SEN"]["note"])
    assert "may not be added" not in str(row["CIV"]["note"])


def test_a_derived_figure_is_marked_with_its_formula(asked: Ask) -> None:
    results = [{"activity": "c", "iso3": "SEN", "value": 7.0, "derivation": "x * 75 / 100"}]
    row = by_place(
        answer_rows(asked(portfolio(**{**MIXED, "results": results}), "result:trained"), translator("en"))
    )
    assert "Derived, not stated: x * 75 / 100" in str(row["SEN"]["note"])
    assert "Derived" not in str(row["CIV"]["note"])


def test_a_filter_that_an_analyst_coded_is_marked_in_every_row(asked: Ask) -> None:
    rows = answer_rows(asked(portfolio(**MIXED), selection=Selection(theme=("gender",))), translator("en"))
    assert all("Coded by an analyst" in str(row["note"]) for row in rows)
    assert {row["filters"] for row in rows} == {"theme=gender"}
    by_source = {**MIXED, "tags": [{"activity": "a", "code": "gender"}]}
    rows = answer_rows(
        asked(portfolio(**by_source), selection=Selection(theme=("gender",))), translator("en")
    )
    assert not any("analyst" in str(row["note"]) for row in rows)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rows_speak_every_language_and_keep_their_codes(asked: Ask, lang: str) -> None:
    rows = answer_rows(asked(portfolio(**MIXED), lang=lang), translator(lang))
    codes = [(row["iso3"], row["state"], row["value"], row["qualifier"]) for row in rows]
    english = answer_rows(asked(portfolio(**MIXED)), translator("en"))
    assert codes == [(row["iso3"], row["state"], row["value"], row["qualifier"]) for row in english]
    assert ([row["name"] for row in rows] == [row["name"] for row in english]) == (lang == "en")


def test_a_total_shared_with_places_without_a_name_names_them_so() -> None:
    total = SharedTotal("r", 5.0, "persons", ("SEN",), "=", ("", "002"))
    sentence = shared_sentence(total, translator("en"))
    assert "Senegal" in sentence
    assert "Africa" in sentence
    assert translator("en")("Place not named") in sentence


# CSV


def read_back(body: bytes, separator: str = ",") -> list[dict[str, str]]:
    text = body.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True))


def as_written(rows: Rows) -> list[dict[str, str]]:
    return [
        {key: cell(value) if isinstance(value, str) else str(value) for key, value in row.items()}
        for row in rows
    ]


def hostile(name: str) -> Tables:
    """A portfolio whose indicator, theme and actor have that name."""
    return portfolio(
        activities=[{"id": "a"}],
        places=placed("a", "SEN", "MAR"),
        tags=[{"activity": "a", "code": name}],
        indicators=[
            {"id": "trained", "label_en": name, "label_fr": name, "label_ar": name, "unit": "persons"}
        ],
        results=[{"activity": "a", "iso3": "SEN", "value": -5.5}, {"activity": "a", "value": 3.0}],
    )


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_travels_unharmed_and_runs_nothing(asked: Ask, name: str) -> None:
    answer = asked(hostile(name), "result:trained", Selection(theme=(name,)))
    rows = answer_rows(answer, translator("fr"))
    found = read_back(build_csv(rows))
    assert found == as_written(rows)
    assert read_back(build_csv(rows, semicolons=True), ";") == found
    assert not any(
        text.lstrip(" \u00a0").startswith(tuple("=+@\t\r\n")) for row in found for text in row.values()
    )
    label = found[0]["measure_label"]
    assert (label.removeprefix("'") if label != name else label).strip() == name.strip()
    assert found[0]["filters"] == f"theme={name}"
    assert [row["value"] for row in found if row["value"]] == ["-5.5"]


def test_the_check_notices_a_formula_that_is_written_as_it_is() -> None:
    body = build_csv([{"name": FORMULA}])
    assert body.startswith(b"\xef\xbb\xbf")
    assert read_back(body) == [{"name": f"'{FORMULA}"}]
    raw = io.StringIO()
    csv.writer(raw).writerows([["name"], [FORMULA]])
    assert read_back(raw.getvalue().encode()) == [{"name": FORMULA}]


@pytest.mark.parametrize("separator", [",", ";"])
def test_pandas_reads_the_numbers_back(asked: Ask, separator: str) -> None:
    rows = answer_rows(asked(portfolio(**MIXED), layer=FULL_LAYER("un")), translator("fr"))
    body = build_csv(rows, semicolons=separator == ";")
    frame = pd.read_csv(
        io.BytesIO(body),
        sep=separator,
        encoding="utf-8-sig",
        keep_default_na=False,
        na_values={"value": [""]},
    )
    assert frame["iso3"].tolist() == [row["iso3"] for row in rows]
    assert len(frame) == len(FULL_LAYER("un")) + 3
    values = [None if np.isnan(value) else value for value in frame["value"]]
    assert values == [None if row["value"] == "" else row["value"] for row in rows]


def test_no_rows_make_an_empty_file() -> None:
    assert build_csv([]) == b""


def test_a_missing_cell_is_empty_and_a_number_is_no_text() -> None:
    assert read_back(build_csv([{"a": None, "b": -5, "c": 0, "d": 0.5}])) == [
        {"a": "", "b": "-5", "c": "0", "d": "0.5"}
    ]


# GeoJSON


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_geojson_keeps_a_hostile_name_letter_by_letter(asked: Ask, name: str) -> None:
    found = json.loads(
        build_geojson(asked(hostile(name), "result:trained", Selection(theme=(name,))), translator("en"))
    )
    label = translator("en").field({"label_en": name}, "label")
    assert {feature["properties"]["measure_label"] for feature in found["features"]} == {label}


def test_geojson_is_read_back_as_it_was(asked: Ask, tmp_path: Path) -> None:
    answer = asked(portfolio(**MIXED), layer=FULL_LAYER("un"))
    path = tmp_path / "atlas.geojson"
    path.write_bytes(build_geojson(answer, translator("ar")))
    frame = gpd.read_file(path)
    assert frame.crs.to_epsg() == 4326
    countries = frame[frame.geometry.notna()]
    layer = FULL_LAYER("un")
    assert countries["iso3"].tolist() == layer["iso3"].tolist()
    wanted = {record["iso3"]: (record["value"], record["state"]) for record in country_records(answer.joined)}
    told = zip(countries["iso3"], countries["value"], countries["state"], strict=True)
    assert {iso3: (None if np.isnan(value) else value, state) for iso3, value, state in told} == wanted
    assert sorted(frame[frame.geometry.isna()]["state"]) == ["figure", "figure", "shared"]
    np.testing.assert_allclose(countries.bounds, layer.bounds, atol=1e-4)
    np.testing.assert_allclose(shapely.area(countries.geometry), shapely.area(layer.geometry), atol=1e-2)
    assert countries.geometry.is_valid.all()


def test_geojson_follows_the_right_hand_rule_and_says_where_it_comes_from(asked: Ask) -> None:
    answer = asked(portfolio(**MIXED))
    found = json.loads(build_geojson(answer, translator("en")))
    assert found["atlas"]["snapshot"] == answer.snapshot.id
    assert found["atlas"]["boundary_view"] == "un"
    assert "crs" not in found
    polygons = [
        rings
        for feature in found["features"]
        if feature["geometry"]
        for rings in (
            feature["geometry"]["coordinates"]
            if feature["geometry"]["type"] == "MultiPolygon"
            else [feature["geometry"]["coordinates"]]
        )
    ]
    assert len(polygons) == 4
    for exterior, *holes in polygons:
        assert shapely.is_ccw(shapely.LinearRing(exterior))
        assert not any(shapely.is_ccw(shapely.LinearRing(hole)) for hole in holes)
    ids = [feature["id"] for feature in found["features"]]
    assert ids == ["CIV", "MAR", "SEN", "QQQ", "002", "MAR SEN"]


# Labels


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_measure_and_option_has_a_name(asked: Ask, lang: str) -> None:
    answer = asked(portfolio(**MIXED), "result:trained", lang=lang)
    assert answer.measure_label
    vocabulary = read_vocabulary(open_engine(answer.snapshot))
    words = translator(lang)
    assert TYPES_PLURAL.keys() == {entry.code for entry in ACTIVITY_TYPES}
    assert FILTER_LABELS.keys() == vocabulary.options.keys()
    for key, options in vocabulary.options.items():
        assert all(option_label(key, code, vocabulary, words) for code in options)


def test_a_figure_of_a_region_is_in_its_row(asked: Ask) -> None:
    regional = (RegionValue("002", State.FIGURE, 5.5, ">", 2), RegionValue("", State.PLANNED, None, None, 1))
    answer = replace(asked(portfolio(**MIXED), "result:trained"), regional=regional)
    rows = by_place(answer_rows(answer, translator("en")))
    assert (rows["002"]["value"], rows["002"]["qualifier"], rows["002"]["activities"]) == (5.5, ">", 2)
    assert "Lower bound" in str(rows["002"]["note"])
    unnamed = rows[translator("en")("Place not named")]
    assert (unnamed["value"], unnamed["qualifier"], unnamed["state"]) == ("", "", "planned")
