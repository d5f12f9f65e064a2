"""A portfolio as an IATI 2.03 activity file, for any reader of the standard, and read back without loss.

Every activity is an ``iati-activity``. What the standard has no place for stands beside what it has, in the
namespace `NAMESPACE` (prefix ``atlas``), as the standard allows; a reader who ignores it reads valid IATI.
Column names of the portfolio are the names of the attributes. In full:

``iati-activity``
    Attributes: every column of the activity but its texts (``id``, ``type``, ``modality``, ``stage``,
    ``start``, ``start_precision``, ``umbrella``, ``counted``, ``programme``, ``parent``, ``source`` …).
    Its texts are the narratives of ``title`` and of the first ``description``; notes are ``atlas:note``
    elements with ``xml:lang``. ``atlas:stands_in="true"`` marks what stands in only because the standard
    requires an element: a ``description`` that repeats the title, an ``activity-date`` that is not known
    (the day of the end, or of the export, with a narrative that says so), a ``participating-org`` that
    repeats the reporting organisation.
``participating-org``
    Actors: ``actor``, ``role``, ``source``, ``locator``. Countries that provide: ``place``, extending.
``sector``, ``tag``, ``policy-marker``
    ``scheme``, ``code``, ``coded_by``, and ``percent`` where the standard has none. DAC5 and DAC3 are
    sectors of vocabularies 1 and 2, other sectors 99, goals and targets tags 2 and 3, themes tags 99, the
    gender marker a policy marker; what an analyst coded says so in its narrative too.
``budget``, ``transaction``
    ``id``, ``iso3``, ``region``, ``share_basis``, ``source``, ``locator``; kind, amount, currency and day are
    the standard's.
``result``
    ``id``, ``actor``, ``programme``, ``iso3``, ``region``, ``indicator``, ``qualifier``, ``unit``, ``sex``,
    ``period_basis``, ``additive``, ``overlap_group``, ``derivation``, ``source``, ``locator``; notes as
    above. ``value``, ``period_start`` and ``period_end`` are attributes too where a day of the period is not
    stated, because the standard knows no figure without a period; its description then says the figure.
``atlas:row``
    A whole row: ``table`` and one attribute a column. Inside an activity: all of its places, and amounts
    that the standard cannot hold (no value, day or ISO currency, or of an umbrella). After the activities:
    sources, actors, programmes, indicators, notes, and figures that belong to no activity.

Counting. ``recipient-country`` is written once for every distinct country of an activity but its providers,
``recipient-region`` likewise, with a percentage only where one was published. A row that only groups others
(``umbrella``) is never counted by the atlas: it is written without recipients, sites and amounts. A
transaction names its own place only in an activity that names some, since readers place the others by their
transactions. So the activities by country of the file are those of the atlas.

Stages: planned is 1 (pipeline), signed and under way 2 (implementation), done 4 (closed), cancelled 5,
suspended 6. The standard has no unknown status: it is written as 2, because the atlas does not take it for a
plan either; ``atlas:stage`` says what is known.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from ess.errors import ExportError
from ess.exports.characters import printable
from ess.exports.iati_activity import Portfolio, activity_element
from ess.exports.iati_elements import NAMESPACE, Reporter, Row, row_element

Tables: TypeAlias = Mapping[str, pa.Table]

VERSION = "2.03"
REPORTER = Reporter(
    "ESS-ATLAS",
    "90",
    MappingProxyType(
        {
            "fr": "Atlas de la coopération Sud-Sud",
            "en": "Atlas of South-South cooperation",
            "ar": "أطلس التعاون جنوب-جنوب",
        }
    ),
)
"""Stands for whoever publishes: give the organisation's own reference, type and name."""

_OF_AN_ACTIVITY = ("places", "participants", "tags", "finances", "results")
_AFTER = ("sources", "actors", "programmes", "indicators", "notes")
_BATCH = 5_000


def build_iati(
    tables: Tables, *, generated: str, reporter: Reporter = REPORTER, remarks: Sequence[str] = ()
) -> bytes:
    """The activity file as bytes.

    Parameters
    ----------
    generated
        When the file is made, as ``2026-01-31T12:00:00Z``; its day stands in for dates that are not known.
    reporter
        Who publishes; identifiers of activities start with its reference.
    remarks
        What a person who opens the file must know: comments before the first activity.

    Raises
    ------
    ExportError
        When there is no activity: the standard knows no empty file.
    """
    content = io.BytesIO()
    _write(tables, content, generated, reporter, remarks)
    return content.getvalue()


def write_iati(
    tables: Tables,
    path: Path,
    *,
    generated: str,
    reporter: Reporter = REPORTER,
    remarks: Sequence[str] = (),
) -> None:
    """Write the activity file, one activity after another: memory does not grow with their elements.

    Parameters and errors are those of `build_iati`; the file appears whole or not at all.

    Raises
    ------
    ExportError
        When there is no activity, or the file cannot be written.
    """
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            _write(tables, file, generated, reporter, remarks)
        unfinished.replace(path)
    except OSError as fault:
        raise ExportError(
            "{file} cannot be written: {reason}; choose a place that can be written.",
            file=path.name,
            reason=fault.strerror,
        ) from fault
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _write(
    tables: Tables, target: IO[bytes], generated: str, reporter: Reporter, remarks: Sequence[str]
) -> None:
    if not tables["activities"].num_rows:
        raise ExportError("There is no activity to write; an IATI file needs one at least.")
    portfolio = Portfolio.of(tables, reporter, generated)
    with etree.xmlfile(target, encoding="utf-8") as file:
        file.write_declaration()
        attributes = {"version": VERSION, "generated-datetime": generated}
        with file.element("iati-activities", attributes, nsmap={"atlas": NAMESPACE}):
            for remark in remarks:
                file.write(etree.Comment(_commented(remark)), pretty_print=True)
            for activity, children in activities_with_children(tables):
                file.write(activity_element(portfolio, activity, children), pretty_print=True)
            for name, row in _rows_after(tables):
                file.write(row_element(name, row), pretty_print=True)


def _commented(remark: str) -> str:
    """A text that may stand in a comment, which ends at two hyphens."""
    return f" {printable(remark).replace('--', '- -').strip('-')} "


def _rows_after(tables: Tables) -> Iterator[tuple[str, Row]]:
    for name in _AFTER:
        yield from ((name, row) for row in _rows(tables[name]))
    results = tables["results"]
    yield from (("results", row) for row in _rows(results.filter(pc.is_null(results.column("activity")))))


def activities_with_children(tables: Tables) -> Iterator[tuple[Row, dict[str, list[Row]]]]:
    """Every activity in order, with its rows of the tables that belong to activities."""
    identifiers = tables["activities"].column("id")
    followers = {name: _Followers(_grouped(tables[name], identifiers)) for name in _OF_AN_ACTIVITY}
    for place, activity in enumerate(_rows(tables["activities"])):
        yield activity, {name: follower.rows_of(place) for name, follower in followers.items()}


@dataclass
class _Followers:
    """Rows of one table, grouped by the place of their activity, which only grows."""

    groups: Iterator[tuple[int, list[Row]]]
    at_hand: tuple[int, list[Row]] | None = field(init=False)

    def __post_init__(self) -> None:
        self.at_hand = next(self.groups, None)

    def rows_of(self, place: int) -> list[Row]:
        if self.at_hand is None or self.at_hand[0] != place:
            return []
        rows = self.at_hand[1]
        self.at_hand = next(self.groups, None)
        return rows


def _grouped(arrow: pa.Table, identifiers: Any) -> Iterator[tuple[int, list[Row]]]:
    places = pc.index_in(arrow.column("activity"), value_set=identifiers)
    positions = pa.array(range(arrow.num_rows), pa.int64())
    placed = arrow.append_column("_place", places).append_column("_position", positions)
    ordered = placed.filter(pc.is_valid(places)).sort_by(
        [("_place", "ascending"), ("_position", "ascending")]
    )
    for place, rows in groupby(_rows(ordered), key=lambda row: row["_place"]):
        yield place, [_without_place(row) for row in rows]


def _without_place(row: Row) -> Row:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _rows(arrow: pa.Table) -> Iterator[Row]:
    for batch in arrow.to_batches(max_chunksize=_BATCH):
        yield from batch.to_pylist()
