"""Bring the catalogues up to date with the code: ``python -m ess.locales``.

New messages are added empty, messages that the code no longer has are removed, the rest stays. The files are
sorted and hold neither dates nor line numbers, so that the same code gives the same bytes.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from ess.locales import LANGUAGES, catalogue_path, is_complete

ROOT = Path(__file__).resolve().parents[2]
PLACES = ("app.py", "pages", "ess")
ERRORS = (
    "AtlasError",
    "PortfolioError",
    "SelectionError",
    "StoreError",
    "SettingsError",
    "ExportError",
    "BadInput",
)
"""Errors whose first argument is a sentence for the reader."""

KEYWORDS: dict[str, int] = {
    "t": 1, "translator": 1, "words": 1, "term": 1, "n": 2, "N_": 1, **dict.fromkeys(ERRORS, 1)
}  # fmt: skip
"""How many of the first arguments are messages, by the name that is called."""
PLURALS = {
    "fr": "nplurals=2; plural=(n > 1);",
    "en": "nplurals=2; plural=(n != 1);",
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
    ),
}
"""Plural forms in gettext's usual order; for Arabic: none, one, two, 3 to 10, 11 to 99, other hundreds."""

SOURCE_LANGUAGE = "en"

Extracted = str | tuple[str, ...]


def extract_messages(root: Path) -> dict[str, Extracted]:
    """The messages of the code below `root`, by singular: a text, or singular and plural."""
    messages: dict[str, Extracted] = {}
    for path in _code_files(root):
        for message in _messages_in(ast.parse(path.read_bytes(), str(path))):
            _add_message(messages, message)
    return dict(sorted(messages.items()))


def _messages_in(code: ast.AST) -> Iterator[Extracted]:
    """The messages said in `code`, also those inside an f-string, which a tokenizer sees as one string."""
    for call in (node for node in ast.walk(code) if isinstance(node, ast.Call)):
        wanted = KEYWORDS.get(_called(call.func), 0)
        said = tuple(_constant_text(argument) for argument in call.args[:wanted])
        if wanted and len(said) == wanted and all(said):
            yield said[0] if wanted == 1 else said


def _constant_text(argument: ast.expr) -> str:
    """The text of a literal; empty for anything else."""
    value = argument.value if isinstance(argument, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Name):
        return function.id
    return function.attr if isinstance(function, ast.Attribute) else ""


def _add_message(messages: dict[str, Extracted], message: Extracted) -> None:
    singular = message if isinstance(message, str) else message[0]
    if singular and not isinstance(messages.get(singular), tuple):
        messages[singular] = message


def _code_files(root: Path) -> Iterator[Path]:
    for place in PLACES:
        start = root / place
        yield from [start] if start.is_file() else sorted(start.rglob("*.py"))


def build_catalogue(language: str, messages: dict[str, Extracted], known: Catalog) -> Catalog:
    """A catalogue with exactly `messages`, translated as far as `known` knows them.

    The English text of a message is the message itself.
    """
    catalogue = Catalog(locale=language, project="atlas", charset="utf-8")
    catalogue.mime_headers = [("Plural-Forms", PLURALS[language])]
    for singular, message in messages.items():
        old = known.get(singular)
        catalogue.add(message, _translation(language, message, old, catalogue.num_plurals))
    return catalogue


def _translation(language: str, message: Extracted, old: Message | None, forms: int) -> str | tuple[str, ...]:
    if language == SOURCE_LANGUAGE:
        return message
    if isinstance(message, str):
        return old.string if old and isinstance(old.string, str) else ""
    if old and isinstance(old.string, tuple) and len(old.string) == forms:
        return old.string
    return ("",) * forms


def read_catalogue(path: Path, language: str) -> Catalog:
    """The catalogue at `path`; empty when there is no such file."""
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as source:
        return read_po(source, locale=language)


def format_catalogue(catalogue: Catalog) -> bytes:
    """The catalogue as the bytes of a ``.po`` file: sorted, without dates or places."""
    entries = io.BytesIO()
    write_po(entries, catalogue, width=0, sort_output=True, omit_header=True, ignore_obsolete=True)
    return _header(catalogue).encode() + entries.getvalue().rstrip(b"\n") + b"\n"


def _header(catalogue: Catalog) -> str:
    return (
        'msgid ""\nmsgstr ""\n'
        f'"Language: {catalogue.locale_identifier}\\n"\n'
        '"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Content-Transfer-Encoding: 8bit\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )


def untranslated(catalogue: Catalog) -> list[str]:
    """The message ids without a translation, or with a plural form missing."""
    return [_singular(message) for message in catalogue if message.id and not is_complete(message)]


def _singular(message: Message) -> str:
    return str(message.id[0] if isinstance(message.id, tuple) else message.id)


def update_catalogues(root: Path = ROOT) -> dict[str, list[str]]:
    """Write the three catalogues anew; what is untranslated, by language."""
    messages = extract_messages(root)
    missing = {}
    for language in LANGUAGES:
        path = root / "ess" / "locales" / catalogue_path(language).relative_to(Path(__file__).parent)
        catalogue = build_catalogue(language, messages, read_catalogue(path, language))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(format_catalogue(catalogue))
        missing[language] = untranslated(catalogue)
    return missing


def main() -> int:
    """Update, and list what is left to translate; 1 when there is any."""
    missing = update_catalogues()
    for language, messages in missing.items():
        print(f"{language}: {len(messages)} untranslated")
        for message in messages:
            print(f"  {message!r}")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
