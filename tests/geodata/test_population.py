"""The inhabitants: carried from the World Bank's workbook, each with its own year."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from geodata import build_population
from geodata.build_population import HEADINGS, latest_values, published_day
from geodata.errors import LayerError
from geodata.population import population_source, populations
from geodata.sources import DATA

WORKBOOK = Path("data/context/worldbank-population-SP.POP.TOTL.xls")


def sheet(*rows: tuple[str, int, Any]) -> list[list[Any]]:
    """A data sheet as the source writes it, in the order given."""
    return [["Data Source", "x"], list(HEADINGS)] + [
        ["A name", iso3, "Population, total", "SP.POP.TOTL", year, persons] for iso3, year, persons in rows
    ]


def test_the_table_is_made_again_with_the_same_bytes(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert build_population.main([str(shared / WORKBOOK), "--check"]) == 0
    assert capsys.readouterr().out == "the same bytes\n"
    (tmp_path / "x.xls").write_text("no workbook", encoding="utf-8")
    assert build_population.main([str(tmp_path / "x.xls"), "--check"]) == 1
    assert "x.xls cannot be read" in capsys.readouterr().err


def test_another_byte_is_seen(tmp_path: Path) -> None:
    shutil.copy(DATA / "population.csv.source.json", tmp_path)
    assert build_population.changed_files(tmp_path) == []
    text = (DATA / "population.csv").read_text(encoding="utf-8")
    (tmp_path / "population.csv").write_text(text.replace("SEN,2019", "SEN,2018"), encoding="utf-8")
    assert build_population.changed_files(tmp_path) == ["population.csv"]


def test_the_latest_year_is_kept_by_country_and_a_missing_value_is_no_zero() -> None:
    rows = sheet(
        ("AAA", 2019, 7),
        ("AAA", 2018, 9),
        ("BBB", 2011, 5),
        ("BBB", 2012, ""),
        ("CCC", 2019, ""),
        ("WLD", 2019, 99),
        ("DDD", 2019, 0),
    )
    found = latest_values(rows, ["AAA", "BBB", "CCC", "DDD"])
    assert found.values.tolist() == [["AAA", 2019, 7], ["BBB", 2011, 5]]
    assert published_day(rows) == ""


def test_another_workbook_is_refused(shared: Path) -> None:
    with pytest.raises(LayerError, match="expected a sheet Data"):
        build_population.read_sheet(shared / "data/portfolios/none.xlsx")


def test_what_is_known_and_what_is_not() -> None:
    known = populations()
    assert known["ERI"].year == 2011
    assert known["SEN"].year == 2019
    assert 16_000_000 < known["SEN"].persons < 17_000_000
    assert {"ESH", "TWN", "VAT"}.isdisjoint(known)
    assert min(found.persons for found in known.values()) > 0


def test_the_source_is_named_as_its_licence_asks() -> None:
    source = population_source()
    assert source.licence == "CC BY 4.0"
    assert source.published in source.citation
    assert source.rows == len(populations()) == len((DATA / source.file).read_text().splitlines()) - 1
