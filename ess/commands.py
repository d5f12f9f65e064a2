"""The commands of ``python -m ess``: what each reads, and what it prints."""

from __future__ import annotations

import argparse
import csv
import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ess.analysis.by_country import RegionValue, measure_by_country, measure_by_region
from ess.analysis.join import Joined, country_records, join_measure, plain_number
from ess.analysis.measures import ALL_RECORDS, Measure, parse_measure
from ess.analysis.selection import Selection, require_selection
from ess.analysis.vocabulary import FILTERS, Vocabulary, read_vocabulary
from ess.errors import ExportError, StoreError
from ess.exports.answer import Answer, analyst_codes, answer_rows
from ess.exports.labels import measure_label
from ess.exports.shapes import build_geojson
from ess.exports.tables import build_csv
from ess.locales import LANGUAGES, N_, translator
from ess.settings import BOUNDARY_VIEWS, Settings
from ess.store.changes import diff_snapshots
from ess.store.engine import Engine, open_engine
from ess.store.opening import open_snapshot
from ess.store.snapshots import Snapshot, current_id, damaged_files, read_snapshot, set_current, snapshot_ids
from geodata.layer import read_countries

_FIRST_PORT, _PORTS = 8501, 50
_ROOT = Path(__file__).resolve().parents[1]


class Usage(Exception):  # noqa: N818 - what the caller must know, not a fault of the program
    """The command line cannot be understood; the text is one sentence."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, raised and not printed."""

    def error(self, message: str) -> NoReturn:
        """Raise `Usage` with the sentence."""
        raise Usage(f"{self.prog}: {message}; see `{self.prog} --help`.")


def run(arguments: Sequence[str], settings: Settings) -> int:
    """Run the command that `arguments` spell; 0 when it is done.

    Raises
    ------
    Usage, AtlasError, LayerError
        See `ess.__main__.main`.
    """
    parsed = build_parser().parse_args(arguments)
    code: int = parsed.run(parsed, settings)
    sys.stdout.flush()  # so that a reader who has gone, or a full disk, is met here
    return code


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = _Parser(prog="python -m ess", description="The atlas of South-South cooperation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    _add_countries(commands)
    _add_export(commands)
    _add_snapshots(commands)
    _add_serve(commands)
    return parser


def _add_question(command: argparse.ArgumentParser) -> None:
    """The options of every command that asks the portfolio something."""
    command.add_argument("--store", type=Path, help="folder of the snapshot store (default: ESS_STORE)")
    command.add_argument(
        "--measure", default=ALL_RECORDS, metavar="ID", help="what to count (default: activities)"
    )
    command.add_argument("--currency", metavar="CODE", help="currency of a measure of money, ISO 4217")
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
    engine = open_engine(open_snapshot(parsed.store or settings.store), settings.engine)
    vocabulary = read_vocabulary(engine)
    pairs = [_pair(text) for text in parsed.where]
    return Question(
        engine=engine,
        vocabulary=vocabulary,
        measure=parse_measure(parsed.measure, vocabulary, parsed.currency),
        selection=require_selection(pairs, vocabulary),
        view=parsed.view or settings.boundary_view,
        lang=parsed.lang or settings.language,
    )


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key or not value:
        raise Usage(f"--where is {text}; expected KEY=VALUE, for example type=project.")
    return key, value


def _add_countries(commands: Any) -> None:
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


def _add_export(commands: Any) -> None:
    command = commands.add_parser(
        "export", help="write a measure by country to a file; its ending is the format"
    )
    command.add_argument("--to", type=Path, required=True, metavar="FILE", help="FILE.csv or FILE.geojson")
    _add_question(command)
    command.set_defaults(run=run_export)


def run_export(parsed: argparse.Namespace, settings: Settings) -> int:
    """Write the answer to a file, whole or not at all."""
    ending = parsed.to.suffix.lower()
    if ending not in (".csv", ".geojson"):
        raise Usage(f"--to is {parsed.to}; expected a file that ends in .csv or .geojson.")
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
    _write_whole(parsed.to, body)
    return 0


def _write_whole(path: Path, body: bytes) -> None:
    scratch = path.with_name(f".{path.name}.writing")
    try:
        scratch.write_bytes(body)
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        raise ExportError(
            N_("{path} cannot be written ({reason}); give a file in a folder that this user may write to."),
            path=path,
            reason=error.strerror or type(error).__name__,
        ) from error


def _add_snapshots(commands: Any) -> None:
    command = commands.add_parser("snapshots", help="history of the portfolio")
    command.add_argument("--store", type=Path, help="folder of the snapshot store (default: ESS_STORE)")
    command.set_defaults(run=run_snapshots_list)
    actions = command.add_subparsers(metavar="ACTION", parser_class=_Parser)
    actions.add_parser("list", help="every snapshot, oldest first").set_defaults(run=run_snapshots_list)
    show = actions.add_parser("show", help="one snapshot: its tables, rows and hashes")
    show.add_argument("id")
    show.set_defaults(run=run_snapshots_show)
    diff = actions.add_parser("diff", help="what changed from one snapshot to another")
    diff.add_argument("older")
    diff.add_argument("newer")
    diff.set_defaults(run=run_snapshots_diff)
    rollback = actions.add_parser("rollback", help="serve an earlier snapshot again")
    rollback.add_argument("id")
    rollback.set_defaults(run=run_snapshots_rollback)
    for action in (show, diff, rollback, *actions.choices.values()):
        if not any(option.dest == "store" for option in action._actions):  # noqa: SLF001 - once an action
            action.add_argument("--store", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _store(parsed: argparse.Namespace, settings: Settings) -> Path | None:
    found: Path | None = parsed.store or settings.store
    return found


def _snapshot(store: Path | None, snapshot_id: str) -> Snapshot:
    """A snapshot by id or by the start of its id; the built-in one without a store."""
    if store is not None:
        started = [known for known in snapshot_ids(store) if known.startswith(snapshot_id)]
        return read_snapshot(store, started[0] if len(started) == 1 else snapshot_id)
    builtin = open_snapshot(None)
    if not builtin.id.startswith(snapshot_id):
        raise StoreError(
            N_("There is no snapshot {found}; without a store there is only the built-in one, {known}."),
            found=snapshot_id,
            known=builtin.id,
        )
    return builtin


def run_snapshots_list(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print id, creation, origin and number of activities of each snapshot; the served one has a star.

    What can be read is listed, so that one can roll back to it, before what is broken is reported.
    """
    store = _store(parsed, settings)
    faults: list[StoreError] = []
    known = [] if store is None else _readable(store, faults)
    served = _served(store, faults)
    if served is not None and served not in known:
        known.append(served)
    for one in sorted(known, key=lambda one: (one.created, one.id)):
        star = "*" if one == served else " "
        print(f"{star} {one.id}  {one.created or '-'}  {one.origin}  {one.files['activities'].rows}")
    if faults:
        raise faults[0]
    return 0


def _readable(store: Path, faults: list[StoreError]) -> list[Snapshot]:
    """The snapshots of `store` that can be read; why the others cannot is added to `faults`."""
    known = []
    for snapshot_id in snapshot_ids(store):
        try:
            known.append(read_snapshot(store, snapshot_id))
        except StoreError as fault:
            faults.append(fault)
    return known


def _served(store: Path | None, faults: list[StoreError]) -> Snapshot | None:
    try:
        return open_snapshot(store)
    except StoreError as fault:
        faults.append(fault)
        return None


def run_snapshots_show(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print a snapshot's manifest; exit 1 when a table no longer matches its hash."""
    one = _snapshot(_store(parsed, settings), parsed.id)
    print(f"id       {one.id}\ncreated  {one.created or '-'}")
    print(f"origin   {one.origin}\nas of    {one.as_of or '-'}")
    for name, file in one.files.items():
        print(f"{name:<13}{file.rows:>9}  {file.sha256}")
    damaged = damaged_files(one)
    if damaged:
        raise StoreError(
            N_(
                "Snapshot {found} is damaged: {tables} no longer match the manifest; "
                "restore them from a backup."
            ),
            found=one.id,
            tables=", ".join(damaged),
        )
    return 0


def run_snapshots_diff(parsed: argparse.Namespace, settings: Settings) -> int:
    """Print what was added (+), removed (-) and changed (~), one row a line."""
    store = _store(parsed, settings)
    older, newer = _snapshot(store, parsed.older), _snapshot(store, parsed.newer)
    for change in diff_snapshots(older, newer):
        for sign, names in (("+", change.added), ("-", change.removed), ("~", change.changed)):
            for name in names:
                print(f"{sign} {change.table} {name}")
    return 0


def run_snapshots_rollback(parsed: argparse.Namespace, settings: Settings) -> int:
    """Serve an earlier snapshot again; running pages see it at their next change."""
    store = _store(parsed, settings)
    if store is None:
        raise StoreError(
            N_(
                "The built-in portfolio is read-only and has one snapshot; "
                "name a store with --store or ESS_STORE."
            )
        )
    one = _snapshot(store, parsed.id)
    before = None
    with suppress(StoreError):  # a pointer that cannot be read is one to roll back from
        before = current_id(store)
    set_current(store, one.id)
    print(f"{before or '-'} -> {one.id}")
    return 0


def _add_serve(commands: Any) -> None:
    command = commands.add_parser("serve", help="run the atlas and open it in a browser")
    command.add_argument(
        "--port", type=int, help="port on this machine (default: the first free one from 8501)"
    )
    command.set_defaults(run=run_serve)


def run_serve(parsed: argparse.Namespace, settings: Settings) -> int:
    """Check that the portfolio and the layer can be read, then become the server.

    A broken file is a sentence here, not a page that fails later.
    """
    open_engine(open_snapshot(settings.store), settings.engine)
    read_countries(settings.boundary_view)
    port = _port(parsed.port)
    headless = not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")
    )
    command = [
        sys.executable, "-m", "streamlit", "run", str(_ROOT / "app.py"),
        "--server.port", str(port), "--server.headless", str(headless).lower(),
    ]  # fmt: skip
    print(f"http://localhost:{port}", flush=True)
    os.chdir(_ROOT)  # the settings of the server stand beside the application
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


def _port(wanted: int | None) -> int:
    if wanted is not None:
        if not _is_free(wanted):
            raise ExportError(
                N_("Port {port} is taken or not allowed; choose another with --port, or leave it out."),
                port=wanted,
            )
        return wanted
    for port in range(_FIRST_PORT, _FIRST_PORT + _PORTS):
        if _is_free(port):
            return port
    raise ExportError(N_("No free port from {first} on; choose one with --port."), first=_FIRST_PORT)


def _is_free(port: int) -> bool:
    if not port:  # the system's own choice, which nobody could be told
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
