"""What was compared, as rows: what is known of each side, and its difference from the first or why none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ess.analysis.by_country import State
from ess.analysis.comparing import Compared, Difference, Known, Why
from ess.analysis.join import plain_number
from ess.analysis.vocabulary import Vocabulary
from ess.exports.answer import STATE_LABELS
from ess.exports.labels import measure_label
from ess.locales import N_, Translator
from geodata.codes import country_name

#: Why two sides are not subtracted, as a reader is told.
WHY_LABELS: Mapping[Why, str] = {
    Why.UNIT: N_("stated in another unit or currency"),
    Why.MISSING: N_("missing on one side: that is not a zero"),
    Why.PLANNED: N_("only planned on one side"),
    Why.SEVERAL: N_("several figures that may not be added"),
    Why.SHARED: N_("part of a total shared with others"),
    Why.BOUND: N_("a bound, not an exact figure"),
    Why.UNDATED: N_("undated figures may belong to either"),
}
#: The side that holds what has no date.
UNDATED = "undated"


def compared_label(row: Compared, vocabulary: Vocabulary, t: Translator) -> str:
    """The name of what is compared in a row."""
    return measure_label(row.measure, vocabulary, t) if row.measure else t("Partner countries")


def comparison_rows(
    rows: Iterable[Compared],
    sides: Sequence[tuple[str, str]],
    vocabulary: Vocabulary,
    provenance: Mapping[str, str],
    t: Translator,
) -> Iterator[dict[str, object]]:
    """One row a measure (or country) and side.

    Parameters
    ----------
    sides
        Code and name of each, in the order of the rows.
    provenance
        What ends every row: the snapshot, the filters.
    """
    for row in rows:
        about = {
            "measure": row.measure.key if row.measure else "partner_countries",
            "measure_label": compared_label(row, vocabulary, t),
            "country": row.iso3 or "",
            "country_label": country_name(row.iso3, t.lang) if row.iso3 else "",
        }
        told: list[tuple[tuple[str, str], Known, Difference | Why | None]] = [
            (side, known, found)
            for side, known, found in zip(sides, row.sides, (None, *row.differences), strict=True)
        ]
        if row.undated is not None:
            told.append(((UNDATED, t("Undated, under both")), row.undated, None))
        for (code, name), known, found in told:
            yield {
                **about,
                "side": code,
                "side_label": name,
                **known_cells(known, t),
                "compared_with": sides[0][0] if found is not None else "",
                **_difference(found, t),
                **provenance,
            }


def known_cells(known: Known, t: Translator) -> dict[str, object]:
    """What is known of one side, as cells."""
    return {
        "unit": known.unit,
        "state": str(known.state),
        "state_label": t(STATE_LABELS[State(known.state)]),
        "value": plain_number(known.value),
        "qualifier": known.qualifier or "",
        "records": known.records,
        "planned": known.planned,
        "shared_totals": known.shared,
        "derived": "yes" if known.derived else "no",
    }


def _difference(found: Difference | Why | None, t: Translator) -> dict[str, object]:
    stated = found if isinstance(found, Difference) else None
    refused = found if isinstance(found, Why) else None
    return {
        "difference": plain_number(stated.value) if stated else "",
        "difference_qualifier": stated.qualifier if stated else "",
        "no_difference": str(refused or ""),
        "no_difference_label": t(WHY_LABELS[refused]) if refused else "",
    }
