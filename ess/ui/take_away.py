"""What a reader takes away: the numbers as a file, the address of the view, a report of an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from ess.escape import Markup, fill, joined
from ess.exports.citation import build_citation, format_apa, format_bibtex, format_ris
from ess.exports.labels import measure_label
from ess.exports.taking import KINDS, FileKind, What
from ess.exports.wording import view_title
from ess.locales import N_
from ess.ui.bridge import take_opened
from ess.ui.context import Context
from ess.ui.controls import build_late_menu, build_menu
from ess.ui.downloads import download_address
from ess.ui.html import build_note, show_html
from ess.ui.links import permalink, pinned_permalink

#: What can be taken away, in the order of the panel, with what it is called.
_GROUPS: tuple[tuple[What, str], ...] = (
    ("map", N_("What the map shows, by country")),
    ("figure", N_("The map itself")),
    ("records", N_("The activities of the selection")),
    ("everything", N_("The whole portfolio, whatever is selected")),
)


#: The panels, with their headings, in their order.
_PANELS = {
    "files": N_("Download"),
    "link": N_("Link to this view"),
    "cite": N_("Cite"),
    "report": N_("Report an error"),
}


def build_take_away(context: Context) -> Markup:
    """Files, permanent links, citation, error report: each panel is made when it is opened."""
    made = {
        "files": build_files,
        "link": build_link,
        "cite": build_citation_panel,
        "report": build_error_report,
    }
    return _late_menus(context, {name: partial(make, context) for name, make in made.items()})


def show_passing_on(context: Context, about: str) -> None:
    """Links, citation and error report of a page that gives its own files; `about` is what it shows."""
    made = {
        "link": partial(build_link, context),
        "cite": partial(build_citation_panel, context, about=about),
        "report": partial(build_error_report, context, about),
    }
    show_html(context, _late_menus(context, made))


def _late_menus(context: Context, made: Mapping[str, Callable[[], Markup]]) -> Markup:
    """Those panels of `made` that are offered, each made when it is opened."""
    opened = take_opened()
    return _side_by_side(
        build_late_menu(context.t(title), name, opened, made[name])
        for name, title in _offered(context)
        if name in made
    )


def build_country_take_away(context: Context, name: str) -> Markup:
    """Links, citation and error report of a country's page, all made: the page changes as a whole."""
    made = {
        "link": build_link(context),
        "cite": build_citation_panel(context, "country"),
        "report": build_error_report(context, name),
    }
    menus = (build_menu(context.t(title), key, made[key]) for key, title in _offered(context) if key in made)
    return _side_by_side(menus)


def _offered(context: Context) -> list[tuple[str, str]]:
    """Panels and headings; what only this session sees can be neither linked to nor cited."""
    return [
        (name, title) for name, title in _PANELS.items() if not (context.is_own and name in ("link", "cite"))
    ]


def _side_by_side(menus: Iterable[Markup]) -> Markup:
    return fill('<div class="atlas-controls">{menus}</div>', menus=joined(menus))


def build_files(context: Context) -> Markup:
    """Every file that can be taken away."""
    t = context.t
    said = t("Every file says its filters, boundaries, snapshot and caveats.")
    groups = joined(
        fill(
            '<p class="atlas-files"><b>{title}</b>{links}</p>',
            title=t(title),
            links=joined(_file_link(context, kind) for kind in KINDS if kind.what == what),
        )
        for what, title in _GROUPS
    )
    return joined([build_note(said), groups])


def _file_link(context: Context, kind: FileKind, page: str = "") -> Markup:
    return fill(
        '<a href="{address}" download="" data-file="{name}">{label}</a>',
        address=download_address(context, kind, page),
        name=f"{kind.what}.{kind.ending}",
        label=context.t(kind.label),
    )


def build_citation_panel(context: Context, page: str = "", about: str = "") -> Markup:
    """How this view is cited: as text, and for reference managers.

    Files for them are made of the map and of a country; of what else a page is `about` there is the text.
    """
    t, state = context.t, context.state
    has_files = not about
    if page == "country" and state.iso3 is not None:
        about = context.country(state.iso3)
    about = about or t("{measure} by country", measure=measure_label(state.measure, context.vocabulary, t))
    atlas = context.settings.title or t("Atlas of South-South cooperation")
    citation = build_citation(
        f"{atlas}{t(': ')}{view_title(about, state.selection, context.vocabulary, t)}",
        context.settings.institution,
        context.snapshot,
        pinned_permalink(context),
    )
    pieces = [
        build_note(t("The address in it opens these numbers again, also when others have been published.")),
        *_cited(context, "APA", format_apa(citation, t)),
        *_cited(context, "BibTeX", format_bibtex(citation, t)),
        *_cited(context, "RIS", format_ris(citation, t)),
        fill(
            '<p class="atlas-files">{links}</p>',
            links=joined(
                _file_link(context, kind, page) for kind in KINDS if has_files and kind.what == "citation"
            ),
        ),
    ]
    return joined(pieces)


def _cited(context: Context, style: str, text: str) -> tuple[Markup, Markup]:
    return fill("<b>{style}</b>", style=style), _text_to_take(context, text, style)


def build_link(context: Context) -> Markup:
    """The address of the exact view, to pass on: as it is now, and with the numbers of this snapshot."""
    t = context.t
    now = t("This address gives exactly this view, with the same filters, classes and boundaries.")
    later = t("This one also holds the snapshot: it gives the same numbers when others have been published.")
    pieces = [
        build_note(now),
        _text_to_take(context, permalink(replace(context, state=replace(context.state, snapshot=None)))),
        build_note(later),
        _text_to_take(context, pinned_permalink(context), "snapshot"),
    ]
    return joined(pieces)


def _text_to_take(context: Context, text: str, name: str = "") -> Markup:
    """Text that is marked as a whole when it is pressed."""
    return fill(
        '<textarea class="atlas-take" readonly="" rows="{rows}" dir="{direction}" aria-label="{label}" '
        'data-take="{name}">{text}</textarea>',
        rows=4,
        direction="auto" if name == "APA" else "ltr",
        label=f"{context.t('Text to copy')} {name}".strip(),
        name=name,
        text=_lines(text),
    )


def _lines(text: str) -> Markup:
    """A text with its line ends, which a reference manager reads by."""
    first, *others = text.splitlines() or [""]
    return joined([fill("{line}", line=first), *(fill("\n{line}", line=line) for line in others)])


def build_error_report(context: Context, about: str = "") -> Markup:
    """A way to say that a figure is wrong: to the address of the installation, or as a text to pass on."""
    t, contact = context.t, context.settings.contact
    snapshot = t("Snapshot {id}", id=context.snapshot.id)
    reference = " · ".join(filter(None, (about, pinned_permalink(context), snapshot)))
    said = t(
        "Say which figure is wrong and which source says otherwise. This reference finds the exact view:"
    )
    pieces = [
        build_note(said),
        _text_to_take(context, reference),
        _way_to_report(context, contact, reference),
    ]
    return joined(pieces)


def _way_to_report(context: Context, contact: str, reference: str) -> Markup:
    t = context.t
    if contact.startswith("https://"):
        return fill('<p><a href="{contact}">{text}</a></p>', contact=contact, text=t("Report it"))
    if contact:
        subject = quote(t("Error in the atlas"))
        address = f"mailto:{contact}?subject={subject}&body={quote(reference)}"
        return fill('<p><a href="{address}">{contact}</a></p>', address=address, contact=contact)
    return build_note(t("Pass it on to whoever gave you this atlas."))
