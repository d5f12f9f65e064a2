"""A folder for what is unpacked: outside the project, under a random name, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A new folder that only this user can read; it and all in it are deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="atlas-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
