"""The one definition of every table and column of a portfolio.

From it come the schema file beside the tables, the checks, the reading and the writing, the template workbook
and the data dictionary. `meaning` is an English sentence and also the message id of the catalogues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pyarrow as pa

from ess.locales import N_
from ess.portfolio import codes
from ess.portfolio.codes import Code

ColumnType = Literal["text", "integer", "number", "boolean", "date", "code", "reference", "references"]

LANGUAGES = ("fr", "en", "ar")
LIST_SEPARATOR = ";"
ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._:-]*"
ISO3_PATTERN = r"[A-Z]{3}"
CURRENCY_PATTERN = r"[A-Z]{2,5}"
"""ISO 4217 has three letters; what a publisher wrote instead is kept as written."""
LANGUAGE_PATTERN = r"[a-z]{2,3}"
UNIT_PATTERN = r"[a-z][a-z0-9_]*"


@dataclass(frozen=True)
class Column:
    """One column: how a cell is written and what it means.

    An empty cell means "not stated", never zero. ``required`` columns have no empty cell.
    ``pattern`` is a regular expression for the whole cell; ``references`` names the table whose ids a cell
    holds (a ``references`` column holds several, separated by ``;``); ``language`` is set on the columns of
    a text in three languages.
    """

    name: str
    type: ColumnType
    meaning: str
    required: bool = False
    codes: tuple[Code, ...] = ()
    unit: str = ""
    references: str = ""
    pattern: str = ""
    language: str = ""

    @property
    def allowed(self) -> frozenset[str]:
        """The codes a cell may hold; empty for a column without a closed list."""
        return codes.codes_in(self.codes)


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its columns in order, and the columns that tell rows apart."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises
        ------
        KeyError
            When the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _texts(base: str, meaning: str) -> tuple[Column, ...]:
    return tuple(Column(f"{base}_{language}", "text", meaning, language=language) for language in LANGUAGES)


def _text(name: str, meaning: str, *, pattern: str = "", required: bool = False) -> Column:
    return Column(name, "text", meaning, required, pattern=pattern)


def _code(name: str, code_list: tuple[Code, ...], meaning: str, *, required: bool = False) -> Column:
    return Column(name, "code", meaning, required, codes=code_list)


def _reference(name: str, table: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "reference", meaning, required, references=table)


def _identifier() -> Column:
    return _text(
        "id",
        N_("Identifier of the row, unique in its table and stable over time"),
        pattern=ID_PATTERN,
        required=True,
    )


def _source() -> tuple[Column, ...]:
    return (
        _reference("source", "sources", N_("The document that says so")),
        _text("locator", N_("Where in the document, for example the paragraph")),
    )


def _notes() -> tuple[Column, ...]:
    return _texts("note", N_("What a reader of this row must know"))


def _place() -> tuple[Column, ...]:
    return (
        _text("iso3", N_("Country, ISO 3166-1 alpha-3"), pattern=ISO3_PATTERN),
        _code("region", codes.REGIONS, N_("Region, three-digit code of the UN M49 standard")),
    )


def _dated(name: str, meaning: str, precision: str) -> tuple[Column, ...]:
    return (
        Column(name, "date", meaning),
        _code(precision, codes.DATE_PRECISIONS, N_("How precisely the date is known")),
    )


SOURCES = Table(
    "sources",
    N_("A document that says what the other tables record"),
    (
        _identifier(),
        *_texts("title", N_("Title of the document")),
        _text("outlet", N_("Who published it")),
        _text("author", N_("Who signed it")),
        _text("url", N_("Address of the document, where one is stated")),
        *_dated("published", N_("Day of publication"), "published_precision"),
        *_texts("published_note", N_("What is known of the date of publication")),
        _text("language", N_("Language of the document, ISO 639"), pattern=LANGUAGE_PATTERN),
        _text("via", N_("Who relayed the document")),
        _reference("based_on", "sources", N_("The document this one reports on")),
        _code("grade", codes.GRADES, N_("Kind of evidence"), required=True),
        *_notes(),
    ),
    ("id",),
)

ACTORS = Table(
    "actors",
    N_("An institution or a group that takes part in the cooperation"),
    (
        _identifier(),
        *_texts("name", N_("Name of the actor")),
        _text("acronym", N_("Acronym of the actor")),
        _code(
            "type",
            codes.ACTOR_TYPES,
            N_("Kind of organisation (IATI code list OrganisationType)"),
            required=True,
        ),
        _text("iso3", N_("Country of the seat, ISO 3166-1 alpha-3"), pattern=ISO3_PATTERN),
        _reference("parent", "actors", N_("The actor this one belongs to")),
        *_notes(),
    ),
    ("id",),
)

PROGRAMMES = Table(
    "programmes",
    N_("A named programme, prize or strategy"),
    (
        _identifier(),
        *_texts("title", N_("Title of the programme")),
        *_texts("description", N_("What the programme is")),
        Column("actors", "references", N_("The actors that run the programme"), references="actors"),
        _reference("parent", "programmes", N_("The programme this one belongs to")),
        _code("kind", codes.PROGRAMME_KINDS, N_("Programme, prize or strategy"), required=True),
        *_source(),
        *_notes(),
    ),
    ("id",),
)

ACTIVITIES = Table(
    "activities",
    N_("A recorded piece of cooperation"),
    (
        _identifier(),
        _code("type", codes.ACTIVITY_TYPES, N_("Kind of activity"), required=True),
        *_texts("title", N_("Title of the activity")),
        *_texts("description", N_("What the activity is")),
        _reference("programme", "programmes", N_("The programme the activity belongs to")),
        _reference("parent", "activities", N_("The activity this one is part of")),
        _code("modality", codes.MODALITIES, N_("Form of the cooperation"), required=True),
        _code("stage", codes.STAGES, N_("Where the activity stands"), required=True),
        *_dated("start", N_("First day"), "start_precision"),
        *_dated("end", N_("Last day"), "end_precision"),
        Column(
            "umbrella",
            "boolean",
            N_("True for a row that only groups others and is never counted"),
            required=True,
        ),
        _code(
            "counted",
            codes.COUNTED,
            N_("Whether the row stands for one activity or at least one"),
            required=True,
        ),
        *_source(),
        *_notes(),
    ),
    ("id",),
)

PLACES = Table(
    "places",
    N_("A place of an activity: a country, a region, or neither where the place is not named"),
    (
        _identifier(),
        _reference("activity", "activities", N_("The activity that is there"), required=True),
        *_place(),
        _code("role", codes.PLACE_ROLES, N_("Part of the country in the activity"), required=True),
        Column("share", "number", N_("Share of the activity that belongs to this place"), unit=N_("percent")),
        _code("share_basis", codes.SHARE_BASES, N_("Where the share comes from")),
        _text("admin1", N_("First administrative level, ISO 3166-2 code")),
        Column("latitude", "number", N_("Latitude, EPSG:4326"), unit=N_("degrees")),
        Column("longitude", "number", N_("Longitude, EPSG:4326"), unit=N_("degrees")),
        _code("exactness", codes.EXACTNESS, N_("How exactly the place is known")),
        *_source(),
        *_notes(),
    ),
    ("id",),
)

PARTICIPANTS = Table(
    "participants",
    N_("An actor's part in an activity"),
    (
        _reference("activity", "activities", N_("The activity"), required=True),
        _reference("actor", "actors", N_("The actor that takes part"), required=True),
        _code("role", codes.PARTICIPANT_ROLES, N_("Part of the actor in the activity"), required=True),
        *_source(),
    ),
    ("activity", "actor", "role"),
)

TAGS = Table(
    "tags",
    N_("A classification of an activity"),
    (
        _reference("activity", "activities", N_("The activity"), required=True),
        _code("scheme", codes.TAG_SCHEMES, N_("The classification"), required=True),
        _text("code", N_("Code in that classification"), required=True),
        Column("percent", "number", N_("Share of the activity under this code"), unit=N_("percent")),
        _code("coded_by", codes.CODED_BY, N_("Who chose the code: the source or an analyst"), required=True),
    ),
    ("activity", "scheme", "code"),
)

RESULTS = Table(
    "results",
    N_("A stated figure"),
    (
        _identifier(),
        _reference("activity", "activities", N_("The activity the figure is about")),
        _reference("actor", "actors", N_("The actor the figure is about")),
        _reference("programme", "programmes", N_("The programme the figure is about")),
        *_place(),
        _reference("indicator", "indicators", N_("What is counted"), required=True),
        Column("value", "number", N_("The figure; empty where it is not stated")),
        _code("qualifier", codes.QUALIFIERS, N_("Exact, or a bound")),
        _text("unit", N_("Unit of the figure"), pattern=UNIT_PATTERN),
        _code("sex", codes.SEXES, N_("Sex of the persons counted; empty where no persons are counted")),
        Column("period_start", "date", N_("First day of the period")),
        Column("period_end", "date", N_("Last day of the period, or the day the figure stands for")),
        _code("period_basis", codes.PERIOD_BASES, N_("Where the period comes from"), required=True),
        Column(
            "additive",
            "boolean",
            N_("True where the figure may be added to others of its kind"),
            required=True,
        ),
        _text("overlap_group", N_("Figures that may count the same persons or things share this name")),
        _text("derivation", N_("Formula over other figures; empty where the figure is stated")),
        *_source(),
        *_notes(),
    ),
    ("id",),
)

FINANCES = Table(
    "finances",
    N_("An amount of money"),
    (
        _identifier(),
        _reference("activity", "activities", N_("The activity the amount is for"), required=True),
        *_place(),
        _code("kind", codes.FINANCE_KINDS, N_("Kind of amount"), required=True),
        Column("value", "number", N_("The amount; empty where it is not stated")),
        _text("currency", N_("Currency, ISO 4217"), pattern=CURRENCY_PATTERN),
        Column("date", "date", N_("Day the amount stands for")),
        _code(
            "share_basis",
            codes.SHARE_BASES,
            N_("unknown where the amount must not follow the shares of its activity"),
        ),
        *_source(),
    ),
    ("id",),
)

INDICATORS = Table(
    "indicators",
    N_("Something that is counted"),
    (
        _identifier(),
        *_texts("label", N_("Name of the indicator")),
        *_texts("definition", N_("What exactly is counted")),
        _text("unit", N_("Unit of the indicator"), pattern=UNIT_PATTERN),
        Column(
            "mappable",
            "boolean",
            N_("True where a map of the indicator by country makes sense"),
            required=True,
        ),
        _code(
            "itemised_by",
            codes.ITEMISED_BY,
            N_("What else in the portfolio lists the same things one by one"),
        ),
    ),
    ("id",),
)

NOTABLE_TABLES = (
    SOURCES, ACTORS, PROGRAMMES, ACTIVITIES, PLACES, RESULTS, FINANCES, INDICATORS,
)  # fmt: skip

NOTES = Table(
    "notes",
    N_("A statement that is not a figure"),
    (
        _identifier(),
        _code(
            "about_table",
            tuple(Code(table.name, table.meaning) for table in NOTABLE_TABLES),
            N_("The table of the row the note is about"),
            required=True,
        ),
        _text("about_id", N_("The row the note is about"), required=True),
        _code("kind", codes.NOTE_KINDS, N_("Kind of note"), required=True),
        *_texts("text", N_("The note")),
        *_source(),
    ),
    ("id",),
)

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        table.name: table
        for table in (
            SOURCES, ACTORS, PROGRAMMES, ACTIVITIES, PLACES, PARTICIPANTS,
            TAGS, RESULTS, FINANCES, INDICATORS, NOTES,
        )
    }
)  # fmt: skip

_ARROW_TYPES: Mapping[ColumnType, pa.DataType] = MappingProxyType(
    {
        "text": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "code": pa.string(),
        "reference": pa.string(),
        "references": pa.string(),
    }
)


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table: one field a column, nullable unless the column is required."""
    return pa.schema(
        [pa.field(column.name, _ARROW_TYPES[column.type], not column.required) for column in table.columns]
    )


def text_bases(table: Table) -> tuple[str, ...]:
    """The names, without language, of the texts a table holds in three languages."""
    suffix = f"_{LANGUAGES[0]}"
    return tuple(
        column.name.removesuffix(suffix) for column in table.columns if column.language == LANGUAGES[0]
    )


def messages() -> Iterator[str]:
    """Every English text of the schema and the code lists that the catalogues must translate, once each."""
    texts = [table.meaning for table in TABLES.values()]
    texts += [column.meaning for table in TABLES.values() for column in table.columns]
    texts += [column.unit for table in TABLES.values() for column in table.columns if column.unit]
    texts += [entry.label for code_list in codes.CODE_LISTS.values() for entry in code_list]
    yield from dict.fromkeys(texts)
