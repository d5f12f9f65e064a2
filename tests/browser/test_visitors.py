"""Two visitors at once: neither sees anything of the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ess.locales import translator
from ess.ui.boundaries import boundary_statement
from tests.browser import screen
from tests.browser.visits import Outside, Visit, begin_visit, open_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.serving import Served

FIRST = "/?lang=ar&view=ma&measure=project&type=project&iso3=SEN&palette=Blues"
SECOND = "/?lang=en&measure=agreement&type=agreement&type=event&iso3=GAB&palette=Greens"


def seen(visit: Visit) -> tuple[object, ...]:
    """Everything that a reader's state shows in: map, legend, address, words."""
    frame = screen.map_frame(visit)
    screen.wait_until_still(visit)
    return (
        frame.evaluate("atlas.state"),
        screen.legend(visit),
        screen.address(visit),
        screen.letters(visit.page.get_by_test_id("stMain").inner_text()),
    )


def test_two_visitors_share_nothing(browser: Browser, outside: Outside, visit: Visit, atlas: Served) -> None:
    with open_context(browser, outside) as other_profile:
        other = begin_visit(other_profile, atlas.address)
        screen.open_map(visit, FIRST)
        alone = seen(visit)
        screen.open_map(other, SECOND)
        assert seen(visit) == alone
        theirs = seen(other)
        first, second = screen.map_frame(visit), screen.map_frame(other)
        with screen.one_repaint(second), screen.one_rerun(other):
            screen.choose_measure(other, "event")
        with screen.one_repaint(first), screen.one_rerun(visit):
            screen.choose_measure(visit, "training")
        assert second.evaluate("[atlas.state.lang, atlas.state.chosen]") == ["en", "GAB"]
        assert screen.facts(second)["CIV"]["fill"] == "planned"
        with screen.one_repaint(first), screen.one_rerun(visit):
            screen.choose_measure(visit, "project")
        assert seen(visit) == alone
        with screen.one_repaint(second), screen.one_rerun(other):
            screen.choose_measure(other, "agreement")
        assert seen(other) == theirs
        assert screen.letters(boundary_statement("ma", translator("ar"))) in str(alone[3])
        assert screen.letters(boundary_statement("un", translator("en"))) in str(theirs[3])
        other.assert_clean()
