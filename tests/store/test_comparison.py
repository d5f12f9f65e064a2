"""Two snapshots side by side: the difference, applied to the older one, gives the newer one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.errors import AtlasError
from ess.portfolio.schema import TABLES
from ess.store.comparison import Among, Change, Comparison, Wanted
from ess.store.differing import KINDS, TOLD
from ess.store.snapshots import Snapshot
from ess.store.writing import write_snapshot
from tests.analysis.portfolios import portfolios
from tests.factories import HOSTILE_NAMES, SLOW_PROPERTY, Tables, portfolio

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all tests: a snapshot's id is its content, so they do not meet."""
    return tmp_path_factory.mktemp("store")


def compared(older: Tables, newer: Tables, store: Path) -> Comparison:
    """The comparison of two portfolios, written."""
    return Comparison(*(write_snapshot(tables, store, origin="test") for tables in (older, newer)))


def all_changes(comparison: Comparison, wanted: Wanted = Wanted()) -> list[Change]:  # noqa: B008 - frozen
    return list(comparison.read(comparison.choose(wanted)))


def rows_of(tables: Tables, name: str) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(row.values()) for row in tables[name].to_pylist())


def applied(rows: Counter[tuple[Any, ...]], changes: Iterable[Change]) -> Counter[tuple[Any, ...]]:
    """Rows with changes applied; a row that was to go must have been there."""
    found = rows.copy()
    for change in changes:
        if change.before is not None:
            assert found[tuple(change.before.values())] == 1
            found[tuple(change.before.values())] -= 1
        if change.after is not None:
            found[tuple(change.after.values())] += 1
    return +found


@SLOW_PROPERTY
@given(older=portfolios(), newer=portfolios())
def test_the_difference_applied_to_the_older_gives_the_newer(
    store: Path, older: Tables, newer: Tables
) -> None:
    comparison = compared(older, newer, store)
    changes = all_changes(comparison)
    for name in TABLES:
        own = [change for change in changes if change.table == name]
        assert applied(rows_of(older, name), own) == rows_of(newer, name)
        assert all(change.before != change.after for change in own)
    chosen = comparison.choose(Wanted())
    assert chosen.tallies == Counter((change.table, change.kind) for change in changes)
    assert chosen.activities == len({change.activity for change in changes} - {None})
    order = [(change.activity is None, change.activity or "", TOLD.index(change.table)) for change in changes]
    assert order == sorted(order)


@SLOW_PROPERTY
@given(
    older=portfolios(),
    newer=portfolios(),
    first=st.integers(0, 9),
    most=st.integers(1, 5),
    table=st.sampled_from(["", *TOLD]),
    kind=st.sampled_from(["", *KINDS]),
)
def test_pages_and_filters_show_what_the_whole_holds(
    store: Path, older: Tables, newer: Tables, first: int, most: int, table: str, kind: str
) -> None:
    comparison = compared(older, newer, store)
    wanted = [one for one in all_changes(comparison) if table in ("", one.table) and kind in ("", one.kind)]
    chosen = comparison.choose(Wanted(table, kind))
    assert chosen.total == len(wanted)
    assert list(comparison.read(chosen, first, most)) == wanted[first : first + most]


OLDER = portfolio(
    activities=[{"id": "a", "title_fr": "Création d’écoles"}, {"id": "b", "title_ar": "تعاون"}],
    tags=[{"activity": "a", "code": "gender"}, {"activity": "b", "code": "youth"}],
    results=[
        {"id": "r", "activity": "a", "value": 5.0},
        {"id": "p", "programme": "x", "value": 2.0},
        {"id": "same", "activity": "b", "value": -0.0, "note_fr": ""},
    ],
    notes=[{"id": "n", "about_id": "a", "text_fr": HOSTILE_NAMES[0]}],
)
NEWER = portfolio(
    activities=[
        {"id": "a", "title_fr": "Création d’écoles"},
        {"id": "b", "title_ar": "تعاون", "stage": "signed"},
    ],
    tags=[{"activity": "b", "code": "youth", "coded_by": "analyst"}],
    results=[
        {"id": "r", "activity": "b", "value": 5.0},
        {"id": "p", "programme": "x", "value": 3.0},
        {"id": "same", "activity": "b", "value": 0.0, "note_fr": None},
    ],
    notes=[{"id": "n", "about_id": "a", "text_fr": "Une note"}],
)


def told(changes: Iterable[Change]) -> list[tuple[str | None, str, str]]:
    return [(one.activity, one.table, one.kind) for one in changes]


def test_a_row_without_an_id_is_added_and_removed_and_a_moved_one_is_where_it_is_now(store: Path) -> None:
    assert told(all_changes(compared(OLDER, NEWER, store))) == [
        ("a", "tags", "removed"),
        ("a", "notes", "changed"),
        ("b", "activities", "changed"),
        ("b", "tags", "added"),
        ("b", "tags", "removed"),
        ("b", "results", "changed"),
        (None, "results", "changed"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("creation D’ECOLES", [("a", "tags", "removed"), ("a", "notes", "changed")]),
        ("HYPERLINK(", [("a", "notes", "changed")]),
        ("%", []),
        ("' OR 1=1 --", []),
        ("gender", [("a", "tags", "removed")]),
    ],
)
def test_a_text_is_looked_for_in_rows_and_titles(store: Path, text: str, found: list[object]) -> None:
    assert told(all_changes(compared(OLDER, NEWER, store), Wanted(text=text))) == found


def test_a_selection_lets_through_what_either_snapshot_has(store: Path) -> None:
    comparison = compared(OLDER, NEWER, store)
    nothing = pa.array([], pa.string())
    of_a = comparison.choose(Wanted(), Among(pa.array(["a"]), nothing), "a")
    assert told(comparison.read(of_a)) == [
        ("a", "tags", "removed"), ("a", "notes", "changed"), ("b", "results", "changed"),
    ]  # fmt: skip
    overall = comparison.choose(Wanted(), Among(nothing, pa.array(["p", "r"])), "p")
    assert told(comparison.read(overall)) == [(None, "results", "changed")]
    assert comparison.choose(Wanted(), Among(nothing, nothing), "none").total == 0


def test_an_activity_is_told_as_the_newer_snapshot_has_it(store: Path) -> None:
    older = portfolio(activities=[{"id": "gone"}, {"id": "a", "stage": "planned"}])
    newer = portfolio(activities=[{"id": "a", "stage": "done"}])
    found = compared(older, newer, store).activities(["a", "gone", "absent"])
    assert {code: row["stage"] for code, row in found.items()} == {"a": "done", "gone": "done"}


def test_a_table_of_the_same_bytes_is_not_read(store: Path) -> None:
    snapshots = [write_snapshot(tables, store, origin="test") for tables in (OLDER, NEWER)]
    for snapshot in snapshots:
        snapshot.table_path("sources").write_bytes(b"nothing")
    assert Comparison(*snapshots).tables == ("activities", "tags", "results", "notes")


@pytest.mark.parametrize("number", [0, 1])
def test_a_broken_table_is_a_sentence_that_names_the_snapshot(tmp_path: Path, number: int) -> None:
    snapshots: list[Snapshot] = [write_snapshot(tables, tmp_path, origin="test") for tables in (OLDER, NEWER)]
    snapshots[number].table_path("tags").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(AtlasError, match=snapshots[number].id):
        Comparison(*snapshots)


def test_many_changes_are_read_piece_by_piece(store: Path) -> None:
    rows = [{"id": f"a{number:06}"} for number in range(45_000)]
    comparison = compared(portfolio(activities=rows[:20_000]), portfolio(activities=rows[10_000:]), store)
    changes = all_changes(comparison)
    assert Counter(change.kind for change in changes) == {"removed": 10_000, "added": 25_000}
    assert [change.activity for change in changes] == sorted(
        row["id"] for row in rows[:10_000] + rows[20_000:]
    )
