"""The one door for files: any file in, raw rows out or one refusal in a sentence."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ess.errors import BadInput
from ess.ingest.archives import open_archive
from ess.ingest.child import run_job
from ess.ingest.kinds import FileKind, recognise
from ess.ingest.limits import Limits, limits_for
from ess.ingest.loading import BATCH, DAY, ROWS
from ess.ingest.progress import Report
from ess.ingest.scratch import scratch_folder
from ess.locales import N_

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["FileKind", "load", "recognise", "recognise_file"]


def load(
    path: str | Path,
    *,
    local: bool = False,
    limits: Limits | None = None,
    on_progress: Report | None = None,
) -> pd.DataFrame | gpd.GeoDataFrame:
    """Read the raw rows of a file with the file's own column names.

    The kind is recognised here by content and name; everything else happens in a child process with limits on
    time, memory and disk. Nothing is written beside the file.

    Parameters
    ----------
    local
        Whether the file is one of this machine, named on the command line: GeoPackage and a gzip archive are
        accepted then, never from the web.
    limits
        Other bounds than `limits_for` the file's size.

    Returns
    -------
    Of a table, one row a record, columns of type object: text as written (``NA`` and ``004`` too), a
    workbook's numbers, truth values and days as such, None for its blank cells; of a workbook the fullest
    visible sheet. Of an IATI file, one row an activity with a few plain columns. Of GeoJSON and shapefiles a
    GeoDataFrame, flat, valid, in EPSG:4326, its index the number of the feature.
    ``attrs`` tell ``kind``, ``encoding``, ``sheet``, ``heading_row``, ``apart`` (titles, totals and remarks
    outside the table) and ``problems``, one dictionary each.

    Raises
    ------
    BadInput
        For everything that cannot be read or took too much: one sentence.
    """
    path = Path(path)
    recognise_file(path, local=local)
    order = {"path": str(path.resolve()), "local": local}
    with scratch_folder() as scratch:
        bounds = limits or limits_for(path.stat().st_size)
        deadline = time.monotonic() + bounds.seconds
        answer = run_job("load", order, scratch=scratch, limits=bounds, on_progress=on_progress)
        return frame_of(answer, scratch, path.name, deadline)


def frame_of(
    answer: dict[str, Any], scratch: Path, name: str = "", deadline: float = math.inf
) -> pd.DataFrame | gpd.GeoDataFrame:
    """The frame that the job ``load`` described in its answer and wrote to its scratch folder.

    Raises
    ------
    BadInput
        When the clock passes `deadline` (of ``time.monotonic``).
    """
    rows = _in_time(_rows(scratch / ROWS), name, deadline)
    return _layer(rows, answer) if answer["geometry"] else _table(rows, answer)


def recognise_file(path: str | Path, *, local: bool = False) -> FileKind:
    """`recognise`, also for what is no file or cannot be opened.

    Raises
    ------
    BadInput
        Always when the file is not one that is read.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise BadInput(N_("{name} is no file; expected the path of one."), code="no_file", name=path.name)
        return recognise(path, local=local)
    except (OSError, ValueError) as error:
        raise BadInput(
            N_("{name} cannot be opened; see that it is a file that may be read."),
            code="no_file",
            name=path.name,
        ) from error


def weight(path: Path) -> int:
    """Bytes that count for the limits of a whole file: of an archive a quarter of what it unpacks to."""
    size = path.stat().st_size
    if path.suffix.lower() == ".gz":
        return 10 * size
    if path.suffix.lower() != ".zip":
        return size
    with open_archive(path) as archive:
        return max(size, sum(info.file_size for info in archive.infolist()) // 4)


def _in_time(rows: Iterator[list[Any]], name: str, deadline: float) -> Iterator[list[Any]]:
    for number, row in enumerate(rows):
        if not number % BATCH and time.monotonic() > deadline:
            raise BadInput(
                N_("{name} holds more rows than can be shown at once; import it, or divide it."),
                code="too_slow",
                name=name,
            )
        yield row


def _rows(path: Path) -> Iterator[list[Any]]:
    with path.open(encoding="utf-8") as source:
        for line in source:
            yield json.loads(line, object_hook=_day)


def _day(value: dict[str, Any]) -> object:
    text = value.get(DAY)
    if len(value) != 1 or not isinstance(text, str):
        return value
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)


def _table(rows: Iterator[list[Any]], answer: dict[str, Any]) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=pd.Index(answer["columns"], dtype=object), dtype=object)
    frame.attrs.update(answer["attrs"])
    return frame


def _layer(rows: Iterator[list[Any]], answer: dict[str, Any]) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd
    import shapely

    features = list(rows)
    columns = {heading: [row[at] for row in features] for at, heading in enumerate(answer["columns"], 2)}
    index = pd.Index([row[0] for row in features], name="feature")
    frame = pd.DataFrame(columns, index=index, dtype=object)
    shapes = shapely.from_wkb([row[1] for row in features])
    layer = gpd.GeoDataFrame(frame, geometry=shapes, crs="EPSG:4326")
    layer.attrs.update(answer["attrs"])
    return layer
