"""What a reader takes away: the address of the exact view, and the numbers as a file."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from playwright.sync_api import expect

from ess.store.snapshots import Snapshot, set_current
from ess.store.writing import write_snapshot
from tests.browser import screen
from tests.browser.serving import serving
from tests.browser.visits import Outside, Visit, begin_visit, open_context
from tests.exports.readers import read_csv as read_cells
from tests.exports.readers import sheet_rows
from tests.factories import placed, portfolio

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEW = {
    "lang": ["fr"],
    "view": ["ma"],
    "measure": ["project"],
    "scheme": ["equal"],
    "k": ["2"],
    "palette": ["BuPu"],
    "middle": ["median"],
    "norm": ["none"],
    "mark": ["areas"],
    "sites": ["shown"],
    "iso3": ["SEN"],
    "stage": ["under_way", "done"],
}


def permalink(visit: Visit, take: str = "") -> str:
    """The permanent link that the page shows; with `take` ``snapshot`` the one that is pinned."""
    return screen.open_menu(visit, "link").locator(f"textarea[data-take='{take}']").input_value()


def test_the_permanent_link_gives_the_same_view_in_another_browser(
    visit: Visit, browser: Browser, outside: Outside
) -> None:
    query = "&".join(f"{key}={code}" for key, codes in VIEW.items() for code in codes)
    frame = screen.open_map(visit, f"/?{query}")
    screen.look_at(frame, 14.5, -14.0, 5)
    with screen.one_rerun(visit):
        frame.locator(".atlas-buttons a").nth(1).click()
    visit.page.wait_for_url("**at=*")
    screen.wait_until_still(visit)
    link = permalink(visit)
    with open_context(browser, outside) as fresh:
        other = begin_visit(fresh, visit.address)
        again = screen.open_map(other, link.removeprefix(visit.address))
        found = screen.address(other)
        assert found.pop("at")
        assert found == VIEW
        assert screen.looks_at(again) == pytest.approx([14.5, -14.0, 5], abs=0.05)
        assert again.evaluate("atlas.state") == frame.evaluate("atlas.state")
        assert screen.legend(other) == screen.legend(visit)
        assert screen.swatches(other) == screen.swatches(visit)
        assert screen.outline(again, "MAR") == screen.outline(frame, "MAR")
        assert screen.letters(permalink(other)) == screen.letters(link)
        expect(other.page.locator("a[href*='country?'][href*='iso3=SEN']")).to_be_visible()
        other.assert_clean()


@pytest.mark.parametrize(("lang", "separator"), [("fr", ";"), ("en", ",")])
def test_the_downloaded_file_opens_in_a_spreadsheet_and_says_what_the_command_line_says(
    visit: Visit, root: Path, lang: str, separator: str
) -> None:
    screen.open_map(visit, f"/?measure=result:women_beneficiaries&modality=bilateral&lang={lang}")
    body = screen.take_file(visit, "map.csv")
    assert body.startswith(b"\xef\xbb\xbf")
    downloaded = read_csv(body, separator)
    of_countries = downloaded[downloaded["iso3"] != ""]
    # an equals sign is written so that no spreadsheet takes it for a formula
    of_countries = of_countries.assign(qualifier=of_countries["qualifier"].str.removeprefix("'"))
    columns = ["iso3", "value", "qualifier", "state", "activities"]
    assert of_countries[columns].values.tolist() == printed_countries(root)[columns].values.tolist()
    assert of_countries.loc[of_countries["iso3"] == "SEN", "value"].tolist() == ["700"]
    assert (downloaded["filters"] == "modality=bilateral").all()


def read_csv(body: bytes, separator: str) -> pd.DataFrame:
    """A CSV file as text cells, nothing taken for missing."""
    return pd.read_csv(
        io.BytesIO(body), sep=separator, encoding="utf-8-sig", dtype=str, keep_default_na=False
    )


def printed_countries(root: Path) -> pd.DataFrame:
    """What the command line prints for the same question."""
    command = [sys.executable, "-m", "ess", "countries", "--format", "csv"]
    question = ["--measure", "result:women_beneficiaries", "--where", "modality=bilateral"]
    printed = subprocess.run([*command, *question], cwd=root, capture_output=True, check=True)
    return read_csv(printed.stdout, ",")


def test_the_workbook_has_the_page_s_table_and_the_records_behind_it(visit: Visit) -> None:
    screen.open_map(visit, "/?lang=en&measure=training&type=training")
    shown = visit.page.locator(".atlas-table tbody tr")
    expect(shown.first).to_be_visible()
    named = {row.locator("td, th").first.inner_text().strip(): row for row in shown.all()}
    body = screen.take_file(visit, "map.xlsx")
    rows = [row for row in sheet_rows(body, 0) if row["iso3"] and row["state"] != "none"]
    assert {row["name"] for row in rows} == set(named)
    for row in rows:
        value = "" if row["value"] is None else f"{row['value']:g}"
        assert (named[row["name"]].locator("[data-value]").first.get_attribute("data-value") or "") in (
            value,
            f"{value}.0",
        )
    activities = sheet_rows(body, "Activities")
    assert {row["type"] for row in activities} == {"training"}
    assert {row["code"] for row in sheet_rows(body, "Filter")} == {"training"}


def test_every_file_of_the_panel_can_be_taken(visit: Visit) -> None:
    screen.open_map(visit, "/?lang=ar&measure=training")
    links = screen.open_menu(visit, "files").locator("a[data-file]")
    names = [link.get_attribute("data-file") or "" for link in links.all()]
    assert {"map.zip", "map.gpkg", "records.xml", "figure.svg", "everything.xlsx"} <= set(names)
    for link in links.all():
        answer = visit.page.request.get(f"{visit.address}{link.get_attribute('href')}")
        assert answer.status == 200
        assert answer.headers["content-disposition"].startswith("attachment; filename=")
        assert len(answer.body()) > 1000


def test_a_view_is_cited_with_its_pinned_address(visit: Visit) -> None:
    screen.open_map(visit, "/?lang=fr&measure=project")
    pinned = permalink(visit, "snapshot")
    panel = screen.open_menu(visit, "cite")
    for style in ("APA", "BibTeX", "RIS"):
        assert pinned in panel.locator(f"textarea[data-take='{style}']").input_value()
    with visit.page.expect_download() as started:
        panel.locator("a[data-file='citation.bib']").click()
    downloaded = started.value.path().read_text(encoding="utf-8")
    assert pinned in downloaded
    copied = screen.open_menu(visit, "cite").locator("textarea[data-take='BibTeX']").input_value()
    assert copied.strip() == downloaded.strip()
    screen.open_page(visit, "/country?lang=fr&iso3=SEN")
    cited = screen.open_menu(visit, "cite").locator("textarea[data-take='APA']").input_value()
    assert "/country?" in cited
    assert "Sénégal" in cited


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/explore?type=training", "Explorer les données"),
        ("/years?measure=project", "Dans le temps – Projets"),
        ("/flows?by=records", "Flux"),
        ("/compare?with=SEN&with=CIV", "Comparer – Sénégal et Côte d’Ivoire"),
        ("/quality?lacking=date", "Qualité des données"),
        ("/sources", "Sources et méthodes"),
    ],
)
def test_every_page_can_be_passed_on_and_cited(visit: Visit, path: str, title: str) -> None:
    screen.open_page(visit, path)
    pinned = permalink(visit, "snapshot")
    assert pinned.startswith(visit.address + path.partition("?")[0] + "?")
    asked = path.partition("?")[2].split("&") if "?" in path else []
    assert set(asked) <= set(pinned.partition("?")[2].split("&"))
    cited = screen.open_menu(visit, "cite").locator("textarea[data-take='APA']").input_value()
    assert pinned in cited
    assert screen.letters(title) in screen.letters(cited)


def test_a_pinned_link_shows_the_old_figures_after_another_snapshot_was_published(
    root: Path, tmp_path: Path, browser: Browser, outside: Outside
) -> None:
    set_current(tmp_path, edition(tmp_path, 2).id)
    with serving(root, environ={"ESS_STORE": str(tmp_path), "ESS_LANG": "en"}) as served:
        with open_context(browser, outside) as first:
            visit = begin_visit(first, served.address)
            screen.open_map(visit, "/?measure=project")
            assert in_table(visit) == {"Senegal": "2"}
            pinned = permalink(visit, "snapshot").removeprefix(served.address)
            visit.assert_clean()
        new = edition(tmp_path, 5)
        set_current(tmp_path, new.id)
        with open_context(browser, outside) as second:
            visit = begin_visit(second, served.address)
            screen.open_map(visit, pinned)
            assert in_table(visit) == {"Senegal": "2"}
            said = visit.page.locator(".st-key-pinned-snapshot")
            expect(said).to_contain_text(new.id[:12])
            body = screen.take_file(visit, "map.csv")
            assert {row["value"] for row in read_cells(body) if row["iso3"] == "SEN"} == {2.0}
            for path in ("/country", "/sources"):
                screen.open_page(visit, pinned.replace("/?", f"{path}?iso3=SEN&", 1))
                expect(visit.page.locator(".st-key-pinned-snapshot")).to_be_visible()
            screen.open_map(visit, pinned)
            with screen.one_rerun(visit):
                visit.page.locator(".st-key-pinned-snapshot button").click()
            screen.wait_until_still(visit)
            expect(visit.page.locator(".st-key-pinned-snapshot")).to_have_count(0)
            assert in_table(visit) == {"Senegal": "5"}
            assert "snapshot" not in screen.address(visit)
            screen.open_map(visit, "/?measure=project&snapshot=0123456789abcdef")
            expect(visit.page.get_by_test_id("stAlert")).to_contain_text("snapshot=0123456789abcdef")
            assert in_table(visit) == {"Senegal": "5"}
            visit.assert_clean()


def edition(folder: Path, activities: int) -> Snapshot:
    """A snapshot with so many projects in Senegal."""
    ids = [f"a{number}" for number in range(activities)]
    tables = portfolio(
        sources=[{"id": "s"}],
        activities=[{"id": code, "source": "s"} for code in ids],
        places=[row for code in ids for row in placed(code, "SEN")],
    )
    return write_snapshot(tables, folder, origin="test")


def in_table(visit: Visit) -> dict[str, str]:
    """Countries of the page's table with their first number."""
    rows = visit.page.locator(".atlas-table tbody tr")
    expect(rows.first).to_be_visible()
    return {
        row.locator("td, th").first.inner_text().strip(): row.locator(".number").first.inner_text().strip()
        for row in rows.all()
    }
