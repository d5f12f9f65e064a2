"""Classes and rates as words and as columns: what a value was divided by, and its class on the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ess.analysis.join import plain_number
from ess.analysis.normalising import Rates
from ess.analysis.shading import Shading
from ess.locales import N_, Translator
from geodata.codes import country_name
from geodata.population import population_source

#: What follows the name of a measure that was divided.
PER_LABELS: Final[Mapping[str, str]] = {
    "population": N_("per million inhabitants"),
    "area": N_("per 100,000 km²"),
}
#: What a measure was divided by.
DENOMINATOR_LABELS: Final[Mapping[str, str]] = {"population": N_("Inhabitants"), "area": N_("Area, km²")}
#: The same as a unit that no language changes.
_UNITS: Final[Mapping[str, str]] = {"population": "persons", "area": "km2"}
#: Signs that keep a code in one piece where the text around it runs from right to left.
_ISOLATE, _END_ISOLATE = "\u2066", "\u2069"
_COLUMNS = (
    "scheme",
    "class",
    "classes",
    "class_above",
    "class_up_to",
    "normalised",
    "normalised_unit",
    "denominator",
    "denominator_unit",
    "denominator_year",
    "denominator_source",
)


def rate_label(label: str, rates: Rates | None, translator: Translator) -> str:
    """The name of a measure, with what it was divided by."""
    if rates is None:
        return label
    return translator("{measure}, {per}", measure=label, per=translator(PER_LABELS[rates.norm]))


def denominator_source(rates: Rates, translator: Translator) -> str:
    """Producer, indicator and years of the denominators; countries of another year than most are named."""
    if rates.norm == "area":
        return translator("Area: geodesic on WGS 84, from the country layer as this map draws it.")
    usual = max(rates.years, key=lambda year: (rates.years[year], year), default=None)
    others = [
        f"{country_name(iso3, translator.lang)} {year}"
        for iso3 in sorted(rates.values)
        if (year := rates.denominators[iso3].year) != usual
    ]
    return translator(
        "Population: World Bank, {source}, {years}.",
        source=f"{_ISOLATE}SP.POP.TOTL ({population_source().licence}){_END_ISOLATE}",
        years="; ".join([str(usual), *others]) if usual else "–",
    )


def denominator_text(rates: Rates, iso3: str, translator: Translator) -> str:
    """What a country's value was divided by, with its year; empty where nothing is known."""
    found = rates.denominators.get(iso3)
    if found is None:
        return ""
    amount = translator.number(round(found.amount))
    return amount if found.year is None else f"{amount} ({found.year})"


def classed_columns(shading: Shading | None, iso3: str, translator: Translator) -> dict[str, object]:
    """Columns about the class of a country and what its value was divided by.

    Empty for a place that has no class; no column at all for an answer that was not classed, and none about
    division where nothing was divided.
    """
    if shading is None:
        return {}
    kept = _COLUMNS if shading.rates else _COLUMNS[:5]
    found = _class(shading, iso3) | (_rate(shading.rates, iso3, translator) if shading.rates else {})
    return {column: found.get(column, "") for column in kept}


def _class(shading: Shading, iso3: str) -> dict[str, object]:
    """Limits are exclusive below and inclusive above; an end class has none at its end."""
    fill, inner = shading.fills.get(iso3, ""), shading.breaks.inner
    if not fill.isdigit():
        return {"scheme": shading.breaks.scheme}
    number = int(fill)
    return {
        "scheme": shading.breaks.scheme,
        "class": number + 1,
        "classes": len(shading.breaks.upper),
        "class_above": plain_number(inner[number - 1]) if number else "",
        "class_up_to": plain_number(inner[number]) if number < len(inner) else "",
    }


def _rate(rates: Rates, iso3: str, translator: Translator) -> dict[str, object]:
    found = rates.denominators.get(iso3)
    return {
        "normalised": rates.values.get(iso3, ""),
        "normalised_unit": translator(PER_LABELS[rates.norm]),
        "denominator": "" if found is None else plain_number(found.amount),
        "denominator_unit": _UNITS[rates.norm],
        "denominator_year": "" if found is None or found.year is None else found.year,
        "denominator_source": denominator_source(rates, translator),
    }
