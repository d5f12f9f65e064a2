"""What changed, how much is known: an import is told row by row; what is taken away reads back the same."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import expect

from ess.analysis.quality import LACKS
from ess.ingest.orders import Order
from ess.ingest.reading import publish, read_files
from ess.portfolio.builtin import read_builtin
from ess.portfolio.schema import TABLES
from ess.store.snapshots import Snapshot, read_snapshot
from tests.analysis.test_quality import Naive
from tests.browser import screen
from tests.browser.serving import Served, serving
from tests.browser.test_pages import serious_violations
from tests.browser.visits import Outside, Visit, visiting
from tests.ingest.xml import SOUND, written

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

Told = set[tuple[str, ...]]

SENEGAL, MALI, KENYA = (f'<recipient-country code="{code}"/>' for code in ("SN", "ML", "KE"))
PLEDGE = """<transaction><transaction-type code="2"/><transaction-date iso-date="2023-02-01"/>
<value value-date="2023-02-01">{value}</value></transaction>"""


def activity(number: int, place: str, value: int = 0, title: str = "Seeds") -> str:
    """The parts of an activity in a country, with a commitment where there is one."""
    parts = SOUND.replace("XX-1", f"XX-{number}").replace("Seeds", title)
    return parts + place + (PLEDGE.format(value=value) if value else "")


FIRST = (activity(1, SENEGAL, 100), activity(2, MALI), activity(3, SENEGAL))
SECOND = (activity(1, SENEGAL, 250), activity(2, MALI, title="Wells"), activity(4, KENYA))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one snapshot."""
    folder = tmp_path_factory.mktemp("compared")
    put(folder, folder / "first", *FIRST)
    return folder / "store"


def put(folder: Path, scratch: Path, *activities: str) -> Snapshot:
    """Import a file as the command line does: the next edition of the same file."""
    scratch.mkdir()
    outcome = read_files(Order((written(folder, *activities),), keep=True), scratch)
    return publish(outcome, scratch, folder / "store", replace=False)


@pytest.fixture(scope="module")
def imported(root: Path, store: Path) -> Iterator[Served]:
    """The atlas over that store."""
    with serving(root, environ={"ESS_STORE": str(store), "ESS_LANG": "en"}) as served:
        yield served


@pytest.fixture
def tab(profile: BrowserContext, imported: Served, outside: Outside) -> Iterator[Visit]:
    """A tab of it."""
    with visiting(profile, imported.address, outside) as visit:
        yield visit


def rows_of(snapshot: Snapshot, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(snapshot.table_path(table)).to_pylist()
    return found


def difference(older: Snapshot, newer: Snapshot) -> Told:
    """Every cell that differs, row after row: activity, table, row, change, column."""
    told: Told = set()
    for name in TABLES:
        before, after = ({named(row): row for row in rows_of(one, name)} for one in (older, newer))
        for key in before.keys() | after.keys():
            old, new = before.get(key, {}), after.get(key, {})
            kind = "changed" if old and new else "removed" if old else "added"
            row = new or old
            of = row["id"] if name == "activities" else row.get("activity") or ""
            naming = ("id", "activity") if kind != "changed" else ()
            told |= {
                (of, name, row.get("id") or "", kind, column)
                for column in row
                if stated(old, column) != stated(new, column) and column not in naming
            }
    return told


def stated(row: dict[str, Any], column: str) -> object:
    return None if row.get(column) == "" else row.get(column)


def named(row: dict[str, Any]) -> object:
    return row["id"] if "id" in row else tuple(row.values())


def read_csv(content: bytes, separator: str = ",") -> pd.DataFrame:
    """A file that the page gave, as pandas reads it: every cell as text."""
    return pd.read_csv(
        io.BytesIO(content), sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )


def take(visit: Visit, key: str) -> bytes:
    """The file behind a download button."""
    with visit.page.expect_download() as download:
        screen.keyed(visit, key).get_by_role("button").click()
    return Path(download.value.path()).read_bytes()


def shown_changes(visit: Visit) -> set[tuple[str, str]]:
    """Activity and column of every cell in the list."""
    found = visit.page.locator("[data-part='changes'] [data-column]").evaluate_all(
        "all => all.map(one => [one.closest('[data-activity]').dataset.activity, one.dataset.column])"
    )
    return {(activity, column) for activity, column in found}


def country_lines(visit: Visit) -> list[list[str]]:
    """Rows of the table of what the map shows."""
    rows = visit.page.locator("table[data-part='countries'] tbody tr").all()
    return [row.locator("td").all_inner_texts() for row in rows]


def test_an_import_is_told_exactly(tab: Visit, store: Path) -> None:
    screen.open_page(tab, "/changes")
    expect(tab.page.locator("select[data-set='from']")).to_have_count(0)
    expect(tab.page.locator(".atlas-note")).to_contain_text("nothing to compare")
    (first,) = (read_snapshot(store, path.name) for path in (store / "snapshots").glob("[!.]*"))
    second = put(store.parent, store.parent / "second", *SECOND)
    expected = difference(first, second)
    assert {(of, kind) for of, name, _, kind, _ in expected if name == "activities"} == {
        ("XX-2", "changed"), ("XX-3", "removed"), ("XX-4", "added"),
    }  # fmt: skip

    screen.open_page(tab, "/changes?measure=commitment:USD")
    assert tab.page.locator("select[data-set='from']").input_value() == first.id
    assert tab.page.locator("select[data-set='to']").input_value() == second.id
    assert shown_changes(tab) == {(of, column) for of, *_, column in expected}
    assert country_lines(tab) == [
        [
            "Kenya",
            "No record",
            "Present, no figure stated",
            "No difference: one of the two is not stated, and missing is not zero.",
        ],
        ["Senegal", "100", "250", "+150"],
    ]
    table = read_csv(take(tab, "take changes"))
    assert read_csv(take(tab, "take changes")).equals(table)
    columns = ["activity", "table", "row", "change", "column"]
    assert set(table[columns].itertuples(index=False, name=None)) == expected
    assert set(table["from_snapshot"]) == {first.id}
    assert set(table["to_snapshot"]) == {second.id}
    (value,) = table[table["difference"] != ""].to_dict("records")
    assert [value[name] for name in ("activity", "table", "column", "before", "after", "difference")] == [
        "XX-1", "finances", "value", "100.0", "250.0", "150.0",
    ]  # fmt: skip
    assert serious_violations(tab.page) == []

    with screen.one_rerun(tab):
        tab.page.locator("select[data-set='change']").select_option("added")
    screen.wait_for_address(tab, "change", "added")
    screen.wait_until_still(tab)
    assert shown_changes(tab) == {(of, column) for of, *_, kind, column in expected if kind == "added"}

    screen.open_page(tab, "/changes?type=project&country=KEN")
    assert {of for of, _ in shown_changes(tab)} == {"XX-4"}
    screen.open_page(tab, f"/changes?from={second.id}&to={first.id}&changed=activities&find=WELLS")
    assert shown_changes(tab) == {("XX-2", column) for of, *_, column in expected if of == "XX-2"} & {
        ("XX-2", "title_en"), ("XX-2", "title_fr"), ("XX-2", "title_ar"),
    }  # fmt: skip
    screen.open_page(tab, f"/changes?from=nosuch&to={second.id}&change=turned&changes_at=99")
    assert shown_changes(tab) == {(of, column) for of, *_, column in expected}
    alert = tab.page.locator("[role='alert']").filter(has_text="nosuch")
    expect(alert).to_have_count(1)


def test_a_portfolio_without_a_store_says_what_to_do(visit: Visit) -> None:
    screen.open_page(visit, "/changes?lang=en")
    expect(visit.page.locator(".atlas-note")).to_contain_text("ESS_STORE")
    expect(screen.keyed(visit, "take changes")).to_have_count(0)


def test_the_quality_page_counts_and_lists_what_a_naive_count_does(visit: Visit) -> None:
    naive = Naive(read_builtin(), "un")
    overall = naive.quality().overall
    screen.open_page(visit, "/quality?lang=en")
    for what in LACKS:
        figure = visit.page.locator(f"[data-known='{what}'] dd b")
        expect(figure).to_have_text(f"{overall.having(what)} of {overall.asked[what]}")
    what = "figure"
    with screen.one_rerun(visit):
        visit.page.locator(f"[data-known='{what}'] button").click()
    screen.wait_for_address(visit, "lacking", what)
    screen.wait_until_still(visit)
    wanted = {row["id"] for row in naive.records if what in naive.lacks(row)}
    listed = visit.page.locator("[data-record]").evaluate_all("all => all.map(one => one.dataset.record)")
    assert set(listed) == wanted

    keeper = next(row["actor"] for row in naive.rows["participants"])
    screen.open_page(visit, f"/quality?lang=en&keeper={keeper}")
    expected = {
        (row["id"], lacking)
        for row in naive.records
        if any(part["actor"] == keeper for part in naive.of("participants", row))
        for lacking in naive.lacks(row)
    }
    table = read_csv(take(visit, "take gaps csv"))
    assert set(table[["record", "missing"]].itertuples(index=False, name=None)) == expected
    assert len(table) == len(expected)
    sheet = openpyxl.load_workbook(io.BytesIO(take(visit, "take gaps xlsx"))).worksheets[0]
    heads, *rows = sheet.iter_rows(values_only=True)
    assert [dict(zip(heads, (cell or "" for cell in row), strict=True)) for row in rows] == table.to_dict(
        "records"
    )
    assert all(cell.data_type in "sn" for row in sheet.iter_rows() for cell in row)
    assert serious_violations(visit.page) == []
