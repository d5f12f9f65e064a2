"""Folders that belong to one visit: outside the project, under random names, gone when the visit is over."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
import weakref
from pathlib import Path

import streamlit as st

GRACE = 120.0
"""Seconds after which a visitor whose connection was lost is taken to have left; Streamlit's own span."""

_STANDING: weakref.WeakSet[VisitFolder] = weakref.WeakSet()


class VisitFolder:
    """A new folder that only this user can read, deleted with all that is in it.

    It goes when nothing refers to it any more, when its visitor has been gone for `grace` seconds, and when
    the server ends, whichever comes first.
    """

    def __init__(self, grace: float = GRACE) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="atlas-visit-"))
        self._grace = grace
        self._leaving: threading.Timer | None = None
        self._delete = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)
        _STANDING.add(self)

    @property
    def is_gone(self) -> bool:
        """Whether it has been deleted."""
        return not self._delete.alive

    def new_folder(self) -> Path:
        """A new folder in it, under a random name."""
        folder = self.path / secrets.token_hex(8)
        folder.mkdir()
        return folder

    def discard(self) -> None:
        """Delete it now."""
        self._stay()
        self._delete()

    def note_presence(self) -> None:
        """The visitor is here, perhaps again."""
        self._stay()
        _presence(str(self.path), self)

    def note_departure(self) -> None:
        """The visitor's connection is lost: delete it unless they come back in time."""
        self._stay()
        self._leaving = threading.Timer(self._grace, self._delete)
        self._leaving.daemon = True
        self._leaving.start()

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None


@st.cache_resource(scope="session", on_release=VisitFolder.note_departure, show_spinner=False)
def _presence(path: str, _folder: VisitFolder) -> VisitFolder:  # noqa: ARG001 - the path is the key
    """Kept as long as the connection lasts; its release is how the end of a connection is noticed."""
    return _folder


def discard_folders() -> None:
    """Delete the folders of every visit: the server ends."""
    for folder in list(_STANDING):
        folder.discard()
