"""The applications that are measured, each started as its users start it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from xstatic.pkg import leaflet

from geodata.layer import layer_path

ROOT = Path(__file__).resolve().parents[1]
_PEERS = Path(__file__).with_name("peers")
_HOST = "127.0.0.1"
_STREAMLIT = (
    "-m", "streamlit", "run", "{script}", "--server.port", "{port}", "--server.address", _HOST,
    "--server.headless", "true", "--browser.gatherUsageStats", "false",
)  # fmt: skip


@dataclass(frozen=True)
class App:
    """One application.

    Attributes
    ----------
    picture
        How `watch.js` knows what it shows.
    arguments
        Of Python; ``{port}`` is filled in. It runs in the project's root when `script` is empty, else in a
        scratch folder with `script`, Leaflet and the shapes, where no settings of the project reach it.
    changes
        Changed measures in one visit.
    """

    name: str
    picture: str
    arguments: tuple[str, ...]
    changes: int
    script: str = ""
    query: str = ""


FLOOR = App("floor", "line", _STREAMLIT, 8, script="hello.py")
ATLAS = App("atlas", "atlas", ("-m", "ess", "serve", "--port", "{port}"), 8, query="?lang=en")
USUAL_FOLIUM = App(
    "usual Folium page", "folium", (*_STREAMLIT, "--server.enableStaticServing", "true"), 1, "usual_folium.py"
)
APPS = (FLOOR, ATLAS, USUAL_FOLIUM)


@dataclass(frozen=True)
class Server:
    """A started application: its address, when its process started (`time.perf_counter`), and the process."""

    url: str
    started: float
    process: psutil.Process

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        return int(self.process.memory_info().rss)


@contextmanager
def served(app: App) -> Iterator[Server]:
    """Start the application on a free port, wait until it answers, and end it afterwards."""
    with TemporaryDirectory() as scratch:
        folder = _lay_out(Path(scratch), app.script) if app.script else ROOT
        port = _free_port()
        arguments = [part.format(port=port, script=app.script) for part in app.arguments]
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_for(port, process)
            yield Server(f"http://{_HOST}:{port}/{app.query}", started, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(20)


def _lay_out(folder: Path, script: str) -> Path:
    """What a peer needs in a folder of its own."""
    shutil.copy(_PEERS / script, folder)
    for part in layer_path().parent.glob(f"{layer_path().stem}.*"):
        shutil.copy(part, folder)
    static = folder / "static"
    static.mkdir()
    for name in ("leaflet.js", "leaflet.css"):
        shutil.copy(Path(leaflet.BASE_DIR) / name, static)
    return folder


def _environment() -> dict[str, str]:
    """Without anything that would tune one of the applications."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("STREAMLIT_", "ESS_"))}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Return when the port answers.

    Raises
    ------
    RuntimeError
        When the process ends, or does not answer in time.
    """
    end = time.perf_counter() + seconds
    while time.perf_counter() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((_HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("an application did not start; run it by hand to see why.")
