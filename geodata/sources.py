"""Sidecars: where each data file comes from and how it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from geodata.errors import LayerError

DATA: Final = Path(__file__).parent / "data"
TABLES: Final = Path(__file__).parent / "tables"
SIDECAR_SUFFIX: Final = ".source.json"


@dataclass(frozen=True)
class Sidecar:
    """What is known of a data file, or of a shapefile with its companions.

    Attributes
    ----------
    sha256
        Digest by file name.
    rows
        Records in the file.
    published, retrieved
        ISO days; an empty `published` means that the producer gives no date.
    """

    file: str
    producer: str
    title: str
    version: str
    url: str
    licence: str
    citation: str
    published: str
    retrieved: str
    sha256: dict[str, str]
    rows: int
    made_by: str
    how: str


def read_sidecars(*folders: Path) -> list[Sidecar]:
    """Read the sidecars of the given folders (of this package when none is given), sorted by file.

    Raises
    ------
    LayerError
        When a sidecar cannot be read or has not exactly the expected members.
    """
    return sorted(_sidecars(folders or (DATA, TABLES)), key=lambda sidecar: sidecar.file)


def _sidecars(folders: tuple[Path, ...]) -> Iterator[Sidecar]:
    for folder in folders:
        for path in sorted(folder.glob(f"*{SIDECAR_SUFFIX}")):
            try:
                yield Sidecar(**json.loads(path.read_text(encoding="utf-8")))
            except (OSError, ValueError, TypeError) as cause:
                message = f"{path.name} cannot be read; expected a JSON object with the members of a sidecar."
                raise LayerError(message) from cause


def sidecar_problems(*folders: Path) -> list[str]:
    """Data files without a sidecar, sidecars without their file, and digests that do not match."""
    chosen = folders or (DATA, TABLES)
    recorded = {name: digest for sidecar in read_sidecars(*chosen) for name, digest in sidecar.sha256.items()}
    present = {path.name: path for folder in chosen for path in sorted(folder.iterdir()) if _is_data(path)}
    problems = [f"{name} has no sidecar" for name in present if name not in recorded]
    problems += [f"{name} is named by a sidecar and absent" for name in recorded if name not in present]
    problems += [
        f"{name} is not the file that its sidecar describes"
        for name, path in present.items()
        if name in recorded and recorded[name] != sha256_of(path)
    ]
    return problems


def _is_data(path: Path) -> bool:
    return path.is_file() and not path.name.endswith(SIDECAR_SUFFIX)


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_sidecar(sidecar: Sidecar, folder: Path) -> Path:
    """Write a sidecar beside its file; the same sidecar gives the same bytes."""
    path = folder / f"{sidecar.file}{SIDECAR_SUFFIX}"
    text = json.dumps(asdict(sidecar), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
    return path
