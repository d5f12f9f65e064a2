"""What each route answers: plain objects and rows, from the questions that the pages ask too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import ibis.expr.types as ir
import shapely

from ess.analysis.by_country import CountryValue, RegionValue
from ess.analysis.counts import read_counts, total
from ess.analysis.join import Joined, JoinedRow, plain_number, shared_record
from ess.analysis.listing import list_rows
from ess.analysis.measures import Measure, list_measures
from ess.analysis.shared import SharedTotal, TotalsOnDemand
from ess.api.v1.asking import Asked, Portfolio, address, label_of_measure
from ess.api.v1.formats import write_csv, write_json
from ess.api.v1.refusals import NOT_FOUND, Refusal
from ess.api.v1.rows import (
    FROM_ACTIVITY,
    GATHERED,
    LABELLED,
    cited_sources,
    flat_row,
    listed_row,
    plain_row,
    provenance_cells,
)
from ess.api.v1.schemas import ATTACHED
from ess.exports.answer import Answer, analyst_codes, answer_rows, place_name
from ess.exports.labels import measure_label
from ess.locales import N_
from ess.portfolio.schema import TABLES
from ess.store.engine import Row, blank
from geodata.codes import countries, country_name
from geodata.groups import groups, groups_of
from geodata.layer import read_boundary_lines

#: Rows of one table that one record is told with, and shared totals that one country is told with.
MOST_ATTACHED, MOST_SHARED = 1000, 100

_PROVENANCE = ("filters", "boundary_view", "snapshot", "data_as_of")


@dataclass(frozen=True)
class Written:
    """An answer as bytes.

    Attributes
    ----------
    total
        Rows on all pages; None for an answer without pages.
    """

    body: bytes
    total: int | None = None


def about_snapshot(portfolio: Portfolio) -> dict[str, Any]:
    """Which snapshot answers."""
    snapshot = portfolio.snapshot
    return {
        "id": snapshot.id,
        "data_as_of": snapshot.as_of or None,
        "created": snapshot.created or None,
        "origin": snapshot.origin,
    }


def _about(asked: Asked, portfolio: Portfolio) -> dict[str, Any]:
    filters: dict[str, list[str]] = {}
    for key, code in asked.selection.pairs():
        filters.setdefault(key, []).append(code)
    return {
        "snapshot": about_snapshot(portfolio),
        "boundary_view": asked.view,
        "lang": asked.lang,
        "filters": filters,
        "coded_by_analyst": list(analyst_codes(asked.selection, portfolio.vocabulary)),
    }


# Listings


def _listed(asked: Asked, portfolio: Portfolio, kind: str) -> tuple[list[Row], int]:
    listing = list_rows(
        portfolio.engine,
        asked.selection,
        portfolio.vocabulary,
        asked.view,
        kind,
        sort=str(asked.value("sort")),
        descending=asked.value("order") == "descending",
        offset=asked.number("offset"),
        limit=asked.number("limit"),
    )
    return [listed_row(kind, row, asked, portfolio) for row in listing.rows], listing.total


def _paging(asked: Asked, count: int) -> dict[str, Any]:
    return {"total": count, **{name: asked.value(name) for name in ("limit", "offset", "sort", "order")}}


def write_page_json(asked: Asked, portfolio: Portfolio) -> Written:
    """A page of activities, results or amounts, with the documents that they name."""
    rows, count = _listed(asked, portfolio, asked.operation)
    answer = {
        **_about(asked, portfolio),
        **_paging(asked, count),
        "rows": rows,
        "sources": cited_sources(rows, portfolio),
    }
    return Written(write_json(answer), count)


def write_page_csv(asked: Asked, portfolio: Portfolio) -> Written:
    """The same page as a table; each row says where it comes from."""
    rows, count = _listed(asked, portfolio, asked.operation)
    sources, provenance = cited_sources(rows, portfolio), provenance_cells(asked, portfolio)
    flat = [{**flat_row(row, sources, asked), **provenance} for row in rows]
    return Written(write_csv(_columns(asked.operation), flat), count)


def _columns(kind: str) -> list[str]:
    own = {"activities": ["title"], "results": ["indicator_label"]}.get(kind, [])
    columns = [*TABLES[kind].column_names, *FROM_ACTIVITY[kind], *GATHERED[kind]]
    labels = [f"{name}_label" for name in LABELLED[kind]]
    return [*columns, *labels, "undated", *own, "source_title", *_PROVENANCE]


_FOUND = (
    "id", "title", "type", "type_label", "stage", "stage_label", "start", "end", "undated", "countries",
    "analyst_codes",
)  # fmt: skip


def _found(asked: Asked, portfolio: Portfolio) -> tuple[list[Row], int]:
    rows, count = _listed(asked, portfolio, "activities")
    return [{name: row[name] for name in (*_FOUND, "url")} for row in rows], count


def write_search_json(asked: Asked, portfolio: Portfolio) -> Written:
    """The activities that a text finds, short, each with the address of its whole record."""
    rows, count = _found(asked, portfolio)
    about = _about(asked, portfolio)
    answer = {**about, **_paging(asked, count), "q": about["filters"].get("q", []), "rows": rows}
    return Written(write_json(answer), count)


def write_search_csv(asked: Asked, portfolio: Portfolio) -> Written:
    """The same as a table."""
    rows, count = _found(asked, portfolio)
    provenance = provenance_cells(asked, portfolio)
    flat = [{**flat_row(row, {}, asked), **provenance} for row in rows]
    return Written(write_csv([*_FOUND, *_PROVENANCE], flat), count)


# One activity


def _rows_on(portfolio: Portfolio, table: str, column: str, code: str) -> list[Row]:
    """Rows of a table whose `column` is `code`, one more than are told at most."""

    def build() -> ir.Table:
        rows = portfolio.engine.table(table)
        found = rows.filter(rows[column].isin(blank("code")))
        if table == "notes":
            found = found.filter(found.about_table == "activities")
        return found.order_by(list(TABLES[table].key)).limit(MOST_ATTACHED)

    return portfolio.engine.ask(("one record", table, column), build, {"code": [code]})


def _count_on(portfolio: Portfolio, table: str, column: str, code: str) -> int:
    def build() -> ir.Table:
        rows = portfolio.engine.table(table)
        found = rows.filter(rows[column].isin(blank("code")))
        if table == "notes":
            found = found.filter(found.about_table == "activities")
        return found.aggregate(rows=found.count())

    (row,) = portfolio.engine.ask(("count on one record", table, column), build, {"code": [code]})
    return int(row["rows"])


@dataclass(frozen=True)
class _Record:
    activity: Row
    attached: Mapping[str, list[Row]]
    totals: Mapping[str, int]


def _read_record(asked: Asked, portfolio: Portfolio) -> _Record:
    code = str(asked.value("id"))
    rows = _rows_on(portfolio, "activities", "id", code)
    if not rows:
        raise Refusal(
            NOT_FOUND,
            "unknown_activity",
            N_("There is no activity {found} in this snapshot; expected an id that {expected} lists."),
            parameter="id",
            expected=[address("activities")],
            found=code,
        )
    attached = {
        table: _rows_on(portfolio, table, "about_id" if table == "notes" else "activity", code)
        for table in ATTACHED
    }
    totals = {
        table: len(found)
        if len(found) < MOST_ATTACHED
        else _count_on(portfolio, table, "about_id" if table == "notes" else "activity", code)
        for table, found in attached.items()
    }
    return _Record(rows[0], attached, totals)


def write_record_json(asked: Asked, portfolio: Portfolio) -> Written:
    """An activity with everything that hangs on it, its actors, its programme and its documents."""
    record, options = _read_record(asked, portfolio), portfolio.vocabulary.options
    activity = record.activity
    every = [activity, *(row for rows in record.attached.values() for row in rows)]
    tags = record.attached["tags"]
    actors = dict.fromkeys(row["actor"] for row in every if row.get("actor") in options["actor"])
    programme = options["programme"].get(activity["programme"] or "")
    parts = _rows_on(portfolio, "activities", "parent", activity["id"])
    answer = {
        **{key: told for key, told in _about(asked, portfolio).items() if key in _WHICH},
        "activity": plain_row("activities", activity),
        "title": asked.t.field(activity, "title") or None,
        "undated": activity["start"] is None and activity["end"] is None,
        "analyst_codes": sorted(
            {f"{tag['scheme']}:{tag['code']}" for tag in tags if tag["coded_by"] != "source"}
        ),
        **{table: [plain_row(table, row) for row in rows] for table, rows in record.attached.items()},
        "totals": dict(record.totals),
        "parts": [row["id"] for row in parts],
        "programme": None if programme is None else plain_row("programmes", programme),
        "actors": {code: plain_row("actors", options["actor"][code]) for code in actors},
        "sources": cited_sources(every, portfolio),
    }
    return Written(write_json(answer))


_WHICH = ("snapshot", "boundary_view", "lang")


def write_record_geojson(asked: Asked, portfolio: Portfolio) -> Written:
    """The places of an activity: points where they are known, features without a geometry where not."""
    record = _read_record(asked, portfolio)
    features = [
        {"type": "Feature", "id": row["id"], "properties": plain_row("places", row), "geometry": _point(row)}
        for row in record.attached["places"]
    ]
    return _features(asked, portfolio, features, activity=record.activity["id"])


def _point(place: Row) -> dict[str, Any] | None:
    if place["latitude"] is None or place["longitude"] is None:
        return None
    return {"type": "Point", "coordinates": [place["longitude"], place["latitude"]]}


def _features(asked: Asked, portfolio: Portfolio, features: Iterable[Row], **about: object) -> Written:
    atlas = {"snapshot": about_snapshot(portfolio), "boundary_view": asked.view, "lang": asked.lang, **about}
    return Written(write_json({"type": "FeatureCollection", "atlas": atlas, "features": list(features)}))


# Measures


def _told_measure(measure: Measure, asked: Asked, portfolio: Portfolio) -> Row:
    money = measure.kind == "amount"
    query = [("currency", measure.unit), ("shares", "equal" if measure.equal else "stated")] if money else []
    return {
        "id": measure.id,
        "kind": measure.kind,
        "code": measure.code,
        "unit": measure.unit,
        "split": ("equal" if measure.equal else "stated") if money else None,
        "label": measure_label(measure, portfolio.vocabulary, asked.t),
        "url": address("measures", measure.id, query=[*query, *asked.pin]),
    }


def _told_measures(asked: Asked, portfolio: Portfolio) -> list[Row]:
    return [_told_measure(one, asked, portfolio) for one in list_measures(portfolio.vocabulary)]


def write_measures_json(asked: Asked, portfolio: Portfolio) -> Written:
    """What can be asked by country."""
    told = _told_measures(asked, portfolio)
    return Written(write_json({"snapshot": about_snapshot(portfolio), "lang": asked.lang, "measures": told}))


def write_measures_csv(asked: Asked, portfolio: Portfolio) -> Written:
    """The same as a table."""
    rows = [{**row, "snapshot": portfolio.snapshot.id} for row in _told_measures(asked, portfolio)]
    return Written(write_csv(["id", "kind", "code", "unit", "split", "label", "url", "snapshot"], rows))


def _measure_of(asked: Asked) -> Measure:
    if asked.measure is None:
        raise ValueError(asked.operation)
    return asked.measure


def _without_long_lists(joined: Joined) -> Joined:
    """The join with no more shared totals in each row than are told."""

    def told(value: CountryValue) -> CountryValue:
        return replace(value, shared=told_shared(value.shared))

    return Joined(joined.layer, tuple(map(told, joined.values)), tuple(map(told, joined.unmatched)))


def _answer(asked: Asked, portfolio: Portfolio) -> Answer:
    measure = _measure_of(asked)
    return Answer(
        _without_long_lists(portfolio.joined(measure, asked.selection, asked.view)),
        portfolio.regional(measure, asked.selection),
        measure,
        label_of_measure(asked, portfolio.vocabulary),
        asked.selection,
        asked.view,
        portfolio.snapshot,
        analyst_codes(asked.selection, portfolio.vocabulary),
    )


def write_measure_json(asked: Asked, portfolio: Portfolio) -> Written:
    """A measure by country: the records of ``countries --format json``, and what no country can show."""
    measure = _measure_of(asked)
    joined = portfolio.joined(measure, asked.selection, asked.view)
    counts = read_counts(portfolio.engine, asked.selection, portfolio.vocabulary, asked.view)
    unallocated = portfolio.answer(measure, asked.selection, asked.view).unallocated
    answer = {
        **_about(asked, portfolio),
        "measure": _told_measure(measure, asked, portfolio),
        "countries": [_country_value(row) for row in joined.rows],
        "unmatched": [_country_value(value) for value in joined.unmatched],
        "regional": [_region_value(found, asked) for found in portfolio.regional(measure, asked.selection)],
        "unallocated": plain_number(unallocated),
        "totals": {"activities": total(counts.overall).records, "undated": counts.undated},
        "records": address("activities", query=_records_query(asked)),
    }
    return Written(write_json(answer))


def _records_query(asked: Asked) -> list[tuple[str, str]]:
    return [*asked.selection.pairs(), ("view", asked.view), ("lang", asked.lang), *asked.pin]


def _country_value(row: JoinedRow | CountryValue) -> Row:
    return {
        "iso3": row.iso3,
        "value": plain_number(row.value),
        "qualifier": row.qualifier,
        "state": str(row.state),
        "activities": int(row.activities),
        "shared": [shared_record(one) for one in told_shared(row.shared)],
        "shared_total": len(row.shared),
        "planned": int(row.planned),
        "stated": int(row.stated),
        "derived": list(row.derived),
    }


def told_shared(shared: Sequence[SharedTotal]) -> tuple[SharedTotal, ...]:
    """The shared totals that are told with a country; how many there are is told all the same.

    None where a portfolio has too many to be listed at once: they would be a question for each country.
    """
    return () if isinstance(shared, TotalsOnDemand) else tuple(shared[:MOST_SHARED])


def _region_value(found: RegionValue, asked: Asked) -> Row:
    return {
        "region": found.region or None,
        "name": place_name(found.region, asked.t),
        "value": plain_number(found.value),
        "qualifier": found.qualifier,
        "state": str(found.state),
        "activities": found.activities,
    }


def _measure_rows(asked: Asked, portfolio: Portfolio) -> list[Row]:
    """The rows of the pages' table; a country's has the number of totals that it shares."""
    answer = _answer(asked, portfolio)
    whole = portfolio.joined(answer.measure, asked.selection, asked.view)
    counts = [len(row.shared) for row in whole.rows] + [len(value.shared) for value in whole.unmatched]
    rows = answer_rows(answer, asked.t)
    others = [""] * (len(rows) - len(counts))
    return [{**row, "shared_total": count} for row, count in zip(rows, [*counts, *others], strict=True)]


def write_measure_csv(asked: Asked, portfolio: Portfolio) -> Written:
    """The table that the pages give, regional rows and codes that the layer does not know among it."""
    rows = _measure_rows(asked, portfolio)
    return Written(write_csv(list(rows[0]), rows))


def write_measure_geojson(asked: Asked, portfolio: Portfolio) -> Written:
    """The same with the countries' shapes; a row without a country has none."""
    layer = portfolio.layer(asked.view)
    shapes = dict(zip(layer["iso3"], _outlines(layer), strict=True))
    features = [
        _feature(
            str(row["iso3"] or row["region"]),
            {name: None if value == "" else value for name, value in row.items()},
            shapes.get(row["iso3"]),
        )
        for row in _measure_rows(asked, portfolio)
    ]
    return _features(asked, portfolio, features, measure=_told_measure(_measure_of(asked), asked, portfolio))


# Countries and boundaries


def _told_countries(asked: Asked, portfolio: Portfolio) -> list[Row]:
    names = countries()
    frame = portfolio.layer(asked.view)
    columns = ["iso3", "iso2", "m49", "name_fr", "name_en", "name_ar", "region", "subregion", "intermediate"]
    rows = frame[columns].to_dict("records")
    return [
        {
            **{str(key): value or None for key, value in row.items()},
            "name": country_name(row["iso3"], asked.lang)
            if row["iso3"] in names
            else row[f"name_{asked.lang}"],
            "groups": [group.id for group in groups_of(row["iso3"])],
        }
        for row in rows
    ]


def _told_groups(asked: Asked) -> list[Row]:
    return [
        {
            "id": group.id,
            "kind": group.kind,
            "name": {"fr": group.name_fr, "en": group.name_en, "ar": group.name_ar}[asked.lang],
            "source": group.source,
            "as_of": group.as_of or None,
            "status": group.status,
        }
        for group in groups()
    ]


def write_countries_json(asked: Asked, portfolio: Portfolio) -> Written:
    """The countries of the layer as a boundary view has them, and the groups they belong to."""
    answer = {
        **{key: told for key, told in _about(asked, portfolio).items() if key in _WHICH},
        "countries": _told_countries(asked, portfolio),
        "groups": _told_groups(asked),
    }
    return Written(write_json(answer))


_COUNTRY_COLUMNS = (
    "iso3", "iso2", "m49", "name", "name_fr", "name_en", "name_ar", "region", "subregion", "intermediate",
    "groups", "boundary_view", "snapshot",
)  # fmt: skip


def write_countries_csv(asked: Asked, portfolio: Portfolio) -> Written:
    """The same as a table."""
    made_with = {"boundary_view": asked.view, "snapshot": portfolio.snapshot.id}
    rows = [
        {**row, "groups": "; ".join(row["groups"]), **made_with} for row in _told_countries(asked, portfolio)
    ]
    return Written(write_csv(_COUNTRY_COLUMNS, rows))


def write_boundaries(asked: Asked, portfolio: Portfolio) -> Written:
    """The countries' shapes as a boundary view draws them, and the lines that it shows dashed; EPSG:4326."""
    layer, lines = portfolio.layer(asked.view), read_boundary_lines(asked.view)
    told = _told_countries(asked, portfolio)
    features = [
        _feature(row["iso3"], {"kind": "country", **row}, shape)
        for row, shape in zip(told, _outlines(layer), strict=True)
    ]
    features += [
        _feature(kind, {"kind": "dashed line", "line": kind}, shape)
        for kind, shape in zip(lines["kind"], lines.geometry, strict=True)
    ]
    return _features(asked, portfolio, features)


_DECIMALS = 4  # ten metres or so, finer than the layer itself


def _outlines(layer: gpd.GeoDataFrame) -> Any:
    """The shapes of a layer, exterior rings counter-clockwise as RFC 7946 has them."""
    return shapely.orient_polygons(layer.geometry.to_numpy())


def _feature(code: str, properties: Row, shape: shapely.Geometry | None) -> Row:
    known = {"id": code} if code else {}
    return {"type": "Feature", **known, "properties": properties, "geometry": _geometry(shape)}


def _geometry(shape: shapely.Geometry | None) -> Any:
    if shape is None:
        return None
    rounded = shapely.transform(shape, lambda points: points.round(_DECIMALS))
    return json.loads(shapely.to_geojson(rounded))
