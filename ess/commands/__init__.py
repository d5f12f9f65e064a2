"""The commands of ``python -m ess``: what each reads, and what it prints."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ess.commands.asking import add_countries, add_export
from ess.commands.files import add_import, add_inspect, add_suggest_mapping, add_template
from ess.commands.history import add_snapshots
from ess.commands.serving import add_serve
from ess.commands.shared import Parser, Usage
from ess.settings import Settings

__all__ = ["Usage", "build_parser", "run"]


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
    parser = Parser(prog="python -m ess", description="The atlas of South-South cooperation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    add_inspect(commands)
    add_import(commands)
    add_suggest_mapping(commands)
    add_template(commands)
    add_countries(commands)
    add_export(commands)
    add_snapshots(commands)
    add_serve(commands)
    return parser
