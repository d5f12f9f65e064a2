"""What every export of a measure is made from: the join, its regional rows, and what must be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ess.analysis.by_country import CountryValue, RegionValue, State
from ess.analysis.join import Joined, JoinedRow, plain_number
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
from ess.analysis.shading import Shading
from ess.analysis.shared import SharedTotal
from ess.analysis.vocabulary import Vocabulary
from ess.exports.classes import classed_columns
from ess.locales import N_, Translator
from ess.locales.figures import worded_figure
from ess.store.snapshots import Snapshot
from geodata.codes import country_name, region_name

STATE_LABELS: Mapping[str, str] = {
    State.FIGURE: N_("A figure"),
    State.PRESENT: N_("Present, no figure stated"),
    State.PLANNED: N_("Planned only"),
    State.NONE: N_("No record"),
}

#: The state of a row that holds a total of several countries: no country is in it.
SHARED = "shared"
SHARED_LABEL = N_("Stated for several countries together, without a split")

_UNDIVIDED = {"undivided_value": "", "undivided_between": ""}


@dataclass(frozen=True)
class Answer:
    """A measure by country, ready to be written.

    Attributes
    ----------
    joined
        Shapes and values.
    regional
        Records placed in a region or nowhere that has a name.
    measure_label
        The measure in the reader's language.
    coded_by_analyst
        Codes among the filters that an analyst, not a source, gave to some of the records.
    shading
        The classes of the map that the answer is taken from, if any, with what its values were divided by.
    caveats
        What must be said of the whole, a sentence each (see `ess.exports.caveats`).
    """

    joined: Joined
    regional: tuple[RegionValue, ...]
    measure: Measure
    measure_label: str
    selection: Selection
    view: str
    snapshot: Snapshot
    coded_by_analyst: tuple[str, ...] = ()
    shading: Shading | None = None
    caveats: tuple[str, ...] = ()


def analyst_codes(selection: Selection, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Filters of the selection, as ``theme=gender``, whose code an analyst gave to some of the records."""
    coded = vocabulary.coded_by_analyst
    return tuple(f"{key}={code}" for key, code in selection.pairs() if code in coded.get(key, ()))


def answer_rows(answer: Answer, translator: Translator) -> list[dict[str, object]]:
    """One row a country of the layer, then codes the layer does not know, then regional and unnamed records.

    Totals that several countries share undivided come last: each has a row of its own, whose number stands in
    a column of its own, so that no sum of values takes it in. Missing values are empty, never zero. Every row
    says what it must not be taken for.
    """
    known = [
        _row(answer, translator, row.iso3, country_name(row.iso3, translator.lang), row)
        for row in answer.joined.rows
    ]
    strangers = [_row(answer, translator, value.iso3, value.iso3, value) for value in answer.joined.unmatched]
    regional = [_region_row(answer, translator, found) for found in answer.regional]
    shared = [_shared_row(answer, translator, total) for total in shared_totals(answer)]
    return known + strangers + regional + shared


def shared_totals(answer: Answer) -> list[SharedTotal]:
    """Every total in which a country of the answer takes part, once, in the order of ids."""
    values: list[CountryValue | JoinedRow] = [*answer.joined.rows, *answer.joined.unmatched]
    found = {total.result: total for value in values for total in value.shared}
    return [found[code] for code in sorted(found)]


def _row(
    answer: Answer, translator: Translator, iso3: str, name: str, value: CountryValue | JoinedRow
) -> dict[str, object]:
    return {
        **_place(iso3, "", name),
        **_measured(answer, translator, value.state, value.value, value.qualifier),
        **classed_columns(answer.shading, iso3, translator),
        "activities": int(value.activities),
        "planned": int(value.planned),
        **_UNDIVIDED,
        "note": " ".join(_notes(answer, value, translator)),
        **_provenance(answer),
    }


def _region_row(answer: Answer, translator: Translator, found: RegionValue) -> dict[str, object]:
    return {
        **_place("", found.region, place_name(found.region, translator)),
        **_measured(answer, translator, found.state, found.value, found.qualifier),
        **classed_columns(answer.shading, "", translator),
        "activities": found.activities,
        "planned": "",
        **_UNDIVIDED,
        "note": " ".join(_region_notes(answer, found, translator)),
        **_provenance(answer),
    }


def _shared_row(answer: Answer, translator: Translator, total: SharedTotal) -> dict[str, object]:
    return {
        **_place("", "", translator.list(_sharing_names(total, translator))),
        "measure": answer.measure.id,
        "measure_label": answer.measure_label,
        "unit": total.unit,
        "state": SHARED,
        "state_label": translator(SHARED_LABEL),
        "value": "",
        "qualifier": total.qualifier,
        **classed_columns(answer.shading, "", translator),
        "activities": "",
        "planned": "",
        "undivided_value": plain_number(total.value),
        "undivided_between": " ".join([*total.countries, *filter(None, total.elsewhere)]),
        "note": shared_sentence(total, translator),
        **_provenance(answer),
    }


def _place(iso3: str, region: str, name: str) -> dict[str, object]:
    return {"iso3": iso3, "region": region, "name": name}


def _measured(
    answer: Answer, translator: Translator, state: str, value: float | None, qualifier: str | None
) -> dict[str, object]:
    number = plain_number(value)
    return {
        "measure": answer.measure.id,
        "measure_label": answer.measure_label,
        "unit": answer.measure.unit,
        "state": str(state),
        "state_label": translator(STATE_LABELS[State(state)]),
        "value": "" if number is None else number,
        "qualifier": "" if number is None else qualifier or "",
    }


def _notes(answer: Answer, value: CountryValue | JoinedRow, translator: Translator) -> list[str]:
    """What a country's row must not be taken for, a sentence each."""
    notes = [shared_sentence(total, translator) for total in value.shared]
    notes += [
        translator("Derived, not stated{colon}{formula}", colon=translator(": "), formula=formula) + "."
        for formula in value.derived
    ]
    return notes + _value_notes(answer, value, translator)


def _region_notes(answer: Answer, found: RegionValue, translator: Translator) -> list[str]:
    never_spread = translator("Regional or unnamed: never spread over countries.")
    return [never_spread, *_value_notes(answer, found, translator)]


def _value_notes(
    answer: Answer, value: CountryValue | JoinedRow | RegionValue, translator: Translator
) -> list[str]:
    notes = []
    if value.state == State.FIGURE and plain_number(value.value) is None:
        notes.append(translator("Several figures that may not be added") + ".")
    if value.qualifier in (">", ">="):
        notes.append(translator("Lower bound: at least this many."))
    if answer.coded_by_analyst:
        codes = ", ".join(answer.coded_by_analyst)
        sentence = translator(
            "Coded by an analyst, not by the source{colon}{codes}", colon=translator(": "), codes=codes
        )
        notes.append(sentence + ".")
    return notes


def shared_sentence(total: SharedTotal, translator: Translator) -> str:
    """A shared total in words: never a share of it."""
    return translator(
        "Takes part in a total of {value} ({unit}) stated for {countries} together, without a split.",
        value=worded_figure(translator, total.value, total.qualifier),
        unit=translator(total.unit) if total.unit else "",
        countries=translator.list(_sharing_names(total, translator)),
    )


def _sharing_names(total: SharedTotal, translator: Translator) -> list[str]:
    names = [country_name(iso3, translator.lang) for iso3 in total.countries]
    return names + [place_name(region, translator) for region in total.elsewhere]


def place_name(region: str, translator: Translator) -> str:
    """The name of a region; said to be unnamed when its code is empty."""
    return region_name(region, translator.lang) if region else translator("Place not named")


def _provenance(answer: Answer) -> dict[str, object]:
    return {
        "filters": answer.selection.spelled,
        "boundary_view": answer.view,
        "snapshot": answer.snapshot.id,
        "data_as_of": answer.snapshot.as_of,
        "caveats": " ".join(answer.caveats),
    }
