"""Every command of the README does what the README says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from ess import settings

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make") or "make"
README = (ROOT / "README.md").read_text(encoding="utf-8")


ESS = ["python", "-m", "ess"]


def commands(text: str) -> list[list[str]]:
    """The commands of the code blocks of a text, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    return [shlex.split(line, comments=True) for line in lines]


def files(text: str) -> dict[str, str]:
    """What a text says that files hold, by their names."""
    found = re.findall(r"`([\w-]+\.csv)` holds\n\n```csv\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    return dict(found)


COMMANDS = commands(README)
SECTIONS = {
    section.partition("\n")[0]: section
    for section in re.split(r"^## ", README, flags=re.MULTILINE)
    if any(command[:3] == ESS for command in commands(section))
}
MADE = [command[1] for command in COMMANDS if command[0] == "make"]


def asked(text: str) -> list[list[str]]:
    """The commands of a text that do their work and end."""
    return [command for command in commands(text) if command[:3] == ESS and "serve" not in command]


def test_the_readme_has_the_two_commands_and_nothing_that_no_test_runs() -> None:
    assert MADE == ["run", "test"]
    served = [command for command in COMMANDS if "serve" in command]
    ran = [command for section in SECTIONS.values() for command in asked(section)]
    assert len(ran) + len(served) + len(MADE) == len(COMMANDS)
    assert len(served) == 1
    assert README.count("```csv") == len(files(README))


@pytest.mark.parametrize("section", SECTIONS)
def test_the_commands_of_a_section_work_one_after_another(section: str, tmp_path: Path) -> None:
    for name, text in files(SECTIONS[section]).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for command in asked(SECTIONS[section]):
        run(command, tmp_path)


def run(command: list[str], folder: Path) -> None:
    """Run a command as a shell does; it must say or write something, and complain of nothing."""
    arguments, redirect, target = command, "", ""
    if ">" in command:
        *arguments, redirect, target = command
        assert redirect == ">"
    done = subprocess.run(
        [sys.executable, *arguments[1:]],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), command
    if target:
        (folder / target).write_text(done.stdout, encoding="utf-8")
    written = [folder / path for option, path in pairwise(arguments) if option == "--to"]
    assert done.stdout or written, command
    assert all(path.stat().st_size > 0 for path in written), command


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
