"""Formats of answers: their media types, which of them a request means, and how each is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ess.api.v1.refusals import NOT_ACCEPTABLE, Refusal
from ess.exports.tables import build_csv
from ess.locales import N_
from ess.store.engine import Row

#: Media types by format, in the order in which they stand for ``*/*``.
MEDIA_TYPES: Mapping[str, str] = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "geojson": "application/geo+json",
}

_WEIGHT = re.compile(r"(0(\.[0-9]{0,3})?|1(\.0{0,3})?)", re.ASCII)


def accepted_format(accept: str, formats: Sequence[str]) -> str:
    """The format of `formats` that an Accept header likes best; the first where it says nothing.

    Raises
    ------
    Refusal
        When it likes none of them.
    """
    wanted = [(_quality(accept, _media_types(name, formats)), name) for name in formats]
    best = max(quality for quality, _ in wanted)
    if best <= 0:
        raise Refusal(
            NOT_ACCEPTABLE,
            "not_acceptable",
            N_("The Accept header asks for {found}; expected one of: {expected}, or format in the address."),
            expected=[MEDIA_TYPES[name] for name in formats],
            found=accept,
        )
    return next(name for quality, name in wanted if quality == best)


def _media_types(name: str, formats: Sequence[str]) -> tuple[str, ...]:
    """What asks for a format; who asks for JSON may have GeoJSON where there is nothing simpler."""
    own = MEDIA_TYPES[name].partition(";")[0]
    return (own, MEDIA_TYPES["json"]) if name == "geojson" and "json" not in formats else (own,)


def _quality(accept: str, media_types: Sequence[str]) -> float:
    """How much an Accept header likes any of some media types: by the most specific range that fits."""
    liked = _weights(accept or "*/*")
    kind = media_types[0].partition("/")[0]
    return next((liked[name] for name in (*media_types, f"{kind}/*", "*/*") if name in liked), 0.0)


def _weights(header: str) -> dict[str, float]:
    """What a header lists, each with its weight from 0 to 1; one that is no number weighs nothing."""
    found = {}
    for part in header.split(","):
        name, *arguments = (piece.strip().lower() for piece in part.split(";"))
        found[name] = _weight(arguments)
    return found


def _weight(arguments: Sequence[str]) -> float:
    weights = [text.removeprefix("q=") for text in arguments if text.startswith("q=")]
    if not weights:
        return 1.0
    return float(weights[0]) if _WEIGHT.fullmatch(weights[0]) else 0.0


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header lets the answer be compressed by gzip."""
    liked = _weights(accept_encoding)
    return liked.get("gzip", liked.get("*", 0.0)) > 0


def write_json(answer: Mapping[str, Any]) -> bytes:
    """JSON in UTF-8. A number that is none, such as NaN, is a fault and raises ValueError."""
    return json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def write_csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """CSV with a header, also where there is no row; texts that a spreadsheet would run are neutralised."""
    if rows:
        return build_csv([{name: row[name] for name in columns} for row in rows])
    return ("\ufeff" + ",".join(columns) + "\r\n").encode()
