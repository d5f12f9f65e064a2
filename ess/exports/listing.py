"""The columns of a table of records: what each is called, and what it says of a row, in three languages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from ess.analysis.vocabulary import Vocabulary
from ess.exports.labels import FILTER_LABELS, code_label, option_label
from ess.locales import N_, Translator
from ess.locales.figures import worded_figure
from ess.store.engine import Row
from geodata.codes import country_name, region_name

#: Columns of a table of each kind, with their headings.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "activities": {
        "title": N_("Title"),
        "type": FILTER_LABELS["type"],
        "stage": FILTER_LABELS["stage"],
        "countries": N_("Partner countries"),
        "regions": N_("Regions"),
        "providers": N_("Provider"),
        "start": N_("Start"),
        "end": N_("End"),
        "actors": N_("Actors"),
        "programme": FILTER_LABELS["programme"],
        "modality": FILTER_LABELS["modality"],
        "themes": FILTER_LABELS["theme"],
        "sectors": FILTER_LABELS["sector"],
        "sdg": N_("SDG"),
        "source": FILTER_LABELS["source"],
        "id": N_("Identifier"),
    },
    "results": {
        "indicator": N_("Indicator"),
        "value": N_("Value"),
        "unit": N_("Unit"),
        "countries": N_("Countries"),
        "period": N_("Period"),
        "type": FILTER_LABELS["type"],
        "stage": FILTER_LABELS["stage"],
        "derivation": N_("Derivation"),
        "source": FILTER_LABELS["source"],
        "activity": N_("Activity"),
        "id": N_("Identifier"),
    },
    "finances": {
        "kind": N_("Kind of amount"),
        "value": N_("Value"),
        "currency": N_("Currency"),
        "countries": N_("Countries"),
        "date": N_("Date"),
        "type": FILTER_LABELS["type"],
        "stage": FILTER_LABELS["stage"],
        "source": FILTER_LABELS["source"],
        "activity": N_("Activity"),
        "id": N_("Identifier"),
    },
}
#: Columns that are shown where a reader chose none.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "activities": ("title", "type", "stage", "countries", "start", "themes", "source"),
    "results": ("indicator", "value", "unit", "countries", "period", "source"),
    "finances": ("kind", "value", "currency", "countries", "date", "source"),
}
#: What a column is sorted by where it is not itself a column of the portfolio; None where it cannot be.
_SORTED_BY: Mapping[str, str | None] = {
    "title": "title_{lang}",
    "period": "period_start",
    "countries": None,
    "regions": None,
    "providers": None,
    "actors": None,
    "themes": None,
    "sectors": None,
    "sdg": None,
    "derivation": None,
}
KIND_LABELS: Mapping[str, str] = {
    "activities": N_("Activities"),
    "results": N_("Results"),
    "finances": N_("Amounts"),
}
_TAG_COLUMNS = {"themes": ("theme", "theme"), "sdg": ("sdg", "SDG_goal"), "sectors": ("sector", "DAC5")}
_LISTS = {"type": "activity_type", "stage": "stage", "modality": "modality", "kind": "finance_kind"}

Words: TypeAlias = tuple[Vocabulary, Translator]


def sort_of(column: str, lang: str) -> str | None:
    """What `ess.analysis.listing` sorts by for a column; None for one that holds several codes."""
    by = _SORTED_BY.get(column, column)
    return by.format(lang=lang) if by else None


def cell_texts(column: str, row: Row, words: Words) -> list[str]:
    """What a column says of a row, one text a code; empty where nothing is stated."""
    if column in _SEVERAL:
        return _SEVERAL[column](row, words)
    text = _ONE.get(column, _as_it_is)(row, words, column)
    return [text] if text else []


def _as_it_is(row: Row, _words: Words, column: str) -> str:
    return str(row[column] or "")


def _coded(row: Row, words: Words, column: str) -> str:
    return code_label(_LISTS[column], row[column], words[1]) if row[column] else ""


def _named(key: str) -> Callable[[Row, Words, str], str]:
    def text(row: Row, words: Words, column: str) -> str:
        return option_label(key, row[column], *words) if row[column] else ""

    return text


def _day(row: Row, words: Words, column: str) -> str:
    precision = row.get(f"{column}_precision", "day") or "unknown"
    return words[1].date(str(row[column] or ""), precision) if row[column] else words[1]("Undated")


def _period(row: Row, words: Words, _column: str) -> str:
    days = dict.fromkeys(str(row[name]) for name in ("period_start", "period_end") if row[name])
    return " – ".join(words[1].date(day) for day in days) or words[1]("Undated")


def _value(row: Row, words: Words, _column: str) -> str:
    if row["value"] is None:
        return words[1]("not stated")
    return worded_figure(words[1], row["value"], row.get("qualifier") or "=")


def _indicator(row: Row, words: Words, _column: str) -> str:
    return words[1].field(words[0].indicators.get(row["indicator"], {}), "label") or row["indicator"]


_ONE: Mapping[str, Callable[[Row, Words, str], str]] = {
    "title": lambda row, words, _column: words[1].field(row, "title"),
    **dict.fromkeys(_LISTS, _coded),
    "programme": _named("programme"),
    "source": _named("source"),
    "start": _day,
    "end": _day,
    "date": _day,
    "period": _period,
    "value": _value,
    "indicator": _indicator,
    "unit": lambda row, words, _column: code_label("unit", row["unit"], words[1]) if row["unit"] else "",
}


def _countries(column: str) -> Callable[[Row, Words], list[str]]:
    return lambda row, words: [country_name(code, words[1].lang) for code in row[column]]


def _tagged(column: str) -> Callable[[Row, Words], list[str]]:
    """Names of the codes of a scheme; what an analyst chose is marked so."""
    key, scheme = _TAG_COLUMNS[column]

    def texts(row: Row, words: Words) -> list[str]:
        vocabulary, t = words
        by_analyst = {code for code in row[column] if f"{scheme}:{code}" in row["analyst_codes"]}
        return [
            t("{code} (coded by an analyst)", code=option_label(key, code, vocabulary, t))
            if code in by_analyst
            else option_label(key, code, vocabulary, t)
            for code in row[column]
        ]

    return texts


_SEVERAL: Mapping[str, Callable[[Row, Words], list[str]]] = {
    "countries": _countries("countries"),
    "providers": _countries("providers"),
    "regions": lambda row, words: [region_name(code, words[1].lang) for code in row["regions"]],
    "actors": lambda row, words: [option_label("actor", code, *words) for code in row["actors"]],
    **{column: _tagged(column) for column in _TAG_COLUMNS},
}


def table_rows(  # noqa: PLR0913, PLR0917 - the table, and where its rows come from
    rows: Iterable[Row], columns: Iterable[str], kind: str, words: Words, view: str, snapshot_id: str
) -> Iterator[dict[str, Any]]:
    """Rows as a file says them: the columns as a page does, then the codes and where all of it comes from.

    A missing value is empty, never zero; a number is a number, its qualifier beside it.
    """
    chosen = [column for column in columns if column not in {"id", "value"}]
    for row in rows:
        told = {words[1](COLUMNS[kind][one]): "; ".join(cell_texts(one, row, words)) for one in chosen}
        yield {"id": row["id"], **told, **_codes(row), "boundary_view": view, "snapshot": snapshot_id}


_CODES = (
    "activity", "indicator", "qualifier", "value", "unit", "kind", "currency", "derivation", "type", "stage",
    "start", "end", "period_start", "period_end", "date", "countries", "regions", "analyst_codes", "source",
    "locator",
)  # fmt: skip


def _codes(row: Row) -> dict[str, Any]:
    """Codes of a row as the portfolio has them, and its provenance."""
    return {name: _code(row[name]) for name in _CODES if name in row}


def _code(found: Any) -> Any:
    if isinstance(found, tuple):
        return "; ".join(found)
    return found if found is None or isinstance(found, (str, int, float)) else str(found)
