"""Where the headings of a table stand, and what stands outside it: titles, tags, totals and remarks."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from ess.errors import BadInput
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.ingest.sheets import Cell, Line, Sheet
from ess.locales import N_

HEAD_ROWS = 40
"""Rows at the top among which headings are looked for."""

FOOT_ROWS = 40
"""Rows at the end among which totals and remarks are looked for."""

MOST_COLUMNS = 2000

BLANKS = " \t\r\n\f\v\x1a\u00a0\u2007\u2009\u200b\u202f\u3000\ufeff"
"""Signs that show nothing; 1A is the end mark of old systems."""

TAG = re.compile(r"#[A-Za-z][A-Za-z0-9_]*(\s*\+\s*[A-Za-z][A-Za-z0-9_]*)*")
"""A tag of the Humanitarian Exchange Language, as its standard writes them."""

NUMBER = re.compile(r"[-+(]?[\d٠-٩][\d٠-٩\s.,'’]*\)?%?")
YEARS = range(1900, 2101)
PLACEHOLDERS = frozenset({"-", "–", "—", "..", "...", "n/a", "na", "n.a.", "nan", "null", "none", "x"})

TOTALS = frozenset({
    "total", "totals", "grand total", "overall total", "total general", "total général", "total geral",
    "totaux", "somme", "sum", "suma", "soma", "gesamt", "ensemble", "subtotal", "sub-total", "sous-total",
    "المجموع", "الإجمالي", "الاجمالي", "المجموع الكلي", "المجموع العام", "مجموع",
})  # fmt: skip
REMARK = re.compile(
    r"\W*(source|sources|note|notes|nota|notas|remark|remarque|remarques|fuente|fonte|n\.?\s?b\.?\b|\*|©|†"
    r"|المصدر|ملاحظة|last updated|generated|downloaded|data source|disclaimer|copyright)",
    re.IGNORECASE,
)

UNNAMED_COLUMN = Kind(
    "unnamed_column",
    "warning",
    N_("{found} has no heading; it was kept under that name."),
    N_("a heading over every column"),
)
TOTAL_APART = Kind(
    "total_apart",
    "warning",
    N_("The row “{found}” at the foot is a total; it was not counted as a record."),
)
REMARK_APART = Kind(
    "remark_apart",
    "warning",
    N_("The row “{found}” at the foot is a remark; it was not counted as a record."),
)


@dataclass(frozen=True)
class Headings:
    """The headings of a table.

    Attributes
    ----------
    columns
        One heading a column as written, without spaces around it; empty where there is none.
    upper
        The row above that belongs to the headings, spanning texts repeated; empty for one row.
    tags
        HXL tags; empty where there are none.
    row
        Row number of `columns`.
    first
        Row number from which records stand.
    above
        Titles and other rows before the headings, as (row number, text).
    """

    columns: tuple[str, ...]
    upper: tuple[str, ...]
    tags: tuple[str, ...]
    row: int
    first: int
    above: tuple[tuple[int, str], ...]


@dataclass
class Foot:
    """The last rows of a table, kept while it is read."""

    rows: list[Line] = field(default_factory=list)

    def note(self, line: Line) -> None:
        """Keep a row that is not blank; forget the ones too far from the end."""
        self.rows.append(line)
        if len(self.rows) > 2 * FOOT_ROWS:
            del self.rows[:FOOT_ROWS]


def is_blank(cells: Sequence[Cell]) -> bool:
    """Whether no cell of a row holds anything but spaces."""
    return not any(cell is not None and (not isinstance(cell, str) or cell.strip(BLANKS)) for cell in cells)


def column_letter(place: int) -> str:
    """The letters a spreadsheet gives a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def find_headings(rows: Sequence[Line]) -> Headings:
    """Find the headings among the first rows of a table.

    A row of HXL tags decides; else the first row that is filled with text about as well as any. A row
    directly above belongs to the headings when it is filled nearly as well (codes over names), or when
    headings repeat and it tells them apart (groups over headings).

    Parameters
    ----------
    rows
        The first rows that are not blank, `HEAD_ROWS` at most, and at least one.
    """
    tagged = next((at for at, (_, cells) in enumerate(rows) if is_tags(cells)), None)
    at = _text_row(rows) if tagged is None else max(tagged - 1, 0)
    if tagged is None and _is_group_row(rows, at):
        at += 1
    columns = heading_texts(rows[at][1])
    upper = _upper(rows, at, columns) if at != tagged else ()
    start = at - 1 if upper else at
    last = at if tagged is None else tagged
    tags = heading_texts(rows[tagged][1]) if tagged is not None else ()
    return Headings(
        columns=columns if at != tagged else tags,
        upper=upper,
        tags=tags,
        row=rows[at][0],
        first=rows[last][0] + 1,
        above=tuple((number, row_text(cells)) for number, cells in rows[:start]),
    )


def is_tags(cells: Sequence[Cell]) -> bool:
    """Whether a row holds HXL tags: what is filled is a tag, save perhaps a few cells."""
    filled = [str(cell).strip() for cell in cells if not is_blank([cell])]
    return bool(filled) and sum(bool(TAG.fullmatch(text)) for text in filled) >= max(1, 0.6 * len(filled))


def heading_texts(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The cells of a heading row as text on one line; a whole number without decimals."""
    return tuple(_heading_text(cell) for cell in cells)


def row_text(cells: Sequence[Cell]) -> str:
    """What a row outside the table says, its cells joined."""
    return " | ".join(" ".join(str(cell).split()) for cell in cells if not is_blank([cell]))


def build_sheet(  # noqa: PLR0913, PLR0917
    name: str,
    rows: Callable[[], Iterator[Line]],
    headings: Headings,
    foot: Foot,
    filled: set[int],
    file: str,
    report: FileReport | None = None,
    encoding: str = "",
    delimiter: str = "",
) -> Sheet:
    """A sheet from its rows: named columns, records only, everything else apart.

    Where headings repeat under different groups, those that repeat are named ``group: heading``; the others
    stay as written.

    Parameters
    ----------
    rows
        Call it for all rows of the table as they stand, blank ones too.
    filled
        Places of columns that hold anything below the headings.
    file
        Name of the file for refusals.

    Raises
    ------
    BadInput
        For headings that repeat or are missing, for too many columns, and for headings without a record.
    """
    wide = _width(headings, filled)
    columns = _named(headings, wide, filled, file, report)
    kept = [
        place
        for place in range(wide)
        if place in filled or headings.columns[place : place + 1] not in {(), ("",)}
    ]
    apart = _apart_at_foot(headings, foot, rows, wide, report)
    outside = frozenset(number for number, _ in apart)
    if not any(number >= headings.first and number not in outside for number, _ in foot.rows):
        raise BadInput(
            N_("{name} has headings but no record below them; expected at least one row."),
            code="no_records",
            name=_where(file, name),
        )

    def lines() -> Iterator[Line]:
        for number, cells in rows():
            if number >= headings.first and number not in outside and not is_blank(cells):
                row = fitted(cells, wide)
                yield number, row if len(kept) == wide else [row[place] for place in kept]

    return Sheet(
        name=name, columns=tuple(columns[place] for place in kept), lines=lines, heading_row=headings.row,
        upper=_picked(headings.upper, kept), tags=_picked(headings.tags, kept),
        apart=(*headings.above, *apart), encoding=encoding, delimiter=delimiter,
    )  # fmt: skip


def fitted(cells: Sequence[Cell], wide: int) -> Sequence[Cell]:
    """A row with exactly `wide` cells: blank ones are added or taken off at its end."""
    if len(cells) == wide:
        return cells
    return [*cells[:wide], *([None] * (wide - len(cells)))]


def _heading_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else " ".join(str(cell).split())


def _filled(cells: Sequence[Cell]) -> int:
    return sum(not is_blank([cell]) for cell in cells)


def _textual(cells: Sequence[Cell]) -> int:
    """How many cells of a row could be headings: texts and years."""
    return sum(_could_head(cell) for cell in cells)


def _could_head(cell: Cell) -> bool:
    if isinstance(cell, bool) or cell is None:
        return False
    if isinstance(cell, int | float):
        return math.isfinite(cell) and cell in YEARS
    if isinstance(cell, date):
        return False
    text = cell.strip()
    if NUMBER.fullmatch(text):
        return text.isdecimal() and int(text) in YEARS
    return bool(text) and text.casefold() not in PLACEHOLDERS


def _text_row(rows: Sequence[Line]) -> int:
    filled = [_filled(cells) for _, cells in rows]
    textual = [_textual(cells) for _, cells in rows]
    fullest, best = max(filled), max(textual)
    usual = Counter(filled).most_common(1)[0][0]
    candidates = (
        at
        for at in range(len(rows))
        if filled[at] >= 0.5 * fullest
        and (textual[at] >= 0.7 * best or (filled[at] >= usual and textual[at] >= 0.7 * filled[at]))
    )
    return next(candidates, 0) if best else 0


def _is_group_row(rows: Sequence[Line], at: int) -> bool:
    """Whether a row repeats its texts over the headings proper, which stand below it and tell them apart."""
    above = heading_texts(rows[at][1])
    if not _repeated(above) or at + 1 == len(rows):
        return False
    below = rows[at + 1][1]
    names = heading_texts(below)
    is_text = _textual(below) >= 0.9 * _filled(below)
    return is_text and len(names) == len(above) and not _repeated(_joined(above, names))


def _upper(rows: Sequence[Line], at: int, columns: tuple[str, ...]) -> tuple[str, ...]:
    if at == 0 or rows[at - 1][0] != rows[at][0] - 1:
        return ()
    above = heading_texts(rows[at - 1][1])
    if _filled(above) >= max(2, 0.7 * _filled(columns)):
        return above
    spread = _spread(above, len(columns))
    if _filled(above) >= 2 and _repeated(columns) and not _repeated(_joined(spread, columns)):
        return spread
    return ()


def _spread(groups: tuple[str, ...], wide: int) -> tuple[str, ...]:
    """Group titles repeated over the columns they span."""
    spread: list[str] = []
    for group in _padded(groups, wide):
        spread.append(group or (spread[-1] if spread else ""))
    return tuple(spread)


def _joined(upper: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, ...]:
    pairs = zip(_padded(upper, len(columns)), columns, strict=False)
    return tuple(f"{group}: {heading}" if group and heading else heading for group, heading in pairs)


def _repeated(columns: Sequence[str]) -> list[str]:
    return [heading for heading, count in Counter(columns).items() if heading and count > 1]


def _padded(texts: tuple[str, ...], wide: int) -> tuple[str, ...]:
    return (*texts[:wide], *([""] * (wide - len(texts)))) if texts else ()


def _picked(texts: tuple[str, ...], places: list[int]) -> tuple[str, ...]:
    return tuple(texts[place] if place < len(texts) else "" for place in places) if texts else ()


def _width(headings: Headings, filled: set[int]) -> int:
    named = [place for place, heading in enumerate(headings.columns) if heading]
    return max([*named, *filled, 0]) + 1


def _named(
    headings: Headings, wide: int, filled: set[int], file: str, report: FileReport | None
) -> tuple[str, ...]:
    if wide > MOST_COLUMNS:
        raise BadInput(
            N_("{name} has {found} columns; expected at most {most}: is it a table turned on its side?"),
            code="too_many_columns",
            name=file,
            found=wide,
            most=MOST_COLUMNS,
        )
    columns = _padded(headings.columns, wide)
    below_blank = headings.row > 1 and not headings.above
    if below_blank and 2 * _textual(columns) < _filled(columns):
        raise BadInput(
            N_(
                "The headings of {name} seem to be blank: its first filled row ({row}) holds figures; "
                "name its columns."
            ),
            code="no_headings",
            name=file,
            row=headings.row,
        )
    unnamed = sum(not heading and place in filled for place, heading in enumerate(columns))
    if unnamed > len([heading for heading in columns if heading]):
        raise BadInput(
            N_(
                "Row {row} of {name} names fewer than half of its {count} columns; expected a "
                "heading over each."
            ),
            code="no_headings",
            name=file,
            row=headings.row,
            count=wide,
        )
    repeated = frozenset(_repeated(columns))
    if repeated and headings.upper:
        pairs = _joined(headings.upper, columns)
        columns = tuple(pair if own in repeated else own for pair, own in zip(pairs, columns, strict=True))
    _refuse_repeated(columns, headings, file)
    return tuple(
        heading if heading or place not in filled else _letter(place, columns, report)
        for place, heading in enumerate(columns)
    )


def _refuse_repeated(columns: tuple[str, ...], headings: Headings, file: str) -> None:
    if repeated := _repeated(columns):
        raise BadInput(
            N_(
                "Row {row} of {name} uses the heading “{heading}” more than once; give each column "
                "its own name."
            ),
            code="repeated_heading",
            name=file,
            row=headings.row,
            heading=repeated[0],
        )


def _letter(place: int, columns: tuple[str, ...], report: FileReport | None) -> str:
    name = f"column {column_letter(place)}"
    while name in columns:
        name += "_"
    if report is not None:
        report.add(UNNAMED_COLUMN, column=name, found=name)
    return name


def _apart_at_foot(
    headings: Headings, foot: Foot, rows: Callable[[], Iterator[Line]], wide: int, report: FileReport | None
) -> list[tuple[int, str]]:
    body = [line for line in foot.rows if line[0] >= headings.first]
    apart: list[tuple[int, str]] = []
    for at in range(len(body) - 1, 0, -1):
        number, cells = body[at]
        sums = partial(_sums, rows, headings, number)
        kind = _foot_kind(cells, wide, gap=_is_below_gap(body, at), sums=sums)
        if kind is None:
            break
        apart.append((number, row_text(cells)))
        if report is not None:
            report.add(kind, row=number, found=row_text(cells))
    return apart[::-1]


def _is_below_gap(body: list[Line], at: int) -> bool:
    """Whether only lone cells stand between a row and a blank one above it."""
    while at > 0 and _filled(body[at][1]) == 1:
        if body[at][0] - body[at - 1][0] > 1:
            return True
        at -= 1
    return False


def _foot_kind(
    cells: Sequence[Cell], wide: int, *, gap: bool, sums: Callable[[], list[float]]
) -> Kind | None:
    label = next(str(cell).strip() for cell in cells if not is_blank([cell]))
    if is_total(label):
        return TOTAL_APART
    if starts_like_total(label) and _adds_up(cells, sums()):
        return TOTAL_APART
    alone = _filled(cells) == 1 and wide > 1
    if alone and (REMARK.match(label) or (gap and not NUMBER.fullmatch(label))):
        return REMARK_APART
    return None


def is_total(label: str) -> bool:
    """Whether a label says "total" and nothing else, in a language of the lists."""
    return label.strip(" :.*").casefold() in TOTALS


def starts_like_total(label: str) -> bool:
    """Whether a label begins with a word for a total."""
    folded = label.casefold()
    return any(folded.startswith((f"{word} ", f"{word}:")) for word in TOTALS)


def _sums(rows: Callable[[], Iterator[Line]], headings: Headings, before: int) -> list[float]:
    sums: list[float] = []
    for number, cells in rows():
        if headings.first <= number < before:
            sums.extend([0.0] * (len(cells) - len(sums)))
            for place, cell in enumerate(cells):
                sums[place] += plain_number(cell) or 0.0
    return sums


def _adds_up(cells: Sequence[Cell], sums: list[float]) -> bool:
    numbers = [
        (place, value) for place, cell in enumerate(cells) if (value := plain_number(cell)) is not None
    ]
    return bool(numbers) and all(
        place < len(sums) and math.isclose(value, sums[place], rel_tol=1e-6, abs_tol=0.01)
        for place, value in numbers
    )


def plain_number(cell: Cell) -> float | None:
    """The number of a cell that is one, or text that plainly writes one; None for anything else."""
    if isinstance(cell, bool) or cell is None or isinstance(cell, date):
        return None
    try:
        value = float(cell.replace(",", "").replace(" ", "") if isinstance(cell, str) else cell)
    except (ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _where(file: str, name: str) -> str:
    return f"{file} ({name})" if name else file
