"""The controls of the pages as plain HTML: each shows the state of the address and names what it sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby, islice

import streamlit as st

from ess.analysis.breaks import MANUAL, MAX_CLASSES, MIDDLES, MIN_CLASSES, SCHEMES
from ess.analysis.measures import list_measures
from ess.analysis.normalising import NORMS
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import FILTERS
from ess.escape import Markup, fill, joined
from ess.exports.labels import FILTER_LABELS, measure_label, option_label
from ess.locales import N_, Translator, translator
from ess.maps.palette import DIVERGING, PALETTES
from ess.ui import cache
from ess.ui.bridge import NUMBERS, TYPED_IN_VAIN, InVain
from ess.ui.context import Context
from ess.ui.html import show_html
from ess.ui.keep import Keep
from ess.ui.keys import MARKS, SITES, codes_of
from ess.ui.listing import build_marked_options
from geodata.codes import country_names, near_countries
from geodata.layer import BOUNDARY_VIEWS

MEASURE_GROUPS: Mapping[str, str] = {
    "count": N_("Records"),
    "result": N_("Stated figures"),
    "amount": N_("Amounts"),
}
SCHEME_LABELS: Mapping[str, str] = {
    "quantiles": N_("Quantiles (as many countries in each class)"),
    "equal": N_("Equal intervals"),
    "natural": N_("Natural breaks (Fisher-Jenks)"),
    "head_tail": N_("Head/tail breaks (for few large values)"),
    "log": N_("Logarithmic (geometric intervals)"),
    "manual": N_("Limits typed in"),
}
PALETTE_LABELS: Mapping[str, str] = {
    "YlGnBu": N_("Yellow to blue"),
    "YlOrBr": N_("Yellow to brown"),
    "BuPu": N_("Blue to purple"),
    "Greens": N_("Greens"),
    "Blues": N_("Blues"),
    "PuOr": N_("Orange to purple, around a middle"),
    "RdBu": N_("Red to blue, around a middle"),
    "BrBG": N_("Brown to teal, around a middle"),
}
MIDDLE_LABELS: Mapping[str, str] = {"median": N_("Median"), "mean": N_("Mean"), "zero": N_("Zero")}
NORM_LABELS: Mapping[str, str] = {
    "none": N_("Not divided"),
    "population": N_("Per million inhabitants"),
    "area": N_("Per 100,000 km²"),
}
MARK_LABELS: Mapping[str, str] = {"areas": N_("Filled countries"), "circles": N_("Proportional circles")}
VIEW_LABELS: Mapping[str, str] = {
    "un": N_("United Nations"),
    "ma": N_("As published in Morocco"),
    "de_facto": N_("De facto (Natural Earth)"),
}
SITE_LABELS: Mapping[str, str] = {"shown": N_("Shown on the map"), "hidden": N_("Not shown")}
#: Options of a filter that are listed with a box each; of more, a name is typed.
_LISTED = 400
#: Options of a list that are looked through at a glance.
_AT_A_GLANCE = 10
_NEAR = 12
#: The option of a list that stands for any value typed beside it.
TYPED = "typed"
_HIDDEN = fill(' hidden=""')
_CHECKED = fill(' checked=""')


def show_map_controls(context: Context) -> None:
    """What the map shows, the country it leads to, the filters, how it is drawn, and the way back."""
    show_controls(
        context,
        build_measures(context),
        build_country_field(context),
        build_menu(context.t("Filters"), "filters", joined([build_search(context), build_filters(context)])),
        build_menu(context.t("Display"), "display", build_display(context)),
        fill('<button class="atlas-button" data-reset="">{text}</button>', text=context.t("Reset")),
    )


def show_controls(context: Context, *controls: Markup) -> None:
    """Controls side by side; they wrap on a narrow screen."""
    show_html(context, fill('<div class="atlas-controls">{controls}</div>', controls=joined(controls)))


def build_measures(context: Context) -> Markup:
    """What is mapped, grouped by kind."""
    groups = groupby(list_measures(context.vocabulary), key=lambda measure: measure.kind)
    options = joined(
        fill(
            '<optgroup label="{group}">{options}</optgroup>',
            group=context.t(MEASURE_GROUPS[kind]),
            options=build_options(
                context,
                "measure",
                {measure.key: measure_label(measure, context.vocabulary, context.t) for measure in measures},
            ),
        )
        for kind, measures in groups
    )
    return fill(
        '<label class="atlas-choice wide">{label}<select data-set="measure">{options}</select></label>',
        label=context.t("What the map shows"),
        options=options,
    )


def build_choice(context: Context, label: str, key: str, labels: Mapping[str, str]) -> Markup:
    """A list that sets one key of the address to the code behind the chosen label."""
    return fill(
        '<label class="atlas-choice">{label}<select data-set="{key}">{options}</select></label>',
        label=label,
        key=key,
        options=build_options(context, key, labels),
    )


def build_options(context: Context, key: str, labels: Mapping[str, str]) -> Markup:
    """The options of a list, the one of the address marked."""
    chosen = codes_of(context.state)[key]
    chosen = chosen if chosen in labels or TYPED not in labels else TYPED
    return build_marked_options(labels, chosen)


def build_country_field(context: Context) -> Markup:
    """Jump to a country: choose a partner, or type any country's name in French, English or Arabic."""
    names = country_names()
    placed = sorted(_placed_countries(context), key=context.country)
    options = joined(
        fill(
            '<option value="{name}">{others}</option>',
            name=context.country(iso3),
            others=" · ".join(name for lang, name in names[iso3].items() if lang != context.t.lang),
        )
        for iso3 in placed
    )
    return fill(
        '<label class="atlas-choice name">{label}<input type="text" data-country="" list="atlas-countries" '
        'autocomplete="off" placeholder="{hint}"></label>'
        '<datalist id="atlas-countries">{options}</datalist>',
        label=context.t("Country"),
        hint=context.t("Choose, or type a name"),
        options=options,
    )


def _placed_countries(context: Context) -> set[str]:
    """Countries with a record of any kind, whatever is selected."""
    found = cache.headlines(context.snapshot.id, Selection(), context.state.view)
    home = (context.settings.home,) if context.settings.home else ()
    return {*found.partners, *found.planned_only, *home} & set(country_names())


def show_years_slider(context: Context) -> None:
    """A slider over the years with steps and play; its first place is for all years.

    Nothing where no record is dated. The page's script moves it (see ``controls.js``).
    """
    years = list(context.vocabulary.options["year"])
    if not years:
        return
    t, chosen = context.t, context.state.selection.year
    words = {"all": t("All years"), "several": t("Several years")}
    shown = chosen[0] if len(chosen) == 1 else words["several" if chosen else "all"]
    first = int(years[0]) - 1
    show_html(
        context,
        fill(
            '<div class="atlas-years" role="group" aria-label="{about}" dir="ltr">'
            '<button data-step="-1" aria-label="{before}">◀</button>'
            '<button data-play="" aria-label="{play}" aria-pressed="false"></button>'
            '<button data-step="1" aria-label="{after}">▶</button>'
            '<input type="range" data-years="" aria-label="{about}" min="{first}" max="{last}" value="{at}" '
            'aria-valuetext="{shown}" data-all="{all}" data-several="{several}">'
            "<output>{shown}</output></div>",
            about=t("Year"),
            before=t("One year back"),
            play=t("Play the years"),
            after=t("One year on"),
            first=first,
            last=years[-1],
            at=chosen[0] if len(chosen) == 1 else first,
            shown=shown,
            **words,
        ),
    )


def build_menu(title: str, name: str, inside: Markup) -> Markup:
    """A panel behind a button."""
    return fill(
        '<details class="atlas-menu" data-menu="{name}"><summary>{title}</summary>'
        '<div class="atlas-panel">{inside}</div></details>',
        name=name,
        title=title,
        inside=inside,
    )


def build_late_menu(title: str, name: str, opened: str, build: Callable[[], Markup]) -> Markup:
    """A panel that is filled in the rerun in which it is opened: other changes neither make nor send it."""
    return fill(
        '<details class="atlas-menu" data-menu="{name}" data-late=""{is_open}><summary>{title}</summary>'
        '<div class="atlas-panel">{inside}</div></details>',
        name=name,
        is_open=_OPEN if opened == name else "",
        title=title,
        inside=build() if opened == name else Markup(),
    )


_OPEN = fill(' open=""')


def build_filters(context: Context) -> Markup:
    """The filters; a filter without options in this portfolio is not shown."""
    note = context.t("Undated records stay visible under any year: nothing says that they lie outside it.")
    shown = [build_filter(context, key) for key in FILTERS if context.vocabulary.options[key]]
    return joined([*shown, fill('<p class="atlas-note">{note}</p>', note=note)])


def build_search(context: Context) -> Markup:
    """Free text: what says all of its words, in any of the three languages."""
    return fill(
        '<label class="atlas-choice wide">{label}<input type="search" data-text="q" autocomplete="off" '
        'value="{text}" placeholder="{hint}"></label>',
        label=context.t("Search"),
        text=" ".join(context.state.selection.q[:1]),
        hint=context.t("Words of a title, an actor, a country…"),
    )


def build_filter(context: Context, key: str) -> Markup:
    """One filter: several codes are alternatives. With very many options, names are typed."""
    options = context.vocabulary.options[key]
    chosen = getattr(context.state.selection, key)
    if len(options) > _LISTED:
        inside = _typed_options(context, key)
    else:
        inside = filter_boxes(context.snapshot.id, key, context.state.lang, chosen)
    return fill(
        "<details><summary>{label} <small>{count}</small></summary>{inside}</details>",
        label=context.t(FILTER_LABELS[key]),
        count=len(chosen) or "",
        inside=inside,
    )


@cache.kept(96)
def filter_boxes(keep: Keep, key: str, lang: str, chosen: tuple[str, ...]) -> Markup:
    """A box for each option. Kept, because every visitor's page begins with those of all filters."""
    known, t = cache.vocabulary(keep.snapshot.id), translator(lang)
    boxes = [
        fill(
            '<label><input type="checkbox" data-code="{code}"{mark}><span>{text}</span></label>',
            code=code,
            mark=_CHECKED if code in chosen else "",
            text=option_label(key, code, known, t),
        )
        for code in known.options[key]
    ]
    return joined(
        [
            _search(t) if len(boxes) > _AT_A_GLANCE else Markup(),
            fill(
                '<div class="atlas-options" role="group" aria-label="{label}" data-filter="{key}">'
                "{boxes}</div>",
                label=t(FILTER_LABELS[key]),
                key=key,
                boxes=joined(boxes),
            ),
        ]
    )


def _search(t: Translator) -> Markup:
    return fill(
        '<input type="search" data-search="" placeholder="{hint}" aria-label="{hint}">',
        hint=t("Search in this list"),
    )


def _typed_options(context: Context, key: str) -> Markup:
    count = len(context.vocabulary.options[key])
    return fill(
        '<label class="atlas-choice">{label}'
        '<input type="text" data-name-of="{key}" autocomplete="off"></label>',
        label=context.t("{count} in this portfolio: type a name or a code", count=context.t.number(count)),
        key=key,
    )


def _option(context: Context, key: str, code: str) -> str:
    return option_label(key, code, context.vocabulary, context.t)


def _near_options(context: Context, key: str, typed: str) -> list[str]:
    """The first options whose name or code holds what was typed, whatever its case."""
    wanted = typed.casefold()
    found = (
        code
        for code in context.vocabulary.options[key]
        if wanted in f"{code} {_option(context, key, code)}".casefold()
    )
    return list(islice(found, _NEAR))


def build_display(context: Context) -> Markup:
    """Classes and their colours, what figures are divided by and drawn as, boundary view and sites."""
    t = context.t
    return joined(
        [
            build_classification(context),
            build_palette(context),
            build_choice(
                context, t("Figures divided"), "norm", {code: t(NORM_LABELS[code]) for code in NORMS}
            ),
            build_choice(context, t("Drawn as"), "mark", {code: t(MARK_LABELS[code]) for code in MARKS}),
            build_boundary_view(context),
            build_choice(context, t("Sites"), "sites", {code: t(SITE_LABELS[code]) for code in SITES}),
        ]
    )


def build_classification(context: Context) -> Markup:
    """Scheme, and what it goes by: a number of classes, or limits typed in."""
    t = context.t
    numbers = {str(number): str(number) for number in range(MIN_CLASSES, MAX_CLASSES + 1)}
    computed = [scheme for scheme in SCHEMES if scheme != MANUAL]
    return joined(
        [
            build_choice(
                context, t("Classification"), "scheme", {code: t(SCHEME_LABELS[code]) for code in SCHEMES}
            ),
            build_only_for(
                context,
                "scheme",
                computed,
                build_choice(context, t("Number of classes, at most"), "k", numbers),
            ),
            build_only_for(
                context,
                "scheme",
                [MANUAL],
                build_typed(context, t("Class limits, for example 5, 10, 20"), "breaks"),
            ),
        ]
    )


def build_palette(context: Context) -> Markup:
    """Palette, and around which middle the colours of a diverging one turn."""
    t = context.t
    middles = {code: t(MIDDLE_LABELS[code]) for code in MIDDLES}
    around = [
        build_choice(context, t("Middle"), "middle", middles | {TYPED: t("A value typed in")}),
        build_typed(context, t("Middle: a value typed in"), "middle"),
    ]
    return joined(
        [
            build_choice(
                context, t("Palette"), "palette", {code: t(PALETTE_LABELS[code]) for code in PALETTES}
            ),
            build_only_for(context, "palette", DIVERGING, joined(around)),
        ]
    )


def build_typed(context: Context, label: str, key: str) -> Markup:
    """A field whose text is a key of the address; empty while a code with a name is chosen there."""
    found = codes_of(context.state)[key]
    return fill(
        '<label class="atlas-choice">{label}<input type="text" data-set="{key}" value="{text}" '
        'autocomplete="off" inputmode="text" dir="ltr"></label>',
        label=label,
        key=key,
        text="" if found in MIDDLES else found,
    )


def build_only_for(context: Context, key: str, codes: Sequence[str], inside: Markup) -> Markup:
    """Controls that mean something only under some codes of another; hidden under all others."""
    chosen = codes_of(context.state)[key]
    return fill(
        '<div class="atlas-only" data-when="{key}" data-codes="{codes}"{hidden}>{inside}</div>',
        key=key,
        codes=" ".join(codes),
        hidden=Markup() if chosen in codes else _HIDDEN,
        inside=inside,
    )


def build_boundary_view(context: Context) -> Markup:
    """How disputed boundaries are drawn: every visitor can see and change it."""
    labels = {code: context.t(VIEW_LABELS[code]) for code in BOUNDARY_VIEWS}
    return build_choice(context, context.t("Boundaries"), "view", labels)


def build_active_filters(context: Context) -> Markup:
    """The active filters in words, or that there is none; pressing one takes it out.

    There is a line in either case, so that the first filter does not push down what the reader looks at.
    """
    t = context.t
    pieces: list[Markup] = []
    before = ""
    for key, code in context.state.selection.pairs():
        link = t("or") if key == before else t("and") if before else t("Filtered by")
        text = _option(context, key, code)
        pieces += [
            fill("<span>{link}</span>", link=link),
            fill(
                '<button data-drop="{key}" data-code="{code}" title="{title}">{text}'
                '<span aria-hidden="true"> ✕</span></button>',
                key=key,
                code=code,
                title=t("Remove this filter"),
                text=text if key == before else f"{t(FILTER_LABELS[key])}{t(': ')}{text}",
            ),
        ]
        before = key
    if not pieces:
        pieces = [fill("<span>{text}</span>", text=t("No filter"))]
    return fill('<div class="atlas-chips atlas-active">{pieces}</div>', pieces=joined(pieces))


def build_unknown(context: Context) -> Markup:
    """Say that what was typed is no country or option, and what is near; nothing is chosen for the reader."""
    typed: InVain | None = st.session_state.pop(TYPED_IN_VAIN, None)
    if typed is None:
        return Markup()
    if typed.key in NUMBERS:
        return _no_number(context, typed.text)
    if typed.key == "with":
        return _no_side(context, typed.text)
    return _unknown_option(context, typed) if typed.key else _unknown_country(context, typed.text)


def _no_number(context: Context, typed: str) -> Markup:
    return fill(
        '<p class="atlas-alert" role="alert">{text}</p>',
        text=context.t(
            "{text} cannot be used: type up to 8 numbers, with a point for decimals and commas between them.",
            text=typed[:60],
        ),
    )


def _no_side(context: Context, typed: str) -> Markup:
    return fill(
        '<p class="atlas-alert" role="alert">{text}</p>',
        text=context.t("Nothing that can be compared is called {name}.", name=typed[:60]),
    )


def _unknown_country(context: Context, typed: str) -> Markup:
    near = [context.country(iso3) for iso3 in near_countries(typed, 3)]
    advice = context.t("Did you mean {names}?", names=context.t.list(near)) if near else ""
    return fill(
        '<p class="atlas-alert" role="alert">{text}</p>',
        text=context.t("No country is called {name}. {advice}", name=typed[:60], advice=advice),
    )


def _unknown_option(context: Context, typed: InVain) -> Markup:
    t = context.t
    near = joined(
        fill(
            '<button data-add="{key}" data-code="{code}">{text}</button>',
            key=typed.key,
            code=code,
            text=_option(context, typed.key, code),
        )
        for code in _near_options(context, typed.key, typed.text)
    )
    return fill(
        '<div class="atlas-alert" role="alert"><p>{text}</p><div class="atlas-chips">{near}</div></div>',
        text=t(
            "{filter}: nothing is called {name}.", filter=t(FILTER_LABELS[typed.key]), name=typed.text[:60]
        ),
        near=near,
    )
