"""What is wrong with a portfolio, one sentence a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ess.locales import N_

Severity = Literal["error", "warning"]

LONGEST_QUOTE = 60
FIRST_ROW = 2
"""The row of the first record, counted as a spreadsheet does: the headings are row 1."""

_SENTENCES: Mapping[tuple[bool, bool], str] = {
    (False, False): N_("Table {table}: found {found}; expected {expected}."),
    (False, True): N_("Table {table}, column {column}: found {found}; expected {expected}."),
    (True, False): N_("Table {table}, row {row}: found {found}; expected {expected}."),
    (True, True): N_("Table {table}, row {row}, column {column}: found {found}; expected {expected}."),
}

NOTHING = N_("nothing")


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its code, what was expected (a message with ``{name}`` fields), and its weight."""

    code: str
    expected: str
    severity: Severity = "error"


@dataclass(frozen=True)
class Problem:
    """One problem of one table.

    `row` counts as a spreadsheet does, the first record being row 2; it is None where the problem is not of
    one row. `found` is a quoted cell or a message; `facts` fill the fields of the kind's message.
    """

    kind: Kind
    table: str
    found: str = NOTHING
    row: int | None = None
    column: str = ""
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def code(self) -> str:
        """The code of the kind of problem."""
        return self.kind.code

    @property
    def severity(self) -> Severity:
        """An ``error`` makes the portfolio unusable, a ``warning`` does not."""
        return self.kind.severity

    @property
    def expected(self) -> str:
        """What was expected, in English."""
        return self.kind.expected.format(**self.facts)

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """The problem as one sentence, in the language of `translate` (English when none is given)."""
        return translate(_SENTENCES[self.row is not None, bool(self.column)]).format(
            table=self.table,
            row=self.row,
            column=self.column,
            found=translate(self.found),
            expected=translate(self.kind.expected).format(**self.facts),
        )

    def __str__(self) -> str:
        """The English sentence."""
        return self.sentence()


def cell_problem(table: str, index: int, column: str, found: str, kind: Kind, /, **facts: object) -> Problem:
    """The problem of one cell; `index` counts records from 0."""
    return Problem(kind, table, found, index + FIRST_ROW, column, facts)


def quoted(cell: object) -> str:
    """A cell as a sentence shows it: between quotation marks, on one line, shortened when long.

    A missing cell is shown as nothing.
    """
    if cell is None:
        return NOTHING
    text = " ".join(str(cell).split())
    return f"“{text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + '…'}”"


def errors_in(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems that make a portfolio unusable."""
    return tuple(problem for problem in problems if problem.severity == "error")
