"""Files on their way in: where they lie, what they are called, how they are read, when they go."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ess.errors import BadInput
from ess.ingest.mapping import format_mapping
from ess.ingest.meanings import Meaning, TableMapping
from ess.ui.folders import VisitFolder, discard_folders
from ess.ui.importing.intake import MOST_BYTES, MOST_FILES, Given, Intake, last_name
from tests.factories import PROPERTY

FIRST = TableMapping(name="first", columns={"title": Meaning(("Titre",))})
SECOND = TableMapping(name="second", columns={"title": Meaning(("Objet",))})


@PROPERTY
@given(st.text())
def test_u10_a_given_name_is_one_plain_file_name(name: str) -> None:
    kept = last_name(name)
    assert kept
    assert kept == Path(kept).name
    assert not set(kept) & set("/\\:\0\n")
    assert not kept.startswith(".")
    assert len(kept) <= 100
    assert len(kept.encode("utf-8", "surrogatepass")) <= 400


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\projets.csv", "projets.csv"),
        ("http://host/a.csv", "a.csv"),
        ("مشاريع.xlsx", "مشاريع.xlsx"),
        ("..", "file"),
        ("a\u202egnp.csv", "agnp.csv"),
    ],
)
def test_only_the_last_part_of_a_name_is_kept(name: str, kept: str) -> None:
    assert last_name(name) == kept


def test_u12_files_lie_apart_under_random_names_and_go() -> None:
    intake = Intake()
    intake.take("1", "a.csv", b"x")
    intake.take("2", "../a.csv", b"y")
    first, second = intake.files["1"], intake.files["2"]
    assert (first.name, second.name) == ("a.csv", "a (2).csv")
    assert first.path.read_bytes() == b"x"
    assert first.path.parent != second.path.parent
    assert first.path.parent.parent == intake.folder.path
    assert intake.folder.path.stat().st_mode & 0o077 == 0
    intake.drop("1")
    assert not first.path.exists()
    folder = intake.folder.path
    del intake, first, second
    gc.collect()
    assert not folder.exists()


def test_more_than_a_visit_may_hold_is_refused_in_a_sentence() -> None:
    intake = Intake()
    for number in range(MOST_FILES + 1):
        intake.take(str(number), f"{number}.csv", b"x")
    refused = intake.files[str(MOST_FILES)]
    assert refused.refusal is not None
    assert refused.refusal.code == "too_many"
    assert not refused.path.exists()
    assert len(intake.usable) == MOST_FILES


def test_more_bytes_than_a_visit_may_hold_are_refused() -> None:
    intake = Intake()
    intake.take("1", "a.csv", bytes(MOST_BYTES))
    intake.take("2", "b.csv", b"x")
    assert [given.name for given in intake.usable] == ["a.csv"]


def table(intake: Intake, name: str, mapping: TableMapping, *, known: str = "") -> Given:
    """A table that was looked at."""
    intake.take(name, name, b"x")
    intake.files[name].take_look({"known": known, "mapping": format_mapping(mapping)})
    return intake.files[name]


def test_a_suggested_mapping_that_was_seen_is_the_one_that_is_used() -> None:
    intake = Intake()
    given = table(intake, "a.csv", FIRST)
    assert intake.order().mapping == given.mapping_text == format_mapping(FIRST)


def test_a_known_mapping_is_left_to_be_recognised_until_it_is_changed() -> None:
    intake = Intake()
    given = table(intake, "a.csv", FIRST, known="first")
    assert intake.order().mapping == ""
    given.take_mapping(SECOND)
    assert intake.order().mapping == format_mapping(SECOND)


def test_tables_with_different_mappings_are_each_read_by_their_own_or_refused_together() -> None:
    intake = Intake()
    first = table(intake, "a.csv", FIRST)
    table(intake, "b.csv", SECOND, known="second")
    intake.take("c.xml", "c.xml", b"<")
    assert intake.order().mapping == ""
    assert [path.name for path in intake.order().paths] == ["a.csv", "b.csv", "c.xml"]
    first.take_mapping(SECOND)
    with pytest.raises(BadInput, match=r"a\.csv, b\.csv"):
        intake.order()
    intake.drop("b.csv")
    assert intake.order().mapping == format_mapping(SECOND)


def test_a_faulty_text_is_kept_beside_the_mapping_that_was_good() -> None:
    intake = Intake()
    given = table(intake, "a.csv", FIRST)
    given.take_text("title: [")
    assert given.mapping == FIRST
    assert given.mapping_text == "title: ["
    assert given.fault is not None
    given.take_text(format_mapping(SECOND))
    assert given.mapping == SECOND
    assert given.fault is None


def test_a_form_at_fault_as_a_whole_is_said() -> None:
    given = table(Intake(), "a.csv", FIRST)
    given.take_mapping(TableMapping(rows="locations", columns=FIRST.columns))
    assert given.fault is not None
    assert "id" in given.fault.sentence()


def test_a_folder_goes_when_its_visitor_has_been_gone_for_long_enough() -> None:
    folder = VisitFolder(grace=0)
    (folder.new_folder() / "a.csv").write_bytes(b"x")
    before = set(threading.enumerate())
    folder.note_departure()
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert folder.is_gone
    assert not folder.path.exists()


def test_a_folder_stays_while_its_visitor_may_come_back() -> None:
    folder = VisitFolder(grace=3600)
    folder.note_departure()
    assert folder.path.is_dir()
    folder.discard()
    assert folder.is_gone


def test_all_folders_go_with_the_server() -> None:
    folders = [VisitFolder(), VisitFolder()]
    discard_folders()
    assert not any(folder.path.exists() for folder in folders)
