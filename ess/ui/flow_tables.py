"""The pairs beside the map: as a matrix, a diagram, a list without places, and the records of one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from ess.analysis.counts import Count
from ess.analysis.flows import UNSTATED, Flow, Flows, Triangle, is_country
from ess.escape import Markup, fill, joined
from ess.exports.flows import end_name, flow_title, size_label, size_text
from ess.exports.labels import code_label
from ess.locales.figures import short_figure
from ess.maps.sankey import Link, Node, build_sankey
from ess.store.engine import Row
from ess.ui import cache
from ess.ui.context import Context
from ess.ui.explore import build_details, build_reference
from ess.ui.html import build_note
from ess.ui.keys import STATED, format_state
from ess.ui.listing import build_pager, page_of
from geodata.codes import country_names

#: Partners and providers of the matrix, bands of the diagram, triangles, and records of a pair on a page.
MOST_PARTNERS, MOST_PROVIDERS, MOST_BANDS, _MOST_TRIANGLES, _RECORDS = 60, 16, 40, 40, 8
_CURRENT = fill(' aria-current="true"')


def build_matrix(context: Context, found: Flows) -> Markup:
    """Partners by provider; a cell chooses its pair. Totals are of records, each once, never of the cells."""
    t = context.t
    if not found.pairs:
        return Markup()
    cells = _cells(found)
    providers, partners = _ranked(found, 0), _ranked(found, 1)
    columns, rows = providers[:MOST_PROVIDERS], partners[:MOST_PARTNERS]
    heads = joined(
        fill('<th scope="col" class="number">{name}</th>', name=end_name(end, t)) for end in columns
    )
    lines = joined(_matrix_line(context, found, partner, columns, cells) for partner in rows)
    totals = joined(_total(context, found, end, side=0) for end in columns)
    return fill(
        '<section class="atlas-section" data-part="matrix"><h3>{title}</h3>{counting}'
        '<div class="atlas-table atlas-matrix" tabindex="0" role="region" aria-label="{title}"><table>'
        '<thead><tr><th scope="col">{partner}</th>{heads}<th scope="col" class="number">{total}</th></tr>'
        '</thead><tbody>{lines}</tbody><tfoot><tr><th scope="row">{total}</th>{totals}{all}</tr></tfoot>'
        "</table></div>{others}</section>",
        title=t("Partners by provider"),
        counting=build_note(_counting(context, found)),
        partner=t("Partner"),
        total=t("Total"),
        heads=heads,
        lines=lines,
        totals=totals,
        all=fill('<td class="number"><b>{all}</b></td>', all=_all(context, found)),
        others=build_note(_others(context, len(partners) - len(rows), len(providers) - len(columns))),
    )


def _counting(context: Context, found: Flows) -> str:
    t = context.t
    if found.measure is None:
        return t(
            "Each total counts records once, planned ones apart; the last is of the whole selection, with "
            "cooperation of three parties. ↔ marks work both ways, which stands at both its places."
        )
    return t(
        "Amounts as published, in one currency. The last total is of the whole selection, with cooperation "
        "of three parties and what no pair has. ↔ marks work both ways, which stands at both its places."
    )


def _others(context: Context, partners: int, providers: int) -> str:
    t = context.t
    told = [
        t.n("{count} other partner", "{count} other partners", partners) if partners else "",
        t.n("{count} other provider", "{count} other providers", providers) if providers else "",
    ]
    found = t.list(filter(None, told))
    return t("Not in this table, but in the file: {others}.", others=found) if found else ""


def _cells(found: Flows) -> Mapping[tuple[str, str], list[Flow]]:
    """Pairs by provider and partner; two-way ones stand at both their places."""
    cells: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for pair in found.pairs:
        cells[pair.provider, pair.partner].append(pair)
        if pair.two_way:
            cells[pair.partner, pair.provider].append(pair)
    return cells


def _ranked(found: Flows, side: int) -> list[str]:
    """Providers (side 0) or partners (1), the largest first; who is not stated comes last."""
    totals: dict[str, float] = defaultdict(float)
    for pair in found.pairs:
        for place, end in enumerate(pair.ends):
            if place == side or pair.two_way:
                totals[end] += found.size_of(pair) or 0.0
    return sorted(totals, key=lambda end: (end == UNSTATED, -totals[end], end))


def _matrix_line(
    context: Context,
    found: Flows,
    partner: str,
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], list[Flow]],
) -> Markup:
    return fill(
        '<tr><th scope="row">{name}</th>{cells}{total}</tr>',
        name=end_name(partner, context.t),
        cells=joined(_cell(context, found, cells.get((provider, partner), ())) for provider in columns),
        total=_total(context, found, partner, side=1),
    )


def _cell(context: Context, found: Flows, pairs: Iterable[Flow]) -> Markup:
    return fill(
        '<td class="number">{buttons}</td>',
        buttons=joined(_pair_button(context, found, pair) for pair in pairs),
    )


def _pair_button(context: Context, found: Flows, pair: Flow) -> Markup:
    t = context.t
    shown = size_text(found, pair, t)
    return fill(
        '<button data-choose="pair" data-code="{key}"{current} aria-label="{label}">{sign}{size}</button> ',
        key=pair.key,
        current=_CURRENT if pair.key == context.state.followed.pair else "",
        label=f"{flow_title(pair, t)}{t(': ')}{shown}",
        sign="↔ " if pair.two_way else "",
        size=shown,
    )


def _total(context: Context, found: Flows, end: str, *, side: int) -> Markup:
    t = context.t
    if found.measure is None:
        text = _count_text(context, (found.providers, found.partners)[side].get(end, Count()))
    else:
        mine = [
            pair.value
            for pair in found.pairs
            if pair.ends[side] == end or (pair.two_way and end in pair.ends)
        ]
        told = [value for value in mine if value is not None]
        text = short_figure(t, sum(told), "=") if told else t("not stated")
    return fill('<td class="number">{text}</td>', text=text)


def _count_text(context: Context, count: Count) -> str:
    t = context.t
    firm = short_figure(t, count.firm, count.qualifier) if count.firm else ""
    planned = t.n("{count} planned", "{count} planned", count.planned) if count.planned else ""
    return ", ".join(filter(None, (firm, planned))) or t.number(0)


def _all(context: Context, found: Flows) -> str:
    if found.measure is None:
        return _count_text(context, found.overall)
    return short_figure(context.t, found.whole or 0.0, "=")


def build_triangles(context: Context, found: Flows) -> Markup:
    """Cooperation of three parties: who provides, who stands between, with whom; each one line."""
    t, listed = context.t, found.triangles[:_MOST_TRIANGLES]
    if not listed:
        return Markup()
    rest = len(found.triangles) - len(listed)
    lines = joined(
        fill(
            "<tr><td>{providers}</td><td>{pivots}</td><td>{partners}</td>"
            '<td class="number"><button data-choose="pair" data-code="{key}"{current} aria-label="{label}">'
            "{size}</button></td></tr>",
            providers=_names(context, one.providers or (UNSTATED,)),
            pivots=_names(context, one.pivots) or t("not stated"),
            partners=_names(context, one.partners),
            key=one.key,
            current=_CURRENT if one.key == context.state.followed.pair else "",
            label=f"{flow_title(one, t)}{t(': ')}{size_text(found, one, t)}",
            size=size_text(found, one, t),
        )
        for one in listed
    )
    return fill(
        '<section class="atlas-section" data-part="triangles"><h3>{title}</h3>{note}'
        '<div class="atlas-table" tabindex="0" role="region" aria-label="{title}"><table><thead><tr>'
        '<th scope="col">{provider}</th><th scope="col">{pivot}</th><th scope="col">{partners}</th>'
        '<th scope="col" class="number">{size}</th></tr></thead><tbody>{lines}</tbody></table></div>{rest}'
        "</section>",
        title=t("Triangular cooperation"),
        note=build_note(t("Three parties together: not split into pairs, and in none of the pairs above.")),
        provider=t("Provider"),
        pivot=t("Pivot country"),
        partners=t("Partners"),
        size=size_label(found, context.vocabulary, t),
        lines=lines,
        rest=build_note(_rest(context, rest)),
    )


def _names(context: Context, ends: Iterable[str]) -> str:
    return context.t.list(end_name(end, context.t) for end in ends)


def _rest(context: Context, rest: int) -> str:
    return context.t.n("{count} more is in the file.", "{count} more are in the file.", rest) if rest else ""


def build_sankey_part(context: Context, found: Flows) -> Markup:
    """The pairs as bands from providers to partners; pressing one chooses it. The matrix reads the same."""
    t = context.t
    sized = [(pair, found.size_of(pair) or 0.0) for pair in found.pairs]
    drawn = [(pair, size) for pair, size in sized if size > 0][:MOST_BANDS]
    if not drawn:
        return Markup()
    pairs = {pair.key: pair for pair, _ in drawn}
    shape = build_sankey([Link(pair.key, pair.provider, pair.partner, size) for pair, size in drawn])
    bands = joined(
        fill(
            '<i class="{looks}" style="clip-path:polygon({outline})" data-choose="pair" data-code="{key}" '
            'title="{title}"></i>',
            looks=_looks(context, pairs[band.key]),
            outline=band.outline,
            key=band.key,
            title=f"{flow_title(pairs[band.key], t)}{t(': ')}{size_text(found, pairs[band.key], t)}",
        )
        for band in shape.bands
    )
    return fill(
        '<section class="atlas-section" data-part="sankey"><h3>{title}</h3>{note}'
        '<div class="atlas-sankey" style="height:{height}px"><div class="left">{left}</div>'
        '<div class="bands" role="img" aria-label="{title}">{bands}</div>'
        '<div class="right">{right}</div></div>{rest}</section>',
        title=t("Providers on one side, partners on the other"),
        note=build_note(_band_note(context, found)),
        height=shape.height,
        left=_nodes(context, shape.left),
        right=_nodes(context, shape.right),
        bands=bands,
        rest=build_note(_rest(context, len(found.pairs) - len(drawn))),
    )


def _band_note(context: Context, found: Flows) -> str:
    t = context.t
    note = t("The height of a band is the number of the pair; the table above has the same numbers.")
    two_way = t("Work both ways is drawn once, in another colour: its sides say nothing.")
    return f"{note} {two_way}" if any(pair.two_way for pair in found.pairs) else note


def _looks(context: Context, pair: Flow) -> str:
    if pair.key == context.state.followed.pair:
        return "chosen"
    return "two-way" if pair.two_way else "pair"


def _nodes(context: Context, nodes: Iterable[Node]) -> Markup:
    return joined(
        fill(
            '<span style="top:{middle}px" title="{name}">{name}</span>',
            middle=node.middle,
            name=end_name(node.name, context.t),
        )
        for node in nodes
    )


def build_unplaced(context: Context, found: Flows) -> Markup:
    """Pairs that no map can draw, and amounts that no pair has: countable, and never spread."""
    t = context.t
    apart = [pair for pair in found.pairs if not all(map(is_country, pair.ends)) or len({*pair.ends}) == 1]
    lines = [_apart_line(context, found, pair) for pair in apart[:_RECORDS]]
    notes = [_rest(context, len(apart) - len(lines))]
    if found.unallocated:
        lines.append(_amount_line(context, t("Not allocated to a pair"), found.unallocated))
        notes.append(t("No published share gives these amounts to one provider with one partner."))
    if found.elsewhere:
        lines.append(_amount_line(context, t("Of pairs without the chosen countries"), found.elsewhere))
    if not lines:
        return Markup()
    return fill(
        '<section class="atlas-box" data-part="unplaced"><h3>{title}</h3>{lines}{notes}</section>',
        title=t("Not drawn on the map"),
        lines=joined(fill("<p>{line}</p>", line=line) for line in lines),
        notes=joined(map(build_note, notes)),
    )


def _apart_line(context: Context, found: Flows, pair: Flow) -> Markup:
    return fill(
        "{title}{colon}{button}",
        title=flow_title(pair, context.t),
        colon=context.t(": "),
        button=_pair_button(context, found, pair),
    )


def _amount_line(context: Context, label: str, value: float) -> Markup:
    return fill(
        "{label}{colon}<b>{value}</b>",
        label=label,
        colon=context.t(": "),
        value=short_figure(context.t, value, "="),
    )


def build_records(context: Context, found: Flows, one: Flow | Triangle, form: str) -> Markup:
    """The chosen pair: its number, its form, and its records, each with its source."""
    t, state = context.t, context.state
    page = page_of(state.followed.page, one.count.records, _RECORDS)
    start = (page - 1) * _RECORDS
    rows = cache.flow_records(context.snapshot.id, state.selection, state.view, one, start, _RECORDS)
    return fill(
        '<section class="atlas-box atlas-pair" data-pair="{key}"><h3>{title}</h3><p>{label}{colon}'
        '<b>{size}</b></p>{form}<p role="status">{records}</p><ul class="atlas-gaps">{lines}</ul>'
        "{pager}{ways}"
        '<button class="atlas-close" data-choose="pair" data-code="">{close}</button></section>',
        key=one.key,
        title=flow_title(one, t, directed=state.followed.direction == STATED),
        label=size_label(found, context.vocabulary, t),
        colon=t(": "),
        size=size_text(found, one, t),
        form=build_note(form),
        records=t.n("{count} record", "{count} records", one.count.records),
        lines=joined(_record_line(context, row) for row in rows),
        pager=build_pager(context, "flow_at", page, one.count.records, _RECORDS),
        ways=build_ways(context, one.ends),
        close=t("Close"),
    )


def build_ways(context: Context, ends: Iterable[str]) -> Markup:
    """From a pair to the pages of its countries and to all data under the same filters.

    None in a portfolio of this session, which another page opened by a link would not have.
    """
    if context.is_own:
        return Markup()
    countries = [end for end in dict.fromkeys(ends) if is_country(end) and end in country_names()]
    ways = [_way(context, "country", context.country(iso3), iso3=iso3) for iso3 in countries[:_RECORDS]]
    ways.append(_way(context, "explore", context.t("Explore data with these filters"), kind="activities"))
    return fill('<p class="atlas-ways">{ways}</p>', ways=joined(ways))


def _way(context: Context, page: str, label: str, **changes: str) -> Markup:
    address = format_state(replace(context.state, **changes), context.settings)  # type: ignore[arg-type]
    return fill(
        '<a href="{page}?{query}" target="_self">{label}</a>',
        page=page,
        query=urlencode(address, doseq=True),
        label=label,
    )


def _record_line(context: Context, row: Row) -> Markup:
    t = context.t
    day = (
        t.date(str(row["start"] or ""), row["start_precision"] or "unknown") if row["start"] else t("Undated")
    )
    return fill(
        '<li data-record="{id}"><details><summary>{title}</summary>{more}</details>'
        "<small>{type} · {stage} · {day}</small><br><small>{source}</small></li>",
        id=row["id"],
        title=t.field(row, "title"),
        more=build_details(context, row),
        type=code_label("activity_type", row["type"], t),
        stage=code_label("stage", row["stage"], t),
        day=day,
        source=build_reference(context, row),
    )
