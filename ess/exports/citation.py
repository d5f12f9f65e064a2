"""How a view is cited: APA in the reader's language, BibTeX and RIS for reference managers.

Who wrote, what, which edition, where it is found. The edition is the snapshot: its identifier comes from its
content, so that the pinned address leads to the same numbers later. The day on which somebody looked is the
reader's to add; nothing here asks a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from ess.escape import plain
from ess.exports.wording import snapshot_day
from ess.locales import Translator
from ess.store.snapshots import Snapshot


@dataclass(frozen=True)
class Citation:
    """What a citation says.

    Attributes
    ----------
    title
        The atlas and the view.
    institution
        Who publishes the atlas; empty where a deployment names nobody: the title then comes first.
    day
        ISO day of the snapshot; empty when unknown.
    as_of
        ISO day of the latest dated source; empty when no source is dated.
    address
        The address that opens this view of this snapshot; empty for a portfolio of one session.
    """

    title: str
    institution: str
    snapshot: str
    day: str
    as_of: str
    address: str


def build_citation(title: str, institution: str, snapshot: Snapshot, address: str) -> Citation:
    """The citation of a view of the atlas; texts lose what could hide or turn them."""
    return Citation(
        plain(title),
        plain(institution),
        snapshot.id,
        snapshot_day(snapshot),
        snapshot.as_of,
        address,
    )


def format_apa(citation: Citation, translator: Translator) -> str:
    """The citation as text, by the order of APA's seventh edition for data sets."""
    day = translator.date(citation.day) if citation.day else translator("n.d.")
    version = translator("Snapshot {id}", id=citation.snapshot)
    titled = f"{citation.title} ({version}) [{translator('Data set')}]."
    begun = f"{citation.institution}. ({day}). {titled}" if citation.institution else f"{titled} ({day})."
    return f"{begun} {citation.address}".strip()


_BIBTEX_SIGNS = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
    }
)


def format_bibtex(citation: Citation, translator: Translator) -> str:
    """The citation as one BibTeX entry; texts keep their letters, and run nothing in TeX."""
    fields = {
        "author": f"{{{_bibtex(citation.institution)}}}" if citation.institution else "",
        "title": f"{{{_bibtex(citation.title)}}}",
        "year": citation.day[:4],
        "date": citation.day,
        "version": citation.snapshot,
        "type": _bibtex(translator("Data set")),
        "url": citation.address,
        "note": _bibtex(_as_of(citation, translator)),
        "langid": {"fr": "french", "en": "english", "ar": "arabic"}[translator.lang],
    }
    lines = "".join(f"  {name} = {{{text}}},\n" for name, text in fields.items() if text)
    return f"@misc{{atlas-{citation.snapshot[:12]},\n{lines}}}\n"


def format_ris(citation: Citation, translator: Translator) -> str:
    """The citation as one RIS record of type DATA; lines end as the format asks."""
    fields = (
        ("TY", "DATA"),
        ("AU", citation.institution),
        ("PB", citation.institution),
        ("TI", citation.title),
        ("PY", citation.day[:4]),
        ("DA", citation.day.replace("-", "/")),
        ("ET", citation.snapshot),
        ("UR", citation.address),
        ("N1", _as_of(citation, translator)),
        ("LA", translator.lang),
        ("ER", ""),
    )
    return "".join(f"{tag}  - {text}\r\n" for tag, text in fields if text or tag == "ER")


def _bibtex(text: str) -> str:
    return text.translate(_BIBTEX_SIGNS)


def _as_of(citation: Citation, translator: Translator) -> str:
    if not citation.as_of:
        return ""
    return translator("Data as of {as_of}", as_of=translator.date(citation.as_of))
