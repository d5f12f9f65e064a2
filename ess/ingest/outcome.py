"""What reading files gave: the report that the command line, the page and other programs receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ess.ingest.ledger import Ledger
from ess.ingest.problems import Problem, Translate, format_problem, parse_problem
from ess.ingest.report import FileReport
from ess.locales import filled

if TYPE_CHECKING:
    from ess.ingest.conversion import Converter

SEVERITIES = ("critical", "error", "warning")


@dataclass(frozen=True)
class Decision:
    """Something that was decided by column or for a whole file, as a message with its facts."""

    file: str
    column: str
    message: str
    facts: Mapping[str, Any]

    def sentence(self, translate: Translate = str) -> str:
        """The decision in the language of `translate`."""
        return filled(self.message, self.facts, translate)


@dataclass(frozen=True)
class Outcome:
    """The report of an import or a look at files.

    Attributes
    ----------
    files
        One entry a file: path, format, version, encoding, read, kept, rejected.
    totals
        Counts and sums, as `Ledger.record` gives them; with rates also ``converted``, as `Converter.record`
        gives it.
    problems
        At most a thousand of each kind and file; `counts` has them all, by severity and code.
    decisions
        What was decided on the way.
    refused
        Names of files that could not be used at all; each has a critical problem.
    """

    files: tuple[Mapping[str, Any], ...]
    totals: Mapping[str, Any]
    problems: tuple[Problem, ...]
    counts: Mapping[str, Mapping[str, int]]
    decisions: tuple[Decision, ...]
    refused: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether anything was kept."""
        return any(file["kept"] for file in self.files)

    def record(self, translate: Translate = str) -> dict[str, Any]:
        """The report for programs, its sentences in the language of `translate`."""
        return {
            "files": [dict(file) for file in self.files],
            **self.totals,
            "problems": [problem.record(translate) for problem in self.problems],
            "problem_counts": {severity: dict(codes) for severity, codes in self.counts.items()},
            "decisions": [
                {"file": one.file, "column": one.column, "message": one.sentence(translate)}
                for one in self.decisions
            ],
        }


def format_outcome(  # noqa: PLR0913 - what reading gives
    reports: Sequence[FileReport],
    ledger: Ledger,
    decisions: Sequence[Decision],
    refused: Sequence[str],
    *,
    converter: Converter | None = None,
    beside: Sequence[FileReport] = (),
) -> dict[str, Any]:
    """The outcome as JSON, on its way from the process that reads.

    `beside` are reports of files that are no part of the portfolio: their problems are told.
    """
    told = [*reports, *beside]
    converted = {} if converter is None else {"converted": converter.record()}
    return {
        "files": [_file_record(report) for report in reports],
        "totals": {**ledger.record(), **converted},
        "problems": [
            format_problem(problem)
            for report in told
            for problem in sorted(report.problems, key=lambda one: (one.row or 0, one.kind.code))
        ],
        "counts": _counts(told),
        "decisions": [
            {
                "file": one.file,
                "column": one.column,
                "message": one.message,
                "facts": {name: str(fact) for name, fact in one.facts.items()},
            }
            for one in decisions
        ],
        "refused": list(refused),
    }


def parse_outcome(said: Mapping[str, Any]) -> Outcome:
    """The outcome that `format_outcome` wrote."""
    return Outcome(
        tuple(said["files"]),
        said["totals"],
        tuple(parse_problem(one) for one in said["problems"]),
        said["counts"],
        tuple(Decision(**one) for one in said["decisions"]),
        tuple(said["refused"]),
    )


def _file_record(report: FileReport) -> dict[str, Any]:
    return {
        "path": report.path,
        "format": report.format,
        "version": report.version or None,
        "encoding": report.encoding or None,
        "read": report.read,
        "kept": report.kept,
        "rejected": report.rejected,
    }


def _counts(reports: Sequence[FileReport]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {severity: {} for severity in SEVERITIES}
    for report in reports:
        severities = {problem.kind.code: problem.kind.severity for problem in report.problems}
        for code, count in report.counts.items():
            by_code = found[severities[code]]
            by_code[code] = by_code.get(code, 0) + count
    return found
