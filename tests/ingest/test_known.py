"""The real files of known formats, counted here in another way than the code counts them."""

from __future__ import annotations

import csv
import gzip
import json
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from ess.ingest.delimited import read_delimited
from ess.ingest.hxl import build_hxl_mapping
from ess.ingest.known import known_mappings, recognise_mapping
from ess.ingest.records import Activity, FigureRow, Record
from ess.ingest.report import FileReport
from ess.ingest.sheets import Sheet
from ess.ingest.tabular import read_records
from ess.ingest.workbook import read_workbook
from tests.ingest.sheets import make_sheet

Totals = dict[tuple[str, str], Decimal]


def read_known(sheet: Sheet, name: str) -> tuple[list[Record], FileReport]:
    mapping = recognise_mapping(sheet)
    assert mapping is not None
    assert mapping.name == name
    report = FileReport(name)
    records = list(read_records(sheet, mapping, report))
    assert report.read == report.kept + report.rejected
    return records, report


def activities_in(records: Iterable[Record]) -> list[Activity]:
    return [record for record in records if isinstance(record, Activity)]


def totals_of(activities: Iterable[Activity]) -> Totals:
    totals: Counter[tuple[str, str]] = Counter()
    for activity in activities:
        for amount in activity.amounts:
            totals[amount.kind, amount.currency] += amount.value  # type: ignore[assignment]
    return {key: Decimal(value) for key, value in totals.items()}


def placement(records: Iterable[Record]) -> tuple[int, int, int]:
    """Placed, regional and unplaced records."""
    counts: Counter[str] = Counter()
    for record in records:
        if any(place.iso3 for place in record.recipients):
            counts["placed"] += 1
        elif any(place.is_region for place in record.recipients):
            counts["regional"] += 1
        else:
            counts["unplaced"] += 1
    return counts["placed"], counts["regional"], counts["unplaced"]


def unresolved(report: FileReport, *codes: str) -> Counter[str]:
    wanted = codes or ("unknown_country", "dissolved_state")
    return Counter(problem.found for problem in report.problems if problem.kind.code in wanted)


def worksheet(path: Path, sheet: str | None = None, head: int = 1) -> list[dict[str, Any]]:
    """Rows of a worksheet, read by another library."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unknown extension")  # of openpyxl, about shapes beside the cells
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        rows = list((book[sheet] if sheet else book.worksheets[0]).iter_rows(min_row=head, values_only=True))
    book.close()
    headings = [str(heading).strip() if heading else "" for heading in rows[0]]
    return [
        dict(zip(headings, row, strict=True)) for row in rows[1:] if any(cell is not None for cell in row)
    ]


def records_of(path: Path, encoding: str = "utf-8-sig") -> Iterator[dict[str, str]]:
    csv.field_size_limit(10**8)
    with path.open(encoding=encoding, newline="") as source:
        yield from csv.DictReader(source)


def summed(cells: Iterable[Any]) -> Decimal:
    return sum(
        (Decimal(str(cell)) for cell in cells if isinstance(cell, int | float) or (cell or "").strip()),
        Decimal(0),
    )


def test_undp_south_south(shared: Path) -> None:
    path = shared / "data/portfolios/undp-ssc-trc-2024.csv"
    records, report = read_known(read_delimited(path), "undp-ssc-trc")
    rows = list(records_of(path))
    assert (report.read, len(records), report.rejected) == (len(rows), 430, 0)
    assert placement(records) == (351, 69, 10)
    assert unresolved(report) == {}
    assert report.counts == {"code_and_name_disagree": 2}
    named = {code for row in rows for code in row["ISO-3 Code"].split(";") if code.strip()}
    assert named <= {place.iso3 for record in records for place in record.recipients}
    goals = sum(len({goal.strip() for goal in row["SDG"].split(";") if goal.strip()}) for row in rows)
    assert sum(tag.scheme == "SDG_goal" for one in activities_in(records) for tag in one.tags) == goals


def test_aidata_china(shared: Path) -> None:
    path = shared / "data/portfolios/GlobalChineseOfficialFinanceDataset_v1.0.xlsx"
    records, report = read_known(read_workbook(path)[0], "aidata-china-1.0")
    activities = activities_in(records)
    rows = worksheet(path)
    assert (report.read, len(activities), report.rejected) == (len(rows), 5466, 0)
    expected: Counter[str] = Counter()
    for row in rows:
        if isinstance(row["amount"], int | float):
            expected[(row["currency"] or "").strip()] += Decimal(repr(row["amount"]))  # type: ignore[assignment]
    found = {
        currency: value for (kind, currency), value in totals_of(activities).items() if kind == "commitment"
    }
    assert found == {currency: Decimal(value) for currency, value in expected.items()}
    assert found["USD"] == Decimal("663624606480.602")
    assert unresolved(report, "unknown_currency") == {"D": 23}
    assert unresolved(report) == {}
    assert placement(activities) == (5448, 18, 0)
    assert sum(one.umbrella for one in activities) == sum(row["umbrella"] == 1 for row in rows) == 399
    stages = Counter(one.stage for one in activities)
    assert stages == {
        "done": 2890,
        "signed": 1162,
        "planned": 701,
        "under_way": 669,
        "cancelled": 26,
        "suspended": 18,
    }
    assert {place.iso3 for one in activities for place in one.providers} == {"CHN"}
    assert sum("NAM" in {place.iso3 for place in one.recipients} for one in activities) == sum(
        "NAM" in (row["recipient_iso3"] or "") for row in rows
    )


def test_taiwan_icdf(shared: Path) -> None:
    path = shared / "data/portfolios/taiwan-icdf-loans.xlsx"
    records, report = read_known(read_workbook(path)[0], "taiwan-icdf")
    activities = activities_in(records)
    rows = worksheet(path)
    assert (report.read, len(activities), dict(report.counts)) == (68, 68, {})
    assert totals_of(activities) == {
        ("commitment", "USD"): summed(
            row["commitment_amount"] for row in rows if row["commitment_amount_currency"] == "USD"
        ),
        ("commitment", "EUR"): Decimal(1_000_000),
        ("disbursement", "USD"): summed(row["disbursement_amount"] for row in rows),
    }
    assert totals_of(activities)["commitment", "USD"] == Decimal("553826683.8")
    assert placement(activities) == (54, 14, 0)
    regions = Counter(place.text for one in activities for place in one.recipients if place.is_region)
    assert regions["Regional, North & Central America"] == 6
    assert regions["Worldwide"] == 1


def test_cyprus(shared: Path) -> None:
    path = shared / "data/portfolios/cyprus-cooperation.xlsx"
    records, report = read_known(read_workbook(path)[0], "cyprus")
    activities = activities_in(records)
    rows = worksheet(path)
    assert (report.read, len(activities), report.rejected) == (len(rows), 104, 0)
    assert totals_of(activities) == {
        (kind, currency): summed(row[column] for row in rows if row["Currency"] == currency)
        for kind, column in (("commitment", "Commitment amount"), ("disbursement", "Disbursement amount"))
        for currency in ("EU", "USD")
    }
    assert unresolved(report) == {"Gaza": 1, "Kazakstan": 1, "Kyrgystan": 1}
    assert unresolved(report, "unknown_currency") == {"EU": 36}
    assert placement(activities) == (99, 1, 4)
    periods = [
        one
        for one in activities
        if one.start and one.end and one.start.value.year == 2006 and one.end.value.year == 2010
    ]
    assert sum(row["Commitment Date"] == "2006-2010" for row in rows) == 28
    assert len(periods) >= 28


def test_aidata_world_bank(shared: Path) -> None:
    path = shared / "data/projects/aiddata-worldbank-projects.csv"
    records, report = read_known(read_delimited(path), "aidata-worldbank")
    rows = list(records_of(path))
    assert (report.read, len(records), report.rejected) == (len(rows), 5881, 0)
    assert totals_of(activities_in(records)) == {
        ("commitment", "USD"): summed(row["total_commitments"] for row in rows),
        ("disbursement", "USD"): summed(row["total_disbursements"] for row in rows),
    }
    assert placement(records) == (5766, 115, 0)
    assert dict(report.counts) == {"code_and_name_disagree": 6}
    assert {(p.found, p.facts["name"]) for p in report.problems} == {("MYS", "Myanmar")}


def test_aidata_sdg(shared: Path, tmp_path: Path) -> None:
    plain = tmp_path / "sdg.csv"
    plain.write_bytes(
        gzip.decompress((shared / "data/projects/aiddata-sdg-iati-v0.1-beta.csv.gz").read_bytes())
    )
    records, report = read_known(read_delimited(plain), "aidata-sdg-iati")
    activities = activities_in(records)
    rows = [row for row in records_of(plain) if row["reporting-org"]]
    assert report.read == len(activities) == len(rows) == 28568
    assert report.rejected == 0
    expected = {
        (kind, currency): summed(
            row[f"total-{kind.capitalize()}"] for row in rows if row["default-currency"] == currency
        )
        for kind in ("commitment", "disbursement", "expenditure")
        for currency in ("USD", "EUR", "GBP")
    }
    assert totals_of(activities) == expected
    assert placement(activities) == (28568, 0, 0)
    namibia = sum(row["recipient-country"] == "Namibia" for row in rows)
    assert sum(one.recipients[0].iso3 == "NAM" for one in activities) == namibia > 0
    shares = sum(row["recipient-country-percentage"] == "100" for row in rows)
    assert sum(one.recipients[0].percentage == 100 for one in activities) == shares == 19521


def test_world_bank_projects(shared: Path) -> None:
    path = shared / "data/projects/worldbank-projects-fy2010-1-500.xlsx"
    records, report = read_known(read_workbook(path)[0], "worldbank-projects")
    rows = worksheet(path, head=2)
    assert (report.read, len(records), report.rejected) == (len(rows), 500, 0)
    commitments = [str(row["Total IDA and IBRD Commitment"]).replace(",", "") for row in rows]
    assert totals_of(activities_in(records)) == {("commitment", "USD"): summed(commitments)}
    assert placement(records) == (471, 29, 0)
    assert unresolved(report) == {}
    assert dict(report.counts) == {"dates_out_of_order": 2}


def test_world_bank_locations_count_an_amount_once(shared: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(shared / "data/projects/AllWorldBank_IBRDIDA.csv.zip") as archive:
        plain = Path(archive.extract("AllWorldBank_IBRDIDA.csv", tmp_path))
    records, report = read_known(read_delimited(plain), "worldbank-locations")
    activities = activities_in(records)
    rows = list(records_of(plain, "latin-1"))
    assert (report.read, report.rejected) == (len(rows), 0)
    assert report.read == 31861
    first: dict[str, Decimal] = {}
    for row in rows:
        if row["Total Amt"].strip():
            first.setdefault(row["Project ID"], Decimal(row["Total Amt"]) * 1_000_000)
    assert len(activities) == len({row["Project ID"] for row in rows}) == 2278
    assert totals_of(activities)["commitment", "USD"] == sum(first.values()) == Decimal(202927509200)
    points = [row for row in rows if row["Latitude"].strip() and row["Longitude"].strip()]
    on_globe = [
        row for row in points if abs(float(row["Latitude"])) <= 90 and abs(float(row["Longitude"])) <= 180
    ]
    assert sum(len(one.sites) for one in activities) == len(on_globe)
    assert placement(activities) == (2278, 0, 0)
    assert report.counts["amounts_differ_between_rows"] == 109
    assert sum(len({place.iso3 for place in one.recipients}) > 1 for one in activities) == 87


def test_malawi_counts_an_amount_once(shared: Path) -> None:
    path = shared / "data/projects/malawi-amp-geocoded-2012.xlsx"
    about, table = read_workbook(path)
    assert recognise_mapping(about) is None
    records, report = read_known(table, "malawi-amp")
    activities = activities_in(records)
    rows = worksheet(path, "Malawi Geocoded Data")
    assert (report.read, report.rejected, len(activities)) == (len(rows), 0, 543)
    expected = {
        (kind, "USD"): sum(_first_amounts(rows, column).values(), Decimal(0))
        for kind, column in (
            ("commitment", "Comulative Commitment"),
            ("disbursement", "Cumulative Disbursement"),
        )
    }
    assert totals_of(activities) == expected
    assert expected["commitment", "USD"] == Decimal("5304015616.18")
    points = sum(isinstance(row["Latitude"], int | float) for row in rows)
    assert sum(len(one.sites) for one in activities) == points == 2119
    assert {site.iso3 for one in activities for site in one.sites} == {"MWI"}


def _first_amounts(rows: list[dict[str, Any]], column: str) -> dict[Any, Decimal]:
    first: dict[Any, Decimal] = {}
    for row in rows:
        if isinstance(row[column], int | float):
            first.setdefault(row["AMP Project ID"], Decimal(repr(row[column])))
    return first


def test_malawi_as_points_is_the_same(shared: Path) -> None:
    from ess.ingest.kinds import FileKind
    from ess.ingest.layers import sheet_of_layer
    from ess.ingest.loading import read_layer

    path = shared / "data/projects/malawi-amp-geocoded-2012.geojson"
    sheet = sheet_of_layer(read_layer(FileKind.GEOJSON, path, FileReport(path.name)))
    records, report = read_known(sheet, "malawi-amp")
    activities = activities_in(records)
    assert (report.read, len(activities)) == (2119, 273)
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    rows = [feature["properties"] for feature in features]
    expected = sum(_first_amounts(rows, "Comulative Commitment").values())
    assert totals_of(activities)["commitment", "USD"] == expected
    assert sum(len(one.sites) for one in activities) == 2119


def test_oecd_matrix(shared: Path) -> None:
    path = shared / "data/portfolios/oecd-crs-2017-donor-x-recipient.csv"
    records, report = read_known(read_delimited(path), "oecd-crs-2017-matrix")
    activities = activities_in(records)
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.reader(source))[2:]
    cells = [cell for row in rows for cell in row[2:] if cell.strip()]
    assert (report.read, report.rejected) == (len(rows), 0)
    assert len(activities) == len(cells) == 7144
    assert totals_of(activities) == {("disbursement", "USD"): summed(cells) * 1_000_000}
    assert dict(report.counts) == {}
    regional = {row[0] for row in rows if "regional" in row[0] or "unspecified" in row[0]}
    assert {place.text for one in activities for place in one.recipients if place.is_region} == regional
    assert placement(activities)[2] == 0
    assert sum(any(place.iso3 == "KOR" for place in one.providers) for one in activities) == sum(
        bool(row[2 + KOREA].strip()) for row in rows
    )
    assert {one.counted for one in activities} == {"at_least_one"}


KOREA = 43
"""Korea's place among the providers of the matrix."""


def test_ethiopia_by_its_tags(shared: Path) -> None:
    path = shared / "data/humanitarian/ethiopia-drought-hxl.csv"
    records, report = read_known(read_delimited(path), "hxl")
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))[3:]
    assert (report.read, len(records), dict(report.counts)) == (391, 391, {})
    assert placement(records) == (391, 0, 0)
    assert {place.iso3 for record in records for place in record.recipients} == {"ETH"}
    stated = [cell for row in rows for cell in row[7:] if cell.strip() not in {"", "-"}]
    figures = [figure for record in records if isinstance(record, FigureRow) for figure in record.figures]
    assert len(figures) == len(stated) == 4786
    assert sum(figure.value or 0 for figure in figures) == sum(
        int(cell.replace(" ", "").replace("\u00a0", "")) for cell in stated
    )
    assert {figure.admin1 for figure in figures} == {row[4] for row in rows}


def test_displacement_by_its_tags(shared: Path) -> None:
    path = shared / "data/humanitarian/idmc-displacement-hxl.csv"
    records, report = read_known(read_delimited(path), "hxl")
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.reader(source))[2:]
    assert (report.read, len(records)) == (len(rows), 1712)
    assert unresolved(report) == {"AB9": 7}
    assert placement(records) == (1705, 0, 7)
    figures = [figure for record in records if isinstance(record, FigureRow) for figure in record.figures]
    assert summed(str(figure.value) for figure in figures) == summed(cell for row in rows for cell in row[3:])
    assert {figure.unit for figure in figures} == {"persons"}
    assert {(figure.start.year, figure.end.year) for figure in figures if figure.start and figure.end} == {
        (int(row[2]), int(row[2])) for row in rows if any(cell.strip() for cell in row[3:])
    }


def test_cooperatives(shared: Path) -> None:
    path = shared / "data/cooperatives/morocco-cooperatives-agreed-2013-S1-odco.csv"
    records, report = read_known(read_delimited(path), "odco-cooperatives")
    figures = [figure for record in records if isinstance(record, FigureRow) for figure in record.figures]
    assert (report.read, len(records), dict(report.counts)) == (16, 16, {})
    assert sum(figure.value or 0 for figure in figures) == 738
    assert {place.iso3 for record in records for place in record.recipients} == {"MAR"}
    assert all(figure.additive and figure.admin1 for figure in figures)


def test_a_table_that_lacks_a_column_is_not_recognised() -> None:
    mapping = next(mapping for mapping in known_mappings() if mapping.name == "cyprus")
    headings = [name for name in mapping.recognise if name != "Commitment amount"]
    assert recognise_mapping(make_sheet(list(mapping.recognise), ["x"] * len(mapping.recognise))) is None
    assert recognise_mapping(make_sheet(headings, ["x"] * len(headings))) is None


@pytest.mark.parametrize(
    ("tags", "rows"),
    [
        (["#country+code", "#affected+f"], "figures"),
        (["#country", "#activity+name", "#org+funder"], "activities"),
    ],
)
def test_tags_decide_what_a_row_is(tags: list[str], rows: str) -> None:
    mapping = build_hxl_mapping(
        make_sheet(["A", "B", "C"][: len(tags)], ["KEN", "1", "x"][: len(tags)], tags=tags)
    )
    assert mapping.rows == rows


def test_pcodes_of_two_countries_name_none() -> None:
    tags = ["#adm1+code", "#affected"]
    one = build_hxl_mapping(make_sheet(["P", "N"], ["ET01", "1"], ["ET02", "2"], tags=tags))
    two = build_hxl_mapping(make_sheet(["P", "N"], ["ET01", "1"], ["KE02", "2"], tags=tags))
    assert one.constants == {"recipients": "ETH"}
    assert two.constants == {}
