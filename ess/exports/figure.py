"""The map as a static figure, SVG or PNG, that says everything about itself.

Title, classes and states come from the same shading and legend as the page's map. Below the map stand the
records that no country may be shaded with, the totals that several countries share, the boundary view, the
sources and the snapshot, so that the figure can travel alone.
"""

from __future__ import annotations

import io
import textwrap
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np
import shapely

from ess.analysis.by_country import State
from ess.analysis.shading import HOME, NO_DENOMINATOR, SEVERAL, Shading
from ess.exports.answer import Answer, place_name, shared_sentence, shared_totals
from ess.exports.boundaries import boundary_statement
from ess.exports.caveats import build_figure_caveats
from ess.exports.citation import Citation
from ess.exports.classes import rate_label
from ess.locales import Translator
from ess.locales.figures import short_figure, significant
from ess.maps.circles import build_sized_legend, build_sizes, circle_values
from ess.maps.equal_earth import EQUAL_EARTH, frame_around
from ess.maps.legend import LegendEntry
from ess.maps.payload import bounds_of
from geodata.layer import read_boundary_lines

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.path import Path

FigureFormat = Literal["svg", "png"]

_DRAWING = threading.Lock()  # matplotlib's settings are the process's
_WIDTH = 11.0  # inches
_MAP_HEIGHT = 5.4
_LINE_HEIGHT = 0.165  # inches of one line of small print
_SMALL = 8.0
_DOTS = 160  # an inch
_SIGNS_A_LINE = 165
_FONT = "DejaVu Sans"  # ships with matplotlib and has Arabic letters
_TOLERANCE = 9_000.0  # metres; finer than a pixel of the widest figure shows
_EDGE, _OUTLINE = "#ffffff", "#1d2733"
_INK = "#8a959d"
#: Face and hatch of what is not a class: the same four fills as on the page.
_FILLS: Mapping[str, tuple[str, str]] = {
    State.PRESENT: ("#ffffff", "////"),
    SEVERAL: ("#ffffff", "////"),
    NO_DENOMINATOR: ("#ffffff", "----"),
    State.PLANNED: ("#ffffff", "...."),
    State.NONE: ("#dfe3e6", ""),
    HOME: ("#fffdf5", ""),
}
_PLAIN = ("#f1f3f4", "")
_POINTS_A_PIXEL = 0.75
_MILLIMETRES = _POINTS_A_PIXEL * 25.4 / 72  # of a pixel


@dataclass(frozen=True)
class FigureScene:
    """Everything that a figure shows.

    Attributes
    ----------
    colours
        One a class, light to dark.
    legend
        The legend of the page's map.
    filters, sources, remarks
        Texts; the last say what must be known of the classes.
    circles
        Whether figures are circles whose area goes with them, the countries below left plain.
    """

    answer: Answer
    shading: Shading
    colours: Sequence[str]
    legend: Sequence[LegendEntry]
    citation: Citation
    filters: Sequence[str]
    sources: Sequence[str]
    remarks: Sequence[str] = ()
    home: str = ""
    circles: bool = False


def build_figure(scene: FigureScene, translator: Translator, form: FigureFormat) -> bytes:
    """The figure as a file; the same scene gives the same bytes.

    Letters are outlines in an SVG, so that it looks alike where the font is missing; its metadata hold the
    texts for programs and screen readers.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    lines = figure_lines(scene, translator)
    content = io.BytesIO()
    with _DRAWING, mpl.rc_context(_settings(scene)):
        figure = _drawn(scene, lines, translator)
        FigureCanvasAgg(figure)
        metadata = _metadata(scene, lines, form)
        figure.savefig(content, format=form, dpi=_DOTS, metadata=metadata, facecolor="white")
    return content.getvalue()


def _settings(scene: FigureScene) -> Any:
    return {
        "font.family": _FONT,
        "hatch.linewidth": 0.7,
        "svg.fonttype": "path",
        "svg.hashsalt": scene.answer.snapshot.id,
        "path.simplify": False,
        "text.parse_math": False,  # a dollar sign of a portfolio is a dollar sign
    }


def _metadata(scene: FigureScene, lines: Sequence[str], form: FigureFormat) -> dict[str, str | None]:
    told: dict[str, str | None] = {
        "Title": scene.citation.title,
        "Description": "\n".join(lines),
        "Source": scene.citation.address or scene.citation.snapshot,
    }
    return {**told, "Date": None} if form == "svg" else told


def figure_lines(scene: FigureScene, translator: Translator) -> list[str]:
    """What is said below the map, a text a line."""
    t, answer = translator, scene.answer
    return [
        *_filter_lines(scene, t),
        *_regional_lines(answer, t),
        *(shared_sentence(total, t) for total in shared_totals(answer)),
        *scene.remarks,
        " ".join(build_figure_caveats(answer, t)),
        f"{boundary_statement(answer.view, t)} {t('Shapes: Natural Earth, public domain.')}",
        f"{t('Sources')}{t(': ')}{'; '.join(scene.sources)}" if scene.sources else t("No source is named."),
        _origin(scene, t),
    ]


def _filter_lines(scene: FigureScene, t: Translator) -> list[str]:
    return [f"{t('Filters')}{t(': ')}{'; '.join(scene.filters)}"] if scene.filters else []


def _regional_lines(answer: Answer, t: Translator) -> list[str]:
    """Records in a region or nowhere that has a name: they shade no country."""
    told = []
    for found in answer.regional:
        figure = "" if found.value is None else short_figure(t, found.value, found.qualifier)
        records = t.n("{count} record", "{count} records", found.activities) if found.activities else ""
        words = " · ".join(filter(None, (figure, records)))
        told.append(f"{place_name(found.region, t)}{t(': ')}{words}")
    if not told:
        return []
    return [f"{t('Regional and unnamed partners shade no country.')} {'; '.join(told)}"]


def _origin(scene: FigureScene, t: Translator) -> str:
    citation = scene.citation
    parts = (
        citation.institution,
        t("Snapshot {id}", id=citation.snapshot),
        t.date(citation.day) if citation.day else "",
        citation.address,
    )
    return " · ".join(filter(None, parts))


def _drawn(scene: FigureScene, lines: Sequence[str], translator: Translator) -> Figure:
    from matplotlib.figure import Figure

    wrapped = [line for text in lines for line in _wrapped(text, _SIGNS_A_LINE)]
    title = _wrapped(scene.citation.title, 95)
    legend_height = 0.235 * _legend_rows(scene) + 0.12
    below = legend_height + _LINE_HEIGHT * (len(wrapped) + 1)
    above = 0.32 * len(title) + 0.2
    height = _MAP_HEIGHT + below + above
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.01, below / height, 0.98, _MAP_HEIGHT / height))
    _draw_map(axes, scene)
    start, side = (0.985, "right") if translator.is_rtl else (0.015, "left")
    figure.text(
        start, 1 - 0.12 / height, _ordered(title, translator), fontsize=14, weight="bold", ha=side, va="top"
    )
    _draw_legend(figure, scene, (_LINE_HEIGHT * (len(wrapped) + 1)) / height, translator)
    told = _ordered(wrapped, translator)
    small: Any = {"fontsize": _SMALL, "color": "#3b4650", "linespacing": 1.25}
    figure.text(start, _LINE_HEIGHT / 2 / height, told, ha=side, va="bottom", **small)
    return figure


def _wrapped(text: str, signs: int) -> list[str]:
    return textwrap.wrap(text, signs, break_long_words=True, break_on_hyphens=False)


def _ordered(lines: Iterable[str], translator: Translator) -> str:
    """Lines as they are read: one that begins with a foreign word still runs from right to left."""
    mark = "\u200f" if translator.is_rtl else ""  # RIGHT-TO-LEFT MARK
    return "\n".join(f"{mark}{line}" for line in lines)


def _columns(scene: FigureScene) -> int:
    longest = max((len(entry.text) for entry in scene.legend), default=0)
    return 4 if longest < 36 else 3


def _legend_rows(scene: FigureScene) -> int:
    return -(-len(scene.legend) // _columns(scene)) + 1


def _draw_legend(figure: Figure, scene: FigureScene, bottom: float, translator: Translator) -> None:
    from matplotlib.patches import Patch

    handles: list[Patch] = []
    for entry in scene.legend:
        face, hatch = (entry.colour, "") if entry.kind == "class" else _FILLS[entry.fill]
        edge = _OUTLINE if entry.kind == "home" else "#9aa5ad"
        patch = Patch(facecolor=face, hatch=hatch, edgecolor=edge, label=_legend_text(entry, translator))
        patch.set_hatchcolor(_INK)
        handles.append(patch)
    if translator.is_rtl:
        handles = _from_the_right(handles, _columns(scene))
    side, start = ("right", 0.99) if translator.is_rtl else ("left", 0.01)
    place: Any = {"loc": f"lower {side}", "bbox_to_anchor": (start, bottom), "alignment": side}
    figure.legend(
        handles=handles,
        title=_legend_title(scene, translator),
        ncol=_columns(scene),
        frameon=False,
        fontsize=9,
        title_fontproperties={"weight": "bold", "size": 9},
        markerfirst=not translator.is_rtl,
        borderaxespad=0,
        handlelength=2.2,
        **place,
    )


def _from_the_right(handles: list[Patch], columns: int) -> list[Patch]:
    """Entries whose columns are filled from right to left, where matplotlib fills them from the left."""
    from matplotlib.patches import Patch

    rows = -(-len(handles) // columns)
    missing = rows * columns - len(handles)
    padded = handles + [Patch(facecolor="none", edgecolor="none", label=" ") for _ in range(missing)]
    chunks = [padded[at : at + rows] for at in range(0, len(padded), rows)]
    return [patch for chunk in reversed(chunks) for patch in chunk]


def _legend_title(scene: FigureScene, translator: Translator) -> str:
    """What is classed, and how large its circles are."""
    title = rate_label(scene.answer.measure_label, scene.shading.rates, translator)
    if not scene.circles:
        return title
    sized = build_sized_legend(circle_values(scene.answer.joined, scene.shading, scene.home))
    told = [f"{significant(translator, one.value)} = {2 * one.radius * _MILLIMETRES:.1f} mm" for one in sized]
    return f"{title} · {translator('Sizes of the circles')}{translator(': ')}{translator.list(told)}"


def _legend_text(entry: LegendEntry, translator: Translator) -> str:
    return entry.text if entry.kind == "home" else f"{entry.text} ({translator.number(entry.countries)})"


def _draw_map(axes: Axes, scene: FigureScene) -> None:
    frame = scene.answer.joined.frame
    projected = gpd.GeoSeries(frame.geometry, crs="EPSG:4326").to_crs(EQUAL_EARTH)
    simple = shapely.coverage_simplify(projected.to_numpy(), _TOLERANCE)  # neighbours keep their common line
    for iso3, shape in zip(frame["iso3"].tolist(), simple, strict=True):
        _draw_shape(axes, shape, iso3, scene)
    if scene.circles:
        _draw_circles(axes, frame, scene)
    else:
        _draw_small_states(axes, frame, scene)
    for line in read_boundary_lines(scene.answer.view).to_crs(EQUAL_EARTH).geometry:
        for part in shapely.get_parts(line):
            axes.plot(*part.xy, color=_EDGE, linewidth=2.6, zorder=3)
            axes.plot(*part.xy, color=_OUTLINE, linewidth=1.1, linestyle=(0, (3, 2)), zorder=3, gid="dashed")
    _look(axes, frame, scene)


def _face(scene: FigureScene, iso3: str) -> tuple[str, str]:
    """Colour and hatch of a country; plain where a circle tells its figure."""
    fill = scene.shading.fills[iso3]
    if scene.circles and fill != HOME and _has_circle(scene, iso3):
        return _PLAIN
    return _colour(scene, fill)


def _has_circle(scene: FigureScene, iso3: str) -> bool:
    return iso3 in circle_values(scene.answer.joined, scene.shading, scene.home)


def _colour(scene: FigureScene, fill: str) -> tuple[str, str]:
    return (scene.colours[int(fill)], "") if fill.isdigit() else _FILLS[fill]


def _draw_shape(axes: Axes, shape: shapely.Geometry, iso3: str, scene: FigureScene) -> None:
    from matplotlib.patches import PathPatch

    face, hatch = _face(scene, iso3)
    is_home = scene.shading.fills[iso3] == HOME
    patch = PathPatch(
        _path(shape),
        facecolor=face,
        hatch=hatch,
        edgecolor=_OUTLINE if is_home else _EDGE,
        linewidth=1.4 if is_home else 0.4,
        zorder=2 if is_home else 1,
    )
    patch.set_hatchcolor(_INK)
    patch.set_gid(f"country-{iso3}")
    axes.add_artist(patch)  # add_patch would work out limits that are set anyway


def _path(shape: shapely.Geometry) -> Path:
    from matplotlib.path import Path

    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*(Path(np.asarray(ring.coords)[:, :2], closed=True) for ring in rings))


def _draw_small_states(axes: Axes, frame: gpd.GeoDataFrame, scene: FigureScene) -> None:
    """A circle where a state is too small to be seen."""
    small = frame[frame["marker"].astype(bool)]
    points = gpd.GeoSeries(gpd.points_from_xy(small["label_lon"], small["label_lat"]), crs="EPSG:4326")
    for iso3, point in zip(small["iso3"].tolist(), points.to_crs(EQUAL_EARTH), strict=True):
        if scene.shading.fills[iso3] == State.NONE:
            continue
        face, hatch = _face(scene, iso3)
        drawn = axes.scatter(
            [point.x],
            [point.y],
            s=34,
            facecolor=face,
            edgecolor=_OUTLINE,
            linewidth=0.7,
            zorder=4,
            hatch=hatch,
        )
        drawn.set_gid(f"symbol-{iso3}")


def _draw_circles(axes: Axes, frame: gpd.GeoDataFrame, scene: FigureScene) -> None:
    """A circle a figure at the country's label, its area as on the page; dashed below zero."""
    sizes = build_sizes(circle_values(scene.answer.joined, scene.shading, scene.home))
    points = gpd.GeoSeries(gpd.points_from_xy(frame["label_lon"], frame["label_lat"]), crs="EPSG:4326")
    placed = zip(frame["iso3"].tolist(), points.to_crs(EQUAL_EARTH), strict=True)
    for iso3, point in sorted(placed, key=lambda one: (-abs(sizes.get(one[0], 0)), one[0])):
        radius = sizes.get(iso3, 0)
        if not radius:
            continue
        face, hatch = _colour(scene, scene.shading.fills[iso3])
        drawn = axes.scatter(
            [point.x],
            [point.y],
            s=_area(radius),
            facecolor=face,
            edgecolor=_OUTLINE,
            linewidth=0.7,
            linestyle="--" if radius < 0 else "-",
            zorder=4,
            hatch=hatch,
        )
        drawn.set_gid(f"circle-{iso3}")


def _area(radius: float) -> float:
    """The size by which matplotlib draws a circle of a radius in pixels: its diameter in points, squared."""
    return float((2 * abs(radius) * _POINTS_A_PIXEL) ** 2)


def _look(axes: Axes, frame: gpd.GeoDataFrame, scene: FigureScene) -> None:
    """Fit the map to the countries that have any record, and the home country."""
    shown = (iso3 for iso3, fill in scene.shading.fills.items() if fill != State.NONE)
    west, south, east, north = frame_around(bounds_of(frame, shown), _WIDTH * 0.98 / _MAP_HEIGHT)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect("equal")
    axes.set_axis_off()
