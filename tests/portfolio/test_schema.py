"""The schema says what the tables are, completely and in one place."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow as pa
import pytest

from ess.locales.__main__ import extract_messages
from ess.portfolio import codes
from ess.portfolio.builtin import builtin_folder
from ess.portfolio.descriptor import build_datapackage
from ess.portfolio.schema import TABLES, Table, arrow_schema, messages, text_bases

NOTE = ["note_fr", "note_en", "note_ar"]
SOURCE = ["source", "locator"]
COLUMNS = {
    "sources": [
        "id",
        "title_fr",
        "title_en",
        "title_ar",
        "outlet",
        "author",
        "url",
        "published",
        "published_precision",
        "published_note_fr",
        "published_note_en",
        "published_note_ar",
        "language",
        "via",
        "based_on",
        "grade",
        *NOTE,
    ],
    "actors": ["id", "name_fr", "name_en", "name_ar", "acronym", "type", "iso3", "parent", *NOTE],
    "programmes": [
        "id",
        "title_fr",
        "title_en",
        "title_ar",
        "description_fr",
        "description_en",
        "description_ar",
        "actors",
        "parent",
        "kind",
        *SOURCE,
        *NOTE,
    ],
    "activities": [
        "id",
        "type",
        "title_fr",
        "title_en",
        "title_ar",
        "description_fr",
        "description_en",
        "description_ar",
        "programme",
        "parent",
        "modality",
        "stage",
        "start",
        "start_precision",
        "end",
        "end_precision",
        "umbrella",
        "counted",
        *SOURCE,
        *NOTE,
    ],
    "places": [
        "id",
        "activity",
        "iso3",
        "region",
        "role",
        "share",
        "share_basis",
        "admin1",
        "latitude",
        "longitude",
        "exactness",
        *SOURCE,
        *NOTE,
    ],
    "participants": ["activity", "actor", "role", *SOURCE],
    "tags": ["activity", "scheme", "code", "percent", "coded_by"],
    "results": [
        "id",
        "activity",
        "actor",
        "programme",
        "iso3",
        "region",
        "indicator",
        "value",
        "qualifier",
        "unit",
        "sex",
        "period_start",
        "period_end",
        "period_basis",
        "additive",
        "overlap_group",
        "derivation",
        *SOURCE,
        *NOTE,
    ],
    "finances": [
        "id",
        "activity",
        "iso3",
        "region",
        "kind",
        "value",
        "currency",
        "date",
        "share_basis",
        *SOURCE,
    ],
    "indicators": [
        "id",
        "label_fr",
        "label_en",
        "label_ar",
        "definition_fr",
        "definition_en",
        "definition_ar",
        "unit",
        "mappable",
        "itemised_by",
    ],
    "notes": ["id", "about_table", "about_id", "kind", "text_fr", "text_en", "text_ar", *SOURCE],
}

every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)


def test_tables_and_columns_are_those_the_other_layers_are_written_against() -> None:
    assert {name: list(table.column_names) for name, table in TABLES.items()} == COLUMNS


@every_table
def test_every_column_says_what_it_means_and_code_columns_list_their_codes(table: Table) -> None:
    for column in table.columns:
        assert column.meaning
        assert bool(column.codes) == (column.type == "code")
        assert column.references in ({*TABLES} if column.type.startswith("reference") else {""})


@every_table
def test_keys_are_required_columns(table: Table) -> None:
    assert all(table.column(name).required for name in table.key)


def test_a_column_the_table_lacks_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        TABLES["tags"].column("colour")


def test_arrow_types_and_nullability_follow_the_schema() -> None:
    schema = arrow_schema(TABLES["results"])
    assert schema.field("value") == pa.field("value", pa.float64())
    assert schema.field("additive") == pa.field("additive", pa.bool_(), nullable=False)
    assert schema.field("period_end").type == pa.date32()


def test_text_bases_are_the_texts_in_three_languages() -> None:
    assert text_bases(TABLES["programmes"]) == ("title", "description", "note")
    assert text_bases(TABLES["tags"]) == ()


def test_every_meaning_and_label_can_be_translated(root: Path) -> None:
    assert set(messages()) - set(extract_messages(root)) == set()


def test_a_text_out_of_the_catalogues_reach_would_be_seen(root: Path) -> None:
    assert {*messages(), "a text nobody marked"} - set(extract_messages(root)) == {"a text nobody marked"}


def test_committed_descriptor_is_the_generated_one() -> None:
    committed = json.loads((builtin_folder() / "datapackage.json").read_text(encoding="utf-8"))
    assert committed == build_datapackage()


def test_descriptor_carries_codes_keys_and_references() -> None:
    resources = {resource["name"]: resource for resource in build_datapackage()["resources"]}
    activities = resources["activities"]["schema"]
    fields = {field["name"]: field for field in activities["fields"]}
    assert fields["stage"]["constraints"]["enum"][0] == "planned"
    assert fields["umbrella"]["type"] == "boolean"
    assert activities["primaryKey"] == ["id"]
    assert {"fields": "parent", "reference": {"resource": "", "fields": "id"}} in activities["foreignKeys"]
    assert {"fields": "source", "reference": {"resource": "sources", "fields": "id"}} in activities[
        "foreignKeys"
    ]


def test_labels_are_found_and_open_lists_show_the_code() -> None:
    assert codes.label_of("stage", "under_way") == "Under way"
    assert codes.label_of("theme", "beekeeping") == "beekeeping"


@pytest.mark.parametrize(
    ("ours", "file"),
    [
        (codes.ACTOR_TYPES, "OrganisationType.csv"),
        (codes.SDG_GOALS, "UNSDG-Goals.csv"),
        (codes.DAC5_SECTORS, "Sector.csv"),
    ],
    ids=["actor types", "goals", "sectors"],
)
def test_foreign_codes_exist_in_their_own_list(shared: Path, ours: tuple[codes.Code, ...], file: str) -> None:
    with (shared / "data" / "codelists" / file).open(encoding="utf-8", newline="") as listed:
        theirs = {row["code"] for row in csv.DictReader(listed)}
    assert codes.codes_in(ours) <= theirs
