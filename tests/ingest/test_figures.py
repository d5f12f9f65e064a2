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


def held_in(path: Path, scratch: Path, **order: Any) -> tuple[Held, dict[str, Any]]:
    """What the process that reads finds in a file, and all it says."""
    said = import_files(Order((path,), **order).arguments(), scratch, lambda _: None)
    said = json.loads(json.dumps(said))
    totals, (file,) = said["totals"], said["files"]
    assert file["read"] == file["kept"] + file["rejected"]
    names = ("activities", "placed", "regional", "unplaced", "multi_country", "sites")
    return Held(
        file["read"],
        file["rejected"],
        *(totals[name] for name in names),
        _cents(totals["totals"]),
        _cents(totals["unallocated"]),
    ), said


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
