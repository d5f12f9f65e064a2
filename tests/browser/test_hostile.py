"""A hostile portfolio in Chromium: nothing runs, nothing calls out, every text is shown letter by letter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Frame, expect

from ess.analysis.measures import list_measures
from ess.analysis.vocabulary import read_vocabulary
from ess.exports.labels import measure_label
from ess.exports.listing import COLUMNS
from ess.locales import translator
from ess.store.engine import open_engine
from ess.store.opening import open_snapshot
from tests.browser import screen
from tests.browser.hostile import PAYLOADS, write_hostile_store
from tests.browser.serving import Served, serving
from tests.browser.visits import Outside, Visit, begin_visit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the hostile portfolio."""
    return tmp_path_factory.mktemp("hostile")


@pytest.fixture(scope="module")
def rows(store: Path) -> Rows:
    """The hostile portfolio, written."""
    return write_hostile_store(store)


@pytest.fixture(scope="module")
def hostile(root: Path, store: Path, rows: Rows) -> Iterator[Served]:
    """The atlas over the hostile portfolio, with a hostile title of its own."""
    assert rows
    title = f"{PAYLOADS['html']} {PAYLOADS['tpl']} {PAYLOADS['md']}"
    with serving(root, environ={"ESS_STORE": str(store), "ESS_TITLE": title}) as served:
        yield served


@pytest.fixture
def ran() -> list[str]:
    """The payloads that ran."""
    return []


@pytest.fixture
def tab(profile: BrowserContext, hostile: Served, outside: Outside, ran: list[str]) -> Iterator[Visit]:
    """A tab that notes what runs; at its end nothing has, and no other host was asked for anything."""
    asked = len(outside.asked)
    visit = begin_visit(profile, hostile.address)
    visit.page.expose_binding("ran", lambda _source, kind: ran.append(kind))
    yield visit
    visit.page.close()
    assert ran == []
    visit.assert_clean()
    assert outside.asked[asked:] == []


#: Panels that are filled when they are opened; each is asked for, and what comes has only that one open.
LATE = "details[data-late]"


def shown(visit: Visit) -> str:
    """Everything the page shows, tab by tab, with every fold open."""
    pieces = []
    tabs = visit.page.get_by_role("tab")
    for number in range(max(tabs.count(), 1)):
        if tabs.count():
            tabs.nth(number).click()
        visit.page.locator("details:not([open]):not(.atlas details) > summary:visible").evaluate_all(
            "folds => folds.forEach(fold => fold.click())"
        )
        # of the page's own menus a press elsewhere shuts the one that was open
        visit.page.locator(f".atlas details:not({LATE})").evaluate_all(
            "all => all.forEach(one => { one.open = true; })"
        )
        expect(visit.page.locator(f"details:not([open]):not({LATE}):visible")).to_have_count(0)
        screen.wait_until_still(visit)
        pieces.append(visit.page.locator("body").inner_text())
    names = visit.page.locator(f"{LATE}:visible").evaluate_all("all => all.map(one => one.dataset.menu)")
    pieces.extend(screen.open_menu(visit, name).inner_text() for name in names)
    return screen.letters(" ".join(pieces))


def unread(texts: Iterable[str | None], page: str) -> list[str]:
    """The texts that the page does not show letter by letter."""
    wanted = [screen.letters(text) for text in texts if text]
    assert wanted
    return [text for text in wanted if text not in page]


def texts_of(rows: Iterable[dict[str, Any]], *columns: str) -> list[str | None]:
    """The cells of some columns."""
    return [row[column] for row in rows for column in columns]


def of_country(rows: Rows, iso3: str) -> Rows:
    """The rows of a country's own records."""
    activities = {row["activity"] for row in rows["places"] if row["iso3"] == iso3}
    actors = {row["actor"] for row in rows["participants"] if row["activity"] in activities}
    figures = [
        row
        for row in rows["results"]
        if row["iso3"] == iso3 and row["activity"] in activities and row["value"]
    ]
    indicators = {row["indicator"] for row in figures}
    return {
        "activities": [row for row in rows["activities"] if row["id"] in activities],
        "actors": [row for row in rows["actors"] if row["id"] in actors],
        "figures": figures,
        "indicators": [row for row in rows["indicators"] if row["id"] in indicators],
    }


def test_every_measure_is_mapped_as_text(tab: Visit, rows: Rows, store: Path) -> None:
    frame = screen.open_map(tab, "/?iso3=SEN")
    frame.evaluate("window.mark = 1")
    vocabulary = read_vocabulary(open_engine(open_snapshot(store), "duckdb"))
    labels = [measure_label(one, vocabulary, translator("fr")) for one in list_measures(vocabulary)]
    by_kind = {kind: [label for label in labels if text in label] for kind, text in PAYLOADS.items()}
    assert all(by_kind.values())
    hovered = set()
    for label, *_others in by_kind.values():
        with screen.one_repaint(frame), screen.one_rerun(tab):
            tab.page.locator("select[data-set='measure']").select_option(label=label)
        expect(tab.page.locator(".atlas-legend b")).to_have_text(label)
        figure = next((code for code, fact in screen.facts(frame).items() if fact["text"]), None)
        if figure is not None:
            assert screen.letters(hover_over(tab, frame, figure)) == screen.letters(label)
            hovered.add(label)
    assert len(hovered) > len(PAYLOADS) / 2
    assert frame.evaluate("window.mark") == 1
    beside = shown(tab)
    assert unread(texts_of(of_country(rows, "SEN")["indicators"], "label_fr"), beside) == []


def hover_over(visit: Visit, frame: Frame, iso3: str) -> str:
    """What the hover over a country with a figure says that its figure is."""
    frame.locator(".atlas-tip").first.evaluate("tip => { tip.style.display = 'none'; }")
    x, y = screen.point_of(visit, frame, iso3)
    visit.page.mouse.move(x + 1, y)
    tip = screen.point_at(visit, frame, iso3)
    expect(tip).to_be_visible()
    return tip.locator("small").first.text_content() or ""


def test_filters_and_the_records_behind_are_text(tab: Visit, rows: Rows) -> None:
    themes = sorted(
        (row["code"] for row in rows["tags"] if row["scheme"] == "theme"), key=lambda code: (len(code), code)
    )[:4]
    actor = rows["actors"][0]
    query = urlencode({"actor": actor["id"], "theme": themes[0], "source": rows["sources"][1]["id"]})
    for key, texts in (("actor", texts_of(rows["actors"][1:4], "name_fr")), ("theme", themes)):
        screen.open_map(tab, f"/?{query}")
        assert unread([actor["name_fr"], themes[0]], shown(tab)) == []
        screen.open_filter(tab, key)
        assert unread(texts, screen.letters(tab.page.locator("body").inner_text())) == []
    screen.open_map(tab)
    with screen.one_rerun(tab):
        tab.page.get_by_test_id("stCheckbox").locator("label").click()
    counted = [row for row in rows["activities"] if not row["umbrella"]]
    page = shown(tab)
    assert unread(texts_of(counted, "title_fr", "locator"), page) == []
    assert unread(texts_of(rows["sources"][:2], "outlet", "author"), page) == []


@pytest.mark.parametrize("iso3", ["SEN", "MAR"])
def test_a_country_page_is_text(tab: Visit, rows: Rows, iso3: str) -> None:
    screen.open_map(tab, f"/country?iso3={iso3}&measure=project")
    page, own = shown(tab), of_country(rows, iso3)
    assert unread(texts_of(own["activities"], "title_fr"), page) == []
    if iso3 == "SEN":
        assert unread(texts_of(own["activities"], "description_fr", "note_fr", "locator"), page) == []
        assert unread(texts_of(own["actors"], "name_fr"), page) == []
        assert unread(texts_of(own["figures"], "note_fr", "locator", "unit"), page) == []
        assert unread(texts_of(own["indicators"], "label_fr"), page) == []


@pytest.mark.parametrize("kind", ["activities", "results"])
def test_the_page_of_all_data_is_text(tab: Visit, rows: Rows, kind: str) -> None:
    search = urlencode({"q": PAYLOADS["html"], "kind": kind, "size": 100})
    screen.open_page(tab, f"/explore?{search}")
    assert unread([PAYLOADS["html"]], shown(tab)) == []
    columns = urlencode({"columns": list(COLUMNS[kind]), "kind": kind, "size": 100}, doseq=True)
    screen.open_page(tab, f"/explore?{columns}")
    page = shown(tab)
    if kind == "activities":
        counted = [row for row in rows["activities"] if not row["umbrella"]][:100]
        texts = texts_of(counted, "title_fr", "description_fr", "note_fr", "locator")
        assert unread(texts, page) == []
        assert unread(texts_of(rows["tags"][:3], "code"), page) == []
    else:
        assert unread(texts_of(of_country(rows, "SEN")["figures"], "note_fr", "locator", "unit"), page) == []


def test_the_sources_page_is_text(tab: Visit, rows: Rows) -> None:
    screen.open_page(tab, "/sources")
    page = shown(tab)
    columns = ("title_fr", "outlet", "author", "url", "via", "published_note_fr", "note_fr")
    assert unread(texts_of(rows["sources"], *columns), page) == []
    assert unread(texts_of(rows["notes"], "text_fr", "locator"), page) == []
    assert unread(texts_of(rows["activities"][:5], "title_fr", "locator"), page) == []


def test_the_page_of_changes_is_text(tab: Visit, rows: Rows) -> None:
    for table, columns in (
        ("activities", ("title_fr", "description_fr", "note_fr", "locator")),
        ("results", ("note_fr", "locator")),
        ("sources", ("title_fr", "outlet", "author", "url")),
        ("tags", ("code",)),
    ):
        screen.open_page(tab, f"/changes?changed={table}")
        page = shown(tab)
        told = tab.page.locator("[data-part='changes'] .atlas-change").count()
        assert told
        cells = [text for text in texts_of(rows[table], *columns) if text]
        assert len(cells) - len(unread(cells, page)) >= min(told, len(cells)) / 2
    screen.open_page(tab, f"/changes?{urlencode({'find': PAYLOADS['html'], 'to': PAYLOADS['tpl']})}")
    assert shown(tab)


def test_the_quality_page_is_text(tab: Visit, rows: Rows) -> None:
    screen.open_page(tab, "/quality")
    page = shown(tab)
    counted = [row for row in rows["activities"] if not row["umbrella"]]
    acting = {row["actor"] for row in rows["participants"]}
    assert unread(texts_of(counted, "title_fr"), page) == []
    assert unread(texts_of([row for row in rows["actors"] if row["id"] in acting], "name_fr"), page) == []


def test_a_comparison_is_text(tab: Visit, rows: Rows) -> None:
    actors = rows["actors"][:2]
    query = urlencode([("compare", "actors"), *(("with", row["id"]) for row in actors)])
    screen.open_page(tab, f"/compare?{query}")
    screen.map_frame(tab, ".st-key-compare-maps [data-testid='stColumn']:nth-child(1)")
    assert unread(texts_of(actors, "name_fr"), shown(tab)) == []
    own = of_country(rows, "SEN")
    screen.open_page(tab, "/compare?with=SEN&with=CIV")
    assert unread(texts_of(own["indicators"], "label_fr"), shown(tab)) == []


_WRITE_SCRIPT = """text => {
    const inner = document.createElement("iframe");
    document.body.append(inner);
    inner.contentWindow.ran = window.ran;
    inner.contentDocument.write('<script>var text = "' + text + '"<' + '/script>');
}"""
SINKS = {
    "markup": ("html", "text => { document.querySelector('.atlas-tip').innerHTML = text; }"),
    "template": ("tpl", "text => { eval('`' + text + '`'); }"),
    "escaped template": (
        "etpl",
        "text => { document.body.innerHTML = text; eval('`' + document.body.textContent + '`'); }",
    ),
    "template left": ("btk", "text => { eval('`' + text + '`'); }"),
    "script": ("scr", _WRITE_SCRIPT),
}


@pytest.mark.parametrize("sink", SINKS)
def test_a_payload_that_does_run_is_seen(
    profile: BrowserContext, hostile: Served, sink: str, ran: list[str]
) -> None:
    kind, put = SINKS[sink]
    visit = begin_visit(profile, hostile.address)
    visit.page.expose_binding("ran", lambda _source, kind: ran.append(kind))
    visit.page.goto(f"{hostile.address}/health")
    visit.page.evaluate("document.body.innerHTML = '<div class=atlas-tip></div>'")
    visit.page.evaluate(put, PAYLOADS[kind])
    visit.page.wait_for_load_state("networkidle")
    visit.page.close()
    assert ran == [kind]


def test_a_markdown_image_that_is_loaded_is_seen(profile: BrowserContext, hostile: Served) -> None:
    visit = begin_visit(profile, hostile.address)
    visit.page.goto(f"{hostile.address}/health")
    visit.page.evaluate("document.body.innerHTML = '<img src=\"http://outside.example/b.png\">'")
    visit.page.wait_for_load_state("networkidle")
    visit.page.close()
    with pytest.raises(AssertionError):
        visit.assert_clean()


def test_a_text_that_became_more_than_text_is_unread() -> None:
    assert unread(["q1 ~50~ q1."], "q1 50 q1.") == ["q1 ~50~ q1."]
