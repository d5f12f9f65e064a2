"""XML: the head is looked at cheaply, the rest is bounded by the parser; nothing is ever followed."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from lxml import etree

from ess.errors import BadInput
from ess.ingest.activity_rows import read_activity_rows
from ess.ingest.kinds import check_root
from ess.ingest.markup import (
    LONGEST_PIECE,
    check_markup,
    iterparse_options,
    markup_fault,
    open_markup,
    sniff_root,
)
from tests.ingest.rawfiles import activities, write


def refusal(path: Path) -> BadInput:
    with pytest.raises(BadInput) as caught:
        list(read_activity_rows(path))
    return caught.value


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE iati-activities>",
        '<!DOCTYPE iati-activities SYSTEM "http://127.0.0.1:9/iati.dtd">',
        '<!DOCTYPE r [<!ENTITY x SYSTEM "/etc/passwd">]>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd"> %p;]>',
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        "<!-- a comment -->\n<?pi x?>\n  <!DOCTYPE r>",
        f"<!--{'x' * 60_000}--><!DOCTYPE r>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_m01_any_document_type_is_refused(tmp_path: Path, head: str, encoding: str) -> None:
    text = activities(head=head).replace("UTF-8", "UTF-16" if encoding == "utf-16" else "UTF-8")
    fault = refusal(write(tmp_path, "a.xml", text.encode(encoding)))
    assert fault.code in {"document_type", "too_many_attributes"}


def test_m01_entities_without_a_declaration_are_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, "a.xml", activities(text="&x;"))).code == "broken_markup"


def test_m02_the_parser_is_asked_to_follow_nothing() -> None:
    options = iterparse_options()
    assert options["no_network"]
    closed = ("resolve_entities", "load_dtd", "dtd_validation", "attribute_defaults", "huge_tree", "recover")
    assert not any(options[name] for name in closed)  # type: ignore[literal-required]


@pytest.mark.parametrize("levels", [40, 300, 200_000])
@pytest.mark.parametrize("root", ["a", "iati-activities"])
def test_m03_deep_nesting_is_refused(tmp_path: Path, levels: int, root: str) -> None:
    inside = "<a>" * levels + "</a>" * levels
    assert refusal(write(tmp_path, "a.xml", f"<{root}>{inside}</{root}>")).code == "too_deep"


def test_m03_deep_nesting_far_inside_is_refused(tmp_path: Path) -> None:
    deep = "<a>" * 300 + "</a>" * 300
    text = activities(2000).replace(
        "</iati-activities>", f"<iati-activity>{deep}</iati-activity></iati-activities>"
    )
    assert refusal(write(tmp_path, "a.xml", text)).code == "too_deep"


@pytest.mark.parametrize("where", ["root", "inside"])
def test_m03_thousands_of_attributes_are_refused(tmp_path: Path, where: str) -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(150_000))
    text = (
        f"<iati-activities {attributes}/>"
        if where == "root"
        else activities().replace("<title>", f"<title {attributes}>")
    )
    assert refusal(write(tmp_path, "a.xml", text)).code in {"too_many_attributes", "piece_too_long"}


def test_m03_a_name_that_never_ends_is_refused(tmp_path: Path) -> None:
    assert (
        refusal(write(tmp_path, "a.xml", "<a " + "b" * 60_000 + " " * 60_000)).code == "too_many_attributes"
    )


def test_m03_a_text_that_never_ends_is_refused(tmp_path: Path) -> None:
    assert (
        refusal(write(tmp_path, "a.xml", activities(text="x" * 3 * LONGEST_PIECE))).code == "piece_too_long"
    )


def test_m03_xinclude_is_refused(tmp_path: Path) -> None:
    text = activities().replace(
        "<iati-activities ", '<iati-activities xmlns:xi="http://www.w3.org/2001/XInclude" '
    )
    assert refusal(write(tmp_path, "a.xml", text)).code == "xinclude"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (activities().encode()[:-30], 1),
        (activities(text="bad\x0bsign").encode(), 1),
        (activities(text="\nCôte").encode("latin-1"), 2),
        (activities(text="\n\n</wrong>").encode(), 3),
    ],
)
def test_m04_broken_markup_is_refused_with_line_and_column(tmp_path: Path, content: bytes, line: int) -> None:
    fault = refusal(write(tmp_path, "a.xml", content))
    assert (fault.code, fault.facts["line"]) == ("broken_markup", line)
    assert int(str(fault.facts["column"])) > 1


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"), ("utf-32", "UTF-32"), ("latin-1", "ISO-8859-1"), ("cp1252", "windows-1252"),
    ],
)  # fmt: skip
def test_m04_encodings_are_read_as_declared_or_marked(tmp_path: Path, encoding: str, declared: str) -> None:
    text = activities(text="Côte d'Ivoire").replace("UTF-8", declared)
    rows = list(read_activity_rows(write(tmp_path, "a.xml", text.encode(encoding))))
    assert [row["title"] for row in rows] == ["Côte d'Ivoire"]


@pytest.mark.parametrize("declared", ["UTF-7", "EBCDIC-CP-US", "x-user-defined"])
def test_m04_other_encodings_are_refused(tmp_path: Path, declared: str) -> None:
    assert (
        refusal(write(tmp_path, "a.xml", activities().replace("UTF-8", declared))).code == "unknown_encoding"
    )


def test_m05_memory_stays_flat(tmp_path: Path) -> None:
    text = "Water for schools and health posts " * 20
    path = write(tmp_path, "a.xml", activities(8000, text=text))
    assert path.stat().st_size > 6_000_000
    rows = read_activity_rows(path)
    for _ in range(2000):
        next(rows)
    tracemalloc.start()
    try:
        assert sum(1 for _ in rows) == 6000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


def test_the_root_is_sniffed_without_a_parser(tmp_path: Path) -> None:
    root = sniff_root(write(tmp_path, "a.xml", activities(version="1.05", head="<!-- made by -->")))
    assert (root.tag, root.attributes["version"], root.encoding) == ("iati-activities", "1.05", "utf-8")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<iati-organisations version='2.03'><iati-organisation/></iati-organisations>", "organisation_file"),
        ("<kml xmlns='http://www.opengis.net/kml/2.2'><Document/></kml>", "other_markup"),
        ("<root_element><condition/></root_element>", "other_markup"),
    ],
)
def test_other_xml_is_refused_by_its_name(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(BadInput) as caught:
        check_root(check_markup(write(tmp_path, "a.xml", text)), "a.xml")
    assert caught.value.code == code


def test_activities_in_the_answer_of_a_service_are_read(tmp_path: Path) -> None:
    inner = activities(3).partition("?>")[2]
    path = write(tmp_path, "a.xml", f"<result><ok>True</ok>{inner}</result>")
    check_root(check_markup(path), "a.xml")
    assert len(list(read_activity_rows(path))) == 3


def test_columns_of_an_activity(tmp_path: Path) -> None:
    (row,) = read_activity_rows(write(tmp_path, "a.xml", activities()))
    assert (row["iati-identifier"], row["title"], row["activity-status"]) == ("XM-0", "Water", "2")
    assert row["recipient-country"] == "KE; NA"


def test_a_reader_tells_how_far_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xml", activities(5000))
    with open_markup(path) as reader:
        events = etree.iterparse(reader, events=("end",), tag="iati-activity", **iterparse_options(reader))
        next(iter(events))
        assert 0 < reader.position < reader.size
        assert sum(1 for _ in events) == 4999
        assert reader.position == reader.size


def test_a_parser_fault_becomes_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(etree.XMLSyntaxError) as caught:
        etree.parse(write(tmp_path, "a.xml", "<a>\n <b></a>"))
    fault = markup_fault(caught.value, "a.xml")
    assert (fault.facts["line"], fault.facts["name"]) == (2, "a.xml")


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("aiddata-uganda-aims-2.03.xml", 1456),
        ("caf-2.03-es.xml", 478),
        ("iati-standard-example-2.03.xml", 1),
        ("netherlands-mfa-sample-2.03.xml", 13),
        ("oxfamgb-bangladesh-1.00.xml", 24),
        ("who-argentina-2.03.xml", 157),
        ("sida-africa-regional-1.00.xml", 512),
        ("spain-maec-indonesia-2.01.xml", 83),
        ("worldbank-elsalvador-2.03.xml", 13),
    ],
)
def test_honest_activity_files(shared: Path, name: str, count: int) -> None:
    rows = list(read_activity_rows(shared / "data" / "iati" / name))
    assert len(rows) == count
    assert all(row["iati-identifier"] for row in rows)
