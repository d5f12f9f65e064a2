"""F01: whatever is done to a file, only a refusal leaves a reader."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.ingest import fuzz

RUNS = {"csv": 400, "xlsx": 250, "geojson": 400, "zip": 250, "xml": 400}


@pytest.mark.parametrize("kind", fuzz.READERS)
def test_f01_only_refusals_escape(tmp_path: Path, kind: str) -> None:
    outcomes = [outcome for _, outcome in islice(fuzz.attempts(kind, 20260101, tmp_path), RUNS[kind])]
    assert [outcome for outcome in outcomes if outcome not in {"read", "refused"}] == []
    assert {"read", "refused"} == set(outcomes)


def test_f01_an_escaped_exception_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fragile(path: Path) -> int:
        return path.read_bytes().index(b"nowhere")

    monkeypatch.setitem(fuzz.READERS, "csv", fragile)
    assert fuzz.attempt("csv", b"iso3,v\nKEN,1\n", tmp_path).startswith("ValueError")
