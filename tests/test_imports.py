"""Imports run one way, and each library has its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.code import SHIPPED, calls, code_files, dotted, imported_modules, module_name, read_tree

LEVELS = (
    ("geodata",),
    ("ess.errors", "ess.escape", "ess.locales", "ess.settings"),
    ("ess.portfolio",),
    ("ess.store", "ess.ingest"),
    ("ess.analysis",),
    ("ess.exports", "ess.maps", "ess.api"),
    ("ess.ui",),
    ("pages",),
    ("app", "ess.__main__", "ess.commands"),
)
"""Lowest first; a package imports from below, and from its own level in one direction at most."""

RANK = {layer: rank for rank, level in enumerate(LEVELS) for layer in level}
LEAVES = set(LEVELS[1])

PLACES = {
    "streamlit": ("app", "pages", "ess.ui"),
    "streamlit_folium": ("ess.ui",),
    "folium": ("ess.maps",),
    "branca": ("ess.maps",),
}
"""Libraries that only some layers may import."""

OUTSIDE_WORLD = {
    "asyncio", "ftplib", "glob", "http", "httpx", "importlib", "io", "locale", "logging", "os", "pathlib",
    "platform", "random", "requests", "secrets", "shutil", "socket", "sqlite3", "subprocess", "sys",
    "tempfile", "threading", "time", "urllib", "urllib3", "uuid", "zoneinfo",
}  # fmt: skip
"""Modules that reach disk, clock, network, chance or environment."""

OUTSIDE_CALLS = {
    "getenv", "input", "now", "open", "print", "to_csv", "to_excel", "to_file", "to_json", "to_parquet",
    "today", "touch", "unlink", "urlopen", "utcnow", "write_bytes", "write_text",
}  # fmt: skip


def layer_of(module: str) -> str | None:
    """The layer a dotted name belongs to; None for other people's modules."""
    parts = module.split(".")
    if parts[0] != "ess":
        return parts[0] if parts[0] in RANK else None
    return ".".join(parts[:2]) if len(parts) > 1 else None


def imports(root: Path) -> Iterator[tuple[str, str, str]]:
    """Importing module, imported dotted name, and where it stands."""
    for path in code_files(root):
        module = module_name(root, path)
        for name, line in imported_modules(read_tree(path), module, is_package=path.stem == "__init__"):
            yield module, name, f"{path.relative_to(root)}:{line}"


def import_faults(root: Path) -> list[str]:
    """Every import against the one direction, and every library out of its place."""
    found = list(imports(root))
    wrong_way = [
        f"{where}: {module} imports {name}" for module, name, where in found if runs_upwards(module, name)
    ]
    misplaced = [
        f"{where}: {name} has no place in {module}" for module, name, where in found if strays(module, name)
    ]
    return wrong_way + misplaced + sorted(two_way_faults(found))


def runs_upwards(module: str, name: str) -> bool:
    """Whether an import points to a higher layer, to none at all, or from a leaf to more than a leaf."""
    source, target = layer_of(module), layer_of(name)
    if name.partition(".")[0] in {"tests", "benchmarks"}:
        return True
    if target is None or source == target:
        return False
    if source is None or source not in RANK or target not in RANK:
        return True
    return RANK[target] > RANK[source] or (source in LEAVES and target not in LEAVES)


def strays(module: str, name: str) -> bool:
    """Whether a library is imported outside the layers it belongs to."""
    library = name.partition(".")[0]
    if layer_of(module) == "ess.analysis" and library in OUTSIDE_WORLD:
        return True
    return library in PLACES and layer_of(module) not in PLACES[library]


def two_way_faults(found: list[tuple[str, str, str]]) -> set[str]:
    """Pairs of packages of one level that import each other."""
    edges = {(layer_of(module), layer_of(name)) for module, name, _ in found}
    return {
        f"{source} and {target} import each other"
        for source, target in edges
        if source and target and source < target and (target, source) in edges
    }


def outside_calls(root: Path) -> list[str]:
    """Calls in the analysis layer that reach disk, clock, network or environment."""
    return [
        f"{path.relative_to(root)}:{call.lineno}: {dotted(call.func)}"
        for path in code_files(root, ("ess/analysis",))
        for call in calls(read_tree(path))
        if reaches_outside(call)
    ]


def reaches_outside(call: ast.Call) -> bool:
    """Whether a call is one of `OUTSIDE_CALLS`, or reads something."""
    name = dotted(call.func).rpartition(".")[2]
    return name in OUTSIDE_CALLS or (name.startswith("read_") and isinstance(call.func, ast.Attribute))


def test_imports_run_one_way(root: Path) -> None:
    assert import_faults(root) == []


def test_every_file_was_read(root: Path) -> None:
    assert {"ess", "geodata"} <= {module_name(root, path).split(".")[0] for path in code_files(root, SHIPPED)}


def test_analysis_touches_nothing_outside(root: Path) -> None:
    assert outside_calls(root) == []


def plant(root: Path, name: str, code: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ess/analysis/wrong.py", "from ess.ui import keys"),
        ("ess/analysis/wrong.py", "from ess import maps"),
        ("ess/analysis/wrong.py", "from ..exports.tables import read_table"),
        ("ess/portfolio/wrong.py", "def late():\n    import ess.store.engine"),
        ("ess/analysis/__init__.py", "from ..ui import keys"),
        ("geodata/wrong.py", "from ess.errors import AtlasError"),
        ("ess/escape.py", "import geodata"),
        ("ess/settings.py", "from ess.portfolio import schema"),
        ("ess/ui/wrong.py", "import pages.home"),
        ("ess/newcomer/wrong.py", "import ess.errors"),
        ("ess/ui/wrong.py", "from tests import factories"),
        ("ess/maps/wrong.py", "import streamlit as st"),
        ("ess/api/wrong.py", "from streamlit_folium import st_folium"),
        ("pages/wrong.py", "from folium import Map"),
        ("ess/analysis/wrong.py", "from pathlib import Path"),
        ("ess/analysis/wrong.py", "import os.path"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, name: str, code: str) -> None:
    plant(tmp_path, name, code)
    assert len(import_faults(tmp_path)) == 1


def test_planted_imports_in_both_directions_are_found(tmp_path: Path) -> None:
    plant(tmp_path, "ess/maps/one.py", "import ess.exports.two")
    plant(tmp_path, "ess/exports/two.py", "import ess.maps.one")
    assert import_faults(tmp_path) == ["ess.exports and ess.maps import each other"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("pages/right.py", "import streamlit as st\nfrom ess.ui import keys"),
        (
            "ess/ui/right.py",
            "from streamlit_folium import st_folium\nimport ess.maps, ess.analysis.join, geodata",
        ),
        ("ess/analysis/right.py", "from . import selection\nfrom ess.locales import N_\nimport geopandas"),
        ("ess/settings.py", "from ess.errors import SettingsError"),
        ("app.py", "import streamlit as st\nfrom ess import api"),
    ],
)
def test_a_right_import_is_left_alone(tmp_path: Path, name: str, code: str) -> None:
    plant(tmp_path, name, code)
    assert import_faults(tmp_path) == []


@pytest.mark.parametrize(
    "code", ["open('x')", "pd.read_csv('x')", "datetime.now()", "date.today()", "Path('x').write_text('')"]
)
def test_a_planted_call_is_found(tmp_path: Path, code: str) -> None:
    plant(tmp_path, "ess/analysis/wrong.py", code)
    assert len(outside_calls(tmp_path)) == 1
