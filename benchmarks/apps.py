"""The applications that are measured, each started as its users start it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from xstatic.pkg import leaflet

from benchmarks.shapes import write_shapes

ROOT = Path(__file__).resolve().parents[1]
_PEERS = Path(__file__).with_name("peers")
_HOOKS = _PEERS / "hooks"
_HOST = "127.0.0.1"
_STREAMLIT = (
    "-m", "streamlit", "run", "{script}", "--server.port", "{port}", "--server.address", _HOST,
    "--server.headless", "true", "--browser.gatherUsageStats", "false",
    "--server.enableStaticServing", "true",
)  # fmt: skip


@dataclass(frozen=True)
class App:
    """One application.

    Attributes
    ----------
    parts
        What `watch.js` watches on its page.
    arguments
        Of Python; ``{port}`` is filled in. It runs in the project's root when `script` is empty, else in a
        scratch folder with `script`, Leaflet and the shapes, where no settings of the project reach it.
    changes
        Changed measures in one visit.
    measures
        The list of its measures: the label of Streamlit's list, or the key that the atlas's own list sets.
    environment
        Variables of its process beside the inherited ones.
    """

    name: str
    parts: tuple[str, ...]
    arguments: tuple[str, ...]
    changes: int = 10
    script: str = ""
    query: str = ""
    measures: str = "Measure"
    environment: Mapping[str, str] = field(default_factory=dict)


FLOOR = App("floor", ("line",), _STREAMLIT, script="hello.py")
ATLAS = App(
    "atlas",
    ("map", "legend", "table", "figures"),
    ("-m", "ess", "serve", "--port", "{port}"),
    query="?lang=en",
    measures="measure",
)
PLOTLY = App("Plotly's choropleth", ("plotly",), _STREAMLIT, 5, script="plotly_choropleth.py")
CAREFUL_FOLIUM = App("careful Folium page", ("folium",), _STREAMLIT, 5, script="careful_folium.py")
USUAL_FOLIUM = App("usual Folium page", ("folium",), _STREAMLIT, 1, script="usual_folium.py")
#: Measured for the memory that it takes, not for its speed.
DYNAMIC_FOLIUM = App("dynamic Folium page", ("folium",), _STREAMLIT, script="dynamic_folium.py")
APPS = (FLOOR, ATLAS, PLOTLY, CAREFUL_FOLIUM, USUAL_FOLIUM)


def tuned(app: App, *options: str) -> App:
    """The application with options of Streamlit, such as ``--runner.postScriptGC``, ``false``."""
    return replace(app, arguments=(*app.arguments, *options))


def hooked(app: App, hook: str, **changes: str | tuple[str, ...]) -> App:
    """The application with one thing changed from outside: see ``peers/hooks``."""
    environment = {**app.environment, "BENCH_HOOK": hook, "PYTHONPATH": str(_HOOKS)}
    return replace(app, environment=environment, **changes)  # type: ignore[arg-type]


WITHOUT_MAP = hooked(ATLAS, "without map", name="atlas without its map", parts=("legend", "table", "figures"))


@dataclass(frozen=True)
class Server:
    """A started application: its address, when its process started (`time.perf_counter`), and the process."""

    url: str
    port: int
    started: float
    process: psutil.Process

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        return int(self.process.memory_info().rss)


@contextmanager
def served(app: App, log: Path | None = None) -> Iterator[Server]:
    """Start the application on a free port, wait until it answers, and end it afterwards.

    Parameters
    ----------
    log
        Where its standard error goes; nowhere without it.
    """
    with TemporaryDirectory(prefix="atlas-bench-") as scratch:
        folder = _lay_out(Path(scratch), app.script) if app.script else ROOT
        port = _free_port()
        started = time.perf_counter()
        process = _start(app, folder, port, log)
        try:
            _wait_for(port, process)
            yield Server(f"http://{_HOST}:{port}/{app.query}", port, started, psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _start(app: App, folder: Path, port: int, log: Path | None) -> subprocess.Popen[bytes]:
    arguments = [part.format(port=port, script=app.script) for part in app.arguments]
    with Path(log or os.devnull).open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=_environment(app),
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )


def _lay_out(folder: Path, script: str) -> Path:
    """What a peer needs in a folder of its own."""
    shutil.copy(_PEERS / script, folder)
    static = folder / "static"
    static.mkdir()
    for name in ("leaflet.js", "leaflet.css"):
        shutil.copy(Path(leaflet.BASE_DIR) / name, static)
    write_shapes(folder)
    return folder


def _environment(app: App) -> dict[str, str]:
    """Without anything that would tune one of the applications, but what belongs to it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("STREAMLIT_", "ESS_"))}
    return {**kept, **app.environment}


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
