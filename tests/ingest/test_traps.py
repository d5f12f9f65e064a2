"""The whole corpus of bad files: each refused or read as promised, nothing disclosed, no host asked."""

from __future__ import annotations

import fnmatch
import importlib.util
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ess.errors import BadInput
from ess.ingest.guard import frame_of
from ess.ingest.loading import write_frame
from ess.ingest.scratch import scratch_folder

FOLDERS = ("gdal", "xml", "csv", "xlsx", "geo")


@pytest.fixture(scope="module")
def port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def corpus(shared: Path, port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bad files, made anew."""
    folder = tmp_path_factory.mktemp("corpus")
    maker = shared / "badfiles" / "make_corpus.py"
    subprocess.run(
        [sys.executable, str(maker), str(folder), "--port", str(port)], check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def harness(shared: Path) -> ModuleType:
    """What is promised for each file."""
    spec = importlib.util.spec_from_file_location("check_reader", shared / "badfiles" / "check_reader.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def files(corpus: Path) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        yield from ((f"{folder}/{path.name}", path) for path in sorted((corpus / folder).iterdir()))


def outcome(path: Path) -> tuple[Any, str]:
    """The frame of a file or None, and all its text or the refusal; read in this process."""
    with scratch_folder() as scratch:
        try:
            answer = write_frame({"path": str(path)}, scratch, lambda _: None)
            frame = frame_of(answer, scratch)
        except BadInput as fault:
            return None, str(fault)
    return frame, frame.to_csv() + str(frame.attrs)


def broken_promise(name: str, path: Path, harness: ModuleType) -> str:
    """What a file does that it should not; empty when all is well."""
    expected, check = next((e, c) for pattern, e, c in harness.MANIFEST if fnmatch.fnmatch(name, pattern))
    frame, text = outcome(path)
    if "CANARY" in text:
        return "discloses the canary"
    if expected == "read" and frame is None:
        return f"refuses a good file: {text}"
    if expected == "refuse" and frame is not None:
        return f"accepts {len(frame)} rows"
    if frame is not None and check and not eval(check, {"d": frame}):  # noqa: S307 - the promises are expressions
        return f"not ({check})"
    return ""


def test_every_file_of_the_corpus_is_as_promised(corpus: Path, harness: ModuleType) -> None:
    results = {name: broken_promise(name, path, harness) for name, path in files(corpus)}
    assert len(results) == 96
    assert {name: result for name, result in results.items() if result} == {}


@pytest.mark.parametrize("pattern", ["gdal/*", "xlsx/*ormula*"])
def test_the_door_itself_keeps_its_promises(
    shared: Path, root: Path, corpus: Path, port: int, pattern: str
) -> None:
    check = [
        sys.executable,
        str(shared / "badfiles" / "check_reader.py"),
        "--reader",
        "ess.ingest.guard:load",
    ]
    options = ["--path-add", str(root), "--root", str(corpus), "--port", str(port), "--only", pattern]
    done = subprocess.run([*check, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_reader_that_opens_anything_is_caught(corpus: Path, harness: ModuleType) -> None:
    trap = corpus / "canary" / "secret_internal.csv"
    assert broken_promise("gdal/vrt_planted.geojson", trap, harness) == "discloses the canary"
    assert broken_promise("csv/ragged.csv", corpus / "csv" / "utf8.csv", harness) == "accepts 3 rows"
