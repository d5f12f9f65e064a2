"""XML within bounds: a cheap look at a file's head, and readers that follow nothing outside it."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypedDict

from ess.errors import BadInput
from ess.locales import N_

if TYPE_CHECKING:
    from lxml import etree

HEAD = 1 << 16
"""Bytes at the start that are looked at; the prolog and the root's start tag must end within them."""

DEEPEST = 32
"""Levels of elements in the head; the deepest activity file of the standard has nine."""

LONGEST_PIECE = 1 << 20
"""Bytes of a file without the end of a tag: longer attributes or texts are refused."""

MOST_ATTRIBUTES = 256
"""Attributes of the root element."""

XINCLUDE = "http://www.w3.org/2001/XInclude"

MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UNMARKED = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
"""How the first sign of a file without a mark looks in wide encodings."""

DECLARED = re.compile(r"""<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["'][^>]*\?>""")
KNOWN = re.compile(
    r"(?i:utf-?8|utf-?16(-?[lb]e)?|ucs-?2|utf-?32(-?[lb]e)?|ucs-?4|us-ascii|ascii|latin-?1"
    r"|iso-?8859-?\d{1,2}|windows-125\d|cp-?125\d)"
)
"""Encodings that are read; others (UTF-7, EBCDIC …) could hide what the head says."""

SPACE = re.compile(r"[\s\ufeff]*")
START_TAG = re.compile(r"""<([^\s<>/!?"'=&]+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
ATTRIBUTE = re.compile(r"""(?<=\s)([^\s=<>"']++)\s*+=\s*+("[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class Root:
    """What the head of an XML file says.

    Attributes
    ----------
    tag
        Local name of the root element.
    attributes
        Those of the root element as written.
    encoding
        Codec of the file.
    inner
        Local names of the first elements below the root, in order of appearance.
    """

    tag: str
    attributes: dict[str, str]
    encoding: str
    inner: tuple[str, ...] = ()


class ParserOptions(TypedDict):
    """What `lxml.etree.iterparse` is called with, always."""

    resolve_entities: bool
    no_network: bool
    load_dtd: bool
    dtd_validation: bool
    attribute_defaults: bool
    huge_tree: bool
    recover: bool
    remove_comments: bool
    remove_pis: bool
    collect_ids: bool
    encoding: str | None


class MarkupReader(io.RawIOBase):
    """The bytes of an XML file on their way to a parser.

    It counts them (for progress), refuses a piece of more than `LONGEST_PIECE` without the end of a tag, and
    turns UTF-32, which the parser does not read, into UTF-8.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__()
        self.path = path
        self.size = path.stat().st_size
        self.position = 0
        self.encoding = "utf-8" if encoding.startswith("utf-32") else None
        """What the parser must be told; None where it finds out by itself."""
        self._source: BinaryIO = path.open("rb")
        self._decoder = codecs.getincrementaldecoder(encoding)("strict") if self.encoding else None
        self._without_end = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes, none at the end of the file."""
        block = self._source.read(size)
        self.position += len(block)
        self._without_end = 0 if b">" in block else self._without_end + len(block)
        if self._without_end > LONGEST_PIECE:
            raise BadInput(
                N_(
                    "{name} holds a tag or a text of more than {most} bytes after byte {found}; no "
                    "activity file needs that: shorten it."
                ),
                code="piece_too_long",
                name=self.path.name,
                most=LONGEST_PIECE,
                found=self.position - self._without_end,
            )
        if self._decoder is None:
            return block
        return self._as_utf8(self._decoder, block, size)

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        super().close()

    def _as_utf8(self, decoder: codecs.IncrementalDecoder, block: bytes, size: int) -> bytes:
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            raise wrong_encoding(self.path.name, "UTF-32") from error
        if block and not text:
            return self.read(size)
        return text.encode("utf-8", "replace")


def open_markup(path: Path) -> MarkupReader:
    """Open an XML file for a parser after a look at its head; close it after use.

    Raises
    ------
    BadInput
        See `check_markup`.
    """
    return MarkupReader(Path(path), check_markup(path).encoding)


def iterparse_options(reader: MarkupReader | None = None) -> ParserOptions:
    """The options for `lxml.etree.iterparse`: nothing is followed, resolved, repaired or let grow.

    The parser's own bounds stay on: 256 levels, 10 MB of one text.
    """
    return {
        "resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False,
        "attribute_defaults": False, "huge_tree": False, "recover": False, "remove_comments": True,
        "remove_pis": True, "collect_ids": False, "encoding": reader.encoding if reader else None,
    }  # fmt: skip


def check_markup(path: Path) -> Root:
    """Look at the head of an XML file; the rest is for the parser, with `iterparse_options`.

    Raises
    ------
    BadInput
        For a document type (there can be none after the head), XInclude, an unknown encoding, a root with
        thousands of attributes, elements nested more than `DEEPEST` deep, and XML that is not well formed.
    """
    path = Path(path)
    root = sniff_root(path)
    if len(root.attributes) > MOST_ATTRIBUTES:
        raise _too_many_attributes(path.name)
    if XINCLUDE in root.attributes.values():
        raise BadInput(
            N_("{name} asks for other files to be included (XInclude); send one file that holds everything."),
            code="xinclude",
            name=path.name,
        )
    return Root(root.tag, root.attributes, root.encoding, _look_inside(path))


def sniff_root(path: Path) -> Root:
    """The root element of an XML file and its encoding, from the first bytes and without a parser.

    Raises
    ------
    BadInput
        For a document type, an encoding that is not read, and a file whose head holds no start tag.
    """
    path = Path(path)
    with path.open("rb") as source:
        head = source.read(HEAD)
    text, encoding = _decoded(head, path.name)
    at = _after_prolog(text, path.name)
    tag = START_TAG.match(text, at)
    if tag is None:
        raise _no_start_tag(text[at:], len(head) == HEAD, path.name)
    pairs = {name: value[1:-1] for name, value in ATTRIBUTE.findall(tag[2])}
    return Root(tag[1].rpartition(":")[2], pairs, encoding)


def markup_fault(error: etree.XMLSyntaxError, name: str) -> BadInput:
    """The refusal for what a parser said, with line and column."""
    line, column = error.position
    said = re.sub(r",? line \d+, column \d+.*", "", str(error.msg or "")).strip()
    if "Excessive depth" in said:
        return _too_deep(name, line)
    if "ttribute" in said and ("too many" in said.lower() or "limit" in said.lower()):
        return _too_many_attributes(name)
    return BadInput(
        N_(
            "{name} is not well-formed XML: line {line}, column {column}: {found}; export it again "
            "or mend that place."
        ),
        code="broken_markup",
        name=name,
        line=line,
        column=column,
        found=_plain(said) or "unexpected end",
    )


def wrong_encoding(name: str, encoding: str) -> BadInput:
    """The refusal for bytes that do not follow the encoding they claim."""
    return BadInput(
        N_(
            "{name} claims to be {encoding} but is not; expected one encoding throughout, best "
            "UTF-8: save it again."
        ),
        code="wrong_encoding",
        name=name,
        encoding=encoding,
    )


def _plain(said: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in said)[:200]


def _decoded(head: bytes, name: str) -> tuple[str, str]:
    if not head.strip():
        raise BadInput(N_("{name} is empty; expected an activity file."), code="empty_file", name=name)
    wide = next((codec for start, codec in (*MARKS, *UNMARKED) if head.startswith(start)), None)
    text = head.decode(wide or "latin-1", "replace")
    declared = DECLARED.match(text.lstrip("\ufeff"))
    if declared and not KNOWN.fullmatch(declared[1]):
        raise BadInput(
            N_("{name} declares the encoding {found}, which is not read; save it as UTF-8."),
            code="unknown_encoding",
            name=name,
            found=declared[1],
        )
    return text, wide or (declared[1].lower() if declared else "utf-8")


def _after_prolog(text: str, name: str) -> int:
    """Where the root element begins, after the declaration, comments and instructions."""
    at = 3 if text.startswith("ï»¿") else 0
    while True:
        at = SPACE.match(text, at).end()  # type: ignore[union-attr]
        if text.startswith("<?", at):
            end = text.find("?>", at)
        elif text.startswith("<!--", at):
            end = text.find("-->", at + 4)
        elif text.startswith("<!", at):
            raise BadInput(
                N_("{name} declares a document type (DOCTYPE), which activity files do not need; remove it."),
                code="document_type",
                name=name,
            )
        else:
            return at
        if end < 0:
            raise _no_start_tag(text[at:], True, name)
        at = text.index(">", end) + 1


def _no_start_tag(text: str, is_long: bool, name: str) -> BadInput:  # noqa: FBT001
    if text.startswith("<") and is_long:
        return _too_many_attributes(name)
    return BadInput(
        N_("{name} is cut off or no XML: no element begins at its head; export it again."),
        code="broken_markup",
        name=name,
        line=1,
        column=1,
    )


def _look_inside(path: Path) -> tuple[str, ...]:
    """Parse the head alone: names below the root, and how deep it goes."""
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    inner: dict[str, None] = {}
    with path.open("rb") as source:
        head = source.read(HEAD)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        head = _utf32_head(head)
    try:
        parser.feed(head)
        _follow(parser, inner, path.name)
    except etree.XMLSyntaxError as error:
        raise markup_fault(error, path.name) from error
    return tuple(inner)


def _utf32_head(head: bytes) -> bytes:
    text = head[: len(head) // 4 * 4].decode("utf-32", "replace")
    return DECLARED.sub("", text, count=1).lstrip("\ufeff").encode("utf-8", "replace")


def _follow(parser: etree.XMLPullParser, inner: dict[str, None], name: str) -> None:
    depth = 0
    events: Iterator[tuple[str, Any]] = parser.read_events()
    for event, element in events:
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            raise _too_deep(name, element.sourceline or 1)
        if event == "start" and 1 < depth <= 4:
            inner[str(element.tag).rpartition("}")[2]] = None


def _too_deep(name: str, line: int) -> BadInput:
    return BadInput(
        N_(
            "{name} nests its elements too deep in line {line}; an activity file has about ten "
            "levels: export it again."
        ),
        code="too_deep",
        name=name,
        line=line,
    )


def _too_many_attributes(name: str) -> BadInput:
    return BadInput(
        N_("The first element of {name} is too long or has too many attributes; expected an activity file."),
        code="too_many_attributes",
        name=name,
    )
