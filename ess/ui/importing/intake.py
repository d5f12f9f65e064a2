"""The files of one visit on their way in: given, recognised, their columns understood, read.

They lie in a folder of the visit under random names; only the last part of a file's own name is kept, for the
report. Nothing that a visitor types is ever opened as a path or an address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from ess.errors import BadInput
from ess.escape import plain
from ess.ingest.mapping import format_mapping, parse_mapping
from ess.ingest.meanings import TableMapping
from ess.ingest.orders import Order
from ess.ingest.outcome import Outcome
from ess.locales import N_
from ess.ui.folders import VisitFolder

MOST_FILES = 20
MOST_BYTES = 100_000_000
"""Of all files of one visit together; the size of one is bounded by the server."""

_INTAKE = "files on their way in"
_LONGEST_NAME = 80
_SEPARATORS = re.compile(r"[/\\:]")

TOO_MANY = N_("{name} is one file too many: at most {files} files of {size} MB together are taken here.")
SEVERAL_MAPPINGS = N_(
    "These tables have different columns, and one of their mappings was changed by hand: read them one at a "
    "time ({names})."
)


@dataclass
class Given:
    """One file that a visitor gave.

    Attributes
    ----------
    look
        What `ess.ingest.reading.look_at` says of it; None until it has been looked at.
    refusal
        Why it cannot be used; None for a file that can.
    mapping
        What its columns mean, as it stands now; None for a file that needs no mapping.
    suggested
        The same as it stood at first.
    draft, fault
        Text of a mapping that could not be used, as its writer left it, and what is wrong with it.
    """

    name: str
    path: Path
    look: Mapping[str, Any] | None = None
    refusal: BadInput | None = None
    mapping: TableMapping | None = None
    suggested: TableMapping | None = None
    draft: str = ""
    fault: BadInput | None = None

    @property
    def is_table(self) -> bool:
        """Whether it is read by a mapping."""
        return self.mapping is not None

    @property
    def is_known(self) -> bool:
        """Whether its mapping was recognised, and still stands as it was."""
        return bool(self.look and self.look.get("known")) and self.mapping == self.suggested

    def take_look(self, look: Mapping[str, Any]) -> None:
        """Keep what was recognised, with its mapping."""
        self.look = look
        if "mapping" in look:
            self.suggested = self.mapping = parse_mapping(look["mapping"])

    def take_mapping(self, mapping: TableMapping) -> None:
        """Take a mapping that was put together in the form; what it lacks as a whole is kept as a fault."""
        self.mapping, self.draft, self.fault = mapping, "", None
        try:
            parse_mapping(format_mapping(mapping))
        except BadInput as fault:
            self.fault = fault

    def take_text(self, text: str) -> None:
        """Take a mapping as text; when it cannot be used, the last one stays and the text is kept beside."""
        try:
            self.mapping, self.draft, self.fault = parse_mapping(text), "", None
        except BadInput as fault:
            self.draft, self.fault = text, fault

    @property
    def mapping_text(self) -> str:
        """The mapping as it is written: a faulty draft, else the one that is used."""
        if self.draft or self.mapping is None:
            return self.draft
        return format_mapping(self.mapping)


@dataclass(frozen=True)
class Reading:
    """Files that have been read: the report, and the folder with the tables and the rejects."""

    outcome: Outcome
    scratch: Path


@dataclass
class Intake:
    """Everything that one visit has on its way in.

    Attributes
    ----------
    files
        By the uploader's id of each.
    shown
        Ids that the uploader held when the page was last drawn: it forgets them when the page is left.
    is_changed
        Whether the visitor has just added or taken out files.
    generation
        Counts how often everything was put away; a new uploader starts empty.
    published
        Ids of the snapshot that was published from here and of the one that was served before.
    """

    folder: VisitFolder = field(default_factory=VisitFolder)
    files: dict[str, Given] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    is_changed: bool = False
    generation: int = 0
    reading: Reading | None = None
    published: tuple[str, str] | None = None

    @property
    def usable(self) -> list[Given]:
        """The files that can be read."""
        return [given for given in self.files.values() if given.refusal is None]

    def take(self, file_id: str, name: str, content: bytes | memoryview) -> None:
        """Keep a file in the visit's folder; a name that is taken already gets a number."""
        own_name = self._free_name(last_name(name))
        given = Given(own_name, self.folder.new_folder() / own_name)
        self.files[file_id] = given
        self.reading = self.published = None
        if self._is_full(len(content)):
            size = MOST_BYTES // 1_000_000
            given.refusal = BadInput(TOO_MANY, code="too_many", name=name, files=MOST_FILES, size=size)
            return
        given.path.write_bytes(content)

    def _is_full(self, size: int) -> bool:
        kept = sum(given.path.stat().st_size for given in self.files.values() if given.path.exists())
        return len(self.files) > MOST_FILES or kept + size > MOST_BYTES

    def _free_name(self, name: str) -> str:
        taken = {given.name for given in self.files.values()}
        stem, ending = Path(name).stem, Path(name).suffix
        numbered = (f"{stem} ({number}){ending}" for number in range(2, len(taken) + 3))
        return name if name not in taken else next(one for one in numbered if one not in taken)

    def drop(self, file_id: str) -> None:
        """Let go of a file, and delete it."""
        given = self.files.pop(file_id, None)
        if given is not None:
            given.path.unlink(missing_ok=True)
            self.reading = self.published = None

    def order(self) -> Order:
        """What is to be read, and how.

        Raises
        ------
        BadInput
            When tables with different columns would need different mappings.
        """
        usable = self.usable
        tables = [given for given in usable if given.is_table]
        texts = {given.mapping_text for given in tables if not given.is_known}
        if texts and len(tables) > 1 and (len(texts) > 1 or any(given.is_known for given in tables)):
            if any(given.mapping != given.suggested for given in tables):
                names = ", ".join(given.name for given in tables)
                raise BadInput(SEVERAL_MAPPINGS, code="several_mappings", names=names)
            texts = set()  # each is recognised, or suggested for, by itself
        return Order(tuple(given.path for given in usable), next(iter(texts), ""), keep=True)


def last_name(name: str) -> str:
    """The last part of a file's name as a browser gave it: on one line, not hidden, not too long."""
    last = plain(_SEPARATORS.split(name)[-1]).strip(" .") or "file"
    stem, ending = Path(last).stem, Path(last).suffix[:12]
    return stem[:_LONGEST_NAME] + ending


def current_intake() -> Intake:
    """The intake of this session; a new one when there is none, or when its files are gone."""
    intake: Intake | None = st.session_state.get(_INTAKE)
    if intake is None or intake.folder.is_gone:
        intake = st.session_state[_INTAKE] = Intake()
    intake.folder.note_presence()
    return intake


def put_away() -> None:
    """Delete the files of this session and begin anew."""
    old = current_intake()
    old.folder.discard()
    st.session_state[_INTAKE] = Intake(generation=old.generation + 1)
