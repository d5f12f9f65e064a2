"""Small IATI files for tests: an activity's parts as text, wrapped."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from ess.ingest.iati import iterate_activities, read_activity
from ess.ingest.iati_context import Reading
from ess.ingest.markup import iterparse_options
from ess.ingest.records import Activity
from ess.ingest.report import FileReport

SOUND = """
<iati-identifier>XX-1</iati-identifier>
<title><narrative xml:lang="en">Seeds</narrative></title>
<activity-status code="2"/>
<sector code="31120"/>
"""
"""What an activity has that nothing is noted about, but for its places."""


def wrapped(*activities: str, version: str = "2.03", attributes: str = 'default-currency="USD"') -> str:
    """A file of activities, each given by its parts."""
    inside = "".join(f"<iati-activity {attributes}>{parts}</iati-activity>" for parts in activities)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}<iati-activities version="{version}">{inside}</iati-activities>'


def written(folder: Path, *activities: str, name: str = "file.xml", **named: str) -> Path:
    """That file on disk."""
    path = folder / name
    path.write_text(wrapped(*activities, **named), encoding="utf-8")
    return path


def read_all(text: str) -> tuple[list[Activity], FileReport]:
    """The records of a file's text, and what was noted."""
    report = FileReport("file.xml")
    reading = Reading(report)
    return list(_records(text, reading)), report


def _records(text: str, reading: Reading) -> Iterator[Activity]:
    for element in iterate_activities(BytesIO(text.encode()), iterparse_options()):
        yield read_activity(reading, element)


def read_one(parts: str, **named: str) -> tuple[Activity, FileReport]:
    """The record of one activity, and what was noted of it."""
    (activity,), report = read_all(wrapped(parts, **named))
    return activity, report
