"""A dossier as a Frictionless data package: CSV files, their schema, a page to read first, the citation."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from ess.exports.citation import format_apa, format_bibtex, format_ris
from ess.exports.dossier import Dossier
from ess.exports.sheets import MEASURE, Field, Sheet
from ess.exports.tables import build_plain_csv
from ess.portfolio.schema import TABLES

DESCRIPTOR = "datapackage.json"
README = "README.md"
_BREAKS = re.compile(r"[ \t\r\n\f\v\u2028\u2029\x85]+")
_STAMP = (2000, 1, 1, 0, 0, 0)  # fixed, so that the same view gives the same bytes


def build_package(dossier: Dossier) -> bytes:
    """The package as a ZIP file.

    ``datapackage.json`` describes every CSV file, column by column; ``README.md`` says what the package is,
    its caveats, its citation and its dictionary; ``citation.bib`` and ``citation.ris`` are for reference
    managers. The same dossier gives the same bytes.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in _files(dossier):
            archive.writestr(_entry(name), body)
    return content.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _files(dossier: Dossier) -> Iterator[tuple[str, bytes]]:
    sheets = packed_sheets(dossier)
    descriptor = json.dumps(build_descriptor(dossier, sheets), ensure_ascii=False, indent=1)
    yield DESCRIPTOR, descriptor.encode()
    yield README, build_readme(dossier).encode()
    for sheet in sheets:
        yield f"{sheet.name}.csv", build_plain_csv([field.name for field in sheet.fields], sheet.rows)
    yield "citation.bib", format_bibtex(dossier.citation, dossier.translator).encode()
    yield "citation.ris", format_ris(dossier.citation, dossier.translator).encode()


def packed_sheets(dossier: Dossier) -> list[Sheet]:
    """The tables of the package: those of the view, its filter, units and dictionary."""
    return [*dossier.sheets, *dossier.explaining]


def build_descriptor(dossier: Dossier, sheets: list[Sheet]) -> dict[str, Any]:
    """The descriptor: Data Package and Table Schema, with keys, and references within the package."""
    citation = dossier.citation
    return {
        "profile": "tabular-data-package",
        "name": "south-south-cooperation-view",
        "title": citation.title,
        "description": " ".join(dossier.caveats),
        "version": citation.snapshot,
        **({"homepage": citation.address} if citation.address.startswith(("http://", "https://")) else {}),
        "sources": list(_sources(dossier)),
        "resources": [_resource(sheet) for sheet in sheets],
    }


def _sources(dossier: Dossier) -> Iterator[dict[str, str]]:
    (sheet,) = (sheet for sheet in dossier.sheets if sheet.name == "sources")
    for row in sheet.rows:
        yield {"title": dossier.translator.field(row, "title") or row["id"]}


def _resource(sheet: Sheet) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [_field(sheet, field) for field in sheet.fields],
        "missingValues": [""],
    }
    if sheet.key:
        schema["primaryKey"] = list(sheet.key)
    references = _references(sheet)
    if references:
        schema["foreignKeys"] = references
    return {
        "profile": "tabular-data-resource",
        "name": sheet.name,
        "path": f"{sheet.name}.csv",
        "title": sheet.title,
        "description": sheet.meaning,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "doubleQuote": True, "quoteChar": '"', "header": True},
        "schema": schema,
    }


def _field(sheet: Sheet, field: Field) -> dict[str, Any]:
    described = f"{field.meaning} ({field.unit})" if field.unit else field.meaning
    found: dict[str, Any] = {"name": field.name, "type": field.type, "description": described}
    if field.type == "boolean":
        found |= {"trueValues": ["true"], "falseValues": ["false"]}
    if field.name in sheet.key:
        found["constraints"] = {"required": True}
    return found


def _references(sheet: Sheet) -> list[dict[str, Any]]:
    """References to other tables of the package.

    A reference of a table to itself is left out: a selection may hold a part without what it is part of.
    """
    table = TABLES.get(sheet.name)
    columns = [] if table is None or sheet.name == MEASURE else table.columns
    return [
        {"fields": column.name, "reference": {"resource": column.references, "fields": "id"}}
        for column in columns
        if column.type == "reference" and column.references != sheet.name
    ]


def build_readme(dossier: Dossier) -> str:
    """What the package is, in the reader's language; texts of the portfolio stay on one line each."""
    t = dossier.translator
    about = [f"* {name}{t(': ')}{_line(text)}" for name, text in dossier.about if text]
    caveats = [f"* {_line(text)}" for text in dossier.caveats]
    files = [f"* `{sheet.name}.csv`{t(': ')}{_line(sheet.meaning)}" for sheet in packed_sheets(dossier)]
    parts = (
        f"# {_line(dossier.citation.title)}",
        *about,
        f"\n## {t('Caveats')}\n",
        *caveats,
        f"\n## {t('Files')}\n",
        *files,
        "",
        t("Texts that a spreadsheet would run as a formula start with an apostrophe."),
        f"\n## {t('How to cite')}\n",
        _line(format_apa(dossier.citation, t)),
        f"\n## {t('Dictionary')}\n",
        *_dictionary_lines(dossier),
    )
    return "\n".join(parts) + "\n"


def _dictionary_lines(dossier: Dossier) -> Iterator[str]:
    for sheet in dossier.sheets:
        yield f"\n### `{sheet.name}`\n"
        yield from (f"* `{field.name}` ({field.type}): {_line(field.meaning)}" for field in sheet.fields)


def _line(text: str) -> str:
    return _BREAKS.sub(" ", text).strip()
