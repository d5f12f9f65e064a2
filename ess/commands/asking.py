"""Questions to the portfolio: a measure by country, printed or written to a file; or all of it, written."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ess.analysis.breaks import DEFAULT_CLASSES, MANUAL, SCHEMES
from ess.analysis.by_country import RegionValue, measure_by_country, measure_by_region
from ess.analysis.join import Joined, country_records, join_measure, plain_number
from ess.analysis.measures import ALL_RECORDS, Measure, parse_measure
from ess.analysis.selection import Selection, require_selection
from ess.analysis.shading import build_shading
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.commands.shared import Usage, store_of, write_whole
from ess.commands.whole import WHOLE_ENDINGS, export_portfolio, now
from ess.exports import taking
from ess.exports.taking import BY_NAME, KINDS, FileKind, What
from ess.locales import LANGUAGES, translator
from ess.maps.palette import DEFAULT_PALETTE, SEQUENTIAL
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
        "export", help="write a measure by country, records or the whole portfolio; the ending is the format"
    )
    command.add_argument(
        "--to", type=Path, required=True, metavar="FILE",
        help="the ending is the format: .csv, .geojson, .gpkg, .parquet (GeoParquet), .zip (data package): a "
        "measure by country; .svg, .png: the map; .xml: IATI 2.03; .xlsx: the template, filled, or with a "
        "question the measure with its records; .bib, .ris: the citation",
    )  # fmt: skip
    command.add_argument(
        "--what", choices=("map", "records", "everything"),
        help="the measure by country, the activities of the selection (.csv, .parquet, .xml), or the whole "
        "portfolio (.xlsx, .xml, .zip); usually the ending says it",
    )  # fmt: skip
    command.add_argument("--scheme", choices=AUTOMATIC, default=SCHEMES[0], help="classification of the map")
    command.add_argument(
        "--k", type=int, default=DEFAULT_CLASSES, metavar="N", help="number of classes of the map, at most"
    )
    command.add_argument(
        "--palette", choices=SEQUENTIAL, default=DEFAULT_PALETTE, help="colours of the map's classes"
    )
    _add_question(command)
    command.set_defaults(run=run_export)


def run_export(parsed: argparse.Namespace, settings: Settings) -> int:
    """Write what was asked for to a file: all of it or nothing."""
    kind = _kind_of(parsed)
    if kind.what == "everything" and kind.ending in WHOLE_ENDINGS:
        return export_portfolio(parsed, settings)
    write_whole(parsed.to, kind.build(_taken(parsed, settings)))
    return 0


#: Schemes that need nothing but the values.
AUTOMATIC = tuple(scheme for scheme in SCHEMES if scheme != MANUAL)
_OF_A_MEASURE = ("measure", "currency", "where", "view")
#: What an ending means where nothing narrows it, and otherwise.
_USUAL: Mapping[str, tuple[What, What]] = {
    **dict.fromkeys(("csv", "geojson", "gpkg", "parquet", "zip"), ("map", "map")),
    **dict.fromkeys(("svg", "png"), ("figure", "figure")),
    **dict.fromkeys(("bib", "ris"), ("citation", "citation")),
    "xlsx": ("everything", "map"),
    "xml": ("everything", "records"),
}


def _kind_of(parsed: argparse.Namespace) -> FileKind:
    """What the ending, the options and ``--what`` ask for.

    Raises
    ------
    Usage
        When there is no such file, or an option has no meaning for it.
    """
    ending = parsed.to.suffix.lower().removeprefix(".")
    if ending not in _USUAL:
        *endings, last = (f".{known}" for known in _USUAL)
        raise Usage(f"--to is {parsed.to}; expected a file that ends in {', '.join(endings)} or {last}.")
    asked = [name for name in _OF_A_MEASURE if getattr(parsed, name)]
    what = parsed.what or _USUAL[ending][bool(asked)]
    kind = BY_NAME.get((what, ending))
    if kind is None:
        known = ", ".join(f".{one.ending}" for one in KINDS if one.what == what)
        raise Usage(f"--what is {what}, which .{ending} does not hold; expected a file that ends in {known}.")
    _refuse_options(kind, asked, parsed.to.name)
    return kind


def _refuse_options(kind: FileKind, asked: Sequence[str], name: str) -> None:
    """Refuse options that a file would silently not obey."""
    if kind.what == "everything":
        unmeant, holds = list(asked), "the whole portfolio"
    elif (kind.what, kind.ending) == ("records", "xml"):
        unmeant, holds = [one for one in asked if one in ("measure", "currency")], "activities, not a measure"
    else:
        return
    if unmeant:
        options = ", ".join(f"--{one}" for one in unmeant)
        raise Usage(f"{options} does not go with {name}, which holds {holds}; leave it out.")


def _taken(parsed: argparse.Namespace, settings: Settings) -> taking.Question:
    """What the file is about."""
    question = read_question(parsed, settings)
    words, joined = translator(question.lang), question.joined()
    return taking.Question(
        engine=question.engine,
        vocabulary=question.vocabulary,
        measure=question.measure,
        selection=question.selection,
        view=question.view,
        joined=joined,
        translator=words,
        atlas=settings.title or words("Atlas of South-South cooperation"),
        institution=settings.institution,
        home=settings.home,
        address="",
        generated=now(),
        shading=lambda: build_shading(joined, parsed.scheme, parsed.k, settings.home),
        palette=parsed.palette,
        semicolons=False,
    )
