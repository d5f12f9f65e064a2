"""Write `replicas.conf` for the replicas that there are: ``python deploy/nginx/replicas.py HOST:PORT…``.

The port is a replica's name in the visitors' cookie, so no two replicas may have the same one.
"""

# ruff: noqa: INP001 - a folder of files for an administrator, no package

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*:([1-9][0-9]{1,4})")
#: What keeps a silent replica from being asked again and again: after two failures it is left alone a while.
_PATIENCE = "max_fails=2 fail_timeout=5s"
_HEAD = "# Written by replicas.py, which says what the lines mean. Do not edit: run it again."
_COOKIE = "cookie_atlas_replica"


def build_replicas(addresses: Sequence[str]) -> str:
    """The groups of replicas for nginx, and which group a visitor's cookie names.

    Parameters
    ----------
    addresses
        ``host:port`` of each replica.

    Raises
    ------
    ValueError
        When an address has another form, or two have the same port.
    """
    ports = [_port(address) for address in addresses]
    if not ports or len(set(ports)) < len(ports):
        raise ValueError(f"each replica needs a port of its own, found {', '.join(ports) or 'none'}")
    named = list(zip(ports, addresses, strict=True))
    lines = [_HEAD, *_group("atlas_any", addresses, ())]
    for port, address in named:
        others = [other for other in addresses if other != address]
        lines += _group(f"atlas_{port}", [address], others)
    lines += _map(_COOKIE, "atlas_group", "atlas_any", ((port, f"atlas_{port}") for port in ports))
    # Where one replica did not answer and another did, both are named, the one that answered last.
    lines += _map("upstream_addr", "atlas_answered", '""', ((f"~:{port}$", port) for port in ports))
    return "\n".join(lines) + "\n"


def _port(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(f"{address!r} is not host:port")
    return found.group(1)


def _group(name: str, addresses: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    """A group: its own replicas, the least busy first, and those that step in when none of them answers."""
    yield f"\nupstream {name} {{\n    zone {name} 64k;\n    least_conn;"
    yield from (f"    server {address} {_PATIENCE};" for address in addresses)
    yield from (f"    server {address} {_PATIENCE} backup;" for address in others)
    yield "    keepalive 32;\n}"


def _map(source: str, target: str, default: str, pairs: Iterator[tuple[str, str]]) -> Iterator[str]:
    yield f"\nmap ${source} ${target} {{\n    default {default};"
    yield from (f"    {key} {value};" for key, value in pairs)
    yield "}"


if __name__ == "__main__":
    try:
        sys.stdout.write(build_replicas(sys.argv[1:]))
    except ValueError as error:
        sys.exit(f"replicas.py: {error}; give host:port of each replica.")
