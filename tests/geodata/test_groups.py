"""Country groups: dated, sourced, and honest about what was not checked."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from geodata._tables import read_rows
from geodata.codes import countries
from geodata.errors import LayerError
from geodata.groups import SOURCED, STATUSES, groups, groups_of, members

SIZES = {
    "ldc": 44, "lldc": 32, "au": 55, "amu": 5, "comesa": 21, "eac": 8, "ecowas": 12, "sadc": 16,
    "waemu": 8, "cemac": 6, "aes": 3, "arab_league": 22, "oic": 57, "g77": 134, "011": 17, "018": 5,
    "wb_low": 29, "wb_lower_middle": 50, "wb_upper_middle": 56, "wb_high": 81,
}  # fmt: skip

INCOMES = {
    "Low income": "wb_low",
    "Lower middle income": "wb_lower_middle",
    "Upper middle income": "wb_upper_middle",
    "High income": "wb_high",
}


def test_every_group_has_names_a_source_and_a_status() -> None:
    for group in groups():
        assert group.name_fr, group.id
        assert group.name_en, group.id
        assert group.name_ar, group.id
        assert group.source, group.id
        assert group.status in STATUSES
        assert members(group.id) <= set(countries())
        assert members(group.id)


def test_what_is_sourced_is_dated_and_not_in_the_future() -> None:
    for group in groups():
        if group.status == SOURCED:
            assert dt.date(1945, 1, 1) < dt.date.fromisoformat(group.as_of) <= dt.date(2026, 11, 22), group.id


@pytest.mark.parametrize(("group", "size"), SIZES.items())
def test_a_group_has_its_known_number_of_members(group: str, size: int) -> None:
    assert len(members(group)) == size


def test_the_memberships_that_changed_lately() -> None:
    assert members("ecowas").isdisjoint({"BFA", "MLI", "NER"})
    assert members("aes") == {"BFA", "MLI", "NER"}
    assert members("ldc").isdisjoint({"STP", "BTN", "CPV"})
    assert {"BGD", "LAO", "NPL"} <= members("ldc")
    assert "SOM" in members("eac")
    assert members("amu") == {"DZA", "LBY", "MAR", "MRT", "TUN"}


def test_income_groups_are_as_the_bank_listed_them_in_2020(shared: Path) -> None:
    workbook = CalamineWorkbook.from_path(shared / "data/context/worldbank-population-SP.POP.TOTL.xls")
    rows = workbook.get_sheet_by_name("Metadata - Countries").to_python()[1:]
    for label, group in INCOMES.items():
        listed = {str(row[0]) for row in rows if row[2] == label}
        assert members(group) == listed & set(countries())
        assert listed - set(countries()) <= {"CHI"}  # the Channel Islands as one, which ISO does not know


def test_region_groups_are_the_regions_of_the_countries() -> None:
    western = {iso3 for iso3, country in countries().items() if country.intermediate == "011"}
    assert members("011") == western
    assert members("002") == {iso3 for iso3, country in countries().items() if country.region == "002"}


def test_groups_of_a_country() -> None:
    found = [group.id for group in groups_of("SEN")]
    assert {"ldc", "au", "ecowas", "waemu", "oic", "g77", "002", "202", "011"} <= set(found)
    assert found == [group.id for group in groups() if "SEN" in members(group.id)]
    assert groups_of("XYZ") == []


def test_a_membership_is_stated_once() -> None:
    rows = [(row["group"], row["iso3"]) for row in read_rows("group_members.csv", ("group", "iso3", "note"))]
    assert len(set(rows)) == len(rows)
    assert {group for group, _ in rows} == {group.id for group in groups()}


def test_an_unknown_group_is_refused() -> None:
    with pytest.raises(LayerError, match="no country group 'nato'"):
        members("nato")
