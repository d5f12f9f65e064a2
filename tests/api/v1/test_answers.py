"""What the interface answers: the pages' numbers, nothing invented, every row with its source."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.analysis.counts import read_counts, total
from ess.analysis.join import country_records
from ess.analysis.measures import list_measures, parse_measure
from ess.analysis.selection import Selection, parse_selection
from ess.analysis.shared import FEW
from ess.analysis.vocabulary import FILTERS, read_vocabulary
from ess.api.v1.answers import MOST_SHARED
from ess.api.v1.asking import Portfolio
from ess.commands.asking import add_countries
from ess.escape import cell
from ess.portfolio.schema import TABLES
from ess.settings import Settings
from ess.store.engine import Engine
from ess.ui import cache
from tests.analysis.portfolios import portfolios
from tests.api.v1.asking import ROOT, Client, application, interface_of, portfolio_of
from tests.factories import HOSTILE_NAMES, PROPERTY, Tables, engine_of, placed, portfolio


def client_of(tables: Tables, folder: Path) -> Client:
    """Asks a portfolio of its own."""
    engine = engine_of(tables, folder)
    return Client(application(interface_of(portfolio_of(engine, read_vocabulary(engine)))))


def test_activities_are_the_rows_of_the_portfolio(client: Client, builtin: Portfolio) -> None:
    answer = client.get("activities", ("limit", 1000)).json
    stored = {row["id"]: row for row in builtin.engine.rows(builtin.engine.table("activities"))}
    assert answer["total"] == len(answer["rows"]) == sum(not row["umbrella"] for row in stored.values())
    for row in answer["rows"]:
        own = {name: row[name] for name in TABLES["activities"].column_names}
        expected = stored[row["id"]]
        assert own == {
            name: value.isoformat() if isinstance(value, date) else value for name, value in expected.items()
        }
        assert row["undated"] == (expected["start"] is None and expected["end"] is None)
        assert row["source"] in answer["sources"]
        assert client.ask(row["url"]).json["activity"]["id"] == row["id"]


def test_a_record_comes_with_all_that_hangs_on_it(client: Client, builtin: Portfolio) -> None:
    for row in client.get("activities", ("limit", 1000)).json["rows"]:
        told = client.get(f"activities/{row['id']}").json
        for name in ("places", "participants", "tags", "results", "finances"):
            stored = builtin.engine.table(name)
            expected = builtin.engine.rows(stored.filter(stored.activity == row["id"]))
            assert told["totals"][name] == len(told[name]) == len(expected)
        assert {one["actor"] for one in told["participants"]} <= told["actors"].keys()
        assert all(one["source"] in told["sources"] for one in told["places"] if one["source"])
        assert told["analyst_codes"] == row["analyst_codes"]
        assert {one["about_id"] for one in told["notes"]} <= {row["id"]}


def selections() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Filters of the built-in portfolio, as an address spells them."""
    vocabulary = cache.served_portfolio().vocabulary
    pairs = [(key, code) for key in FILTERS for code in list(vocabulary.options.get(key, ()))[:5]]
    return st.lists(st.sampled_from(pairs), max_size=3, unique=True)


@settings(PROPERTY, max_examples=20)
@given(pairs=st.deferred(selections), view=st.sampled_from(["un", "ma", "de_facto"]))
def test_the_interface_counts_what_the_map_counts(
    client: Client, builtin: Portfolio, pairs: list[tuple[str, str]], view: str
) -> None:
    selection, unusable = parse_selection(pairs, builtin.vocabulary)
    assert unusable == []
    counts = read_counts(builtin.engine, selection, builtin.vocabulary, view)
    listed = client.get("activities", *pairs, ("view", view), ("limit", 1)).json
    measured = client.get("measures/activities", *pairs, ("view", view)).json
    records = total(counts.overall).records
    assert listed["total"] == measured["totals"]["activities"] == records
    assert measured["totals"]["undated"] == counts.undated
    assert len(client.get("activities", *pairs, ("view", view), ("limit", 1000)).json["rows"]) == records
    joined = builtin.joined(parse_measure("activities", builtin.vocabulary), selection, view)
    as_printed = country_records(joined)
    assert [{key: row[key] for key in as_printed[0]} for row in measured["countries"]] == as_printed
    by_country = {row["iso3"]: row["activities"] for row in (*measured["countries"], *measured["unmatched"])}
    assert {iso3: total(by).records for iso3, by in counts.by_country.items()}.items() <= by_country.items()
    assert client.ask(measured["records"]).json["total"] == records


@settings(PROPERTY, max_examples=8)
@given(tables=portfolios(), view=st.sampled_from(["un", "ma"]))
def test_whatever_a_portfolio_holds_every_measure_is_what_the_command_prints(
    tmp_path_factory: pytest.TempPathFactory, tables: Tables, view: str
) -> None:
    engine = engine_of(tables, tmp_path_factory.mktemp("store"))
    reading = portfolio_of(engine, read_vocabulary(engine))
    client = Client(application(interface_of(reading)))
    for measure in list_measures(reading.vocabulary):
        money = measure.kind == "amount"
        shares = ("shares", "equal" if measure.equal else "stated")
        query = [("currency", measure.unit), shares] if money else []
        answer = client.get(f"measures/{measure.id}", ("view", view), *query).json
        printed = country_records(reading.joined(measure, Selection(), view))
        assert [{key: row[key] for key in printed[0]} for row in answer["countries"]] == printed
        assert len(answer["regional"]) == len(reading.regional(measure, Selection()))
    listed = client.get("activities", ("view", view)).json
    counts = read_counts(engine, Selection(), reading.vocabulary, view)
    assert listed["total"] == total(counts.overall).records
    for kind in ("results", "finances"):
        rows = client.get(kind, ("view", view)).json["rows"]
        assert all(row["value"] is None or row["value"] == row["value"] for row in rows)


def test_it_answers_what_the_command_prints(builtin: Portfolio, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_countries(parser.add_subparsers())
    whole = Client(application(interface_of(cache.served_portfolio())))
    for options, query in (
        (
            ["--measure", "project", "--where", "actor=ocp_foundation"],
            "measures/project?actor=ocp_foundation",
        ),
        (["--measure", "result:women_trained", "--view", "ma"], "measures/result:women_trained?view=ma"),
    ):
        parsed = parser.parse_args(["countries", *options, "--format", "json"])
        parsed.run(parsed, Settings())
        printed = json.loads(capsys.readouterr().out)
        answer = whole.ask(f"{ROOT}/{query}").json
        assert [{key: row[key] for key in printed[0]} for row in answer["countries"]] == printed
        assert answer["snapshot"]["id"] == builtin.snapshot.id


def test_a_total_over_several_is_given_to_none(client: Client) -> None:
    (measure,) = [
        one for one in client.get("measures").json["measures"] if one["id"] == "result:women_trained"
    ]
    for row in client.ask(measure["url"]).json["countries"]:
        assert (row["value"] is None) == (row["state"] != "figure" or row["stated"] > 1)
        assert (row["qualifier"] is None) == (row["value"] is None)


def test_missing_is_null_bounds_stay_and_the_undated_are_not_left_out(tmp_path: Path) -> None:
    client = client_of(
        portfolio(
            activities=[
                {"id": "a", "start": date(2020, 5, 1)},
                {"id": "b"},
                {"id": "c", "start": date(2021, 1, 1)},
            ],
            places=[*placed("a", "SEN"), *placed("b", "SEN", "CIV")],
            tags=[{"activity": "a", "coded_by": "analyst"}],
            results=[
                {"activity": "a", "value": None},
                {"activity": "a", "value": 9000.0, "qualifier": ">"},
                {"activity": "b", "value": 22.5},
            ],
        ),
        tmp_path,
    )
    rows = client.get("activities", ("year", "2020")).json["rows"]
    assert [(row["id"], row["undated"]) for row in rows] == [("a", False), ("b", True)]
    assert rows[0]["analyst_codes"] == ["theme:gender"]
    values = {row["id"]: (row["value"], row["qualifier"]) for row in client.get("results").json["rows"]}
    assert values == {"results-1": (None, "="), "results-2": (9000, ">"), "results-3": (22.5, "=")}
    table = client.get("results", ("format", "csv")).rows
    assert [row["value"] for row in table] == ["", "9000", "22.5"]
    measured = client.get("measures/result:trained").json["countries"]
    by_country = {row["iso3"]: row for row in measured}
    assert by_country["SEN"]["qualifier"] == ">"
    assert (by_country["CIV"]["value"], by_country["CIV"]["shared_total"]) == (None, 1)
    assert by_country["CIV"]["shared"][0]["countries"] == ["CIV", "SEN"]
    themed = client.get("measures/activities", ("theme", "gender")).json
    assert themed["coded_by_analyst"] == ["theme=gender"]


@pytest.mark.parametrize(("count", "told"), [(5, 5), (MOST_SHARED + 5, MOST_SHARED), (FEW, 0)])
def test_many_shared_totals_are_counted_and_the_first_are_told(tmp_path: Path, count: int, told: int) -> None:
    results = [{"activity": "a", "value": 1.0} for _ in range(count)]
    tables = portfolio(activities=[{"id": "a"}], places=placed("a", "SEN", "CIV"), results=results)
    client = client_of(tables, tmp_path)
    answer = client.get("measures/result:trained").json
    row = next(row for row in answer["countries"] if row["iso3"] == "SEN")
    assert (len(row["shared"]), row["shared_total"]) == (told, count)
    for form, rows in (("csv", "rows"), ("geojson", "json")):
        found = getattr(client.get("measures/result:trained", ("format", form)), rows)
        cells = found if form == "csv" else [one["properties"] for one in found["features"]]
        flat = next(one for one in cells if one["iso3"] == "SEN")
        assert int(flat["shared_total"]) == count
        assert (flat["note"] or "").count("Takes part in a total") == told


def hostile_tables() -> Tables:
    """Names that a spreadsheet or a browser would run, in every text that the interface gives."""
    return portfolio(
        sources=[{"id": "s", "title_fr": name, "title_en": name} for name in HOSTILE_NAMES[:1]],
        activities=[
            {"id": f"a{number}", "title_fr": name, "title_en": name, "description_en": name, "source": "s"}
            for number, name in enumerate(HOSTILE_NAMES)
        ],
        places=[{"activity": "a0", "iso3": "SEN", "latitude": 14.7, "longitude": -17.4}],
        indicators=[{"id": "trained", "label_en": HOSTILE_NAMES[0]}],
        results=[{"activity": "a0", "value": -1.0, "derivation": HOSTILE_NAMES[1]}],
    )


def test_hostile_texts_are_text(tmp_path: Path) -> None:
    client = client_of(hostile_tables(), tmp_path)
    rows = client.get("activities").json["rows"]
    assert {row["title_en"] for row in rows} == set(HOSTILE_NAMES)
    table = {row["id"]: row for row in client.get("activities", ("format", "csv"), ("lang", "en")).rows}
    for number, name in enumerate(HOSTILE_NAMES):
        assert table[f"a{number}"]["title_en"] == cell(name)
        assert table[f"a{number}"]["source_title"] == cell(HOSTILE_NAMES[0])
    (result,) = client.get("results", ("format", "csv"), ("lang", "en")).rows
    assert result["value"] == "-1"
    assert result["derivation"] == cell(HOSTILE_NAMES[1])
    measured = client.get("measures/result:trained", ("format", "csv"), ("lang", "en"))
    assert {row["measure_label"] for row in measured.rows} == {cell(HOSTILE_NAMES[0])}
    (place,) = client.get("activities/a0", ("format", "geojson")).json["features"]
    assert place["geometry"] == {"type": "Point", "coordinates": [-17.4, 14.7]}
    page = client.ask(f"{ROOT}/?lang=ar")
    assert b"<script" not in page.body
    assert b"<img" not in page.body


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_value_is_said_back_as_text(client: Client, name: str) -> None:
    answer = client.get("activities", ("actor", name))
    assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
    assert "\u202e" not in answer.json["error"]["message"]


@pytest.mark.parametrize("view", ["un", "ma", "de_facto"])
def test_boundaries_are_those_of_the_view(client: Client, view: str) -> None:
    answer = client.get("boundaries", ("view", view)).json
    shapes = {one["id"]: one for one in answer["features"]}
    assert answer["atlas"]["boundary_view"] == view
    assert ("ESH" in shapes) == (view != "ma")
    assert shapes["SEN"]["properties"]["name_fr"] == "Sénégal"
    codes = [row["iso3"] for row in client.get("countries", ("view", view)).json["countries"]]
    assert codes == [code for code, one in shapes.items() if one["properties"]["kind"] == "country"]
    lines = [one for one in shapes.values() if one["properties"]["kind"] == "dashed line"]
    assert len(lines) == (view != "ma")


def test_a_page_of_a_large_portfolio_does_not_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 20_000
    rows = [{"id": f"a{number:05}"} for number in range(count)]
    places = [{"activity": row["id"], "iso3": "SEN"} for row in rows]
    client = client_of(portfolio(activities=rows, places=places), tmp_path)
    fetched: list[int] = []
    fetch = Engine._fetch

    def counting(engine: Engine, text: str) -> Any:
        found = fetch(engine, text)
        fetched.append(len(found))
        return found

    monkeypatch.setattr(Engine, "_fetch", counting)
    answer = client.get("activities", ("offset", count - 10), ("limit", 10)).json
    assert [row["id"] for row in answer["rows"]] == [row["id"] for row in rows[-10:]]
    assert answer["total"] == count
    assert 10 <= sum(fetched) < 200
    fetched.clear()
    assert client.get("activities", ("limit", 1000)).json["rows"][999]["id"] == "a00999"
    assert 1000 <= sum(fetched) < 5_000
