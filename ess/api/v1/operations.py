"""The one definition of the routes: it serves requests, checks them, and is what the document tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ess.analysis.listing import SORTS
from ess.api.v1 import answers
from ess.api.v1.answers import Written
from ess.api.v1.asking import ROOT, Asked, Portfolio
from ess.api.v1.parameters import (
    CURRENCY,
    LANG,
    LIMIT,
    OFFSET,
    ORDER,
    SHARES,
    SNAPSHOT,
    VIEW,
    Parameter,
    build_filters,
    build_format,
    build_path,
    build_sort,
)
from ess.api.v1.refusals import BAD_REQUEST, FAILED, FULL, NOT_ACCEPTABLE, NOT_FOUND
from ess.locales import N_

Write: TypeAlias = Callable[[Asked, Portfolio], Written]

OK, UNCHANGED = 200, 304
_ALWAYS = (OK, UNCHANGED, BAD_REQUEST, NOT_ACCEPTABLE, FAILED, FULL)

#: Free text, which a search needs.
SEARCH = "q"


@dataclass(frozen=True)
class Operation:
    """One route.

    Attributes
    ----------
    meaning
        An English sentence; also the message id of the catalogues.
    parameters
        Its own; the format and the snapshot are added.
    writers
        What writes the answer, by format; the first stands for who asks for none.
    schemas
        The schema of the answer in JSON and in GeoJSON, by format.
    """

    name: str
    path: str
    meaning: str
    own: tuple[Parameter, ...]
    writers: Mapping[str, Write]
    schemas: Mapping[str, str]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Every parameter."""
        return (*self.own, build_format(tuple(self.writers)), SNAPSHOT)

    @property
    def statuses(self) -> tuple[int, ...]:
        """Every status that an answer to a GET may have."""
        in_path = any(parameter.place == "path" for parameter in self.own)
        return tuple(sorted((*_ALWAYS, *((NOT_FOUND,) if in_path else ()))))

    @property
    def is_paged(self) -> bool:
        """Whether the answer comes in pages."""
        return LIMIT in self.own


def _listing(kind: str, meaning: str, schema: str) -> Operation:
    return Operation(
        kind,
        f"{ROOT}/{kind}",
        meaning,
        (*build_filters(), VIEW, LANG, build_sort(SORTS[kind]), ORDER, LIMIT, OFFSET),
        {"json": answers.write_page_json, "csv": answers.write_page_csv},
        {"json": schema},
    )


def _search() -> Operation:
    """As the activities, for words."""
    filters = (replace(one, required=one.name == SEARCH) for one in build_filters())
    return Operation(
        "search",
        f"{ROOT}/search",
        N_("The activities in which words occur, short, each with the address of its whole record."),
        (*filters, VIEW, LANG, build_sort(SORTS["activities"]), ORDER, LIMIT, OFFSET),
        {"json": answers.write_search_json, "csv": answers.write_search_csv},
        {"json": "FoundPage"},
    )


def build_operations() -> tuple[Operation, ...]:
    """Every route, in the order in which the document lists them."""
    listings = (
        _listing(
            "activities",
            N_("Activities of a selection: the records that the map counts, with what classifies them."),
            "ActivityPage",
        ),
        _listing("results", N_("Stated figures of a selection, with or without a value."), "ResultPage"),
        _listing("finances", N_("Amounts of a selection, in the currency they are stated in."), "AmountPage"),
    )
    record = Operation(
        "activity",
        f"{ROOT}/activities/{{id}}",
        N_("One activity with its places, participants, figures, amounts, notes and documents."),
        (build_path("id", N_("Id of the activity.")), VIEW, LANG),
        {"json": answers.write_record_json, "geojson": answers.write_record_geojson},
        {"json": "Record", "geojson": "Features"},
    )
    countries = Operation(
        "countries",
        f"{ROOT}/countries",
        N_("The countries of the layer: codes, names in three languages, groups."),
        (VIEW, LANG),
        {"json": answers.write_countries_json, "csv": answers.write_countries_csv},
        {"json": "Countries"},
    )
    measures = Operation(
        "measures",
        f"{ROOT}/measures",
        N_("What can be asked by country."),
        (LANG,),
        {"json": answers.write_measures_json, "csv": answers.write_measures_csv},
        {"json": "Measures"},
    )
    measure = Operation(
        "measure",
        f"{ROOT}/measures/{{id}}",
        N_("A measure by country, each in one of four states, with what cannot be split or placed."),
        (
            build_path("id", N_("Id of the measure, as the list of measures has it.")),
            *build_filters(), CURRENCY, SHARES, VIEW, LANG,
        ),
        {
            "json": answers.write_measure_json,
            "csv": answers.write_measure_csv,
            "geojson": answers.write_measure_geojson,
        },
        {"json": "MeasureByCountry", "geojson": "Features"},
    )  # fmt: skip
    boundaries = Operation(
        "boundaries",
        f"{ROOT}/boundaries",
        N_("The shapes of the countries as a boundary view draws them, in EPSG:4326."),
        (VIEW, LANG),
        {"geojson": answers.write_boundaries},
        {"geojson": "Features"},
    )
    return (listings[0], record, *listings[1:], countries, measures, measure, boundaries, _search())
