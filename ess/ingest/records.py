"""What any file says, in one form: activities with their places, amounts, sites and figures.

Readers make these records, the rule of counting adds them up, and the tables of a portfolio are built from
them. Texts are kept by language, ``""`` standing for a language that the file does not state.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeAlias

Texts: TypeAlias = dict[str, str]


@dataclass(slots=True)
class Recipient:
    """A country or region that a record names, one element or list entry each.

    Attributes
    ----------
    iso3
        ISO 3166-1 alpha-3 (or XKX); None where no country was recognised.
    region
        UN M49 code of a region; None for a country, and for a region that M49 has no code for.
    is_region
        Named as a region, whether or not `region` has a code for it.
    percentage
        As published; None where it is not stated.
    text
        The code or name as written.
    """

    iso3: str | None = None
    region: str | None = None
    is_region: bool = False
    percentage: Decimal | None = None
    text: str = ""


@dataclass(slots=True)
class Amount:
    """An amount as published: ``budget``, ``commitment``, ``disbursement`` or ``expenditure``.

    `currency` is as written, upper case; ``?`` where none is stated. `recipients` are the amount's own, empty
    where it follows the shares of its activity.
    """

    kind: str
    value: Decimal
    currency: str
    day: date | None = None
    recipients: list[Recipient] = field(default_factory=list)


@dataclass(slots=True)
class Site:
    """A point (EPSG:4326 degrees) where an activity is; `iso3` is the country stated beside it, if any."""

    latitude: float
    longitude: float
    name: str = ""
    exactness: str = ""
    iso3: str | None = None
    admin1: str = ""
    notes: Texts = field(default_factory=dict)


@dataclass(slots=True)
class Participant:
    """An institution's part in an activity; `role` and `type` are codes of the portfolio's lists."""

    names: Texts
    role: str
    ref: str = ""
    type: str = ""
    iso3: str | None = None


@dataclass(slots=True)
class Tag:
    """A classification: scheme of the portfolio's list, code, percentage where stated."""

    scheme: str
    code: str
    percent: Decimal | None = None
    coded_by: str = "source"


@dataclass(slots=True)
class Figure:
    """A stated figure of an indicator; `value` is None where it is not stated, never 0.

    `indicator` is a stable id within the file; one that is `mappable` is stated for many places. `place` is
    the figure's own place, None for all places of its record.
    """

    indicator: str
    labels: Texts
    value: Decimal | None
    unit: str = ""
    qualifier: str = "="
    sex: str = ""
    start: date | None = None
    end: date | None = None
    additive: bool = False
    place: Recipient | None = None
    admin1: str = ""
    notes: Texts = field(default_factory=dict)
    mappable: bool = True


@dataclass(slots=True)
class Day:
    """A date and how precisely it is known: ``day``, ``month`` or ``year``."""

    value: date
    precision: str = "day"


@dataclass(slots=True)
class Activity:
    """A recorded piece of cooperation.

    Attributes
    ----------
    row
        Where it stands in its file (its first row).
    identifier
        As published; blank where the file has none.
    recipients
        The activity's own, or, with `recipients_of_amounts`, the distinct ones of its amounts, because the
        activity itself names none.
    providers
        Countries that provide; never counted by country.
    parent, children
        Identifiers of the activity this one is part of, and of those that are part of it.
    """

    row: int
    identifier: str = ""
    type: str = "project"
    titles: Texts = field(default_factory=dict)
    descriptions: Texts = field(default_factory=dict)
    stage: str = "unknown"
    modality: str = "unknown"
    counted: str = "one"
    umbrella: bool = False
    start: Day | None = None
    end: Day | None = None
    parent: str = ""
    children: list[str] = field(default_factory=list)
    programme: str = ""
    recipients: list[Recipient] = field(default_factory=list)
    recipients_of_amounts: bool = False
    providers: list[Recipient] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    participants: list[Participant] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    documents: list[Texts] = field(default_factory=list)
    notes: list[Texts] = field(default_factory=list)


@dataclass(slots=True)
class FigureRow:
    """A row of figures that is no activity, for example people affected by district and month.

    Its figures belong to a programme that stands for the whole file. `recipients` are its places.
    """

    row: int
    recipients: list[Recipient] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


Record: TypeAlias = Activity | FigureRow
