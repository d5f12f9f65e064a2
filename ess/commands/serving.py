"""The server of the atlas, started once the portfolio and the layer are known to be readable."""

from __future__ import annotations

import argparse
import os
import runpy
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ess.errors import ExportError, SettingsError
from ess.locales import N_
from ess.settings import Settings
from ess.store.engine import open_engine
from ess.store.opening import open_snapshot
from geodata.layer import read_countries

_FIRST_PORT, _PORTS = 8501, 50
_SERVER_PORT = "STREAMLIT_SERVER_PORT"
_ROOT = Path(__file__).resolve().parents[2]


def add_serve(commands: Any) -> None:
    """The command ``serve``."""
    command = commands.add_parser("serve", help="run the atlas and open it in a browser")
    command.add_argument(
        "--port",
        type=int,
        help="port on this machine (default: STREAMLIT_SERVER_PORT, else the first free one from 8501)",
    )
    command.set_defaults(run=run_serve)


def run_serve(parsed: argparse.Namespace, settings: Settings) -> int:
    """Check that the portfolio and the layer can be read, then serve until told to end.

    A broken file is a sentence here, not a page that fails later.
    """
    open_engine(open_snapshot(settings.store), settings.engine)
    read_countries(settings.boundary_view)
    port = _port(parsed.port)
    headless = not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("darwin", "win32")
    )
    command = ["run", str(_ROOT / "app.py"), "--server.port", str(port)]
    print(f"http://localhost:{port}", flush=True)
    os.chdir(_ROOT)  # the settings of the server stand beside the application
    run_streamlit([*command, "--server.headless", str(headless).lower()])
    return 0


def run_streamlit(command: list[str]) -> None:
    """Run Streamlit's command line in this process: what the checks have imported need not be again."""
    sys.argv = ["streamlit", *command]
    runpy.run_module("streamlit", run_name="__main__", alter_sys=True)


def _port(wanted: int | None) -> int:
    if wanted is None:
        wanted = _port_of_server(os.environ)
    if wanted is not None:
        if not _is_free(wanted):
            raise ExportError(
                N_("Port {port} is taken or not allowed; choose another with --port, or leave it out."),
                port=wanted,
            )
        return wanted
    for port in range(_FIRST_PORT, _FIRST_PORT + _PORTS):
        if _is_free(port):
            return port
    raise ExportError(N_("No free port from {first} on; choose one with --port."), first=_FIRST_PORT)


def _port_of_server(environ: Mapping[str, str]) -> int | None:
    """The port that the server's own setting names, as a container does; None when it names none."""
    found = environ.get(_SERVER_PORT, "").strip()
    if not found:
        return None
    if not (found.isascii() and found.isdigit()):
        raise SettingsError(
            N_("{name} is {found!r}; expected {expected}. Correct the setting and start again."),
            name=_SERVER_PORT,
            found=found,
            expected="a port such as 8501",
        )
    return int(found)


def _is_free(port: int) -> bool:
    if not port:  # the system's own choice, which nobody could be told
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True
