"""Coroutines run to their end, whatever loop the thread of the tests has."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def run_aside(work: Coroutine[Any, Any, Answer]) -> Answer:
    """What `work` returns, run in a thread of its own: a browser that tests share keeps a loop in theirs."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(asyncio.run, work).result()
