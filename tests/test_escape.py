"""The one gate for text from data: what comes out can do no harm, and reads as it was written."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Locator, Page, expect

from ess import escape

any_text = st.text(max_size=60)
spreadsheet_text = st.text(alphabet=st.sampled_from("=+-@\t\r\0 '\"1Aa,\n"), max_size=8)
BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
SIGNS_THAT_ACT = set("`$\\{}<>\"'\n\r\0\u2028\u2029")

MARKDOWN_TEXTS = (
    "~50~ *x* _y_ **b** ~~s~~",
    "![a](http://127.0.0.1:9/b.png)",
    "[l](http://e.org) [x]: http://e.org",
    "<img src=x onerror=alert(1)> <script>alert(1)</script> <!-- c -->",
    "http://e.org/x https://e.org/a_b?x=1 HTTP://E.ORG ftp://e.org",
    "see www.e.org or WWW.e.org",
    "mail a.b@e.org, mailto:a@e.org, +a@b.co",
    ":red[x] :blue-background[y] :small[x] :badge[y]",
    ":smile: :+1: :material/home: :streamlit: :flag-ma:",
    "-> <- => -- <-> >= <= ~= != a -- b --- c 2 -> 3",
    "# head",
    "- item",
    "1. item",
    "> quote",
    "    indented code",
    "`code` ```fence",
    "$x^2$ and $$y$$ and US$5 and US$6 \\(x\\)",
    "a | b\n--|--\n1 | 2",
    "&amp; &#60; &lt;b&gt; a\\*b \\",
    "***",
    "[ ] todo [^1] note",
    "Été « à » … ’ العربية",
    "{{x}} {%y%} ${z}",
)
INERT_TEXTS = {
    "<img src=x onerror=alert(1)> <script>alert(1)</script> <!-- c -->",
    "[ ] todo [^1] note",
    "Été « à » … ’ العربية",
    "{{x}} {%y%} ${z}",
}
"""Texts that Streamlit itself shows as they are."""


@given(any_text)
def test_html_holds_no_sign_that_acts(text: str) -> None:
    assert not SIGNS_THAT_ACT & set(escape.html(text))


@given(any_text)
def test_html_reads_as_written(text: str) -> None:
    assert html.unescape(escape.html(text)) == BREAKS.sub(" ", text.replace("\0", ""))


@pytest.mark.parametrize("payload", ["${alert(1)}", "`-alert(1)-`", "\\`", "{{x}}", "<img onerror=x>", "'\""])
def test_html_stops_what_pythons_own_escape_lets_through(payload: str) -> None:
    assert not re.search(r"[`$\\{}<>\"']", escape.html(payload))


def test_pythons_own_escape_would_not_do() -> None:
    assert "${alert(1)}`" in html.escape("${alert(1)}`", quote=True)


@given(any_text)
def test_fill_escapes_text_and_keeps_our_own_markup(text: str) -> None:
    inner = escape.fill("<b title='{title}'>{text}</b>", title=text, text=text)
    assert inner == f"<b title='{escape.html(text)}'>{escape.html(text)}</b>"
    assert escape.fill("<p>{inner}</p>", inner=inner) == f"<p>{inner}</p>"
    assert escape.joined([inner, escape.Markup("<br>")]) == f"{inner}<br>"


@given(any_text)
def test_markdown_leaves_no_punctuation_to_read(text: str) -> None:
    without_references = re.sub(r"&#\d+;", "", escape.markdown(text))
    assert not re.search(r"[!-/:-@\[-`{-~]", without_references)


@given(any_text)
def test_markdown_keeps_every_letter(text: str) -> None:
    shown = html.unescape(escape.markdown(text.replace("\u2060", "")))
    kept = BREAKS.sub(" ", text.replace("\0", "").replace("\u2060", "")).replace("\t", " ").strip()
    # A reference to a control character stays what it was: only punctuation is written as references.
    assert shown.replace("\u2060", "") == kept


@given(st.recursive(st.none() | st.booleans() | st.integers() | any_text, st.lists, max_leaves=5))
def test_script_is_json_that_cannot_leave_its_element(value: object) -> None:
    literal = escape.script(value)
    assert json.loads(literal) == value
    assert literal.isascii()
    assert not set("<>&`$\n") & set(literal)


def test_script_refuses_numbers_that_javascript_has_not() -> None:
    with pytest.raises(ValueError, match="JSON"):
        escape.script([float("nan")])


@given(any_text | spreadsheet_text)
def test_cell_never_starts_a_formula(text: str) -> None:
    assert not escape.cell(text).lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r"))


@given(any_text | spreadsheet_text)
def test_cell_adds_one_apostrophe_at_most(text: str) -> None:
    kept = text.replace("\0", "")
    assert escape.cell(text) in {kept, f"'{kept}"}


def test_cell_survives_a_csv_file() -> None:
    written = io.StringIO()
    csv.writer(written).writerow([escape.cell("=HYPERLINK(1)"), escape.cell("\t=1"), escape.cell("Été"), -5])
    assert next(csv.reader([written.getvalue()])) == ["'=HYPERLINK(1)", "'\t=1", "Été", "-5"]


@given(any_text)
def test_file_name_is_safe_on_any_disk(text: str) -> None:
    name = escape.file_name(text)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", name)
    assert ".." not in name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ("Côte d’Ivoire — femmes formées.csv", "Cote-d-Ivoire-femmes-formees.csv"),
        ("المغرب", "atlas"),
        ("nul.csv", "atlas-nul.csv"),
        ("", "atlas"),
    ],
)
def test_file_name_keeps_what_it_can(text: str, name: str) -> None:
    assert escape.file_name(text) == name


@given(any_text)
def test_plain_settles_at_once(text: str) -> None:
    assert escape.plain(escape.plain(text)) == escape.plain(text)


def test_plain_removes_what_hides_and_turns() -> None:
    assert escape.plain("KE\u202eNYA\u200b\ufeff\x00 e\u0301\n2") == "KENYA é 2"


APP = """
import json
import streamlit as st
from ess import escape
texts = json.loads({texts!r})
for name, gate in [("gate", escape.markdown), ("bare", str)]:
    for number, text in enumerate(texts):
        with st.container(key=f"{{name}}{{number}}"):
            st.markdown(gate(text))
            st.checkbox(gate(text), key=f"{{name}}label{{number}}")
st.text("every text is there")
"""
MARKUP = "a, img, em, strong, del, code, li, blockquote, table, hr, h1, .katex"


@pytest.fixture(scope="module")
def page_of_texts(browser: Browser, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page that shows `MARKDOWN_TEXTS` twice: through the gate, and without it."""
    script = tmp_path_factory.mktemp("texts") / "texts.py"
    script.write_text(APP.format(texts=json.dumps(MARKDOWN_TEXTS)), encoding="utf-8")
    with running_app(script, root) as address, closing(browser.new_page()) as page:
        page.goto(address)
        page.get_by_text("every text is there").wait_for()
        page.locator("[class*='st-key-bare'] .katex").first.wait_for()
        expect(page.locator("[class*='st-key-gate'] p")).to_have_count(2 * len(MARKDOWN_TEXTS))
        expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
        yield page


@contextmanager
def running_app(script: Path, root: Path) -> Iterator[str]:
    """A Streamlit app on a free port of this machine, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    command = [sys.executable, "-u", "-m", "streamlit", "run", str(script), "--server.headless=true"]
    process = subprocess.Popen(
        [*command, f"--server.port={port}"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            assert any("URL: http" in line for line in process.stdout), "Streamlit ended before it listened"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.communicate()


def texts_that_acted(page: Page, name: str) -> set[str]:
    """The texts that are not shown letter by letter, or that became more than text."""
    return {
        text
        for number, text in enumerate(MARKDOWN_TEXTS)
        if acted(page.locator(f".st-key-{name}{number}"), text)
    }


def acted(place: Locator, text: str) -> bool:
    kept = " ".join(text.split())
    shown = " ".join(place.inner_text().replace("\u2060", "").split())
    return shown != f"{kept} {kept}" or place.locator(MARKUP).count() > 0


def test_markdown_shows_every_text_letter_by_letter(page_of_texts: Page) -> None:
    assert texts_that_acted(page_of_texts, "gate") == set()


def test_without_the_gate_the_texts_act(page_of_texts: Page) -> None:
    assert texts_that_acted(page_of_texts, "bare") == set(MARKDOWN_TEXTS) - INERT_TEXTS
