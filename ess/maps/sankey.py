"""A Sankey diagram of pairs: bands whose height goes with their number, between two columns of names.

The bands are elements of the page cut to shape, for the page takes no SVG from a text; each can be pressed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

#: Height of all bands of a side together, of the smallest band, and of a line with a name, in pixels.
_BANDS, _THIN, _LINE, _GAP = 320.0, 1.5, 21.0, 5.0
#: Parts of the curve of a band.
_STEPS = 16


@dataclass(frozen=True)
class Link:
    """What is drawn of a pair: its name, who stands left and right, and how much (above zero)."""

    key: str
    left: str
    right: str
    size: float


@dataclass(frozen=True)
class Node:
    """A name beside the bands: its middle, from the top in pixels, and where its bands are."""

    name: str
    middle: float
    top: float
    height: float


@dataclass(frozen=True)
class Band:
    """One band: the pair's key, and its outline as points of a CSS polygon, in percent of the drawing."""

    key: str
    outline: str


@dataclass(frozen=True)
class Sankey:
    """The diagram: nodes of both sides from the top, bands, and its height in pixels."""

    left: tuple[Node, ...]
    right: tuple[Node, ...]
    bands: tuple[Band, ...]
    height: float


def build_sankey(links: Sequence[Link]) -> Sankey:
    """The diagram of `links`; ends in the order of their sums, bands in that of the other end."""
    whole = sum(link.size for link in links)
    thick = {link.key: max(_THIN, _BANDS * link.size / whole) for link in links}
    left = _side(links, [link.left for link in links], thick)
    right = _side(links, [link.right for link in links], thick)
    starts = _starts(links, left, right, thick, is_left=True)
    ends = _starts(links, left, right, thick, is_left=False)
    height = max(
        (max(node.middle + _LINE / 2, node.top + node.height) for node in (*left, *right)), default=1.0
    )
    bands = tuple(
        Band(link.key, _outline(starts[link.key], ends[link.key], thick[link.key], height)) for link in links
    )
    return Sankey(left, right, bands, round(height, 1))


def _side(links: Sequence[Link], ends: Sequence[str], thick: dict[str, float]) -> tuple[Node, ...]:
    heights: dict[str, float] = defaultdict(float)
    for link, end in zip(links, ends, strict=True):
        heights[end] += thick[link.key]
    nodes, at = [], 0.0
    for end in sorted(heights, key=lambda end: (-heights[end], end)):
        slot = max(_LINE, heights[end])
        top = at + (slot - heights[end]) / 2
        nodes.append(Node(end, round(at + slot / 2, 1), round(top, 2), round(heights[end], 2)))
        at += slot + _GAP
    return tuple(nodes)


def _starts(
    links: Sequence[Link],
    left: Sequence[Node],
    right: Sequence[Node],
    thick: dict[str, float],
    *,
    is_left: bool,
) -> dict[str, float]:
    """Where each band begins on a side, from the top: below those to ends that stand higher."""
    own, other = (left, right) if is_left else (right, left)
    order = {node.name: number for number, node in enumerate(other)}
    free = {node.name: node.top for node in own}
    found = {}
    for link in sorted(links, key=lambda link: order[link.right if is_left else link.left]):
        end = link.left if is_left else link.right
        found[link.key] = free[end]
        free[end] += thick[link.key]
    return found


def _outline(start: float, end: float, thick: float, height: float) -> str:
    """The outline of a band from left to right and back below: an S-curve, as points in percent."""
    steps = [step / _STEPS for step in range(_STEPS + 1)]
    upper = [(100 * x, start + (end - start) * x * x * (3 - 2 * x)) for x in steps]
    lower = [(x, y + thick) for x, y in reversed(upper)]
    return ",".join(f"{x:.1f}% {100 * y / height:.3f}%" for x, y in (*upper, *lower))
