"""A measure year by year, as rows: what is known of each country in each year, and of the undated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ess.analysis.by_country import MeasureByCountry
from ess.analysis.comparing import known_of
from ess.exports.comparing import UNDATED, known_cells
from ess.locales import Translator
from geodata.codes import country_name


def year_rows(
    answers: Mapping[str, MeasureByCountry], label: str, provenance: Mapping[str, str], t: Translator
) -> Iterator[dict[str, object]]:
    """One row a year and country; a country without any record in a year has none in it.

    Parameters
    ----------
    answers
        By year, and under `UNDATED` what has no date: it stands in the answer of every year too.
    label
        The name of the measure.
    provenance
        What ends every row: the snapshot, the filters.
    """
    for year, answer in answers.items():
        for iso3 in sorted(answer.values):
            yield {
                "year": "" if year == UNDATED else year,
                "dated": "no" if year == UNDATED else "yes, or undated",
                "measure": answer.measure.key,
                "measure_label": label,
                "country": iso3,
                "country_label": country_name(iso3, t.lang),
                **known_cells(known_of(answer.measure, answer.of(iso3)), t),
                **provenance,
            }
