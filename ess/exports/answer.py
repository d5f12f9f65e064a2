"""What every export of a measure is made from: the join, its regional rows, and what must be said beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ess.analysis.by_country import CountryValue, RegionValue, State
from ess.analysis.figures import SharedTotal
from ess.analysis.join import Joined
from ess.analysis.measures import Measure
from ess.analysis.selection import Selection
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
    """

    joined: Joined
    regional: tuple[RegionValue, ...]
    measure: Measure
    measure_label: str
    selection: Selection
    view: str
    snapshot: Snapshot


def answer_rows(answer: Answer, translator: Translator) -> list[dict[str, object]]:
    """One row a country of the layer, then codes the layer does not know, then regional and unnamed records.

    Missing values are empty, never zero. Every row says what it must not be taken for.
    """
    columns = ["iso3", "value", "qualifier", "state", "activities", "planned", "shared"]
    known = [
        _row(answer, translator, row.iso3, country_name(row.iso3, translator.lang), row)
        for row in answer.joined.frame[columns].itertuples()
    ]
    strangers = [_row(answer, translator, value.iso3, value.iso3, value) for value in answer.joined.unmatched]
    return known + strangers + [_region_row(answer, translator, found) for found in answer.regional]


def _row(
    answer: Answer, translator: Translator, iso3: str, name: str, value: CountryValue
) -> dict[str, object]:
    return {
        **_place(iso3, "", name),
        **_measured(answer, translator, value.state, value.value, value.qualifier),
        "activities": int(value.activities),
        "planned": int(value.planned),
        "note": " ".join(_notes(value, translator)),
        **_provenance(answer),
    }


def _region_row(answer: Answer, translator: Translator, found: RegionValue) -> dict[str, object]:
    name = region_name(found.region, translator.lang) if found.region else translator("Place not named")
    return {
        **_place("", found.region, name),
        **_measured(answer, translator, found.state, found.value, found.qualifier),
        "activities": found.activities,
        "planned": "",
        "note": translator("Regional or unnamed: never spread over countries."),
        **_provenance(answer),
    }


def _place(iso3: str, region: str, name: str) -> dict[str, object]:
    return {"iso3": iso3, "region": region, "name": name}


def _measured(
    answer: Answer, translator: Translator, state: str, value: float | None, qualifier: str | None
) -> dict[str, object]:
    missing = value is None or value != value  # NaN, the join's missing value, is unlike itself
    number = "" if missing else int(value) if float(value).is_integer() else value  # type: ignore[arg-type]
    return {
        "measure": answer.measure.id,
        "measure_label": answer.measure_label,
        "unit": answer.measure.unit,
        "state": str(state),
        "state_label": translator(STATE_LABELS[State(state)]),
        "value": number,
        "qualifier": "" if missing else qualifier or "",
    }


def _notes(value: CountryValue, translator: Translator) -> list[str]:
    notes = [shared_sentence(total, translator) for total in value.shared]
    if value.qualifier == ">=":
        notes.append(translator("Lower bound: at least this many."))
    return notes


def shared_sentence(total: SharedTotal, translator: Translator) -> str:
    """A shared total in words: never a share of it."""
    return translator(
        "Takes part in a total of {value} ({unit}) stated for {countries} together, without a split.",
        value=worded_figure(translator, total.value, total.qualifier),
        unit=translator(total.unit) if total.unit else "",
        countries=translator.list(country_name(iso3, translator.lang) for iso3 in total.countries),
    )


def _provenance(answer: Answer) -> dict[str, object]:
    return {
        "filters": " ".join(f"{key}={code}" for key, code in answer.selection.pairs()),
        "boundary_view": answer.view,
        "snapshot": answer.snapshot.id,
        "data_as_of": answer.snapshot.as_of,
    }
