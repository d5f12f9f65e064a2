"""CSV and its kin, strictly: a line that does not fit is refused by its number, never shifted or merged."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from ess.errors import BadInput
from ess.ingest.encodings import detect_encoding, note_damage, open_text, plain_name
from ess.ingest.headings import HEAD_ROWS, Foot, Headings, build_sheet, find_headings, is_blank
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Line, Sheet
from ess.locales import N_

DELIMITERS = ",;\t|"
LONGEST_LINE = 1_000_000
"""Characters of one line of the file."""

LONGEST_CELL = 131_072
"""Characters of one cell; a workbook's cell holds 32,767."""

SAMPLE_LINES = 400
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
"""The first line that Excel writes and reads to name the separator."""

SHAPE_ROWS = 2000
"""Records whose cells say what a column usually holds."""

LONGEST_SHAPE = 64
NUMERIC = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*%?")
DAY = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")
CODE = re.compile(r"[A-Z][A-Z0-9-]{0,9}")


@dataclass(frozen=True)
class Dialect:
    """How a delimited file is written."""

    encoding: str
    delimiter: str
    skip: int
    """Lines before the table: 1 for a ``sep=`` line."""
    spaced: bool
    """Whether a space stands between a delimiter and a quote."""


@dataclass
class _Lines:
    """The lines of an open file, those of the record at hand kept."""

    source: TextIO
    name: str
    number: int = 0
    since: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        while line := self.source.readline(LONGEST_LINE + 1):
            self.number += 1
            if len(line) > LONGEST_LINE:
                raise BadInput(
                    N_(
                        "Line {line} of {name} has more than {most} characters; expected a table "
                        "with short lines: export it again."
                    ),
                    code="line_too_long",
                    name=self.name,
                    line=self.number,
                    most=LONGEST_LINE,
                )
            self.since.append(line)
            yield line


def read_delimited(path: Path, report: FileReport | None = None) -> Sheet:
    """Read a delimited text file.

    The whole file is checked first; its records are then read anew each time `Sheet.lines` is called, so that
    a file of any length takes the same memory. Row numbers are lines of the file, a record that spans several
    counting from its first. Cells are text as written.

    Parameters
    ----------
    report
        Where the encoding and whatever is worth a warning is noted.

    Raises
    ------
    BadInput
        For a file that is no table: lines of other lengths, open quotes, NUL bytes, headings that repeat or
        are missing, no record.
    """
    path = Path(path)
    dialect = detect_dialect(path, report)
    headings, foot, filled = _check(path, dialect, report)
    sheet = build_sheet(
        "", lambda: _rows(path, dialect), headings, foot, filled, path.name, report,
        plain_name(dialect.encoding), dialect.delimiter,
    )  # fmt: skip
    _refuse_short_records(sheet, foot, headings, path.name)
    if report is not None:
        report.encoding = plain_name(dialect.encoding)
    return sheet


def detect_dialect(path: Path, report: FileReport | None = None) -> Dialect:
    """The encoding and the delimiter of a file, from its first lines."""
    encoding = detect_encoding(path, report)
    with open_text(path, encoding) as source:
        sample = list(islice(iter(_Lines(source, path.name)), SAMPLE_LINES))
    if not "".join(sample).strip():
        raise BadInput(
            N_("{name} is empty; expected a table with headings."), code="empty_file", name=path.name
        )
    named = SEPARATOR_LINE.fullmatch(sample[0])
    delimiter = named[1] if named else guess_delimiter(sample)
    spaced = any(f'{delimiter} "' in line for line in sample)
    return Dialect(encoding, delimiter, 1 if named else 0, spaced)


def guess_delimiter(lines: list[str]) -> str:
    """The sign that cuts most lines into the same number of cells, quotes respected.

    A sign that the first cut line does not share with the others (a decimal comma, a list in a cell) counts
    half; between equals the one that makes more cells wins.
    """
    scores = {delimiter: _score(lines, delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    return best if scores[best][1] > 1 else ","


def _score(lines: list[str], delimiter: str) -> tuple[float, int]:
    widths = [len(cells) for cells in _sample_rows(lines, delimiter) if len(cells) > 1]
    if not widths:
        return 0.0, 0
    counts = Counter(widths)
    usual = max(counts, key=lambda width: (counts[width], width))
    rows = sum(1 for line in lines if line.strip())
    share = sum(counts[width] for width in counts if width == usual) / max(1, min(rows, len(widths) + 2))
    share *= 1.0 if usual in widths[:3] and widths[0] == usual else 0.5
    return round(share, 1), usual


def _sample_rows(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(lines, delimiter=delimiter)
    while True:
        try:
            yield next(reader)
        except (StopIteration, csv.Error):
            return


def _rows(path: Path, dialect: Dialect) -> Iterator[Line]:
    """Every row of the file as it stands, with the line in which it begins."""
    with open_text(path, dialect.encoding) as source:
        for _ in range(dialect.skip):
            source.readline()
        reader = _reader(source, dialect)
        before = 0
        for cells in reader:
            yield dialect.skip + before + 1, cells
            before = reader.line_num


def _reader(lines: Iterator[str] | TextIO, dialect: Dialect) -> Any:
    return csv.reader(lines, delimiter=dialect.delimiter, strict=True, skipinitialspace=dialect.spaced)


def _check(path: Path, dialect: Dialect, report: FileReport | None) -> tuple[Headings, Foot, set[int]]:
    """Read the file once, refuse what does not fit, and learn where its headings and its foot stand."""
    csv.field_size_limit(LONGEST_CELL)
    with open_text(path, dialect.encoding) as source:
        lines = _Lines(source, path.name)
        records = _checked_records(lines, dialect, None)
        head = list(islice(((n, cells) for n, cells, _ in records if not is_blank(cells)), HEAD_ROWS))
    if not head:
        raise BadInput(
            N_("{name} is empty; expected a table with headings."), code="empty_file", name=path.name
        )
    headings = find_headings(head)
    with open_text(path, dialect.encoding) as source:
        lines = _Lines(source, path.name)
        return headings, *_check_records(
            _checked_records(lines, dialect, report), headings, dialect, path.name
        )


def _checked_records(
    lines: _Lines, dialect: Dialect, report: FileReport | None
) -> Iterator[tuple[int, list[str], list[str]]]:
    """Line number, cells and physical lines of each row; a fault of quoting is refused with its line."""
    source = iter(lines)
    for _ in range(dialect.skip):
        next(source, "")
    lines.since.clear()
    damaged = False
    reader = _reader(source, dialect)
    while True:
        start = lines.number + 1
        try:
            cells: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _quoting_fault(str(error), start, lines.name) from error
        if not damaged and not all(line.isascii() for line in lines.since):
            damaged = note_damage("".join(lines.since), start, report)
        yield start, cells, lines.since
        lines.since.clear()


def _quoting_fault(said: str, line: int, name: str) -> BadInput:
    if "field larger" in said:
        return BadInput(
            N_(
                "Line {line} of {name} begins a cell of more than {most} characters; is a quote left "
                "open there?"
            ),
            code="cell_too_long",
            name=name,
            line=line,
            most=LONGEST_CELL,
        )
    return BadInput(
        N_(
            "The quotes in line {line} of {name} do not close where a cell ends; double each quote "
            "inside a cell."
        ),
        code="open_quote",
        name=name,
        line=line,
    )


def _check_records(
    records: Iterator[tuple[int, list[str], list[str]]], headings: Headings, dialect: Dialect, name: str
) -> tuple[Foot, set[int]]:
    foot, filled, swallowing = Foot(), set[int](), Swallowed(dialect.delimiter)
    unnamed = [place for place, heading in enumerate(headings.columns) if not heading]
    wide = len(headings.columns)
    lone = 0
    for number, cells, lines in records:
        if number < headings.first or is_blank(cells):
            continue
        if len(cells) == wide:
            if lone:
                raise _ragged(lone, 1, wide, name)
            swallowing.note(number, cells, lines)
            filled.update(place for place in unnamed if cells[place].strip())
        elif len(cells) == 1:
            lone = lone or number
        else:
            raise _ragged(number, len(cells), wide, name)
        foot.note((number, list[Cell](cells)))
    swallowing.refuse(name)
    return foot, filled


def _ragged(line: int, found: int, expected: int, name: str) -> BadInput:
    return BadInput(
        N_(
            "Line {line} of {name} has {found} cells where the headings have {expected}; quote cells "
            "that hold the separator."
        ),
        code="ragged_line",
        name=name,
        line=line,
        found=found,
        expected=expected,
    )


def _refuse_short_records(sheet: Sheet, foot: Foot, headings: Headings, name: str) -> None:
    """A line with one cell is a remark at the foot or a fault."""
    wide = len(headings.columns)
    outside = {number for number, _ in sheet.apart}
    for number, cells in foot.rows:
        if wide > 1 and len(cells) == 1 and number not in outside:
            raise _ragged(number, 1, wide, name)


@dataclass
class Swallowed:
    """Rows that an open quote swallowed into one cell, told from honest line breaks in a text.

    Each line of such a record, quotes ignored, has as many cells as the table, and each cell has the shape
    (number, day, code, text) that its column has elsewhere.
    """

    delimiter: str
    shapes: list[Counter[str]] = field(default_factory=list)
    counted: int = 0
    suspects: list[tuple[int, list[list[str]]]] = field(default_factory=list)

    def note(self, number: int, cells: list[str], lines: list[str]) -> None:
        """Look at one record and the lines it stands in."""
        if len(lines) > 1:
            self._suspect(number, len(cells), lines)
        elif self.counted < SHAPE_ROWS:
            self.counted += 1
            self.shapes = self.shapes or [Counter() for _ in cells]
            for counter, cell in zip(self.shapes, cells, strict=False):
                counter[shape(cell)] += 1

    def refuse(self, name: str) -> None:
        """Refuse the file when a record has swallowed others."""
        usual = [counter.most_common(1)[0] if counter else ("text", 0) for counter in self.shapes]
        for number, rows in self.suspects:
            if self._all_alike(rows, usual):
                raise BadInput(
                    N_(
                        "A cell that begins in line {line} of {name} holds the lines after it; a "
                        "quote is left open there: close it."
                    ),
                    code="swallowed_lines",
                    name=name,
                    line=number,
                )

    def _suspect(self, number: int, wide: int, lines: list[str]) -> None:
        rows = [line.rstrip("\r\n").split(self.delimiter) for line in lines]
        if wide > 1 and all(len(row) == wide for row in rows) and len(self.suspects) < SHAPE_ROWS:
            self.suspects.append((number, [[shape(cell.strip('" ')) for cell in row] for row in rows]))

    def _all_alike(self, rows: list[list[str]], usual: list[tuple[str, int]]) -> bool:
        usual = usual or [(expected, 1) for expected in rows[0]]
        alike = all(
            mine in {"", expected} for row in rows for mine, (expected, _) in zip(row, usual, strict=True)
        )
        return alike and any(expected not in {"", "text"} for expected, _ in usual)


def shape(cell: str) -> str:
    """What a cell looks like: nothing, a number, a day, a code in capitals, or text."""
    text = cell[:LONGEST_SHAPE].strip()
    if not text:
        return ""
    if NUMERIC.fullmatch(text):
        return "number"
    if DAY.fullmatch(text):
        return "day"
    return "code" if CODE.fullmatch(text) else "text"
