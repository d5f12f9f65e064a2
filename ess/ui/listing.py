"""Lists that are turned page by page, and the choices that narrow them: plain HTML, codes in the address."""

from __future__ import annotations

from collections.abc import Mapping

from ess.escape import Markup, fill, joined
from ess.ui.context import Context

_SELECTED = fill(' selected=""')


def page_of(asked: int, total: int, listed: int) -> int:
    """The page that is shown: the one asked for, or the last one where there are fewer."""
    return min(asked, max(1, -(-total // listed)))


def build_choice_of(label: str, key: str, labels: Mapping[str, str], chosen: str) -> Markup:
    """A list that sets one key of the address; an empty code lets the key go."""
    return fill(
        '<label class="atlas-choice">{label}<select data-set="{key}">{options}</select></label>',
        label=label,
        key=key,
        options=build_marked_options(labels, chosen),
    )


def build_marked_options(labels: Mapping[str, str], chosen: str) -> Markup:
    """The options of a list, the chosen one marked."""
    return joined(
        fill(
            '<option value="{code}"{mark}>{text}</option>',
            code=code,
            mark=_SELECTED if code == chosen else "",
            text=text,
        )
        for code, text in labels.items()
    )


def build_pager(context: Context, key: str, page: int, total: int, listed: int) -> Markup:
    """Where in a list the reader is, and the ways to turn it; nothing for a list of one page."""
    t, last = context.t, page_of(total, total, listed)
    if last <= 1:
        return Markup()
    first = (page - 1) * listed
    said = t(
        "{first} to {last} of {total}",
        first=t.number(first + 1),
        last=t.number(min(first + listed, total)),
        total=t.number(total),
    )
    return build_turns(
        context,
        said,
        build_turn(key, page - 1, t("Previous page")) if page > 1 else Markup(),
        build_turn(key, page + 1, t("Next page")) if page < last else Markup(),
    )


def build_turns(context: Context, said: str, before: Markup, after: Markup) -> Markup:
    """What a list shows now, between the ways to what is before and after it."""
    return fill(
        '<nav class="atlas-turns" aria-label="{about}">{before}<span>{said}</span>{after}</nav>',
        about=context.t("Pages of the list"),
        before=before,
        said=said,
        after=after,
    )


def build_turn(key: str, page: int, text: str) -> Markup:
    """A button that turns the list of that key to a page."""
    return fill(
        '<button data-choose="{key}" data-code="{page}">{text}</button>', key=key, page=page, text=text
    )
