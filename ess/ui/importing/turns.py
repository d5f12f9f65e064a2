"""Files of visitors are read a few at a time: each reader of files may take much memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import streamlit as st

from ess.locales import Translator

AT_ONCE: Final = 2
_TURNS = threading.BoundedSemaphore(AT_ONCE)
_LOOK_AGAIN = 0.5  # seconds; a visitor who leaves while waiting is noticed that soon


@contextmanager
def turn(translator: Translator) -> Iterator[None]:
    """A turn to read files; the visitor is told while waiting for one."""
    told = st.empty()
    while not _TURNS.acquire(timeout=_LOOK_AGAIN):
        told.caption(translator("Other visitors' files are being read; yours are next."))
    told.empty()
    try:
        yield
    finally:
        _TURNS.release()
