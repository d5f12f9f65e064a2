"""What each column of somebody's table means: the model of a mapping file.

A column is named by its heading, by its HXL tag, or by its letter ("column AB"). `ess.ingest.mapping` reads
and writes mapping files; ``docs/mapping.md`` says what one may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from ess.portfolio import codes

RowKind = Literal["activities", "locations", "transactions", "figures", "matrix"]
ROW_KINDS: Final[tuple[RowKind, ...]] = ("activities", "locations", "transactions", "figures", "matrix")

Values: TypeAlias = Mapping[str, str]
"""Codes by the cell's text."""

TEXTS: Final = ("title", "description", "note")
"""Meanings that may be given by language as well: ``title_fr``."""
LANGUAGES: Final = ("fr", "en", "ar", "es", "pt")
CODED: Final[Mapping[str, frozenset[str]]] = {
    "type": codes.codes_in(codes.ACTIVITY_TYPES),
    "stage": codes.codes_in(codes.STAGES),
    "modality": codes.codes_in(codes.MODALITIES),
    "exactness": codes.codes_in(codes.EXACTNESS),
    "counted": codes.codes_in(codes.COUNTED),
}
"""Meanings whose cells are translated to a closed list of codes."""
FLAGS: Final = ("umbrella",)
DAYS: Final = ("start", "end", "year")
PLACES: Final = ("recipients", "partners", "providers", "region")
"""`partners` adds countries to the recipients; `region` counts where a row names no country."""
COORDINATES: Final = ("latitude", "longitude")
PLAIN: Final = ("id", "parent", "programme", "place", "admin1")
MEANINGS: Final = (
    *PLAIN, *TEXTS, *(f"{text}_{language}" for text in TEXTS for language in LANGUAGES),
    *CODED, *FLAGS, *DAYS, *PLACES, *COORDINATES,
)  # fmt: skip
"""What a column may mean, beside the lists of participants, amounts, tags and figures."""

CONSTANTS: Final = (
    *CODED,
    *FLAGS,
    "year",
    "start",
    "end",
    "providers",
    "recipients",
    "programme",
    "currency",
)
"""What may be said once for every row."""

SCHEMES: Final = tuple(sorted(codes.codes_in(codes.TAG_SCHEMES)))
KINDS: Final = tuple(sorted(codes.codes_in(codes.FINANCE_KINDS)))
ROLES: Final = tuple(sorted(codes.codes_in(codes.PARTICIPANT_ROLES)))


@dataclass(frozen=True, slots=True)
class Meaning:
    """Where a meaning stands: the first of `columns` with a cell that says something.

    `values` translates cells to codes; `otherwise` is the code of the cells that it does not list.
    """

    columns: tuple[str, ...]
    values: Values = field(default_factory=dict, hash=False)
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class PlaceMeaning:
    """Where countries and regions stand: names, codes, or both, with their percentages.

    `separator` is the only sign that parts a list; empty: every usual one does. `vocabulary` is IATI's code
    of the region vocabulary, for a column of region codes. With names and codes, the code counts.
    """

    columns: tuple[str, ...] = ()
    codes: str = ""
    percentages: str = ""
    separator: str = ""
    vocabulary: str = ""


@dataclass(frozen=True, slots=True)
class AmountMeaning:
    """A column of amounts of one kind; `currency` is a code, `currency_column` where rows say it.

    `currencies` translates what the rows write to codes. `scale` multiplies: 1000000 for millions.
    """

    column: str
    kind: str
    currency: str = ""
    currency_column: str = ""
    currencies: Values = field(default_factory=dict, hash=False)
    scale: Decimal = Decimal(1)
    date: str = ""


@dataclass(frozen=True, slots=True)
class ParticipantMeaning:
    """A column of institutions in one role; `type` is IATI's code of the kind of institution."""

    column: str
    role: str
    ref: str = ""
    type: str = ""
    separator: str = ""


@dataclass(frozen=True, slots=True)
class TagMeaning:
    """A column of classifications.

    With `code` the column is a flag: any cell that says something gives that code. With `vocabulary`, a
    column beside it, only entries whose vocabulary is one of `vocabularies` are taken.
    """

    column: str
    scheme: str
    separator: str = ""
    percentages: str = ""
    vocabulary: str = ""
    vocabularies: tuple[str, ...] = ()
    code: str = ""
    coded_by: str = "source"
    values: Values = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class FigureMeaning:
    """A column of figures of one indicator; `year` where the column itself is of one year."""

    column: str
    indicator: str
    labels: Values = field(default_factory=dict, hash=False)
    unit: str = ""
    sex: str = ""
    qualifier: str = "="
    year: str = ""
    is_additive: bool = False


@dataclass(frozen=True, slots=True)
class MatrixMeaning:
    """A matrix of amounts: rows are recipients (or providers), the other headings the other party."""

    headings: Literal["providers", "recipients"]
    kind: str
    currency: str = ""
    scale: Decimal = Decimal(1)
    skip: tuple[str, ...] = ()
    title: str = "{provider} – {recipient}"


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What every column of a table means.

    Attributes
    ----------
    recognise
        Headings or HXL tags that a table must have, all of them, for this mapping to be taken by itself.
    sheet
        Worksheet or layer; empty for any.
    language
        Of the texts, where the file is in one language.
    dates
        ``dmy`` or ``mdy`` where the file's days could be read both ways; empty: decided by column.
    numbers
        How a column writes 1234.56, by column; others are decided over their cells.
    blank
        Further texts that say that nothing is stated.
    notes
        What the mapping takes for granted: shown to whoever uses it.
    places
        ISO alpha-3 or M49 codes, ``region`` or ``none``, for texts that name no place by themselves.
    constants
        What holds for every row.
    """

    name: str = ""
    title: str = ""
    rows: RowKind = "activities"
    recognise: tuple[str, ...] = ()
    sheet: str = ""
    language: str = ""
    dates: str = ""
    numbers: Values = field(default_factory=dict, hash=False)
    blank: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    places: Values = field(default_factory=dict, hash=False)
    constants: Values = field(default_factory=dict, hash=False)
    columns: Mapping[str, Meaning | PlaceMeaning] = field(default_factory=dict, hash=False)
    participants: tuple[ParticipantMeaning, ...] = ()
    amounts: tuple[AmountMeaning, ...] = ()
    tags: tuple[TagMeaning, ...] = ()
    figures: tuple[FigureMeaning, ...] = ()
    matrix: MatrixMeaning | None = None
