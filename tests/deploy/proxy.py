"""A real nginx on this machine, with the configuration of ``deploy/`` and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.nginx.replicas import build_replicas
from tests.browser.serving import free_port
from tests.deploy.processes import Running, running

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "deploy" / "nginx"
#: Debian keeps it where only an administrator's PATH leads.
_PLACES = ("/usr/sbin", "/usr/local/sbin", "/sbin")
STREAM = "/_stcore/stream"
_LISTEN = re.compile(r"^listen 8080;$", re.MULTILINE)
_LINE = re.compile(
    r'\S+ (?P<status>\d{3}) "(?P<method>\S+) (?P<path>[^"]*)" \S+ "(?P<replicas>[^"]*)" "(?P<tried>[^"]*)"'
)


def find_nginx(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The system's nginx: what ``NGINX`` names, else the one in PATH or where Debian puts it."""
    path = os.pathsep.join([environ.get("PATH", ""), *_PLACES])
    found = shutil.which(environ.get("NGINX") or "nginx", path=path)
    return Path(found) if found else None


def need_nginx(environ: Mapping[str, str]) -> Path:
    """The system's nginx; skips by name without it.

    With ``ATLAS_REQUIRE_SHARED`` set, its absence is a failure instead.
    """
    found = find_nginx(environ)
    if found is not None:
        return found
    if environ.get("ATLAS_REQUIRE_SHARED"):
        pytest.fail("needs nginx: none was found, and ATLAS_REQUIRE_SHARED asks for it", pytrace=False)
    pytest.skip("needs nginx: none was found")


@dataclass(frozen=True)
class Passed:
    """One line of nginx's log: what was asked, what the visitor got, and which ports were tried for it."""

    status: int
    method: str
    path: str
    ports: tuple[int, ...]

    @property
    def port(self) -> int | None:
        """Port of the replica that answered; None when nginx did."""
        return self.ports[-1] if self.ports else None


def parse_log(lines: Sequence[str]) -> list[Passed]:
    """What nginx has passed on; every line must be one of its log."""
    passed = []
    for line in lines:
        found = _LINE.fullmatch(line.strip())
        assert found is not None, line
        ports = tuple(int(port) for port in re.findall(r":(\d+)", found["replicas"]))
        passed.append(Passed(int(found["status"]), found["method"], found["path"], ports))
    return passed


@dataclass(frozen=True)
class Proxy:
    """A running nginx."""

    port: int
    process: Running

    @property
    def address(self) -> str:
        """Address of the first page, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def seen(self) -> int:
        """Number of lines in its log so far."""
        return len(self.process.lines)

    def passed(self, since: int, path: str, times: int) -> list[Passed]:
        """What it has passed on since line number `since`, once `path` has been asked for `times` times.

        A line is written when its answer has ended, for a websocket when that is closed.
        """
        said = self.process.lines
        self.process.wait_until(lambda: sum(f' {path}"' in line for line in said[since:]) >= times)
        return parse_log(said[since:])


def lay_out(folder: Path, port: int, ports: Sequence[int]) -> Path:
    """The configuration of ``deploy/`` for replicas on `ports` of this machine; its main file.

    Only the address on which nginx listens and the list of replicas differ.
    """
    files = folder / "etc"
    shutil.copytree(CONFIGURATION, files, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    listen = files / "listen.conf"
    text, changed = _LISTEN.subn(f"listen 127.0.0.1:{port};", listen.read_text(encoding="utf-8"))
    assert changed == 1
    listen.write_text(text, encoding="utf-8")
    replicas = build_replicas([f"127.0.0.1:{one}" for one in ports])
    (files / "replicas.conf").write_text(replicas, encoding="utf-8")
    return files / "nginx.conf"


def command(program: Path, folder: Path, configuration: Path) -> list[str]:
    """How the compose file starts nginx, with another prefix."""
    return [str(program), "-p", f"{folder}/", "-c", str(configuration), "-e", "stderr"]


def faults_of_configuration(program: Path, folder: Path, configuration: Path) -> str:
    """What ``nginx -t`` has against a configuration; empty when nothing."""
    asked = [*command(program, folder, configuration), "-t"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "[warn]" in line or "[emerg]" in line]
    return "\n".join(said) or ("" if done.returncode == 0 else done.stderr)


@contextmanager
def prefix_folder() -> Iterator[Path]:
    """A folder for what nginx writes. Started by root, its workers are nobody: they must be let in."""
    with tempfile.TemporaryDirectory(prefix="atlas-nginx-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def proxying(program: Path, ports: Sequence[int]) -> Iterator[Proxy]:
    """Nginx in front of replicas on `ports`, until the block ends."""
    port = free_port()
    with prefix_folder() as folder:
        asked = command(program, folder, lay_out(folder, port, ports))
        with running(asked, cwd=folder, environ={"PATH": os.environ.get("PATH", "")}) as process:
            process.wait_for("start worker process", complaints=True)
            yield Proxy(port, process)
