"""Delimited files: strict where cells could shift, lenient where only dress differs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ess.errors import BadInput
from ess.ingest.delimited import LONGEST_LINE, guess_delimiter, read_delimited
from ess.ingest.report import FileReport
from tests.ingest.rawfiles import write

TWIN = [
    ["iso2", "iso_num", "country", "title", "budget"],
    ["CI", "384", "Côte d’Ivoire", "Santé – “phase 2”", "1.234.567,89"],
    ["NA", "516", "Namibia", "Water", "2.000,50"],
    ["AF", "004", "Afghanistan", "Roads; bridges", "-"],
]


def cells_of(path: Path) -> list[list[str]]:
    sheet = read_delimited(path)
    return [list(sheet.columns), *([str(cell) for cell in cells] for _, cells in sheet.lines())]


def text_of(separator: str = ",", end: str = "\r\n") -> str:
    return end.join(separator.join(f'"{cell}"' for cell in row) for row in TWIN) + end


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_delimited(path)
    return caught.value


@pytest.mark.parametrize(
    ("separator", "encoding", "mark", "said"),
    [
        (",", "utf-8", b"", "utf-8"),
        (";", "utf-8", b"\xef\xbb\xbf", "utf-8-sig"),
        (";", "cp1252", b"", "cp1252"),
        ("\t", "utf-16", b"", "utf-16"),
        ("\t", "utf-16-be", b"\xfe\xff", "utf-16"),
        ("|", "utf-32", b"", "utf-32"),
    ],
)
def test_c01_same_rows_whatever_the_dress(
    tmp_path: Path, separator: str, encoding: str, mark: bytes, said: str
) -> None:
    path = write(tmp_path, "a.csv", mark + text_of(separator).encode(encoding))
    report = FileReport("a.csv")
    sheet = read_delimited(path, report)
    assert cells_of(path) == TWIN
    assert (sheet.encoding, sheet.delimiter, report.encoding) == (said, separator, said)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_c01_line_ends(tmp_path: Path, end: str) -> None:
    assert cells_of(write(tmp_path, "a.csv", text_of(end=end))) == TWIN


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "SEP=;\r"])
def test_c01_separator_line_is_no_row(tmp_path: Path, first: str) -> None:
    assert cells_of(write(tmp_path, "a.csv", first + text_of(";", first[-1]))) == TWIN


def test_c01_stray_bytes_stay_visible_and_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", b"iso3,title\nCIV,C\xf4te\nKEN,odd \x81 byte\n")
    report = FileReport("a.csv")
    rows = [cells for _, cells in read_delimited(path, report).lines()]
    assert rows == [["CIV", "Côte"], ["KEN", "odd \\x81 byte"]]
    assert report.counts["stray_bytes"] == 1


def test_c01_utf8_with_a_few_other_bytes_is_not_turned_inside_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "a.csv",
        "iso3,title\nCIV,Côte à côté, été\n".replace(", ", " ").encode() + b"SEN,\xe9t\xe9\n",
    )
    report = FileReport("a.csv")
    rows = [cells for _, cells in read_delimited(path, report).lines()]
    assert rows == [["CIV", "Côte à côté été"], ["SEN", "été"]]
    assert report.counts["mixed_encoding"] == 1


def test_c02_utf16_without_mark_is_refused_with_advice(tmp_path: Path) -> None:
    fault = refusal(write(tmp_path, "a.csv", text_of(";").encode("utf-16-le")))
    assert fault.code == "utf16_without_mark"
    assert "UTF-8" in str(fault)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_c02_nul_is_refused_with_its_line(tmp_path: Path, encoding: str) -> None:
    fault = refusal(write(tmp_path, "a.csv", "iso3,v\nKEN,1\nUGA,2\0\n".encode(encoding)))
    assert (fault.code, fault.facts["line"]) == ("nul_byte", 3)


def test_c02_bytes_cut_in_the_middle_of_a_sign_are_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "a.csv", "iso3,v\nKEN,1\n".encode("utf-16")[:-1])).code == "wrong_encoding"


def test_c03_mac_roman_is_read_with_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "pays;titre\rCôte d'Ivoire;Santé à l'école\r".encode("mac_roman"))
    report = FileReport("a.csv")
    rows = [cells for _, cells in read_delimited(path, report).lines()]
    assert rows == [["Côte d'Ivoire", "Santé à l'école"]]
    assert report.counts["guessed_encoding"] == 1


def test_c03_arabic_windows_is_read_with_a_warning(tmp_path: Path) -> None:
    text = "البلد;العنوان\nالمغرب;مشروع التعاون بين الجماعات المحلية\n"
    report = FileReport("a.csv")
    sheet = read_delimited(write(tmp_path, "a.csv", text.encode("cp1256")), report)
    assert [cells for _, cells in sheet.lines()] == [["المغرب", "مشروع التعاون بين الجماعات المحلية"]]
    assert report.counts["guessed_encoding"] == 1


def test_c03_letters_of_an_unknown_encoding_are_not_invented(tmp_path: Path) -> None:
    text = "страна;название\nКения;Развитие водоснабжения в сельских районах\n"
    assert refusal(write(tmp_path, "a.csv", text.encode("cp1251"))).code == "unknown_encoding"


@pytest.mark.parametrize("text", ["CÃ´te dâ€™Ivoire", "SantÃ©", "Ã‰tat", "old \x92 sign"])
def test_c03_text_damaged_before_is_kept_and_reported(tmp_path: Path, text: str) -> None:
    report = FileReport("a.csv")
    sheet = read_delimited(write(tmp_path, "a.csv", f"iso3,title\nKEN,Water\nCIV,{text}\n"), report)
    assert [cells[1] for _, cells in sheet.lines()] == ["Water", text]
    assert [(problem.row, problem.kind.code) for problem in report.problems] == [(3, "damaged_text")]


def test_c03_sound_text_is_not_reported(tmp_path: Path) -> None:
    report = FileReport("a.csv")
    read_delimited(write(tmp_path, "a.csv", "iso3,title\nCIV,Côte d’Ivoire – São Tomé\n"), report)
    assert not report.problems


@pytest.mark.parametrize(
    ("lines", "line", "code"),
    [
        ("KEN,Roads,bridges,1\nUGA,Water,2\n", 2, "ragged_line"),
        ("KEN,Roads,1\nUGA,Water\n", 3, "ragged_line"),
        ("KEN,Roads,1\nUGA\nTZA,Health,3\n", 3, "ragged_line"),
        ("KEN,Roads,1\nUG", 3, "ragged_line"),
        ('KEN,"Roads,1\nUGA,Water,2\n', 2, "open_quote"),
        ('KEN,Roads,1\nUGA,"Water" pipes,2\n', 3, "open_quote"),
        ('KEN,"Roads,1\nUGA,Water,2\nTZA,"Health",3\nETH,Power,4\n', 2, "open_quote"),
        ('SEN,Rail,9\nKEN,"Roads,1\nUGA,Water",2\nTZA,Health,3\n', 3, "swallowed_lines"),
        ('SEN,Rail,9\nKEN,"Roads,1\nUGA,Water,2\nTZA,Health",3\nETH,Power,4\n', 3, "swallowed_lines"),
    ],
)
def test_c04_lines_that_do_not_fit_are_refused_by_number(
    tmp_path: Path, lines: str, line: int, code: str
) -> None:
    fault = refusal(write(tmp_path, "a.csv", f"iso3,title,v\n{lines}"))
    assert (fault.code, fault.facts["line"]) == (code, line)
    assert f"{line}" in str(fault)


def test_c04_honest_line_breaks_in_a_text_are_kept(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'iso3,title,v\nKEN,"Roads, also\nbridges, and water",1\nUGA,"a\n\nb",2\n')
    assert [(number, cells) for number, cells in read_delimited(path).lines()] == [
        (2, ["KEN", "Roads, also\nbridges, and water", "1"]),
        (4, ["UGA", "a\n\nb", "2"]),
    ]


def test_c04_a_quote_that_swallows_the_rest_of_a_long_file_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"KEN,Project number {number},{number}\n" for number in range(9000))
    fault = refusal(write(tmp_path, "a.csv", f'iso3,title,v\nKEN,"Roads,1\n{rows}'))
    assert (fault.code, fault.facts["line"]) == ("cell_too_long", 2)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("iso3,amount,amount\nKEN,1,2\n", "repeated_heading"),
        ("iso3,amount, amount \nKEN,1,2\n", "repeated_heading"),
        ("iso3,title,v\n", "no_records"),
        ("iso3,title,v\n\n , ,\n", "no_records"),
        ("\n \n", "empty_file"),
        ("", "empty_file"),
        ("iso3,v\n" + "K" * (2 * LONGEST_LINE), "line_too_long"),
        (",".join(f"c{n}" for n in range(20000)) + "\n" + ",".join(["1"] * 20000), "too_many_columns"),
        (",,,\nKEN,1,2,3\nUGA,2,3,4\n", "no_headings"),
    ],
)
def test_c05_what_is_no_table_is_refused(tmp_path: Path, content: str, code: str) -> None:
    assert refusal(write(tmp_path, "a.csv", content)).code == code


def test_c06_codes_and_missing_words_stay_text(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "iso2,code,note\nNA,004,None\nnull,0004,NaN\nTRUE,1e5,\n")
    assert [cells for _, cells in read_delimited(path).lines()] == [
        ["NA", "004", "None"],
        ["null", "0004", "NaN"],
        ["TRUE", "1e5", ""],
    ]


@pytest.mark.parametrize(
    "cell",
    ["1.234,56", "1,234.56", "1 234 567", "1\u202f234,5", "(500)", "1e400", "inf", "US$ 5m", "5%", "١٢٣"],
)
def test_c07_numbers_stay_as_written(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path, "a.csv", f"iso3;v\nKEN;{cell}\n")
    assert [cells for _, cells in read_delimited(path).lines()] == [["KEN", cell]]


@pytest.mark.parametrize(
    "cell", ["03/04/2024", "2024-13-01", "0001-01-01", "44927", "FY2023/24", "2015 E.C."]
)
def test_c08_dates_stay_as_written(tmp_path: Path, cell: str) -> None:
    path = write(tmp_path, "a.csv", f"iso3,d\nKEN,{cell}\n")
    assert [cells for _, cells in read_delimited(path).lines()] == [["KEN", cell]]


def test_c09_odd_signs_stay_as_written(tmp_path: Path) -> None:
    odd = [
        "Prix\u202egnp.exe",
        "KΕN",
        "ken\u00a0",
        "😀🇪🇹",
        "zero\u200bwidth",
        "e\u0301",
        "a\u2028b",
        "a\x85b",
    ]
    path = write(tmp_path, "a.csv", "iso3,title\n" + "".join(f"KEN,{cell}\n" for cell in odd))
    assert [cells[1] for _, cells in read_delimited(path).lines()] == odd


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\x1a"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=8), st.sampled_from(",;\t|"))
def test_c10_every_row_is_read_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], separator: str
) -> None:
    quoted = [tuple('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    lines = [
        f"key{separator}first{separator}second",
        *(f"k{at}{separator}{a}{separator}{b}" for at, (a, b) in enumerate(quoted)),
    ]
    path = write(tmp_path_factory.mktemp("rows"), "a.csv", "\n".join(lines))
    read = [tuple(cells) for _, cells in read_delimited(path).lines()]
    assert read == [(f"k{at}", *row) for at, row in enumerate(rows)]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a;b", "1,5;2,5", "3,5;4,5"], ";"),
        (["a,b", "x;y;z,2", "x;y,3"], ","),
        (["a\tb", "1,5\t2;3"], "\t"),
        (["Report of the ministry, 2024", "a;b;c", "1,0;2,0;3,0", "4;5;6"], ";"),
        (["name,note", '"a;b;c","d;e"', '"a;b;c","d;e"'], ","),
        (["only one column", "second"], ","),
    ],
)
def test_the_separator_is_decided_over_lines(lines: list[str], expected: str) -> None:
    assert guess_delimiter([f"{line}\n" for line in lines]) == expected


def test_lines_can_be_read_again_and_take_no_memory(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", "iso3,v\n" + "".join(f"KEN,{number}\n" for number in range(5000)))
    sheet = read_delimited(path)
    first = sheet.lines()
    assert next(first) == (2, ["KEN", "0"])
    assert sum(1 for _ in sheet.lines()) == 5000
    assert next(first) == (3, ["KEN", "1"])
