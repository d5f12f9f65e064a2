"""The child process: bounded, alone, and gone afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from ess.errors import BadInput, SelectionError
from ess.ingest import child, worker
from ess.ingest.child import child_environment, run_job
from ess.ingest.digest import content_digest
from ess.ingest.limits import MEGABYTE, Limits, limits_for
from ess.ingest.progress import Progress
from ess.ingest.scratch import scratch_folder
from tests.ingest.rawfiles import write

ROGUE = """
import os, subprocess, sys, time
from pathlib import Path
from ess.errors import BadInput, SelectionError
from ess.ingest.progress import Progress

def answer(arguments, scratch, progress):
    print("noise of a library")
    for share in (0.0, 0.5, 1.0):
        progress(Progress("read", int(share * 10), share))
        time.sleep(worker_pause)
    return {"cwd": os.getcwd(), "environment": sorted(os.environ), "given": arguments}

def refuse(arguments, scratch, progress):
    raise BadInput("{name} is refused in line {line}", code="mine", name="a.csv", line=3)

def select(arguments, scratch, progress):
    raise SelectionError("no such measure: {found}", found="x")

def fail(arguments, scratch, progress):
    raise KeyError("CANARY-secret")

def die(arguments, scratch, progress):
    os.abort()

def hang(arguments, scratch, progress):
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(arguments["note"]).write_text(f"{os.getpid()} {sleeper.pid}")
    time.sleep(60)

def eat(arguments, scratch, progress):
    held = []
    while True:
        held.append(bytearray(os.urandom(1 << 20) * 8))

def fill(arguments, scratch, progress):
    with open(scratch / "big", "wb") as target:
        for _ in range(64):
            target.write(bytes(1 << 20))
    return {"size": os.path.getsize(scratch / "big")}

worker_pause = 0.11
"""


@pytest.fixture
def rogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A worker whose jobs misbehave; the child finds it beside the project."""
    write(tmp_path, "rogue.py", ROGUE)
    jobs = {
        name: f"rogue:{name}" for name in ("answer", "refuse", "select", "fail", "die", "hang", "eat", "fill")
    }
    start = f"from ess.ingest import worker\nworker.JOBS = {jobs!r}\n"
    write(
        tmp_path,
        "rogue_worker.py",
        f"{start}if __name__ == '__main__':\n    raise SystemExit(worker.main())\n",
    )
    environment = child_environment(tmp_path)
    environment["PYTHONPATH"] += os.pathsep + str(tmp_path)
    monkeypatch.setattr(child, "WORKER", "rogue_worker")
    monkeypatch.setattr(child, "child_environment", lambda _: environment)
    return tmp_path


def run(job: str, folder: Path, limits: Limits | None = None, **arguments: Any) -> dict[str, Any]:
    return run_job(job, {"path": "/somewhere/a.csv", **arguments}, scratch=folder, limits=limits or Limits())


def test_a_job_answers_in_its_scratch_folder_and_tells_how_far_it_is(rogue: Path) -> None:
    told: list[Progress] = []
    answer = run_job("answer", {"x": 1}, scratch=rogue, limits=Limits(), on_progress=told.append)
    assert (answer["given"], answer["cwd"]) == ({"x": 1}, str(rogue))
    assert [progress.rows for progress in told] == [0, 5, 10]


def test_nothing_of_our_environment_reaches_the_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ESS_SECRET", "CANARY")
    environment = child_environment(tmp_path)
    assert "CANARY" not in environment.values()
    assert "OGR_VRT" in environment["OGR_SKIP"].split(",")


def test_a_refusal_comes_back_as_it_was_raised(rogue: Path) -> None:
    with pytest.raises(BadInput, match=r"a\.csv is refused in line 3") as caught:
        run("refuse", rogue)
    assert (caught.value.code, caught.value.facts) == ("mine", {"name": "a.csv", "line": 3})


def test_other_errors_of_ours_keep_their_class(rogue: Path) -> None:
    with pytest.raises(SelectionError, match="no such measure: x"):
        run("select", rogue)


@pytest.mark.parametrize("job", ["fail", "die"])
def test_whatever_else_ends_a_child_is_one_sentence(
    rogue: Path, job: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(BadInput) as caught:
        run(job, rogue)
    assert caught.value.code == "unreadable"
    assert "a.csv" in str(caught.value)
    assert "somewhere" not in str(caught.value)
    assert "CANARY" not in str(caught.value) + caplog.text


def test_time_used_up_ends_the_child_and_what_it_started(rogue: Path) -> None:
    with pytest.raises(BadInput) as caught:
        run("hang", rogue, Limits(seconds=1.5), note=str(rogue / "note"))
    assert caught.value.code == "too_slow"
    numbers = [int(number) for number in (rogue / "note").read_text().split()]
    assert len(numbers) == 2
    assert not any(is_alive(number) for number in numbers)


def is_alive(number: int) -> bool:
    """Whether a process runs on; one that was just killed is given the time to end."""
    try:
        process = psutil.Process(number)
        process.wait(20)
    except psutil.NoSuchProcess:
        return False
    except psutil.TimeoutExpired:
        return process.status() != psutil.STATUS_ZOMBIE
    return False


def test_memory_used_up_ends_the_child(rogue: Path) -> None:
    with pytest.raises(BadInput) as caught:
        run("eat", rogue, Limits(memory=100 * MEGABYTE))
    assert caught.value.code == "too_much_memory"


def test_disk_used_up_ends_the_child(rogue: Path) -> None:
    with pytest.raises(BadInput) as caught:
        run("fill", rogue, Limits(disk=8 * MEGABYTE))
    assert caught.value.code == "disk_full"
    assert (rogue / "big").stat().st_size <= 8 * MEGABYTE


def test_bounds_grow_with_the_file() -> None:
    small, large = limits_for(1000), limits_for(500 * MEGABYTE)
    assert small.seconds == pytest.approx(8, abs=0.01)
    assert large.seconds == 258
    assert small.memory < large.memory


def test_scratch_folders_are_private_and_go(tmp_path: Path) -> None:
    with scratch_folder() as folder:
        write(folder, "a", "x")
        assert folder.stat().st_mode & 0o077 == 0
        assert tmp_path not in folder.parents
    assert not folder.exists()


def test_the_worker_starts_without_heavy_libraries(tmp_path: Path) -> None:
    heavy = ("pandas", "geopandas", "lxml", "shapely", "python_calamine")
    imports = "import sys, ess.ingest.worker, ess.ingest.delimited"
    asked = f"{imports}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        env=child_environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_jobs_are_named_functions() -> None:
    assert worker.find_job("load").__name__ == "write_frame"


def test_s06_a_digest_sees_every_change_of_a_cell(tmp_path: Path) -> None:
    rows = [f"XM-{number},{number * 7}\n" for number in range(60_000)]
    path = write(tmp_path, "a.csv", "id,v\n" + "".join(rows))
    first = content_digest(path)
    seen = set()
    for at in range(0, 60_000, 600):
        changed = [*rows]
        changed[at] = f"XM-{at},{at * 7 + 1_000_000_000}\n"
        seen.add(content_digest(write(tmp_path, "a.csv", "id,v\n" + "".join(changed))))
    assert len(seen - {first}) == 100


def test_s07_a_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    one, other = write(tmp_path, "a.csv", "x,y\n1,2\n"), write(tmp_path, "b.csv", "x,y\n1,2\n")
    before = content_digest(one)
    assert before == content_digest(other)
    assert json.dumps(before) == f'"{before}"'
    write(tmp_path, "a.csv", "x,y\n1,3\n")
    assert content_digest(one) != before
