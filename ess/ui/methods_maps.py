"""Sources and methods: how values become classes, rates and circles, and when a map of them misleads."""

from __future__ import annotations

import streamlit as st

from ess.locales import N_
from ess.ui.context import Context
from ess.ui.controls import SCHEME_LABELS

#: Each scheme of `ess.analysis.breaks.SCHEMES`: how it works, and when it misleads.
SCHEME_TEXTS: dict[str, tuple[str, str]] = {
    "quantiles": (
        N_("About as many countries in each class; the limits are interpolated between values."),
        N_("It parts nearly equal values, and puts very unequal ones together, only to fill the "
           "classes; where many values are equal, classes are uneven or fewer."),
    ),
    "equal": (
        N_("Classes of the same width between the smallest and the largest value."),
        N_("One very large value leaves almost all countries in the lowest class; empty classes are "
           "left out."),
    ),
    "natural": (
        N_("The classes within which values differ least: the exact optimum of Fisher (1958), known as "
           "Jenks."),
        N_("The limits fit these values only: two maps classed so cannot be compared class by class."),
    ),
    "head_tail": (
        N_("Divided at the mean, then what is above it at its own mean, and so on (Jiang 2013); the "
           "values, not the reader, say how many classes there are, up to the number chosen."),
        N_("It is for few large values among many small ones. Where about half lie above the mean, it "
           "says little; the legend then warns."),
    ),
    "log": (
        N_("Each class is as many times wider than the one below. Zero and negative values have no "
           "logarithm: they are a lowest class of their own, because a stated zero is a figure."),
        N_("Differences among large values look small; a reader who expects equal steps misjudges them."),
    ),
    "manual": (
        N_("Limits typed in, up to eight: each belongs to the class below it. The end classes are open, "
           "so that no value falls outside, and a class without a country stays in the legend."),
        N_("Limits can be chosen to make any point. They are in the address and in the files, to be "
           "checked."),
    ),
}  # fmt: skip
#: Colours, division, circles: what the reader must know of each.
DRAWING_TEXTS: tuple[tuple[str, str], ...] = (
    (
        N_("Classes are decided once"),
        N_("Map, legend, histogram, table and files read the same limits. The home country is outlined "
           "and has no part in them; a country without a figure is in no class."),
    ),
    (
        N_("Colours"),
        N_("Every palette keeps its classes apart for readers with deuteranopia, protanopia and "
           "tritanopia; that is computed for every number of classes. Colours that diverge need a "
           "middle, which the legend names: median, mean, zero or a chosen value. Each side of it is "
           "then classed by itself."),
    ),
    (
        N_("Divided by inhabitants or area"),
        N_("Records, amounts and figures that may be added can be told per million inhabitants or per "
           "100,000 km². Inhabitants are the World Bank’s latest value (mid-year estimate), with its "
           "year; it is that of the World Bank’s country in every boundary view. Areas are geodesic on "
           "WGS 84, of the country as the view draws it, lakes included. A country without a "
           "denominator keeps its figure and has no rate, which is not zero. A lower bound stays one."),
    ),
    (
        N_("Small numbers divided"),
        N_("A single record in a very small country gives the highest rate of all. Read rates beside "
           "the figures that they are made of: both stand in the table."),
    ),
    (
        N_("Quantities on areas, and circles"),
        N_("A filled country draws the eye by its area, not by its figure: quantities are better drawn "
           "as circles. The area of a circle is strictly proportional to the figure. Readers "
           "underestimate large circles; the enlargement that Flannery proposed is not applied, the "
           "legend shows sizes to compare. Circles that overlap are drawn largest first; small states "
           "have one like any other."),
    ),
)  # fmt: skip


def show_map_methods(context: Context) -> None:
    """How maps are made here: each scheme with its weakness, then colours, rates and circles."""
    t = context.t
    st.markdown(f"#### {t('Classification')}")
    for scheme, (works, misleads) in SCHEME_TEXTS.items():
        st.markdown(
            f"**{t(SCHEME_LABELS[scheme])}** — {t(works)} *{t('When it misleads')}*{t(': ')}{t(misleads)}"
        )
    st.markdown(f"#### {t('Colours, rates and circles')}")
    for title, text in DRAWING_TEXTS:
        st.markdown(f"**{t(title)}** — {t(text)}")
