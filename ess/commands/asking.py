"""Questions to the portfolio: a measure by country, printed or written to a file; or all of it, written."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ess.analysis.by_country import RegionValue, measure_by_country, measure_by_region
from ess.analysis.join import Joined, country_records, join_measure, plain_number
from ess.analysis.measures import ALL_RECORDS, Measure, parse_measure
from ess.analysis.selection import Selection, require_selection
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.commands.shared import Usage, store_of, write_whole
from ess.commands.whole import WHOLE_ENDINGS, export_portfolio
from ess.exports.answer import Answer, analyst_codes, answer_rows
from ess.exports.labels import measure_label
from ess.exports.shapes import build_geojson
from ess.exports.tables import build_csv
from ess.locales import LANGUAGES, translator
from ess.settings import BOUNDARY_VIEWS, Settings
from ess.store.engine import Engine, open_engine
from ess.store.opening import open_snapshot
from geodata.layer import read_countries


def _add_question(command: argparse.ArgumentParser) -> None:
    """The options of every command that asks the portfolio something."""
    command.add_argument("--store", type=Path, help="folder of the snapshot store (default: ESS_STORE)")
    command.add_argument("--measure", metavar="ID", help="what to count (default: activities)")
    command.add_argument("--currency", metavar="CODE", help="currency of a measure of money, ISO 4217")
    command.add_argument(
        "--shares",
        choices=("stated", "equal"),
        default="stated",
        help="money over several countries without a published split: unallocated, or split equally",
    )
    command.add_argument(
        "--where", nargs="+", action="extend", default=[], metavar="KEY=VALUE",
        help=f"filter; a key repeated is an OR; keys: {', '.join(FILTERS)}",
    )  # fmt: skip
    command.add_argument("--view", choices=BOUNDARY_VIEWS, help="boundary view (default: ESS_BOUNDARY_VIEW)")
    command.add_argument("--lang", choices=LANGUAGES, help="language of the labels (default: ESS_LANG)")


@dataclass(frozen=True)
class Question:
    """A measure over a selection of the served snapshot, ready to be answered."""

    engine: Engine
    vocabulary: Vocabulary
    measure: Measure
    selection: Selection
    view: str
    lang: str

    def joined(self) -> Joined:
        """The answer on the country layer."""
        layer = read_countries(self.view)
        answer = measure_by_country(self.engine, self.measure, self.selection, self.vocabulary, self.view)
        return join_measure(layer, answer)

    def regional(self) -> tuple[RegionValue, ...]:
        """Regional and unnamed records."""
        return tuple(measure_by_region(self.engine, self.measure, self.selection, self.vocabulary))


def read_question(parsed: argparse.Namespace, settings: Settings) -> Question:
    """The question that the options ask.

    Raises
    ------
    SelectionError, StoreError
        When a measure, filter or store cannot be used.
    Usage
        When a filter is not written KEY=VALUE.
    """
    engine = open_engine(open_snapshot(store_of(parsed, settings)), settings.engine)
    vocabulary = read_vocabulary(engine)
    pairs = [_pair(text) for text in parsed.where]
    return Question(
        engine=engine,
        vocabulary=vocabulary,
        measure=parse_measure(
            parsed.measure or ALL_RECORDS, vocabulary, parsed.currency, equal=parsed.shares == "equal"
        ),
        selection=require_selection(pairs, vocabulary),
        view=parsed.view or settings.boundary_view,
        lang=parsed.lang or settings.language,
    )


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise Usage(f"--where is {text}; expected KEY=VALUE, for example type=project.")
    return key, value


def add_countries(commands: Any) -> None:
    """The command ``countries``."""
    command = commands.add_parser("countries", help="a measure by country")
    _add_question(command)
    command.add_argument("--format", choices=("csv", "json"), default="csv")
    command.add_argument("--regional", action="store_true", help="the regional and unnamed records instead")
    command.set_defaults(run=run_countries)


def run_countries(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print a measure by country, or its regional and unnamed records."""
    question = read_question(parsed, settings)
    rows = _regional_records(question) if parsed.regional else country_records(question.joined())
    if parsed.format == "json":
        print(json.dumps(rows, ensure_ascii=False, allow_nan=False))
    else:
        _print_csv(rows)
    return 0


def _regional_records(question: Question) -> list[dict[str, object]]:
    return [
        {
            "region": found.region or None,
            "value": plain_number(found.value),
            "qualifier": found.qualifier,
            "state": str(found.state),
            "activities": found.activities,
        }
        for found in question.regional()
    ]


def _print_csv(rows: Sequence[dict[str, object]]) -> None:
    """Rows as CSV on standard output; a shared total is written as JSON in its cell."""
    if not rows:
        return
    writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: object) -> object:
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "" if value is None else value


def add_export(commands: Any) -> None:
    """The command ``export``."""
    command = commands.add_parser(
        "export", help="write a measure by country, or the whole portfolio; the file's ending is the format"
    )
    command.add_argument(
        "--to", type=Path, required=True, metavar="FILE",
        help="FILE.csv or FILE.geojson: a measure by country; FILE.xml (IATI 2.03, in every language) or "
        "FILE.xlsx (the template, filled): the whole portfolio",
    )  # fmt: skip
    _add_question(command)
    command.set_defaults(run=run_export)


def run_export(parsed: argparse.Namespace, settings: Settings) -> int:
    """Write the answer, or the whole portfolio, to a file: all of it or nothing."""
    ending = parsed.to.suffix.lower()
    if ending in WHOLE_ENDINGS:
        return export_portfolio(parsed, settings)
    if ending not in (".csv", ".geojson"):
        raise Usage(f"--to is {parsed.to}; expected a file that ends in .csv, .geojson, .xml or .xlsx.")
    question = read_question(parsed, settings)
    words = translator(question.lang)
    answer = Answer(
        question.joined(),
        question.regional(),
        question.measure,
        measure_label(question.measure, question.vocabulary, words),
        question.selection,
        question.view,
        question.engine.snapshot,
        analyst_codes(question.selection, question.vocabulary),
    )
    body = build_csv(answer_rows(answer, words)) if ending == ".csv" else build_geojson(answer, words)
    write_whole(parsed.to, body)
    return 0
