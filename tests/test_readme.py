"""Every command of the README does what the README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ess import settings

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make") or "make"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def commands() -> list[list[str]]:
    """The commands of the README's code blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]


COMMANDS = commands()
ASKED = [command for command in COMMANDS if command[:3] == ["python", "-m", "ess"] and "serve" not in command]
MADE = [command[1] for command in COMMANDS if command[0] == "make"]


def test_the_readme_has_the_two_commands_and_nothing_that_no_test_runs() -> None:
    assert MADE == ["run", "test"]
    served = [command for command in COMMANDS if "serve" in command]
    assert len(ASKED) + len(served) + len(MADE) == len(COMMANDS)
    assert len(served) == 1


@pytest.mark.parametrize("command", ASKED, ids=" ".join)
def test_a_command_of_the_readme_works(command: list[str], tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command[1:]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    written = [tmp_path / part for part in command if part.endswith((".csv", ".geojson"))]
    assert done.stdout or written
    assert all(path.stat().st_size > 0 for path in written)


@pytest.mark.parametrize("target", ["run", "test", "install", "bench", "messages"])
def test_a_target_that_the_readme_names_exists(target: str) -> None:
    done = subprocess.run([MAKE, "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_target_that_does_not_exist_is_noticed() -> None:
    done = subprocess.run([MAKE, "-n", "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.fixture
def served() -> Iterator[str]:
    """What the atlas prints when it is started as the README says, on a port of its own choice."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-u", "-m", "ess", "serve"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "URL:" in line:
                break
        yield "".join(lines)
        process.terminate()
        process.communicate()


def test_the_atlas_starts_and_says_where(served: str) -> None:
    assert re.search(r"http://localhost:\d+", served)
    assert re.search(r"URL: http://", served)


def test_every_setting_is_in_the_readme() -> None:
    source = Path(settings.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r"ESS_[A-Z_]+", source))
    assert names == set(re.findall(r"`(ESS_[A-Z_]+)`", README))


def test_every_file_that_the_readme_links_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
