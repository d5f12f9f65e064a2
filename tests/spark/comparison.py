"""Where two answers differ: numbers are compared to the cent and to a billionth, everything else exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import pyarrow as pa

_RELATIVE, _CENT = 1e-9, 0.005


def differences(one: Any, other: Any, place: str = "answer") -> list[str]:
    """Each place in which `other` is not `one`, with what stands there; none when they are the same."""
    return list(_differences(one, other, place))


def _differences(one: Any, other: Any, place: str) -> Iterator[str]:
    if type(one) is not type(other):
        yield f"{place}: {one!r} is not {other!r}"
    elif isinstance(one, pa.Table):
        yield from _differences(one.to_pylist(), other.to_pylist(), place)
    elif isinstance(one, Mapping):
        yield from _mapped(one, other, place)
    elif isinstance(one, Sequence) and not isinstance(one, str):
        yield from _listed(one, other, place)
    elif is_dataclass(one):
        told = [field.name for field in fields(one) if not callable(getattr(one, field.name))]
        for name in told:
            yield from _differences(getattr(one, name), getattr(other, name), f"{place}.{name}")
    elif not _same(one, other):
        yield f"{place}: {one!r} is not {other!r}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=_RELATIVE, abs_tol=_CENT)
    return bool(one == other)


def _mapped(one: Mapping[Any, Any], other: Mapping[Any, Any], place: str) -> Iterator[str]:
    if set(one) != set(other):
        yield f"{place}: {sorted(map(str, one))} are not {sorted(map(str, other))}"
    for key in set(one) & set(other):
        yield from _differences(one[key], other[key], f"{place}[{key!r}]")


def _listed(one: Sequence[Any], other: Sequence[Any], place: str) -> Iterator[str]:
    if len(one) != len(other):
        yield f"{place}: {len(one)} are not {len(other)}"
    for number, (first, second) in enumerate(zip(one, other, strict=False)):
        yield from _differences(first, second, f"{place}[{number}]")
