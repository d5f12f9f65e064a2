"""What must be said of every file: how its numbers count, what they leave out, how boundaries are drawn."""

from __future__ import annotations

from ess.exports.answer import Answer
from ess.exports.boundaries import boundary_statement
from ess.locales import N_, Translator
from ess.locales.figures import short_figure
from geodata.codes import country_name

RULES = (
    N_("Missing is not zero: where no figure is stated the cell is empty, and the state says what is known."),
    N_("A figure with > or >= is a lower bound; a derived figure is marked, with its formula."),
    N_("A total stated for several countries together has a row of its own and is in no country's value."),
    N_("Regional and unnamed partners have rows of their own and are never spread over countries."),
    N_("A sector, theme or goal that an analyst coded, and not the source, is marked so."),
    N_("Amounts stand in the currency in which they were published."),
)
"""The rules that the atlas counts by, as far as a reader of a file must know them."""


def build_caveats(
    answer: Answer, translator: Translator, *, undated: int, records: int, unallocated: float | None = None
) -> tuple[str, ...]:
    """Sentences that go with the answer.

    Parameters
    ----------
    undated, records
        How many records of the selection carry no date, and how many there are.
    unallocated
        Of an amount, what no published share gives to a country.
    """
    found = [translator(rule) for rule in RULES]
    if undated:
        found.append(
            translator(
                "{undated} of {records} records are undated and stay under any year.",
                undated=translator.number(undated),
                records=translator.number(records),
            )
        )
    if unallocated:
        found.append(_unallocated(answer, unallocated, translator))
    if answer.measure.equal:
        found.append(
            translator(
                "Amounts over several countries are split equally here: a convention, no source says so."
            )
        )
    return (*found, boundary_statement(answer.view, translator))


def build_figure_caveats(answer: Answer, translator: Translator) -> list[str]:
    """What a picture of the answer must say: its fills, its bounds, and what is not in it."""
    t = translator
    of_tables = {t(rule) for rule in RULES} | {boundary_statement(answer.view, t)}
    told = [t("Missing is not zero: hatched, dotted and grey countries have no figure.")]
    bounds = [row.iso3 for row in answer.joined.rows if row.qualifier in (">", ">=")]
    derived = [row.iso3 for row in answer.joined.rows if row.derived]
    if bounds:
        told.append(t("Lower bounds, at least this many: {countries}.", countries=_names(bounds, t)))
    if derived:
        told.append(t("Derived, not stated, with formulas: {countries}.", countries=_names(derived, t)))
    if answer.coded_by_analyst:
        codes = ", ".join(answer.coded_by_analyst)
        told.append(
            t("Coded by an analyst, not by the source{colon}{codes}", colon=t(": "), codes=codes) + "."
        )
    return told + [text for text in answer.caveats if text not in of_tables]


def _names(codes: list[str], translator: Translator) -> str:
    return translator.list(country_name(iso3, translator.lang) for iso3 in codes)


def _unallocated(answer: Answer, unallocated: float, translator: Translator) -> str:
    figure = f"{short_figure(translator, unallocated, '=')} {answer.measure.unit}"
    left = f"{translator('Not allocated to a country')}{translator(': ')}{figure}."
    why = translator("No published share gives these amounts to a country; none is shaded with them.")
    return f"{left} {why}"
