"""Measure the atlas beside the floor and a usual page, and write RESULTS.md: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.report import build_report
from benchmarks.rounds import run_rounds
from benchmarks.visits import chromium


def main() -> int:
    """Measure and write; 1 when something does not start. A missed target is no failure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=3, help="times that every application is measured (default: 3)"
    )
    parser.add_argument(
        "--patience", type=float, default=120, help="seconds to wait for a quiet machine, each time"
    )
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("RESULTS.md"), metavar="FILE")
    parsed = parser.parse_args()
    try:
        with chromium() as browser:
            seen = run_rounds(browser, parsed.rounds, parsed.patience)
            words = build_report(
                seen,
                command=f"python -m benchmarks --rounds {parsed.rounds} --patience {parsed.patience:g}",
                rounds=parsed.rounds,
                chromium=browser.version,
            )
    except RuntimeError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    parsed.to.write_text(words, encoding="utf-8")
    print(words)
    return 0


if __name__ == "__main__":
    sys.exit(main())
