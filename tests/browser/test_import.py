"""Somebody's own files: given, mapped, read, seen by nobody else, published only where that is allowed."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from ess.ingest.mapping import parse_mapping
from ess.locales import translator
from ess.portfolio.builtin import read_builtin
from ess.store.opening import open_snapshot
from ess.store.snapshots import set_current, snapshot_ids
from ess.store.writing import write_snapshot
from tests.browser import screen
from tests.browser.hostile import PAYLOADS
from tests.browser.serving import Served, serving
from tests.browser.test_pages import serious_violations
from tests.browser.visits import Outside, Visit, begin_visit, open_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

NAME = "dossiersmiens.csv"
TABLE = """Dossier;Objet;Pays;Terrain;Début;Montant (EUR);État
D-1;Formation agricole;France;Sénégal, Mali;01/02/2021;1 250 000,50;En cours
D-2;Puits en zone rurale;France;Côte d’Ivoire;15/03/2020;300 000,00;Terminé
D-3;;;;;;
D-4;Appui à l’artisanat;France;Wakanda;20/01/2023;75 000,00;En cours
D-5;Échange de coopératives;France;Guinée équatoriale;30/06/2022;;En cours
"""
NAMED = ("SEN", "MLI", "CIV", "GNQ")
"""The countries that the table names as partners, once its columns are understood."""

ERRORS = "[data-testid='stAlertContentError']"


def payload(text: str | bytes, name: str = NAME) -> FilePayload:
    """A file as a reader's browser would give it."""
    content = text if isinstance(text, bytes) else text.encode()
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def give(visit: Visit, *files: FilePayload) -> None:
    """Give files on the page Import, and wait until they can be read."""
    visit.page.locator("input[type=file]").set_input_files(files)
    expect(screen.keyed(visit, "read")).to_be_visible()
    screen.wait_until_still(visit)


def choose_column(visit: Visit, meaning: str, heading: str) -> None:
    """Choose the column of a meaning in the form of the first table."""
    options = screen.open_options(visit, f"{meaning} 0 0")
    with screen.one_rerun(visit):
        options.get_by_text(heading, exact=True).click()
    screen.wait_until_still(visit)


def chosen_column(visit: Visit, meaning: str) -> Locator:
    """The list of columns of a meaning, as it shows the chosen one."""
    return screen.keyed(visit, f"{meaning} 0 0").get_by_test_id("stSelectbox")


def press(visit: Visit, key: str) -> None:
    """Press the button that the code names `key`."""
    screen.keyed(visit, key).get_by_role("button").click()


def read(visit: Visit) -> None:
    """Read what was given, and wait for the report."""
    press(visit, "read")
    expect(screen.keyed(visit, "take report")).to_be_visible()
    screen.wait_until_still(visit)


def see_own(visit: Visit) -> dict[str, dict[str, str]]:
    """See what was read on the map: what it paints."""
    press(visit, "see own")
    expect(screen.keyed(visit, "own portfolio")).to_be_visible()
    frame = screen.map_frame(visit)
    screen.wait_until_still(visit)
    return screen.facts(frame)


def text_of(visit: Visit) -> str:
    """Everything the page says."""
    return screen.letters(visit.page.get_by_test_id("stMain").inner_text())


def take(visit: Visit, key: str) -> bytes:
    """The file behind a download button."""
    with visit.page.expect_download() as download:
        press(visit, key)
    return Path(download.value.path()).read_bytes()


def test_a_table_is_mapped_read_and_seen_on_the_map(visit: Visit) -> None:
    screen.open_page(visit, "/import")
    assert serious_violations(visit.page) == []
    give(visit, payload(TABLE))
    expect(chosen_column(visit, "recipients")).to_contain_text("Pays")
    choose_column(visit, "recipients", "Terrain")
    choose_column(visit, "providers", "Pays")
    mapping = parse_mapping(take(visit, "take mapping 0 0").decode())
    assert mapping.columns["recipients"].columns == ("Terrain",)
    assert mapping.columns["providers"].columns == ("Pays",)
    read(visit)
    assert serious_violations(visit.page) == []
    told = text_of(visit)
    assert "Wakanda" in told
    expect(visit.page.get_by_test_id("stAlertContentSuccess")).to_have_count(0)
    rejects = list(csv.reader(io.StringIO(take(visit, "take rejects").decode("utf-8-sig"))))
    assert [row[:2] for row in rejects[1:]] == [[NAME, "4"]]
    assert "D-3" in rejects[1]
    facts = see_own(visit)
    assert {iso3 for iso3 in NAMED if facts[iso3]["fill"].isdigit()} == set(NAMED)
    assert facts["SEN"]["text"] == "1"
    assert not any(one["fill"].isdigit() for iso3, one in facts.items() if iso3 not in NAMED)
    assert NAME in visit.page.get_by_role("heading").first.inner_text()
    home = translator("fr")("{home} not counted", home="Maroc")
    assert home not in text_of(visit)


def test_every_page_shows_the_own_portfolio_until_it_is_left(visit: Visit) -> None:
    frame = screen.open_map(visit, "/?lang=en")
    served = screen.facts(frame)
    screen.open_page(visit, "/import?lang=en")
    give(visit, payload(TABLE))
    choose_column(visit, "recipients", "Terrain")
    read(visit)
    see_own(visit)
    for page in ("country", "sources", "import"):
        with screen.one_rerun(visit):
            visit.page.locator(f"a[href*='/{page}']").first.click()
        screen.wait_until_still(visit)
        expect(screen.keyed(visit, "own portfolio")).to_contain_text(NAME)
        assert visit.page.get_by_test_id("stException").count() == 0
    assert "D-3" not in text_of(visit)
    expect(screen.keyed(visit, "take report")).to_be_visible()
    press(visit, "back to the served portfolio")
    expect(screen.keyed(visit, "own portfolio")).to_have_count(0)
    with screen.one_rerun(visit):
        visit.page.locator("a[href$='/?lang=en'], a[href$='/']").first.click()
    assert screen.facts(screen.map_frame(visit)) == served


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(2000), "PNG"),
        ("layers.gpkg", b"SQLite format 3\x00" + bytes(2000), "GeoPackage"),
        ("passwords.geojson", b'{"type": "gdal_streamed_alg", "command_line": "read /etc/passwd"}', "JSON"),
        ("../../up.exe", b"MZ" + bytes(2000), "up.exe"),
        ("empty.csv", b"   \n", "empty.csv"),
    ],
)
def test_a_refused_file_is_one_sentence_and_the_others_go_on(
    visit: Visit, name: str, content: bytes, said: str
) -> None:
    screen.open_page(visit, "/import?lang=en")
    visit.page.locator("input[type=file]").set_input_files([payload(content, name), payload(TABLE)])
    expect(visit.page.locator(ERRORS)).to_have_count(1)
    expect(screen.keyed(visit, "read")).to_be_visible()
    screen.wait_until_still(visit)
    sentence = screen.letters(visit.page.locator(ERRORS).inner_text())
    assert said in sentence
    assert Path(name).name in sentence
    assert "atlas-visit" not in sentence
    assert "/" not in sentence.replace(Path(name).name, "").replace("/etc/passwd", "")
    read(visit)
    assert visit.page.get_by_test_id("stException").count() == 0


def test_a_mapping_at_fault_is_one_sentence_and_stops_the_reading(visit: Visit) -> None:
    screen.open_page(visit, "/import?lang=en")
    give(visit, payload(TABLE))
    screen.unfold(visit, "code")
    box = visit.page.get_by_test_id("stPopoverBody").get_by_role("textbox")
    good = box.input_value()
    for faulty in ("columns: {title: Objet, colour: Pays}", "a: *b", "name: [" * 400, "x" * 200):
        box.fill(faulty)
        with screen.one_rerun(visit):
            box.press("Control+Enter")
        expect(visit.page.locator(ERRORS)).to_have_count(1)
        expect(screen.keyed(visit, "read").get_by_role("button")).to_be_disabled()
        assert box.input_value() == faulty
    box.fill(good.replace("columns:", "columns:\n  note: Pays"))
    with screen.one_rerun(visit):
        box.press("Control+Enter")
    expect(visit.page.locator(ERRORS)).to_have_count(0)
    assert "note: Pays" in box.input_value()


def test_j01_a_hostile_table_is_shown_letter_by_letter(visit: Visit) -> None:
    ran: list[str] = []
    visit.page.expose_binding("ran", lambda _source, kind: ran.append(kind))
    cells = [text.replace(";", ",").replace('"', "'") for text in PAYLOADS.values()]
    rows = [["Dossier", "Objet", "Pays", *cells]]
    rows += [[f"D-{number}", cell, cell, *cells] for number, cell in enumerate(cells)]
    text = "\n".join(";".join(row) for row in rows)
    screen.open_page(visit, "/import?lang=en")
    give(visit, payload(text, "<img src=x onerror=ran('name')> ${ran('tpl')} ![x](http:outside).csv"))
    choose_column(visit, "title", "Objet")
    choose_column(visit, "recipients", "Pays")
    read(visit)
    for fold in visit.page.get_by_test_id("stExpander").all():
        fold.locator("summary").click()
    screen.wait_until_still(visit)
    told = text_of(visit)
    assert "${ran('tpl')}" in told
    assert "<img src=x onerror='ran('html')'>" in told
    see_own(visit)
    for page in ("country", "sources"):
        with screen.one_rerun(visit):
            visit.page.locator(f"a[href*='/{page}']").first.click()
    screen.wait_until_still(visit)
    assert ran == []


def test_nothing_of_one_visitor_is_seen_by_another(
    visit: Visit, browser: Browser, outside: Outside, atlas: Served
) -> None:
    with open_context(browser, outside) as other_profile:
        other = begin_visit(other_profile, atlas.address)
        before = screen.facts(screen.open_map(other, "/?lang=en"))
        screen.open_page(visit, "/import?lang=en")
        give(visit, payload(TABLE))
        choose_column(visit, "recipients", "Terrain")
        read(visit)
        mine = see_own(visit)
        assert screen.facts(screen.open_map(other, "/?lang=en&measure=activities")) == before
        screen.open_page(other, "/sources?lang=en")
        screen.open_page(other, "/import?lang=en")
        give(other, payload(TABLE.replace("Wakanda", "Cap-Vert"), "dossiersautres.csv"))
        choose_column(other, "recipients", "Terrain")
        read(other)
        theirs = see_own(other)
        assert theirs["CPV"]["text"] == "1"
        assert "CPV" not in mine
        with screen.one_rerun(visit):
            screen.choose_measure(visit, "project")
        assert "CPV" not in screen.facts(screen.map_frame(visit))
        heard = "\n".join(str(message) for _, message in other.heard)
        assert "dossiersautres" in heard
        assert NAME.removesuffix(".csv") not in heard
        assert "Wakanda" not in heard
        other.assert_clean()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that serves the built-in portfolio."""
    folder = tmp_path / "store"
    set_current(folder, write_snapshot(read_builtin(), folder, origin="test").id)
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The only folder for passing files that the server has."""
    folder = tmp_path / "passing"
    folder.mkdir()
    return folder


@pytest.fixture
def publishing(root: Path, store: Path, scratch: Path) -> Iterator[Served]:
    """The atlas over a store that its pages may publish into."""
    environ = {"ESS_STORE": str(store), "ESS_PUBLISH": "1", "TMPDIR": str(scratch)}
    with serving(root, environ=environ) as served:
        yield served


def files_below(folder: Path) -> set[str]:
    """Paths of all files below a folder."""
    return {
        os.path.relpath(Path(place) / name, folder) for place, _, names in os.walk(folder) for name in names
    }


def test_a_portfolio_is_published_for_everyone(
    profile: BrowserContext, publishing: Served, store: Path
) -> None:
    visit, other = begin_visit(profile, publishing.address), begin_visit(profile, publishing.address)
    before = open_snapshot(store)
    screen.open_page(visit, "/import?lang=en")
    give(visit, payload(TABLE))
    choose_column(visit, "recipients", "Terrain")
    read(visit)
    press(visit, "publish")
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_contain_text(str(before.files["activities"].rows))
    press(visit, "publish now")
    expect(visit.page.get_by_test_id("stAlertContentSuccess")).to_be_visible()
    screen.wait_until_still(visit)
    after = open_snapshot(store)
    assert sorted(snapshot_ids(store)) == sorted((before.id, after.id))
    assert after.files["activities"].rows == before.files["activities"].rows + 4
    assert after.id in text_of(visit)
    expect(visit.page.get_by_test_id("stCode")).to_contain_text(f"rollback {before.id}")
    assert screen.facts(screen.open_map(other, "/?lang=en"))["GNQ"]["text"] == "1"
    for tab in (visit, other):
        tab.page.close()
        tab.assert_clean()


def test_publishing_is_not_offered_where_it_is_not_allowed(visit: Visit) -> None:
    screen.open_page(visit, "/import?lang=en")
    give(visit, payload(TABLE))
    read(visit)
    expect(screen.keyed(visit, "see own")).to_be_visible()
    expect(screen.keyed(visit, "publish")).to_have_count(0)


def test_u12_uploads_lie_in_the_scratch_folder_only_and_are_deleted(
    root: Path, store: Path, scratch: Path, browser: Browser, outside: Outside
) -> None:
    environ = {"ESS_STORE": str(store), "TMPDIR": str(scratch)}
    with serving(root, environ=environ) as served, open_context(browser, outside) as profile:
        visit = begin_visit(profile, served.address)
        screen.open_page(visit, "/import?lang=en")
        stored = files_below(store)
        give(visit, payload(TABLE, f"../../{NAME}"), payload(TABLE, NAME))
        lying = [path for path in files_below(scratch) if path.endswith(".csv")]
        assert sorted(Path(path).name for path in lying) == ["dossiersmiens (2).csv", NAME]
        assert all(path.startswith("atlas-visit-") and path.count("/") == 2 for path in lying)
        assert len({Path(path).parent for path in lying}) == 2
        read(visit)
        see_own(visit)
        assert any("store/snapshots" in path for path in files_below(scratch))
        with screen.one_rerun(visit):
            visit.page.locator("a[href*='/import']").first.click()
        screen.wait_until_still(visit)
        press(visit, "start again")
        expect(screen.keyed(visit, "read")).to_have_count(0)
        assert not [path for path in files_below(scratch) if path.endswith((".csv", ".jsonl"))]
        press(visit, "back to the served portfolio")
        expect(screen.keyed(visit, "own portfolio")).to_have_count(0)
        assert not [path for path in files_below(scratch) if "atlas-visit" in path]
        give(visit, payload(TABLE))
        assert [path for path in files_below(scratch) if "atlas-visit" in path]
        assert files_below(store) == stored
        visit.page.close()
        visit.assert_clean()
    assert files_below(scratch) == set()
