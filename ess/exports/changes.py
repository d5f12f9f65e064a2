"""What changed between two snapshots as rows of a file: a cell each, with both values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from ess.analysis.changes import Cell, Obstacle, changed_cells, row_difference
from ess.analysis.selection import Selection
from ess.analysis.vocabulary import Vocabulary
from ess.exports.labels import code_label
from ess.locales import N_, Translator
from ess.locales.figures import worded_figure
from ess.portfolio.headings import heading, sheet_name
from ess.portfolio.schema import TABLES, Column
from ess.portfolio.template import column_label
from ess.store.comparison import Change, Comparison, Wanted
from ess.store.differing import ADDED, CHANGED, REMOVED
from ess.store.engine import Row
from geodata.codes import country_name, region_name

KIND_LABELS: Mapping[str, str] = {
    ADDED: N_("Added"),
    REMOVED: N_("Removed"),
    CHANGED: N_("Changed"),
}
OBSTACLES: Mapping[Obstacle, str] = {
    Obstacle.MISSING: N_("No difference: one of the two is not stated, and missing is not zero."),
    Obstacle.BOUND: N_("No difference: one of the two is a bound or an approximation."),
    Obstacle.UNIT: N_("No difference: the units are not the same."),
    Obstacle.CURRENCY: N_("No difference: the currencies are not the same."),
    Obstacle.OTHER: N_("No difference: the two figures are not about the same thing."),
    Obstacle.DERIVED: N_("No difference: one of the two is derived, the other stated."),
}

_AT_ONCE = 500


def cell_words(table: str, name: str, cell: object, t: Translator) -> str:
    """A cell as the reader's language writes it; empty where it is not stated.

    A code is its label with the code itself.
    """
    match cell:
        case None | "":
            return ""
        case bool():
            return t("Yes") if cell else t("No")
        case int() | float():
            return t.number(cell)
    column = TABLES[table].column(name)
    if column.type == "date":
        return t.date(str(cell))
    label = _label(column, str(cell), t)
    return f"{label} ({cell})" if label and label != cell else str(cell)


def _label(column: Column, code: str, t: Translator) -> str:
    if column.name == "iso3":
        return country_name(code, t.lang)
    if column.name == "region":
        return region_name(code, t.lang)
    return column_label(column, code, t.lang) if column.type == "code" else ""


def row_words(table: str, row: Row, names: Vocabulary, t: Translator) -> str:
    """What a row is, in short: a title, who does what, a figure with unit, an amount with currency."""
    where = _brief(table, "iso3", row, t) or _brief(table, "region", row, t)
    options = names.options
    match table:
        case "places":
            parts = [where or t("Place not named"), _brief(table, "role", row, t)]
        case "participants":
            actor = options["actor"].get(row["actor"], {})
            parts = [t.field(actor, "name") or row["actor"], _brief(table, "role", row, t)]
        case "tags":
            coder = _brief(table, "coded_by", row, t)
            label = code_label(row["scheme"], row["code"], t) if row["scheme"] == "theme" else row["code"]
            parts = [_brief(table, "scheme", row, t), label, coder]
        case "results":
            indicator = names.indicators.get(row["indicator"], {})
            parts = [t.field(indicator, "label") or row["indicator"], _figure(row, t), where]
        case "finances":
            amount = "" if row["value"] is None else f"{t.number(row['value'])} {row['currency'] or '?'}"
            day = cell_words(table, "date", row["date"], t)
            parts = [_brief(table, "kind", row, t), amount or t("Not stated"), where, day]
        case _:
            fields = (t.field(row, base) for base in ("title", "name", "label", "text"))
            parts = [next(filter(None, fields), "")]
    return " · ".join(filter(None, parts))


def _brief(table: str, name: str, row: Row, t: Translator) -> str:
    """The label of a cell without its code."""
    code = row.get(name)
    return _label(TABLES[table].column(name), code, t) if code else ""


def _figure(row: Row, t: Translator) -> str:
    if row["value"] is None:
        return t("Not stated")
    unit = code_label("unit", row["unit"], t) if row["unit"] else ""
    derived = f"({t('Derived, not stated')})" if row["derivation"] else ""
    return " ".join(filter(None, (worded_figure(t, row["value"], row["qualifier"]), unit, derived)))


def change_rows(
    comparison: Comparison, changes: Iterable[Change], wanted: Wanted, selection: Selection, t: Translator
) -> Iterator[dict[str, object]]:
    """One row a cell that was added, removed or changed, with both values, as they are stored.

    Every row says which snapshots it tells apart, when they were written, and which filters were set.
    """
    filters = [f"{key}={code}" for key, code in selection.pairs()]
    filters += [f"{key}={text}" for key, text in (
        ("changed", wanted.table), ("change", wanted.kind), ("find", wanted.text)
    ) if text]  # fmt: skip
    said = {
        "from_snapshot": comparison.older.id,
        "from_created": comparison.older.created,
        "to_snapshot": comparison.newer.id,
        "to_created": comparison.newer.created,
        "filters": " ".join(filters),
    }
    waiting = iter(changes)
    while piece := list(islice(waiting, _AT_ONCE)):
        titles = comparison.activities([one.activity for one in piece if one.activity])
        for change in piece:
            title = t.field(titles.get(change.activity or "", {}), "title")
            for cell in changed_cells(change):
                yield {**_cell_row(change, cell, title, t), **said}


def _cell_row(change: Change, cell: Cell, title: str, t: Translator) -> dict[str, object]:
    table = TABLES[change.table]
    row = change.after or change.before or {}
    difference = row_difference(change) if cell.column == "value" else None
    notes = [t(OBSTACLES[difference.obstacle])] if difference and difference.obstacle else []
    if row.get("coded_by") == "analyst":
        notes.append(t("Coded by an analyst"))
    if row.get("derivation"):
        notes.append(t("Derived, not stated"))
    return {
        "activity": change.activity or "",
        "activity_title": title,
        "table": change.table,
        "table_label": sheet_name(table, t.lang),
        "row": row.get("id", ""),
        "change": change.kind,
        "change_label": t(KIND_LABELS[change.kind]),
        "column": cell.column,
        "column_label": heading(table, table.column(cell.column), t.lang),
        "before": _plain(cell.before),
        "after": _plain(cell.after),
        "qualifier_before": _qualifier(cell, change.before),
        "qualifier_after": _qualifier(cell, change.after),
        "difference": "" if difference is None or difference.value is None else difference.value,
        "note": " ".join(notes),
        "source": row.get("source") or "",
        "locator": row.get("locator") or "",
    }


def _plain(cell: object) -> object:
    """A cell as it is stored; a truth value in small letters, a day as year-month-day."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if cell is None or isinstance(cell, int | float) else str(cell)


def _qualifier(cell: Cell, row: Row | None) -> str:
    """The qualifier of a value: “at least 5” must not stand as 5."""
    return (row or {}).get("qualifier") or "" if cell.column == "value" else ""
