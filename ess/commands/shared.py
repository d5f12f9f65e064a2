"""What every command of the command line shares: its errors, its options, and files written whole."""

from __future__ import annotations

import argparse
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ess.errors import ExportError
from ess.locales import N_
from ess.settings import Settings


class Usage(Exception):  # noqa: N818 - what the caller must know, not a fault of the program
    """The command line cannot be understood; the text is one sentence."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence, raised and not printed."""

    def error(self, message: str) -> NoReturn:
        """Raise `Usage` with the sentence."""
        raise Usage(f"{self.prog}: {message}; see `{self.prog} --help`.")


def store_of(parsed: argparse.Namespace, settings: Settings) -> Path | None:
    """The store that an option names, else that of the settings; None for the built-in portfolio."""
    found: Path | None = parsed.store or settings.store
    return found


def write_whole(path: Path, body: bytes) -> None:
    """Write a file, whole or not at all.

    Raises
    ------
    ExportError
        When it cannot be written.
    """
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
