"""The only place where pages write HTML: constants of ours, and text that went through the one gate."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ess import escape
from ess.escape import Markup
from ess.locales import Translator
from ess.maps.legend import LegendEntry, SiteEntry, SiteLegend
from ess.ui.context import Context

_STYLE = Path(__file__).with_name("style.css")
_RIGHT_TO_LEFT = """<style>
[data-testid="stMainBlockContainer"] [data-testid="stMarkdownContainer"],
[data-testid="stMainBlockContainer"] [data-testid="stCaptionContainer"],
[data-testid="stMainBlockContainer"] [data-testid="stMetric"],
[data-testid="stMainBlockContainer"] [data-testid="stHeading"],
[data-testid="stMainBlockContainer"] [data-testid="stWidgetLabel"] { direction: rtl; text-align: right; }
</style>"""


def show_style(translator: Translator) -> None:
    """The pages' few rules of style; texts run from right to left where the language does."""
    st.html(_STYLE)
    if translator.is_rtl:
        st.html(_RIGHT_TO_LEFT)


def show_uploader_words(button: str, hint: str) -> None:
    """The words of the uploader, which Streamlit has in English only; they must not hold a sign of HTML."""
    st.html(
        escape.fill(
            """<style>
[data-testid="stFileUploaderDropzone"] button p, [data-testid="stFileUploaderDropzoneInstructions"] *
  {{ font-size: 0; }}
[data-testid="stFileUploaderDropzone"] button p::after {{ content: "{button}"; font-size: 1rem; }}
[data-testid="stFileUploaderDropzoneInstructions"]::after {{ content: "{hint}"; font-size: .875rem; }}
</style>""",
            button=button,
            hint=hint,
        )
    )


def show_html(context: Context, *pieces: Markup) -> None:
    """Pieces of our own HTML as one element of the page, in the reader's language and direction."""
    direction = "rtl" if context.t.is_rtl else "ltr"
    st.html(
        escape.fill(
            '<div class="atlas" lang="{lang}" dir="{direction}">{inside}</div>',
            lang=context.t.lang,
            direction=direction,
            inside=escape.joined(pieces),
        )
    )


def show_places(context: Context, values: Markup, **pieces: Markup) -> None:
    """Pieces of our own HTML as one element; the style sheet puts each at the place that its name says.

    `values`, which nobody sees, come first: the map is what takes longest to be drawn.
    """
    show_html(
        context,
        values,
        *(
            escape.fill('<div class="place-{place}">{inside}</div>', place=place, inside=inside)
            for place, inside in pieces.items()
        ),
    )


def build_note(text: str) -> Markup:
    """A line in small print; nothing where there is no text."""
    return escape.fill('<p class="atlas-note">{text}</p>', text=text) if text else Markup()


def build_legend_lines(
    title: str, entries: list[LegendEntry], translator: Translator, *, counted: bool = True
) -> Markup:
    """The legend of the map: a swatch, what it means, and (where `counted`) for how many countries."""
    lines = escape.joined(_legend_line(entry, translator, counted=counted) for entry in entries)
    return escape.fill(
        '<div class="atlas-legend" role="list"><b>{title}</b>{lines}</div>', title=title, lines=lines
    )


def build_site_lines(legend: SiteLegend, translator: Translator) -> Markup:
    """The legend of the sites: how many there are, and what each mark means."""
    lines = escape.joined(_site_line(entry, translator) for entry in legend.entries)
    return escape.fill(
        '<div class="atlas-site-legend" role="list"><b>{counts}</b>{lines}</div>',
        counts=" · ".join(legend.counts),
        lines=lines,
    )


def _site_line(entry: SiteEntry, translator: Translator) -> Markup:
    swatch = escape.fill('<i class="site-{look}"></i>', look=entry.look)
    return _line(swatch, entry.text, entry.sites, translator)


def _legend_line(entry: LegendEntry, translator: Translator, *, counted: bool) -> escape.Markup:
    count = entry.countries if counted and entry.kind != "home" else None
    return _line(_swatch(entry), entry.text, count, translator)


def _line(swatch: Markup, text: str, count: int | None, translator: Translator) -> Markup:
    """A line of either legend; without a number where none is counted."""
    return escape.fill(
        '<span role="listitem">{swatch}<span>{text} <small>{count}</small></span></span>',
        swatch=swatch,
        text=text,
        count="" if count is None else f"({translator.number(count)})",
    )


def _swatch(entry: LegendEntry) -> escape.Markup:
    if entry.kind == "class":
        return escape.fill('<i style="background:{colour}"></i>', colour=entry.colour)
    return escape.fill('<i class="fill-{fill}"></i>', fill=entry.fill)
