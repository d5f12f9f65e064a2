"""The only place where pages write HTML: constants of ours, and text that went through the one gate."""

from __future__ import annotations

import streamlit as st

from ess import escape
from ess.locales import Translator
from ess.maps.legend import LegendEntry

# Patterns of the legend repeat those that country_layer.js draws on the canvas.
_STYLE = """<style>
.atlas-legend { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; line-height: 1.5; }
.atlas-legend > span { display: inline-flex; align-items: center; gap: 6px; }
.atlas-legend b { font-weight: 600; }
.atlas-legend i { display: inline-block; width: 22px; height: 15px; flex: none;
  border: 1px solid #9aa5ad; border-radius: 2px; }
.atlas-legend small { color: #55616b; font-size: 13px; }
i.fill-present { background: repeating-linear-gradient(135deg, #fff 0 3px, #8a959d 3px 4.5px); }
i.fill-several { background: repeating-linear-gradient(135deg, #fff 0 3px, #8a959d 3px 4.5px); }
i.fill-planned { background: radial-gradient(circle, #5b6770 1.5px, #fff 1.8px) 0 0 / 7px 7px; }
i.fill-none { background: #dfe3e6; }
.atlas-legend i.fill-home { background: #fffdf5; border: 2.5px solid #1d2733; }
.st-key-atlas-header { border-bottom: 1px solid #cfd8de; padding-bottom: .25rem; }
[data-testid="stCaptionContainer"] { opacity: .8; }
[data-testid="stMetricLabel"] p { white-space: normal; overflow: visible; }
[data-testid="stMainBlockContainer"] { padding-top: 3.75rem; padding-bottom: 3rem; max-width: 1480px; }
iframe[title*="st_folium"] { display: block; }
.st-key-map-frame { min-height: 470px; background: #f3f6f8; }
.st-key-country-map-frame { min-height: 300px; background: #f3f6f8; }
.st-key-map-sentence { min-height: 1.75rem; }
.st-key-map-headlines { min-height: 116px; }
@media (max-width: 640px) {
  .st-key-map-headlines [data-testid="stColumn"] { min-width: calc(50% - 1rem); flex: 1 1 calc(50% - 1rem); }
}
</style>"""
_RIGHT_TO_LEFT = """<style>
[data-testid="stMainBlockContainer"] [data-testid="stMarkdownContainer"],
[data-testid="stMainBlockContainer"] [data-testid="stCaptionContainer"],
[data-testid="stMainBlockContainer"] [data-testid="stMetric"],
[data-testid="stMainBlockContainer"] [data-testid="stHeading"],
[data-testid="stMainBlockContainer"] [data-testid="stWidgetLabel"],
[data-testid="stMainBlockContainer"] .atlas-legend { direction: rtl; text-align: right; }
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


def show_legend(title: str, entries: list[LegendEntry], translator: Translator) -> None:
    """The legend of the map: a swatch, what it means, and for how many countries."""
    lines = escape.joined(_legend_line(entry, translator) for entry in entries)
    st.html(
        escape.fill(
            '<div class="atlas-legend" role="list"><b>{title}</b>{lines}</div>', title=title, lines=lines
        )
    )


def _legend_line(entry: LegendEntry, translator: Translator) -> escape.Markup:
    return escape.fill(
        '<span role="listitem">{swatch}<span>{text} <small>{count}</small></span></span>',
        swatch=_swatch(entry),
        text=entry.text,
        count="" if entry.kind == "home" else f"({translator.number(entry.countries)})",
    )


def _swatch(entry: LegendEntry) -> escape.Markup:
    if entry.kind == "class":
        return escape.fill('<i style="background:{colour}"></i>', colour=entry.colour)
    return escape.fill('<i class="fill-{fill}"></i>', fill=entry.fill)
