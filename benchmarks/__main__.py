"""Measure the atlas beside floor and peers, and write RESULTS.md: ``python -m benchmarks [--short]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.apps import ATLAS, DYNAMIC_FOLIUM, FLOOR
from benchmarks.report import build_report
from benchmarks.rounds import run_rounds
from benchmarks.starting import time_imports
from benchmarks.staying import stay
from benchmarks.stories import tell_stories
from benchmarks.targets import Found
from benchmarks.visits import chromium


def main() -> int:
    """Measure and write; 1 when something does not start. A missed target is no failure."""
    parsed = build_parser().parse_args()
    if parsed.short:
        parsed.rounds, parsed.seconds, parsed.changes, parsed.patience = 1, 8, 30, 5
    try:
        with chromium() as browser:
            found = measure(browser, parsed)
            words = build_report(
                found,
                command=command(parsed),
                rounds=parsed.rounds,
                chromium=browser.version,
                folder=Path(__file__).parent,
            )
    except RuntimeError as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    parsed.to.write_text(words, encoding="utf-8")
    print(words)
    return 0


def build_parser() -> argparse.ArgumentParser:
    """What may be chosen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a quick look: few samples")
    parser.add_argument(
        "--rounds", type=int, default=2, help="times that every application is measured (default: 2)"
    )
    parser.add_argument(
        "--patience", type=float, default=60, help="seconds to wait for a quiet machine, each time"
    )
    parser.add_argument("--seconds", type=float, default=30, help="that each crowd of sessions stays")
    parser.add_argument("--changes", type=int, default=200, help="of the visitor who stays")
    parser.add_argument("--to", type=Path, default=Path(__file__).with_name("RESULTS.md"), metavar="FILE")
    return parser


def command(parsed: argparse.Namespace) -> str:
    """The command that measures the same again."""
    return (
        f"python -m benchmarks --rounds {parsed.rounds} --patience {parsed.patience:g} "
        f"--seconds {parsed.seconds:g} --changes {parsed.changes}"
    )


def measure(browser: Browser, parsed: argparse.Namespace) -> Found:
    """Everything, one after the other."""
    seen = run_rounds(browser, parsed.rounds, parsed.patience)
    told = tell_stories(browser, parsed.seconds)
    print("visitors who stay", flush=True)
    staying = ((ATLAS, parsed.changes), (FLOOR, parsed.changes), (DYNAMIC_FOLIUM, min(20, parsed.changes)))
    held = {app.name: stay(browser, app, changes) for app, changes in staying}
    print("imports of a cold process", flush=True)
    return Found(seen, told, held, time_imports(ATLAS))


if __name__ == "__main__":
    sys.exit(main())
