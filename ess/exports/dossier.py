"""A view as one thing to take away: its tables, and what a reader must know to use them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ess.analysis.extract import Extract
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary
from ess.exports.answer import Answer
from ess.exports.citation import Citation, format_apa
from ess.exports.labels import FILTER_LABELS, code_label, option_label
from ess.exports.sheets import Field, Sheet, build_measure_sheet, build_record_sheets
from ess.exports.wording import filter_words, snapshot_day
from ess.locales import N_, Translator


@dataclass(frozen=True)
class Dossier:
    """What is written into workbooks, packages and geographical files.

    Attributes
    ----------
    sheets
        The measure by country first, then the tables of the records.
    about
        What the view is: pairs of a name and a text.
    caveats
        Sentences.
    """

    answer: Answer
    sheets: tuple[Sheet, ...]
    about: tuple[tuple[str, str], ...]
    caveats: tuple[str, ...]
    citation: Citation
    selection_sheet: Sheet
    translator: Translator

    @property
    def measure(self) -> Sheet:
        """The measure by country."""
        return self.sheets[0]

    @property
    def explaining(self) -> tuple[Sheet, ...]:
        """The sheets that explain the others: notes, filter, units, dictionary."""
        t = self.translator
        return (
            build_notes_sheet(self),
            self.selection_sheet,
            build_units_sheet(self.sheets, t),
            build_dictionary_sheet(self.sheets, t),
        )


def build_dossier(
    answer: Answer, extract: Extract, vocabulary: Vocabulary, citation: Citation, translator: Translator
) -> Dossier:
    """The dossier of an answer and of the records behind it."""
    sheets = (build_measure_sheet(answer, translator), *build_record_sheets(extract, translator))
    return Dossier(
        answer,
        sheets,
        tuple(_about(answer, vocabulary, citation, translator)),
        answer.caveats,
        citation,
        build_filter_sheet(answer.selection, vocabulary, translator),
        translator,
    )


def _about(
    answer: Answer, vocabulary: Vocabulary, citation: Citation, translator: Translator
) -> Iterator[tuple[str, str]]:
    words = filter_words(answer.selection, vocabulary, translator)
    yield translator("Title"), citation.title
    yield translator("What is counted"), answer.measure_label
    yield translator("Filters"), "; ".join(words) or translator("No filter: everything in the portfolio")
    yield translator("Boundaries"), answer.view
    yield translator("Snapshot"), answer.snapshot.id
    yield translator("Date of the snapshot"), snapshot_day(answer.snapshot)
    yield translator("Latest dated source"), answer.snapshot.as_of
    yield translator("Permanent address"), citation.address
    yield translator("How to cite"), format_apa(citation, translator)


def build_notes_sheet(dossier: Dossier) -> Sheet:
    """What the view is, then the caveats, a row each."""
    t = dossier.translator
    rows = [{"about": name, "text": text or None} for name, text in dossier.about]
    rows += [{"about": t("Caveat"), "text": text} for text in dossier.caveats]
    fields = (
        Field("about", "string", t("What the line is about")),
        Field("text", "string", t("What there is to know")),
    )
    return Sheet("about", t("Read me first"), t("What these tables are, and what they are not"), fields, rows)


def build_filter_sheet(selection: Selection, vocabulary: Vocabulary, translator: Translator) -> Sheet:
    """The filter, a code a row, with its words; no row where nothing is filtered."""
    t = translator
    rows = [
        {
            "filter": key,
            "filter_label": t(FILTER_LABELS[key]),
            "code": code,
            "code_label": option_label(key, code, vocabulary, t),
        }
        for key, code in selection.pairs()
    ]
    fields = (
        Field("filter", "string", t("Filter")),
        Field("filter_label", "string", t("Name of the filter")),
        Field("code", "string", t("Chosen code; several codes of one filter are alternatives")),
        Field("code_label", "string", t("The code in words")),
    )
    return Sheet("filter", t("Filter"), t("What was selected; no row means everything"), fields, rows)


def build_units_sheet(sheets: Iterable[Sheet], translator: Translator) -> Sheet:
    """Every unit and currency that occurs, with its name."""
    t = translator
    rows = [
        {"unit": unit, "unit_label": _unit_label(unit, translator)} for unit in sorted(set(_units(sheets)))
    ]
    fields = (
        Field("unit", "string", t("Unit or currency, as a code")),
        Field("unit_label", "string", t("Unit in words; a currency keeps its code of ISO 4217")),
    )
    return Sheet("units", t("Units"), t("Units and currencies of the values"), fields, rows)


def _units(sheets: Iterable[Sheet]) -> Iterator[str]:
    for sheet in sheets:
        for column in {"unit", "currency"} & {field.name for field in sheet.fields}:
            yield from (row[column] for row in sheet.rows if row[column])


def _unit_label(unit: str, translator: Translator) -> str:
    return translator(N_("records")) if unit == "records" else code_label("unit", unit, translator)


def build_dictionary_sheet(sheets: Sequence[Sheet], translator: Translator) -> Sheet:
    """Every column of the tables: its type, unit and meaning."""
    t = translator
    rows = [
        {
            "table": sheet.name,
            "column": field.name,
            "type": field.type,
            "unit": field.unit or None,
            "meaning": _meaning(field),
        }
        for sheet in sheets
        for field in sheet.fields
    ]
    fields = (
        Field("table", "string", t("Table")),
        Field("column", "string", t("Column")),
        Field("type", "string", t("Type of the cells")),
        Field("unit", "string", t("Unit")),
        Field("meaning", "string", t("Meaning")),
    )
    return Sheet("dictionary", t("Dictionary"), t("What every column means"), fields, rows)


def _meaning(field: Field) -> str:
    return f"{field.meaning} [{field.language}]" if field.language else field.meaning
