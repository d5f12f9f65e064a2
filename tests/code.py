"""Reading the project's own code, for the tests that hold its rules."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

SHIPPED = ("app.py", "pages", "geodata", "ess")
EVERYTHING = (*SHIPPED, "tests", "benchmarks", "deploy")


def code_files(root: Path, places: tuple[str, ...] = SHIPPED) -> Iterator[Path]:
    """The Python files of `places` below `root`, in order."""
    for place in places:
        start = root / place
        yield from [start] if start.is_file() else sorted(start.rglob("*.py"))


def read_tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(root: Path, path: Path) -> str:
    """The dotted name under which a file is imported."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_modules(tree: ast.AST, module: str, *, is_package: bool) -> Iterator[tuple[str, int]]:
    """Each imported dotted name and its line; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((name.name, node.lineno) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = _source(node, module, is_package=is_package)
            yield from ((f"{source}.{name.name}", node.lineno) for name in node.names)


def _source(node: ast.ImportFrom, module: str, *, is_package: bool) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".") if is_package else module.split(".")[:-1]
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def dotted(node: ast.expr) -> str:
    """The dotted text of a name (``st.html``); the last part alone when it hangs on something else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call of a tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def project_files(root: Path) -> list[Path]:
    """The files that belong to the project: what git keeps or would keep, else all but the usual leavings."""
    if (root / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
            cwd=root,
            capture_output=True,
            check=True,
        )
        names = listed.stdout.decode().split("\0")
        return sorted(root / name for name in names if name and (root / name).is_file())
    leavings = {".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}
    found = (path for path in root.rglob("*") if not leavings & set(path.relative_to(root).parts))
    return sorted(path for path in found if path.is_file())
