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

from tests.browser import screen
from tests.browser.visits import Outside, Visit, begin_visit, open_context

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


def permalink(visit: Visit) -> str:
    """The permanent link that the page shows."""
    return screen.open_menu(visit, "link").locator("textarea").input_value()


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
    with visit.page.expect_download() as started:
        visit.page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    body = started.value.path().read_bytes()
    assert started.value.suggested_filename.endswith(".csv")
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
