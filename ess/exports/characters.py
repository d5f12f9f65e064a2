"""Characters that a file format cannot hold, shown as what they are: not shown, and not silently gone."""

from __future__ import annotations

import re

REPLACEMENT = "\ufffd"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write: control characters, halves of pairs, and two signs that are none."""


def printable(text: str) -> str:
    """The text with `REPLACEMENT` for every character that XML, and so a workbook, cannot hold."""
    return _NOT_XML.sub(REPLACEMENT, text)
