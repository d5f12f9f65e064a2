"""``python -m ess.api.probe [PATH]``: ask the server on this machine, for a container's health check.

Exit codes: 0 it answered 200, 1 it did not. Imports nothing of the atlas: it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
from http.client import HTTPConnection, HTTPException

_DEFAULT_PORT = 8501
_PATIENCE = 5.0  # seconds


def probe(port: int, path: str) -> bool:
    """Whether the server on `port` of this machine answers `path` with 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "/health"
    sys.exit(not probe(int(os.environ.get("STREAMLIT_SERVER_PORT") or _DEFAULT_PORT), asked))
