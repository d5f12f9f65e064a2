"""Many small maps as one image: the shapes stand in it once, and each map only says how they are filled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, NamedTuple

import geopandas as gpd
import shapely
from shapely.affinity import affine_transform

from ess.analysis.by_country import State
from ess.analysis.shading import HOME, NO_DENOMINATOR, SEVERAL
from ess.escape import Markup, fill, joined
from ess.maps.circles import LARGEST, build_sizes, circle_values
from ess.maps.equal_earth import EQUAL_EARTH, frame_around
from ess.maps.payload import Bounds, Scene
from geodata.layer import read_boundary_lines, read_countries

#: Width and height of one map, in units of the image; the maps stand one below the other.
WIDTH: Final = 240.0
HEIGHT: Final = 140.0
_TOLERANCE = 0.4  # units; what is finer cannot be seen
_SPECK = 0.25  # square units; parts of a country below it are left out where it has larger ones
_STATE = 2.2  # radius of the circle that stands for a state too small to be seen
_CIRCLE = 15.0  # radius of the largest proportional circle
_INK, _PAPER, _EMPTY, _PLAIN = "#1d2733", "#ffffff", "#dfe3e6", "#f1f3f4"
#: Fills of what is not a class, as `country_layer.js` draws them.
_FILLS = {
    State.PRESENT: "url(#hatched)",
    SEVERAL: "url(#hatched)",
    NO_DENOMINATOR: "url(#ruled)",
    State.PLANNED: "url(#dotted)",
    HOME: "#fffdf5",
}
_PATTERNS = fill(
    '<pattern id="hatched" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="4" height="4" fill="#fff"/><rect width="1.1" height="4" fill="#8a959d"/></pattern>'
    '<pattern id="ruled" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#fff"/><rect width="4" height="1.2" fill="#8a959d"/></pattern>'
    '<pattern id="dotted" width="4" height="4" patternUnits="userSpaceOnUse">'
    '<rect width="4" height="4" fill="#fff"/><circle cx="2" cy="2" r="1" fill="#5b6770"/></pattern>'
)


class _Shapes(NamedTuple):
    """What all maps of an image share: paths by iso3, dashed lines, and where each country has its label."""

    paths: dict[str, Markup]
    dashed: tuple[Markup, ...]
    labels: dict[str, tuple[float, float]]
    small: frozenset[str]


def build_multiples(scenes: Sequence[Scene]) -> Markup:
    """An SVG with a map a scene, one below the other, each `WIDTH` by `HEIGHT`.

    The first says where all look. Classes, states and circles are drawn as on the large map; the view's
    disputed line is dashed.
    """
    first = scenes[0]
    shapes = _shapes(first.view, first.look.bounds)
    maps = (_map(number, scene, shapes) for number, scene in enumerate(scenes))
    return fill(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><defs>{patterns}'
        '<g id="land" stroke="#fff" stroke-width=".5">{land}</g></defs>{maps}</svg>',
        width=f"{WIDTH:g}",
        height=f"{HEIGHT * len(scenes):g}",
        patterns=_PATTERNS,
        land=joined(
            fill('<path id="{iso3}" d="{path}"/>', iso3=iso3, path=path)
            for iso3, path in shapes.paths.items()
        ),
        maps=joined(maps),
    )


def _map(number: int, scene: Scene, shapes: _Shapes) -> Markup:
    return fill(
        '<svg y="{top}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        '<use href="#land" fill="{empty}"/>{filled}{dashed}{marks}</svg>',
        top=f"{number * HEIGHT:g}",
        width=f"{WIDTH:g}",
        height=f"{HEIGHT:g}",
        empty=_EMPTY,
        filled=joined(_filled(scene, shapes)),
        dashed=joined(_dashed(shapes)),
        marks=joined(_circles(scene, shapes) if scene.circles else _small_states(scene, shapes)),
    )


def _filled(scene: Scene, shapes: _Shapes) -> Iterator[Markup]:
    """The countries with any record; home last, so that its outline is whole."""
    with_circle = circle_values(scene.joined, scene.shading, scene.home) if scene.circles else {}
    last = sorted(scene.shading.fills.items(), key=lambda one: one[1] == HOME)
    for iso3, found in last:
        if found == State.NONE or iso3 not in shapes.paths:
            continue
        yield fill(
            '<use href="#{iso3}" fill="{colour}" stroke="{line}" stroke-width="{weight}"/>',
            iso3=iso3,
            colour=_PLAIN if iso3 in with_circle and found != HOME else _colour(scene, found),
            line=_INK if found == HOME else _PAPER,
            weight="1.2" if found == HOME else ".5",
        )


def _colour(scene: Scene, found: str) -> str:
    return scene.colours[int(found)] if found.isdigit() else _FILLS.get(found, _EMPTY)


def _dashed(shapes: _Shapes) -> Iterator[Markup]:
    for path in shapes.dashed:
        yield fill(
            '<path d="{path}" fill="none" stroke="#fff" stroke-width="1.6"/>'
            '<path d="{path}" fill="none" stroke="{ink}" stroke-width=".8" stroke-dasharray="2 1.4"/>',
            path=path,
            ink=_INK,
        )


def _small_states(scene: Scene, shapes: _Shapes) -> Iterator[Markup]:
    """A dot where a state is too small to be seen."""
    for iso3 in sorted(shapes.small):
        found = scene.shading.fills.get(iso3, State.NONE)
        if found != State.NONE:
            yield _disc(iso3, shapes, _STATE, _colour(scene, found))


def _circles(scene: Scene, shapes: _Shapes) -> Iterator[Markup]:
    """The proportional circles of the large map, smaller by one factor, the largest first."""
    values = circle_values(scene.joined, scene.shading, scene.home)
    sizes = build_sizes(values, scene.largest)
    for iso3, radius in sorted(sizes.items(), key=lambda one: (-abs(one[1]), one[0])):
        if radius and iso3 in shapes.labels:
            size = abs(radius) * _CIRCLE / LARGEST
            yield _disc(iso3, shapes, size, _colour(scene, scene.shading.fills[iso3]), below=radius < 0)


def _disc(iso3: str, shapes: _Shapes, radius: float, colour: str, *, below: bool = False) -> Markup:
    x, y = shapes.labels[iso3]
    return fill(
        '<circle data-of="{iso3}" cx="{x}" cy="{y}" r="{radius}" fill="{colour}" stroke="{ink}" '
        'stroke-width=".6"{dashed}/>',
        iso3=iso3,
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        radius=f"{radius:.2f}",
        colour=colour,
        ink=_INK,
        dashed=fill(' stroke-dasharray="1.5 1"') if below else "",
    )


@lru_cache(maxsize=6)
def _shapes(view: str, bounds: Bounds) -> _Shapes:
    """The countries that the frame around `bounds` holds, in units of a map, simplified together."""
    frame = read_countries(view)
    west, _, east, north = frame_around(bounds, WIDTH / HEIGHT)
    scale = WIDTH / (east - west)

    def project(shapes: gpd.GeoSeries) -> list[Any]:
        turned = [scale, 0, 0, -scale, -west * scale, north * scale]
        return [affine_transform(shape, turned) for shape in shapes.to_crs(EQUAL_EARTH)]

    # Neighbours keep their common line.
    simple = shapely.coverage_simplify(project(frame.geometry), _TOLERANCE)
    clipped = shapely.clip_by_rect(simple, -2, -2, WIDTH + 2, HEIGHT + 2)
    paths = {
        iso3: _path(_without_specks(shape))
        for iso3, shape in zip(frame["iso3"].tolist(), clipped, strict=True)
        if not shape.is_empty
    }
    points = project(gpd.GeoSeries(gpd.points_from_xy(frame["label_lon"], frame["label_lat"]), crs=frame.crs))
    lines: list[Any] = project(read_boundary_lines(view).geometry)
    return _Shapes(
        paths,
        tuple(_line(line.coords) for line in shapely.get_parts(shapely.simplify(lines, _TOLERANCE))),
        {iso3: (point.x, point.y) for iso3, point in zip(frame["iso3"], points, strict=True)},
        frozenset(frame.loc[frame["marker"].astype(bool), "iso3"]),
    )


def _without_specks(shape: shapely.Geometry) -> list[shapely.Polygon]:
    """The parts of a country that can be seen, and its largest whatever its size."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    parts.sort(key=lambda part: -part.area)
    return parts[:1] + [part for part in parts[1:] if part.area > _SPECK]


def _path(parts: Sequence[shapely.Polygon]) -> Markup:
    return joined(
        fill("{ring}z", ring=_line(ring.coords[:-1]))
        for part in parts
        for ring in (part.exterior, *part.interiors)
    )


def _line(points: Sequence[Sequence[float]]) -> Markup:
    """Points as steps of tenths from one to the next: a third of the length of places."""
    tenths = [(round(x * 10), round(y * 10)) for x, y, *_ in points]
    steps = [(x - a, y - b) for (a, b), (x, y) in pairwise(tenths) if (x, y) != (a, b)]
    start = "M{:g},{:g}".format(*(value / 10 for value in tenths[0]))
    rest = " ".join(f"{x / 10:g},{y / 10:g}" for x, y in steps)
    return fill("{path}", path=f"{start}l{rest}" if rest else start)
