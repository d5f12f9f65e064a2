"""What is wrong with other people's files: one kind a fault, one problem a place where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ess.locales import filled, said
from geodata.codes import country_name

Severity = Literal["critical", "error", "warning"]
Translate: TypeAlias = Callable[[str], str]

LONGEST_QUOTE = 200
"""Characters of a cell that a problem quotes."""


CANDIDATES = "candidates"
"""The fact that lists ISO alpha-3 codes of countries that a text may mean, for a person to choose from."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem.

    Attributes
    ----------
    code
        Stable name for programs, in lower case with underscores.
    severity
        ``critical`` drops the record, ``error`` drops the field, ``warning`` keeps both.
    message
        What is wrong and what became of it: an English sentence, the catalogues' message id, with
        ``{found}`` and other ``{fields}``.
    expected
        What should have stood there; empty where the message says all.
    """

    code: str
    severity: Severity
    message: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, where it stands.

    `row` counts as the file does: lines of a spreadsheet from 1, activities of an XML file from 1; None where
    the problem is of the file. `found` is the cell as written, cut when long. `facts` fill the fields of the
    kind's texts.
    """

    kind: Kind
    file: str = ""
    row: int | None = None
    column: str = ""
    found: str = ""
    facts: Mapping[str, object] = field(default_factory=dict, hash=False)

    def message(self, translate: Translate = str) -> str:
        """The sentence in the language of `translate` (English when none is given)."""
        return filled(self.kind.message, self._told(translate), translate)

    def expected(self, translate: Translate = str) -> str:
        """What was expected, in the language of `translate`."""
        if not self.kind.expected:
            return ""
        return filled(self.kind.expected, self._told(translate), translate)

    def _told(self, translate: Translate) -> dict[str, object]:
        """The facts; countries that a text suggests are named in the reader's language."""
        facts = {"found": self.found, **self.facts}
        if CANDIDATES in facts:
            lang = getattr(translate, "lang", "en")
            codes = str(facts[CANDIDATES]).split(", ")
            facts[CANDIDATES] = ", ".join(_named(code, lang) for code in codes)
        return facts

    def record(self, translate: Translate = str) -> dict[str, object]:
        """The problem as the report writes it."""
        return {
            "severity": self.kind.severity,
            "code": self.kind.code,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "found": said(self.found, translate),
            "expected": self.expected(translate),
            "message": self.message(translate),
        }


def _named(code: str, lang: str) -> str:
    name = country_name(code, lang)
    return code if name == code else f"{name} ({code})"


def format_problem(problem: Problem) -> dict[str, object]:
    """The problem as JSON, its sentences not yet in a language; `parse_problem` reads it back."""
    kind = problem.kind
    return {
        "kind": [kind.code, kind.severity, kind.message, kind.expected],
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "found": problem.found,
        "facts": {name: str(fact) for name, fact in problem.facts.items()},
    }


def parse_problem(said: Mapping[str, Any]) -> Problem:
    """The problem that `format_problem` wrote."""
    return Problem(Kind(*said["kind"]), *(said[name] for name in ("file", "row", "column", "found", "facts")))


def cut(cell: object) -> str:
    """A cell on one line, shortened when long; nothing for a missing one."""
    text = "" if cell is None else " ".join(str(cell).split())
    return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 1] + "…"
