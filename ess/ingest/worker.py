"""The child process that reads files: one job from its input, progress and one answer on its output."""

from __future__ import annotations

import contextlib
import errno
import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from ess.errors import AtlasError
from ess.ingest.progress import Progress, Report

Job: TypeAlias = Callable[[dict[str, Any], Path, Report], dict[str, Any]]
"""Called with its arguments, the folder it may write to, and whom to tell of progress."""

JOBS: Mapping[str, str] = {
    "load": "ess.ingest.loading:write_frame",
    "import": "ess.ingest.importing:import_files",
    "look": "ess.ingest.choosing:look_at_file",
}
"""Jobs by name: a module, which only its job imports, and a function in it."""

_FULL = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))

BETWEEN = 0.1
"""Seconds between two lines of progress."""


def main() -> int:
    """Run the job that stands on standard input."""
    order = json.load(sys.stdin)
    answers = private_output()
    set_bounds(order["limits"])
    answer = run(order, answers)
    print(json.dumps(answer, default=str), file=answers, flush=True)
    return 0


def run(order: dict[str, Any], answers: TextIO) -> dict[str, Any]:
    """The answer to an order: ``result``, ``refusal``, ``limit`` or ``fault``."""
    try:
        job = find_job(order["job"])
        return {"result": job(order["arguments"], Path(order["scratch"]), teller(answers))}
    except AtlasError as error:
        facts = {
            name: fact if isinstance(fact, int | float | str) else str(fact)
            for name, fact in error.facts.items()
        }
        code = getattr(error, "code", "")
        return {
            "refusal": {
                "class": type(error).__name__,
                "code": code,
                "template": error.template,
                "facts": facts,
            }
        }
    except MemoryError:
        return {"limit": "memory"}
    except OSError as error:
        return {"limit": "disk"} if error.errno in _FULL else _fault(error)
    except Exception as error:  # noqa: BLE001 - whatever a parser raises is a fault of the file
        return _fault(error)


def _fault(error: BaseException) -> dict[str, Any]:
    return {"fault": f"{type(error).__name__} at {_place(error)}"}


def find_job(name: str) -> Job:
    """The function of a job; its module is imported now."""
    module, _, function = JOBS[name].partition(":")
    job: Job = getattr(importlib.import_module(module), function)
    return job


def teller(answers: TextIO) -> Report:
    """What a job calls to tell how far it is; calls that come too soon are dropped."""
    last = 0.0

    def tell(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= BETWEEN:
            last = now
            print(json.dumps({"progress": vars(progress)}), file=answers, flush=True)

    return tell


def private_output() -> TextIO:
    """Standard output for answers alone; whatever a library prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def set_bounds(limits: Mapping[str, Any]) -> None:
    """Bind this process to its limits where the system can; the parent watches clock and memory besides."""
    with contextlib.suppress(ImportError):
        import resource

        bounds = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_FSIZE: int(limits["disk"]),
            resource.RLIMIT_NOFILE: int(limits["files"]),
            resource.RLIMIT_CPU: int(limits["seconds"]) + 2,
            resource.RLIMIT_AS: 2 * int(limits["memory"]) + (1 << 30),
        }
        for bound, wanted in bounds.items():
            _, hard = resource.getrlimit(bound)
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(bound, (most, most))


def _place(error: BaseException) -> str:
    """Module and line where an error was raised; never its text, which may quote the file."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "?"


if __name__ == "__main__":
    raise SystemExit(main())
