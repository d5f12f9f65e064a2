"""Lines between countries on the map: which, how wide, and what a hover says of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ess.analysis.breaks import ClassBreaks
from ess.analysis.flows import Flow, Flows, Triangle
from ess.escape import plain
from ess.locales import Translator
from ess.maps.payload import Look, map_words

#: Widths of the lowest and the highest class, and of what has no number, in pixels.
THINNEST, WIDEST, UNSIZED = 1.5, 9.0, 1.5
#: Lines that are drawn: more would be a stain. The table and the file have them all.
MOST_LINES = 300
#: Fill of a country that works with another: no class, only there.
_TAKES_PART = "#d5e3ea"


@dataclass(frozen=True)
class Line:
    """One line, or one mark of three parties.

    Attributes
    ----------
    ends
        iso3 of the countries that it joins.
    lane
        0 for the great circle itself; another number where several pairs join the same countries.
    three
        Whether it is a mark with a leg to every party.
    dashed
        Whether it has no number: planned records only, or no amount.
    texts
        What a hover says: name, number, and two remarks.
    """

    key: str
    ends: tuple[str, ...]
    width: float
    lane: int
    three: bool
    dashed: bool
    arrow: bool
    chosen: bool
    texts: tuple[str, str, str, str]


def class_width(number: int, classes: int) -> float:
    """Width of a class in pixels: equal steps from the thinnest to the widest."""
    return round(THINNEST + (WIDEST - THINNEST) * (number + 1) / max(classes, 2), 1)


def places_of(one: Flow | Triangle, known: Collection[str]) -> tuple[str, ...]:
    """Countries that the map can join; fewer than two have no line."""
    return tuple(dict.fromkeys(end for end in one.ends if end in known))


def is_drawn(one: Flow | Triangle, known: Collection[str]) -> bool:
    """Whether the map can show it: a pair with both its ends, a triangle with two parties at least."""
    needed = 2 if isinstance(one, Triangle) else len(one.ends)
    return len(places_of(one, known)) >= max(2, needed)


def build_lines(  # noqa: PLR0913 - everything that a line depends on
    found: Flows,
    breaks: ClassBreaks,
    known: Collection[str],
    texts: Mapping[str, tuple[str, str, str, str]],
    *,
    chosen: str,
    directed: bool,
) -> list[Line]:
    """Lines of the pairs and triangles that the map can show, the largest first.

    Parameters
    ----------
    breaks
        Classes of the numbers.
    known
        iso3 of the countries that the layer draws.
    texts
        What a hover says, by key: without controls of direction but those around a figure.
    chosen
        Key of the chosen pair; empty for none.
    directed
        Whether arrows show a stated direction.
    """
    lanes: dict[frozenset[str], int] = defaultdict(int)
    lines = []
    for one in shown_lines(found, known):
        ends, three = places_of(one, known), isinstance(one, Triangle)
        number = 0 if three else lanes[frozenset(ends)]
        if not three:
            lanes[frozenset(ends)] += 1
        size = found.size_of(one)
        lines.append(
            Line(
                key=one.key,
                ends=ends,
                width=UNSIZED if size is None else class_width(breaks.class_of(size), len(breaks.upper)),
                # the same side of the globe whichever country stands first
                lane=_side(number) * (1 if list(ends) == sorted(ends) else -1),
                three=three,
                dashed=size is None,
                arrow=isinstance(one, Flow) and directed and one.directed > 0,
                chosen=one.key == chosen,
                texts=texts[one.key],
            )
        )
    return lines


def shown_lines(found: Flows, known: Collection[str]) -> list[Flow | Triangle]:
    """Pairs and triangles that are drawn: those that the map can show, the largest of them."""
    every: list[Flow | Triangle] = [*found.triangles, *found.pairs]
    able = [one for one in every if is_drawn(one, known)]
    return sorted(able, key=lambda one: -(found.size_of(one) or 0.0))[:MOST_LINES]


def _side(number: int) -> int:
    """0, 1, -1, 2 …: on the great circle, then on one side of it, then on the other."""
    return (number + 1) // 2 * (1 if number % 2 else -1)


def build_flow_payload(  # noqa: PLR0913 - everything that the map shows
    lines: Sequence[Line],
    countries: Mapping[str, str],
    look: Look,
    view: str,
    translator: Translator,
    *,
    home: str,
    chosen: str | None,
    measure: str,
) -> dict[str, Any]:
    """The state that `country_layer.js` and `arcs.js` paint.

    Parameters
    ----------
    countries
        What a hover says of each country that takes part, by iso3.
    """
    codes = sorted(countries)
    return {
        "view": view,
        "lang": translator.lang,
        "palette": [_TAKES_PART],
        "classes": [["0", "".join(codes)]] if codes else [],
        "texts": [plain(countries[iso3]) for iso3 in codes],
        "extra": {},
        "words": map_words(translator, rates=False),
        "measure": plain(measure),
        "home": home,
        "chosen": chosen,
        "fit": {"key": look.key, "bounds": look.bounds, "at": look.at},
        "sites": None,
        "arcs": [asdict(line) for line in lines],
    }
