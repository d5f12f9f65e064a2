"""Processes that a test starts, waits for and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.browser.serving import free_port

_PATIENCE = 120  # seconds; what takes longer hangs


@dataclass
class Running:
    """A process, and what it has said so far on its output and on its error output."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    readers: list[threading.Thread] = field(default_factory=list)
    heard: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, text: str, *, complaints: bool = False) -> None:
        """Wait until it says `text` on one of its outputs."""
        said = self.complaints if complaints else self.lines
        self.wait_until(lambda: any(text in line for line in said))

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until what it has said meets a condition."""
        with self.heard:
            self.heard.wait_for(lambda: condition() or self.process.poll() is not None, _PATIENCE)
        assert condition(), f"never said what was waited for:\n{self.all_said}"

    @property
    def all_said(self) -> str:
        """Everything on both outputs."""
        return "".join([*self.lines, *self.complaints])

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code. Nothing happens to what has ended."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        code = self.process.wait(_PATIENCE)
        for reader in self.readers:
            reader.join()
        return code

    def keep(self, output: IO[str], lines: list[str]) -> None:
        """Read an output to its end, so that a full pipe never stops the process."""
        with output:
            for line in output:
                with self.heard:
                    lines.append(line)
                    self.heard.notify_all()
        with self.heard:
            self.heard.notify_all()


@contextmanager
def running(command: Sequence[str], *, cwd: Path, environ: Mapping[str, str]) -> Iterator[Running]:
    """A process with no other environment than `environ`, until the block ends."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = Running(process)
    assert process.stdout is not None
    assert process.stderr is not None
    for output, lines in ((process.stdout, started.lines), (process.stderr, started.complaints)):
        reader = threading.Thread(target=started.keep, args=(output, lines), daemon=True)
        started.readers.append(reader)
        reader.start()
    try:
        yield started
    finally:
        started.end(signal.SIGKILL if process.poll() is None and not started.lines else signal.SIGTERM)


@dataclass(frozen=True)
class Replica:
    """A running replica."""

    port: int
    process: Running

    @property
    def address(self) -> str:
        """Where it answers by itself."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> Replica:
        """Wait until it says that visitors may be sent to it; itself."""
        self.process.wait_for("Ready.")
        return self


@contextmanager
def starting(root: Path, environ: Mapping[str, str], port: int | None = None) -> Iterator[Replica]:
    """One replica of the tree `root`, until the block ends; it is not yet ready when the block begins."""
    own = port or free_port()
    names = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    ports = {"STREAMLIT_SERVER_PORT": str(own), "BROWSER": "true", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "ess", "serve"]
    with running(command, cwd=root, environ={**kept, **ports, **environ}) as process:
        yield Replica(own, process)
