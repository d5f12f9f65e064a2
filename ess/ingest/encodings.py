"""The encoding of a text file: by its mark, else by what its bytes can be."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ess.errors import BadInput
from ess.ingest.problems import Kind
from ess.ingest.report import FileReport
from ess.locales import N_

BLOCK = 1 << 20
"""Bytes read at a time."""

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; that of UTF-32 begins like that of UTF-16 and is asked for first."""

LOOKED_AT = 4 * BLOCK
ASCII = bytes(range(128))
UNDEFINED_IN_1252 = b"\x81\x8d\x8f\x90\x9d"
MAC_LETTERS = re.compile(rb"(?<=[A-Za-z])[\x87\x88\x8a\x8b\x8d-\x90\x99\x9d-\x9f]")
"""Mac Roman's á à ä ã ç é è ê ô ù û ü after a letter: rare signs or nothing in Windows-1252."""

LATIN_LETTERS = re.compile(rb"[\x92-\x94\xe0-\xf6\xf8-\xff]")
"""Windows-1252's quotes and small letters with accents, rare in Mac Roman."""

LONG_RUN = re.compile(rb"[\xc0-\xff]{3,}")
ARABIC_ALIF_LAM = (0xC7, 0xE1)
"""Alif and lam in Windows-1256: together about a quarter of Arabic letters."""

ESCAPED = re.compile("[\udc80-\udcff]")
FOREIGN = re.compile("[^\0-\x7f]")
MISREAD_UTF8 = re.compile(
    "Ã[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹Œ\u017d‘’“”•–—˜™š›œ\u017eŸ]|â€|Â[\u00a0-\u00bf]|Ø[§¹±ª¨]|Ù[„…†ˆŠ]"
)
CONTROLS = re.compile("[\x80-\x84\x86-\x9f]")

STRAY_BYTES = Kind(
    "stray_bytes",
    "warning",
    N_("{count} bytes mean nothing in the encoding {encoding}; they are shown as signs such as {found}."),
    N_("a file saved as UTF-8"),
)
MIXED_ENCODING = Kind(
    "mixed_encoding",
    "warning",
    N_("The file is UTF-8, but {count} of its bytes are not; they were read as Windows-1252."),
    N_("one encoding throughout, best UTF-8"),
)
GUESSED_ENCODING = Kind(
    "guessed_encoding",
    "warning",
    N_("The file does not say its encoding; it was read as {encoding}: check its accents and letters."),
    N_("a file saved as UTF-8"),
)
DAMAGED_TEXT = Kind(
    "damaged_text",
    "warning",
    N_("The text looks as if it had been saved in a wrong encoding before ({found}); it was kept as it is."),
    N_("letters with accents, not pairs of signs"),
)


@dataclass
class _Tally:
    """What the bytes of a file are, counted block by block."""

    utf8: bool = True
    multibyte: int = 0
    broken: int = 0
    undefined: int = 0
    mac: int = 0
    latin: int = 0
    high: int = 0
    in_runs: int = 0
    alif_lam: int = 0
    looked_at: int = 0

    def count(self, block: bytes) -> None:
        """Add one block; the first few megabytes with such bytes say what they are."""
        self.undefined += sum(block.count(byte) for byte in UNDEFINED_IN_1252)
        if self.looked_at >= LOOKED_AT:
            return
        self.looked_at += len(block)
        self.high += len(block.translate(None, ASCII))
        self.in_runs += sum(map(len, LONG_RUN.findall(block)))
        self.mac += len(MAC_LETTERS.findall(block))
        self.latin += len(LATIN_LETTERS.findall(block))
        self.alif_lam += sum(block.count(byte) for byte in ARABIC_ALIF_LAM)


def detect_encoding(path: Path, report: FileReport | None = None) -> str:
    """The name of the codec (and error handler, after a colon) that reads a text file whole.

    A byte order mark decides; else UTF-8 if all bytes are; else UTF-8 with single bytes of Windows-1252 in
    it; else Mac Roman or Windows-1256 if the bytes can hardly be anything else; else Windows-1252.

    Returns
    -------
    For example ``utf-8``, ``utf-8-sig``, ``utf-16``, ``cp1252:backslashreplace``: see `open_text`.

    Raises
    ------
    BadInput
        For bytes that no text has: NUL, UTF-16 without its mark, a letter that no codec here knows.
    """
    with path.open("rb") as source:
        head = source.read(4)
    mark = next((name for bytes_, name in MARKS if head.startswith(bytes_)), None)
    if mark in {"utf-16", "utf-32"}:
        _check_decodes(path, mark)
        return mark
    codec = _unmarked_encoding(path, report)
    return "utf-8-sig" if mark and codec == "utf-8" else codec


def open_text(path: Path, encoding: str) -> codecs.StreamReaderWriter:
    """A text file opened with what `detect_encoding` said; line ends as they stand."""
    codec, _, errors = encoding.partition(":")
    return open(path, encoding=codec, errors=errors or "strict", newline="")  # type: ignore[return-value]  # noqa: PTH123


def plain_name(encoding: str) -> str:
    """The codec alone, as reports name it."""
    return encoding.partition(":")[0]


def note_damage(text: str, row: int, report: FileReport | None) -> bool:
    """Report text that was decoded wrongly before it was saved; whether it was."""
    found = MISREAD_UTF8.search(text) or CONTROLS.search(text)
    if found is None or report is None:
        return found is not None
    start = max(0, found.start() - 20)
    report.add(
        DAMAGED_TEXT,
        row=row,
        found=text[start : found.end() + 20].encode("unicode_escape").decode()
        if found.re is CONTROLS
        else text[start : found.end() + 20],
    )
    return True


def _check_decodes(path: Path, codec: str) -> None:
    try:
        with path.open(encoding=codec, newline="") as source:
            line = 1
            while block := source.read(BLOCK):
                if "\0" in block:
                    raise _nul(path, line + block[: block.index("\0")].count("\n"))
                line += block.count("\n")
    except UnicodeError as error:
        raise BadInput(
            N_(
                "{name} begins as {encoding} but does not stay so; expected one encoding, best "
                "UTF-8: save it again."
            ),
            code="wrong_encoding",
            name=path.name,
            encoding=codec.upper(),
        ) from error


def _unmarked_encoding(path: Path, report: FileReport | None) -> str:
    tally = _tally(path)
    if tally.utf8:
        return "utf-8"
    if tally.multibyte >= 3 * tally.broken:
        _note(report, MIXED_ENCODING, count=tally.broken)
        return "utf-8:ess_cp1252"
    codec = _single_byte_codec(tally, path)
    if codec != "cp1252":
        _note(report, GUESSED_ENCODING, encoding=codec)
    if codec == "cp1252" and tally.undefined:
        _note(report, STRAY_BYTES, found="\\x81", count=tally.undefined, encoding="Windows-1252")
    return f"{codec}:backslashreplace"


def _single_byte_codec(tally: _Tally, path: Path) -> str:
    if tally.in_runs > tally.high / 2 and tally.high > 20:
        if tally.alif_lam > tally.high * 0.12:
            return "cp1256"
        raise BadInput(
            N_(
                "The encoding of {name} is not known: it is neither UTF-8 nor Western European; save "
                "it as UTF-8."
            ),
            code="unknown_encoding",
            name=path.name,
        )
    return "mac_roman" if tally.mac > tally.latin else "cp1252"


def _tally(path: Path) -> _Tally:
    tally = _Tally()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for block, line in _blocks(path):
        if b"\0" in block:
            _refuse_nul(path, block, line)
        if block.isascii() and tally.utf8:
            tally.utf8 = _decodes(decoder, block)
            continue
        tally.count(block)
        tally.utf8 = tally.utf8 and _decodes(decoder, block)
    tally.utf8 = tally.utf8 and _decodes(decoder, b"", final=True)
    if not tally.utf8:
        _count_sequences(path, tally)
    return tally


def _count_sequences(path: Path, tally: _Tally) -> None:
    for block, _ in _blocks(path):
        text = block.decode("utf-8", "surrogateescape")
        broken = len(ESCAPED.findall(text))
        tally.broken += broken
        tally.multibyte += len(FOREIGN.findall(text)) - broken


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _blocks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Blocks of a file with the number of the line in which each begins."""
    line = 1
    with path.open("rb") as source:
        while block := source.read(BLOCK):
            yield block, line
            line += block.count(b"\n")


def _refuse_nul(path: Path, block: bytes, line: int) -> None:
    zeros = block.count(b"\0")
    if line == 1 and zeros > len(block) / 4:
        raise BadInput(
            N_("{name} seems to be UTF-16 without its byte order mark; save it as UTF-8."),
            code="utf16_without_mark",
            name=path.name,
        )
    raise _nul(path, line + block[: block.index(b"\0")].count(b"\n"))


def _nul(path: Path, line: int) -> BadInput:
    return BadInput(
        N_("{name} holds a NUL byte in line {line}, which no text file has; export the file again."),
        code="nul_byte",
        name=path.name,
        line=line,
    )


def _note(report: FileReport | None, kind: Kind, found: object = "", **facts: Any) -> None:
    if report is not None:
        report.add(kind, found=found, **facts)


def _as_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode("cp1252", "backslashreplace"), error.end


codecs.register_error("ess_cp1252", _as_1252)
