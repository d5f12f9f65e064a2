"""A portfolio survives the disk, and a broken folder is one error with every problem."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ess.errors import PortfolioError
from ess.portfolio.builtin import builtin_folder
from ess.portfolio.files import (
    content_id,
    format_cell,
    inspect_portfolio,
    read_portfolio,
    write_portfolio,
)
from ess.portfolio.problems import errors_in
from ess.portfolio.schema import TABLES, Column, Table, arrow_schema

from .portfolios import Tables, table_of, with_cells, with_rows

NASTY = [
    *("NA", "null", "None", "nan", "-", "0", "1e5", "true", "=1+1", "#", "<script>"),
    *("'", '"', '""', ",", ";", "\r", "\n", "\r\n", " a ", "\ufeffx", "\x00", "\u2028", "\x85"),
    *("ما زال", "é"),
]

texts = st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=20))
values: dict[str, st.SearchStrategy[object]] = {
    "integer": st.integers(-(10**18) + 1, 10**18 - 1),
    "number": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": st.dates(),
}


def cells(column: Column) -> st.SearchStrategy[object]:
    cell = values.get(column.type, texts)
    return cell if column.required else st.none() | cell


def rows_of(table: Table) -> st.SearchStrategy[list[dict[str, object]]]:
    return st.lists(
        st.fixed_dictionaries({column.name: cells(column) for column in table.columns}), max_size=3
    )


any_tables = st.fixed_dictionaries({name: rows_of(table) for name, table in TABLES.items()}).map(
    lambda rows: {name: table_of(name, rows[name]) for name in TABLES}
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(any_tables)
def test_what_is_written_is_read_back(tables: Tables) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_portfolio(tables, Path(folder))
        reading = inspect_portfolio(Path(folder))
    for name, table in tables.items():
        assert reading.tables[name].equals(table), name
    assert content_id(reading.tables) == content_id(tables)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 40), st.sampled_from(sorted(TABLES)))
def test_whatever_a_file_holds_the_only_error_is_a_portfolio_error(
    noise: bytes, start: int, length: int, name: str
) -> None:
    with tempfile.TemporaryDirectory() as copy:
        folder = Path(copy)
        for path in builtin_folder().glob("*.csv"):
            shutil.copy(path, folder)
        content = (folder / f"{name}.csv").read_bytes()
        (folder / f"{name}.csv").write_bytes(content[:start] + noise + content[start + length :])
        reading = inspect_portfolio(folder)
        if errors_in(reading.problems):
            with pytest.raises(PortfolioError):
                read_portfolio(folder)
        else:
            read = read_portfolio(folder)
            assert all(read[each].schema == arrow_schema(TABLES[each]) for each in TABLES)


def test_the_builtin_portfolio_is_written_as_it_is_committed(builtin: Tables, tmp_path: Path) -> None:
    write_portfolio(builtin, tmp_path)
    for name in [*(f"{table}.csv" for table in TABLES), "datapackage.json"]:
        assert (tmp_path / name).read_bytes() == (builtin_folder() / name).read_bytes(), name


def test_namibia_and_other_words_stay_text(builtin: Tables, tmp_path: Path) -> None:
    write_portfolio(with_cells(builtin, "sources", outlet="NA", author="null", via="nan"), tmp_path)
    source = read_portfolio(tmp_path)["sources"].to_pylist()[0]
    assert (source["outlet"], source["author"], source["via"]) == ("NA", "null", "nan")


def test_an_empty_text_is_read_as_missing(builtin: Tables, tmp_path: Path) -> None:
    write_portfolio(with_cells(builtin, "sources", outlet=""), tmp_path)
    assert read_portfolio(tmp_path)["sources"].to_pylist()[0]["outlet"] is None


def test_a_byte_order_mark_windows_line_ends_and_blank_last_lines_are_accepted(
    builtin: Tables, tmp_path: Path
) -> None:
    write_portfolio(builtin, tmp_path)
    path = tmp_path / "participants.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n") + b"\r\n,,,,\r\n")
    assert read_portfolio(tmp_path)["participants"].equals(builtin["participants"])


def test_columns_may_stand_in_another_order(builtin: Tables, tmp_path: Path) -> None:
    write_portfolio(builtin, tmp_path)
    lines = (tmp_path / "tags.csv").read_text(encoding="utf-8").splitlines()
    turned = [",".join(reversed(line.split(","))) for line in lines]
    (tmp_path / "tags.csv").write_text("\n".join(turned) + "\n", encoding="utf-8")
    assert read_portfolio(tmp_path)["tags"].equals(builtin["tags"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        (True, "true"),
        (2681.0, "2681"),
        (0.5, "0.5"),
        (1e300, "1e+300"),
        (date(2025, 7, 8), "2025-07-08"),
        ('say "no", twice', '"say ""no"", twice"'),
    ],
)
def test_cells_are_written_so(cell: object, text: str) -> None:
    assert format_cell(cell) == text  # type: ignore[arg-type]


def test_content_id_ignores_the_order_of_rows_and_nothing_else(builtin: Tables) -> None:
    turned = with_rows(builtin, "tags", builtin["tags"].to_pylist()[::-1])
    changed = with_cells(builtin, "results", value=81.0)
    assert content_id(turned) == content_id(builtin)
    assert content_id(changed) != content_id(builtin)


def test_content_id_tells_a_moved_cell(builtin: Tables) -> None:
    here = with_cells(builtin, "sources", outlet="A", author=None)
    there = with_cells(builtin, "sources", outlet=None, author="A")
    assert content_id(here) != content_id(there)


def edited(old: bytes, new: bytes) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))

    return edit


def replaced_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


BROKEN: list[tuple[str, str, Callable[[Path], None], str]] = [
    ("missing file", "tags", Path.unlink, "missing_table"),
    ("folder for a file", "tags", replaced_by_a_folder, "unreadable"),
    ("not UTF-8", "actors", edited("É".encode(), b"\xc9"), "not_utf8"),
    ("open quote", "tags", edited(b"\nagreement-gab,", b'\n"agreement-gab,'), "not_csv"),
    ("empty file", "tags", emptied, "missing_column"),
    ("missing column", "tags", edited(b",coded_by\n", b",coder\n"), "missing_column"),
    ("column twice", "tags", edited(b"percent,coded_by\n", b"percent,coded_by,code\n"), "column_twice"),
    ("ragged row", "tags", edited(b",analyst\n", b",analyst,more\n"), "ragged_row"),
    ("short row", "tags", edited(b",analyst\n", b"\n"), "ragged_row"),
    ("blank line inside", "tags", edited(b",analyst\n", b",analyst\n\n"), "ragged_row"),
    ("decimal comma", "results", edited(b",80,=", b',"80,5",='), "bad_type"),
    ("thousands", "results", edited(b",2681,=", b",2 681,="), "bad_type"),
    ("infinity", "results", edited(b",80,=", b",inf,="), "bad_type"),
    ("not a number", "results", edited(b",80,=", b",nan,="), "bad_type"),
    ("overflow", "results", edited(b",80,=", b",1e999,="), "bad_type"),
    ("capital boolean", "indicators", edited(b",true,", b",TRUE,"), "bad_type"),
    ("French date", "sources", edited(b"2025-07-08", b"08/07/2025"), "bad_type"),
    ("no such day", "sources", edited(b"2025-07-08", b"2025-02-30"), "bad_type"),
    ("week date", "sources", edited(b"2025-07-08", b"2025-W10-1"), "bad_type"),
]


@pytest.mark.parametrize(
    ("table", "breaks", "code"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_a_broken_folder_is_refused(
    builtin: Tables, tmp_path: Path, table: str, breaks: Callable[[Path], None], code: str
) -> None:
    write_portfolio(builtin, tmp_path)
    breaks(tmp_path / f"{table}.csv")
    assert (table, code) in {
        (problem.table, problem.code) for problem in inspect_portfolio(tmp_path).problems
    }
    with pytest.raises(PortfolioError) as caught:
        read_portfolio(tmp_path)
    assert all(problem.endswith(".") and table in problem for problem in caught.value.problems[:1])


def test_every_problem_of_a_folder_is_told_at_once_with_its_row(builtin: Tables, tmp_path: Path) -> None:
    write_portfolio(builtin, tmp_path)
    (tmp_path / "finances.csv").unlink()
    edited(b",80,=", b",eighty,=")(tmp_path / "results.csv")
    edited(b",analyst\n", b"\n")(tmp_path / "tags.csv")
    edited(b"\nagreement-gab,theme,", b"\nagreement-xxx,theme,")(tmp_path / "tags.csv")
    with pytest.raises(PortfolioError) as caught:
        read_portfolio(tmp_path)
    assert caught.value.problems == (
        "Table tags, row 2: found “4”; expected 5 cells, as many as there are headings.",
        (
            "Table results, row 2, column value: found “eighty”; expected a number with a point as decimal "
            "mark, and no separator of thousands."
        ),
        "Table finances: found nothing; expected a file finances.csv.",
        "Table tags, row 5, column activity: found “agreement-xxx”; expected an id of table activities.",
    )
    assert str(caught.value).startswith(f"The portfolio in {tmp_path} cannot be used, it has 4 problems")


def test_an_unknown_column_is_only_a_warning(builtin: Tables, tmp_path: Path) -> None:
    write_portfolio(builtin, tmp_path)
    path = tmp_path / "finances.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("\n", ",colour\n"), encoding="utf-8")
    reading = inspect_portfolio(tmp_path)
    assert [(problem.severity, problem.code, problem.found) for problem in reading.problems] == [
        ("warning", "extra_column", "“colour”")
    ]
    assert read_portfolio(tmp_path)["finances"].column_names == list(TABLES["finances"].column_names)


def test_a_folder_that_is_not_there_misses_every_table(tmp_path: Path) -> None:
    with pytest.raises(PortfolioError) as caught:
        read_portfolio(tmp_path / "nowhere")
    assert len(caught.value.problems) == len(TABLES)


@pytest.mark.parametrize("name", ["a\x00b", "file.txt"], ids=["impossible name", "a file"])
def test_reading_and_writing_where_no_folder_can_be(builtin: Tables, tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    with pytest.raises(PortfolioError):
        read_portfolio(tmp_path / name)
    with pytest.raises(PortfolioError):
        write_portfolio(builtin, tmp_path / name)


def test_tables_of_another_shape_are_not_written(builtin: Tables, tmp_path: Path) -> None:
    for wrong in ({**builtin, "tags": builtin["tags"].drop_columns(["code"])}, {"tags": builtin["tags"]}):
        with pytest.raises(PortfolioError):
            write_portfolio(wrong, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_columns_of_another_type_are_not_written(builtin: Tables, tmp_path: Path) -> None:
    tags = builtin["tags"]
    index = tags.column_names.index("percent")
    wrong = tags.set_column(index, "percent", pa.array([1] * tags.num_rows, pa.int64()))
    with pytest.raises(PortfolioError):
        write_portfolio({**builtin, "tags": wrong}, tmp_path)
