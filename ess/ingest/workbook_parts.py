"""A look at the parts of a workbook before any reader: how far its cells reach, and what they lack."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from ess.errors import BadInput
from ess.ingest.archives import member_fault, open_archive
from ess.ingest.headings import MOST_COLUMNS, column_letter
from ess.locales import N_

BLOCK = 1 << 18
MOST_EMPTY = 2_000_000
"""Cells of the rectangle around a sheet that may be empty whatever it holds."""

EMPTY_PER_CELL = 50
"""Empty cells of the rectangle for each filled one; beyond both a far cell is taken for a fault."""

MOST_ERRORS = 1000
"""Error cells of a sheet that are listed."""

LONGEST_ELEMENT = 8 * BLOCK
"""Bytes of XML without a tag's end."""

ROOT_RELATIONS = "_rels/.rels"
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class WorksheetPart:
    """What a worksheet's XML says of itself.

    Attributes
    ----------
    cells
        Cells with a value.
    formulas, without_value
        Cells with a formula, and those among them whose result the file does not hold.
    errors
        Cells that show an error, as (reference, row number, what they show), the first of them.
    farthest
        Highest row number and place of a column (from 0) with a value.
    """

    name: str
    member: str
    hidden: bool = False
    cells: int = 0
    formulas: int = 0
    without_value: int = 0
    errors: list[tuple[str, int, str]] = field(default_factory=list)
    farthest: tuple[int, int] = (0, -1)
    nearest: tuple[int, int] = (1 << 21, 1 << 15)
    first_without: str = ""


def read_parts(path: Path) -> list[WorksheetPart]:
    """Look at every part of a workbook that its reader would read.

    Raises
    ------
    BadInput
        For an archive out of bounds, one that is no workbook, a document type in any part, cells far from
        the others, too many columns, and formulas whose results the file does not hold.
    """
    with open_archive(path) as archive:
        names = {info.filename for info in archive.infolist()}
        book = _book(archive, path.name)
        if book not in names:
            raise BadInput(
                N_(
                    "{name} is a zip archive but no workbook; expected an .xlsx file saved by a "
                    "spreadsheet program."
                ),
                code="not_a_workbook",
                name=path.name,
            )
        parts = [part for part in _worksheets(archive, book, path.name) if part.member in names]
        for part in parts:
            if not part.hidden:
                _look_at(archive, part, path.name)
        for name in sorted(names):
            if PurePosixPath(name).name.casefold() in {"sharedstrings.xml", "styles.xml"}:
                parse_member(archive, name, path.name)
    _refuse_without_value(parts, path.name)
    return parts


def parse_member(
    archive: ZipFile,
    member: str,
    file: str,
    start: Callable[[str, dict[str, str]], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Run a part of a workbook through a parser that knows no document types.

    Raises
    ------
    BadInput
        For a document type, for XML that is not well formed, and for a part that cannot be unpacked.
    """

    def refuse_doctype(*_: object) -> None:
        raise BadInput(
            N_(
                "The part {part} of {name} declares a document type, which no workbook needs; save "
                "the workbook again."
            ),
            code="document_type",
            name=file,
            part=member,
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = refuse_doctype
    parser.EntityDeclHandler = refuse_doctype
    if start is not None:
        parser.StartElementHandler = start
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        with archive.open(member) as source:
            _feed(parser, source, member, file)
    except expat.ExpatError as error:
        raise BadInput(
            N_(
                "The part {part} of {name} is damaged in line {line}, column {column}; save the "
                "workbook again."
            ),
            code="broken_workbook",
            name=file,
            part=member,
            line=error.lineno,
            column=error.offset + 1,
        ) from error
    except member_fault() as error:
        raise BadInput(
            N_("The part {part} of {name} cannot be unpacked; the file is damaged: save the workbook again."),
            code="broken_workbook",
            name=file,
            part=member,
        ) from error


def _feed(parser: expat.XMLParserType, source: IO[bytes], member: str, file: str) -> None:
    without_end = 0
    while block := source.read(BLOCK):
        without_end = 0 if b">" in block else without_end + len(block)
        if without_end > LONGEST_ELEMENT:
            raise BadInput(
                N_(
                    "The part {part} of {name} holds megabytes without a single cell; save the "
                    "workbook again."
                ),
                code="padded_workbook",
                name=file,
                part=member,
            )
        parser.Parse(block, False)
    parser.Parse(b"", True)


def _book(archive: ZipFile, file: str) -> str:
    """The member that is the workbook itself, as the archive's relations name it; empty for none."""
    found: list[str] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship" and attributes.get("Type", "").endswith("/officeDocument"):
            found.append(_target("/", attributes.get("Target", "")))

    if ROOT_RELATIONS in archive.namelist():
        parse_member(archive, ROOT_RELATIONS, file, relation)
    return found[0] if len(found) == 1 else ""


def _worksheets(archive: ZipFile, book: str, file: str) -> list[WorksheetPart]:
    place = PurePosixPath(book)
    relations = str(place.parent / "_rels" / f"{place.name}.rels")
    targets: dict[str, str] = {}
    parts: list[WorksheetPart] = []

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "Relationship":
            targets[attributes.get("Id", "")] = _target(f"/{place.parent}", attributes.get("Target", ""))

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if _local(tag) == "sheet":
            own = {_local(key): value for key, value in attributes.items()}
            parts.append(
                WorksheetPart(
                    own.get("name", ""), targets.get(own.get("id", ""), ""),
                    own.get("state", "visible") != "visible",
                )
            )  # fmt: skip

    if relations in archive.namelist():
        parse_member(archive, relations, file, relation)
    parse_member(archive, book, file, sheet)
    return parts


def _target(folder: str, target: str) -> str:
    """A relation's target as the name of a member; an absolute one counts from the archive's root."""
    return posixpath.normpath(posixpath.join(folder, target)).lstrip("/")


def _local(tag: str) -> str:
    return tag.rpartition(" ")[2]


def _look_at(archive: ZipFile, part: WorksheetPart, file: str) -> None:
    look = _Look(part)
    parse_member(archive, part.member, file, look.start, look.text)
    look.close()
    _refuse_far_cells(part, file)


class _Look:
    """Follows the cells of a worksheet through its tags."""

    def __init__(self, part: WorksheetPart) -> None:
        self.part = part
        self.row = 0
        self.place = -1
        self.kind = ""
        self.formula = self.value = self.said = self.inside = False
        self.shown = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens: a row, a cell, or what a cell holds."""
        name = _local(tag)
        if name == "c":
            self.close()
            self._open(attributes)
        elif name == "row":
            self.close()
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() and len(number) < 8 else self.row + 1
            self.place = -1
        elif name == "f":
            self.formula = True
        elif name in {"v", "is"}:
            self.value = True

    def text(self, text: str) -> None:
        """Text below a value: the cell says something; inside an error cell it is what it shows."""
        if self.value:
            self.said = True
            if self.kind == "e" and len(self.shown) < 40:
                self.shown += text

    def close(self) -> None:
        """Count the cell that ends."""
        if self.inside:
            self._count()
        self.inside = self.formula = self.value = self.said = False
        self.kind = self.shown = ""

    def _open(self, attributes: dict[str, str]) -> None:
        self.inside = True
        self.kind = attributes.get("t", "")
        reference = REFERENCE.fullmatch(attributes.get("r", ""))
        if reference:
            self.place, self.row = _place(reference[1]), int(reference[2])
        else:
            self.place += 1

    def _count(self) -> None:
        part, where = self.part, f"{column_letter(self.place)}{self.row}"
        part.formulas += self.formula
        if self.formula and not self.said and self.kind != "str":
            part.without_value += 1
            part.first_without = part.first_without or where
        if self.said:
            part.cells += 1
            part.farthest = (max(part.farthest[0], self.row), max(part.farthest[1], self.place))
            part.nearest = (min(part.nearest[0], self.row), min(part.nearest[1], self.place))
        if self.kind == "e" and len(part.errors) < MOST_ERRORS:
            part.errors.append((where, self.row, self.shown.strip() or "#"))


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    return place - 1


def _refuse_far_cells(part: WorksheetPart, file: str) -> None:
    (bottom, right), (top, left) = part.farthest, part.nearest
    area = max(0, bottom - min(top, bottom) + 1) * max(0, right - min(left, right) + 1)
    allowed = MOST_EMPTY + EMPTY_PER_CELL * part.cells
    if right >= MOST_COLUMNS or area > allowed:
        raise BadInput(
            N_(
                "The sheet “{sheet}” of {name} reaches to the cell {cell} with only {count} cells "
                "filled; delete the far cells and save it again."
            ),
            code="far_cell",
            name=file,
            sheet=part.name,
            cell=f"{column_letter(right)}{bottom}",
            count=part.cells,
        )


def _refuse_without_value(parts: list[WorksheetPart], file: str) -> None:
    for part in parts:
        if part.without_value:
            raise BadInput(
                N_(
                    "{count} formula cells of {name} hold no value, the first in {cell} of "
                    "“{sheet}”; open it in a spreadsheet program and save it, or paste values."
                ),
                code="formulas_without_value",
                name=file,
                sheet=part.name,
                cell=part.first_without,
                count=part.without_value,
            )
