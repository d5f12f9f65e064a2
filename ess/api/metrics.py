"""Numbers about this process in the text format of Prometheus, for those who watch over it only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import psutil
from starlette.requests import Request

from ess.settings import Network

COUNTER, GAUGE = "counter", "gauge"
MEDIA_TYPE = "text/plain; version=0.0.4"

#: Name and value of each label of a number.
Labels = tuple[tuple[str, str], ...]
#: What a proxy adds to what it passes on.
_FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Metric:
    """One named number, or the same number for several labels.

    Attributes
    ----------
    name
        Prometheus name: letters, digits and underscores; a counter's ends in ``_total``.
    kind
        ``counter`` (only grows while the process lives) or ``gauge``.
    meaning
        One sentence.
    numbers
        Number by labels; the empty tuple where there is one number.
    """

    name: str
    kind: str
    meaning: str
    numbers: Mapping[Labels, float]


Reader = Callable[[], Iterable[Metric]]
"""Gives numbers as they are now; must not wait for anything."""


def format_metrics(metrics: Iterable[Metric]) -> str:
    """Metrics in the text format of Prometheus 0.0.4, in the order given."""
    return "".join(line + "\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped(metric.meaning)}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, number in metric.numbers.items():
        yield f"{metric.name}{_format_labels(labels)} {_format_number(number)}"


def _format_labels(labels: Labels) -> str:
    if not labels:
        return ""
    quoted = (f'{name}="{_escaped(value, quote=True)}"' for name, value in labels)
    return "{" + ",".join(quoted) + "}"


def _escaped(text: str, *, quote: bool = False) -> str:
    text = text.replace("\\", "\\\\").replace("\n", "\\n")
    return text.replace('"', '\\"') if quote else text


def _format_number(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


def read_process() -> Iterator[Metric]:
    """What the operating system says of this process."""
    process = psutil.Process()
    with process.oneshot():
        spent, memory = process.cpu_times(), process.memory_info()
        started, threads = process.create_time(), process.num_threads()
    yield Metric("process_resident_memory_bytes", GAUGE, "Resident memory in bytes.", {(): float(memory.rss)})
    yield Metric(
        "process_cpu_seconds_total", COUNTER, "Processor time spent.", {(): spent.user + spent.system}
    )
    yield Metric("process_start_time_seconds", GAUGE, "Start in seconds since 1970.", {(): started})
    yield Metric("process_threads", GAUGE, "Threads of the process.", {(): float(threads)})


def may_see_metrics(request: Request, allowed: Sequence[Network]) -> bool:
    """Whether who asks is in one of the networks `allowed`, and asks this process itself.

    What comes through a proxy has the proxy's address, which may well be an allowed one; it is refused.
    """
    if request.client is None or any(name in request.headers for name in _FORWARDING):
        return False
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return any(address in network for network in allowed)
