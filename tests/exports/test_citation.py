"""A citation names who, what, which edition and where; its files are what reference managers read."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ess.exports.citation import Citation, build_citation, format_apa, format_bibtex, format_ris
from ess.locales import LANGUAGES, translator
from ess.store.opening import builtin_snapshot
from tests.factories import HOSTILE_NAMES

ADDRESS = "https://atlas.example/?measure=project&stage=done&snapshot=0123456789abcdef"
CITED = Citation(
    "Atlas: Projects by country", "Agency", "0123456789abcdef", "2026-01-31", "2025-07-08", ADDRESS
)


def entry(text: str) -> dict[str, str]:
    """The fields of one BibTeX entry by a reader of its own: balanced braces, one field a line."""
    head = re.match(r"@misc\{([^,\s]+),\n", text)
    assert head
    assert text.endswith("}\n")
    fields = {}
    for line in text[head.end() : -2].splitlines():
        name, _, value = line.strip().partition(" = ")
        assert value.startswith("{")
        assert value.endswith("},")
        depth = 0
        for place, sign in enumerate(value[:-1]):
            escaped = place > 0 and value[place - 1] == "\\"
            depth += (sign == "{" and not escaped) - (sign == "}" and not escaped)
            assert depth > 0 or place == len(value) - 2
        assert depth == 0
        fields[name] = value[1:-2]
    return {"key": head[1], **fields}


def record(text: str) -> dict[str, str]:
    """The fields of one RIS record."""
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in lines)
    return {line[:2]: line[6:] for line in lines}


def test_apa_names_who_when_what_which_and_where() -> None:
    said = format_apa(CITED, translator("en"))
    assert said == (
        "Agency. (31 January 2026). Atlas: Projects by country (Snapshot 0123456789abcdef) [Data set]. "
        + ADDRESS
    )


def test_without_an_institution_the_title_comes_first_and_without_a_day_it_is_said() -> None:
    said = format_apa(replace(CITED, institution="", day=""), translator("en"))
    assert said.startswith(
        "Atlas: Projects by country (Snapshot 0123456789abcdef) [Data set]. (n.d.). https:"
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_bibtex_and_ris_hold_the_same(lang: str) -> None:
    words = translator(lang)
    bib, ris = entry(format_bibtex(CITED, words)), record(format_ris(CITED, words))
    assert bib["author"] == "{Agency}"
    assert ris["AU"] == "Agency"
    assert bib["title"] == f"{{{ris['TI']}}}"
    assert (bib["year"], bib["date"], bib["version"]) == ("2026", "2026-01-31", "0123456789abcdef")
    assert (ris["PY"], ris["DA"], ris["ET"]) == ("2026", "2026/01/31", "0123456789abcdef")
    assert bib["url"] == ris["UR"] == ADDRESS
    assert (ris["TY"], ris["LA"], ris["ER"]) == ("DATA", lang, "")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_stays_one_field_and_runs_nothing(name: str) -> None:
    cited = build_citation(name, name, builtin_snapshot(), ADDRESS)
    assert set(entry(format_bibtex(cited, translator("en")))) == set(
        entry(format_bibtex(CITED, translator("en")))
    )
    assert set(record(format_ris(cited, translator("en")))) == set(
        record(format_ris(CITED, translator("en")))
    )
    assert "\n" not in format_apa(cited, translator("en"))


def test_a_field_that_is_not_closed_would_be_noticed() -> None:
    with pytest.raises(AssertionError):
        entry(format_bibtex(CITED, translator("en")).replace("{{Atlas", "{{{Atlas"))


def test_the_built_in_portfolio_is_cited_with_the_day_of_its_latest_source() -> None:
    cited = build_citation("Atlas", "", builtin_snapshot(), "")
    assert (cited.day, cited.snapshot) == ("2025-07-08", builtin_snapshot().id)
    assert "url" not in entry(format_bibtex(cited, translator("fr")))
