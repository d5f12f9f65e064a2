"""Rejected records, written out with their reason and their original cells for whoever mends the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ess.escape import cell as neutral
from ess.ingest.problems import Problem, Translate, format_problem, parse_problem
from ess.ingest.report import FileReport

COLUMNS = ("file", "row", "code", "reason", "column", "found")


def write_rejects(reports: Sequence[FileReport], path: Path) -> None:
    """Write every reject, one JSON object a line."""
    with path.open("w", encoding="utf-8") as target:
        for report in reports:
            for reject in report.rejects:
                said = {**format_problem(reject.problem), "cells": dict(reject.cells)}
                target.write(json.dumps(said, ensure_ascii=False) + "\n")


def read_rejects(path: Path) -> Iterator[tuple[Problem, Mapping[str, str]]]:
    """The rejects that `write_rejects` wrote."""
    with path.open(encoding="utf-8") as source:
        for line in source:
            said: dict[str, Any] = json.loads(line)
            yield parse_problem(said), said["cells"]


def build_rejects(path: Path, translate: Translate = str) -> bytes:
    """The rejects as CSV (UTF-8 with a mark, for spreadsheets): reason first, then the original cells.

    Cells that a spreadsheet would run as a formula are neutralised.
    """
    rejects = list(read_rejects(path))
    headings = list(dict.fromkeys(heading for _, cells in rejects for heading in cells))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([neutral(one) for one in (*COLUMNS, *headings)])
    for problem, cells in rejects:
        reason = problem.message(translate)
        known = (problem.file, problem.row or "", problem.kind.code, reason, problem.column, problem.found)
        writer.writerow([neutral(str(cell)) for cell in (*known, *(cells.get(h, "") for h in headings))])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
