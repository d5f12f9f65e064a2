"""Numbers for those who watch over the process: the text format, and who may see it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from ess.api.metrics import (
    COUNTER,
    GAUGE,
    Labels,
    Metric,
    format_metrics,
    may_see_metrics,
    read_process,
)
from ess.settings import LOOPBACK
from tests.factories import PROPERTY

LINE = re.compile(r'([a-z_]+)(?:\{([a-z]+)="((?:[^"\\\n]|\\.)*)"\})? (\S+)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def unescaped(text: str) -> str:
    """A label's value as it was before it was written."""
    return re.sub(r"\\.", lambda found: ESCAPES[found[0]], text)


def asking(host: str | None, **headers: str) -> Request:
    """A request from an address."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    client = None if host is None else (host, 1234)
    return Request({"type": "http", "client": client, "headers": named})


def test_a_metric_is_written_with_its_meaning_and_kind() -> None:
    numbers: dict[Labels, float] = {(("status", "200"),): 3.0, (("status", "404"),): 0.25}
    written = format_metrics([Metric("a_total", COUNTER, "What\nit \\ is.", numbers)])
    assert written == (
        "# HELP a_total What\\nit \\\\ is.\n"
        "# TYPE a_total counter\n"
        'a_total{status="200"} 3\n'
        'a_total{status="404"} 0.25\n'
    )


@PROPERTY
@given(value=st.text(max_size=20), number=st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_a_label_holds_is_one_line_and_comes_back(value: str, number: float) -> None:
    written = format_metrics([Metric("a", GAUGE, "One.", {(("label", value),): number})])
    line = written.removeprefix("# HELP a One.\n# TYPE a gauge\n").removesuffix("\n")
    found = LINE.fullmatch(line)
    assert found is not None
    assert (found[1], found[2], unescaped(found[3]), float(found[4])) == ("a", "label", value, number)


def test_the_process_tells_of_itself() -> None:
    told = {metric.name: next(iter(metric.numbers.values())) for metric in read_process()}
    assert told["process_resident_memory_bytes"] > 10_000_000
    assert told["process_threads"] >= 1
    assert told["process_cpu_seconds_total"] > 0
    assert all(name.endswith("_total") == (kind == COUNTER) for name, kind in kinds())


def kinds() -> list[tuple[str, str]]:
    """Name and kind of each number of the process."""
    return [(metric.name, metric.kind) for metric in read_process()]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_may_see_them(host: str) -> None:
    assert may_see_metrics(asking(host), LOOPBACK)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "testclient", None])
def test_another_may_not(host: str | None) -> None:
    assert not may_see_metrics(asking(host), LOOPBACK)


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP"])
def test_nobody_may_through_a_proxy(header: str) -> None:
    assert not may_see_metrics(asking("127.0.0.1", **{header.lower(): "127.0.0.1"}), LOOPBACK)
