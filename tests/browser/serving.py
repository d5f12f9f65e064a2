"""The real application on a free port of this machine, for the tests that look at it from outside."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SERVE = ("-m", "ess", "serve", "--port", "{port}")
STREAMLIT = ("-m", "streamlit", "run", "app.py", "--server.headless=true", "--server.port={port}")
_STARTS_IN = 60  # seconds; a start that takes longer has failed


@dataclass
class Served:
    """A running application: its address, and what it has written so far."""

    port: int
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Address of the first page, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything written to its standard output and error."""
        return "".join(self.lines)


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
    return port


@contextmanager
def serving(
    root: Path,
    *,
    command: Sequence[str] = STREAMLIT,
    environ: Mapping[str, str] | None = None,
    says: str = "Ready.",
) -> Iterator[Served]:
    """The application of the tree `root`, until the block ends; no desktop is asked to open a browser.

    It has started when it has written `says`.
    """
    served = Served(free_port())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ESS_", "STREAMLIT_"))}
    for display in ("DISPLAY", "WAYLAND_DISPLAY"):
        kept.pop(display, None)
    process = subprocess.Popen(
        [sys.executable, "-u", *(part.format(port=served.port) for part in command)],
        cwd=root,
        env={**kept, "PYTHONPATH": str(root), "BROWSER": "true", **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    listening = threading.Event()
    reader = threading.Thread(target=_keep_lines, args=(process, served, listening, says), daemon=True)
    reader.start()
    try:
        assert listening.wait(_STARTS_IN), f"the application did not start:\n{served.log}"
        assert process.poll() is None, f"the application ended:\n{served.log}"
        yield served
    finally:
        process.terminate()
        process.wait()
        reader.join()


def _keep_lines(
    process: subprocess.Popen[str], served: Served, listening: threading.Event, says: str
) -> None:
    """Read the output to its end, so that a full pipe never stops the application."""
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            served.lines.append(line)
            if says in line:
                listening.set()
    listening.set()
