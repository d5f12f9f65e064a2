"""Files in: looked at, imported, a mapping suggested for them, and the template to fill in."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ess.commands.shared import Usage, store_of, write_whole
from ess.commands.telling import tell_outcome
from ess.errors import BadInput, StoreError
from ess.exports.workbook import build_template, write_template_folder
from ess.ingest.orders import Order
from ess.ingest.outcome import Outcome
from ess.ingest.progress import Progress
from ess.ingest.reading import REJECTS, look_at, publish, read_files
from ess.ingest.rejects import build_rejects
from ess.ingest.scratch import scratch_folder
from ess.locales import LANGUAGES, N_, translator
from ess.settings import Settings
from ess.store.snapshots import current_id

_SHARES = ("stated", "equal")
_IMPORTED = N_("Imported; the snapshot {found} is served now.")
_UNCHANGED = N_("Nothing changed: the snapshot {found}, which was served already, holds all of it.")


def add_inspect(commands: Any) -> None:
    """The command ``inspect``."""
    command = commands.add_parser("inspect", help="read files, write nothing, report what would be imported")
    _add_reading(command)
    command.add_argument(
        "--shares",
        choices=_SHARES,
        default="stated",
        help="money over several countries without a published split: unallocated, or split equally",
    )
    command.set_defaults(run=run_inspect)


def add_import(commands: Any) -> None:
    """The command ``import``."""
    command = commands.add_parser("import", help="import files into a new snapshot and serve it")
    _add_reading(command)
    command.add_argument("--store", type=Path, help="folder of the snapshot store (default: ESS_STORE)")
    command.add_argument(
        "--replace", action="store_true", help="serve only these files, not what was served before as well"
    )
    command.set_defaults(run=run_import, shares="stated")


def _add_reading(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file, or a folder of CSV")
    command.add_argument("--mapping", type=Path, metavar="FILE", help="what the columns mean (YAML)")
    command.add_argument("--json", action="store_true", help="print the report as one JSON object")
    command.add_argument("--rejects", type=Path, metavar="FILE", help="write dropped records as CSV")
    command.add_argument("--lang", choices=LANGUAGES, help="language of the report (default: ESS_LANG)")
    command.add_argument(
        "--rates",
        type=Path,
        metavar="FILE",
        help="exchange rates: report amounts converted with them as well",
    )
    command.add_argument("--into", metavar="CUR", help="currency to convert into (ISO 4217; default: USD)")


def add_suggest_mapping(commands: Any) -> None:
    """The command ``suggest-mapping``."""
    command = commands.add_parser("suggest-mapping", help="print a mapping for a table with foreign headings")
    command.add_argument("path", type=Path, metavar="FILE")
    command.set_defaults(run=run_suggest_mapping)


def add_template(commands: Any) -> None:
    """The command ``template``."""
    command = commands.add_parser("template", help="write the empty template: a workbook or a folder of CSV")
    command.add_argument("--to", type=Path, required=True, metavar="FILE", help="FILE.xlsx, or a new folder")
    command.add_argument("--lang", choices=LANGUAGES, help="language of its headings (default: ESS_LANG)")
    command.set_defaults(run=run_template)


def run_inspect(parsed: argparse.Namespace, settings: Settings) -> int:
    """Report what the files hold; 1 when one of them cannot be used."""
    with scratch_folder() as scratch:
        outcome = read_files(_order(parsed, keep=False), scratch, _bar())
        return _report(outcome, parsed, settings, scratch)


def run_import(parsed: argparse.Namespace, settings: Settings) -> int:
    """Import the files, all or nothing: a file that cannot be used stops the import.

    Raises
    ------
    StoreError
        When there is no store to import into, or it cannot be written.
    """
    store = store_of(parsed, settings)
    if store is None:
        raise StoreError(N_("There is no store to import into; name a folder with --store or ESS_STORE."))
    with scratch_folder() as scratch:
        outcome = read_files(_order(parsed, keep=True), scratch, _bar())
        served = current_id(store) if store.is_dir() else None
        snapshot = None
        if outcome.is_usable and not outcome.refused:
            snapshot = publish(outcome, scratch, store, replace=parsed.replace).id
        code = _report(outcome, parsed, settings, scratch, snapshot)
        if snapshot and not parsed.json:
            words = translator(parsed.lang or settings.language)
            print(words(_UNCHANGED if snapshot == served else _IMPORTED, found=snapshot))
        return code


def _order(parsed: argparse.Namespace, *, keep: bool) -> Order:
    return Order(
        tuple(parsed.paths),
        _mapping_text(parsed.mapping),
        equal=parsed.shares == "equal",
        keep=keep,
        local=True,
        rates="" if parsed.rates is None else str(parsed.rates),
        into=_currency(parsed),
    )


def _currency(parsed: argparse.Namespace) -> str:
    """The currency to convert into; empty for the default."""
    if parsed.into is None:
        return ""
    if parsed.rates is None:
        raise Usage("--into needs --rates FILE: nothing is converted without a table of rates.")
    from ess.ingest.rate_rows import is_currency  # slow to import, and few convert

    code: str = parsed.into.strip().upper()
    if not is_currency(code):
        raise Usage(f"--into is {parsed.into}; expected a code of ISO 4217, such as USD.")
    return code


def _mapping_text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(
            N_("The mapping {name} cannot be read; give a text file in UTF-8."),
            code="unreadable_mapping",
            name=path.name,
        ) from error


def _report(
    outcome: Outcome,
    parsed: argparse.Namespace,
    settings: Settings,
    scratch: Path,
    snapshot: str | None = None,
) -> int:
    """Print the report, write the rejects; raises the refusal of a file that cannot be used."""
    words = translator(parsed.lang or settings.language)
    if parsed.rejects:
        write_whole(parsed.rejects, build_rejects(scratch / REJECTS, words))
    if parsed.json:
        record = _as_given(outcome.record(words), parsed.paths)
        more = {"snapshot": snapshot} if snapshot else {}
        print(json.dumps({**record, **more}, ensure_ascii=False, allow_nan=False))
    elif not outcome.refused or outcome.is_usable:
        print(tell_outcome(outcome, words))
    refusals = [
        one for one in outcome.problems if one.kind.severity == "critical" and one.file in outcome.refused
    ]
    for refusal in refusals:
        print(" ".join(refusal.message(words).split()), file=sys.stderr)
    if not refusals and not outcome.is_usable:
        print(words(N_("Nothing in these files could be kept; see the report.")), file=sys.stderr)
    return int(bool(refusals) or not outcome.is_usable)


def _as_given(record: dict[str, Any], paths: Sequence[Path]) -> dict[str, Any]:
    """The report with each file named as it was given, where its name alone tells which one is meant."""
    names = Counter(path.name for path in paths)
    given = {path.name: str(path) for path in paths if names[path.name] == 1}
    for key, entries in (("path", record["files"]), ("file", record["problems"])):
        for entry in entries:
            entry[key] = given.get(entry[key], entry[key])
    return record


def run_suggest_mapping(parsed: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001
    """Print a first mapping of a table, or the known one.

    Raises
    ------
    BadInput
        When the file is no table.
    """
    found = look_at(parsed.path, local=True)
    if "mapping" not in found:
        raise BadInput(
            N_("{name} needs no mapping: it is read as {found} by itself."),
            code="needs_no_mapping",
            name=parsed.path.name,
            found=found["kind"],
        )
    print(found["mapping"])
    return 0


def run_template(parsed: argparse.Namespace, settings: Settings) -> int:
    """Write the empty template."""
    lang = parsed.lang or settings.language
    ending = parsed.to.suffix.lower()
    if ending == ".xlsx":
        write_whole(parsed.to, build_template(lang))
    elif not ending:
        write_template_folder(parsed.to, lang)
    else:
        raise Usage(f"--to is {parsed.to}; expected a file that ends in .xlsx, or a folder.")
    return 0


class _Bar:
    """Rows, share and time left on one line of a terminal, drawn anew as work goes on."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        passed = time.monotonic() - self._started
        left = f"{passed / progress.share - passed:,.0f} s" if progress.share else "?"
        print(
            f"\r{progress.rows:>12,}  {progress.share:4.0%}  {left:>8}", end="", file=sys.stderr, flush=True
        )


def _bar() -> _Bar | None:
    """A progress bar where a person looks on."""
    return _Bar() if sys.stderr.isatty() else None
