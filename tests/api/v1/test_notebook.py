"""The notebook of `examples/`, run cell by cell against a served atlas."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ess.analysis.counts import read_counts, total
from ess.analysis.selection import Selection
from ess.api.v1.asking import Portfolio
from tests.browser.serving import serving

#: What is looked at when the last cell has run.
_TELL = """
import json
drawn = {number: len(plt.figure(number).axes) for number in plt.get_fignums()}
print(json.dumps({
    "drawn": drawn,
    "records": len(activities),
    "countries": dict(zip(by_country["iso3"], map(int, by_country["activities"]))),
    "shapes": len(shaded), "dashed": len(dashed), "empty": int(shaded.geometry.is_empty.sum()),
    "snapshot": snapshot, "cited": int(activities["source_title"].notna().sum()),
}))
"""


@pytest.fixture(scope="module")
def notebook(root: Path) -> dict[str, Any]:
    """The notebook as it is committed."""
    found: dict[str, Any] = json.loads((root / "examples" / "atlas.ipynb").read_text(encoding="utf-8"))
    return found


def cells(notebook: dict[str, Any], kind: str) -> list[str]:
    """The texts of the cells of a kind."""
    return ["".join(one["source"]) for one in notebook["cells"] if one["cell_type"] == kind]


def test_nothing_that_a_run_leaves_is_committed(notebook: dict[str, Any]) -> None:
    ran = [one for one in notebook["cells"] if one["cell_type"] == "code"]
    assert ran
    assert all(one["outputs"] == [] and one["execution_count"] is None for one in ran)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)


def test_it_speaks_french_and_english(notebook: dict[str, Any]) -> None:
    texts = cells(notebook, "markdown")
    assert len(texts) >= len(cells(notebook, "code")) - 1
    assert all(" · " in text.splitlines()[0] and text.count("\n\n") == 2 for text in texts)


def run_cells(code: list[str], address: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run cells one after another in a process of their own, without a screen."""
    script = folder / "cells.py"
    script.write_text("\n".join([*code, _TELL]), encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", str(script)],
        cwd=folder,
        env={**os.environ, "ATLAS_URL": address, "MPLBACKEND": "agg", "MPLCONFIGDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_reads_the_atlas_and_draws_a_map(
    root: Path, notebook: dict[str, Any], builtin: Portfolio, tmp_path: Path
) -> None:
    with serving(root) as served:
        done = run_cells(cells(notebook, "code"), served.address, tmp_path)
        assert done.returncode == 0, done.stderr
        wrong = [text.replace("type=[", "typo=[") for text in cells(notebook, "code")[:3]]
        assert "HTTP Error 400" in run_cells(wrong, served.address, tmp_path).stderr
    told = json.loads(done.stdout.splitlines()[-1])
    types = Selection(type=("agreement", "project", "training"))
    counts = read_counts(builtin.engine, types, builtin.vocabulary, "un")
    every = read_counts(builtin.engine, Selection(), builtin.vocabulary, "un")
    assert told["records"] == told["cited"] == total(counts.overall).records
    by_country = {iso3: total(by_type).records for iso3, by_type in every.by_country.items()}
    assert {iso3: number for iso3, number in told["countries"].items() if number} == by_country
    assert told["drawn"] == {"1": 2}  # the map and its scale of colours
    assert (told["shapes"], told["dashed"], told["empty"]) == (len(told["countries"]), 1, 0)
    assert told["snapshot"] == builtin.snapshot.id
