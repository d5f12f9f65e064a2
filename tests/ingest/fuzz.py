"""Mutated files against the readers: only a refusal may come out.

``python -m tests.ingest.fuzz --seconds 300`` runs as long as asked; the suite runs a small fixed part.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl

from ess.errors import BadInput
from ess.ingest.activity_rows import read_activity_rows
from ess.ingest.delimited import read_delimited
from ess.ingest.geofiles import read_geojson
from ess.ingest.kinds import recognise
from ess.ingest.layers import sheet_of_layer
from ess.ingest.shapefiles import read_shapefile
from ess.ingest.workbook import read_workbook
from tests.ingest.rawfiles import SQUARE, activities, feature, geojson, point, shape_parts, shapefile, write

INTERESTING = (
    b"\0", b"\xff", b'"', b"'", b"<", b">", b"&", b"[", b"]", b"{", b"}", b",", b";", b"\n", b"\r", b"-",
    b"1e999", b"NaN", b"null",
    b"99999999999999999999", b"\xef\xbb\xbf", b"\xff\xfe", b"<!DOCTYPE a>", b"PK\x03\x04",
    b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00", b"\xff\xff\xff\xff", b"=", b"\xc3", b"\xed\xa0\x80",
)  # fmt: skip


def read_csv(path: Path) -> int:
    """Read every row of a delimited file."""
    return sum(1 for _ in read_delimited(path).lines())


def read_xlsx(path: Path) -> int:
    """Read every row of every sheet."""
    return sum(1 for sheet in read_workbook(path) for _ in sheet.lines())


def read_json(path: Path) -> int:
    """Read a layer and its table."""
    return sum(1 for _ in sheet_of_layer(read_geojson(path)).lines())


def read_shapes(path: Path) -> int:
    """Read a zipped shapefile and its table."""
    return sum(1 for _ in sheet_of_layer(read_shapefile(path)).lines())


def read_xml(path: Path) -> int:
    """Read every activity."""
    return sum(1 for _ in read_activity_rows(path))


READERS: dict[str, Callable[[Path], int]] = {
    "csv": read_csv,
    "xlsx": read_xlsx,
    "geojson": read_json,
    "zip": read_shapes,
    "xml": read_xml,
}


def seeds(folder: Path) -> dict[str, list[bytes]]:
    """Sound files of each format, as bytes."""
    book = openpyxl.Workbook()
    sheet = book.active
    if sheet is None:
        raise ValueError
    for row in (["iso3", "title", "v"], ["KEN", "Roads", 1.5], ["NA", "Water", 2], ["Total", None, 3.5]):
        sheet.append(row)
    book.save(folder / "seed.xlsx")
    lines = 'iso3;title;v\nKEN;"Roads; ""A""\nB";1,5\nCIV;Côte d’Ivoire;2\n\nTotal;;3,5\n'
    layer = geojson(folder, point(1, 2, n="é"), feature(SQUARE, v=1), feature(None), name="seed.geojson")
    return {
        "csv": [lines.encode(), lines.encode("cp1252"), lines.encode("utf-16")],
        "xlsx": [(folder / "seed.xlsx").read_bytes()],
        "geojson": [layer.read_bytes()],
        "zip": [shapefile(folder, shape_parts(4)).read_bytes()],
        "xml": [activities(3, text="Côte").encode(), activities(2).encode("utf-16")],
    }


def mutated(content: bytes, chance: random.Random) -> bytes:
    """The bytes with one to four changes: flipped, cut, doubled, inserted, moved."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at, size = chance.randrange(len(changed) + 1), chance.choice([1, 1, 2, 4, 16, 100])
        match chance.randrange(6):
            case 0 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case 1:
                del changed[at : at + size]
            case 2:
                changed[at:at] = changed[at : at + size] * chance.choice([1, 2, 50])
            case 3:
                changed[at:at] = chance.choice(INTERESTING)
            case 4:
                changed[at : at + size] = chance.choice(INTERESTING)
            case _:
                del changed[at + size * 10 :]
        changed = changed or bytearray(b" ")
    return bytes(changed)


def stored(content: bytes) -> bytes:
    """An archive whose members are stored plain, so that mutations reach what is inside."""
    import io
    import zipfile

    plain = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(plain, "w") as target:
        for info in source.infolist():
            target.writestr(info.filename, source.read(info))
    return plain.getvalue()


def attempt(kind: str, content: bytes, folder: Path) -> str:
    """What became of one file: ``read``, ``refused``, or the escaped exception."""
    path = write(folder, f"fuzzed.{kind}", content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            recognise(path)
            READERS[kind](path)
    except BadInput:
        return "refused"
    except Exception as error:  # noqa: BLE001 - what escapes is the finding
        return f"{type(error).__name__}: {error}"
    return "read"


def attempts(kind: str, seed: int, folder: Path) -> Iterator[tuple[bytes, str]]:
    """Mutated files of one kind without end, with what became of each; the seed decides them all."""
    chance = random.Random(seed)  # noqa: S311 - the same files each time
    sources = seeds(folder)[kind]
    if kind in {"xlsx", "zip"}:
        sources = [*sources, *map(stored, sources), *map(inner_mutation(chance), sources)]
    while True:
        source = chance.choice(sources)
        if kind in {"xlsx", "zip"} and chance.random() < 0.6:
            content = inner_mutation(chance)(source)
        else:
            content = mutated(source, chance)
        yield content, attempt(kind, content, folder)


def inner_mutation(chance: random.Random) -> Callable[[bytes], bytes]:
    """A function that mutates one member of an archive and packs it again, checksums and all."""
    import io
    import zipfile

    def mutate(content: bytes) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w") as target:
            names = source.namelist()
            chosen = chance.choice(names)
            for name in names:
                member = source.read(name)
                target.writestr(name, mutated(member, chance) if name == chosen else member)
        return packed.getvalue()

    return mutate


def main() -> int:
    """Fuzz all readers for some seconds; 1 when anything but a refusal came out."""
    parser = argparse.ArgumentParser(description="Mutated files against the readers.")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    escaped: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        runs = {kind: attempts(kind, options.seed, folder) for kind in READERS}
        deadline = time.monotonic() + options.seconds
        while time.monotonic() < deadline:
            for kind, run in runs.items():
                _, outcome = next(run)
                counts[outcome if outcome in {"read", "refused"} else "escaped"] += 1
                if outcome not in {"read", "refused"}:
                    escaped[f"{kind}: {outcome[:160]}"] += 1
    print(dict(counts))  # noqa: T201
    for outcome, count in escaped.most_common(20):
        print(count, outcome)  # noqa: T201
    return bool(escaped)


if __name__ == "__main__":
    raise SystemExit(main())
