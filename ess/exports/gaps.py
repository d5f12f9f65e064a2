"""What records lack, for whoever keeps them: one row a gap, with what is missing and why it matters."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ess.analysis.quality import Gaps
from ess.analysis.vocabulary import Vocabulary
from ess.errors import ExportError
from ess.escape import cell
from ess.exports.characters import printable
from ess.exports.labels import code_label
from ess.locales import N_, Translator
from ess.store.engine import Row

#: What is lacking, as a reader says it.
LACK_LABELS: Mapping[str, str] = {
    "place": N_("Place"),
    "date": N_("Date"),
    "source": N_("Source"),
    "published": N_("Date of a source"),
    "figure": N_("Figure"),
    "amount": N_("Amount"),
    "split": N_("Shares of the places"),
    "stage": N_("Stage"),
    "modality": N_("Modality"),
    "actor": N_("Actor"),
    "tag": N_("Theme, sector or goal"),
}

#: Why each matters: what the atlas cannot say without it.
WHY: Mapping[str, str] = {
    "place": N_("No country and no region is named: the record is counted, and shaded nowhere."),
    "date": N_("It has no date: it stays under every year, and no trend can count it."),
    "source": N_("No document says so: nobody can check it."),
    "published": N_("None of its sources is dated: how fresh it is cannot be told."),
    "figure": N_("No result is stated: what came of it is not known. Missing is not zero."),
    "amount": N_("No amount is stated: what it costs is not known. Missing is not zero."),
    "split": N_(
        "It is in several places and not every share is published: its amounts belong to none of them."
    ),
    "stage": N_("Its stage is not known: a plan may be counted as an activity."),
    "modality": N_("Its form is not known: bilateral and triangular cooperation cannot be told apart."),
    "actor": N_("No institution is named: nobody can be asked."),
    "tag": N_("It is not classified: no theme, sector or goal finds it."),
}

_WIDTHS = (24, 44, 14, 14, 22, 50, 40, 24, 40, 18)
LONGEST_TEXT = 32_767
MOST_ROWS = 1_048_575


def gap_rows(
    found: Iterable[Gaps], lacking: str, vocabulary: Vocabulary, provenance: Mapping[str, str], t: Translator
) -> Iterator[dict[str, object]]:
    """One row a gap: the record, what it lacks, why that matters, and where its source is.

    Parameters
    ----------
    lacking
        Only gaps of this kind; all where it is empty.
    provenance
        What ends every row: the snapshot, the filters.
    """
    for one in found:
        for what in one.lacks:
            if lacking in ("", what):
                yield {**_gap_row(one.activity, what, vocabulary, t), **provenance}


def _gap_row(row: Row, what: str, vocabulary: Vocabulary, t: Translator) -> dict[str, object]:
    source = vocabulary.options["source"].get(row["source"] or "", {})
    parts = (t.field(source, "title"), source.get("outlet"), t.date(str(source.get("published") or "")))
    return {
        "record": row["id"],
        "title": t.field(row, "title"),
        "type": code_label("activity_type", row["type"], t),
        "stage": code_label("stage", row["stage"], t),
        "missing": what,
        "missing_label": t(LACK_LABELS[what]),
        "why": t(WHY[what]),
        "source": row["source"] or "",
        "source_title": " · ".join(filter(None, parts)),
        "source_url": source.get("url") or "",
        "locator": row["locator"] or "",
    }


def build_gap_workbook(
    rows: Iterable[Mapping[str, object]], notes: Sequence[tuple[str, str]], t: Translator
) -> bytes:
    """The rows as a workbook: a sheet of gaps, and one that says what they are and where they come from.

    Texts are written as texts, and those that a spreadsheet would run are neutralised, as in a CSV file.

    Raises
    ------
    ExportError
        When there are more rows than a sheet holds.
    """
    from xlsxwriter import Workbook

    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#E7ECEF", "border": 1})
    gaps, about = book.add_worksheet(t("Gaps")), book.add_worksheet(t("Notes"))
    for sheet in (gaps, about):
        if t.is_rtl:
            sheet.right_to_left()
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise ExportError(N_("A sheet holds {most} rows; filter, or take the CSV file."), most=MOST_ROWS)
        for place, (name, text) in enumerate(row.items()):
            if number == 1:
                gaps.write_string(0, place, name, bold)
            gaps.write_string(number, place, _text(text))
    for place, width in enumerate(_WIDTHS):
        gaps.set_column(place, place, width)
    gaps.freeze_panes(1, 0)
    for number, (name, text) in enumerate(notes):
        about.write_string(number, 0, _text(name), bold)
        about.write_string(number, 1, _text(text))
    about.set_column(0, 1, 40)
    book.close()
    return content.getvalue()


def _text(value: object) -> str:
    return cell(printable(str(value)))[:LONGEST_TEXT]
