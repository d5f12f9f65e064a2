"""A first mapping for somebody's table, from its headings and values: good enough to be corrected.

What is not sure is said. Nothing is assumed that the table does not show: money of an unknown kind becomes a
budget, and says so; without a column of countries there is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from ess.ingest.binding import column_names
from ess.ingest.cells import is_blank, key_of, text_of
from ess.ingest.column_profiles import Profile, profile_columns
from ess.ingest.heading_words import (
    AMOUNT_KINDS,
    ROLES,
    currency_of,
    meanings_of,
    scale_of,
)
from ess.ingest.known import recognise_mapping
from ess.ingest.mapping import format_mapping
from ess.ingest.meanings import (
    AmountMeaning,
    FigureMeaning,
    MatrixMeaning,
    Meaning,
    ParticipantMeaning,
    PlaceMeaning,
    RowKind,
    TableMapping,
    TagMeaning,
)
from ess.ingest.place_lists import read_places
from ess.ingest.sheets import Sheet
from ess.ingest.stages import words_of
from ess.ingest.survey import Decision
from ess.locales import N_

NO_COUNTRY: Final = N_(
    "No column names countries; where all rows are of one country, say “constants: {{recipients: MAR}}”."
)
KIND_NOT_STATED: Final = N_(
    "The heading does not say of which kind the money is; it is taken as a budget. Others: commitment, "
    "disbursement, expenditure."
)
CURRENCY_NOT_STATED: Final = N_("No currency is stated; say “currency: USD”, or whatever it is.")
SCALE_TAKEN: Final = N_("The heading says that the amounts are to be multiplied by {scale}.")
ONE_OF_SEVERAL: Final = N_("Another column could have this meaning: {others}.")
BY_VALUES: Final = N_("Taken for its values: {share} of its texts name countries.")
SAME_ID: Final = N_(
    "Rows share their id: they are taken as {rows} of one activity. Change “rows” if each is an activity."
)
PARTIES_NOT_STATED: Final = N_(
    "The table does not say who provides and who receives; the rows are taken as recipients, the headings as "
    "providers. Say “headings: recipients” if it is the other way."
)
DATES_OPEN: Final = N_("Day and month could be exchanged: say “dates: dmy” or “dates: mdy”.")
NUMBERS_OPEN: Final = N_(
    "The numbers could be read in two ways; "
    "say “numbers: {{{heading}: '1.234,56'}}” if the sign groups thousands."
)
FIGURES_ONLY: Final = N_(
    "No titles and no money: the rows are taken as figures of places, not as activities."
)

_TEXT_MEANINGS: Final = (
    "id", "parent", "title", "description", "stage", "type", "modality", "admin1", "place", "programme",
    "umbrella",
)  # fmt: skip
_DAY_MEANINGS: Final = ("start", "end", "year")
_LEAST: Final = 0.3
"""How sure a heading must be for its meaning to be taken."""

_SURER: Final = 0.6
"""The same for "amount" and its like, which begin and end many headings."""

_MOSTLY: Final = 0.6
_NUMERIC: Final[Mapping[str, tuple[float, float]]] = {
    "latitude": (-90, 90), "longitude": (-180, 180), "percentages": (0, 1000), "DAC5": (10_000, 99_999),
    "DAC3": (100, 999), **dict.fromkeys((*AMOUNT_KINDS, "figure"), (float("-inf"), float("inf"))),
}  # fmt: skip
"""Meanings whose values are numbers, and between which."""


@dataclass(frozen=True)
class Suggestion:
    """A suggested mapping, and what about it is not sure, by column (empty: of the whole table)."""

    mapping: TableMapping
    notes: tuple[Decision, ...] = ()


@dataclass
class _Draft:
    """Columns already given a meaning, the meanings so far, and notes."""

    profiles: dict[str, Profile]
    taken: set[str] = field(default_factory=set)
    columns: dict[str, Meaning | PlaceMeaning] = field(default_factory=dict)
    notes: list[Decision] = field(default_factory=list)

    def note(self, column: str, template: str, **facts: object) -> None:
        self.notes.append(Decision(column, template, facts))

    def candidates(self, meaning: str) -> list[str]:
        """Columns that may have a meaning, the surest first, those left of others before them."""
        scored = [
            (-score, place, heading)
            for place, (heading, profile) in enumerate(self.profiles.items())
            if heading not in self.taken
            and profile.filled
            and (score := meanings_of(heading).get(meaning, 0) * fit(profile, meaning))
            >= (_SURER if meaning == "amount" else _LEAST)
        ]
        return [heading for _, _, heading in sorted(scored)]

    def take(self, meaning: str) -> str:
        """The surest column of a meaning, taken; empty when there is none."""
        found = self.candidates(meaning)
        if not found:
            return ""
        self.taken.add(found[0])
        return found[0]


def suggest_mapping(sheet: Sheet) -> Suggestion:
    """The mapping that a table's headings and values suggest; a known one where the table is recognised."""
    known = recognise_mapping(sheet)
    if known is not None:
        return Suggestion(known)
    draft = _Draft({profile.heading: profile for profile in profile_columns(sheet)})
    if matrix := _matrix(draft):
        return Suggestion(matrix, tuple(draft.notes))
    _take_places(draft)
    _take_texts(draft)
    amounts = tuple(_take_amounts(draft))
    participants = tuple(_take_participants(draft))
    tags = tuple(_take_tags(draft))
    is_activities = "title" in draft.columns or bool(amounts) or bool(participants)
    figures = tuple(_take_figures(draft, is_activities=is_activities))
    if figures and not is_activities:
        draft.note("", FIGURES_ONLY)
    _note_columns(draft)
    mapping = TableMapping(
        rows=_row_kind(sheet, draft, amounts) if is_activities or not figures else "figures",
        sheet=sheet.name,
        columns=draft.columns,
        participants=participants if is_activities else (),
        amounts=amounts,
        tags=tags if is_activities else (),
        figures=figures,
    )
    return Suggestion(mapping, tuple(draft.notes))


def fit(profile: Profile, meaning: str) -> float:
    """How well a column's values fit a meaning, from 0 (they cannot have it) to 1."""
    is_number = profile.numbers >= _MOSTLY
    if meaning in _NUMERIC:
        lowest, highest = _NUMERIC[meaning]
        return float(is_number and lowest <= profile.lowest and profile.highest <= highest)
    holds = {
        "start": profile.days + profile.years >= _MOSTLY,
        "end": profile.days + profile.years >= _MOSTLY,
        "year": profile.years >= _MOSTLY,
        "recipients": profile.places >= 0.4 and not (is_number and profile.kind == "names"),
        "region": profile.places >= 0.4 and not (is_number and profile.kind == "names"),
        "codes": profile.kind != "names" and profile.places >= _MOSTLY,
        "stage": _share_of_words(profile, "stage") >= 0.5,
        "type": _share_of_words(profile, "type") >= 0.5,
        "title": not is_number and profile.places < _MOSTLY and profile.days < _MOSTLY,
        **dict.fromkeys(("description", "sector", "theme", *ROLES), not is_number and profile.days < _MOSTLY),
    }
    return float(holds.get(meaning, True))


def _share_of_words(profile: Profile, meaning: str) -> float:
    """Which share of a column's distinct texts are common words of a coded meaning."""
    known = [text for text in profile.texts if key_of(text) in words_of(meaning)]
    return len(known) / len(profile.texts) if profile.texts else 0.0


def _take_places(draft: _Draft) -> None:
    providers = draft.take("providers")
    names, codes = _recipients(draft)
    if names or codes:
        percentages = draft.take("percentages")
        draft.columns["recipients"] = PlaceMeaning((names,) if names else (), codes, percentages)
    else:
        draft.note("", NO_COUNTRY)
    if providers:
        draft.columns["providers"] = PlaceMeaning((providers,))
    region = draft.take("region")
    if region and region not in {names, codes}:
        draft.columns["region"] = PlaceMeaning((region,))


def _recipients(draft: _Draft) -> tuple[str, str]:
    """The columns of names and of codes of the recipient countries."""
    names = ""
    if found := draft.candidates("recipients"):
        names = max(
            found[:4], key=lambda heading: _country_score(draft.profiles[heading], found.index(heading))
        )
        others = [heading for heading in found if heading != names and _is_exact(heading)]
        if others:
            draft.note(names, ONE_OF_SEVERAL, others=", ".join(others))
    else:
        names = _by_values(draft)
    draft.taken |= {names} - {""}
    codes = draft.take("codes")
    if names and not codes and draft.profiles[names].kind != "names":
        return "", names
    return names, codes


def _is_exact(heading: str) -> bool:
    return meanings_of(heading).get("recipients", 0) >= 0.95


def _country_score(profile: Profile, place: int) -> float:
    return meanings_of(profile.heading).get("recipients", 0) + 0.5 * profile.countries - 0.05 * place


def _by_values(draft: _Draft) -> str:
    """The column whose texts name countries most, whatever its heading."""
    found = [
        profile
        for heading, profile in draft.profiles.items()
        if heading not in draft.taken
        and profile.countries >= _MOSTLY
        and profile.length > 2
        and not meanings_of(heading).keys() & {"providers", *ROLES, *AMOUNT_KINDS}
    ]
    if not found:
        return ""
    best = max(found, key=lambda profile: profile.countries)
    draft.note(best.heading, BY_VALUES, share=f"{best.countries:.0%}")
    return best.heading


def _take_texts(draft: _Draft) -> None:
    for meaning in ("id", "latitude", "longitude", *_DAY_MEANINGS, *_TEXT_MEANINGS[1:]):
        heading = draft.take(meaning)
        if heading:
            draft.columns[meaning] = Meaning((heading,), _translations(draft.profiles[heading], meaning))
    if ("latitude" in draft.columns) != ("longitude" in draft.columns):
        for meaning in ("latitude", "longitude"):
            draft.columns.pop(meaning, None)


def _translations(profile: Profile, meaning: str) -> dict[str, str]:
    """The codes of a column's texts, to be corrected: unknown where no common word explains one."""
    if meaning != "stage" or profile.distinct > len(profile.texts):
        return {}
    return {text: words_of(meaning).get(key_of(text), "unknown") for text in profile.texts}


def _take_amounts(draft: _Draft) -> Iterator[AmountMeaning]:
    currency_columns = draft.candidates("currency")
    draft.taken.update(currency_columns)
    for kind in AMOUNT_KINDS:
        while heading := draft.take(kind):
            column = _currency_column(heading, currency_columns, draft)
            yield _amount(draft, heading, kind, column)
            if kind == "amount":
                break


def _currency_column(heading: str, columns: list[str], draft: _Draft) -> str:
    """The column of currencies of an amount: that with its name, else the nearest one."""
    if not columns:
        return ""
    headings = list(draft.profiles)
    named = [column for column in columns if key_of(column).startswith(key_of(heading))]
    return (
        named[0]
        if named
        else min(columns, key=lambda column: abs(headings.index(column) - headings.index(heading)))
    )


def _amount(draft: _Draft, heading: str, kind: str, currency_column: str) -> AmountMeaning:
    if kind == "amount":
        draft.note(heading, KIND_NOT_STATED)
    currency, scale = currency_of(heading), scale_of(heading)
    if scale != 1:
        draft.note(heading, SCALE_TAKEN, scale=f"{scale:,f}")
    if not currency and not currency_column:
        draft.note(heading, CURRENCY_NOT_STATED)
    start = draft.columns.get("start")
    date = start.columns[0] if isinstance(start, Meaning) and kind == "commitment" else ""
    return AmountMeaning(
        heading,
        "budget" if kind == "amount" else kind,
        "" if currency_column else currency,
        currency_column,
        scale=scale,
        date=date if date and draft.profiles[date].days >= _MOSTLY else "",
    )


def _take_participants(draft: _Draft) -> Iterator[ParticipantMeaning]:
    providers = draft.columns.get("providers")
    if isinstance(providers, PlaceMeaning) and providers.columns:
        yield ParticipantMeaning(providers.columns[0], "funding")
    for role in ROLES:
        while heading := draft.take(role):
            yield ParticipantMeaning(heading, role)


def _take_tags(draft: _Draft) -> Iterator[TagMeaning]:
    for scheme in ("SDG_goal", "DAC5", "DAC3", "sector", "theme"):
        while heading := draft.take(scheme):
            yield TagMeaning(heading, scheme)


def _take_figures(draft: _Draft, *, is_activities: bool) -> Iterator[FigureMeaning]:
    """Columns of figures: all of numbers, but beside activities only those whose heading counts people."""
    for heading, profile in draft.profiles.items():
        is_number = profile.numbers >= _MOSTLY and profile.years < _MOSTLY
        is_meant = not is_activities or meanings_of(heading).get("figure", 0) >= _LEAST
        if heading not in draft.taken and is_number and is_meant:
            draft.taken.add(heading)
            yield FigureMeaning(heading, key_of(heading).replace(" ", "_") or "figure", {"": heading})


def _row_kind(sheet: Sheet, draft: _Draft, amounts: tuple[AmountMeaning, ...]) -> RowKind:
    """Whether rows that share an id repeat one activity, each at another place or with another amount."""
    stated = draft.columns.get("id")
    if not isinstance(stated, Meaning):
        return "activities"
    profile = draft.profiles[stated.columns[0]]
    if profile.distinct >= 0.9 * profile.filled or profile.filled < 3:
        return "activities"
    rows: RowKind = "locations" if _amounts_repeat(sheet, stated.columns[0], amounts) else "transactions"
    if (
        rows == "locations"
        and "latitude" not in draft.columns
        and "place" not in draft.columns
        and not amounts
    ):
        return "activities"
    draft.note(stated.columns[0], SAME_ID, rows=rows)
    return rows


def _amounts_repeat(sheet: Sheet, identifier: str, amounts: tuple[AmountMeaning, ...]) -> bool:
    positions = [sheet.columns.index(amount.column) for amount in amounts]
    at = sheet.columns.index(identifier)
    found: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)
    counts: defaultdict[str, int] = defaultdict(int)
    for _, cells in islice(sheet.lines(), 2000):
        found[text_of(cells[at])].add(tuple(text_of(cells[place]) for place in positions))
        counts[text_of(cells[at])] += 1
    repeated = [name for name, count in counts.items() if count > 1]
    return sum(len(found[name]) == 1 for name in repeated) >= 0.5 * len(repeated)


def _matrix(draft: _Draft) -> TableMapping | None:
    """A mapping of a matrix: a column of places, and headings that mostly are countries over numbers."""
    headings = [
        heading
        for heading, profile in draft.profiles.items()
        if (profile.numbers >= _MOSTLY or not profile.filled) and _names_country(heading)
    ]
    others = [heading for heading in draft.profiles if heading not in headings]
    places = [heading for heading in others if draft.profiles[heading].places >= _MOSTLY]
    if len(headings) < 5 or not places or len(headings) < 0.3 * len(draft.profiles):
        return None
    row_meanings = meanings_of(places[0])
    is_provider = row_meanings.get("providers", 0) > row_meanings.get("recipients", 0)
    if not row_meanings.keys() & {"providers", "recipients"}:
        draft.note("", PARTIES_NOT_STATED)
    draft.note("", KIND_NOT_STATED)
    draft.note("", CURRENCY_NOT_STATED)
    skip = tuple(name for name in others if name != places[0] and not _could_be_amounts(draft.profiles[name]))
    return TableMapping(
        rows="matrix",
        columns={"providers" if is_provider else "recipients": PlaceMeaning((places[0],))},
        matrix=MatrixMeaning("recipients" if is_provider else "providers", "budget", skip=skip),
    )


def _names_country(heading: str) -> bool:
    pieces = read_places(heading)
    return len(pieces) == 1 and pieces[0].reading.is_resolved and not is_blank(heading)


def _could_be_amounts(profile: Profile) -> bool:
    words = set(key_of(profile.heading).split())
    return (profile.numbers >= _MOSTLY or not profile.filled) and not words & {"code", "total", "year", "id"}


def _note_columns(draft: _Draft) -> None:
    used = {name for meaning in draft.columns.values() for name in meaning.columns}
    for heading in used & draft.taken:
        profile = draft.profiles[heading]
        if profile.is_day_open:
            draft.note(heading, DATES_OPEN)
        if profile.is_ambiguous and profile.numbers >= _MOSTLY:
            draft.note(heading, NUMBERS_OPEN, heading=heading)


def suggest_text(sheet: Sheet) -> str:
    """A suggested mapping as a file, with what is not sure as remarks above and beside the keys."""
    suggestion = suggest_mapping(sheet)
    used = suggestion.mapping
    text = format_mapping(replace(used, name=used.name or "my-table"))
    remarks = [_remark(note) for note in suggestion.notes]
    unused = _unused(sheet, used)
    head = "# A suggestion, from the headings and the first rows: read it, correct it, keep it.\n"
    listed = "".join(f"# {remark}\n" for remark in remarks)
    left = f"# Columns without a meaning: {', '.join(unused)}\n" if unused else ""
    return head + listed + left + text


def _remark(note: Decision) -> str:
    return " ".join(f"{note.column + ': ' if note.column else ''}{note.sentence()}".split())


def _unused(sheet: Sheet, mapping: TableMapping) -> list[str]:
    named = {name for names in column_names(mapping) for name in names}
    is_matrix = mapping.rows == "matrix"
    tags: Mapping[str, str] = dict(zip(sheet.columns, sheet.tags, strict=False))
    return (
        []
        if is_matrix
        else [name for name in sheet.columns if name not in named and tags.get(name) not in named]
    )
