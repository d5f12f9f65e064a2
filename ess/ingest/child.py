"""Jobs in a process of their own, bounded in time, memory and disk, with nothing of ours in reach."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import psutil

from ess import errors
from ess.errors import AtlasError, BadInput
from ess.ingest.drivers import harden_gdal
from ess.ingest.limits import Limits
from ess.ingest.progress import Progress
from ess.locales import N_

ROOT = Path(__file__).resolve().parents[2]
WORKER = "ess.ingest.worker"
POLL = 0.03
"""Seconds between two looks at a child's memory."""

LOG = logging.getLogger(__name__)


def run_job(
    job: str,
    arguments: dict[str, Any],
    *,
    scratch: Path,
    limits: Limits,
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Run one of `ess.ingest.worker.JOBS` in a child process and wait for its answer.

    Parameters
    ----------
    arguments
        What the job is called with; what JSON can write.
    scratch
        The only folder the job should write to; its working folder.

    Returns
    -------
    What the job returned.

    Raises
    ------
    BadInput
        What the job refused; also for time or memory used up, and for a child that died.
    AtlasError
        What else the job raised of it.
    """
    order = {"job": job, "arguments": arguments, "scratch": str(scratch), "limits": vars(limits)}
    process = subprocess.Popen(  # noqa: S603 - our own module, no text of a user
        [sys.executable, "-s", "-P", "-X", "utf8", "-m", WORKER],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        cwd=scratch, env=child_environment(scratch), start_new_session=True, text=True, encoding="utf-8",
    )  # fmt: skip
    try:
        with contextlib.suppress(BrokenPipeError):
            _pipe(process.stdin).write(json.dumps(order))
            _pipe(process.stdin).close()
        answer = _watch(process, limits, on_progress or (lambda _: None))
    finally:
        stop(process)
    return _answered(answer, _name(arguments), process.returncode)


def child_environment(scratch: Path) -> dict[str, str]:
    """The environment of a child: Python, the project, and a GDAL without reach; nothing else."""
    kept = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ
    }
    environment = {
        **kept, "PYTHONPATH": str(ROOT), "HOME": str(scratch), "TMPDIR": str(scratch),
        "LC_ALL": "C.UTF-8", "TZ": "UTC",
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
    }  # fmt: skip
    harden_gdal(environment)
    return environment


def stop(process: subprocess.Popen[str]) -> None:
    """End a child with everything it started, and wait for it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()


def resident_memory(pid: int) -> int:
    """Bytes of resident memory of a process and its children; 0 when it is gone."""
    try:
        process = psutil.Process(pid)
        return sum(member.memory_info().rss for member in (process, *process.children(recursive=True)))
    except psutil.Error:
        return 0


def _watch(
    process: subprocess.Popen[str], limits: Limits, on_progress: Callable[[Progress], None]
) -> dict[str, Any]:
    """Read the child's lines until its answer; refuse when a bound is passed."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_pump, args=(_pipe(process.stdout), lines), daemon=True).start()
    deadline = time.monotonic() + limits.seconds
    while time.monotonic() < deadline:
        if resident_memory(process.pid) > limits.memory:
            return {"limit": "memory"}
        try:
            line = lines.get(timeout=POLL)
        except queue.Empty:
            continue
        if line is None:
            return {}
        message = json.loads(line)
        if "progress" not in message:
            return dict(message)
        on_progress(Progress(**message["progress"]))
    return {"limit": "time", "seconds": round(limits.seconds)}


def _pump(source: IO[str], lines: queue.Queue[str | None]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in source:
            lines.put(line)
    lines.put(None)


def _answered(answer: dict[str, Any], name: str, code: int) -> dict[str, Any]:
    if "result" in answer:
        return dict(answer["result"])
    if "refusal" in answer:
        raise _refused(answer["refusal"])
    if answer.get("limit") == "time":
        raise BadInput(
            N_(
                "Reading {name} took longer than {seconds} seconds and was stopped; divide the file "
                "or simplify it."
            ),
            code="too_slow",
            name=name,
            seconds=answer["seconds"],
        )
    if answer.get("limit") == "disk":
        raise BadInput(
            N_("There is no room on the disk to read {name}; free some where temporary files are kept."),
            code="disk_full",
            name=name,
        )
    if answer.get("limit") == "memory":
        raise BadInput(
            N_("Reading {name} needed more memory than one file may take; divide the file or simplify it."),
            code="too_much_memory",
            name=name,
        )
    LOG.error("a reader ended with status %s: %s", code, answer.get("fault", "no answer"))
    raise BadInput(
        N_("{name} cannot be read: its content is not what its kind promises; export or save it again."),
        code="unreadable",
        name=name,
    )


def _refused(refusal: dict[str, Any]) -> AtlasError:
    kind = getattr(errors, str(refusal["class"]), BadInput)
    if kind is BadInput:
        return BadInput(refusal["template"], code=refusal["code"], **refusal["facts"])
    error: AtlasError = kind(refusal["template"], **refusal["facts"])
    return error


def _name(arguments: dict[str, Any]) -> str:
    return Path(str(arguments.get("path", ""))).name or "The file"


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:  # both are asked for when the child is started
        raise RuntimeError
    return pipe
