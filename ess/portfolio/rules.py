"""What the cells of a portfolio must say together: one rule a function, each yields the problems it finds.

Rules look at rows as dictionaries, table by table; a table that could not be read is simply not there.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ess.locales import N_
from ess.portfolio import codes
from ess.portfolio.derivations import parse_derivation, results_in
from ess.portfolio.problems import Kind, Problem, cell_problem, quoted
from ess.portfolio.schema import LANGUAGES

Row = Mapping[str, Any]
Rows = Mapping[str, Sequence[Row]]
Rule = Callable[[Rows], Iterator[Problem]]

MISSING_TEXT = Kind("missing_text", N_("a text in one language at least"))
TWO_PLACES = Kind("two_places", N_("a country or a region, not both"))
BAD_SHARE = Kind("bad_share", N_("a percentage from 0 to 100"))
SHARE_WITHOUT_BASIS = Kind("share_without_basis", N_("stated or equal, because there is a share"))
SHARES_TOO_LARGE = Kind("shares_too_large", N_("shares that add up to 100 at most"), "warning")
HALF_A_POINT = Kind("half_a_point", N_("latitude and longitude, or neither"))
BAD_POINT = Kind("bad_point", N_("degrees from {least} to {most}"))
BAD_PRECISION = Kind("bad_precision", N_("day, month or year with a date, unknown or nothing without one"))
BAD_PERIOD = Kind("bad_period", N_("a day not before {day}"))
RESULT_OF_NOTHING = Kind("result_of_nothing", N_("an activity, an actor or a programme the figure is about"))
MISSING_QUALIFIER = Kind("missing_qualifier", N_("a qualifier of the figure, = for an exact one"))
OTHER_UNIT = Kind("other_unit", N_("the unit of the indicator, {unit}"))
BAD_FORMULA = Kind("bad_formula", N_("numbers and ids of results joined by + - * / and brackets"))
UNKNOWN_RESULT = Kind("dangling_reference", N_("ids of other results"))
MISSING_CURRENCY = Kind("missing_currency", N_("the currency of the amount"), "warning")
UNKNOWN_TAG = Kind("unknown_code", N_("one of {codes}"))
BAD_TAG = Kind("bad_form", N_("the form {form}"))
CIRCULAR = Kind("circular_reference", N_("a row that does not lead back to this one"))
OTHER_MODALITY = Kind(
    "other_modality",
    N_("one partner country for bilateral, one country for domestic; the places name {places}"),
)

FULL_SHARE = 100.0
ROUNDING = 0.5
"""How far shares that were rounded one by one may exceed 100 together."""

_TITLES = {
    "sources": "title",
    "actors": "name",
    "programmes": "title",
    "activities": "title",
    "indicators": "label",
    "notes": "text",
}

_PRECISIONS = (
    ("sources", "published", "published_precision"),
    ("activities", "start", "start_precision"),
    ("activities", "end", "end_precision"),
)

_PERIODS = (("activities", "start", "end"), ("results", "period_start", "period_end"))

_HIERARCHIES = (
    ("sources", "based_on"),
    ("actors", "parent"),
    ("programmes", "parent"),
    ("activities", "parent"),
)

_TAG_CODES = {
    "SDG_goal": tuple(entry.code for entry in codes.SDG_GOALS),
    "gender_marker": tuple(entry.code for entry in codes.GENDER_MARKERS),
}

_TAG_FORMS = {"DAC5": r"[0-9]{5}", "DAC3": r"[0-9]{3}", "SDG_target": r"[0-9]{1,2}\.[0-9a-z]{1,2}"}


def _indexed(rows: Rows, table: str) -> Iterator[tuple[int, Row]]:
    yield from enumerate(rows.get(table, ()))


def every_row_has_a_title(rows: Rows) -> Iterator[Problem]:
    """A row that is shown has its title in one language at least."""
    for table, base in _TITLES.items():
        for index, row in _indexed(rows, table):
            if not any(row[f"{base}_{language}"] for language in LANGUAGES):
                yield cell_problem(table, index, f"{base}_fr", quoted(None), MISSING_TEXT)


def place_is_country_or_region(rows: Rows) -> Iterator[Problem]:
    """A place is a country, a region, or neither; never both."""
    for table in ("places", "results", "finances"):
        for index, row in _indexed(rows, table):
            if row["iso3"] is not None and row["region"] is not None:
                yield cell_problem(
                    table, index, "region", quoted(f"{row['iso3']}, {row['region']}"), TWO_PLACES
                )


def shares_are_percentages(rows: Rows) -> Iterator[Problem]:
    """Shares lie between 0 and 100, and a share of a place says where it comes from."""
    for table, column in (("places", "share"), ("tags", "percent")):
        for index, row in _indexed(rows, table):
            if row[column] is not None and not 0 <= row[column] <= FULL_SHARE:
                yield cell_problem(table, index, column, quoted(row[column]), BAD_SHARE)
    for index, place in _indexed(rows, "places"):
        if place["share"] is not None and place["share_basis"] in {None, "unknown"}:
            yield cell_problem(
                "places", index, "share_basis", quoted(place["share_basis"]), SHARE_WITHOUT_BASIS
            )


def shares_fit_together(rows: Rows) -> Iterator[Problem]:
    """The shares of an activity's places, the provider's apart, do not exceed the whole."""
    totals: Counter[str] = Counter()
    for place in rows.get("places", ()):
        if place["role"] != "provider" and place["share"] is not None:
            totals[place["activity"]] += place["share"]
    for activity, total in totals.items():
        if total > FULL_SHARE + ROUNDING:
            yield Problem(SHARES_TOO_LARGE, "places", quoted(f"{activity}: {total:g} %"), column="share")


def points_are_on_earth(rows: Rows) -> Iterator[Problem]:
    """A point has a latitude and a longitude, in degrees."""
    for index, place in _indexed(rows, "places"):
        if (place["latitude"] is None) != (place["longitude"] is None):
            missing = "latitude" if place["latitude"] is None else "longitude"
            yield cell_problem("places", index, missing, quoted(None), HALF_A_POINT)
        for column, most in (("latitude", 90), ("longitude", 180)):
            degrees = place[column]
            if degrees is not None and abs(degrees) > most:
                yield cell_problem(
                    "places", index, column, quoted(degrees), BAD_POINT, least=-most, most=most
                )


def precision_goes_with_a_date(rows: Rows) -> Iterator[Problem]:
    """A date says how precise it is, and an unknown date has no precision."""
    for table, day, precision in _PRECISIONS:
        for index, row in _indexed(rows, table):
            if (row[day] is not None) != (row[precision] not in {None, "unknown"}):
                yield cell_problem(table, index, precision, quoted(row[precision]), BAD_PRECISION)


def periods_run_forward(rows: Rows) -> Iterator[Problem]:
    """A period does not end before it starts."""
    for table, first, last in _PERIODS:
        for index, row in _indexed(rows, table):
            if row[first] is not None and row[last] is not None and row[first] > row[last]:
                yield cell_problem(table, index, last, quoted(row[last]), BAD_PERIOD, day=row[first])


def results_are_complete(rows: Rows) -> Iterator[Problem]:
    """A figure is about something, has a qualifier, and the unit of its indicator."""
    units = {indicator["id"]: indicator["unit"] for indicator in rows.get("indicators", ())}
    for index, result in _indexed(rows, "results"):
        if not (result["activity"] or result["actor"] or result["programme"]):
            yield cell_problem("results", index, "activity", quoted(None), RESULT_OF_NOTHING)
        if result["value"] is not None and result["qualifier"] is None:
            yield cell_problem("results", index, "qualifier", quoted(None), MISSING_QUALIFIER)
        unit = units.get(result["indicator"], result["unit"])
        if result["unit"] != unit:
            yield cell_problem(
                "results", index, "unit", quoted(result["unit"]), OTHER_UNIT, unit=quoted(unit)
            )


def derivations_are_formulas(rows: Rows) -> Iterator[Problem]:
    """A derivation is a formula over results of the portfolio other than its own."""
    known = frozenset(result["id"] for result in rows.get("results", ()))
    for index, result in _indexed(rows, "results"):
        if result["derivation"] is None:
            continue
        tree = parse_derivation(result["derivation"])
        if tree is None:
            yield cell_problem("results", index, "derivation", quoted(result["derivation"]), BAD_FORMULA)
        elif unknown := results_in(tree) - (known - {result["id"]}):
            yield cell_problem(
                "results", index, "derivation", quoted(", ".join(sorted(unknown))), UNKNOWN_RESULT
            )


def amounts_have_a_currency(rows: Rows) -> Iterator[Problem]:
    """An amount of money says of which currency."""
    for index, amount in _indexed(rows, "finances"):
        if amount["value"] is not None and amount["currency"] is None:
            yield cell_problem("finances", index, "currency", quoted(None), MISSING_CURRENCY)


def tags_belong_to_their_scheme(rows: Rows) -> Iterator[Problem]:
    """A tag's code is one of its scheme; themes are an open list."""
    for index, tag in _indexed(rows, "tags"):
        scheme, code = tag["scheme"], tag["code"]
        known, form = _TAG_CODES.get(scheme), _TAG_FORMS.get(scheme)
        if code is None:
            continue
        if known is not None and code not in known:
            yield cell_problem("tags", index, "code", quoted(code), UNKNOWN_TAG, codes=", ".join(known))
        if form is not None and not re.fullmatch(form, code):
            yield cell_problem("tags", index, "code", quoted(code), BAD_TAG, form=form)


def tag_fits(scheme: str, code: str) -> bool:
    """Whether a code has the form of its scheme, and is on its list where the list is closed."""
    known, form = _TAG_CODES.get(scheme), _TAG_FORMS.get(scheme)
    return (known is None or code in known) and (form is None or re.fullmatch(form, code) is not None)


def hierarchies_have_a_top(rows: Rows) -> Iterator[Problem]:
    """No row belongs to itself, however many steps away."""
    for table, column in _HIERARCHIES:
        parents = {row["id"]: row[column] for row in rows.get(table, ())}
        for index, row in _indexed(rows, table):
            if row["id"] in _ancestors(row["id"], parents):
                yield cell_problem(table, index, column, quoted(row[column]), CIRCULAR)


def _ancestors(identifier: str, parents: Mapping[str, str | None]) -> set[str]:
    found: set[str] = set()
    ancestor = parents.get(identifier)
    while ancestor is not None and ancestor not in found:
        found.add(ancestor)
        ancestor = parents.get(ancestor)
    return found


def modality_fits_the_places(rows: Rows) -> Iterator[Problem]:
    """A bilateral activity has one partner country at most, a domestic one is in one country."""
    partners: defaultdict[str, set[str]] = defaultdict(set)
    everywhere: defaultdict[str, set[str]] = defaultdict(set)
    for place in rows.get("places", ()):
        somewhere = place["iso3"] or place["region"]
        if somewhere is not None:
            everywhere[place["activity"]].add(somewhere)
            if place["role"] != "provider":
                partners[place["activity"]].add(somewhere)
    named = {"bilateral": partners, "domestic": everywhere}
    for index, activity in _indexed(rows, "activities"):
        modality = activity["modality"]
        places = sorted(named.get(modality, {}).get(activity["id"], ()))
        if len(places) > 1:
            listed = ", ".join(places)
            yield cell_problem(
                "activities", index, "modality", quoted(modality), OTHER_MODALITY, places=listed
            )


RULES: tuple[Rule, ...] = (
    every_row_has_a_title,
    place_is_country_or_region,
    shares_are_percentages,
    shares_fit_together,
    points_are_on_earth,
    precision_goes_with_a_date,
    periods_run_forward,
    results_are_complete,
    derivations_are_formulas,
    amounts_have_a_currency,
    tags_belong_to_their_scheme,
    hierarchies_have_a_top,
    modality_fits_the_places,
)
