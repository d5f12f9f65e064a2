"""What every real file holds, counted by hand and by another program: a change of any figure shows here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ess.ingest.importing import import_files
from ess.ingest.orders import Order


class Held(NamedTuple):
    """The figures of one file: records, activities by place, points, and money by kind and currency."""

    read: int
    rejected: int
    activities: int
    placed: int
    regional: int
    unplaced: int
    multi_country: int
    sites: int
    totals: dict[str, dict[str, float]]
    unallocated: dict[str, dict[str, float]]


IATI = {
    "aiddata-uganda-aims-2.03.xml": Held(
        1456, 0, 1456, 485, 0, 971, 0, 1938,
        {"commitment": {"USD": 29314731392.17}, "disbursement": {"USD": 17710448195.18}},
        {"commitment": {"USD": 17459511622.95}, "disbursement": {"USD": 10209554210.66}},
    ),
    "caf-2.03-es.xml": Held(
        478, 0, 478, 466, 12, 0, 0, 0,
        {"commitment": {"USD": 49903200785}, "disbursement": {"USD": 39000735461}},
        {"commitment": {"USD": 425200000}, "disbursement": {"USD": 370623988}},
    ),
    "iati-standard-example-2.03.xml": Held(
        1, 0, 1, 1, 0, 0, 1, 2, {"budget": {"EUR": 3000}}, {"budget": {"EUR": 2000}}
    ),
    "netherlands-mfa-sample-2.03.xml": Held(
        13, 0, 13, 11, 2, 0, 0, 16,
        {
            "budget": {"EUR": 19838590}, "commitment": {"EUR": 13389863}, "disbursement": {"EUR": 12589961}
        },
        {"budget": {"EUR": 13739341}, "commitment": {"EUR": 7553265}, "disbursement": {"EUR": 6753363}},
    ),
    "oxfamgb-bangladesh-1.00.xml": Held(
        24, 0, 24, 24, 0, 0, 0, 0,
        {"budget": {"GBP": 2004655}, "commitment": {"GBP": 9302821}, "expenditure": {"GBP": 7298166}},
        {"budget": {"GBP": 0}, "commitment": {"GBP": 0}, "expenditure": {"GBP": 0}},
    ),
    "sida-africa-regional-1.00.xml": Held(
        512, 0, 512, 0, 512, 0, 0, 0,
        {"budget": {"USD": 996607877.07}, "disbursement": {"USD": 521750726.78}},
        {"budget": {"USD": 996607877.07}, "disbursement": {"USD": 521750726.78}},
    ),
    "spain-maec-indonesia-2.01.xml": Held(
        83, 0, 83, 83, 0, 0, 0, 0,
        {
            "budget": {"EUR": -28871089.74}, "commitment": {"EUR": 1123256.81},
            "disbursement": {"EUR": -28877855.19},
        },
        {
            "budget": {"EUR": 288038.36}, "commitment": {"EUR": 288442.59},
            "disbursement": {"EUR": 287753.40},
        },
    ),
    "who-argentina-2.03.xml": Held(
        157, 0, 157, 157, 0, 0, 0, 157,
        {
            "budget": {"USD": 18214091.16}, "commitment": {"USD": 18214091.16},
            "disbursement": {"USD": 2323977.9}, "expenditure": {"USD": 11978964.27},
        },
        {
            "budget": {"USD": 0}, "commitment": {"USD": 0}, "disbursement": {"USD": 0},
            "expenditure": {"USD": 0},
        },
    ),
    "worldbank-elsalvador-2.03.xml": Held(
        13, 0, 13, 13, 0, 0, 0, 640,
        {
            "budget": {"USD": 2531105617.5}, "commitment": {"USD": 1553146751},
            "disbursement": {"USD": 649503889},
        },
        {"budget": {"USD": 0}, "commitment": {"USD": 0}, "disbursement": {"USD": 0}},
    ),
}  # fmt: skip


TABLES = {
    "GlobalChineseOfficialFinanceDataset_v1.0.xlsx": Held(
        5466,
        0,
        5466,
        5448,
        18,
        0,
        60,
        0,
        {"commitment": {"CNY": 82215307827.5, "D": 4079056174.46, "EUR": 8629900000, "USD": 663624606480.6}},
        {"commitment": {"CNY": 3660000000, "D": 0, "EUR": 0, "USD": 33753760000}},
    ),
    "cyprus-cooperation.xlsx": Held(
        104,
        0,
        104,
        99,
        1,
        4,
        0,
        0,
        {"commitment": {"EU": 7983724, "USD": 2305148}, "disbursement": {"EU": 5906724, "USD": 2305148}},
        {"commitment": {"EU": 790000, "USD": 200000}, "disbursement": {"EU": 570000, "USD": 200000}},
    ),
    "oecd-crs-2017-donor-x-recipient.csv": Held(
        163,
        0,
        7144,
        6505,
        639,
        0,
        0,
        0,
        {"disbursement": {"USD": 255965450774.44}},
        {"disbursement": {"USD": 62606434561.02}},
    ),
    "taiwan-icdf-loans.xlsx": Held(
        68,
        0,
        68,
        54,
        14,
        0,
        0,
        0,
        {"commitment": {"EUR": 1000000, "USD": 553826683.8}, "disbursement": {"USD": 207840455.91}},
        {"commitment": {"EUR": 0, "USD": 188900000}, "disbursement": {"USD": 10000000}},
    ),
    "undp-ssc-trc-2024.csv": Held(
        430,
        0,
        430,
        351,
        69,
        10,
        163,
        0,
        {},
        {},
    ),
    "AllWorldBank_IBRDIDA.csv.zip": Held(
        31861,
        0,
        2278,
        2278,
        0,
        0,
        87,
        30399,
        {"commitment": {"USD": 202927509200}, "disbursement": {"USD": 3945000000}},
        {"commitment": {"USD": 3824590000}, "disbursement": {"USD": 0}},
    ),
    "aiddata-sdg-iati-v0.1-beta.csv.gz": Held(
        28568,
        0,
        28568,
        28568,
        0,
        0,
        0,
        0,
        {
            "commitment": {"EUR": 13459858464, "GBP": 12973695279, "USD": 134723537065},
            "disbursement": {"EUR": 7964335858, "GBP": 4579916697, "USD": 80117288011},
            "expenditure": {"EUR": 0, "GBP": 3837056450, "USD": 1005168},
        },
        {
            "commitment": {"EUR": 0, "GBP": 0, "USD": 0},
            "disbursement": {"EUR": 0, "GBP": 0, "USD": 0},
            "expenditure": {"EUR": 0, "GBP": 0, "USD": 0},
        },
    ),
    "aiddata-worldbank-projects.csv": Held(
        5881,
        0,
        5881,
        5766,
        115,
        0,
        0,
        0,
        {"commitment": {"USD": 644217924453.17}, "disbursement": {"USD": 393541613409.72}},
        {"commitment": {"USD": 9974132495.57}, "disbursement": {"USD": 1808204294.02}},
    ),
    "malawi-amp-geocoded-2012.geojson": Held(
        2119,
        0,
        273,
        273,
        0,
        0,
        0,
        2119,
        {"commitment": {"USD": 2402623429.01}, "disbursement": {"USD": 1601980029.65}},
        {"commitment": {"USD": 0}, "disbursement": {"USD": 0}},
    ),
    "malawi-amp-geocoded-2012.xlsx": Held(
        2523,
        0,
        543,
        543,
        0,
        0,
        0,
        2119,
        {"commitment": {"USD": 5304015616.18}, "disbursement": {"USD": 3733265279.11}},
        {"commitment": {"USD": 0}, "disbursement": {"USD": 0}},
    ),
    "worldbank-projects-fy2010-1-500.xlsx": Held(
        500,
        0,
        500,
        471,
        29,
        0,
        0,
        0,
        {"commitment": {"USD": 112698138570.44}},
        {"commitment": {"USD": 725770815}},
    ),
    "ethiopia-drought-hxl.csv": Held(
        391,
        0,
        0,
        391,
        0,
        0,
        0,
        0,
        {},
        {},
    ),
    "idmc-displacement-hxl.csv": Held(
        1712,
        0,
        0,
        1705,
        0,
        7,
        0,
        0,
        {},
        {},
    ),
    "morocco-cooperatives-agreed-2013-S1-odco.csv": Held(
        16,
        0,
        0,
        16,
        0,
        0,
        0,
        0,
        {},
        {},
    ),
}
"""The kept currencies of the first file are four of sixty."""

FOLDERS = ("portfolios", "projects", "humanitarian", "cooperatives")


def held_in(path: Path, scratch: Path, **order: Any) -> tuple[Held, dict[str, Any]]:
    """What the process that reads finds in a file, and all it says."""
    said = import_files(Order((path,), **order).arguments(), scratch, lambda _: None)
    said = json.loads(json.dumps(said))
    totals, (file,) = said["totals"], said["files"]
    assert file["read"] == file["kept"] + file["rejected"]
    names = ("activities", "placed", "regional", "unplaced", "multi_country", "sites")
    counts: dict[str, Any] = {name: totals[name] for name in names}
    sums: dict[str, Any] = {name: _cents(totals[name]) for name in ("totals", "unallocated")}
    return Held(read=file["read"], rejected=file["rejected"], **counts, **sums), said


def _cents(amounts: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        kind: {currency: round(value, 2) for currency, value in by_currency.items()}
        for kind, by_currency in amounts.items()
        if by_currency
    }


@pytest.mark.parametrize("name", IATI)
def test_an_iati_file(shared: Path, tmp_path: Path, name: str) -> None:
    found, said = held_in(shared / "data" / "iati" / name, tmp_path)
    assert found == IATI[name]
    for kind, by_currency in said["totals"]["totals"].items():
        for currency, total in by_currency.items():
            countries = sum(one[kind].get(currency, 0) for one in said["totals"]["by_country"].values())
            left = said["totals"]["unallocated"][kind][currency]
            assert countries + left == pytest.approx(total, abs=0.005)


def test_every_iati_file_has_its_figures(shared: Path) -> None:
    assert {path.name for path in (shared / "data" / "iati").iterdir()} == IATI.keys()


def _of_those(found: dict[str, dict[str, float]], wanted: dict[str, dict[str, float]]) -> dict[str, Any]:
    return {
        kind: {currency: value for currency, value in by_currency.items() if currency in wanted.get(kind, {})}
        for kind, by_currency in found.items()
    }


@pytest.mark.parametrize("name", TABLES)
def test_a_table(shared: Path, tmp_path: Path, name: str) -> None:
    (path,) = (shared / "data").glob(f"*/{name}")
    wanted = TABLES[name]
    found, _ = held_in(path, tmp_path, local=True)
    assert found._replace(totals={}, unallocated={}) == wanted._replace(totals={}, unallocated={})
    assert found.totals.keys() == wanted.totals.keys()
    assert _of_those(found.totals, wanted.totals) == wanted.totals
    assert _of_those(found.unallocated, wanted.unallocated) == wanted.unallocated


def test_every_table_has_its_figures(shared: Path) -> None:
    assert {path.name for folder in FOLDERS for path in (shared / "data" / folder).iterdir()} == TABLES.keys()
